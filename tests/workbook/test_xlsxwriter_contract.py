"""The private names of XlsxWriter that qipxl uses, as they were in the version for which it was written.

XlsxWriter promises nothing about them. After an upgrade these tests say which one changed, in one sentence each. If a change is
harmless, enter it in the tables here; then raise the cap in setup.cfg.
"""

from __future__ import annotations

import ast
import configparser
import inspect
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
import xlsxwriter
from xlsxwriter.chart import Chart
from xlsxwriter.format import Format
from xlsxwriter.packager import Packager
from xlsxwriter.sharedstrings import SharedStrings, SharedStringTable
from xlsxwriter.url import Url
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

import qipxl

PACKAGE = Path(qipxl.__file__).parent
PAPER, PARTS, COLUMNS = "qipxl/workbook/writer.py", "qipxl/workbook/packaging.py", "qipxl/workbook/bulk.py"

METHODS: dict[tuple[type, str], tuple[str, str]] = {
    (Worksheet, "_prepare_formula"): ("(self, formula, expand_future_functions=False)", PAPER),
    (Worksheet, "_write_formula"): ("(self, row, col, formula, cell_format=None, value=0)", PAPER),
    (Worksheet, "_write_rows"): ("(self)", PAPER),
    (Worksheet, "_write_hyperlinks"): ("(self)", PAPER),
    (Worksheet, "_write_hyperlink_internal"): ("(self, row, col, url)", PAPER),
    (Worksheet, "_write_string"): ("(self, row, col, string, cell_format=None)", PAPER),
    (Worksheet, "_write_boolean"): ("(self, row, col, boolean, cell_format=None)", PAPER),
    (Worksheet, "_write_number"): ("(self, row, col, number, cell_format=None)", PAPER),
    (Worksheet, "_write_datetime"): ("(self, row, col, date, cell_format=None)", PAPER),
    (Worksheet, "_check_dimensions"): ("(self, row, col, ignore_row=False, ignore_col=False)", PAPER),
    (Worksheet, "_xml_start_tag"): ("(self, tag, attributes=[])", PAPER),
    (Worksheet, "_xml_start_tag_unencoded"): ("(self, tag, attributes=[])", PAPER),
    (Worksheet, "_xml_end_tag"): ("(self, tag)", PAPER),
    (Worksheet, "_write_row"): ("(self, row, spans, row_info=None, empty_row=False)", PAPER),
    (Worksheet, "_write_empty_row"): ("(self, row, spans, row_info=None)", PAPER),
    (Worksheet, "_write_cell"): ("(self, row, col, cell)", PAPER),
    (Worksheet, "_escape_control_characters"): ("(data)", PAPER),
    (Chart, "_process_names"): ("(self, name, name_formula)", PAPER),
    (SharedStringTable, "_get_shared_string_index"): ("(self, string)", PAPER),
    (Url, "_target"): ("(self)", PAPER),
    (Format, "_get_xf_index"): ("(self)", COLUMNS),
    (Workbook, "_get_packager"): ("(self)", PARTS),
    (Packager, "_create_package"): ("(self)", PARTS),
    (Packager, "_filename"): ("(self, xml_filename)", PARTS),
    (Packager, "_write_shared_strings_file"): ("(self)", PARTS),
    (SharedStrings, "_set_xml_writer"): ("(self, filename)", PARTS),
    (SharedStrings, "_assemble_xml_file"): ("(self)", PARTS),
    (SharedStrings, "_write_si"): ("(self, string)", PARTS),
}
"""Methods that are called or overridden: their parameters, and the module that uses them."""
ATTRIBUTES: dict[tuple[type, str], tuple[str, str]] = {
    (Worksheet, "hlink_count"): ("int", PAPER),
    (Worksheet, "hyperlinks"): ("defaultdict of int to dict of int to Url", PAPER),
    (Worksheet, "external_hyper_links"): ("list of list", PAPER),
    (Worksheet, "rel_count"): ("int", PAPER),
    (Worksheet, "tables"): ("list of dict", PAPER),
    (Worksheet, "dim_rowmin"): ("int", PAPER),
    (Worksheet, "dim_rowmax"): ("int", PAPER),
    (Worksheet, "table"): ("defaultdict of int to dict of int to String", PAPER),
    (Worksheet, "row_info"): ("dict of int to RowInfo", PAPER),
    (Worksheet, "outline_row_level"): ("int", PAPER),
    (Worksheet, "fh"): ("TextIOWrapper", PAPER),
    (Worksheet, "str_table"): ("SharedStringTable", PAPER),
    (SharedStringTable, "count"): ("int", PAPER),
    (Packager, "filenames"): ("list of tuple of str, str, bool", PARTS),
    (Packager, "workbook"): ("WatchedWorkbook", PARTS),
}
"""Attributes that are read or written, of which XlsxWriter's manual says nothing: what they hold, and the module that uses them."""
TABLE_KEYS = {"range": "A3:B4", "a_range": "A3:B4", "autofilter": "A3:B4"}
"""What a table's record has under the keys that `extend_table` changes, for a table in A3:B4."""
NOT_XLSXWRITER = {"_replace"}
"""Private names in qipxl that belong to Python itself: a named tuple has `_replace`."""


