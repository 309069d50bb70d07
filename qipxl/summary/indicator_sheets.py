"""Sheets of indicators with more than a table: figures month by month, sparklines, and Excel charts with their data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from qipxl.indicators.judge_series import JudgedSeries
from qipxl.summary.before_after import BEFORE_AFTER, BEFORE_AFTER_CHARTS, CHART_ROWS, FIRST_CHART, MOST_CHARTED
from qipxl.summary.charts import month_spans, month_table, ranges, short_month, write_numbers
from qipxl.summary.finding_records import Trend
from qipxl.summary.indicator_lists import CHART_PARTS, FIGURES, MARKS, charted_rows, linked_actions
from qipxl.summary.sheet_spec import HEADING_ROW, SheetSpec
from qipxl.summary.summary import ProviderSummary
from qipxl.summary.trends import change_trends, trend_of
from qipxl.workbook.bulk import FilledColumn
from qipxl.workbook.styles import BRAND, GREY, RULE
from qipxl.workbook.text_width import split_lines
from qipxl.workbook.writer import LineChart, Sheet, WorkbookWriter

CHARTS = "Indicator charts"
LINES: dict[str, dict[str, Any]] = {
    "solid": {"width": 1.25},
    "dashed": {"width": 1.25, "dash_type": "dash"},
    "line": {"width": 1.5},
}
MARKERS = {"dots": ("circle", 8), "line": ("circle", 5), "small": ("triangle", 8), "mark": ("diamond", 9)}
"""How the parts of a chart are drawn: their lines, and the shapes and sizes of their markers."""
WIDTH, HEIGHT, ROWS = 1180, 400, CHART_ROWS
"""The size of a chart in pixels, and the number of rows that it takes."""
LIMITS_NOTE = "Dots are judged on all months. If an action is complete, mean and limits are drawn before and after it where months suffice."
CHANGES_NOTE = "Mean and limits are those before the action started and after the month of completion; none between."
CHANGES_KEY = "Diamonds with an upright line: started, completed. Triangles: milestones done. No limits: too few months on one side."
MONTH_COLUMN, COLUMNS, EVERY = (11.0, 16.0), 11, 3
"""The widths of the tables' columns, the most columns after the month, and the months from one label of the axis to the next."""


def write_figures(writer: WorkbookWriter, summary: ProviderSummary) -> None:
    """Every indicator's figures of three years, one row each; the sparklines are drawn from them."""
    judged = summary.impact.judged
    if not len(judged.series):
        return
    months, lines, rows = judged.series.months, judged.lines, len(judged.series)
    headings = [("Service", 26), ("Indicator", 36), *((short_month(str(month)), 9) for month in months)]
    about = "Every indicator month by month, as entered. A blank cell: no figure. 0 is a figure."
    sheet = month_table(writer, FIGURES, about, headings, HEADING_ROW + rows)
    plain, number = writer.format(), writer.format(num_format="0.0", align="center")
    columns = [FilledColumn([str(value) for value in lines[name]], [plain]) for name in ("name", "indicator")]
    columns += [FilledColumn(pd.Series(judged.series.values[:, month]), [number]) for month in range(len(months))]
    sheet.fill(HEADING_ROW + 1, columns, [15.0] * rows)
    sheet.freeze_panes(HEADING_ROW + 1, 2)


def add_sparklines(sheet: Sheet, spec: SheetSpec, judged: JudgedSeries) -> None:
    """A sparkline in each indicator's row, drawn from the sheet of figures."""
    column = [column.source for column in spec.columns].index("trend")
    spans = month_spans(FIGURES, spec.frame["row"].astype(int), len(judged.series.months))
    options = {"markers": True, "series_color": GREY, "show_hidden": True}
    sheet.add_sparklines(HEADING_ROW + 1, column, spans, options)


def write_indicator_charts(writer: WorkbookWriter, summary: ProviderSummary) -> None:
    """An Excel chart with its figures for each of the `charted_rows`; no sheet if there are none."""
    judged = summary.impact.judged
    rows, more = charted_rows(summary)
    if not rows:
        return
    left = f" {more} more qualify: name those you want on the register's sheet Provider." if more else ""
    about = "Indicators with a signal, those that an action links, and the provider's."
    sheet = writer.sheet(CHARTS, CHARTS, f"{about} {len(judged.series)} were judged.{left}")
    sheet.write_string(2, 0, LIMITS_NOTE, writer.format(font_color=GREY))
    sheet.set_portrait()
    sheet.set_column(0, 0, MONTH_COLUMN[0])
    sheet.set_column(1, COLUMNS, MONTH_COLUMN[1])
    linked, tops = linked_actions(summary), [FIRST_CHART]
    for number, row in enumerate(rows, 1):
        tops.append(write_chart(writer, sheet, trend_of(judged, row, linked.get(row, ())), number, tops[-1]))
    sheet.set_h_pagebreaks(tops[1:-1])


