"""The meetings of the demo: each month's books, filled in as meetings would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from qipxl.app.demo.data import Record
from qipxl.periods import Period
from qipxl.provider.meetings.agenda import Agenda, AgendaMatter, agenda_of
from qipxl.provider.meetings.book import BLANK, FilledIn, write_book
from qipxl.provider.meetings.hold import book_path
from qipxl.provider.meetings.kinds import read_kinds
from qipxl.provider.month import ProviderMonth
from qipxl.services import service_of_plan
from qipxl.summary.summary import ProviderSummary


class Meeting(Record):
    """A meeting about the returns of a month; without a `day` it is still to come. Without `reasons` it talks about every matter."""

    kind: str
    back: int
    day: int | None = None
    chair: str = ""
    present: str = ""
    notes: str = ""
    reasons: tuple[str, ...] = ()

    def held_on(self, period: Period) -> date | None:
        """When it was held, in the month after the returns."""
        return None if self.day is None else period.plus(1).first.replace(day=self.day)


class Answer(Record):
    """What a meeting writes about a matter; `days` is by when, in days from the meeting."""

    asked: str = ""
    decision: str = ""
    level: str = ""
    support: str = ""
    who: str = ""
    days: int | None = None
    judgement: str = ""
    closed: str = ""

    def cells(self, held_on: date, manager: str) -> dict[str, object]:
        """The cells of its row, by the keys of the columns; one that it leaves blank is not among them."""
        texts: dict[str, object] = self.model_dump(exclude={"days"})
        by_when = {} if self.days is None else {"by_when": held_on + timedelta(days=self.days)}
        filled = {name: text for name, text in texts.items() if text} | by_when
        return filled | ({"who": manager} if self.who == "{manager}" else {})


Answers = Mapping[str, Sequence[Answer]]


class MeetingFile(Record):
    """The file meetings.toml; the answers are by the reason of the matter."""

    meetings: tuple[Meeting, ...]
    first: Mapping[str, tuple[Answer, ...]]
    again: Mapping[str, tuple[Answer, ...]]
    settled: Mapping[str, tuple[Answer, ...]]

    def answers_to(self, matter: AgendaMatter) -> Answers:
        """The answers for a new matter, for one that is on the agenda again, or for one that only earlier meetings left open."""
        if not matter.before:
            return self.first
        return self.settled if matter.why.startswith("Open since ") else self.again


CONTENT = MeetingFile.read("meetings.toml")


def meetings_of(period: Period, last: Period) -> list[Meeting]:
    """The meetings about the returns of a month, in a demo that ends with the month `last`."""
    return [meeting for meeting in CONTENT.meetings if last.plus(-meeting.back) == period]


def hold_meetings(
    month: ProviderMonth, meetings: Sequence[Meeting], summary: ProviderSummary, managers: Mapping[str, str]
) -> list[Path]:
    """Write the books of meetings about a month, filled in; `managers` are those of the services, by code."""
    kinds = read_kinds()
    paths = []
    for meeting in meetings:
        agenda = agenda_of(summary, kinds, kinds.named(meeting.kind), month.period, month.meetings.lines)
        filled = filled_in(agenda, meeting, managers)
        path = book_path(month, meeting.kind)
        path.parent.mkdir(parents=True, exist_ok=True)
        paths.append(write_book(agenda, path, filled))
    return paths


def filled_in(agenda: Agenda, meeting: Meeting, managers: Mapping[str, str]) -> FilledIn:
    """What a meeting writes into its book."""
    held_on = meeting.held_on(agenda.period)
    if held_on is None:
        return BLANK
    about = {"held_on": held_on, "chair": meeting.chair, "present": meeting.present, "notes": meeting.notes}
    matters: dict[str, Mapping[str, object]] = {}
    given: Counter[tuple[int, str]] = Counter()
    for matter in agenda.matters:
        answers = CONTENT.answers_to(matter)
        own = answers.get(matter.reason, ())
        if own and (not meeting.reasons or matter.reason in meeting.reasons):
            times = given[id(answers), matter.reason]
            given[id(answers), matter.reason] += 1
            code, _ = service_of_plan(matter.service, matter.name)
            matters[matter.ref] = own[times % len(own)].cells(held_on, managers[code])
    return FilledIn(about, matters)
