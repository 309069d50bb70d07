"""The first sheet of the console: a month in seven steps with their buttons, what comes next, and the last results.

Its texts come from the month's stage (`texts_of`). They are written with the workbook, and again after each button.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from qipxl.provider.month_stage import MonthStage, Next, shown
from qipxl.tracker.start_sheet import SECTION, YOURS
from qipxl.workbook.buttons import HEIGHT, Button, write_button
from qipxl.workbook.layout import cell_address, column_letters
from qipxl.workbook.styles import BRAND, GREEN, GREY, INK, RULE, TINTS
from qipxl.workbook.text_width import PIXELS, lines_needed
from qipxl.workbook.writer import Sheet, WorkbookWriter

CONSOLE, LOG, PROBLEMS = "Console", "Log", "Problems"
JOBS = {
    "next": Button("Do the next step", "QipNextStep", "Does what comes next in the month"),
    "issue": Button("Issue trackers", "QipIssueTrackers", "Writes a tracker and a draft mail for each expected service"),
    "remind": Button("Write reminders", "QipWriteReminders", "Writes a draft mail to each service without a return"),
    "status": Button("Who has sent what", "QipWhoHasSent", "Lists the services whose returns are late or refused"),
    "check": Button("Check returns", "QipCheckReturns", "Checks the returns, cell by cell"),
    "queries": Button("Write queries", "QipWriteQueries", "Writes a draft mail to each service with something to put right"),
    "consolidate": Button("Consolidate", "QipConsolidate", "Writes the summary and keeps the returns in the archive"),
    "page": Button("Page and PDF", "QipPageAndPdf", "Writes the web page and the board page as PDF"),
    "packs": Button("Packs", "QipPacks", "Writes the summary and the packs for board, commissioners and inspector"),
    "meeting-books": Button("Meeting books", "QipMeetingBooks", "Writes a book for each meeting that has something on its agenda"),
    "read-meetings": Button("Read the books", "QipReadMeetings", "Reads what meetings wrote into their books, and keeps it in the archive"),
    "check-open": Button("Check the open tracker", "QipCheckOpenTracker", "Checks every tracker that is open in Excel"),
}  # fmt: skip
"""The buttons, by the job that each starts."""
STEP_JOBS = (
    ("issue",), ("remind",), ("status", "check"), ("queries",), ("consolidate",), ("page", "packs"), ("meeting-books", "read-meetings"),
)  # fmt: skip
"""The jobs whose buttons are in the row of each step."""
WIDTHS = (14, 33, 115, 140, 530, 22, 160, 152)
"""The widths of the columns A to H in pixels; LibreOffice shows them an eighth wider, and a screen of 1366 holds them."""
NUMBER, TITLE, STATE, WORDS, GAP, BUTTONS, LAST = 2, 3, 4, 5, 6, 7, 8
"""The columns, from 1: a step's number, title, state, what is known of it, a gap, its buttons; and the last one."""
NAME_ROW, DUE_ROW, NEXT_ROW, HEAD_ROW, FIRST_STEP = 2, 3, 5, 7, 8
LAST_STEP = FIRST_STEP + len(STEP_JOBS) - 1
LOG_HEAD = LAST_STEP + 2
FIRST_RESULT, RESULTS = LOG_HEAD + 1, 5
"""The rows, from 1; the newest of the last results is in FIRST_RESULT."""
MONTH_ROW, MONTH_COLUMN = NAME_ROW, LAST
"""The cell in which the month is typed; left of it is its label."""
MONTH_LABEL = "Month"
HEIGHTS = {
    1: 4, NAME_ROW: 34, DUE_ROW: 20, 4: 4, NEXT_ROW: 40, 6: 5, HEAD_ROW: 28, LAST_STEP + 1: 5, LOG_HEAD: 28, FIRST_RESULT: 36,
}  # fmt: skip
"""The heights of rows in pixels; steps have STEP_HEIGHT, older results RESULT_HEIGHT."""
STEP_HEIGHT, RESULT_HEIGHT = 34, 19
BUTTON_WIDTH = 150
SMALLER = 10 / 11
"""The size of the words on the page, in plain letters."""
DONE, TO_DO = "✓ Done", "To do"
ABOUT_OPEN = ("Checks every tracker that is open in Excel, saved", "or not. It changes nothing in them.")


@dataclass(frozen=True)
class PageTexts:
    """What the page says of a month; `steps` are the state of each step and what is known of it."""

    due: str
    next: str
    heading: str
    as_at: str
    steps: Sequence[tuple[str, str]]


def texts_of(stage: MonthStage) -> PageTexts:
    """The texts about a month's stage."""
    return PageTexts(
        f"Returns are due by {day_words(stage.due)}.",
        next_sentence(stage),
        f"{stage.period.words} in seven steps",
        f"as on {day_words(stage.today)}",
        [(DONE if step.is_done else TO_DO, step.words) for step in stage.steps()],
    )


