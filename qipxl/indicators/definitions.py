"""How services define each series: which way is better, what is counted, since when."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.archive.store import folded_texts
from qipxl.indicators.arrays import Bools, Floats
from qipxl.indicators.series import Series

DIRECTIONS = {"lower is better": "decrease", "higher is better": "increase"}
"""A template's words for which way is better; any other is neutral."""


def directions_of(series: Series) -> list[str]:
    """Which way is better for each series: increase, decrease or neutral."""
    return [DIRECTIONS.get(text, "neutral") for text in folded_texts(series.lines["direction"])]


def kinds_of(series: Series) -> list[str]:
    """The kind of each series: percentage, rate, count (whole numbers) or measure."""
    kinds = []
    for per, values in zip(series.lines["per"], series.values, strict=True):
        whole = bool(np.all(values[~np.isnan(values)] % 1 == 0))
        kinds.append("percentage" if per == 100 else "rate" if per == per else "count" if whole else "measure")
    return kinds


def shown_values(series: Series) -> Floats:
    """The figures from the beginning of each series' baseline, if it has one; all figures otherwise."""
    starts = series.lines["baseline_from"]
    begun = series.first_days[None, :] >= month_of(starts)[:, None]
    return np.where(begun | starts.isna().to_numpy()[:, None], series.values, np.nan)


def month_of(days: pd.Series) -> NDArray[np.datetime64]:
    """The first day of each day's month; NaT for no day."""
    return pd.to_datetime(days).to_numpy("datetime64[M]").astype("datetime64[D]")


def rebased(series: Series) -> Bools:
    """Whether new limits begin in each month: as a service asks, or because a definition changed, each only with a reason."""
    days = series.first_days
    reason = (series.lines["change_reason"].fillna("") != "").to_numpy()[:, None]
    requested = days == month_of(series.lines["rebased_on"])[:, None]
    return np.asarray((requested & reason) | ((days == changes_of(series)[:, None]) & explained(series)[:, None]))


def changes_of(series: Series) -> NDArray[np.datetime64]:
    """The month since which each series is defined as now; NaT if it never changed."""
    return month_of(pd.to_datetime(series.lines["changed_in"].replace("", None)))


def explained(series: Series) -> Bools:
    """Whether a reason was given for each series' change of definition."""
    return series.lines["explained"].to_numpy(bool)


def latest_phase(rebases: Bools) -> Bools:
    """Whether each month is in its series' latest phase."""
    later = np.cumsum(rebases, axis=1)
    return np.asarray(later == later[:, -1:])
