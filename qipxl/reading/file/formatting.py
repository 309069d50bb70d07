"""Checks formatting with openpyxl if a return shows signs of damage: colours instead of words, rows struck through.

It adds problems and never changes a value.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from io import BytesIO

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from qipxl.reading.file.opened import ReadTable
from qipxl.reading.file.package import copy_of
from qipxl.reading.file.plan import TablePlan
from qipxl.reading.file.raw_workbook import BASIS, Book
from qipxl.reading.file.sheet_xml import SheetXml
from qipxl.returns.problems import Problem
from qipxl.workbook.cells import is_blank
from qipxl.workbook.layout import cell_address

EMPTY = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>'


def check_formatting(book: Book, plans: Mapping[str, TablePlan], tables: Mapping[str, ReadTable]) -> Iterator[Problem]:
    """The problems that only cell formats show, for each table of a return."""
    sheets = {table.placement.sheet for table in tables.values()}
    package = book.package
    parts = {name: package.part(name) for name in BASIS if name in package.names}
    for tab in book.every_tab:
        parts[tab.part] = cells_alone(book.sheets[tab.title]) if tab.title in sheets & book.sheets.keys() else EMPTY
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        opened = load_workbook(BytesIO(copy_of(parts)))
    for key, plan in plans.items():
        name = tables[key].placement.sheet
        if name in opened.sheetnames and tables[key].rows and isinstance(sheet := opened[name], Worksheet):
            yield from table_formatting(sheet, plan, key, tables[key])


def cells_alone(sheet: SheetXml) -> bytes:
    """A sheet's XML up to its last cell; the rest may need other parts."""
    return sheet.xml[: sheet.end] + b"</sheetData></worksheet>" if sheet.plain else EMPTY


def table_formatting(sheet: Worksheet, plan: TablePlan, key: str, table: ReadTable) -> Iterator[Problem]:
    """Cells that are coloured but empty, rows struck through, and dates typed as a month only."""
    name = table.placement.sheet
    struck: list[int] = []
    for field, column in table.placement.columns.items():
        cells = [cell for row in table.rows if isinstance(cell := sheet.cell(row, column + 1), Cell)]
        values = table.cells[field]
        empty = [cell for cell, value in zip(cells, values, strict=False) if is_blank(value) and is_coloured(cell)]
        if field in plan.choices and empty:
            row = empty[0].row
            yield Problem(
                "colour-only", key, name, row, field, cell_address(column, row), plan.headings[field], str(len(empty))
            )
        if field == plan.identity or (not plan.identity and not struck):
            struck = [cell.row for cell in cells if cell.font is not None and cell.font.strike]
        if field in plan.dates:
            heading = plan.headings[field]
            for cell, value in zip(cells, values, strict=False):
                if not is_blank(value) and shows_month(str(cell.number_format)):
                    text = f"{value:%d/%m/%Y}" if hasattr(value, "strftime") else str(value)
                    yield Problem("month-typed", key, name, cell.row, field, str(cell.coordinate), heading, text)
    if struck:
        yield Problem("struck-through", key, name, struck[0], value=str(len(struck)))


def is_coloured(cell: Cell) -> bool:
    """True for a cell with a solid fill other than white."""
    fill = cell.fill
    if fill is None or fill.fill_type != "solid" or fill.fgColor is None:
        return False
    return fill.fgColor.rgb not in ("00000000", "FFFFFFFF")


def shows_month(form: str) -> bool:
    """True for a date format with a month and a year but no day, which Excel applies to Feb-25."""
    plain = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", form.lower())
    return "m" in plain and "y" in plain and "d" not in plain and "h" not in plain
