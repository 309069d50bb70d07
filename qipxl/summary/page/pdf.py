"""The board page as a PDF of one landscape A4 page, drawn by ReportLab; the same summary gives the same bytes.

It has the blocks of the page in the same order. If they need more room than the page has, everything is drawn smaller.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

from font_source_sans_pro import font_files_ttf
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from qipxl.files import write_bytes
from qipxl.summary.finding_records import (
    Decisions,
    Findings,
    Level,
    Matrix,
    Question,
    ServiceLine,
    ServicesMap,
    Tile,
    Trend,
)
from qipxl.summary.findings import findings_of
from qipxl.summary.page import charts
from qipxl.summary.page.charts import months_drawing, red_drawing, trend_drawing
from qipxl.summary.page.drawing import Box, Dot, Drawing, Line
from qipxl.summary.rating_groups import TINT_OF, TINT_OF_IMPACT, matrix_tint
from qipxl.summary.summary import ProviderSummary
from qipxl.workbook.styles import BRAND, EDGES, GREY, INK, PAPER, RULE, TINTS

FONT, BOLD = "Source Sans Pro", "Source Sans Pro Semibold"
"""A font with the letters of every European name, and arrows."""
MARGIN, FOOTER = 23.0, 14.0
"""The margins, and the height of the footer inside the lower one, in points."""
SCALES = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5)
"""How large the page is drawn: the first that fits."""
GAP = 16.0
"""The room between two blocks."""
SMALL, TEXT, LARGE = 7.0, 8.0, 10.0
"""Sizes of text: of explanations and counts, of sentences, of headings."""


def write_board_pdf(summary: ProviderSummary, path: Path | str) -> Path:
    """Write the board page as PDF and return its path; raises OutputError if it cannot be written."""
    findings, written = findings_of(summary), BytesIO()
    load_fonts()
    canvas = Canvas(written, pagesize=landscape(A4), invariant=1, lang="en-GB")
    canvas.setTitle(f"{summary.title}, as at {day(findings)}")
    canvas.setAuthor("qipxl")
    width, height = landscape(A4)[0] - 2 * MARGIN, landscape(A4)[1] - 2 * MARGIN - FOOTER
    fitting = (
        scale for scale in SCALES if scale * draw_board(scratch(), summary.title, findings, width / scale) <= height
    )
    scale = next(fitting, SCALES[-1])
    canvas.saveState()
    canvas.translate(MARGIN, MARGIN + FOOTER + height)
    canvas.scale(scale, scale)
    draw_board(Pen(canvas), summary.title, findings, width / scale)
    canvas.restoreState()
    footer = Pen(canvas)
    footer.text(
        MARGIN,
        -MARGIN,
        "The rows behind every figure are in the summary workbook of the same date.",
        SMALL,
        colour=GREY,
    )
    footer.text(
        MARGIN + width, -MARGIN, f"{findings.provider}, {day(findings)}, page 1 of 1", SMALL, colour=GREY, anchor="end"
    )
    canvas.save()
    return write_bytes(Path(path), written.getvalue())


@cache
def load_fonts() -> None:
    registerFont(TTFont(FONT, font_files_ttf["SourceSansPro"]))
    registerFont(TTFont(BOLD, font_files_ttf["SourceSansProSemibold"]))


def day(findings: Findings) -> str:
    """The day of the findings in words."""
    return f"{findings.as_at.day} {findings.as_at:%B %Y}"


class Pen:
    """Draws on a canvas whose origin is at the upper left; y grows downwards."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas

    def box(self, x: float, y: float, width: float, height: float, fill: str, edge: str = "") -> None:
        """A filled rectangle from its upper left corner."""
        self.canvas.setFillColor(HexColor(fill))
        if edge:
            self.canvas.setStrokeColor(HexColor(edge))
            self.canvas.setLineWidth(0.5)
        self.canvas.rect(x, -y - height, width, height, stroke=int(bool(edge)), fill=1)

    def line(
        self, points: Sequence[tuple[float, float]], colour: str, width: float = 1, dash: Sequence[float] = ()
    ) -> None:
        """A line through points."""
        self.canvas.setStrokeColor(HexColor(colour))
        self.canvas.setLineWidth(width)
        self.canvas.setDash(list(dash))
        path = self.canvas.beginPath()
        path.moveTo(points[0][0], -points[0][1])
        for x, y in points[1:]:
            path.lineTo(x, -y)
        self.canvas.drawPath(path)
        self.canvas.setDash([])

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        *,
        bold: bool = False,
        colour: str = INK,
        anchor: str = "start",
        room: float = 0,
    ) -> None:
        """A text at its base line; in a smaller font if it is wider than `room`."""
        font = BOLD if bold else FONT
        width = stringWidth(words, font, size)
        if room and width > room:
            size *= room / width
        self.canvas.setFillColor(HexColor(colour))
        self.canvas.setFont(font, size)
        draw = {
            "start": self.canvas.drawString,
            "middle": self.canvas.drawCentredString,
            "end": self.canvas.drawRightString,
        }
        draw[anchor](x, -y, words)

    def lines(
        self, x: float, y: float, words: str, size: float, room: float, *, bold: bool = False, colour: str = INK
    ) -> float:
        """A text in as many lines as it needs, the first from y on; returns the y below the last one."""
        for line in simpleSplit(words, BOLD if bold else FONT, size, room):
            y += size * 1.3
            self.text(x, y - size * 0.35, line, size, bold=bold, colour=colour, room=room)
        return y

    def heading(self, x: float, y: float, words: str, room: float) -> float:
        """The heading of a block over a line; returns the y below it."""
        y = self.lines(x, y, words, LARGE, room, bold=True, colour=BRAND)
        self.line([(x, y + 2), (x + room, y + 2)], BRAND, 1.2)
        return y + 6

    def drawing(self, x: float, y: float, drawing: Drawing, width: float, height: float) -> float:
        """A drawing as large as it can be in a width and a height; returns the y below it."""
        scale = min(width / drawing.width, height / drawing.height)
        self.canvas.saveState()
        self.canvas.translate(x, -y)
        self.canvas.scale(scale, scale)
        for shape in drawing.shapes:
            if isinstance(shape, Box):
                self.box(shape.x, shape.y, shape.width, shape.height, shape.fill, shape.edge)
            elif isinstance(shape, Line):
                self.line(shape.points, shape.colour, shape.width, shape.dash)
            elif isinstance(shape, Dot):
                self.canvas.setFillColor(HexColor(shape.fill))
                self.canvas.circle(shape.x, -shape.y, shape.radius, stroke=0, fill=1)
            else:
                self.text(
                    shape.x,
                    shape.y,
                    shape.text,
                    drawing.size,
                    bold=shape.bold,
                    colour=shape.colour,
                    anchor=shape.anchor,
                )
        self.canvas.restoreState()
        return y + drawing.height * scale


