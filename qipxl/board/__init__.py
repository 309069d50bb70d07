"""A provider summary → what leaders read."""

from qipxl.board.summary_workbook import LETTER_WORDS, write_summary

__all__ = ["LETTER_WORDS", "write_summary"]
