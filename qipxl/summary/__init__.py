"""A provider summary → the workbook that leaders read."""

from qipxl.summary.sheet_spec import LETTER_WORDS
from qipxl.summary.workbook import write_summary

__all__ = ["LETTER_WORDS", "write_summary"]
