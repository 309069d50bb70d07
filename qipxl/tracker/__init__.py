"""Templates → tracker workbooks."""

from qipxl.tracker.blank import Blanks
from qipxl.tracker.tracker import Mark, Rows, plan_of
from qipxl.tracker.write import write_tracker

__all__ = ["Blanks", "Mark", "Rows", "plan_of", "write_tracker"]
