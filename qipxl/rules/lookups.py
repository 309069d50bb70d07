"""A value of the row that a reference names, such as `action.tier` on the Milestones sheet.

A reference that names no row, or more than one, gives nothing, never a guess. Each lookup finds the row's number once, in
a workings column of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from qipxl.rules.expression import Array, Cells, Expression, Rows
from qipxl.rules.schema import Column, Kind


@dataclass(frozen=True)
class RowOfParent(Expression):
    """The number of the one row that a reference names, from 1 within its tracker; 0 for none or several."""

    hoisted = True
    gives = "number"
    phrase = "the row that {reference} names"
    reference: Column
    identity: Column

    def evaluate(self, rows: Rows) -> Array:
        return rows.numbers_of_parents(self.reference).astype(float)

    def formula(self, cells: Cells) -> str:
        reference, identities = cells.cell(self.reference), cells.identity_span(self.reference)
        number = f"SUMPRODUCT(({identities}={reference})*{cells.identity_numbers(self.reference)})"
        return f'IF({reference}="",0,IF(SUMPRODUCT(--({identities}={reference}))=1,{number},0))'

    def never_blank(self) -> bool:
        return True


@dataclass(frozen=True)
class ValueOfParent(Expression):
    """A value of the row that a reference names."""

    phrase = "the {of} of the row that {reference} names"
    reference: Column
    identity: Column
    of: Column

    @property
    def kind(self) -> Kind:
        return self.of.kind

    def evaluate(self, rows: Rows) -> Array:
        return rows.values_of_parents(self.reference, self.of)

    def formula(self, cells: Cells) -> str:
        row = cells.scalar(RowOfParent(self.reference, self.identity))
        nothing = {"date": "0", "truth": "FALSE"}.get(self.kind, '""')
        return f"IF({row}=0,{nothing},INDEX({cells.parent_span(self.reference, self.of)},{row}))"
