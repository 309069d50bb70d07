"""What the console's buttons do: each job is one walk through qipxl, and what came of it is written into the console.

A job never stops with an error: what a person can put right is said in one sentence, in a box, on Console and in the Log.
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
from qipxl.app.excel.console_workbook import (
    CONSOLE,
    JOBS,
    LOG,
    LOG_COLUMNS,
    MONTH_ROW,
    PROBLEM_COLUMNS,
    PROBLEMS,
    SAID_ROW,
)
from qipxl.app.excel.open_tracker import check_open_book, is_tracker
from qipxl.app.excel.open_workbook import OpenSheet
from qipxl.app.excel.user_settings import TROUBLE, own_place
from qipxl.app.screen import count_words
from qipxl.errors import QipxlError, RequestError
from qipxl.periods import Period
from qipxl.provider import ProviderFolder, ProviderMonth, register_from
from qipxl.provider.monthly_run import consolidate_month
from qipxl.returns.returns import problem_frame
from qipxl.tracker.issue import issue_trackers
from qipxl.workbook.cells import cell_words
from qipxl.workbook.layout import HEADING_ROW
from qipxl.workbook.writer import write_text

DONE, SAID_WHY_NOT = 0, 10
"""What a job comes to: done, or not done and the person has been told why. Python itself ends with 1 or 2 where it breaks down."""
MOST = 2_000
"""So many problems are written; all stand in the summary and in `qipxl check`."""
BUSY = (
    "Excel did not answer. Finish the cell you are typing in, close any box that is open, and press the button again."
)
BUSY_CODES = {-2147418111, -2147417846, -2146777998}
"""What Excel answers with while a cell is being typed in or a box is open."""
REFUSED = "Excel refused what was to be written. Take protection off Console, Log and Problems, and open the console for editing."
UNEXPECTED = "qipxl met something it did not expect ({0}); nothing was changed in the register. {1} tells more; please report it."
PLAIN_PLACE = re.compile(r"[A-Z]{1,3}\d+(:[A-Z]{1,3}\d+)?")


@dataclass(frozen=True)
class Outcome:
    """What came of a job: a sentence, the files or folders written, and the problems found where it looked for any."""

    said: str
    written: Sequence[Path] = ()
    problems: pd.DataFrame | None = None
    opened: bool = False
    """True where the problems are those of workbooks that are open, so that their cells can be gone to."""


@dataclass
class Session:
    """A press of a button: the console it was pressed in, its provider's folder, and the day."""

    book: xw.Book
    home: Path
    today: date
    steps: dict[str, int] = field(default_factory=dict)

    def month(self) -> ProviderMonth:
        """The provider's month that Console asks for, with the register as it stands in the open console."""
        asked = OpenSheet(self.book.sheets[CONSOLE]).rows
        said = asked[MONTH_ROW - 1][1] if len(asked) >= MONTH_ROW and len(asked[0]) > 1 else ""
        sheets = {sheet.name: OpenSheet(sheet).rows for sheet in self.book.sheets if sheet.name not in CONSOLE_SHEETS}
        register = register_from(Path(self.book.name), sheets)
        month = f"{said:%Y-%m}" if isinstance(said, date) else cell_words(said)
        return ProviderMonth(ProviderFolder(self.home), register, Period.read(month))

    def step(self, what: str) -> Callable[..., None]:
        """A function to call after each thing done, which tells the status bar how many there are."""

        def done(*said: object) -> None:
            self.steps[what] = self.steps.get(what, 0) + 1
            self.book.app.status_bar = f"qipxl: {what}: {self.steps[what]}"

        return done


CONSOLE_SHEETS = (CONSOLE, LOG, PROBLEMS)
"""The sheets of a console that are not the register's."""


def run_job(job: str, session: Session) -> int:
    """Do what a button asks for; gives DONE or SAID_WHY_NOT. Status bar and screen are as before, whatever happens."""
    app = session.book.app
    with app.properties(screen_updating=False, status_bar=f"qipxl: {JOBS[job].caption}..."):
        try:
            outcome = DOES[job](session)
            show_problems(session.book, outcome)
            log(session, job, outcome)
            return DONE
        except QipxlError as error:
            sentence = noted(session, job, str(error))
        except Exception as error:  # nothing may end in a traceback that nobody sees, since no window shows it
            sentence = noted(session, job, told(error))
    app.alert(sentence, "qipxl")
    return SAID_WHY_NOT


def told(error: Exception) -> str:
    """A sentence for what nobody foresaw; Excel's own refusals are told by the name of their class, which only Windows has."""
    if type(error).__name__ == "ExcelBusyError":
        return BUSY
    if type(error).__name__ == "com_error":
        more = error.args[2] if len(error.args) > 2 and isinstance(error.args[2], tuple) else ()
        return BUSY if BUSY_CODES.intersection([*error.args[:1], *more[5:6]]) else REFUSED
    place = own_place() / TROUBLE
    write_text(place, "".join(traceback.format_exception(error)))
    return UNEXPECTED.format(type(error).__name__, place)


