"""The content of one tracker before it is written: its rows, its cover, and the values of its formulas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import accumulate

import numpy as np

from qipxl.errors import TemplateError
from qipxl.periods import Period
from qipxl.returns.cell_values import read_column
from qipxl.returns.rule_inputs import open_book, rule_values
from qipxl.rules.evaluate import Book, Inputs
from qipxl.rules.expression import Array
from qipxl.rules.schema import ASKED_IN_FULL
from qipxl.services import Service
from qipxl.template import TableLine, Template
from qipxl.template.frameworks import default_framework
from qipxl.template.statement_lists import IN_FORCE
from qipxl.text import printable
from qipxl.tracker.layout import TableLayout, tracker_layout
from qipxl.tracker.news import NewsLine
from qipxl.tracker.workings import Workings
from qipxl.workbook.cells import is_blank
from qipxl.workbook.stamp import LAST_RETURN, TAKEN_OVER, IssuedRow, Stamp, field_digest, row_digest

LEAST_STEP = 10
"""The fewest rows that are added to a sheet that is too short."""
Rows = Mapping[str, Sequence[Mapping[str, object]]]
"""For each table its rows: a value for each filled field, as a person would type it."""


@dataclass(frozen=True)
class CellNote:
    """A cell to outline or to go to: its sheet, its sheet row (from 1), and its column (from 0)."""

    sheet: str
    row: int
    column: int


@dataclass(frozen=True)
class Tracker:
    """Everything that one tracker workbook shows.

    `issued` are those of `rows` that the stamp records; `kept_stamp` is the stamp of an earlier issue, if there is one.
    `queries` are questions, `news` what head office says; `due` is the day by which to send the tracker back.
    `answers` are those that the service gave to some of the `queries`. `last_return` names the return that the rows are carried
    from, as the stamp records it. `taken_over` is the month in which the plan was taken over from an old one, empty if it was not.
    """

    template: Template
    service: Service
    period: Period
    rows: Rows
    issued: Rows
    cover: Mapping[str, object]
    as_at: date
    kept_stamp: Stamp | None = None
    queries: Sequence[str] = ()
    buttons: bool = False
    answers: Mapping[str, str] = field(default_factory=dict)
    last_return: str = ""
    news: Sequence[NewsLine] = ()
    due: date | None = None
    taken_over: str = ""

    @property
    def plan_month(self) -> int:
        """The month of the plan since it was taken over from an old one, from 1; ASKED_IN_FULL if it was not."""
        facts = {"period": str(self.period)} | ({TAKEN_OVER: self.taken_over} if self.taken_over else {})
        month = (self.kept_stamp or Stamp(facts)).plan_month
        return ASKED_IN_FULL if month is None else month

    @property
    def layouts(self) -> Mapping[str, TableLayout]:
        return self.workings.layouts

    @cached_property
    def workings(self) -> Workings:
        return workings_of(self.template, self.rows, self.plan_month)

    @cached_property
    def stamp(self) -> Stamp:
        """The stamp of the tracker: the one it had before, if there is one."""
        if self.kept_stamp is not None:
            return self.kept_stamp
        template, service = self.template, self.service
        facts = {
            "template": template.key, "version": template.version, "service": service.name, "code": service.code,
            "region": service.region, "manager": service.manager, "period": str(self.period),
        }  # fmt: skip
        facts |= {LAST_RETURN: self.last_return} if self.last_return else {}
        facts |= {TAKEN_OVER: self.taken_over} if self.taken_over else {}
        issued = [line for key, rows in self.issued.items() for line in issued_rows(template.tables[key], key, rows)]
        return Stamp(facts, tuple(issued), headings=chosen_headings(template))


def issued_rows(line: TableLine, key: str, rows: Iterable[Mapping[str, object]]) -> Iterator[IssuedRow]:
    """What the stamp records of a table's rows."""
    names, fixed, identity = [field.key for field in line.field], line.fixed_field, line.identity or "action"
    for row in rows:
        values = [row.get(name) for name in names]
        agreed, ref = row.get(fixed), str(row.get(identity) or "")
        fields = " ".join(map(field_digest, values))
        day = f"{agreed:%Y-%m-%d}" if isinstance(agreed, date) else ""
        yield IssuedRow(key, ref, day, row_digest(values), fields)


def chosen_headings(template: Template) -> dict[tuple[str, str], str]:
    """The heading of each column of statements, by table and field, if the provider has chosen another list than the default."""
    marked = [key for key, words in template.lists.items() if words.framework == IN_FORCE]
    usual = default_framework().framework.heading
    return {
        (key, field.key): field.heading
        for key, table in template.tables.items()
        for field in table.field
        if field.suggest in marked and field.heading != usual
    }


