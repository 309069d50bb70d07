"""The base class of all expressions of the rule language, and the protocols that they read rows and cells through.

Each expression has three readings: it is **evaluated** over whole columns, written as an Excel **formula**, and
described in English **words**. All three are total: whatever the cells hold, there is an answer and never an error.
"Nothing" (a blank or unreadable value) is the same in Excel and in numpy:

| kind   | evaluated                         | in a formula        | nothing |
|--------|-----------------------------------|---------------------|---------|
| text   | object array of trimmed text      | trimmed text        | `""`    |
| date   | int64 array, Excel's day number   | whole day number    | `0`     |
| number | float64 array                     | number              | NaN, `""` in a formula |
| truth  | bool array                        | TRUE or FALSE       | never   |

Inside a SUMPRODUCT over child rows (`array_formula`) only products, sums and `1-x` are written, because Excel 2016 reads
IF, AND and OR there as single values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from qipxl.rules.schema import Column, Kind, Table

if TYPE_CHECKING:
    from qipxl.rules.rulebook import FirstMatch

Array = npt.NDArray[Any]
EPOCH = date(1899, 12, 30)


def day_number(day: date) -> int:
    """Excel's number for a day (1900 system), as in 46112 for 31 March 2026."""
    return (day - EPOCH).days


class Rows(Protocol):
    """The rows that an expression is evaluated over; every array has one value per row."""

    length: int
    as_at: int
    holidays: Array

    def values(self, column: Column) -> Array: ...
    def unreadable(self, column: Column) -> Array: ...
    def value_of(self, expression: Expression) -> Array: ...
    def codes(self, expression: Expression) -> Array: ...
    def code_of(self, text: str) -> int: ...
    def filled(self, expression: Expression) -> Array: ...
    def map_distinct(self, expression: Expression, test: Callable[[str], bool]) -> Array: ...
    def names_a_row(self, column: Column) -> Array: ...
    def repeated(self, columns: tuple[Column, ...]) -> Array: ...
    def listed(self, text: Expression, columns: tuple[Column, ...]) -> Array: ...
    def has_column(self, column: Column) -> Array: ...
    def asked_from(self, month: int) -> Array: ...
    def made_of(self, text: Expression, columns: tuple[Column, ...], apart: Callable[[str], str]) -> Array: ...
    def numbers_of_parents(self, reference: Column) -> Array: ...
    def values_of_parents(self, reference: Column, of: Column) -> Array: ...
    def pairs(self, child: Table) -> ChildPairs: ...


class ChildPairs(Rows, Protocol):
    """Pairs of a parent row and a child row: `parent` and `children` are row indexes, one per pair."""

    parent: Array
    children: Array
    parents: int

    def child_values(self, column: Column) -> Array: ...
    def child_numbers(self) -> Array: ...


class ChildCells(Protocol):
    """The cells of all rows of a child table, as a formula in a parent's row refers to them."""

    def span(self, column: Column) -> str: ...
    def unreadable_span(self, column: Column) -> str: ...
    def numbers(self, column: Column) -> str: ...
    def array(self, expression: Expression) -> str: ...


class Cells(ChildCells, Protocol):
    """The cells of one row, as its formulas refer to them; the module that writes the workbook decides the layout."""

    def cell(self, column: Column) -> str: ...
    def blank(self, column: Column) -> str: ...
    def unreadable(self, column: Column) -> str: ...
    def scalar(self, expression: Expression) -> str: ...
    def identity_span(self, column: Column) -> str: ...
    def identity_numbers(self, reference: Column) -> str: ...
    def parent_span(self, reference: Column, of: Column) -> str: ...
    def child(self, table: Table) -> ChildCells: ...
    def decided(self, decides: FirstMatch) -> str: ...
    def band_words(self, decides: FirstMatch) -> str: ...
    def band_reasons(self, decides: FirstMatch) -> str: ...


