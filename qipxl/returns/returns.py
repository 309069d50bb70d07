"""Many returns at once: a frame per table, a receipt per file, the problems found so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from qipxl.errors import RequestError
from qipxl.periods import Period
from qipxl.returns.problems import COLUMNS
from qipxl.rules.evaluate import Book, Inputs
from qipxl.rules.expression import EPOCH, Array
from qipxl.template import FieldLine, Template
from qipxl.text import clean_text
from qipxl.workbook.layout import Placement
from qipxl.workbook.stamp import Stamp

TEXTS = ("mode.string_storage", "python")
"""How every step keeps texts: as Python strings, which rules need. As pandas' Arrow strings, where pyarrow is there, they
would be turned to and fro: some 8 % of the whole job."""
TEXT = pd.StringDtype("python", na_value=np.nan)
"""The type of such texts, for a frame that may be made while another way is set."""
NIL_RETURN = "nil return"
"""The state of a service that says it has nothing to report."""
TOGETHER = 250
"""How many returns are judged at a time: of the largest that takes some 150 MiB."""
RECEIPT_COLUMNS = (
    "file", "path", "digest", "status", "reason", "template", "version", "service", "name", "region", "manager",
    "period", "nil", "submission", "submitted_by", "rows_found", "rows_accepted", "rows_set_aside", "rows_superseded", "rows",
)  # fmt: skip
"""A line per file found. `status` is accepted, duplicate, superseded, set aside, refused or ignored; `rows` holds, per
table, how many rows were found, accepted and superseded. Rows found = accepted + set aside + superseded."""


@dataclass(frozen=True)
class Returns:
    """Returns that were read. Nothing in it is ever changed: each step gives a new one.

    `tables` holds a frame per table, with columns `return` (the receipt's index), `row` (sheet row) and one per field:
    text as typed, dates as datetime64 (NaT for none), numbers as float (NaN for none). `unreadable` holds, per table,
    a frame of truths for the fields in which something could not be read. Texts that seem to hold personal data are not
    in `tables`, which only say where they stand; `originals` keeps them, by table, field, return and row, for rules alone.
    `as_typed` keeps, by the same key, what stood in cells that could not be read; `stamps` what each return was issued as.
    `refreshed` are tables that the rules read in place of those that came back: what head office knows by now.
    """

    templates: Mapping[str, Template]
    receipts: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    unreadable: Mapping[str, pd.DataFrame]
    placements: Mapping[tuple[int, str], Placement]
    problems: pd.DataFrame
    originals: Mapping[tuple[str, str, int, int], str] = field(default_factory=dict, repr=False)
    as_typed: Mapping[tuple[str, str, int, int], object] = field(default_factory=dict, repr=False)
    stamps: Mapping[int, Stamp] = field(default_factory=dict, repr=False)
    refreshed: Mapping[str, pd.DataFrame] = field(default_factory=dict, repr=False)
    books: dict[tuple[str, date], tuple[object, Book]] = field(default_factory=dict, repr=False, compare=False)
    """Books opened already, each with the tables it was opened on, so that checking and rating on one day clean and
    work out each column once."""

    def place(self, table: str, row: int, field: str, of: int | None = None) -> str:
        """A cell's address, such as Actions!K17, in the return numbered `of` (the only one where it is left out)."""
        number = int(self.accepted.index[0]) if of is None else of
        placement = self.placements[number, table]
        return f"{placement.sheet}!{placement.cell(row, field)}"

    @property
    def accepted(self) -> pd.DataFrame:
        """The receipts of the returns that are used."""
        return self.receipts[self.receipts["status"] == "accepted"]

    def of_template(self, template: Template) -> pd.Index:
        """The numbers of the returns used that were made from a template."""
        return self.accepted.index[self.accepted["template"] == template.key]

    @property
    def in_use(self) -> list[Template]:
        """The templates of the returns that are used, in the order of the returns; all that are known where none is."""
        used = [self.templates[key] for key in dict.fromkeys(self.accepted["template"])]
        return used or list(self.templates.values())

    @property
    def last_period(self) -> Period | None:
        """The latest period among the returns that are used."""
        periods = self.accepted["period"]
        return Period.read(max(periods)) if len(periods) else None

    def judged_on(self, as_at: date | None) -> date:
        """The date of judgement: the one given, else the end of the latest period (the clock is never asked).

        Raises RequestError where no return can be used, so that there is no period.
        """
        if as_at is not None:
            return as_at
        if self.last_period is None:
            raise RequestError("No return can be used, so there is no period to judge by. Give the as-at date.")
        return self.last_period.last

    def books_of(self, template: Template, as_at: date) -> Iterator[tuple[pd.Index, Book]]:
        """The returns of one template, at most TOGETHER at a time, and their rows, ready for its rules.

        No rule looks at two returns at once. Where they are few enough for one book it is kept, so that checking and rating work
        each column out once; of many each book is let go, since every column of every expression in it takes memory.
        """
        numbers = self.of_template(template)
        if len(numbers) <= TOGETHER:
            yield numbers, self.book(template, as_at)
            return
        for start in range(0, len(numbers), TOGETHER):
            group = numbers[start : start + TOGETHER]
            book = self.opened(template, as_at, group)
            yield group, book
            book.close()

    def book(self, template: Template, as_at: date) -> Book:
        """The rows of every return of one template, ready for its rules."""
        tables, book = self.books.get((template.key, as_at), (None, None))
        if book is None or tables is not self.tables:
            book = self.opened(template, as_at, self.of_template(template))
            self.books[template.key, as_at] = (self.tables, book)
        return book

    def close(self, template: Template, as_at: date) -> None:
        """Let go of the book that was kept."""
        _, book = self.books.pop((template.key, as_at), (None, None))
        if book is not None:
            book.close()

    def opened(self, template: Template, as_at: date, numbers: pd.Index) -> Book:
        """The rows of some returns of one template, ready for its rules."""
        inputs = {}
        for key in template.tables:
            table = self.refreshed.get(key, self.tables[key])
            mask = table["return"].isin(numbers).to_numpy()
            frame = self.with_originals(key, table[mask])
            unreadable = pd.DataFrame(index=frame.index) if key in self.refreshed else self.unreadable[key][mask]
            inputs[key] = rule_inputs(template, key, frame, unreadable)
        return open_book(template, inputs, as_at)

    def with_originals(self, key: str, frame: pd.DataFrame) -> pd.DataFrame:
        """A table's rows with the texts that are withheld from everybody but the rules."""
        texts = {
            (column, number, row): text for (table, column, number, row), text in self.originals.items() if table == key
        }
        if not texts:
            return frame
        whole = frame.copy()
        places = {
            where: place
            for place, where in zip(frame.index, zip(frame["return"], frame["row"], strict=True), strict=True)
        }
        for (column, number, row), text in texts.items():
            if (number, row) in places:
                whole.at[places[number, row], column] = text
        return whole


def problem_frame(rows: Sequence[Mapping[str, object]] = ()) -> pd.DataFrame:
    """A frame of problems, with all its columns even where there are none."""
    columns = {
        name: pd.Series([row[name] for row in rows], dtype="int64" if name in ("return", "row") else TEXT)
        for name in COLUMNS
    }
    return pd.DataFrame(columns, columns=pd.Index(COLUMNS, dtype=TEXT))


def standing(frame: pd.DataFrame, place: int) -> tuple[int, int]:
    """The return and the sheet row of a line of a table's frame."""
    return int(frame["return"].to_numpy()[place]), int(frame["row"].to_numpy()[place])


def open_book(template: Template, inputs: Mapping[str, Inputs], as_at: date) -> Book:
    """A book of a template's tables, to be judged on a date."""
    rules = template.rules
    holidays = template.bank_holidays.days if template.bank_holidays else ()
    return Book(rules.schema.tables, rules.worked_out, inputs, (as_at - EPOCH).days, holidays)


def rule_inputs(template: Template, key: str, frame: pd.DataFrame, unreadable: pd.DataFrame) -> Inputs:
    """A table's frame in the rules' own terms; see `rules.expressions` for what stands for nothing."""
    masks = {key: unreadable[key].to_numpy(bool) for key in unreadable.columns}
    values: dict[str, Array] = {"used": np.ones(len(frame), bool)}
    for line in template.tables[key].field:
        values[line.key] = rule_values(line, frame[line.key], masks.get(line.key))
    return Inputs(frame["return"].to_numpy(), values, masks)


def rule_values(field: FieldLine, column: pd.Series, mask: Array | None) -> Array:
    """One column in the rules' own terms; what could not be read is nothing."""
    if field.type == "date":
        days = (column.to_numpy("datetime64[D]") - np.datetime64(EPOCH)).astype(np.int64)
        return np.where(column.isna(), 0, days)
    if field.type == "number":
        return column.to_numpy(float)
    codes, distinct = pd.factorize(column.to_numpy(object))
    cleaned = np.array([*(clean_text(text) for text in distinct), ""], object)[codes]
    if mask is not None:
        cleaned[mask] = ""
    return cleaned
