"""Earlier months of the archive for a summary: what each month counted, and how the counts have changed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from qipxl.archive.actions import full_rows, repeat_finished
from qipxl.archive.store import KEY, Archive
from qipxl.periods import Period
from qipxl.summary.summary import ProviderSummary
from qipxl.text import folded

MONTHS = 12
"""How many months a summary looks back."""
LINE = ("service", "region", "period", "headline")
BACK = {"now": 0, "month_before": 1, "three_before": 3}
"""How many months back each column of movement is."""
WHOLE = "Whole provider"


def finished_before(summary: ProviderSummary, archive: Archive, lines: pd.DataFrame, period: Period) -> pd.DataFrame:
    """The actions that were found embedded or withdrawn in earlier months and have left their plans since, as `summary.actions` has them.

    `lines` has the rated actions of the months before `period` (`qipxl.archive.actions.rated_actions`).
    """
    if not len(lines):
        return summary.actions.head(0)
    now = summary.actions
    accepted = summary.returns.accepted
    present = pd.DataFrame({"service": now["service"], "action": [folded(ref) for ref in now["ref"]]})
    present = present.assign(period=str(period), finished=False)
    sent = pd.DataFrame({"service": accepted["service"], "period": str(period)})
    carried = repeat_finished(pd.concat([lines, present], ignore_index=True), sent)
    if not len(carried):
        return now.head(0)
    wanted = carried.assign(period=carried["found"])[[*KEY, "row"]]
    return full_rows(archive.before(period), wanted, now)


def history(summary: ProviderSummary, archive: Archive, lines: pd.DataFrame, period: Period) -> pd.DataFrame:
    """How many actions of each service had each letter of the headline, in this month and up to MONTHS before.

    `lines` has the rated actions of the months before `period` (`qipxl.archive.actions.rated_actions`). Columns: `period`,
    `region`, `service`, `letter` (empty: the service sent a return), `actions`.
    """
    sent = archive.before(period).latest[["service", "region", "period"]]
    both = pd.concat([lines[list(LINE)], repeat_finished(lines, sent)[list(LINE)]]) if len(lines) else lines[list(LINE)]
    first = str(period.plus(-MONTHS))
    now = summary.actions[["service", "region", "headline"]].assign(period=str(period))
    counted = pd.concat([both[both["period"] >= first], now], ignore_index=True)
    counted["letter"] = counted["headline"].map({state.word: state.letter for state in summary.headline.states})
    accepted = summary.returns.accepted[["service", "region"]].drop_duplicates("service").assign(period=str(period))
    returned = pd.concat([sent[sent["period"] >= first], accepted], ignore_index=True).assign(letter="")
    where = ["period", "region", "service", "letter"]
    rows = pd.concat([counted[where], returned[where]], ignore_index=True)
    return rows.value_counts(where, sort=False).rename("actions").reset_index().sort_values(where, ignore_index=True)


def movement(history: pd.DataFrame, period: Period, letters: Sequence[str]) -> pd.DataFrame:
    """A line for the returns and for every letter of the headline, for each region and for the whole provider.

    `history` is the frame from the function of that name. Columns: `region`, `letter` (empty for the returns), `now`,
    `month_before`, `three_before` (NaN for a month without any return) and `change`, in words. Counts use the ratings given
    then, of the returns that are used now.
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
    changes = [change_words(a - b) for a, b in zip(frame["now"], frame["month_before"], strict=True)]
    return frame.assign(change=changes).reset_index()


def change_words(difference: float) -> str:
    """A difference from the month before: an arrow and words."""
    if np.isnan(difference):
        return "no earlier month"
    if not difference:
        return "= the same"
    return f"{'▲' if difference > 0 else '▼'} {abs(difference):g} {'more' if difference > 0 else 'fewer'}"
