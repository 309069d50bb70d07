"""The rows of a new tracker: the template's indicators, and a measurement of each for each month."""

from __future__ import annotations

from datetime import date

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
    return {"indicators": indicators, "measurements": measurements}


def months_to(period: Period, months: int = MONTHS) -> list[date]:
    """The first days of a number of months up to and including a period."""
    return [period.plus(later).first for later in range(1 - months, 1)]
