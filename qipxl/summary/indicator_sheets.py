"""Sheets of indicators with more than a table: figures month by month, sparklines, and Excel charts with their data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from qipxl.indicators.chart_words import left_out_words
from qipxl.indicators.judge_series import JudgedSeries
from qipxl.summary.charts import month_spans, month_table, ranges, short_month, write_numbers
from qipxl.summary.indicator_lists import CHART_PARTS, FIGURES, chart_data, chart_description, chart_title, charted_rows
from qipxl.summary.sheet_spec import HEADING_ROW, SheetSpec
from qipxl.summary.summary import ProviderSummary
from qipxl.workbook.bulk import FilledColumn
from qipxl.workbook.styles import GREY, SECTION
from qipxl.workbook.writer import LineChart, Sheet, WorkbookWriter

CHARTS = "Indicator charts"
LINES: dict[str, dict[str, Any]] = {
    "solid": {"width": 1.25},
    "dashed": {"width": 1.25, "dash_type": "dash"},
    "line": {"width": 1.5},
}
SIZES = {"dots": 8, "line": 5}
"""How the parts of a chart are drawn, and the sizes of their markers."""
HEIGHT = 24
"""The number of rows that a chart takes."""


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
    sheet.set_column(0, 0, 11)
    sheet.set_column(1, 8, 12)
    tops = [3]
    for row in rows:
        tops.append(write_chart(writer, sheet, judged, row, tops[-1]))
    sheet.set_h_pagebreaks(tops[1:-1])


def write_chart(writer: WorkbookWriter, sheet: Sheet, judged: JudgedSeries, row: int, top: int) -> int:
    """One chart with its figures, from row `top` of the sheet; returns the row after both."""
    frame, title = chart_data(judged, row), chart_title(judged, row)
    left_out = left_out_words(str(judged.lines["left_out"].iloc[row]))
    sheet.write_string(top, 0, f"{title}. {left_out}".removesuffix(". "), writer.format(**SECTION))
    number = writer.format(num_format="0.0", align="center")
    write_numbers(writer, sheet, top + 1, frame, ["Month", *frame.columns], number)
    chart = LineChart()
    writer.add_chart(chart)
    for column, name in enumerate(frame.columns, 1):
        chart.add_series(series_of(sheet, frame, name, column, top + 1))
    chart.set_title({"name": title, "name_font": {"size": 11}, "overlay": False})
    chart.set_legend({"position": "bottom", "font": {"size": 8}})
    chart.set_x_axis({"num_font": {"rotation": -90, "size": 8}})
    low, high = axis_of(frame)
    grid = {"visible": True, "line": {"color": "#E6E6E6"}}
    chart.set_y_axis({"major_gridlines": grid, "num_format": "0", "min": low, "max": high})
    chart.show_blanks_as("gap")
    chart.set_size({"width": 760, "height": 440})
    sheet.draw(top, len(frame.columns) + 2, chart, f"Chart: {title}. {chart_description(judged, row)}")
    return top + max(len(frame) + 4, HEIGHT)


def axis_of(frame: pd.DataFrame) -> tuple[float, float]:
    """The limits of a chart's axis: round numbers a little below and above all values, never below 0."""
    lowest, highest = float(np.nanmin(frame.to_numpy())), float(np.nanmax(frame.to_numpy()))
    step = 10.0 ** np.floor(np.log10(max(highest - lowest, 1e-9))) if highest > lowest else 1.0
    below = np.floor((lowest - 0.5 * step) / step) * step
    return float(max(0.0, below)), float(np.ceil((highest + 0.5 * step) / step) * step)


def series_of(sheet: Sheet, frame: pd.DataFrame, name: str, column: int, top: int) -> dict[str, Any]:
    """One part of a chart: a line, or dots alone."""
    colour, way = next((colour, way) for each, colour, way in CHART_PARTS if each == name)
    line = {"none": True} if way == "dots" else {"color": colour, **LINES[way]}
    marker: dict[str, Any] = {"type": "none"}
    if way in SIZES:
        marker = {"type": "circle", "size": SIZES[way], "fill": {"color": colour}, "border": {"color": colour}}
    return {**ranges(sheet, top, column, len(frame)), "line": line, "marker": marker}
