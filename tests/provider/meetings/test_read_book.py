"""Meeting books as people fill them in: what is read, what is named by its cell, and two copies of one book."""

import re
import shutil
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from validator import validate

from qipxl import Period, Service
from qipxl.errors import QipxlError, RequestError, SourceError
from qipxl.provider.meetings.agenda import Agenda, AgendaMatter
from qipxl.provider.meetings.book import COLUMNS, HEADING_ROW, MATTERS, MEETING, STAMP, write_book
from qipxl.provider.meetings.copies import Merged, merge
from qipxl.provider.meetings.kinds import read_kinds
from qipxl.provider.meetings.matters import MatterLine, matters_of, register_lines, with_meetings
from qipxl.provider.meetings.read_book import ReadBook, read_book
from qipxl.provider.meetings.records import Meetings, archived, books_in, keep_meetings, purge_records, read_meetings
from qipxl.provider.register import Register
from qipxl.provider.register_schema import (
    DecisionLine,
    ExtensionLine,
    JudgementLine,
    QuestionLine,
    ServiceLine,
    VerificationLine,
)

MARCH = Period(2026, 3)
KINDS = read_kinds()
SERVICES = [Service(code="ELM", name="Elm House"), Service(code="OAK", name="Oak Lodge")]
HELD = datetime(2026, 4, 14)
FIRST, SECOND, RAISED = "QIP-2026-03-01", "QIP-2026-03-02", "QIP-2026-03-R1"


def matter(ref: str, code: str, action: str, item: str = "") -> AgendaMatter:
    name = {each.code: each.name for each in SERVICES}[code]
    return AgendaMatter(
        ref, "milestones", code, name, action, "", item, "A milestone is late", "M-001", "Reason: Capacity", ""
    )


def book(folder: Path, name: str = "qip-review 2026-03.xlsx", *, reverse: bool = False) -> Path:
    """A blank book with two matters."""
    matters = [matter(FIRST, "ELM", "A-001", "E-003"), matter(SECOND, "OAK", "A-002")]
    matters = matters[::-1] if reverse else matters
    levels = ["0 Owner", "1 Registered manager", "2 Director", "3 Executive lead", "4 Board"]
    names = {each.code: each.name for each in SERVICES}
    return write_book(Agenda(KINDS.named("qip-review"), MARCH, "Our Care", matters, levels, names), folder / name)


Cells = dict[str, object]


def filled(
    path: Path, rows: dict[str, Cells], held: object = HELD, change: Callable[[Any], None] | None = None
) -> Path:
    """The book with cells typed into the rows of some Refs, by heading."""
    workbook = openpyxl.load_workbook(path)
    workbook[MEETING]["B4"], workbook[MEETING]["B5"] = held, "Nia Price"
    sheet = workbook[MATTERS]
    columns = {str(cell.value): cell.column for cell in sheet[HEADING_ROW + 1]}
    places = {str(row[0].value): row[0].row for row in sheet.iter_rows(min_row=HEADING_ROW + 2) if row[0].value}
    for ref, cells in rows.items():
        row = places.get(ref, sheet.max_row + 1)
        for heading, value in cells.items():
            sheet.cell(row, columns[heading]).value = value
    if change is not None:
        change(workbook)
    workbook.save(path)
    return path


def read(path: Path) -> ReadBook:
    return read_book(path, KINDS, SERVICES, "Our Care")


EVERYTHING: Cells = {
    "Asked": "Why has the sample not begun?", "Decided": "The director looks at it weekly", "Level held": "2 Director",
    "Support agreed": "A coach for six weeks", "Who": "Ann Lee", "By when": datetime(2026, 5, 31), "New due date": "30 June 2026",
    "Accepted?": "not accepted", "Verified by": "Di Roe", "Closed?": "no",
}  # fmt: skip


