"""The console workbook: a provider's register with buttons that call qipxl, a log of their results, and a list of problems."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from qipxl.periods import Period
from qipxl.provider import Register
from qipxl.provider.register_workbook import HEADING, write_register_sheets
from qipxl.workbook.buttons import Button, write_button
from qipxl.workbook.layout import HEADING_ROW
from qipxl.workbook.vba import embed
from qipxl.workbook.writer import WorkbookWriter, new_workbook

CONSOLE, LOG, PROBLEMS = "Console", "Log", "Problems"
MONTH_ROW, MESSAGE_ROW, BUTTON_ROW = 4, 5, 7
"""Rows of the sheet Console, from 1: the month, the result of the last button, the first button."""
LOG_COLUMNS = {"When": 18, "Button": 24, "Result": 80, "Written": 60}
PROBLEM_COLUMNS = {"File": 34, "Severity": 14, "Sheet": 18, "Cell": 10, "What to put right": 90, "Go there": 12}
JOBS = {
    "issue": Button("Issue trackers", "QipIssueTrackers", "Writes a tracker for each expected service"),
    "check": Button("Check returns", "QipCheckReturns", "Checks the returns, cell by cell"),
    "consolidate": Button("Consolidate", "QipConsolidate", "Writes the summary and keeps the returns in the archive"),
    "check-open": Button("Check the open tracker", "QipCheckOpenTracker", "Checks every tracker that is open in Excel"),
}
"""The buttons, by the job that each starts."""
SPACE = 34
"""Pixels from one button to the next."""


def write_console(path: Path, register: Register, period: Period, created: date) -> Path:
    """Write a console with a register's lines; raises OutputError if it cannot be written."""
    with new_workbook(path, f"Console of {register.name}", created) as writer:
        write_buttons_sheet(writer, register.name, period)
        write_headings(writer, LOG, "The result of each button pressed; the newest is at the bottom.", LOG_COLUMNS)
        write_headings(writer, PROBLEMS, "The problems that the last check found.", PROBLEM_COLUMNS)
        write_register_sheets(writer, register.answers, register.lines)
        embed(writer.book, ("QipConsole",))
    return path


def write_buttons_sheet(writer: WorkbookWriter, name: str, period: Period) -> None:
    """The first sheet: the month, the result of the last button, and the buttons with a line about each."""
    sheet = writer.sheet(CONSOLE, name, "Choose the month, then press a button. The sheet Log lists what was written.")
    sheet.set_column(0, 0, 26, writer.format())
    sheet.set_column(1, 1, 90, writer.format())
    bold, box = writer.format(bold=True), writer.format(border=1, num_format="@", align="left")
    sheet.write_string(MONTH_ROW - 1, 0, "Month", bold)
    sheet.write_string(MONTH_ROW - 1, 1, str(period), box)
    sheet.write_string(MESSAGE_ROW - 1, 0, "Last button", bold)
    sheet.write_blank(MESSAGE_ROW - 1, 1, None, writer.format(text_wrap=True))
    sheet.data_validation(
        MONTH_ROW - 1, 1, MONTH_ROW - 1, 1,
        {"validate": "any", "input_title": "Month", "input_message": "The reporting month, such as 2026-03."},
    )  # fmt: skip
    for number, button in enumerate(JOBS.values()):
        sheet.set_row_pixels(BUTTON_ROW - 1 + number, SPACE)
        sheet.write_string(BUTTON_ROW - 1 + number, 1, f"{button.description}.", writer.format())
        write_button(sheet, BUTTON_ROW - 1 + number, 0, button, 4, 170)


def write_headings(writer: WorkbookWriter, name: str, about: str, columns: dict[str, int]) -> None:
    """A sheet with headings and no rows; the jobs write the rows."""
    sheet = writer.sheet(name, name, about)
    for index, (heading, width) in enumerate(columns.items()):
        style = {"num_format": "dd/mm/yyyy hh:mm", "align": "left"} if heading == "When" else {"text_wrap": True}
        sheet.set_column(index, index, width, writer.format(**style))
        sheet.write_string(HEADING_ROW - 1, index, heading, writer.format(**HEADING))
    sheet.freeze_panes(HEADING_ROW, 0)
