"""One file opened on its own, in a process of its own: what it is, whether it is safe, and what its sheets hold.

Nothing here knows pandas or the other files of a batch, so that a process that opens files starts at once.
"""

from qipxl.reading.file.plan import ReadingPlan, TablePlan
from qipxl.reading.file.tables import ReadTable
from qipxl.reading.file.workbook import OpenedWorkbook

__all__ = ["OpenedWorkbook", "ReadTable", "ReadingPlan", "TablePlan"]
