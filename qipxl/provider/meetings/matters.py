"""What meetings recorded about each matter, as lines of the register: questions, decisions, support, and when it was closed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from qipxl.periods import Period
from qipxl.provider.register import Register
from qipxl.provider.register_schema import (
    YES_NO,
    DecisionLine,
    ExtensionLine,
    JudgementLine,
    Line,
    QuestionLine,
    VerificationLine,
)
from qipxl.text import folded

CLOSED, OPEN_AGAIN = YES_NO
SEVERAL = re.compile(r"[;,\s]+")
"""What parts several Refs in a cell."""
TYPED = (
    "asked", "decision", "level", "support", "who", "by_when", "new_date", "item", "judgement", "verified_by", "closed",
)  # fmt: skip
"""The fields of a matter that a meeting fills in."""


class MatterLine(Line):
    """A matter in one meeting: why it was on the agenda, and what the meeting wrote about it.

    It is no sheet of the register: it comes from a meeting book. `kind`, `meeting` and `month` name the meeting, `file` and
    `cell` where the matter was read. `differs` says that two copies of the book differ in it; then what was written is not here.
    """

    sheet = "Meetings"
    about = "Every matter of a meeting: what was asked and decided, which support was agreed, and whether it is closed."

    ref: str
    kind: str
    meeting: str
    month: str
    held_on: date
    chair: str = ""
    present: str = ""
    notes: str = ""
    service: str = ""
    action: str = ""
    indicator: str = ""
    reason: str = ""
    finding: str = ""
    why: str = ""
    said: str = ""
    asked: str = ""
    decision: str = ""
    level: int | None = None
    support: str = ""
    who: str = ""
    by_when: date | None = None
    new_date: date | None = None
    item: str = ""
    judgement: str = ""
    verified_by: str = ""
    closed: str = ""
    differs: str = ""
    file: str = ""
    cell: str = ""

    @property
    def named(self) -> str:
        """The meeting with its date, such as “QIP review, 14 April 2026”."""
        return f"{self.meeting}, {self.held_on.day} {self.held_on:%B %Y}"

    @property
    def was_discussed(self) -> bool:
        """True if the meeting wrote something about it, apart from the evidence that was offered to judge, or raised it."""
        raised = self.reason == "" and self.finding != ""
        return raised or any(getattr(self, name) not in ("", None) for name in TYPED if name != "item")

    @property
    def by_whom(self) -> str:
        """The meeting and its chair, as decisions name who decided."""
        return f"{self.meeting}, {self.chair}" if self.chair else self.meeting


@dataclass(frozen=True)
class Matter:
    """A matter in all its meetings so far, the earliest first."""

    lines: Sequence[MatterLine]

    def last(self, name: str) -> object:
        """What was last written in a field; None if nothing was."""
        written = (getattr(line, name) for line in reversed(self.lines))
        return next((value for value in written if value not in ("", None)), None)

    def text(self, name: str) -> str:
        """The same as a text, empty if nothing was written."""
        return str(self.last(name) or "")

    @property
    def first(self) -> MatterLine:
        return self.lines[0]

    @property
    def ref(self) -> str:
        return self.first.ref

    @property
    def differs(self) -> str:
        """The sentence about copies that differ, if those of the last meeting do."""
        return self.lines[-1].differs

    @property
    def was_discussed(self) -> bool:
        return any(line.was_discussed for line in self.lines)

    @property
    def discussed(self) -> MatterLine:
        """What the last meeting that wrote about it wrote; the first line if none did."""
        return next((line for line in reversed(self.lines) if line.was_discussed), self.first)

    @property
    def closed_on(self) -> date | None:
        """The day of the meeting that closed it; None if it is open, or was opened again."""
        line = next((line for line in reversed(self.lines) if line.closed), None)
        return line.held_on if line is not None and line.closed == CLOSED else None

    @property
    def is_open(self) -> bool:
        """True if a meeting wrote about it, or its copies differ, and no meeting has closed it since."""
        return (self.was_discussed or bool(self.differs)) and self.closed_on is None

    @property
    def state(self) -> str:
        """Where it has got to, in words."""
        if self.closed_on is not None:
            return f"Closed {self.closed_on:%d/%m/%Y}"
        if self.differs:
            return "Copies differ"
        return "Open" if self.was_discussed else "Not discussed"


def matters_of(
    lines: Iterable[MatterLine], *, up_to: Period | None = None, until: date | None = None
) -> dict[str, Matter]:
    """Every matter by its Ref, of the meetings about months up to one, or of those held up to a day; all meetings by default."""
    found: dict[str, list[MatterLine]] = {}
    for line in sorted(lines, key=lambda line: (line.held_on, line.month, line.kind)):
        if (up_to is None or line.month <= str(up_to)) and (until is None or line.held_on <= until):
            found.setdefault(line.ref, []).append(line)
    return {ref: Matter(own) for ref, own in found.items()}


def register_lines(lines: Sequence[MatterLine]) -> list[Line]:
    """What the meetings decided, as the lines of the register that say the same."""
    closed = {ref: matter.closed_on for ref, matter in matters_of(lines).items()}
    return [made for line in lines for made in lines_of(line, closed[line.ref])]


def lines_of(line: MatterLine, closed_on: date | None) -> list[Line]:
    """The lines of the register that a matter makes; a question about a service as a whole is answered when the matter is closed."""
    code, action = line.service, line.action
    made: list[Line] = []
    if line.action and line.level is not None and line.decision:
        made.append(
            DecisionLine(
                service=code,
                action=action,
                decided_on=line.held_on,
                level=line.level,
                decision=line.decision,
                decided_by=line.by_whom,
            )
        )
    if line.action and line.new_date is not None:
        made.append(
            ExtensionLine(
                service=code, action=action, new_date=line.new_date, approved_by=line.by_whom, approved_on=line.held_on
            )
        )
    if line.action and line.verified_by:
        made.append(
            VerificationLine(service=code, action=action, verified_by=line.verified_by, verified_on=line.held_on)
        )
    if line.action and line.judgement:
        made += [
            JudgementLine(
                service=code,
                action=action,
                ref=ref,
                judgement=line.judgement,
                judged_by=line.by_whom,
                judged_on=line.held_on,
            )
            for ref in refs_in(line.item)
        ]
    if line.service and not line.action and line.asked:
        question = f"{line.asked} ({line.named})"
        made.append(QuestionLine(service=line.service, question=question, asked_on=line.held_on, answered_on=closed_on))
    return made


def refs_in(text: str) -> list[str]:
    """The Refs in a cell.

    >>> refs_in("E-003; E-004")
    ['E-003', 'E-004']
    """
    return [ref for ref in SEVERAL.split(text) if ref]


def with_meetings(register: Register, matters: Sequence[MatterLine]) -> Register:
    """The register with what the meetings recorded, and with the present codes of services in it."""
    if not matters:
        return register
    codes = register.former_codes
    present = [
        line.model_copy(update={"service": codes[folded(line.service)]}) if folded(line.service) in codes else line
        for line in matters
    ]
    lines: dict[type[Line], Sequence[Line]] = {**register.lines, MatterLine: present}
    for line in register_lines(present):
        lines[type(line)] = [*lines.get(type(line), ()), line]
    return replace(register, lines=lines)
