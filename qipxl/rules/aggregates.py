"""The functions of the rule language over a row's child rows, such as the evidence of an action.

A child row belongs to a row of the same tracker if its reference (`evidence.action`) equals the row's identity
(`actions.ref`). A row without an identity has no child rows. Each aggregate gets a workings column of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from qipxl.errors import RuleError
from qipxl.rules.expression import Array, Cells, ChildCells, ChildPairs, Expression, Rows, nothing_of, quoted
from qipxl.rules.schema import Column, Kind, Table
from qipxl.rules.signatures import ANY, DATE, NUMBER, Function, Signature
from qipxl.rules.terms import Field

FAR = 100_000
"""More than any day number and any sheet row of a tracker."""


@dataclass(frozen=True)
class Aggregate(Function):
    """A value from the child rows of `child` that meet `condition` (all of them if it is None).

    The signature's parameters are the child's fields that it reads; its phrase continues with `where`.
    """

    hoisted = True
    empty: ClassVar[str] = "0"
    child: Table
    identity: Column
    reference: Column
    condition: Expression | None

    def evaluate(self, rows: Rows) -> Array:
        pairs = rows.pairs(self.child)
        chosen = np.ones(pairs.length, bool) if self.condition is None else pairs.value_of(self.condition)
        return self.aggregate(pairs, chosen)

    def formula(self, cells: Cells) -> str:
        identity = cells.cell(self.identity)
        child = cells.child(self.child)
        chosen = f"({child.span(self.reference)}={identity})"
        if self.condition is not None:
            chosen = f"{chosen}*{child.array(self.condition)}"
        return f'IF({identity}="",{self.empty},{self.aggregate_formula(child, chosen)})'

    def aggregate(self, pairs: ChildPairs, chosen: Array) -> Array:
        """The value for each parent row; `chosen` is True for each pair (parent row, child row) that counts."""
        raise NotImplementedError

    def aggregate_formula(self, child: ChildCells, chosen: str) -> str:
        """The formula of the value; `chosen` is 1 for each child row that counts and 0 for the others."""
        raise NotImplementedError

    def filled_in(self, phrase: str) -> str:
        return f"{super().filled_in(phrase)} {self.where()}"

    def where(self) -> str:
        """Which child rows count, in English."""
        if self.condition is None:
            return f"{self.child.sheet} rows of this row"
        return f"{self.child.sheet} rows where {self.condition.words()}"

    def never_blank(self) -> bool:
        return self.kind in ("number", "truth")


@dataclass(frozen=True)
class Count(Aggregate):
    """The number of child rows that meet the condition."""

    signature = Signature("count", (), "number")
    phrase = "the number of"

    def aggregate(self, pairs: ChildPairs, chosen: Array) -> Array:
        return np.bincount(pairs.parent[chosen], minlength=pairs.parents).astype(float)

    def aggregate_formula(self, child: ChildCells, chosen: str) -> str:
        return f"SUMPRODUCT({chosen}*1)"


@dataclass(frozen=True)
class AnyRow(Aggregate):
    """True if at least one child row meets the condition."""

    signature = Signature("any", (), "truth")
    phrase = "there are"
    negated = "there are no"
    empty = "FALSE"

    def aggregate(self, pairs: ChildPairs, chosen: Array) -> Array:
        return np.bincount(pairs.parent[chosen], minlength=pairs.parents) > 0

    def aggregate_formula(self, child: ChildCells, chosen: str) -> str:
        return f"SUMPRODUCT({chosen}*1)>0"


@dataclass(frozen=True)
class Distinct(Aggregate):
    """The number of different values of a choice in the child rows; values outside its list do not count."""

    signature = Signature("distinct", (ANY,), "number")
    phrase = "the number of different {of} values among the"
    of: Field

    def check(self) -> None:
        if not self.of.column.options:
            raise RuleError(f"{self.signature.name}() counts the values of a choice; {self.of.words()} has no list")

    def aggregate(self, pairs: ChildPairs, chosen: Array) -> Array:
        return np.asarray(np.sum([counts > 0 for counts in self.counts(pairs, chosen)], axis=0), float)

    def counts(self, pairs: ChildPairs, chosen: Array) -> list[Array]:
        """For each value of the list, how many child rows of each parent row hold it."""
        codes = pairs.codes(self.of)
        return [
            np.bincount(pairs.parent[chosen & (codes == pairs.code_of(option))], minlength=pairs.parents)
            for option in self.of.column.options
        ]

    def count_formulas(self, child: ChildCells, chosen: str) -> list[str]:
        """For each value of the list, the formula that counts the child rows that hold it."""
        span = child.span(self.of.column)
        return [f"SUMPRODUCT({chosen}*({span}={quoted(option)}))" for option in self.of.column.options]

    def aggregate_formula(self, child: ChildCells, chosen: str) -> str:
        return "0+" + "+".join(f"({count}>0)" for count in self.count_formulas(child, chosen))


@dataclass(frozen=True)
class MostAlike(Distinct):
    """The number of child rows with the commonest value of a choice; values outside its list do not count."""

    signature = Signature("most_alike", (ANY,), "number")
    phrase = "the most times that one {of} occurs among the"

    def aggregate(self, pairs: ChildPairs, chosen: Array) -> Array:
        return np.asarray(np.max(self.counts(pairs, chosen), axis=0), float)

    def aggregate_formula(self, child: ChildCells, chosen: str) -> str:
        return f"MAX(0,{','.join(self.count_formulas(child, chosen))})"


@dataclass(frozen=True)
class Total(Aggregate):
    """The sum of a number over the child rows; a blank adds nothing."""

    signature = Signature("total", (NUMBER,), "number")
    phrase = "the total of {of} over the"
    of: Field

    def aggregate(self, pairs: ChildPairs, chosen: Array) -> Array:
        numbers = np.nan_to_num(pairs.value_of(self.of))
        return np.bincount(pairs.parent[chosen], weights=numbers[chosen], minlength=pairs.parents).astype(float)

    def aggregate_formula(self, child: ChildCells, chosen: str) -> str:
        return f"SUMPRODUCT({chosen}*1,{child.span(self.of.column)})"


@dataclass(frozen=True)
class Latest(Aggregate):
    """The latest date of the child rows."""

    signature = Signature("latest", (DATE,), "date")
    phrase = "the latest {of} of the"
    of: Field

    def aggregate(self, pairs: ChildPairs, chosen: Array) -> Array:
        latest = np.zeros(pairs.parents, np.int64)
        np.maximum.at(latest, pairs.parent[chosen], pairs.value_of(self.of)[chosen])
        return latest

    def aggregate_formula(self, child: ChildCells, chosen: str) -> str:
        return f"SUMPRODUCT(MAX({chosen}*{child.span(self.of.column)}))"


@dataclass(frozen=True)
class Earliest(Aggregate):
    """The earliest date of the child rows."""

    signature = Signature("earliest", (DATE,), "date")
    phrase = "the earliest {of} of the"
    of: Field

    def aggregate(self, pairs: ChildPairs, chosen: Array) -> Array:
        days = pairs.value_of(self.of)
        dated = chosen & (days > 0)
        earliest = np.full(pairs.parents, FAR, np.int64)
        np.minimum.at(earliest, pairs.parent[dated], days[dated])
        return earliest % FAR

    def aggregate_formula(self, child: ChildCells, chosen: str) -> str:
        day = child.span(self.of.column)
        return f"MOD({FAR}-SUMPRODUCT(MAX({chosen}*({day}>0)*({FAR}-{day}))),{FAR})"


@dataclass(frozen=True)
class RowOfLatest(Aggregate):
    """The number of the child row with the latest date, from 1; of two on one day, the lower row; 0 if there is none."""

    signature = Signature("latest", (DATE,), "number")
    phrase = "the row of the latest {by} of the"
    by: Field

    def aggregate(self, pairs: ChildPairs, chosen: Array) -> Array:
        """Numbered within its own tracker, as a sheet numbers its rows."""
        numbers = np.append(pairs.child_numbers(), 0)
        return numbers[self.child_indexes(pairs, chosen)].astype(float)

    def child_indexes(self, pairs: ChildPairs, chosen: Array) -> Array:
        """For each parent row the index of its child row among all child rows, -1 for none."""
        days = pairs.value_of(self.by)
        dated = np.flatnonzero(chosen & (days > 0))
        ordered = dated[np.lexsort((pairs.children[dated], days[dated], pairs.parent[dated]))]
        indexes = np.full(pairs.parents, -1, np.int64)
        indexes[pairs.parent[ordered]] = pairs.children[ordered]
        return indexes

    def aggregate_formula(self, child: ChildCells, chosen: str) -> str:
        """The day and the row's number are combined in one figure, so that one MAX finds both."""
        day = child.span(self.by.column)
        return f"MOD(SUMPRODUCT(MAX({chosen}*({day}>0)*({day}*{FAR}+{child.numbers(self.by.column)}))),{FAR})"


