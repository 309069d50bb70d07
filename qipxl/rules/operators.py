"""Comparisons, and, or, not, sums and choices: the constructs that join expressions, each with its three readings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qipxl.rules.expression import (
    BoolExpr,
    Expression,
    NumberLiteral,
    all_true,
    any_true,
    filled_formula,
    filled_values,
    quoted,
)
from qipxl.rules.schema import Kind

if TYPE_CHECKING:
    from qipxl.rules.evaluate import Array, Rows
    from qipxl.rules.formula import Cells, ChildCells

SIGN_WORDS = {
    ("date", "<"): "is before",
    ("date", "<="): "is on or before",
    ("date", ">"): "is after",
    ("date", ">="): "is on or after",
    ("number", "<"): "is less than",
    ("number", "<="): "is at most",
    ("number", ">"): "is more than",
    ("number", ">="): "is at least",
}


@dataclass(frozen=True)
class Compare(BoolExpr):
    """`== < <= > >=` between two values of one kind: false where either is nothing. `a != b` is `not a == b`."""

    sign: str
    left: Expression
    right: Expression

    def parts(self) -> tuple[Expression, ...]:
        return (self.left, self.right)

    def evaluate(self, rows: Rows) -> Array:
        if self.left.kind == "text":
            left, right = rows.folded(self.left), rows.folded(self.right)
        else:
            left, right = rows.value_of(self.left), rows.value_of(self.right)
        answer: Array = COMPARED[self.sign](left, right)
        if self.left.kind == "number":
            alike = np.isclose(left, right, rtol=ALIKE, atol=0)
            answer = answer | alike if "=" in self.sign else answer & ~alike
        for side, values in ((self.left, left), (self.right, right)):
            if not side.never_blank():
                answer = answer & filled_values(side.kind, values)
        return answer

    def formula(self, cells: Cells) -> str:
        left, right = cells.scalar(self.left), cells.scalar(self.right)
        tests = self.tests(left, right)
        return f"AND({','.join(tests)})" if len(tests) > 1 else f"({tests[0]})"

    def array_formula(self, cells: ChildCells) -> str:
        return "*".join(f"({test})" for test in self.tests(cells.array(self.left), cells.array(self.right)))

    def tests(self, left: str, right: str) -> list[str]:
        """The comparison, and before it the tests that there is something to compare."""
        tests = []
        for side, cell, other in ((self.left, left, self.right), (self.right, right, self.left)):
            plain_text = side.kind == "text" and other.never_blank()
            if not side.never_blank() and not plain_text:
                tests.append(filled_formula(side.kind, cell))
        return [*tests, f"{left}{'=' if self.sign == '==' else self.sign}{right}"]

    def words(self) -> str:
        verb = "is" if self.sign == "==" else SIGN_WORDS[self.left.kind, self.sign]
        return f"{self.left.words()} {verb} {self.right.words()}"

    def negation(self) -> str:
        """The words for `not` this comparison, which also holds where there is nothing to compare."""
        verb = "" if self.sign == "==" else SIGN_WORDS[self.left.kind, self.sign].removeprefix("is")
        return f"{self.left.words()} is not{verb} {self.right.words()}"


ALIKE = 1e-14
"""A spreadsheet compares some 15 figures: 0.1 + 0.2 is 0.3 there."""
COMPARED = {
    "==": lambda left, right: left == right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def bracketed(part: Expression) -> str:
    """The words of a part, in brackets where it joins several conditions itself."""
    joins = isinstance(part, AllOf | AnyOf) or (part.hoisted and part.kind == "truth")
    return f"({part.words()})" if joins else part.words()


@dataclass(frozen=True)
class AllOf(BoolExpr):
    conditions: tuple[Expression, ...]

    def parts(self) -> tuple[Expression, ...]:
        return self.conditions

    def evaluate(self, rows: Rows) -> Array:
        return all_true([rows.value_of(each) for each in self.conditions])

    def formula(self, cells: Cells) -> str:
        return f"AND({','.join(cells.scalar(each) for each in self.conditions)})"

    def array_formula(self, cells: ChildCells) -> str:
        return "*".join(cells.array(each) for each in self.conditions)

    def words(self) -> str:
        return " and ".join(bracketed(each) for each in self.conditions)


@dataclass(frozen=True)
class AnyOf(BoolExpr):
    conditions: tuple[Expression, ...]

    def parts(self) -> tuple[Expression, ...]:
        return self.conditions

    def evaluate(self, rows: Rows) -> Array:
        return any_true([rows.value_of(each) for each in self.conditions])

    def formula(self, cells: Cells) -> str:
        return f"OR({','.join(cells.scalar(each) for each in self.conditions)})"

    def array_formula(self, cells: ChildCells) -> str:
        return f"(({'+'.join(cells.array(each) for each in self.conditions)})>0)"

    def words(self) -> str:
        return " or ".join(bracketed(each) for each in self.conditions)

    def negation(self) -> str:
        """Not one of them: each denied in turn, where each can be."""
        parts = [each.negation() for each in self.conditions]
        return " and ".join(parts) if all(parts) else ""


@dataclass(frozen=True)
class NotOf(BoolExpr):
    condition: Expression

    def parts(self) -> tuple[Expression, ...]:
        return (self.condition,)

    def evaluate(self, rows: Rows) -> Array:
        return ~rows.value_of(self.condition)

    def formula(self, cells: Cells) -> str:
        return f"NOT({cells.scalar(self.condition)})"

    def array_formula(self, cells: ChildCells) -> str:
        return f"(1-{cells.array(self.condition)})"

    def words(self) -> str:
        negation = self.condition.negation()
        return negation or f"it is not so that {bracketed(self.condition)}"


@dataclass(frozen=True)
class Arithmetic(Expression):
    """`+ - *`: numbers with numbers, or a date plus or minus a number of days. Nothing in gives nothing out."""

    sign: str
    left: Expression
    right: Expression

    @property
    def kind(self) -> Kind:
        return self.left.kind

    def parts(self) -> tuple[Expression, ...]:
        return (self.left, self.right)

    def evaluate(self, rows: Rows) -> Array:
        left, right = rows.value_of(self.left), rows.value_of(self.right)
        if self.kind == "number":
            return {"+": left + right, "-": left - right, "*": left * right}[self.sign]
        stands = (left > 0) & ~np.isnan(right)
        days = np.where(stands, right, 0).astype(np.int64)
        return np.where(stands, left + days if self.sign == "+" else left - days, 0)

    def formula(self, cells: Cells) -> str:
        left, right = cells.scalar(self.left), cells.scalar(self.right)
        amount = f"({left}{self.sign}{self.whole(right)})"
        tests = [
            filled_formula(side.kind, cell)
            for side, cell in ((self.left, left), (self.right, right))
            if not side.never_blank()
        ]
        if not tests:
            return amount
        test = f"AND({','.join(tests)})" if len(tests) > 1 else tests[0]
        return f"IF({test},{amount},{'0' if self.kind == 'date' else quoted('')})"

    def array_formula(self, cells: ChildCells) -> str:
        """A child's date moved by whole days; nothing stays nothing, for the 0 is taken away again."""
        day = cells.array(self.left)
        return f"({day}>0)*({day}{self.sign}{self.whole(cells.array(self.right))})"

    def whole(self, amount: str) -> str:
        """A date is moved by whole days only."""
        plain = isinstance(self.right, NumberLiteral) and self.right.value == int(self.right.value)
        return amount if self.kind == "number" or plain else f"TRUNC({amount})"

    def words(self) -> str:
        verb = {"+": "plus", "-": "minus", "*": "times"}[self.sign]
        days = " days" if self.kind == "date" else ""
        return f"{self.left.words()} {verb} {self.right.words()}{days}"

    def never_blank(self) -> bool:
        return self.left.never_blank() and self.right.never_blank()


@dataclass(frozen=True)
class Either(Expression):
    """`a if condition else b`."""

    when: Expression
    then: Expression
    otherwise: Expression

    @property
    def kind(self) -> Kind:
        return self.then.kind

    def parts(self) -> tuple[Expression, ...]:
        return (self.when, self.then, self.otherwise)

    def evaluate(self, rows: Rows) -> Array:
        return np.where(*(rows.value_of(each) for each in self.parts()))

    def formula(self, cells: Cells) -> str:
        return f"IF({','.join(cells.scalar(each) for each in self.parts())})"

    def words(self) -> str:
        return f"{self.then.words()} when {self.when.words()}, otherwise {self.otherwise.words()}"

    def never_blank(self) -> bool:
        return self.then.never_blank() and self.otherwise.never_blank()