@dataclass(frozen=True)
class Expression:
    """One construct of the rule language.

    A subclass declares its operands as dataclass fields, the kind it `gives` and its English `phrase`, with each operand
    in braces, as in "{left} plus {right}"; `negated` is the phrase for `not`. An expression that is `hoisted` gets a
    workings column of its own.
    """

    hoisted: ClassVar[bool] = False
    gives: ClassVar[Kind]
    phrase: ClassVar[str]
    negated: ClassVar[str] = ""

    @property
    def kind(self) -> Kind:
        """The kind of its value: text, date, number or truth."""
        return self.gives

    def atomic(self) -> bool:
        """True for a name or a literal, which needs no brackets in a formula."""
        return False

    def columns(self) -> Iterator[Column]:
        """Every column this expression reads, in the order of its operands."""
        for field in fields(self):
            yield from columns_of(getattr(self, field.name))

    @cached_property
    def reads(self) -> frozenset[Column]:
        """The columns that this expression reads, looked up once."""
        return frozenset(self.columns())

    def evaluate(self, rows: Rows) -> Array:
        """The value for every row."""
        raise NotImplementedError

    def formula(self, cells: Cells) -> str:
        """The Excel formula for one row, in brackets if it needs them, without the leading =."""
        raise NotImplementedError

    def array_formula(self, cells: ChildCells) -> str:
        """The formula for all child rows at once, inside SUMPRODUCT: a truth is 1 or 0."""
        raise NotImplementedError

    def words(self) -> str:
        """The expression in English."""
        return self.filled_in(self.phrase)

    def negation(self) -> str:
        """The opposite in English; empty if "it is not so that …" has no shorter form."""
        return self.filled_in(self.negated) if self.negated else ""

    def filled_in(self, phrase: str) -> str:
        """A phrase with the English of each operand in place of its name."""
        names = [field.name for field in fields(self) if f"{{{field.name}}}" in phrase]
        return phrase.format_map({name: words_of(getattr(self, name)) for name in names})

    def never_blank(self) -> bool:
        """True if the value is never nothing, so that a formula needs no test for it."""
        return self.kind == "truth"


def columns_of(operand: object) -> Iterator[Column]:
    """The columns that an operand reads: an expression, a column, or a tuple of them."""
    if isinstance(operand, Column):
        yield operand
    elif isinstance(operand, Expression):
        yield from operand.columns()
    elif isinstance(operand, tuple):
        for part in operand:
            yield from columns_of(part)


def words_of(operand: object) -> str:
    """An operand in English: an expression, a column, or a tuple of alternatives."""
    if isinstance(operand, Expression):
        return operand.words()
    if isinstance(operand, tuple):
        words = [words_of(part) for part in operand]
        return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
    return operand.heading if isinstance(operand, Column) else str(operand)


def filled_values(kind: Kind, values: Array) -> Array:
    """True for each value that is not nothing."""
    if kind == "text":
        return np.not_equal(values, "", dtype=object).astype(bool)
    if kind == "date":
        return values > 0
    return ~np.isnan(values) if kind == "number" else np.ones(len(values), bool)


def filled_formula(kind: Kind, cell: str) -> str:
    """The formula that is TRUE if one cell is not nothing."""
    return {"text": f'{cell}<>""', "date": f"{cell}>0", "number": f"ISNUMBER({cell})", "truth": "TRUE"}[kind]


def filled_tests(cells: Cells, *operands: Expression) -> list[str]:
    """The test that it is not nothing, for each operand that can be nothing."""
    return [filled_formula(each.kind, cells.scalar(each)) for each in operands if not each.never_blank()]


def nothing_of(kind: Kind) -> object:
    """The value that means "nothing" in an array of this kind."""
    return {"text": "", "date": 0, "truth": False}.get(kind, np.nan)


def all_true(truths: Sequence[Array]) -> Array:
    """Row by row, whether every truth holds."""
    return np.asarray(np.logical_and.reduce(truths))


def any_true(truths: Sequence[Array]) -> Array:
    """Row by row, whether any truth holds."""
    return np.asarray(np.logical_or.reduce(truths))


def quoted(text: str) -> str:
    """A text as Excel writes it in a formula."""
    return '"' + text.replace('"', '""') + '"'
