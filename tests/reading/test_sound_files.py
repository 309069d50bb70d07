"""Sound workbooks that programs write in unusual ways: a return and an old plan are read from each, cell by cell."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from broken import parts_of, zipped
from factories import ELM, MARCH, ROWS, SIGNED, shortened
from openpyxl.styles import Font, PatternFill

from qipxl import write_tracker
from qipxl.adopting import open_old_workbook
from qipxl.errors import SourceError
from qipxl.reading import ReadOptions
from qipxl.reading.file.open import OpenedFile, open_file
from qipxl.reading.jobs import reading_plan
from qipxl.template import Template

Parts = dict[str, bytes]
Change = Callable[[Parts, str], Parts]
"""Changes the parts of a workbook; the text is the part of the sheet that holds the table."""
BOOK, LINKS, STYLES = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"
ACTIONS, EXTENSIONS, PLAN = "xl/worksheets/sheet2.xml", "xl/worksheets/sheet7.xml", "xl/worksheets/sheet1.xml"
TYPES = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEAD = '<?xml version="1.0" encoding="UTF-16"?>'


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory, core: Template) -> Parts:
    """The parts of a return with two actions."""
    path = tmp_path_factory.mktemp("sound") / "elm.xlsx"
    return parts_of(write_tracker(shortened(core, 5), ELM, MARCH, path, rows=ROWS, issued={}, cover=SIGNED))


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """The parts of an old plan with one action, in red and struck through, and an empty tab."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["Ref", "Issue", "Due"], ["A-1", "Falls & <slips>", date(2026, 4, 30)]):
        sheet.append(row)
    sheet["A2"].font, sheet["A2"].fill = Font(strike=True), PatternFill("solid", fgColor="FFFF0000")
    book.create_sheet("Sheet2")
    path = tmp_path_factory.mktemp("plan") / "plan.xlsx"
    book.save(path)
    return parts_of(path)


def opened(data: bytes, folder: Path, template: Template) -> OpenedFile:
    """The return in these bytes, with the closer look at its formats."""
    path = folder / "elm.xlsx"
    path.write_bytes(data)
    return open_file(path, path.name, {"core": reading_plan(template)}, ReadOptions(check_formatting=True))


def as_they_are(parts: Parts, _: str) -> Parts:
    return parts


def replaced(name: str, old: bytes, new: bytes) -> Change:
    """A part ("" for the sheet with the table) with bytes replaced."""

    def change(parts: Parts, sheet: str) -> Parts:
        part = parts[name or sheet]
        assert old in part
        return parts | {name or sheet: part.replace(old, new)}

    return change


def linked(kind: bytes, target: bytes, listed: bytes) -> Change:
    """A workbook that lists something which its other parts also name."""

    def change(parts: Parts, _: str) -> Parts:
        link = b'<Relationship Id="rIdX" Type="%s/%s" Target="%s"/></Relationships>' % (TYPES, kind, target)
        book = parts[BOOK].replace(b"</sheets>", b"</sheets>" + listed) if b"<sheet " not in listed else b""
        book = book or parts[BOOK].replace(b"</sheets>", listed + b"</sheets>")
        name = f"xl/{target.decode()}"
        part = b'<x xmlns="%s"/>' % MAIN
        return parts | {BOOK: book, LINKS: parts[LINKS].replace(b"</Relationships>", link), name: part}

    return change


def with_styles(styles: bytes | None) -> Change:
    return lambda parts, _: (
        {name: part for name, part in parts.items() if name != STYLES} | ({} if styles is None else {STYLES: styles})
    )


def renamed(name: Callable[[str], str]) -> Change:
    return lambda parts, _: {name(each): part for each, part in parts.items()}


def written_in(encoding: str, head: str) -> Change:
    """All parts written in another encoding."""

    def recoded(part: bytes) -> bytes:
        text = part.decode()
        return (head + text.partition("?>")[2] if text.startswith("<?xml") else head + text).encode(encoding)

    return lambda parts, _: {
        name: recoded(part) if name.endswith((".xml", ".rels")) else part for name, part in parts.items()
    }


