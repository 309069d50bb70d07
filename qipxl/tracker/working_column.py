"""One column of the sheet Workings: its headings, its formula, and the same value calculated in Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from qipxl.rules.evaluate import Array, TableRows
from qipxl.rules.rulebook import RuleBook
from qipxl.rules.schema import Column, Kind, Table
from qipxl.tracker.layout import TableLayout
from qipxl.workbook.layout import column_letters

WORD, NAME, SAY, SEVERITY, AT, COLUMN_NUMBER, KIND = range(1, 8)
"""The rows of headings above a table's workings. For a rule: its message, its code, nothing, its severity, the heading of
the cell it points at, the number of that cell's column, and the kind of value in that cell."""
HEADINGS = 7
ROW, NUMBER = "\x00", "\x01"
"""Placeholders in a formula: the row on Workings, and the number of the table's row, from 1."""


@dataclass
class WorkingColumn:
    """A column of workings. `index` is its position on the sheet, from 0; `render` writes the formula."""

    table: str
    title: str
    kind: Kind
    render: Callable[[], str]
    value: Callable[[TableRows], Array]
    word: str = ""
    say: str = ""
    index: int = -1
    text: str = ""

    def letters(self) -> str:
        return column_letters(self.index)

    def cell(self) -> str:
        """This column's cell in the row of the formula that reads it."""
        return f"{self.letters()}{ROW}"

    def formulas(self, first_row: int, rows: int) -> Iterator[str]:
        """The formula for each of `rows` rows; the first of them is the sheet row `first_row`."""
        for number in range(1, rows + 1):
            yield self.text.replace(NUMBER, str(number)).replace(ROW, str(first_row + number - 1))


class OtherTable(Protocol):
    """What the formulas of one table read of another table's workings."""

    @property
    def table(self) -> Table: ...
    def span(self, column: Column) -> str: ...
    def unreadable_span(self, column: Column) -> str: ...
    def numbers(self, column: Column) -> str: ...


class WorkingColumns(Protocol):
    """What one table's cells read of all workings of a template."""

    layouts: Mapping[str, TableLayout]
    rules: RuleBook
    by_key: dict[object, WorkingColumn]
    heading_rows: dict[str, int]

    @property
    def cells(self) -> Mapping[str, OtherTable]: ...
    def add_at(self, key: object, column: WorkingColumn, index: int) -> WorkingColumn: ...
    def find_or_add(self, key: object, make: Callable[[], WorkingColumn]) -> WorkingColumn: ...
    def first_row(self, key: str) -> int: ...
    def span(self, column: WorkingColumn) -> str: ...


def stored(values: Array, kind: Kind) -> list[object]:
    """A column's values as results of formulas are stored: an empty text for nothing, and never a NaN."""
    array = np.asarray(values)
    if kind == "number":
        return ["" if np.isnan(number) else float(number) for number in array]
    if kind == "truth":
        return [bool(value) for value in array]
    return [value if kind == "text" else int(value) for value in array]
