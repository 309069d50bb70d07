"""What meetings asked, decided and agreed: the sheet Meetings, and the same for packs."""

from __future__ import annotations

from collections.abc import Iterator

from qipxl.summary.plain_words import sentence
from qipxl.summary.sheet_spec import ColumnSpec, SheetSpec, columns_of
from qipxl.summary.summary import ProviderSummary
from qipxl.text import spelled

MEETINGS = "Meetings"
COLUMNS = (
    *columns_of(("Service", "name", 18), ("Action", "action", 8), ("Matter", "finding", 36)), ColumnSpec("State", "state", 13, bold=True),
    *columns_of(
        ("Asked", "asked", 34), ("Decided", "decided", 34), ("Support agreed", "support", 30), ("Who", "who", 15), ("By when", "by_when", 12),
        ("Judged or verified", "judged", 16), ("Meetings", "meetings", 26), ("Ref", "ref", 12), ("Closed on", "closed_on", 12),
        ("Why it was on the agenda", "why", 44), ("What the service said", "said", 44), ("Chair", "chair", 16), ("Who was there", "present", 26),
        ("Notes of the meeting", "notes", 36),
    ),
)  # fmt: skip
NOT_READ = "To put right"
"""The state of a line that says what could not be read in a meeting book."""
OPEN = ("Open", "Copies differ")
"""The states of a matter that is still on the agenda."""
PUBLISHED = ("name", "action", "finding", "state", "asked", "decided", "support", "by_when", "meetings", "closed_on")
"""The columns for readers outside the provider: no names of those who took part."""


def meetings(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """Every matter of this month's and earlier meetings, the open ones first; no sheet without a meeting."""
    frame = summary.meetings
    if len(frame):
        waiting, wrong = int(frame["state"].isin(OPEN).sum()), int((frame["state"] == NOT_READ).sum())
        about = (
            "What meetings asked and decided, and the support that they agreed; open matters first. "
            "A matter stays on the agenda until it is closed."
        )
        found = f"{spelled(waiting)} open{f'; {spelled(wrong)} to put right' if wrong else ''}"
        yield SheetSpec(MEETINGS, about, sentence(f"{found}."), COLUMNS, frame, title=f"{MEETINGS}: {found}")


def challenge_and_support(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """The same for readers outside the provider: only matters that were discussed, about services of the pack."""
    for spec in meetings(summary):
        columns = [column for column in spec.columns if column.source in PUBLISHED]
        frame = spec.frame[(spec.frame["service"] != "") & (spec.frame["state"] != "Not discussed")]
        if len(frame):
            about = (
                "What the provider's meetings asked and decided, and the support that they agreed; open matters first."
            )
            yield SheetSpec("Challenge and support", about, spec.line, columns, frame.reset_index(drop=True))
