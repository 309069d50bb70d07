"""Columns of a large table as the XML of a sheet: what a cell holds is worked out once for all cells that hold the same.

XlsxWriter keeps a record for every cell and writes each on its own. Here a column is a list of the different things its cells
hold and, for each row, which of them; Arrow puts the rows' XML together from these. What stands in the file is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from xlsxwriter.format import Format

from qipxl.text import printable
from qipxl.workbook.layout import column_letters

Places = NDArray[np.unsignedinteger]
"""Of the smallest size that will do: those of all tables are held until the workbook is closed."""
AT_ONCE = 1024
"""Rows whose XML is put together at a time."""


@dataclass(frozen=True)
class FilledColumn:
    """A column of texts and numbers, nothing for "", NaN and None.

    `formats` are those its cells have, `picks` which of them each cell has; the first where that is left out.
    """

    values: pd.Series | Sequence[str | float | None]
    formats: Sequence[Format]
    picks: NDArray[np.intp] | None = None


@dataclass(frozen=True)
class CellColumn:
    """A column's cells: `ends` are the different ends of their XML, after the row's number; `picks` says which each cell has.

    The first end is that of a cell that holds nothing and is not written.
    """

    letters: str
    ends: Sequence[str]
    picks: Places

    def xml(self, rows: slice, numbers: pa.Array) -> list[object]:
        """The pieces that make the cells of some rows, one after another, given the numbers of the rows as texts."""
        picks = self.picks[rows]
        ends = pa.array(self.ends, pa.string()).take(pa.array(picks))
        if picks.all():
            return [f'<c r="{self.letters}', numbers, ends]
        cells = pc.binary_join_element_wise(f'<c r="{self.letters}', numbers, ends, "")
        return [pc.if_else(pa.array(picks > 0), cells, "")]


def cell_column(index: int, column: FilledColumn, text_index: Callable[[str, int], int]) -> CellColumn:
    """A column, counted from 0, as cells; `text_index` gives the place of a text among the workbook's, and how often it is used."""
    values = column.values if isinstance(column.values, pd.Series) else pd.Series([*column.values], dtype=object)
    if pd.api.types.is_extension_array_dtype(values.dtype):
        values = values.astype(object)
    kinds, distinct = pd.factorize(values)
    found = distinct.tolist()
    wanted = np.array([said != "" for said in found] + [False])[kinds]
    looks = np.zeros(len(kinds), np.intp) if column.picks is None else column.picks
    pairs = np.where(wanted, kinds * len(column.formats) + looks, -1)
    picks, pairs_found = pd.factorize(pairs, use_na_sentinel=False)
    used = np.bincount(picks, minlength=len(pairs_found))
    styles = [each._get_xf_index() for each in column.formats]
    ends = [""]
    place = np.zeros(len(pairs_found), np.int32)
    for number, pair in enumerate(pairs_found.tolist()):
        if pair >= 0:
            kind, look = divmod(pair, len(column.formats))
            said = found[kind]
            place[number] = len(ends)
            if isinstance(said, str):
                ends.append(f'" s="{styles[look]}" t="s"><v>{text_index(said, int(used[number]))}</v></c>')
            else:
                ends.append(f'" s="{styles[look]}"><v>{said:.16G}</v></c>')
    return CellColumn(column_letters(index), ends, place.astype(np.min_scalar_type(len(ends)))[picks])


def rows_xml(first: int, heights: NDArray[np.float64], columns: Sequence[CellColumn]) -> Iterator[str]:
    """The XML of all rows from row `first` on, counted from 0, so many at a time."""
    known, picks = np.unique(heights, return_inverse=True)
    said = pa.array([f'" ht="{height:g}">' for height in known])
    for start in range(0, len(heights), AT_ONCE):
        rows = slice(start, min(start + AT_ONCE, len(heights)))
        numbers = pc.cast(pa.array(np.arange(first + start + 1, first + rows.stop + 1)), pa.string())
        cells = [piece for column in columns for piece in column.xml(rows, numbers)]
        tall = said.take(pa.array(picks[rows]))
        yield joined(pc.binary_join_element_wise('<row r="', numbers, tall, *cells, "</row>", ""))


@dataclass(frozen=True)
class LinkColumn:
    """Links from the cells of a column, from row `first` on (counted from 0), to places in files, or in this workbook.

    `files` names the file of each row, empty for none; where it is left out, all lead into this workbook. A row without a
    place has no link.
    """

    first: int
    index: int
    places: pd.Series
    files: pd.Series | None = None

    def kept(self, most: int) -> Links:
        """The first `most` of the rows that have a link."""
        has = self.places.fillna("").astype(str).to_numpy() != ""
        if self.files is not None:
            has &= self.files.fillna("").astype(str).to_numpy() != ""
        rows = np.flatnonzero(has)[:most]
        files = None if self.files is None else self.files.iloc[rows].astype(object)
        return Links(self.index, self.first + 1 + rows, self.places.iloc[rows].astype(object), files)


@dataclass(frozen=True)
class Links:
    """Links from cells of one column: the number of each one's row as a sheet counts it, the place and, if any, the file it leads to."""

    index: int
    numbers: NDArray[np.intp]
    places: pd.Series
    files: pd.Series | None

    def __len__(self) -> int:
        return len(self.numbers)

    def xml(self, related: Callable[[str], int]) -> str:
        """The links' XML; `related` gives the number by which the workbook knows a file."""
        kinds, places = pd.factorize(self.places)
        ends = pa.array([f" location={quoteattr(printable(place))}/>" for place in places]).take(pa.array(kinds))
        numbers = pc.cast(pa.array(self.numbers), pa.string())
        pieces = [f'<hyperlink ref="{column_letters(self.index)}', numbers, '"', ends]
        if self.files is not None:
            kinds, files = pd.factorize(self.files)
            shown = pa.array([f' r:id="rId{related(file)}"' for file in files], pa.string())
            pieces.insert(3, shown.take(pa.array(kinds)))
        return joined(pc.binary_join_element_wise(*pieces, ""))


def joined(texts: pa.Array) -> str:
    """All texts of an array, one after another: as Arrow has them in memory."""
    offsets, content = texts.buffers()[1:]
    if content is None:
        return ""
    ends = np.frombuffer(offsets, np.int32)[[texts.offset, texts.offset + len(texts)]]
    return str(memoryview(content)[ends[0] : ends[1]], "utf-8")
