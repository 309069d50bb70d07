"""What rules can name: the tables of a template, their columns and the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["text", "date", "number", "truth"]
"""The kind of a value: text, a whole day, a number, or a truth (a condition)."""
ASKED_IN_FULL = 12
"""The month of a plan from which every rule is asked. A plan that was not taken over from an old one counts as in this month."""


@dataclass(frozen=True)
class Column:
    """One column of a table, filled in or worked out.

    `options` are the only values of a choice, or the words of a rating. A rating has for each word the text on the sheet in
    `shown`, its letter in `letters`, and in `plain` its plain words: texts, and other ratings whose plain words go there.
    `refers_to` is the key of the table that a reference refers to.
    """

    table: str
    key: str
    heading: str
    kind: Kind
    options: tuple[str, ...] = ()
    refers_to: str = ""
    worked_out: bool = False
    shown: tuple[str, ...] = ()
    letters: tuple[str, ...] = field(default=(), compare=False)
    plain: tuple[tuple[str | Column, ...], ...] = field(default=(), compare=False)

    def __hash__(self) -> int:
        return hash((self.table, self.key))


def used(table: str) -> Column:
    """The column that is true if a row of a table holds anything."""
    return Column(table, "used", "This row is used", "truth")


def as_typed(column: Column) -> Column:
    """The column of the texts of a name or reason before placeholders count as empty."""
    return Column(column.table, typed_key(column.key), f"{column.heading} as typed", "text")


def typed_key(key: str) -> str:
    return f"{key} as typed"


@dataclass(frozen=True)
class Table:
    """One table of a tracker; `identity` is the key of the column that other tables refer to, such as `ref`."""

    key: str
    sheet: str
    columns: Mapping[str, Column]
    identity: str = ""

    def __hash__(self) -> int:
        return hash(self.key)

    def reference_to(self, other: str) -> Column | None:
        """The first column of this table that refers to the table `other`."""
        return next((column for column in self.columns.values() if column.refers_to == other), None)


@dataclass(frozen=True)
class Setting:
    """A threshold: one number, or one for each value of the column `by` (the strictest first)."""

    key: str
    heading: str
    unit: str
    value: float = 0.0
    by: str = ""
    values: tuple[tuple[str, float], ...] = ()

    def names(self) -> tuple[tuple[str, float], ...]:
        """Each defined name of this setting on the Settings sheet, with its number."""
        if not self.by:
            return ((f"qip_{self.key}", self.value),)
        return tuple((f"qip_{self.key}_{word}", number) for word, number in self.values)

    def words(self) -> str:
        """The setting with its numbers, as in “red once overdue (T1 1, T2 15, T3 31 days)”."""
        numbers = ", ".join(f"{word} {number:g}" for word, number in self.values) if self.by else f"{self.value:g}"
        return f"{self.heading} ({numbers} {self.unit})".replace(" )", ")")


@dataclass(frozen=True)
class WordList:
    """A list of words or phrases of a template; `name` is that of its cells in a workbook."""

    key: str
    title: str
    values: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"list_{self.key}"


@dataclass(frozen=True)
class Schema:
    """The tables, settings and lists of one template, by key."""

    tables: Mapping[str, Table]
    settings: Mapping[str, Setting]
    lists: Mapping[str, WordList] = field(default_factory=dict)
