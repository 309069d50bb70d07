"""A workbook for publication: a cover with its headline and contents, then one table per sheet, all in words and figures.

It follows the checklist of the UK Government Analysis Function for accessible spreadsheets: no grounds in colour, no merged
cells, no filters or frozen panes, no blank cells, tagged titles and tables, links that say what they link to.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd

from qipxl.errors import OutputError
from qipxl.summary.packs.accessibility import COVER, faults_in
from qipxl.summary.packs.disclosure import NOT_GIVEN, WITHHELD
from qipxl.summary.packs.pictures import PictureSpec, draw_pictures
from qipxl.summary.packs.tagging import tag_titles
from qipxl.summary.sheet_spec import LOOKED_UP, ColumnSpec, SheetSpec, excel_values
from qipxl.workbook.bulk import FilledColumn
from qipxl.workbook.styles import DATE, LINK, SECTION, TITLE
from qipxl.workbook.writer import A4, LINE, Sheet, WorkbookWriter, new_workbook

LARGER = 12 / 11
"""The font size in relation to the one that widths and heights are measured in."""
BODY: dict[str, Any] = {"font_size": 12, "text_wrap": True}
RIGHT: dict[str, Any] = {"font_size": 12, "align": "right", "indent": 1}
"""The style of numbers, which have no second line: with one, LibreOffice leaves the gap out."""
HEADING: dict[str, Any] = {"bold": True, "font_size": 12, "text_wrap": True, "bottom": 1}
COVER_WIDTH, PRINTED_WIDTH, LEAST_WIDTH = 110, 230, 7
"""The width of the cover, the most that is printed of a table, and the least width of a column, in characters."""
MOST_LINES, NARROWER = 26, 1.05
"""The most lines of a row, and the width of a digit in relation to that of the usual letter, with a reserve."""
BLANKS = f"{NOT_GIVEN} means not given, or not due yet. {WITHHELD} means withheld because the figure is small."


@dataclass(frozen=True)
class Cover:
    """The texts of a cover: the sentences of the headline, who it is for and what it is about, and notes."""

    headline: Sequence[str]
    about: Sequence[str]
    notes: Sequence[str]


def write_published(path: Path, title: str, day: date, cover: Cover, specs: Sequence[SheetSpec]) -> Path:
    """Write the workbook and return its path; raises OutputError if it cannot be written or fails the accessibility checks."""
    with new_workbook(path, title, day, finish=finished) as writer:
        names = [sheet_name(number, spec) for number, spec in enumerate(specs, 1)]
        write_cover(writer, title, cover, dict(zip(names, specs, strict=True)))
        for name, spec in zip(names, specs, strict=True):
            write_table(writer, name, spec)
    return path


def finished(path: Path) -> None:
    """Tag the titles of a finished workbook and check it, before it is moved to its path. Raises OutputError if a check fails."""
    tag_titles(path)
    if faults := faults_in(path):
        raise OutputError(f"A pack fails the accessibility checks: {' '.join(faults)}")


def is_published(path: Path) -> bool:
    """True for a workbook that `write_published` wrote."""
    try:
        with zipfile.ZipFile(path) as book:
            parts = book.read("docProps/core.xml") + book.read("xl/workbook.xml")
    except (OSError, zipfile.BadZipFile, KeyError):
        return False
    return b"<dc:creator>qipxl</dc:creator>" in parts and f'"{COVER}"'.encode() in parts


def sheet_name(number: int, spec: SheetSpec) -> str:
    """A sheet's name: its number, then as much of its title as Excel has room for, without the characters that it forbids."""
    words = " ".join(re.findall(r"\w+", spec.name))
    return f"{number} {words}"[:31].strip()


def new_sheet(writer: WorkbookWriter, name: str, title: str) -> Sheet:
    """A sheet with its title in A1."""
    sheet = writer.add_sheet(name)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.4, bottom=0.4)
    sheet.put(0, 0, title, writer.format(**TITLE))
    sheet.set_row(0, 2 * LINE)
    return sheet


def line_of_contents(name: str, spec: SheetSpec) -> str:
    """A sheet's number and finding, such as “7 Risks: 8 of 18 are above their target”; its name if the finding does not begin with it."""
    if spec.title.startswith(spec.name):
        return f"{name.partition(' ')[0]} {spec.title}"
    return f"{name}: {spec.title}" if spec.title else name


