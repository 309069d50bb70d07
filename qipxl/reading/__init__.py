"""Files that came back, read into `Returns`: found, opened, their tables and columns found, their cells typed."""

from qipxl.reading.read import read_returns

__all__ = ["read_returns"]
