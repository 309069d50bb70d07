"""What a rule may speak of: the tables of a template, their columns and the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "date", "number", "truth"]
"""What a value is: text, a whole day, a number, or a truth (a condition)."""


@dataclass(frozen=True)
class Column:
    """One column of a table: typed in by someone, or worked out.

    `options` are the only values a choice may hold, or the words a rating can give, and `shown` what each of those
    is called on the sheet; `refers_to` names the table whose rows this one points at.
    """

    table: str
    key: str
    heading: str
    kind: Kind
    options: tuple[str, ...] = ()
    refers_to: str = ""
    worked_out: bool = False
    shown: tuple[str, ...] = ()


def used(table: str) -> Column:
    """The truth that anything at all is typed in a row of a table."""
    return Column(table, "used", "This row is used", "truth")


@dataclass(frozen=True)
class Table:
    """One table of a tracker; `identity` is the column other tables refer to, such as `ref`."""

    key: str
    sheet: str
    columns: Mapping[str, Column]
    identity: str = ""

    def __hash__(self) -> int:
        return hash(self.key)

    def reference_to(self, other: str) -> Column | None:
        """The first column of this table that points at the table `other`."""
        return next((each for each in self.columns.values() if each.refers_to == other), None)


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
        """Each defined name this setting has on the Settings sheet, with its number."""
        if not self.by:
            return ((f"qip_{self.key}", self.value),)
        return tuple((f"qip_{self.key}_{word}", number) for word, number in self.values)

    def words(self) -> str:
        """The setting with its numbers, as in “red once overdue (T1 1, T2 15, T3 31 days)”."""
        numbers = ", ".join(f"{word} {number:g}" for word, number in self.values) if self.by else f"{self.value:g}"
        return f"{self.heading} ({numbers} {self.unit})".replace(" )", ")")


@dataclass(frozen=True)
class Schema:
    """All that the rules of one template may name."""

    tables: Mapping[str, Table]
    settings: Mapping[str, Setting]
