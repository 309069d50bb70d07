"""Writes the columns of a large table as the XML of a sheet; the XML of equal cells is built once.

XlsxWriter keeps a record of every cell and writes each separately. Here a column is a list of its distinct cells and an index
per row, from which Arrow joins the rows' XML. The file's content is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from xlsxwriter.format import Format

from qipxl.text import printable
from qipxl.workbook.layout import column_letters

Picks = NDArray[np.unsignedinteger]
"""Indices of the smallest possible integer type."""
AT_ONCE = 1024
"""Rows whose XML is joined at a time."""


@dataclass(frozen=True)
class Coded:
    """A column as its distinct values, in the order in which they appear, and the index of each cell's value.

    The last value is None: that of the cells that hold None, NaN or NaT.
    """

    codes: Picks
    values: Sequence[Any]

    @classmethod
    def of(cls, column: pd.Series | Sequence[str | float | None]) -> Coded:
        """A column of texts, of numbers or of dates."""
        values = column if isinstance(column, pd.Series) else pd.Series([*column], dtype=object)
        is_extension = pd.api.types.is_extension_array_dtype(values.dtype)  # such as categories, coded already
        codes, distinct = pd.factorize(values.array if is_extension else values.to_numpy())
        codes[codes < 0] = len(distinct)
        return cls(codes.astype(np.min_scalar_type(len(distinct))), [*distinct.tolist(), None])

    def __len__(self) -> int:
        return len(self.codes)

    def replaced(self, replace: Callable[[Any], object]) -> Coded:
        """The column with another value in place of each; `replace` is called once for each value but None."""
        return Coded(self.codes, [*map(replace, self.values[:-1]), None])

    def of_cells(self, of_values: Sequence[Any]) -> NDArray[Any]:
        """For each cell what belongs to its value; `of_values` has it for each of the values."""
        return np.asarray(of_values)[self.codes]


@dataclass(frozen=True)
class FilledColumn:
    """A column of texts and numbers; cells with "", NaN and None are not written.

    `formats` are the formats of its cells, `picks` the index of each cell's format (default: the first for all).
    """

    values: Coded | pd.Series | Sequence[str | float | None]
    formats: Sequence[Format]
    picks: NDArray[np.intp] | None = None


@dataclass(frozen=True)
class CellColumn:
    """A column's cells: `ends` are the distinct ends of their XML, after the row's number, `picks` the index of each cell's end.

    The first end is empty: it belongs to cells that are not written.
    """

    letters: str
    ends: pa.LargeStringArray
    picks: Picks


def cell_column(index: int, column: FilledColumn, text_index: Callable[[str, int], int]) -> CellColumn:
    """The cells of the column with an index from 0; `text_index` returns a shared text's index, given its number of uses."""
    coded = column.values if isinstance(column.values, Coded) else Coded.of(column.values)
    contents = coded.values
    pairs = coded.codes.astype(np.intp) * len(column.formats)
    if column.picks is not None:
        pairs += column.picks
    picks, distinct_pairs = pd.factorize(pairs)
    uses = np.bincount(picks, minlength=len(distinct_pairs))
    styles = [style_index(format) for format in column.formats]
    ends = [""]
    end_of_pair = np.zeros(len(distinct_pairs), np.int32)
    for number, pair in enumerate(distinct_pairs.tolist()):
        kind, style = divmod(pair, len(column.formats))
        content = contents[kind]
        if content is None or content == "":
            continue
        end_of_pair[number] = len(ends)
        if isinstance(content, str):
            ends.append(f'" s="{styles[style]}" t="s"><v>{text_index(content, int(uses[number]))}</v></c>')
        else:
            ends.append(f'" s="{styles[style]}"><v>{content:.16G}</v></c>')
    smallest = end_of_pair.astype(np.min_scalar_type(len(ends)))
    return CellColumn(column_letters(index), large_texts(ends), smallest[picks])


def style_index(format: Format) -> int:
    """The number of a format in the workbook; a format gets it when it is first asked for."""
    return int(format._get_xf_index())


