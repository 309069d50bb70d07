"""An old plan as it was read: every filled cell, with its colour, strike-through, merge and comment."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from qipxl.text import BLANKS, as_text, escaped
from qipxl.workbook import layout
from qipxl.workbook.cells import HiddenError, is_blank
from qipxl.workbook.headings import fold
from qipxl.workbook.layout import column_letters

UNSEEN = BLANKS + "\u200b\u200c\u200d\u2060\ufeff"
"""Blanks, and characters without a width."""
Position = tuple[int, int]
"""A cell's row and column, from 0."""


@dataclass(frozen=True)
class OldCell:
    """A cell with a value, a colour or a comment.

    `fill` is its colour, such as FF0000 or theme 5; `shown` a number as its format pads it with zeros, such as 1.10 or 007.
    """

    row: int
    column: int
    value: object = ""
    fill: str = ""
    bold: bool = False
    struck: bool = False
    comment: str = ""
    shown: str = ""

    @property
    def address(self) -> str:
        """The address, such as B7."""
        return f"{column_letters(self.column)}{self.row + 1}"

    @property
    def filled(self) -> bool:
        """True if the cell holds a value that people see."""
        return not is_blank(self.value.strip(UNSEEN) if type(self.value) is str else self.value)


@dataclass(frozen=True)
class OldTab:
    """A tab: its cells by place, the blocks of merged ones by the place of their first cell, its hidden rows.

    `lengths` has the number of values in each line of a text file, such as CSV.
    """

    title: str
    hidden: bool
    cells: Mapping[Position, OldCell]
    merged: Mapping[Position, Position] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()
    lengths: Sequence[int] = ()

    @cached_property
    def rows(self) -> Mapping[int, Mapping[int, OldCell]]:
        """The filled rows: for each its filled cells, by column."""
        rows: dict[int, dict[int, OldCell]] = {}
        for (row, column), cell in sorted(self.cells.items()):
            if cell.filled:
                rows.setdefault(row, {})[column] = cell
        return rows

    @cached_property
    def counted(self) -> Mapping[int, Counter[str]]:
        """For each column, how many rows have each text, folded."""
        found: dict[int, Counter[str]] = defaultdict(Counter)
        for cells in self.rows.values():
            for column, cell in cells.items():
                found[column][fold(as_text(cell.value))] += 1
        return found

    @cached_property
    def covered(self) -> Mapping[Position, Position]:
        """For each cell under a merge, the position of the merge's first cell."""
        return {
            (row, column): first
            for first, last in self.merged.items()
            for row in range(first[0], min(last[0], first[0] + LARGEST_MERGE) + 1)
            for column in range(first[1], min(last[1], first[1] + LARGEST_MERGE) + 1)
        }


LARGEST_MERGE = 200
"""The most rows or columns of a merge that are read, because people merge whole columns."""


@dataclass(frozen=True)
class OldWorkbook:
    """An old workbook with its tabs in order; `not_read` says what its format keeps from being read, if anything."""

    path: Path
    tabs: tuple[OldTab, ...]
    not_read: str = ""

    @property
    def name(self) -> str:
        """The file's name, as it is shown."""
        return escaped(self.path.name)

    @property
    def stem(self) -> str:
        """The file's name without its ending, as it is shown."""
        return escaped(self.path.stem)

    @property
    def filled(self) -> int:
        """The number of filled cells."""
        return sum(len(cells) for tab in self.tabs for cells in tab.rows.values())


def is_struck(cells: Mapping[int, OldCell]) -> bool:
    """True if most cells of a row are struck through."""
    return sum(cell.struck for cell in cells.values()) * 2 > len(cells)


def hidden_cells(tab: OldTab) -> dict[Position, OldCell]:
    """The filled cells that a merged cell hides; each keeps its value and is marked as hidden."""
    return {
        position: replace(cell, value=HiddenError(as_text(cell.value)))
        for position, cell in tab.cells.items()
        if cell.filled and tab.covered.get(position, position) != position
    }


FROM_QIPXL = "This workbook comes from qipxl already. Leave it out: adopt only plans in layouts of your own."


def is_from_qipxl(titles: Collection[str]) -> bool:
    """True for the tabs of a tracker or a summary."""
    return layout.STAMP in titles or set(layout.SUMMARY_SHEETS) <= set(titles)
