"""What the sheets of a tracker print: the rows that a meeting needs, and empty ones to the foot of the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import accumulate

from qipxl.rules.evaluate import Book
from qipxl.tracker.content import Tracker
from qipxl.tracker.layout import WorkedOut
from qipxl.tracker.tabs import MONTHLY

PAGE_WIDTH, PAGE_HEIGHT = 780.0, 510.0
"""The room on a page of A4 in landscape, in points."""
POINTS = 0.75
"""The points of a pixel."""
SURE = 0.94
"""The part of a page that is filled with empty rows: programs make rows of different heights."""


def page_height(widths: Iterable[float]) -> float:
    """The height in points that fits on a page, if columns of these widths (in characters) fit on its width."""
    wide = sum(width * 7 + 5 for width in widths) * POINTS
    return PAGE_HEIGHT * max(1.0, wide / PAGE_WIDTH)


def rows_on_first_page(heights: Iterable[float], top: float, widths: Iterable[float]) -> int:
    """How many rows of these heights fit on a page below `top` points of headings."""
    room = page_height(widths) * SURE
    return sum(height <= room for height in accumulate(heights, initial=top)) - 1


def printed_rows(
    tracker: Tracker, key: str, book: Book, heights: Sequence[float], top: float, widths: Sequence[float]
) -> int:
    """How many rows of a table are printed; 0 if nothing is.

    They are the rows to the last one that is not grey, and others to the foot of the page. Nothing is printed of a table that no
    month asks for, or whose rows are all done.
    """
    needed, line = needed_rows(tracker, key, book), tracker.layouts[key].line
    if key not in MONTHLY or (tracker.rows.get(key) and not needed and not line.grey_before):
        return 0
    room = page_height(widths)
    filled, number = top, 0
    for height in heights[:needed]:
        number += 1
        filled = filled + height if filled + height <= room else height
    for height in heights[needed:]:
        filled += height
        if filled > room * SURE:
            break
        number += 1
    return number


def needed_rows(tracker: Tracker, key: str, book: Book) -> int:
    """The number of rows to the last one that is not grey."""
    table = tracker.layouts[key]
    is_grey = [False] * len(tracker.rows.get(key, ()))
    for name, texts in table.line.grey_rows.items():
        column = table.columns[table.index(name)]
        assert isinstance(column, WorkedOut)
        values = book.tables[key].values(column.column)
        is_grey = [grey or value in texts for grey, value in zip(is_grey, values, strict=False)]
    if earlier := table.line.grey_before:
        days = [row.get(earlier) for row in tracker.rows.get(key, ())]
        is_grey = [
            grey or (isinstance(day, date) and f"{day:%Y-%m}" < str(tracker.period))
            for grey, day in zip(is_grey, days, strict=True)
        ]
    return max((number for number, grey in enumerate(is_grey, 1) if not grey), default=0)
