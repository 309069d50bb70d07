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
    return int(next(cell.row for cell in book[layout.START]["A"] if cell.value == text))


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
        sheet.cell(row, 3, "Meals at the times people choose.")
        sheet.cell(row + 1, 5, 12)
        sheet.cell(row + 2, 1, f"{QUESTIONS[2]} We did, on Monday.")
        sheet.cell(row + 3, 1, "And the rota is new.")

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
    "beside the cover": (layout.START, "D12", "Agreed with the council."),
    "over a hint": (layout.START, "C12", "Second try of this month."),
    "between the lines": (layout.START, "A14", "Manager on leave until May."),
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
        sheet.cell(row_of(book, "Manager"), 2, "Ann Lee from June")
        sheet.cell(row_of(book, "Nothing to report?"), 2, "only A-002")

    found = found_in(edited(issued, tmp_path, edit))
    assert [(where, text) for _, where, text in found] == [
        ("Manager", "Ann Lee from June"), ("Nothing to report?", "only A-002"),
    ]  # fmt: skip


def test_personal_data_in_an_answer_is_withheld(issued: Path, tmp_path: Path) -> None:
    def edit(book: Any) -> None:
        book[layout.START].cell(row_of(book, QUESTIONS[0]), 3, "Mrs Example in room 4 likes it.")

    problems = read_returns(edited(issued, tmp_path, edit)).problems
    assert "personal-data" in set(problems["code"])
    answer = problems[problems["code"] == "answer-given"].iloc[0]
    assert answer["value"].startswith("withheld: see the return, Start here!C")
    assert not problems["message"].str.contains("Example").any()


def test_trackers_without_digests_are_read_by_position(issued: Path, tmp_path: Path) -> None:
    """Trackers of earlier versions: their stamp has no digests of texts."""

    def as_before(book: Any) -> None:
        sheet = book[layout.STAMP]
        for row in reversed(range(1, sheet.max_row + 1)):
            if sheet.cell(row, 1).value == "texts":
                sheet.delete_rows(row)
        for name in ("Actions", "Milestones"):
            book[name]["A3"] = None  # the key of the letters
        start = book[layout.START]
        for each in [each for each in start.merged_cells.ranges if each.min_row >= row_of(book, QUESTIONS[0])]:
            start.unmerge_cells(str(each))
            start.cell(each.min_row - 0, 3, None)
            start.merge_cells(f"A{each.min_row}:C{each.min_row}")
        start.cell(row_of(book, layout.QUESTIONS), 3, None)

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
