"""Files that came back, read into `Returns`: found, opened one by one, their columns typed over all of them at once.

Each name is fetched when it is first used: the process that opens files starts without pandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qipxl.reading.options import Decisions, ReadOptions
    from qipxl.reading.partitions import partition_of
    from qipxl.reading.read import read_returns, settled

HOMES = {
    "Decisions": "options",
    "ReadOptions": "options",
    "partition_of": "partitions",
    "read_returns": "read",
    "settled": "read",
}
__all__ = ["Decisions", "ReadOptions", "partition_of", "read_returns", "settled"]


def __getattr__(name: str) -> object:
    if name in HOMES:
        return getattr(import_module(f"qipxl.reading.{HOMES[name]}"), name)
    raise AttributeError(f"module 'qipxl.reading' has no attribute {name!r}")
