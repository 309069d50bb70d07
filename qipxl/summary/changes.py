"""What changed in each service since its last return: promises first, then states, then words."""

from __future__ import annotations

from collections.abc import Iterator

from qipxl.archive.changes import KINDS, PROMISE
from qipxl.summary.sheet_spec import SheetSpec, columns_of, plural
from qipxl.summary.summary import ProviderSummary

CHANGES = "Changes since last month"
KIND_WORDS = dict(zip(KINDS, ("Promise", "State", "Words"), strict=True))
COLUMNS = columns_of(
    ("Kind", "shown_kind", 10), ("Service", "name", 22), ("Region", "region", 16), ("Sheet", "sheet", 14), ("Ref", "ref", 12),
    ("What changed", "heading", 22), ("Was", "was", 44), ("Is now", "now", 44), ("Allowed by the plan", "allowed", 12), ("File", "file", 24),
    ("Cell", "cell", 16),
)  # fmt: skip


def changes(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """Every change since the last return of each service. No sheet without an archive."""
    if summary.movement is None and not len(summary.since_last):
        return
    frame = summary.since_last
    allowed = frame["explained"].map({True: "Yes", False: "No"}).where(frame["kind"] == PROMISE, "")
    counts = frame["kind"].value_counts()
    numbers = [int(counts.get(kind, 0)) for kind in KINDS]
    line = f"{plural(numbers[0], 'promise')}, {plural(numbers[1], 'state')}, {plural(numbers[2], 'text')}."
    about = (
        "Every cell that differs from the service's last return, and rows that are new or gone. Promises and baselines come "
        "first: one that changed without an extension is a problem too."
    )
    shown = frame.assign(shown_kind=frame["kind"].map(KIND_WORDS), allowed=allowed)
    yield SheetSpec(CHANGES, about, line, COLUMNS, shown, link_cell=True)


def promises(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """The same list with the promises and baselines alone; the others are counted."""
    for spec in changes(summary):
        about = (
            "Promises and baselines that differ from the service's last return. The summary workbook has every change."
        )
        yield SheetSpec(spec.name, about, spec.line, spec.columns, spec.frame[spec.frame["kind"] == PROMISE])
