"""Texts that people typed outside the tables: answers to head office's questions on Start here, and remarks elsewhere.

A tracker's stamp has digests of the texts that were issued on each sheet. Trackers of earlier versions have none; there the
position of a text decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from qipxl.privacy import PERSONAL_DATA, WITHHELD, kinds_in, without, words_of
from qipxl.reading.file.cover import Cover
from qipxl.reading.file.opened import ReadTable
from qipxl.reading.file.plan import TablePlan
from qipxl.reading.file.raw_workbook import AnyBook
from qipxl.returns.codes import ANSWER, REMARK
from qipxl.returns.problems import Problem
from qipxl.text import as_text
from qipxl.workbook import layout
from qipxl.workbook.cells import CellError, is_blank
from qipxl.workbook.headings import fold
from qipxl.workbook.layout import cell_address
from qipxl.workbook.stamp import Stamp, field_digest

Rows = Sequence[Sequence[object]]
STATES = ("Ready to send", "Not ready", "Nearly ready", "Checking...", "Checked on ", "The check broke off (")
"""The beginnings of the sentences that Start here works out and that the buttons write."""
ISSUED_FACTS = ("service", "region", "manager")
"""Lines of Start here that head office fills in and reading does not compare otherwise."""
GUIDANCE_COLUMNS = 3
MOST_WORDS = 200
"""The words of a question after which an answer in the same cell is not looked for."""


@dataclass(frozen=True)
class OutsideText:
    """A text outside the tables: its sheet, its row and column (from 0), its content, and the question that it answers."""

    sheet: str
    row: int
    column: int
    text: str
    question: str = ""
    where: str = ""

    def problems(self, kinds_off: Collection[str]) -> Iterator[Problem]:
        """The problem that shows the text; one more if it seems to hold personal data, and then the text is withheld."""
        cell, number = cell_address(self.column, self.row + 1), self.row + 1
        code = ANSWER if self.question else REMARK
        question, text = without(self.question), self.text
        heading = question or self.where
        if kinds := kinds_in(text, kinds_off):
            text = f"{WITHHELD}{self.sheet}!{cell}"
            named = "an answer" if self.question else heading or "a text outside the tables"
            yield Problem(PERSONAL_DATA, "", self.sheet, number, "", cell, named, more=words_of(kinds))
        more = f", at {self.where}" if self.where else ""
        yield Problem(code, "", self.sheet, number, "", cell, heading, text, more)


def texts_outside_tables(
    book: AnyBook,
    stamp: Stamp,
    cover: Cover,
    plans: Mapping[str, TablePlan],
    tables: Mapping[str, ReadTable],
    kinds_off: Collection[str],
) -> Iterator[Problem]:
    """A problem for each text outside the tables that was not issued."""
    found = [*texts_on_start(book, stamp, cover)]
    for key, table in tables.items():
        if table.heading_row and table.placement.sheet in book.names:
            found += texts_above(book, table, stamp.texts.get(plans[key].sheet))
    if layout.GUIDANCE in book.every_name:
        found += texts_on_guidance(book, stamp)
    if layout.SETTINGS in book.names and layout.SETTINGS in stamp.texts:
        found += unissued(layout.SETTINGS, book.rows(layout.SETTINGS), stamp.texts[layout.SETTINGS])
    if layout.PASTE in book.names and layout.PASTE in stamp.texts:
        above = book.rows(layout.PASTE)[: layout.HEADING_ROW - 1]
        found += unissued(layout.PASTE, above, stamp.texts[layout.PASTE])
    for text in found:
        yield from text.problems(kinds_off)


def is_text(cell: object) -> bool:
    """True for a cell that holds a text and no error value."""
    return isinstance(cell, str) and cell != "" and not isinstance(cell, CellError) and not is_blank(cell)


def unissued(sheet: str, rows: Rows, issued: Collection[str]) -> Iterator[OutsideText]:
    """The texts of a sheet, or of its first rows, that were not issued on it."""
    typed = {cell for cell in set().union(*rows) if isinstance(cell, str) and field_digest(cell) not in issued} - {""}
    for index, row in enumerate(rows) if typed else ():
        for column, cell in enumerate(row):
            if cell in typed and is_text(cell):
                yield OutsideText(sheet, index, column, one_line(cell))


def one_line(cell: object) -> str:
    """A cell's whole content on one line."""
    return " ".join(as_text(cell).split())


