"""A provider summary → what leaders read."""

from qipxl.board.summary_workbook import write_summary
from qipxl.board.views import LETTER_WORDS

__all__ = ["LETTER_WORDS", "write_summary"]
