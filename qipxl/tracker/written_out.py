"""Formulas written into those that read them: a value that is short, or that is read only once, needs no cells of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

from qipxl.tracker.working_column import NUMBER, ROW, WorkingColumn

CELL = re.compile(rf"(?<![A-Z$])([A-Z]+{ROW})")
MOST_WRITTEN = 7_500
"""The longest formula, in characters, with others written into it."""
MOST_COPIED = 60
"""The longest formula, in characters, that is written into a formula more than once."""
MOST_REPEATED = 300
"""The longest formula, in characters, that is written into one that is written out in every row."""
ARRAYS = {"SUMPRODUCT", "LOOKUP"}
"""The functions within which Excel takes ROW(), AND( and OR( for arrays: no other formula is written into them."""
DEEPEST = 50
"""The most brackets within brackets in a formula; Excel takes 64 functions within functions."""


class WrittenOut:
    """The formulas of a table while those that need no cells are written into the formulas that read them."""

    def __init__(self, columns: Sequence[WorkingColumn]) -> None:
        self.columns = {column.cell(): column for column in columns}
        self.readers: dict[str, list[WorkingColumn]] = {cell: [] for cell in self.columns}
        for column in columns:
            for cell in set(CELL.findall(column.text)):
                self.readers[cell].append(column)

    def write_out(self, free: Sequence[WorkingColumn]) -> None:
        """Write out those of the `free` columns for which it can be done, each after the columns that it reads itself."""
        waiting = {column.cell(): column for column in free}
        while waiting:
            cell = next(iter(waiting))
            while before := next((each for each in CELL.findall(waiting[cell].text) if each in waiting), None):
                cell = before
            column = waiting.pop(cell)
            texts = [written(reader.text, cell, column) for reader in self.readers[cell]]
            if can_be_written_out(cell, column, self.readers[cell], texts):
                self.replace(cell, column, texts)

    def replace(self, cell: str, column: WorkingColumn, texts: Sequence[str]) -> None:
        """Give the readers of a column their new texts; they now read what it read."""
        column.written_out = True
        for reader, text in zip(self.readers[cell], texts, strict=True):
            reader.text = text
        for read in set(CELL.findall(column.text)):
            others = [each for each in self.readers[read] if each is not column]
            self.readers[read] = others + [each for each in self.readers[cell] if each not in others]


def can_be_written_out(
    cell: str, column: WorkingColumn, readers: Sequence[WorkingColumn], texts: Sequence[str]
) -> bool:
    """True if the readers' new `texts`, with a column's formula in place of its cell, are as light as before, and Excel takes them."""
    if sum(CELL.findall(reader.text).count(cell) for reader in readers) != 1 and len(column.text) > MOST_COPIED:
        return False
    if NUMBER in column.text or any(ARRAYS.intersection(around(reader.text, cell)) for reader in readers):
        return False
    fits = all(len(text) <= MOST_WRITTEN and depth(text) <= DEEPEST for text in texts)
    return fits and all(is_as_light(column, reader) for reader in readers)


def is_as_light(column: WorkingColumn, reader: WorkingColumn) -> bool:
    """True if a reader with a column's formula in it takes no more room in all rows than both: what is not shared is in each row."""
    if column.is_shared and not reader.is_shared:
        return len(column.text) <= MOST_REPEATED
    return column.is_shared == reader.is_shared or len(reader.text) <= MOST_COPIED


def written(text: str, cell: str, column: WorkingColumn) -> str:
    """A formula with a column's formula in place of its cell."""
    return re.sub(rf"(?<![A-Z$]){cell}", lambda found: f"({column.text})", text)


def around(text: str, cell: str) -> set[str]:
    """The functions within whose brackets a formula reads a cell."""
    functions: set[str] = set()
    opened: list[str] = []
    for mark in re.finditer(rf"([A-Z]*)\(|\)|(?<![A-Z$]){cell}", re.sub(r'"[^"]*"', "", text)):
        if mark[0] == ")":
            opened.pop()
        elif mark[0] == cell:
            functions.update(opened)
        else:
            opened.append(mark[1])
    return functions


def depth(text: str) -> int:
    """How many brackets are open at most in a formula."""
    steps = (1 if mark == "(" else -1 for mark in re.sub(r'"[^"]*"|[^()]', "", text))
    return max(accumulate(steps), default=0)