def noted(session: Session, job: str, sentence: str) -> str:
    """Write into the console why a job was not done; gives the sentence for the box, which says so where that was not possible."""
    try:
        log(session, job, Outcome(f"Not done: {sentence}"))
    except Exception:
        return f"{sentence}\n\n(This could not be written into the console: is it protected or read-only?)"
    return sentence


def issue(session: Session) -> Outcome:
    """A tracker for each service expected, with and without buttons."""
    month = session.month()
    step = session.step("trackers written")
    try:
        paths = issue_trackers(month.to_issue(), month.period, month.issued, buttons=True, progress=step)
    except RequestError as error:
        again = f"qipxl issue {session.home} --period {month.period} --button --replace"
        raise RequestError(
            str(error).replace("Add --replace to write them anew.", f"To write them anew, type: {again}")
        ) from None
    return Outcome(f"{len(paths)} trackers are written for {month.period.words}.", [month.issued])


def check_returns(session: Session) -> Outcome:
    with consolidate_month(session.month(), progress=session.step("returns read")) as result:
        return Outcome(count_words(result.returns), [], result.returns.problems)


def consolidate(session: Session) -> Outcome:
    month = session.month()
    with consolidate_month(month, keep=True, progress=session.step("returns read")) as result:
        written = qipxl.write_summary(result.summary(), month.summary)
    return Outcome(count_words(result.returns), [written], result.returns.problems)


def check_open(session: Session) -> Outcome:
    """Every tracker that is open in the same Excel, on the earlier of today and the end of its month."""
    books = [book for book in session.book.app.books if is_tracker(book)]
    if not books:
        raise RequestError(
            "No tracker is open in this Excel. Open one, choose Enable Editing where Excel offers it, and press the button again."
        )
    templates, said = session.month().templates, []
    found = [problem_frame([])]
    for book in books:
        try:
            found.append(check_open_book(book, templates, today=session.today).problems)
            said.append(f"{book.name}: {len(found[-1])} problems.")
        except QipxlError as error:
            said.append(str(error))
        session.step("trackers checked")()
    return Outcome(" ".join(said), [], pd.concat(found, ignore_index=True), opened=True)


DOES: dict[str, Callable[[Session], Outcome]] = {
    "issue": issue,
    "check": check_returns,
    "consolidate": consolidate,
    "check-open": check_open,
}


def show_problems(book: xw.Book, outcome: Outcome) -> None:
    """Write the problems in place of those of the last check, in one piece; how many more there are stands below them."""
    if outcome.problems is None:
        return
    sheet, width = book.sheets[PROBLEMS], len(PROBLEM_COLUMNS)
    last = sheet.used_range.last_cell.row
    if last > HEADING_ROW:
        sheet.range((HEADING_ROW + 1, 1), (last, width)).clear_contents()
    listed = outcome.problems.head(MOST)
    lines = [
        [*map(as_text, line), link(*line[:1], *line[2:4]) if outcome.opened else ""]
        for line in zip(*(listed[name] for name in ("file", "severity", "sheet", "cell", "message")), strict=True)
    ]
    if len(outcome.problems) > MOST:
        lines.append([f"and {len(outcome.problems) - MOST} more", *[""] * (width - 1)])
    if lines:
        sheet.range((HEADING_ROW + 1, 1), (HEADING_ROW + len(lines), width)).value = lines


def as_text(value: object) -> str:
    """A text that stays text, by the mark Excel has for that: else =x became a formula, 3-4 a date, and a return may hold any text."""
    return f"'{value}"


def link(file: str, sheet: str, cell: str) -> str:
    """A formula that leads to a cell of a workbook that is open."""
    place = f"[{file}]{sheet}".replace("'", "''")
    target = f"#'{place}'!{cell}".replace('"', '""')
    return f'=HYPERLINK("{target}","{cell}")' if PLAIN_PLACE.fullmatch(cell) and len(target) <= 250 else ""


def log(session: Session, job: str, outcome: Outcome) -> None:
    """A line at the bottom of the Log, with a link to what was written, and the same sentence on Console."""
    sheet = session.book.sheets[LOG]
    row = max(HEADING_ROW, sheet.used_range.last_cell.row) + 1
    when, caption = datetime.now().replace(second=0, microsecond=0), JOBS[job].caption
    sheet.range((row, 1), (row, 3)).value = [[when, caption, as_text(outcome.said)]]
    for path in outcome.written[:1]:
        sheet.range((row, len(LOG_COLUMNS))).add_hyperlink(str(path.resolve()), str(path))
    session.book.sheets[CONSOLE].range((SAID_ROW, 2)).value = as_text(
        f"{when:%d/%m/%Y %H:%M} {caption}: {outcome.said}"
    )
