"""Evaluation of rules over whole columns of many trackers at once.

`Book` holds the cleaned input columns of every table of a batch of trackers and works out the rest on demand, each
column once. `TableRows` is one table of it; `Pairs` are the (parent row, child row) pairs that an aggregate reads.
Texts are compared by code: `TextCodes` numbers the different texts of a book.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

import numpy as np
import pandas as pd

from qipxl.rules.expression import Array, Expression, all_true, any_true, filled_values, nothing_of
from qipxl.rules.keys import CODE_BITS, Keys, TextCodes
from qipxl.rules.schema import Column, Table
from qipxl.rules.terms import Field

Part = slice | Array
"""Some of the rows of a table, as an index of its arrays."""


@dataclass(frozen=True)
class Inputs:
    """The cleaned input of one table.

    `trackers` has the number of each row's tracker; `values` maps a column's key to its array (text trimmed, dates as day
    numbers with 0 for none, numbers with NaN for none); `unreadable` has a mask for each column with unreadable cells;
    `absent` has, for each column that trackers of an earlier version lack, the numbers of these trackers.
    """

    trackers: Array
    values: Mapping[str, Array]
    unreadable: Mapping[str, Array] = field(default_factory=dict)
    absent: Mapping[str, Collection[int]] = field(default_factory=dict)

    def part(self, rows: Part) -> Inputs:
        """The input of some of the rows."""
        values = {key: array[rows] for key, array in self.values.items()}
        unreadable = {key: mask[rows] for key, mask in self.unreadable.items()}
        return Inputs(self.trackers[rows], values, unreadable, self.absent)


class Book:
    """All tables of a batch of trackers of one template, with every worked-out column available by name.

    `plan_months` has the month of each tracker's plan, by the tracker's number, if it was taken over from an old one.
    """

    def __init__(
        self,
        tables: Mapping[str, Table],
        worked_out: Mapping[Column, Expression],
        inputs: Mapping[str, Inputs],
        as_at: int,
        holidays: Sequence[date] = (),
        plan_months: Mapping[int, int] = MappingProxyType({}),
    ) -> None:
        self.as_at = as_at
        self.plan_months = plan_months
        self.holidays = np.array(sorted(holidays), "datetime64[D]")
        self.worked_out = worked_out
        self.texts = TextCodes()
        self.tables = {key: TableRows(self, table, inputs[key]) for key, table in tables.items()}
        self.taken: frozenset[str] = frozenset()
        """The tables whose rows are in another book too (see `take_from`)."""
        self.tables_of_columns: dict[Column, frozenset[str]] = {}

    def only(self, tracker: int) -> Book:
        """A book of one of the trackers, which takes its values from this book; the rows of each table are in the order of trackers."""
        tables = {key: rows.table for key, rows in self.tables.items()}
        parts = {
            key: slice(*np.searchsorted(rows.inputs.trackers, [tracker, tracker + 1]))
            for key, rows in self.tables.items()
        }
        inputs = {key: rows.inputs.part(parts[key]) for key, rows in self.tables.items()}
        book = Book(tables, self.worked_out, inputs, self.as_at, self.holidays.tolist(), self.plan_months)
        book.take_from(self, parts)
        return book

    def take_from(self, whole: Book, parts: Mapping[str, Part]) -> None:
        """Take every value that follows from some tables alone from a book that has their rows too.

        `parts` has, for each of these tables, which rows of that book they are: all rows of some of its trackers.
        """
        self.taken, self.texts = frozenset(parts), whole.texts
        for key, part in parts.items():
            self.tables[key].part_of = whole.tables[key], part

    def is_taken(self, expression: Expression) -> bool:
        """True if an expression follows from the taken tables alone."""
        return len(self.taken) == len(self.tables) or self.tables_read(expression.reads) <= self.taken

    def tables_read(self, columns: Iterable[Column]) -> frozenset[str]:
        """The tables from which columns follow, also through references and worked-out columns."""
        found: set[str] = set()
        for column in columns:
            if column not in self.tables_of_columns:
                worked_out = self.worked_out.get(column)
                behind = self.tables_read(worked_out.reads) if worked_out is not None else frozenset[str]()
                self.tables_of_columns[column] = behind | {column.table, column.refers_to or column.table}
            found |= self.tables_of_columns[column]
        return frozenset(found)

    def close(self) -> None:
        """Break the reference cycle between tables and book, so that their memory is freed at once."""
        for rows in self.tables.values():
            rows.joined.clear()
        self.tables.clear()


class TableRows:
    """One table of a `Book`."""

    def __init__(self, book: Book, table: Table, inputs: Inputs) -> None:
        self.book = book
        self.table = table
        self.inputs = inputs
        self.length = len(inputs.trackers)
        self.as_at = book.as_at
        self.holidays = book.holidays
        self.cache: dict[Expression, Array] = {}
        self.same: dict[int, tuple[Expression, Array]] = {}
        """The same values by the identity of the expression: comparing two expressions takes long."""
        self.coded: dict[Expression, Array] = {}
        self.keyed: dict[Column, Keys] = {}
        self.joined: dict[str, Pairs] = {}
        self.parents: dict[Column, Array] = {}
        self.kept: dict[object, Array] = {}
        self.part_of: tuple[TableRows, Part] | None = None
        """The rows of another book that these are a part of, and which of them they are (see `Book.take_from`)."""

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
        same = self.same.get(id(expression))
        if same is None:
            if expression not in self.cache:
                self.cache[expression] = self.work_out(expression)
            same = self.same[id(expression)] = (expression, self.cache[expression])
        return same[1]

    def work_out(self, expression: Expression) -> Array:
        """An expression's value in every row, from the other book if it is known there."""
        if self.part_of is not None and self.book.is_taken(expression):
            whole, part = self.part_of
            return whole.value_of(expression)[part]
        return expression.evaluate(self)

    def once(self, key: object, work_out: Callable[[TableRows], Array]) -> Array:
        """What `work_out` returns for these rows, worked out once for each key."""
        if key not in self.kept:
            self.kept[key] = work_out(self)
        return self.kept[key]

    def codes(self, expression: Expression) -> Array:
        """The code of a text's value in every row: equal for texts that are equal in lower case, 0 for none."""
        if expression not in self.coded:
            if self.part_of is not None and self.book.is_taken(expression):
                whole, part = self.part_of
                self.coded[expression] = whole.codes(expression)[part]
            else:
                self.coded[expression] = self.book.texts.of_column(self.value_of(expression))
        return self.coded[expression]

    def code_of(self, text: str) -> int:
        return self.book.texts.code_of(text)

    def map_distinct(self, expression: Expression, test: Callable[[str], bool]) -> Array:
        return self.book.texts.map_distinct(self.codes(expression), test)

    def filled(self, expression: Expression) -> Array:
        """True where a value is not nothing."""
        if expression.kind == "text":
            return np.asarray(self.codes(expression) > 0)
        return filled_values(expression.kind, self.value_of(expression))

    def keys(self, text: Expression) -> Array:
        """The tracker and the code of a text in every row, as one number; -1 for no text."""
        codes = self.codes(text)
        return np.where(codes > 0, (self.inputs.trackers << CODE_BITS) + codes, -1)

    def keys_of(self, column: Column) -> Keys:
        """The keys of a column, sorted once."""
        if column not in self.keyed:
            self.keyed[column] = Keys(self.keys(Field(column)))
        return self.keyed[column]

    def identity_keys(self) -> Keys:
        return self.keys_of(self.table.columns[self.table.identity])

    def names_a_row(self, column: Column) -> Array:
        _, counts = self.book.tables[column.refers_to].identity_keys().found(self.keys(Field(column)))
        return counts > 0

    def repeated(self, columns: tuple[Column, ...]) -> Array:
        fields = [Field(column) for column in columns]
        keys = [self.codes(field) if field.kind == "text" else self.value_of(field) for field in fields]
        same = pd.DataFrame(dict(enumerate([self.inputs.trackers, *keys]))).duplicated(keep=False)
        return np.asarray(same.to_numpy() & all_true([self.filled(field) for field in fields]))

    def listed(self, text: Expression, columns: tuple[Column, ...]) -> Array:
        """True where a text is a value of one of these columns of another table."""
        own = self.keys(text)
        return any_true([self.book.tables[column.table].keys_of(column).found(own)[1] > 0 for column in columns])

    def has_column(self, column: Column) -> Array:
        """True where the row's tracker has a column of some table."""
        absent = self.book.tables[column.table].inputs.absent.get(column.key, ())
        return ~np.isin(self.inputs.trackers, list(absent))

    def asked_from(self, month: int) -> Array:
        """True where the tracker's plan is in this month or a later one, or was not taken over from an old one."""
        early = [number for number, plan_month in self.book.plan_months.items() if plan_month < month]
        return ~np.isin(self.inputs.trackers, early)

    def made_of(self, text: Expression, columns: tuple[Column, ...], apart: Callable[[str], str]) -> Array:
        """True where the words of values of these columns that a text contains are as many as its own; `apart` parts them."""
        texts, made = self.value_of(text), np.zeros(self.length, bool)
        open_rows = np.flatnonzero(self.filled(text) & ~self.listed(text, columns))
        if not len(open_rows):
            return made
        words, phrases = self.values_by_words(columns)
        for row, tracker in zip(open_rows, self.inputs.trackers[open_rows], strict=True):
            padded = apart(texts[row])
            found = sum(words[tracker, word] for word in set(padded.split(" ")))
            found += sum(phrase.count(" ") + 1 for phrase in phrases[tracker] if f" {phrase} " in padded)
            made[row] = found >= padded.count(" ") - 1
        return made

    def values_by_words(self, columns: tuple[Column, ...]) -> tuple[Counter[tuple[int, str]], dict[int, list[str]]]:
        """How often a tracker's columns hold a value of one word, and each tracker's values of several, in lower case."""
        words: Counter[tuple[int, str]] = Counter()
        phrases: dict[int, list[str]] = defaultdict(list)
        for column in columns:
            table, texts = self.book.tables[column.table], self.book.texts.texts
            for tracker, code in zip(table.inputs.trackers.tolist(), table.codes(Field(column)).tolist(), strict=True):
                if " " in (value := texts[code]):
                    phrases[tracker].append(value)
                elif value:
                    words[tracker, value] += 1
        return words, phrases

    def parents_of(self, reference: Column) -> Array:
        """For every row the index of the one row that its reference names in the other table; -1 for none or several."""
        if reference not in self.parents:
            identities = self.book.tables[reference.refers_to].identity_keys()
            first, counts = identities.found(self.keys(Field(reference)))
            self.parents[reference] = np.where(counts == 1, np.append(identities.order, -1)[first], -1)
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
        """Every pair of a row and its child row; if several rows have one identity, each gets its child rows."""
        if child.key not in self.joined:
            self.joined[child.key] = pair_up(self, self.book.tables[child.key])
        return self.joined[child.key]


