"""Writes a meeting book: a sheet about the meeting, a sheet with a row for each matter, charts, and a hidden stamp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from qipxl.provider.meetings.agenda import Agenda, AgendaMatter
from qipxl.provider.register_schema import YES_NO
from qipxl.provider.register_workbook import EARLIEST
from qipxl.summary.finding_records import Trend
from qipxl.summary.indicator_sheets import write_chart
from qipxl.text import as_text, spelled
from qipxl.workbook.stamp import field_digest
from qipxl.workbook.styles import BRAND, CALCULATED_HEADING, CELL, GREY, HEADING, LEFT, LINK, MONTHLY
from qipxl.workbook.writer import LINE, Sheet, WorkbookWriter, new_workbook, row_height

MEETING, MATTERS, CHARTS, STAMP = "Meeting", "Matters", "Charts", "Meeting stamp"
HEADING_ROW = 4
"""The row of headings of Matters, counted from 0."""
SPARE = 8
"""The blank rows for matters that are raised in the meeting."""
PRINTED_SMALLER = 51
"""The scale of Matters in print, in percent: the yellow columns fit on one page. Fitting to pages would ignore the page break."""
RAISED = "R"
"""What the numbers of their Refs begin with."""


@dataclass(frozen=True)
class BookColumn:
    """A column of Matters: its key, heading and width; whether the meeting fills it in; its drop-down; and a prompt."""

    key: str
    heading: str
    width: float
    typed: bool = False
    choices: Sequence[str] = ()
    is_date: bool = False
    prompt: str = ""


COLUMNS = (
    BookColumn("ref", "Ref", 16), BookColumn("service", "Service", 15), BookColumn("action", "Action", 8),
    BookColumn("finding", "Matter", 30), BookColumn("why", "Why it is here", 36), BookColumn("said", "What the service says", 36),
    BookColumn("before", "Asked and agreed before", 34), BookColumn("chart", "Chart", 16),
    BookColumn("asked", "Asked", 30, typed=True, prompt="What the meeting asked the service; it is in the service's next tracker."),
    BookColumn("decision", "Decided", 30, typed=True, prompt="What was decided, in a sentence."),
    BookColumn("level", "Level held", 14, typed=True, prompt="Who holds the action from now on; only with a decision."),
    BookColumn("support", "Support agreed", 28, typed=True, prompt="The support that the service gets, such as a coach for six weeks."),
    BookColumn("who", "Who", 14, typed=True, prompt="Who does what was agreed."),
    BookColumn("by_when", "By when", 12, typed=True, is_date=True, prompt="A date such as 31/03/2026."),
    BookColumn("new_date", "New due date", 12, typed=True, is_date=True, prompt="Only if the meeting agreed a later due date of the action."),
    BookColumn("item", "Evidence or review", 12, typed=True, prompt="The Refs that were judged, such as E-003 or P-002; with ; between them."),
    BookColumn("judgement", "Accepted?", 12, typed=True, prompt="The meeting's judgement of the evidence, pack or review."),
    BookColumn("verified_by", "Verified by", 14, typed=True, prompt="Who, other than the owner, saw that the change is in practice."),
    BookColumn("closed", "Closed?", 9, typed=True, choices=YES_NO, prompt="Yes if it is done. It stays on the agenda until then."),
)  # fmt: skip
"""The columns of Matters, in order."""
ABOUT_MEETING = {
    "held_on": ("Date of the meeting", "Nothing in this book counts until the date is here."),
    "chair": ("Chair", "Who led the meeting."),
    "present": ("Who was there", "Names or roles."),
    "notes": ("Notes", "Anything that belongs to no single matter."),
}
"""The yellow cells of the sheet Meeting: label and prompt by key."""
STAMPED = ("ref", "reason", "service", "action", "indicator", "item", "finding", "why", "said")
"""What the stamp keeps of each matter."""
FACTS = ("kind", "meeting", "month", "provider")
"""What the stamp keeps of the meeting."""
ISSUED = "text"
"""What a line of the stamp begins with that has the digest of a text of the book, so that added texts are noticed."""


@dataclass(frozen=True)
class FilledIn:
    """What a meeting fills in: cells of the sheet Meeting by the keys of ABOUT_MEETING, and of each matter by its Ref and column."""

    about: Mapping[str, object] = field(default_factory=dict)
    matters: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


BLANK = FilledIn()


def write_book(agenda: Agenda, path: Path, filled: FilledIn = BLANK) -> Path:
    """Write the book of a meeting, with what `filled` says; raises OutputError if it cannot be written."""
    title = f"{agenda.kind.title}: {agenda.period.words}"
    with new_workbook(path, title, agenda.period.last) as writer:
        write_meeting(writer, agenda, title, filled.about)
        sheet = write_matters(writer, agenda, filled.matters)
        charts = [(row, matter.trend) for row, matter in enumerate(agenda.matters) if matter.trend is not None]
        if charts:
            write_charts(writer, sheet, charts)
        write_stamp(writer, agenda)
    return path


def write_meeting(writer: WorkbookWriter, agenda: Agenda, title: str, filled: Mapping[str, object]) -> None:
    """The sheet about the meeting: yellow cells for its date, chair and people, and how to go on."""
    sheet = writer.sheet(MEETING, title, f"{agenda.provider}. About the returns of {agenda.period.words}.")
    sheet.hide_gridlines(2)
    sheet.set_portrait()
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 70)
    yellow = {"bg_color": MONTHLY, "border": 1, "border_color": GREY, "text_wrap": True, "align": "left"}
    for row, (key, (label, prompt)) in enumerate(ABOUT_MEETING.items(), HEADING_ROW - 1):
        dated = key == "held_on"
        sheet.put(row, 0, label, writer.format(bold=True))
        style = writer.format(**yellow, **({"num_format": "dd/mm/yyyy"} if dated else {}))
        sheet.write_blank(row, 1, None, style)
        sheet.put(row, 1, filled.get(key), style)
        sheet.set_row(row, LINE * (4 if key in ("present", "notes") else 1.4))
        limit: dict[str, object] = {"validate": "any", "input_title": label, "input_message": prompt}
        if dated:
            limit |= {"validate": "date", "criteria": ">=", "minimum": EARLIEST}
            limit["error_message"] = "Type a date such as 31/03/2026."
        sheet.data_validation(row, 1, row, 1, limit)
    steps = [
        f"1. Fill in the yellow cells here and on {MATTERS} during the meeting.",
        f"2. Save this book in the provider's folder, in meetings/{agenda.period}. qipxl reads it with the month.",
        "3. What was asked and agreed is then in the services' next trackers, and the matter stays on the agenda until it is closed.",
        "Two people may fill in a copy each: save both. A row that both filled in differently does not count until it is settled.",
    ]
    for row, step in enumerate(steps, HEADING_ROW + len(ABOUT_MEETING)):
        sheet.put(row, 0, step, writer.format(font_color=GREY))
    sheet.activate()


def heading_of(agenda: Agenda) -> str:
    """The title of Matters, such as “QIP review: seven matters; two are open from earlier meetings”."""
    number, before = len(agenda.matters), sum(bool(matter.before) for matter in agenda.matters)
    verb = "is" if before == 1 else "are"
    left = f"; {spelled(before)} {verb} open from earlier meetings" if before else ""
    matters = f"{spelled(number)} {'matter' if number == 1 else 'matters'}" if number else "nothing is on the agenda"
    return f"{agenda.kind.title}: {matters}{left}"


def write_matters(writer: WorkbookWriter, agenda: Agenda, filled: Mapping[str, Mapping[str, object]]) -> Sheet:
    """The sheet with a row for each matter, then blank rows for matters that are raised in the meeting."""
    about = (
        f"From the returns of {agenda.period.words}. Fill in the yellow cells; a further matter goes into a row below."
    )
    has_trend = any(matter.trend is not None for matter in agenda.matters)
    unused = {"before": not any(matter.before for matter in agenda.matters), "chart": not has_trend}
    sheet = writer.sheet(MATTERS, heading_of(agenda), about)
    sheet.hide_gridlines(2)
    for index, column in enumerate(COLUMNS):
        style = HEADING if column.typed else CALCULATED_HEADING
        sheet.set_column(index, index, column.width, None, {"hidden": unused.get(column.key, False)})
        sheet.put(HEADING_ROW, index, column.heading, writer.format(**style | LEFT))
    sheet.set_row(HEADING_ROW, LINE * 2 + 4)
    for row, matter in enumerate(agenda.matters, HEADING_ROW + 1):
        write_row(writer, sheet, row, matter, filled.get(matter.ref, {}))
    raised = [f"{agenda.kind.prefix}-{agenda.period}-{RAISED}{number}" for number in range(1, SPARE + 1)]
    for row, ref in enumerate(raised, HEADING_ROW + 1 + len(agenda.matters)):
        write_spare(writer, sheet, row, ref)
    last = HEADING_ROW + len(agenda.matters) + SPARE
    add_limits(sheet, agenda, last)
    sheet.freeze_panes(HEADING_ROW + 1, 4)
    sheet.repeat_rows(HEADING_ROW)
    sheet.repeat_columns(0, 3)
    sheet.set_print_scale(PRINTED_SMALLER)
    sheet.set_v_pagebreaks([next(index for index, column in enumerate(COLUMNS) if column.typed)])
    sheet.print_area(0, 0, last, len(COLUMNS) - 1)
    return sheet


def write_row(
    writer: WorkbookWriter, sheet: Sheet, row: int, matter: AgendaMatter, filled: Mapping[str, object]
) -> None:
    """The row of a matter."""
    texts: dict[str, object] = {
        "ref": matter.ref, "service": matter.name, "action": matter.action, "finding": matter.finding, "why": matter.why,
        "said": matter.said, "before": matter.before, "item": matter.item, **filled,
    }  # fmt: skip
    for index, column in enumerate(COLUMNS):
        style = style_of(column) | ({"bold": True} if column.key == "finding" else {})
        sheet.write_blank(row, index, None, writer.format(**style))
        sheet.put(row, index, texts.get(column.key, ""), writer.format(**style))
    sheet.set_row(row, max(LINE * 4, row_height((as_text(texts.get(c.key, "")), c.width) for c in COLUMNS)) + 3)


def write_spare(writer: WorkbookWriter, sheet: Sheet, row: int, ref: str) -> None:
    """A blank row; its service, action and matter are yellow too."""
    for index, column in enumerate(COLUMNS):
        yellow = {"bg_color": MONTHLY} if column.key in ("service", "action", "finding") else {}
        style = writer.format(**style_of(column) | yellow)
        sheet.write_blank(row, index, None, style)
        if column.key == "ref":
            sheet.put(row, index, ref, style)
    sheet.set_row(row, LINE * 2)


def style_of(column: BookColumn) -> dict[str, object]:
    """The style of a column's cells."""
    style: dict[str, object] = {**CELL}
    if column.typed:
        style |= {"bg_color": MONTHLY, "num_format": "dd/mm/yyyy" if column.is_date else "@"}
    return (
        style
        if column.typed or column.key == "finding"
        else style | {"font_color": GREY if column.key == "ref" else "#1D2733"}
    )