def test_a_book_is_sound_and_is_read_as_it_was_filled_in(tmp_path: Path) -> None:
    path = book(tmp_path)
    assert validate(path) == []
    assert read(path).is_blank
    done = read(filled(path, {FIRST: EVERYTHING}))
    assert done.problems == []
    assert (done.kind, done.month, done.held_on) == ("qip-review", "2026-03", date(2026, 4, 14))
    line = done.matters[FIRST]
    assert (line.service, line.action, line.finding, line.said) == (
        "ELM",
        "A-001",
        "A milestone is late",
        "Reason: Capacity",
    )
    assert (line.asked, line.decision, line.level) == (
        "Why has the sample not begun?",
        "The director looks at it weekly",
        2,
    )
    assert (line.support, line.who, line.by_when) == ("A coach for six weeks", "Ann Lee", date(2026, 5, 31))
    assert (line.new_date, line.item, line.judgement) == (date(2026, 6, 30), "E-003", "Not accepted")
    assert (line.verified_by, line.closed, line.chair) == ("Di Roe", "No", "Nia Price")
    assert not done.matters[SECOND].was_discussed


def test_a_matter_becomes_lines_of_the_register(tmp_path: Path) -> None:
    raised = {"Service": "oak lodge", "Matter": "Nights are short of staff", "Asked": "Who covers nights?"}
    done = read(filled(book(tmp_path), {FIRST: EVERYTHING, RAISED: raised}))
    decision, extension, verification, judgement, question = register_lines([done.matters[FIRST], done.matters[RAISED]])
    assert isinstance(decision, DecisionLine)
    assert (decision.service, decision.action, decision.level) == ("ELM", "A-001", 2)
    assert (decision.decided_by, decision.decided_on) == ("QIP review, Nia Price", date(2026, 4, 14))
    assert isinstance(extension, ExtensionLine)
    assert extension.new_date == date(2026, 6, 30)
    assert isinstance(verification, VerificationLine)
    assert verification.verified_by == "Di Roe"
    assert isinstance(judgement, JudgementLine)
    assert (judgement.ref, judgement.judgement) == ("E-003", "Not accepted")
    assert isinstance(question, QuestionLine)
    assert (question.service, question.action, question.answered_on) == ("OAK", "", None)
    assert question.question == "Who covers nights? (QIP review, 14 April 2026)"


def test_rows_that_moved_are_known_by_their_ref_and_added_rows_are_kept(tmp_path: Path) -> None:
    def sort_upside_down(workbook: Any) -> None:
        sheet = workbook[MATTERS]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(HEADING_ROW + 2, HEADING_ROW + 3)]
        for number, cells in enumerate(reversed(rows), HEADING_ROW + 2):
            for column, value in enumerate(cells, 1):
                sheet.cell(number, column).value = value
        sheet.insert_rows(1, 3)
        sheet.cell(40, 2).value, sheet.cell(40, 4).value, sheet.cell(40, 9).value = (
            "ELM",
            "Agency use",
            "How many shifts?",
        )

    path = filled(book(tmp_path), {FIRST: {"Asked": "One"}, SECOND: {"Asked": "Two"}}, change=sort_upside_down)
    done = read(path)
    assert done.problems == []
    assert [done.matters[ref].asked for ref in (FIRST, SECOND)] == ["One", "Two"]
    (added,) = [line for ref, line in done.matters.items() if ref not in (FIRST, SECOND)]
    assert re.fullmatch(r"QIP-2026-03-[0-9A-F]{4}", added.ref)
    assert (added.service, added.finding, added.asked, added.cell) == (
        "ELM",
        "Agency use",
        "How many shifts?",
        "Matters!A40",
    )
    assert read(path).matters.keys() == done.matters.keys(), "the same Ref whenever it is read"


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"By when": "soon"}, 'Matters!N6: By when says "soon", which is not a date. Type one such as 31/03/2026.'),
        ({"Level held": "high", "Decided": "x"}, 'Matters!K6: Level held says "high". Choose one from the list: 0 to 4.'),
        ({"Closed?": "perhaps"}, 'Matters!S6: Closed? says "perhaps". Choose Yes or No.'),
        ({"Level held": "3"}, "Matters!A6: QIP-2026-03-01 has a level but no decision"),
        ({"Accepted?": "Accepted", "Evidence or review": None}, "Matters!A6: QIP-2026-03-01 says Accepted, but not of what."),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_used_is_named_and_the_rest_of_the_row_counts(
    tmp_path: Path, cells: Cells, words: str
) -> None:
    done = read(filled(book(tmp_path), {FIRST: {"Asked": "Why?", **cells}}))
    assert any(words in problem for problem in done.problems), done.problems
    assert all(problem.startswith("qip-review 2026-03.xlsx, ") for problem in done.problems)
    assert done.matters[FIRST].asked == "Why?"


