"""Writes workbooks: the same bytes for the same content, and never a half-written file."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import chain, repeat
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter
from numpy.typing import ArrayLike
from xlsxwriter.chart import Chart
from xlsxwriter.chart_column import ChartColumn
from xlsxwriter.chart_line import ChartLine
from xlsxwriter.chart_scatter import ChartScatter
from xlsxwriter.format import Format
from xlsxwriter.url import Url
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import CellFormulaTuple, Worksheet

from qipxl.errors import OutputError
from qipxl.files import cannot_write, new_file
from qipxl.text import printable
from qipxl.workbook.bulk import Coded, FilledColumn, LinkColumn, cell_column, rows_xml
from qipxl.workbook.cell_xml import ROWS_OF_A_SPAN, CellEnds, DoneCell, escaped, formula_end, formula_xml, row_spans
from qipxl.workbook.layout import column_letters
from qipxl.workbook.packaging import PackedWorkbook
from qipxl.workbook.shelf import Shelf
from qipxl.workbook.styles import GREY, TITLE

FONT = {"font_name": "Calibri", "font_size": 11, "valign": "top"}
TITLE_HEIGHT = 21
A4 = 9
LONGEST_TEXT = 32_767
LONGEST_HEADING = 240
"""Characters of a table's heading; Excel allows 255, and repeated headings get a number."""
LONGEST_WORDS = 1_000
"""Characters of a chart's title and description."""
IN_A_GROUP = 500
"""Sparklines of one style that are written as one group."""
MOST_LINKS = 65_530
"""The most links that Excel allows on a sheet."""


