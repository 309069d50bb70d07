"""Every indicator judged: how much data there is, whether it has changed, whether it meets its target.

This module applies the statistics of `qipxl.indicators` to the services' series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from qipxl.indicators.arrays import Bools, Codes, Floats
from qipxl.indicators.baseline import MOST
from qipxl.indicators.chart_words import lines_with_words
from qipxl.indicators.definitions import kinds_of, latest_phase, rebased, shown_values
from qipxl.indicators.series import Series
from qipxl.indicators.service_charts import charts_of, sufficiencies_of
from qipxl.periods import Period

RULES = "making-data-count"
LEAST_BEFORE, LEAST_AFTER = 8, 7
"""The numbers of points before and after an action that limits of their own need, as for a provisional verdict."""


@dataclass(frozen=True)
class JudgedSeries:
    """Judged series.

    `lines` has the columns of the series' lines and: `latest_month`, `latest`, `latest_of` (its denominator), `mean`,
    `lower`, `upper` (NaN without limits), `variation`, `cause`, `target_met`, `words`, `points` (the number of points) and
    `chart` (see Sufficiency). `mean`, `lower`, `upper` and `points` are arrays of shape (series, months); the array `points`
    has the index of each point's type in POINT_TYPES.
    """

    series: Series
    rules: str
    lines: pd.DataFrame
    mean: Floats
    lower: Floats
    upper: Floats
    points: Codes

    def chosen(self, mask: Bools) -> JudgedSeries:
        """The series at which a mask is true."""
        lines = self.lines[mask].reset_index(drop=True)
        parts = (self.mean[mask], self.lower[mask], self.upper[mask], self.points[mask])
        return JudgedSeries(self.series.chosen(mask), self.rules, lines, *parts)


def judge_series(series: Series, rules: str = RULES) -> JudgedSeries:
    """Judge every series by a set of rules."""
    values, kinds, rebases = shown_values(series), kinds_of(series), rebased(series)
    phase = latest_phase(rebases)
    sufficiencies = sufficiencies_of(series, values, kinds, phase)
    charts = charts_of(series, values, rebases, sufficiencies, rules)
    limits = np.array([sufficiency.limits for sufficiency in sufficiencies], dtype=bool)[:, None]
    mean, lower, upper = (np.where(limits, table, np.nan) for table in (charts.mean, charts.lower, charts.upper))
    points = np.where(limits, charts.points, 0).astype(np.int8)
    lines = lines_with_words(series, values, phase, sufficiencies, charts)
    return JudgedSeries(series, rules, lines, mean, lower, upper, points)


def limits_around(
    judged: JudgedSeries, row: int, start: date | None, completed: date, left_out: Sequence[Period] = ()
) -> tuple[Floats, Floats, Floats] | None:
    """Mean, lower and upper limit of one series around an action (see `limits_around_many`); None if they are not known."""
    found = limits_around_many(judged, [row], [start], [completed], [left_out])
    lines = (found[0][0], found[1][0], found[2][0])
    return None if np.isnan(lines[0]).all() else lines


def limits_around_many(
    judged: JudgedSeries,
    rows: Sequence[int],
    starts: Sequence[date | None],
    completed: Sequence[date],
    left_out: Sequence[Sequence[Period]],
) -> tuple[Floats, Floats, Floats]:
    """Mean, lower and upper limit before each action and after the month of its completion, each from its own months.

    There is a row of the series, a start, a completion and the extreme months `left_out` for each action. Those before come from the
    months of a verdict's baseline: the latest MOST before the start, without `left_out`. They are NaN in earlier months, and from
    the month in which the action started (without a start: was completed) to that of its completion. They are NaN everywhere if the
    series has no limits, too few points on a side, or phases or a baseline of its own.
    """
    chosen = np.array(rows, dtype=np.int64)
    lines = judged.series.lines.iloc[chosen].reset_index(drop=True)
    series = Series(lines, judged.series.months, *(array[chosen] for array in judged.series.arrays))
    days, shown, phases = series.first_days[None, :], shown_values(series), rebased(series)
    begun = [start or done for start, done in zip(starts, completed, strict=True)]
    first, last = (
        np.array(each, dtype="datetime64[M]").astype("datetime64[D]")[:, None] for each in (begun, completed)
    )
    before, after = days < first, days > last
    before &= np.cumsum((~np.isnan(shown) & before)[:, ::-1], axis=1)[:, ::-1] <= MOST
    extreme = np.array([[month in each for month in series.months] for each in left_out], dtype=bool)
    values = np.where((before & ~extreme) | after, shown, np.nan)
    there = ~np.isnan(values)
    enough = ((there & before).sum(axis=1) >= LEAST_BEFORE) & ((there & after).sum(axis=1) >= LEAST_AFTER)
    own_limits = phases.any(axis=1) | lines["baseline_to"].notna().to_numpy(bool)
    usable = enough & ~own_limits & ~np.isnan(judged.mean[chosen]).all(axis=1)
    sufficiencies = sufficiencies_of(series, values, kinds_of(series), latest_phase(phases))
    begins = after & (np.cumsum(after, axis=1) == 1)
    charts = charts_of(series, values, phases | begins, sufficiencies, judged.rules)
    around = (before | after) & usable[:, None]
    mean, lower, upper = (np.where(around, table, np.nan) for table in (charts.mean, charts.lower, charts.upper))
    return mean, lower, upper
