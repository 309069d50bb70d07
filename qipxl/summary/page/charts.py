"""The charts of the page and of the PDF: the ratings month by month, an indicator over time, and a service's red actions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
import pandas as pd

from qipxl.summary.finding_records import MonthsChart, ServicesMap, Trend
from qipxl.summary.indicator_lists import MARKS, MILESTONES
from qipxl.summary.page.drawing import Box, Dot, Drawing, Line, Point, Text
from qipxl.text import figure_text
from qipxl.workbook.styles import BRAND, GREY, HEAD, INK, RED, RULE

SIZE = 13.0
"""The size of a chart's texts."""
WIDTH, LABELS, GAP = 480.0, 150.0, 0.2
"""Of the chart by month: its width, the room for the names on the right of the last column, and the gap as a share of a column."""
WIDEST, COLUMN_HEIGHT = 50.0, 330.0
LEAST = 15.0
"""The least height of a part of a column with its number inside, and the least distance of two names."""


def months_drawing(chart: MonthsChart) -> Drawing:
    """A stacked column for each month, with its counts inside; the latest one is labelled on its right."""
    step = min(WIDEST * (1 + GAP), (WIDTH - LABELS) / max(len(chart.months), 1))
    width = step / (1 + GAP)
    most = max((sum(counts) for counts in chart.counts), default=0) or 1
    shapes: list[Box | Line | Dot | Text] = []
    centres: list[float] = []
    for number, (month, counts) in enumerate(zip(chart.months, chart.counts, strict=True)):
        x, y, centres = number * step, COLUMN_HEIGHT, []
        for count, fill, ink in zip(counts, chart.fills, chart.inks, strict=True):
            height = COLUMN_HEIGHT * count / most
            y -= height
            centres.append(y + height / 2)
            if count:
                shapes.append(Box(x, y, width, height, fill, GREY if fill == "#FFFFFF" else "#FFFFFF"))
            if height >= LEAST:
                shapes.append(Text(x + width / 2, y + height / 2 + 4.5, f"{count:,}", ink, "middle"))
        shapes.append(Text(x + width / 2, COLUMN_HEIGHT + 18, month.split()[0], GREY, "middle"))
    if chart.counts:
        shown = [place for place, count in enumerate(chart.counts[-1]) if count]
        x = (len(chart.months) - 1) * step + width + 8
        for place, y in zip(shown, apart([centres[place] for place in shown], COLUMN_HEIGHT), strict=True):
            count = chart.counts[-1][place]
            number_beside = f" {count}" if COLUMN_HEIGHT * count / most < LEAST else ""
            shapes.append(Text(x, y + 4.5, f"{chart.words[place]}{number_beside}"))
    return Drawing(WIDTH, COLUMN_HEIGHT + 24, shapes, SIZE, months_words(chart))


def apart(places: Sequence[float], lowest: float) -> list[float]:
    """Heights of labels from the lowest up, moved so that no two are nearer than LEAST and all are between 0 and `lowest`."""
    upwards: list[float] = []
    for place in places:
        upwards.append(min(place, (upwards[-1] if upwards else lowest + LEAST / 2) - LEAST))
    downwards: list[float] = []
    for place in reversed(upwards):
        downwards.append(max(place, (downwards[-1] if downwards else -LEAST / 2) + LEAST))
    return downwards[::-1]


def months_words(chart: MonthsChart) -> str:
    """All counts of the chart by month in words."""
    return "; ".join(
        f"{month}: " + ", ".join(f"{word} {count}" for word, count in zip(chart.words, counts, strict=True) if count)
        for month, counts in zip(chart.months, chart.counts, strict=True)
    )


BAR, TALLEST = 7.0, 18.0


def red_drawing(services: ServicesMap, red: Sequence[int | None]) -> Drawing:
    """The red actions of one service month by month, as bars on a line that is broken where there was no return."""
    most = max(3, *(count or 0 for line in services.lines for count in line.red))
    shapes: list[Box | Line | Dot | Text] = []
    for place, count in enumerate(red):
        x = place * (BAR + 3)
        if count is not None:
            shapes.append(Line([(x, TALLEST - 0.5), (x + BAR, TALLEST - 0.5)], RULE))
        if count:
            height = TALLEST * count / most
            shapes.append(Box(x, TALLEST - height, BAR, height, RED))
    return Drawing(len(red) * (BAR + 3) - 3, TALLEST, shapes, SIZE, red_words(services, red))


def red_words(services: ServicesMap, red: Sequence[int | None]) -> str:
    """The red actions of one service in words, such as “Red: Feb 1, Mar no return”."""
    shown = ("no return" if count is None else str(count) for count in red)
    return "Red: " + ", ".join(f"{month} {count}" for month, count in zip(services.months, shown, strict=False))


TREND_WIDTH, TREND_HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 600.0, 190.0, 44.0, 112.0, 24.0, 24.0
"""The usual width of an indicator's chart, its height, and its margins."""
LINES: Sequence[tuple[str, str, Sequence[float], str]] = (
    ("Median", "#6B7681", (2, 3), "median"), ("Mean", "#6B7681", (), "mean"), ("Lower limit", "#7A8691", (5, 4), "lower limit"),
    ("Upper limit", "#7A8691", (5, 4), "upper limit"), ("Target", RED, (7, 3), "target"),
)  # fmt: skip
"""The straight lines of an indicator's chart: column, colour, dashes, and name."""
DOTS = {"Improvement": "#1D8BCB", "Concern": "#E8710A", "Change": "#490092"}
"""The columns of points with a signal, and their colours, as in Making Data Count."""


