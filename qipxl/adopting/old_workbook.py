"""Opens an old workbook: every filled cell, with its colour, strike-through, merge and comment.

The workbook passes the same safety checks as a return; openpyxl then reads a copy of the checked parts, without macros, links
to other workbooks or pictures.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.escape import unescape
from openpyxl.utils.exceptions import InvalidFileException

from qipxl.errors import SourceError
from qipxl.reading.file.formatting import EMPTY, cells_alone
from qipxl.reading.file.kinds import WORKBOOK, kind_of, kind_of_members, sentence
from qipxl.reading.file.limits import Limits
from qipxl.reading.file.not_collected import comments_in
from qipxl.reading.file.open import read_bytes
from qipxl.reading.file.package import DAMAGED, NO_TRUST, Package, copy_of
from qipxl.reading.file.raw_workbook import BASIS, check_tabs, relations_of, tabs_of
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.sheet_xml import SheetXml
from qipxl.reading.file.styles import is_percentage
from qipxl.text import Percent, escaped
from qipxl.workbook import layout
from qipxl.workbook.cells import CellError, NotStoredError, is_blank, normalise
from qipxl.workbook.layout import column_letters

OPENPYXL_ERRORS = (
    KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError, BadZipFile, InvalidFileException,
)  # fmt: skip
"""The errors that openpyxl raises for a damaged workbook."""
NO_COLOUR = {"", "00000000", "FFFFFFFF"}
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
        kind = kind_of(data)
        package = Package(data, limits) if kind == "zip" else None
        if package is not None:
            kind = kind_of_members(package.names, data[:200])
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
    check_tabs(titles, limits)
    if layout.STAMP in titles or set(layout.SUMMARY_SHEETS) <= set(titles):
        raise RefusedError(
            "This workbook comes from qipxl already. Leave it out: adopt only plans in layouts of your own."
        )
    sheets = {tab.title: SheetXml(package.part(tab.part)) for tab in tabs if tab.part in package.names}
    if not sheets:
        raise RefusedError("The workbook has no sheet with cells, only charts. Name the workbook that holds the plan.")
    if sum(sheet.count_filled(limits.cells) for sheet in sheets.values()) > limits.cells:
        raise RefusedError(f"The workbook has more than {limits.cells:,} filled cells; no plan has. {NO_TRUST}")
    for sheet_xml in sheets.values():  # refuses impossible rows, and cells spread so far that only an attack does it
        sheet_xml.nearby(limits)
    parts = {name: package.part(name) for name in BASIS if name in package.names}
    for tab in tabs:
        parts[tab.part] = cells_alone(sheets[tab.title]) if tab.title in sheets else EMPTY
    values, formulas = load_parts(parts, values=True), load_parts(parts, values=False)
    for tab in tabs:
        sheet = sheets.get(tab.title)
        merged = merges_of(sheet) if sheet else {}
        hidden = frozenset(sheet.hidden_rows()) if sheet else frozenset()
        folder, _, base = tab.part.rpartition("/")
        related = relations_of(package, f"{folder}/_rels/{base}.rels", folder).values()
        notes = [part for kind, part in related if kind.lower().endswith(("/comments", "/threadedcomment"))]
        comments = {address: " ".join(text.split()) for address, text in comments_in(package, notes)}
        yield OldTab(tab.title, tab.hidden, cells_of(values, formulas, tab.title, comments), merged, hidden)


def merges_of(sheet: SheetXml) -> dict[Position, Position]:
    """The first and the last cell of each merge."""
    return {(merge.first_row, merge.first_column): (merge.last_row, merge.last_column) for merge in sheet.merges()}


def load_parts(parts: Mapping[str, bytes], *, values: bool) -> Any:
    """The parts as openpyxl reads them: with the values of formulas, or with the formulas."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load_workbook(BytesIO(copy_of(parts)), data_only=values)
    except OPENPYXL_ERRORS as error:
        raise RefusedError(DAMAGED) from error


def cells_of(values: Any, formulas: Any, title: str, comments: Mapping[str, str]) -> dict[Position, OldCell]:
    """The cells of a tab that hold a value, a colour or a comment."""
    found: dict[Position, OldCell] = {}
    if title not in values.sheetnames or not hasattr(values[title], "_cells"):
        return found
    written = formulas[title]._cells
    for (row, column), cell in values[title]._cells.items():
        value = cell_value(cell.value, cell.data_type)
        if cell.value is None and (formula := written.get((row, column))) is not None and formula.data_type == "f":
            value = NotStoredError(f"={formula.value}".replace("==", "=", 1))
        if isinstance(value, float) and is_percentage(cell.number_format):
            value = Percent(value)
        fill, comment = fill_colour(cell), comments.get(cell.coordinate, "")
        if not is_blank(value) or fill or comment:
            font = cell.font
            style = (fill, bool(font.b), bool(font.strike), comment, shown_as(value, cell.number_format))
            found[row - 1, column - 1] = OldCell(row - 1, column - 1, value, *style)
    return found


def cell_value(value: object, kind: str) -> object:
    """A cell's value as the reader of returns gives it."""
    if isinstance(value, str) and kind != "e":
        return unescape(value).replace("\r\n", "\n").replace("\r", "\n")
    return CellError(str(value)) if kind == "e" else normalise(value)


ZERO_PADDED = re.compile(r"(0+)(?:\.(0+))?")


def shown_as(value: object, pattern: str) -> str:
    """A number as its format shows it with leading or trailing zeros, such as 007; empty for other formats."""
    found = ZERO_PADDED.fullmatch(pattern)
    if found is None or isinstance(value, bool) or not isinstance(value, float):
        return ""
    places = len(found[2] or "")
    return f"{value:0{len(found[1]) + (places + 1 if places else 0)}.{places}f}"


def fill_colour(cell: Any) -> str:
    """A cell's own fill colour; empty for none, for white, and for colours of conditional formats."""
    fill = cell.fill
    if fill is None or fill.fill_type != "solid":
        return ""
    colour = fill.fgColor
    if colour.type == "rgb":
        return "" if colour.rgb in NO_COLOUR else str(colour.rgb)[-6:]
    return f"{colour.type} {colour.theme if colour.type == 'theme' else colour.indexed}"
