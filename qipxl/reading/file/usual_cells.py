"""The cells of a sheet from one pass over its XML, if they have the shape in which office programs write them.

Excel, LibreOffice, Google Sheets and WPS write a cell as `<c r="B2" s="1" t="s"><v>0</v></c>`. A sheet with anything else
between its rows, such as prefixes, texts within cells or cells without an address, is not usual; python-calamine reads it.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import compress, repeat
from operator import add, lt
from typing import NamedTuple

from qipxl.workbook.cells import CellError
from qipxl.workbook.layout import column_letters

ADDRESS = re.compile(rb'<c r="([A-Z]{1,2})([1-9]\d{0,3})"')
CELL = re.compile(
    rb'(?: s="(\d{1,5})")?(?: t="(s|n|str|b|e)")?'
    rb"(?:/>|>(<f(?: [^<>/]*+)?(?:/>|>[^<]*+</f>))?(?:<v>([^<]*+)</v>|<v/>)?</c>)\s*+"
)
"""What follows the address of a cell: its format, type, formula and value."""
ROW_END = b"</row>"
LONGEST_KNOWN = 500
"""The most bytes of a cell that is remembered for the next returns."""
ROWS = re.compile(rb"(?:<sheetData(?: [^<>]*+)?>(?:\s*+<row(?: [^<>/]*+)?(?:/>|>\s*+</row>))*+\s*+)?+")
"""What is left of a sheet's rows without its cells; nothing if it has no rows."""
MOST_BYTES = 8_000_000
"""More than a sheet of a tracker has; the cells of more would take much memory at once."""
COLUMNS = {column_letters(index).encode(): index for index in range(26 * 27)}
"""The index (from 0) of the columns A to ZZ by their letters."""
NUMBER = re.compile(rb"-?\d{1,30}(?:\.\d{1,30})?(?:[eE][-+]?\d{1,3})?")
WHITE_SPACE = " \t\n\r\f\v"
SPECIAL = re.compile(r"\r|&#|rPh|_x[0-9A-Fa-f]{4}_|<t>(?:\s|[^<]*+(?<=\s)</t>)", re.ASCII)
"""What python-calamine reads in its own way: line breaks of Windows, codes of characters, notes on pronunciation, and spaces at
an end that are not declared."""


class UsualCell(NamedTuple):
    """What is written about a cell, without its address.

    Attributes:
        is_shared: True if its value is the number of a shared text.
        value: That number as it is written, a text, a truth value, a number or a CellError; "" if the cell is empty, None if
            python-calamine might read it in another way.
        style: The number of its format.
        has_formula: True if it has a formula.
    """

    is_shared: bool
    value: object
    style: int
    has_formula: bool


@dataclass(frozen=True)
class UsualCells:
    """The cells of a sheet in their order, as they are written.

    Attributes:
        rows: The XML of the rows without their cells.
        letters: The letters of each address.
        digits: The row's number in each address.
        rests: What follows each address, up to the next. Equal cells have equal rests, except the last ones of rows.
        known: The cell that each distinct rest means.
    """

    rows: bytes
    letters: Sequence[bytes]
    digits: Sequence[bytes]
    rests: Sequence[bytes]
    known: Mapping[bytes, UsualCell]

    @cached_property
    def formulas(self) -> frozenset[bytes]:
        """Each rest with a formula, once."""
        return frozenset(rest for rest, cell in self.known.items() if cell.has_formula)

    def chosen(self, rests: Collection[bytes]) -> Iterator[tuple[int, int, bytes]]:
        """Row and column (from 0) and rest of each cell with one of these rests."""
        for letters, digits, rest in zip(self.letters, self.digits, self.rests, strict=True):
            if rest in rests:
                yield int(digits) - 1, COLUMNS[letters], rest

    def typed(self, columns: Collection[int]) -> Iterator[tuple[int, int]]:
        """Row and column (from 0) of each cell of these columns with a value and without a formula."""
        letters = {each for each in set(self.letters) if COLUMNS[each] in columns}
        cells = zip(self.letters, self.digits, self.rests, strict=True)
        for each, digits, rest in compress(cells, map(letters.__contains__, self.letters)):
            if rest not in self.formulas and b"<v>" in rest:
                yield int(digits) - 1, COLUMNS[each]

    def grid(self, values: Sequence[object]) -> list[list[object]] | None:
        """The values of the cells, one of each, as rows of one length from A1 on; cells with "" are left out.

        None if a cell comes after one that is to the right of it or below.
        """
        filled = [value != "" for value in values]
        letters, digits = compress(self.letters, filled), list(compress(self.digits, filled))
        columns = [COLUMNS[each] for each in letters]
        width = max(columns, default=-1) + 1
        starts = {each: (int(each) - 1) * width for each in set(digits)}
        places = list(map(add, map(starts.__getitem__, digits), columns))
        if places and (places[0] < 0 or not all(map(lt, places, places[1:]))):
            return None
        cells: list[object] = [""] * (max(starts.values(), default=-width) + width)
        for place, value in zip(places, compress(values, filled), strict=True):
            cells[place] = value
        return [cells[start : start + width] for start in range(0, len(cells), width or 1)]


def usual_cells(rows: bytes) -> UsualCells | None:
    """The cells of a sheet's rows, given from `<sheetData>` up to its end tag; None if they are not of the usual shape.

    >>> xml = b'<sheetData><row r="2"><c r="B2" t="s"><v>0</v></c></row>'
    >>> cells = usual_cells(xml)
    >>> cells.letters, cells.digits, [cell.value for cell in cells.known.values()]
    ([b'B'], [b'2'], [b'0'])
    >>> usual_cells(xml.replace(b"<v>", b"<x:v>")) is None
    True
    """
    if len(rows) > MOST_BYTES:
        return None
    begin, *pieces = ADDRESS.split(rows)
    letters, digits, rests = pieces[::3], pieces[1::3], pieces[2::3]
    known: dict[bytes, UsualCell] = {}
    after: dict[bytes, bytes] = {}
    for rest in set(rests):
        cell, end, others = rest.partition(ROW_END)
        found = known_cell(cell) if len(cell) <= LONGEST_KNOWN else usual_cell(cell)
        if found is None:
            return None
        known[rest] = found
        if end:
            after[rest] = end + others
    between = begin + b"".join(map(after.get, rests, repeat(b"")))
    return UsualCells(between, letters, digits, rests, known) if ROWS.fullmatch(between) else None


def usual_cell(xml: bytes) -> UsualCell | None:
    """The cell that is meant by what follows its address; None if it is not of the usual shape."""
    found = CELL.fullmatch(xml)
    if found is None:
        return None
    style, kind, formula, value = found.groups(b"")
    shared = kind == b"s"
    return UsualCell(shared, value if shared else usual_value(kind, value), int(style or 0), formula != b"")


@lru_cache(maxsize=16_384)
def known_cell(xml: bytes) -> UsualCell | None:
    """The same; returns have many equal cells."""
    return usual_cell(xml)


def usual_value(kind: bytes, value: bytes) -> object:
    """A value of a type that is no shared text; None if python-calamine might read it in another way."""
    text = value.decode("utf-8", "replace")
    if kind == b"str":
        return None if text != text.strip(WHITE_SPACE) or SPECIAL.search(text) else html.unescape(text)
    if kind == b"e":
        return CellError(html.unescape(text) or "an error")
    if not value:
        return ""
    if kind == b"b":
        return {b"1": True, b"0": False}.get(value)
    number = float(value) if NUMBER.fullmatch(value) else math.inf
    return number if math.isfinite(number) else None
