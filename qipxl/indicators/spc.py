"""Charts of one indicator over time: mean, limits, which dots stand out, and what the latest says.

Two sets of rules: `making-data-count` (as the NHS "Making Data Count" tools are reported to work) unless the caller asks
for `plot-the-dots`, which gives what the R package NHSRplotthedots 0.2.2 gives. docs/indicators.md has them side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qipxl.errors import RequestError
from qipxl.indicators.arrays import Bools, Floats, Ints, alike, divided, numbers
from qipxl.indicators.calendar import Reporting, When, days_of
from qipxl.indicators.centre_lines import p_lines, xmr_lines
from qipxl.indicators.chart import Chart, Charts, judged
from qipxl.indicators.phases import Phases
from qipxl.indicators.rule_sets import MAKING_DATA_COUNT, RuleSet, rule_set

LEAST_FIXED = 12
"""Limits can be fixed after this many points or more."""


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
    """Judge many series at once: a row each, months as columns from oldest to latest, NaN for a missing value.

    `direction` and `target` are one for all or one for each series (NaN for no target). `rebases` is true where a new
    phase begins and `after_gap` where a month is missing before a column; one row for all or a row each.
    """
    table, ruled = numbers(values, 2), rule_set(rules)
    phases = Phases.of(table.shape, rebases, after_gap)
    lines = xmr_lines(table, phases, phases.first(checked(fix_after)), ruled.screens if screen is None else screen)
    return judged(table, lines, phases, ruled, direction, target)


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

    A missing value (None or NaN) is a gap: it breaks runs and takes both moving ranges beside it away. Under
    `making-data-count` a month with no row is a gap too; under `plot-the-dots` its neighbours count as next to each
    other. `rebase` lists dates that begin a new phase (without `dates`: places, counted from 0). `fix_after` takes mean
    and limits from the first so many points of each phase; `screen` overrides the set of rules.
    """
    series = numbers(values, 1)
    axis = Axis.of(series, dates, rebase, rule_set(rules))
    charts = xmr_many(
        series[None, axis.order],
        direction=direction,
        target=target,
        rebases=axis.rebases,
        after_gap=axis.after_gap,
        fix_after=fix_after,
        screen=screen,
        rules=rules,
    )
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
    """Judge one series of proportions, each with limits as wide as its own denominator makes them.

    For percentages of few: 3 of 4 is no firmer than it is. Values, mean, limits and `target` are shares from 0 to 1; a
    month with a denominator of 0 is a gap. The tests of the dots are those of `xmr`.
    """
    above, below = numbers(numerator, 1, "numerators"), numbers(denominator, 1, "denominators")
    axis = Axis.of(above, dates, rebase, rule_set(rules))
    alike(above, below, "denominators")
    charts = p_many(
        above[None, axis.order],
        below[None, axis.order],
        direction=direction,
        target=target,
        rebases=axis.rebases,
        after_gap=axis.after_gap,
        fix_after=fix_after,
        rules=rules,
    )
    return charts.chart(0, axis.x, axis.unused)


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
    """Judge many series of proportions at once, as `p_chart` does one and with the shapes of `xmr_many`."""
    above, below = numbers(numerators, 2, "numerators"), numbers(denominators, 2, "denominators")
    alike(above, below, "denominators")
    if np.any((above < 0) | (below < 0) | (above > below)):
        raise RequestError("A numerator must lie between 0 and its denominator.")
    ruled, phases = rule_set(rules), Phases.of(above.shape, rebases, after_gap)
    above, below = (np.where(below > 0, each, np.nan) for each in (above, below))
    lines = p_lines(above, below, phases, phases.first(checked(fix_after)))
    return judged(divided(above, below), lines, phases, ruled, direction, target)


def checked(fix_after: int | None) -> int | None:
    """The number of points to fix limits after; raises RequestError for too few."""
    if fix_after is not None and fix_after < LEAST_FIXED:
        raise RequestError(f"Limits can be fixed after {LEAST_FIXED} points or more, not after {fix_after}.")
    return fix_after


@dataclass(frozen=True)
class Axis:
    """The points of one series in order: their dates or places, where phases begin and where months are missing."""

    order: Ints
    x: NDArray[np.generic]
    rebases: Bools
    after_gap: Bools
    unused: tuple[str, ...]

    @classmethod
    def of(cls, series: Floats, dates: Sequence[When] | None, rebase: Sequence[When | int], rules: RuleSet) -> Axis:
        """The axis of a series; without dates its points are counted from 0."""
        if dates is None:
            places, wanted = np.arange(series.size), np.asarray(rebase, dtype=np.int64)
            return cls(
                places, places, np.isin(places, wanted), np.zeros(series.size, dtype=bool), unused(wanted, places)
            )
        days, began = days_of(dates), days_of(rebase)
        if days.size != series.size:
            raise RequestError(f"There must be as many dates as values: {days.size} stand beside {series.size}.")
        order = np.argsort(days, kind="stable")
        calendar = Reporting.of(days[order])
        gaps = calendar.after_gap & rules.gaps_break
        return cls(order, calendar.days, np.isin(calendar.days, began), gaps, unused(began, days))


def unused(wanted: NDArray[np.generic], there: NDArray[np.generic]) -> tuple[str, ...]:
    """The rebases that no point stands at."""
    return tuple(str(each) for each in wanted[~np.isin(wanted, there)])