def scratch() -> Pen:
    """A pen on a page that is thrown away, to measure what is drawn."""
    return Pen(Canvas(BytesIO()))


def draw_board(pen: Pen, title: str, findings: Findings, width: float) -> float:
    """Draw all blocks in this width; returns their height."""
    y = draw_opening(pen, title, findings, width)
    y = draw_tiles(pen, findings.tiles, y, width)
    left = (width - GAP) * 4 / 11
    below = pen.heading(0, y, findings.months.title, left)
    below = pen.drawing(0, below + 2, months_drawing(findings.months), left, CHART_HEIGHT)
    below = pen.lines(0, below + 1, f"Actions by rating. {findings.months.note}", SMALL, left, colour=GREY)
    y = max(below, draw_decisions(pen, findings.decisions, left + GAP, y, width - left - GAP)) + GAP / 2
    half = (width - GAP) / 2
    below = draw_services(pen, findings.services, y, half)
    right = draw_matrix(pen, findings.matrix, half + GAP, y, half)
    if findings.trend is not None:
        right = draw_trend(pen, findings.trend, half + GAP, right + 4, half, below - right)
    y = draw_questions(pen, findings.questions, max(below, right) + GAP / 2, width)
    y = pen.lines(0, y, findings.waiting, TEXT, width) if findings.waiting else y
    for note in (note for note in findings.notes if note != findings.months.note):
        y = pen.lines(0, y, note, SMALL, width, colour=GREY)
    return y


CHART_HEIGHT, LEAST_TREND = 165.0, 90.0
"""The most height of the chart by month, and the least of an indicator's."""


