"""The functions of the rule language that look at a row's child rows, such as the evidence of an action.

A child row belongs to a row when its reference (`evidence.action`) says the same as the row's own (`actions.ref`), in
the same tracker. A row with no reference of its own has no child rows. Each aggregate gets a workings column of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from qipxl.rules.expression import Expression, Field, quoted
from qipxl.rules.schema import Column, Kind, Table

if TYPE_CHECKING:
    from qipxl.rules.evaluate import Array, Pairs, Rows
    from qipxl.rules.formula import Cells, ChildCells


@dataclass(frozen=True)
class Aggregate(Expression):
    """A value drawn from the child rows of `child` that meet `condition` (all of them where it is None)."""

    hoisted: ClassVar[bool] = True
    name: ClassVar[str]
    child: Table
    own: Column
    reference: Column
    condition: Expression | None

    def columns(self) -> Iterator[Column]:
        yield self.own
        yield self.reference
        if self.condition is not None:
            yield from self.condition.columns()
        for field in self.fields():
            yield field.column

    def fields(self) -> tuple[Field, ...]:
        """The child's fields this aggregate draws from."""
        return ()

    def evaluate(self, rows: Rows) -> Array:
        pairs = rows.pairs(self.child)
        chosen = np.ones(pairs.length, bool) if self.condition is None else pairs.value_of(self.condition)
        return self.drawn(pairs, chosen)

    def formula(self, cells: Cells) -> str:
        own = cells.cell(self.own)
        child = cells.child(self.child)
        chosen = f"({child.span(self.reference)}={own})"
        if self.condition is not None:
            chosen = f"{chosen}*{child.array(self.condition)}"
        return f'IF({own}="",{self.nothing()},{self.drawing(child, chosen)})'

    def drawn(self, pairs: Pairs, chosen: Array) -> Array:
        """The value for each parent row, from the pairs (parent row, child row) that are chosen."""
        raise NotImplementedError

    def drawing(self, child: ChildCells, chosen: str) -> str:
        """The formula of the value; `chosen` is 1 for each child row that counts and 0 for the others."""
        raise NotImplementedError

    def nothing(self) -> str:
        """What the formula gives where the row has no reference."""
        return "0"

    def where(self) -> str:
        """The condition in words, to be set behind “the … rows”."""
        if self.condition is None:
            return f"{self.child.sheet} rows of this row"
        return f"{self.child.sheet} rows where {self.condition.words()}"

    def never_blank(self) -> bool:
        return self.kind in ("number", "truth")


@dataclass(frozen=True)
class Count(Aggregate):
    """How many child rows meet the condition."""

    name: ClassVar[str] = "count"

    @property
    def kind(self) -> Kind:
        return "number"

    def drawn(self, pairs: Pairs, chosen: Array) -> Array:
        return np.bincount(pairs.parent[chosen], minlength=pairs.parents).astype(float)

    def drawing(self, child: ChildCells, chosen: str) -> str:
        return f"SUMPRODUCT({chosen}*1)"

    def words(self) -> str:
        return f"the number of {self.where()}"


@dataclass(frozen=True)
class AnyRow(Aggregate):
    """True where at least one child row meets the condition."""

    name: ClassVar[str] = "any"

    @property
    def kind(self) -> Kind:
        return "truth"

    def drawn(self, pairs: Pairs, chosen: Array) -> Array:
        return np.bincount(pairs.parent[chosen], minlength=pairs.parents) > 0

    def drawing(self, child: ChildCells, chosen: str) -> str:
        return f"SUMPRODUCT({chosen}*1)>0"

    def nothing(self) -> str:
        return "FALSE"

    def words(self) -> str:
        return f"there are {self.where()}"

    def negation(self) -> str:
        return f"there are no {self.where()}"


@dataclass(frozen=True)
class Distinct(Aggregate):
    """How many different values of a choice the child rows hold; values outside its list do not count."""

    name: ClassVar[str] = "distinct"
    of: Field

    @property
    def kind(self) -> Kind:
        return "number"

    def fields(self) -> tuple[Field, ...]:
        return (self.of,)

    def drawn(self, pairs: Pairs, chosen: Array) -> Array:
        values = pairs.folded(self.of)
        seen = np.zeros(pairs.parents)
        for option in self.of.column.options:
            seen += np.bincount(pairs.parent[chosen & (values == option.lower())], minlength=pairs.parents) > 0
        return seen

    def drawing(self, child: ChildCells, chosen: str) -> str:
        return "0+" + "+".join(
            f"(SUMPRODUCT({chosen}*({child.span(self.of.column)}={quoted(option)}))>0)"
            for option in self.of.column.options
        )

    def words(self) -> str:
        return f"the number of different {self.of.words()} values among the {self.where()}"


@dataclass(frozen=True)
class MostAlike(Distinct):
    """The most times that one value of a choice stands in the child rows; values outside its list do not count."""

    name: ClassVar[str] = "most_alike"

    def drawn(self, pairs: Pairs, chosen: Array) -> Array:
        values = pairs.folded(self.of)
        most = np.zeros(pairs.parents)
        for option in self.of.column.options:
            times = np.bincount(pairs.parent[chosen & (values == option.lower())], minlength=pairs.parents)
            most = np.maximum(most, times)
        return most

    def drawing(self, child: ChildCells, chosen: str) -> str:
        counts = (
            f"SUMPRODUCT({chosen}*({child.span(self.of.column)}={quoted(option)}))" for option in self.of.column.options
        )
        return f"MAX(0,{','.join(counts)})"

    def words(self) -> str:
        return f"the most times that one {self.of.words()} stands among the {self.where()}"


