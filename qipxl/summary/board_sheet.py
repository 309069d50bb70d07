"""The board page of the summary workbook: the findings on one screen and one sheet of paper.

The sheet is a grid of six blocks of four narrow columns. No cell is merged: a sentence runs over the empty cells on its right.
Charts and sparklines are drawn from a hidden sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from xlsxwriter.format import Format

from qipxl.summary.action_counts import ESCALATIONS
from qipxl.summary.action_lists import ALL_ACTIONS
from qipxl.summary.charts import ranges, write_numbers
from qipxl.summary.finding_records import (
    Decisions,
    Findings,
    Level,
    Matrix,
    MonthsChart,
    Question,
    ServiceLine,
    ServicesMap,
    Target,
    Tile,
    Trend,
)
from qipxl.summary.indicator_lists import MARKS
from qipxl.summary.indicator_sheets import axis_of, part_style
from qipxl.summary.rating_groups import TINT_OF, TINT_OF_IMPACT, matrix_tint
from qipxl.summary.rating_rows import OF_DELIVERY, OF_IMPACT, RowSpans
from qipxl.summary.sheet_spec import HEADING_ROW, OVERVIEW, SOURCES
from qipxl.text import spelled
from qipxl.workbook import styles
from qipxl.workbook.layout import column_letters
from qipxl.workbook.styles import BRAND, GREY, INK, PAPER, RED, RULE, TINTS
from qipxl.workbook.text_width import split_lines, text_width
from qipxl.workbook.writer import ColumnChart, LineChart, WorkbookWriter

BOARD_PAGE, CHART_DATA = "Board page", "Chart data"
BLOCKS, COLUMNS = 6, 4
"""The blocks of the grid, and the columns of each."""
MARGIN, COLUMN, GAP = 14, 52, 12
"""The widths in pixels of the first column, of the columns of a block, and of the column after each block."""
BLOCK = COLUMNS * COLUMN
HEAD, TEXT, SMALL = 24, 18, 16
"""The heights in pixels of a heading, of a line of text and of a line of small text."""
COUNT_LINE, LEAST_LINES = 22, 11
"""The height of a line with counts, and the least lines of the blocks with charts."""
MOST_LINES = 16
"""The lines of decisions with which the first screen ends; the issues of the highest level are left out if there would be more."""
REASON_STEPS = (5, 6, 7, 8, 10)
"""How many columns after the names the reasons of decisions may begin: as near as the longest name allows."""
LABELLED = 2
"""The least count that has a label in the chart by month."""
DELIVERY_HEAD, IMPACT_HEAD = "Delivery: is it being done?", "Impact: did it work?"
CHART_KEY = "In the line chart, blue dots are better than chance explains and orange dots worse (NHS England, Making Data Count)."
MARKS_KEY = "Upright lines: the linked action started, and was completed."


@dataclass(frozen=True)
class Links:
    """Where figures lead in this workbook: its other `sheets`, in their order, and the rows behind each count of the ratings (`counted`).

    No figure leads to rows of all actions unless their sheet `has_rows`.
    """

    sheets: Sequence[str]
    has_rows: bool
    counted: RowSpans

    def of(self, target: Target) -> str:
        """The cells that a target names; empty if they are not in the workbook."""
        name = target.sheet or ALL_ACTIONS
        if name not in self.sheets or (target.sheet in ("", ALL_ACTIONS) and not (self.has_rows and target.rows)):
            return ""
        if target.rows is None:
            return f"'{name}'!A{HEADING_ROW + 1}"
        first, last = (row + HEADING_ROW + 2 for row in target.rows)
        return f"'{name}'!A{first}:A{last}"

    def of_action(self, row: int) -> str:
        """The row of one of the sorted actions."""
        return self.of(Target((row, row))) or self.of(Target(sheet=ESCALATIONS))


def write_board_sheet(writer: WorkbookWriter, findings: Findings, links: Links) -> None:
    """Write the board page, and the hidden sheet with the data of its charts."""
    board = Board(writer, links)
    board.opening(findings)
    board.tiles(findings.tiles)
    board.months_and_decisions(findings.months, findings.decisions)
    board.services_and_matrix(findings)
    board.questions(findings.questions)
    board.notes([*findings.notes, *chart_key(findings.trend)], findings.waiting)
    board.finish(findings)
    board.contents()


def block(number: int) -> int:
    """The first column of a block, counted from 1."""
    return 1 + (number - 1) * (COLUMNS + 1)


def end(number: int) -> int:
    """The last column of a block."""
    return block(number) + COLUMNS - 1


def width(first: int, last: int) -> int:
    """The pixels from the first column of a block to the last column of another one."""
    return (last - first + 1) * (BLOCK + GAP) - GAP


def shortened(text: str, pixels: float, size: float, *, bold: bool = False) -> str:
    """A name that fits in a width; a longer one loses its end."""
    if text_width(text, size, bold=bold) <= pixels:
        return text
    while text and text_width(f"{text}…", size, bold=bold) > pixels:
        text = text[:-1]
    return f"{text.rstrip()}…"


class Board:
    """The sheet as it is written, line by line from the top."""

    def __init__(self, writer: WorkbookWriter, links: Links) -> None:
        self.writer, self.links = writer, links
        self.sheet, self.data = writer.empty_sheet(BOARD_PAGE), writer.empty_sheet(CHART_DATA)
        self.sheet.fixed_heights = True
        self.heights: list[int] = []
        self.data_row = 0
        self.sheet.hide_gridlines(2)
        self.sheet.hide_row_col_headers()
        self.sheet.set_column_pixels(0, 0, MARGIN)
        for number in range(1, BLOCKS + 1):
            self.sheet.set_column_pixels(block(number), end(number), COLUMN)
            self.sheet.set_column_pixels(end(number) + 1, end(number) + 1, GAP)

    def style(self, **more: object) -> Format:
        """The format of a cell: 10 points, in the middle of its height."""
        return self.writer.format(**{"font_size": 10, "font_color": INK, "valign": "vcenter", **more})

    def line(self, pixels: int) -> int:
        """Begin a line of this height; returns its row."""
        row = len(self.heights)
        self.sheet.set_row_pixels(row, pixels)
        self.heights.append(pixels)
        return row

    def ground(self, row: int, first: int, last: int, **style: object) -> None:
        """Format the empty cells from one column to another."""
        for column in range(first, last + 1):
            self.sheet.write_blank(row, column, None, self.style(**style))

    def text(self, row: int, column: int, text: str | int, link: str = "", /, **style: object) -> None:
        """Write a text or a number, with a link if there is one."""
        self.sheet.put(row, column, text, self.style(**style))
        if link:
            self.sheet.link(row, column, link)

    def heading(self, row: int, first: int, last: int, text: str, link: str = "") -> None:
        """Write the heading of some blocks, over a line."""
        under: dict[str, Any] = {"bottom": 2, "bottom_color": BRAND}
        self.ground(row, block(first), end(last), **under)
        self.text(row, block(first), text, link, bold=True, font_size=12, font_color=BRAND, **under)

    def opening(self, findings: Findings) -> None:
        """Whose page it is, and the two sentences that a reader keeps."""
        row = self.line(HEAD)
        self.text(row, 1, findings.title, bold=True, font_size=11, font_color=BRAND)
        when = f"{findings.month}, as at {findings.as_at.day} {findings.as_at:%B %Y}"
        self.text(row, end(BLOCKS), when, font_color=GREY, align="right")
        whole = width(1, BLOCKS)
        size = next((size for size in (20, 18, 16) if text_width(findings.headline, size, bold=True) <= whole), 14)
        self.text(self.line(36), 1, findings.headline, bold=True, font_size=size)
        for line in split_lines(findings.second, whole, 13):
            self.text(self.line(24), 1, line, font_size=13)
        self.line(8)

    def tiles(self, tiles: Sequence[Tile]) -> None:
        """The tiles, one in each block."""
        label, figure, context = self.line(22), self.line(38), self.line(22)
        for number, tile in enumerate(tiles, 1):
            column, link = block(number), self.links.of(tile.target)
            edge: dict[str, Any] = {"bg_color": PAPER, "top": 5, "top_color": styles.EDGES[tile.colour]}
            inside: dict[str, Any] = {"bg_color": PAPER, "align": "left", "indent": 1}
            self.ground(label, column, end(number), **edge)
            for row in (figure, context):
                self.ground(row, column, end(number), bg_color=PAPER)
            self.text(label, column, tile.label, **inside | edge, font_color=GREY)
            self.text(figure, column, tile.figure, link, **inside, bold=True, font_size=26)
            size = 9 if text_width(tile.context, 9) <= BLOCK - 12 else 8
            words = shortened(tile.context, BLOCK - 12, size)
            self.text(context, column, words, **inside, font_size=size, font_color=GREY, valign="top")
        letters = column_letters(block(1)), column_letters(end(BLOCKS))
        self.sheet.ignore_errors({"number_stored_as_text": f"{letters[0]}{figure + 1}:{letters[1]}{figure + 1}"})
        self.line(12)

    def months_and_decisions(self, months: MonthsChart, decisions: Decisions) -> None:
        """On the left the ratings month by month, on the right what must be decided, by who decides."""
        head = self.line(HEAD)
        self.heading(head, 1, 2, months.title, self.links.of(Target(sheet="Movement")))
        self.heading(head, 3, BLOCKS, decisions.title, self.links.of(Target(sheet=ESCALATIONS)))
        top = len(self.heights)
        self.decisions(decisions)
        while len(self.heights) - top < LEAST_LINES:
            self.line(20)
        if months.letters:
            self.months_chart(months, top)
        self.line(14)

    def decisions(self, decisions: Decisions) -> None:
        """The actions that need a decision: a line for each level, below it its actions with the reason."""
        levels = decisions.levels
        names = [f"{action.service} {action.ref}" for level in levels for action in level.decisions]
        widest = max((text_width(name, 10, bold=True) for name in names), default=0) + 12
        step = next((step for step in REASON_STEPS if column_start(step) >= widest), REASON_STEPS[-1])
        column, room = block(3) + step, width(3, BLOCKS) - column_start(step)
        number = len(levels) + len(names) + bool(decisions.more)
        with_issues = levels and number + len(levels[0].decisions) <= MOST_LINES
        first = 0
        for level in levels:
            self.level(level, first, column, room, with_issues=bool(with_issues) and level is levels[0])
            first += level.number
        if decisions.more:
            link = self.links.of(Target(sheet=ESCALATIONS))
            self.text(
                self.line(TEXT), block(3), f"And {decisions.more} more: {ESCALATIONS}", link, font_color=BRAND, indent=1
            )

    def level(self, level: Level, first: int, column: int, room: int, *, with_issues: bool) -> None:
        """The actions that one level decides; `first` is the place of its first action on the sheet of escalations."""
        row = self.line(23)
        self.ground(row, block(3), end(BLOCKS), bg_color=PAPER)
        link = self.links.of(Target((first, first + level.number - 1), ESCALATIONS))
        edge: dict[str, Any] = {"bg_color": PAPER, "left": 5, "left_color": level.colour, "indent": 1}
        self.text(row, block(3), f"{level.number}   {level.who}", link, bold=True, **edge)
        for action in level.decisions:
            name = shortened(f"{action.service} {action.ref}", width(3, BLOCKS) - room - 12, 10, bold=True)
            row = self.line(TEXT)
            self.text(row, block(3), name, self.links.of_action(action.row), bold=True, font_color=BRAND, indent=1)
            reason = "; ".join(filter(None, (action.why.rstrip("."), action.since)))
            self.text(row, column, shortened(reason, room, 10))
            if with_issues and action.issue:
                self.text(
                    self.line(17), column, shortened(action.issue, room, 9), font_size=9, font_color=GREY, valign="top"
                )

    def months_chart(self, months: MonthsChart, top: int) -> None:
        """The native chart of stacked columns, beside the decisions."""
        frame = pd.DataFrame(
            months.counts, index=[name.split()[0] for name in months.months], columns=list(months.words)
        )
        start = self.write_data(frame, "Month")
        chart = ColumnChart({"subtype": "stacked"})
        self.writer.add_chart(chart)
        for index, (word, fill, ink) in enumerate(zip(months.words, months.fills, months.inks, strict=True)):
            counts = frame[word].tolist()
            chart.add_series(
                {
                    **ranges(self.data, start, index + 1, len(frame)), "fill": {"color": fill}, "gap": 35,
                    "border": {"color": GREY if fill == "#FFFFFF" else "#FFFFFF", "width": 0.5},
                    "data_labels": {
                        "value": True, "num_format": "0", "font": {"size": 9, "color": ink},
                        "custom": [{"delete": True} if count < LABELLED else {} for count in counts],
                    },
                }
            )  # fmt: skip
        chart.set_legend({"position": "right", "font": {"size": 9, "color": INK}})
        chart.set_y_axis({"visible": False, "major_gridlines": {"visible": False}})
        chart.set_x_axis({"num_font": {"size": 9, "color": GREY}, "line": {"color": RULE}, "major_tick_mark": "none"})
        latest = zip(months.words, frame.iloc[-1].tolist(), strict=True)
        words = "; ".join(f"{word}: {count}" for word, count in latest)
        about = f"Chart: {months.title}. {months.months[-1]}: {words}. {months.note}"
        self.place(chart, top, block(1), width(1, 2), about)

    def place(self, chart: ColumnChart | LineChart, top: int, column: int, pixels: int, about: str) -> None:
        """Insert a chart from row `top` down to the last line."""
        chart.set_chartarea({"border": {"none": True}, "fill": {"none": True}})
        chart.set_plotarea({"fill": {"none": True}})
        chart.set_size({"width": pixels, "height": sum(self.heights[top:])})
        self.sheet.draw(top, column, chart, about)

    def write_data(self, frame: pd.DataFrame, heading: str) -> int:
        """Write the figures of a chart to the hidden sheet; returns their first row."""
        start, number = self.data_row, self.writer.format(num_format="0.0##")
        write_numbers(self.writer, self.data, start, frame, [heading, *frame.columns], number)
        self.data_row += len(frame) + 2
        return start

    def services_and_matrix(self, findings: Findings) -> None:
        """On the left every service, its delivery beside its impact; on the right the whole provider, and an indicator over time."""
        services, matrix = findings.services, findings.matrix
        head, groups, heads = self.line(HEAD), self.line(TEXT), self.line(26)
        self.heading(head, 1, 3, services.title, self.links.of(Target(sheet=OVERVIEW)))
        self.heading(head, 4, BLOCKS, matrix.title)
        top = len(self.heights)
        lines = len(services.lines) + bool(services.more)
        for _ in range(max(lines, len(matrix.rows) + (1 + 6 if findings.trend is not None else 0))):
            self.line(COUNT_LINE)
        self.services(services, groups, heads)
        self.matrix(matrix, groups, heads)
        if findings.trend is not None:
            self.trend(findings.trend, top + len(matrix.rows))

    def services(self, services: ServicesMap, groups: int, heads: int) -> None:
        """A line for each service: its name, its red actions month by month, and its counts."""
        small: dict[str, Any] = {"font_size": 9, "font_color": GREY}
        head: dict[str, Any] = {"font_size": 8, "font_color": GREY, "align": "center", "text_wrap": True}
        self.text(groups, block(1), "Service, worst first", **small)
        months = len(services.months)
        self.text(heads, end(1), f"Red, {months} months" if months > 1 else "Red", **head)
        for number, words, names in ((2, DELIVERY_HEAD, services.delivery), (3, IMPACT_HEAD, services.impact)):
            self.text(groups, block(number), words, bold=True, **small)
            for place, name in enumerate(names, block(number)):
                star = " *" if services.not_rated and place == block(2) else ""
                self.text(heads, place, f"{name}{star}", **head)
        start = self.write_data(
            pd.DataFrame([line.red for line in services.lines], columns=list(services.months), index=[line.name for line in services.lines]),
            "Red actions",
        )  # fmt: skip
        for place, line in enumerate(services.lines):
            self.service(line, heads + 1 + place)
        if months > 1:
            letters = column_letters(1), column_letters(months)
            rows = range(start + 2, start + 2 + len(services.lines))
            spans = [f"'{CHART_DATA}'!{letters[0]}{row}:{letters[1]}{row}" for row in rows]
            most = max((count or 0 for line in services.lines for count in line.red), default=0)
            style = {"type": "column", "series_color": RED, "min": 0, "max": max(most, 3), "show_hidden": True}
            self.sheet.add_sparklines(heads + 1, end(1), spans, style)
        if services.more:
            row = heads + 1 + len(services.lines)
            self.text(
                row, block(1), f"{services.more}: {OVERVIEW}", self.links.of(Target(sheet=OVERVIEW)), font_color=BRAND
            )

    def service(self, line: ServiceLine, row: int) -> None:
        """The line of one service; of a service without a return, what is known of it."""
        under: dict[str, Any] = {"bottom": 1, "bottom_color": RULE}
        self.ground(row, block(1), end(1), **under)
        missing = bool(line.note)
        name = shortened(line.name, BLOCK - COLUMN, 10, bold=missing)
        link = self.links.counted.get((line.code, OF_DELIVERY, "")) or self.links.of(Target(sheet=OVERVIEW))
        self.text(row, block(1), name, link, font_color=BRAND, bold=missing, **under)
        if len(line.red) == 1 and line.red[0]:
            self.text(row, end(1), line.red[0], bold=True, align="center", **under)
        if line.note:
            ground = TINTS["note"][0]
            self.ground(row, block(2), end(3), bg_color=ground, **under)
            self.text(row, block(2), line.note, bg_color=ground, font_size=9, **under)
            return
        for number, counts, kind, tints in (
            (2, line.delivery, OF_DELIVERY, TINT_OF),
            (3, line.impact, OF_IMPACT, TINT_OF_IMPACT),
        ):
            for place, (count, (name, tint)) in enumerate(zip(counts, tints.items(), strict=True), block(number)):
                self.count(row, place, count, tint, (line.code, kind, name))

    def count(self, row: int, column: int, count: int, tint: str, key: tuple[str, str, str]) -> None:
        """A count on its tint, with a link to its rows; nought is not shown."""
        ground = TINTS[tint][min(count, 2) - 1] if count else "#FFFFFF"
        shape = {"align": "center", "num_format": '0;;""', "border": 1, "border_color": "#FFFFFF"}
        link = self.links.counted.get(key, "")
        self.text(row, column, count, link, bg_color=ground, bold=bool(count) and tint == "red", **shape)

    def matrix(self, matrix: Matrix, groups: int, heads: int) -> None:
        """The pairs of delivery and impact, with a remark on those that matter."""
        self.text(
            groups,
            block(4),
            "All services: delivery (down) and impact (across)",
            bold=True,
            font_size=9,
            font_color=GREY,
        )
        for place, name in enumerate(matrix.columns, block(5)):
            self.text(heads, place, name, font_size=8, font_color=GREY, align="center", text_wrap=True)
        for row, (name, counts, remark) in enumerate(
            zip(matrix.rows, matrix.counts, matrix.remarks, strict=True), heads + 1
        ):
            self.text(row, block(4), name)
            for place, (across, count) in enumerate(zip(matrix.columns, counts, strict=True)):
                self.count(row, block(5) + place, count, matrix_tint(name, across), ("", name, across))
            bad = name == "Delivered"
            self.text(row, block(6), remark, font_size=9, font_color=RED if bad else GREY, bold=bad)

    def trend(self, trend: Trend, row: int) -> None:
        """The native chart of one indicator, with its finding as the title, down to the last line."""
        self.text(
            row,
            block(4),
            shortened(trend.title, width(4, BLOCKS), 10, bold=True),
            self.links.of(Target(sheet="Indicator charts")),
            bold=True,
        )
        step = label_step(len(trend.frame))
        labels = ["" if place % step else str(month) for place, month in enumerate(trend.frame.index)]
        start = self.write_data(trend.frame.set_axis(labels).assign(Month=list(trend.frame.index)), "Label")
        chart = LineChart()
        self.writer.add_chart(chart)
        low, high = axis_of(trend.frame, 100.0 if trend.is_percentage else np.inf)
        for column, name in enumerate(trend.frame.columns, 1):
            style = {**part_style(name, high - low), "data_labels": {}}
            chart.add_series({**ranges(self.data, start, column, len(trend.frame)), **style})
        chart.set_legend({"none": True})
        small = {"size": 8, "color": GREY}
        chart.set_y_axis(
            {
                "min": low, "max": high, "num_format": '0"%"' if trend.is_percentage else "0",
                "num_font": small, "line": {"none": True}, "major_gridlines": {"visible": True, "line": {"color": styles.HEAD}},
            }
        )  # fmt: skip
        chart.set_x_axis({"num_font": small, "line": {"color": RULE}, "interval_unit": step, "major_tick_mark": "none"})
        chart.show_blanks_as("gap")
        self.place(chart, row + 1, block(4), width(4, BLOCKS), f"Chart: {trend.title}. {trend.description}")

    def questions(self, questions: Sequence[Question]) -> None:
        """What else to ask, one question in each pair of blocks."""
        if not questions:
            return
        self.line(10)
        more = "question" if len(questions) == 1 else "questions"
        self.heading(self.line(HEAD), 1, BLOCKS, f"{spelled(len(questions), first=True)} more {more} to ask")
        room = width(1, 2) - 8
        details = [split_lines(question.details, room, 9)[:2] for question in questions]
        row = self.line(20)
        below = [self.line(SMALL) for _ in range(max(map(len, details)))]
        for place, (question, lines) in enumerate(zip(questions, details, strict=True)):
            column, link = block(1 + 2 * place), self.links.of(Target(sheet=question.sheet))
            self.text(row, column, shortened(question.title, room, 10, bold=True), link, bold=True)
            for under, line in zip(below, lines, strict=False):
                self.text(under, column, line, font_size=9, font_color=GREY, valign="top")

    def notes(self, notes: Sequence[str], waiting: str) -> None:
        """Which returns are `waiting` for a decision, with a link; what is left out, and how reliable the figures are."""
        self.line(8)
        link = self.links.of(Target(sheet=SOURCES))
        for line in split_lines(waiting, width(1, BLOCKS), 10) if waiting else ():
            self.text(self.line(TEXT), block(1), line, link)
        for note in notes:
            for line in split_lines(note, width(1, BLOCKS), 9):
                self.text(self.line(SMALL), block(1), line, font_size=9, font_color=GREY)

    def finish(self, findings: Findings) -> None:
        """Set up printing on one landscape page."""
        self.sheet.print_area(0, 0, len(self.heights) - 1, end(BLOCKS))
        self.sheet.fit_to_pages(1, 1)
        self.sheet.center_horizontally()
        title = findings.title[:120].replace("&", "&&")
        day = f"{findings.as_at.day} {findings.as_at:%B %Y}"
        self.sheet.set_footer(f"&L&8 {title}, as at {day}&R&8 Page &P of &N")

    def contents(self) -> None:
        """Below the printed page, a link to each sheet, in columns."""
        names = list(self.links.sheets)
        self.line(14)
        self.heading(self.line(HEAD), 1, BLOCKS, "Contents")
        long = -(-len(names) // BLOCKS)
        rows = [self.line(SMALL) for _ in range(long)]
        for place, name in enumerate(names):
            number, row = divmod(place, long)
            self.text(rows[row], block(number + 1), name, f"'{name}'!A1", font_size=9, font_color=BRAND)


def chart_key(trend: Trend | None) -> list[str]:
    """How to read the line chart; nothing without one."""
    if trend is None:
        return []
    key = f"{CHART_KEY} {MARKS_KEY}" if set(MARKS) & set(trend.frame.columns) else CHART_KEY
    return [*([f"Before and after: {trend.change}."] if trend.change else []), key]


def column_start(step: int) -> int:
    """The pixels from the first column of a block to the column `step` after it."""
    blocks, columns = divmod(step, COLUMNS + 1)
    return blocks * (BLOCK + GAP) + columns * COLUMN


def label_step(months: int) -> int:
    """How many months apart the labels of a chart are, so that the last month has one if possible."""
    return next((step for step in (6, 7, 5, 4, 8) if (months - 1) % step == 0), 6) if months > 6 else 1
