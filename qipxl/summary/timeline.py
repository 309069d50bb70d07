"""The milestone timeline: a sign for each month in which an action's milestone was done, is due or is late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.archive.store import folded_texts
from qipxl.periods import Period
from qipxl.rules.rulebook import Rating
from qipxl.summary.action_lists import WHERE, WHO, rows_for_list
from qipxl.summary.plain_words import rating_words
from qipxl.summary.sheet_spec import EARLIER, RETURN_OF, ColumnSpec, SheetSpec, TableColumns, chip, letters_of
from qipxl.summary.summary import ProviderSummary
from qipxl.text import plural
from qipxl.workbook.styles import GREEN, INK, RED

BEFORE, AFTER = 5, 6
"""Months of the timeline before and after the month of judgement."""
SIGNS = {"●": GREEN, "○": INK, "!": RED}
"""The sign of a milestone and its colour: done, due, late. The later ones are the worse."""
DONE, DUE, LATE = range(1, len(SIGNS) + 1)
KEY = "● done   ○ due   ! late"
TIMELINE = "Milestone timeline"
SHOWN = (*WHO, ("Issue or risk", "issue", 38), (RETURN_OF, "period", 10), *WHERE)
"""The columns of actions that the timeline shows as they are."""
COLUMNS_READ: TableColumns = {
    "actions": ("issue", "headline", "headline_label"),
    "milestones": ("action", "agreed_date", "done_on", "progress"),
    "evidence": ("action", "submitted_on", "counts"),
}


def milestone_timeline(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """Each action with a sign in each month in which a milestone was done or is due, and its accepted evidence."""
    rating = summary.rating_of("milestones", "progress")
    if rating is None or "milestones" not in summary.records:
        return
    period = Period(summary.as_at.year, summary.as_at.month)
    months = [str(period.plus(step)) for step in range(-BEFORE, AFTER + 1)]
    actions = summary.actions
    refs = pd.Index(pd.unique(folded_texts(actions["ref"])), dtype=object)
    rows, keys = pd.factorize(action_keys(actions, "ref", refs))
    worst, evidence = by_month(summary, rating, pd.Index(keys), refs, months)
    shown = (worst[:, rows] > 0).any(axis=0) | (evidence[rows] > 0)
    rows = rows[shown]
    chosen, signs = rows_for_list(summary, actions.index[shown], SHOWN), np.array(["", *SIGNS], object)
    signs_of_months = pd.DataFrame(signs[worst[:, rows].T], chosen.index, months)
    rated = {"letter": letters_of(summary.headline, chosen["headline"]), "rating": rating_words(summary, chosen)}
    rated |= {"evidence": pd.Series(evidence[rows], chosen.index)}
    frame = pd.concat([chosen, pd.DataFrame(rated), signs_of_months], axis=1)
    late = int((worst[:, rows] == LATE).any(axis=0).sum())
    columns = [
        ColumnSpec("Service", "name", 18, bold=True), ColumnSpec("Ref", "ref", 8), chip(summary.headline),
        *(ColumnSpec(f"{Period.read(month).first:%b %y}", month, 8, inks=SIGNS) for month in months),
        ColumnSpec("Evidence accepted", "evidence", 10), ColumnSpec("Issue or risk", "issue", 38),
        ColumnSpec("Rating", "rating", 22), ColumnSpec(RETURN_OF, "period", 10), ColumnSpec("File", "file", 24),
        ColumnSpec("Cell", "cell", 16),
    ]  # fmt: skip
    about = f"{KEY}. If a month has several milestones, the worst counts; All milestones lists each. {EARLIER}"
    title = f"{TIMELINE}: {plural(late, 'action has', 'actions have') if late else 'no action has'} a late milestone"
    line = f"{plural(len(frame), 'action')} with a milestone or evidence."
    yield SheetSpec(TIMELINE, about, line, columns, frame, link_cell=True, title=title)


def by_month(
    summary: ProviderSummary, rating: Rating, keys: pd.Index, refs: pd.Index, months: Sequence[str]
) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """The place in SIGNS, from 1, for each month (row) and action (column), 0 without a milestone, and each action's accepted evidence."""
    worst, first = np.zeros((len(months), len(keys)), np.int8), np.datetime64(months[0], "M")
    withdrawn = [state.word for state in rating.states if state.letter == "X"]
    for rows in summary.records.only(COLUMNS_READ["milestones"]).parts("milestones"):
        done = rows["done_on"].notna()
        when = rows["done_on"].where(done, rows["agreed_date"])
        row, is_shown = months_after(first, when, len(months))
        column = keys.get_indexer(pd.Index(action_keys(rows, "action", refs)))
        place = np.select([done, when < pd.Timestamp(summary.as_at)], [DONE, LATE], DUE)
        found = is_shown & (column >= 0) & (done | ~rows["progress"].isin(withdrawn)).to_numpy(bool)
        np.maximum.at(worst, (row[found], column[found]), place[found])
    evidence = np.zeros(len(keys), np.int64)
    for items in summary.records.only(COLUMNS_READ["evidence"]).parts("evidence"):
        if "counts" in items.columns:
            _, is_shown = months_after(first, items["submitted_on"], len(months))
            counted = items["counts"].fillna(False).astype(bool) & is_shown
            column = keys.get_indexer(pd.Index(action_keys(items[counted], "action", refs)))
            np.add.at(evidence, column[column >= 0], 1)
    return worst, evidence


def action_keys(frame: pd.DataFrame, ref: str, refs: pd.Index) -> NDArray[np.int64]:
    """The number that joins a row to its action, from the return and the place of the action's folded Ref among `refs`."""
    places = refs.get_indexer(pd.Index(folded_texts(frame[ref]), dtype=object))
    return frame["return"].to_numpy(np.int64) * (len(refs) + 1) + np.where(places < 0, len(refs), places)


def months_after(first: np.datetime64, days: pd.Series, number: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """How many months each day is after the first month, and which days are in one of a `number` of months."""
    months = pd.to_datetime(days).to_numpy().astype("datetime64[M]")
    after = (months - first).astype(np.int64)
    return after, ~np.isnat(months) & (after >= 0) & (after < number)
