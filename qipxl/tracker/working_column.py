"""One column of the sheet Workings: its title, its formula, and the same value calculated in Python."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from qipxl.rules.evaluate import TableRows
from qipxl.rules.expression import Array
from qipxl.rules.schema import Kind
from qipxl.workbook.cell_xml import can_share
from qipxl.workbook.layout import column_letters

ROW, NUMBER = "\x00", "\x01"
"""Placeholders in a formula: the row on Workings, and the number of the table's row, from 1."""


@dataclass(eq=False)
class WorkingColumn:
    """A column of workings. `index` is its position on the sheet, from 0; `render` writes the formula, `work_out` its value.

    One that is `written_out` has no cells: its formula is a part of those that read it.
    """

    table: str
    title: str
    kind: Kind
    render: Callable[[], str]
    work_out: Callable[[TableRows], Array]
    index: int = -1
    text: str = ""
    written_out: bool = False
    filled_in: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    """The formulas of all rows, kept for the next tracker."""

    def value(self, rows: TableRows) -> Array:
        """Its value in every row of its table, worked out once."""
        return rows.once(self, self.work_out)

    def letters(self) -> str:
        assert not self.written_out, f"{self.title} has no cells: Workings.kept must name it"
        return column_letters(self.index)

    def cell(self) -> str:
        """This column's cell in the row of the formula that reads it; the formula itself if it has no cells."""
        return f"({self.render()})" if self.written_out else f"{self.letters()}{ROW}"

    @property
    def is_shared(self) -> bool:
        """True if its cells can share one formula."""
        return NUMBER not in self.text and can_share(self.text.replace(ROW, "1"))

    def formulas(self, first_row: int, rows: int) -> list[str]:
        """The formula for each of `rows` rows, of which the first is the sheet row `first_row`; one if they can share it."""
        if (first_row, rows) not in self.filled_in:
            numbers = range(1, 2 if self.is_shared else rows + 1)
            self.filled_in[first_row, rows] = [
                self.text.replace(NUMBER, str(number)).replace(ROW, str(first_row + number - 1)) for number in numbers
            ]
        return self.filled_in[first_row, rows]


def stored(values: Array, kind: Kind) -> list[object]:
    """A column's values as results of formulas are stored: an empty text for nothing, and never a NaN."""
    array = np.asarray(values)
    if kind == "number":
        return ["" if number != number else number for number in array.astype(float).tolist()]
    if kind == "truth":
        return list(array.astype(bool).tolist())
    return [value if kind == "text" else int(value) for value in array.tolist()]
