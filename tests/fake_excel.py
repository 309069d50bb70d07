"""Excel for xlwings on a machine without it: an engine on xlwings' base classes, on workbooks that openpyxl reads.

It hands values over as Excel does through COM: numbers as floats, money as Decimal, dates with a time zone, errors as negative
numbers, nothing as None. A formula's value is the one stored beside it. Nothing is worked out after a write.

    with fake_excel() as app:
        book = app.books.open(path)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import xlwings as xw
from openpyxl.utils import get_column_letter, range_boundaries
from xlwings import base_classes

ERRORS = {
    "#NULL!": -2146826288, "#DIV/0!": -2146826281, "#VALUE!": -2146826273, "#REF!": -2146826265, "#NAME?": -2146826259,
    "#NUM!": -2146826252, "#N/A": -2146826246, "#SPILL!": -2146826243,
}  # fmt: skip
KNOWN = {number: text for text, number in ERRORS.items() if text != "#SPILL!"}
"""xlwings knows the seven old errors; a newer one comes through as its number."""


class Engine:
    name, type = "fake", "desktop"

    def __init__(self) -> None:
        self.apps = Apps(self)

    @staticmethod
    def clean_value_data(data: Any, dates: Any, empty: Any, numbers: Any, err_to_str: bool) -> list[list[object]]:
        def clean(cell: Any) -> object:
            if cell in ("", None):
                return empty
            if isinstance(cell, datetime):
                return dates(cell.year, cell.month, cell.day, cell.hour, cell.minute, cell.second, cell.microsecond)
            if numbers is not None and isinstance(cell, float):
                return numbers(cell)
            if isinstance(cell, int) and cell in KNOWN:
                return KNOWN[cell] if err_to_str else None
            return cell

        return [[clean(cell) for cell in row] for row in data]

    @staticmethod
    def prepare_xl_data_element(cell: Any, _: Any) -> object:
        return "" if cell is None else cell


class Apps(base_classes.Apps):
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.every: dict[int, App] = {}

    def keys(self) -> list[int]:
        return list(self.every)

    def add(self, **_: object) -> App:
        pid = 100 + len(self.every)
        self.every[pid] = App(self, pid)
        return self.every[pid]

    def __iter__(self) -> Iterator[App]:
        return iter(list(self.every.values()))

    def __len__(self) -> int:
        return len(self.every)

    def __getitem__(self, pid: int) -> App:
        return self.every[pid]


class App(base_classes.App):
    """`told` are the words of the status bar and of the boxes, and each change of screen updating, in order."""

    def __init__(self, apps: Apps, pid: int) -> None:
        self.apps, self.pid_, self.engine = apps, pid, apps.engine
        self.told: list[tuple[str, object]] = []
        self.bar: object = False
        self.screen = True
        self.open = Books(self)

    pid = property(lambda self: self.pid_)
    hwnd = property(lambda self: 9000 + self.pid_)
    books = property(lambda self: self.open)

    @property
    def status_bar(self) -> object:
        return self.bar

    @status_bar.setter
    def status_bar(self, words: object) -> None:
        self.bar = words
        self.told.append(("bar", words))

    @property
    def screen_updating(self) -> bool:
        return self.screen

    @screen_updating.setter
    def screen_updating(self, value: bool) -> None:
        self.screen = value
        self.told.append(("screen", value))

    def alert(self, prompt: str, title: str, *_: object) -> str:
        self.told.append(("box", prompt))
        return "ok"

    def activate(self, steal_focus: bool = False) -> None:
        pass


class Books(base_classes.Books):
    def __init__(self, app: App) -> None:
        self.app = app
        self.every: list[Book] = []

    def __call__(self, key: int | str) -> Book:
        if isinstance(key, int):
            return self.every[key - 1]
        for book in self.every:
            if book.name.lower() == key.lower():
                return book
        raise KeyError(key)

    def __len__(self) -> int:
        return len(self.every)

    def __iter__(self) -> Iterator[Book]:
        return iter(self.every)

    active = property(lambda self: self.every[-1])

    def open(self, fullname: str, *_: object, **__: object) -> Book:
        book = Book(self.app, Path(fullname))
        self.every.append(book)
        return book


class Book(base_classes.Book):
    def __init__(self, app: App, path: Path) -> None:
        self.app_ = app
        self.name_ = path.name
        self.formulas = openpyxl.load_workbook(path, rich_text=False)
        self.values = openpyxl.load_workbook(path, data_only=True)
        self.saves = 0

    app = property(lambda self: self.app_)
    name = property(lambda self: self.name_)
    sheets = property(lambda self: Sheets(self))

    @property
    def fullname(self) -> str:
        raise AssertionError("xlwings cannot say where a workbook on OneDrive or SharePoint stands; nobody may ask")

    def save(self, path: object = None, password: object = None) -> None:
        self.saves += 1

    def activate(self) -> None:
        pass


class Sheets(base_classes.Sheets):
    def __init__(self, book: Book) -> None:
        self.book = book

    def __call__(self, key: int | str) -> Sheet:
        names = self.book.values.sheetnames
        if isinstance(key, int):
            return Sheet(self.book, names[key - 1])
        if key.lower() not in [name.lower() for name in names]:
            raise KeyError(key)
        return Sheet(self.book, next(name for name in names if name.lower() == key.lower()))

    def __len__(self) -> int:
        return len(self.book.values.sheetnames)

    def __iter__(self) -> Iterator[Sheet]:
        return iter([Sheet(self.book, name) for name in self.book.values.sheetnames])

    def __contains__(self, name: str) -> bool:
        return name in self.book.values.sheetnames


class Sheet(base_classes.Sheet):
    def __init__(self, book: Book, name: str) -> None:
        self.book_, self.name_ = book, name
        self.values, self.formulas = book.values[name], book.formulas[name]

    book = property(lambda self: self.book_)
    name = property(lambda self: self.name_)
    visible = property(lambda self: {"visible": -1, "hidden": 0, "veryHidden": 2}[self.values.sheet_state])
    tables = property(lambda self: Tables(self))

    def activate(self) -> None:
        self.book_.values.active = self.name_

    @property
    def used_range(self) -> Range:
        return Range(self, *range_boundaries(self.values.dimensions))

    def range(self, first: Any, second: Any = None) -> Range:
        if isinstance(first, str):
            return Range(self, *range_boundaries(first))
        if isinstance(first, tuple) and len(first) == 4:
            row, column, rows, columns = first
            return Range(self, column, row, column + columns - 1, row + rows - 1)
        start = first.coords[1:3] if isinstance(first, Range) else first
        end = start if second is None else second.coords[1:3] if isinstance(second, Range) else second
        return Range(self, start[1], start[0], end[1], end[0])


class Tables(base_classes.Tables):
    def __init__(self, sheet: Sheet) -> None:
        self.every = [Table(name) for name in sheet.values.tables]

    def __iter__(self) -> Iterator[Table]:
        return iter(self.every)

    def __len__(self) -> int:
        return len(self.every)

    def __call__(self, key: int) -> Table:
        return self.every[key - 1]


class Table(base_classes.Table):
    def __init__(self, name: str) -> None:
        self.name_ = name

    name = property(lambda self: self.name_)


READS: list[str] = []
"""Every reading of a range, as Sheet!A1:C3."""
UNREADABLE: set[str] = set()
"""Cells, as Sheet!K5, whose dates Excel's bridge cannot hand over: reading any range with one in it fails."""


