"""What every walk of a provider's months asserts: no return, action or text is lost, and every count is that of the story."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
from playing import Cells, Meeting, Month, Player, Typist

from qipxl import Period, find_template, write_summary
from qipxl.summary.changes import CHANGES
from qipxl.summary.history import WHOLE
from qipxl.text import clean_text

Edit = tuple[str, str, Cells]
"""What is typed into the row of a sheet: the sheet, the row's Ref and the cells by heading. A row without a Ref is added."""
Promise = tuple[str, str, str, str, str, str, str]
"""A promise that changed: service, sheet, Ref, heading, its value before and now, and whether the plan allows it."""
EMPTY = "[x]"
"""What a pack shows in an empty cell."""
ABSENT = "-"
"""In place of a letter: the action is not in the month, because its service sent no return or it is still to come."""


def by_heading(cells: Cells) -> Cells:
    """Cells by their headings, from keywords with _ for spaces."""
    return {name.replace("_", " "): value for name, value in cells.items()}


def day(month: int, number: int, year: int = 2026) -> date:
    return date(year, month, number)


def action(issue: str, change: str, measure: str, owner: str, start: date, due: date, **more: object) -> Cells:
    """An action of tier 3 as a service enters it; `more` are other cells by heading, with _ for spaces."""
    return {
        "Must or should": "Own improvement", "Source": "Internal audit",
        "Source reference": f"Audit of {issue.lower()}",
        "Issue or risk": issue, "Intended change": change, "Success measure": measure, "Owner": owner, "Role of owner": "Deputy manager",
        "Accountable lead": "Nia Price", "Start date": start, "Original due date": due, "Due date": due, "Status": "In progress",
        "Embedding review": date(due.year + due.month // 12, due.month % 12 + 1, 28), "Last update": day(1, 28),
        **by_heading(more),
    }  # fmt: skip


def evidence(action: str, category: str, what: str, month: int, judgement: str = "Accepted") -> Cells:
    return {
        "Action": action, "CQC evidence category": category, "What it is": what, "Activity or impact": "Impact", "Date": day(month, 18),
        "Where it is kept": f"Governance folder, {category}", "Anonymised?": "Yes", "Submitted by": "Bea Lund", "Judgement": judgement,
        "Judged by": "Governance meeting",
    }  # fmt: skip


def milestone(action: str, step: str, needed: str, due: date, **more: object) -> Cells:
    cells = {"Action": action, "Milestone": step, "Evidence required": needed, "Owner": "Cy Fox", "Due date": due}
    return {**cells, **by_heading(more)}


def review(action: str, held: date, finding: str, effective: str, embedded: str, result: str, **more: object) -> Cells:
    return {
        "Action": action, "Date": held, "Method": "Record sample", "Reviewed by": "Gil Moss", "Finding": finding, "Effective?": effective,
        "Embedded?": embedded, "Success measure result": result, **by_heading(more),
    }  # fmt: skip


class Recorder(Typist):
    """A typist who notes each text and each Ref of an action."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.texts: set[str] = set()
        self.actions: set[str] = set()

    def note(self, cells: Cells) -> None:
        self.texts |= {value for value in cells.values() if isinstance(value, str)}

    def type(self, sheet: str, ref: object, cells: Cells, key: str = "Ref") -> None:
        super().type(sheet, ref, cells, key)
        self.note({key: ref, **cells})
        if sheet == "Actions":
            self.actions.add(str(ref))

    def add(self, sheet: str, cells: Cells, key: str = "Action") -> None:
        super().add(sheet, cells, key)
        self.note(cells)

    def enter(self, edits: Sequence[Edit]) -> None:
        """Type rows; those of a sheet without Refs are new rows."""
        for sheet, ref, cells in edits:
            if sheet == "Challenge":
                assert ref in self.refs(sheet), f"the tracker has no challenge {ref}"
            if "Ref" in self.headings(sheet):
                self.type(sheet, ref, cells)
            else:
                self.add(sheet, {"Action": ref, **cells})


@dataclass
class Played:
    """A month of a walk, its summary workbook sheet by sheet, and the texts that were typed and are nowhere in it."""

    month: Month
    sheets: dict[str, list[list[Any]]]
    missing: list[str]
    actions: set[tuple[str, str]]
    """The actions that the services with a return have entered so far."""
    agendas: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """What was on the agenda of the meetings about the month, by kind: the rows of their books by heading."""


@dataclass
class Walk:
    """A provider that is played month by month; `letters` has each action's letter in each month, in order."""

    player: Player
    first: Period
    letters: Mapping[tuple[str, str], str]
    entered: dict[str, set[str]] = field(default_factory=dict)
    """The Refs of the actions that each service has entered so far."""
    said: set[str] = field(default_factory=set)
    """The texts of all meetings so far: each must be in every later summary."""

    def play(
        self, number: int, enter: Callable[[str, Recorder, int], None], meetings: Sequence[Meeting] = ()
    ) -> Played:
        """Issue the trackers of a month (1 is the first), let `enter` type into those that come back, consolidate, and hold its meetings.

        What the meetings say is in the trackers and in the summary of the next month.
        """
        period = self.first.plus(number - 1)
        self.player.issue(period)
        texts: set[str] = set()
        for code in sorted(self.sent(period)):
            with self.player.typing(code, period) as typed:
                assert isinstance(typed, Recorder)
                enter(code, typed, number)
                texts |= typed.texts
                self.entered.setdefault(code, set()).update(typed.actions)
        played = self.consolidated(period, texts | self.said)
        for meeting in meetings:
            played.agendas[meeting.kind] = self.player.hold(period, meeting)
            self.said |= meeting.texts
        return played

    def with_refs_changed(
        self, code: str, number: int, gone: str, below: str, enter: Callable[[str, Recorder, int], None]
    ) -> Month:
        """A month as it is while only a return came in for which the row of `gone` was deleted and the row below took its Ref."""
        period = self.first.plus(number - 1)
        self.player.issue(period)
        with self.player.typing(code, period) as typed:
            assert isinstance(typed, Recorder)
            enter(code, typed, number)
            headings = [field.heading for field in find_template("core").tables["actions"].field]
            cells = {heading: typed.said("Actions", below, heading) for heading in headings if heading != "Ref"}
            typed.delete("Actions", below)
            typed.type("Actions", gone, cells)
        return self.player.consolidate(period)

    def consolidated(self, period: Period, texts: set[str]) -> Played:
        """A month's returns, read, rated, kept and summarised."""
        month = self.player.consolidate(period)
        text, sheets = texts_of(write_summary(month.summary, self.player.home / f"summary {period}.xlsx"))
        missing = sorted(each for each in texts if folded(each) not in text)
        return Played(month, sheets, missing, {(code, ref) for code in self.sent(period) for ref in self.entered[code]})

    def names(self) -> dict[str, str]:
        return {each.code: each.name for each in self.player.services}

    def place(self, period: Period) -> int:
        """The number of a month, from 0."""
        return (period.year - self.first.year) * 12 + period.month - self.first.month

    def letter(self, action: tuple[str, str], period: Period) -> str:
        """An action's letter in a month of the story."""
        place = self.place(period)
        return self.letters[action][place] if place >= 0 else ABSENT

    def sent(self, period: Period) -> set[str]:
        """The services that send a return in a month of the story."""
        return {code for code, ref in self.letters if self.letter((code, ref), period) != ABSENT}

    def counts(self, period: Period, services: set[str]) -> Counter[str]:
        """How many actions of some services have each letter in a month of the story."""
        return Counter(
            self.letter(action, period)
            for action in self.letters
            if action[0] in services and self.letter(action, period) != ABSENT
        )


@dataclass
class Story:
    """A walk, its months, and the month in which a service changed its Refs, before the correction."""

    walk: Walk
    months: dict[int, Played] = field(default_factory=dict)
    refs_changed: Month | None = None
    packs: dict[str, dict[str, list[list[Any]]]] = field(default_factory=dict)
    """The sheets of the packs of the last month, by the names of their files."""

    def tracker(self, code: str, month: int) -> Typist:
        """A service's tracker as it was issued for a month."""
        walk = self.walk
        return Typist(walk.player.folder.issued(walk.first.plus(month - 1)) / f"{code}.xlsx")

    def on_agenda(self, month: int, kind: str) -> dict[str, dict[str, Any]]:
        """The matters on the agenda of a meeting about a month, by Ref."""
        return {row["Ref"]: row for row in self.months[month].agendas[kind]}

    def in_summary(self, month: int, sheet: str, first: str = "Service") -> list[dict[str, Any]]:
        """The rows of a list in a month's summary."""
        return list(rows_of(self.months[month].sheets, sheet, first))

    def in_pack(self, reader: str, sheet: str, first: str = "Service") -> list[dict[str, Any]]:
        """The rows of a table in the last month's pack for a reader; its sheets are numbered."""
        (sheets,) = [sheets for name, sheets in self.packs.items() if name.endswith(f"for {reader}")]
        (named,) = [name for name in sheets if name.partition(" ")[2] == sheet]
        return [
            {name: "" if cell == EMPTY else cell for name, cell in row.items()} for row in rows_of(sheets, named, first)
        ]


def texts_of(path: Path) -> tuple[str, dict[str, list[list[Any]]]]:
    """All cells of a workbook as one text, spaces joined, and by sheet."""
    book = openpyxl.load_workbook(path, read_only=True)
    sheets = {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}
    book.close()
    cells = (cell for rows in sheets.values() for row in rows for cell in row if cell is not None)
    return "\n".join(folded(str(cell)) for cell in cells), sheets


def folded(text: str) -> str:
    return " ".join(clean_text(text).split())


def rows_of(sheets: Mapping[str, list[list[Any]]], sheet: str, first: str) -> Iterator[dict[str, Any]]:
    """The rows of a list in the summary, by its headings; `first` is the first heading. None if the sheet is not there."""
    lines = iter(sheets.get(sheet, []))
    headings = next((line for line in lines if line and first in line), [])
    for line in lines:
        yield {str(name): "" if cell is None else cell for name, cell in zip(headings, line, strict=False) if name}


def assert_nothing_lost(walk: Walk, played: Played) -> None:
    """Every return is used, every action is there, and every text that was typed is in the summary workbook."""
    month = played.month
    statuses = dict(zip(month.receipts["service"], month.receipts["status"], strict=True))
    assert statuses == dict.fromkeys(walk.sent(month.period), "accepted"), list(month.receipts["reason"])
    assert month.summary.reconciles
    there = [*zip(month.summary.actions["service"], month.summary.actions["ref"], strict=True)]
    assert sorted(there) == sorted(played.actions)
    assert played.missing == []


def assert_letters(walk: Walk, month: Month) -> None:
    """Each action has the letter of the story."""
    letters = {state.word: state.letter for state in month.summary.headline.states}
    lines = month.summary.actions[["service", "ref", "headline"]].itertuples(index=False, name=None)
    story = {action: walk.letter(action, month.period) for action in walk.letters}
    assert {(code, ref): letters[word] for code, ref, word in lines} == {
        action: letter for action, letter in story.items() if letter != ABSENT
    }


def assert_board(walk: Walk, month: Month) -> None:
    """The sheet Movement counts what the story has; a change compares the services with a return in both months, and names the others."""
    period = month.period
    before, sent = period.plus(-1), walk.sent(period)
    then = walk.sent(before)
    assert month.summary.movement is not None
    moved = month.summary.movement
    lines = {line["letter"]: line for line in moved[moved["region"] == WHOLE].to_dict("records") if line["letter"]}
    now = walk.counts(period, sent)
    assert set(now) <= lines.keys()
    assert {letter: line["now"] for letter, line in lines.items()} == {letter: now[letter] for letter in lines}
    if not then:
        return
    were, step = walk.counts(before, then), walk.counts(period, sent & then)
    step.subtract(walk.counts(before, sent & then))
    assert {letter: line["month_before"] for letter, line in lines.items()} == {
        letter: were[letter] for letter in lines
    }
    assert {letter: number_in(line["change"]) for letter, line in lines.items()} == {
        letter: step[letter] for letter in lines
    }
    names = walk.names()
    left_out = {str(line["left_out"]) for line in lines.values()}
    assert {name for name in names.values() if name in " ".join(left_out)} == {names[code] for code in sent ^ then}


def number_in(words: object) -> int:
    """A change in words, such as “▼ 2 fewer in 3 services”, as a number."""
    found = re.match(r"(?:([▲▼]) (\d+)|= the same)", str(words))
    assert found is not None, words
    return int(found.group(2) or 0) * (-1 if found.group(1) == "▼" else 1)


def assert_promises(played: Played, promises: Sequence[Promise]) -> None:
    """Each promise that changed is a line of the sheet, and a problem with both values unless the plan allows it; no other is."""
    month = played.month
    codes = {name: code for code, name in zip(month.receipts["service"], month.receipts["name"], strict=True)}
    lines = [line for line in rows_of(played.sheets, CHANGES, "Kind") if line["Kind"] == "Promise"]
    keys = ("Sheet", "Ref", "What changed", "Was", "Is now", "Allowed by the plan")
    assert sorted((codes[line["Service"]], *(str(line[key]) for key in keys)) for line in lines) == sorted(promises)
    problems = month.problems[month.problems["code"].isin(["promise-changed", "original-due-changed"])]
    told = problems.merge(month.receipts["service"], left_on="return", right_index=True)
    texts = sorted(told[["service", "sheet", "heading", "message"]].itertuples(index=False, name=None))
    moved = sorted(line for line in promises if line[6] == "No")
    assert [line[:3] for line in texts] == [(line[0], line[1], line[3]) for line in moved]
    for (*_, message), (*_, was, now, _) in zip(texts, moved, strict=True):
        assert was in message
        assert now in message


def assert_overdue(story: Story, overdue: Mapping[tuple[str, str], Sequence[int | None]]) -> None:
    """The days by which the latest open milestone of an action is overdue, month by month; None for a month without a return."""
    for (code, ref), days in overdue.items():
        found = []
        for played in story.months.values():
            actions = played.month.actions
            lines = actions[(actions["service"] == code) & (actions["ref"] == ref)]
            found += [int(lines["milestone_days_overdue"].iloc[0])] if len(lines) else [None]
        assert found == [days[number - 1] for number in story.months], (code, ref)


def assert_set_aside(month: Month, code: str, ref: str, right: str) -> None:
    """A return with changed Refs is set aside; its receipt says why and what to do, and a problem names the Ref to write."""
    (line,) = month.receipts.to_dict("records")
    assert (line["service"], line["status"]) == (code, "set aside")
    assert "has the Ref of another row (see the problems)" in line["reason"]
    assert "ask for it again" in line["reason"]
    (message,) = month.problems.loc[month.problems["code"] == "ref-moved", "message"]
    assert f'Ref says "{ref}", but this row was issued as {right}.' in message
    assert f"write {right} here" in message


def assert_slipping(played: Played, code: str, ref: str, why: str) -> None:
    """An embedded action that no longer holds: on the board page, in escalations, and with its reason."""
    lines = [line for line in rows_of(played.sheets, "Escalations", "Ref") if line["Ref"] == ref]
    names = dict(zip(played.month.receipts["service"], played.month.receipts["name"], strict=True))
    (line,) = [line for line in lines if line["Service"] == names[code]]
    assert (line["RAG"], line["Rating"]) == ("S", "Was embedded,\nis slipping")
    assert line["Why"] == why
    (shown,) = [row for row in played.sheets["Board page"] if f"{names[code]} {ref}" in row]
    assert any(str(cell).startswith(why) for cell in shown)
