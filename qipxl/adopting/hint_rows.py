"""The rows of an old table that are not of its list: hints below the headings on what to enter, who signed below the last row, and marks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import takewhile

from qipxl.adopting.aliases import aliases
from qipxl.adopting.heading_words import comparable
from qipxl.adopting.old_workbook import OldCell
from qipxl.text import as_text
from qipxl.workbook.headings import fold

Rows = Mapping[int, Mapping[int, OldCell]]
MOST_HINT_ROWS, FEWEST_HINTS = 3, 3
"""The most rows of hints, and the fewest hints in one."""
HINT_SHARE = 0.5
"""The share of a row's cells above which hints make it a row of hints, and of a column's below which it has none further down."""
MOST_SIGN_OFF_ROWS = 8
"""The most rows below the list with those who signed."""
EXAMPLES = frozenset(("example", "sample", "demo"))
"""Words that say how a list is filled in."""
BARE_RANGE = re.compile(r"\d+ ?(?:-|–|to) ?\d+")
"""A range of scores alone."""
FIRST_WORD = re.compile(r"\W*([^\W\d_]\.[^\W\d_]\b|[^\W\d_]+)")
"""The first word of a text: enter, or e.g."""


def rows_of_hints(rows: Rows) -> frozenset[int]:
    """The first rows whose cells mostly say what to enter: Enter a reference | Describe the action | Name the person. Rows without
    hints follow, and what is below most hints is of another kind.
    """
    first = list(takewhile(lambda row: is_row_of_hints(rows[row]), list(rows)[:MOST_HINT_ROWS]))
    below = [cells for row, cells in rows.items() if row not in first]
    if not first or not any(len(cells) > 1 and not is_row_of_hints(cells) for cells in below):
        return frozenset()
    telling = 0
    for column in (column for column, cell in rows[first[0]].items() if is_hint(cell.value)):
        values = [cells[column].value for cells in below if column in cells]
        telling += sum(map(is_hint, values)) < HINT_SHARE * len(values) or not values
    return frozenset(first) if telling >= FEWEST_HINTS - 1 else frozenset()


def is_row_of_hints(cells: Mapping[int, OldCell]) -> bool:
    """True if most cells of a row say what to enter."""
    hints = sum(is_hint(cell.value) for cell in cells.values())
    return hints >= FEWEST_HINTS and hints > HINT_SHARE * len(cells)


def is_hint(value: object) -> bool:
    """True for a text that begins with a word of instruction or a question word.

    >>> is_hint("Enter a unique reference"), is_hint("(e.g. R1)"), is_hint("Falls at night")
    (True, True, False)
    """
    first = FIRST_WORD.match(fold(as_text(value))) if isinstance(value, str) else None
    return first is not None and first[1] in aliases().hints


def rows_of_sign_off(rows: Rows, columns: int) -> frozenset[int]:
    """The last rows of a table if they say who prepared, reviewed or approved the list, from the first such row on.

    None if one of the rows after it is a full row: `columns` is the number of the table's columns.
    """
    last = list(rows)[-MOST_SIGN_OFF_ROWS:] if len(rows) > MOST_SIGN_OFF_ROWS else list(rows)[1:]
    for place, row in enumerate(last):
        if is_signed(rows[row]):
            after = last[place:]
            narrow = all(is_signed(rows[other]) or 2 * len(rows[other]) <= columns for other in after)
            return frozenset(after) if narrow else frozenset()
    return frozenset()


def is_signed(cells: Mapping[int, OldCell]) -> bool:
    """True if the first cell of a row is the label of a signature, with or without the name: Prepared by: Jo Shah."""
    label = as_text(cells[min(cells)].value).partition(":")[0]
    return comparable(label) in map(comparable, aliases().signatures)


def is_mark(text: str) -> bool:
    """True for a folded text that is a level or a range of scores.

    >>> is_mark("high"), is_mark("1 - 5"), is_mark("falls")
    (True, True, False)
    """
    return text in aliases().levels or BARE_RANGE.fullmatch(text) is not None