def add_limits(sheet: Sheet, agenda: Agenda, last: int) -> None:
    """Drop-downs, date checks and prompts of the yellow cells, and the services for the rows of raised matters."""
    for index, column in enumerate(COLUMNS):
        if not column.typed:
            continue
        limit: dict[str, object] = {
            "validate": "any",
            "input_title": column.heading,
            "input_message": column.prompt[:255],
        }
        choices = {"level": agenda.levels, "judgement": agenda.judgements}.get(column.key, column.choices)
        if choices:
            message = f"Choose one of: {', '.join(choices)}."[:255]
            limit |= {"validate": "list", "source": list(choices), "error_message": message}
        elif column.is_date:
            limit |= {"validate": "date", "criteria": ">=", "minimum": EARLIEST}
            limit["error_message"] = "Type a date such as 31/03/2026."
        sheet.data_validation(HEADING_ROW + 1, index, last, index, limit)
    offered: list[str] = []
    for code in agenda.services:
        if len(",".join([*offered, code])) < 250:  # the most that a list of a cell may hold
            offered.append(code)
    names = {"validate": "list", "source": offered, "show_error": False} if offered else {"validate": "any"}
    service = [column.key for column in COLUMNS].index("service")
    names |= {
        "input_title": "Service",
        "input_message": "Its code or its name. Then the action's Ref, if it is about one.",
    }
    sheet.data_validation(last - SPARE + 1, service, last, service, names)


