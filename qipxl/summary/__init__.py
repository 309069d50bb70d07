"""A provider summary → the workbook that leaders read.

Each name is fetched when it is first used: checking returns needs no writer of summaries.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qipxl.summary.sheet_spec import LETTER_WORDS
    from qipxl.summary.workbook import write_summary

HOMES = {
    "LETTER_WORDS": "sheet_spec",
    "write_summary": "workbook",
}
__all__ = ["LETTER_WORDS", "write_summary"]


def __getattr__(name: str) -> object:
    if name in HOMES:
        return getattr(import_module(f"qipxl.summary.{HOMES[name]}"), name)
    raise AttributeError(f"module 'qipxl.summary' has no attribute {name!r}")
