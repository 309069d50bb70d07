"""Runs the job of a console's button and shows its result: on the page, on Problems and in the Log.

A job never raises an error: a failure becomes one sentence, in a message box, on the sheet Console and in the Log.
"""

from __future__ import annotations

import re
import traceback
from datetime import datetime

import xlwings as xw

from qipxl.app.excel.console_page import (
    DUE_ROW,
    FIRST_RESULT,
    FIRST_STEP,
    HEAD_ROW,
    JOBS,
    LAST,
    LOG,
    NEXT_ROW,
    NUMBER,
    PROBLEMS,
    RESULTS,
    STATE,
    WORDS,
    PageTexts,
    fitted,
    texts_of,
    texts_without_month,
)
from qipxl.app.excel.console_workbook import PROBLEM_COLUMNS
from qipxl.app.excel.jobs import JOB_FUNCTIONS
from qipxl.app.excel.session import Outcome, Session
from qipxl.app.excel.user_settings import ERROR_LOG, user_folder
from qipxl.errors import QipxlError
from qipxl.files import write_text
from qipxl.provider.month_stage import stage_of
from qipxl.text import as_text
from qipxl.workbook.layout import HEADING_ROW

DONE, NOT_DONE = 0, 10
"""Exit codes of a job: done, or not done and a message box said why. A crash of Python itself gives 1 or 2."""
MAX_PROBLEMS = 2_000
"""Problems written to the sheet; the summary and `qipxl check` list all."""
BUSY = (
    "Excel did not answer. Finish the cell you are typing in, close any box that is open, and press the button again."
)
BUSY_CODES = {-2147418111, -2147417846, -2146777998}
"""Excel's error codes while a cell is being edited or a dialog is open."""
REFUSED = "Excel refused a change. Take protection off Console, Log and Problems, and open the console for editing."
UNEXPECTED = "qipxl met an error that it did not expect ({0}); the register was not changed. Details are in {1}; please report it."
OLD_MESSAGE = (5, 2)
"""The cell with the last result in consoles of earlier versions."""
CELL_ADDRESS = re.compile(r"[A-Z]{1,3}\d+(:[A-Z]{1,3}\d+)?")


def run_job(job: str, session: Session) -> int:
    """Run a button's job; returns DONE or NOT_DONE. Status bar and screen updating are restored in every case."""
    app = session.book.app
    with app.properties(screen_updating=False, status_bar=f"qipxl: {JOBS[job].caption}..."):
        try:
            outcome = JOB_FUNCTIONS[job](session)
            show_problems(session.book, outcome)
            log(session, job, outcome)
            show_page(session)
            return DONE
        except QipxlError as error:
            sentence = log_failure(session, job, str(error))
        except Exception as error:  # no window would show a traceback
            sentence = log_failure(session, job, error_sentence(error))
    app.alert(sentence, "qipxl")
    return NOT_DONE


def error_sentence(error: Exception) -> str:
    """A sentence for an unexpected error. Excel's errors are recognised by class name: only Windows has the classes."""
    if type(error).__name__ == "ExcelBusyError":
        return BUSY
    if type(error).__name__ == "com_error":
        more = error.args[2] if len(error.args) > 2 and isinstance(error.args[2], tuple) else ()
        return BUSY if BUSY_CODES.intersection([*error.args[:1], *more[5:6]]) else REFUSED
    path = user_folder() / ERROR_LOG
    write_text(path, "".join(traceback.format_exception(error)))
    return UNEXPECTED.format(type(error).__name__, path)


def log_failure(session: Session, job: str, sentence: str) -> str:
    """Write into the console why a job failed; returns the sentence for the message box."""
    try:
        log(session, job, Outcome(f"Not done: {sentence}"))
        show_page(session)
    except Exception:
        return f"{sentence}\n\n(This could not be written into the console: is it protected or read-only?)"
    return sentence


