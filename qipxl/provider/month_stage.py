"""Where a provider's month has got to, and what comes next: seven steps from issuing the trackers to the meetings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path

from qipxl.periods import Period
from qipxl.provider.mails import FOLDERS, SEND_LIST, read_send_list
from qipxl.provider.meetings.matters import MatterLine, matters_of
from qipxl.provider.month import ProviderMonth
from qipxl.provider.up_to_date import MonthState, RunRecord
from qipxl.returns.returns import Returns
from qipxl.services import service_of_plan
from qipxl.summary.intake import Intake
from qipxl.template import SEVERITIES
from qipxl.text import names_text, plural
from qipxl.tracker.mail_text import QUESTIONS, REMINDER, TRACKER

MOST_NAMES = 3
"""The most services that a step names."""


class Next(Enum):
    """What comes next in a month: what qipxl does, or, for the last two, what head office does."""

    ISSUE = "Issue the trackers"
    BRING_TOGETHER = "Read the returns, ask what is open, write the summary"
    REMIND = "Write a reminder to each service that is late"
    WAIT = "Send what was written, and save the returns"
    READY = "Read the board page"


@dataclass(frozen=True)
class Step:
    """A step of the month: its title, whether it is done, and what is known of it."""

    title: str
    is_done: bool
    words: str


@dataclass(frozen=True)
class MonthStage:
    """Where a month has got to.

    issued: the number of trackers in the month's folder. files: the number of files that came back; `new` of them were not in
    the last run. state: how the month stood after that run; None if there was none, or if the register has changed since.
    """

    month: ProviderMonth
    today: date
    issued: int
    files: int
    new: int
    state: MonthState | None

    @property
    def period(self) -> Period:
        return self.month.period

    @property
    def due(self) -> date:
        """The last day on which a return is in time."""
        return self.month.register.due(self.period)

    @property
    def is_late(self) -> bool:
        """True if returns are due and some are missing."""
        return self.today > self.due and bool(self.missing or not self.files)

    @property
    def missing(self) -> Sequence[str]:
        """The names of the services without a usable return, as far as it is known."""
        return self.state.missing if self.state is not None else ()

    @property
    def next(self) -> Next:
        """What comes next."""
        if not self.issued and not self.files:
            return Next.ISSUE
        if self.files and (self.state is None or self.new):
            return Next.BRING_TOGETHER
        if self.is_late and not self.reminded:
            return Next.REMIND
        if not self.files or self.missing or (self.state is not None and self.state.asked):
            return Next.WAIT
        return Next.READY

    @property
    def reminded(self) -> bool:
        """True if reminders were written."""
        return (self.month.mails / FOLDERS[REMINDER] / SEND_LIST).is_file()

    def steps(self) -> Iterator[Step]:
        """The seven steps of the month."""
        state, home = self.state, self.month.folder.home
        yield Step(
            "Issue",
            self.issued + self.files > 0,
            f"{plural(self.issued, 'tracker')} in {shown(self.month.issued, home)}" if self.issued else "",
        )
        yield Step("Mails", self.has_mails(TRACKER), self.mail_words(TRACKER) if self.issued else "")
        is_complete = state is not None and not state.missing and not state.to_choose
        yield Step("Returns", is_complete and not self.new, self.return_words)
        yield Step("Questions", state is not None and not state.asked and not self.new, self.question_words)
        is_written = state is not None and not self.new
        yield Step("Summary", is_written, shown(self.month.summary, home) if self.month.summary.is_file() else "")
        yield Step("Page, packs", is_written and bool(self.others), self.other_words)
        yield Step("Meetings", bool(self.held) and not self.not_held, self.meeting_words if self.files else "")

    @property
    def return_words(self) -> str:
        """How many returns came in, and who is missing."""
        expected, services = len(self.month.expected), len({service.service_code for service in self.month.expected})
        state, days = self.state, (self.today - self.due).days
        not_used = f"; {plural(state.not_used, 'file')} not used" if state is not None and state.not_used else ""
        if state is not None and state.to_choose:
            not_used += f"; {plural(state.to_choose, 'file')} to choose from: qipxl status"
        late = f"; due {self.due.day} {self.due:%B}" if days <= 0 else f"; {plural(days, 'day')} late"
        if state is None:
            whose = f" of {plural(services, 'service')}" if services < expected else ""
            came = (
                f"{plural(self.files, 'file')} came in, not read yet"
                if self.files
                else f"waiting for {plural(expected, 'return')}{whose}"
            )
            return f"{came}{late if not self.files else ''}"
        new = f"; {plural(self.new, 'file')} new or changed since" if self.new else ""
        if not state.missing:
            everyone = f"all {state.expected}" if state.sent == state.expected > 1 else str(state.sent)
            some = f" of {state.expected}" if state.sent < state.expected else ""
            return f"{everyone}{some} in{not_used}{new}"
        missing = names_text(state.missing, MOST_NAMES)
        return f"{state.sent} of {state.expected} in; missing: {missing}{late}{not_used}{new}"

    @property
    def question_words(self) -> str:
        """How many services are asked something, and where the drafts are."""
        if self.state is None:
            return ""
        if not self.state.asked:
            return "none"
        verb = "has" if self.state.asked == 1 else "have"
        return f"{plural(self.state.asked, 'service')} {verb} something to put right; {self.mail_words(QUESTIONS)}"

    def has_mails(self, kind: str) -> bool:
        """True if drafts of this kind were written for the month."""
        return (self.month.mails / FOLDERS[kind] / SEND_LIST).is_file()

    def mail_words(self, kind: str) -> str:
        """How many drafts of a kind there are, where, and which services have no address."""
        folder = self.month.mails / FOLDERS[kind]
        lines = read_send_list(folder / SEND_LIST)
        if not lines:
            return "no drafts"
        without = [line.name for line in lines if not line.has_draft]
        place = shown(folder, self.month.folder.home)
        if len(without) == len(lines):
            return f"no drafts, as no service has an e-mail address; {place}/{SEND_LIST} lists the files to send"
        words = f"{plural(len(lines) - len(without), 'draft')} in {place}"
        return f"{words}; {names_text(without, MOST_NAMES)} without an address: see {SEND_LIST}" if without else words

    @property
    def held(self) -> dict[str, int]:
        """The meetings about the month whose books were read, each with the number of its matters that are open."""
        month = str(self.period)
        held = {line.meeting: 0 for line in self.month.meetings.lines if line.month == month}
        for line in self.open_matters:
            if line.month == month:
                held[line.meeting] += 1
        return held

    @property
    def open_matters(self) -> list[MatterLine]:
        """Each open matter up to the month, as it was written about last."""
        matters = matters_of(self.month.meetings.lines, up_to=self.period).values()
        return [matter.discussed for matter in matters if matter.is_open]

    @property
    def not_held(self) -> dict[str, str]:
        """The meetings about the month whose books do not count yet, each with the reason."""
        books = [book for book in self.month.meetings.undated if book.month == str(self.period)]
        return {
            book.meeting: "book written" if book.is_blank else "the book waits for the date of the meeting"
            for book in sorted(books, key=lambda book: not book.is_blank)
            if book.meeting not in self.held
        }

    @property
    def meeting_words(self) -> str:
        """The meetings about the month and where each has got to, and how many matters of earlier ones are open."""
        held = {name: f"read, {number} open" if number else "read, nothing open" for name, number in self.held.items()}
        words = [f"{name}: {state}" for name, state in (held | self.not_held).items()] or ["no book yet"]
        earlier = sum(line.month != str(self.period) for line in self.open_matters)
        words += [f"{plural(earlier, 'matter')} of earlier meetings open"] if earlier else []
        wrong = len(self.month.meetings.problems)
        return "; ".join([*words, *([f"{plural(wrong, 'thing')} to put right"] if wrong else [])])

    @property
    def others(self) -> list[Path]:
        """The page, the PDF and the packs of the month that exist."""
        summary = self.month.summary
        paths = [summary.with_suffix(".html"), summary.with_suffix(".pdf")]
        return [path for path in paths if path.is_file()] + sorted(
            summary.parent.glob(f"{self.period} pack for *.xlsx")
        )

    @property
    def other_words(self) -> str:
        """What is written next to the summary."""
        endings = [path.suffix for path in self.others]
        words = [word for ending, word in ((".html", "page"), (".pdf", "PDF")) if ending in endings]
        packs = endings.count(".xlsx")
        return ", ".join([*words, *([plural(packs, "pack")] if packs else [])])


def stage_of(month: ProviderMonth, today: date) -> MonthStage:
    """Where a month has got to on a day. Reads the register, the names of files and their digests, no return."""
    issued = len(list(month.issued.glob("*.xlsx"))) if month.issued.is_dir() else 0
    if month.folder.elsewhere:  # folders that are elsewhere are not compared
        return MonthStage(month, today, issued, int(month.has_returns), int(month.has_returns), None)
    run = record_of(month)
    state, new = run.state(month.register.digest)
    return MonthStage(month, today, issued, len(run.files), new, state)


def record_of(month: ProviderMonth) -> RunRecord:
    """The record of the run that writes everything for a month."""
    return RunRecord(month.folder.home, str(month.period), {"everything": "page, PDF, packs, mails"})


def state_of(returns: Returns, intake: Intake) -> MonthState:
    """How a month stands after a run."""
    asked = returns.problems[returns.problems["severity"] != SEVERITIES[-1]]["return"]
    plans = returns.accepted.loc[asked[asked.isin(returns.accepted.index)].unique(), ["service", "name"]].astype(str)
    return MonthState(
        intake.expected,
        intake.sent,
        [service.name for service in intake.missing if not service.waits],
        len({service_of_plan(code, name) for code, name in plans.itertuples(index=False)}),
        sum(intake.not_used.values()),
        intake.to_choose,
    )


def shown(path: Path, home: Path) -> str:
    """A path from the provider's folder on, with the slashes of the file system."""
    return str(path.relative_to(home))
