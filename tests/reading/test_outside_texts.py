"""Texts that services write outside the tables: answers beside questions, remarks, and what is no text of theirs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from factories import ELM, MARCH, ROWS, SIGNED

from qipxl import check, rate, read_returns, summarise, write_tracker
from qipxl.reading.file import outside_texts
from qipxl.summary.answers import answers
from qipxl.template import Template
from qipxl.tracker import NewsLine
from qipxl.tracker.reference_sheets import RULES_ROW
from qipxl.workbook import layout

QUESTIONS = [
    "Head office asks about A-001: What will people notice?",
    "A-001 is escalated to Board: it is late.",
    "Look again.",
]
CASES = Path(__file__).parents[1] / "cases"


@pytest.fixture(scope="module")
def issued(core: Template, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("issued") / "ELM.xlsx"
    return write_tracker(core, ELM, MARCH, path, rows=ROWS, cover=SIGNED, queries=QUESTIONS)


def row_of(book: Any, text: str) -> int:
    return next(cell.row for row in book[layout.START].iter_rows() for cell in row if cell.value == text)


def edited(issued: Path, folder: Path, edit: Callable[[Any], None]) -> Path:
    path = Path(shutil.copy(issued, folder / "ELM.xlsx"))
    book = openpyxl.load_workbook(path)
    edit(book)
    book.save(path)
    return path


def found_in(path: Path) -> list[tuple[str, str, str]]:
    """The texts outside the tables: their cell, the question that they answer or where they are, and the text."""
    problems = read_returns(path).problems
    chosen = problems[problems["code"].isin(["answer-given", "text-outside"])]
    cells = chosen["sheet"] + "!" + chosen["cell"]
    return list(zip(cells, chosen["heading"], chosen["value"], strict=True))


def test_a_tracker_as_issued_has_no_such_text(issued: Path, tmp_path: Path) -> None:
    assert found_in(issued) == []
    assert found_in(edited(issued, tmp_path, lambda book: None)) == []


def test_an_answer_is_read_with_its_question(issued: Path, tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        sheet, row = book[layout.START], row_of(book, QUESTIONS[0])
        sheet.cell(row + 1, 9, "Meals at the times people choose.")
        sheet.cell(row + 2, 10, 12)
        sheet.cell(row + 4, 9, f"{QUESTIONS[2]} We did, on Monday.")
        sheet.cell(row + 5, 9, "And the rota is new.")

    path = edited(issued, tmp_path, edit)
    assert [(question, text) for _, question, text in found_in(path)] == [
        (QUESTIONS[0], "Meals at the times people choose."),
        (QUESTIONS[1], "12"),
        (QUESTIONS[2], "We did, on Monday."),
        (QUESTIONS[2], "And the rota is new."),
    ]
    summary = summarise(rate(check(read_returns(path), MARCH.last), MARCH.last), [ELM])
    frame = answers(summary).frame
    assert list(frame["question"]) == [QUESTIONS[0], QUESTIONS[1], QUESTIONS[2], QUESTIONS[2]]
    assert set(frame["name"]) == {"Elm House"}


REMARKS: Mapping[str, tuple[str, str, str]] = {
    "beside the name": (layout.START, "E16", "Agreed with the council."),
    "over a step": (layout.START, "C8", "Second try of this month."),
    "beside a question": (layout.START, "E7", "We do this each week."),
    "below the signature": (layout.START, "C20", "Manager on leave until May."),
    "below all": (layout.START, "A60", "Please ring the deputy."),
    "on Guidance": (layout.GUIDANCE, "A40", "A-004 waits for the landlord."),
    "beside Guidance": (layout.GUIDANCE, "F9", "We do not do this."),
    "below Guidance": (layout.GUIDANCE, "B900", "Done with the team."),
    "over Guidance": (layout.GUIDANCE, "C5", "Weekly, not monthly."),
    "above a table": ("Actions", "D2", "A-004 waits for the landlord."),
    "in the title": ("Evidence", "A1", "Evidence (kept in the blue folder)"),
    "in the notes": ("Milestones", "C3", "Dates agreed in May"),
    "on Settings": (layout.SETTINGS, "F6", "Too strict for us."),
}


@pytest.mark.parametrize("where", REMARKS)
def test_a_remark_is_named_with_its_cell_and_text(where: str, issued: Path, tmp_path: Path) -> None:
    sheet, cell, text = REMARKS[where]

    def edit(book: Any) -> None:
        book[sheet][cell] = text

    assert [(address, found) for address, _, found in found_in(edited(issued, tmp_path, edit))] == [
        (f"{sheet}!{cell}", text)
    ]


def test_changed_facts_and_words_for_nil_are_named(issued: Path, tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        sheet = book[layout.START]
        sheet.cell(row_of(book, "Manager"), 9, "Ann Lee from June")
        sheet.cell(row_of(book, "Nothing to report?"), 4, "only A-002")

    found = found_in(edited(issued, tmp_path, edit))
    assert [(where, text) for _, where, text in found] == [
        ("Manager", "Ann Lee from June"), ("Nothing to report?", "only A-002"),
    ]  # fmt: skip


def test_personal_data_in_an_answer_is_withheld(issued: Path, tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        book[layout.START].cell(row_of(book, QUESTIONS[0]) + 1, 9, "Mrs Example in room 4 likes it.")

    problems = read_returns(edited(issued, tmp_path, edit)).problems
    assert "personal-data" in set(problems["code"])
    answer = problems[problems["code"] == "answer-given"].iloc[0]
    assert answer["value"].startswith("withheld: see the return, Start here!I")
    assert not problems["message"].str.contains("Example").any()


BEFORE = """
Elm House
Quality improvement plan, March 2026. White cells are yours to fill in.
Service | Elm House | Filled in by head office
Service code | ELM | Filled in by head office
Region | North | Filled in by head office
Manager | Jo Shah | Filled in by head office
Period | 2026-03 | Filled in by head office
Period ends | 2026-03-31 | Filled in by head office
As-at date | 2026-03-31 | Today, or 31 March if that is earlier
Submitted by | Jo Shah | Please fill in
Submitted on | | Please fill in
Submission number | 1 | Please fill in
Nothing to report? | | Nothing to report? Then choose Yes.
State of this tracker
Ready to send? | Ready to send.

