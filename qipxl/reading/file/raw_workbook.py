"""A workbook whose parts passed the safety check: its tabs, their rows as raw cells, their XML and related parts."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import cached_property
from io import BytesIO
from typing import Protocol, cast

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from qipxl.reading.file.limits import Limits
from qipxl.reading.file.package import DAMAGED, NO_TRUST, Package, is_well_formed
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.rich_text import StruckCell, StruckText, struck_cells, struck_shared_texts
from qipxl.reading.file.rich_values import is_picture
from qipxl.reading.file.sheet_facts import NoFacts, SheetCell, SheetFacts
from qipxl.reading.file.sheet_values import ValueReader
from qipxl.reading.file.sheet_xml import OWN_FORMULA, SheetXml
from qipxl.reading.file.workbook_parts import (
    plain_copy,
    related_part,
    relations_of,
    tabs_of,
    value_reader,
    workbook_part,
)
from qipxl.text import Percent
from qipxl.workbook import layout
from qipxl.workbook.cells import CellError, NotStoredError, PictureError

TABLE_NAME = re.compile(r"""<(?:\w+:)?table\s[^>]*?\b(?:displayName|name)=["']([^"']*)["']""")
NO_TABLE = {layout.STAMP, layout.GUIDANCE}
"""Tabs of a tracker that are read and never hold a table."""
NOT_READ = {layout.WORKINGS, layout.CHECKS, layout.LISTS, layout.CHARTS}
"""Tabs that only the tracker itself fills; they are never read."""


class Book:
    """An .xlsx workbook, read only from parts that passed the safety check; the tabs `not_read` are left out.

    Raises RefusedError if the workbook cannot be read or exceeds a limit.
    """

    def __init__(self, package: Package, limits: Limits, not_read: Collection[str] = NOT_READ) -> None:
        self.package = package
        self.no_table = NO_TABLE if not_read else {layout.STAMP}
        self.every_tab = tabs_of(package)
        check_tabs([tab.title for tab in self.every_tab], limits)
        self.tabs = {tab.title: tab for tab in self.every_tab if tab.title not in not_read and package.holds(tab.part)}
        self.sheets: dict[str, SheetXml] = {}
        self.near: dict[str, bytes] = {}
        self.strays: dict[str, list[SheetCell]] = {}
        self.raw: dict[str, list[list[object]]] = {}
        self.struck: dict[str, list[StruckCell]] = {}
        self.relations: dict[str, list[tuple[str, str]]] = {}
        cells = 0
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
            self.near[tab.title] = near

    @cached_property
    def values(self) -> CalamineWorkbook | None:
        """The workbook as python-calamine reads it, opened for the first sheet that is not usual; None if it cannot."""
        return open_values(plain_copy(self.package, self.near))

    @cached_property
    def reader(self) -> ValueReader:
        """Reads cells from their XML."""
        return value_reader(self.package)

    @cached_property
    def struck_shared(self) -> dict[int, StruckText]:
        """The shared texts that are struck through in part."""
        return struck_shared_texts(
            self.package.part(related_part(self.package, workbook_part(self.package), "/sharedStrings"))
        )

    @property
    def names(self) -> list[str]:
        """The tabs that may hold a table, in order."""
        return [name for name in self.tabs if name not in self.no_table]

    @property
    def every_name(self) -> list[str]:
        return [tab.title for tab in self.every_tab]

    def is_hidden(self, name: str) -> bool:
        return self.tabs[name].hidden

    def rows(self, name: str) -> list[list[object]]:
        """All cells of a sheet from A1 on; errors are CellError, formulas without a stored value NotStoredError.

        A number that shows as a percentage is a Percent; of a text, what is struck through is left out. Raises RefusedError if
        the file does not hold the sheet.
        """
        if name not in self.raw:
            if name not in self.sheets:
                raise RefusedError(DAMAGED)
            sheet = self.sheets[name]
            usual = self.reader.rows(sheet.usual) if sheet.usual is not None else None
            rows = self.with_errors_and_percentages(name) if usual is None else usual
            self.struck[name] = list(struck_cells(sheet, self.struck_shared))
            for struck in self.struck[name]:
                if struck.text.used:
                    put(rows, struck.row, struck.column, struck.text.used)
            for cell in sheet.formulas:
                if not cell.filled and OWN_FORMULA.decode() not in (cell.formula or ""):
                    put(rows, cell.row, cell.column, NotStoredError(f"={cell.formula}"))
            self.raw[name] = rows
        return self.raw[name]

    def with_errors_and_percentages(self, name: str) -> list[list[object]]:
        """The cells of a sheet that python-calamine reads, with what it does not tell: errors and percentages."""
        rows, sheet = self.values_on(name), self.sheets[name]
        for error in sheet.errors():
            picture = error.rich_value > 0 and is_picture(self.package, error.rich_value)
            value: object = PictureError("a picture") if picture else CellError(error.value or "an error")
            put(rows, error.row, error.column, value)
        for shown in sheet.of_styles(self.reader.formats.percentages):
            value = rows[shown.row][shown.column] if shown.row < len(rows) and shown.column < len(rows[0]) else ""
            if isinstance(value, float):
                rows[shown.row][shown.column] = Percent(value)
        return rows

    def stamp_rows(self) -> list[list[object]]:
        """The cells of the stamp."""
        return self.rows(layout.STAMP)

    def values_on(self, name: str) -> list[list[object]]:
        """All cells of a sheet; from its XML if one cell stops python-calamine from reading the sheet.

        Raises RefusedError if the sheet is incomplete.
        """
        if self.values is not None:
            with suppress(CalamineError, OverflowError):
                return values_of(self.values, name)
        sheet = self.sheets.get(name)
        if sheet is None or not is_well_formed(sheet.xml):
            raise RefusedError(DAMAGED)
        rows: list[list[object]] = []
        for cell in sheet.cells():
            if cell.filled:
                put(rows, cell.row, cell.column, self.reader.value(cell))
        return rows

    def of_table(self, table: str) -> str:
        """The tab that holds a table, by the table's name; empty if there is no such table."""
        for name in self.names:
            for part in self.related(name, "/table"):
                if table in map(html.unescape, TABLE_NAME.findall(self.package.text(part))):
                    return name
        return ""

    def related(self, name: str, kind: str) -> list[str]:
        """The parts of a tab whose relationship's type ends with `kind`."""
        if name not in self.relations:
            self.relations[name] = [*relations_of(self.package, self.tabs[name].part).values()]
        return [part for type, part in self.relations[name] if type.lower().endswith(kind.lower())]


