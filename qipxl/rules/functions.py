"""The functions of the rule language about a row's cells, and `FUNCTIONS`, which lists every function of a row.

A new function is one class with a signature, a phrase and its readings `evaluate` and `formula` (`array_formula` too if
it may be used inside an aggregate), and a line in `FUNCTIONS`. Functions over child rows are in `aggregates`.
"""

from __future__ import annotations

from dataclasses import dataclass

from qipxl.errors import RuleError
from qipxl.rules.date_functions import AddMonths, DaysBetween, LaterOf, MonthsBetween, WorkdaysBetween
from qipxl.rules.expression import (
    Array,
    Cells,
    ChildCells,
    Expression,
    Rows,
    any_true,
    filled_formula,
    quoted,
)
from qipxl.rules.name_functions import MayBeSamePerson, SamePerson
from qipxl.rules.number_functions import LargerOf, Rate
from qipxl.rules.signatures import ANY, FIELD, FIELDS, QUOTED_TEXTS, TEXT, TEXT_FIELD, Function, Signature
from qipxl.rules.terms import Field, TextLiteral
from qipxl.rules.text_functions import AllIn, BeginsWith, Contains, Join, Length, Letter, Plain, Shown


@dataclass(frozen=True)
class Filled(Function):
    """True if there is a value that can be read."""

    signature = Signature("filled", (ANY,), "truth")
    phrase = "{of} is filled in"
    negated = "{of} is not filled in"
    of: Expression

    def evaluate(self, rows: Rows) -> Array:
        return rows.filled(self.of)

    def formula(self, cells: Cells) -> str:
        return f"({filled_formula(self.of.kind, cells.scalar(self.of))})"

    def array_formula(self, cells: ChildCells) -> str:
        return f"({filled_formula(self.of.kind, cells.array(self.of))})"


@dataclass(frozen=True)
class Blank(Function):
    """True if a cell holds nothing but spaces; an unreadable cell is not blank."""

    signature = Signature("blank", (ANY,), "truth")
    phrase = "{of} is empty"
    of: Expression

    def evaluate(self, rows: Rows) -> Array:
        empty = ~rows.filled(self.of)
        return empty & ~rows.unreadable(self.of.column) if isinstance(self.of, Field) else empty

    def formula(self, cells: Cells) -> str:
        if isinstance(self.of, Field) and not self.of.column.worked_out:
            return cells.blank(self.of.column)
        return f"NOT({filled_formula(self.of.kind, cells.scalar(self.of))})"

    def array_formula(self, cells: ChildCells) -> str:
        empty = f"(1-({filled_formula(self.of.kind, cells.array(self.of))}))"
        if isinstance(self.of, Field) and not self.of.column.worked_out:
            return f"{empty}*(1-{cells.unreadable_span(self.of.column)})"
        return empty


@dataclass(frozen=True)
class Unreadable(Function):
    """True if a cell holds something that cannot be read: text in a date column, a word not in the list, an error."""

    signature = Signature("unreadable", (FIELD,), "truth")
    phrase = "{of} cannot be read"
    of: Field

    def check(self) -> None:
        if self.of.column.worked_out:
            raise RuleError(f"unreadable({self.of.column.key}): a worked-out field can always be read")

    def evaluate(self, rows: Rows) -> Array:
        return rows.unreadable(self.of.column)

    def formula(self, cells: Cells) -> str:
        return cells.unreadable(self.of.column)

    def array_formula(self, cells: ChildCells) -> str:
        return f"({cells.unreadable_span(self.of.column)}=TRUE)"


@dataclass(frozen=True)
class OneOf(Function):
    """True if the text is one of those listed."""

    signature = Signature("one_of", (TEXT, QUOTED_TEXTS), "truth")
    phrase = "{of} is {among}"
    negated = "{of} is not {among}"
    of: Expression
    among: tuple[TextLiteral, ...]

    def evaluate(self, rows: Rows) -> Array:
        codes = rows.codes(self.of)
        return any_true([codes == rows.code_of(literal.value) for literal in self.among])

    def formula(self, cells: Cells) -> str:
        cell = cells.scalar(self.of)
        return f"OR({','.join(f'{cell}={literal.formula(cells)}' for literal in self.among)})"

    def array_formula(self, cells: ChildCells) -> str:
        cell = cells.array(self.of)
        return f"(({'+'.join(f'({cell}={quoted(literal.value)})' for literal in self.among)})>0)"


@dataclass(frozen=True)
class Known(Function):
    """True if a choice is a word of its list, or a reference names a row of its table."""

    signature = Signature("known", (TEXT_FIELD,), "truth")
    of: Field

    def check(self) -> None:
        if not self.of.column.options and not self.of.column.refers_to:
            raise RuleError(f"known({self.of.column.key}): only a choice or a reference can be known")

    def evaluate(self, rows: Rows) -> Array:
        if self.of.column.refers_to:
            return rows.names_a_row(self.of.column)
        return rows.filled(self.of)

    def formula(self, cells: Cells) -> str:
        cell = cells.cell(self.of.column)
        if self.of.column.refers_to:
            return f'IF({cell}="",FALSE,SUMPRODUCT(--({cells.identity_span(self.of.column)}={cell}))>0)'
        return f'({cell}<>"")'

    def words(self) -> str:
        return f"{self.of.words()} {'names a row that exists' if self.of.column.refers_to else 'is one of its list'}"

    def negation(self) -> str:
        return f"{self.of.words()} {'names no row that exists' if self.of.column.refers_to else 'is none of its list'}"


@dataclass(frozen=True)
class Repeated(Function):
    """True if all these columns are filled in and another row of the tracker holds the same values in them."""

    signature = Signature("repeated", (FIELDS,), "truth")
    of: tuple[Field, ...]

    def evaluate(self, rows: Rows) -> Array:
        return rows.repeated(tuple(field.column for field in self.of))

    def formula(self, cells: Cells) -> str:
        columns = [field.column for field in self.of]
        filled = ",".join(filled_formula(column.kind, cells.cell(column)) for column in columns)
        same = "*".join(f"({cells.span(column)}={cells.cell(column)})" for column in columns)
        return f"IF(AND({filled}),SUMPRODUCT({same}*1)>1,FALSE)"

    def words(self) -> str:
        if len(self.of) == 1:
            return f"{self.of[0].words()} is used in more than one row"
        return f"more than one row has the same {' and '.join(field.words() for field in self.of)}"


ROW_FUNCTIONS: tuple[type[Function], ...] = (
    AddMonths,
    AllIn,
    BeginsWith,
    Blank,
    Contains,
    DaysBetween,
    Filled,
    Join,
    Known,
    LargerOf,
    LaterOf,
    Length,
    Letter,
    MayBeSamePerson,
    MonthsBetween,
    OneOf,
    Plain,
    Rate,
    Repeated,
    SamePerson,
    Shown,
    Unreadable,
    WorkdaysBetween,
)
FUNCTIONS = {function.signature.name: function for function in ROW_FUNCTIONS}
"""Every function of a row, by its name in a rule."""
