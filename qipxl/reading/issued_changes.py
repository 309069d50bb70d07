"""Compares returns with what their trackers were issued with: original dates, missing rows, head office's own table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from qipxl.returns import problems
from qipxl.returns.problems import Problem
from qipxl.returns.returns import Returns, problem_frame, return_and_row
from qipxl.text import clean_text, folded
from qipxl.workbook.stamp import Stamp, row_digest


def compare_with_issued(returns: Returns, stamps: Mapping[int, Stamp]) -> Returns:
    """Restore agreed original due dates, set aside rows that head office did not write, and report issued rows that are gone."""
    return set_aside_head_office(missing_rows(restore_original_due(returns, stamps), stamps), stamps)


def restore_original_due(returns: Returns, stamps: Mapping[int, Stamp]) -> Returns:
    """An original due date never changes: the agreed one is used, and the change becomes a problem."""
    actions = returns.tables.get("actions")
    if actions is None or "original_due" not in actions:
        return returns
    agreed = agreed_dates(actions, stamps)
    changed = agreed.notna() & (agreed != actions["original_due"])
    if not changed.any():
        return returns
    typed, dates = (days.dt.strftime("%d/%m/%Y").fillna("nothing") for days in (actions["original_due"], agreed))
    lines = [
        line(returns, "actions", index, "original-due-changed", "original_due", typed[index], dates[index])
        for index in actions.index[changed]
    ]
    restored = actions.assign(original_due=actions["original_due"].mask(changed, agreed))
    masks = returns.unreadable["actions"]
    if "original_due" in masks:
        masks = masks.assign(original_due=masks["original_due"] & ~changed)
    return changed_table(returns, "actions", restored, masks, lines)


def changed_table(
    returns: Returns, key: str, frame: pd.DataFrame, masks: pd.DataFrame, lines: Sequence[Mapping[str, object]]
) -> Returns:
    """Returns with one table and its masks replaced, and more problems."""
    tables, unreadable = {**returns.tables, key: frame}, {**returns.unreadable, key: masks}
    return replace(with_problems(returns, lines), tables=tables, unreadable=unreadable)


def with_problems(returns: Returns, lines: Sequence[Mapping[str, object]]) -> Returns:
    """Returns with more problems."""
    return replace(returns, problems=pd.concat([returns.problems, problem_frame(lines)], ignore_index=True))


def agreed_dates(actions: pd.DataFrame, stamps: Mapping[int, Stamp]) -> pd.Series:
    """The original due date that each row was issued with; NaT for a new row and for a reference of several issued rows."""
    known: dict[tuple[int, str], np.datetime64] = {}
    for number, stamp in stamps.items():
        issued = [(folded(row.ref), row.original_due) for row in stamp.issued if row.table == "actions"]
        count = Counter(ref for ref, _ in issued)
        known |= {(number, ref): np.datetime64(due) for ref, due in issued if due and count[ref] == 1}
    keys = zip(actions["return"], actions["ref"], strict=True)
    found = [known.get((number, folded(ref)), np.datetime64("NaT")) for number, ref in keys]
    return pd.Series(np.array(found, "datetime64[s]"), index=actions.index)


def set_aside_head_office(returns: Returns, stamps: Mapping[int, Stamp]) -> Returns:
    """Set aside the rows of From head office that differ from the issued ones."""
    frame = returns.tables.get("head_office")
    if frame is None or not len(frame):
        return returns
    issued = {
        number: Counter(row.digest for row in stamp.issued if row.table == "head_office")
        for number, stamp in stamps.items()
    }
    fields = [column for column in frame.columns if column not in ("return", "row")]
    genuine = np.zeros(len(frame), bool)
    for index, (owner, *values) in enumerate(frame[["return", *fields]].itertuples(index=False, name=None)):
        digest = row_digest(values)
        genuine[index] = issued[owner][digest] > 0
        issued[owner][digest] -= 1
    if genuine.all():
        return returns
    lines = [line(returns, "head_office", index, "head-office-edited") for index in frame.index[~genuine]]
    receipts = returns.receipts.copy()
    rows = receipts["rows"].map(lambda tables: {key: dict(counts) for key, counts in tables.items()})
    aside = Counter(frame["return"].to_numpy()[~genuine].tolist())
    for number, count in aside.items():
        receipts.loc[number, "rows_accepted"] -= count
        receipts.loc[number, "rows_set_aside"] += count
        rows[number]["head_office"]["accepted"] -= count
    masks = returns.unreadable["head_office"][genuine].reset_index(drop=True)
    returns = replace(returns, receipts=receipts.assign(rows=rows))
    return changed_table(returns, "head_office", frame[genuine].reset_index(drop=True), masks, lines)


def line(
    returns: Returns, table: str, index: int, code: str, field: str = "", value: str = "", more: str = ""
) -> dict[str, object]:
    """A problem at a row of a table's frame."""
    number, row = return_and_row(returns.tables[table], index)
    placement = returns.placements[number, table]
    template = returns.templates[str(returns.receipts.at[number, "template"])]
    heading = template.tables[table].field_named(field).heading if field else ""
    cell = placement.cell(row, field) if field else ""
    found = Problem(code, table, placement.sheet, row, field, cell, heading, value, more)
    return problems.line(number, str(returns.receipts.at[number, "file"]), found)


def missing_rows(returns: Returns, stamps: Mapping[int, Stamp]) -> Returns:
    """A problem for each issued row that is gone; it does not count as withdrawn."""
    lines = []
    for template in returns.templates.values():
        numbers = set(returns.of_template(template))
        for key, table in template.tables.items():
            issued = [
                (n, row) for n, stamp in stamps.items() if n in numbers for row in stamp.issued if row.table == key
            ]
            if not issued:
                continue
            frame, identity = returns.tables[key], table.identity or "action"
            left = Counter(zip(frame["return"], frame[identity].map(clean_text).str.lower(), strict=True))
            for number, row in issued:
                ref = (number, clean_text(row.ref).lower())
                left[ref] -= 1
                if left[ref] < 0:
                    found = Problem("issued-row-missing", key, returns.placements[number, key].sheet, value=row.ref)
                    lines.append(problems.line(number, str(returns.receipts.at[number, "file"]), found))
    return with_problems(returns, lines) if lines else returns
