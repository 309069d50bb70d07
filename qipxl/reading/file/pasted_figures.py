"""The sheet Paste figures: numbers of another system fill the blank figures of the sheet Figures, as in the tracker's own workings.

What is typed on Figures counts. Whatever of the block is not used is named, by its cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeGuard

from qipxl.periods import Period
from qipxl.reading.file.opened import ReadTable
from qipxl.reading.file.plan import TablePlan
from qipxl.reading.file.raw_workbook import AnyBook
from qipxl.returns.problems import Problem, shown
from qipxl.text import Percent, as_text, clean_text, number_text
from qipxl.workbook.cells import CellError, is_blank, normalise
from qipxl.workbook.layout import (
    HEADING_ROW,
    PASTE,
    PASTE_COLUMNS,
    PASTE_MONTHS,
    PASTED,
    cell_address,
    paste_heading,
)

FIRST_DAY, LAST_DAY, ZERO = date(2000, 1, 1), date(2099, 12, 31), date(1899, 12, 30)
"""The days that a cell may hold, and the day that Excel counts them from."""
END = HEADING_ROW + PASTE_MONTHS
"""The row (from 0) below the block."""


@dataclass(frozen=True)
class PastedNumber:
    """A number of the block: its month, its indicator in small letters, its field, its sheet row, its column (from 0) and heading."""

    month: Period
    ref: str
    field: str
    value: float
    row: int
    column: int
    heading: str

    def problem(self, code: str, more: str) -> Problem:
        """A problem of this number."""
        cell = cell_address(self.column, self.row)
        return Problem(code, "", PASTE, self.row, "", cell, self.heading, number_text(self.value), more)


def add_pasted(book: AnyBook, plans: Mapping[str, TablePlan], tables: Mapping[str, ReadTable]) -> list[Problem]:
    """Fill blank figures of a return from its sheet Paste figures; the problems of what is not used."""
    plan = plans.get(PASTED)
    if plan is None or not plan.pasted or PASTE not in book.names:
        return []
    table = tables[PASTED]
    block = Block([list(map(normalise, row)) for row in book.rows(PASTE)])
    named = dict.fromkeys([*tables["indicators"].cells["ref"], *table.cells["indicator"]])
    numbers = list(block.numbers(plan, [clean_text(as_text(ref)) for ref in named if not is_blank(ref)]))
    rows: dict[tuple[str, Period], list[int]] = {}
    for index, (ref, day) in enumerate(zip(table.cells["indicator"], table.cells["month"], strict=True)):
        if (month := month_of(normalise(day))) is not None:
            rows.setdefault((clean_text(as_text(ref)).lower(), month), []).append(index)
    for field in plan.pasted:
        figures = list(table.cells[field])
        for number in [number for number in numbers if number.field == field]:
            found = rows.get((number.ref, number.month), [])
            if not found:
                block.problems.append(number.problem("pasted-without-row", number.month.words))
            for index in found:
                typed = normalise(figures[index])
                if is_blank(typed):
                    figures[index] = number.value
                elif typed != number.value:
                    cell = table.placement.cell(table.rows[index], field)
                    more = f"{number.month.words}, and {table.placement.sheet}!{cell} has {shown(as_text(typed))}"
                    block.problems.append(number.problem("pasted-differs", more))
        table.cells[field] = figures
    return block.problems


def month_of(cell: object) -> Period | None:
    """The month of a date, or of the number of a day; None for anything else."""
    day: date | None = None
    if isinstance(cell, datetime):
        day = cell.date()
    elif isinstance(cell, date):
        day = cell
    elif is_number(cell) and 0 <= cell < 100_000:
        day = ZERO + timedelta(days=int(cell))
    return Period(day.year, day.month) if day is not None and FIRST_DAY <= day <= LAST_DAY else None


def is_number(cell: object) -> TypeGuard[float]:
    """True for a number that does not show as a percentage."""
    return isinstance(cell, float) and not isinstance(cell, Percent)


class Block:
    """The cells of the block, and the problems that are found while its numbers are read."""

    def __init__(self, rows: Sequence[Sequence[object]]) -> None:
        self.rows = rows
        self.problems: list[Problem] = []

    def numbers(self, plan: TablePlan, refs: Sequence[str]) -> Iterator[PastedNumber]:
        """Each number under the heading of an indicator and beside a month."""
        columns = self.columns(plan, refs)
        months: dict[Period, int] = {}
        for index, row in enumerate(self.rows[HEADING_ROW:], HEADING_ROW):
            month = month_of(row[0]) if index < END else None
            first = months.setdefault(month, index) if month is not None else index
            filled = [column for column in range(1, len(row)) if not is_blank(row[column])]
            if not filled and (index >= END or month is None) and not is_blank(row[0]):
                self.add("stray-value", index, 0, value=shown(as_text(row[0])))
            if not filled:
                continue
            if index >= END or max(filled) > PASTE_COLUMNS:
                self.add("stray-value", index, max(filled), value=shown(as_text(row[max(filled)])))
            if index >= END:
                continue
            if month is None:
                self.add("not-a-date", index, 0, plan.headings["month"], shown(as_text(row[0])))
            elif first != index:
                self.add("pasted-twice", index, 0, month.words, more=cell_address(0, first + 1))
            else:
                yield from self.numbers_of(
                    index, month, {column: columns[column] for column in filled if column in columns}
                )

    def numbers_of(self, index: int, month: Period, columns: Mapping[int, tuple[str, str]]) -> Iterator[PastedNumber]:
        """The numbers of one month, in the row `index` (from 0), by the indicator and the field of each column."""
        for column, (ref, field) in columns.items():
            heading, value = shown(as_text(self.rows[HEADING_ROW - 1][column])), self.rows[index][column]
            if is_number(value):
                yield PastedNumber(month, ref, field, value, index + 1, column, heading)
            else:
                self.add("not-a-number", index, column, heading, shown(as_text(value)))

    def columns(self, plan: TablePlan, refs: Sequence[str]) -> Mapping[int, tuple[str, str]]:
        """The indicator and the field of each column with such a heading; other columns with numbers are problems."""
        fields = [(field, plan.headings[field]) for field in plan.pasted]
        known = {paste_heading(ref, heading).lower(): (ref.lower(), field) for ref in refs for field, heading in fields}
        example = paste_heading(refs[0] if refs else "I-01", fields[0][1])
        headings = self.rows[HEADING_ROW - 1] if len(self.rows) >= HEADING_ROW else []
        columns: dict[int, tuple[str, str]] = {}
        for column in range(1, min(len(headings), PASTE_COLUMNS + 1)):
            text = as_text(headings[column])
            found = None if isinstance(headings[column], CellError) else known.get(text.lower())
            first = next((place for place, other in columns.items() if other == found), column)
            if found is not None and first == column:
                columns[column] = found
            elif all(is_blank(row[column]) for row in self.rows[HEADING_ROW:END]):
                continue
            elif found is None:
                self.add("pasted-unknown", HEADING_ROW - 1, column, value=shown(text), more=example)
            else:
                self.add("pasted-twice", HEADING_ROW - 1, column, shown(text), more=cell_address(first, HEADING_ROW))
        return columns

    def add(self, code: str, row: int, column: int, heading: str = "", value: str = "", more: str = "") -> None:
        """Add a problem at a cell, whose row and column count from 0."""
        address = cell_address(column, row + 1)
        self.problems.append(Problem(code, "", PASTE, row + 1, "", address, heading, value, more))
