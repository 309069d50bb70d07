"""The milestone timeline: each action's milestones and evidence, month by month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.periods import Period
from qipxl.rules.rulebook import Rating
from qipxl.summary.sheet_spec import ColumnSpec, SheetSpec, TableColumns, states_of
from qipxl.summary.summary import ProviderSummary
from qipxl.text import folded

BEFORE, AFTER = 5, 6
"""Months of the timeline before and after the month of judgement."""
TIMELINE = "Milestone timeline"
COLUMNS_READ: TableColumns = {
    "actions": ("issue", "headline", "headline_label"),
    "milestones": ("action", "agreed_date", "done_on", "progress", "progress_label"),
    "evidence": ("action", "submitted_on", "counts"),
}


def milestone_timeline(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """Each action's milestones by month: done where they were done, open where they are due; accepted evidence beside them."""
    rating = summary.rating_of("milestones", "progress")
    if rating is None or "milestones" not in summary.records:
        return
    period = Period(summary.as_at.year, summary.as_at.month)
    months = [str(period.plus(step)) for step in range(-BEFORE, AFTER + 1)]
    actions = summary.current
    rows, keys = pd.factorize(action_keys(actions, "ref"))
    said, worst = by_month(summary, rating, pd.Index(keys), months)
    drawn = (said[:, rows] != "").any(axis=0)
    rows = rows[drawn]
    frame = actions.loc[drawn, ["service", "name", "ref", "issue", "headline", "headline_label", "file", "cell"]]
    words = np.array([*states_of(rating), ""], object)
    for place, month in enumerate(months):
        frame[month] = pd.Series(said[place, rows], frame.index, dtype="str")
        frame[f"{month} word"] = words[worst[place, rows]]
    columns = [
        ColumnSpec("Service", "name", 20), ColumnSpec("Ref", "ref", 8),
        ColumnSpec("Headline", "headline_label", 20, by="headline", states=states_of(summary.headline)),
        *(ColumnSpec(Period.read(month).words, month, 12, by=f"{month} word", states=states_of(rating)) for month in months),
        ColumnSpec("Issue or risk", "issue", 34), ColumnSpec("File", "file", 24), ColumnSpec("Cell", "cell", 13),
    ]  # fmt: skip
    about = "Milestones in the month in which they were done or are due, with their rating; “evidence” is what was accepted that month."
    span = f"from {Period.read(months[0]).words} to {Period.read(months[-1]).words}"
    line = f"{len(frame)} actions with a milestone or evidence {span}."
    yield SheetSpec(TIMELINE, about, line, columns, frame, link_cell=True)


def by_month(
    summary: ProviderSummary, rating: Rating, keys: pd.Index, months: Sequence[str]
) -> tuple[NDArray[np.object_], NDArray[np.int8]]:
    """What is said of each action in each month, and the place of its milestones' worst state: a row a month, a column a key.

    A state that comes first is the worst; the number of states stands where there is no milestone.
    """
    said = np.full((len(months), len(keys)), "", object)
    worst = np.full(said.shape, len(rating.states), np.int8)
    known: dict[str, str] = {}
    for marks in milestone_marks(summary, rating):
        places, rows = keys.get_indexer(pd.Index(marks["key"])), pd.Index(months).get_indexer(pd.Index(marks["month"]))
        marks = marks.assign(place=places, row=rows)
        own = marks.loc[(marks["place"] >= 0) & (marks["row"] >= 0), ["row", "place", "said", "state"]]
        for row, place, words, state in own.itertuples(index=False, name=None):
            before = said[row, place]
            whole = f"{before}; {words}" if before else words
            said[row, place] = known.setdefault(whole, whole)
            worst[row, place] = min(worst[row, place], state)
    return said, worst


def milestone_marks(summary: ProviderSummary, rating: Rating) -> Iterator[pd.DataFrame]:
    """A line per milestone, then one per month of accepted evidence: `key` of the action, `month`, what is `said`, the place of its `state`."""
    places = {state.word: place for place, state in enumerate(rating.states)}
    none = len(places)
    for rows in summary.records.parts("milestones"):
        when = rows["done_on"].where(rows["done_on"].notna(), rows["agreed_date"])
        said = rows["ref"].astype(str) + " " + rows["progress_label"].astype(str)
        state = rows["progress"].map(places).fillna(none).astype(int)
        yield pd.DataFrame({"key": action_keys(rows, "action"), "month": months_of(when), "said": said, "state": state})
    for items in summary.records.parts("evidence"):
        if "counts" not in items.columns:
            return
        items = items[items["counts"].fillna(False).astype(bool)]
        counted = pd.DataFrame({"key": action_keys(items, "action"), "month": months_of(items["submitted_on"])})
        counted = counted.value_counts(["key", "month"], sort=False).rename("items").reset_index()
        yield counted.assign(said=counted["items"].astype(str) + " evidence", state=none).drop(columns="items")


def action_keys(frame: pd.DataFrame, ref: str) -> pd.Series:
    """What joins a row to its action: the return, and the action's Ref whatever the case of its letters."""
    return frame["return"].astype(str) + "/" + frame[ref].map(folded)


def months_of(days: pd.Series) -> pd.Series:
    """Each day's month, as in 2026-03; nothing for no day."""
    return pd.to_datetime(days).dt.strftime("%Y-%m")
