"""Templates → tracker workbooks."""

from qipxl.tracker.content import Mark, Rows, plan_of
from qipxl.tracker.copies import Blanks
from qipxl.tracker.write import write_tracker

__all__ = ["Blanks", "Mark", "Rows", "plan_of", "write_tracker"]