class Native:
    """What COM itself offers: a cell's value as the number it is kept as."""

    def __init__(self, cells: Range) -> None:
        self.cells = cells

    @property
    def Value2(self) -> float:  # noqa: N802  # as Excel calls it
        day = self.cells.cells(self.cells.sheet.values)[0][0].value
        return (day - datetime(1899, 12, 30)) / timedelta(days=1)


class Range(base_classes.Range):
    def __init__(self, sheet: Sheet, left: int, top: int, right: int, bottom: int) -> None:
        self.sheet_, self.bounds = sheet, (left, top, right, bottom)
        self.options: object = None

    sheet = property(lambda self: self.sheet_)
    row = property(lambda self: self.bounds[1])
    column = property(lambda self: self.bounds[0])
    shape = property(lambda self: (self.bounds[3] - self.bounds[1] + 1, self.bounds[2] - self.bounds[0] + 1))
    coords = property(lambda self: (self.sheet_.name, self.row, self.column, *self.shape))
    max_cells_per_read = max_cells_per_write = None

    @property
    def address(self) -> str:
        left, top, right, bottom = self.bounds
        first, last = f"${get_column_letter(left)}${top}", f"${get_column_letter(right)}${bottom}"
        return first if first == last else f"{first}:{last}"

    def get_address(self, *_: object) -> str:
        return self.address

    def __len__(self) -> int:
        return self.shape[0] * self.shape[1]

    def __call__(self, first: int, second: int | None = None) -> Range:
        if second is None:
            first, second = divmod(first - 1, self.shape[1])
            first, second = first + 1, second + 1
        row, column = self.row + first - 1, self.column + second - 1
        return Range(self.sheet_, column, row, column, row)

    def cells(self, worksheet: Any) -> list[list[Any]]:
        left, top, right, bottom = self.bounds
        return [[worksheet.cell(row, column) for column in range(left, right + 1)] for row in range(top, bottom + 1)]

    @property
    def raw_value(self) -> object:
        READS.append(f"{self.sheet_.name}!{self.address.replace('$', '')}")
        cells = self.cells(self.sheet_.values)
        if any(f"{self.sheet_.name}!{cell.coordinate}" in UNREADABLE for row in cells for cell in row):
            raise ValueError("microsecond must be in 0..999999")
        rows = tuple(tuple(as_com(cell) for cell in row) for row in cells)
        return rows[0][0] if len(self) == 1 else rows

    @raw_value.setter
    def raw_value(self, data: Any) -> None:
        rows = data if isinstance(data, list | tuple) else [[data]]
        for row, cells in zip(rows, self.cells(self.sheet_.values), strict=True):
            for value, cell in zip(row, cells, strict=True):
                assert not isinstance(value, Decimal), "a Decimal turns its cell into currency"
                kept = (
                    value.removeprefix("'") if isinstance(value, str) else value
                )  # the mark of a text is no part of it
                self.sheet_.formulas[cell.coordinate].value = kept if kept != "" else None
                cell.value = kept if kept != "" else None

    @property
    def formula(self) -> object:
        rows = tuple(
            tuple("" if cell.value is None else str(cell.value) for cell in row)
            for row in self.cells(self.sheet_.formulas)
        )
        return rows[0][0] if len(self) == 1 else rows

    @formula.setter
    def formula(self, text: str) -> None:
        self.raw_value = text

    @property
    def api(self) -> Native:
        return Native(self)

    def merged(self) -> list[tuple[int, int, int, int]]:
        return [each.bounds for each in self.sheet_.values.merged_cells.ranges]

    @property
    def merge_cells(self) -> bool | None:
        left, top, right, bottom = self.bounds
        inside = sum(
            max(0, min(right, end) - max(left, start) + 1) * max(0, min(bottom, low) - max(top, high) + 1)
            for start, high, end, low in self.merged()
        )
        return None if 0 < inside < len(self) else inside > 0

    @property
    def merge_area(self) -> Range:
        for left, top, right, bottom in self.merged():
            if left <= self.column <= right and top <= self.row <= bottom:
                return Range(self.sheet_, left, top, right, bottom)
        return self

    def clear_contents(self) -> None:
        for row in self.cells(self.sheet_.values):
            for cell in row:
                cell.value = self.sheet_.formulas[cell.coordinate].value = None

    def add_hyperlink(self, address: str, text_to_display: str | None = None, screen_tip: str | None = None) -> None:
        self.raw_value = text_to_display or address
        self.cells(self.sheet_.values)[0][0].hyperlink = address


def as_com(cell: Any) -> object:
    """A cell's value as COM hands it over."""
    value = cell.value
    if isinstance(value, str) and cell.data_type == "e":
        return ERRORS.get(value, -2146826273)
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, time):
        return datetime(1899, 12, 30, value.hour, value.minute, value.second, tzinfo=UTC)
    return Decimal(str(value)) if "£" in cell.number_format else float(value)


@contextmanager
def fake_excel() -> Iterator[xw.App]:
    """An Excel with nothing open, as xlwings' active engine."""
    before = xw.engines.active
    engine = xw.Engine(impl=Engine())
    xw.engines.add(engine)
    engine.activate()
    READS.clear()
    UNREADABLE.clear()
    try:
        yield xw.App(impl=engine.impl.apps.add())
    finally:
        xw.engines.active = before
        xw.engines.engines.remove(engine)
        xw.engines.engines_by_name.pop("fake", None)
