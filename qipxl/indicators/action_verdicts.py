"""The verdict on an action from the figures of the indicator it links: has an improvement been sustained?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from qipxl.indicators import Verdict, before_after, sustained_many
from qipxl.indicators.definitions import changes_of, directions_of, explained, kinds_of, shown_values
from qipxl.indicators.series import Floats, Series
from qipxl.text import folded

Action = tuple[str, str]
"""A service's code and an action's Ref, both folded."""


def verdicts_of(links: pd.DataFrame, series: Series, as_at: date) -> dict[Action, Verdict]:
    """The verdict on each action that links an indicator of its service.

    `links` has `code` and `action`, both folded, the `row` of the series, `start` and `completed_on`. Only figures of what is
    counted now are compared, and none where that changed without a reason; a beginning of the baseline counts with a reason
    only. Indicators without a better side have no verdict.
    """
    ways, kinds = directions_of(series), kinds_of(series)
    unexplained = (changes_of(series) == changes_of(series)) & ~explained(series)
    rows = links["row"].to_numpy(int)
    judgeable = np.array([ways[row] != "neutral" and not unexplained[row] for row in rows], dtype=bool)
    wanted, at = list(links[judgeable].itertuples()), rows[judgeable]
    if not wanted:
        return {}
    values = comparable(series)[at]
    events = series.numerators[at]
    whole = np.all((events % 1 == 0) | np.isnan(events), axis=1)
    counted = np.array([kinds[row] in ("count", "rate") for row in at]) & whole
    verdicts = sustained_many(
        values,
        months=list(series.months),
        completed_on=[day_or_none(line.completed_on) for line in wanted],
        direction=[ways[row] for row in at],
        as_at=as_at,
        started_on=[day_or_none(line.start) for line in wanted],
        numerator=np.where(counted[:, None], events, np.nan),
        exposure=np.where(np.isnan(series.denominators[at]), 1.0, series.denominators[at]),
    )
    return {(str(line.code), str(line.action)): verdicts.verdict(place) for place, line in enumerate(wanted)}


def comparable(series: Series) -> Floats:
    """The figures that may be held against one another: of what is counted now, from an explained beginning of the baseline on."""
    firsts = np.array([month.first for month in series.months], dtype="datetime64[D]")
    reason = (series.lines["change_reason"].fillna("") != "").to_numpy()[:, None]
    values = np.where(reason, shown_values(series), series.values)
    return np.where(firsts[None, :] < changes_of(series)[:, None], np.nan, values)


def before_and_after(series: Series, row: int, start: date | None, completed: date | None) -> str:
    """Events before an action and after it compared exactly, in words; nothing where either has no month."""
    if completed is None:
        return ""
    firsts = np.array([month.first for month in series.months], dtype="datetime64[M]")
    there = ~np.isnan(series.values[row])
    before = there & (firsts < np.datetime64(start or completed, "M"))
    after = there & (firsts > np.datetime64(completed, "M"))
    if not before.any() or not after.any():
        return ""
    exposure = np.where(np.isnan(series.denominators[row]), 1.0, series.denominators[row])
    counts = [int(series.numerators[row, part].sum()) for part in (before, after)]
    over = [float(exposure[part].sum()) for part in (before, after)]
    return before_after(*counts, *over, direction=directions_of(series)[row]).words


def rows_by_name(series: Series) -> Mapping[tuple[str, str], int]:
    """The row of each indicator by its service's code and its Ref or its name, all folded; a Ref goes before a name."""
    rows: dict[tuple[str, str], int] = {}
    for name in ("ref", "indicator"):
        for row, (code, said_as) in enumerate(zip(series.lines["service"], series.lines[name], strict=True)):
            rows.setdefault((folded(code), folded(said_as)), row)
    return rows


def day_or_none(day: object) -> date | None:
    """A day of a frame; None for none."""
    return pd.Timestamp(str(day)).date() if day == day and day is not None else None
