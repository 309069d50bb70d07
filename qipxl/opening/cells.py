"""Cells as they were found: what is blank, what cannot be used, and how a message repeats one."""

from __future__ import annotations

from datetime import date, datetime

from qipxl.texts import clean_text, number_text


class CellError(str):
    """An error value such as #REF!, found in a cell."""

    code = "not-text"


class NotStoredError(CellError):
    """A formula that no program has worked out."""

    code = "formula-unsaved"


class HiddenError(CellError):
    """A value that stands under a merged cell, where nobody sees it."""

    code = "hidden-under-merge"


def is_blank(cell: object) -> bool:
    """True for an empty cell and for one that holds nothing but spaces."""
    return isinstance(cell, str) and not isinstance(cell, CellError) and not clean_text(cell)


def cell_words(cell: object) -> str:
    """A cell as a message repeats it."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, datetime):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    return number_text(cell) if isinstance(cell, float) else str(cell)
