"""Opens an old workbook: every filled cell, with its colour, strike-through, merge and comment.

The workbook passes the same safety checks as a return. Its cells are read from the XML of the sheets, so that what a plan may
hold besides, such as links to other workbooks, pivot tables, pictures and macros, cannot stop it from being read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from string import ascii_uppercase

from qipxl.errors import SourceError
from qipxl.reading.file.kinds import WORKBOOK, sentence
from qipxl.reading.file.limits import Limits
from qipxl.reading.file.not_collected import comments_in
from qipxl.reading.file.open import read_bytes
from qipxl.reading.file.package import DAMAGED, NO_TRUST, Package, is_well_formed, package_of
from qipxl.reading.file.raw_workbook import check_tabs
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.sheet_values import ValueReader
from qipxl.reading.file.sheet_xml import SheetXml, column_index
from qipxl.reading.file.workbook_parts import relations_of, tabs_of, value_reader
from qipxl.text import Percent, as_text, escaped
from qipxl.workbook import layout
from qipxl.workbook.cells import HiddenError, is_blank
from qipxl.workbook.layout import column_letters

Position = tuple[int, int]
"""A cell's row and column, from 0."""


@dataclass(frozen=True)
class OldCell:
    """A cell with a value, a colour or a comment.

    `fill` is its colour, such as FF0000 or theme 5; `shown` a number as its format pads it with zeros, such as 1.10 or 007.
    """

    row: int
    column: int
    value: object = ""
    fill: str = ""
    bold: bool = False
    struck: bool = False
    comment: str = ""
    shown: str = ""

    @property
    def address(self) -> str:
        """The address, such as B7."""
        return f"{column_letters(self.column)}{self.row + 1}"

    @property
    def filled(self) -> bool:
        """True if the cell holds a value."""
        return not is_blank(self.value)


@dataclass(frozen=True)
class OldTab:
    """A tab: its cells by place, the blocks of merged ones by the place of their first cell, its hidden rows."""

    title: str
    hidden: bool
    cells: Mapping[Position, OldCell]
    merged: Mapping[Position, Position] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()

    @cached_property
    def rows(self) -> Mapping[int, Mapping[int, OldCell]]:
        """The filled rows: for each its filled cells, by column."""
        rows: dict[int, dict[int, OldCell]] = {}
        for (row, column), cell in sorted(self.cells.items()):
            if cell.filled:
                rows.setdefault(row, {})[column] = cell
        return rows

    @cached_property
    def covered(self) -> Mapping[Position, Position]:
        """For each cell under a merge, the position of the merge's first cell."""
        return {
            (row, column): first
            for first, last in self.merged.items()
            for row in range(first[0], min(last[0], first[0] + LARGEST_MERGE) + 1)
            for column in range(first[1], min(last[1], first[1] + LARGEST_MERGE) + 1)
        }


LARGEST_MERGE = 200
"""The most rows or columns of a merge that are read, because people merge whole columns."""


@dataclass(frozen=True)
class OldWorkbook:
    """An old workbook with its tabs in order."""

    path: Path
    tabs: tuple[OldTab, ...]

    @property
    def name(self) -> str:
        """The file's name, as it is shown."""
        return escaped(self.path.name)

    @property
    def stem(self) -> str:
        """The file's name without its ending, as it is shown."""
        return escaped(self.path.stem)

    @property
    def filled(self) -> int:
        """The number of filled cells."""
        return sum(len(cells) for tab in self.tabs for cells in tab.rows.values())


def is_struck(cells: Mapping[int, OldCell]) -> bool:
    """True if most cells of a row are struck through."""
    return sum(cell.struck for cell in cells.values()) * 2 > len(cells)


def open_old_workbook(path: Path, limits: Limits | None = None) -> OldWorkbook:
    """Open a workbook that qipxl did not issue.

    Raises SourceError if it is no workbook, is damaged, exceeds the limits, or comes from qipxl.
    """
    limits = limits or Limits()
    try:
        data = read_bytes(path, limits)
        kind, package = package_of(data, limits)
        if kind != WORKBOOK or package is None:
            raise RefusedError(sentence(kind, path.name))
        return OldWorkbook(path, tuple(read_tabs(package, limits)))
    except RefusedError as refusal:
        raise SourceError(f"{escaped(path.name)}: {refusal}") from None
    except OSError as error:
        raise SourceError(f"Cannot read {path} ({error.strerror or 'damaged'}). Check the name.") from None


def read_tabs(package: Package, limits: Limits) -> Iterator[OldTab]:
    """The tabs of a workbook whose package was checked."""
    tabs = tabs_of(package)
    titles = [tab.title for tab in tabs]
    sheets = {tab.title: SheetXml(package.part(tab.part)) for tab in tabs if package.holds(tab.part)}
    if not sheets:
        raise RefusedError("The workbook has no sheet with cells, only charts. Name the workbook that holds the plan.")
    check_tabs(titles, limits)
    if layout.STAMP in titles or set(layout.SUMMARY_SHEETS) <= set(titles):
        raise RefusedError(
            "This workbook comes from qipxl already. Leave it out: adopt only plans in layouts of your own."
        )
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


def hidden_cells(tab: OldTab) -> dict[Position, OldCell]:
    """The filled cells that a merged cell hides; each keeps its value and is marked as hidden."""
    return {
        position: replace(cell, value=HiddenError(as_text(cell.value)))
        for position, cell in tab.cells.items()
        if cell.filled and tab.covered.get(position, position) != position
    }


ZERO_PADDED = re.compile(r"(0+)(?:\.(0+))?")


def shown_as(value: object, pattern: str) -> str:
    """A number as its format shows it with leading or trailing zeros, such as 007; empty for other formats."""
    found = ZERO_PADDED.fullmatch(pattern)
    if found is None or isinstance(value, bool) or not isinstance(value, float):
        return ""
    places = len(found[2] or "")
    return f"{value:0{len(found[1]) + (places + 1 if places else 0)}.{places}f}"
