"""A problem found in a return: a value, never an exception, and a line of the frame of problems.

The codes of rules stand in the templates, those of reading in `codes`.
"""

from __future__ import annotations

from dataclasses import dataclass

from qipxl.privacy import without
from qipxl.returns.codes import CODES

COLUMNS = (
    "return", "file", "sheet", "table", "row", "field", "cell", "heading", "value", "code", "severity", "message",
)  # fmt: skip
"""The columns of a frame of problems: `return` is the receipt's number, `row` the sheet row (0 where none is meant)."""


@dataclass(frozen=True)
class Found:
    """One problem that reading has found in one file, before its file is given a number."""

    code: str
    table: str
    sheet: str
    row: int = 0
    field: str = ""
    cell: str = ""
    heading: str = ""
    value: str = ""
    more: str = ""


def message(place: str, text: str) -> str:
    """Where, then what, as one sentence begins."""
    return f"{place} {text}" if place else text[:1].upper() + text[1:]


def line(number: int, file: str, found: Found) -> dict[str, object]:
    """A problem that reading has found, as a line of the frame of problems."""
    code = CODES[found.code]
    text = code.say.format(heading=found.heading, value=found.value, more=found.more)
    cell = found.cell or (f"{found.row}:{found.row}" if found.row else "")
    place = f"{found.sheet}!{cell}" if cell else found.sheet
    return {
        "return": number, "file": file, "sheet": found.sheet, "table": found.table, "row": found.row,
        "field": found.field, "cell": cell, "heading": found.heading, "value": found.value, "code": found.code,
        "severity": code.severity, "message": message(place, text),
    }  # fmt: skip


def shown(value: object, most: int = 60) -> str:
    """A value as a message repeats it: on one line, cut where it is long, and withheld where it seems to name a person."""
    text = " ".join(without(str(value)).split())
    return text if len(text) <= most else text[: most - 1] + "…"