class Sheet(Worksheet):  # type: ignore[misc]  # XlsxWriter has no types
    """A worksheet that writes formulas unchanged, and large tables by column.

    XlsxWriter searches every formula for newer functions, which takes ten times as long as writing it and would change
    words such as FILTER( inside a text; qipxl's formulas use functions of Excel 2016 only.
    """

    def __init__(self) -> None:
        super().__init__()
        self.dim_rowmin: int | None
        self.dim_rowmax: int | None
        self.shelf: Shelf
        self.filled: int | None = None
        self.linked: list[int] = []
        self.related: dict[str, int] = {}
        self.shared_formulas = 0
        self.fixed_heights = False
        """True if rows keep the heights that they were given; otherwise they grow with their text."""

    def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
        return formula.removeprefix("=")

    def _write_formula(
        self, row: int, col: int, formula: str, cell_format: Format | None = None, value: object = 0
    ) -> int:
        """Store the formula and its value, both without characters that XML cannot hold.

        XlsxWriter would also search the texts inside the formula for names of newer functions.
        """
        shown = printable(value) if isinstance(value, str) else value
        if self._check_dimensions(row, col):
            return -1
        self.table[row][col] = CellFormulaTuple(printable(self._prepare_formula(formula)), cell_format, shown)
        return 0

    def _write_string(self, row: int, col: int, string: str, cell_format: Format | None = None) -> int:
        """Every text of a cell passes here: from `put`, `write_string` and the headings of tables."""
        return int(super()._write_string(row, col, cell_text(string), cell_format))

    def put(self, row: int, column: int, value: object, format: Format) -> None:
        """Write one value by its type: text always as text, never as a formula or a link; "", None and NaN are not written.

        Calls XlsxWriter's inner methods, because the public ones first try to parse the row as “A1”, for every cell.
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
        """Write a formula with its value, with the inner method for the same reason."""
        self._write_formula(row, column, formula, format, value)

    def formula_column(
        self, row: int, column: int, formulas: Sequence[str], format: Format, values: Sequence[object]
    ) -> None:
        """Write the formulas of a column with their values, from a row (from 0) on.

        If `formulas` is the only one, it is that of the first row, and moves with the rows below; they share it.
        """
        if len(formulas) == len(values):
            xmls: Iterable[str] = map(formula_xml, formulas)
        else:
            number = self.shared_formulas
            span = xl_range(row, column, row + len(values) - 1, column)
            first = f'<f t="shared" ref="{span}" si="{number}">{escaped(printable(formulas[0]))}</f>'
            xmls = chain([first], repeat(f'<f t="shared" si="{number}"/>'))
            self.shared_formulas += 1
        self.write_formulas(row, column, xmls, format, values)

    def same_formula(self, row: int, column: int, formula: str, format: Format, values: Sequence[object]) -> None:
        """Write one formula, unchanged, into the cells of a column with their values, from a row (from 0) on."""
        self.write_formulas(row, column, repeat(formula_xml(formula)), format, values)

    def write_formulas(
        self, row: int, column: int, xmls: Iterable[str], format: Format, values: Sequence[object]
    ) -> None:
        """Record the XML of formulas with their values; equal cells of a column are one record."""
        if not len(values):
            return
        self._check_dimensions(row, column)
        self._check_dimensions(row + len(values) - 1, column)
        known: dict[tuple[str, type, object], DoneCell] = {}
        rows = [self.table[number] for number in range(row, row + len(values))]
        for cells, xml, value in zip(rows, xmls, values, strict=False):
            key = (xml, value.__class__, value)
            cell = known.get(key)
            if cell is None:
                cell = known[key] = DoneCell(format, formula_end(xml, value))
            cells[column] = cell

    def link(self, row: int, column: int, target: str) -> None:
        """Link a cell that is already written to a cell of this workbook; ignored after MOST_LINKS links.

        Adds to XlsxWriter's own record of links, because its public method would write the cell again.
        """
        self.hlink_count += 1
        if self.hlink_count <= MOST_LINKS:
            self.hyperlinks[row][column] = Url(f"internal:{target}")

    def data_validation(self, first: int, left: int, last: int, right: int, options: Mapping[str, Any]) -> int:
        """Add a data validation; its messages are cleaned texts."""
        messages = {key: literal(text) for key, text in options.items() if key in VALIDATION_TEXTS}
        return int(super().data_validation(first, left, last, right, {**options, **messages}))

    def draw(self, row: int, column: int, chart: Chart, about: str) -> None:
        """Insert a chart with a description for screen readers."""
        self.insert_chart(row, column, chart, {"description": literal(about, LONGEST_WORDS), "object_position": 1})

    def draw_fixed(self, row: int, column: int, chart: Chart, about: str, right: int, down: int) -> None:
        """Insert a chart, moved by a number of pixels to the right of a cell and down; it stays as it is if rows are hidden."""
        offset = {"x_offset": right, "y_offset": down, "object_position": 3}
        self.insert_chart(row, column, chart, {"description": literal(about, LONGEST_WORDS), **offset})

    def add_sparklines(self, first: int, column: int, spans: Sequence[str], style: Mapping[str, Any]) -> None:
        """Add a sparkline to each row of a column, from row `first` (from 0) on, drawn from the cells in `spans`.

        In groups, because XlsxWriter builds all its styles again for each.
        """
        cells = [f"{column_letters(column)}{first + row + 1}" for row in range(len(spans))]
        for start in range(0, len(spans), IN_A_GROUP):
            group = slice(start, start + IN_A_GROUP)
            self.add_sparkline(first + start, column, {**style, "location": cells[group], "range": spans[group]})

    def add_table(self, first: int, left: int, last: int, right: int, options: Mapping[str, Any] | None = None) -> int:
        """Add a table; a heading such as _x0041_, which Excel would read as A, is escaped.

        The formula of a column is what new rows get. XlsxWriter would also write it into every row, without its value, and
        it records every cell of a table to detect overlaps: it adds a table of two rows, which is then extended.
        """
        given = options or {}
        declared = given.get("columns", [])
        bare = [{key: value for key, value in column.items() if key != "formula"} for column in declared]
        short = min(first + 1, last)
        added = int(super().add_table(first, left, short, right, {**given, "columns": bare} if bare else options))
        for index, column in enumerate(self.tables[-1]["columns"]):
            column["name"] = self._escape_control_characters(column["name"])
            if index < len(declared):
                column["formula"] = declared[index].get("formula", "")
        if short < last:
            self._check_dimensions(last, right)
            self.extend_table(xl_range(first, left, last, right))
        return added

    def add_long_table(self, first: int, last: int, columns: int, options: dict[str, Any]) -> None:
        """Add a table from column A, between two rows counted from 0, whose rows `fill` writes."""
        self.add_table(first, 0, first + 1, columns - 1, options)
        self.extend_table(xl_range(first, 0, last, columns - 1))

    def extend_table(self, span: str) -> None:
        """Give the table that was added last its full length."""
        table = self.tables[-1]
        for key in ("range", "a_range", "autofilter"):
            if table.get(key):
                table[key] = span

    def fill(
        self, first: int, columns: Iterable[FilledColumn], heights: ArrayLike, *, left: int = 0, folded: int = 0
    ) -> None:
        """Write many rows by column, from row `first` and column `left` (from 0) on. Single cells are above or below.

        `heights` are the rows' in points, NaN for the usual height. The last `folded` rows are hidden in a group that a click opens.
        """
        row_heights = Coded.of(pd.Series(np.asarray(heights, np.float64)))
        cells = [cell_column(index, column, self.text_index) for index, column in enumerate(columns, left)]
        if len(row_heights) and cells:
            self._check_dimensions(first, left)
            self._check_dimensions(first + len(row_heights) - 1, left + len(cells) - 1)
            self.filled = self.shelf.put((first, row_heights, cells, folded))
        if folded:
            self.outline_row_level = 1
            self.set_row(first + len(row_heights), None, None, {"collapsed": True})

    def text_index(self, text: str, uses: int) -> int:
        """A text's index among the workbook's shared texts; `uses` is the number of cells that hold it."""
        index = int(self.str_table._get_shared_string_index(cell_text(text)))
        self.str_table.count += uses - 1
        return index

    def _write_rows(self) -> None:
        """Write the single cells and, between those above and below, the filled rows, which are on the shelf until then.

        XlsxWriter does not learn of the filled rows, because it would make a record of each.
        """
        if self.filled is None:
            self.write_single_cells()
            return
        filled = self.shelf.get(self.filled)
        start, heights, *_ = filled
        first, last = self.dim_rowmin, self.dim_rowmax
        self.dim_rowmax = start - 1
        self.write_single_cells()
        for rows in rows_xml(*filled):
            self.fh.add(rows)
        self.dim_rowmin, self.dim_rowmax = start + len(heights), max((*self.table, *self.row_info), default=0)
        self.write_single_cells()
        self.dim_rowmin, self.dim_rowmax = first, last

    def write_single_cells(self) -> None:
        """Write the rows from `dim_rowmin` to `dim_rowmax` that have cells or a height; XlsxWriter's own loop takes five times as long."""
        numbers = sorted({*(row for row, cells in self.table.items() if cells), *self.row_info})
        first, last = self.dim_rowmin or 0, self.dim_rowmax or 0
        numbers = [row for row in numbers if first <= row <= last]
        spans, ends = row_spans(self.table, numbers), CellEnds()
        for row in numbers:
            cells, info = self.table.get(row), self.row_info.get(row)
            span = spans.get(row // ROWS_OF_A_SPAN)
            if not cells:
                self._write_empty_row(row, span, info)
                continue
            self._write_row(row, span, info)
            pieces = []
            address = row + 1
            for column, cell in sorted(cells.items(), key=itemgetter(0)):
                if (end := ends.of(cell)) is not None:
                    pieces.append(f'<c r="{column_letters(column)}{address}{end}')
                    continue
                self.fh.write("".join(pieces))
                pieces.clear()
                self._write_cell(row, column, cell)
            self.fh.write(f"{''.join(pieces)}</row>")

    def link_column(self, column: LinkColumn) -> None:
        """Add the links of a column, up to the most links that a sheet may hold."""
        links = column.kept(max(0, MOST_LINKS - self.hlink_count))
        if len(links):
            self.hlink_count += len(links)
            self.linked.append(self.shelf.put(links))

    def _write_hyperlinks(self) -> None:
        if not self.linked:
            super()._write_hyperlinks()
            return
        self._xml_start_tag("hyperlinks")
        for row, urls in sorted(self.hyperlinks.items()):
            for index, url in sorted(urls.items()):
                self._write_hyperlink_internal(row, index, url)
        for place in self.linked:
            self.fh.add(self.shelf.get(place).xml(self.related_file))
        self._xml_end_tag("hyperlinks")

    def related_file(self, file: str) -> int:
        """The number of this sheet's relationship to a file."""
        if file not in self.related:
            self.rel_count += 1
            self.related[file] = self.rel_count
            target = Url(f"external:{literal(file).replace('#', '%23')}")._target()
            self.external_hyper_links.append(["/hyperlink", target, "External"])
        return self.related[file]

    def _xml_start_tag_unencoded(self, tag: str, attributes: Sequence[tuple[str, object]] = ()) -> None:
        """Row heights are written without customHeight, so that rows still grow with their text, unless they are fixed."""
        kept = [pair for pair in attributes if tag != "row" or pair[0] != "customHeight" or self.fixed_heights]
        super()._xml_start_tag_unencoded(tag, kept)


VALIDATION_TEXTS = ("input_title", "input_message", "error_title", "error_message")


def literal(text: str, most: int = LONGEST_TEXT) -> str:
    """A text that people typed, in a form that any part of a workbook can hold.

    Every text passes here: cells, titles and names in charts, descriptions, links, messages of data validations, the
    workbook's title. It is then written by methods that never treat a text as a formula or a range.
    """
    return printable(text)[:most]


def heading_text(text: str) -> str:
    """A text as a table's heading: on one line and within Excel's limit."""
    return " ".join(literal(text).split())[:LONGEST_HEADING].strip()


def cell_text(text: str) -> str:
    """A text as a cell can hold it. XlsxWriter treats <r>...</r> as rich text; a leading space keeps it plain text."""
    kept = literal(text)
    return f" {kept}" if kept.startswith("<r>") and kept.endswith("</r>") else kept


class LiteralNames(Chart):  # type: ignore[misc]  # XlsxWriter has no types
    """A chart whose titles and names, if given as text, are always text.

    XlsxWriter treats a text that looks like a range ("=Sources!A1", "Falls (see Rota!B2)") as a range. A list of a sheet and
    numeric cell positions is still a range.
    """

    def _process_names(self, name: str | list[Any] | None, name_formula: str | None) -> tuple[str | None, str | None]:
        if isinstance(name, str):
            return literal(name, LONGEST_WORDS), None
        names: tuple[str | None, str | None] = super()._process_names(name, None)
        return names


class ColumnChart(LiteralNames, ChartColumn):  # type: ignore[misc]  # XlsxWriter has no types
    """Vertical bars."""


class LineChart(LiteralNames, ChartLine):  # type: ignore[misc]  # XlsxWriter has no types
    """Lines with or without markers."""


class ScatterChart(LiteralNames, ChartScatter):  # type: ignore[misc]  # XlsxWriter has no types
    """Points at pairs of numbers, with or without lines between them."""


class WorkbookWriter:
    """A workbook that is being written, and its formats, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self.shelf = Shelf()
        self.formats: dict[tuple[tuple[str, object], ...], Format] = {}

    def format(self, **style: object) -> Format:
        """A cell format with XlsxWriter's property names; without properties the plain font."""
        key = tuple(sorted(style.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({**FONT, **style})
        return self.formats[key]

    @property
    def texts(self) -> list[str]:
        """Every text that is in a cell by now."""
        return list(self.book.str_table.string_table)

    def add_chart(self, chart: Chart) -> None:
        """Register a chart, as XlsxWriter does with the charts it creates."""
        chart.embedded = True
        self.book.charts.append(chart)

    def arrange(self, order: Callable[[str], tuple[int, ...]]) -> None:
        """Sort the sheets by a key of their names; those with equal keys keep their order."""
        sheets: list[Sheet] = self.book.worksheets_objs
        sheets.sort(key=lambda sheet: order(sheet.get_name()))
        for index, sheet in enumerate(sheets):
            sheet.index = index

    def sheet(self, name: str, title: str, about: str) -> Sheet:
        """A new sheet with its title in row 1 and a sentence in row 2, set up for printing."""
        sheet = self.empty_sheet(name)
        sheet.set_row(0, TITLE_HEIGHT)
        sheet.write_string(0, 0, title, self.format(**TITLE))
        sheet.write_string(1, 0, about, self.format(font_color=GREY))
        return sheet

    def add_sheet(self, name: str) -> Sheet:
        """A new sheet as XlsxWriter sets it up."""
        sheet: Sheet = self.book.add_worksheet(name, Sheet)
        sheet.shelf = self.shelf
        return sheet

    def empty_sheet(self, name: str) -> Sheet:
        """A new sheet without cells, set up for printing."""
        sheet = self.add_sheet(name)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer("&L&8 &A&R&8 Page &P of &N")
        return sheet


LINE = 15.0
"""The height of a line of text in points."""


def row_height(cells: Iterable[tuple[object, float]]) -> float:
    """The height of a row in points, from each cell's text and its column's width in characters."""
    lines = [sum(max(1, math.ceil(len(line) * 1.1 / width)) for line in str(text).split("\n")) for text, width in cells]
    return LINE * min(max(lines, default=1), 26)


@contextmanager
def new_workbook(
    path: Path,
    title: str,
    created: date,
    *,
    finish: Callable[[Path], None] = lambda path: None,
    by_mail: bool = False,
) -> Iterator[WorkbookWriter]:
    """A workbook that appears at `path` only when it is complete.

    It is written to a temporary file in the same folder, passed to `finish` and renamed. One that goes `by_mail` is compressed
    as far as possible. Raises OutputError if the folder cannot be written or the file is open in another program.
    """
    with new_file(path) as temporary:
        book = PackedWorkbook(temporary, WRITING, by_mail=by_mail)
        midnight = datetime(created.year, created.month, created.day)
        book.set_properties({"title": literal(title), "author": "qipxl", "created": midnight})
        yield WorkbookWriter(book)
        try:
            book.close()
        except xlsxwriter.exceptions.FileCreateError as error:
            raise OutputError(cannot_write(path, error)) from None
        finish(temporary)


WRITING: dict[str, Any] = {
    "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "default_date_format": "dd/mm/yyyy",
}  # fmt: skip
