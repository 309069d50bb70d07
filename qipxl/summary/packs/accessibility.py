"""Check a workbook against the checklist for accessible spreadsheets, and list what a person must check.

The checklist is the UK Government Analysis Function's (“Making spreadsheets accessible: a brief checklist of the basics”),
as two of its public packages give it item by item, gptables and a11ytables.
"""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from xlsxwriter.utility import xl_cell_to_rowcol

FOR_A_PERSON = (
    "Read every text: is the spelling right, the language plain, and every abbreviation explained?",
    "Could a person be identified: by a name outside the columns of names, by a rare event, by what others publish?",
    "Look at each chart: do its title and its description say what it shows?",
    "Do the title of the cover and the names of the sheets say what this reader needs?",
    "Add to the cover whom to contact about it.",
    "Open it in Excel, run Review, Check Accessibility, and listen to one sheet with a screen reader.",
)
"""What a person must check before a pack is published."""
COVER = "Cover"
"""The name of the sheet with the headline and the contents, which has no table."""
ACCEPTED_INK = 4.5
WIDEST, NARROWEST = 120, 6
VAGUE = re.compile(r"(here|click here|link|more|https?://.*|www\..*)", re.IGNORECASE)
DRAWING, DRAWN, DESCRIPTION = (
    re.compile(words) for words in (r"drawings/[^/]*$", r"<\w+:cNvPr\b[^>]*>", r'\bdescr="([^"]*)"')
)
"""The parts of a workbook with charts and pictures, what is drawn in one, and its description."""
SUPERSCRIPT = re.compile("[¹²³⁰-₟†‡]")
Book: TypeAlias = Any
Sheet: TypeAlias = Any
"""openpyxl's classes; its type stubs lack some of the attributes used here."""


def faults_in(path: Path | str) -> list[str]:
    """Every accessibility fault that a program can find in a published workbook, as sentences; empty if there is none."""
    import openpyxl  # imported here because it is slow to import, and a month without packs does not need it

    book = openpyxl.load_workbook(path)
    faults = [*file_faults(Path(path)), *workbook_faults(book)]
    for sheet in book.worksheets:
        faults += [f"{sheet.title}: {fault}" for check in CHECKS for fault in check(sheet)]
    return faults


def file_faults(path: Path) -> Iterator[str]:
    """Macros and comments, which are files of their own in the package, and charts and pictures without a description."""
    with zipfile.ZipFile(path) as book:
        names = book.namelist()
        drawings = {name: book.read(name).decode() for name in names if DRAWING.search(name)}
    for words, mark in (("macros", "vbaProject"), ("comments", "comments")):
        if any(mark in name for name in names):
            yield f"The workbook has {words}."
    for name, text in drawings.items():
        shapes = DRAWN.findall(text)
        described = sum(bool(match and match[1].strip()) for match in map(DESCRIPTION.search, shapes))
        if described < max(1, len(shapes)):
            yield f"A chart or picture has no description for screen readers ({name})."


def workbook_faults(book: Book) -> Iterator[str]:
    """Document information, the sheets' names and titles, and the sheet it opens on."""
    for key, words in (("title", "title"), ("creator", "author"), ("language", "language")):
        if not getattr(book.properties, key):
            yield f"The document information names no {words}."
    titles = Counter(str(sheet["A1"].value) for sheet in book.worksheets)
    yield from (f"{number} sheets have the title {title}." for title, number in titles.items() if number > 1)
    tables = Counter(name for sheet in book.worksheets for name in sheet.tables)
    yield from (f"{number} tables are called {name}." for name, number in tables.items() if number > 1)
    if book.active is not book.worksheets[0]:
        yield "It does not open on its first sheet."
    cover, *others = book.worksheets
    if cover.title != COVER:
        yield "Its first sheet is not a cover."
        return
    links = [cell.hyperlink for (cell, *_) in cover.iter_rows() if cell.hyperlink is not None]
    linked = {str(link.location).rpartition("!")[0].strip("'") for link in links}
    yield from (f"The cover has no link to {sheet.title}." for sheet in others if sheet.title not in linked)


def check_title(sheet: Sheet) -> Iterator[str]:
    title = sheet["A1"]
    if not title.value:
        yield "A1 has no title."
    elif title.style != "Heading 1":
        yield "The title in A1 is not tagged as a heading."
    if any(view.selection and view.selection[0].activeCell not in (None, "A1") for view in sheet.views.sheetView):
        yield "The cursor is not in A1."


