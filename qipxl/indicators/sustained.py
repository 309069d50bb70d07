"""Whether an improvement has been sustained: one computable definition, the same for every service.

An improvement is sustained if all of these hold:
  A  12 points or more before the action and 7 or more in months after its completion; the latest is no older than two
     reporting periods, and none of the latest seven is missing;
  B  the latest seven points are all on the better side of the baseline's mean, which is frozen;
  C  since that run began there is no special cause in the other direction;
  D  the run began after the action did (without a start: after completion), so it may have worked before it was finished;
  E  for counts: a result this good has a chance of at most 0.05 if nothing has changed;
  F  the run spans six months or more.
Otherwise the verdict is the first of the other states that applies. docs/indicators.md explains them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from qipxl.errors import RequestError
from qipxl.indicators.action_dates import ActionDates
from qipxl.indicators.arrays import Floats, Ints, check_same_shape, numbers
from qipxl.indicators.baseline import baseline_of
from qipxl.indicators.calendar import Days, Reporting, When, days_of, last_day, month_numbers
from qipxl.indicators.event_counts import Counts
from qipxl.indicators.evidence import Evidence
from qipxl.indicators.phases import Phases
from qipxl.indicators.rule_sets import MAKING_DATA_COUNT, sign_of
from qipxl.indicators.special_causes import special_causes
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
    """Judge whether one series shows a sustained improvement after an action.

    Args:
        values: Numbers in one dimension, None or NaN for a missing one; values after `as_at` are ignored.
        months: A date or month per value, in any order.
        completed_on: The date on which the action was completed; None if it is not completed.
        direction: "increase" or "decrease", whichever is better.
        as_at: The date of judgement; a month means its last day.
        started_on: The date on which the action was started; without it the baseline ends before the month of completion.
        numerator: For counts and rates of counts, the number of events behind each value; leave it out for percentages.
        exposure: What the events are counted over, such as bed days; without it every month counts the same.

    Raises:
        RequestError: An argument has the wrong shape or an unknown value, or a month occurs twice.

    >>> from qipxl import Period
    >>> months = [Period(2024, 1).plus(number) for number in range(24)]
    >>> values = [20, 22, 21, 23] * 3 + [15, 14, 15, 13] * 3
    >>> verdict = sustained(values, months=months, completed_on="2025-01-15", direction="decrease", as_at="2025-12")
    >>> verdict.state.value, verdict.run
    ('Sustained', 12)
    """
    events, over = (None if given is None else numbers(given, 1)[None] for given in (numerator, exposure))
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
    """Judge many series at once: a row per series, a column per month; numerators are NaN for series that are not counts."""
    days, now = days_of(months), last_day(as_at)
    order = np.argsort(days, kind="stable")
    calendar = Reporting.of(days[order])
    table = in_order(numbers(values, 2), order)
    table = np.where(calendar.until(now), table, np.nan)
    sign = signs(direction, len(table))
    action = ActionDates.of(row_each(started_on, len(table)), row_each(completed_on, len(table)), now)
    phases = Phases.of(table.shape, None, calendar.after_gap)
    baseline = baseline_of(table, action.before(month_numbers(calendar.days)), phases, sign)
    causes = special_causes(table, baseline.lines, phases.follows, baseline.slack, MAKING_DATA_COUNT)
    evidence = Evidence(table, calendar, phases, action, baseline, causes, sign, now)
    if numerator is None:
        return Verdicts(evidence, *np.full((2, len(table)), np.nan))
    counts = Counts.of(*(in_order(given, order) for given in counts_behind(table, numerator, exposure)))
    before, after = baseline.used, evidence.post
    return Verdicts(evidence, counts.chance(before, after, sign), counts.event_free(before, after))


def counts_behind(table: Floats, numerator: ArrayLike, exposure: ArrayLike | None) -> tuple[Floats, Floats]:
    """The events and the exposure behind a table of values; without `exposure` it is 1 everywhere."""
    events = numbers(numerator, 2, "numerators")
    over = np.ones_like(table) if exposure is None else numbers(exposure, 2, "exposures")
    check_same_shape(table, events, "numerators")
    check_same_shape(table, over, "exposures")
    return events, over


def in_order(table: Floats, order: Ints) -> Floats:
    """A table with its columns in the order of their months."""
    if table.shape[1] != order.size:
        raise RequestError(
            f"There must be one month per value: there are {order.size} months and {table.shape[1]} values."
        )
    return table[:, order]


def row_each(dates: Sequence[When | None] | None, rows: int) -> Days:
    """A date per series, or none."""
    days = days_of([None] * rows if dates is None else dates)
    if days.size != rows:
        raise RequestError(f"There must be a date, or None, per series: there are {days.size} dates and {rows} series.")
    return days


def signs(direction: str | Sequence[str], rows: int) -> Ints:
    """Which way is better for each series, as a sign; raises RequestError for neutral, which has no better side."""
    names = [direction] * rows if isinstance(direction, str) else list(direction)
    found = np.array([sign_of(name) for name in names])
    if found.size != rows or not found.all():
        raise RequestError("Improvement needs a better side for each series: choose “increase” or “decrease”.")
    return found
