"""Issued actions and milestones that are missing from a return: put back as the service's last return had them.

An open action leaves the plan only if it is withdrawn, embedded, or removed by a decision of head office. Until then the rows
that were put back are rated with all others, are archived, and are in the next tracker again. Their row numbers, which no
sheet has, tell since which month they are missing (`qipxl.workbook.layout.put_back_row`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from qipxl.archive.rows import personal_data
from qipxl.archive.store import AS_TYPED, Archive, folded_texts
from qipxl.periods import Period
from qipxl.privacy import PERSONAL_DATA, kinds_in, words_of
from qipxl.provider.late_returns import return_named
from qipxl.provider.register import Register
from qipxl.provider.register_schema import RemovedLine
from qipxl.returns import problems
from qipxl.returns.problems import Problem
from qipxl.returns.returns import Returns, problem_frame
from qipxl.template import Template
from qipxl.text import folded
from qipxl.workbook.layout import month_put_back, put_back_row

MISSING, MOVED = "issued-row-missing", "ref-moved"
ACTIONS, MILESTONES = "actions", "milestones"
Row = dict[Hashable, object]


@dataclass(frozen=True)
class LastReturn:
    """The last return of one service before a month, in the archive."""

    archive: Archive

    @property
    def named(self) -> str:
        """It as the stamp of the tracker that carries it on names it."""
        line = self.archive.versions.iloc[0]
        return return_named(line["period"], line["digest"])

    def rows(self, key: str) -> list[Row]:
        """Its rows of a table."""
        return [*self.archive.table(key).to_dict("records")]

    def open_actions(self) -> list[Row]:
        """Its actions that are neither embedded nor withdrawn."""
        actions, ratings = self.archive.table(ACTIONS), self.archive.table(f"{ACTIONS}-ratings")
        if len(actions) and len(ratings) == len(actions) and "finished" in ratings.columns:
            actions = actions[~ratings["finished"].astype(bool).to_numpy()]
        return [*actions.to_dict("records")]


def last_return_of_each(archive: Archive, period: Period) -> dict[str, LastReturn]:
    """The last return of each service before a month, by the service's code in small letters."""
    latest = archive.before(period).latest
    places = dict(zip(folded_texts(latest["service"]), range(len(latest)), strict=True))
    return {code: LastReturn(Archive(archive.folder, latest.iloc[[place]])) for code, place in places.items()}


def put_back(returns: Returns, register: Register, archive: Archive, period: Period, as_at: date) -> Returns:
    """Returns with the issued open actions and the milestones that are missing from them, if the archive has them.

    With an action its other rows that are missing are put back. Rows that the register's sheet Removed rows names are not; nor
    are actions that are there under a damaged ref, which gets the issued one.
    """
    found = returns.problems
    missing = found[(found["code"] == MISSING) & found["return"].isin(returns.accepted.index)]
    if not len(missing):
        return returns
    removed, lasts = removed_refs(register, as_at), last_return_of_each(archive, period)
    for number, lines in missing.groupby("return"):
        code = folded(returns.receipts.at[number, "service"])
        last = lasts.get(code)
        gone = {str(key): Counter(map(folded, values)) for key, values in lines.groupby("table")["value"]}
        decided = {ref for owner, ref in removed if owner == code}
        returns = without_problems(returns, int(str(number)), decided)
        if last is not None:
            returns = OneReturn(returns, int(str(number)), period, last, gone, decided).complete()
    return returns


def removed_refs(register: Register, as_at: date) -> set[tuple[str, str]]:
    """The rows that head office has removed, each by its service's code and its ref."""
    return {(folded(line.service), folded(line.ref)) for line in register.of(RemovedLine) if line.decided_on <= as_at}


def without_problems(returns: Returns, number: int, refs: set[str]) -> Returns:
    """Returns without the problems about missing rows with these refs."""
    found = returns.problems
    solved = (found["return"] == number) & (found["code"] == MISSING) & found["value"].map(folded).isin(refs)
    return replace(returns, problems=found[~solved].reset_index(drop=True)) if solved.any() else returns


