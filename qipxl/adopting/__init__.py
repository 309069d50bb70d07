"""Old workbooks of a provider → trackers: they are read, mapped to a template and carried over; every cell is accounted for."""

from qipxl.adopting.adopt import Adopted, adopt_workbooks, write_adopted
from qipxl.adopting.mapping import AdoptMapping, mapping_text, read_mapping
from qipxl.adopting.old_workbook import OldWorkbook, open_old_workbook
from qipxl.adopting.propose import propose_mapping
from qipxl.adopting.report import is_report, write_report

__all__ = [
    "AdoptMapping",
    "Adopted",
    "OldWorkbook",
    "adopt_workbooks",
    "is_report",
    "mapping_text",
    "open_old_workbook",
    "propose_mapping",
    "read_mapping",
    "write_adopted",
    "write_report",
]
