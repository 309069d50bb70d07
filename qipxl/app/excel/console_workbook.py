"""The console workbook: a provider's register with a page of buttons that call qipxl, a log, and a list of problems."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from qipxl.app.excel.console_page import LOG, PROBLEMS, write_page
from qipxl.provider.month_stage import MonthStage
from qipxl.provider.register_workbook import HEADING, write_register_sheets
from qipxl.workbook.layout import HEADING_ROW
from qipxl.workbook.vba import embed
from qipxl.workbook.writer import WorkbookWriter, new_workbook

LOG_COLUMNS = {"When": 18, "Button": 24, "Result": 80, "Written": 60}
PROBLEM_COLUMNS = {"File": 34, "Severity": 14, "Sheet": 18, "Cell": 10, "What to put right": 90, "Go there": 12}


def write_console(path: Path, stage: MonthStage, created: date) -> Path:
    """Write a console with the register and the stage of a month; raises OutputError if it cannot be written."""
    register = stage.month.register
    with new_workbook(path, f"Console of {register.name}", created) as writer:
        write_page(writer, stage)
        write_headings(writer, LOG, "The result of each button pressed; the newest is at the bottom.", LOG_COLUMNS)
        write_headings(writer, PROBLEMS, "The problems that the last check found.", PROBLEM_COLUMNS)
        write_register_sheets(writer, register.answers, register.lines)
        embed(writer.book, ("QipConsole",))
    return path


def write_headings(writer: WorkbookWriter, name: str, about: str, columns: dict[str, int]) -> None:
    """A sheet with headings and no rows; the jobs write the rows."""
    sheet = writer.sheet(name, name, about)
    for index, (heading, width) in enumerate(columns.items()):
        style = {"num_format": "dd/mm/yyyy hh:mm", "align": "left"} if heading == "When" else {"text_wrap": True}
        sheet.set_column(index, index, width, writer.format(**style))
        sheet.write_string(HEADING_ROW - 1, index, heading, writer.format(**HEADING))
    sheet.freeze_panes(HEADING_ROW, 0)