def draw_opening(pen: Pen, title: str, findings: Findings, width: float) -> float:
    """Whose page it is, and the two sentences that a reader keeps."""
    pen.text(0, 8, title, TEXT, bold=True, colour=BRAND, room=width * 0.7)
    pen.text(width, 8, f"{findings.month}, as at {day(findings)}", TEXT, colour=GREY, anchor="end")
    y = pen.lines(0, 13, findings.headline, 18, width, bold=True)
    return pen.lines(0, y, findings.second, 11, width) + 8


def draw_tiles(pen: Pen, tiles: Sequence[Tile], y: float, width: float) -> float:
    """The tiles in a row, each with its edge, its label, its figure and what it compares with."""
    gap, inside = 8.0, 6.0
    room = (width - gap * (len(tiles) - 1)) / len(tiles)
    texts = room - 2 * inside
    below = max(len(simpleSplit(tile.context, FONT, SMALL, texts)) for tile in tiles) * SMALL * 1.3 + 34
    for number, tile in enumerate(tiles):
        x = number * (room + gap)
        pen.box(x, y, room, below, PAPER)
        pen.box(x, y, room, 3, EDGES[tile.colour])
        pen.text(x + inside, y + 12, tile.label, SMALL, colour=GREY, room=texts)
        pen.text(x + inside, y + 28, tile.figure, 16, bold=True, room=texts)
        pen.lines(x + inside, y + 31, tile.context, SMALL, texts, colour=GREY)
    return y + below + 10


def draw_decisions(pen: Pen, decisions: Decisions, x: float, y: float, room: float) -> float:
    """The actions that need a decision, by who decides; the highest level with its issues."""
    y = pen.heading(x, y, decisions.title, room)
    for level in decisions.levels:
        y = draw_level(pen, level, x, y, room, with_issues=level is decisions.levels[0])
    if decisions.more:
        y = pen.lines(x + 8, y + 2, f"And {decisions.more} more in the summary workbook.", SMALL, room, colour=GREY)
    return y


def draw_level(pen: Pen, level: Level, x: float, y: float, room: float, *, with_issues: bool) -> float:
    """The actions that one level decides: the name on the left, the reason on the right."""
    names = room * 0.24
    pen.box(x, y, room, 14, PAPER)
    pen.box(x, y, 4, 14, level.colour)
    pen.text(x + 9, y + 10, f"{level.number}   {level.who}", TEXT, bold=True, room=room - 12)
    y += 15
    for action in level.decisions:
        pen.text(x + 9, y + 8.5, f"{action.service} {action.ref}", TEXT, bold=True, colour=BRAND, room=names - 14)
        reason = "; ".join(filter(None, (action.why, action.since)))
        y = pen.lines(x + names, y + 0.9, reason, TEXT, room - names)
        if with_issues and action.issue:
            y = pen.lines(x + names, y - 1, action.issue, SMALL, room - names, colour=GREY)
    return y + 4


LINE = 12.0
"""The height of a line with counts."""


def draw_services(pen: Pen, services: ServicesMap, y: float, room: float) -> float:
    """A line for each service: its name, its red actions month by month, and its counts."""
    y = pen.heading(0, y, services.title, room)
    name, spark, gap = room * 0.24, room * 0.12, 6.0
    column = (room - name - spark - 2 * gap) / (len(services.delivery) + len(services.impact))
    groups = (
        (services.delivery, TINT_OF, "Delivery: is it being done?"),
        (services.impact, TINT_OF_IMPACT, "Impact: did it work?"),
    )
    months = len(services.months)
    pen.text(
        name + spark / 2, y + 18, f"Red, {months} months" if months > 1 else "Red", 6, colour=GREY, anchor="middle"
    )
    pen.text(0, y + 18, "Service, worst first", SMALL, colour=GREY)
    x = name + spark
    for words, _, title in groups:
        x += gap
        pen.text(x, y + 8, title, SMALL, bold=True, colour=GREY)
        for number, word in enumerate(words):
            star = " *" if services.not_rated and word == services.delivery[0] else ""
            pen.text(
                x + column * (number + 0.5), y + 18, word + star, 6.5, colour=GREY, anchor="middle", room=column - 2
            )
        x += column * len(words)
    y += 21
    for line in services.lines:
        pen.text(0, y + 8.5, line.name, TEXT, colour=BRAND, room=name - 4)
        pen.drawing(name + 4, y + 2, red_drawing(services, line.red), spark - 8, LINE - 4)
        draw_counts(pen, line, name + spark + gap, y, column, gap)
        pen.line([(0, y + LINE - 0.5), (name - 2, y + LINE - 0.5)], RULE, 0.4)
        y += LINE
    return pen.lines(0, y, services.more, SMALL, room, colour=GREY) if services.more else y


