"""Before and after in pictures, for packs: charts with a description for screen readers, to the right of the table of their figures.

A table of a pack has no blank cells, and a chart would draw the text in their place as zero. So each part of a chart is drawn from
the runs of months in which it has a number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from qipxl.rules.expression import EPOCH
from qipxl.summary.before_after import BEFORE_AFTER_CHARTS, MOST_CHARTED, Hides, shows_all
from qipxl.summary.finding_records import Trend
from qipxl.summary.indicator_lists import CHART_PARTS, MARKS, MILESTONES, SIGNALS
from qipxl.summary.indicator_sheets import CHANGES_NOTE, axis_of, part_style
from qipxl.summary.sheet_spec import ColumnSpec, SheetSpec, columns_of
from qipxl.summary.summary import ProviderSummary
from qipxl.summary.trends import change_trends
from qipxl.text import plural
from qipxl.workbook.styles import BRAND, RULE
from qipxl.workbook.writer import ScatterChart, Sheet, WorkbookWriter

EVENTS = (MARKS[0], MILESTONES, MARKS[1])
FIGURES = [name for name, _, _ in CHART_PARTS if name not in (*SIGNALS, *EVENTS)]
"""The parts of a chart that are columns of the table; EVENTS are words in its last column."""
WIDTH, HEIGHT, ROWS = 900, 416, 20
"""The size of a chart in pixels, and the number of rows that it takes with a gap."""
DEFAULT_COLUMN, SCALE, PAGE_ROWS = 64, 50, 66
"""The width of a column without a width of its own in pixels, the scale of a printed page in %, and the rows that it has room for."""
Span = tuple[int, int]
"""The first and the last of some lines."""
QUARTER, FEWEST = 92, 6
"""The days from one label of the axis to the next, and the fewest months with a label for each quarter only."""


@dataclass(frozen=True)
class Picture:
    """A chart, and the first of its lines in the table, from 0."""

    trend: Trend
    first: int


@dataclass(frozen=True)
class PictureSpec(SheetSpec):
    """A table with charts of its figures to its right."""

    pictures: Sequence[Picture] = ()


def before_and_after_pictures(summary: ProviderSummary, hides: Hides = shows_all) -> Iterator[PictureSpec]:
    """The charts of the list of before and after, each with its figures; no sheet if there is none."""
    trends = change_trends(summary, MOST_CHARTED, hides)
    if not trends:
        return
    frame = pd.concat([lines_of(trend) for trend in trends], ignore_index=True)
    firsts = np.cumsum([0, *(len(trend.frame) for trend in trends[:-1])])
    pictures = [Picture(trend, int(first)) for trend, first in zip(trends, firsts, strict=True)]
    parts = [name for name in FIGURES if name in frame.columns]
    columns = (
        ColumnSpec("Service and action", "whose", 34), ColumnSpec("Month", "month", 11), *columns_of(*((name, name, 9) for name in parts)),
        ColumnSpec("What happened", "events", 24),
    )  # fmt: skip
    number = plural(len(trends), "chart")
    about = f"A chart for each action that links a figure, to the right of its months. {CHANGES_NOTE}"
    title = f"{BEFORE_AFTER_CHARTS}: {number}"
    yield PictureSpec(BEFORE_AFTER_CHARTS, about, "", columns, frame, title=title, pictures=pictures)


def lines_of(trend: Trend) -> pd.DataFrame:
    """The lines of a chart in the table: a line per month."""
    frame = trend.frame
    happened = [
        [name for name in EVENTS if name in frame.columns and not np.isnan(line[name])] for _, line in frame.iterrows()
    ]
    months = pd.to_datetime(pd.Series(frame.index), format="%b %Y")
    lines = frame[[name for name in FIGURES if name in frame.columns]].round(1).reset_index(drop=True)
    return lines.assign(whose=trend.whose, month=months, events=["; ".join(names) for names in happened])


def draw_pictures(writer: WorkbookWriter, sheet: Sheet, spec: PictureSpec, head: int) -> None:
    """Draw the charts to the right of a table whose headings are in row `head`, each beside its own lines if the one above leaves room.

    All is printed, without a break within a chart.
    """
    top, column, page, breaks = head, len(spec.columns) + 1, 0, list[int]()
    for picture in spec.pictures:
        top = max(top, head + 1 + picture.first)
        words = f"Chart: {picture.trend.title}. {picture.trend.description}"
        sheet.draw(top, column, chart_of(writer, sheet, spec, picture, head + 1 + picture.first), words)
        if top + max(ROWS, len(picture.trend.frame)) - page > PAGE_ROWS:
            breaks.append(top)
            page = top
        top += ROWS
    sheet.set_print_scale(SCALE)
    sheet.set_h_pagebreaks(breaks)
    sheet.print_area(0, 0, max(top, head + len(spec.frame)), column + WIDTH // DEFAULT_COLUMN)


def chart_of(writer: WorkbookWriter, sheet: Sheet, spec: PictureSpec, picture: Picture, first: int) -> ScatterChart:
    """One chart; its lines begin in row `first` of the sheet."""
    chart, trend, name = ScatterChart(), picture.trend, sheet.get_name()
    writer.add_chart(chart)
    places = {column.source: index for index, column in enumerate(spec.columns)}
    low, high = axis_of(trend.frame, 100.0 if trend.is_percentage else np.inf)
    unnamed: list[int] = []
    for part in trend.frame.columns:
        values, months = places.get(part, places["Figure"]), places["month"]
        for number, (across, up) in enumerate(spans_of(trend.frame, part)):
            if number or part in MARKS:
                unnamed.append(len(chart.series))
            chart.add_series({
                "name": part, **part_style(part, high - low),
                "categories": [name, first + across[0], months, first + across[1], months],
                "values": [name, first + up[0], values, first + up[1], values],
            })  # fmt: skip
    chart.set_title({"name": trend.title, "name_font": {"size": 12, "bold": True, "color": BRAND}, "overlay": False})
    chart.set_legend({"position": "bottom", "font": {"size": 9}, "delete_series": unnamed})
    step = QUARTER if len(trend.frame) > FEWEST else QUARTER / 3
    ends = {"min": lines_of(trend)["month"].min(), "max": lines_of(trend)["month"].max()}
    days = {side: (day - pd.Timestamp(EPOCH)).days for side, day in ends.items()}
    plain = {"major_gridlines": {"visible": False}, "num_font": {"size": 9}, "label_position": "low"}
    chart.set_x_axis({**days, **plain, "major_unit": step, "num_format": "mmm yyyy"})
    shown = '0"%"' if trend.is_percentage else "General"
    unit = {"name": trend.axis, "name_font": {"size": 10, "bold": False}}
    grid = {"visible": True, "line": {"color": RULE}}
    chart.set_y_axis({**unit, "major_gridlines": grid, "num_format": shown, "min": low, "max": high})
    chart.set_size({"width": WIDTH, "height": HEIGHT})
    return chart


def spans_of(frame: pd.DataFrame, part: str) -> list[tuple[Span, Span]]:
    """The lines between which a part of a chart is drawn: those of its months, and those of its values.

    An event is a point at the figure of its month, or of the month before or after with one.
    """
    there = np.flatnonzero(~np.isnan(frame[part]))
    if part not in EVENTS:
        runs = np.split(there, np.flatnonzero(np.diff(there) > 1) + 1)
        return [((int(run[0]), int(run[-1])),) * 2 for run in runs if len(run)]
    figures = np.flatnonzero(~np.isnan(frame["Figure"]))
    nearest = [figures[max(0, int(np.searchsorted(figures, month, "right")) - 1)] for month in there]
    return [
        ((int(month), int(month)), (int(figure), int(figure))) for month, figure in zip(there, nearest, strict=True)
    ]
