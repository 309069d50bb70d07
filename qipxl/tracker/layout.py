"""The columns of each table of a tracker, in order: the fields that people fill in, then the calculated columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qipxl.rules.schema import Column
from qipxl.template import TableLine, Template
from qipxl.workbook.layout import FIRST_ROW, HEADING_ROW, column_letters, table_name

CHECK_WIDTH = 40


@dataclass(frozen=True)
class WorkedOut:
    """A calculated column: its width in characters, its outline group ("" for none), and its decimals."""

    column: Column
    width: float
    group: str = ""
    decimals: int = 0

    @property
    def heading(self) -> str:
        return self.column.heading


@dataclass(frozen=True)
class TableLayout:
    """A table on its sheet: the fields that people fill in, then ratings and figures, then the check."""

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
        """The position of a field's column, from 0."""
        return next(index for index, field in enumerate(self.line.field) if field.key == key)

    def span(self, key: str) -> str:
        """All prepared cells of a field, such as 'Actions'!$K$5:$K$64."""
        letters = column_letters(self.index(key))
        return f"'{self.line.sheet}'!${letters}${FIRST_ROW}:${letters}${self.last_row}"


def tracker_layout(template: Template) -> dict[str, TableLayout]:
    """The layout of every table of a template's tracker."""
    return {key: TableLayout(key, line, list(worked_out(template, key))) for key, line in template.tables.items()}


def worked_out(template: Template, key: str) -> Iterator[WorkedOut]:
    """The columns that a table's sheet fetches: each rating's label and reason, the figures shown, the check."""
    line, rules = template.tables[key], template.rules
    for rating, declared in zip(rules.ratings[key], line.rating, strict=True):
        yield WorkedOut(rating.label.column, declared.width)
        if rating.because is not None:
            yield WorkedOut(rating.because, declared.because_width, declared.group)
    figures = [calculated for calculated in line.calculated if calculated.show]
    for column, figure in zip(rules.shown[key], figures, strict=True):
        yield WorkedOut(column, figure.width, figure.group, figure.decimals)
    yield WorkedOut(rules.checks[key], CHECK_WIDTH)
