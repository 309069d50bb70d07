"""A workbook that is open in Excel, for the same reading as a saved file; ranges are read whole, nothing from the disk.

Only a saved file can show hidden rows and columns, comments, pictures and missing drop-downs (NOT_SEEN). All other
problems are the same as those of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property

import xlwings as xw

from qipxl.reading.file.raw_workbook import NO_TABLE, NOT_READ
from qipxl.reading.file.rich_text import StruckCell
from qipxl.reading.file.sheet_facts import Merge, NoFacts, SheetCell
from qipxl.reading.file.sheet_xml import NEAR_COLUMNS, NEAR_ROWS
from qipxl.rules.expression import EPOCH
from qipxl.workbook import layout
from qipxl.workbook.cells import COM_ERRORS, CellError, normalise

NOT_SEEN = frozenset((
    "rows-hidden", "columns-hidden", "comments-not-read", "drawing-not-read", "drop-downs-gone", "other-format", "macros-foreign",
))  # fmt: skip
"""Codes of problems that only a saved file can show."""
ERROR_TEXTS = frozenset(COM_ERRORS.values())


class OpenBook:
    """An open workbook's tabs and cells. Each tab is read once, on first use."""

    def __init__(self, book: xw.Book) -> None:
        self.book = book
        self.every_name = [sheet.name for sheet in book.sheets]
        self.names = [name for name in self.every_name if name not in NOT_READ | NO_TABLE]
        self.sheets: Mapping[str, OpenSheet] = {name: OpenSheet(book.sheets[name]) for name in self.every_name}
        self.strays: Mapping[str, list[SheetCell]] = {}
        self.struck: Mapping[str, list[StruckCell]] = {}

    def is_hidden(self, name: str) -> bool:
        """True for hidden and for very hidden tabs, whose state xlwings returns as 2."""
        return self.book.sheets[name].visible not in (True, -1)

    def rows(self, name: str) -> list[list[object]]:
        return self.sheets[name].rows

    def stamp_rows(self) -> list[list[object]]:
        return self.sheets[layout.STAMP].rows

    def of_table(self, table: str) -> str:
        """The tab that holds a table, by the table's name; empty if there is no such table."""
        names = (sheet.name for sheet in self.book.sheets for item in sheet.tables if item.name == table)
        return next(names, "")


class OpenSheet(NoFacts):
    """An open tab: its formulas and merged cells, from one reading of its values and one of its formulas."""

    def __init__(self, sheet: xw.Sheet) -> None:
        self.sheet = sheet

    @cached_property
    def area(self) -> xw.Range:
        """All cells from A1 to the last one in use, at most NEAR_ROWS and NEAR_COLUMNS."""
        last = self.sheet.used_range.last_cell
        return self.sheet.range((1, 1), (min(last.row, NEAR_ROWS), min(last.column, NEAR_COLUMNS)))

    @cached_property
    def rows(self) -> list[list[object]]:
        """Every cell, normalised.

        xlwings returns the older error values as texts or as None. A cell is an error if the second reading gives None.
        """
        texts = values_of(self.area, err_to_str=True)
        if not any(isinstance(cell, str) and cell in ERROR_TEXTS for row in texts for cell in row):
            return [[normalise(cell) for cell in row] for row in texts]
        without = values_of(self.area, err_to_str=False)
        pairs = [zip(*rows, strict=True) for rows in zip(texts, without, strict=True)]
        return [[value_or_error(text, value) for text, value in row] for row in pairs]

    @cached_property
    def typed(self) -> list[list[str]]:
        """The text of every cell as it was typed, formulas with their "="."""
        texts = self.area.formula
        rows = texts if isinstance(texts, tuple | list) else ((texts,),)
        return [[str(cell) for cell in (row if isinstance(row, tuple | list) else (row,))] for row in rows]

    @cached_property
    def cells(self) -> Sequence[SheetCell]:
        """Every cell that holds something. For a text that begins with "=" Excel returns the text as formula and value."""
        return [
            SheetCell(row, column, text[1:] if text.startswith("=") and value != text else None)
            for row, (texts, values) in enumerate(zip(self.typed, self.rows, strict=True))
            for column, (text, value) in enumerate(zip(texts, values, strict=True))
            if text
        ]

    @cached_property
    def formulas(self) -> Sequence[SheetCell]:
        """Cells with a formula."""
        return [cell for cell in self.cells if cell.formula is not None]

    def typed_over(self, columns: Collection[int], rows: Collection[int], formulas: int) -> Iterator[SheetCell]:
        """Cells of these columns and rows (from 0) that hold a value and no formula."""
        sheet_rows = set(rows)
        return (
            cell for cell in self.cells if cell.row in sheet_rows and cell.column in columns and cell.formula is None
        )

    def merges(self) -> Sequence[Merge]:
        """Merged ranges below the title of the sheet."""
        last = self.area.last_cell
        if last.row <= layout.HEADING_ROW:
            return []
        below = self.sheet.range((layout.HEADING_ROW + 1, 1), (last.row, last.column))
        merges: dict[str, Merge] = {}
        for part in parts_that(below, lambda part: part.merge_cells):
            for cell in part if part.count > 1 else (part,):
                area = cell.merge_area
                end = area.last_cell
                merges[area.address] = Merge(area.row - 1, area.column - 1, end.row - 1, end.column - 1)
        return list(merges.values())


def value_or_error(text: object, value: object) -> object:
    """A cell's value, normalised, from its readings with errors as texts and without them."""
    return CellError(text) if text is not None and value is None else normalise(text)


def values_of(area: xw.Range, *, err_to_str: bool) -> list[list[object]]:
    """The values of a range, row by row. A date that xlwings cannot convert is read as its number."""
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
    """The parts of a range for which a property is true; Excel returns None if it is true for some cells only."""
    answer = holds(area)
    if not isinstance(answer, bool) and area.count > 1:
        for half in halves(area):
            yield from parts_that(half, holds)
    elif answer is True:
        yield area


def halves(area: xw.Range) -> tuple[xw.Range, xw.Range]:
    """The upper and the lower half of a range; of a single row the left and the right half."""
    rows, columns = area.shape
    if rows > 1:
        return area[: rows // 2, :], area[rows // 2 :, :]
    return area[:, : columns // 2], area[:, columns // 2 :]
