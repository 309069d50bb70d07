"""Templates → tracker workbooks."""

from qipxl.tracker.tracker import Rows
from qipxl.tracker.write import write_tracker

__all__ = ["Rows", "write_tracker"]
