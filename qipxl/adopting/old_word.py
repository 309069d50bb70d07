"""The tables of a Word document as tabs, with their merged cells, bold headings, colours, struck-through texts and comments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qipxl.adopting.old_sheets import typed_text
from qipxl.adopting.old_workbook import OldCell, OldTab, Position, hidden_cells
from qipxl.adopting.word_document import Block, WordCell, WordTable, WordText, read_document
from qipxl.reading.file.limits import Limits
from qipxl.reading.file.package import Package
from qipxl.reading.file.refusal import RefusedError

NARROW = 284
"""The width, in twentieths of a point, below which a column exists only because borders of rows are not in line: half a centimetre."""
LONGEST_TITLE = 60


def read_word_tabs(package: Package, limits: Limits) -> Iterator[OldTab]:
    """A tab for each table of a document whose package was checked, with the paragraphs above it.

    A table directly below another with as many columns continues it. Raises RefusedError if the document cannot be read or
    exceeds a limit.
    """
    tabs = list(sheets_of(read_document(package)))
    if len(tabs) > limits.tabs:
        raise RefusedError(f"The document has {len(tabs)} tables; no plan has more than {limits.tabs}.")
    titles: set[str] = set()
    for number, (above, tables, below) in enumerate(tabs, 1):
        title = unlike(title_of(above) or f"Table {number}", titles)
        titles.add(title.lower())
        yield tab_of(title, above, tables, below)


Sheet = tuple[list[WordText], list[WordTable], list[WordText]]
"""The paragraphs above a table, the table with those that continue it, and the paragraphs below the last table."""


def sheets_of(blocks: Sequence[Block]) -> Iterator[Sheet]:
    """The tables of a document, each with the paragraphs above it; a document without tables has one without any."""
    above: list[WordText] = []
    sheets: list[Sheet] = []
    for block in blocks:
        if isinstance(block, WordText):
            above.append(block)
            continue
        before = sheets[-1][1][-1] if sheets and not above else None
        if before and not (before.within or block.within) and before.most_cells == block.most_cells:
            sheets[-1][1].append(block)
        else:
            sheets.append((above, [block], []))
            above = []
    if sheets:
        sheets[-1][2].extend(above)
    elif above:
        sheets.append((above, [], []))
    yield from sheets


def title_of(above: Sequence[WordText]) -> str:
    """The title of a table: the last heading above it, else the last bold or short paragraph; empty if there is none."""
    short = [text for text in above if 0 < len(text.text) <= LONGEST_TITLE and ":" not in text.text.rstrip(": ")]
    ranked = [[text for text in short if text.is_heading], [text for text in short if text.is_bold], short]
    return next((" ".join(texts[-1].text.rstrip(": ").split()) for texts in ranked if texts), "")


def unlike(title: str, taken: set[str]) -> str:
    """A title that no earlier tab has: with a number if needed."""
    number, name = 2, title
    while name.lower() in taken:
        name, number = f"{title} ({number})", number + 1
    return name


def tab_of(title: str, above: Sequence[WordText], tables: Sequence[WordTable], below: Sequence[WordText]) -> OldTab:
    """A tab: a row for each paragraph above, the rows of the tables, and the paragraphs below with a row between each."""
    cells = {(row, 0): old_cell(row, 0, text) for row, text in enumerate(above)}
    merged: dict[Position, Position] = {}
    first = len(above) + bool(above)
    for table in tables:
        add_table(table, first, cells, merged)
        first += len(table.rows)
    for number, text in enumerate(below):
        row = first + 1 + 2 * number
        cells[row, 0] = old_cell(row, 0, text)
    kept = {place: cell for place, cell in cells.items() if cell.filled or cell.fill or cell.comment}
    tab = OldTab(title, False, kept, merged)
    return OldTab(title, False, {**kept, **hidden_cells(tab)}, merged)


def add_table(table: WordTable, first: int, cells: dict[Position, OldCell], merged: dict[Position, Position]) -> None:
    """Add the cells and merges of a table whose first row is `first` on its tab."""
    columns = columns_of(table)
    open_merges: dict[int, Position] = {}
    for row, line in enumerate(table.rows, first):
        for cell in line.cells:
            column = columns[cell.column]
            last = max(columns[place] for place in range(cell.column, cell.column + cell.span) if place in columns)
            above = open_merges.get(column) if cell.continues else None
            if above is None:
                open_merges[column] = above = (row, column)
            if above != (row, last):
                merged[above] = (row, max(last, merged.get(above, above)[1]))
            cells[row, column] = old_cell(row, column, cell, bold=line.is_heading)


def columns_of(table: WordTable) -> dict[int, int]:
    """The column on the tab of each column of the grid in which a cell starts.

    A column of the grid that is narrow, because the borders of two rows are not in line, counts with the one before.
    """
    rows = [{cell.column for cell in row.cells} for row in table.rows]
    starts = sorted(set[int]().union(*rows))
    columns: dict[int, int] = {}
    group: set[int] = set()
    for start in starts:
        gap = sum(table.grid[min(group) : start]) if group else 0
        narrow = group and 0 < gap < NARROW and not any(start in row and row & group for row in rows)
        group = group | {start} if narrow else {start}
        columns[start] = max(columns.values(), default=-1) + (not narrow)
    return columns


def old_cell(row: int, column: int, text: WordText, *, bold: bool = False) -> OldCell:
    """A cell or a paragraph as a cell of an old plan."""
    value, shown = typed_text(text.text)
    fill = text.fill if isinstance(text, WordCell) else ""
    return OldCell(row, column, value, fill, bold or text.is_bold, text.is_struck, " ".join(text.comments), shown)
