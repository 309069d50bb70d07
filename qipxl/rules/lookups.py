"""A look at the row that a reference points at, such as `action.tier` on the Milestones sheet.

A reference that names no row, or more than one, points at nothing: the value is then nothing, never a guess. Each look
finds the row's number once, in a workings column of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from qipxl.rules.expression import Expression, NumberExpr
from qipxl.rules.schema import Column, Kind

if TYPE_CHECKING:
    from qipxl.rules.evaluate import Array, Rows
    from qipxl.rules.formula import Cells


@dataclass(frozen=True)
class RowOfParent(NumberExpr):
    """The number of the one row that a reference names, from 1 within its tracker; 0 for none or several."""

    hoisted: ClassVar[bool] = True
    reference: Column
    identity: Column

    def columns(self) -> Iterator[Column]:
        yield self.reference
        yield self.identity

    def evaluate(self, rows: Rows) -> Array:
        return rows.numbers_of_parents(self.reference).astype(float)

    def formula(self, cells: Cells) -> str:
        own, names = cells.cell(self.reference), cells.identity_span(self.reference)
        number = f"SUMPRODUCT(({names}={own})*{cells.identity_numbers(self.reference)})"
        return f'IF({own}="",0,IF(SUMPRODUCT(--({names}={own}))=1,{number},0))'

    def words(self) -> str:
        return f"the row that {self.reference.heading} names"

    def never_blank(self) -> bool:
        return True


@dataclass(frozen=True)
class ValueOfParent(Expression):
    """A value of the row that a reference names."""

    reference: Column
    identity: Column
    of: Column

    @property
    def kind(self) -> Kind:
        return self.of.kind

    def columns(self) -> Iterator[Column]:
        yield self.reference
        yield self.identity
        yield self.of

    def evaluate(self, rows: Rows) -> Array:
        return rows.values_of_parents(self.reference, self.of)

    def formula(self, cells: Cells) -> str:
        row = cells.scalar(RowOfParent(self.reference, self.identity))
        nothing = {"date": "0", "truth": "FALSE"}.get(self.kind, '""')
        return f"IF({row}=0,{nothing},INDEX({cells.parent_span(self.reference, self.of)},{row}))"

    def words(self) -> str:
        return f"the {self.of.heading} of the row that {self.reference.heading} names"

    def never_blank(self) -> bool:
        return self.kind == "truth"


def nothing_of(kind: Kind) -> object:
    """What stands for nothing when a value of this kind is evaluated."""
    return {"text": "", "date": 0, "truth": False}.get(kind, np.nan)
