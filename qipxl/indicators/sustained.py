"""Whether an improvement has been sustained: one computable definition, the same for every service.

Sustained, when all of these hold:
  A  12 points or more before the action and 7 or more in months after its completion; the latest is no older than two
     reporting periods, and none of the latest seven is missing;
  B  the latest seven points are all on the better side of the baseline's mean, which stays frozen;
  C  since that run began nothing warns in the other direction;
  D  the run began after completion;
  E  for counts: so few events (so many, where more are better) have a chance of at most 0.05 without any change;
  F  the run spans six months or more.
Otherwise the first of the other states that applies. docs/indicators.md has them with their reasons.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from qipxl.errors import RequestError
from qipxl.indicators.action_dates import Action
from qipxl.indicators.arrays import Floats, Ints, alike, numbers
from qipxl.indicators.baseline import baseline_of
from qipxl.indicators.calendar import Days, Reporting, When, days_of, last_day, month_numbers
from qipxl.indicators.event_counts import Counts
from qipxl.indicators.evidence import Evidence
from qipxl.indicators.phases import Phases
from qipxl.indicators.rule_sets import MAKING_DATA_COUNT, sign_of
from qipxl.indicators.special_causes import signals
from qipxl.indicators.verdict import Verdict
from qipxl.indicators.verdict_rules import Verdicts


def sustained(
    values: ArrayLike,
    *,
    months: Sequence[When],
    completed_on: When | None,
    direction: str,
    as_at: When,
    started_on: When | None = None,
    numerator: ArrayLike | None = None,
    exposure: ArrayLike | None = None,
) -> Verdict:
    """Judge one series of values about one action; values dated after `as_at` are not looked at.

    For counts, and rates of counts, give `numerator` (the events behind each value) and `exposure` (such as bed days;
    without it every month counts the same); for percentages leave both out. Without `started_on` the baseline ends
    before the month of completion.
    """
    events, over = (None if each is None else numbers(each, 1)[None] for each in (numerator, exposure))
    return sustained_many(
        numbers(values, 1)[None],
        months=months,
        completed_on=[completed_on],
        direction=direction,
        as_at=as_at,
        started_on=[started_on],
        numerator=events,
        exposure=over,
    ).verdict(0)


def sustained_many(
    values: ArrayLike,
    *,
    months: Sequence[When],
    completed_on: Sequence[When | None],
    direction: str | Sequence[str],
    as_at: When,
    started_on: Sequence[When | None] | None = None,
    numerator: ArrayLike | None = None,
    exposure: ArrayLike | None = None,
) -> Verdicts:
    """Judge many series at once: a row each, months as columns. Measured series have NaN for numerators."""
    days, now = days_of(months), last_day(as_at)
    order = np.argsort(days, kind="stable")
    calendar = Reporting.of(days[order])
    table = in_order(numbers(values, 2), order)
    table = np.where(calendar.until(now), table, np.nan)
    sign = signs(direction, len(table))
    action = Action.of(row_each(started_on, len(table)), row_each(completed_on, len(table)), now)
    phases = Phases.of(table.shape, None, calendar.after_gap)
    baseline = baseline_of(table, action.before(month_numbers(calendar.days)), phases, sign)
    found = signals(table, baseline.lines, phases.follows, baseline.slack, MAKING_DATA_COUNT)
    evidence = Evidence(table, calendar, phases, action, baseline, found, sign, now)
    if numerator is None:
        return Verdicts(evidence, *np.full((2, len(table)), np.nan))
    counts = Counts.of(*(in_order(each, order) for each in behind(table, numerator, exposure)))
    before, after = baseline.used, evidence.post
    return Verdicts(evidence, counts.chance(before, after, sign), counts.event_free(before, after))


def behind(table: Floats, numerator: ArrayLike, exposure: ArrayLike | None) -> tuple[Floats, Floats]:
    """The events and the exposure behind a table of values; an exposure of 1 everywhere where none is given."""
    events = numbers(numerator, 2, "numerators")
    over = np.ones_like(table) if exposure is None else numbers(exposure, 2, "exposures")
    alike(table, events, "numerators")
    alike(table, over, "exposures")
    return events, over


def in_order(table: Floats, order: Ints) -> Floats:
    """A table with its columns in the order of their months."""
    if table.shape[1] != order.size:
        raise RequestError(f"There must be as many months as values: {order.size} stand beside {table.shape[1]}.")
    return table[:, order]


def row_each(dates: Sequence[When | None] | None, rows: int) -> Days:
    """A date for each series, or none."""
    days = days_of([None] * rows if dates is None else dates)
    if days.size != rows:
        raise RequestError(f"There must be a date, or None, for each series: {days.size} stand beside {rows}.")
    return days


def signs(direction: str | Sequence[str], rows: int) -> Ints:
    """Which way is better for each series; raises RequestError for neutral, which has no better side."""
    names = [direction] * rows if isinstance(direction, str) else list(direction)
    found = np.array([sign_of(name) for name in names])
    if found.size != rows or not found.all():
        raise RequestError("Improvement needs a better side for each series: choose “increase” or “decrease”.")
    return found