def draw_counts(pen: Pen, line: ServiceLine, x: float, y: float, column: float, gap: float) -> None:
    """The counts of one service; of a service without a return, what is known of it."""
    if line.note:
        room = column * (len(line.delivery) + len(line.impact)) + gap
        pen.box(x, y + 0.5, room, LINE - 1, TINTS["note"][0])
        pen.text(x + 4, y + 8.5, line.note, SMALL, room=room - 8)
        return
    for counts, tints in ((line.delivery, TINT_OF), (line.impact, TINT_OF_IMPACT)):
        for count, tint in zip(counts, tints.values(), strict=True):
            draw_count(pen, x, y, column, count, tint)
            x += column
        x += gap


def draw_count(pen: Pen, x: float, y: float, width: float, count: int, tint: str) -> None:
    """A count on its tint; nought is left blank."""
    if count:
        pen.box(x + 0.5, y + 0.5, width - 1, LINE - 1, TINTS[tint][min(count, 2) - 1])
        pen.text(x + width / 2, y + 8.5, f"{count:,}", TEXT, bold=tint == "red", anchor="middle")


def draw_matrix(pen: Pen, matrix: Matrix, x: float, y: float, room: float) -> float:
    """The pairs of delivery and impact, with a remark on those that matter."""
    y = pen.heading(x, y, matrix.title, room)
    name, remark = room * 0.34, room * 0.26
    column = (room - name - remark) / len(matrix.columns)
    pen.text(x, y + 8, "All services: delivery (down) and impact (across)", SMALL, colour=GREY)
    for number, word in enumerate(matrix.columns):
        middle = x + name + column * (number + 0.5)
        pen.text(middle, y + 18, word, 6.5, colour=GREY, anchor="middle", room=column - 2)
    y += 21
    for row, counts, words in zip(matrix.rows, matrix.counts, matrix.remarks, strict=True):
        pen.text(x, y + 8.5, row, TEXT, room=name - 4)
        pen.line([(x, y + LINE - 0.5), (x + name - 2, y + LINE - 0.5)], RULE, 0.4)
        for number, (across, count) in enumerate(zip(matrix.columns, counts, strict=True)):
            draw_count(pen, x + name + column * number, y, column, count, matrix_tint(row, across))
        pen.text(x + room - remark + 6, y + 8.5, words, SMALL, colour=GREY, room=remark - 6)
        y += LINE
    return y


def draw_trend(pen: Pen, trend: Trend, x: float, y: float, room: float, height: float) -> float:
    """One indicator over time, in the height that is left, and how to read it."""
    y = pen.lines(x, y, trend.title, TEXT, room, bold=True)
    if trend.change:
        below = pen.lines(x, y, f"{trend.change}.", SMALL, room)
        y, height = below, height - (below - y)
    height = max(LEAST_TREND, height - 30)
    y = pen.drawing(x, y + 2, trend_drawing(trend, charts.TREND_HEIGHT * room / height), room, height)
    key = "Blue dots: better than chance explains; orange dots: worse (NHS England, Making Data Count)."
    return pen.lines(x, y, key, SMALL, room, colour=GREY)


def draw_questions(pen: Pen, questions: Sequence[Question], y: float, width: float) -> float:
    """The questions, one beside the other."""
    if not questions:
        return y
    y = pen.heading(0, y, "More questions to ask", width)
    room = (width - GAP * (len(questions) - 1)) / len(questions)
    ends = []
    for number, question in enumerate(questions):
        below = pen.lines(number * (room + GAP), y, question.title, TEXT, room, bold=True)
        ends.append(pen.lines(number * (room + GAP), below, question.details, SMALL, room, colour=GREY))
    return max(ends) + 4
