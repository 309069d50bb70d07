"""Rules evaluated: whole columns of many trackers at once, every sub-expression total.

`Book` holds the cleaned input columns of every table of a batch of trackers and works out the rest on demand, each
column once. `Rows` is one table of it; `Pairs` are the (parent row, child row) pairs an aggregate looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from qipxl.rules.expression import Expression, Field, filled_values
from qipxl.rules.lookups import nothing_of
from qipxl.rules.schema import Column, Table

Array = npt.NDArray[Any]


class Rows(Protocol):
    """What an expression may ask of the rows it is evaluated over."""

    length: int
    as_at: int
    holidays: Array

    def values(self, column: Column) -> Array: ...
    def unreadable(self, column: Column) -> Array: ...
    def value_of(self, expression: Expression) -> Array: ...
    def folded(self, expression: Expression) -> Array: ...
    def map_distinct(self, expression: Expression, judge: Callable[[str], bool]) -> Array: ...
    def names_a_row(self, column: Column) -> Array: ...
    def repeated(self, column: Column) -> Array: ...
    def numbers_of_parents(self, reference: Column) -> Array: ...
    def values_of_parents(self, reference: Column, of: Column) -> Array: ...
    def pairs(self, child: Table) -> Pairs: ...


@dataclass(frozen=True)
class Inputs:
    """What was typed into one table, cleaned: a value per row and column, and where something could not be read.

    `trackers` says for each row which tracker it stands in; `values` maps a column's key to its array (text trimmed, dates
    as day numbers with 0 for none, numbers with NaN for none); `unreadable` holds masks for columns that have any.
    """

    trackers: Array
    values: Mapping[str, Array]
    unreadable: Mapping[str, Array] = field(default_factory=dict)


class Book:
    """All tables of a batch of trackers of one template, with every worked-out column available by name."""

    def __init__(
        self,
        tables: Mapping[str, Table],
        worked_out: Mapping[Column, Expression],
        inputs: Mapping[str, Inputs],
        as_at: int,
        holidays: Sequence[date] = (),
    ) -> None:
        self.as_at = as_at
        self.holidays = np.array(sorted(holidays), "datetime64[D]")
        self.worked_out = worked_out
        self.tables = {key: TableRows(self, table, inputs[key]) for key, table in tables.items()}

    def close(self) -> None:
        """Let go of all that was worked out; tables and book name each other, and would wait for the collector of circles."""
        for rows in self.tables.values():
            rows.joined.clear()
        self.tables.clear()


def fold(texts: Array) -> Array:
    """Texts in small letters, as they are compared."""
    codes, distinct = pd.factorize(texts)
    lowered = np.array([*(text.lower() for text in distinct), ""], object)
    return lowered[codes]


def judged(texts: Array, judge: Callable[[str], bool]) -> Array:
    """`judge` of every text, asked once for each different one."""
    codes, distinct = pd.factorize(texts)
    return np.array([*(judge(text) for text in distinct), False], bool)[codes]


class TableRows:
    """One table of a `Book`."""

    def __init__(self, book: Book, table: Table, inputs: Inputs) -> None:
        self.book = book
        self.table = table
        self.inputs = inputs
        self.length = len(inputs.trackers)
        self.as_at = book.as_at
        self.holidays = book.holidays
        self.found: dict[Expression, Array] = {}
        self.small: dict[Expression, Array] = {}
        self.joined: dict[str, Pairs] = {}
        self.parents: dict[Column, Array] = {}

    def values(self, column: Column) -> Array:
        """The column's value in every row."""
        if column in self.book.worked_out:
            return self.value_of(self.book.worked_out[column])
        return self.inputs.values[column.key]

    def unreadable(self, column: Column) -> Array:
        mask = self.inputs.unreadable.get(column.key)
        return np.zeros(self.length, bool) if mask is None else mask

    def value_of(self, expression: Expression) -> Array:
        """An expression's value in every row, worked out once."""
        if expression not in self.found:
            self.found[expression] = expression.evaluate(self)
        return self.found[expression]

    def folded(self, expression: Expression) -> Array:
        """A text's value in every row, in small letters."""
        if expression not in self.small:
            self.small[expression] = fold(self.value_of(expression))
        return self.small[expression]

    def map_distinct(self, expression: Expression, judge: Callable[[str], bool]) -> Array:
        return judged(self.folded(expression), judge)

    def identities(self, column: Column) -> pd.MultiIndex:
        """Which tracker, and which text in small letters, for every row."""
        return pd.MultiIndex.from_arrays([self.inputs.trackers, self.folded(Field(column))])

    def names_a_row(self, column: Column) -> Array:
        target = self.book.tables[column.refers_to]
        own = target.table.columns[target.table.identity]
        filled = filled_values("text", self.values(column))
        return np.asarray(self.identities(column).isin(target.identities(own)) & filled)

    def repeated(self, column: Column) -> Array:
        filled = filled_values("text", self.values(column))
        return np.asarray(self.identities(column).duplicated(keep=False) & filled)

    def parents_of(self, reference: Column) -> Array:
        """For every row the place of the one row its reference names, among all rows there; -1 for none or several."""
        if reference not in self.parents:
            target = self.book.tables[reference.refers_to]
            own = target.table.columns[target.table.identity]
            names = keyed(target, own).drop_duplicates(["tracker", "key"], keep=False)
            joined = keyed(self, reference).merge(names, on=["tracker", "key"])
            found = np.full(self.length, -1, np.int64)
            found[joined["row_x"].to_numpy()] = joined["row_y"].to_numpy()
            self.parents[reference] = found
        return self.parents[reference]

    def numbers_of_parents(self, reference: Column) -> Array:
        numbers = self.book.tables[reference.refers_to].number_in_tracker()
        return np.append(numbers, 0)[self.parents_of(reference)]

    def values_of_parents(self, reference: Column, of: Column) -> Array:
        values = self.book.tables[reference.refers_to].values(of)
        return np.append(values, np.array([nothing_of(of.kind)], values.dtype))[self.parents_of(reference)]

    def number_in_tracker(self) -> Array:
        """Each row's number within its own tracker, from 1."""
        return pd.Series(self.inputs.trackers).groupby(self.inputs.trackers).cumcount().to_numpy() + 1

    def pairs(self, child: Table) -> Pairs:
        """Every (row, child row) that belong together: a repeated reference gives its child rows to each row."""
        if child.key not in self.joined:
            self.joined[child.key] = pair_up(self, self.book.tables[child.key])
        return self.joined[child.key]


