"""Writes the columns of a large table as the XML of a sheet; the XML of equal cells is built once.

XlsxWriter keeps a record of every cell and writes each separately. Here a column is a list of its distinct cells and an index
per row, from which Arrow joins the rows' XML. The file's content is the same.
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

Picks = NDArray[np.unsignedinteger]
"""Indices of the smallest possible integer type; those of all tables are in memory until the workbook is closed."""
AT_ONCE = 1024
"""Rows whose XML is joined at a time."""


@dataclass(frozen=True)
class FilledColumn:
    """A column of texts and numbers; cells with "", NaN and None are not written.

    `formats` are the formats of its cells, `picks` the index of each cell's format (default: the first for all).
    """

    values: pd.Series | Sequence[str | float | None]
    formats: Sequence[Format]
    picks: NDArray[np.intp] | None = None


@dataclass(frozen=True)
class CellColumn:
    """A column's cells: `ends` are the distinct ends of their XML, after the row's number, `picks` the index of each cell's end.

    The first end is null: it belongs to cells that are not written.
    """

    letters: str
    ends: pa.Array
    picks: Picks

    def xml(self, rows: slice, numbers: pa.Array) -> list[object]:
        """The pieces that are joined to the cells of some rows, null without a cell; `numbers` are the row numbers as texts."""
        start, ends = f'<c r="{self.letters}', self.ends.take(pa.array(self.picks[rows]))
        return [pc.binary_join_element_wise(start, numbers, ends, "")] if ends.null_count else [start, numbers, ends]


def cell_column(index: int, column: FilledColumn, text_index: Callable[[str, int], int]) -> CellColumn:
    """The cells of the column with an index from 0; `text_index` returns a shared text's index, given its number of uses."""
    values = column.values if isinstance(column.values, pd.Series) else pd.Series([*column.values], dtype=object)
    if pd.api.types.is_extension_array_dtype(values.dtype):
        values = values.astype(object)
    kinds, distinct = pd.factorize(values)
    contents = distinct.tolist()
    filled = np.array([content != "" for content in contents] + [False])[kinds]
    formats = np.zeros(len(kinds), np.intp) if column.picks is None else column.picks
    pairs = np.where(filled, kinds * len(column.formats) + formats, -1)
    picks, distinct_pairs = pd.factorize(pairs, use_na_sentinel=False)
    uses = np.bincount(picks, minlength=len(distinct_pairs))
    styles = [style_index(format) for format in column.formats]
    ends: list[str | None] = [None]
    end_of_pair = np.zeros(len(distinct_pairs), np.int32)
    for number, pair in enumerate(distinct_pairs.tolist()):
        if pair >= 0:
            kind, style = divmod(pair, len(column.formats))
            content = contents[kind]
            end_of_pair[number] = len(ends)
            if isinstance(content, str):
                ends.append(f'" s="{styles[style]}" t="s"><v>{text_index(content, int(uses[number]))}</v></c>')
            else:
                ends.append(f'" s="{styles[style]}"><v>{content:.16G}</v></c>')
    smallest = end_of_pair.astype(np.min_scalar_type(len(ends)))
    return CellColumn(column_letters(index), pa.array(ends, pa.string()), smallest[picks])


def style_index(format: Format) -> int:
    """The number of a format in the workbook; a format gets it when it is first asked for."""
    return int(format._get_xf_index())


def rows_xml(first: int, heights: NDArray[np.float64], columns: Sequence[CellColumn], folded: int = 0) -> Iterator[str]:
    """The XML of all rows from row `first` (from 0) on, AT_ONCE rows at a time; `heights` are in points, NaN for the usual.

    The last `folded` rows are hidden in a group.
    """
    distinct, picks = np.unique(heights, return_inverse=True)
    group = ["", ' hidden="1" outlineLevel="1"']
    sizes = [f'" ht="{height:g}"' if height == height else '"' for height in distinct]
    height_xml = pa.array([f"{size}{hidden}>" for hidden in group for size in sizes])
    picks = picks + len(distinct) * (np.arange(len(heights)) >= len(heights) - folded)
    for start in range(0, len(heights), AT_ONCE):
        rows = slice(start, min(start + AT_ONCE, len(heights)))
        numbers = pc.cast(pa.array(np.arange(first + start + 1, first + rows.stop + 1)), pa.string())
        cells = [piece for column in columns for piece in column.xml(rows, numbers)]
        row_ends = height_xml.take(pa.array(picks[rows]))
        pieces = '<row r="', numbers, row_ends, *cells, "</row>", ""
        yield joined(pc.binary_join_element_wise(*pieces, null_handling="replace", null_replacement=""))


@dataclass(frozen=True)
class LinkColumn:
    """Links from the cells of a column, from row `first` (from 0) on, to cells (`places`) of files or of this workbook.

    `files` names the file of each row, empty for no link; if it is None, all links lead into this workbook. A row with an
    empty place has no link.
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
    """Links from cells of one column: each one's row number (from 1), the cell it leads to and, if any, the file."""

    index: int
    numbers: NDArray[np.intp]
    places: pd.Series
    files: pd.Series | None

    def __len__(self) -> int:
        return len(self.numbers)

    def xml(self, related: Callable[[str], int]) -> str:
        """The links' XML; `related` returns the number of a file's relationship."""
        kinds, places = pd.factorize(self.places)
        ends = pa.array([f" location={quoteattr(printable(cell))}/>" for cell in places]).take(pa.array(kinds))
        numbers = pc.cast(pa.array(self.numbers), pa.string())
        pieces = [f'<hyperlink ref="{column_letters(self.index)}', numbers, '"', ends]
        if self.files is not None:
            kinds, files = pd.factorize(self.files)
            shown = pa.array([f' r:id="rId{related(file)}"' for file in files], pa.string())
            pieces.insert(3, shown.take(pa.array(kinds)))
        return joined(pc.binary_join_element_wise(*pieces, ""))


def joined(texts: pa.Array) -> str:
    """All texts of an array joined, straight from Arrow's memory."""
    offsets, content = texts.buffers()[1:]
    if content is None:
        return ""
    ends = np.frombuffer(offsets, np.int32)[[texts.offset, texts.offset + len(texts)]]
    return str(memoryview(content)[ends[0] : ends[1]], "utf-8")
