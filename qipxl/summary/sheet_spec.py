"""What one sheet of a summary, or one table of its page, shows: its columns in order and a frame."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from qipxl.rules.expression import EPOCH
from qipxl.rules.rulebook import Rating, State
from qipxl.text import plural

OVERVIEW, PROBLEMS, SOURCES, EVIDENCE_GAPS = "Overview", "Problems", "Sources", "Evidence gaps"
"""Sheets that other sheets link to."""
HEADING_ROW = 4
"""The row of headings of every sheet with one table, counted from 0, below the title and the sentences about it."""
MOST_ROWS = 1_048_576 - HEADING_ROW - 1
"""The rows that a sheet has room for below its headings."""
MOST_PRINTED = 30
"""The most rows of a list to look things up in that are printed."""
LOOKED_UP = "This long list is for looking up: only its title prints."
LETTER_WORDS = {
    "R": "Red", "S": "Slipping (was embedded)", "?": "Not rated", "A": "Amber", "X": "Withdrawn", "N": "Too early to tell",
    "D": "Delivered only", "G": "Green", "B": "Blue (embedded)",
}  # fmt: skip
"""A word for each letter of the headline, for columns that count letters."""


Column = tuple[str, str, float]
"""A column's heading, source and width."""
TableColumns = Mapping[str, Sequence[str]]
"""Names of columns by the key of their table. A module with a sheet declares in `COLUMNS_READ` those that it reads of the returns' tables."""


RETURN_OF = "As in the return of"
"""The heading of the month from which a row comes."""
EARLIER = "A row with an earlier month is about an action that has left its plan since."
LETTER, CHIP = "letter", 2.71
"""The column with the letter of an action's headline, and its width in characters, which are 24 pixels."""


@dataclass(frozen=True)
class ColumnSpec:
    """One column: its heading, the column of the frame (`source`) it shows, its width in characters, and how it is coloured.

    A cell is coloured as the state in `states` for the value of column `by` in its row. `inks` are the colours of its texts,
    by text. In a column of counts, `tint` is the ground of the counts above 0. With `bar`, each number has a bar of its length.
    `link_to` names a column of link targets in the workbook, empty for cells without a link.
    """

    heading: str
    source: str
    width: float = 14
    wrap: bool = True
    by: str = ""
    states: Mapping[str, State] = field(default_factory=dict)
    inks: Mapping[str, str] = field(default_factory=dict)
    tint: str = ""
    bar: bool = False
    bold: bool = False
    link_to: str = ""


@dataclass(frozen=True)
class SheetSpec:
    """A table with its title, a sentence about it (`about`) and a `line` of counts; `nothing` is shown if the table is empty.

    With `link_cell`, each row's cell address links to the file and cell that the row came from. `rows_omitted` is the number
    of rows that were left out because a sheet has no room for them. `title` is the finding that the table shows; empty if its
    name is the title. `for_reference` marks a long list to look things up in. The last `folded` rows are hidden in a group that
    a click opens.
    """

    name: str
    about: str
    line: str
    columns: Sequence[ColumnSpec]
    frame: pd.DataFrame
    nothing: str = "None."
    link_cell: bool = False
    rows_omitted: int = 0
    title: str = ""
    for_reference: bool = False
    folded: int = 0

    @property
    def without_folded(self) -> SheetSpec:
        """The same without the rows that are folded, with a sentence about them."""
        if not self.folded:
            return self
        left = f"{plural(self.folded, 'more line is', 'more lines are')} in the summary workbook."
        frame = self.frame.head(len(self.frame) - self.folded)
        return replace(self, frame=frame, about=f"{self.about} {left}", folded=0)

    @property
    def is_printed(self) -> bool:
        """False for a long list to look things up in: only its title prints."""
        return not self.for_reference or len(self.frame) <= MOST_PRINTED

    @property
    def table(self) -> str:
        """The table's name in a workbook, as in tblHighRiskAndOffTrack."""
        return table_name(self.name)


def table_name(title: str) -> str:
    return "tbl" + "".join(word.capitalize() for word in re.findall(r"\w+", title))


def listing(
    name: str,
    about: str,
    columns: Sequence[ColumnSpec],
    frame: pd.DataFrame,
    noun: str = "line",
    *,
    link_cell: bool = False,
    rows_omitted: int = 0,
) -> SheetSpec:
    """A table whose line, and whose title, has the number of its rows."""
    rows = len(frame) + rows_omitted
    number = plural(rows, noun)
    title = f"{name}: {rows if name.lower().endswith(f'{noun}s') else number}"
    return SheetSpec(
        name, about, f"{number}.", columns, frame, link_cell=link_cell, title=title, rows_omitted=rows_omitted
    )


def columns_of(*columns: Column) -> tuple[ColumnSpec, ...]:
    """Columns that have only a heading, a source and a width."""
    return tuple(ColumnSpec(*column) for column in columns)


def distinct(headings: Sequence[str]) -> list[str]:
    """Headings with a number after each repeated one, because a table's headings must differ, ignoring case."""
    numbered: list[str] = []
    for heading in headings:
        same = sum(earlier.lower() == heading.lower() for earlier in headings[: len(numbered)])
        numbered.append(f"{heading} ({same + 1})" if same else heading)
    return numbered


def excel_values(values: pd.Series) -> pd.Series:
    """A column as it is written to a sheet: dates as days since Excel's epoch, missing counts as NaN, other values unchanged."""
    if isinstance(values.dtype, pd.Int64Dtype):
        return values.astype(float)
    if not pd.api.types.is_datetime64_any_dtype(values):
        return values
    return (values - pd.Timestamp(EPOCH)) / pd.Timedelta(days=1)


def states_of(rating: Rating) -> dict[str, State]:
    """A rating's states by their words."""
    return {state.word: state for state in rating.states}


def chip(rating: Rating) -> ColumnSpec:
    """A narrow column with the letter of a rating, in the colours of its state; its source is `letter`, which `letters_of` makes."""
    return ColumnSpec("RAG", LETTER, CHIP, by=rating.column.key, states=states_of(rating))


def letters_of(rating: Rating, words: pd.Series) -> pd.Series:
    """The letter of each of a rating's words."""
    return words.map({state.word: state.letter for state in rating.states}).fillna("")


def state_style(state: State) -> dict[str, object]:
    """The style of a cell in a state's colours."""
    colours = {"bg_color": f"#{state.fill}", "font_color": f"#{state.ink}"}
    return colours | {"bold": True, "text_wrap": True, "border": 1}


def by_letter(rating: Rating) -> dict[str, State]:
    """The first of a rating's states that has each letter."""
    letters: dict[str, State] = {}
    for state in rating.states:
        letters.setdefault(state.letter, state)
    return letters


def letter_words(letter: str) -> str:
    """A letter with its word, as in “R Red”."""
    return f"{letter} {LETTER_WORDS.get(letter, '')}".strip()