@dataclass(frozen=True)
class OneReturn:
    """A return with missing rows: how many by table and ref (`gone`), and the refs that head office has removed."""

    returns: Returns
    number: int
    period: Period
    last: LastReturn
    gone: Mapping[str, Counter[str]]
    removed: set[str]

    @property
    def template(self) -> Template:
        return self.returns.templates[str(self.returns.receipts.at[self.number, "template"])]

    def complete(self) -> Returns:
        """The returns, with what this one lacks."""
        returns = self.with_issued_refs()
        missing = Counter(self.gone.get(ACTIONS, ()))
        missing -= Counter(folded(ref) for ref in self.present(returns, ACTIONS)["ref"])
        actions = [row for row in self.last.open_actions() if missing[folded(row["ref"])] > 0 and self.keeps(row)]
        refs = {folded(row["ref"]) for row in actions}
        plan = refs | {folded(ref) for ref in self.present(returns, ACTIONS)["ref"]}
        rows = {ACTIONS: actions, MILESTONES: [*self.milestones(returns, plan)]}
        for key, table in self.template.tables.items():
            if key not in rows and table.filled_by == "service" and any(field.key == "action" for field in table.field):
                rows[key] = self.rows_of_actions(key, refs)
        for key, lines in rows.items():
            if lines and key in returns.tables:
                months = [month_put_back(int(str(row["row"]))) or self.period for row in lines]
                numbers = [put_back_row(month, index) for index, month in enumerate(months)]
                returns = with_rows(returns, self.number, key, lines, numbers, self.last)
                found = told(returns.problems, self.number, key, lines, months)
                returns = replace(returns, problems=found)
        return returns

    def present(self, returns: Returns, key: str) -> pd.DataFrame:
        """The rows of a table that came back."""
        frame = returns.tables[key]
        return frame[frame["return"] == self.number]

    def keeps(self, row: Row) -> bool:
        """True unless head office has removed the row."""
        return folded(row["ref"]) not in self.removed

    def with_issued_refs(self) -> Returns:
        """The returns with the issued ref of each action that is there under a blank or damaged one."""
        returns, found = self.returns, self.returns.problems
        doubted = set(found.loc[(found["return"] == self.number) & (found["code"] == MOVED), "row"])
        issued = {folded(row.ref) for row in returns.stamps[self.number].issued if row.table == ACTIONS}
        present = self.present(returns, ACTIONS)
        present = present[present["row"].isin(doubted) & ~present["ref"].map(folded).isin(issued)]
        refs = {
            text: str(row["ref"])
            for row in self.last.open_actions()
            if self.gone.get(ACTIONS, Counter())[folded(row["ref"])] and (text := folded(row.get("issue")))
        }
        right = {int(str(index)): refs[text] for index, text in present["issue"].map(folded).items() if text in refs}
        if not right:
            return returns
        actions = returns.tables[ACTIONS]
        column = actions["ref"].astype(object)
        column.loc[[*right.keys()]] = [*right.values()]
        tables = {**returns.tables, ACTIONS: actions.assign(ref=column.astype(actions["ref"].dtype))}
        masks = {key: mask.copy() for key, mask in returns.unreadable.items()}
        if "ref" in masks[ACTIONS]:
            masks[ACTIONS].loc[[*right.keys()], "ref"] = False
        kept = without_problems(returns, self.number, set(map(folded, right.values())))
        return replace(kept, tables=tables, unreadable=masks)

    def milestones(self, returns: Returns, plan: set[str]) -> Iterator[Row]:
        """The milestones of actions in the plan that are missing; one that has another ref now is not missing."""
        if MILESTONES not in self.gone or MILESTONES not in returns.tables:
            return
        there = self.present(returns, MILESTONES)
        texts = [*zip(there["action"].map(folded), there["milestone"].map(folded), strict=True)]
        by_ref = dict(zip(there["ref"].map(folded), texts, strict=True))
        rows = self.last.rows(MILESTONES)
        known = {milestone_text(row) for row in rows}
        for row in rows:
            ref, text = folded(row["ref"]), milestone_text(row)
            kept = ref in by_ref and (by_ref[ref] == text or by_ref[ref] not in known)
            if not kept and text not in texts and text[0] in plan and self.keeps(row):
                yield row

    def rows_of_actions(self, key: str, refs: set[str]) -> list[Row]:
        """The missing rows of a table about actions that were put back."""
        name, left = self.template.tables[key].identity or "action", Counter(self.gone.get(key, ()))
        rows: list[Row] = []
        for row in reversed(self.last.rows(key)) if refs and left else ():
            if folded(row["action"]) in refs and left[folded(row[name])] > 0:
                left[folded(row[name])] -= 1
                rows.insert(0, row)
        return rows


def milestone_text(row: Row) -> tuple[str, str]:
    """What a milestone is recognised by under another ref: its action and its text."""
    return folded(row["action"]), folded(row["milestone"])


