"""Converts one table of many workbooks to typed columns, with a problem for each cell that is unreadable or doubtful."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from itertools import chain

import numpy as np
import pandas as pd

from qipxl.privacy import PERSONAL_DATA, WITHHELD, without
from qipxl.reading.file.opened import ReadTable
from qipxl.returns.cell_values import ReadColumn, read_column, typed_array
from qipxl.returns.problems import Problem, shown
from qipxl.returns.returns import return_and_row
from qipxl.template import FieldLine, Template
from qipxl.text import Percent, as_text
from qipxl.workbook.cells import CellError
from qipxl.workbook.layout import Placement, column_letters

Doubts = dict[str, tuple[ReadColumn, list[object]]]
Numbered = tuple[int, Problem]
"""A problem with the number of the return it was found in."""


def type_table(
    template: Template, key: str, tables: Mapping[int, ReadTable]
) -> tuple[pd.DataFrame, pd.DataFrame, Doubts]:
    """One table of all workbooks as a typed frame, the mask of its unreadable cells, and its doubtful columns."""
    numbers = np.repeat(list(tables), [len(table.rows) for table in tables.values()]).astype(np.int64)
    rows = np.array([row for table in tables.values() for row in table.rows], np.int64)
    columns: dict[str, object] = {"return": numbers, "row": rows}
    masks: dict[str, object] = {}
    doubts: Doubts = {}
    declared = template.tables[key]
    for field in declared.field:
        raw = [*chain.from_iterable(table.cells[field.key] for table in tables.values())]
        options = template.options(field) if field.type == "choice" else ()
        column = read_column(field, options, raw, names=field.key == declared.identity)
        columns[field.key] = column.values
        if column.doubts:
            doubts[field.key] = (column, raw)
        if column.unreadable.any():
            masks[field.key] = column.unreadable
    index = pd.RangeIndex(len(numbers))
    return pd.DataFrame(columns, index=index), pd.DataFrame(masks, index=index), doubts


def empty_columns(template: Template, key: str) -> dict[str, object]:
    """The columns that `type_table` gives one table, without rows."""
    columns: dict[str, object] = {name: np.array([], np.int64) for name in ("return", "row")}
    return columns | {field.key: typed_array(field, []) for field in template.tables[key].field}


def unread(key: str, doubts: Doubts, frame: pd.DataFrame) -> Iterator[tuple[tuple[str, str, int, int], object]]:
    """The content of each unreadable cell, by table, field, return and row, without personal data."""
    for field, (read, raw) in doubts.items():
        for index in np.flatnonzero(read.unreadable):
            number, row = return_and_row(frame, int(index))
            cell = raw[index]
            if not isinstance(cell, str) or without(cell) == cell:
                loses_its_format = (
                    isinstance(cell, CellError | Percent) or read.doubts[int(index)].code == "number-is-date"
                )
                yield (key, field, number, row), as_text(cell) if loses_its_format else cell


def doubted(
    template: Template, key: str, doubts: Doubts, frame: pd.DataFrame, placements: Mapping[tuple[int, str], Placement]
) -> Iterator[Numbered]:
    """A problem for each cell that is unreadable or was read with a doubt."""
    for field, (read, raw) in doubts.items():
        line = template.tables[key].field_named(field)
        for index, cell in read.doubts.items():
            number, row = return_and_row(frame, index)
            placement = placements[number, key]
            value, more = shown(as_text(raw[index])), cell.more
            if cell.code == "not-in-list":
                more = nearest(template, line, raw[index])
            elif cell.code == "text-cut":
                value, more = cell.more, ""
            address = placement.cell(row, field)
            yield number, Problem(cell.code, key, placement.sheet, row, field, address, line.heading, value, more)


def nearest(template: Template, line: FieldLine, cell: object) -> str:
    """“; the nearest is Complete”, for a word that is similar to one of its list."""
    words = {option.lower(): option for option in template.options(line)}
    near = get_close_matches(str(cell).strip().lower(), words, 1, 0.75)
    return f"; the nearest is {words[near[0]]}" if near else ""


def month_first(
    template: Template, key: str, doubts: Doubts, frame: pd.DataFrame, placements: Mapping[tuple[int, str], Placement]
) -> Iterator[Numbered]:
    """A problem for each date column of a return with texts that are dates only if the month comes first."""
    for field, (read, _) in doubts.items():
        counts = Counter(return_and_row(frame, index)[0] for index, cell in read.doubts.items() if cell.month_first)
        for number, count in counts.items():
            placement = placements[number, key]
            heading = template.tables[key].field_named(field).heading
            letters = column_letters(placement.columns[field])
            cell = f"{letters}:{letters}"
            yield number, Problem("month-first", key, placement.sheet, 0, field, cell, heading, str(count))


def withhold(
    template: Template,
    key: str,
    tables: Mapping[int, ReadTable],
    frame: pd.DataFrame,
    originals: dict[tuple[str, str, int, int], str],
) -> Iterator[Numbered]:
    """A problem for each text that seems to hold personal data; in the frame the text is replaced by its cell's address.

    The text itself is kept in `originals`, for the rules only.
    """
    first = 0
    for number, table in tables.items():
        for (field, index), kinds in table.personal.items():
            line, row = template.tables[key].field_named(field), table.rows[index]
            cell = table.placement.cell(row, field)
            originals[key, field, number, row] = str(frame.at[first + index, field])
            frame.at[first + index, field] = f"{WITHHELD}{table.placement.sheet}!{cell}"
            yield number, Problem(PERSONAL_DATA, key, table.placement.sheet, row, field, cell, line.heading, "", kinds)
        first += len(table.rows)
