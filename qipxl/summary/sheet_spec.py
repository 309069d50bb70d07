"""What one sheet of a summary, or one table of its page, shows: columns in order and a frame, whatever it is drawn with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from qipxl.rules.rulebook import Rating, State

OVERVIEW, PROBLEMS, SOURCES, EVIDENCE_GAPS = "Overview", "Problems", "Sources", "Evidence gaps"
"""Sheets that others lead to."""
HEADING_ROW = 4
"""The row of headings of every sheet with one table, counted from 0: title, sentence and two lines of particulars stand above."""
LETTER_WORDS = {
    "R": "Red", "?": "Not rated", "A": "Amber", "X": "Withdrawn", "N": "Too early to tell", "D": "Delivered only",
    "G": "Green", "B": "Blue (embedded)",
}  # fmt: skip
"""What the letters of the headline are called where a whole column of them is counted."""


TableColumns = Mapping[str, Sequence[str]]
"""Names of columns by the key of their table. A module with a sheet declares in `COLUMNS_READ` those that it reads of the returns' tables."""


@dataclass(frozen=True)
class ColumnSpec:
    """One column: its heading, where its value comes from, its width in characters, and how it is coloured.

    A cell has the colours of the state that `states` has for what stands in the column `by` of its row; a column of
    figures with `state` has its colours where the figure is above nought. `leads` names a column of places in the
    workbook that its cells lead to, nothing for those that lead nowhere.
    """

    heading: str
    source: str
    width: float = 14
    wrap: bool = True
    by: str = ""
    states: Mapping[str, State] = field(default_factory=dict)
    state: State | None = None
    bold: bool = False
    link_to: str = ""


@dataclass(frozen=True)
class SheetSpec:
    """A table with its title, what it shows, and a line of particulars; `nothing` stands in its place where it is empty.

    `link_cell`: each row's cell leads to the file and cell it came from. `rows_omitted` lines were not made, since no sheet has
    room for them.
    """

    name: str
    about: str
    line: str
    columns: Sequence[ColumnSpec]
    frame: pd.DataFrame
    nothing: str = "None."
    link_cell: bool = False
    rows_omitted: int = 0

    @property
    def table(self) -> str:
        """The table's name in a workbook, as in tblHighRiskAndOffTrack."""
        return "tbl" + "".join(word.capitalize() for word in re.findall(r"\w+", self.name))


def states_of(rating: Rating) -> dict[str, State]:
    """A rating's states by their words."""
    return {state.word: state for state in rating.states}


def by_letter(rating: Rating) -> dict[str, State]:
    """The first of a rating's states that has each letter."""
    letters: dict[str, State] = {}
    for state in rating.states:
        letters.setdefault(state.letter, state)
    return letters


def letter_words(letter: str) -> str:
    """A letter with its word, as in “R Red”."""
    return f"{letter} {LETTER_WORDS.get(letter, '')}".strip()
