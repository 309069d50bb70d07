"""An old workbook opened: every cell that holds something, with what its colour, strike-through, merge or comment may mean.

The same safety look as at a return comes first; openpyxl is then given a copy of what was looked at, without macros, links to
other books or pictures.
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
from qipxl.workbook import layout
from qipxl.workbook.cells import CellError, NotStoredError, is_blank, normalise
from qipxl.workbook.layout import column_letters

NO_COLOUR = {"", "00000000", "FFFFFFFF"}
Location = tuple[int, int]
"""A cell's row and column, both counted from 0."""


@dataclass(frozen=True)
class OldCell:
    """A cell that holds something, or is coloured or commented on.

    `fill` is its colour, such as FF0000 or theme 5; `shown` how a number looks that its format fills up, such as 1.10 or 007.
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
        """Such as B7."""
        return f"{column_letters(self.column)}{self.row + 1}"

    @property
    def filled(self) -> bool:
        """True where it holds something."""
        return not is_blank(self.value)


@dataclass(frozen=True)
class OldTab:
    """A tab: its cells by place, the blocks of merged ones by the place of their first cell, its hidden rows."""

    title: str
    hidden: bool
    cells: Mapping[Location, OldCell]
    merged: Mapping[Location, Location] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()

    @cached_property
    def rows(self) -> Mapping[int, Mapping[int, OldCell]]:
        """The rows that hold something: their cells that do, by column."""
        rows: dict[int, dict[int, OldCell]] = {}
        for (row, column), cell in sorted(self.cells.items()):
            if cell.filled:
                rows.setdefault(row, {})[column] = cell
        return rows

    @cached_property
    def covered(self) -> Mapping[Location, Location]:
        """For each cell under a merge, the cell in which its value stands."""
        return {
            (row, column): first
            for first, last in self.merged.items()
            for row in range(first[0], min(last[0], first[0] + TALLEST) + 1)
            for column in range(first[1], min(last[1], first[1] + TALLEST) + 1)
        }


TALLEST = 200
"""Rows or columns of a merge that are looked at: somebody merged a whole column."""


@dataclass(frozen=True)
class OldWorkbook:
    """An old workbook, its tabs in order."""

    path: Path
    tabs: tuple[OldTab, ...]

    @property
    def filled(self) -> int:
        """How many cells hold something."""
        return sum(len(cells) for tab in self.tabs for cells in tab.rows.values())


def is_struck(cells: Mapping[int, OldCell]) -> bool:
    """True for a row most of whose cells are struck through."""
    return sum(cell.struck for cell in cells.values()) * 2 > len(cells)


def open_old_workbook(path: Path, limits: Limits | None = None) -> OldWorkbook:
    """Open a workbook that qipxl did not issue.

    Raises SourceError with one sentence where it is none, is damaged, asks for more than the limits, or comes from qipxl.
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
        return OldWorkbook(path, tuple(tabs_with_cells(package, limits)))
    except RefusedError as refusal:
        raise SourceError(f"{path.name}: {refusal}") from None
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror or 'damaged'}). Check the name.") from None


