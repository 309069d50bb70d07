"""What the services say of each series, as judging it needs it: which way is better, what is counted, since when."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.indicators.series import Floats, Series
from qipxl.text import folded

DIRECTIONS = {"lower is better": "decrease", "higher is better": "increase"}
"""A template's words for which way is better; any other is neutral."""


def directions_of(series: Series) -> list[str]:
    """Which way is better for each series."""
    return [DIRECTIONS.get(folded(each), "neutral") for each in series.lines["direction"]]


def kinds_of(series: Series) -> list[str]:
    """What each series counts: a percentage, a rate, whole counts, or a measure."""
    kinds = []
    for per, values in zip(series.lines["per"], series.values, strict=True):
        whole = bool(np.all(values[~np.isnan(values)] % 1 == 0))
        kinds.append("percentage" if per == 100 else "rate" if per == per else "count" if whole else "measure")
    return kinds


def shown_values(series: Series) -> Floats:
    """The figures from the beginning of each baseline on, where one is given."""
    starts = series.lines["baseline_from"]
    firsts = np.array([month.first for month in series.months], dtype="datetime64[D]")
    begun = firsts[None, :] >= month_of(starts)[:, None]
    return np.where(begun | starts.isna().to_numpy()[:, None], series.values, np.nan)


def month_of(days: pd.Series) -> NDArray[np.datetime64]:
    """The first day of each day's month; no day stays none."""
    return pd.to_datetime(days).to_numpy("datetime64[M]").astype("datetime64[D]")


def rebased(series: Series) -> NDArray[np.bool_]:
    """Where new limits begin: in the month that a service gives with a reason, and where with one the definition changed."""
    firsts = np.array([month.first for month in series.months], dtype="datetime64[D]")
    reason = (series.lines["change_reason"].fillna("") != "").to_numpy()[:, None]
    asked = firsts == month_of(series.lines["rebased_on"])[:, None]
    return np.asarray((asked & reason) | ((firsts == changes_of(series)[:, None]) & explained(series)[:, None]))


def changes_of(series: Series) -> NDArray[np.datetime64]:
    """The first month in which each series counts what it counts now; none where nothing changed."""
    return month_of(pd.to_datetime(series.lines["changed_in"].replace("", None)))


def explained(series: Series) -> NDArray[np.bool_]:
    """Whether a reason was given for what changed."""
    return series.lines["explained"].to_numpy(bool)


def latest_phase(rebases: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which columns of each series lie in its latest phase."""
    later = np.cumsum(rebases, axis=1)
    return np.asarray(later == later[:, -1:])
