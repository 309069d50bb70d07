"""Templates → tracker workbooks."""

from qipxl.tracker.tracker import Rows, plan_of
from qipxl.tracker.write import write_tracker

__all__ = ["Rows", "plan_of", "write_tracker"]
