"""The sheet Paste figures: a block of months and indicators from another system, for the figures that are blank on Figures.

Months are down, and each indicator has a column for each of its numbers. The workings look a blank figure up here
(`TableCells.make_pasted`), and reading does the same (`qipxl.reading.file.pasted_figures`). What neither uses is amber.
"""

from __future__ import annotations

from collections.abc import Iterator

from qipxl.rules import formula
from qipxl.rules.evaluate import Book
from qipxl.rules.expression import day_number, quoted
from qipxl.tracker.content import Tracker
from qipxl.tracker.entry_sheets import BREAKS_A_RULE, FONT_SIZE
from qipxl.tracker.first_rows import months_to
from qipxl.tracker.letter_lines import letter_lines, top_of_lines
from qipxl.workbook import layout
from qipxl.workbook.layout import FIRST_ROW, GROUP_ROW, HEADING_ROW, PASTE_COLUMNS, PASTE_MONTHS, column_letters
from qipxl.workbook.styles import CELL, GREY, HEADING, INK, LEFT, MONTH, MONTHLY, NUMBER
from qipxl.workbook.writer import Sheet, WorkbookWriter

ABOUT = (
    "Paste what another system exports: months down, numbers across. A number counts where Figures is blank; amber cells are not "
    "used. If your export has the months across, use Paste Special, Transpose."
)
HINT = f"Does another system have your figures? Right-click a tab, choose Unhide, then {layout.PASTE}, and paste many months at once."
"""The line above the table Figures."""
LAST_COLUMN, LAST_ROW = column_letters(PASTE_COLUMNS), HEADING_ROW + PASTE_MONTHS
NAMES = {
    "qip_pasted": f"$B${FIRST_ROW}:${LAST_COLUMN}${LAST_ROW}",
    "qip_pasted_days": f"$A${FIRST_ROW}:$A${LAST_ROW}",
    "qip_pasted_headings": f"$B${HEADING_ROW}:${LAST_COLUMN}${HEADING_ROW}",
}
"""The names of the block's cells: its numbers, its months as they are typed, and its headings."""


def write_paste(writer: WorkbookWriter, workings: Sheet, tracker: Tracker, book: Book) -> None:
    """Write the sheet with the headings of the tracker's indicators, the first days of its months on Workings, and the hint on Figures."""
    table = tracker.layouts.get(layout.PASTED)
    if table is None or not table.line.pasted:
        return
    sheet = writer.sheet(layout.PASTE, layout.PASTE, ABOUT)
    sheet.hide_gridlines(2)
    cell = {**CELL, "font_size": FONT_SIZE, "font_color": INK}
    sheet.set_column(0, 0, 16, writer.format(**cell, **MONTH))
    sheet.set_column(1, PASTE_COLUMNS, 16, writer.format(**cell | NUMBER))
    for row, height in ((0, 26), (1, 16), (GROUP_ROW - 1, 40), (HEADING_ROW - 1, 32)):
        sheet.set_row(row, height, writer.format())
    heading, small = (
        writer.format(**HEADING, **LEFT),
        writer.format(font_size=9, font_color=GREY, text_wrap=True, **LEFT),
    )
    sheet.write_string(HEADING_ROW - 1, 0, table.line.field_named("month").heading, heading)
    columns = list(headings(tracker))[:PASTE_COLUMNS]
    for column, (text, about) in enumerate(columns, 1):
        sheet.write_string(HEADING_ROW - 1, column, text, heading)
        sheet.write_string(GROUP_ROW - 1, column, about, small)
    yellow = {"bg_color": MONTHLY}
    for row in range(HEADING_ROW, LAST_ROW):
        for column in range(1, len(columns) + 1):
            sheet.write_blank(row, column, None, writer.format(**cell | NUMBER, **yellow))
    months = [*months_to(tracker.period)]
    for row, month in enumerate(months, HEADING_ROW):
        sheet.put(row, 0, month, writer.format(**cell, **MONTH))
    for name, span in NAMES.items():
        writer.book.define_name(name, f"='{layout.PASTE}'!{span}")
    write_first_days(writer, workings, tracker, book, [day_number(month) for month in months])
    colour_unused(writer, sheet, tracker)
    sheet.freeze_panes(HEADING_ROW, 1)
    hint: Sheet = writer.book.get_worksheet_by_name(table.line.sheet)
    hint.write_string(GROUP_ROW - 1, 0, HINT, writer.format(italic=True, font_size=9, font_color=GREY))


