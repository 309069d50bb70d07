"""Logs of all services: what governance meetings challenged, and what reviews found and taught."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from qipxl.summary.sheet_spec import ColumnSpec, SheetSpec, TableColumns, plural
from qipxl.summary.summary import ProviderSummary

CHALLENGES = (
    ColumnSpec("Service", "name", 22), ColumnSpec("Action", "action", 9), ColumnSpec("State", "state", 10, bold=True),
    ColumnSpec("Meeting", "meeting", 20),
    ColumnSpec("Date", "raised_on", 12), ColumnSpec("Challenge", "challenge", 40), ColumnSpec("Follow up", "follow_up", 36),
    ColumnSpec("Follow up owner", "follow_up_owner", 18), ColumnSpec("Due date", "due", 12), ColumnSpec("Closed on", "closed_on", 12),
    ColumnSpec("File", "file", 24), ColumnSpec("Cell", "cell", 13),
)  # fmt: skip
LEARNING = (
    ColumnSpec("Service", "name", 22), ColumnSpec("Action", "action", 9), ColumnSpec("Date", "held_on", 12),
    ColumnSpec("Effective?", "effective", 16),
    ColumnSpec("Finding", "finding", 44), ColumnSpec("Learning", "learning", 44), ColumnSpec("Success measure", "measure_result", 14),
    ColumnSpec("Reviewed by", "reviewed_by", 18), ColumnSpec("Method", "method", 16), ColumnSpec("File", "file", 24),
    ColumnSpec("Cell", "cell", 13),
)  # fmt: skip
COLUMNS_READ: TableColumns = {
    "challenge": tuple(column.source for column in CHALLENGES),
    "reviews": ("teaches", *(column.source for column in LEARNING)),
}


def challenges(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """The challenge log: open challenges first, by due date, so that overdue ones are on top."""
    lines = summary.records.get("challenge")
    if lines is None or "state" not in lines.columns:
        return
    order = lines.assign(closed=lines["closed_on"].notna())
    counts = lines["state"].value_counts()
    line = ", ".join(f"{number} {str(word).lower()}" for word, number in counts.items()) or "no challenge"
    about = "What governance meetings questioned, and the follow-up; overdue follow-ups first."
    frame = order.sort_values(["closed", "due"], kind="stable")
    yield SheetSpec("Challenge log", about, f"{line}.", CHALLENGES, frame, link_cell=True)


def learning(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """What reviews found and taught, the latest review first."""
    chosen = rows_of(summary, "reviews", "teaches", [*(column.source for column in LEARNING), "return", "row"])
    if chosen is None:
        return
    chosen = chosen.sort_values(["held_on", "return", "row"], ascending=[False, True, True], kind="stable")
    about = "What reviews found and what was learned from it, above all where a change did not work."
    yield SheetSpec("Learning", about, f"{plural(len(chosen), 'review')}.", LEARNING, chosen, link_cell=True)


def rows_of(summary: ProviderSummary, key: str, flag: str, columns: Sequence[str]) -> pd.DataFrame | None:
    """The unsorted rows of a table for which a true/false column (`flag`) is true; None if no template in use has that column."""
    chosen = [
        lines.loc[lines[flag].astype(bool), list(columns)]
        for lines in summary.records.parts(key)
        if flag in lines.columns
    ]
    return pd.concat(chosen) if chosen else None