def pair_up(parent: TableRows, child: TableRows) -> Pairs:
    """Join by tracker and reference, in child order within a parent."""
    reference = child.table.reference_to(parent.table.key)
    assert reference is not None, f"{child.table.key} does not refer to {parent.table.key}"
    own = parent.table.columns[parent.table.identity]
    left = keyed(parent, own)
    right = keyed(child, reference)
    joined = left.merge(right, on=["tracker", "key"], sort=False)
    return Pairs(parent, child, joined["row_x"].to_numpy(), joined["row_y"].to_numpy())


def keyed(rows: TableRows, column: Column) -> pd.DataFrame:
    """The rows that hold a reference, with what they are joined by."""
    keys = rows.folded(Field(column))
    frame = pd.DataFrame({"tracker": rows.inputs.trackers, "key": keys, "row": np.arange(rows.length)})
    return frame.loc[filled_values("text", keys)]


class Pairs:
    """Pairs of a parent row and a child row; a column of either table is spread over the pairs."""

    def __init__(self, above: TableRows, below: TableRows, parent: Array, children: Array) -> None:
        self.above, self.below = above, below
        self.parent, self.children = parent, children
        self.parents, self.length = above.length, len(parent)
        self.as_at = above.as_at
        self.holidays = above.holidays
        self.found: dict[Expression, Array] = {}

    def side(self, column: Column) -> tuple[TableRows, Array]:
        return (self.below, self.children) if column.table == self.below.table.key else (self.above, self.parent)

    def values(self, column: Column) -> Array:
        rows, index = self.side(column)
        return rows.values(column)[index]

    def unreadable(self, column: Column) -> Array:
        rows, index = self.side(column)
        return rows.unreadable(column)[index]

    def value_of(self, expression: Expression) -> Array:
        """An expression's value for every pair; one that reads the parent only is worked out there, once."""
        if expression not in self.found:
            tables = {column.table for column in expression.columns()}
            if tables == {self.above.table.key} and not expression.atomic():
                self.found[expression] = self.above.value_of(expression)[self.parent]
            else:
                self.found[expression] = expression.evaluate(self)
        return self.found[expression]

    def folded(self, expression: Expression) -> Array:
        if isinstance(expression, Field):
            rows, index = self.side(expression.column)
            return rows.folded(expression)[index]
        return fold(self.value_of(expression))

    def map_distinct(self, expression: Expression, judge: Callable[[str], bool]) -> Array:
        return judged(self.folded(expression), judge)

    def names_a_row(self, column: Column) -> Array:
        rows, index = self.side(column)
        return rows.names_a_row(column)[index]

    def repeated(self, column: Column) -> Array:
        rows, index = self.side(column)
        return rows.repeated(column)[index]

    def numbers_of_parents(self, reference: Column) -> Array:
        raise NotImplementedError("a look at a reference's row inside an aggregate is refused when a rule is read")

    def values_of_parents(self, reference: Column, of: Column) -> Array:
        raise NotImplementedError("a look at a reference's row inside an aggregate is refused when a rule is read")

    def pairs(self, child: Table) -> Pairs:
        raise NotImplementedError("an aggregate inside an aggregate is refused when a rule is read")
