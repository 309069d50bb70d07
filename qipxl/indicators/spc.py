"""Charts of indicators over time: mean, limits, special causes, and the result of the latest point.

There are two sets of rules: `making-data-count`, as the NHS "Making Data Count" tools are reported to work, is the default;
`plot-the-dots` gives the results of the R package NHSRplotthedots 0.2.2. docs/indicators.md compares them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qipxl.errors import RequestError
from qipxl.indicators.arrays import Floats, Ints, check_same_shape, divided, numbers
from qipxl.indicators.calendar import Reporting, When, days_of
from qipxl.indicators.centre_lines import p_lines, xmr_lines
from qipxl.indicators.chart import Chart, Charts, judge
from qipxl.indicators.phases import Phases
from qipxl.indicators.rule_sets import MAKING_DATA_COUNT, Directions, RuleSet, rule_set

LEAST_FIXED = 12
"""The smallest number of points that limits can be fixed on."""


def xmr_many(
    values: ArrayLike,
    *,
    direction: str | Sequence[str],
    target: ArrayLike | None = None,
    rebases: ArrayLike | None = None,
    after_gap: ArrayLike | None = None,
    fix_after: int | None = None,
    screen: bool | None = None,
    rules: str = MAKING_DATA_COUNT.name,
) -> Charts:
    """Judge many series at once: `values` has a row per series, a column per month from oldest to latest, NaN for none.

    `direction` and `target` are one for all or one per series (NaN for no target). `rebases` is true where a new phase
    begins, `after_gap` where a month is missing before a column: one row for all series or a row per series.
    """
    table, ruled = numbers(values, 2), rule_set(rules)
    return xmr_charts(table, Phases.of(table.shape, rebases, after_gap), ruled, direction, target, fix_after, screen)


def xmr(
    values: ArrayLike,
    *,
    dates: Sequence[When] | None = None,
    direction: str,
    target: float | None = None,
    rebase: Sequence[When | int] = (),
    fix_after: int | None = None,
    screen: bool | None = None,
    rules: str = MAKING_DATA_COUNT.name,
) -> Chart:
    """Judge one series of single values, such as a count or a rate for each month.

    Args:
        values: Numbers in one dimension. A missing value (None or NaN) is a gap: it breaks runs and removes the moving
            ranges on both sides.
        dates: A date or month per value, in any order; without them values are in order and next to each other. With
            `making-data-count` a missing month is a gap; with `plot-the-dots` its neighbours are next to each other.
        direction: "increase" or "decrease", whichever is better, or "neutral".
        target: A value to be met, in the unit of the values; no target by default.
        rebase: The dates (without `dates`: indexes from 0) at which a new phase with its own limits begins.
        fix_after: Compute mean and limits from this number of points at the start of each phase, 12 or more; from all
            points by default.
        screen: Whether to leave moving ranges far above the average out of the limits; by default the rules decide.
        rules: "making-data-count" or "plot-the-dots".

    Raises:
        RequestError: An argument has the wrong shape or an unknown value, or a date occurs twice.

    >>> chart = xmr([20, 22, 21, 23, 20, 22, 21, 20, 23, 21, 22, 20, 35], direction="decrease")
    >>> chart.variation_type, str(chart.special_cause_type[-1])
    ('special_cause_concern', 'Above UCL')
    """
    series = numbers(values, 1)
    axis = Axis.of(series, dates, rebase, rule_set(rules))
    charts = xmr_charts(series[None, axis.order], axis.phases, rule_set(rules), direction, target, fix_after, screen)
    return charts.chart(0, axis.x, axis.unused)


def p_chart(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    dates: Sequence[When] | None = None,
    direction: str,
    target: float | None = None,
    rebase: Sequence[When | int] = (),
    fix_after: int | None = None,
    rules: str = MAKING_DATA_COUNT.name,
) -> Chart:
    """Judge one series of proportions; each point's limits depend on its own denominator.

    Use it for percentages of small numbers. Values, mean, limits and `target` are shares from 0 to 1; a month with a
    denominator of 0 is a gap. The other parameters and the tests of the points are those of `xmr`.

    >>> chart = p_chart([9, 8, 0], [10, 10, 0], direction="increase")
    >>> round(float(chart.mean[0]), 2)
    0.85
    """
    above, below = numbers(numerator, 1, "numerators"), numbers(denominator, 1, "denominators")
    axis = Axis.of(above, dates, rebase, rule_set(rules))
    check_same_shape(above, below, "denominators")
    above, below = above[None, axis.order], below[None, axis.order]
    return p_charts(above, below, axis.phases, rule_set(rules), direction, target, fix_after).chart(
        0, axis.x, axis.unused
    )


def p_many(
    numerators: ArrayLike,
    denominators: ArrayLike,
    *,
    direction: str | Sequence[str],
    target: ArrayLike | None = None,
    rebases: ArrayLike | None = None,
    after_gap: ArrayLike | None = None,
    fix_after: int | None = None,
    rules: str = MAKING_DATA_COUNT.name,
) -> Charts:
    """Judge many series of proportions at once: `p_chart` with the shapes of `xmr_many`."""
    above, below = numbers(numerators, 2, "numerators"), numbers(denominators, 2, "denominators")
    check_same_shape(above, below, "denominators")
    return p_charts(
        above, below, Phases.of(above.shape, rebases, after_gap), rule_set(rules), direction, target, fix_after
    )


def xmr_charts(
    table: Floats, phases: Phases, rules: RuleSet, direction: Directions, target: ArrayLike | None,
    fix_after: int | None, screen: bool | None,
) -> Charts:  # fmt: skip
    """`xmr_many` with phases and a set of rules."""
    lines = xmr_lines(table, phases, phases.first(checked(fix_after)), rules.screens if screen is None else screen)
    return judge(table, lines, phases, rules, direction, target)


def p_charts(
    above: Floats, below: Floats, phases: Phases, rules: RuleSet, direction: Directions, target: ArrayLike | None,
    fix_after: int | None,
) -> Charts:  # fmt: skip
    """`p_many` with phases and a set of rules; raises RequestError for a numerator above its denominator."""
    if np.any((above < 0) | (below < 0) | (above > below)):
        raise RequestError("A numerator must lie between 0 and its denominator.")
    above, below = (np.where(below > 0, table, np.nan) for table in (above, below))
    lines = p_lines(above, below, phases, phases.first(checked(fix_after)))
    return judge(divided(above, below), lines, phases, rules, direction, target)


def checked(fix_after: int | None) -> int | None:
    """The number of points to fix limits on; raises RequestError if there are too few."""
    if fix_after is not None and fix_after < LEAST_FIXED:
        raise RequestError(f"Limits can be fixed after {LEAST_FIXED} points or more, not after {fix_after}.")
    return fix_after


@dataclass(frozen=True)
class Axis:
    """The points of one series in order: their dates or indexes, their phases, and the rebases that no point has."""

    order: Ints
    x: NDArray[np.generic]
    phases: Phases
    unused: tuple[str, ...]

    @classmethod
    def of(cls, series: Floats, dates: Sequence[When] | None, rebase: Sequence[When | int], rules: RuleSet) -> Axis:
        """The axis of a series; without dates its points are numbered from 0."""
        if dates is None:
            indexes, rebases = np.arange(series.size), np.asarray(rebase, dtype=np.int64)
            phases = Phases.of((1, series.size), np.isin(indexes, rebases))
            return cls(indexes, indexes, phases, unused(rebases, indexes))
        days, began = days_of(dates), days_of(rebase)
        if days.size != series.size:
            raise RequestError(
                f"There must be one date per value: there are {days.size} dates and {series.size} values."
            )
        order = np.argsort(days, kind="stable")
        calendar = Reporting.of(days[order])
        gaps = calendar.after_gap & rules.gaps_break
        phases = Phases.of((1, series.size), np.isin(calendar.days, began), gaps)
        return cls(order, calendar.days, phases, unused(began, days))


def unused(rebases: NDArray[np.generic], points: NDArray[np.generic]) -> tuple[str, ...]:
    """The rebases at which there is no point."""
    return tuple(str(rebase) for rebase in rebases[~np.isin(rebases, points)])
