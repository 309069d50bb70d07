"""Memory that was freed: the program returns it to the system, a script that imports qipxl keeps Python's own way."""

from __future__ import annotations

from collections.abc import Callable

MANY_ROWS = 50_000
"""The rows of a frame after which freed memory is worth returning."""
TRIMMING: list[Callable[[], object]] = []
"""What returns freed memory to the system; empty until the program asks for it."""


def return_freed_now(rows: int) -> None:
    """Return the memory that was freed between pieces in use, if the program asks for it and `rows` are many.

    Columns of a few thousand rows are too small to be returned one by one: without this, frames that are put together from
    them leave holes of twice their size.
    """
    if rows >= MANY_ROWS:
        for trim in TRIMMING:
            trim()