def pair_up(parent: TableRows, child: TableRows) -> Pairs:
    """Join by tracker and reference, in child order within a parent."""
    reference = child.table.reference_to(parent.table.key)
    assert reference is not None, f"{child.table.key} does not refer to {parent.table.key}"
    references = child.keys_of(reference)
    first, counts = references.found(parent.keys(Field(parent.table.columns[parent.table.identity])))
    starts = np.repeat(first - (np.cumsum(counts) - counts), counts)
    children = references.order[starts + np.arange(len(starts))]
    return Pairs(parent, child, np.repeat(np.arange(parent.length), counts), children)


class Pairs:
    """Pairs of a parent row and a child row; a column of either table has one value per pair."""

    def __init__(self, above: TableRows, below: TableRows, parent: Array, children: Array) -> None:
        self.above, self.below = above, below
        self.parent, self.children = parent, children
        self.parents, self.length = above.length, len(parent)
        self.as_at = above.as_at
        self.holidays = above.holidays
        self.cache: dict[Expression, Array] = {}

    def side(self, column: Column) -> tuple[TableRows, Array]:
        return (self.below, self.children) if column.table == self.below.table.key else (self.above, self.parent)

    def child_values(self, column: Column) -> Array:
        """The column's value in every child row (not per pair)."""
        return self.below.values(column)

    def child_numbers(self) -> Array:
        """The number of every child row within its tracker, from 1 (not per pair)."""
        return self.below.number_in_tracker()

    def values(self, column: Column) -> Array:
        rows, index = self.side(column)
        return rows.values(column)[index]

    def unreadable(self, column: Column) -> Array:
        rows, index = self.side(column)
        return rows.unreadable(column)[index]

    def value_of(self, expression: Expression) -> Array:
        """An expression's value for every pair; one that reads the parent only is worked out once per parent row."""
        if expression not in self.cache:
            tables = {column.table for column in expression.reads}
            if tables == {self.above.table.key} and not expression.atomic():
                self.cache[expression] = self.above.value_of(expression)[self.parent]
            else:
                self.cache[expression] = expression.evaluate(self)
        return self.cache[expression]

    def has_column(self, column: Column) -> Array:
        return self.above.has_column(column)[self.parent]

    def asked_from(self, month: int) -> Array:
        return self.above.asked_from(month)[self.parent]

    def codes(self, expression: Expression) -> Array:
        if isinstance(expression, Field):
            rows, index = self.side(expression.column)
            return rows.codes(expression)[index]
        return self.above.book.texts.of_column(self.value_of(expression))

    def code_of(self, text: str) -> int:
        return self.above.code_of(text)

    def map_distinct(self, expression: Expression, test: Callable[[str], bool]) -> Array:
        return self.above.book.texts.map_distinct(self.codes(expression), test)

    def filled(self, expression: Expression) -> Array:
        if expression.kind == "text":
            return np.asarray(self.codes(expression) > 0)
        return filled_values(expression.kind, self.value_of(expression))

    def names_a_row(self, column: Column) -> Array:
        rows, index = self.side(column)
        return rows.names_a_row(column)[index]

    def repeated(self, columns: tuple[Column, ...]) -> Array:
        rows, index = self.side(columns[0])
        return rows.repeated(columns)[index]

    def listed(self, text: Expression, columns: tuple[Column, ...]) -> Array:
        raise NotImplementedError("binding refuses a list inside an aggregate")

    def made_of(self, text: Expression, columns: tuple[Column, ...], apart: Callable[[str], str]) -> Array:
        raise NotImplementedError("binding refuses a list inside an aggregate")

    def numbers_of_parents(self, reference: Column) -> Array:
        raise NotImplementedError("binding refuses a lookup inside an aggregate")

    def values_of_parents(self, reference: Column, of: Column) -> Array:
        raise NotImplementedError("binding refuses a lookup inside an aggregate")

    def pairs(self, child: Table) -> Pairs:
        raise NotImplementedError("binding refuses an aggregate inside an aggregate")
