"""The columns of each table of a tracker in the order of its sheet: fields that people fill in, and calculated columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from qipxl.rules.lookups import ValueOfParent
from qipxl.rules.schema import Column
from qipxl.rules.text_functions import Letter
from qipxl.template import FieldLine, TableLine, Template, TrendLine
from qipxl.workbook.layout import FIRST_ROW, HEADING_ROW, column_letters, table_name

CHECK_WIDTH = 40


@dataclass(frozen=True)
class WorkedOut:
    """A calculated column: its width in characters, its outline group ("" for none), and its decimals.

    `letter_of` is the rating whose letter it shows; `is_check` is true if it says what is wrong with a row.
    """

    column: Column
    width: float
    group: str = ""
    decimals: int = 0
    letter_of: Column | None = None
    is_check: bool = False

    @property
    def key(self) -> str:
        """The name of the column in a template: of the rating or calculated value that it shows, or `check`."""
        return self.column.key.removesuffix("_label").removesuffix("_shown")

    @property
    def heading(self) -> str:
        return self.column.heading


@dataclass(frozen=True)
class TableLayout:
    """A table on its sheet: its fields and calculated columns, those that the template puts first before all others."""

    key: str
    line: TableLine
    worked_out: Sequence[WorkedOut]

    @property
    def name(self) -> str:
        return table_name(self.key)

    @cached_property
    def columns(self) -> list[FieldLine | WorkedOut | TrendLine]:
        """Every column from left to right: the first, others that are always visible, then each group together."""
        every: list[FieldLine | WorkedOut | TrendLine] = [*self.line.field, *self.worked_out]
        every += [self.line.trend] if self.line.trend else []
        return self.line.in_order(every)

    @property
    def headings(self) -> list[str]:
        """Every heading from left to right."""
        return [each.heading for each in self.columns]

    @cached_property
    def groups(self) -> list[tuple[str, int, int]]:
        """Each outline group with its first column and the column after its last."""
        numbered = groupby(enumerate(self.columns), lambda pair: pair[1].group)
        spans = [(group, [index for index, _ in pairs]) for group, pairs in numbered]
        return [(group, indexes[0], indexes[-1] + 1) for group, indexes in spans if group]

    @cached_property
    def visible(self) -> int:
        """The number of columns before the groups."""
        return self.groups[0][1] if self.groups else len(self.columns)

    def typed_runs(self, skipped: str = "") -> list[tuple[str, str]]:
        """The first and the last heading of each run of fields next to each other, without the field `skipped`."""
        runs = groupby(self.columns, lambda each: isinstance(each, FieldLine) and each.key != skipped)
        headings = [[each.heading for each in run] for is_typed, run in runs if is_typed]
        return [(of_run[0], of_run[-1]) for of_run in headings]

    @property
    def last_row(self) -> int:
        return HEADING_ROW + self.line.rows

    def index(self, key: str) -> int:
        """The position of a column, from 0."""
        return next(index for index, each in enumerate(self.columns) if each.key == key)

    def span(self, key: str) -> str:
        """All prepared cells of a column, such as 'Actions'!$K$5:$K$64."""
        letters = column_letters(self.index(key))
        return f"'{self.line.sheet}'!${letters}${FIRST_ROW}:${letters}${self.last_row}"


def tracker_layout(template: Template) -> dict[str, TableLayout]:
    """The layout of every table of a template's tracker."""
    return {key: TableLayout(key, line, list(worked_out(template, key))) for key, line in template.tables.items()}


def worked_out(template: Template, key: str) -> Iterator[WorkedOut]:
    """The columns that a table's sheet fetches: each rating's label and reason, the figures shown, the check."""
    line, rules = template.tables[key], template.rules
    for rating, declared in zip(rules.ratings[key], line.rating, strict=True):
        yield WorkedOut(rating.label.column, declared.width, declared.group)
        if rating.because is not None:
            yield WorkedOut(rating.because, declared.because_width, declared.group)
    columns = rules.schema.tables[key].columns
    figures = [calculated for calculated in line.calculated if calculated.show]
    for column, figure in zip(rules.shown[key], figures, strict=True):
        value = rules.worked_out[columns[figure.key]]
        shown = rules.worked_out.get(value.of) if isinstance(value, ValueOfParent) else value
        letter_of = shown.of.column if isinstance(shown, Letter) else None
        is_check = rules.checks[key] in value.columns()
        yield WorkedOut(column, figure.width, figure.group, figure.decimals, letter_of, is_check)
    yield WorkedOut(rules.checks[key], CHECK_WIDTH, line.check_group, is_check=True)
