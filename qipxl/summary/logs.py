"""Logs of all services: what governance meetings challenged, and what reviews found and taught."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from qipxl.summary.sheet_spec import (
    EARLIER,
    RETURN_OF,
    ColumnSpec,
    SheetSpec,
    TableColumns,
    columns_of,
    listing,
)
from qipxl.summary.summary import ProviderSummary

CHALLENGES = (
    *columns_of(("Service", "name", 18), ("Action", "action", 9)), ColumnSpec("State", "state", 10, bold=True),
    ColumnSpec("Days open", "days_open", 11, bar=True),
    *columns_of(
        ("Challenge", "challenge", 40), ("Follow up", "follow_up", 36), ("Follow up owner", "follow_up_owner", 16), ("Due date", "due", 12),
        ("Meeting", "meeting", 18), ("Date", "raised_on", 12), ("Closed on", "closed_on", 12), (RETURN_OF, "period", 10),
        ("File", "file", 24), ("Cell", "cell", 16),
    ),
)  # fmt: skip
LEARNING = columns_of(
    ("Service", "name", 18), ("Action", "action", 9), ("Date", "held_on", 12), ("Effective?", "effective", 16), ("Finding", "finding", 44),
    ("Learning", "learning", 44), ("Success measure", "measure_result", 14), ("Reviewed by", "reviewed_by", 18), ("Method", "method", 16),
    (RETURN_OF, "period", 10), ("File", "file", 24), ("Cell", "cell", 13),
)  # fmt: skip
COLUMNS_READ: TableColumns = {
    "challenge": tuple(column.source for column in CHALLENGES if column.source != "days_open"),
    "reviews": ("teaches", *(column.source for column in LEARNING)),
}


def challenges(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """The challenge log: open challenges first, by due date, so that overdue ones are on top."""
    lines = summary.records.only(COLUMNS_READ["challenge"]).get("challenge")
    if lines is None or "state" not in lines.columns:
        return
    counts = lines["state"].value_counts()
    line = ", ".join(f"{number} {str(word).lower()}" for word, number in counts.items()) or "no challenge"
    about = (
        "What governance meetings questioned, and the follow-up; open ones first, by the date of the follow-up. "
        + EARLIER
    )
    is_open = lines["closed_on"].isna()
    days = (pd.Timestamp(summary.as_at) - pd.to_datetime(lines["raised_on"])).dt.days.where(is_open)
    frame = lines.assign(closed=~is_open, days_open=days).sort_values(["closed", "due"], kind="stable")
    yield SheetSpec(
        "Challenge log", about, f"{line}.", CHALLENGES, frame, link_cell=True, title=f"Challenge log: {line}"
    )


def learning(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """What reviews found and taught, the latest review first."""
    chosen = rows_of(summary, "reviews", "teaches", [*(column.source for column in LEARNING), "return", "row"])
    if chosen is None:
        return
    chosen = chosen.sort_values(["held_on", "return", "row"], ascending=[False, True, True], kind="stable")
    about = "What reviews found and what was learned from it, above all where a change did not work. " + EARLIER
    yield listing("Learning", about, LEARNING, chosen, "review", link_cell=True)


def rows_of(summary: ProviderSummary, key: str, flag: str, columns: Sequence[str]) -> pd.DataFrame | None:
    """The unsorted rows of a table for which a true/false column (`flag`) is true; None if no template in use has that column."""
    parts = [lines for lines in summary.records.only([*columns, flag]).parts(key) if flag in lines.columns]
    chosen = [lines.loc[lines[flag].astype(bool), list(columns)] for lines in parts]
    return pd.concat(chosen) if chosen else None
