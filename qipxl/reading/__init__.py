"""Files that came back, read into `Returns`: found, opened, their tables and columns found, their cells typed."""

from qipxl.reading.read import read_returns
from qipxl.reading.workbook import is_summary

__all__ = ["is_summary", "read_returns"]
