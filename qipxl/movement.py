"""How a provider's counts have moved: this month beside the month before and three months before, from the archive."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qipxl.archive import KEY, Archive
from qipxl.consolidation import ProviderSummary
from qipxl.periods import Period

BACK = {"month_before": 1, "three_before": 3}
"""The months that this month is held against, by the column they stand in."""
WHOLE = "Whole provider"


def movement(summary: ProviderSummary, archive: Archive, period: Period) -> pd.DataFrame:
    """A line per region and for the whole, and in each for the returns and for every letter of the headline.

    Columns: `region`, `letter` (empty for the returns), `now`, `month_before`, `three_before` (NaN for a month of which
    the archive holds nothing) and `change`, in words. Counts are those judged then, of the returns that count now.
    """
    letters = summary.letters
    now = counted(summary.actions["region"], summary.actions["headline"], summary)
    accepted = summary.returns.accepted
    now = with_returns(now, accepted["region"], accepted["service"])
    columns = {"now": now}
    for name, months in BACK.items():
        columns[name] = earlier(summary, archive, period.plus(-months))
    seen = {str(region) for column in columns.values() for region, _ in column.index}
    regions = [WHOLE, *sorted(seen - {WHOLE})]
    index = pd.MultiIndex.from_product([regions, ["", *letters]], names=["region", "letter"])
    frame = pd.DataFrame({name: aligned(column, index) for name, column in columns.items()}, index=index)
    return frame.assign(change=changes(frame["now"], frame["month_before"])).reset_index()


def earlier(summary: ProviderSummary, archive: Archive, month: Period) -> pd.Series:
    """The counts of one earlier month; empty where the archive holds nothing of it."""
    own = Archive(archive.folder, archive.versions[archive.versions["period"] == str(month)])
    if not len(own.versions):
        return pd.Series(dtype=float)
    ratings, returns = own.table("actions-ratings"), own.latest
    region = returns.set_index(list(KEY))["region"]
    where = pd.MultiIndex.from_frame(ratings[list(KEY)])
    counts = counted(pd.Series(region.reindex(where).to_numpy()), ratings.get("headline", pd.Series()), summary)
    return with_returns(counts, returns["region"], returns["service"])


def counted(regions: pd.Series, words: pd.Series, summary: ProviderSummary) -> pd.Series:
    """How many headlines have each letter, by region and in all."""
    letters = {state.word: state.letter for state in summary.headline.states}
    frame = pd.DataFrame({"region": regions.to_numpy(), "letter": words.map(letters).to_numpy()})
    both = pd.concat([frame, frame.assign(region=WHOLE)])
    return both.value_counts(["region", "letter"]).astype(float)


def with_returns(counts: pd.Series, regions: pd.Series, services: pd.Series) -> pd.Series:
    """The same with the number of services that sent a return, under an empty letter."""
    frame = pd.DataFrame({"region": regions.to_numpy(), "letter": "", "service": services.to_numpy()})
    both = pd.concat([frame, frame.assign(region=WHOLE)])
    sent: pd.Series = both.drop_duplicates().value_counts(["region", "letter"]).astype(float)
    both_kinds: pd.Series = pd.concat([counts, sent])
    return both_kinds


def aligned(column: pd.Series, index: pd.MultiIndex) -> pd.Series:
    """A month's counts in every place: nought where it has returns and no such action, NaN where it has none at all."""
    found = column.reindex(index)
    return found.fillna(0.0) if len(column) else found


def changes(now: pd.Series, before: pd.Series) -> list[str]:
    """The difference to the month before, in words beside an arrow."""
    return [in_words(a - b) for a, b in zip(now, before, strict=True)]


def in_words(difference: float) -> str:
    if np.isnan(difference):
        return "no earlier month"
    if not difference:
        return "= the same"
    return f"{'▲' if difference > 0 else '▼'} {abs(difference):g} {'more' if difference > 0 else 'fewer'}"