def write_before_after_charts(writer: WorkbookWriter, summary: ProviderSummary) -> None:
    """An Excel chart for each figure of each action, with the sentence about before and after as its title; no sheet without any."""
    trends = change_trends(summary, MOST_CHARTED)
    if not trends:
        return
    about = f"The actions of the list {BEFORE_AFTER}, in its order, at most {MOST_CHARTED}. {CHANGES_NOTE}"
    sheet = writer.sheet(BEFORE_AFTER_CHARTS, BEFORE_AFTER_CHARTS, about)
    sheet.write_string(2, 0, CHANGES_KEY, writer.format(font_color=GREY))
    sheet.set_portrait()
    sheet.set_column(0, 0, MONTH_COLUMN[0])
    sheet.set_column(1, COLUMNS, MONTH_COLUMN[1])
    tops = [FIRST_CHART]
    for number, trend in enumerate(trends, 1):
        tops.append(write_chart(writer, sheet, trend, number, tops[-1], "tblChange"))
    sheet.set_h_pagebreaks(tops[1:-1])


def write_chart(
    writer: WorkbookWriter, sheet: Sheet, trend: Trend, number: int, top: int, table: str = "tblChart"
) -> int:
    """One chart, and below it what it is about and the table of its figures, from row `top` on; returns the row after all."""
    frame, head = trend.frame, top + ROWS + 2
    lines = split_lines(trend.about, WIDTH, 11)
    for row, line in enumerate(lines[:1] + [" ".join(lines[1:])] * (len(lines) > 1), head - min(len(lines), 2)):
        sheet.write_string(row, 0, line, writer.format(font_color=GREY))
    headings = ["Month", *frame.columns]
    options = {
        "name": f"{table}{number}", "style": "Table Style Light 1", "autofilter": False,
        "columns": [{"header": heading} for heading in headings],
    }  # fmt: skip
    sheet.add_table(head, 0, head + len(frame), len(frame.columns), options)
    low, high = axis_of(frame, 100.0 if trend.is_percentage else np.inf)
    marked = [name for name in frame.columns if PARTS[name][1] == "mark"]
    high += (high - low) / 10 if marked else 0.0
    numbers = frame.assign(**dict.fromkeys(marked, np.nan))
    write_numbers(writer, sheet, head, numbers, headings, writer.format(num_format="0.0", align="right", indent=1))
    chart = LineChart()
    writer.add_chart(chart)
    for column, name in enumerate(frame.columns, 1):
        if name in marked:
            write_mark(writer, sheet, head, column, frame[name], high)
        chart.add_series({**ranges(sheet, head, column, len(frame)), **part_style(name, high - low)})
    chart.set_title({"name": trend.title, "name_font": {"size": 13, "bold": True, "color": BRAND}, "overlay": False})
    labelled = [index for index, name in enumerate(frame.columns) if name in marked]
    chart.set_legend({"position": "bottom", "font": {"size": 9}, "delete_series": labelled})
    step = EVERY if len(frame) > 2 * EVERY else 1
    chart.set_x_axis({"interval_unit": step, "interval_tick": step, "num_font": {"size": 9}, "label_position": "low"})
    grid = {"visible": True, "line": {"color": RULE}}
    unit = {"name": trend.axis, "name_font": {"size": 10, "bold": False}}
    shown = '0"%"' if trend.is_percentage else "General"
    chart.set_y_axis({**unit, "major_gridlines": grid, "num_format": shown, "min": low, "max": high})
    chart.show_blanks_as("gap")
    chart.set_size({"width": WIDTH, "height": HEIGHT})
    sheet.draw(top, 0, chart, f"Chart: {trend.title}. {trend.description}")
    return head + len(frame) + 2


def axis_of(frame: pd.DataFrame, most: float) -> tuple[float, float]:
    """The limits of a chart's axis: round numbers a little below and above all values, never below 0 or above `most`."""
    lowest, highest = float(np.nanmin(frame.to_numpy())), float(np.nanmax(frame.to_numpy()))
    step = 10.0 ** np.floor(np.log10(max(highest - lowest, 1e-9))) if highest > lowest else 1.0
    below = np.floor((lowest - 0.5 * step) / step) * step
    return float(max(0.0, below)), float(min(most, np.ceil((highest + 0.5 * step) / step) * step))


def write_mark(writer: WorkbookWriter, sheet: Sheet, head: int, column: int, values: pd.Series, high: float) -> None:
    """Write the column of a mark: in its month the top of the axis, so that its name is above the figures; the cell shows a word."""
    word = str(values.name).partition(" ")[2]
    style = writer.format(num_format=f'"{word}"', align="right", indent=1)
    for position in np.flatnonzero(values.notna()):
        sheet.put(head + 1 + int(position), column, high, style)


PARTS = {name: (colour, way) for name, colour, way in CHART_PARTS}


def part_style(name: str, height: float) -> dict[str, Any]:
    """How one part of a chart is drawn: as a line, as dots, or as a mark with its name and a line over the `height` of the axis."""
    colour, way = PARTS[name]
    marker: dict[str, Any] = {"type": "none"}
    if way in MARKERS:
        shape, size = MARKERS[way]
        marker = {"type": shape, "size": size, "fill": {"color": colour}, "border": {"color": colour}}
    line = {"color": colour, **LINES[way]} if way in LINES else {"none": True}
    style = {"line": line, "marker": marker}
    if way == "mark":
        upright = {"color": colour, "width": 1, "dash_type": "round_dot"}
        bars = {"type": "fixed", "value": height, "direction": "minus", "end_style": 0, "line": upright}
        side = "left" if name == MARKS[0] else "right"
        labels = {"series_name": True, "value": False, "position": side, "font": {"color": colour, "bold": True}}
        style |= {"y_error_bars": bars, "data_labels": labels}
    return style