def rows_xml(first: int, heights: Coded, columns: Sequence[CellColumn], folded: int = 0) -> Iterator[pa.Buffer]:
    """The XML of all rows from row `first` (from 0) on, AT_ONCE rows at a time; `heights` are in points, None for the usual.

    The last `folded` rows are hidden in a group. A row is a list of pieces, three for each cell: each distinct piece is a text
    of one array, from which Arrow takes the pieces of many rows at once.
    """
    number, distinct = len(heights), heights.values
    picks = heights.codes + len(distinct) * (np.arange(number) >= number - folded)
    sizes = ['"' if height is None else f'" ht="{height:g}"' for height in distinct]
    heads = [f"{size}{hidden}>" for hidden in ("", ' hidden="1" outlineLevel="1"') for size in sizes]
    pieces, starts = Pieces(), [f'<c r="{column.letters}' for column in columns]
    row_start, row_end, head, cell_start = pieces.add(['<row r="'], ["</row>"], heads, starts)
    (first_number,) = pieces.add(np.arange(first + 1, first + number + 1))
    ends = pieces.add(*(column.ends for column in columns))
    texts = pieces.texts
    for start in range(0, number, AT_ONCE):
        rows = slice(start, min(start + AT_ONCE, number))
        numbers = np.arange(first_number + rows.start, first_number + rows.stop)
        of_rows: list[NDArray[np.intp] | int] = [row_start, numbers, head + picks[rows]]
        for place, (column, end) in enumerate(zip(columns, ends, strict=True), cell_start):
            own = column.picks[rows]
            has = 1 if own.all() else own > 0
            of_rows += [has * place, has * numbers, end + own.astype(np.intp)]
        yield joined(texts, [*of_rows, row_end])


class Pieces:
    """The distinct pieces of a table's XML, each with an index; piece 0 is the empty text."""

    def __init__(self) -> None:
        self.parts = [large_texts([""])]
        self.size = 1

    def add(self, *groups: Sequence[str] | NDArray[np.integer] | pa.LargeStringArray) -> list[int]:
        """Add groups of pieces; returns the index of the first of each."""
        firsts = [self.size + before for before in accumulate(map(len, groups), initial=0)]
        self.parts += [group if isinstance(group, pa.LargeStringArray) else large_texts(group) for group in groups]
        self.size = firsts.pop()
        return firsts

    @property
    def texts(self) -> pa.LargeStringArray:
        """All pieces in one array."""
        return pa.concat_arrays(self.parts)


def large_texts(values: Sequence[str] | NDArray[np.integer]) -> pa.LargeStringArray:
    """Texts, or numbers as texts, of Arrow's type that may hold more than 2 GB."""
    if isinstance(values, np.ndarray):
        return pc.cast(pa.array(values), pa.large_string())
    return pa.array(values, pa.large_string())


@dataclass(frozen=True)
class LinkColumn:
    """Links from the cells of a column, from row `first` (from 0) on, to cells (`places`) of files or of this workbook.

    `files` names the file of each row, empty for no link; if it is None, all links lead into this workbook. A row with an
    empty place has no link.
    """

    first: int
    index: int
    places: Coded
    files: Coded | None = None

    def kept(self, most: int) -> Links:
        """The first `most` of the rows that have a link."""
        has = self.places.of_cells([bool(place) for place in self.places.values])
        if self.files is not None:
            has &= self.files.of_cells([bool(file) for file in self.files.values])
        rows = np.flatnonzero(has)[:most]
        kinds, places = used(self.places, rows)
        locations = large_texts([f" location={quoteattr(printable(cell))}/>" for cell in places])
        of_files, files = used(self.files, rows) if self.files is not None else (np.zeros(len(rows), np.uint8), [""])
        return Links(self.index, (self.first + 1 + rows).astype(np.uint32), locations, kinds, files, of_files)


@dataclass(frozen=True)
class Links:
    """Links from the cells of one column: their row numbers (from 1), the distinct ends of their XML, which have the places that they
    lead to, and the distinct files, empty for this workbook. `kinds` and `of_files` are each link's index among these.
    """

    index: int
    numbers: NDArray[np.uint32]
    locations: pa.LargeStringArray
    kinds: Picks
    files: Sequence[str]
    of_files: Picks

    def __len__(self) -> int:
        return len(self.numbers)

    def xml(self, related: Callable[[str], int]) -> pa.Buffer:
        """The links' XML; `related` returns the number of a file's relationship."""
        pieces = Pieces()
        files = [f' r:id="rId{related(file)}"' if file else "" for file in self.files]
        start = [f'<hyperlink ref="{column_letters(self.index)}']
        first, number, end, file, location = pieces.add(start, self.numbers, ['"'], files, self.locations)
        rows, of_files, kinds = np.arange(len(self)), self.of_files.astype(np.intp), self.kinds.astype(np.intp)
        return joined(pieces.texts, [first, number + rows, end, file + of_files, location + kinds])


def used(column: Coded, rows: NDArray[np.intp]) -> tuple[Picks, list[str]]:
    """The index of each of some cells' texts among those that they use, and these, in the order in which they appear."""
    kinds, codes = pd.factorize(column.codes[rows])
    return kinds.astype(np.min_scalar_type(len(codes))), [column.values[code] for code in codes.tolist()]


def joined(texts: pa.LargeStringArray, pieces: Sequence[NDArray[np.intp] | int]) -> pa.Buffer:
    """The XML of some rows: the texts of their first pieces' indices, then of their second pieces', and so on; a number is the
    same for all rows."""
    chosen = np.stack(np.broadcast_arrays(*pieces), axis=1)
    return texts.take(pa.array(chosen.ravel())).buffers()[2]
