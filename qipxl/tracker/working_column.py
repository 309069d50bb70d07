"""One column of workings: what stands above it, its formula, and the same value worked out in Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from qipxl.rules.evaluate import TableRows
from qipxl.rules.expression import Array
from qipxl.rules.schema import Kind
from qipxl.workbook.layout import column_letters

WORD, NAME, SAY, SEVERITY, AT, PLACE, KIND = range(1, 8)
"""The rows of headings above a table's workings. For a rule: what it says, its code, nothing, its severity, the heading of
the cell it points at, the number of that cell's column, and what kind of value stands there."""
HEADINGS = 7
ROW, NUMBER = "\x00", "\x01"
"""In a formula these stand for the workings row and for the number of the table's row."""


@dataclass
class WorkingColumn:
    """A column of workings; `index` is its place on the sheet, counted from 0."""

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
        """This column's cell in the row that a formula stands in."""
        return f"{self.letters()}{ROW}"

    def formulas(self, first_row: int, rows: int) -> Iterator[str]:
        """The formula for every row, the first of which stands on a sheet row."""
        for number in range(1, rows + 1):
            yield self.text.replace(NUMBER, str(number)).replace(ROW, str(first_row + number - 1))


def stored(values: Array, kind: Kind) -> list[object]:
    """A column's values as a formula's result is kept: nothing is an empty text, a number is never NaN."""
    array = np.asarray(values)
    if kind == "number":
        return ["" if number != number else float(number) for number in array]
    if kind == "truth":
        return [bool(value) for value in array]
    return [value if kind == "text" else int(value) for value in array]
