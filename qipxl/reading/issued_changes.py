"""Compares returns with what their trackers were issued with: dates that never change, missing rows, head office's own table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from qipxl.returns import problems
from qipxl.returns.problems import Problem, shown
from qipxl.returns.returns import Returns, problem_frame, return_and_row
from qipxl.text import clean_text, folded
from qipxl.workbook.stamp import Stamp, row_digest

FIXED = "original-due-changed"
"""The code of the problem that a date that never changes was changed."""


def compare_with_issued(returns: Returns, stamps: Mapping[int, Stamp]) -> Returns:
    """Restore the dates that never change, set aside rows that head office did not write, and report issued rows that are gone."""
    return set_aside_head_office(missing_rows(restore_original_due(returns, stamps), stamps), stamps)


def restore_original_due(returns: Returns, stamps: Mapping[int, Stamp]) -> Returns:
    """A date that is fixed never changes: the issued one is used, and the change becomes a problem."""
    return restore_fixed(returns, lambda table: issued_dates(stamps, table))


FixedDates = Mapping[tuple[int, str], np.datetime64]
"""The dates that never change, by the number of their return and their reference, folded."""


def restore_fixed(returns: Returns, agreed: Callable[[str], FixedDates]) -> Returns:
    """Returns with the agreed dates (by table) in the fields that never change, and a problem for each date that was changed."""
    tables = {
        (key, line.identity, line.fixed_field)
        for each in returns.templates.values()
        for key, line in each.tables.items()
    }
    for key, identity, name in sorted(table for table in tables if table[2]):
        frame = returns.tables.get(key)
        if frame is not None and len(frame) and name in frame and (dates := agreed(key)):
            returns = restore_dates(returns, key, name, agreed_dates(frame, identity, dates))
    return returns


def restore_dates(returns: Returns, key: str, name: str, agreed: pd.Series) -> Returns:
    """Returns with the dates of one field replaced by the agreed ones (NaT: none), and a problem for each difference."""
    frame = returns.tables[key]
    changed = agreed.notna() & (agreed != frame[name])
    if not changed.any():
        return returns
    owners = frame[["return", "row"]].itertuples(index=False, name=None)
    typed = [returns.as_typed.get((key, name, number, row)) for number, row in owners]
    texts, dates = (days.dt.strftime("%d/%m/%Y").fillna("nothing") for days in (frame[name], agreed))
    lines = [
        line(
            returns,
            key,
            index,
            FIXED,
            name,
            texts[index] if typed[index] is None else shown(typed[index]),
            dates[index],
        )
        for index in frame.index[changed]
    ]
    restored = frame.assign(**{name: frame[name].mask(changed, agreed)})
    masks = returns.unreadable[key]
    if name in masks:
        masks = masks.assign(**{name: masks[name] & ~changed})
    cells = set(frame.loc[changed, ["return", "row"]].itertuples(index=False, name=None))
    unread = {cell: text for cell, text in returns.as_typed.items() if cell[:2] != (key, name) or cell[2:] not in cells}
    return changed_table(replace(returns, as_typed=unread), key, restored, masks, lines)


def changed_table(
    returns: Returns, key: str, frame: pd.DataFrame, masks: pd.DataFrame, lines: Sequence[Mapping[str, object]]
) -> Returns:
    """Returns with one table and its masks replaced, and more problems."""
    tables, unreadable = {**returns.tables, key: frame}, {**returns.unreadable, key: masks}
    return replace(with_problems(returns, lines), tables=tables, unreadable=unreadable)


def with_problems(returns: Returns, lines: Sequence[Mapping[str, object]]) -> Returns:
    """Returns with more problems."""
    return replace(returns, problems=pd.concat([returns.problems, problem_frame(lines)], ignore_index=True))


def agreed_dates(frame: pd.DataFrame, identity: str, known: FixedDates) -> pd.Series:
    """The fixed date of each row of a table; NaT if none is known."""
    keys = zip(frame["return"], frame[identity], strict=True)
    found = [known.get((number, folded(ref)), np.datetime64("NaT")) for number, ref in keys]
    return pd.Series(np.array(found, "datetime64[s]"), index=frame.index)


def issued_dates(stamps: Mapping[int, Stamp], table: str) -> FixedDates:
    """The date that never changes of each issued row; none for a reference of several issued rows."""
    known: dict[tuple[int, str], np.datetime64] = {}
    for number, stamp in stamps.items():
        issued = [(folded(row.ref), row.original_due) for row in stamp.issued if row.table == table]
        count = Counter(ref for ref, _ in issued)
        known |= {(number, ref): np.datetime64(due) for ref, due in issued if due and count[ref] == 1}
    return known


def set_aside_head_office(returns: Returns, stamps: Mapping[int, Stamp]) -> Returns:
    """Set aside the rows of From head office that differ from the issued ones.

    They are compared in the columns that the return has: a tracker of an earlier version lacks those that came later.
    """
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
        columns = returns.placements[owner, "head_office"].columns
        digest = row_digest(value for name, value in zip(fields, values, strict=True) if name in columns)
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
