"""The workings of a tracker: every cleaned input, calculated value, band and rule, as formulas on one hidden sheet.

Row n of a table's workings reads row n of the table by position, so sorting, filtering and inserting rows in the table
stay safe, and the input sheets hold only what people type and a few short columns that fetch their row from here. The
tables' workings stand one above another, each under its rows of headings (`slots`).

The truths of all rules stand on the left, in the same columns for every table: first what must be fixed, then what should
be looked at, then what is for information. So the Checks sheet can go through them as through one list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from qipxl.returns.codes import CODES
from qipxl.rules import formula
from qipxl.rules.evaluate import TableRows
from qipxl.rules.expression import Array
from qipxl.rules.rulebook import FirstMatch
from qipxl.rules.schema import Column, used
from qipxl.template import SEVERITIES, Template
from qipxl.tracker.layout import TableLayout, WorkedOut
from qipxl.tracker.working_column import HEADINGS, NUMBER, ROW, WorkingColumn
from qipxl.tracker.workings_cells import TableCells
from qipxl.workbook.layout import FIRST_ROW, column_letters

MORE_ROWS = 10
"""Workings go this many rows beyond the table, for rows that people insert."""
OVERWRITTEN = "formula-overwritten"
OVERWRITTEN_SAYS = CODES[OVERWRITTEN].say.format(heading="This cell", more="")


@dataclass(frozen=True)
class Area:
    """The columns in which the rules of one severity stand, counted from 0."""

    severity: str
    start: int
    width: int

    @property
    def end(self) -> int:
        return self.start + self.width - 1


class Workings:
    """The columns of workings that a template's trackers need, each with its formula."""

    def __init__(self, template: Template, layouts: Mapping[str, TableLayout]) -> None:
        self.template = template
        self.layouts = layouts
        self.rules = template.rules
        self.slots: dict[object, WorkingColumn] = {}
        self.order: dict[str, list[WorkingColumn]] = {key: [] for key in layouts}
        self.tops = tops_of(layouts)
        self.cells = {key: TableCells(self, table) for key, table in self.rules.schema.tables.items()}
        self.overwritten: dict[str, list[WorkingColumn]] = {}
        self.checks: dict[str, list[WorkingColumn]] = {}
        self.counts: dict[str, list[WorkingColumn]] = {}
        self.areas = areas_of(self.rule_widths(), max(len(layout.worked_out) for layout in layouts.values()))
        self.next = {key: self.label_index + 1 + 2 * len(self.areas) for key in layouts}
        self.allocate()

    def rule_widths(self) -> dict[str, int]:
        """How many rules of each severity the table with the most of them has."""
        rules = self.rules.rules.values()
        return {word: max(sum(rule.severity == word for rule in each) for each in rules) for word in SEVERITIES}

    @property
    def label_index(self) -> int:
        """The column that holds what a row is called, right of the rules."""
        return self.areas[-1].end + 1

    def allocate(self) -> None:
        """Find every column that the checks and ratings need, then write the formulas."""
        for key in self.layouts:
            self.place_rules(key)
        for key, layout in self.layouts.items():
            for each in reversed(layout.worked_out):
                self.cells[key].cell(each.column)
        rendered = 0
        while rendered < len(self.every_slot()):
            waiting = self.every_slot()
            for slot in waiting:
                slot.text = slot.text or slot.render()
            rendered = len(waiting)
        for slot in self.every_slot():
            slot.text = slot.render()

    def every_slot(self) -> list[WorkingColumn]:
        """Every column of workings, table by table."""
        return [slot for slots in self.order.values() for slot in slots]

    def place_rules(self, key: str) -> None:
        """The columns on the left: overwritten formulas, the rules by severity, the row's name, and how many are broken."""
        worked_out = self.layouts[key].worked_out
        self.overwritten[key] = [
            self.put((key, OVERWRITTEN, place), self.make_overwritten(key, each), place)
            for place, each in enumerate(worked_out)
        ]
        decides = self.rules.worked_out[self.rules.checks[key]]
        assert isinstance(decides, FirstMatch)
        starts = {area.severity: area.start for area in self.areas}
        starts[SEVERITIES[0]] += max(len(layout.worked_out) for layout in self.layouts.values())
        indexes = []
        for rule in self.rules.rules[key]:
            indexes.append(starts[rule.severity])
            starts[rule.severity] += 1
        self.checks[key] = self.cells[key].band_slots(decides, indexes)
        self.put((key, "label"), self.make_label(key), self.label_index)
        self.counts[key] = [
            self.put((key, "count", area.severity), self.make_count(key, area), self.label_index + 1 + place)
            for place, area in enumerate(self.areas)
        ]
        for place, (area, count) in enumerate(zip(self.areas, self.counts[key], strict=True)):
            index = self.label_index + 1 + len(self.areas) + place
            self.put((key, "any", area.severity), self.make_any(key, area, count), index)

    def make_overwritten(self, key: str, each: WorkedOut) -> WorkingColumn:
        """Whether a cell that is worked out has lost its formula, on rows that are used."""
        layout, cells = self.layouts[key], self.cells[key]
        raw = f"INDEX({layout.name}[{each.heading}],{NUMBER})"
        return WorkingColumn(
            key,
            OVERWRITTEN,
            "truth",
            lambda: f'IFERROR(AND({cells.cell(used(key))},NOT(_xlfn.ISFORMULA({raw})),IFERROR({raw}<>"",TRUE)),FALSE)',
            lambda rows: np.zeros(rows.length, bool),
            OVERWRITTEN_SAYS,
        )

    def make_label(self, key: str) -> WorkingColumn:
        """What a row is called: what stands in its first column."""
        first = self.layouts[key].line.field[0]
        raw = f"INDEX({self.layouts[key].name}[{first.heading}],{NUMBER})"

        def value(rows: TableRows) -> Array:
            """The first column is a text or a reference in every template (soundness sees to it)."""
            return rows.values(self.rules.schema.tables[key].columns[first.key])

        return WorkingColumn(key, "Name of the row", "text", lambda: formula.clean_text(raw), value)

    def make_count(self, key: str, area: Area) -> WorkingColumn:
        """How many rules of a severity a row breaks."""
        span = f"{column_letters(area.start)}{ROW}:{column_letters(area.end)}{ROW}"
        slots = [slot for slot in (*self.overwritten[key], *self.checks[key]) if area.start <= slot.index <= area.end]

        def value(rows: TableRows) -> Array:
            return np.asarray(np.sum([np.zeros(rows.length), *(slot.value(rows) for slot in slots)], axis=0))

        return WorkingColumn(key, f"Rules broken: {area.severity}", "number", lambda: f"COUNTIF({span},TRUE)", value)

    def make_any(self, key: str, area: Area, count: WorkingColumn) -> WorkingColumn:
        return WorkingColumn(
            key,
            f"Any rule broken: {area.severity}",
            "truth",
            lambda: f"({count.cell()}>0)",
            lambda rows: count.value(rows) > 0,
        )

    def put(self, key: object, slot: WorkingColumn, index: int) -> WorkingColumn:
        """A column with a place of its own."""
        slot.index = index
        self.slots[key] = slot
        self.order[slot.table].append(slot)
        return slot

    def slot(self, key: object, make: Callable[[], WorkingColumn]) -> WorkingColumn:
        """The column known by a key, made and given the next place in its table where it is new."""
        if key not in self.slots:
            slot = self.slots[key] = make()
            slot.index = self.next[slot.table]
            self.next[slot.table] += 1
            self.order[slot.table].append(slot)
        return self.slots[key]

    def rows(self, key: str) -> int:
        """How many rows of workings a table has."""
        return self.layouts[key].line.rows + MORE_ROWS

    def first_row(self, key: str) -> int:
        """The sheet row of a table's first row of workings."""
        return self.tops[key] + HEADINGS

    def last_row(self, key: str) -> int:
        return self.first_row(key) + self.rows(key) - 1

    @property
    def bottom(self) -> int:
        """The first sheet row below all tables' workings."""
        return max(self.last_row(key) for key in self.layouts) + 2

    def sheet_row(self, key: str, row: int) -> int:
        """The row on its own sheet that a row of workings reads, while no row above the table was inserted."""
        return row - self.first_row(key) + FIRST_ROW

    def span(self, slot: WorkingColumn) -> str:
        """All rows of a column of workings."""
        letters = slot.letters()
        return f"${letters}${self.first_row(slot.table)}:${letters}${self.last_row(slot.table)}"

    def column_span(self, key: str, column: Column) -> str:
        """The span of a table's column, seen from another sheet."""
        return f"Workings!{self.span(self.cells[key].slot_of(column))}"

    def check_block(self, key: str) -> str:
        """The truths of all rules of a table in all rows, seen from another sheet."""
        first, last = column_letters(self.areas[0].start), column_letters(self.areas[-1].end)
        return f"Workings!${first}${self.first_row(key)}:${last}${self.last_row(key)}"

    def check_heading(self, key: str, which: int) -> str:
        """What stands above the rules of a table in one row of headings, seen from another sheet."""
        row = self.tops[key] + which - 1
        first, last = column_letters(self.areas[0].start), column_letters(self.areas[-1].end)
        return f"Workings!${first}${row}:${last}${row}"

    def mistakes(self) -> list[str]:
        """A sentence for each formula that Excel would not take."""
        return [
            f"{slot.table}, {slot.title}: its formula has {len(slot.text):,} characters, and Excel takes 8,192. "
            "Split it with a calculated field."
            for slot in self.every_slot()
            if len(slot.text) > formula.LONGEST
        ]


def areas_of(widths: Mapping[str, int], worked_out: int) -> list[Area]:
    """Where the rules of each severity stand; overwritten formulas come before those that must be fixed."""
    areas, start = [], 0
    for severity in SEVERITIES:
        width = max(1, widths[severity] + (worked_out if severity == SEVERITIES[0] else 0))
        areas.append(Area(severity, start, width))
        start += width
    return areas


def shown_name(key: str, column: Column) -> str:
    """The name under which a sheet fetches a column of its table's workings, such as qip_actions_delivery."""
    return f"qip_{key}_{column.key.removesuffix('_label')}"


def tops_of(layouts: Mapping[str, TableLayout]) -> dict[str, int]:
    """The sheet row on which the headings of each table's workings begin."""
    tops, row = {}, 1
    for key, layout in layouts.items():
        tops[key] = row
        row += HEADINGS + layout.line.rows + MORE_ROWS + 1
    return tops