@dataclass(frozen=True)
class ValueOfLatest(Aggregate):
    """A value from the child row with the latest date; of two on one day, the lower row on the sheet."""

    signature = Signature("latest", (ANY, DATE), "text")
    phrase = "the {of} of the latest by {by} of the"
    of: Field
    by: Field

    def check(self) -> None:
        if self.of.kind == "truth":
            raise RuleError(f"latest() gives a text, date or number; {self.of.words()} is true or false: count() it")

    @property
    def kind(self) -> Kind:
        return self.of.kind

    def never_blank(self) -> bool:
        return False

    def row(self) -> RowOfLatest:
        return RowOfLatest(self.child, self.identity, self.reference, self.condition, self.by)

    def aggregate(self, pairs: ChildPairs, chosen: Array) -> Array:
        values = pairs.child_values(self.of.column)
        nothing = np.array([nothing_of(self.kind)], values.dtype)
        return np.append(values, nothing)[self.row().child_indexes(pairs, chosen)]

    def formula(self, cells: Cells) -> str:
        row = cells.scalar(self.row())
        nothing = "0" if self.kind == "date" else '""'
        return f"IF({row}=0,{nothing},INDEX({cells.child(self.child).span(self.of.column)},{row}))"


AGGREGATES: dict[str, tuple[type[Aggregate], ...]] = {
    "any": (AnyRow,),
    "count": (Count,),
    "distinct": (Distinct,),
    "earliest": (Earliest,),
    "latest": (Latest, ValueOfLatest),
    "most_alike": (MostAlike,),
    "total": (Total,),
}
"""The functions over child rows by name; those of one name differ in their number of fields."""


def bind_aggregate(
    name: str,
    child: Table,
    identity: Column,
    reference: Column,
    condition: Expression | None,
    values: Sequence[Expression],
) -> Aggregate:
    """The aggregate of this name over these values; raises RuleError if it does not take them."""
    classes = {len(each.signature.parameters): each for each in AGGREGATES[name]}
    if values and not any(classes):
        raise RuleError(f"{name}({child.key}, ...) takes a condition only")
    fields = [each for each in values if isinstance(each, Field) and each.column.table == child.key]
    if any(classes) and (len(fields) != len(values) or not fields):
        raise RuleError(f"{name}({child.key}, ...) needs a field of {child.key}, then a condition if there is one")
    if len(fields) not in classes:
        most = "two fields" if 2 in classes else "one field"
        raise RuleError(f"{name}({child.key}, ...) takes {most} at most, then a condition if there is one")
    chosen = classes[len(fields)]
    for position, (parameter, field) in enumerate(zip(chosen.signature.parameters, fields, strict=True), 2):
        parameter.check(name, position, field)
    build: Callable[..., Aggregate] = chosen
    aggregate = build(child, identity, reference, condition, *fields)
    aggregate.check()
    return aggregate