def moved_book(parts: Parts, _: str) -> Parts:
    """The list of the tabs under another name."""
    root = parts["_rels/.rels"].replace(b"xl/workbook.xml", b"xl/book2.xml")
    others = {name: part for name, part in parts.items() if name not in (BOOK, LINKS)}
    return others | {"_rels/.rels": root, "xl/book2.xml": parts[BOOK], "xl/_rels/book2.xml.rels": parts[LINKS]}


def strict(parts: Parts, _: str) -> Parts:
    """Strict Open XML, a choice in Excel's Save As."""
    other = {
        TYPES: b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        MAIN: b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    }
    return {name: part.replace(TYPES, other[TYPES]).replace(MAIN, other[MAIN]) for name, part in parts.items()}


EXTERNAL = b'<externalReferences><externalReference r:id="rIdX"/></externalReferences>'
PIVOT = b'<pivotCaches><pivotCache cacheId="1" r:id="rIdX"/></pivotCaches>'
ODD_STYLES = (
    b'<styleSheet xmlns="%s"><numFmts><numFmt/></numFmts><fonts><font><b val="x"/></font></fonts><fills><fill/><fill>'
    b'<patternFill patternType="solid"><fgColor rgb="red"/></patternFill></fill></fills><cellXfs><xf numFmtId="14" '
    b'fontId="9" fillId="0"/><xf numFmtId="14"/><xf/></cellXfs></styleSheet>'
) % MAIN
SOUND: dict[str, Change] = {
    "as it is": as_they_are,
    "an external link": linked(b"externalLink", b"externalLinks/externalLink1.xml", EXTERNAL),
    "a pivot table": linked(b"pivotCacheDefinition", b"pivotCache/pivotCacheDefinition1.xml", PIVOT),
    "a chart sheet": linked(b"chartsheet", b"chartsheets/sheet1.xml", b'<sheet name="Chart1" sheetId="98" r:id="rIdX"/>'),
    "an Excel 4 macro sheet": linked(b"xlMacrosheet", b"macrosheets/sheet1.xml", b'<sheet name="Macro1" sheetId="99" r:id="rIdX"/>'),
    "a dialogue sheet": linked(b"dialogsheet", b"dialogsheets/sheet1.xml", b'<sheet name="Dialog1" sheetId="97" r:id="rIdX"/>'),
    "a fill without content": replaced(STYLES, b"<fills ", b"<fills><fill/></fills><fills "),
    "backslashes in names": renamed(lambda name: name.replace("/", "\\")),
    "names in capitals": renamed(str.upper),
    "the list of tabs elsewhere": moved_book,
    "UTF-16 with a mark": written_in("utf-16", HEAD),
    "UTF-16 without a mark": written_in("utf-16-le", HEAD),
    "UTF-16 without a mark, other order": written_in("utf-16-be", HEAD),
    "UTF-8 that says it is UTF-16": written_in("utf-8", HEAD),
    "Strict Open XML": strict,
    "a comment in the sheet": replaced("", b"<sheetData>", b'<!-- <c r="A2" t="e"><v>#N/A</v></c> --><sheetData>'),
    "a path written as a web address": replaced(LINKS, b"worksheets/sheet", b"work%73heets/sheet"),
}  # fmt: skip


@pytest.mark.parametrize("name", SOUND)
def test_a_return_is_read(name: str, tracker: Parts, tmp_path: Path, core: Template) -> None:
    file = opened(zipped(SOUND[name](tracker, ACTIONS)), tmp_path, core)
    assert file.workbook is not None, file.reason
    actions = file.workbook.tables["actions"]
    assert (actions.cells["ref"], actions.cells["due"]) == (("A-001", "A-002"), (date(2026, 6, 30),) * 2)
    found = ["macros-foreign"] if "macro" in name else []
    assert [problem.code for problem in file.workbook.problems] == found