def texts_without_month(sentence: str) -> PageTexts:
    """The texts if the month or the register cannot be read, for the reason in a sentence."""
    return PageTexts("", fitted(sentence, 1), "The month in seven steps", "", [("", "")] * len(STEP_JOBS))


def next_sentence(stage: MonthStage) -> str:
    """What comes next in a month."""
    month, home = stage.month, stage.month.folder.home
    if stage.next is Next.READY:
        return f"Everything is in. Read {shown(month.summary, home)}."
    if stage.next is Next.WAIT:
        folder = month.folder.returns(stage.period)
        if isinstance(folder, Path) and folder.is_relative_to(home):
            return f"Next: send the drafts, and save what comes back in {shown(folder, home)}."
        return f"Next: send the drafts, and save what comes back in {folder}."
    return f"Next: {stage.next.value[0].lower()}{stage.next.value[1:]}."


def day_words(day: date) -> str:
    """A day such as 7 April 2026."""
    return f"{day.day} {day:%B %Y}"


def fitted(text: str, lines: int) -> str:
    """A text that takes at most this number of lines in the column of words; a longer one ends in … after a whole word.

    >>> fitted("Not done: the workbook is protected.", 1), fitted("protected " * 12, 1).endswith("protected …")
    ('Not done: the workbook is protected.', True)
    """
    width, words = (WIDTHS[WORDS - 1] - 5) / PIXELS, text.split()
    if lines_needed(" ".join(words), width, SMALLER) <= lines:
        return " ".join(words)
    while len(words) > 1 and lines_needed(f"{' '.join(words)} …", width, SMALLER) > lines:
        words.pop()
    return f"{' '.join(words)} …" if len(words) > 1 else f"{text[: round(width)]}…"


def write_page(writer: WorkbookWriter, stage: MonthStage) -> None:
    """Write the sheet Console with a month's stage."""
    ConsolePage(writer, stage).write()


