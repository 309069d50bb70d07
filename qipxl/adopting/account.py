"""The records made of old rows, and an account of every old cell: carried, or not carried and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from qipxl.adopting.old_workbook import OldCell, OldTab
from qipxl.text import as_text

CellKey = tuple[str, int, int]
"""A cell's tab, row and column (from 0)."""


@dataclass(frozen=True)
class CellOutcome:
    """Whether a cell was carried; `text` says where to, or why not."""

    carried: bool
    text: str


@dataclass(frozen=True)
class ExtraText:
    """A text of a record for which a tracker has no field: its old heading, the text, and its old cell or row."""

    heading: str
    text: str
    where: str


@dataclass
class Record:
    """A future row of the tracker: its raw values by field, its months, its service, and texts that have no field.

    `cells` are the cells of the values; `words` gives the meaning of old words by field (see `TableMapping`). `steps` are the
    steps of an action that have a row each, the action's own row first; their values are those of fields of actions. `is_risk` is true
    for a row of a risk register; `old_ref` is the reference of its risk.
    """

    tab: str
    row: int
    values: dict[str, object] = field(default_factory=dict)
    cells: dict[str, OldCell] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    months: dict[date, OldCell] = field(default_factory=dict)
    service: str = ""
    extra_texts: list[ExtraText] = field(default_factory=list)
    steps: list[Record] = field(default_factory=list)
    is_risk: bool = False
    old_ref: str = ""

    def carry_over(self, heading: str, text: str, where: str = "") -> None:
        """Keep a text for the sheet Carried over."""
        self.extra_texts.append(ExtraText(heading, text, where or self.where))

    @property
    def where(self) -> str:
        """The old row, such as Plan!7:7."""
        return f"{self.tab}!{self.row + 1}:{self.row + 1}"


@dataclass
class RowSetAside:
    """A row that was not carried as a row, and why."""

    tab: str
    row: int
    reason: str
    text: str


@dataclass
class CellAccount:
    """The outcome of every cell of a workbook, the rows set aside, and the cells whose comment belongs to a record."""

    outcomes: dict[CellKey, CellOutcome] = field(default_factory=dict)
    rows_set_aside: list[RowSetAside] = field(default_factory=list)
    comments: set[CellKey] = field(default_factory=set)

    def carried(self, tab: str, cell: OldCell, to: str) -> None:
        """Note that a cell was carried, and where to."""
        self.outcomes[tab, cell.row, cell.column] = CellOutcome(True, to)

    def not_carried(self, tab: str, cell: OldCell, reason: str) -> None:
        """Note that a cell was not carried, unless it has an outcome already."""
        self.outcomes.setdefault((tab, cell.row, cell.column), CellOutcome(False, reason))

    def set_aside(self, tab: str, row: int, cells: Mapping[int, OldCell], reason: str) -> None:
        """Set a row aside, with each of its cells."""
        text = " | ".join(full_text(cells[column].value) for column in sorted(cells))
        self.rows_set_aside.append(RowSetAside(tab, row, reason, text))
        for cell in cells.values():
            self.not_carried(tab, cell, reason)


def full_text(value: object) -> str:
    """A value as text with all its detail: a date with its time."""
    if isinstance(value, datetime) and value.time() != time(0):
        return f"{value:%d/%m/%Y %H:%M}"
    return as_text(value)


def unread_comments(tab: OldTab, account: CellAccount) -> Iterator[RowSetAside]:
    """The comments of a tab that belong to no record."""
    for (row, column), cell in tab.cells.items():
        if cell.comment and (tab.title, row, column) not in account.comments:
            yield RowSetAside(tab.title, row, f"a comment on {cell.address}, whose row is not carried", cell.comment)


def cells_not_carried(tab: OldTab, account: CellAccount, reasons: Mapping[int, str]) -> Iterator[tuple[OldCell, str]]:
    """Every filled cell of a tab that was not carried, and why; `reasons` are those of whole rows."""
    for row, cells in tab.rows.items():
        for column, cell in cells.items():
            outcome = account.outcomes.get((tab.title, row, column))
            if outcome is None or not outcome.carried:
                yield cell, outcome.text if outcome else reasons.get(row, "outside the tables")
