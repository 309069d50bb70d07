"""The XML of cells, as XlsxWriter writes it: made once where cells are equal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from xlsxwriter.format import Format
from xlsxwriter.worksheet import CellDatetimeTuple, CellFormulaTuple, CellNumberTuple, CellStringTuple

from qipxl.text import printable
from qipxl.workbook.bulk import style_index

ROWS_OF_A_SPAN = 16
"""The rows that have one attribute `spans`: the first and the last of their columns."""
ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")
"""The values of formulas that are errors."""


def row_spans(table: Mapping[int, Mapping[int, object]], rows: Iterable[int]) -> dict[int, str]:
    """The first and the last column with a cell, from 1, in each ROWS_OF_A_SPAN rows."""
    spans: dict[int, tuple[int, int]] = {}
    for row in rows:
        if cells := table.get(row):
            left, right = min(cells), max(cells)
            first, last = spans.get(row // ROWS_OF_A_SPAN, (left, right))
            spans[row // ROWS_OF_A_SPAN] = (min(first, left), max(last, right))
    return {block: f"{first + 1}:{last + 1}" for block, (first, last) in spans.items()}


class DoneCell(NamedTuple):
    """A cell whose XML is ready, apart from its address and its format."""

    format: Format
    end: str


class CellEnds:
    """The XML of cells after their addresses; a format is asked for its number once."""

    def __init__(self) -> None:
        self.styles: dict[Format, str] = {}

    def of(self, cell: Any) -> str | None:
        """The end of a cell with a format; None for one that XlsxWriter writes: without a format, or of a rare type."""
        format, kind = cell.format, type(cell)
        if not format or kind not in WRITTEN:
            return None
        style = self.styles.get(format)
        if style is None:
            style = self.styles[format] = f'" s="{style_index(format)}"'
        if kind is DoneCell:
            return f"{style}{cell.end}"
        if kind is CellStringTuple:
            return f'{style} t="s"><v>{cell.string}</v></c>'
        if kind is CellFormulaTuple:
            return style + formula_end(formula_xml(cell.formula), cell.value)
        return f"{style}><v>{cell.number:.16G}</v></c>"


WRITTEN = {DoneCell, CellStringTuple, CellFormulaTuple, CellNumberTuple, CellDatetimeTuple}
"""The kinds of cells whose XML is made here."""


def formula_end(xml: str, value: object) -> str:
    """The end of a cell's XML: the formula's own XML and its value."""
    kind = ""
    if isinstance(value, bool):
        kind, value = ' t="b"', int(value)
    elif isinstance(value, str) and value:
        kind = ' t="e"' if value in ERRORS else ' t="str"'
        value = escaped(printable(value))
    return f"{kind}>{xml}<v>{value}</v></c>"


@lru_cache(maxsize=16_384)
def formula_xml(formula: str) -> str:
    """A formula in a cell's XML, kept for the next tracker: the formulas of one that is carried over are some 7,000."""
    return f"<f>{escaped(printable(formula))}</f>"


def escaped(text: str) -> str:
    """A text as XML holds it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@lru_cache(maxsize=4096)
def can_share(formula: str) -> bool:
    """True of a formula that Excel would share itself among cells: no other sheet, no table, no array, no newer function in it."""
    return not NOT_SHARED.search(SPANS.sub("", TEXTS.sub("", formula)))


TEXTS = re.compile(r'"[^"]*"')
"""The texts in quotes in a formula."""
SPANS = re.compile(r"\$?[A-Z]{1,3}\$?\d+:\$?[A-Z]{1,3}\$?\d+")
"""The spans of cells in a formula."""
NOT_SHARED = re.compile(r"[{!\[:]|_xlfn")
