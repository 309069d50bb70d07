"""The record of many returns: a frame per table, a receipt per file, and the problems found so far."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from qipxl.errors import RequestError
from qipxl.periods import Period
from qipxl.returns.problems import COLUMNS
from qipxl.returns.rule_inputs import RuleBooks, RuleInputs
from qipxl.rules.evaluate import Book
from qipxl.template import Template
from qipxl.workbook.layout import Placement
from qipxl.workbook.stamp import Stamp

TEXTS = ("mode.string_storage", "python")
"""The pandas option with which every step keeps texts as Python strings, which rules need. Converting them from and to
pandas' Arrow strings would take about 8 % of a run."""
TEXT = pd.StringDtype("python", na_value=np.nan)
"""The type of such texts, for frames that may be made without the option."""
NIL_RETURN = "nil return"
"""The status of a service that has nothing to report."""
RECEIPT_COLUMNS = (
    "file", "path", "digest", "status", "reason", "template", "version", "service", "name", "region", "manager",
    "period", "nil", "submission", "submitted_by", "rows_found", "rows_accepted", "rows_set_aside", "rows_superseded", "rows",
    "saved", "differs_from",
)  # fmt: skip
"""The columns of the receipts, a line per file. `status` is accepted, duplicate, superseded, set aside, refused or ignored;
`rows` holds, per table, the numbers of rows found, accepted and superseded. Rows found = accepted + set aside + superseded.
`saved` is the time at which a program saved the workbook, in UTC as 2026-04-03T14:02:00, empty if it does not say.
`differs_from` names the other files if head office must choose between this one and them."""


@dataclass(frozen=True)
class Returns:
    """Returns that were read. The record is never changed; each step returns a new one.

    `templates` are the known templates by key, `receipts` a frame with a line per file (RECEIPT_COLUMNS), `problems` a
    frame with a line per problem. `tables` holds a frame per table, with columns `return` (the receipt's index), `row`
    (sheet row) and one per field: text as typed, dates as datetime64 (NaT if empty), numbers as float (NaN if empty).
    `unreadable` holds, per table, a boolean frame of the fields with cells that could not be read. `placements` hold the
    sheet and columns of each table, by return and table.

    Texts that seem to hold personal data are withheld from `tables`, which give their cell instead. `originals` keeps
    these texts for the rules only, by table, field, return and row; `as_typed` keeps, by the same key, the content of cells
    that could not be read. `stamps` hold what each return was issued as. `refreshed` are tables that rules read instead of
    the returned ones: what head office knows by now. `books` caches open rule books.

    >>> import pandas as pd
    >>> returns = Returns({}, pd.DataFrame(columns=RECEIPT_COLUMNS), {}, {}, {}, problem_frame())
    >>> len(returns.accepted), returns.last_period
    (0, None)
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
    books: RuleBooks = field(default_factory=RuleBooks, repr=False, compare=False)

    def place(self, table: str, row: int, field: str, of: int | None = None) -> str:
        """A cell's address, such as Actions!K17, in the return numbered `of` (default: the first accepted one)."""
        number = int(self.accepted.index[0]) if of is None else of
        placement = self.placements[number, table]
        return f"{placement.sheet}!{placement.cell(row, field)}"

    @property
    def accepted(self) -> pd.DataFrame:
        """The receipts of the accepted returns."""
        return self.receipts[self.receipts["status"] == "accepted"]

    @property
    def undecided(self) -> pd.DataFrame:
        """The receipts of the returns that wait until head office chooses between them and others of their service."""
        return self.receipts[self.receipts["differs_from"] != ""]

    @property
    def differing(self) -> dict[str, int]:
        """How many returns of each service differ, by its code, if none of them counts until head office chooses."""
        waiting = self.undecided
        counts = waiting.loc[~waiting["service"].isin(self.accepted["service"]), "service"].value_counts(sort=False)
        return {str(code): int(count) for code, count in counts.items()}

    def of_template(self, template: Template) -> pd.Index:
        """The numbers of the accepted returns of a template."""
        return self.numbers_by_template.get(template.key, self.receipts.index[:0])

    @cached_property
    def numbers_by_template(self) -> Mapping[str, pd.Index]:
        """The numbers of the accepted returns of each template, by its key."""
        templates = self.accepted["template"]
        return {str(key): templates.index[templates == key] for key in templates.unique()}

    @property
    def in_use(self) -> list[Template]:
        """The templates of the accepted returns, in the order of the returns; all known templates if there are none."""
        used = [self.templates[key] for key in dict.fromkeys(self.accepted["template"])]
        return used or list(self.templates.values())

    @property
    def last_period(self) -> Period | None:
        """The latest period of the accepted returns; None if there are none."""
        periods = self.accepted["period"]
        return Period.read(max(periods)) if len(periods) else None

    def judged_on(self, as_at: date | None) -> date:
        """The date of judgement: `as_at`, or the end of the latest period if it is None (never today's date).

        Raises RequestError if `as_at` is None and no return is accepted, so that there is no period.
        """
        if as_at is not None:
            return as_at
        if self.last_period is None:
            raise RequestError("No return can be used, so there is no period to judge by. Give the as-at date.")
        return self.last_period.last

    @property
    def rule_inputs(self) -> RuleInputs:
        """The parts that rules read."""
        return RuleInputs(self.tables, self.unreadable, self.originals, self.refreshed, self.absent, self.plan_months)

    @property
    def plan_months(self) -> Mapping[int, int]:
        """The month of each plan that was taken over from an old one, by the number of its return."""
        months = ((number, stamp.plan_month) for number, stamp in self.stamps.items())
        return {number: month for number, month in months if month is not None}

    @cached_property
    def absent(self) -> Mapping[str, Mapping[str, Collection[int]]]:
        """By table and field: the numbers of returns of an earlier version of their template that lack the column."""
        absent: dict[str, dict[str, set[int]]] = {}
        for template in self.templates.values():
            versions = self.receipts.loc[self.of_template(template), "version"]
            for number in versions.index[versions != template.version]:
                for key, table in template.tables.items():
                    placement = self.placements.get((number, key))
                    for line in table.field if placement is not None else ():
                        if placement is not None and line.key not in placement.columns:
                            absent.setdefault(key, {}).setdefault(line.key, set()).add(int(number))
        return absent

    def books_of(self, template: Template, as_at: date) -> Iterator[tuple[pd.Index, Book]]:
        """The numbers of one template's returns and their rule book, in groups if they are many."""
        return self.books.groups(self.rule_inputs, template, as_at, self.of_template(template))

    def book(self, template: Template, as_at: date) -> Book:
        """One rule book on all returns of a template."""
        return self.books.book(self.rule_inputs, template, as_at, self.of_template(template))


def problem_frame(rows: Sequence[Mapping[str, object]] = ()) -> pd.DataFrame:
    """A frame of problems, with all its columns even if it is empty."""
    columns = {
        name: pd.Series([row[name] for row in rows], dtype="int64" if name in ("return", "row") else TEXT)
        for name in COLUMNS
    }
    return pd.DataFrame(columns, columns=pd.Index(COLUMNS, dtype=TEXT))


def return_and_row(frame: pd.DataFrame, index: int) -> tuple[int, int]:
    """The return's number and the sheet row of a line of a table's frame."""
    return int(frame["return"].to_numpy()[index]), int(frame["row"].to_numpy()[index])


def in_order(problems: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Problems in the order of their returns."""
    return pd.concat(problems).sort_values("return", kind="stable", ignore_index=True)