def test_a_service_that_does_not_exist_a_row_twice_and_a_row_that_is_gone_are_named(tmp_path: Path) -> None:
    def change(workbook: Any) -> None:
        sheet = workbook[MATTERS]
        sheet["A7"] = FIRST
        sheet["B8"], sheet["D8"] = "Elm Hous", "Nights"

    done = read(filled(book(tmp_path), {FIRST: {"Asked": "Why?"}}, change=change))
    assert done.problems == [
        "qip-review 2026-03.xlsx, Matters!A7: QIP-2026-03-01 is in row 6 already, so this row was not read. Keep one row of it.",
        "qip-review 2026-03.xlsx, Matters!B8: There is no service “Elm Hous”. Did you mean Elm House? The matter is kept, but goes into "
        "no tracker.",
        "qip-review 2026-03.xlsx, Matters: The row of QIP-2026-03-02 is missing. It counts as not discussed.",
    ]  # fmt: skip
    assert done.matters[RAISED].finding == "Elm Hous: Nights"


def test_without_a_date_nothing_counts_and_a_date_far_away_is_none(tmp_path: Path) -> None:
    done = read(filled(book(tmp_path), {FIRST: {"Asked": "Why?"}}, held=None))
    assert done.held_on is None
    merged = merge([done])
    assert merged.matters == []
    assert merged.problems[-1] == (
        "qip-review 2026-03.xlsx, Meeting: nothing in this book counts without the date of the meeting. Enter it."
    )
    done = read(filled(book(tmp_path), {}, held=datetime(2062, 4, 14)))
    assert done.held_on is None
    assert "is not within a year of March 2026" in done.problems[0]


def test_a_date_that_could_be_another_year_is_named_and_counts(tmp_path: Path) -> None:
    done = read(filled(book(tmp_path), {FIRST: {"Asked": "Why?"}}, held=datetime(2027, 3, 14)))
    assert done.held_on == date(2027, 3, 14)
    assert "14/03/2027 is more than 3 months after March 2026" in done.problems[0]
    done = read(filled(book(tmp_path), {FIRST: {"Asked": "Why?"}}, held="04/05/2026"))
    assert done.problems == [
        'qip-review 2026-03.xlsx, Meeting!B4: Date of the meeting says "04/05/2026", which could be 04/05/2026 or 05/04/2026. '
        "Type one such as 31/03/2026."
    ]


def test_a_row_whose_ref_was_cleared_is_told_by_its_texts(tmp_path: Path) -> None:
    def clear(workbook: Any) -> None:
        sheet = workbook[MATTERS]
        row = next(row for row in sheet.iter_rows(min_row=HEADING_ROW + 2) if row[0].value == FIRST)
        row[0].value = None

    done = read(filled(book(tmp_path), {FIRST: {"Asked": "Why?"}}, change=clear))
    assert {ref: line.asked for ref, line in done.matters.items()} == {FIRST: "Why?", SECOND: ""}
    assert done.problems == [
        f"qip-review 2026-03.xlsx, Matters!A6: The Ref was cleared. By its texts the row is {FIRST}, and it was read as that. "
        "Put it back."
    ]