@dataclass(frozen=True)
class TemplateKey:
    """A template as the key of a cache; `digest` is of all that it declares, so equal templates are the same key."""

    key: str
    digest: str
    template: Template = field(compare=False, repr=False)


def workings_of(template: Template, rows: Rows | None = None, plan_month: int = ASKED_IN_FULL) -> Workings:
    """The workings of a template for a tracker with these rows, kept for the next tracker with the same numbers of rows.

    Default: a tracker with every prepared row filled in. `plan_month` is that of a plan that was taken over from an old one.

    Raises TemplateError if a formula is longer than Excel takes.
    """
    digest = sha256(template.model_dump_json().encode()).hexdigest()
    issued = {key: line.rows if rows is None else len(rows.get(key, ())) for key, line in template.tables.items()}
    rated = tuple((key, line.rated_rows(issued[key])) for key, line in template.tables.items())
    return cached_workings(TemplateKey(template.key, digest, template), rated, plan_month < template.rules.last_asked)


@lru_cache(maxsize=8)
def cached_workings(key: TemplateKey, rated: tuple[tuple[str, int], ...], postpones: bool) -> Workings:
    workings = Workings(key.template, tracker_layout(key.template), dict(rated), postpones=postpones)
    if workings.mistakes():
        raise TemplateError(workings.mistakes())
    return workings


def with_room(template: Template, rows: Rows) -> Template:
    """The template, with more rows in each table that has more rows than its sheet.

    The number grows in steps of half the sheet, so that few different templates are made, and a sheet has some free rows.
    """
    more = {}
    for key, line in template.tables.items():
        if (needed := len(rows.get(key, ()))) > line.rows:
            step = max(line.rows // 2, LEAST_STEP)
            more[key] = line.model_copy(update={"rows": line.rows + step * -(-(needed - line.rows) // step)})
    return template.model_copy(update={"tables": {**template.tables, **more}}) if more else template


def tracker_book(tracker: Tracker) -> Book:
    """The rule values of a tracker's rows and spare rows, from which every formula gets its stored value."""
    return tracker_books([tracker])[0]


def tracker_books(trackers: Sequence[Tracker]) -> list[Book]:
    """The rule values of each tracker; they are worked out for all at once.

    The trackers are of one template and one date; only the numbers of rows of their templates' sheets may differ.
    """
    template = trackers[0].template
    inputs = {key: table_inputs(key, line, template, trackers) for key, line in template.tables.items()}
    months = {number: tracker.plan_month for number, tracker in enumerate(trackers)}
    book = open_book(template, inputs, trackers[0].as_at, months)
    return [book] if len(trackers) == 1 else [book.only(number) for number in months]


def table_inputs(key: str, line: TableLine, template: Template, trackers: Sequence[Tracker]) -> Inputs:
    """A table's rows and spare rows in all trackers, in the rules' terms."""
    filled = [tracker.rows.get(key, ()) for tracker in trackers]
    lengths = [max(tracker.template.tables[key].rows, tracker.workings.rows(key)) for tracker in trackers]
    rows = [row for of_tracker in filled for row in of_tracker]
    spare = len(rows)
    ends = accumulate(map(len, filled))
    picks = [
        [*range(end - len(own), end), *[spare] * (length - len(own))]
        for end, own, length in zip(ends, filled, lengths, strict=True)
    ]
    pick = np.concatenate([np.array(each, np.intp) for each in picks])
    values: dict[str, Array] = {}
    masks: dict[str, Array] = {}
    used = np.zeros(spare + 1, bool)
    for declared in line.field:
        raw = [*(row.get(declared.key, "") for row in rows), ""]
        raw = ["" if cell is None else printable(cell) if isinstance(cell, str) else cell for cell in raw]
        options = template.options(declared) if declared.type == "choice" else ()
        column = read_column(declared, options, raw)
        if declared.key != line.identity or declared is not line.field[0]:  # as in the workings (`make_used`)
            used |= [not is_blank(cell) for cell in raw]
        values |= rule_values(declared, column.values, column.unreadable)
        masks[declared.key] = column.unreadable
    if line.identity == line.field[0].key:
        values[line.identity][~used] = ""
    picked = {name: array[pick] for name, array in {**values, "used": used}.items()}
    numbers = np.repeat(np.arange(len(trackers)), lengths)
    return Inputs(numbers, picked, {name: mask[pick] for name, mask in masks.items()})
