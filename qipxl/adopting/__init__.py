"""Old workbooks of a provider → trackers: they are read, mapped to a template and carried over; every cell is accounted for."""

from qipxl.adopting.adopt import Adopted, UnknownServicesError, adopt_workbooks, write_adopted
from qipxl.adopting.aliases import with_own_headings
from qipxl.adopting.confirmed import apply_confirmed, confirmed_mappings, keep_mapping
from qipxl.adopting.mapping import AdoptMapping
from qipxl.adopting.mapping_files import read_mapping, write_mapping
from qipxl.adopting.mapping_toml import mapping_text
from qipxl.adopting.old_file import ENDINGS, open_old_workbook
from qipxl.adopting.old_workbook import OldWorkbook
from qipxl.adopting.own_headings import own_headings
from qipxl.adopting.propose import propose_mapping
from qipxl.adopting.report import is_report, write_report

__all__ = [
    "ENDINGS",
    "AdoptMapping",
    "Adopted",
    "OldWorkbook",
    "UnknownServicesError",
    "adopt_workbooks",
    "apply_confirmed",
    "confirmed_mappings",
    "is_report",
    "keep_mapping",
    "mapping_text",
    "open_old_workbook",
    "own_headings",
    "propose_mapping",
    "read_mapping",
    "with_own_headings",
    "write_adopted",
    "write_mapping",
    "write_report",
]
