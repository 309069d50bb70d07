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
    """Mean, lower and upper limit of a series before an action and after the month of its completion, each from its own months.

    Those before come from the months of a verdict's baseline: the latest MOST before the start, without `left_out`. They are NaN
    in earlier months, and from the month in which it started (without a start: was completed) to that of its completion. None if the series
    has no limits, too few points on a side, or phases or a baseline of its own.
    """
    series = judged.series.chosen(np.arange(len(judged.series)) == row)
    phases, fixed = rebased(series), series.lines["baseline_to"].notna()
    if np.isnan(judged.mean[row]).all() or phases.any() or fixed.any():
        return None
    own = ~np.isnan(shown_values(series)[0])
    before = series.first_days < np.datetime64(start or completed, "M")
    before &= np.cumsum((own & before)[::-1])[::-1] <= MOST
    after = series.first_days > np.datetime64(completed, "M")
    extreme = np.isin(series.first_days, np.array([month.first for month in left_out], dtype="datetime64[D]"))
    values = np.where((before & ~extreme) | after, shown_values(series), np.nan)
    there = ~np.isnan(values[0])
    if (there & before).sum() < LEAST_BEFORE or (there & after).sum() < LEAST_AFTER:
        return None
    sufficiencies = sufficiencies_of(series, values, kinds_of(series), latest_phase(phases))
    begins = series.first_days == series.first_days[after][0]
    charts = charts_of(series, values, phases | begins, sufficiencies, judged.rules)
    mean, lower, upper = (
        np.where(before | after, table[0], np.nan) for table in (charts.mean, charts.lower, charts.upper)
    )
    return mean, lower, upper
