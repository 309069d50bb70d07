"""Templates → tracker workbooks."""

from qipxl.tracker.content import CellNote, NewsLine, Rows, workings_of
from qipxl.tracker.copies import TemplateCopies
from qipxl.tracker.write import write_tracker

__all__ = ["CellNote", "NewsLine", "Rows", "TemplateCopies", "workings_of", "write_tracker"]
