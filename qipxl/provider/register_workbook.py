"""The register as a new workbook: a sheet for each kind of line, with drop-downs, date checks and prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from qipxl.provider.register import ANSWERS, CHOICES, CODES, DEFAULTS, PROVIDER
from qipxl.provider.register_schema import (
    FIRST_MONTH,
    LINES,
    TIMES,
    Line,
    MailLine,
    ServiceLine,
    own_mail_lines,
)
from qipxl.services import PLAN_MARK
from qipxl.workbook.layout import HEADING_ROW, column_letters
from qipxl.workbook.text_width import lines_needed
from qipxl.workbook.writer import LINE, Sheet, WorkbookWriter, new_workbook

ROOM = 400
"""Rows that have drop-downs and checks."""
FIRST_REFS = tuple(f"A-{number:03d}" for number in range(1, 41))
"""The Refs that the drop-down for an action offers, as trackers number them; a longer list would not fit into the cell's rule."""
SERVICES_LISTED, LISTED_SHEET = "=services_listed", "Services listed"
"""The name of the cells with the codes of the services and their plans, and the hidden sheet with them."""
CONTENTS = "What to fill in when"
"""The first sheet of a register."""
LINK = {"font_color": "#12436D", "underline": 1}
SERVICE_CODES = ("service", "taken_by")
"""The columns that hold the code of a service from the sheet Services."""
HEADING = {"bold": True, "font_color": "#FFFFFF", "bg_color": "#12436D", "border": 1, "text_wrap": True}
EARLIEST = date(2000, 1, 1)


def write_register(
    path: Path, name: str, created: date, lines: Mapping[type[Line], Sequence[Line]] | None = None
) -> Path:
    """Write a register for a provider; raises OutputError if it cannot be written."""
    with new_workbook(path, f"Register of {name}", created) as writer:
        write_register_sheets(writer, {**DEFAULTS, "name": name}, lines or {})
    return path


def write_register_sheets(
    writer: WorkbookWriter, answers: Mapping[str, str], lines: Mapping[type[Line], Sequence[Line]]
) -> None:
    """The sheets of a register: what to fill in when, the provider's answers, then a sheet for each kind of line.

    Without lines for the texts of mails, qipxl's own are written, for head office to change.
    """
    write_contents(writer)
    about = "Who the provider is, and how its months are run."
    sheet = writer.sheet(PROVIDER, "Provider", about)
    sheet.set_column(0, 0, 38)
    sheet.set_column(1, 1, 50)
    for row, (key, heading) in enumerate(ANSWERS.items(), HEADING_ROW):
        sheet.write_string(row, 0, heading, writer.format(bold=True))
        sheet.write_string(row, 1, answers[key], writer.format(border=1))
        if key in CHOICES:
            message = f"Choose one of: {', '.join(CHOICES[key])}."
            limit = {"validate": "list", "source": list(CHOICES[key]), "error_message": message}
            sheet.data_validation(row, 1, row, 1, limit)
    for kind in LINES:
        written = lines.get(kind, ())
        write_lines(writer, kind, own_mail_lines() if kind is MailLine and not written else written)
    write_services_listed(writer, [line for line in lines.get(ServiceLine, ()) if isinstance(line, ServiceLine)])


def write_services_listed(writer: WorkbookWriter, lines: Sequence[ServiceLine]) -> None:
    """A hidden sheet with formulas for what the column Service of other sheets offers: each code, with the plan if it has a name."""
    sheet = writer.empty_sheet(LISTED_SHEET)
    plain, letters = (
        writer.format(),
        [column_letters([*ServiceLine.columns()].index(name)) for name in ("code", "plan")],
    )
    for row in range(ROOM):
        code, plan = (f"{ServiceLine.sheet}!${letter}${HEADING_ROW + 1 + row}" for letter in letters)
        value = lines[row].plan_code if row < len(lines) else ""
        sheet.formula(row, 0, f'{code}&IF(OR({code}="",{plan}=""),"","{PLAN_MARK}"&{plan})', plain, value)
    sheet.hide()
    codes = f"{ServiceLine.sheet}!$A${HEADING_ROW + 1}:$A${HEADING_ROW + ROOM}"
    last = f'SUMPRODUCT(MAX(({codes}<>"")*(ROW({codes})-{HEADING_ROW})))'
    writer.book.define_name(SERVICES_LISTED[1:], f"=OFFSET('{LISTED_SHEET}'!$A$1,0,0,MAX(1,{last}),1)")


