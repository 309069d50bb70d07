"""Templates → tracker workbooks."""

from qipxl.tracker.content import CellNote, Rows, plan_of
from qipxl.tracker.copies import TemplateCopies
from qipxl.tracker.write import write_tracker

__all__ = ["CellNote", "Rows", "TemplateCopies", "plan_of", "write_tracker"]
