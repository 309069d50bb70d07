"""The jobs of the console's buttons. Each calls qipxl and writes its result into the console.

A job never raises an error: a failure becomes one sentence, in a message box, on the sheet Console and in the Log.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import xlwings as xw

import qipxl
from qipxl.app.excel.console_workbook import CONSOLE, JOBS, LOG, MESSAGE_ROW, MONTH_ROW, PROBLEM_COLUMNS, PROBLEMS
from qipxl.app.excel.open_tracker import check_open_book, is_tracker
from qipxl.app.excel.open_workbook import OpenSheet
from qipxl.app.excel.user_settings import ERROR_LOG, user_folder
from qipxl.app.screen import count_words, plural
from qipxl.errors import QipxlError, RequestError
from qipxl.files import write_text
from qipxl.periods import Period
from qipxl.provider import ProviderFolder, ProviderMonth, register_from
from qipxl.provider.monthly_run import consolidate_month
from qipxl.returns.returns import problem_frame
from qipxl.text import as_text
from qipxl.tracker.issue import issue_trackers
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
CELL_ADDRESS = re.compile(r"[A-Z]{1,3}\d+(:[A-Z]{1,3}\d+)?")


@dataclass(frozen=True)
class Outcome:
    """The result of a job: a sentence, the files or folders written, and the problems if it checked anything."""

    message: str
    written: Sequence[Path] = ()
    problems: pd.DataFrame | None = None
    opened: bool = False
    """True if the problems are of open workbooks, so that links can lead to their cells."""


def find_book(name: str, hwnd: int = 0) -> xw.Book:
    """The open workbook of this name, first in the Excel with window `hwnd`; raises RequestError if it is not open.

    It is found by name and not by path, because Excel gives no local path for a workbook on OneDrive or SharePoint.
    """
    for app in sorted(xw.apps, key=lambda app: app.hwnd != hwnd):
        for book in app.books:
            if book.name.lower() == name.lower():
                return book
    raise RequestError(f"{name} is not open in Excel. Open it, and press the button again.")


@dataclass
class Session:
    """One use of a button: its console, the provider's folder, and today's date."""

    book: xw.Book
    home: Path
    today: date
    steps: dict[str, int] = field(default_factory=dict)

    def month(self) -> ProviderMonth:
        """The month chosen on Console, with the register of the open console, saved or not."""
        rows = OpenSheet(self.book.sheets[CONSOLE]).rows
        value = rows[MONTH_ROW - 1][1] if len(rows) >= MONTH_ROW and len(rows[0]) > 1 else ""
        sheets = {sheet.name: OpenSheet(sheet).rows for sheet in self.book.sheets if sheet.name not in CONSOLE_SHEETS}
        register = register_from(Path(self.book.name), sheets)
        month = f"{value:%Y-%m}" if isinstance(value, date) else as_text(value)
        return ProviderMonth(ProviderFolder(self.home), register, Period.typed(month))

    def step(self, what: str) -> Callable[..., None]:
        """A progress callback that shows the number of calls in the status bar."""

        def done(*_: object) -> None:
            self.steps[what] = self.steps.get(what, 0) + 1
            self.book.app.status_bar = f"qipxl: {what}: {self.steps[what]}"

        return done


CONSOLE_SHEETS = (CONSOLE, LOG, PROBLEMS)
"""The sheets of a console that are not part of the register."""


def run_job(job: str, session: Session) -> int:
    """Run a button's job; returns DONE or NOT_DONE. Status bar and screen updating are restored in every case."""
    app = session.book.app
    with app.properties(screen_updating=False, status_bar=f"qipxl: {JOBS[job].caption}..."):
        try:
            outcome = JOB_FUNCTIONS[job](session)
            show_problems(session.book, outcome)
            log(session, job, outcome)
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
    except Exception:
        return f"{sentence}\n\n(This could not be written into the console: is it protected or read-only?)"
    return sentence


def issue(session: Session) -> Outcome:
    """Write two trackers for each expected service, with and without buttons."""
    month = session.month()
    step = session.step("trackers written")
    try:
        paths = issue_trackers(month.to_issue(), month.period, month.issued, buttons=True, progress=step)
    except RequestError as error:
        if "--replace" not in str(error):
            raise
        command = f"qipxl issue {session.home} --period {month.period} --button --replace"
        raise RequestError(f"{error} The command is: {command}") from None
    return Outcome(f"{plural(len(paths), 'tracker')} written for {month.period.words}.", [month.issued])


def check_returns(session: Session) -> Outcome:
    with consolidate_month(session.month(), progress=session.step("returns read")) as result:
        return Outcome(count_words(result.returns), [], result.returns.problems)


def consolidate(session: Session) -> Outcome:
    month = session.month()
    with consolidate_month(month, keep=True, progress=session.step("returns read")) as result:
        written = qipxl.write_summary(result.summary(), month.summary)
    return Outcome(count_words(result.returns), [written], result.returns.problems)


def check_open(session: Session) -> Outcome:
    """Check every tracker open in the same Excel, as at today or the end of its month, whichever is earlier."""
    books = [book for book in session.book.app.books if is_tracker(book)]
    if not books:
        raise RequestError(
            "No tracker is open in this Excel. Open one, choose Enable Editing if Excel offers it, and press the button again."
        )
    templates, sentences = session.month().templates, []
    problems = [problem_frame([])]
    for book in books:
        try:
            problems.append(check_open_book(book, templates, today=session.today).problems)
            sentences.append(f"{book.name}: {plural(len(problems[-1]), 'problem')}.")
        except QipxlError as error:
            sentences.append(str(error))
        session.step("trackers checked")()
    return Outcome(" ".join(sentences), [], pd.concat(problems, ignore_index=True), opened=True)


JOB_FUNCTIONS: dict[str, Callable[[Session], Outcome]] = {
    "issue": issue, "check": check_returns, "consolidate": consolidate, "check-open": check_open,
}  # fmt: skip


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
    """Add a line to the Log with a link to the file written, and show its sentence on Console."""
    sheet = session.book.sheets[LOG]
    row = max(HEADING_ROW, sheet.used_range.last_cell.row) + 1
    when, caption = datetime.now().replace(second=0, microsecond=0), JOBS[job].caption
    sheet.range((row, 1), (row, 3)).value = [[when, caption, text_cell(outcome.message)]]
    for path in outcome.written[:1]:  # into the column Written
        sheet.range((row, 4)).add_hyperlink(str(path.resolve()), str(path))
    sentence = f"{when:%d/%m/%Y %H:%M} {caption}: {outcome.message}"
    session.book.sheets[CONSOLE].range((MESSAGE_ROW, 2)).value = text_cell(sentence)
