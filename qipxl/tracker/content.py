"""One tracker, before it is written: what stands in it, and the values of its formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from qipxl.errors import RequestError, TemplateError
from qipxl.periods import Period
from qipxl.returns.cell_values import read_column
from qipxl.returns.rule_inputs import open_book, rule_values
from qipxl.rules.evaluate import Book, Inputs
from qipxl.services import Service
from qipxl.template import Template
from qipxl.text import printable
from qipxl.tracker.layout import TableLayout, tracker_layout
from qipxl.tracker.workings import MORE_ROWS, Workings
from qipxl.workbook.cells import is_blank
from qipxl.workbook.stamp import IssuedRow, Stamp, field_digest, row_digest

Rows = Mapping[str, Sequence[Mapping[str, object]]]
"""For each table, the rows that stand in it: a value for each field that is filled, as a person would type it."""


@dataclass(frozen=True)
class CellNote:
    """A cell to outline: its sheet, its sheet row, and its column from 0."""

    sheet: str
    row: int
    column: int


@dataclass(frozen=True)
class Tracker:
    """Everything that one tracker workbook shows."""

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

    @property
    def layouts(self) -> Mapping[str, TableLayout]:
        return self.workings.layouts

    @property
    def workings(self) -> Workings:
        return plan_of(self.template)

    def stamp(self) -> Stamp:
        """What it is issued as: the stamp it had before, where there is one."""
        if self.kept_stamp is not None:
            return self.kept_stamp
        facts = {
            "template": self.template.key,
            "version": self.template.version,
            "service": self.service.name,
            "code": self.service.code,
            "region": self.service.region,
            "manager": self.service.manager,
            "period": str(self.period),
        }
        issued = [self.issued_row(key, row) for key, rows in self.issued.items() for row in rows]
        return Stamp(facts, tuple(issued))

    def issued_row(self, key: str, row: Mapping[str, object]) -> IssuedRow:
        line = self.template.tables[key]
        digest = row_digest(row.get(field.key) for field in line.field)
        agreed = row.get("original_due")
        ref = str(row.get(line.identity or "action", ""))
        fields = " ".join(field_digest(row.get(field.key)) for field in line.field)
        return IssuedRow(key, ref, f"{agreed:%Y-%m-%d}" if isinstance(agreed, date) else "", digest, fields)


PLANS: dict[int, tuple[Template, Workings]] = {}


def plan_of(template: Template) -> Workings:
    """The workings of a template, worked out once for each template loaded.

    Raises TemplateError where a formula is longer than Excel takes.
    """
    kept = PLANS.get(id(template))
    if kept is None:
        workings = Workings(template, tracker_layout(template))
        if workings.mistakes():
            raise TemplateError(workings.mistakes())
        kept = PLANS[id(template)] = (template, workings)
    return kept[1]


def cached_book(tracker: Tracker) -> Book:
    """The tracker's rows and its spare ones, ready to be rated, so that every formula can be given its value."""
    inputs = {}
    for key, line in tracker.template.tables.items():
        rows = list(tracker.rows.get(key, ()))
        if len(rows) > line.rows:
            raise RequestError(
                f"{line.sheet} has room for {line.rows} rows; {len(rows)} were given for {tracker.service.name}."
            )
        length = line.rows + MORE_ROWS
        values, masks = {}, {}
        used = np.zeros(length, bool)
        for field in line.field:
            raw = [row.get(field.key, "") for row in rows] + [""] * (length - len(rows))
            raw = ["" if cell is None else printable(cell) if isinstance(cell, str) else cell for cell in raw]
            options = tracker.template.options(field) if field.type == "choice" else ()
            column = read_column(field, options, raw)
            used |= [not is_blank(cell) for cell in raw]
            values[field.key] = rule_values(field, column.values, column.unreadable)
            masks[field.key] = column.unreadable
        inputs[key] = Inputs(np.zeros(length, np.int64), {**values, "used": used}, masks)
    return open_book(tracker.template, inputs, tracker.as_at)
