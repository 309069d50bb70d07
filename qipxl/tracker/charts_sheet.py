"""The charts to the right of the figures: a line chart with a target for each indicator, over the last twelve months.

They read figures at the foot of Workings. Those formulas follow the Figures sheet when people fill it in, sort or
filter it. A month without a figure has no dot, and is never shown as zero.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from qipxl.periods import Period
from qipxl.rules.evaluate import Book
from qipxl.rules.expression import day_number, quoted
from qipxl.rules.terms import Field
from qipxl.tracker.checks_sheet import top_of_foot
from qipxl.tracker.content import Tracker
from qipxl.tracker.first_rows import months_to
from qipxl.tracker.trends import write_trends
from qipxl.tracker.workings import Workings
from qipxl.workbook import layout
from qipxl.workbook.layout import cell_address, column_letters
from qipxl.workbook.styles import BRAND
from qipxl.workbook.writer import LineChart, Sheet, WorkbookWriter

GAP = "#N/A"
"""The value of a month without a figure: a line chart draws no dot for it."""
PLAIN_REF = re.compile(r"(?!.*_x[0-9A-Fa-f]{4}_)[\w .\-/]{1,255}")
"""Refs that a formula may hold. Others are put in a cell that it reads, so that no other text of a return is in a formula."""
MONTHS = 12
"""The number of months that a chart shows."""
COLUMNS, HEIGHT, WIDTH, SPACE = 2, 300, 560, 12
"""The number of charts next to each other; a chart's size and the space between two, in pixels."""
SEE_CHARTS = "See the charts ›"
LINKED_FROM = "numerator"
"""The column of figures that has the link to the charts above it."""


def charted_indicators(tracker: Tracker) -> Sequence[tuple[str, str, str]]:
    """Ref, name and unit of each indicator in the tracker."""
    rows = [row for row in tracker.rows.get("indicators", ()) if row.get("ref")]
    return [(str(row["ref"]), str(row.get("indicator") or ""), str(row.get("unit_counted") or "")) for row in rows]


def write_charts(writer: WorkbookWriter, workings: Sheet, tracker: Tracker, book: Book) -> None:
    """Write the charts and the figures that they draw, if the tracker has indicators."""
    indicators = charted_indicators(tracker)
    if not indicators:
        return
    top = write_figures(writer, workings, tracker, book, indicators)
    write_trends(writer, workings, tracker, book, top + MONTHS, 2 + 2 * len(indicators))
    table = tracker.layouts["measurements"]
    sheet: Sheet = writer.book.get_worksheet_by_name(table.line.sheet)
    left = len(table.columns) + 1
    link = table.index(LINKED_FROM)
    sheet.write_string(0, link, SEE_CHARTS, writer.format(bold=True, font_color=BRAND))
    sheet.link(0, link, f"'{table.line.sheet}'!{cell_address(left, layout.FIRST_ROW)}")
    months = len(months_to(tracker.period, MONTHS))
    across = [layout.WORKINGS, top, 0, top + months - 1, 0]
    for number, (ref, name, unit) in enumerate(indicators):
        chart = LineChart()
        writer.add_chart(chart)
        value, target = 1 + 2 * number, 2 + 2 * number
        for column, title, line in (
            (value, "Figure", {"color": "#12436D", "width": 2.25}),
            (target, "Target", {"color": "#505050", "width": 1.5, "dash_type": "dash"}),
        ):
            dots = {"type": "circle", "size": 5, "fill": {"color": "#12436D"}}
            marker = dots if column == value else {"type": "none"}
            span = [layout.WORKINGS, top, column, top + months - 1, column]
            chart.add_series({"name": title, "categories": across, "values": span, "line": line, "marker": marker})
        chart.set_title({"name": f"{ref} {name}", "name_font": {"size": 12}, "overlay": False})
        chart.set_y_axis({"name": unit, "min": 0, "major_gridlines": {"visible": True, "line": {"color": "#D8D8D8"}}})
        chart.set_x_axis({"num_format": "mmm yy", "text_axis": True})
        chart.show_blanks_as("span")
        chart.show_hidden_data()
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": WIDTH, "height": HEIGHT})
        about = f"Line chart of {name}, month by month, with its target. The figures are on the Figures sheet."
        down, across_page = divmod(number, COLUMNS)
        sheet.draw_fixed(layout.HEADING_ROW, left, chart, about, across_page * (WIDTH + SPACE), down * (HEIGHT + SPACE))


def bottom_of_charts(workings: Workings) -> int:
    """The row (from 0) below the figures of the charts, at the foot of Workings."""
    return top_of_foot(workings) + 3 + MONTHS


def write_figures(
    writer: WorkbookWriter, sheet: Sheet, tracker: Tracker, book: Book, indicators: Sequence[tuple[str, str, str]]
) -> int:
    """Write the months, then each indicator's figures and targets, next to each other; return the first row (from 0)."""
    top = bottom_of_charts(tracker.workings) - MONTHS
    plain, dated = writer.format(), writer.format(num_format="mmm yy")
    months = months_to(tracker.period, MONTHS)
    for row, month in enumerate(months, top):
        sheet.put(row, 0, month, dated)
    for number, (ref, name, _) in enumerate(indicators):
        for column, key in ((1 + 2 * number, "value"), (2 + 2 * number, "target")):
            sheet.write_string(top - 1, column, f"{ref} {name}, {key}", plain)
            ref_formula = quoted(ref)
            if not PLAIN_REF.fullmatch(ref):
                sheet.put(top - 2, column, ref, plain)
                ref_formula = f"TRIM(${column_letters(column)}${top - 1})"
            cells = figures(tracker, book, ref, ref_formula, key, months)
            for row, (formula, value) in enumerate(cells, top):
                sheet.formula(row, column, formula, plain, value)
    return top


def figures(
    tracker: Tracker, book: Book, ref: str, ref_formula: str, key: str, months: Sequence[date]
) -> Iterator[tuple[str, float | str]]:
    """The formula and value of each month in a column of figures; a gap if the month has no row or several.

    `ref_formula` is the ref as a formula writes it.
    """
    columns = tracker.workings.rules.schema.tables["measurements"].columns
    workings = tracker.workings
    indicator, day = (workings.column_span("measurements", columns[name]) for name in ("indicator", "month"))
    value = workings.shown_span("measurements", key)
    rows = book.tables["measurements"]
    refs = rows.codes(Field(columns["indicator"]))
    days, values = rows.values(columns["month"]), rows.values(columns[key])
    for month in months:
        start, end = day_number(month), day_number(Period(month.year, month.month).plus(1).first)
        chosen = f"({indicator}={ref_formula})*({day}>={start})*({day}<{end})*ISNUMBER({value})"
        formula = f"IF(SUMPRODUCT({chosen})=1,SUMPRODUCT({chosen},{value}),NA())"
        in_month = (refs == rows.code_of(ref)) & (days >= start) & (days < end) & ~np.isnan(values)
        yield formula, float(values[in_month][0]) if in_month.sum() == 1 else GAP
