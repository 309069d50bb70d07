"""What changed in each service since its last return: promises first, then headlines, then everything else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from qipxl.archive.changes import KINDS, PROMISE
from qipxl.rules.rulebook import HEADLINE
from qipxl.summary.sheet_spec import SheetSpec, columns_of
from qipxl.summary.summary import ProviderSummary
from qipxl.text import plural, spelled

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
    every, states = summary.since_last, summary.headline.states
    rank = every["now"].map({state.word: place for place, state in enumerate(states)}).fillna(len(states))
    promised, rated = every["kind"] == PROMISE, every["field"] == HEADLINE
    frame = every.iloc[np.lexsort([rank.where(rated, 0).to_numpy(), np.select([promised, rated], [0, 1], 2)])]
    allowed = frame["explained"].map({True: "Yes", False: "No"}).where(frame["kind"] == PROMISE, "")
    counts = frame["kind"].value_counts()
    numbers = [int(counts.get(kind, 0)) for kind in KINDS]
    line = f"{plural(numbers[0], 'promise')}, {plural(numbers[1], 'state')}, {plural(numbers[2], 'text')}."
    ratings = int(rated.sum())
    others = len(frame) - numbers[0] - ratings
    about = (
        "What differs from each service's last return: promises and baselines first (one that changed without an extension is a "
        "problem too), then the headlines of actions, the worst first."
    )
    changed = f"{number_of(numbers[0], 'promise', 'promises')} changed"
    rerated = number_of(ratings, "action has", "actions have")
    title = f"{CHANGES}: {changed}, {rerated} another headline"
    shown = frame.assign(shown_kind=frame["kind"].map(KIND_WORDS), allowed=allowed)
    yield SheetSpec(CHANGES, about, line, COLUMNS, shown, link_cell=True, title=title, folded=others)


def number_of(count: int, one: str, many: str) -> str:
    """A count with its noun at the beginning of a sentence, such as “no promise”, “one promise” and “three promises”."""
    return f"{spelled(count)} {one if count == 1 else many}" if count else f"no {one}"


def promises(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """The same list with the promises and baselines alone; the others are counted."""
    for spec in changes(summary):
        about = (
            "Promises and baselines that differ from the service's last return. The summary workbook has every change."
        )
        yield SheetSpec(spec.name, about, spec.line, spec.columns, spec.frame[spec.frame["kind"] == PROMISE])
