"""Returns made from a tracker that was issued before the service's return of the month before came in, or was corrected.

Rows that are unchanged since the tracker was issued are read as that later return has them, and rows that the tracker never
had are added. So an action that the late return shows as complete is not rated as open because the tracker did not know it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from qipxl.archive.store import Archive
from qipxl.periods import Period
from qipxl.provider.put_back import ACTIONS, LastReturn, Row, last_return_of_each, removed_refs, with_rows
from qipxl.provider.register import Register
from qipxl.returns import problems
from qipxl.returns.problems import Problem
from qipxl.returns.returns import Returns, problem_frame
from qipxl.template import Template
from qipxl.text import folded
from qipxl.workbook.layout import START, put_back_row
from qipxl.workbook.stamp import LAST_RETURN, Stamp, row_digest


def with_late_rows(returns: Returns, register: Register, archive: Archive, period: Period, as_at: date) -> Returns:
    """Returns with the rows of the late return where a tracker did not know them; a problem says how many."""
    removed, lasts = removed_refs(register, as_at), last_return_of_each(archive, period)
    for number in map(int, returns.accepted.index):
        stamp = returns.stamps.get(number)
        name = stamp.facts.get(LAST_RETURN, "") if stamp is not None else ""
        if stamp is None or not name:
            continue
        code = folded(stamp.facts["code"])
        last = lasts.get(code)
        if last is None or last.named == name:
            continue
        template, count = returns.templates[str(returns.receipts.at[number, "template"])], 0
        left_out = {ref for owner, ref in removed if owner == code}
        for key, table in template.tables.items():
            if table.filled_by == "service" and table.identity and key in returns.tables:
                rows = late_rows(returns, number, template, key, stamp, last, period, left_out)
                returns, count = with_replaced(returns, number, key, rows, last), count + len(rows)
        if count:
            month, file = str(last.archive.versions["period"].iloc[0]), str(returns.receipts.at[number, "file"])
            more = f"{count} row is" if count == 1 else f"{count} rows are"
            found = Problem("tracker-before-return", "", START, value=Period.read(month).words, more=more)
            line = problem_frame([problems.line(number, file, found)])
            returns = replace(returns, problems=pd.concat([returns.problems, line], ignore_index=True))
    return returns


def late_rows(
    returns: Returns,
    number: int,
    template: Template,
    key: str,
    stamp: Stamp,
    last: LastReturn,
    period: Period,
    removed: set[str],
) -> list[tuple[int, Row]]:
    """The rows of a table to take from the late return, each with its row number in this return."""
    table, frame = template.tables[key], returns.tables[key]
    fields = [field.key for field in table.field]
    present = frame[frame["return"] == number]
    digests = {
        folded(ref): (int(row), row_digest(values))
        for row, ref, *values in present[["row", table.identity, *fields]].itertuples(index=False, name=None)
    }
    issued = {folded(row.ref): row.digest for row in stamp.issued if row.table == key}
    lines = last.rows(key)
    times = Counter(folded(line[table.identity]) for line in lines)
    open_refs = {folded(line["ref"]) for line in last.open_actions()} if key == ACTIONS else set(times)
    rows: list[tuple[int, Row]] = []
    for line in lines:
        ref = folded(line[table.identity])
        if not ref or times[ref] > 1 or ref in removed:
            continue
        if ref in digests and issued.get(ref) == digests[ref][1] != row_digest(line.get(field) for field in fields):
            rows.append((digests[ref][0], line))
        elif ref not in digests and ref not in issued and ref in open_refs:
            rows.append((put_back_row(period, len(rows), late=True), line))
    return rows


def with_replaced(
    returns: Returns, number: int, key: str, rows: Sequence[tuple[int, Row]], last: LastReturn
) -> Returns:
    """Returns with rows of one table in the place of those with the same row numbers."""
    if not rows:
        return returns
    frame, numbers = returns.tables[key], [row for row, _ in rows]
    kept = ~((frame["return"] == number) & frame["row"].isin(numbers)).to_numpy()
    tables = {**returns.tables, key: frame[kept].reset_index(drop=True)}
    masks = {**returns.unreadable, key: returns.unreadable[key][np.asarray(kept)].reset_index(drop=True)}
    without = replace(returns, tables=tables, unreadable=masks)
    return with_rows(without, number, key, [row for _, row in rows], numbers, last)