@dataclass(frozen=True)
class Total(Aggregate):
    """The sum of a number over the child rows; a blank adds nothing."""

    name: ClassVar[str] = "total"
    of: Field

    @property
    def kind(self) -> Kind:
        return "number"

    def fields(self) -> tuple[Field, ...]:
        return (self.of,)

    def drawn(self, pairs: Pairs, chosen: Array) -> Array:
        numbers = np.nan_to_num(pairs.value_of(self.of))
        return np.bincount(pairs.parent[chosen], weights=numbers[chosen], minlength=pairs.parents).astype(float)

    def drawing(self, child: ChildCells, chosen: str) -> str:
        return f"SUMPRODUCT({chosen}*1,{child.span(self.of.column)})"

    def words(self) -> str:
        return f"the total of {self.of.words()} over the {self.where()}"


@dataclass(frozen=True)
class Latest(Aggregate):
    """The latest date of the child rows."""

    name: ClassVar[str] = "latest"
    of: Field

    @property
    def kind(self) -> Kind:
        return "date"

    def fields(self) -> tuple[Field, ...]:
        return (self.of,)

    def drawn(self, pairs: Pairs, chosen: Array) -> Array:
        found = np.zeros(pairs.parents, np.int64)
        np.maximum.at(found, pairs.parent[chosen], pairs.value_of(self.of)[chosen])
        return found

    def drawing(self, child: ChildCells, chosen: str) -> str:
        return f"SUMPRODUCT(MAX({chosen}*{child.span(self.of.column)}))"

    def words(self) -> str:
        return f"the latest {self.of.words()} of the {self.where()}"


FAR = 100_000
"""Beyond any day number and any sheet row that a tracker uses."""


@dataclass(frozen=True)
class Earliest(Latest):
    """The earliest date of the child rows."""

    name: ClassVar[str] = "earliest"

    def drawn(self, pairs: Pairs, chosen: Array) -> Array:
        days = pairs.value_of(self.of)
        dated = chosen & (days > 0)
        found = np.full(pairs.parents, FAR, np.int64)
        np.minimum.at(found, pairs.parent[dated], days[dated])
        return found % FAR

    def drawing(self, child: ChildCells, chosen: str) -> str:
        day = child.span(self.of.column)
        return f"MOD({FAR}-SUMPRODUCT(MAX({chosen}*({day}>0)*({FAR}-{day}))),{FAR})"

    def words(self) -> str:
        return f"the earliest {self.of.words()} of the {self.where()}"


@dataclass(frozen=True)
class RowOfLatest(Aggregate):
    """The number of the child row with the latest date, from 1; of two on one day, the lower row; 0 for none."""

    name: ClassVar[str] = "latest"
    by: Field

    @property
    def kind(self) -> Kind:
        return "number"

    def fields(self) -> tuple[Field, ...]:
        return (self.by,)

    def drawn(self, pairs: Pairs, chosen: Array) -> Array:
        """Numbered within its own tracker, as a sheet numbers its rows."""
        numbers = np.append(pairs.below.number_in_tracker(), 0)
        return numbers[self.chosen_children(pairs, chosen)].astype(float)

    def chosen_children(self, pairs: Pairs, chosen: Array) -> Array:
        """For each parent row the place of its child row among all child rows, -1 for none."""
        days = pairs.value_of(self.by)
        dated = np.flatnonzero(chosen & (days > 0))
        ordered = dated[np.lexsort((pairs.children[dated], days[dated], pairs.parent[dated]))]
        found = np.full(pairs.parents, -1, np.int64)
        found[pairs.parent[ordered]] = pairs.children[ordered]
        return found

    def drawing(self, child: ChildCells, chosen: str) -> str:
        """The row's number rides behind the day in one figure, so that one MAX finds both."""
        day = child.span(self.by.column)
        return f"MOD(SUMPRODUCT(MAX({chosen}*({day}>0)*({day}*{FAR}+{child.numbers(self.by.column)}))),{FAR})"

    def words(self) -> str:
        return f"the row of the latest {self.by.words()} of the {self.where()}"


@dataclass(frozen=True)
class ValueOfLatest(Aggregate):
    """A value from the child row with the latest date; of two on one day, the lower row on the sheet."""

    name: ClassVar[str] = "latest"
    of: Field
    by: Field

    @property
    def kind(self) -> Kind:
        return self.of.kind

    def fields(self) -> tuple[Field, ...]:
        return (self.of, self.by)

    def never_blank(self) -> bool:
        return False

    def row(self) -> RowOfLatest:
        return RowOfLatest(self.child, self.own, self.reference, self.condition, self.by)

    def drawn(self, pairs: Pairs, chosen: Array) -> Array:
        values = pairs.below.values(self.of.column)
        nothing = {"text": "", "date": 0}.get(self.kind, np.nan)
        return np.append(values, np.array([nothing], values.dtype))[self.row().chosen_children(pairs, chosen)]

    def formula(self, cells: Cells) -> str:
        row = cells.scalar(self.row())
        nothing = "0" if self.kind == "date" else '""'
        return f"IF({row}=0,{nothing},INDEX({cells.child(self.child).span(self.of.column)},{row}))"

    def words(self) -> str:
        return f"the {self.of.words()} of the latest by {self.by.words()} of the {self.where()}"


AGGREGATES = ("any", "count", "distinct", "earliest", "latest", "most_alike", "total")
"""The names of the functions over child rows."""
