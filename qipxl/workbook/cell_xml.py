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
from qipxl.workbook.layout import column_letters

ROWS_OF_A_SPAN = 16
"""The rows that have one attribute `spans`: the first and the last of their columns."""
ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")
"""The values of formulas that are errors."""


def row_spans(table: Mapping[int, Mapping[int, object]], rows: Iterable[int]) -> dict[int, str]:
    """The first and the last column with a cell, from 1, in each ROWS_OF_A_SPAN rows."""
    spans: dict[int, tuple[int, int]] = {}
    for row in rows:
        if cells := table.get(row):
            first, last = spans.get(row // ROWS_OF_A_SPAN, (min(cells), max(cells)))
            spans[row // ROWS_OF_A_SPAN] = (min(first, *cells), max(last, *cells))
    return {block: f"{first + 1}:{last + 1}" for block, (first, last) in spans.items()}


class DoneCell(NamedTuple):
    """A cell whose XML is ready, apart from its address and its format."""

    format: Format
    end: str


def cell_xml(row: int, column: int, cell: Any) -> str | None:
    """The XML of a cell with a format; None for one that XlsxWriter writes: without a format, or of a rare type."""
    if not cell.format:
        return None
    start = f'<c r="{column_letters(column)}{row + 1}" s="{style_index(cell.format)}"'
    if isinstance(cell, DoneCell):
        return start + cell.end
    if isinstance(cell, CellFormulaTuple):
        return start + formula_end(formula_xml(cell.formula), cell.value)
    if isinstance(cell, CellStringTuple):
        return f'{start} t="s"><v>{cell.string}</v></c>'
    if isinstance(cell, CellNumberTuple | CellDatetimeTuple):
        return f"{start}><v>{cell.number:.16G}</v></c>"
    return None


def formula_end(xml: str, value: object) -> str:
    """The end of a cell's XML: the formula's own XML and its value."""
    kind = ""
    if isinstance(value, bool):
        kind, value = ' t="b"', int(value)
    elif isinstance(value, str) and value:
        kind = ' t="e"' if value in ERRORS else ' t="str"'
        value = escaped(printable(value))
    return f"{kind}>{xml}<v>{value}</v></c>"


@lru_cache(maxsize=4096)
def formula_xml(formula: str) -> str:
    """A formula in a cell's XML."""
    return f"<f>{escaped(formula)}</f>"


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
