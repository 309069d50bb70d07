"""The workings of a tracker: every cleaned input, calculated value, band and rule, as formulas on one hidden sheet.

Row n of a table's workings reads row n of the table by position, so sorting, filtering and inserting rows in the table
stay safe, and the input sheets hold only what people type and a few short columns that fetch their row from here.
The tables' workings stand one above another. Above each column stand its word, its name and, for a rule, its severity
and the heading of the cell it points at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from qipxl.layout import TableLayout, column_letters
from qipxl.rules import formula
from qipxl.rules.evaluation import Array, TableRows
from qipxl.rules.expressions import Expression, Field
from qipxl.rules.formula import ChildCells
from qipxl.rules.functions import Unreadable
from qipxl.rules.rulebook import Band, FirstThat
from qipxl.rules.schema import Column, Kind, Table
from qipxl.template import Template

HEADINGS = 4
"""Rows of headings above a table's workings: word, name, severity, heading."""
WORD, NAME, SEVERITY, AT = 1, 2, 3, 4
MORE_ROWS = 10
"""Workings go this many rows beyond the table, for rows that people insert."""
ROW, NUMBER = "\x00", "\x01"
"""In a formula these stand for the workings row and for the number of the table's row."""


@dataclass
class Slot:
    """One column of workings: what stands above it, its formula, and the same value worked out in Python."""

    table: str
    title: str
    kind: Kind
    render: Callable[[], str]
    value: Callable[[TableRows], Array]
    word: str = ""
    index: int = 0
    text: str = ""

    def letters(self) -> str:
        return column_letters(self.index)


class Workings:
    """The columns of workings that a template's trackers need, each with its formula."""

    def __init__(self, template: Template, layouts: Mapping[str, TableLayout]) -> None:
        self.template = template
        self.layouts = layouts
        self.rules = template.rules
        self.slots: dict[object, Slot] = {}
        self.order: dict[str, list[Slot]] = {key: [] for key in layouts}
        self.tops = tops_of(layouts)
        self.cells = {key: TableCells(self, table) for key, table in self.rules.schema.tables.items()}
        self.allocate()

    def allocate(self) -> None:
        """Find every column that the checks and ratings need, then write the formulas."""
        for key in self.layouts:
            for column in reversed(self.shown_columns(key)):
                self.cells[key].cell(column)
        rendered = 0
        while rendered < len(self.every_slot()):
            waiting = self.every_slot()
            for slot in waiting:
                slot.text = slot.text or slot.render()
            rendered = len(waiting)
        for slots in self.order.values():
            for slot in slots:
                slot.text = slot.render()

    def every_slot(self) -> list[Slot]:
        """Every column of workings, table by table."""
        return [slot for slots in self.order.values() for slot in slots]

    def shown_columns(self, key: str) -> list[Column]:
        """The columns that a table's sheet fetches from here: its ratings' labels and its check."""
        labels = [rating.label for rating in self.rules.ratings[key]]
        return [*(label.column for label in labels if isinstance(label, Field)), self.rules.checks[key]]

    def rows(self, key: str) -> int:
        """How many rows of workings a table has."""
        return self.layouts[key].line.rows + MORE_ROWS

    def first_row(self, key: str) -> int:
        """The sheet row of a table's first row of workings."""
        return self.tops[key] + HEADINGS

    def last_row(self, key: str) -> int:
        return self.first_row(key) + self.rows(key) - 1

    def slot(self, key: object, make: Callable[[], Slot]) -> Slot:
        """The column known by a key, made and given the next place in its table where it is new."""
        if key not in self.slots:
            slot = self.slots[key] = make()
            slot.index = len(self.order[slot.table])
            self.order[slot.table].append(slot)
        return self.slots[key]

    def span(self, slot: Slot) -> str:
        """All rows of a column of workings."""
        letters = slot.letters()
        return f"${letters}${self.first_row(slot.table)}:${letters}${self.last_row(slot.table)}"

    def column_span(self, key: str, column: Column) -> str:
        """The span of a table's column, seen from another sheet."""
        return f"Workings!{self.span(self.cells[key].slot_of(column))}"

    def check_slots(self, key: str) -> list[Slot]:
        """The truth of each rule of a table, side by side."""
        decides = self.rules.worked_out[self.rules.checks[key]]
        assert isinstance(decides, FirstThat)
        return self.cells[key].band_slots(decides)

    def check_block(self, key: str) -> str:
        """The truths of all rules of a table in all rows, seen from another sheet."""
        slots = self.check_slots(key)
        return f"Workings!${slots[0].letters()}${self.first_row(key)}:${slots[-1].letters()}${self.last_row(key)}"

    def check_heading(self, key: str, which: int) -> str:
        """What stands above the rules of a table (SEVERITY or AT), seen from another sheet."""
        slots, row = self.check_slots(key), self.tops[key] + which - 1
        return f"Workings!${slots[0].letters()}${row}:${slots[-1].letters()}${row}"

    def mistakes(self) -> list[str]:
        """A sentence for each formula that Excel would not take."""
        found = []
        for slot in self.every_slot():
            if len(slot.text) > formula.LONGEST:
                found.append(
                    f"{slot.table}, {slot.title}: its formula has {len(slot.text):,} characters, and Excel takes 8,192. "
                    "Split it with a calculated field."
                )
        return found


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