def changed(owner: type, name: str, was: str, now: str, where: str) -> str:
    """What an upgrade of XlsxWriter changed."""
    return f"XlsxWriter {xlsxwriter.__version__} changed {owner.__name__}.{name}: was {was}, is {now}. Look at {where}."


def parameters(owner: type, name: str) -> str:
    """The parameters of a method, without types."""
    method = inspect.getattr_static(owner, name, None)
    method = method.__func__ if isinstance(method, staticmethod) else method
    if not inspect.isfunction(method):
        return "no method"
    signature = inspect.signature(method)
    plain = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    return str(signature.replace(parameters=plain, return_annotation=inspect.Signature.empty))


def kind(value: object) -> str:
    """The type of a value, and of the first thing in it."""
    name = type(value).__name__
    if isinstance(value, dict) and value and not all(isinstance(key, str) for key in value):
        key, first = next(iter(value.items()))
        return f"{name} of {kind(key)} to {kind(first)}"
    if isinstance(value, tuple) and type(value) is tuple:
        return f"{name} of {', '.join(map(kind, value))}"
    if isinstance(value, list) and value:
        return f"{name} of {type(value[0]).__name__ if isinstance(value[0], list) else kind(value[0])}"
    return name


class Watched(Packager):  # type: ignore[misc]  # XlsxWriter has no types
    """A packager that can be looked at after it has worked."""

    def _create_package(self) -> object:
        found = super()._create_package()
        self.held = {(Packager, name): kind(getattr(self, name, None)) for name in ("filenames", "workbook")}
        return found


class WatchedSheet(Worksheet):  # type: ignore[misc]  # XlsxWriter has no types
    """A sheet whose attributes are looked at while it is written."""

    def _write_rows(self) -> None:
        names = [name for owner, name in ATTRIBUTES if owner is Worksheet]
        self.held = {(Worksheet, name): kind(getattr(self, name, None)) for name in names}
        self.held[SharedStringTable, "count"] = kind(getattr(self.str_table, "count", None))
        self.records = [dict(table) for table in self.tables]
        super()._write_rows()

    def _write_hyperlinks(self) -> None:
        super()._write_hyperlinks()
        self.held[Worksheet, "external_hyper_links"] = kind(self.external_hyper_links)


class WatchedWorkbook(Workbook):  # type: ignore[misc]  # XlsxWriter has no types
    """A workbook with both."""

    def _get_packager(self) -> Watched:
        self.watched = Watched()
        return self.watched


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> WatchedWorkbook:
    """A workbook with a cell, a row's height, links and a table."""
    book = WatchedWorkbook(BytesIO(), {"tmpdir": str(tmp_path_factory.mktemp("parts"))})
    sheet = book.add_worksheet("A", WatchedSheet)
    sheet.set_row(0, 20)
    sheet.write(0, 0, "text")
    sheet.write_url(0, 1, "internal:'A'!A1")
    sheet.write_url(0, 2, "https://example.org/a.xlsx")
    sheet.add_table(2, 0, 3, 1)
    book.close()
    return book


