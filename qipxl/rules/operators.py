"""Comparisons, and, or, not, arithmetic and if ... else: the constructs that join expressions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipxl.rules.expression import (
    Array,
    Cells,
    ChildCells,
    Expression,
    Rows,
    all_true,
    any_true,
    filled_formula,
    filled_tests,
    quoted,
)
from qipxl.rules.schema import Kind
from qipxl.rules.terms import NumberLiteral, TextLiteral

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
class Compare(Expression):
    """`== < <= > >=` between two values of one kind: false if either is nothing. `a != b` is `not a == b`."""

    gives = "truth"
    sign: str
    left: Expression
    right: Expression

    def evaluate(self, rows: Rows) -> Array:
        if self.left.kind == "text":
            left = rows.codes(self.left)
            right = rows.code_of(self.right.value) if isinstance(self.right, TextLiteral) else rows.codes(self.right)
        else:
            left, right = rows.value_of(self.left), rows.value_of(self.right)
        answer: Array = COMPARED[self.sign](left, right)
        if self.left.kind == "number":
            alike = np.isclose(left, right, rtol=ALIKE, atol=0)
            answer = answer | alike if "=" in self.sign else answer & ~alike
        for side in (self.left, self.right):
            if not side.never_blank():
                answer = answer & rows.filled(side)
        return answer

    def formula(self, cells: Cells) -> str:
        left, right = cells.scalar(self.left), cells.scalar(self.right)
        tests = self.tests(left, right)
        return f"AND({','.join(tests)})" if len(tests) > 1 else f"({tests[0]})"

    def array_formula(self, cells: ChildCells) -> str:
        return "*".join(f"({test})" for test in self.tests(cells.array(self.left), cells.array(self.right)))

    def tests(self, left: str, right: str) -> list[str]:
        """The comparison, after the tests that both sides have a value."""
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
        """The words for `not` this comparison, which is also true if a side is nothing."""
        verb = "" if self.sign == "==" else SIGN_WORDS[self.left.kind, self.sign].removeprefix("is")
        return f"{self.left.words()} is not{verb} {self.right.words()}"


ALIKE = 1e-14
"""Relative difference below which numbers are equal: a spreadsheet compares 15 figures, so 0.1 + 0.2 is 0.3 there."""
COMPARED = {
    "==": lambda left, right: left == right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def bracketed(part: Expression) -> str:
    """The words of a part, in brackets if it joins several conditions itself."""
    joins = isinstance(part, AllOf | AnyOf) or (part.hoisted and part.kind == "truth")
    return f"({part.words()})" if joins else part.words()


@dataclass(frozen=True)
class AllOf(Expression):
    """`a and b`."""

    gives = "truth"
    conditions: tuple[Expression, ...]

    def evaluate(self, rows: Rows) -> Array:
        return all_true([rows.value_of(condition) for condition in self.conditions])

    def formula(self, cells: Cells) -> str:
        return f"AND({','.join(cells.scalar(condition) for condition in self.conditions)})"

    def array_formula(self, cells: ChildCells) -> str:
        return "*".join(cells.array(condition) for condition in self.conditions)

    def words(self) -> str:
        return " and ".join(bracketed(condition) for condition in self.conditions)


@dataclass(frozen=True)
class AnyOf(Expression):
    """`a or b`."""

    gives = "truth"
    conditions: tuple[Expression, ...]

    def evaluate(self, rows: Rows) -> Array:
        return any_true([rows.value_of(condition) for condition in self.conditions])

    def formula(self, cells: Cells) -> str:
        return f"OR({','.join(cells.scalar(condition) for condition in self.conditions)})"

    def array_formula(self, cells: ChildCells) -> str:
        return f"(({'+'.join(cells.array(condition) for condition in self.conditions)})>0)"

    def words(self) -> str:
        return " or ".join(bracketed(condition) for condition in self.conditions)

    def negation(self) -> str:
        """Each condition negated, if each has a negation."""
        negations = [condition.negation() for condition in self.conditions]
        return " and ".join(negations) if all(negations) else ""


@dataclass(frozen=True)
class NotOf(Expression):
    """`not a`."""

    gives = "truth"
    condition: Expression

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

    def evaluate(self, rows: Rows) -> Array:
        left, right = rows.value_of(self.left), rows.value_of(self.right)
        if self.kind == "number":
            return {"+": left + right, "-": left - right, "*": left * right}[self.sign]
        filled = (left > 0) & ~np.isnan(right)
        days = np.where(filled, right, 0).astype(np.int64)
        return np.where(filled, left + days if self.sign == "+" else left - days, 0)

    def formula(self, cells: Cells) -> str:
        left, right = cells.scalar(self.left), cells.scalar(self.right)
        result = f"({left}{self.sign}{self.whole_days(right)})"
        tests = filled_tests(cells, self.left, self.right)
        if not tests:
            return result
        test = f"AND({','.join(tests)})" if len(tests) > 1 else tests[0]
        return f"IF({test},{result},{'0' if self.kind == 'date' else quoted('')})"

    def array_formula(self, cells: ChildCells) -> str:
        """A child's date moved by whole days; nothing (0) stays 0."""
        day = cells.array(self.left)
        return f"({day}>0)*({day}{self.sign}{self.whole_days(cells.array(self.right))})"

    def whole_days(self, days: str) -> str:
        """The second operand, cut to whole days if the first is a date."""
        plain = isinstance(self.right, NumberLiteral) and self.right.value == int(self.right.value)
        return days if self.kind == "number" or plain else f"TRUNC({days})"

    def words(self) -> str:
        verb = {"+": "plus", "-": "minus", "*": "times"}[self.sign]
        days = " days" if self.kind == "date" else ""
        return f"{self.left.words()} {verb} {self.right.words()}{days}"

    def never_blank(self) -> bool:
        return self.left.never_blank() and self.right.never_blank()


@dataclass(frozen=True)
class Either(Expression):
    """`a if condition else b`."""

    phrase = "{then} when {when}, otherwise {otherwise}"
    when: Expression
    then: Expression
    otherwise: Expression

    @property
    def kind(self) -> Kind:
        return self.then.kind

    def evaluate(self, rows: Rows) -> Array:
        return np.where(*map(rows.value_of, (self.when, self.then, self.otherwise)))

    def formula(self, cells: Cells) -> str:
        return f"IF({','.join(map(cells.scalar, (self.when, self.then, self.otherwise)))})"

    def never_blank(self) -> bool:
        return self.then.never_blank() and self.otherwise.never_blank()


@dataclass(frozen=True)
class WholeBetween(Expression):
    """True of a whole number from `least` to `most`."""

    gives = "truth"
    phrase = "{of} is a whole number from {least} to {most}"
    negated = "{of} is not a whole number from {least} to {most}"
    of: Expression
    least: int
    most: int

    def evaluate(self, rows: Rows) -> Array:
        values = rows.value_of(self.of)
        with np.errstate(invalid="ignore"):
            whole = np.isclose(values, np.rint(values), rtol=ALIKE, atol=0)
            return np.asarray(whole & (np.rint(values) >= self.least) & (np.rint(values) <= self.most))

    def formula(self, cells: Cells) -> str:
        number = cells.scalar(self.of)
        whole = f"AND({number}=ROUND({number},0),ROUND({number},0)>={self.least},ROUND({number},0)<={self.most})"
        return f"IF(ISNUMBER({number}),{whole},FALSE)"
