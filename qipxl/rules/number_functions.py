"""The functions of the rule language about numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipxl.rules.expression import Array, Cells, Expression, Rows, filled_tests
from qipxl.rules.signatures import NUMBER, Function, Signature


@dataclass(frozen=True)
class LargerOf(Function):
    """The larger of two numbers; if one is missing, the other."""

    signature = Signature("larger_of", (NUMBER, NUMBER), "number")
    phrase = "the larger of {first} and {second}"
    first: Expression
    second: Expression

    def evaluate(self, rows: Rows) -> Array:
        return np.fmax(rows.value_of(self.first), rows.value_of(self.second))

    def formula(self, cells: Cells) -> str:
        first, second = cells.scalar(self.first), cells.scalar(self.second)
        text = f"MAX({first},{second})"
        if not self.second.never_blank():
            text = f"IF(ISNUMBER({second}),{text},{first})"
        return text if self.first.never_blank() else f"IF(ISNUMBER({first}),{text},{second})"

    def never_blank(self) -> bool:
        return self.first.never_blank() or self.second.never_blank()


@dataclass(frozen=True)
class Rate(Function):
    """The numerator per `per` of the denominator; nothing if one is missing or the denominator is not above 0."""

    signature = Signature("rate", (NUMBER, NUMBER, NUMBER), "number")
    phrase = "{numerator} for every {per} of {denominator}"
    numerator: Expression
    denominator: Expression
    per: Expression

    def evaluate(self, rows: Rows) -> Array:
        numerator, denominator, per = map(rows.value_of, (self.numerator, self.denominator, self.per))
        return np.asarray(numerator / np.where(denominator > 0, denominator, np.nan) * per)

    def formula(self, cells: Cells) -> str:
        numerator, denominator, per = map(cells.scalar, (self.numerator, self.denominator, self.per))
        tests = filled_tests(cells, self.numerator, self.denominator, self.per)
        quotient = f'IF({denominator}>0,{numerator}/{denominator}*{per},"")'
        return f'IF(AND({",".join(tests)}),{quotient},"")' if tests else quotient