@pytest.mark.parametrize(("owner", "name"), METHODS, ids=[f"{owner.__name__}.{name}" for owner, name in METHODS])
def test_a_private_method_takes_what_it_took(owner: type, name: str) -> None:
    (was, where), now = METHODS[owner, name], parameters(owner, name)
    assert now == was, changed(owner, name, was, now, where)


@pytest.mark.parametrize(("owner", "name"), ATTRIBUTES, ids=[f"{owner.__name__}.{name}" for owner, name in ATTRIBUTES])
def test_a_private_attribute_holds_what_it_held(owner: type, name: str, written: WatchedWorkbook) -> None:
    held = written.worksheets()[0].held | written.watched.held
    (was, where), now = ATTRIBUTES[owner, name], held[owner, name]
    assert now == was, changed(owner, name, was, now, where)


def test_a_table_keeps_its_range_under_the_same_keys(written: WatchedWorkbook) -> None:
    (table,) = written.worksheets()[0].records
    now = {key: table.get(key) for key in TABLE_KEYS}
    assert now == TABLE_KEYS, changed(Worksheet, "tables", str(TABLE_KEYS), str(now), PAPER)


def test_a_changed_method_is_named_in_one_sentence() -> None:
    class Newer(Worksheet):  # type: ignore[misc]  # XlsxWriter has no types
        def _write_rows(self, file: object) -> None: ...

    now = parameters(Newer, "_write_rows")
    assert changed(Worksheet, "_write_rows", "(self)", now, PAPER) == (
        f"XlsxWriter {xlsxwriter.__version__} changed Worksheet._write_rows: was (self), is (self, file). "
        "Look at qipxl/workbook/writer.py."
    )
    assert parameters(Worksheet, "_write_no_such_thing") == "no method"


def private_names() -> Iterator[tuple[str, str]]:
    """Module and name of every private name that qipxl uses or overrides."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute | ast.FunctionDef):
                name = node.attr if isinstance(node, ast.Attribute) else node.name
                if name.startswith("_") and not name.startswith("__"):
                    yield path.relative_to(PACKAGE.parent).as_posix(), name


def inherited_names() -> Iterator[tuple[str, str]]:
    """Module and name of every attribute that XlsxWriter gives to `self` and that a class of qipxl uses."""
    book = Workbook(BytesIO())
    given = {"Worksheet": book.add_worksheet(), "Packager": Packager(), "xlsxwriter.Workbook": book}
    for where in (PAPER, PARTS):
        tree = ast.parse((PACKAGE.parent / where).read_text("utf-8"))
        for made in [node for node in tree.body if isinstance(node, ast.ClassDef)]:
            for base in map(ast.unparse, made.bases):
                for node in ast.walk(made) if base in given else ():
                    own = isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self"
                    if own and node.attr in vars(given[base]):
                        yield where, node.attr


def test_every_private_name_in_use_is_in_the_table() -> None:
    used = set(private_names())
    listed = {(where, name) for (_, name), (_, where) in METHODS.items()}
    assert len(used) > 15
    assert {(where, name) for where, name in used if name not in NOT_XLSXWRITER} == listed


def test_every_inherited_attribute_in_use_is_in_the_table() -> None:
    used = set(inherited_names())
    listed = {(where, name) for (owner, name), (_, where) in ATTRIBUTES.items() if owner is not SharedStringTable}
    assert len(used) > 10
    assert used == listed


def test_xlsxwriter_is_capped_below_the_next_minor_version() -> None:
    setup = configparser.ConfigParser()
    setup.read(PACKAGE.parent / "setup.cfg")
    (needed,) = [
        line for line in setup["options"]["install_requires"].splitlines() if line.lower().startswith("xlsxwriter")
    ]
    major, minor = map(int, needed.removeprefix("XlsxWriter>=").split(".")[:2])
    assert needed.endswith(f",<{major}.{minor + 1}")
