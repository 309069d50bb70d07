"""Every indicator judged: how much data there is, whether it has changed, whether it meets its target.

This module applies the statistics of `qipxl.indicators` to the services' series.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from qipxl.indicators.arrays import Bools, Codes, Floats
from qipxl.indicators.chart_words import lines_with_words
from qipxl.indicators.definitions import kinds_of, latest_phase, rebased, shown_values
from qipxl.indicators.series import Series
from qipxl.indicators.service_charts import charts_of, sufficiencies_of

RULES = "making-data-count"


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
