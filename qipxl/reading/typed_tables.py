"""One table of many workbooks typed: each column at once, with a problem for every cell that could not be read or is in doubt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

import numpy as np
import pandas as pd

from qipxl.privacy import PERSONAL_DATA, WITHHELD, without
from qipxl.reading.file.tables import ReadTable
from qipxl.returns.cell_values import Judged, ReadColumn, read_column, typed_array
from qipxl.returns.problems import Found, shown
from qipxl.returns.returns import standing
from qipxl.template import FieldLine, Template
from qipxl.workbook.cells import CellError, cell_words
from qipxl.workbook.layout import Placement, column_letters

Doubts = dict[str, tuple[ReadColumn, list[object]]]
Numbered = tuple[int, Found]
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
    for line in declared.field:
        raw = [cell for table in tables.values() for cell in table.cells[line.key]]
        options = template.options(line) if line.type == "choice" else ()
        read = read_column(line, options, raw, names=line.key == declared.identity)
        columns[line.key] = read.values
        if read.doubts:
            doubts[line.key] = (read, raw)
        if read.unreadable.any():
            masks[line.key] = read.unreadable
    index = pd.RangeIndex(len(numbers))
    return pd.DataFrame(columns, index=index), pd.DataFrame(masks, index=index), doubts


def empty_table(template: Template, key: str) -> pd.DataFrame:
    """One table of no workbook, as `type_table` would give it."""
    columns: dict[str, object] = {name: np.array([], np.int64) for name in ("return", "row")}
    for line in template.tables[key].field:
        values = typed_array(line, [])
        columns[line.key] = pd.Series(values, dtype=values.dtype)
    return pd.DataFrame(columns, index=pd.RangeIndex(0))


def unread(key: str, doubts: Doubts, frame: pd.DataFrame) -> Iterator[tuple[tuple[str, str, int, int], object]]:
    """What stood in each cell that could not be read, by table, field, return and row; personal data is left out."""
    for field, (read, raw) in doubts.items():
        for place in np.flatnonzero(read.unreadable):
            number, row = standing(frame, int(place))
            said = raw[place]
            if not isinstance(said, str) or without(said) == said:
                yield (key, field, number, row), said if not isinstance(said, CellError) else str(said)


def doubted(
    template: Template, key: str, doubts: Doubts, frame: pd.DataFrame, placements: Mapping[tuple[int, str], Placement]
) -> Iterator[Numbered]:
    """A problem for every cell that could not be read, or was read with a doubt."""
    for field, (read, raw) in doubts.items():
        line = template.tables[key].field_named(field)
        for place, judged in read.doubts.items():
            number, row = standing(frame, place)
            placement = placements[number, key]
            value, more = shown(cell_words(raw[place])), judged.more
            if judged.code == "not-in-list":
                more = nearest(template, line, raw[place])
            elif judged.code == "text-cut":
                value, more = judged.more, ""
            yield (
                number,
                Found(
                    judged.code, key, placement.sheet, row, field, placement.cell(row, field), line.heading, value, more
                ),
            )


def nearest(template: Template, line: FieldLine, cell: object) -> str:
    """“; the nearest is Complete”, for a word that is nearly one of its list."""
    words = {option.lower(): option for option in template.options(line)}
    near = get_close_matches(str(cell).strip().lower(), words, 1, 0.75)
    return f"; the nearest is {words[near[0]]}" if near else ""


def month_first(
    template: Template, key: str, doubts: Doubts, frame: pd.DataFrame, placements: Mapping[tuple[int, str], Placement]
) -> Iterator[Numbered]:
    """A problem for each date column of a return in which texts make sense only with the month first."""
    for field, (read, _) in doubts.items():
        habit: Counter[int] = Counter()
        for place, judged in read.doubts.items():
            if is_month_first(judged):
                habit[standing(frame, place)[0]] += 1
        for number, count in habit.items():
            placement = placements[number, key]
            heading = template.tables[key].field_named(field).heading
            letters = column_letters(placement.columns[field])
            cell = f"{letters}:{letters}"
            yield number, Found("month-first", key, placement.sheet, 0, field, cell, heading, str(count))


def is_month_first(judged: Judged) -> bool:
    return judged.code == "date-ambiguous" and judged.more.endswith("month first")


def withhold(
    template: Template,
    key: str,
    tables: Mapping[int, ReadTable],
    frame: pd.DataFrame,
    originals: dict[tuple[str, str, int, int], str],
) -> Iterator[Numbered]:
    """A problem for each text that seems to hold personal data; its cell in the frame then only says where it stands.

    The text itself is kept in `originals`, for the rules alone.
    """
    first = 0
    for number, table in tables.items():
        for (field, place), kinds in table.personal.items():
            line, row = template.tables[key].field_named(field), table.rows[place]
            cell = table.placement.cell(row, field)
            originals[key, field, number, row] = str(frame.at[first + place, field])
            frame.at[first + place, field] = f"{WITHHELD}{table.placement.sheet}!{cell}"
            yield number, Found(PERSONAL_DATA, key, table.placement.sheet, row, field, cell, line.heading, "", kinds)
        first += len(table.rows)
