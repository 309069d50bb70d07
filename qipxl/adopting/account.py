"""What is made of old rows: records, what became of every cell, and which rows were set aside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from qipxl.adopting.old_workbook import OldCell, OldTab
from qipxl.text import as_text

CellPlace = tuple[str, int, int]
"""A cell's tab, row and column."""


@dataclass(frozen=True)
class Fate:
    """What became of a cell: where it was carried to, or why it was not."""

    carried: bool
    words: str


@dataclass(frozen=True)
class Over:
    """Something of a record for which a tracker has no field: the heading it stood under, what it said, and where."""

    heading: str
    said: str
    where: str


@dataclass
class Record:
    """One row of the tracker to be: its raw values by field, its months, whose it is, and what has no field.

    `cells` are those the values stand in, `words` what old words mean (see `TableLines`).
    """

    tab: str
    row: int
    values: dict[str, object] = field(default_factory=dict)
    cells: dict[str, OldCell] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    months: dict[date, OldCell] = field(default_factory=dict)
    service: str = ""
    over: list[Over] = field(default_factory=list)

    def beside(self, heading: str, said: str, where: str = "") -> None:
        """Keep something for the sheet Carried over."""
        self.over.append(Over(heading, said, where or self.where))

    @property
    def where(self) -> str:
        return f"{self.tab}!{self.row + 1}:{self.row + 1}"


@dataclass
class Aside:
    """A row that was not carried as one, and why."""

    tab: str
    row: int
    why: str
    said: str


@dataclass
class Account:
    """What became of every cell of a workbook, the rows that were set aside, and the comments that stand beside a record."""

    fates: dict[CellPlace, Fate] = field(default_factory=dict)
    asides: list[Aside] = field(default_factory=list)
    comments: set[CellPlace] = field(default_factory=set)

    def carried(self, tab: str, cell: OldCell, to: str) -> None:
        self.fates[tab, cell.row, cell.column] = Fate(True, to)

    def left(self, tab: str, cell: OldCell, why: str) -> None:
        self.fates.setdefault((tab, cell.row, cell.column), Fate(False, why))

    def aside(self, tab: str, row: int, cells: Mapping[int, OldCell], why: str) -> None:
        """Set a row aside, with every cell of it."""
        said = " | ".join(full_words(cells[column].value) for column in sorted(cells))
        self.asides.append(Aside(tab, row, why, said))
        for cell in cells.values():
            self.left(tab, cell, why)


def full_words(value: object) -> str:
    """A value with nothing of it left out: a moment with its time."""
    if isinstance(value, datetime) and value.time() != time(0):
        return f"{value:%d/%m/%Y %H:%M}"
    return as_text(value)


def unread_comments(tab: OldTab, account: Account) -> Iterator[Aside]:
    """The comments of a tab that stand beside no record."""
    for (row, column), cell in tab.cells.items():
        if cell.comment and (tab.title, row, column) not in account.comments:
            yield Aside(tab.title, row, f"a comment on {cell.address}, beside no row that is carried", cell.comment)


def leftovers(tab: OldTab, account: Account, reasons: Mapping[int, str]) -> Iterator[tuple[OldCell, Fate]]:
    """Every cell of a tab that holds something and was not carried, with why; `reasons` are those of whole rows."""
    for row, cells in tab.rows.items():
        for column, cell in cells.items():
            fate = account.fates.get((tab.title, row, column))
            if fate is None:
                fate = Fate(False, reasons.get(row, "above, beside or below the tables"))
            if not fate.carried:
                yield cell, fate