Questions about your last return
"""
"""Start here as trackers of earlier versions have it, above the questions."""


def as_before(book: Any) -> None:
    """Give a tracker the Start here and Guidance of an earlier version, and a stamp without digests of texts and hidden sheets."""
    guidance = book[layout.GUIDANCE]
    guidance.delete_cols(1)
    guidance.delete_rows(3, RULES_ROW - 2)
    sheet = book[layout.STAMP]
    for row in reversed(range(1, sheet.max_row + 1)):
        if sheet.cell(row, 1).value in ("texts", "hidden"):
            sheet.delete_rows(row)
    for name in ("Actions", "Milestones", "Reviews"):
        book[name]["A3"] = None  # the key of the letters
    for cell in book["Figures"][3]:
        cell.value = None  # the hint about another system, and the name of a group of one column
    start = book[layout.START]
    start.delete_rows(1, start.max_row)
    for row, line in enumerate(BEFORE.strip().split("\n"), 1):
        for column, text in enumerate(line.split("|"), 1):
            start.cell(row, column, int(text) if text.strip() == "1" else text.strip() or None)
    for row, question in enumerate(QUESTIONS, start.max_row + 1):
        start.cell(row, 1, question)
        start.merge_cells(f"A{row}:B{row}")


def test_a_tracker_of_before_is_read_in_full(issued: Path, tmp_path: Path) -> None:
    line = read_returns(edited(issued, tmp_path, as_before)).receipts.iloc[0]
    assert (line["status"], line["submitted_by"], line["submission"]) == ("accepted", "Jo Shah", 1)


def test_the_facts_below_many_questions_are_found(core: Template, tmp_path: Path) -> None:
    many = [f"Question {number}?" for number in range(40)]
    news = [NewsLine(f"News {number}.") for number in range(40)]
    path = write_tracker(core, ELM, MARCH, tmp_path / "ELM.xlsx", rows=ROWS, cover=SIGNED, queries=many, news=news)
    assert found_in(path) == []
    assert "cover-line-missing" not in set(read_returns(path).problems["code"])


def test_only_sheets_that_the_service_hid_are_reported(issued: Path, tmp_path: Path) -> None:
    def hide(book: Any) -> None:
        book["Evidence"].sheet_state = "hidden"

    def hidden(path: Path) -> list[str]:
        problems = read_returns(path).problems
        return list(problems.loc[problems["code"] == "tab-hidden", "sheet"])

    assert openpyxl.load_workbook(issued)["From head office"].sheet_state == "hidden"
    assert hidden(issued) == []
    assert hidden(edited(issued, tmp_path, hide)) == ["Evidence"]


def test_trackers_without_digests_are_read_by_position(issued: Path, tmp_path: Path) -> None:
    """Trackers of earlier versions: their stamp has no digests of texts."""
    old = edited(issued, tmp_path, as_before)
    assert found_in(old) == []

    def edit(book: Any) -> None:
        start = book[layout.START]
        start["D12"] = "Agreed by telephone."
        start["A14"] = "Manager on leave."
        start.cell(row_of(book, QUESTIONS[0]), 4, "They choose their meals.")
        start.cell(row_of(book, QUESTIONS[2]) + 1, 1, "And so do we.")
        book["Actions"]["D2"] = "Note above the table."
        book[layout.GUIDANCE]["A40"] = "A-004 waits."

    found = found_in(edited(old, Path(shutil.copytree(tmp_path, tmp_path / "again")), edit))
    assert sorted(text for _, _, text in found) == [
        "A-004 waits.", "Agreed by telephone.", "And so do we.", "Manager on leave.", "Note above the table.", "They choose their meals.",
    ]  # fmt: skip
    assert {question for _, question, _ in found} == {"", QUESTIONS[0], QUESTIONS[2]}


def test_the_sentences_of_the_buttons_are_no_remarks() -> None:
    macro = (Path(__file__).parents[2] / "macros" / "QipTracker.bas").read_text("utf-8")
    assert all(f'"{text}' in macro for text in outside_texts.STATES[3:])
