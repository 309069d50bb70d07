"""Returns in the terms of the rules: the rule books opened on them, and a cache of these."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

import numpy as np
import pandas as pd

from qipxl.rules.evaluate import Book, Inputs
from qipxl.rules.expression import EPOCH, Array
from qipxl.rules.schema import typed_key
from qipxl.template import FieldLine, Template
from qipxl.text import clean_text, is_placeholder

BOOK_SIZE = 250
"""The most returns in one book; at the largest returns such a book takes about 150 MiB."""


@dataclass(frozen=True)
class RuleInputs:
    """The parts of returns that rules read; see `Returns` for the meaning of each."""

    tables: Mapping[str, pd.DataFrame]
    unreadable: Mapping[str, pd.DataFrame]
    originals: Mapping[tuple[str, str, int, int], str]
    refreshed: Mapping[str, pd.DataFrame]
    absent: Mapping[str, Mapping[str, Collection[int]]]
    plan_months: Mapping[int, int]

    def open(
        self, template: Template, as_at: date, numbers: pd.Index, earlier: tuple[RuleInputs, Book] | None = None
    ) -> Book:
        """A book on the rows of the returns with these numbers, to be judged on a date.

        `earlier` is a book on the same and more returns, and what it was opened on: values that follow from the same tables are
        taken from it.
        """
        inputs, parts = {}, {}
        for key in template.tables:
            table = self.frame(key)
            if earlier is not None and table is earlier[0].frame(key):
                rows = earlier[1].tables[key].inputs
                mask = np.isin(rows.trackers, numbers)
                parts[key] = slice(None) if mask.all() else mask
                inputs[key] = rows.part(parts[key])
                continue
            mask = table["return"].isin(numbers).to_numpy()
            frame = self.with_originals(key, table[mask])
            unreadable = pd.DataFrame(index=frame.index) if key in self.refreshed else self.unreadable[key][mask]
            inputs[key] = replace(table_inputs(template, key, frame, unreadable), absent=self.absent.get(key, {}))
        book = open_book(template, inputs, as_at, self.plan_months)
        if earlier is not None:
            book.take_from(earlier[1], parts)
        return book

    def frame(self, key: str) -> pd.DataFrame:
        """The table that rules read."""
        return self.refreshed.get(key, self.tables[key])

    def with_originals(self, key: str, frame: pd.DataFrame) -> pd.DataFrame:
        """A table's rows with the texts that only the rules may read (possible personal data)."""
        texts = {
            (column, number, row): text for (table, column, number, row), text in self.originals.items() if table == key
        }
        if not texts:
            return frame
        restored = frame.copy()
        index = dict(zip(zip(frame["return"], frame["row"], strict=True), frame.index, strict=True))
        for (column, number, row), text in texts.items():
            if (number, row) in index:
                restored.at[index[number, row], column] = text
        return restored


class RuleBooks:
    """Open books by template and date, so that checking and rating on one day work out each column once.

    A book is used again only for the very tables it was opened on. `earlier` are the books of the same and more returns before
    some of their tables were refreshed.
    """

    def __init__(self, earlier: RuleBooks | None = None) -> None:
        self.cached: dict[tuple[str, date], tuple[RuleInputs, Book]] = {}
        self.earlier = earlier

    def refreshed(self) -> RuleBooks:
        """The books of these returns, or some of them, once some of their tables are refreshed."""
        return RuleBooks(self.earlier or self)

    def book(self, inputs: RuleInputs, template: Template, as_at: date, numbers: pd.Index) -> Book:
        """The cached book of a template's returns, opened if there is none."""
        opened = self.cached.get((template.key, as_at))
        if opened is None or opened[0].tables is not inputs.tables:
            earlier = self.earlier.cached.get((template.key, as_at)) if self.earlier is not None else None
            opened = self.cached[template.key, as_at] = (inputs, inputs.open(template, as_at, numbers, earlier))
        return opened[1]

    def groups(
        self, inputs: RuleInputs, template: Template, as_at: date, numbers: pd.Index
    ) -> Iterator[tuple[pd.Index, Book]]:
        """The numbers of at most BOOK_SIZE returns at a time, with their book; no rule compares two returns.

        The book of up to BOOK_SIZE returns is cached. Larger numbers get several books, each closed when the next is
        opened, because a book holds every column of every expression.
        """
        if len(numbers) <= BOOK_SIZE:
            yield numbers, self.book(inputs, template, as_at, numbers)
            return
        for start in range(0, len(numbers), BOOK_SIZE):
            group = numbers[start : start + BOOK_SIZE]
            book = inputs.open(template, as_at, group)
            yield group, book
            book.close()

    def close(self) -> None:
        """Close and forget all books, the earlier ones too."""
        for _, book in self.cached.values():
            book.close()
        self.cached.clear()
        if self.earlier is not None:
            self.earlier.close()
            self.earlier = None


def open_book(
    template: Template,
    inputs: Mapping[str, Inputs],
    as_at: date,
    plan_months: Mapping[int, int] = MappingProxyType({}),
) -> Book:
    """A book of a template's tables, to be judged on a date; `plan_months` as in `Book`."""
    rules = template.rules
    holidays = template.bank_holidays.days if template.bank_holidays else ()
    return Book(rules.schema.tables, rules.worked_out, inputs, (as_at - EPOCH).days, holidays, plan_months)


def table_inputs(template: Template, key: str, frame: pd.DataFrame, unreadable: pd.DataFrame) -> Inputs:
    """A table's frame in the rules' terms; `rules.expression` defines the empty value of each type."""
    masks = {key: unreadable[key].to_numpy(bool) for key in unreadable.columns}
    values: dict[str, Array] = {"used": np.ones(len(frame), bool)}
    for field in template.tables[key].field:
        values |= rule_values(field, frame[field.key], masks.get(field.key))
    return Inputs(frame["return"].to_numpy(), values, masks)


def rule_values(field: FieldLine, column: pd.Series, mask: Array | None) -> dict[str, Array]:
    """One column in the rules' terms, by its key; unreadable cells (true in `mask`) are empty.

    If a placeholder counts as empty in the column, a second column has the texts as they were typed.
    """
    if field.type == "date":
        days = (column.to_numpy("datetime64[D]") - np.datetime64(EPOCH)).astype(np.int64)
        return {field.key: np.where(column.isna(), 0, days)}
    if field.type == "number":
        return {field.key: column.to_numpy(float)}
    cleaned = map_texts(column.to_numpy(object), clean_text)
    if mask is not None:
        cleaned[mask] = ""
    if not field.needs_words:
        return {field.key: cleaned}
    named = map_texts(cleaned, lambda text: "" if is_placeholder(text) else text)
    return {field.key: named, typed_key(field.key): cleaned}


def map_texts(texts: Array, change: Callable[[str], str]) -> Array:
    """`change` of every text, called once for each different one; nothing for a missing text."""
    codes, distinct = pd.factorize(texts)
    return np.array([*map(change, distinct), ""], object)[codes]
