"""Cells as they were found: what is blank, what cannot be used, and how a message repeats one."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from qipxl.text import BLANKS, number_text


class CellError(str):
    """An error value such as #REF!, found in a cell."""

    code = "not-text"


class NotStoredError(CellError):
    """A formula that no program has worked out."""

    code = "formula-unsaved"


class HiddenError(CellError):
    """A value that stands under a merged cell, where nobody sees it."""

    code = "hidden-under-merge"


COM_ERRORS = {
    2000: "#NULL!", 2007: "#DIV/0!", 2015: "#VALUE!", 2023: "#REF!", 2029: "#NAME?", 2036: "#NUM!", 2042: "#N/A",
    2043: "#GETTING_DATA", 2045: "#SPILL!", 2046: "#CONNECT!", 2047: "#BLOCKED!", 2048: "#UNKNOWN!", 2049: "#FIELD!",
    2050: "#CALC!",
}  # fmt: skip
"""Excel's numbers of its error values."""
FIRST_ERROR = -2_146_828_288
"""What Excel adds to such a number when it hands an error over to a program: 2042 arrives as -2146826246."""


NO_DAY = date(1899, 12, 30)
"""The day that Excel gives to a time of day without one."""


def normalise(cell: object) -> object:
    """A cell as qipxl judges it, whether the reader library or an open Excel gave it.

    Nothing is "", a number a float (Excel gives money as Decimal), an error value a CellError, a date without its time
    zone, and at midnight a plain date; a time of day has no date.
    """
    if isinstance(cell, str | float | bool):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        plain = cell.replace(tzinfo=None)
        if plain.date() == NO_DAY:
            return plain.time()
        return plain.date() if plain == datetime(plain.year, plain.month, plain.day) else plain
    if isinstance(cell, int):
        error = cell - FIRST_ERROR
        return CellError(COM_ERRORS.get(error, "an error value")) if 2000 <= error < 3000 else float(cell)
    return float(cell) if isinstance(cell, Decimal) else cell


def is_blank(cell: object) -> bool:
    """True for an empty cell and for one that holds nothing but spaces."""
    return isinstance(cell, str) and not cell.strip(BLANKS) and not isinstance(cell, CellError)


def cell_words(cell: object) -> str:
    """A cell as a message repeats it."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, datetime):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    return number_text(cell) if isinstance(cell, float) else str(cell)
