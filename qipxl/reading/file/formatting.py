"""Checks cell formats if a return shows signs of damage: colours instead of words, rows struck through, months as dates.

It adds problems and never changes a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from qipxl.reading.file.cell_formats import PLAIN, CellFormat
from qipxl.reading.file.opened import ReadTable
from qipxl.reading.file.plan import TablePlan
from qipxl.reading.file.raw_workbook import Book
from qipxl.returns.problems import Problem
from qipxl.workbook.cells import is_blank
from qipxl.workbook.layout import cell_address

Formats = Mapping[tuple[int, int], CellFormat]
"""The formats of a sheet's cells by row and column, from 0."""


def check_formatting(book: Book, plans: Mapping[str, TablePlan], tables: Mapping[str, ReadTable]) -> Iterator[Problem]:
    """The problems that only cell formats show, for each table of a return."""
    for key, plan in plans.items():
        name = tables[key].placement.sheet
        if name in book.sheets and tables[key].rows:
            formats = {(cell.row, cell.column): book.reader.formats[cell.style] for cell in book.sheets[name].cells()}
            yield from table_formatting(formats, plan, key, tables[key])


def table_formatting(formats: Formats, plan: TablePlan, key: str, table: ReadTable) -> Iterator[Problem]:
    """Cells that are coloured but empty, rows struck through, and dates typed as a month only."""
    name = table.placement.sheet
    struck: list[int] = []
    for field, column in table.placement.columns.items():
        cells = [(row, formats.get((row - 1, column), PLAIN)) for row in table.rows]
        values = table.cells[field]
        heading = plan.headings[field]
        empty = [row for (row, form), value in zip(cells, values, strict=False) if is_blank(value) and form.fill]
        if field in plan.choices and empty:
            row = empty[0]
            yield Problem("colour-only", key, name, row, field, cell_address(column, row), heading, str(len(empty)))
        if field == plan.identity or (not plan.identity and not struck):
            struck = [row for row, form in cells if form.struck]
        if field in plan.dates:
            for (row, form), value in zip(cells, values, strict=False):
                if not is_blank(value) and shows_month(form.number):
                    text = f"{value:%d/%m/%Y}" if hasattr(value, "strftime") else str(value)
                    yield Problem("month-typed", key, name, row, field, cell_address(column, row), heading, text)
    if struck:
        yield Problem("struck-through", key, name, struck[0], value=str(len(struck)))


def shows_month(form: str) -> bool:
    """True for a date format with a month and a year but no day, which Excel applies to Feb-25."""
    plain = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", form.lower())
    return "m" in plain and "y" in plain and "d" not in plain and "h" not in plain
