"""One row of a table's workings, as the rules ask for it when they are written as formulas (`rules.expression.Cells`)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from qipxl.rules import formula
from qipxl.rules.evaluate import TableRows
from qipxl.rules.expression import Array, ChildCells, Expression
from qipxl.rules.functions import Unreadable
from qipxl.rules.rulebook import Band, FirstMatch
from qipxl.rules.schema import Column, Table, used
from qipxl.tracker.working_column import NUMBER, ROW, SAY, WORD, WorkingColumn

if TYPE_CHECKING:
    from qipxl.tracker.workings import Workings


class TableCells:
    """One row of a table's workings, as the rules ask for it (`rules.expression.Cells`)."""

    def __init__(self, workings: Workings, table: Table) -> None:
        self.workings = workings
        self.table = table
        self.layout = workings.layouts[table.key]
        fields = self.layout.line.field
        self.types = {line.key: line.type for line in fields}
        self.lists = {line.key: line.list for line in fields}

    def cell(self, column: Column) -> str:
        return self.slot_of(column).cell()

    def span(self, column: Column) -> str:
        return self.workings.span(self.slot_of(column))

    def unreadable(self, column: Column) -> str:
        return self.unreadable_slot(column).cell()

    def unreadable_span(self, column: Column) -> str:
        return self.workings.span(self.unreadable_slot(column))

    def blank(self, column: Column) -> str:
        return formula.blank(self.raw(column))

    def scalar(self, expression: Expression) -> str:
        if expression.hoisted:
            return self.value_slot(expression).cell()
        return expression.formula(self)

    def identity_span(self, column: Column) -> str:
        other = self.workings.cells[column.refers_to]
        return other.span(other.table.columns[other.table.identity])

    def identity_numbers(self, reference: Column) -> str:
        other = self.workings.cells[reference.refers_to]
        return other.numbers(other.table.columns[other.table.identity])

    def parent_span(self, reference: Column, of: Column) -> str:
        return self.workings.cells[reference.refers_to].span(of)

    def child(self, table: Table) -> ChildCells:
        return ChildRows(self, self.workings.cells[table.key])

    def band_words(self, decides: FirstMatch) -> tuple[str, str]:
        return self.above_and_beside(decides, WORD)

    def band_reasons(self, decides: FirstMatch) -> tuple[str, str]:
        return self.above_and_beside(decides, SAY)

    def above_and_beside(self, decides: FirstMatch, which: int) -> tuple[str, str]:
        """What stands above the bands in a row of headings, and their truths."""
        slots = self.band_slots(decides)
        if not slots:
            return '""', "FALSE"
        first, last = slots[0].letters(), slots[-1].letters()
        row = self.workings.tops[self.table.key] + which - 1
        return f"${first}${row}:${last}${row}", f"{first}{ROW}:{last}{ROW}"

    def numbers(self, column: Column) -> str:
        return f"(ROW({self.span(column)})-{self.workings.first_row(self.table.key) - 1})"

    def array(self, expression: Expression) -> str:
        return self.scalar(expression)

    def slot_of(self, column: Column) -> WorkingColumn:
        """The workings of a column: worked out, or cleaned from what was typed."""
        if column.key == "used":
            return self.workings.slot(("used", self.table.key), self.make_used)
        if column in self.workings.rules.worked_out:
            return self.value_slot(self.workings.rules.worked_out[column], column)
        return self.workings.slot(("clean", column), lambda: self.make_clean(column))

    def value_slot(self, expression: Expression, column: Column | None = None) -> WorkingColumn:
        title = column.heading if column else expression.words()[:80]
        return self.workings.slot(
            (self.table.key, column or expression),
            lambda: WorkingColumn(
                self.table.key,
                title,
                expression.kind,
                lambda: expression.formula(self),
                lambda rows: rows.value_of(expression),
            ),
        )

    def unreadable_slot(self, column: Column) -> WorkingColumn:
        return self.workings.slot(("unreadable", column), lambda: self.make_unreadable(column))

    def make_unreadable(self, column: Column) -> WorkingColumn:
        return WorkingColumn(
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

    def band_slots(self, decides: FirstMatch, indexes: Sequence[int] = ()) -> list[WorkingColumn]:
        """A truth for each band, side by side (or at the places given), with its word above it."""
        keys = [(self.table.key, id(decides), place) for place in range(len(decides.bands))]
        for place, (key, band) in enumerate(zip(keys, decides.bands, strict=True)):
            if key in self.workings.slots:
                continue
            make = partial(self.make_band, decides, band)
            slot = self.workings.put(key, make(), indexes[place]) if indexes else self.workings.slot(key, make)
            if isinstance(band.when, Unreadable):
                self.workings.slots.setdefault(("unreadable", band.when.of.column), slot)
        return [self.workings.slots[key] for key in keys]

    def make_band(self, decides: FirstMatch, band: Band) -> WorkingColumn:
        """A band's truth, on rows that are used; where it says that a cell cannot be read, other rules share it."""

        def render() -> str:
            if isinstance(band.when, Unreadable):
                return f"AND({self.cell(decides.used)},{self.unreadable_text(band.when.of.column)})"
            return f"AND({self.cell(decides.used)},{self.scalar(band.when)})"

        def value(rows: TableRows) -> Array:
            return rows.value_of(band.when) & rows.values(decides.used)

        return WorkingColumn(self.table.key, band.code, "truth", render, value, band.word, band.say)

    def make_used(self) -> WorkingColumn:
        fields = self.layout.line.field
        span = f"{self.layout.name}[[{fields[0].heading}]:[{fields[-1].heading}]]"
        text = formula.trimmed(f"INDEX({span},{NUMBER},0)")
        column = used(self.table.key)
        return WorkingColumn(
            self.table.key,
            column.heading,
            "truth",
            lambda: f'(IFERROR(SUMPRODUCT(--({text}<>"")),{self.row_exists()})>0)',
            lambda rows: rows.values(column),
        )

    def row_exists(self) -> str:
        """1 where the table has so many rows (then an error stands in one of them), 0 beyond its end."""
        return f"IF({NUMBER}>ROWS({self.layout.name}[{self.layout.line.field[0].heading}]),0,1)"

    def make_clean(self, column: Column) -> WorkingColumn:
        return WorkingColumn(
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
            return expression.array_formula(self)
        if expression.atomic():
            return expression.formula(self.parent)
        return self.parent.value_slot(expression).cell()
