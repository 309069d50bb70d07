"""Finds the row of headings of a table on a sheet, by its texts and not by its position."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from qipxl.text import COMPARED

FIRST_ROWS = 60
"""The number of rows at the top that are searched first; then all rows are searched."""
ENOUGH = 0.5
"""The share of the wanted headings a row must hold to be the row of headings."""


@dataclass(frozen=True)
class Headings:
    """A row of headings: its sheet row and the column (from 0) of each expected heading.

    `near` holds the column and text of headings that were recognised although changed, `extra` the other texts by column.
    """

    row: int
    columns: dict[str, int]
    near: dict[str, tuple[int, str]]
    extra: dict[int, str]

    def heading_of(self, text: str) -> str:
        """The expected heading that equals a text and was already found in another column; empty if there is none."""
        return next((heading for heading in self.columns if fold(heading) == fold(text)), "")


@lru_cache(maxsize=4096, typed=True)
def fold(text: object) -> str:
    """A text as headings, dates and words of lists are recognised: as `text.clean_text`, in lower case and Unicode form NFKC."""
    folded = str(text)
    if not folded.isascii():
        folded = unicodedata.normalize("NFKC", folded.translate(COMPARED))
    return " ".join(folded.lower().split())


def find_headings(
    rows: Sequence[Sequence[object]],
    expected: Sequence[str],
    renamed: Mapping[str, str] | None = None,
    orders: Sequence[Sequence[str]] = (),
) -> Headings | None:
    """The row with the most expected headings, near the top if possible; None if no row holds enough of them.

    `renamed` maps headings of earlier workbooks to expected ones. `orders` are those in which the headings may be.
    """
    names = {fold(heading): heading for heading in expected} | {fold(old): new for old, new in (renamed or {}).items()}
    exact = set(expected)
    for number, row in enumerate(rows[:FIRST_ROWS], 1):
        if exact <= set(row):
            return matched(number, row, names, orders or [expected])
    for searched in (rows[:FIRST_ROWS], rows):
        folded = ({fold(cell) for cell in row if isinstance(cell, str) and cell} for row in searched)
        counts = [len(texts & names.keys()) for texts in folded]
        if counts and max(counts) >= ENOUGH * len(expected):
            best = counts.index(max(counts))
            return matched(best + 1, rows[best], names, orders or [expected])
    return None


def best_column(heading: str, found: Sequence[str | None], orders: Sequence[Sequence[str]]) -> int:
    """The column of a heading that is there twice: the one whose nearest known headings are those of the tracker."""

    def right_neighbours(column: int, order: Sequence[str]) -> int:
        index = order.index(heading)
        before, after = order[index - 1] if index else None, order[index + 1] if index + 1 < len(order) else None
        left = (each for each in reversed(found[:column]) if each not in (None, heading))
        right = (each for each in found[column + 1 :] if each not in (None, heading))
        return (next(left, None) == before) + (next(right, None) == after)

    columns = (column for column, each in enumerate(found) if each == heading)
    return max(columns, key=lambda column: max(right_neighbours(column, order) for order in orders))


def matched(number: int, row: Sequence[object], names: dict[str, str], orders: Sequence[Sequence[str]]) -> Headings:
    """The column of each expected heading: by equal text (except case and spaces), else by similar text.

    If a heading is there twice, the column between the right neighbours counts, then the first.
    """
    columns: dict[str, int] = {}
    spare: dict[int, str] = {}
    found = [names.get(fold(cell)) if isinstance(cell, str) and cell else None for cell in row]
    twice = {heading for heading in found if heading is not None and found.count(heading) > 1}
    best = {heading: best_column(heading, found, orders) for heading in twice}
    for column, (cell, heading) in enumerate(zip(row, found, strict=True)):
        if heading is not None and best.get(heading, column) == column:
            columns[heading] = column
        elif isinstance(cell, str) and fold(cell):
            spare[column] = cell
    near = {}
    for column, text in list(spare.items()):
        missing = {folded: heading for folded, heading in names.items() if heading not in columns}
        similar = get_close_matches(fold(text), missing, 1, 0.8)
        if similar:
            heading = missing[similar[0]]
            columns[heading] = column
            near[heading] = (column, text)
            del spare[column]
    return Headings(number, columns, near, spare)
