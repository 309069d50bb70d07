"""The layout of a tracker: names of sheets and tables, heading rows, the cover and the stamp."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from qipxl.periods import Period

START, CHECKS, GUIDANCE, LISTS, SETTINGS = "Start here", "Checks", "Guidance", "Lists", "Settings"
WORKINGS, CHARTS, STAMP = "Workings", "Charts", "qipxl stamp"
CARRIED = "Carried over"
"""The sheet of an adopted tracker with the old plan's texts that have no field."""
SUMMARY_SHEETS = ("Overview", "Problems", "All actions", "Sources")
"""The sheets by which a summary workbook of any version is recognised."""
QUESTIONS, ANSWER = "Questions about your last return", "Your answer"
"""The heading on Start here above the questions of head office in trackers of earlier versions; the label of a cell for an answer."""
FROM_HEAD_OFFICE = "From head office"
"""The heading on Start here above what head office asks and says."""
ANSWER_HERE, OPEN_ACTIONS = "Please answer in the yellow cells.", "Your open actions"
"""The hint on Start here above the column of questions and answers, and the heading below them."""
PASTE, PASTED = "Paste figures", "measurements"
"""The sheet with a block of months and indicators from another system, and the table whose blank figures it fills."""
PASTE_MONTHS, PASTE_COLUMNS = 36, 60
"""The months of the block, below its headings and from column A on, and its columns of figures, from column B on."""
GROUP_ROW, HEADING_ROW = 3, 4
FIRST_ROW = HEADING_ROW + 1
"""Sheet rows count from 1, as Excel shows them."""


@dataclass(frozen=True)
class CoverLine:
    """A labelled cell of Start here; `filled_by` is the service, head office, or worked out. `old` is its label in earlier versions."""

    key: str
    label: str
    filled_by: str
    old: str = ""


COVER = (
    CoverLine("service", "Service", "head office"), CoverLine("code", "Service code", "head office"),
    CoverLine("region", "Region", "head office"), CoverLine("manager", "Manager", "head office"),
    CoverLine("period", "Period", "head office"), CoverLine("period_end", "Period ends", "head office"),
    CoverLine("as_at", "As-at date", "worked out"), CoverLine("submitted_by", "Your name", "service", "Submitted by"),
    CoverLine("submitted_on", "Date sent", "service", "Submitted on"), CoverLine("nil", "Nothing to report?", "service"),
    CoverLine("submission", "Submission number", "service"),
)  # fmt: skip
"""The cells of Start here with a label on their left, in order."""


def table_name(key: str) -> str:
    """The name of a table in the workbook, as in tblActions."""
    return "tbl" + "".join(part.capitalize() for part in key.split("_"))


def paste_heading(ref: str, heading: str) -> str:
    """The heading of a column of the sheet Paste figures: the ref of an indicator and the heading of a field, as in I-01 Numerator."""
    return f"{ref} {heading}"


@lru_cache(maxsize=1024)
def column_letters(index: int) -> str:
    """A column's letters from its index, counted from 0: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_address(column: int, row: int) -> str:
    """A cell's address, such as K17, from its column (from 0) and its sheet row (from 1)."""
    return f"{column_letters(column)}{row}"


LAST_SHEET_ROW = 1_048_576
ROWS_OF_A_MONTH, LATE_ROWS = 10_000, 5_000


def put_back_row(period: Period, index: int, *, late: bool = False) -> int:
    """The row number of a row that is missing from its sheet since a month: larger than any that a sheet has.

    `index` distinguishes the missing rows of a table. `late` is true if the tracker never had the row.

    >>> missing_words(put_back_row(Period(2026, 4), 2)), missing_words(put_back_row(Period(2026, 5), 0, late=True))
    ('deleted in April 2026', 'not in the tracker of May 2026')
    """
    return (period.year * 12 + period.month - 1) * ROWS_OF_A_MONTH + LATE_ROWS * late + index


def month_put_back(row: int) -> Period | None:
    """The month since which a row is missing from its sheet; None if it is on its sheet."""
    return Period(0, 1).plus(row // ROWS_OF_A_MONTH) if row > LAST_SHEET_ROW else None


def missing_words(row: int) -> str:
    """Since when a row is missing from its sheet, in words; empty if it is on its sheet."""
    month = month_put_back(row)
    if month is None:
        return ""
    return f"{'not in the tracker of' if row % ROWS_OF_A_MONTH >= LATE_ROWS else 'deleted in'} {month.words}"


def row_address(column: int | None, row: int) -> str:
    """The address of a row's cell in a column (from 0), or of the whole row, such as 17:17; empty if it is on no sheet."""
    if row > LAST_SHEET_ROW:
        return ""
    return f"{row}:{row}" if column is None else cell_address(column, row)


@dataclass(frozen=True)
class Placement:
    """The position of a table in one return: its sheet, and the column (from 0) of each field found."""

    sheet: str
    columns: Mapping[str, int]

    def cell(self, row: int, field: str) -> str:
        """An address such as K17; the whole row, such as 17:17, if the field was not found; empty if the row is on no sheet."""
        return row_address(self.columns.get(field), row)
