"""A workbook being written: the same bytes for the same content, and never a half-written file."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter
from numpy.typing import ArrayLike, NDArray
from xlsxwriter.chart import Chart
from xlsxwriter.chart_bar import ChartBar
from xlsxwriter.chart_column import ChartColumn
from xlsxwriter.chart_line import ChartLine
from xlsxwriter.format import Format
from xlsxwriter.url import Url
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import CellFormulaTuple, Worksheet

from qipxl.errors import OutputError
from qipxl.text import printable
from qipxl.workbook.bulk import (
    CellColumn,
    FilledColumn,
    LinkColumn,
    Links,
    cell_column,
    rows_xml,
)
from qipxl.workbook.layout import column_letters
from qipxl.workbook.packaging import PackedWorkbook

FONT = {"font_name": "Calibri", "font_size": 11, "valign": "top"}
TITLE: dict[str, object] = {"bold": True, "font_size": 16, "font_color": "#12436D"}
"""How the title of a sheet looks."""
TITLE_HEIGHT = 21
A4 = 9
LONGEST_TEXT = 32_767
LONGEST_HEADING = 240
"""Characters of a table's heading; Excel allows 255, and two that are alike get a number."""
LONGEST_WORDS = 1_000
"""Characters of a title of a chart, and of its description."""
IN_A_GROUP = 500
"""Sparklines of one look that are drawn as one group."""
MOST_LINKS = 65_530
"""Links that Excel allows on a sheet."""