def with_rows(
    returns: Returns, number: int, key: str, rows: Sequence[Row], numbers: Sequence[int], last: LastReturn
) -> Returns:
    """Returns with more rows of one table in one of them, under these row numbers, each after the row with the one before."""
    frame, mask = returns.tables[key], returns.unreadable[key]
    values = {"return": pd.Series(number, range(len(rows))), "row": pd.Series([*numbers])}
    archived = {str(name): column for name, column in pd.DataFrame([*rows]).items()} | values
    new = pd.DataFrame({name: column_like(frame[name], archived.get(str(name)), len(rows)) for name in frame.columns})
    before = {int(str(row["row"])): now for row, now in zip(rows, numbers, strict=True)}
    typed = last.archive.table(AS_TYPED)
    typed = typed[(typed["table"] == key) & typed["row"].isin(before)] if len(typed) else typed
    as_typed, unread = dict(returns.as_typed), pd.DataFrame(False, new.index, mask.columns)
    for row, field, text in zip(typed["row"], typed["field"], typed["said"], strict=True) if len(typed) else ():
        as_typed[key, str(field), number, before[int(row)]] = str(text)
        unread[field] = unread.get(field, pd.Series(False, new.index)) | (new["row"] == before[int(row)])
    originals, lines = withhold(returns, number, key, new, before, personal_data(last.archive))
    joined = pd.concat([frame, new], ignore_index=True)
    order = np.lexsort((joined["row"], joined["return"]))
    joined = joined.iloc[order].reset_index(drop=True)
    masks = pd.concat([mask, unread], ignore_index=True).astype("boolean").fillna(False).astype(bool).iloc[order]
    found = returns.problems
    return replace(
        returns,
        tables={**returns.tables, key: joined},
        unreadable={**returns.unreadable, key: masks.reset_index(drop=True)},
        as_typed=as_typed,
        originals={**returns.originals, **originals},
        problems=pd.concat([found, problem_frame(lines)], ignore_index=True) if lines else found,
    )


def column_like(like: pd.Series, values: pd.Series | None, length: int) -> pd.Series:
    """A column of the archive with the type that reading gives it; empty if there is none."""
    column = pd.Series(np.nan, range(length), dtype=object) if values is None else values.reset_index(drop=True)
    if isinstance(like.dtype, pd.StringDtype) or like.dtype == object:
        return column.astype(object).where(column.notna(), "").astype(like.dtype)
    return column.astype(like.dtype)


def withhold(
    returns: Returns, number: int, key: str, new: pd.DataFrame, before: Mapping[int, int], withheld: pd.DataFrame
) -> tuple[dict[tuple[str, str, int, int], str], list[dict[str, object]]]:
    """Withhold in `new` the texts that were withheld in the last return; their originals, and a problem for each."""
    originals, lines = dict[tuple[str, str, int, int], str](), list[dict[str, object]]()
    template = returns.templates[str(returns.receipts.at[number, "template"])]
    chosen = withheld[(withheld["table"] == key) & withheld["row"].isin(before)]
    for row, field, text in zip(chosen["row"], chosen["field"], chosen["text"], strict=True):
        index, now = new.index[new["row"] == before[int(row)]][0], before[int(row)]
        original = str(new.at[index, field])
        originals[key, str(field), number, now] = original
        new.loc[index, field] = text
        line, placement = template.tables[key].field_named(str(field)), returns.placements[number, key]
        kinds = words_of(kinds_in(original, staff=line.names_staff))
        found = Problem(PERSONAL_DATA, key, placement.sheet, now, str(field), "", line.heading, "", kinds)
        lines.append(problems.line(number, str(returns.receipts.at[number, "file"]), found))
    return originals, lines


def told(found: pd.DataFrame, number: int, key: str, rows: Sequence[Row], months: Sequence[Period]) -> pd.DataFrame:
    """Problems in which those about the missing rows say that they were put back, and since when they are missing."""
    named = "ref" if "ref" in rows[0] else "action"
    since = {folded(row[named]): month for row, month in zip(rows, months, strict=True)}
    own = (found["return"] == number) & (found["code"] == MISSING) & (found["table"] == key)
    own &= found["value"].map(folded).isin(set(since))
    if not own.any():
        return found
    kept = "Head office keeps it as it was last recorded, and the next tracker has it again."
    texts = [
        f"{line.message} {kept} Missing since {since[folded(line.value)].words}." for line in found[own].itertuples()
    ]
    messages = found["message"].astype(object)
    messages[own] = texts
    return found.assign(message=messages.astype(found["message"].dtype))
