"""The month since which an action has been escalated beyond its service, and the last decision about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from qipxl.archive.store import folded_pairs
from qipxl.periods import Period
from qipxl.provider.head_office_facts import Action, action_of
from qipxl.provider.register import Register
from qipxl.provider.register_schema import DecisionLine


def decisions(
    escalated: pd.DataFrame, register: Register, earlier: pd.DataFrame, period: Period, as_at: date
) -> pd.DataFrame:
    """For each escalated action `since`, the first of the unbroken run of months, and of the last decision `decided`, its words, and
    `decided_by`, its date and who made it.

    `earlier` has the actions of the months before `period`, in plans and after they have left them: `service`, `action` (the Ref,
    folded), `period`, `escalated`.
    """
    runs = escalated_months(earlier)
    decided: dict[Action, tuple[str, str]] = {}
    for line in sorted(register.of(DecisionLine), key=lambda line: line.decided_on):
        if line.decided_on <= as_at:
            words = f"{line.decided_on:%d/%m/%Y} {line.decided_by}: {line.decision} (level {line.level})"
            by_whom = f"{line.decided_on.day} {line.decided_on:%B %Y}, {line.decided_by}"
            decided[action_of(line.service, line.action)] = words, by_whom
    actions = list(map(action_of, escalated["service"], escalated["ref"]))
    most = max(map(len, runs.values()), default=0)
    before = [period.plus(-back) for back in range(most + 1)]
    names = [str(month) for month in before[1:]]
    since = [before[run_length(runs.get(action, set()), names)].words for action in actions]
    known = [decided.get(action, ("", "")) for action in actions]
    texts, by = [words for words, _ in known], [who for _, who in known]
    return pd.DataFrame({"since": since, "decided": texts, "decided_by": by}, index=escalated.index)


def escalated_months(lines: pd.DataFrame) -> dict[Action, set[str]]:
    """The months in which each action was escalated beyond its service."""
    months: dict[Action, set[str]] = {}
    escalated = lines.loc[lines["escalated"].astype(bool)]
    actions = folded_pairs(escalated["service"], escalated["action"]).tolist()
    for action, month in zip(actions, escalated["period"].tolist(), strict=True):
        months.setdefault(action, set()).add(month)
    return months


def run_length(months: set[str], before: Sequence[str]) -> int:
    """How many of the months `before`, the latest first, the unbroken run of these months has."""
    return next((number for number, month in enumerate(before) if month not in months), len(before))
