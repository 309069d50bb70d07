"""The smallest expressions: literals, the as-at date, fields and settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from qipxl.rules.expression import Array, Cells, ChildCells, Expression, Rows, day_number, quoted
from qipxl.rules.schema import Column, Kind, Setting, WordList


class Constant(Expression):
    """An expression with the same value in every row, never nothing."""

    def atomic(self) -> bool:
        return True

    def never_blank(self) -> bool:
        return True

    def everywhere(self, rows: Rows, value: Array) -> Array:
        """The value in every row; it is in memory once."""
        return np.broadcast_to(value, rows.length)


@dataclass(frozen=True)
class TextLiteral(Constant):
    """A text in quotes."""

    gives = "text"
    phrase = "‘{value}’"
    value: str

    def evaluate(self, rows: Rows) -> Array:
        return self.everywhere(rows, np.array(self.value, object))

    def formula(self, cells: Cells) -> str:
        return quoted(self.value)


@dataclass(frozen=True)
class PhraseList(Constant):
    """The phrases of a list of the template, such as lists.words_of_tasks; functions that look for phrases take it."""

    gives = "text"
    of: WordList

    def words(self) -> str:
        return f"a phrase of the list ‘{self.of.title}’"


@dataclass(frozen=True)
class NumberLiteral(Constant):
    """A number written in figures."""

    gives = "number"
    value: float

    def evaluate(self, rows: Rows) -> Array:
        return self.everywhere(rows, np.array(self.value, float))

    def formula(self, cells: Cells) -> str:
        return f"{self.value:.15g}" if self.value >= 0 else f"({self.value:.15g})"

    def words(self) -> str:
        return f"{self.value:g}"


@dataclass(frozen=True)
class DateLiteral(Constant):
    """A date such as date(2026, 3, 31)."""

    gives = "date"
    value: date

    def evaluate(self, rows: Rows) -> Array:
        return self.everywhere(rows, np.array(day_number(self.value), np.int64))

    def formula(self, cells: Cells) -> str:
        return f"DATE({self.value.year},{self.value.month},{self.value.day})"

    def words(self) -> str:
        return f"{self.value.day} {self.value:%B %Y}"


@dataclass(frozen=True)
class AsAt(Constant):
    """The as-at date: the defined name `as_at` in a workbook, an argument of evaluation."""

    gives = "date"
    phrase = "the as-at date"

    def evaluate(self, rows: Rows) -> Array:
        return self.everywhere(rows, np.array(rows.as_at, np.int64))

    def formula(self, cells: Cells) -> str:
        return "as_at"


PLAN_MONTH = "qip_plan_month"
"""The defined name of the month of the plan since it was taken over from an old one; its first month is 1."""


@dataclass(frozen=True)
class AskedFrom(Constant):
    """True from a month on of a plan that was taken over from an old one, and always of any other plan."""

    gives = "truth"
    month: int

    def evaluate(self, rows: Rows) -> Array:
        return rows.asked_from(self.month)

    def formula(self, cells: Cells) -> str:
        return f"({PLAN_MONTH}>={self.month})"

    def words(self) -> str:
        months = "first month" if self.month == 2 else f"first {self.month - 1} months"
        return f"the plan is not in the {months} after it was taken over from an old plan"


@dataclass(frozen=True)
class Field(Expression):
    """A column of the row, or of the child rows inside an aggregate."""

    phrase = "{column}"
    column: Column

    def atomic(self) -> bool:
        return True

    @property
    def kind(self) -> Kind:
        return self.column.kind

    def evaluate(self, rows: Rows) -> Array:
        return rows.values(self.column)

    def formula(self, cells: Cells) -> str:
        return cells.cell(self.column)

    def array_formula(self, cells: ChildCells) -> str:
        return cells.span(self.column)

    def negation(self) -> str:
        """The words for `not` before a condition that has a name."""
        return f"“{self.column.heading}” does not hold" if self.kind == "truth" else ""


@dataclass(frozen=True)
class SettingValue(Expression):
    """A threshold from the Settings sheet; one `by` a column gives its first (strictest) number if no word fits."""

    gives = "number"
    setting: Setting
    by: Column | None = None

    def atomic(self) -> bool:
        return self.by is None

    def evaluate(self, rows: Rows) -> Array:
        if self.by is None:
            return np.full(rows.length, self.setting.value)
        codes = rows.codes(Field(self.by))
        numbers = np.full(rows.length, self.setting.values[0][1])
        for word, number in self.setting.values[1:]:
            numbers[codes == rows.code_of(word)] = number
        return numbers

    def formula(self, cells: Cells) -> str:
        names = [name for name, _ in self.setting.names()]
        text = names[0]
        if self.by is not None:
            for (word, _), name in zip(self.setting.values[1:], names[1:], strict=True):
                text = f"IF({cells.cell(self.by)}={quoted(word)},{name},{text})"
        return text

    def words(self) -> str:
        return self.setting.words()

    def never_blank(self) -> bool:
        return True
