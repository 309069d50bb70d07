"""A workbook that is open in Excel, with the interface that the reading of files uses. Reads whole ranges, never the file.

The problems are those of the file, because both are read by the same code, except for what only a saved file shows: hidden
rows and columns, comments, pictures, removed drop-downs (NOT_SEEN).
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
"""Codes of problems that only the saved file shows."""
ERROR_TEXTS = frozenset(COM_ERRORS.values())


class OpenBook:
    """An open workbook's tabs and cells. Each tab is read once, on first use."""

    def __init__(self, book: xw.Book) -> None:
        self.book = book
        self.every_name = [sheet.name for sheet in book.sheets]
        self.names = [name for name in self.every_name if name not in NOT_READ and name != layout.STAMP]
        self.sheets: Mapping[str, OpenSheet] = {name: OpenSheet(book.sheets[name]) for name in self.every_name}
        self.strays: Mapping[str, list[XmlCell]] = {}

    def is_hidden(self, name: str) -> bool:
        """True also for Excel's “very hidden”, which xlwings gives as 2."""
        return self.book.sheets[name].visible not in (True, -1)

    def rows(self, name: str) -> list[list[object]]:
        return self.sheets[name].rows

    def stamp_rows(self) -> list[list[object]]:
        return self.sheets[layout.STAMP].rows

    def of_table(self, table: str) -> str:
        """The tab of a table; empty if there is no such table."""
        names = (sheet.name for sheet in self.book.sheets for other in sheet.tables if other.name == table)
        return next(names, "")


class OpenSheet(SheetXml):
    """An open tab with the interface of a saved tab's XML; it reads all values once and all formulas once."""

    def __init__(self, sheet: xw.Sheet) -> None:
        super().__init__(b"<sheetData></sheetData><dataValidations/>")
        self.sheet = sheet

    @cached_property
    def area(self) -> xw.Range:
        """From A1 to the last cell in use, at most NEAR_ROWS by NEAR_COLUMNS."""
        last = self.sheet.used_range.last_cell
        return self.sheet.range((1, 1), (min(last.row, NEAR_ROWS), min(last.column, NEAR_COLUMNS)))

    @cached_property
    def rows(self) -> list[list[object]]:
        """Every cell's value, normalised.

        xlwings gives the older error values as texts or, if asked, as None. A text such as #N/A was an error only if it is
        None the second time.
        """
        texts = values_of(self.area, err_to_str=True)
        if not any(isinstance(cell, str) and cell in ERROR_TEXTS for row in texts for cell in row):
            return [[normalise(cell) for cell in row] for row in texts]
        values = values_of(self.area, err_to_str=False)
        return [
            [
                CellError(cell) if cell is not None and other is None else normalise(cell)
                for cell, other in zip(*rows, strict=True)
            ]
            for rows in zip(texts, values, strict=True)
        ]

    @cached_property
    def typed(self) -> list[list[str]]:
        """Every cell as typed: a formula with its =."""
        formulas = self.area.formula
        rows = formulas if isinstance(formulas, tuple | list) else ((formulas,),)
        return [[str(cell) for cell in (row if isinstance(row, tuple | list) else (row,))] for row in rows]

    @cached_property
    def own_formulas(self) -> int:
        """The number of the tracker's own formulas on the sheet."""
        return sum(OWN_FORMULA.decode() in text for row in self.typed for text in row)

    @cached_property
    def formulas(self) -> list[XmlCell]:
        """The cells with a formula."""
        return [cell for cell in self.typed_cells() if cell.formula is not None]

    def errors(self) -> Iterator[XmlCell]:
        """Empty: errors are among the values."""
        return iter(())

    def typed_over(self, columns: Collection[int], rows: Collection[int], formulas: int) -> Iterator[XmlCell]:
        """Cells in these columns and rows (from 0) with a value and no formula."""
        row_set = set(rows)
        for cell in self.typed_cells():
            if cell.row in row_set and cell.column in columns and cell.formula is None:
                yield cell

    def typed_cells(self) -> Iterator[XmlCell]:
        """Every filled cell, as its XML would be. If a text begins with =, Excel gives it as both value and formula."""
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
        merges: dict[str, Merge] = {}
        for part in ranges_where(below, lambda area: area.merge_cells):
            for cell in part if part.count > 1 else (part,):
                merged = cell.merge_area
                end = merged.last_cell
                merges[merged.address] = Merge(merged.row - 1, merged.column - 1, end.row - 1, end.column - 1)
        return list(merges.values())


def values_of(area: xw.Range, *, err_to_str: bool) -> list[list[object]]:
    """The values of a range, row by row. A date that xlwings cannot convert is found by halving and read from its number."""
    try:
        return [list(row) for row in area.options(ndim=2, err_to_str=err_to_str).value]
    except ValueError:
        if area.count == 1:
            return [[datetime(EPOCH.year, EPOCH.month, EPOCH.day) + timedelta(days=float(area.api.Value2))]]
        rows, others = (values_of(half, err_to_str=err_to_str) for half in halves(area))
        if area.shape[0] > 1:
            return rows + others
        return [rows[0] + others[0]]


def ranges_where(area: xw.Range, holds: Callable[[xw.Range], bool | None]) -> Iterator[xw.Range]:
    """The parts of a range where `holds` is true of every cell; Excel gives None if it is true of some cells only."""
    answer = holds(area)
    if not isinstance(answer, bool) and area.count > 1:
        for half in halves(area):
            yield from ranges_where(half, holds)
    elif answer is True:
        yield area


def halves(area: xw.Range) -> tuple[xw.Range, xw.Range]:
    """The upper and lower half of a range, or the left and right half of a single row."""
    rows, columns = area.shape
    if rows > 1:
        return area[: rows // 2, :], area[rows // 2 :, :]
    return area[:, : columns // 2], area[:, columns // 2 :]
