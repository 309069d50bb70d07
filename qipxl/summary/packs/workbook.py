"""A workbook for publication: cover, contents, then one table per sheet, all in words and figures.

It follows the checklist of the UK Government Analysis Function for accessible spreadsheets: no colour, no merged
cells, no filters or frozen panes, no blank cells, tagged titles and tables, links that say what they link to.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from qipxl.errors import OutputError
from qipxl.summary.packs.accessibility import faults_in
from qipxl.summary.packs.disclosure import NOT_GIVEN, WITHHELD
from qipxl.summary.packs.tagging import tag_titles
from qipxl.summary.sheet_spec import ColumnSpec, SheetSpec, excel_values
from qipxl.workbook.bulk import FilledColumn
from qipxl.workbook.styles import DATE
from qipxl.workbook.writer import LINE, Sheet, WorkbookWriter, new_workbook, row_height

COVER, CONTENTS = "Cover", "Contents"
TITLE: dict[str, Any] = {"bold": True, "font_size": 16}
BODY: dict[str, Any] = {"font_size": 12, "text_wrap": True}
HEADING: dict[str, Any] = {"bold": True, "font_size": 12, "text_wrap": True, "bottom": 1}
LINK: dict[str, Any] = {"font_size": 12, "font_color": "#0000C0", "underline": 1}
Heading = tuple[str, float]
"""A column's heading and width."""
BLANKS = f"{NOT_GIVEN} means not given, or not due yet. {WITHHELD} means withheld because the figure is small."
LARGER = 12 / 11
"""The font size in relation to the one that widths and heights are measured in."""
SIGN = re.compile("^[▲▼=] ")
"""The signs before a change; the words after them say the same."""


def write_published(path: Path, title: str, day: date, cover: Sequence[str], specs: Sequence[SheetSpec]) -> Path:
    """Write the workbook and return its path; raises OutputError if it cannot be written or fails the accessibility checks."""
    with new_workbook(path, title, day, finish=finished) as writer:
        write_cover(writer, title, [*cover, BLANKS])
        names = [sheet_name(number, spec) for number, spec in enumerate(specs, 1)]
        write_contents(writer, names, specs)
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
    return b"<dc:creator>qipxl</dc:creator>" in parts and f'"{CONTENTS}"'.encode() in parts


def sheet_name(number: int, spec: SheetSpec) -> str:
    """A sheet's name: its number, then as much of its title as Excel has room for, without the characters that it forbids."""
    words = " ".join(re.findall(r"\w+", spec.name))
    return f"{number} {words}"[:31].strip()


def new_sheet(writer: WorkbookWriter, name: str, title: str) -> Sheet:
    """A sheet with its title in A1."""
    sheet: Sheet = writer.book.add_worksheet(name, Sheet)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.put(0, 0, title, writer.format(**TITLE))
    sheet.set_row(0, 2 * LINE)
    return sheet


def write_cover(writer: WorkbookWriter, title: str, lines: Sequence[str]) -> None:
    """The cover: what this is, for whom, as at when, and notes; one or two sentences per row."""
    sheet = new_sheet(writer, COVER, title)
    sheet.set_column(0, 0, 100)
    for row, line in enumerate(lines, 1):
        sheet.put(row, 0, line, writer.format(**BODY))
        sheet.set_row(row, LARGER * row_height([(line, 100 / LARGER)]))


def write_contents(writer: WorkbookWriter, names: Sequence[str], specs: Sequence[SheetSpec]) -> None:
    """A table of the sheets, each name a link to its sheet."""
    sheet = new_sheet(writer, CONTENTS, CONTENTS)
    sheet.put(1, 0, "This sheet has one table, of every sheet that follows.", writer.format(font_size=12))
    plain, link = writer.format(**BODY), writer.format(**LINK)
    columns = [FilledColumn(names, [link]), FilledColumn([spec.about for spec in specs], [plain])]
    add_table(writer, sheet, 2, "tblContents", [("Sheet", 36), ("What it shows", 90)], columns)
    for row, name in enumerate(names, 3):
        sheet.link(row, 0, f"'{name}'!A1")


def write_table(writer: WorkbookWriter, name: str, spec: SheetSpec) -> None:
    """A sheet with one table; an empty table has a row that says so."""
    sheet = new_sheet(writer, name, spec.name)
    counts = f"This sheet has one table. {spec.line} Notes are on the sheet Cover."
    for row, line in enumerate((spec.about, counts, BLANKS), 1):
        sheet.put(row, 0, line, writer.format(font_size=12))
    columns = [filled(writer, column, spec.frame) for column in spec.columns]
    if not len(spec.frame):
        nothing = [spec.nothing, *(NOT_GIVEN for _ in columns[1:])]
        columns = [FilledColumn([text], [writer.format(**BODY)]) for text in nothing]
    headings = [(column.heading, column.width) for column in spec.columns]
    add_table(writer, sheet, 4, spec.table, headings, columns)


def filled(writer: WorkbookWriter, column: ColumnSpec, frame: pd.DataFrame) -> FilledColumn:
    """A column's values, dates as day numbers, missing values as NOT_GIVEN."""
    values = frame[column.source]
    plain, day = writer.format(**BODY), writer.format(**BODY, **DATE)
    dated = pd.api.types.is_datetime64_any_dtype(values)
    cells = [published(value) for value in excel_values(values).tolist()]
    days = np.array([dated and isinstance(value, float) for value in cells], np.intp)
    return FilledColumn(cells, [plain, day], days)


def published(value: Any) -> str | float:
    """A value as it is published: never blank, and a change without the sign before its words."""
    if pd.isna(value) or value == "":
        return NOT_GIVEN
    return float(value) if isinstance(value, int | float) else SIGN.sub("", str(value))


def add_table(
    writer: WorkbookWriter,
    sheet: Sheet,
    row: int,
    name: str,
    headings: Sequence[Heading],
    columns: Sequence[FilledColumn],
) -> None:
    """Add a table from `row` on, without colours and filter buttons, its first row tagged as headings."""
    widths = [width for _, width in headings]
    rows = list(zip(*(column.values for column in columns), strict=True))
    headers = [{"header": heading} for heading, _ in headings]
    options = {"name": name, "style": None, "autofilter": False, "columns": headers}
    sheet.add_long_table(row, row + len(rows), len(columns), options)
    for index, (heading, width) in enumerate(headings):
        sheet.set_column(index, index, width * LARGER)
        sheet.put(row, index, heading, writer.format(**HEADING))
    sheet.set_row(row, LARGER * row_height(headings))
    heights = [LARGER * row_height(zip(cells, widths, strict=True)) for cells in rows]
    sheet.fill(row + 1, columns, heights)
