"""The functions of the rule language about numbers, each with its three readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from qipxl.rules.expression import Expression, NumberExpr, filled_formula
from qipxl.rules.signatures import need

if TYPE_CHECKING:
    from qipxl.rules.evaluate import Array, Rows
    from qipxl.rules.formula import Cells


@dataclass(frozen=True)
class LargerOf(NumberExpr):
    """The larger of two numbers; the one that stands where the other is missing."""

    name: ClassVar[str] = "larger_of"
    first: Expression
    second: Expression

    @classmethod
    def bind(cls, arguments: Sequence[Expression]) -> Expression:
        need(cls.name, arguments, "number", "number")
        return cls(*arguments)

    def parts(self) -> tuple[Expression, ...]:
        return (self.first, self.second)

    def evaluate(self, rows: Rows) -> Array:
        return np.fmax(rows.value_of(self.first), rows.value_of(self.second))

    def formula(self, cells: Cells) -> str:
        first, second = cells.scalar(self.first), cells.scalar(self.second)
        text = f"MAX({first},{second})"
        if not self.second.never_blank():
            text = f"IF(ISNUMBER({second}),{text},{first})"
        return text if self.first.never_blank() else f"IF(ISNUMBER({first}),{text},{second})"

    def words(self) -> str:
        return f"the larger of {self.first.words()} and {self.second.words()}"

    def never_blank(self) -> bool:
        return self.first.never_blank() or self.second.never_blank()


@dataclass(frozen=True)
class Rate(NumberExpr):
    """So many of a number for every so many of another; nothing where one is missing or there is nothing to divide by."""

    name: ClassVar[str] = "rate"
    numerator: Expression
    denominator: Expression
    per: Expression

    @classmethod
    def bind(cls, arguments: Sequence[Expression]) -> Expression:
        need(cls.name, arguments, "number", "number", "number")
        return cls(*arguments)

    def parts(self) -> tuple[Expression, ...]:
        return (self.numerator, self.denominator, self.per)

    def evaluate(self, rows: Rows) -> Array:
        numerator, denominator, per = (rows.value_of(each) for each in self.parts())
        below = np.where(denominator > 0, denominator, np.nan)
        return np.asarray(numerator / below * per)

    def formula(self, cells: Cells) -> str:
        numerator, denominator, per = (cells.scalar(each) for each in self.parts())
        tests = [
            filled_formula("number", cell)
            for part, cell in ((self.numerator, numerator), (self.denominator, denominator), (self.per, per))
            if not part.never_blank()
        ]
        amount = f'IF({denominator}>0,{numerator}/{denominator}*{per},"")'
        return f'IF(AND({",".join(tests)}),{amount},"")' if tests else amount

    def words(self) -> str:
        return f"{self.numerator.words()} for every {self.per.words()} of {self.denominator.words()}"