def texts_on_start(book: AnyBook, stamp: Stamp, cover: Cover) -> Iterator[OutsideText]:
    """Answers to questions, changed facts, and remarks on Start here."""
    if cover.sheet not in book.names:
        return
    rows, issued = book.rows(cover.sheet), stamp.texts.get(layout.START)
    worked_out = {(cell.row, cell.column) for cell in book.sheets[cover.sheet].formulas}
    yield from changed_lines(cover, stamp)
    values = set(cover.cells.values())
    facts = set(map(fold, stamp.facts.values()))
    questions = questions_on(rows, cover, book, issued)
    for index, row in enumerate(rows):
        for column, cell in enumerate(row):
            if questions.hold(index, column) or (index, column) in worked_out or (index, column) in values:
                continue
            text = str(cell)
            if not is_text(cell) or text.startswith(STATES) or (column <= cover.label_column and fold(text) in facts):
                continue
            if issued is None:
                typed = is_beside(row, index, column, cover) and (index, column + 1) not in worked_out
            else:
                typed = field_digest(text) not in issued
            if typed:
                yield OutsideText(cover.sheet, index, column, one_line(cell))
    yield from answers(book, cover, rows, questions, issued)


def is_beside(row: Sequence[object], index: int, column: int, cover: Cover) -> bool:
    """In a tracker without digests: true for a text right of the hints, or in a row that has no label of the tracker."""
    lines = {line for line, _ in cover.cells.values()}
    hints = 1 + max((value for _, value in cover.cells.values()), default=1)
    if column > hints or column < cover.label_column:
        return True
    labelled = index in lines or index < min(lines, default=0)
    if labelled or column != cover.label_column:
        return False
    known = fold(row[column]).startswith(("state of this tracker", fold(layout.QUESTIONS), "ready to send"))
    return not known and all(map(is_blank, row[column + 1 :]))


def changed_lines(cover: Cover, stamp: Stamp) -> Iterator[OutsideText]:
    """The lines of head office with another content than the tracker was issued with, and words next to Nothing to report."""
    labels = {line.key: line.label for line in layout.COVER}
    for key in (*ISSUED_FACTS, "nil"):
        if key not in cover.cells:
            continue
        text = one_line(cover.values.get(key, ""))
        expected = ("yes", "no") if key == "nil" else (fold(stamp.facts.get(key, "")),)
        if text and fold(text) not in expected and is_text(text):
            yield OutsideText(cover.sheet, *cover.cells[key], text, where=labels[key])


@dataclass(frozen=True)
class Questions:
    """The part of Start here with the questions of head office: the row above them, their last row, and their column (from 0).

    What is to the left of the column `left` has nothing to do with them.
    """

    above: int
    last: int
    column: int
    left: int

    def hold(self, row: int, column: int) -> bool:
        return self.above < row <= self.last and column >= self.left


def questions_on(rows: Rows, cover: Cover, book: AnyBook, issued: Collection[str] | None) -> Questions:
    """The questions on Start here, found by the words above and below them; no rows if it has none."""
    for index, row in enumerate(rows):
        for column, cell in enumerate(row):
            if fold(cell) == fold(layout.ANSWER_HERE):
                ends = (below for below in range(index + 1, len(rows)) if is_heading(rows[below], layout.OPEN_ACTIONS))
                return Questions(index, next(ends, len(rows)) - 1, column, column)
            if fold(cell) == fold(layout.QUESTIONS) and column <= cover.label_column:
                # earlier trackers have their questions at the end, below the labels
                last = last_row_of_questions(rows, index, cover, book, issued)
                return Questions(index, last, cover.label_column, 0)
    return Questions(len(rows), len(rows), 0, 0)


def is_heading(row: Sequence[object], heading: str) -> bool:
    return any(fold(cell) == fold(heading) for cell in row)


