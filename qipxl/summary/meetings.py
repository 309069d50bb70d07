"""What meetings asked, decided and agreed: the sheet Meetings, the same for packs, what is still open, and one line about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pandas as pd

from qipxl.summary.plain_words import sentence
from qipxl.summary.sheet_spec import ColumnSpec, SheetSpec, columns_of
from qipxl.summary.summary import ProviderSummary
from qipxl.text import plural, spelled

MEETINGS = "Meetings"
COLUMNS = (
    *columns_of(("Service", "name", 18), ("Action", "action", 8), ("Matter", "finding", 36)), ColumnSpec("State", "state", 13, bold=True),
    *columns_of(
        ("Asked", "asked", 34), ("Decided", "decided", 34), ("Support agreed", "support", 30), ("Who", "who", 15), ("By when", "by_when", 12),
        ("Promise kept?", "kept", 15), ("Judged or verified", "judged", 16), ("Meetings", "meetings", 26), ("Ref", "ref", 12),
        ("Closed on", "closed_on", 12), ("Why it was on the agenda", "why", 44), ("What the service said", "said", 44),
        ("Chair", "chair", 16), ("Who was there", "present", 26), ("Notes of the meeting", "notes", 36),
    ),
)  # fmt: skip
NOT_READ = "To put right"
"""The state of a line that says what could not be read in a meeting book."""
OPEN = ("Open", "Copies differ")
"""The states of a matter that is still on the agenda."""
PUBLISHED = (
    "name",
    "action",
    "finding",
    "state",
    "asked",
    "decided",
    "support",
    "by_when",
    "kept",
    "meetings",
    "closed_on",
)
"""The columns for readers outside the provider: no names of those who took part."""
AGREED = columns_of(
    ("Service", "name", 18), ("Action", "action", 8), ("What was asked or agreed", "agreed", 44), ("Who", "who", 15), ("By when", "by_when", 12),
    ("Promise kept?", "kept", 15), ("Matter", "finding", 36), ("Meetings", "meetings", 26),
)  # fmt: skip
"""The columns of what is still open."""


def meetings(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """Every matter of this month's and earlier meetings, the open ones first; no sheet without a meeting."""
    frame = summary.meetings
    if len(frame):
        is_waiting = is_open(frame)
        waiting, wrong = int(is_waiting.sum()), int((frame["state"] == NOT_READ).sum())
        late = int(is_late(frame[is_waiting], summary.as_at).sum())
        about = (
            "What meetings asked and decided, and the support that they agreed; open matters first. "
            "A matter stays on the agenda until it is closed."
        )
        found = f"{spelled(waiting)} open{f', {spelled(late)} late' if late else ''}{f'; {spelled(wrong)} to put right' if wrong else ''}"
        shown = frame.assign(kept=promises_kept(frame, summary.as_at))
        yield SheetSpec(MEETINGS, about, f"{sentence(found)}.", COLUMNS, shown, title=f"{MEETINGS}: {found}")


def challenge_and_support(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """The same for readers outside the provider: only matters that were discussed, about services of the pack."""
    for spec in meetings(summary):
        columns = [column for column in spec.columns if column.source in PUBLISHED]
        frame = spec.frame[(spec.frame["service"] != "") & (spec.frame["state"] != "Not discussed")]
        if len(frame):
            about = (
                "What the provider's meetings asked and decided, and the support that they agreed; open matters first."
            )
            line = f"{sentence(spelled(int(frame['state'].isin(OPEN).sum())))} open."
            yield SheetSpec("Challenge and support", about, line, columns, frame.reset_index(drop=True))


def open_matters(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """What meetings asked or agreed and have not closed, the most overdue first; nothing without a meeting."""
    frame = summary.meetings
    if not len(frame):
        return
    waiting = frame[is_open(frame)]
    words = waiting[["asked", "support", "decided"]].itertuples(index=False, name=None)
    shown = waiting.assign(
        agreed=[next(filter(None, texts), "") for texts in words],
        kept=promises_kept(waiting, summary.as_at),
        meetings=waiting["meetings"].str.replace("\n", "; "),
    )
    dated = frame[frame["closed_on"].notna() & frame["by_when"].notna()]
    in_days = int((dated["closed_on"] <= dated["by_when"]).sum())
    line = f"Closed by its day: {in_days} of {len(dated)}." if len(dated) else ""
    about = "What meetings asked or agreed that is still open, the most overdue first. The summary workbook has every matter."
    title = open_words(summary) or "No matter of a meeting is open"
    yield SheetSpec(MEETINGS, about, line, AGREED, shown.sort_values("by_when", kind="stable"), title=title)


def open_words(summary: ProviderSummary) -> str:
    """How many matters are open and how many of them are late, such as “Seven matters of meetings are open, two are late”."""
    waiting = summary.meetings[is_open(summary.meetings)]
    number, late = len(waiting), int(is_late(waiting, summary.as_at).sum())
    if not number:
        return ""
    matters = (
        f"{spelled(number, first=True)} {'matter of a meeting is' if number == 1 else 'matters of meetings are'} open"
    )
    if number == 1:
        return f"{matters}, and it is late" if late else matters
    return f"{matters}, {spelled(late)} {'is' if late == 1 else 'are'} late" if late else f"{matters}, none is late"


def is_open(frame: pd.DataFrame) -> pd.Series:
    """Which matters are still on the agenda."""
    return frame["state"].isin(OPEN)


def is_late(frame: pd.DataFrame, as_at: date) -> pd.Series:
    """Which matters have a day that has passed."""
    return pd.to_datetime(frame["by_when"]) < pd.Timestamp(as_at)


def promises_kept(frame: pd.DataFrame, as_at: date) -> list[str]:
    """Whether what was agreed was done by its day, in words; empty if it was not discussed, or closed without a day."""
    days = (pd.to_datetime(frame[name]) for name in ("by_when", "closed_on"))
    lines = zip(frame["state"].isin(OPEN), *days, strict=True)
    return [kept_words(is_waiting, due, closed, pd.Timestamp(as_at)) for is_waiting, due, closed in lines]


def kept_words(is_waiting: bool, due: pd.Timestamp, closed: pd.Timestamp, as_at: pd.Timestamp) -> str:
    """The same of one matter."""
    if pd.isna(due):
        return "No day agreed" if is_waiting else ""
    if not is_waiting and pd.isna(closed):
        return ""
    days = ((as_at if is_waiting else closed) - due).days
    late = f", {plural(days, 'day')} late" if days > 0 else ""
    if is_waiting:
        return f"No{late}" if late else "Not due yet"
    return f"Yes{late}"
