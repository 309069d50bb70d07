"""How a provider's counts have moved: this month beside the month before and three months before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from qipxl.periods import Period

BACK = {"now": 0, "month_before": 1, "three_before": 3}
"""The months that stand beside one another, by the column they stand in."""
WHOLE = "Whole provider"


def movement(history: pd.DataFrame, period: Period, letters: Sequence[str]) -> pd.DataFrame:
    """A line per region and for the whole, and in each for the returns and for every letter of the headline.

    `history` is what `qipxl.archive.actions.history` gives. Columns: `region`, `letter` (empty for the returns), `now`,
    `month_before`, `three_before` (NaN for a month of which there is no return) and `change`, in words. Counts are those
    judged then, of the returns that count now.
    """
    months = [str(period.plus(-back)) for back in BACK.values()]
    own = history[history["period"].isin(months)]
    both = pd.concat([own, own.assign(region=WHOLE)])
    counts = both.groupby(["region", "letter", "period"])["actions"].sum().unstack("period", fill_value=0)
    regions = [WHOLE, *sorted(set(own["region"]))]
    index = pd.MultiIndex.from_product([regions, ["", *letters]], names=["region", "letter"])
    frame = counts.reindex(index=index, columns=months)
    there = [month in counts.columns for month in months]
    frame = frame.where(frame.notna() | ~np.array(there), 0.0).set_axis(list(BACK), axis=1).astype(float)
    changes = [in_words(a - b) for a, b in zip(frame["now"], frame["month_before"], strict=True)]
    return frame.assign(change=changes).reset_index()


def in_words(difference: float) -> str:
    """A difference to the month before, in words beside an arrow."""
    if np.isnan(difference):
        return "no earlier month"
    if not difference:
        return "= the same"
    return f"{'▲' if difference > 0 else '▼'} {abs(difference):g} {'more' if difference > 0 else 'fewer'}"