def last_row_of_questions(rows: Rows, first: int, cover: Cover, book: AnyBook, issued: Collection[str] | None) -> int:
    """The last row of the questions: no blank row comes before it, or it holds an issued question."""
    last = first
    for index in range(first + 1, len(rows)):
        if all(map(is_blank, rows[index])):
            if issued is None and not book.sheets[cover.sheet].merges():
                break
            continue
        if index == last + 1 or is_question(rows, index, cover.label_column, book, cover.sheet, issued):
            last = index
    return last


def is_question(rows: Rows, index: int, column: int, book: AnyBook, sheet: str, issued: Collection[str] | None) -> bool:
    """True if a cell below the heading holds a question of head office: an issued text, or one merged across columns."""
    cell = rows[index][column] if column < len(rows[index]) else ""
    if not is_text(cell):
        return False
    if issued is not None:
        return field_digest(cell) in issued or bool(issued_part(str(cell), issued))
    merges = book.sheets[sheet].merges()
    across = {merge.first_row for merge in merges if merge.first_column == column < merge.last_column}
    return not across or index in across


def answers(
    book: AnyBook, cover: Cover, rows: Rows, questions: Questions, issued: Collection[str] | None
) -> Iterator[OutsideText]:
    """What was typed next to a question, below it, or after it in its own cell."""
    question = ""
    for index in range(questions.above + 1, questions.last + 1):
        row, asked = rows[index], is_question(rows, index, questions.column, book, cover.sheet, issued)
        for column, cell in enumerate(row[questions.left :], questions.left):
            if is_blank(cell) or isinstance(cell, CellError):
                continue
            if column == questions.column and asked:
                text = str(cell)
                question = one_line(text)
                if issued is not None and field_digest(text) not in issued:
                    question = issued_part(text, issued)
                elif issued is None and "\n" in text.strip():
                    question = one_line(text.strip().split("\n")[0])
                if question != one_line(text):
                    yield OutsideText(cover.sheet, index, column, one_line(text)[len(question) :].strip(), question)
            elif issued is None or not isinstance(cell, str) or field_digest(cell) not in issued:
                yield OutsideText(cover.sheet, index, column, one_line(cell), question)


def issued_part(text: str, issued: Collection[str]) -> str:
    """The longest beginning of a text that was issued; empty if there is none."""
    words = text.split()
    ends = range(min(len(words) - 1, MOST_WORDS), 0, -1)
    return next((part for end in ends if field_digest(part := " ".join(words[:end])) in issued), "")


def texts_above(book: AnyBook, table: ReadTable, issued: Collection[str] | None) -> Iterator[OutsideText]:
    """The texts above a table's headings that were not issued there."""
    sheet, rows = table.placement.sheet, book.rows(table.placement.sheet)[: table.heading_row - 1]
    if issued is not None:
        yield from unissued(sheet, rows, issued)
        return
    first_texts = 0
    for index, row in enumerate(rows):
        for column, cell in enumerate(row):
            if not is_text(cell):
                continue
            if column == 0 and first_texts < TITLE_AND_SENTENCE:
                first_texts += 1
            elif not str(cell).startswith(NOTES):
                yield OutsideText(sheet, index, column, one_line(cell))


TITLE_AND_SENTENCE = 2
NOTES = ("+ ", "Filled in by ", "Worked out")
"""The beginnings of the notes above headings."""


def texts_on_guidance(book: AnyBook, stamp: Stamp) -> Iterator[OutsideText]:
    """The texts on Guidance that were not issued there."""
    rows, issued = book.rows(layout.GUIDANCE), stamp.texts.get(layout.GUIDANCE)
    if issued is not None:
        yield from unissued(layout.GUIDANCE, rows, issued)
        return
    for index, row in enumerate(rows):
        for column, cell in enumerate(row):
            if is_text(cell) and index >= GUIDANCE_COLUMNS and is_added(row, column):
                yield OutsideText(layout.GUIDANCE, index, column, one_line(cell))


def is_added(row: Sequence[object], column: int) -> bool:
    """In a tracker without digests: true for a text of Guidance where no line of it has one.

    A line has a subject and a meaning, or a word and a meaning; only a check has all three.
    """
    subject, word, meaning = ([*row, "", "", ""])[:GUIDANCE_COLUMNS]
    if column >= GUIDANCE_COLUMNS or is_blank(meaning):
        return True
    return column == 0 and not is_blank(word) and not str(subject).startswith("Check on ")