class Sheet(Worksheet):  # type: ignore[misc]  # XlsxWriter has no types
    """A worksheet that writes formulas exactly as they are given.

    XlsxWriter looks for newer functions in every formula with some thirty searches, which costs ten times the writing
    and would alter words such as FILTER( inside a text; qipxl's formulas name functions of Excel 2016 only.
    """

    def __init__(self) -> None:
        super().__init__()
        self.dim_rowmax: int | None
        self.filled: tuple[int, NDArray[np.float64], Sequence[CellColumn]] | None = None
        self.linked: list[Links] = []
        self.related: dict[str, int] = {}

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")

    def _write_formula(
        self, row: int, col: int, formula: str, cell_format: Format | None = None, value: object = 0
    ) -> int:
        """The formula and its value, both without characters that would spoil the file.

        XlsxWriter would search the formula for names of newer functions, and finds them in its texts too.
        """
        said = literal(value) if isinstance(value, str) else value
        if self._check_dimensions(row, col):
            return -1
        self.table[row][col] = CellFormulaTuple(literal(self._prepare_formula(formula)), cell_format, said)
        return 0

    def _write_string(self, row: int, col: int, string: str, cell_format: Format | None = None) -> int:
        """Every text of a cell comes through here: `put`, `write_string` and the headings of tables."""
        return int(super()._write_string(row, col, cell_text(string), cell_format))

    def put(self, row: int, column: int, value: object, format: Format) -> None:
        """Write one value as what it is: text always as text, never as a formula or a link; nothing for nothing.

        Straight to XlsxWriter's own inner methods: the outer ones first try to read the row as “A1”, for every cell.
        """
        if isinstance(value, str):
            if value:
                self._write_string(row, column, value, format)
        elif isinstance(value, bool):
            self._write_boolean(row, column, value, format)
        elif isinstance(value, int | float):
            if value == value:
                self._write_number(row, column, value, format)
        elif isinstance(value, date):
            moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
            self._write_datetime(row, column, moment, format)

    def formula(self, row: int, column: int, formula: str, format: Format, value: object) -> None:
        """Write a formula with its value, straight to the inner method for the same reason."""
        self._write_formula(row, column, formula, format, value)

    def link(self, row: int, column: int, place: str) -> None:
        """Make a cell that holds something already lead to a place in this workbook.

        Straight into XlsxWriter's own record of links: its outer method would write the cell anew. Nothing more is
        linked beyond what a sheet may hold.
        """
        self.hlink_count += 1
        if self.hlink_count <= MOST_LINKS:
            self.hyperlinks[row][column] = Url(f"internal:{place}")

    def data_validation(
        self,
        first_row: int,
        first_col: int,
        last_row: int | None = None,
        last_col: int | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> int:
        """A limit of cells, as XlsxWriter adds it; its words are texts."""
        words = {key: literal(said) for key, said in (options or {}).items() if key in WORDS_OF_LIMITS}
        limit = {**(options or {}), **words}
        return int(super().data_validation(first_row, first_col, last_row, last_col, limit))

    def draw(self, row: int, column: int, chart: Chart, about: str) -> None:
        """Put a chart on the sheet, described in words for people who cannot see it."""
        self.insert_chart(row, column, chart, {"description": literal(about, LONGEST_WORDS), "object_position": 1})

    def add_sparklines(self, first: int, column: int, spans: Sequence[str], look: Mapping[str, Any]) -> None:
        """A sparkline of one look in each row of a column, from row `first` on (counted from 0), drawn from the cells in `spans`.

        In groups: XlsxWriter works out every style there is for each.
        """
        places = [f"{column_letters(column)}{first + row + 1}" for row in range(len(spans))]
        for start in range(0, len(spans), IN_A_GROUP):
            group = slice(start, start + IN_A_GROUP)
            self.add_sparkline(first + start, column, {**look, "location": places[group], "range": spans[group]})

    def add_table(
        self,
        first_row: int,
        first_col: int,
        last_row: int | None = None,
        last_col: int | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> int:
        """A table, as XlsxWriter adds it; a heading such as _x0041_, which Excel would take for A, is written as it is."""
        added = int(super().add_table(first_row, first_col, last_row, last_col, options))
        for column in self.tables[-1]["columns"]:
            column["name"] = self._escape_control_characters(column["name"])
        return added

    def add_long_table(self, first: int, last: int, columns: int, look: dict[str, Any]) -> None:
        """Add a table from column A, between two rows counted from 0, as `add_table` does.

        That would note every cell of the table, to see whether two tables overlap: here it is told of two rows, and the table
        then made as long as it is.
        """
        self.add_table(first, 0, first + 1, columns - 1, look)
        table = self.tables[-1]
        for key in ("range", "a_range", "autofilter"):
            if table.get(key):
                table[key] = xl_range(first, 0, last, columns - 1)

    def fill(self, first: int, columns: Iterable[FilledColumn], heights: ArrayLike) -> None:
        """Write many rows below everything else on the sheet, a column at a time, from row `first` (counted from 0)."""
        high = np.asarray(heights, np.float64)
        cells = [cell_column(index, column, self.text_index) for index, column in enumerate(columns)]
        if len(high) and cells:
            self._check_dimensions(first, 0)
            self._check_dimensions(first + len(high) - 1, len(cells) - 1)
            self.filled = (first, high, cells)

    def text_index(self, text: str, uses: int) -> int:
        """A text's place among the workbook's, where it is used so many times."""
        index = int(self.str_table._get_shared_string_index(cell_text(text)))
        self.str_table.count += uses - 1
        return index

    def _write_rows(self) -> None:
        """The cells that were written one by one, then the many below them, which are let go of.

        XlsxWriter itself is told of no row below its own: it would make a record of each.
        """
        if self.filled is None:
            super()._write_rows()
            return
        last = self.dim_rowmax
        self.dim_rowmax = max((*self.table, *self.row_info), default=self.dim_rowmin)
        super()._write_rows()
        for rows in rows_xml(*self.filled):
            self.fh.write(rows)
        self.filled, self.dim_rowmax = None, last

    def link_column(self, column: LinkColumn) -> None:
        """Make the cells of a column lead somewhere, as far as a sheet may hold so many links."""
        links = column.kept(max(0, MOST_LINKS - self.hlink_count))
        if len(links):
            self.hlink_count += len(links)
            self.linked.append(links)

    def _write_hyperlinks(self) -> None:
        if not self.linked:
            super()._write_hyperlinks()
            return
        self._xml_start_tag("hyperlinks")
        for row, found in sorted(self.hyperlinks.items()):
            for index, url in sorted(found.items()):
                self._write_hyperlink_internal(row, index, url)
        for links in self.linked:
            self.fh.write(links.xml(self.related_file))
        self.linked.clear()
        self._xml_end_tag("hyperlinks")

    def related_file(self, file: str) -> int:
        """The number of the relationship that leads from this sheet to a file."""
        if file not in self.related:
            self.rel_count += 1
            self.related[file] = self.rel_count
            target = Url(f"external:{literal(file).replace('#', '%23')}")._target()
            self.external_hyper_links.append(["/hyperlink", target, "External"])
        return self.related[file]

    def _xml_start_tag_unencoded(self, tag: str, attributes: Sequence[tuple[str, object]] = ()) -> None:
        """A row's height is what its text needs now, not one that somebody fixed: it goes on growing with the text."""
        kept = [each for each in attributes if tag != "row" or each[0] != "customHeight"]
        super()._xml_start_tag_unencoded(tag, kept)


WORDS_OF_LIMITS = ("input_title", "input_message", "error_title", "error_message")


def literal(text: str, most: int = LONGEST_TEXT) -> str:
    """A text that people wrote, as any part of a workbook can hold it.

    Everything that qipxl has XlsxWriter write comes through here: cells, titles and names in charts, descriptions, links,
    messages of limits, the workbook's title. It is written as a text by a way that takes no text for a formula or a range.
    """
    return printable(text)[:most]


def heading_text(text: str) -> str:
    """A text as a table's heading: on one line, no longer than Excel allows."""
    return " ".join(literal(text).split())[:LONGEST_HEADING].strip()


def cell_text(text: str) -> str:
    """A text as a cell can hold it. XlsxWriter takes <r>...</r> for its own mark-up: a space in front keeps it text."""
    kept = literal(text)
    return f" {kept}" if kept.startswith("<r>") and kept.endswith("</r>") else kept


class LiteralNames(Chart):  # type: ignore[misc]  # XlsxWriter has no types
    """A chart in which a title or a name that is given as a text is that text.

    XlsxWriter takes one that looks like a range ("=Sources!A1", "Falls (see Rota!B2)") for a range. A list of a sheet and its
    cells, in numbers, goes on being a range.
    """

    def _process_names(self, name: str | list[Any] | None, name_formula: str | None) -> tuple[str | None, str | None]:
        if isinstance(name, str):
            return literal(name, LONGEST_WORDS), None
        found: tuple[str | None, str | None] = super()._process_names(name, None)
        return found


class BarChart(LiteralNames, ChartBar):  # type: ignore[misc]  # XlsxWriter has no types
    """Bars that lie."""


class ColumnChart(LiteralNames, ChartColumn):  # type: ignore[misc]  # XlsxWriter has no types
    """Bars that rise."""


class LineChart(LiteralNames, ChartLine):  # type: ignore[misc]  # XlsxWriter has no types
    """Lines and dots."""


class WorkbookWriter:
    """A workbook and its formats, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self.formats: dict[tuple[tuple[str, object], ...], Format] = {}

    def format(self, **looks: object) -> Format:
        """A cell format; without looks, the plain font."""
        key = tuple(sorted(looks.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({**FONT, **looks})
        return self.formats[key]

    def add_chart(self, chart: Chart) -> None:
        """Add a chart, as the workbook's own method does with charts that it makes."""
        chart.embedded = True
        self.book.charts.append(chart)

    def sheet(self, name: str, title: str, about: str) -> Sheet:
        """A new sheet with its title and a sentence above whatever follows, set up for printing."""
        sheet: Sheet = self.book.add_worksheet(name, Sheet)
        sheet.set_row(0, TITLE_HEIGHT)
        sheet.write_string(0, 0, title, self.format(**TITLE))
        sheet.write_string(1, 0, about, self.format(font_color="#404040"))
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer("&L&8&A&R&8Page &P of &N")
        return sheet


LINE = 15.0
"""Points a line of text takes."""


def row_height(cells: Iterable[tuple[object, float]]) -> float:
    """The height in points that a row needs, given each cell's text and its column's width in characters."""
    most = 1
    for text, width in cells:
        lines = sum(max(1, math.ceil(len(line) * 1.1 / width)) for line in str(text).split("\n"))
        most = max(most, lines)
    return LINE * min(most, 26)


@contextmanager
def new_workbook(
    path: Path, title: str, created: date, *, finish: Callable[[Path], None] = lambda path: None
) -> Iterator[WorkbookWriter]:
    """A workbook that stands at `path` only once it is whole: written beside it, given to `finish`, then renamed.

    Raises OutputError where the folder cannot be written or the file is open elsewhere.
    """
    temporary = temporary_path_for(path)
    try:
        book = PackedWorkbook(temporary, WRITING)
        book.set_properties(
            {"title": literal(title), "author": "qipxl", "created": datetime(created.year, created.month, created.day)}
        )
        yield WorkbookWriter(book)
        book.close()
        finish(temporary)
        os.replace(temporary, path)
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        raise OutputError(cannot_write(path, error)) from None
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> Path:
    """A text file, in UTF-8, that stands at `path` only once it is whole; raises OutputError where it cannot be written."""
    return write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> Path:
    """A file that stands at `path` only once it is whole; raises OutputError where it cannot be written."""
    temporary = temporary_path_for(path)
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    except OSError as error:
        raise OutputError(cannot_write(path, error)) from None
    finally:
        temporary.unlink(missing_ok=True)
    return path


WRITING: dict[str, Any] = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "dd/mm/yyyy",
}


def temporary_path_for(path: Path) -> Path:
    """A temporary name in the folder that a file will stand in; the folder is made where it is missing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".qipxl-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        os.chmod(name, 0o666 & ~current_umask())
    except OSError as error:
        raise OutputError(cannot_write(path, error)) from None
    return Path(name)


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def cannot_write(path: Path, error: object) -> str:
    """One sentence for a file that cannot be written."""
    if isinstance(error, FileExistsError | NotADirectoryError):
        return f"{path} cannot be written: {path.parent} is a file, not a folder."
    if isinstance(error, PermissionError) and path.exists():
        return f"{path} cannot be replaced. Close it if it is open elsewhere, or choose another name."
    if isinstance(error, PermissionError):
        return f"The folder {path.parent} cannot be written to. Choose another folder."
    reason = getattr(error, "strerror", None) or str(error)
    return f"{path} cannot be written: {reason}."