def test_a_yellow_cell_that_is_merged_down_is_named(tmp_path: Path) -> None:
    def merge(workbook: Any) -> None:
        workbook[MATTERS].merge_cells("I6:I8")

    assert read(filled(book(tmp_path), {FIRST: {"Asked": "Why?"}}, change=merge)).problems == [
        "qip-review 2026-03.xlsx, Matters!I6: The cell is merged down to row 8, so it counts for row 6 only. Unmerge it, and fill "
        "in each row."
    ]


def test_texts_outside_the_cells_that_are_read_are_named(tmp_path: Path) -> None:
    def write_everywhere(workbook: Any) -> None:
        sheet, meeting = workbook[MATTERS], workbook[MEETING]
        sheet["T5"], sheet["T6"] = "Comments", datetime(2026, 4, 20)
        sheet["F6"] = "The service says it is done"
        sheet["A20"] = "Minutes: the form is used"
        sheet["I1048576"] = "Far below"
        sheet["I6"].comment = Comment("Ask Jo", "Nia Price")
        meeting["C4"] = "in the library"
        workbook.create_sheet("Minutes")["B2"] = "All were there"

    move = "Write it in a yellow cell, such as Notes."
    outside = f"is outside the cells that are read, so it does not count. {move}"
    assert [problem.removeprefix("qip-review 2026-03.xlsx, ") for problem in read(
        filled(book(tmp_path), {FIRST: {"Asked": "Why?"}}, change=write_everywhere)
    ).problems] == [
        f"Meeting!C4: “in the library” {outside}",
        f"Matters!T5: “Comments” {outside}",
        f"Matters!F6: “The service says it is done” {outside}",
        f"Matters!T6: “20/04/2026” {outside}",
        f"Matters!A20: “Minutes: the form is used” {outside}",
        "Matters!I1048576: The cell is far away from the rest, so it was not read. Move it, or clear it.",
        f"Minutes: The sheet is not one of this book, so nothing on it was read. {move}",
        f"Matters!I6: Comments are not read (I6). {move}",
    ]  # fmt: skip


def test_a_matter_stays_about_its_service_and_action_and_a_change_of_them_is_named(tmp_path: Path) -> None:
    done = read(filled(book(tmp_path), {FIRST: {"Asked": "Why?", "Service": "Oak Lodge"}, SECOND: {"Action": "A-009"}}))
    assert [(line.service, line.action) for line in done.matters.values()] == [("ELM", "A-001"), ("OAK", "A-002")]
    assert done.problems == [
        "qip-review 2026-03.xlsx, Matters!B6: QIP-2026-03-01 is about ELM A-001, and what was written in its row counts for that. Use a "
        "blank row for Oak Lodge.",
        "qip-review 2026-03.xlsx, Matters!C7: QIP-2026-03-02 is about OAK A-002, and what was written in its row counts for that. Use a "
        "blank row for A-009.",
    ]  # fmt: skip


def copies(folder: Path, one: dict[str, Cells], other: dict[str, Cells]) -> list[ReadBook]:
    """Two copies of one book, filled in by two people."""
    first = book(folder, "chair.xlsx")
    second = Path(shutil.copy(first, folder / "clerk.xlsx"))
    return [read(filled(first, one)), read(filled(second, other))]


def test_identical_copies_are_one_and_a_fuller_one_adds_what_it_has(tmp_path: Path) -> None:
    merged = merge(copies(tmp_path, {FIRST: {"Asked": "Why?"}}, {FIRST: {"Asked": "Why?"}}))
    assert merged.problems == []
    assert [(line.ref, line.asked) for line in merged.matters] == [(FIRST, "Why?"), (SECOND, "")]
    fuller: dict[str, Cells] = {FIRST: {"Asked": "Why?", "Who": "Ann Lee"}}
    merged = merge(copies(tmp_path, {FIRST: {"Asked": "Why?"}, SECOND: {"Asked": "When?"}}, fuller))
    assert merged.problems == []
    assert [(line.ref, line.asked, line.who) for line in merged.matters] == [
        (FIRST, "Why?", "Ann Lee"),
        (SECOND, "When?", ""),
    ]