class OtherBook:
    """A workbook of another format than .xlsx: only its values are read; the tabs `not_read` are left out."""

    def __init__(self, data: bytes, limits: Limits, not_read: Collection[str] = NOT_READ) -> None:
        self.values = CalamineWorkbook.from_filelike(BytesIO(data))
        tabs = self.values.sheets_metadata
        check_tabs([tab.name for tab in tabs], limits)
        self.hidden = {tab.name for tab in tabs if tab.visible != SheetVisibleEnum.Visible}
        self.every_name = [tab.name for tab in tabs if tab.typ == SheetTypeEnum.WorkSheet]
        no_table = NO_TABLE if not_read else {layout.STAMP}
        self.names = [name for name in self.every_name if name not in {*not_read, *no_table}]
        self.sheets: Mapping[str, SheetFacts] = dict.fromkeys(self.every_name, NoFacts())
        self.strays: Mapping[str, list[SheetCell]] = {}
        self.struck: Mapping[str, list[StruckCell]] = {}
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
    """A workbook as reading needs it: from a file, or open in Excel."""

    @property
    def names(self) -> list[str]: ...
    @property
    def every_name(self) -> list[str]: ...
    @property
    def sheets(self) -> Mapping[str, SheetFacts]: ...
    @property
    def strays(self) -> Mapping[str, list[SheetCell]]: ...
    @property
    def struck(self) -> Mapping[str, list[StruckCell]]: ...
    def is_hidden(self, name: str) -> bool: ...
    def rows(self, name: str) -> list[list[object]]: ...
    def stamp_rows(self) -> list[list[object]]: ...
    def of_table(self, table: str) -> str: ...


def open_values(copy: bytes) -> CalamineWorkbook | None:
    """The workbook as python-calamine reads it; None if it cannot."""
    try:
        return CalamineWorkbook.from_filelike(BytesIO(copy))
    except CalamineError:
        return None


def values_of(book: CalamineWorkbook, name: str) -> list[list[object]]:
    """All cells of a sheet, as new lists that may be changed."""
    return cast("list[list[object]]", book.get_sheet_by_name(name).to_python(skip_empty_area=False))


def put(rows: list[list[object]], index: int, column: int, value: object) -> None:
    """Set a cell's value (row and column from 0); the rows are extended if the cell is outside them."""
    width = max(len(rows[0]) if rows else 0, column + 1)
    for row in rows:
        row += [""] * (width - len(row))
    rows += [[""] * width for _ in range(index + 1 - len(rows))]
    rows[index][column] = value


def check_tabs(names: list[str], limits: Limits) -> None:
    """Raises RefusedError for a workbook without tabs, with too many, or with two of the same name."""
    if not names:
        raise RefusedError(DAMAGED)
    if len(names) > limits.tabs:
        raise RefusedError(f"The workbook has {len(names)} tabs; no tracker has more than {limits.tabs}. {NO_TRUST}")
    if len({name.lower() for name in names}) < len(names):
        raise RefusedError(
            f"Two tabs of the workbook have the same name, so it is not clear which one counts. {NO_TRUST}"
        )
