"""Where things stand in a tracker: sheets, tables, headings, the cover and the stamp."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qipxl.rules.schema import Column
    from qipxl.template import TableLine, Template

START, CHECKS, GUIDANCE, LISTS, SETTINGS = "Start here", "Checks", "Guidance", "Lists", "Settings"
WORKINGS, CHARTS, STAMP = "Workings", "Charts", "qipxl stamp"
CARRIED = "Carried over"
"""The sheet of an adopted tracker that holds what the old plan said and no field does."""
SUMMARY_SHEETS = ("Overview", "Problems", "All actions", "Sources")
"""The sheets by which a summary workbook is known, of whatever version of qipxl."""
TITLE_ROW, ABOUT_ROW, GROUP_ROW, HEADING_ROW = 1, 2, 3, 4
FIRST_ROW = HEADING_ROW + 1
"""Sheet rows count from 1, as people see them."""
CHECK_WIDTH = 40


@dataclass(frozen=True)
class CoverLine:
    """A labelled cell of Start here; `filled_by` is the service, head office, or worked out."""

    key: str
    label: str
    filled_by: str


COVER = (
    CoverLine("service", "Service", "head office"),
    CoverLine("code", "Service code", "head office"),
    CoverLine("region", "Region", "head office"),
    CoverLine("manager", "Manager", "head office"),
    CoverLine("period", "Period", "head office"),
    CoverLine("period_end", "Period ends", "head office"),
    CoverLine("as_at", "As-at date", "worked out"),
    CoverLine("submitted_by", "Submitted by", "service"),
    CoverLine("submitted_on", "Submitted on", "service"),
    CoverLine("submission", "Submission number", "service"),
    CoverLine("nil", "Nothing to report?", "service"),
)
"""What Start here says of the return, from its third row on: label in column A, value in column B."""
COVER_ROW = 3


def table_name(key: str) -> str:
    """The name of a table in the workbook, as in tblActions."""
    return "tbl" + "".join(part.capitalize() for part in key.split("_"))


def column_letters(index: int) -> str:
    """A column's letters from its place, counted from 0: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@dataclass(frozen=True)
class Placement:
    """Where a table stood in one return: its sheet, and the column (from 0) of each field found."""

    sheet: str
    columns: Mapping[str, int]

    def cell(self, row: int, field: str) -> str:
        """An address such as K17; only the row where the field was not found."""
        return f"{column_letters(self.columns[field])}{row}" if field in self.columns else f"{row}:{row}"


@dataclass(frozen=True)
class WorkedOut:
    """A column that is worked out: which, how wide, behind which outline group, and with how many decimals."""

    column: Column
    width: float
    group: str = ""
    decimals: int = 0

    @property
    def heading(self) -> str:
        return self.column.heading


@dataclass(frozen=True)
class TableLayout:
    """A table on its sheet: what people fill in, then the ratings and figures, then the check."""

    key: str
    line: TableLine
    worked_out: Sequence[WorkedOut]

    @property
    def name(self) -> str:
        return table_name(self.key)

    @property
    def headings(self) -> list[str]:
        """Every heading from left to right."""
        return [*(field.heading for field in self.line.field), *(each.heading for each in self.worked_out)]

    @property
    def last_row(self) -> int:
        return HEADING_ROW + self.line.rows

    def index(self, key: str) -> int:
        """A field's column, counted from 0."""
        return next(place for place, field in enumerate(self.line.field) if field.key == key)

    def span(self, key: str) -> str:
        """All prepared cells of a field, as in Actions!$K$5:$K$64."""
        letters = column_letters(self.index(key))
        return f"'{self.line.sheet}'!${letters}${FIRST_ROW}:${letters}${self.last_row}"


def tracker_layout(template: Template) -> dict[str, TableLayout]:
    """The layout of every table of a template's tracker."""
    return {key: TableLayout(key, line, list(worked_out(template, key))) for key, line in template.tables.items()}


def worked_out(template: Template, key: str) -> Iterator[WorkedOut]:
    """The columns a table's sheet fetches: each rating's label and its reason, the figures that are shown, the check."""
    line, rules = template.tables[key], template.rules
    for rating, declared in zip(rules.ratings[key], line.rating, strict=True):
        yield WorkedOut(rating.label.column, declared.width)
        if rating.because is not None:
            yield WorkedOut(rating.because, declared.because_width, declared.group)
    figures = [calculated for calculated in line.calculated if calculated.show]
    for column, figure in zip(rules.shown[key], figures, strict=True):
        yield WorkedOut(column, figure.width, figure.group, figure.decimals)
    yield WorkedOut(rules.checks[key], CHECK_WIDTH)