def write_contents(writer: WorkbookWriter) -> None:
    """The first sheet: each sheet of the register with a link, when to fill it in, and what it is for."""
    about = f"For a first month only {PROVIDER} and {ServiceLine.sheet} are needed. qipxl reads this workbook and never writes into it."
    sheet = writer.sheet(CONTENTS, CONTENTS, about)
    listed = [(FIRST_MONTH, PROVIDER, "The provider's name, its template, and the day by which returns are due.")]
    listed += [(kind.when, kind.sheet, kind.about) for kind in LINES]
    row = HEADING_ROW - 1
    for index, width in enumerate((30, 100)):
        sheet.set_column(index, index, width, writer.format(text_wrap=True))
    for when in TIMES:
        sheet.write_string(row, 0, when, writer.format(bold=True))
        for number, (name, what) in enumerate([(name, what) for time, name, what in listed if time == when], row + 1):
            sheet.write_string(number, 0, name, writer.format(**LINK))
            sheet.link(number, 0, f"'{name}'!A1")
            sheet.write_string(number, 1, what, writer.format(text_wrap=True))
            sheet.set_row(number, LINE * lines_needed(what, 100, 1.05))
            row = number
        row += 2


def write_lines(
    writer: WorkbookWriter, kind: type[Line], lines: Sequence[Line], about: str = "", codes: str = SERVICES_LISTED
) -> None:
    """One sheet with its table; `codes` are the cells that hold the codes of services, empty for no drop-down."""
    sheet = writer.sheet(kind.sheet, kind.sheet, about or kind.about)
    columns = kind.columns()
    last = HEADING_ROW - 1 + max(len(lines), 1)
    table = {
        "name": f"register_{kind.sheet.lower().replace(' ', '_')}",
        "style": "Table Style Light 1",
        "columns": [{"header": info.title} for info in columns.values()],
    }
    sheet.add_table(HEADING_ROW - 1, 0, last, len(columns) - 1, table)
    for index, (name, info) in enumerate(columns.items()):
        extra = info.json_schema_extra
        dated = "date" in str(info.annotation)
        style = {"text_wrap": True, **({"num_format": "dd/mm/yyyy", "align": "left"} if dated else {})}
        style |= {"num_format": "@"} if name in ("period", "since", *CODES) else {}
        sheet.set_column(index, index, extra["width"], writer.format(**style))
        sheet.write_string(HEADING_ROW - 1, index, str(info.title), writer.format(**HEADING))
        source = codes if name in SERVICE_CODES else extra["choices"]
        add_limit(
            sheet, index, str(info.title), str(info.description), source, dated, FIRST_REFS if name == "action" else ()
        )
        for row, line in enumerate(lines, HEADING_ROW):
            sheet.put(row, index, getattr(line, name), writer.format(**style))
    sheet.freeze_panes(HEADING_ROW, 0)


def add_limit(
    sheet: Sheet,
    index: int,
    title: str,
    prompt: str,
    choices: Sequence[str] | str,
    dated: bool,
    offered: Sequence[str] = (),
) -> None:
    """A column's drop-down or date check, and the prompt that shows when a cell is selected.

    `choices` are texts, or the cells that hold them; a text that is in none of these cells is allowed after a question.
    `offered` are texts of a drop-down that allows any other text too.
    """
    limit: dict[str, object] = {"validate": "any", "input_title": title[:32], "input_message": prompt[:255]}
    if offered:
        limit |= {"validate": "list", "source": list(offered), "show_error": False}
    elif choices and isinstance(choices, str):
        message = "This is not in the list. Keep it? The code alone of a service whose plans all have names is right for all of them."
        limit |= {"validate": "list", "source": choices, "error_type": "warning", "error_message": message}
    elif choices:
        message = f"Choose one of: {', '.join(choices)}."[:255]
        limit |= {"validate": "list", "source": list(choices), "error_message": message}
    elif dated:
        message = "Type a date such as 31/03/2026."
        limit |= {"validate": "date", "criteria": ">=", "minimum": EARLIEST, "error_message": message}
    sheet.data_validation(HEADING_ROW, index, HEADING_ROW + ROOM - 1, index, limit)