def write_charts(writer: WorkbookWriter, matters: Sheet, charts: Sequence[tuple[int, Trend]]) -> None:
    """A chart for each figure on the agenda, with its months; each row has its line in small, and a link to the chart."""
    sheet = writer.sheet(CHARTS, CHARTS, "The figures on the agenda, month by month.")
    sheet.set_portrait()
    sheet.set_column(0, 0, 11)
    sheet.set_column(1, 11, 16)
    column = [each.key for each in COLUMNS].index("chart")
    top = 3
    for number, (row, trend) in zip(count(1), charts):  # count has no end
        begins, top = top, write_chart(writer, sheet, trend, number, top)
        first = top - len(trend.frame)
        figures = f"{CHARTS}!$B${first}:$B${first + len(trend.frame) - 1}"
        matters.put(HEADING_ROW + 1 + row, column, "Chart ›", writer.format(**CELL | LINK | {"valign": "bottom"}))
        matters.link(HEADING_ROW + 1 + row, column, f"'{CHARTS}'!A{begins + 1}")
        style = {"markers": True, "series_color": BRAND, "weight": 1.5}
        matters.add_sparklines(HEADING_ROW + 1 + row, column, [figures], style)


def write_stamp(writer: WorkbookWriter, agenda: Agenda) -> None:
    """The hidden sheet by which qipxl knows the book again."""
    sheet = writer.empty_sheet(STAMP)
    plain = writer.format()
    facts = (agenda.kind.key, agenda.kind.title, str(agenda.period), agenda.provider)
    lines = [
        (STAMP, "Please leave this sheet as it is: qipxl needs it to read the book."),
        *zip(FACTS, facts, strict=True),
    ]
    lines += [("matter", *(getattr(matter, name) for name in STAMPED)) for matter in agenda.matters]
    lines += [(ISSUED, digest) for digest in sorted({field_digest(text) for text in writer.texts})]
    for row, cells in enumerate(lines):
        for index, cell in enumerate(cells):
            sheet.put(row, index, cell, plain)
    sheet.hide()
