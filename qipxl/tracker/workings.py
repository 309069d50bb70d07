"""The workings of a tracker: every cleaned input, calculated value, band and rule, as formulas on one hidden sheet.

Row n of a table's workings reads row n of the table by position, so that people can sort, filter and insert rows. The
input sheets hold only what people type and a few short columns that fetch their row from here. The workings of the tables
are below each other, each under its rows of headings (`working_column`).

The results of all rules are on the left, in the same columns for every table: first what must be fixed, then what should
be looked at, then what is for information. The Checks sheet goes through them as through one list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from qipxl.returns.codes import CODES
from qipxl.rules import formula
from qipxl.rules.evaluate import TableRows
from qipxl.rules.expression import Array, quoted
from qipxl.rules.rulebook import FirstMatch
from qipxl.rules.schema import Column, used
from qipxl.template import SEVERITIES, Template
from qipxl.tracker.layout import TableLayout, WorkedOut
from qipxl.tracker.working_column import HEADINGS, NUMBER, ROW, WorkingColumn
from qipxl.tracker.workings_cells import TableCells
from qipxl.workbook.layout import column_letters

MORE_ROWS = 10
"""Workings go this many rows beyond the table, for rows that people insert."""
COUNTED = {
    "actions": ("open_now", "update_due", "late_now", "late_unexplained", "agreed_due", "review_this_month"),
    "milestones": ("due_this_month",),
    "evidence": ("new_this_month",),
    "measurements": ("asked_this_month", "figure_missing"),
}
"""The calculated values that Start here counts or shows, by table."""
LETTERED = ("actions", "finished")
"""The tables whose rows Start here lists by the letter of their rating."""
OVERWRITTEN = "formula-overwritten"
OVERWRITTEN_SAYS = CODES[OVERWRITTEN].say.format(heading="This cell", more="")


@dataclass(frozen=True)
class Area:
    """The columns on Workings that hold the rules of one severity, from 0."""

    severity: str
    start: int
    width: int

    @property
    def end(self) -> int:
        return self.start + self.width - 1


class Workings:
    """The columns of workings that the trackers of a template need, each with its formula."""

    def __init__(self, template: Template, layouts: Mapping[str, TableLayout]) -> None:
        self.layouts = layouts
        self.rules = template.rules
        self.by_key: dict[object, WorkingColumn] = {}
        self.by_table: dict[str, list[WorkingColumn]] = {key: [] for key in layouts}
        self.heading_rows = heading_rows_of(layouts)
        self.cells = {key: TableCells(self, table) for key, table in self.rules.schema.tables.items()}
        self.overwritten: dict[str, list[WorkingColumn]] = {}
        self.checks: dict[str, list[WorkingColumn]] = {}
        self.counts: dict[str, list[WorkingColumn]] = {}
        self.areas = areas_of(self.rule_widths(), max(len(layout.worked_out) for layout in layouts.values()))
        self.next_index = {key: self.label_index + 1 + 2 * len(self.areas) for key in layouts}
        self.allocate()

    def rule_widths(self) -> dict[str, int]:
        """For each severity, the most rules of it that any table has."""
        rules = self.rules.rules.values()
        return {word: max(sum(rule.severity == word for rule in of_table) for of_table in rules) for word in SEVERITIES}

    @property
    def label_index(self) -> int:
        """The column that holds the name of a row, to the right of the rules."""
        return self.areas[-1].end + 1

    def allocate(self) -> None:
        """Add every column that the checks and ratings need, then render the formulas until none needs a further column."""
        for key in self.layouts:
            self.place_rules(key)
        for key, layout in self.layouts.items():
            for fetched in reversed(layout.worked_out):
                self.cells[key].cell(fetched.column)
            for counted in self.counted(key):
                self.cells[key].cell(counted)
            if key in LETTERED:
                self.letters(key)
        rendered = 0
        while rendered < len(self.all_columns()):
            waiting = self.all_columns()
            for column in waiting:
                column.text = column.text or column.render()
            rendered = len(waiting)
        for column in self.all_columns():
            column.text = column.render()

    def counted(self, key: str) -> list[Column]:
        """The calculated values of a table that Start here counts; a template may lack some."""
        columns = self.rules.schema.tables[key].columns
        return [columns[name] for name in COUNTED.get(key, ()) if name in columns]

    def letters(self, key: str) -> WorkingColumn:
        """The letter of each row's main rating."""
        rating = self.rules.main_rating(key)
        assert rating is not None
        letters = {state.word: state.letter for state in rating.states}
        words, shown = (";".join(map(quoted, texts)) for texts in (letters, letters.values()))

        def render() -> str:
            return f'IFERROR(INDEX({{{shown}}},MATCH({self.cells[key].cell(rating.column)},{{{words}}},0)),"")'

        def value(rows: TableRows) -> Array:
            return np.array([letters.get(str(word), "") for word in rows.values(rating.column)], object)

        return self.find_or_add(("letter", key), lambda: WorkingColumn(key, "Letter", "text", render, value))

    def all_columns(self) -> list[WorkingColumn]:
        """Every column of workings, table by table."""
        return [column for columns in self.by_table.values() for column in columns]

    def place_rules(self, key: str) -> None:
        """Add the columns on the left: overwritten formulas, the rules by severity, the row's name, and how many rules it breaks."""
        worked_out = self.layouts[key].worked_out
        self.overwritten[key] = [
            self.add_at((key, OVERWRITTEN, index), self.make_overwritten(key, fetched), index)
            for index, fetched in enumerate(worked_out)
        ]
        decides = self.rules.worked_out[self.rules.checks[key]]
        assert isinstance(decides, FirstMatch)
        starts = {area.severity: area.start for area in self.areas}
        starts[SEVERITIES[0]] += max(len(layout.worked_out) for layout in self.layouts.values())
        indexes = []
        for rule in self.rules.rules[key]:
            indexes.append(starts[rule.severity])
            starts[rule.severity] += 1
        self.checks[key] = self.cells[key].band_columns(decides, indexes)
        self.add_at((key, "label"), self.make_label(key), self.label_index)
        self.counts[key] = [
            self.add_at((key, "count", area.severity), self.make_count(key, area), self.label_index + 1 + number)
            for number, area in enumerate(self.areas)
        ]
        for number, (area, count) in enumerate(zip(self.areas, self.counts[key], strict=True)):
            index = self.label_index + 1 + len(self.areas) + number
            self.add_at((key, "any", area.severity), self.make_any(key, area, count), index)

    def make_overwritten(self, key: str, fetched: WorkedOut) -> WorkingColumn:
        """Whether a calculated cell has lost its formula, on rows in use."""
        layout, cells = self.layouts[key], self.cells[key]
        raw = f"INDEX({layout.name}[{fetched.heading}],{NUMBER})"

        def render() -> str:
            return f'IFERROR(AND({cells.cell(used(key))},NOT(_xlfn.ISFORMULA({raw})),IFERROR({raw}<>"",TRUE)),FALSE)'

        def value(rows: TableRows) -> Array:
            return np.zeros(rows.length, bool)

        return WorkingColumn(key, OVERWRITTEN, "truth", render, value, OVERWRITTEN_SAYS)

    def make_label(self, key: str) -> WorkingColumn:
        """The name of a row: the text in its first column."""
        first = self.rules.schema.tables[key].columns[self.layouts[key].line.field[0].key]

        def value(rows: TableRows) -> Array:
            """The first column is a text or a reference in every valid template."""
            return rows.values(first)

        return WorkingColumn(key, "Name of the row", "text", lambda: self.cells[key].cell(first), value)

    def make_count(self, key: str, area: Area) -> WorkingColumn:
        """How many rules of a severity a row breaks."""
        span = f"{column_letters(area.start)}{ROW}:{column_letters(area.end)}{ROW}"
        rules = (*self.overwritten[key], *self.checks[key])
        columns = [column for column in rules if area.start <= column.index <= area.end]

        def value(rows: TableRows) -> Array:
            return np.asarray(np.sum([np.zeros(rows.length), *(column.value(rows) for column in columns)], axis=0))

        return WorkingColumn(key, f"Rules broken: {area.severity}", "number", lambda: f"COUNTIF({span},TRUE)", value)

    def make_any(self, key: str, area: Area, count: WorkingColumn) -> WorkingColumn:
        title = f"Any rule broken: {area.severity}"
        return WorkingColumn(key, title, "truth", lambda: f"({count.cell()}>0)", lambda rows: count.value(rows) > 0)

    def add_at(self, key: object, column: WorkingColumn, index: int) -> WorkingColumn:
        """Add a column at a given position."""
        column.index = index
        self.by_key[key] = column
        self.by_table[column.table].append(column)
        return column

    def find_or_add(self, key: object, make: Callable[[], WorkingColumn]) -> WorkingColumn:
        """The column with a key; if there is none, it is made and added at the next position of its table."""
        if key not in self.by_key:
            column = make()
            self.add_at(key, column, self.next_index[column.table])
            self.next_index[column.table] += 1
        return self.by_key[key]

    def rows(self, key: str) -> int:
        """The number of rows of workings that a table has."""
        return self.layouts[key].line.rows + MORE_ROWS

    def first_row(self, key: str) -> int:
        """The sheet row of a table's first row of workings."""
        return self.heading_rows[key] + HEADINGS

    def last_row(self, key: str) -> int:
        return self.first_row(key) + self.rows(key) - 1

    @property
    def bottom(self) -> int:
        """The first sheet row below the workings of all tables."""
        return max(self.last_row(key) for key in self.layouts) + 2

    def span(self, column: WorkingColumn) -> str:
        """All rows of a column of workings, such as $K$8:$K$77."""
        letters = column.letters()
        return f"${letters}${self.first_row(column.table)}:${letters}${self.last_row(column.table)}"

    def column_span(self, key: str, column: Column) -> str:
        """The span of a table's column, as another sheet refers to it."""
        return f"Workings!{self.span(self.cells[key].column_of(column))}"

    def check_block(self, key: str) -> str:
        """The results of all rules of a table in all rows, as another sheet refers to them."""
        return self.rules_block(self.first_row(key), self.last_row(key))

    def check_heading(self, key: str, which: int) -> str:
        """One row of headings above the rules of a table, as another sheet refers to it."""
        row = self.heading_rows[key] + which - 1
        return self.rules_block(row, row)

    def rules_block(self, first_row: int, last_row: int) -> str:
        first, last = column_letters(self.areas[0].start), column_letters(self.areas[-1].end)
        return f"Workings!${first}${first_row}:${last}${last_row}"

    def mistakes(self) -> list[str]:
        """A sentence for each formula that is too long for Excel."""
        return [
            f"{column.table}, {column.title}: its formula has {len(column.text):,} characters, and Excel takes 8,192. "
            "Split it with a calculated field."
            for column in self.all_columns()
            if len(column.text) > formula.LONGEST
        ]


def areas_of(widths: Mapping[str, int], worked_out: int) -> list[Area]:
    """The columns for the rules of each severity; overwritten formulas come before the rules that must be fixed."""
    areas, start = [], 0
    for severity in SEVERITIES:
        width = max(1, widths[severity] + (worked_out if severity == SEVERITIES[0] else 0))
        areas.append(Area(severity, start, width))
        start += width
    return areas


def shown_name(key: str, column: Column) -> str:
    """The defined name by which a sheet fetches a column of its table's workings, such as qip_actions_delivery."""
    return f"qip_{key}_{column.key.removesuffix('_label')}"


def heading_rows_of(layouts: Mapping[str, TableLayout]) -> dict[str, int]:
    """The first sheet row of the headings of each table's workings."""
    first_rows, row = {}, 1
    for key, layout in layouts.items():
        first_rows[key] = row
        row += HEADINGS + layout.line.rows + MORE_ROWS + 1
    return first_rows