def write_cover(writer: WorkbookWriter, title: str, cover: Cover, specs: Mapping[str, SheetSpec]) -> None:
    """The cover: the headline, whom it is for, the sheets with links, and notes."""
    sheet = new_sheet(writer, COVER, title)
    sheet.set_column(0, 0, COVER_WIDTH)
    sheet.fit_to_pages(1, 1)
    body = writer.format(**BODY)
    headline, section = (writer.format(**{**BODY, **style}) for style in ({"bold": True, "font_size": 14}, SECTION))
    link = writer.format(**{**BODY, **LINK})
    contents = [(line_of_contents(name, spec), link) for name, spec in specs.items()]
    lines = [
        *((text, headline) for text in cover.headline), *((text, body) for text in cover.about), ("Contents", section), *contents,
        ("Notes", section), *((text, body) for text in (*cover.notes, BLANKS)),
    ]  # fmt: skip
    for row, (text, style) in enumerate(lines, 1):
        sheet.put(row, 0, text, style)
        sheet.set_row(row, height([(text, COVER_WIDTH / LARGER)]) + (LINE / 3 if style in (headline, section) else 0))
    first = 1 + len(cover.headline) + len(cover.about) + 1
    for row, name in enumerate(specs, first):
        sheet.link(row, 0, f"'{name}'!A1")


def write_table(writer: WorkbookWriter, name: str, spec: SheetSpec) -> None:
    """A sheet with its title, a sentence and one table; an empty table has a row that says so."""
    sheet = new_sheet(writer, name, spec.title or spec.name)
    about = " ".join(filter(None, (spec.about, spec.line, "" if spec.is_printed else LOOKED_UP)))
    sheet.put(1, 0, about, writer.format(font_size=12))
    columns = [filled(writer, column, spec.frame) for column in spec.columns]
    if not len(spec.frame):
        nothing = [spec.nothing, *(NOT_GIVEN for _ in columns[1:])]
        columns = [FilledColumn([text], [writer.format(**BODY)]) for text in nothing]
    add_table(writer, sheet, 2, spec, columns)
    if isinstance(spec, PictureSpec):
        sheet.set_default_row(LARGER * LINE)
        draw_pictures(writer, sheet, spec, 2)


def filled(writer: WorkbookWriter, column: ColumnSpec, frame: pd.DataFrame) -> FilledColumn:
    """A column's values, dates as day numbers, numbers on the right with a gap, missing values as NOT_GIVEN.

    The lines for which the frame's column `heading` is true, if it has one, are bold.
    """
    values = frame[column.source]
    cells = [published(value) for value in excel_values(values).tolist()]
    picks = np.array([isinstance(value, float) for value in cells], np.intp)
    if has_numbers(values):
        return FilledColumn(cells, [writer.format(**RIGHT, text_wrap=True), writer.format(**RIGHT)], picks)
    if "heading" in frame.columns:
        picks = np.where(frame["heading"], 2, picks)
    dated = {"num_format": "mmm yyyy", "align": "left"} if column.source == "month" else DATE
    styles = (BODY, {**BODY, **dated}, {**BODY, "bold": True})
    return FilledColumn(cells, [writer.format(**style) for style in styles], picks)


def has_numbers(values: pd.Series) -> bool:
    """True for a column of numbers; some may be missing, or words such as “no return”."""
    dated = pd.api.types.is_datetime64_any_dtype(values)
    return not dated and any(isinstance(value, int | float) and not pd.isna(value) for value in values.tolist())


def published(value: Any) -> str | float:
    """A value as it is published: never blank."""
    if pd.isna(value) or value == "":
        return NOT_GIVEN
    return float(value) if isinstance(value, int | float) else str(value)


def add_table(writer: WorkbookWriter, sheet: Sheet, row: int, spec: SheetSpec, columns: Sequence[FilledColumn]) -> None:
    """Add a table from `row` on, without colours and filter buttons, its first row tagged as headings.

    It prints as many columns as can be read on a page; of a list to look things up in, only the title prints.
    """
    widths = [max(column.width, LEAST_WIDTH) for column in spec.columns]
    rows = list(zip(*(column.values for column in columns), strict=True))
    headers = [{"header": column.heading} for column in spec.columns]
    options = {"name": spec.table, "style": None, "autofilter": False, "columns": headers}
    sheet.add_long_table(row, row + len(rows), len(columns), options)
    for index, (column, width) in enumerate(zip(spec.columns, widths, strict=True)):
        sheet.set_column(index, index, width * LARGER)
        side = RIGHT if has_numbers(spec.frame[column.source]) else {}
        sheet.put(row, index, column.heading, writer.format(**{**HEADING, **side}))
    sheet.set_row(row, height((column.heading, width) for column, width in zip(spec.columns, widths, strict=True)))
    sheet.fill(row + 1, columns, [height(zip(cells, widths, strict=True)) for cells in rows])
    sheet.repeat_rows(row)
    printed = max(1, int((np.cumsum(widths) <= PRINTED_WIDTH).sum()))
    sheet.print_area(0, 0, row + len(rows) if spec.is_printed else 1, printed - 1)


def height(cells: Iterable[tuple[object, float]]) -> float:
    """The height of a row in points: as many lines as its longest text needs in its column."""
    return LARGER * LINE * min(max((lines_of(str(text), width) for text, width in cells), default=1), MOST_LINES)


@cache
def lines_of(text: str, width: float) -> int:
    """The number of lines of a text in a column, broken between words."""
    if len(text) <= width:
        return 1 + text.count("\n")
    return sum(max(1, len(wrap(line, max(1, int(width * NARROWER))))) for line in text.split("\n"))