def check_plain(sheet: Sheet) -> Iterator[str]:
    """Hidden sheets, rows and columns, merged cells, frozen panes, filters, headers and footers."""
    filtered = any(table.autoFilter is not None for table in sheet.tables.values())
    sizes = [*sheet.row_dimensions.values(), *sheet.column_dimensions.values()]
    margins = [
        getattr(part, side) for part in (sheet.oddHeader, sheet.oddFooter) for side in ("left", "center", "right")
    ]
    found = {
        "The sheet is hidden.": sheet.sheet_state != "visible",
        "Cells are merged.": sheet.merged_cells.ranges,
        "Panes are frozen.": sheet.freeze_panes,
        "There are filter buttons.": filtered or sheet.auto_filter.ref,
        "Rows or columns are hidden.": any(size.hidden for size in sizes),
        "There is a header or footer.": any(margin.text for margin in margins),
    }
    yield from (words for words, fault in found.items() if fault)


def check_table(sheet: Sheet) -> Iterator[str]:
    """One table from column A on, nothing below or to the right of it, its headings given and distinct, no blank cells."""
    if sheet.title == COVER:
        return
    if len(sheet.tables) != 1:
        yield f"There are {len(sheet.tables)} tables, not one."
        return
    (table,) = sheet.tables.values()
    columns, first, last = table_edges(table.ref)
    if re.fullmatch(r"Table\d*", table.displayName):
        yield "The table has no meaningful name."
    if not table.ref.startswith("A"):
        yield "The table does not begin in column A."
    if sheet.max_row > last or sheet.max_column > columns:
        yield "There is something below or to the right of the table."
    headings = [cell.value for cell in sheet[first][:columns]]
    if not all(headings) or len({str(heading).lower() for heading in headings}) < len(headings):
        yield "Headings are missing or repeated."
    cells = (cell for row in sheet.iter_rows(first, last, 1, columns) for cell in row)
    blank = [cell.coordinate for cell in cells if cell.value in (None, "")]
    if blank:
        yield f"{len(blank)} cells of the table are blank, such as {blank[0]}."


def table_edges(ref: str) -> tuple[int, int, int]:
    """The last column, the first row and the last row of a table."""
    (first, _), (last, columns) = map(xl_cell_to_rowcol, ref.split(":"))
    return columns + 1, first + 1, last + 1


def check_cells(sheet: Sheet) -> Iterator[str]:
    """The faults of cells, each once with the first cell that has it, and columns that are too narrow or too wide."""
    first = min((table_edges(table.ref)[1] for table in sheet.tables.values()), default=sheet.max_row + 1)
    faults: dict[str, str] = {}
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value is None:
                continue
            for words, wrong in CELL_CHECKS:
                if words not in faults and wrong(cell, first):
                    faults[words] = cell.coordinate
    yield from (f"{words}: {address}." for words, address in faults.items())
    for letter, column in sheet.column_dimensions.items():
        if not NARROWEST <= column.width <= WIDEST:
            yield f"Column {letter} is {column.width:g} characters wide."


def unreadable(cell: Any) -> bool:
    """True if the font colour has less contrast with the cell's ground than WCAG 2 asks for."""
    ground = cell.fill.fgColor if cell.fill.fill_type == "solid" else None
    dark, light = sorted((luminance(cell.font.color, "FF000000"), luminance(ground, "FFFFFFFF")))
    return (light + 0.05) / (dark + 0.05) < ACCEPTED_INK


def luminance(colour: Any, otherwise: str) -> float:
    """The relative luminance of a colour, as WCAG 2 defines it; `otherwise` is the colour if none is given."""
    rgb = colour.rgb if colour is not None and colour.type == "rgb" else otherwise
    channels = [int(rgb[start : start + 2], 16) / 255 for start in (2, 4, 6)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


CELL_CHECKS: tuple[tuple[str, Callable[[Any, int], bool]], ...] = (
    ("A cell of a table does not wrap", lambda cell, first: cell.row >= first and isinstance(cell.value, str) and not cell.alignment.wrap_text),
    ("A cell has a background colour", lambda cell, first: cell.fill.fill_type is not None),
    ("The text has too little contrast", lambda cell, first: unreadable(cell)),
    ("A note is marked with a symbol instead of words", lambda cell, first: cell.row <= first and bool(SUPERSCRIPT.search(str(cell.value)))),
    ("A link does not say what it links to", lambda cell, first: cell.hyperlink is not None and bool(VAGUE.fullmatch(str(cell.value).strip()))),
)  # fmt: skip
CHECKS: tuple[Callable[[Sheet], Iterator[str]], ...] = (check_title, check_plain, check_table, check_cells)