def tabs_with_cells(package: Package, limits: Limits) -> Iterator[OldTab]:
    """The tabs of a workbook that was looked at."""
    tabs = tabs_of(package)
    titles = [tab.title for tab in tabs]
    check_tabs(titles, limits)
    if layout.STAMP in titles or set(layout.SUMMARY_SHEETS) <= set(titles):
        raise RefusedError(
            "This workbook comes from qipxl already. Leave it out: adopting is for plans in layouts of your own."
        )
    sheets = {tab.title: SheetXml(package.part(tab.part)) for tab in tabs if tab.part in package.names}
    if not sheets:
        raise RefusedError("The workbook has no sheet with cells, only charts. Name the workbook that holds the plan.")
    if sum(sheet.count_filled(limits.cells) for sheet in sheets.values()) > limits.cells:
        raise RefusedError(f"The workbook has more than {limits.cells:,} filled cells; no plan has. {NO_TRUST}")
    for each in sheets.values():  # rows that no sheet has, and cells spread as only an attack spreads them, are refused
        each.nearby(limits)
    parts = {name: package.part(name) for name in BASIS if name in package.names}
    for tab in tabs:
        parts[tab.part] = cells_alone(sheets[tab.title]) if tab.title in sheets else EMPTY
    values, formulas = opened(parts, values=True), opened(parts, values=False)
    for tab in tabs:
        sheet = sheets.get(tab.title)
        merged = merges_of(sheet) if sheet else {}
        hidden = frozenset(sheet.hidden_rows()) if sheet else frozenset()
        folder, _, base = tab.part.rpartition("/")
        related = relations_of(package, f"{folder}/_rels/{base}.rels", folder).values()
        notes = [part for said, part in related if said.lower().endswith(("/comments", "/threadedcomment"))]
        comments = {place: " ".join(text.split()) for place, text in comments_in(package, notes)}
        yield OldTab(tab.title, tab.hidden, cells_of(values, formulas, tab.title, comments), merged, hidden)


def merges_of(sheet: SheetXml) -> dict[Location, Location]:
    """The first and the last cell of each block of merged ones."""
    return {(each.first_row, each.first_column): (each.last_row, each.last_column) for each in sheet.merges()}


def opened(parts: Mapping[str, bytes], *, values: bool) -> Any:
    """The parts as openpyxl reads them: formulas as their values, or as formulas."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load_workbook(BytesIO(copy_of(parts)), data_only=values)
    except (
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        SyntaxError,
        BadZipFile,
        InvalidFileException,
    ) as error:
        raise RefusedError(DAMAGED) from error


def cells_of(values: Any, formulas: Any, title: str, comments: Mapping[str, str]) -> dict[Location, OldCell]:
    """The cells of a tab that hold something, are coloured or commented on."""
    found: dict[Location, OldCell] = {}
    if title not in values.sheetnames or not hasattr(values[title], "_cells"):
        return found
    written = formulas[title]._cells
    for (row, column), cell in values[title]._cells.items():
        value = value_of(cell.value, cell.data_type)
        if cell.value is None and (behind := written.get((row, column))) is not None and behind.data_type == "f":
            value = NotStoredError(f"={behind.value}".replace("==", "=", 1))
        fill, comment = colour_of(cell), comments.get(cell.coordinate, "")
        if not is_blank(value) or fill or comment:
            font = cell.font
            looks = (fill, bool(font.b), bool(font.strike), comment, shown_as(value, cell.number_format))
            found[row - 1, column - 1] = OldCell(row - 1, column - 1, value, *looks)
    return found


def value_of(value: object, kind: str) -> object:
    """A cell's value as the reader of returns has it."""
    if isinstance(value, str) and kind != "e":
        return unescape(value).replace("\r\n", "\n").replace("\r", "\n")
    return CellError(str(value)) if kind == "e" else normalise(value)


FILLED_UP = re.compile(r"(0+)(?:\.(0+))?")


def shown_as(value: object, pattern: str) -> str:
    """How a number looks whose format fills it up with noughts; empty for all others."""
    found = FILLED_UP.fullmatch(pattern)
    if found is None or isinstance(value, bool) or not isinstance(value, float):
        return ""
    places = len(found[2] or "")
    return f"{value:0{len(found[1]) + (places + 1 if places else 0)}.{places}f}"


def colour_of(cell: Any) -> str:
    """A cell's own fill; empty for none, for white, and for what only a conditional format shows."""
    fill = cell.fill
    if fill is None or fill.fill_type != "solid":
        return ""
    colour = fill.fgColor
    if colour.type == "rgb":
        return "" if colour.rgb in NO_COLOUR else str(colour.rgb)[-6:]
    return f"{colour.type} {colour.theme if colour.type == 'theme' else colour.indexed}"
