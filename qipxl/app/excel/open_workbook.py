"""A workbook that is open in Excel, as reading asks for it: whole ranges at once, from A1 on, nothing from the disk.

What only a saved file can show is not looked for: hidden rows and columns, comments, pictures, drop-downs that are gone
(NOT_SEEN). Everything else gives the same problems as the file, since both go through the same reading.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property

import xlwings as xw

from qipxl.reading.file.raw_workbook import NOT_READ
from qipxl.reading.file.sheet_xml import (
    NEAR_COLUMNS,
    NEAR_ROWS,
    OWN_FORMULA,
    Merge,
    SheetXml,
    XmlCell,
)
from qipxl.rules.expression import EPOCH
from qipxl.workbook import layout
from qipxl.workbook.cells import COM_ERRORS, CellError, normalise

NOT_SEEN = frozenset(
    {
        "rows-hidden",
        "columns-hidden",
        "comments-not-read",
        "drawing-not-read",
        "drop-downs-gone",
        "other-format",
        "macros-foreign",
    }
)
"""Codes of problems that only the saved file can show."""
ERROR_TEXTS = frozenset(COM_ERRORS.values())


class OpenBook:
    """An open workbook's tabs and cells. Each tab is read once, when it is asked for."""

    def __init__(self, book: xw.Book) -> None:
        self.book = book
        self.every_name = [sheet.name for sheet in book.sheets]
        self.names = [name for name in self.every_name if name not in NOT_READ and name != layout.STAMP]
        self.sheets: Mapping[str, OpenSheet] = {name: OpenSheet(book.sheets[name]) for name in self.every_name}
        self.strays: Mapping[str, list[XmlCell]] = {}

    def is_hidden(self, name: str) -> bool:
        """True also for what Excel calls very hidden, which xlwings hands over as 2."""
        return self.book.sheets[name].visible not in (True, -1)

    def rows(self, name: str) -> list[list[object]]:
        return self.sheets[name].rows

    def stamp_rows(self) -> list[list[object]]:
        return self.sheets[layout.STAMP].rows

    def of_table(self, table: str) -> str:
        """The tab a table stands on; empty where there is no such table."""
        found = (sheet.name for sheet in self.book.sheets for each in sheet.tables if each.name == table)
        return next(found, "")


class OpenSheet(SheetXml):
    """A tab that is open: it says what the XML of its saved file would, from one reading of values and one of formulas."""

    def __init__(self, sheet: xw.Sheet) -> None:
        super().__init__(b"<sheetData></sheetData><dataValidations/>")
        self.sheet = sheet

    @cached_property
    def area(self) -> xw.Range:
        """Everything from A1 to the last cell in use; nobody's table goes further than NEAR_ROWS and NEAR_COLUMNS."""
        last = self.sheet.used_range.last_cell
        return self.sheet.range((1, 1), (min(last.row, NEAR_ROWS), min(last.column, NEAR_COLUMNS)))

    @cached_property
    def rows(self) -> list[list[object]]:
        """Every cell as reading wants it.

        xlwings gives the older error values as texts, or as nothing: only where it gives nothing was such a text an error.
        """
        found = values_of(self.area, err_to_str=True)
        if not any(isinstance(cell, str) and cell in ERROR_TEXTS for row in found for cell in row):
            return [[normalise(cell) for cell in row] for row in found]
        without = values_of(self.area, err_to_str=False)
        return [
            [
                CellError(cell) if cell is not None and other is None else normalise(cell)
                for cell, other in zip(*rows, strict=True)
            ]
            for rows in zip(found, without, strict=True)
        ]

    @cached_property
    def typed(self) -> list[list[str]]:
        """Every cell as it was typed in: a formula with its =."""
        found = self.area.formula
        rows = found if isinstance(found, tuple | list) else ((found,),)
        return [[str(cell) for cell in (row if isinstance(row, tuple | list) else (row,))] for row in rows]

    @cached_property
    def own_formulas(self) -> int:
        """How many of the tracker's own formulas stand on the sheet."""
        return sum(OWN_FORMULA.decode() in text for row in self.typed for text in row)

    @cached_property
    def formulas(self) -> list[XmlCell]:
        """Cells that hold a formula."""
        return [each for each in self.typed_cells() if each.formula is not None]

    def errors(self) -> Iterator[XmlCell]:
        """None of its own: errors stand among the values."""
        return iter(())

    def typed_over(self, columns: Collection[int], rows: Collection[int], formulas: int) -> Iterator[XmlCell]:
        """Cells of these columns and rows (from 0) that hold a value and no formula."""
        wanted = set(rows)
        for cell in self.typed_cells():
            if cell.row in wanted and cell.column in columns and cell.formula is None:
                yield cell

    def typed_cells(self) -> Iterator[XmlCell]:
        """Every cell that holds something, as its XML would say it. Of a text that begins with = Excel gives that text twice."""
        for row, (texts, values) in enumerate(zip(self.typed, self.rows, strict=True)):
            for column, (text, value) in enumerate(zip(texts, values, strict=True)):
                if text:
                    formula = f"<f>{html.escape(text[1:])}</f>" if text.startswith("=") and value != text else ""
                    yield XmlCell(row, column, b"", f"{formula}<v>1</v>".encode(), (0, 0))

    def merges(self) -> list[Merge]:
        """Merged ranges below the title of the sheet."""
        last = self.area.last_cell
        if last.row <= layout.HEADING_ROW:
            return []
        below = self.sheet.range((layout.HEADING_ROW + 1, 1), (last.row, last.column))
        found: dict[str, Merge] = {}
        for part in parts_that(below, lambda each: each.merge_cells):
            for cell in part if part.count > 1 else (part,):
                whole = cell.merge_area
                end = whole.last_cell
                found[whole.address] = Merge(whole.row - 1, whole.column - 1, end.row - 1, end.column - 1)
        return list(found.values())


def values_of(area: xw.Range, *, err_to_str: bool) -> list[list[object]]:
    """The values of a range, row by row. A date that Excel's bridge cannot hand over is found, and read as its number."""
    try:
        return [list(row) for row in area.options(ndim=2, err_to_str=err_to_str).value]
    except ValueError:
        if area.count == 1:
            return [[datetime(EPOCH.year, EPOCH.month, EPOCH.day) + timedelta(days=float(area.api.Value2))]]
        rows, others = (values_of(half, err_to_str=err_to_str) for half in halves(area))
        if area.shape[0] > 1:
            return rows + others
        return [rows[0] + others[0]]


def parts_that(area: xw.Range, holds: Callable[[xw.Range], bool | None]) -> Iterator[xw.Range]:
    """The parts of a range of which something is true; Excel says None of a range where it is true of some cells only."""
    said = holds(area)
    if not isinstance(said, bool) and area.count > 1:
        for half in halves(area):
            yield from parts_that(half, holds)
    elif said is True:
        yield area


def halves(area: xw.Range) -> tuple[xw.Range, xw.Range]:
    """The upper and the lower half of a range, or the left and the right one of a single row."""
    rows, columns = area.shape
    if rows > 1:
        return area[: rows // 2, :], area[rows // 2 :, :]
    return area[:, : columns // 2], area[:, columns // 2 :]
