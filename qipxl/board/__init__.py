"""A provider summary → what leaders read."""

from qipxl.board.summary_workbook import write_summary

__all__ = ["write_summary"]
