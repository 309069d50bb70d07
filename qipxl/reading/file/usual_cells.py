"""The cells of a sheet from one pass over its XML, if they have the shape in which office programs write them.

Excel, LibreOffice, Google Sheets and WPS write a cell as `<c r="B2" s="1" t="s"><v>0</v></c>`. A sheet with anything else
between its rows, such as prefixes, texts within cells or cells without an address, is not usual; python-calamine reads it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import compress, repeat
from operator import add, lt

from qipxl.workbook.layout import column_letters

ADDRESS = re.compile(rb'<c r="([A-Z]{1,2})([1-9]\d{0,3})"')
CELL = re.compile(
    rb'(?: s="(\d{1,5})")?(?: t="(s|n|str|b|e)")?'
    rb"(?:/>|>(<f(?: [^<>/]*+)?(?:/>|>[^<]*+</f>))?(?:<v>([^<]*+)</v>|<v/>)?</c>)\s*+(</row>.*)?",
    re.DOTALL,
)
"""What follows the address of a cell: its format, its type, its formula and its value, then the end of its row."""
LONGEST_KNOWN = 500
"""The most bytes of a cell that is remembered for the next returns."""
ROWS = re.compile(rb"(?:<sheetData(?: [^<>]*+)?>(?:\s*+<row(?: [^<>/]*+)?(?:/>|>\s*+</row>))*+\s*+)?+")
"""What is left of a sheet's rows without its cells; nothing if it has no rows."""
MOST_BYTES = 8_000_000
"""More than a sheet of a tracker has; the cells of more would take much memory at once."""
COLUMNS = {column_letters(index).encode(): index for index in range(26 * 27)}
"""The index (from 0) of the columns A to ZZ by their letters."""
Parts = tuple[bytes, bytes, bytes, bytes, bytes]
"""The format, the type, the formula with its tags, and the value of a cell, and the XML after it; each may be empty."""


@dataclass(frozen=True)
class UsualCells:
    """The cells of a sheet in their order, as they are written.

    Attributes:
        rows: The XML of the rows without their cells.
        letters: The letters of each address.
        digits: The row's number in each address.
        rests: What follows each address, up to the next. Equal cells have equal rests, except the last ones of rows.
        parts: The parts of each distinct rest.
    """

    rows: bytes
    letters: Sequence[bytes]
    digits: Sequence[bytes]
    rests: Sequence[bytes]
    parts: Mapping[bytes, Parts]

    @cached_property
    def formulas(self) -> frozenset[bytes]:
        """Each rest with a formula, once."""
        return frozenset(rest for rest, (_, _, formula, _, _) in self.parts.items() if formula)

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
    >>> cells.letters, cells.digits, [*cells.parts.values()]
    ([b'B'], [b'2'], [(b'', b's', b'', b'0', b'</row>')])
    >>> usual_cells(xml.replace(b"<v>", b"<x:v>")) is None
    True
    """
    if len(rows) > MOST_BYTES:
        return None
    begin, *pieces = ADDRESS.split(rows)
    letters, digits, rests = pieces[::3], pieces[1::3], pieces[2::3]
    parts: dict[bytes, Parts] = {}
    for rest in set(rests):
        found = known_parts(rest) if len(rest) <= LONGEST_KNOWN else parts_of(rest)
        if found is None:
            return None
        parts[rest] = found
    after = {rest: each[-1] for rest, each in parts.items() if each[-1]}
    between = begin + b"".join(map(after.get, rests, repeat(b"")))
    return UsualCells(between, letters, digits, rests, parts) if ROWS.fullmatch(between) else None


def parts_of(rest: bytes) -> Parts | None:
    """The parts of what follows a cell's address; None if it is not of the usual shape."""
    found = CELL.fullmatch(rest)
    return found.groups(b"") if found else None  # type: ignore[return-value]  # it has five groups


@lru_cache(maxsize=16_384)
def known_parts(rest: bytes) -> Parts | None:
    """The same; returns have many equal cells."""
    return parts_of(rest)