def test_a_matter_that_two_copies_fill_in_differently_is_named_and_neither_counts(tmp_path: Path) -> None:
    books = copies(tmp_path, {FIRST: {"Asked": "Why?"}, SECOND: {"Asked": "When?"}}, {FIRST: {"Asked": "How?"}})
    merged = merge(books)
    (problem,) = merged.problems
    assert problem == (
        "QIP-2026-03-01 differs between clerk.xlsx (Matters!A6) and chair.xlsx (Matters!A6): Asked “How?” and “Why?”. Neither counts. "
        "Make the two rows agree, or name the file to use on the register's sheet Returns to use."
    )  # fmt: skip
    first, second = merged.matters
    assert (first.asked, first.differs, second.asked) == ("", problem, "When?")
    (state,) = [each for each in matters_of(merged.matters).values() if each.ref == FIRST]
    assert (state.is_open, state.state) == (True, "Copies differ")
    decided = merge(books, ["clerk.xlsx"])
    assert decided.problems == []
    assert [line.asked for line in decided.matters] == ["How?", "When?"]


def test_a_spare_row_that_two_people_use_for_two_matters_is_two_matters(tmp_path: Path) -> None:
    one: dict[str, Cells] = {RAISED: {"Service": "ELM", "Matter": "Nights", "Asked": "Who?"}}
    other: dict[str, Cells] = {RAISED: {"Service": "OAK", "Matter": "Food", "Asked": "What?"}}
    merged = merge(copies(tmp_path, one, other))
    assert merged.problems == []
    raised = {line.ref: (line.service, line.finding) for line in merged.matters if line.reason == ""}
    assert raised == {RAISED: ("ELM", "Nights"), f"{RAISED}b": ("OAK", "Food")}


def test_copies_with_different_dates_do_not_count_until_they_agree(tmp_path: Path) -> None:
    first, second = book(tmp_path, "a.xlsx"), book(tmp_path, "b.xlsx")
    books = [read(filled(first, {FIRST: {"Asked": "Why?"}})), read(filled(second, {}, held=datetime(2026, 4, 15)))]
    merged = merge(books)
    assert merged.matters == []
    assert "a.xlsx (14/04/2026) and b.xlsx (15/04/2026)" in merged.problems[0]


def damaged(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:2000])
    return path


def without_stamp(path: Path) -> Path:
    workbook = openpyxl.load_workbook(path)
    del workbook[STAMP]
    workbook.save(path)
    return path


def of_others(path: Path) -> Path:
    return filled(path, {}, change=lambda workbook: workbook[STAMP].__setitem__("B5", "Other Care"))


def with_no_month(path: Path) -> Path:
    return filled(path, {}, change=lambda workbook: workbook[STAMP].__setitem__("B4", "../../etc"))


def of_unknown_kind(path: Path) -> Path:
    return filled(path, {}, change=lambda workbook: workbook[STAMP].__setitem__("B2", "staff-forum"))


def of_another_kind(path: Path) -> Path:
    return filled(path, {}, change=lambda workbook: workbook[STAMP].__setitem__("B2", "board"))


def without_matters(path: Path) -> Path:
    return filled(path, {}, change=lambda workbook: workbook[MATTERS].delete_rows(1, 60))


def with_entities(path: Path) -> Path:
    """A book whose sheet defines entities that grow without end."""
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet>&b;</worksheet>'
    kept = {}
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in kept.items():
            archive.writestr(name, bomb if name.endswith("sheet2.xml") else content)
    return path


