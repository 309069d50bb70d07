"""What expressions of the rule language are, and the smallest of them: literals, fields, settings, the as-at date.

Every expression is **evaluated** over whole columns, written as an Excel **formula**, and **said** in English. All three
are total: whatever the cells hold, there is an answer and never an error. What stands for "nothing" is the same in
Excel and in numpy's terms:

| kind   | evaluated                         | in a formula        | nothing |
|--------|-----------------------------------|---------------------|---------|
| text   | object array of trimmed text      | trimmed text        | `""`    |
| date   | int64 array, Excel's day number   | whole day number    | `0`     |
| number | float64 array                     | number              | NaN, `""` in a formula |
| truth  | bool array                        | TRUE or FALSE       | never   |

Inside a sum over child rows only products, sums and `1-x` are written (`factor`), for Excel 2016 reads IF, AND and OR
there as single values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from qipxl.rules.schema import Column, Kind, Setting

if TYPE_CHECKING:
    from qipxl.rules.evaluate import Array, Rows
    from qipxl.rules.formula import Cells, ChildCells

EPOCH = date(1899, 12, 30)


def day_number(day: date) -> int:
    """Excel's number for a day (1900 system), as in 46112 for 31 March 2026."""
    return (day - EPOCH).days


@dataclass(frozen=True)
class Expression:
    """One construct; `kind` says what it gives, `hoisted` that its formula gets a workings column of its own."""

    hoisted: ClassVar[bool] = False

    @property
    def kind(self) -> Kind:
        """Whether it gives text, a date, a number or a truth."""
        raise NotImplementedError

    def atomic(self) -> bool:
        """True for a name or a literal: short enough to stand anywhere in a formula."""
        return False

    def parts(self) -> tuple[Expression, ...]:
        """The expressions this one is made of."""
        return ()

    def columns(self) -> Iterator[Column]:
        """Every column this expression reads, in the order they stand."""
        for part in self.parts():
            yield from part.columns()

    def evaluate(self, rows: Rows) -> Array:
        """The value for every row."""
        raise NotImplementedError

    def formula(self, cells: Cells) -> str:
        """The Excel formula for one row, in brackets where it needs them, without the leading =."""
        raise NotImplementedError

    def array_formula(self, cells: ChildCells) -> str:
        """The same for all child rows at once, inside SUMPRODUCT: a truth is 1 or 0."""
        raise NotImplementedError

    def words(self) -> str:
        """The same in English."""
        raise NotImplementedError

    def negation(self) -> str:
        """The denial in English, if it has a shorter form than “it is not so that …”."""
        return ""

    def never_blank(self) -> bool:
        """True where the value always stands, so that no test for nothing is needed."""
        return False


class TextExpr(Expression):
    """An expression that gives text."""

    @property
    def kind(self) -> Kind:
        return "text"


class DateExpr(Expression):
    """An expression that gives a date."""

    @property
    def kind(self) -> Kind:
        return "date"


class NumberExpr(Expression):
    """An expression that gives a number."""

    @property
    def kind(self) -> Kind:
        return "number"


class BoolExpr(Expression):
    """An expression that gives TRUE or FALSE, never nothing."""

    @property
    def kind(self) -> Kind:
        return "truth"

    def never_blank(self) -> bool:
        return True


def filled_values(kind: Kind, values: Array) -> Array:
    """True where a value stands."""
    if kind == "text":
        return np.not_equal(values, "", dtype=object).astype(bool)
    if kind == "date":
        return values > 0
    return ~np.isnan(values) if kind == "number" else np.ones(len(values), bool)


def all_true(truths: Sequence[Array]) -> Array:
    """Row by row, whether every truth holds."""
    return np.asarray(np.logical_and.reduce(truths))


def any_true(truths: Sequence[Array]) -> Array:
    """Row by row, whether any truth holds."""
    return np.asarray(np.logical_or.reduce(truths))


def filled_formula(kind: Kind, cell: str) -> str:
    """The test, for one cell, that a value stands."""
    return {"text": f'{cell}<>""', "date": f"{cell}>0", "number": f"ISNUMBER({cell})", "truth": "TRUE"}[kind]


