"""The functions of the rule language that look at one row's cells; each is one small class with three readings.

`FUNCTIONS` names them, with those of `dates`, `numbers` and `wording`, for the reader of rules. Functions over child rows are in `aggregates`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from qipxl.errors import RuleError
from qipxl.rules.date_functions import (
    AddMonths,
    DaysBetween,
    LaterOf,
    MonthsBetween,
    WorkdaysBetween,
)
from qipxl.rules.expression import (
    BoolExpr,
    Expression,
    Field,
    TextLiteral,
    any_true,
    filled_formula,
    filled_values,
    quoted,
)
from qipxl.rules.number_functions import LargerOf, Rate
from qipxl.rules.signatures import need, need_field, need_literals
from qipxl.rules.text_functions import Contains, Join, Length, Shown, listed

if TYPE_CHECKING:
    from qipxl.rules.evaluate import Array, Rows
    from qipxl.rules.formula import Cells, ChildCells


@dataclass(frozen=True)
class Filled(BoolExpr):
    """True where a value stands that can be read."""

    name: ClassVar[str] = "filled"
    of: Expression

    @classmethod
    def bind(cls, arguments: Sequence[Expression]) -> Expression:
        need(cls.name, arguments, "any")
        return cls(arguments[0])

    def parts(self) -> tuple[Expression, ...]:
        return (self.of,)

    def evaluate(self, rows: Rows) -> Array:
        return filled_values(self.of.kind, rows.value_of(self.of))

    def formula(self, cells: Cells) -> str:
        return f"({filled_formula(self.of.kind, cells.scalar(self.of))})"

    def array_formula(self, cells: ChildCells) -> str:
        return f"({filled_formula(self.of.kind, cells.array(self.of))})"

    def words(self) -> str:
        return f"{self.of.words()} is filled in"

    def negation(self) -> str:
        return f"{self.of.words()} is not filled in"


@dataclass(frozen=True)
class Blank(BoolExpr):
    """True where a cell holds nothing but spaces; an unreadable cell is not blank."""

    name: ClassVar[str] = "blank"
    of: Expression

    @classmethod
    def bind(cls, arguments: Sequence[Expression]) -> Expression:
        need(cls.name, arguments, "any")
        return cls(arguments[0])

    def parts(self) -> tuple[Expression, ...]:
        return (self.of,)

    def evaluate(self, rows: Rows) -> Array:
        empty = ~filled_values(self.of.kind, rows.value_of(self.of))
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

    def words(self) -> str:
        return f"{self.of.words()} is empty"


@dataclass(frozen=True)
class Unreadable(BoolExpr):
    """True where something is typed that cannot be read: text in a date column, a value in no list, an error."""

    name: ClassVar[str] = "unreadable"
    of: Field

    @classmethod
    def bind(cls, arguments: Sequence[Expression]) -> Expression:
        need(cls.name, arguments, "any")
        field = need_field(cls.name, arguments[0])
        if field.column.worked_out:
            raise RuleError(f"unreadable({field.column.key}): a worked-out field can always be read")
        return cls(field)

    def parts(self) -> tuple[Expression, ...]:
        return (self.of,)

    def evaluate(self, rows: Rows) -> Array:
        return rows.unreadable(self.of.column)

    def formula(self, cells: Cells) -> str:
        return cells.unreadable(self.of.column)

    def array_formula(self, cells: ChildCells) -> str:
        return f"({cells.unreadable_span(self.of.column)}=TRUE)"

    def words(self) -> str:
        return f"{self.of.words()} cannot be read"


@dataclass(frozen=True)
class OneOf(BoolExpr):
    """True where the text is one of those listed."""

    name: ClassVar[str] = "one_of"
    of: Expression
    among: tuple[TextLiteral, ...]

    @classmethod
    def bind(cls, arguments: Sequence[Expression]) -> Expression:
        if not arguments:
            raise RuleError("one_of() needs a field, then the texts it may be")
        need(cls.name, arguments[:1], "text")
        return cls(arguments[0], need_literals(cls.name, arguments[1:]))

    def parts(self) -> tuple[Expression, ...]:
        return (self.of,)

    def evaluate(self, rows: Rows) -> Array:
        values = rows.folded(self.of)
        return any_true([values == each.value.lower() for each in self.among])

    def formula(self, cells: Cells) -> str:
        cell = cells.scalar(self.of)
        return f"OR({','.join(f'{cell}={each.formula(cells)}' for each in self.among)})"

    def array_formula(self, cells: ChildCells) -> str:
        cell = cells.array(self.of)
        return f"(({'+'.join(f'({cell}={quoted(each.value)})' for each in self.among)})>0)"

    def words(self) -> str:
        return f"{self.of.words()} is {listed([each.words() for each in self.among])}"

    def negation(self) -> str:
        return f"{self.of.words()} is not {listed([each.words() for each in self.among])}"


@dataclass(frozen=True)
class Known(BoolExpr):
    """True where a choice is one of its list, or a reference names a row of the table it points at."""

    name: ClassVar[str] = "known"
    of: Field

    @classmethod
    def bind(cls, arguments: Sequence[Expression]) -> Expression:
        need(cls.name, arguments, "text")
        field = need_field(cls.name, arguments[0])
        if not field.column.options and not field.column.refers_to:
            raise RuleError(f"known({field.column.key}): only a choice or a reference can be known")
        return cls(field)

    def parts(self) -> tuple[Expression, ...]:
        return (self.of,)

    def evaluate(self, rows: Rows) -> Array:
        if self.of.column.refers_to:
            return rows.names_a_row(self.of.column)
        return filled_values("text", rows.values(self.of.column))

    def formula(self, cells: Cells) -> str:
        cell = cells.cell(self.of.column)
        if self.of.column.refers_to:
            return f'IF({cell}="",FALSE,SUMPRODUCT(--({cells.identity_span(self.of.column)}={cell}))>0)'
        return f'({cell}<>"")'

    def words(self) -> str:
        if self.of.column.refers_to:
            return f"{self.of.words()} names a row that exists"
        return f"{self.of.words()} is one of its list"

    def negation(self) -> str:
        if self.of.column.refers_to:
            return f"{self.of.words()} names no row that exists"
        return f"{self.of.words()} is none of its list"


@dataclass(frozen=True)
class Repeated(BoolExpr):
    """True where the same text stands in the same column of another row of the tracker."""

    name: ClassVar[str] = "repeated"
    of: Field

    @classmethod
    def bind(cls, arguments: Sequence[Expression]) -> Expression:
        need(cls.name, arguments, "text")
        return cls(need_field(cls.name, arguments[0]))

    def parts(self) -> tuple[Expression, ...]:
        return (self.of,)

    def evaluate(self, rows: Rows) -> Array:
        return rows.repeated(self.of.column)

    def formula(self, cells: Cells) -> str:
        cell = cells.cell(self.of.column)
        return f'IF({cell}="",FALSE,SUMPRODUCT(--({cells.span(self.of.column)}={cell}))>1)'

    def words(self) -> str:
        return f"{self.of.words()} is used in more than one row"


FUNCTIONS = {
    function.name: function.bind
    for function in (
        AddMonths,
        Blank,
        Contains,
        DaysBetween,
        Filled,
        Join,
        Known,
        LargerOf,
        LaterOf,
        Length,
        MonthsBetween,
        OneOf,
        Rate,
        Repeated,
        Shown,
        Unreadable,
        WorkdaysBetween,
    )
}
"""Every function that looks at one row, by its name in a rule."""