class ConsolePage:
    """The sheet Console while it is written."""

    def __init__(self, writer: WorkbookWriter, stage: MonthStage) -> None:
        self.writer = writer
        self.stage = stage
        self.texts = texts_of(stage)
        self.sheet: Sheet = writer.empty_sheet(CONSOLE)

    def write(self) -> None:
        sheet = self.sheet
        sheet.hide_gridlines(2)
        sheet.hide_row_col_headers()
        sheet.set_tab_color(BRAND)
        sheet.fixed_heights = True
        for index, width in enumerate(WIDTHS):
            sheet.set_column_pixels(index, index, width, self.format())
        for row in range(1, FIRST_RESULT + RESULTS):
            usual = STEP_HEIGHT if FIRST_STEP <= row <= LAST_STEP else RESULT_HEIGHT
            sheet.set_row_pixels(row - 1, HEIGHTS.get(row, usual))
        self.write_title()
        self.write_next()
        self.write_steps()
        self.write_results()
        self.write_open_tracker()
        sheet.print_area(0, 0, FIRST_RESULT + RESULTS - 2, LAST - 1)
        sheet.fit_to_pages(1, 1)

    def format(self, **style: object) -> Any:
        """A cell format of XlsxWriter."""
        return self.writer.format(**{"font_color": INK, "valign": "vcenter", **style})

    def text(self, row: int, column: int, text: str, **style: object) -> None:
        """Write a text, which may be empty, at a row and column counted from 1."""
        self.sheet.write_blank(row - 1, column - 1, None, self.format(**style))
        self.sheet.put(row - 1, column - 1, text, self.format(**style))

    def button(self, job: str, row: int, column: int) -> None:
        """Insert a job's button at the left edge of a cell, in the middle of its height."""
        y = (HEIGHTS.get(row, STEP_HEIGHT) - HEIGHT) // 2
        write_button(self.sheet, row - 1, column - 1, JOBS[job], 0, BUTTON_WIDTH, y)

    def heading(self, row: int, first: int, last: int, text: str) -> None:
        for column in range(first, last + 1):
            self.text(row, column, text if column == first else "", **SECTION)

    def write_title(self) -> None:
        """The provider's name, the cell for the month, and when returns are due."""
        self.text(NAME_ROW, NUMBER, self.stage.month.register.name, bold=True, font_size=20, font_color=BRAND)
        self.text(MONTH_ROW, MONTH_COLUMN - 1, MONTH_LABEL, font_color=GREY, align="right", indent=1)
        yours = {**YOURS, "bold": True, "font_size": 12, "num_format": "@", "align": "left", "indent": 1}
        self.text(MONTH_ROW, MONTH_COLUMN, str(self.stage.period), **yours)
        message = "The month that the returns are about, such as 2026-03 or March 2026. Then press a button."
        options = {"validate": "any", "input_title": MONTH_LABEL, "input_message": message}
        place = (MONTH_ROW - 1, MONTH_COLUMN - 1)
        self.sheet.data_validation(*place, *place, options)
        self.text(DUE_ROW, NUMBER, self.texts.due, font_color=GREY)
        hint = "For another month, type it here and press Who has sent what."
        self.text(DUE_ROW, LAST, hint, font_color=GREY, font_size=9, align="right")

    def write_next(self) -> None:
        """What comes next, and the button that does it; green if everything is in."""
        ground: dict[str, object] = {"bg_color": TINTS["note"][0], "font_size": 13, "bold": True}
        for column in range(NUMBER, LAST + 1):
            self.text(NEXT_ROW, column, "", **ground)
        self.text(NEXT_ROW, NUMBER, self.texts.next, **ground, left=5, left_color="#D99A00", indent=1)
        self.button("next", NEXT_ROW, BUTTONS)
        sentence = f"${column_letters(NUMBER - 1)}${NEXT_ROW}"
        ready = {"type": "formula", "criteria": f'=LEFT({sentence},10)="Everything"'}
        green = self.writer.book.add_format({"bg_color": "#DDF1E6"})
        self.sheet.conditional_format(NEXT_ROW - 1, NUMBER - 1, NEXT_ROW - 1, LAST - 1, {**ready, "format": green})

    def write_steps(self) -> None:
        """The seven steps: number, title, state, what is known, and the buttons; in the heading how many are done."""
        self.heading(HEAD_ROW, NUMBER, LAST, self.texts.heading)
        states = f"{cell_address(STATE - 1, FIRST_STEP)}:{cell_address(STATE - 1, LAST_STEP)}"
        steps = list(self.stage.steps())
        done, count = f'COUNTIF({states},"{DONE}")', sum(step.is_done for step in steps)
        dots = f'REPT("●",{done})&REPT("○",{len(steps)}-{done})&"  "&{done}&" of {len(steps)}"'
        text = f"{'●' * count}{'○' * (len(steps) - count)}  {count} of {len(steps)}"
        self.sheet.formula(HEAD_ROW - 1, WORDS - 1, dots, self.format(**{**SECTION, "font_size": 11}), text)
        small = {**SECTION, "bold": False, "font_size": 10, "font_color": GREY, "align": "right"}
        self.text(HEAD_ROW, LAST, self.texts.as_at, **small)
        line: dict[str, object] = {"bottom": 1, "bottom_color": RULE}
        for row, (step, texts, jobs) in enumerate(zip(steps, self.texts.steps, STEP_JOBS, strict=True), FIRST_STEP):
            for column in range(GAP, LAST + 1):
                self.text(row, column, "", **line)
            number = self.format(**line, bold=True, font_color=BRAND, align="center")
            self.sheet.put(row - 1, NUMBER - 1, row - FIRST_STEP + 1, number)
            self.text(row, TITLE, step.title, **line, bold=True)
            self.text(row, STATE, texts[0], **line, font_color=GREY)
            self.text(row, WORDS, texts[1], **line, font_size=10, text_wrap=True)
            for column, job in enumerate(jobs, BUTTONS):
                self.button(job, row, column)
        green = self.writer.book.add_format({"font_color": GREEN, "bold": True})
        is_done = {"type": "cell", "criteria": "==", "value": f'"{DONE}"', "format": green}
        self.sheet.conditional_format(FIRST_STEP - 1, STATE - 1, LAST_STEP - 1, STATE - 1, is_done)

    def write_results(self) -> None:
        """The heading and the empty lines of the last results, and a link to the Log."""
        self.heading(LOG_HEAD, NUMBER, WORDS, "The last five results")
        link = self.format(**{**SECTION, "font_size": 11}, align="right")
        self.sheet.formula(
            LOG_HEAD - 1, WORDS - 1, f'HYPERLINK("#\'{LOG}\'!A1","All results ›")', link, "All results ›"
        )
        for row in range(FIRST_RESULT, FIRST_RESULT + RESULTS):
            tone = INK if row == FIRST_RESULT else GREY
            for column in (NUMBER, STATE, WORDS):
                self.text(row, column, "", font_size=10, font_color=tone, text_wrap=column == WORDS)
        self.text(FIRST_RESULT, NUMBER, "No button was pressed yet.", font_size=10)

    def write_open_tracker(self) -> None:
        """The button that is about no month, and a sentence about it."""
        self.heading(LOG_HEAD, BUTTONS, LAST, "A tracker that is open")
        self.button("check-open", FIRST_RESULT, BUTTONS)
        for row, words in enumerate(ABOUT_OPEN, FIRST_RESULT + 1):
            self.text(row, BUTTONS, words, font_size=10, font_color=GREY)