def headings(tracker: Tracker) -> Iterator[tuple[str, str]]:
    """The heading of each column, and what its numbers count; an indicator without a denominator has no column for it."""
    line = tracker.layouts[layout.PASTED].line
    for row in tracker.rows.get("indicators", ()):
        for key in line.pasted if row.get("ref") else ():
            counts = row.get(f"{key}_is")
            if counts or key == line.pasted[0]:
                about = f"{row.get('indicator') or ''}: {counts or ''}".strip(": ")
                yield layout.paste_heading(str(row["ref"]), line.field_named(key).heading), about


def write_first_days(writer: WorkbookWriter, workings: Sheet, tracker: Tracker, book: Book, issued: list[int]) -> None:
    """Write the first day of the month of each row of the block at the foot of Workings; nothing for what is no date."""
    top, plain = top_of_lines(tracker) + len(letter_lines(tracker, book)) + 2, writer.format()
    for row in range(PASTE_MONTHS):
        day = formula.clean_date(f"INDEX(qip_pasted_days,{row + 1})")
        first = f'IF({day}=0,"",{day}-DAY({day})+1)'
        workings.formula(top + row, 0, first, plain, issued[row] if row < len(issued) else "")
    span = f"$A${top + 1}:$A${top + PASTE_MONTHS}"
    writer.book.define_name("qip_pasted_months", f"={layout.WORKINGS}!{span}")


def colour_unused(writer: WorkbookWriter, sheet: Sheet, tracker: Tracker) -> None:
    """Colour a heading of no indicator, a month that is no date, and each cell that no figure of Figures has as its number.

    The colours read the workings by defined names: not every Excel takes another sheet's cells in the condition of a colour.
    """
    line, amber = tracker.layouts[layout.PASTED].line, writer.book.add_format(BREAKS_A_RULE)
    columns, first = tracker.workings.rules.schema.tables[layout.PASTED].columns, f"B{FIRST_ROW}"
    day = f"INDEX(qip_pasted_months,ROW()-{HEADING_ROW})"
    names = {key: f"qip_pasted_{key}" for key in ("indicator", "month", *line.pasted)}
    for key, name in names.items():
        writer.book.define_name(name, f"={tracker.workings.column_span(layout.PASTED, columns[key])}")
    known, used = [], []
    for key in line.pasted:
        heading = quoted(layout.paste_heading("", line.field_named(key).heading))
        month = f"({names['month']}>={day})*({names['month']}<=EOMONTH({day},0))"
        of_column = f"({names['indicator']}&{heading}=B${HEADING_ROW})*{month}"
        known.append(f"SUMPRODUCT(--(refs_indicators&{heading}=B${HEADING_ROW}))")
        used.append(f"SUMPRODUCT({of_column}*({names[key]}={first}))")
    for span, test in (
        ((HEADING_ROW - 1, 1, HEADING_ROW - 1, PASTE_COLUMNS), f'AND(B${HEADING_ROW}<>"",{"+".join(known)}=0)'),
        ((HEADING_ROW, 0, LAST_ROW - 1, 0), f'AND($A{FIRST_ROW}<>"",{day}="")'),
        ((HEADING_ROW, 1, LAST_ROW - 1, PASTE_COLUMNS), f'AND({first}<>"",IFERROR({"+".join(used)},0)=0)'),
    ):
        sheet.conditional_format(*span, {"type": "formula", "criteria": f"={test}", "format": amber})
