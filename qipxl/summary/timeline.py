"""The milestone timeline: each action's milestones and evidence, month by month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.periods import Period
from qipxl.rules.rulebook import Rating
from qipxl.summary.sheet_spec import EARLIER, RETURN_OF, ColumnSpec, SheetSpec, TableColumns, plural, states_of
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
    """Each action's milestones in the month they were done or are due, and the evidence accepted in each month."""
    rating = summary.rating_of("milestones", "progress")
    if rating is None or "milestones" not in summary.records:
        return
    period = Period(summary.as_at.year, summary.as_at.month)
    months = [str(period.plus(step)) for step in range(-BEFORE, AFTER + 1)]
    actions = summary.actions
    rows, keys = pd.factorize(action_keys(actions, "ref"))
    texts, worst = by_month(summary, rating, pd.Index(keys), months)
    shown = (texts[:, rows] != "").any(axis=0)
    rows = rows[shown]
    frame = actions.loc[
        shown, ["service", "name", "ref", "issue", "headline", "headline_label", "period", "file", "cell"]
    ]
    words = np.array([*states_of(rating), ""], object)
    for index, month in enumerate(months):
        frame[month] = pd.Series(texts[index, rows], frame.index, dtype="str")
        frame[f"{month} word"] = words[worst[index, rows]]
    columns = [
        ColumnSpec("Service", "name", 20), ColumnSpec("Ref", "ref", 8),
        ColumnSpec("Headline", "headline_label", 20, by="headline", states=states_of(summary.headline)),
        *(ColumnSpec(Period.read(month).words, month, 12, by=f"{month} word", states=states_of(rating)) for month in months),
        ColumnSpec("Issue or risk", "issue", 34), ColumnSpec(RETURN_OF, "period", 10),
        ColumnSpec("File", "file", 24), ColumnSpec("Cell", "cell", 13),
    ]  # fmt: skip
    about = (
        "Milestones in the month in which they were done or are due, with their rating; “evidence” counts items accepted that month. "
        + EARLIER
    )
    span = f"from {Period.read(months[0]).words} to {Period.read(months[-1]).words}"
    line = f"{plural(len(frame), 'action')} with a milestone or evidence {span}."
    yield SheetSpec(TIMELINE, about, line, columns, frame, link_cell=True)


def by_month(
    summary: ProviderSummary, rating: Rating, keys: pd.Index, months: Sequence[str]
) -> tuple[NDArray[np.object_], NDArray[np.int8]]:
    """The text for each action (column) and month (row), and the index of its milestones' worst state.

    The first state is the worst; the number of states means that there is no milestone.
    """
    texts = np.full((len(months), len(keys)), "", object)
    worst = np.full(texts.shape, len(rating.states), np.int8)
    shared: dict[str, str] = {}
    for marks in milestone_marks(summary, rating):
        columns, rows = keys.get_indexer(pd.Index(marks["key"])), pd.Index(months).get_indexer(pd.Index(marks["month"]))
        marks = marks.assign(column=columns, row=rows)
        chosen = marks.loc[(marks["column"] >= 0) & (marks["row"] >= 0), ["row", "column", "text", "state"]]
        for row, column, words, state in chosen.itertuples(index=False, name=None):
            before = texts[row, column]
            joined = f"{before}; {words}" if before else words
            texts[row, column] = shared.setdefault(joined, joined)
            worst[row, column] = min(worst[row, column], state)
    return texts, worst


def milestone_marks(summary: ProviderSummary, rating: Rating) -> Iterator[pd.DataFrame]:
    """A line per milestone, then one per month with accepted evidence: `key` of the action, `month`, `text`, index of the `state`."""
    indices = {state.word: index for index, state in enumerate(rating.states)}
    none = len(indices)
    for rows in summary.records.parts("milestones"):
        when = rows["done_on"].where(rows["done_on"].notna(), rows["agreed_date"])
        text = rows["ref"].astype(str) + " " + rows["progress_label"].astype(str)
        state = rows["progress"].map(indices).fillna(none).astype(int)
        yield pd.DataFrame({"key": action_keys(rows, "action"), "month": months_of(when), "text": text, "state": state})
    for items in summary.records.parts("evidence"):
        if "counts" not in items.columns:
            return
        items = items[items["counts"].fillna(False).astype(bool)]
        counted = pd.DataFrame({"key": action_keys(items, "action"), "month": months_of(items["submitted_on"])})
        counted = counted.value_counts(["key", "month"], sort=False).rename("items").reset_index()
        yield counted.assign(text=counted["items"].astype(str) + " evidence", state=none).drop(columns="items")


def action_keys(frame: pd.DataFrame, ref: str) -> pd.Series:
    """The key that joins a row to its action: the return and the action's folded Ref."""
    return frame["return"].astype(str) + "/" + frame[ref].map(folded)


def months_of(days: pd.Series) -> pd.Series:
    """Each day's month, as in 2026-03; missing if the day is."""
    return pd.to_datetime(days).dt.strftime("%Y-%m")
