"""The board page as a PDF of one A4 page, drawn by ReportLab; the same summary gives the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import matplotlib as mpl
from reportlab.lib.colors import Color, HexColor, black, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, KeepInFrame, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from qipxl.files import write_bytes
from qipxl.summary.board_page import Block, Cell, board_page
from qipxl.summary.summary import ProviderSummary
from qipxl.workbook import styles

FONT, BOLD = "DejaVu Sans", "DejaVu Sans Bold"
"""A font that is part of matplotlib: it has the letters of every European name, and the arrows."""
MARGIN = 11 * mm
WIDTH, HEIGHT = A4[0] - 2 * MARGIN, A4[1] - 2 * MARGIN
SIZES = (8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0)
"""Font sizes to try, the largest first; a page that is too long in the smallest is scaled down."""
NARROWEST, WIDEST = 5, 70
INK, RULE, PALE = map(HexColor, (styles.BRAND, styles.RULE, styles.GREY))


def write_board_pdf(summary: ProviderSummary, path: Path | str) -> Path:
    """Write the board page as PDF and return its path; raises OutputError if it cannot be written."""
    written = BytesIO()
    title, as_at = summary.title, f"{summary.as_at:%d %B %Y}"
    about = f"As at {as_at}. The rows behind every figure are in the summary workbook of the same date."
    document = SimpleDocTemplate(
        written, pagesize=A4, leftMargin=MARGIN - 6, rightMargin=MARGIN - 6, topMargin=MARGIN - 6, bottomMargin=MARGIN - 6,
        title=f"{title}, as at {as_at}", author="qipxl", lang="en-GB", invariant=1,
    )  # fmt: skip
    load_fonts()
    document.build([KeepInFrame(WIDTH, HEIGHT, fitting(title, about, board_page(summary)), mode="shrink")])
    return write_bytes(Path(path), written.getvalue())


@cache
def load_fonts() -> None:
    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    registerFont(TTFont(FONT, str(folder / "DejaVuSans.ttf")))
    registerFont(TTFont(BOLD, str(folder / "DejaVuSans-Bold.ttf")))
    registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=FONT, boldItalic=BOLD)


def fitting(title: str, about: str, blocks: Sequence[Block]) -> list[Flowable]:
    """The page in the largest font size in which it fits."""
    for size in SIZES:
        parts = page_parts(title, about, blocks, size)
        if sum(part.wrap(WIDTH, HEIGHT)[1] for part in parts) <= HEIGHT:
            break
    return page_parts(title, about, blocks, size)


def page_parts(title: str, about: str, blocks: Sequence[Block], size: float) -> list[Flowable]:
    """Everything on the page in one font size."""
    parts: list[Flowable] = [text(title, size * 2, BOLD, INK), text(about, size, FONT, PALE)]
    for block in blocks:
        parts += [Spacer(1, size), text(block.title, size * 1.3, BOLD, INK), text(block.about, size * 0.95, FONT, PALE)]
        parts += [Spacer(1, size / 3), table_of(block, size)]
    return parts


def text(words: str, size: float, font: str = FONT, colour: Color = black) -> Paragraph:
    style = ParagraphStyle("", fontName=font, fontSize=size, leading=size * 1.25, textColor=colour)
    return Paragraph(escape(words), style)


def table_of(block: Block, size: float) -> Table:
    """A block as a table, each rated cell in its colours."""
    lines = block.lines or [[Cell("None.") if not column else Cell("") for column in range(len(block.headings))]]
    rows = [[text(heading, size, BOLD, white) for heading in block.headings]]
    rows += [[cell_text(cell, size) for cell in line] for line in lines]
    styles: list[tuple[Any, ...]] = [
        ("BACKGROUND", (0, 0), (-1, 0), INK), ("GRID", (0, 0), (-1, -1), 0.4, RULE), ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2), ("RIGHTPADDING", (0, 0), (-1, -1), 2),
        ("TOPPADDING", (0, 0), (-1, -1), size / 8), ("BOTTOMPADDING", (0, 0), (-1, -1), size / 4),
    ]  # fmt: skip
    styles += [
        ("BACKGROUND", (column, row), (column, row), HexColor(f"#{cell.state.fill}"))
        for row, line in enumerate(lines, 1)
        for column, cell in enumerate(line)
        if cell.state is not None
    ]
    return Table(rows, colWidths=widths(block), style=TableStyle(styles), repeatRows=1, hAlign="LEFT")


def cell_text(cell: Cell, size: float) -> Paragraph:
    ink = HexColor(f"#{cell.state.ink}") if cell.state is not None else black
    return text(str(cell.value), size, BOLD if cell.state is not None else FONT, ink)


def widths(block: Block) -> list[float]:
    """The widths of the columns, by the longest text in each and within limits; together the width of the page."""
    texts = [[heading] for heading in block.headings]
    for line in block.lines:
        for column, cell in zip(texts, line, strict=False):
            column.append(str(cell.value))
    words = [1.5 * max(map(len, column[0].split())) + 2 for column in texts]
    longest = [max(word, *map(len, column[1:]), NARROWEST) for word, column in zip(words, texts, strict=True)]
    shares = [min(length, WIDEST) for length in longest]
    return [WIDTH * share / sum(shares) for share in shares]
