"""What works with an open Excel: the check of an open tracker, and the console workbook, whose buttons call qipxl.

The functions that take an `xlwings.Book` need xlwings (`pip install ".[excel]"`) and Excel on Windows or macOS; writing a console and
setting up the buttons need neither. Only the part of xlwings under the BSD licence is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qipxl.app.excel.open_tracker import check_open_book, rate_open_book, read_open_book

__all__ = ["check_open_book", "rate_open_book", "read_open_book"]


def __getattr__(name: str) -> object:
    """Load the functions' module on first use, so that importing this package does not load xlwings."""
    if name in __all__:
        return getattr(import_module("qipxl.app.excel.open_tracker"), name)
    raise AttributeError(f"module 'qipxl.app.excel' has no attribute {name!r}")