def show_problems(book: xw.Book, outcome: Outcome) -> None:
    """Replace the problems of the last check, at most MAX_PROBLEMS; a last line counts the rest."""
    if outcome.problems is None:
        return
    sheet, width = book.sheets[PROBLEMS], len(PROBLEM_COLUMNS)
    last = sheet.used_range.last_cell.row
    if last > HEADING_ROW:
        sheet.range((HEADING_ROW + 1, 1), (last, width)).clear_contents()
    listed = outcome.problems.head(MAX_PROBLEMS)
    lines = [
        [*map(text_cell, line), cell_link(*line[:1], *line[2:4]) if outcome.opened else ""]
        for line in zip(*(listed[name] for name in ("file", "severity", "sheet", "cell", "message")), strict=True)
    ]
    if len(outcome.problems) > MAX_PROBLEMS:
        lines.append([f"and {len(outcome.problems) - MAX_PROBLEMS} more", *[""] * (width - 1)])
    if lines:
        sheet.range((HEADING_ROW + 1, 1), (HEADING_ROW + len(lines), width)).value = lines


def text_cell(value: object) -> str:
    """A value with Excel's mark for text, so that no text of a return becomes a formula or a date."""
    return f"'{value}"


def cell_link(file: str, sheet: str, cell: str) -> str:
    """A formula that links to a cell of an open workbook; empty if Excel could not follow the link."""
    tab = f"[{file}]{sheet}".replace("'", "''")
    target = f"#'{tab}'!{cell}".replace('"', '""')
    return f'=HYPERLINK("{target}","{cell}")' if CELL_ADDRESS.fullmatch(cell) and len(target) <= 250 else ""


def log(session: Session, job: str, outcome: Outcome) -> None:
    """Add a line to the Log with a link to the file written, and show the last lines on Console."""
    sheet = session.book.sheets[LOG]
    row = max(HEADING_ROW, sheet.used_range.last_cell.row) + 1
    when, caption = datetime.now().replace(second=0, microsecond=0), JOBS[job].caption
    sheet.range((row, 1), (row, 3)).value = [[when, caption, text_cell(outcome.message)]]
    for path in outcome.written[:1]:  # into the column Written
        sheet.range((row, 4)).add_hyperlink(str(path.resolve()), str(path))
    if session.has_steps:
        show_results(session, row)
    else:
        sentence = f"{time_words(when)} {caption}: {outcome.message}"
        session.console.range(OLD_MESSAGE).value = text_cell(sentence)


def show_results(session: Session, last: int) -> None:
    """Show the last lines of the Log on Console, the newest first, in two lines at most; `last` is the newest one's row."""
    first = max(HEADING_ROW + 1, last - RESULTS + 1)
    lines = session.book.sheets[LOG].range((first, 1), (last, 3)).options(ndim=2).value[::-1]
    shown = [
        [
            text_cell(time_words(when)),
            "",
            text_cell(as_text(button)),
            text_cell(fitted(as_text(result), 1 if number else 2)),
        ]
        for number, (when, button, result) in enumerate(lines)
    ]
    shown += [[""] * (WORDS - NUMBER + 1)] * (RESULTS - len(shown))
    session.console.range((FIRST_RESULT, NUMBER), (FIRST_RESULT + RESULTS - 1, WORDS)).value = shown


def time_words(when: object) -> str:
    return f"{when:%d/%m/%Y %H:%M}" if isinstance(when, datetime) else as_text(when)


def show_page(session: Session) -> None:
    """Show on Console where the month has got to now; if it cannot be said, the reason."""
    if not session.has_steps:
        return
    try:
        texts = texts_of(stage_of(session.month(), session.today))
    except QipxlError as error:
        texts = texts_without_month(str(error))
    fill_page(session.console, texts)


def fill_page(sheet: xw.Sheet, texts: PageTexts) -> None:
    """Write the texts of a month's stage into their cells."""
    cells = {(DUE_ROW, NUMBER): texts.due, (NEXT_ROW, NUMBER): texts.next, (HEAD_ROW, NUMBER): texts.heading}
    for place, text in {**cells, (HEAD_ROW, LAST): texts.as_at}.items():
        sheet.range(place).value = text_cell(text)
    rows = [[text_cell(state), text_cell(words)] for state, words in texts.steps]
    sheet.range((FIRST_STEP, STATE), (FIRST_STEP + len(rows) - 1, WORDS)).value = rows
