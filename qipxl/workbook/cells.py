"""Cells as they are read: normalised values, blanks and error values."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from qipxl.text import BLANKS


class CellError(str):
    """An error value such as #REF!, found in a cell."""

    code = "not-text"


class NotStoredError(CellError):
    """A formula without a stored value."""

    code = "formula-unsaved"


class HiddenError(CellError):
    """A value under a merged cell, where it is not visible."""

    code = "hidden-under-merge"


class PictureError(CellError):
    """A picture in a cell, for which a workbook stores an error value."""

    code = "picture-in-cell"


COM_ERRORS = {
    2000: "#NULL!", 2007: "#DIV/0!", 2015: "#VALUE!", 2023: "#REF!", 2029: "#NAME?", 2036: "#NUM!", 2042: "#N/A",
    2043: "#GETTING_DATA", 2045: "#SPILL!", 2046: "#CONNECT!", 2047: "#BLOCKED!", 2048: "#UNKNOWN!", 2049: "#FIELD!",
    2050: "#CALC!",
}  # fmt: skip
"""Excel's error values by number."""
FIRST_ERROR = -2_146_828_288
"""The offset of these numbers when Excel returns an error to a program: 2042 arrives as -2146826246."""
NO_DAY = date(1899, 12, 30)
"""The date that Excel gives to a time of day."""


def normalise(cell: object) -> object:
    """A cell's value in one form, whether it comes from python-calamine, openpyxl or an open Excel.

    None becomes "", a number a float (Excel returns money as Decimal), an error value a CellError, a datetime loses its
    time zone and at midnight becomes a date; a time of day has no date.
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
    """True for an empty cell and for one that holds only blanks."""
    return isinstance(cell, str) and not cell.strip(BLANKS) and not isinstance(cell, CellError)