@pytest.mark.parametrize("name", SOUND)
def test_an_old_plan_is_read(name: str, plan: Parts, tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    path.write_bytes(zipped(SOUND[name](plan, PLAN)))
    cells = open_old_workbook(path).tabs[0].cells
    assert [cells[1, column].value for column in range(3)] == ["A-1", "Falls & <slips>", date(2026, 4, 30)]
    if "fill" not in name:
        assert (cells[1, 0].fill, cells[1, 0].struck, cells[0, 0].fill) == ("FF0000", True, "")


@pytest.mark.parametrize("styles", [None, b"", b"<styleSheet", b"<x/>", ODD_STYLES])
def test_odd_styles_never_cost_a_return(styles: bytes | None, tracker: Parts, tmp_path: Path, core: Template) -> None:
    file = opened(zipped(with_styles(styles)(tracker, ACTIONS)), tmp_path, core)
    assert file.workbook is not None, file.reason
    assert file.workbook.tables["actions"].cells["ref"] == ("A-001", "A-002")


@pytest.mark.parametrize("styles", [None, b"", b"<styleSheet", b"<x/>", ODD_STYLES])
def test_odd_styles_never_cost_an_old_plan(styles: bytes | None, plan: Parts, tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    path.write_bytes(zipped(with_styles(styles)(plan, PLAN)))
    assert [cell.value for cell in open_old_workbook(path).tabs[0].rows[0].values()] == ["Ref", "Issue", "Due"]


def test_a_tab_without_rows_is_not_damage(tracker: Parts, tmp_path: Path, core: Template) -> None:
    empty = b'<worksheet xmlns="%s"><sheetData/></worksheet>' % MAIN
    file = opened(zipped(tracker | {EXTENSIONS: empty}), tmp_path, core)
    assert file.workbook is not None, file.reason
    assert [problem.code for problem in file.workbook.problems] == ["table-missing"]
    assert file.workbook.tables["actions"].cells["ref"] == ("A-001", "A-002")


@pytest.mark.parametrize("form", ["{} - Table 1", "{}-Table 1", "{} – Table 1-1"])
def test_tabs_named_by_numbers_are_read(form: str, tracker: Parts, tmp_path: Path, core: Template) -> None:
    titles = [sheet.partition(b'"')[0].decode() for sheet in tracker[BOOK].split(b'<sheet name="')[1:]]
    book = tracker[BOOK]
    for title in titles:
        book = book.replace(f'<sheet name="{title}"'.encode(), f'<sheet name="{form.format(title)}"'.encode())
    file = opened(zipped(tracker | {BOOK: book}), tmp_path, core)
    assert file.workbook is not None, file.reason
    assert not file.workbook.problems
    assert file.workbook.tables["actions"].placement.sheet == "Actions"


def test_hidden_sheets_removed_is_said_so(tracker: Parts, tmp_path: Path, core: Template) -> None:
    book = tracker[BOOK].replace(b'<sheet name="qipxl stamp"', b'<gone name="qipxl stamp"')
    file = opened(zipped(tracker | {BOOK: book}), tmp_path, core)
    assert file.status == "refused"
    assert "hidden sheets were removed" in file.reason
    assert "Inspect Document" in file.reason


def test_a_bad_cell_costs_that_cell_alone(tracker: Parts, tmp_path: Path, core: Template) -> None:
    """python-calamine gives up the whole sheet for it."""
    sheet = tracker[ACTIONS].replace(b"<sheetData>", b'<sheetData><row r="1"><c r="A1"><v>12,5</v></c></row>', 1)
    file = opened(zipped(tracker | {ACTIONS: sheet}), tmp_path, core)
    assert file.workbook is not None, file.reason
    actions = file.workbook.tables["actions"]
    assert (actions.cells["ref"], actions.cells["due"]) == (("A-001", "A-002"), (date(2026, 6, 30),) * 2)


@pytest.mark.parametrize("name", [ACTIONS, "xl/sharedStrings.xml"])
def test_a_part_that_was_cut_is_damage(name: str, tracker: Parts, tmp_path: Path, core: Template) -> None:
    cells, _, _ = tracker[name].partition(b"</sheetData>")
    file = opened(zipped(tracker | {name: cells[: len(cells) // 2]}), tmp_path, core)
    assert (file.status, "damaged" in file.reason) == ("refused", True)


def test_a_cut_sheet_of_an_old_plan_is_damage(plan: Parts, tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    path.write_bytes(zipped(plan | {PLAN: plan[PLAN][:-30]}))
    with pytest.raises(SourceError, match="damaged"):
        open_old_workbook(path)
