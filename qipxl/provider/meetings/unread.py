"""Names what people wrote into a meeting book outside the cells that are read, so that no text of a meeting gets lost unnoticed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from qipxl.provider.meetings.book import CHARTS, MATTERS, MEETING, STAMP
from qipxl.reading.file.sheets import PlainSheets
from qipxl.text import as_text
from qipxl.workbook.cells import CellError, is_blank
from qipxl.workbook.layout import cell_address
from qipxl.workbook.stamp import field_digest

Places = Collection[tuple[str, int, int]]
"""Cells by their sheet, row and column, both from 0."""
MOST = 10
"""The number of cells that are named."""
MOVE = "Write it in a yellow cell, such as Notes."
LONGEST = 120
"""The characters that are shown of a text."""


def unread_texts(sheets: PlainSheets, read: Places, issued: Collection[str]) -> Iterator[tuple[str, str]]:
    """The place of each text that was neither read nor issued, with a sentence about it.

    `read` are the cells that were read or named, `issued` the digests of what the book said as it was written.
    """
    found = [
        (f"{name}!{cell_address(column, row + 1)}", cell)
        for name in (MEETING, MATTERS, CHARTS)
        for row, column, cell in filled_cells(sheets.rows.get(name, ()))
        if (name, row, column) not in read and field_digest(cell) not in issued
        if name != CHARTS or (isinstance(cell, str) and not isinstance(cell, CellError))
    ]
    for place, cell in found[:MOST]:
        yield place, f"“{shortened(cell)}” is outside the cells that are read, so it does not count. {MOVE}"
    if len(found) > MOST:
        others = ", ".join(place for place, _ in found[MOST:])
        yield found[MOST][0], f"More texts are outside the cells that are read, so they do not count: {others}. {MOVE}"
    for name in (MATTERS, MEETING):
        for address in sheets.far.get(name, ()):
            yield f"{name}!{address}", "The cell is far away from the rest, so it was not read. Move it, or clear it."
    for name, rows in sheets.rows.items():
        if rows and name not in (MEETING, MATTERS, CHARTS, STAMP):
            yield name, f"The sheet is not one of this book, so nothing on it was read. {MOVE}"
    for merge in sheets.merged.get(MATTERS, ()):
        if (MATTERS, merge.first_row, merge.first_column) in read:
            first, last = merge.first_row + 1, merge.last_row + 1
            yield (
                f"{MATTERS}!{cell_address(merge.first_column, first)}",
                f"The cell is merged down to row {last}, so it counts for row {first} only. Unmerge it, and fill in each row.",
            )
    for name, cells in sheets.comments.items():
        yield f"{name}!{cells[0]}", f"Comments are not read ({', '.join(cells[:MOST])}). {MOVE}"


def filled_cells(rows: Sequence[Sequence[object]]) -> Iterator[tuple[int, int, object]]:
    """Every cell with a value: its row, its column and the value."""
    for row, cells in enumerate(rows):
        yield from ((row, column, cell) for column, cell in enumerate(cells) if not is_blank(cell))


def shortened(cell: object) -> str:
    """What a cell says, in one line."""
    text = " ".join(as_text(cell).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
