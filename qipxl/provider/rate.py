"""Rates one batch of returns with what head office knows; a rating that this changes is reported at its action.

Only a return whose head-office facts have changed since its tracker was issued is rated a second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import compress

import pandas as pd

from qipxl.archive.actions import ratings_by_month
from qipxl.archive.changes import changes_since, last_returns_before, promise_problems, restore_archived_dates
from qipxl.archive.store import Archive
from qipxl.indicators.impact import Impact, impact_of
from qipxl.periods import Period
from qipxl.provider.head_office_facts import facts_by_return, refresh, unanswered
from qipxl.provider.judgements import TABLE, judgements
from qipxl.provider.late_rows import with_late_rows
from qipxl.provider.left_plan import TABLE as FINISHED
from qipxl.provider.left_plan import (
    figures_before,
    latest_reviews,
    left_by,
    left_now,
    left_rows,
    linking,
    reviews_of,
    with_left,
)
from qipxl.provider.put_back import put_back
from qipxl.provider.register import Register
from qipxl.returns import problems
from qipxl.returns.check import check
from qipxl.returns.codes import CODES
from qipxl.returns.problems import Problem
from qipxl.returns.provenance import impact_records, traced
from qipxl.returns.rate import Rated, rate
from qipxl.returns.returns import Returns, in_order, problem_frame

COMPARED = ("headline", "escalation")
"""The ratings whose changes are reported."""
CODE = "rating-refreshed"


def rate_batch(
    returns: Returns, register: Register, archive: Archive, period: Period, as_at: date
) -> tuple[Rated, Impact, pd.DataFrame]:
    """Check and rate returns with what the register and the earlier returns say, after missing and late rows are put back.

    returns: one or more services, each with all its returns.
    archive: the provider's archive, as far as it is about these services.

    Returns the rated returns, with a problem for each rating that head office's facts change and for each promise that was
    changed since the last return; the results of the figures; and what changed (`qipxl.archive.changes`).
    """
    earlier = last_returns_before(archive, period)
    restored = restore_archived_dates(returns, earlier)
    whole = put_back(with_late_rows(restored, register, archive, period, as_at), register, archive, period, as_at)
    rated, impact = rate_with_facts(whole, register, archive, period, as_at)
    changes = changes_since(rated, earlier)
    return with_problems(rated, promise_problems(changes, rated.returns)), impact, changes


def with_problems(rated: Rated, problems: pd.DataFrame) -> Rated:
    """Rated returns with more problems."""
    if not len(problems):
        return rated
    return replace(rated, returns=replace(rated.returns, problems=in_order([rated.returns.problems, problems])))


def rate_with_facts(
    returns: Returns, register: Register, archive: Archive, period: Period, as_at: date
) -> tuple[Rated, Impact]:
    """Returns checked and rated; those whose facts from head office have changed are rated with the new ones."""
    by_itself = rate(check(returns, as_at), as_at, keep_books=True)
    records, earlier = impact_records(by_itself), archive.before(period)
    ratings = ratings_by_month(earlier)
    left = left_now(records["actions"], left_by(earlier, ratings, period, in_full=False))
    impact = impact_of(records, linking(records["actions"], left), earlier, period, as_at)
    fresh = refresh(by_itself, register, earlier, ratings, impact, period)
    if FINISHED in returns.tables:
        reviews = [reviews_of(earlier, left)]
        if len(left) and "reviews" in returns.tables:
            reviews.append(traced(by_itself, "reviews"))
        waiting = unanswered(by_itself, impact, period) if len(left) else {}
        rows = left_rows(
            left, latest_reviews(reviews, as_at, judgements(register, as_at)), impact, figures_before(earlier), waiting
        )
        fresh = with_left(fresh, rows)
    by_itself = without_rules_of_head_office(by_itself)
    changed = changed_returns(returns, fresh)
    if not changed:
        returns.books.close()
        return by_itself, impact
    again = rate(check(only(fresh, changed), as_at, again=True), as_at)
    return report_changes(with_rated(by_itself, again, fresh), by_itself), impact


def without_rules_of_head_office(rated: Rated) -> Rated:
    """Rated returns without broken rules about the table From head office, which no service fills in."""
    problems = rated.returns.problems
    ours = (problems["table"] == TABLE) & ~problems["code"].isin(CODES)
    if not ours.any():
        return rated
    return replace(rated, returns=replace(rated.returns, problems=problems[~ours].reset_index(drop=True)))


def changed_returns(returns: Returns, fresh: Returns) -> list[int]:
    """The returns for which head office's tables differ from those that came back, apart from the order of their rows."""
    if TABLE not in fresh.refreshed:
        return []
    was, now = facts_by_return(returns.tables[TABLE]), facts_by_return(fresh.refreshed[TABLE])
    left_was, left = (
        facts_by_return(each.tables[FINISHED]) if FINISHED in each.tables else {} for each in (returns, fresh)
    )
    unread = returns.unreadable[TABLE]
    marked = set(returns.tables[TABLE].loc[unread.any(axis=1), "return"]) if len(unread) else set()
    numbers = map(int, returns.accepted.index)
    return [
        number
        for number in numbers
        if number in marked or was.get(number) != now.get(number) or left_was.get(number) != left.get(number)
    ]


def only(returns: Returns, numbers: Sequence[int]) -> Returns:
    """The same returns with only some of them accepted, and only the problems of these."""
    receipts = returns.receipts.copy()
    receipts.loc[(receipts["status"] == "accepted") & ~receipts.index.isin(numbers), "status"] = LEFT_OUT
    return replace(returns, receipts=receipts, problems=returns.problems[returns.problems["return"].isin(numbers)])


LEFT_OUT = "left out"
"""The status of the other returns while some are rated again."""


def with_rated(by_itself: Rated, again: Rated, fresh: Returns) -> Rated:
    """Rated returns with the ratings and problems of those that were rated again."""
    numbers = again.returns.accepted.index
    ratings = {}
    for key, frame in by_itself.ratings.items():
        newer = again.ratings.get(key)
        kept = frame[~frame["return"].isin(numbers)]
        ratings[key] = frame if newer is None else pd.concat([kept, newer]).sort_index()[frame.columns]
    before, after = by_itself.returns.problems, again.returns.problems
    problems = in_order([before[~before["return"].isin(numbers)], after])
    return replace(by_itself, returns=replace(fresh, problems=problems), ratings=ratings)


def report_changes(rated: Rated, by_itself: Rated) -> Rated:
    """Rated returns with a problem for each rating that differs from the rating with the tracker's own facts."""
    returns, before, after = rated.returns, by_itself.ratings["actions"], rated.ratings["actions"]
    refs = returns.tables["actions"]["ref"]
    lines = []
    for key in COMPARED:
        changed = (before[key].to_numpy(object) != after[key].to_numpy(object)).tolist()
        columns = zip(after["return"], after["row"], refs, before[key], after[key], strict=True)
        for number, row, ref, was, word in compress(columns, changed):
            placement = returns.placements[number, "actions"]
            template = returns.templates[str(returns.receipts.at[number, "template"])]
            heading = next(column.heading for column in template.tables["actions"].rating if column.key == key)
            cell = placement.cell(row, "ref")
            problem = Problem(CODE, "actions", placement.sheet, row, "ref", cell, heading, str(ref), f"{was} to {word}")
            lines.append(problems.line(number, str(returns.receipts.at[number, "file"]), problem))
    return with_problems(rated, problem_frame(lines))
