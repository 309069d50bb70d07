"""The rows of a new tracker: the template's indicators, and a measurement of each for each month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

from qipxl.periods import Period
from qipxl.template import Template
from qipxl.tracker.content import Rows

MONTHS = 24
"""The number of months with a row for measurements; the last is the tracker's month. The earlier ones are optional: a baseline
of 12 months or more before an action, and 7 after it, let its figures be judged."""


def initial_rows(template: Template, period: Period) -> Rows:
    """The rows of the tables indicators and measurements; empty if the template declares no indicator."""
    if not template.indicator:
        return {}
    indicators = [
        {
            "ref": line.ref, "indicator": line.name, "unit_counted": line.unit, "numerator_is": line.numerator,
            "denominator_is": line.denominator or None, "per": line.per, "direction": line.direction, "target": line.target,
        }
        for line in template.indicator
    ]  # fmt: skip
    measurements = [
        {"ref": f"{line.ref} {month:%Y-%m}", "indicator": line.ref, "month": month}
        for line in template.indicator
        for month in months_to(period)
    ]
    return sorted_rows(template, {"indicators": indicators, "measurements": measurements})


def sorted_rows(template: Template, rows: Mapping[str, Sequence[Mapping[str, object]]]) -> Rows:
    """The rows of each table in the order that its template gives them, such as the latest month first."""
    in_order = {}
    for key, of_table in rows.items():
        in_order[key] = list(of_table)
        for name in reversed(template.tables[key].sort):
            in_order[key].sort(key=partial(day_rank, name))
    return in_order


def day_rank(name: str, row: Mapping[str, object]) -> int:
    """Where a row comes by the date in a field: without one before all others; with a - before the name the latest first."""
    day = row.get(name.removeprefix("-"))
    if not isinstance(day, date):
        return -date.max.toordinal()
    return -day.toordinal() if name.startswith("-") else day.toordinal()


def months_to(period: Period, months: int = MONTHS) -> list[date]:
    """The first days of a number of months up to and including a period."""
    return [period.plus(later).first for later in range(1 - months, 1)]