def trend_drawing(trend: Trend, width: float = TREND_WIDTH) -> Drawing:
    """An indicator month by month, its lines named at their right ends, points with a signal as large dots."""
    frame = trend.frame
    low, high, ticks = axis(frame, is_percentage=trend.is_percentage)
    sign = "%" if trend.is_percentage else ""
    room = width - LEFT - RIGHT
    xs = [LEFT + room * place / max(len(frame) - 1, 1) for place in range(len(frame))]

    def height(value: float) -> float:
        return TOP + (TREND_HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)

    shapes: list[Box | Line | Dot | Text] = [Text(0, 12, trend.axis, GREY)]
    for tick in ticks:
        shapes.append(Line([(LEFT, height(tick)), (LEFT + room, height(tick))], HEAD))
        shapes.append(Text(LEFT - 6, height(tick) + 4, f"{figure_text(tick)}{sign}", GREY, "end"))
    labels: list[tuple[float, str, str, bool]] = []
    for name, colour, dash, word in LINES:
        if name in frame.columns:
            values = frame[name].astype(float).tolist()
            shapes += [Line(points, colour, 1, dash) for points in steps(xs, [*map(height, values)])]
            last = next((value for value in reversed(values) if value == value), None)
            if last is not None and values[-1] == values[-1]:
                labels.append(
                    (height(last), f"{word} {figure_text(last)}{sign}", RED if name == "Target" else GREY, False)
                )
    figures = frame["Figure"].astype(float).tolist()
    heights = [*map(height, figures)]
    shapes += [Line(points, GREY, 1.5) for points in unbroken(xs, heights)]
    shapes += [Dot(x, y, 2.5, GREY) for x, y in zip(xs, heights, strict=True) if y == y]
    for name, colour in DOTS.items():
        if name in frame.columns:
            values = frame[name].astype(float).tolist()
            shapes += [
                Dot(x, height(value), 5.5, colour) for x, value in zip(xs, values, strict=True) if value == value
            ]
    if MILESTONES in frame.columns:
        done = zip(xs, frame[MILESTONES].astype(float).tolist(), strict=True)
        shapes += [Dot(x, height(value), 3, BRAND) for x, value in done if value == value]
    shapes += marks(frame, xs)
    if figures and figures[-1] == figures[-1]:
        labels.append((heights[-1], f"{figure_text(figures[-1])}{sign}", INK, True))
    labels.sort(key=lambda label: -label[0])
    for y, (_, text, colour, bold) in zip(apart([y for y, *_ in labels], TREND_HEIGHT - 8), labels, strict=True):
        shapes.append(Text(LEFT + room + 12, y + 4, text, colour, bold=bold))
    for place in range(len(frame) - 1, -1, -max(1, round(len(frame) / 5))):
        shapes.append(Text(xs[place], TREND_HEIGHT - 5, str(frame.index[place]), GREY, "middle"))
    return Drawing(width, TREND_HEIGHT, shapes, 12, trend_words(trend))


def marks(frame: pd.DataFrame, xs: Sequence[float]) -> Iterator[Line | Text]:
    """An upright line with a name in each month in which a linked action was started or completed."""
    for name in MARKS:
        there: Sequence[bool] = frame[name].notna().tolist() if name in frame.columns else []
        for x in (x for x, is_marked in zip(xs, there, strict=False) if is_marked):
            yield Line([(x, TOP - 8), (x, TREND_HEIGHT - BOTTOM)], BRAND, 1, (2, 3))
            if name == MARKS[0]:
                yield Text(x - 5, TOP - 3, name.lower(), BRAND, "end")
            else:
                yield Text(x + 5, TOP - 3, name.lower(), BRAND)


def axis(frame: pd.DataFrame, *, is_percentage: bool) -> tuple[float, float, list[float]]:
    """The lowest and the highest value of an axis and its round marks; never below 0, a percentage never past 100."""
    values = frame.to_numpy(float)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    spread = max(high - low, 1.0)
    power = 10.0 ** np.floor(np.log10(spread / 3))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= spread / 4)
    first, last = max(0.0, np.floor(low / step - 0.2) * step), np.ceil(high / step + 0.2) * step
    if is_percentage:
        last = min(last, 100.0)
        first = min(first, last - step)
    number = round((last - first) / step)
    return first, last, [first + step * place for place in range(number + 1)]


def unbroken(xs: Sequence[float], heights: Sequence[float]) -> Iterator[list[Point]]:
    """The points of a line in pieces without a missing value."""
    points = zip(xs, heights, strict=True)
    for there, piece in groupby(points, key=lambda point: point[1] == point[1]):
        if there:
            yield list(piece)


def steps(xs: Sequence[float], heights: Sequence[float]) -> Iterator[list[Point]]:
    """A line with a step between two months where its value changes, in pieces without a missing value."""
    half = (xs[1] - xs[0]) / 2 if len(xs) > 1 else 4
    ends = (xs[0], xs[-1]) if len(xs) > 1 else (xs[0] - half, xs[0] + half)
    for piece in unbroken(xs, heights):
        points: list[Point] = []
        for x, y in piece:
            if points and points[-1][1] == y:
                points.pop()
            else:
                points.append((max(x - half, ends[0]), y))
            points.append((min(x + half, ends[1]), y))
        yield points


def trend_words(trend: Trend) -> str:
    """All figures of an indicator's chart in words, after what they show."""
    figures = zip(trend.frame.index, trend.frame["Figure"].astype(float), strict=True)
    listed = ", ".join(f"{month} {figure_text(figure)}" for month, figure in figures if figure == figure)
    return f"{trend.title}. {trend.description} {trend.axis}: {listed}."