@pytest.mark.parametrize(
    ("harm", "error", "words"),
    [
        (damaged, SourceError, "The meeting book .* cannot be read"),
        (with_entities, SourceError, "The meeting book .* cannot be read"),
        (without_stamp, RequestError, "is not a meeting book that qipxl wrote"),
        (of_others, RequestError, "is a meeting book of Other Care, not of Our Care"),
        (with_no_month, RequestError, "was changed on its sheet Meeting stamp: .* is not a month"),
        (of_unknown_kind, RequestError, "unknown kind of meeting: “staff-forum” is not a kind of meeting"),
        (
            of_another_kind,
            RequestError,
            "Meeting stamp: its Refs are not those of Board or its quality committee, March 2026",
        ),
        (without_matters, RequestError, "has no sheet Matters with its row of headings"),
    ],
)
def test_a_damaged_or_foreign_book_is_refused_with_a_sentence(
    tmp_path: Path, harm: Callable[[Path], Path], error: type[QipxlError], words: str
) -> None:
    with pytest.raises(error, match=words):
        read(harm(book(tmp_path)))


def test_texts_that_look_like_formulas_stay_texts(tmp_path: Path) -> None:
    text = '=HYPERLINK("http://example.org","x")'
    odd = AgendaMatter(FIRST, "milestones", "ELM", text, "A-001", "", "", text, text, text, text)
    path = write_book(Agenda(KINDS.named("board"), MARCH, "Our Care", [odd]), tmp_path / "book.xlsx")
    assert validate(path) == []
    sheet = openpyxl.load_workbook(path)[MATTERS]
    assert [sheet.cell(6, column).data_type for column in range(2, 8)] == ["s"] * 6


def test_every_field_that_a_meeting_fills_in_has_a_column() -> None:
    assert {column.key for column in COLUMNS if column.typed} <= set(MatterLine.model_fields)


def test_books_are_found_under_any_ending_and_what_is_not_one_stops_nothing(tmp_path: Path) -> None:
    month = tmp_path / "meetings" / "2026-03"
    month.mkdir(parents=True)
    names = ("../in the wrong folder.xlsx", "Panel.XLSX", "panel.ods", "panel.xlsm")
    for name in (*names, "~$Panel.XLSX", ".~lock.panel.ods#", "minutes.docx"):
        (month / name).write_bytes(b"x")
    (month / "a folder.xlsx").mkdir()
    (month / "a folder.xlsx" / "draft.xlsx").write_bytes(b"x")
    (month / "gone.xlsx").symlink_to(month / "nowhere")
    found, unreadable = books_in(tmp_path)
    assert sorted(path.name for path in found) == ["Panel.XLSX", "in the wrong folder.xlsx", "panel.ods", "panel.xlsm"]
    assert unreadable == []


def test_matters_are_deleted_with_all_plans_of_a_service_and_counted_before(tmp_path: Path) -> None:
    lines = [
        MatterLine(ref=f"Q-{number}", kind="q", meeting="Q", month="2026-03", held_on=HELD.date(), service=code, asked="Why?")
        for number, code in enumerate(("ELM", "ELM / Falls", "ELMS", ""))
    ]  # fmt: skip
    keep_meetings(Meetings(changed=[Merged("q", "2026-03", lines, (), ("x",))]), tmp_path)
    assert purge_records(tmp_path, None, ["elm"], only_count=True) == 2
    assert purge_records(tmp_path, None, ["elm"]) == 2
    (version,) = archived(tmp_path).values()
    assert [line.service for line in version.lines] == ["ELMS", ""]
    assert purge_records(tmp_path, date(2026, 4, 1), []) == 2


def test_a_book_and_its_record_in_the_archive_say_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "meetings" / "2026-03"
    folder.mkdir(parents=True)
    filled(book(folder, reverse=True), {FIRST: EVERYTHING, SECOND: {"Asked": "Who looks at it?"}})
    lines = {ServiceLine: [ServiceLine(code=each.code, name=each.name) for each in SERVICES]}
    register = Register(tmp_path / "register.xlsx", "Our Care", "core", 7, "", (), lines)
    first = read_meetings(tmp_path, tmp_path / "archive", register)
    keep_meetings(first, tmp_path / "archive")
    second = read_meetings(tmp_path, tmp_path / "archive", register)
    assert (list(first.problems), len(first.changed), len(second.changed)) == ([], 1, 0)
    assert with_meetings(register, first.lines).digest == with_meetings(register, second.lines).digest
