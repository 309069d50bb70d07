"""What is said of every indicator: how much data there is, whether it changed, whether it meets its target.

The statistics are those of `qipxl.indicators`; here they are put to the services' series, and into words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.indicators.chart_words import said
from qipxl.indicators.definitions import kinds_of, latest_phase, rebased, shown_values
from qipxl.indicators.series import Floats, Series
from qipxl.indicators.service_charts import amounts_of, lines_of

RULES = "making-data-count"


@dataclass(frozen=True)
class Judged:
    """Series with what is said of each.

    `lines` has, beside what stands in the series' own: `latest_month`, `latest`, `latest_of` (its denominator), `mean`,
    `lower`, `upper` (NaN where no limits are due), `variation`, `cause`, `target_met`, `words`, `points` and `chart`, the
    kind of chart that is due. `points` holds the place of each dot's type in POINT_TYPES.
    """

    series: Series
    rules: str
    lines: pd.DataFrame
    mean: Floats
    lower: Floats
    upper: Floats
    points: NDArray[np.int8]

    def chosen(self, mask: NDArray[np.bool_]) -> Judged:
        """Some of the series."""
        lines = self.lines[mask].reset_index(drop=True)
        parts = (self.mean[mask], self.lower[mask], self.upper[mask], self.points[mask])
        return Judged(self.series.chosen(mask), self.rules, lines, *parts)


def judged(series: Series, rules: str = RULES) -> Judged:
    """Judge every series by a set of rules."""
    values, kinds, rebases = shown_values(series), kinds_of(series), rebased(series)
    phase = latest_phase(rebases)
    amounts = amounts_of(series, values, kinds, phase)
    lines = lines_of(series, values, rebases, amounts, rules)
    limits = np.array([amount.limits for amount in amounts], dtype=bool)[:, None]
    drawn = [np.where(limits, each, np.nan) for each in (lines.mean, lines.lower, lines.upper)]
    points = np.where(limits, lines.points, 0).astype(np.int8)
    return Judged(series, rules, said(series, values, phase, amounts, lines), drawn[0], drawn[1], drawn[2], points)
