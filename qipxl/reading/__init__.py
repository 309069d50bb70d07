"""Files that came back, read into `Returns`: found, opened one by one, their columns typed over all of them at once.

Each name is fetched when it is first used: the process that opens files starts without pandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qipxl.reading.partitions import partition_of
    from qipxl.reading.read import Choices, How, read_returns, settled

__all__ = ["Choices", "How", "partition_of", "read_returns", "settled"]


def __getattr__(name: str) -> object:
    if name in __all__:
        return getattr(import_module(f"qipxl.reading.{'partitions' if name == 'piece_of' else 'read'}"), name)
    raise AttributeError(f"module 'qipxl.reading' has no attribute {name!r}")