def quoted(text: str) -> str:
    """A text as Excel writes it."""
    return '"' + text.replace('"', '""') + '"'


@dataclass(frozen=True)
class TextLiteral(TextExpr):
    value: str

    def atomic(self) -> bool:
        return True

    def evaluate(self, rows: Rows) -> Array:
        return np.full(rows.length, self.value, object)

    def formula(self, cells: Cells) -> str:
        return quoted(self.value)

    def words(self) -> str:
        return f"‘{self.value}’"

    def never_blank(self) -> bool:
        return True


@dataclass(frozen=True)
class NumberLiteral(NumberExpr):
    value: float

    def atomic(self) -> bool:
        return True

    def evaluate(self, rows: Rows) -> Array:
        return np.full(rows.length, self.value)

    def formula(self, cells: Cells) -> str:
        return f"{self.value:.15g}" if self.value >= 0 else f"({self.value:.15g})"

    def words(self) -> str:
        return f"{self.value:g}"

    def never_blank(self) -> bool:
        return True


@dataclass(frozen=True)
class DateLiteral(DateExpr):
    value: date

    def atomic(self) -> bool:
        return True

    def evaluate(self, rows: Rows) -> Array:
        return np.full(rows.length, day_number(self.value), np.int64)

    def formula(self, cells: Cells) -> str:
        return f"DATE({self.value.year},{self.value.month},{self.value.day})"

    def words(self) -> str:
        return f"{self.value.day} {self.value:%B %Y}"

    def never_blank(self) -> bool:
        return True


@dataclass(frozen=True)
class AsAt(DateExpr):
    """The date of judgement: the defined name `as_at` in the sheet, handed in when evaluated."""

    def atomic(self) -> bool:
        return True

    def evaluate(self, rows: Rows) -> Array:
        return np.full(rows.length, rows.as_at, np.int64)

    def formula(self, cells: Cells) -> str:
        return "as_at"

    def words(self) -> str:
        return "the as-at date"

    def never_blank(self) -> bool:
        return True


@dataclass(frozen=True)
class Field(Expression):
    """A column of the row, or of the child rows inside an aggregate."""

    column: Column

    def atomic(self) -> bool:
        return True

    @property
    def kind(self) -> Kind:
        return self.column.kind

    def columns(self) -> Iterator[Column]:
        yield self.column

    def evaluate(self, rows: Rows) -> Array:
        return rows.values(self.column)

    def formula(self, cells: Cells) -> str:
        return cells.cell(self.column)

    def array_formula(self, cells: ChildCells) -> str:
        return cells.span(self.column)

    def words(self) -> str:
        return self.column.heading

    def negation(self) -> str:
        """The words for `not` a condition that has a name."""
        return f"“{self.column.heading}” does not hold" if self.kind == "truth" else ""

    def never_blank(self) -> bool:
        return self.kind == "truth"


@dataclass(frozen=True)
class SettingValue(NumberExpr):
    """A threshold from the Settings sheet; one `by` a column gives the first, strictest, number where none fits."""

    setting: Setting
    by: Column | None = None

    def atomic(self) -> bool:
        return self.by is None

    def columns(self) -> Iterator[Column]:
        if self.by is not None:
            yield self.by

    def evaluate(self, rows: Rows) -> Array:
        if self.by is None:
            return np.full(rows.length, self.setting.value)
        words = rows.folded(Field(self.by))
        numbers = np.full(rows.length, self.setting.values[0][1])
        for word, number in self.setting.values[1:]:
            numbers[words == word.lower()] = number
        return numbers

    def formula(self, cells: Cells) -> str:
        names = [name for name, _ in self.setting.names()]
        if self.by is None:
            return names[0]
        text = names[0]
        for (word, _), name in zip(self.setting.values[1:], names[1:], strict=True):
            text = f"IF({cells.cell(self.by)}={quoted(word)},{name},{text})"
        return text

    def words(self) -> str:
        return self.setting.words()

    def never_blank(self) -> bool:
        return True
