"""Opens an old plan: an Excel workbook, a Word document with tables, a spreadsheet of another format, or a text file such as CSV.

The kind is known from a file's first bytes. Each passes the same safety checks as a return.
"""

from __future__ import annotations

from pathlib import Path

from qipxl.adopting.old_dates import with_clear_dates
from qipxl.adopting.old_excel import read_tabs
from qipxl.adopting.old_sheets import read_sheet_tabs
from qipxl.adopting.old_word import read_word_tabs
from qipxl.adopting.old_workbook import OldWorkbook
from qipxl.errors import SourceError
from qipxl.reading.file.kinds import OTHER, WORKBOOK, sentence
from qipxl.reading.file.limits import Limits
from qipxl.reading.file.open import read_bytes
from qipxl.reading.file.package import package_of
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.sheets import TEXT_KINDS
from qipxl.text import escaped

ENDINGS = (".xlsx", ".xlsm", ".docx", ".docm", ".xls", ".xlsb", ".ods", ".csv")
"""The endings of the files that are taken from a folder."""
OLD_WORD = "This is a Word document of an old format (.doc or .rtf). Open it in Word and save it as .docx."
WORD_ENDINGS = (".docx", ".docm")
ONLY_VALUES = "Only values could be read from this file: no colours, comments, merged cells or struck-through text."


def open_old_workbook(path: Path, limits: Limits | None = None) -> OldWorkbook:
    """Open a plan that qipxl did not issue.

    Raises SourceError if it is of another kind, is damaged, exceeds the limits, or comes from qipxl.
    """
    try:
        return read_old_file(path, limits or Limits())
    except RefusedError as refusal:
        raise SourceError(f"{escaped(path.name)}: {in_words_of(path, str(refusal))}") from None
    except OSError as error:
        raise SourceError(f"Cannot read {path} ({error.strerror or 'damaged'}). Check the name.") from None


def read_old_file(path: Path, limits: Limits) -> OldWorkbook:
    """The tabs of a file, by its kind; raises RefusedError if it is not safe or of a kind that is not read."""
    data = read_bytes(path, limits)
    kind, package = package_of(data, limits)
    if kind == WORKBOOK and package is not None:
        return OldWorkbook(path, tuple(read_tabs(package, limits)))
    if kind == "word" and package is not None:
        return OldWorkbook(path, tuple(with_clear_dates(read_word_tabs(package, limits))))
    if kind in OTHER:
        return OldWorkbook(path, tuple(read_sheet_tabs(path, limits)), ONLY_VALUES)
    if kind in TEXT_KINDS:
        return OldWorkbook(path, tuple(with_clear_dates(read_sheet_tabs(path, limits))))
    raise RefusedError(OLD_WORD if kind == "word" else sentence(kind))


def in_words_of(path: Path, reason: str) -> str:
    """A reason that is written for a returned tracker, for an old plan; that of a Word document by its ending."""
    words = {"tracker": "plan"}
    if path.suffix.lower() in WORD_ENDINGS:
        words |= {"workbook": "document", ".xlsx": ".docx", "by Excel": "by Word", "Excel does": "Word does"}
    for old, new in words.items():
        reason = reason.replace(old, new)
    return reason
