"""The matters of meetings as the summary shows them: each with what every meeting asked, decided and agreed, and where it has got to."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from qipxl.periods import Period
from qipxl.provider.meetings.matters import Matter, matters_of
from qipxl.provider.meetings.records import Meetings
from qipxl.summary.meetings import NOT_READ
from qipxl.summary.summary import MEETING_MATTER
from qipxl.text import folded


def meeting_frame(meetings: Meetings, period: Period, names: Mapping[str, str]) -> pd.DataFrame:
    """Lines MEETING_MATTER of the meetings about a month and those before it: what could not be read, then open matters, then others."""
    known = {folded(code): name for code, name in names.items()}
    matters = list(matters_of(meetings.lines, up_to=period).values())
    ordered = sorted(matters, key=lambda matter: (not matter.is_open, matter.first.held_on, matter.ref))
    rows: list[dict[str, object]] = [{"state": NOT_READ, "finding": problem} for problem in meetings.problems]
    rows += [matter_row(matter, known.get(folded(matter.first.service), matter.first.service)) for matter in ordered]
    frame = pd.DataFrame(rows, columns=list(MEETING_MATTER))
    dates = {name: pd.to_datetime(frame[name]).astype("datetime64[s]") for name in ("by_when", "closed_on")}
    texts = {name: frame[name].astype(object).fillna("") for name in MEETING_MATTER if name not in dates}
    return pd.DataFrame({**texts, **dates})[list(MEETING_MATTER)]


def matter_row(matter: Matter, name: str) -> dict[str, object]:
    """One matter."""
    return {
        "ref": matter.ref, "service": matter.first.service, "name": name, "action": matter.first.action, "state": matter.state,
        "finding": matter.text("finding"), "why": matter.text("why"), "said": matter.text("said"), "asked": every(matter, "asked"),
        "decided": "\n".join(filter(None, [every(matter, "decision"), levels(matter), dates(matter)])),
        "support": every(matter, "support"), "who": every(matter, "who"), "by_when": matter.last("by_when"),
        "judged": "\n".join(filter(None, [judged(matter), verified(matter)])),
        "meetings": "\n".join(dict.fromkeys(line.named for line in matter.lines)), "closed_on": matter.closed_on,
        "chair": every(matter, "chair", dated=False), "present": every(matter, "present", dated=False),
        "notes": every(matter, "notes", dated=False),
    }  # fmt: skip


def every(matter: Matter, name: str, *, dated: bool = True) -> str:
    """What each meeting wrote in a field, a line for each; with its date if several meetings did."""
    written = [(line.held_on, getattr(line, name)) for line in matter.lines if getattr(line, name)]
    if len(written) == 1 or not dated:
        return "\n".join(dict.fromkeys(str(text) for _, text in written))
    return "\n".join(f"{day:%d/%m/%Y}: {text}" for day, text in written)


def levels(matter: Matter) -> str:
    """The level that holds its action, if a meeting said so."""
    level = matter.last("level")
    return "" if level is None else f"Held at level {level}."


def dates(matter: Matter) -> str:
    """The later due date, if a meeting agreed one."""
    days = [line.new_date for line in matter.lines if line.new_date is not None]
    return f"New due date {days[-1]:%d/%m/%Y}." if days else ""


def judged(matter: Matter) -> str:
    """The judgements of evidence and reviews."""
    return "\n".join(f"{line.item}: {line.judgement}" for line in matter.lines if line.judgement)


def verified(matter: Matter) -> str:
    """Who verified its action."""
    who = matter.text("verified_by")
    return f"Verified by {who}" if who else ""
