"""The problems of a return: values, never exceptions, and lines of the frame of problems.

The codes of rules are in the templates, those of reading in `codes`.
"""

from __future__ import annotations

from dataclasses import dataclass

from qipxl.privacy import without
from qipxl.returns.codes import CODES
from qipxl.workbook.layout import row_address

COLUMNS = (
    "return", "file", "sheet", "table", "row", "field", "cell", "heading", "value", "code", "severity", "message",
)  # fmt: skip
"""The columns of a frame of problems: `return` is the receipt's number, `row` the sheet row (0 if it is about no row)."""


@dataclass(frozen=True)
class Problem:
    """One problem that reading found in one file, before the file has a number."""

    code: str
    table: str
    sheet: str
    row: int = 0
    field: str = ""
    cell: str = ""
    heading: str = ""
    value: str = ""
    more: str = ""


def message(address: str, text: str) -> str:
    """The address, then the text; without an address the text begins with a capital letter."""
    return f"{address} {text}" if address else text[:1].upper() + text[1:]


def line(number: int, file: str, problem: Problem) -> dict[str, object]:
    """A problem that reading found, as a line of the frame of problems."""
    code = CODES[problem.code]
    text = code.say.format(heading=problem.heading, value=problem.value, more=problem.more)
    cell = problem.cell or (row_address(None, problem.row) if problem.row else "")
    address = f"{problem.sheet}!{cell}" if cell else problem.sheet
    return {
        "return": number, "file": file, "sheet": problem.sheet, "table": problem.table, "row": problem.row,
        "field": problem.field, "cell": cell, "heading": problem.heading, "value": problem.value, "code": problem.code,
        "severity": code.severity, "message": message(address, text),
    }  # fmt: skip


def shown(value: object, most: int = 60) -> str:
    """A value as a message shows it: on one line, at most `most` characters, withheld if it seems to be personal data."""
    text = " ".join(without(str(value)).split())
    return text if len(text) <= most else text[: most - 1] + "…"
