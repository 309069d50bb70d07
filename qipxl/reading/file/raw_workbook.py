"""A workbook whose parts were looked at: its tabs, their rows as raw cells, their XML, and what belongs to them."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Protocol, cast

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from qipxl.reading.file.limits import Limits
from qipxl.reading.file.package import DAMAGED, NO_TRUST, Package, copy_of
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.sheet_xml import OWN_FORMULA, SheetXml, XmlCell
from qipxl.workbook import layout
from qipxl.workbook.cells import CellError, NotStoredError

RELATIONSHIP = re.compile(r"<(?:\w+:)?Relationship\s([^>]*)>")
TAB = re.compile(r"<(?:\w+:)?sheet\s([^>]*)>")
ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
TABLE_NAME = re.compile(r"""<(?:\w+:)?table\s[^>]*?\b(?:displayName|name)=["']([^"']*)["']""")
NOT_READ = {layout.WORKINGS, layout.CHECKS, layout.GUIDANCE, layout.LISTS, layout.CHARTS}
"""Tabs that only the tracker itself fills: they are never opened."""
BASIS = (
    "[Content_Types].xml",
    "_rels/.rels",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/styles.xml",
    "xl/sharedStrings.xml",
)
WORKBOOK_PART = "xl/workbook.xml"


@dataclass(frozen=True)
class Tab:
    """A tab of a workbook: its title, whether it is hidden, and the part it is kept in."""

    title: str
    hidden: bool
    part: str


class Book:
    """A workbook that is opened: everything comes from the parts that the safety look has seen.

    Raises RefusedError where the workbook cannot be read or asks for too much.
    """

    def __init__(self, package: Package, limits: Limits) -> None:
        self.package = package
        self.every_tab = tabs_of(package)
        look_at_tabs([tab.title for tab in self.every_tab], limits)
        self.tabs = {
            tab.title: tab for tab in self.every_tab if tab.title not in NOT_READ and tab.part in package.names
        }
        self.sheets: dict[str, SheetXml] = {}
        self.strays: dict[str, list[XmlCell]] = {}
        self.raw: dict[str, list[list[object]]] = {}
        self.relations: dict[str, list[tuple[str, str]]] = {}
        cells = 0
        parts = {name: package.part(name) for name in BASIS if name in package.names}
        for tab in self.tabs.values():
            sheet = SheetXml(package.part(tab.part))
            cells += sheet.count_filled(limits.cells // limits.tabs)
            if cells > limits.cells:
                raise RefusedError(
                    f"The workbook has more than {limits.cells:,} filled cells; no tracker has. {NO_TRUST}"
                )
            near, strays = sheet.nearby(limits)
            self.sheets[tab.title] = SheetXml(near) if strays else sheet
            if strays:
                self.strays[tab.title] = strays
            parts[tab.part] = near
        self.values = CalamineWorkbook.from_filelike(BytesIO(copy_of(parts)))

    @property
    def names(self) -> list[str]:
        """The tabs that may hold a table, in order; the stamp is not among them."""
        return [name for name in self.tabs if name != layout.STAMP]

    @property
    def every_name(self) -> list[str]:
        return [tab.title for tab in self.every_tab]

    def is_hidden(self, name: str) -> bool:
        return self.tabs[name].hidden

    def rows(self, name: str) -> list[list[object]]:
        """All cells of a sheet from A1 on; error values, and formulas that nobody worked out, stand as such."""
        if name not in self.raw:
            rows = values_of(self.values, name)
            sheet = self.sheets[name]
            for cell in sheet.errors():
                put(rows, cell, CellError(cell.value or "an error"))
            for cell in sheet.formulas:
                if not cell.filled and OWN_FORMULA.decode() not in (cell.formula or ""):
                    put(rows, cell, NotStoredError(f"={cell.formula}"))
            self.raw[name] = rows
        return self.raw[name]

    def stamp_rows(self) -> list[list[object]]:
        """The cells of the stamp."""
        return values_of(self.values, layout.STAMP)

    def of_table(self, table: str) -> str:
        """The tab a table stands on; empty where there is no such table."""
        return next(
            (name for name in self.names for part in self.related(name, "/table") if table in self.table_names(part)),
            "",
        )

    def table_names(self, part: str) -> list[str]:
        return [html.unescape(name) for name in TABLE_NAME.findall(self.package.text(part))]

    def related(self, name: str, kind: str) -> list[str]:
        """The parts of a kind (the end of its relationship's type) that belong to a tab."""
        if name not in self.relations:
            folder, _, base = self.tabs[name].part.rpartition("/")
            self.relations[name] = [*relations_of(self.package, f"{folder}/_rels/{base}.rels", folder).values()]
        return [target for said, target in self.relations[name] if said.lower().endswith(kind.lower())]


class OtherBook:
    """A workbook of another format than .xlsx: its values, and nothing of what else stands in it."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self.values = CalamineWorkbook.from_filelike(BytesIO(data))
        shown = self.values.sheets_metadata
        look_at_tabs([each.name for each in shown], limits)
        self.hidden = {each.name for each in shown if each.visible != SheetVisibleEnum.Visible}
        self.every_name = [each.name for each in shown if each.typ == SheetTypeEnum.WorkSheet]
        self.names = [name for name in self.every_name if name not in NOT_READ and name != layout.STAMP]
        self.sheets: Mapping[str, SheetXml] = {name: SheetXml.out_of_sight() for name in self.every_name}
        self.strays: Mapping[str, list[XmlCell]] = {}
        self.raw: dict[str, list[list[object]]] = {}

    def is_hidden(self, name: str) -> bool:
        return name in self.hidden

    def rows(self, name: str) -> list[list[object]]:
        """All cells of a sheet from A1 on."""
        if name not in self.raw:
            self.raw[name] = values_of(self.values, name)
        return self.raw[name]

    def stamp_rows(self) -> list[list[object]]:
        """The cells of the stamp."""
        return values_of(self.values, layout.STAMP)

    def of_table(self, table: str) -> str:
        return ""


class AnyBook(Protocol):
    """What reading asks of a workbook, be it a file or one that is open in Excel."""

    @property
    def names(self) -> list[str]: ...
    @property
    def every_name(self) -> list[str]: ...
    @property
    def sheets(self) -> Mapping[str, SheetXml]: ...
    @property
    def strays(self) -> Mapping[str, list[XmlCell]]: ...
    def is_hidden(self, name: str) -> bool: ...
    def rows(self, name: str) -> list[list[object]]: ...
    def stamp_rows(self) -> list[list[object]]: ...
    def of_table(self, table: str) -> str: ...


def values_of(book: CalamineWorkbook, name: str) -> list[list[object]]:
    """All cells of a sheet, in lists of their own, which may be changed."""
    return cast("list[list[object]]", book.get_sheet_by_name(name).to_python(skip_empty_area=False))


def put(rows: list[list[object]], cell: XmlCell, value: object) -> None:
    """Put a value where a cell stands, below or beside the last value too."""
    width = max(len(rows[0]) if rows else 0, cell.column + 1)
    for row in rows:
        row += [""] * (width - len(row))
    rows += [[""] * width for _ in range(cell.row + 1 - len(rows))]
    rows[cell.row][cell.column] = value


def attributes(text: str) -> dict[str, str]:
    """An element's attributes, without the prefixes of their names."""
    return {
        name.rpartition(":")[2]: html.unescape(double or single) for name, double, single in ATTRIBUTE.findall(text)
    }


def relations_of(package: Package, part: str, folder: str) -> dict[str, tuple[str, str]]:
    """The relationships that a part declares: by their id, the type and the part inside the workbook that is meant."""
    relations = {}
    for found in RELATIONSHIP.findall(package.text(part)):
        said = attributes(found)
        if said.get("TargetMode", "") != "External":
            target = said.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            relations[said.get("Id", "")] = (said.get("Type", ""), path)
    return relations


def tabs_of(package: Package) -> list[Tab]:
    """A workbook's tabs in their order; chart sheets have no cells and are left out."""
    if WORKBOOK_PART not in package.names:
        raise RefusedError(DAMAGED)
    relations = relations_of(package, "xl/_rels/workbook.xml.rels", "xl")
    tabs = []
    for found in TAB.findall(package.text(WORKBOOK_PART)):
        said = attributes(found)
        kind, part = relations.get(said.get("id", ""), ("", ""))
        if kind.endswith("/worksheet"):
            tabs.append(Tab(said.get("name", ""), said.get("state", "visible") != "visible", part))
    return tabs


def look_at_tabs(names: list[str], limits: Limits) -> None:
    """Refuse a workbook without tabs, with too many, or with two of one name."""
    if not names:
        raise RefusedError(DAMAGED)
    if len(names) > limits.tabs:
        raise RefusedError(f"The workbook has {len(names)} tabs; no tracker has more than {limits.tabs}. {NO_TRUST}")
    if len({name.lower() for name in names}) < len(names):
        raise RefusedError(f"Two tabs of the workbook have one name, so nobody can say which counts. {NO_TRUST}")


def open_book(package: Package, limits: Limits) -> Book:
    """A workbook's book; what the reader of values cannot make sense of is a refusal."""
    try:
        return Book(package, limits)
    except (CalamineError, OSError) as error:
        raise RefusedError(DAMAGED) from error
