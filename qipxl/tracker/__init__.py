"""Templates → tracker workbooks.

Each name is fetched when it is first used: reading and judging returns needs no writer of trackers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qipxl.tracker.content import CellNote, Rows, workings_of
    from qipxl.tracker.copies import TemplateCopies
    from qipxl.tracker.news import NewsLine
    from qipxl.tracker.write import write_tracker

HOMES = {
    "CellNote": "content",
    "NewsLine": "news",
    "Rows": "content",
    "TemplateCopies": "copies",
    "workings_of": "content",
    "write_tracker": "write",
}
__all__ = ["CellNote", "NewsLine", "Rows", "TemplateCopies", "workings_of", "write_tracker"]


def __getattr__(name: str) -> object:
    if name in HOMES:
        return getattr(import_module(f"qipxl.tracker.{HOMES[name]}"), name)
    raise AttributeError(f"module 'qipxl.tracker' has no attribute {name!r}")
