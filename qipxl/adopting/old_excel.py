"""Reads the tabs of an old Excel workbook from the XML of its sheets.

What a plan may hold besides, such as links to other workbooks, pivot tables, pictures and macros, cannot stop it from being read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from string import ascii_uppercase

from qipxl.adopting.old_workbook import FROM_QIPXL, OldCell, OldTab, Position, hidden_cells, is_from_qipxl
from qipxl.reading.file.limits import Limits
from qipxl.reading.file.not_collected import comments_in
from qipxl.reading.file.package import DAMAGED, NO_TRUST, Package, is_well_formed
from qipxl.reading.file.raw_workbook import check_tabs
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.sheet_values import ValueReader
from qipxl.reading.file.sheet_xml import SheetXml, column_index
from qipxl.reading.file.workbook_parts import relations_of, tabs_of, value_reader
from qipxl.text import Percent
from qipxl.workbook.cells import is_blank


def read_tabs(package: Package, limits: Limits) -> Iterator[OldTab]:
    """The tabs of a workbook whose package was checked."""
    tabs = tabs_of(package)
    titles = [tab.title for tab in tabs]
    sheets = {tab.title: SheetXml(package.part(tab.part)) for tab in tabs if package.holds(tab.part)}
    if not sheets:
        raise RefusedError("The workbook has no sheet with cells, only charts. Name the workbook that holds the plan.")
    check_tabs(titles, limits)
    if is_from_qipxl(titles):
        raise RefusedError(FROM_QIPXL)
    if sum(sheet.count_filled(limits.cells) for sheet in sheets.values()) > limits.cells:
        raise RefusedError(f"The workbook has more than {limits.cells:,} filled cells; no plan has. {NO_TRUST}")
    for sheet in sheets.values():
        if not is_well_formed(sheet.xml):
            raise RefusedError(DAMAGED)
        sheet.nearby(limits)  # refuses impossible rows, and cells spread so far that only an attack does it
    reader = value_reader(package)
    for tab in tabs:
        sheet = sheets.get(tab.title, SheetXml(b""))
        merged, hidden = merges_of(sheet), frozenset(sheet.hidden_rows())
        related = relations_of(package, tab.part).values()
        notes = [part for kind, part in related if kind.lower().endswith(("/comments", "/threadedcomment"))]
        comments = {address: " ".join(text.split()) for address, text in comments_in(package, notes)}
        old = OldTab(tab.title, tab.hidden, cells_of(sheet, reader, comments), merged, hidden)
        yield replace(old, cells={**old.cells, **hidden_cells(old)})


def merges_of(sheet: SheetXml) -> dict[Position, Position]:
    """The first and the last cell of each merge."""
    return {(merge.first_row, merge.first_column): (merge.last_row, merge.last_column) for merge in sheet.merges()}


def cells_of(sheet: SheetXml, reader: ValueReader, comments: Mapping[str, str]) -> dict[Position, OldCell]:
    """The cells of a sheet that hold a value, a colour or a comment."""
    found: dict[Position, OldCell] = {}
    for cell in sheet.cells():
        value, form = reader.value(cell), reader.formats[cell.style]
        if isinstance(value, float) and form.is_percentage:
            value = Percent(value)
        if not is_blank(value) or form.fill:
            shown = shown_as(value, form.number)
            found[cell.row, cell.column] = OldCell(
                cell.row, cell.column, value, form.fill, form.bold, form.struck, shown=shown
            )
    for address, comment in comments.items():
        row, column = position_of(address)
        found[row, column] = replace(found.get((row, column), OldCell(row, column)), comment=comment)
    return found


def position_of(address: str) -> Position:
    """A cell's row and column from its address, such as B7."""
    digits = address.lstrip(ascii_uppercase)
    return int(digits) - 1, column_index(address.removesuffix(digits))


ZERO_PADDED = re.compile(r"(0+)(?:\.(0+))?")


def shown_as(value: object, pattern: str) -> str:
    """A number as its format shows it with leading or trailing zeros, such as 007; empty for other formats."""
    found = ZERO_PADDED.fullmatch(pattern)
    if found is None or isinstance(value, bool) or not isinstance(value, float):
        return ""
    places = len(found[2] or "")
    return f"{value:0{len(found[1]) + (places + 1 if places else 0)}.{places}f}"
