"""Rates one batch of returns with what head office knows; a rating that this changes is reported at its action.

Only a return whose head-office facts have changed since its tracker was issued is rated a second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pandas as pd

from qipxl.archive.changes import changes_since, last_returns_before, promise_problems, restore_archived_dates
from qipxl.archive.store import Archive
from qipxl.indicators.impact import Impact, impact_of
from qipxl.periods import Period
from qipxl.provider.head_office_facts import TABLE, refresh
from qipxl.provider.register import Register
from qipxl.returns import problems
from qipxl.returns.check import check
from qipxl.returns.codes import CODES
from qipxl.returns.problems import Problem
from qipxl.returns.provenance import traced
from qipxl.returns.rate import Rated, rate
from qipxl.returns.returns import Returns, problem_frame
from qipxl.text import clean_text

COMPARED = ("headline", "escalation")
"""The ratings whose changes are reported."""
CODE = "rating-refreshed"


def rate_batch(
    returns: Returns, register: Register, archive: Archive, period: Period, as_at: date
) -> tuple[Rated, Impact, pd.DataFrame]:
    """Check and rate returns with what the register and the earlier returns say.

    returns: one or more services, each with all its returns.
    archive: the provider's archive, as far as it is about these services.

    Returns the rated returns, with a problem for each rating that head office's facts change and for each promise that was
    changed since the last return; the results of the figures; and what changed (`qipxl.archive.changes`).
    """
    earlier = last_returns_before(archive, period)
    rated, impact = rate_with_facts(restore_archived_dates(returns, earlier), register, archive, period, as_at)
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
    by_itself = rate(check(returns, as_at), as_at)
    records = impact_records(by_itself)
    impact = impact_of(records, records["actions"], archive, period, as_at)
    fresh = refresh(by_itself, register, archive, impact, period)
    by_itself = without_rules_of_head_office(by_itself)
    changed = changed_returns(returns, fresh)
    if not changed:
        return by_itself, impact
    again = rate(check(only(fresh, changed), as_at), as_at)
    return report_changes(with_rated(by_itself, again, fresh), by_itself), impact


def impact_records(rated: Rated) -> dict[str, pd.DataFrame]:
    """The tables from which the results of the figures follow."""
    keys = [key for key in ("actions", "indicators", "measurements") if key in rated.returns.tables]
    return {key: traced(rated, key) for key in keys}


def without_rules_of_head_office(rated: Rated) -> Rated:
    """Rated returns without broken rules about the table From head office, which no service fills in."""
    problems = rated.returns.problems
    ours = (problems["table"] == TABLE) & ~problems["code"].isin(CODES)
    if not ours.any():
        return rated
    return replace(rated, returns=replace(rated.returns, problems=problems[~ours].reset_index(drop=True)))


def changed_returns(returns: Returns, fresh: Returns) -> list[int]:
    """The returns whose table From head office differs from the one that came back, apart from the order of its rows."""
    if TABLE not in fresh.refreshed:
        return []
    was, now = facts_by_return(returns.tables[TABLE]), facts_by_return(fresh.refreshed[TABLE])
    unread = returns.unreadable[TABLE]
    marked = set(returns.tables[TABLE].loc[unread.any(axis=1), "return"]) if len(unread) else set()
    numbers = map(int, returns.accepted.index)
    return [number for number in numbers if number in marked or was.get(number) != now.get(number)]


def facts_by_return(frame: pd.DataFrame) -> dict[int, list[str]]:
    """For each return its rows as texts, without blank cells and blank rows; sorted, so that their order does not count."""
    fields = [name for name in frame.columns if name not in ("return", "row")]
    rows: dict[int, list[str]] = {}
    for number, *values in frame[["return", *fields]].itertuples(index=False, name=None):
        cells = [(name, value) for name, value in zip(fields, values, strict=True) if value != "" and pd.notna(value)]
        if cells:
            text = "\n".join(f"{name}={clean_text(str(value))}" for name, value in cells)
            rows.setdefault(int(number), []).append(text)
    return {number: sorted(lines) for number, lines in rows.items()}


def only(returns: Returns, numbers: Sequence[int]) -> Returns:
    """The same returns with only some of them accepted, and only the problems that reading found in these."""
    receipts = returns.receipts.copy()
    receipts.loc[(receipts["status"] == "accepted") & ~receipts.index.isin(numbers), "status"] = LEFT_OUT
    problems = returns.problems[returns.problems["return"].isin(numbers) & returns.problems["code"].isin(CODES)]
    return replace(returns, receipts=receipts, problems=problems)


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


def in_order(problems: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Problems in the order of their returns."""
    return pd.concat(problems).sort_values("return", kind="stable", ignore_index=True)


def report_changes(rated: Rated, by_itself: Rated) -> Rated:
    """Rated returns with a problem for each rating that differs from the rating with the tracker's own facts."""
    returns, before, after = rated.returns, by_itself.ratings["actions"], rated.ratings["actions"]
    refs = returns.tables["actions"]["ref"]
    lines = []
    for key in COMPARED:
        columns = zip(after["return"].tolist(), after["row"].tolist(), refs, before[key], after[key], strict=True)
        for number, row, ref, was, word in columns:
            if was == word:
                continue
            placement = returns.placements[number, "actions"]
            template = returns.templates[str(returns.receipts.at[number, "template"])]
            heading = next(column.heading for column in template.tables["actions"].rating if column.key == key)
            cell = placement.cell(row, "ref")
            problem = Problem(CODE, "actions", placement.sheet, row, "ref", cell, heading, str(ref), f"{was} to {word}")
            lines.append(problems.line(number, str(returns.receipts.at[number, "file"]), problem))
    return with_problems(rated, problem_frame(lines))
