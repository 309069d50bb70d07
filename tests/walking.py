"""What every walk of a provider's months asserts: no return, action or text is lost, and every count is that of the story."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
from playing import Cells, Month, Player, Typist

from qipxl import Period, write_summary
from qipxl.summary.board_page import board_page
from qipxl.summary.changes import CHANGES
from qipxl.text import clean_text

Edit = tuple[str, str, Cells]
"""What is typed into the row of a sheet: the sheet, the row's Ref and the cells by heading. A row without a Ref is added."""
Promise = tuple[str, str, str, str, str, str, str]
"""A promise that changed: service, sheet, Ref, heading, its value before and now, and whether the plan allows it."""
ABSENT = "-"
"""In place of a letter: the action is not in the month, because its service sent no return or it is still to come."""


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
            if "Ref" in self.headings(sheet):
                self.type(sheet, ref, cells)
            else:
                self.add(sheet, {"Action": ref, **cells})


@dataclass
class Walk:
    """A provider that is played month by month; `letters` has each action's letter in each month, in order."""

    player: Player
    first: Period
    letters: Mapping[tuple[str, str], str]
    entered: dict[str, set[str]] = field(default_factory=dict)
    """The Refs of the actions that each service has entered so far."""

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

    def noted(self, service: str, typed: Recorder) -> set[str]:
        """The texts that were typed; the actions are remembered."""
        self.entered.setdefault(service, set()).update(typed.actions)
        return typed.texts


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


def assert_nothing_lost(walk: Walk, month: Month, texts: set[str], path: Path) -> dict[str, list[list[Any]]]:
    """Every return is used, every action is there, and every text is in the summary workbook; returns its sheets."""
    sent = walk.sent(month.period)
    statuses = dict(zip(month.receipts["service"], month.receipts["status"], strict=True))
    assert statuses == dict.fromkeys(sent, "accepted"), list(month.receipts["reason"])
    there = set(zip(month.summary.actions["service"], month.summary.actions["ref"], strict=True))
    assert there == {(code, ref) for code in sent for ref in walk.entered[code]}
    assert month.summary.reconciles
    text, sheets = texts_of(write_summary(month.summary, path))
    assert sorted(each for each in texts if folded(each) not in text) == []
    return sheets


def assert_letters(walk: Walk, month: Month) -> None:
    """Each action has the letter of the story, on the board page counted with the same services."""
    letters = {state.word: state.letter for state in month.summary.headline.states}
    lines = month.summary.actions[["service", "ref", "headline"]].itertuples(index=False, name=None)
    found = {(code, ref): letters[word] for code, ref, word in lines}
    period = month.period
    assert found == {
        action: walk.letter(action, period) for action in walk.letters if walk.letter(action, period) != ABSENT
    }
    before, sent = period.plus(-1), walk.sent(period)
    same, now = sent & walk.sent(before), walk.counts(period, sent)
    block = next(block for block in board_page(month.summary) if block.title == "Actions by headline")
    lines_of_board = {str(line[0].value).split()[0]: [cell.value for cell in line] for line in block.lines}
    assert {letter: line[1] for letter, line in lines_of_board.items()} == {
        letter: now[letter] for letter in lines_of_board
    }
    assert set(now) <= lines_of_board.keys()
    if same:
        then, step = walk.counts(before, walk.sent(before)), Counter(walk.counts(period, same))
        step.subtract(walk.counts(before, same))
        assert {letter: line[2] for letter, line in lines_of_board.items()} == {
            letter: then[letter] for letter in lines_of_board
        }
        assert {letter: number_in(line[4]) for letter, line in lines_of_board.items()} == {
            letter: step[letter] for letter in lines_of_board
        }
    left_out = sent ^ walk.sent(before) if same else set()
    assert {name for name in walk.names().values() if name in block.about} == {walk.names()[code] for code in left_out}


def number_in(words: object) -> int:
    """The change in words, such as “up 2”, as a number."""
    found = re.search(r"\d+", str(words))
    number = int(found.group()) if found else 0
    return -number if re.search(r"(?i)down|fewer|less|-|−", str(words)) else number


def assert_promises(month: Month, sheets: Mapping[str, list[list[Any]]], promises: Sequence[Promise]) -> None:
    """Each promise that changed is a line of the sheet, and a problem with both values unless the plan allows it; no other is."""
    lines = [line for line in rows_of(sheets, CHANGES, "Kind") if line["Kind"] == "Promise"]
    keys = ("Sheet", "Ref", "What changed", "Was", "Is now", "Allowed by the plan")
    codes = {name: code for code, name in zip(month.receipts["service"], month.receipts["name"], strict=True)}
    found = [(codes[line["Service"]], *(str(line[key]) for key in keys)) for line in lines]
    assert sorted(found) == sorted(promises)
    for service, sheet, _, heading, was, now, allowed in promises:
        numbers = month.receipts.index[month.receipts["service"] == service]
        own = month.problems[month.problems["return"].isin(numbers) & (month.problems["sheet"] == sheet)]
        named = own["message"].map(lambda text, was=was, now=now: was in text and now in text)
        codes_of = set(own.loc[named & (own["heading"] == heading), "code"])
        assert bool(codes_of & {"promise-changed", "date-restored", "fixed-changed"}) == (allowed == "No"), own["message"].tolist()
