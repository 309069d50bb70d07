"""The verdict on each action from the figures of its linked indicator: has an improvement been sustained?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from qipxl.archive.store import folded_texts
from qipxl.indicators import Verdict, before_after, sustained_many
from qipxl.indicators.arrays import Floats
from qipxl.indicators.definitions import changes_of, directions_of, explained, kinds_of, shown_values
from qipxl.indicators.series import Series

ActionKey = tuple[str, str]
"""A service's code and an action's Ref, both folded."""


def verdicts_of(links: pd.DataFrame, series: Series, as_at: date) -> dict[ActionKey, Verdict]:
    """The verdict on each action that links an indicator of its service.

    `links` has `code` and `action`, both folded, the `row` of the series, `start` and `completed_on`.
    Only figures by the present definition are compared, and none if it changed without a reason. The beginning of a baseline
    is used only if there is a reason. Indicators without a better side have no verdict.
    """
    directions, kinds = directions_of(series), kinds_of(series)
    unexplained = (changes_of(series) == changes_of(series)) & ~explained(series)
    rows = links["row"].to_numpy(int)
    judgeable = np.array([directions[row] != "neutral" and not unexplained[row] for row in rows], dtype=bool)
    chosen, rows = list(links[judgeable].itertuples()), rows[judgeable]
    if not chosen:
        return {}
    values = comparable(series)[rows]
    events = series.numerators[rows]
    whole = np.all((events % 1 == 0) | np.isnan(events), axis=1)
    counted = np.array([kinds[row] in ("count", "rate") for row in rows]) & whole
    verdicts = sustained_many(
        values,
        months=list(series.months),
        completed_on=[day_or_none(line.completed_on) for line in chosen],
        direction=[directions[row] for row in rows],
        as_at=as_at,
        started_on=[day_or_none(line.start) for line in chosen],
        numerator=np.where(counted[:, None], events, np.nan),
        exposure=np.where(np.isnan(series.denominators[rows]), 1.0, series.denominators[rows]),
    )
    return {(str(line.code), str(line.action)): verdicts.verdict(index) for index, line in enumerate(chosen)}


def comparable(series: Series) -> Floats:
    """The figures that may be compared: by the present definition, and after the beginning of a baseline with a reason."""
    reason = (series.lines["change_reason"].fillna("") != "").to_numpy()[:, None]
    values = np.where(reason, shown_values(series), series.values)
    return np.where(series.first_days[None, :] < changes_of(series)[:, None], np.nan, values)


def before_and_after(series: Series, row: int, start: date | None, completed: date | None) -> str:
    """The exact comparison of events before and after an action, in words; empty if either has no month."""
    if completed is None:
        return ""
    months = series.first_days.astype("datetime64[M]")
    there = ~np.isnan(series.values[row])
    before = there & (months < np.datetime64(start or completed, "M"))
    after = there & (months > np.datetime64(completed, "M"))
    if not before.any() or not after.any():
        return ""
    exposure = np.where(np.isnan(series.denominators[row]), 1.0, series.denominators[row])
    counts = [int(series.numerators[row, part].sum()) for part in (before, after)]
    exposures = [float(exposure[part].sum()) for part in (before, after)]
    return before_after(*counts, *exposures, direction=directions_of(series)[row]).words


def rows_by_name(series: Series) -> Mapping[tuple[str, str], int]:
    """The row of each indicator by its folded service code and its folded Ref or name; a Ref takes precedence."""
    rows: dict[tuple[str, str], int] = {}
    for name in ("ref", "indicator"):
        pairs = zip(folded_texts(series.lines["service"]), folded_texts(series.lines[name]), strict=True)
        for row, pair in enumerate(pairs):
            rows.setdefault(pair, row)
    return rows


def day_or_none(day: object) -> date | None:
    """A value of a frame's date column as a date; None for a missing one."""
    return pd.Timestamp(str(day)).date() if day == day and day is not None else None
