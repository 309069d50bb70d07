"""How much room a text needs in a cell of the plain font, so that rows and columns are as large as their texts and no larger."""

from __future__ import annotations

import math
from functools import lru_cache

from xlsxwriter.utility import xl_pixel_width

PIXELS, GAP = 7, 17
"""The pixels of a character of a column's width, and those of a cell that its text cannot use: its edges and an indent."""
BOLD, ARROW = 1.08, 17
"""How much wider bold text is, and the pixels of a filter button in a heading."""
WIDEST, MOST_HEADING_LINES = 11, 2
"""The pixels that a letter takes at most, apart from a few, and the most lines of a heading."""


@lru_cache(maxsize=65_536)
def word_pixels(word: str) -> int:
    """The pixels that a word takes."""
    return int(xl_pixel_width(word))


def lines_needed(text: str, width: float, scale: float = 1.0) -> int:
    """The number of lines that a wrapped text takes in a column of so many characters; `scale` is BOLD for bold text.

    >>> lines_needed("Supervision happens but seldom speaks about practice", 30), lines_needed("A-001", 9)
    (2, 1)
    """
    room = (width * PIXELS + 5 - GAP) / scale
    if len(text) * WIDEST <= room and "\n" not in text:
        return 1
    return sum(lines_of_paragraph(paragraph, room) for paragraph in text.split("\n"))


def lines_of_paragraph(text: str, room: float) -> int:
    """The number of lines of a text without line breaks; a word that is wider than a line goes on in the next."""
    lines, used, space = 1, 0.0, word_pixels(" ")
    for word in text.split(" "):
        pixels = word_pixels(word)
        if used and used + space + pixels > room:
            lines, used = lines + 1, 0.0
        used += pixels + (space if used else 0)
        if used > room:
            further = math.ceil(used / room) - 1
            lines, used = lines + further, used - further * room
    return lines


def width_for_heading(heading: str, width: float) -> float:
    """A column's width in characters, at least as much as its heading needs on two lines, beside the filter button.

    >>> width_for_heading("Accepted items", 5), width_for_heading("Ref", 9)
    (11.8, 9)
    """
    longest = max(map(word_pixels, heading.split()), default=0)
    width = max(width, round((longest * BOLD + GAP + ARROW - 5) / PIXELS, 1))
    while heading_lines(heading, width) > MOST_HEADING_LINES:
        width += 1
    return width


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """About how many pixels a text takes in Calibri; XlsxWriter knows its widths in 11 points."""
    return float(xl_pixel_width(text)) * size / 11 * (1 if bold else 0.95)


def split_lines(text: str, pixels: float, size: float) -> list[str]:
    """A text in lines of at most this width; a longer word has a line of its own."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, size) > pixels:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def width_for_text(text: str) -> float:
    """The width in characters of a column that holds a text on one line.

    >>> width_for_text("S004 Harbour View 2026-03.xlsx")
    28.7
    """
    return round((word_pixels(text) + GAP - 5) / PIXELS, 1)


def heading_lines(heading: str, width: float) -> int:
    """The number of lines of a heading beside its filter button."""
    return lines_needed(heading, width - ARROW / PIXELS, BOLD)