class TableCells:
    """One row of a table's workings, as the rules ask for it (`rules.formula.Cells`)."""

    def __init__(self, workings: Workings, table: Table) -> None:
        self.workings = workings
        self.table = table
        self.layout = workings.layouts[table.key]
        fields = self.layout.line.field
        self.types = {line.key: line.type for line in fields}
        self.lists = {line.key: line.list for line in fields}

    def cell(self, column: Column) -> str:
        return f"{self.slot_of(column).letters()}{ROW}"

    def span(self, column: Column) -> str:
        return self.workings.span(self.slot_of(column))

    def unreadable(self, column: Column) -> str:
        return f"{self.unreadable_slot(column).letters()}{ROW}"

    def unreadable_span(self, column: Column) -> str:
        return self.workings.span(self.unreadable_slot(column))

    def blank(self, column: Column) -> str:
        return formula.blank(self.raw(column))

    def scalar(self, expression: Expression) -> str:
        if expression.hoisted:
            return f"{self.value_slot(expression).letters()}{ROW}"
        return expression.formula(self)

    def identity_span(self, column: Column) -> str:
        other = self.workings.cells[column.refers_to]
        return other.span(other.table.columns[other.table.identity])

    def child(self, table: Table) -> ChildCells:
        return ChildRows(self, self.workings.cells[table.key])

    def side_by_side(self, decides: FirstThat) -> tuple[str, str]:
        slots = self.band_slots(decides)
        if not slots:
            return '""', "FALSE"
        first, last = slots[0].letters(), slots[-1].letters()
        top = self.workings.tops[self.table.key]
        return f"${first}${top}:${last}${top}", f"{first}{ROW}:{last}{ROW}"

    def numbers(self, column: Column) -> str:
        return f"(ROW({self.span(column)})-{self.workings.first_row(self.table.key) - 1})"

    def array(self, expression: Expression) -> str:
        return self.scalar(expression)

    def slot_of(self, column: Column) -> Slot:
        """The workings of a column: worked out, or cleaned from what was typed."""
        if column.key == "used":
            return self.workings.slot(("used", self.table.key), self.make_used)
        if column in self.workings.rules.worked_out:
            return self.value_slot(self.workings.rules.worked_out[column], column)
        return self.workings.slot(("clean", column), lambda: self.make_clean(column))

    def value_slot(self, expression: Expression, column: Column | None = None) -> Slot:
        title = column.heading if column else expression.words()[:80]
        return self.workings.slot(
            (self.table.key, column or expression),
            lambda: Slot(
                self.table.key,
                title,
                expression.kind,
                lambda: expression.formula(self),
                lambda rows: rows.value_of(expression),
            ),
        )

    def unreadable_slot(self, column: Column) -> Slot:
        return self.workings.slot(("unreadable", column), lambda: self.make_unreadable(column))

    def make_unreadable(self, column: Column) -> Slot:
        return Slot(
            self.table.key,
            f"{column.heading} cannot be read",
            "truth",
            lambda: self.unreadable_text(column),
            lambda rows: rows.unreadable(column),
        )

    def unreadable_text(self, column: Column) -> str:
        if self.types[column.key] in ("text", "reference"):
            return formula.unreadable_text(self.raw(column))
        return formula.unreadable(column.kind, self.cell(column), self.raw(column))

    def band_slots(self, decides: FirstThat) -> list[Slot]:
        """A truth for each band, side by side, with its word above it."""
        if not decides.bands:
            return []
        first = (self.table.key, id(decides), 0)
        if first not in self.workings.slots:
            for place, band in enumerate(decides.bands):
                slot = self.workings.slot((self.table.key, id(decides), place), partial(self.make_band, decides, band))
                if isinstance(band.when, Unreadable):
                    self.workings.slots.setdefault(("unreadable", band.when.of.column), slot)
        return [self.workings.slots[self.table.key, id(decides), place] for place in range(len(decides.bands))]

    def make_band(self, decides: FirstThat, band: Band) -> Slot:
        """A band's truth, on rows that are used; where it says that a cell cannot be read, other rules share it."""

        def render() -> str:
            if isinstance(band.when, Unreadable):
                return f"AND({self.cell(decides.used)},{self.unreadable_text(band.when.of.column)})"
            return f"AND({self.cell(decides.used)},{self.scalar(band.when)})"

        def value(rows: TableRows) -> Array:
            return rows.value_of(band.when) & rows.values(decides.used)

        return Slot(self.table.key, band.code, "truth", render, value, band.word)

    def make_used(self) -> Slot:
        fields = self.layout.line.field
        span = f"{self.layout.name}[[{fields[0].heading}]:[{fields[-1].heading}]]"
        text = formula.trimmed(f"INDEX({span},{NUMBER},0)")
        used = Column(self.table.key, "used", "This row is used", "truth")
        return Slot(
            self.table.key,
            used.heading,
            "truth",
            lambda: f'(IFERROR(SUMPRODUCT(--({text}<>"")),{self.row_exists()})>0)',
            lambda rows: rows.values(used),
        )

    def row_exists(self) -> str:
        """1 where the table has so many rows (then an error stands in one of them), 0 beyond its end."""
        return f"IF({NUMBER}>ROWS({self.layout.name}[{self.layout.line.field[0].heading}]),0,1)"

    def make_clean(self, column: Column) -> Slot:
        return Slot(
            self.table.key,
            column.heading,
            column.kind,
            lambda: self.clean(column),
            lambda rows: rows.values(column),
        )

    def raw(self, column: Column) -> str:
        """The cell people type into."""
        return f"INDEX({self.layout.name}[{column.heading}],{NUMBER})"

    def clean(self, column: Column) -> str:
        raw = self.raw(column)
        kind = self.types[column.key]
        if kind == "date":
            return formula.clean_date(raw)
        if kind == "number":
            return formula.clean_number(raw)
        if kind == "choice":
            return formula.clean_choice(raw, f"list_{self.lists[column.key]}")
        return formula.clean_text(raw)


class ChildRows:
    """The rows of a child table seen from a parent's row; what reads the parent only becomes a cell of its own there."""

    def __init__(self, parent: TableCells, child: TableCells) -> None:
        self.parent = parent
        self.below = child

    def span(self, column: Column) -> str:
        return self.below.span(column) if column.table == self.below.table.key else self.parent.cell(column)

    def unreadable_span(self, column: Column) -> str:
        if column.table == self.below.table.key:
            return self.below.unreadable_span(column)
        return self.parent.unreadable(column)

    def numbers(self, column: Column) -> str:
        return self.below.numbers(column)

    def array(self, expression: Expression) -> str:
        if any(column.table == self.below.table.key for column in expression.columns()):
            return expression.factor(self)
        if expression.atomic():
            return expression.formula(self.parent)
        return f"{self.parent.value_slot(expression).letters()}{ROW}"


def formulas(slot: Slot, first_row: int, rows: int) -> Iterator[str]:
    """A slot's formula for every row."""
    for number in range(1, rows + 1):
        yield slot.text.replace(NUMBER, str(number)).replace(ROW, str(first_row + number - 1))
