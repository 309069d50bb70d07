"""One row of a table's workings, as the writer of formulas reads it (`rules.expression.Cells`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

import numpy as np

from qipxl.rules import formula
from qipxl.rules.evaluate import TableRows
from qipxl.rules.expression import ChildCells, Expression, quoted
from qipxl.rules.rulebook import FirstMatch, RuleBook
from qipxl.rules.schema import Column, Table, as_typed, used
from qipxl.tracker.layout import TableLayout
from qipxl.tracker.working_column import NUMBER, WorkingColumn
from qipxl.workbook.layout import paste_heading


class WorkingColumns(Protocol):
    """What one table's cells read of all workings of a template."""

    layouts: Mapping[str, TableLayout]
    rules: RuleBook
    by_key: dict[object, WorkingColumn]

    @property
    def cells(self) -> Mapping[str, TableCells]: ...
    def find_or_add(self, key: object, make: Callable[[], WorkingColumn]) -> WorkingColumn: ...
    def first_row(self, key: str) -> int: ...
    def span(self, column: WorkingColumn) -> str: ...
    def band_span(self, decides: FirstMatch, column: int) -> str: ...


class TableCells:
    """One row of a table's workings, as the writer of formulas reads it (`rules.expression.Cells`)."""

    def __init__(self, workings: WorkingColumns, table: Table) -> None:
        self.workings = workings
        self.table = table
        self.layout = workings.layouts[table.key]
        fields = self.layout.line.field
        self.types = {line.key: line.type for line in fields}
        self.lists = {line.key: line.list for line in fields}
        self.need_words = {line.key for line in fields if line.needs_words}

    def cell(self, column: Column) -> str:
        return self.column_of(column).cell()

    def span(self, column: Column) -> str:
        return self.workings.span(self.column_of(column))

    def unreadable(self, column: Column) -> str:
        return self.unreadable_column(column).cell()

    def unreadable_span(self, column: Column) -> str:
        return self.workings.span(self.unreadable_column(column))

    def blank(self, column: Column) -> str:
        if self.types[column.key] not in ("text", "reference"):
            return formula.blank(self.raw(column))
        if column.key in self.need_words or ("clean", column) in self.workings.by_key:
            return formula.blank_text(self.cell(column), self.raw(column))
        return formula.blank_raw_text(self.raw(column))

    def scalar(self, expression: Expression) -> str:
        if expression.hoisted:
            return self.value_column(expression).cell()
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

    def decided(self, decides: FirstMatch) -> str:
        """The cell with the number of the band that decides a rating."""

        def make() -> WorkingColumn:
            render = partial(decides.number_formula, self)
            return WorkingColumn(self.table.key, "Number of the band", "number", render, decides.numbers)

        return self.workings.find_or_add((self.table.key, "decided", id(decides)), make).cell()

    def band_words(self, decides: FirstMatch) -> str:
        return self.workings.band_span(decides, 0)

    def band_reasons(self, decides: FirstMatch) -> str:
        return self.workings.band_span(decides, 1)

    def numbers(self, column: Column) -> str:
        return f"(ROW({self.span(column)})-{self.workings.first_row(self.table.key) - 1})"

    def array(self, expression: Expression) -> str:
        return self.scalar(expression)

    def column_of(self, column: Column) -> WorkingColumn:
        """The working column of a rule column: calculated, or cleaned from what was typed."""
        if column.key == "used":
            return self.workings.find_or_add(("used", self.table.key), self.make_used)
        if column in self.workings.rules.worked_out:
            return self.value_column(self.workings.rules.worked_out[column], column)
        return self.workings.find_or_add(("clean", column), lambda: self.make_clean(column))

    def value_column(self, expression: Expression, column: Column | None = None) -> WorkingColumn:
        def make() -> WorkingColumn:
            title = column.heading if column else expression.words()[:80]
            render, value = partial(expression.formula, self), partial(TableRows.value_of, expression=expression)
            return WorkingColumn(self.table.key, title, expression.kind, render, value)

        return self.workings.find_or_add((self.table.key, column or expression), make)

    def unreadable_column(self, column: Column) -> WorkingColumn:
        return self.workings.find_or_add(("unreadable", column), lambda: self.make_unreadable(column))

    def make_unreadable(self, column: Column) -> WorkingColumn:
        title, render = f"{column.heading} cannot be read", partial(self.unreadable_text, column)
        return WorkingColumn(self.table.key, title, "truth", render, lambda rows: rows.unreadable(column))

    def unreadable_text(self, column: Column) -> str:
        if self.types[column.key] in ("text", "reference"):
            return formula.unreadable_text(self.raw(column))
        return formula.unreadable(column.kind, self.cell(column), self.raw(column))

    def make_used(self) -> WorkingColumn:
        """Whether a row has anything typed in it; calculated columns between the fields do not count."""
        name, first = self.layout.name, self.layout.line.field[0].key
        runs = self.layout.typed_runs(first if self.is_only_a_number(first) else "")
        typed = (formula.trimmed(f"INDEX({name}[[{start}]:[{end}]],{NUMBER},0)") for start, end in runs)
        filled = "+".join(f'SUMPRODUCT(--({text}<>""))' for text in typed)
        column = used(self.table.key)
        # 1 for a row of the table (an error there means that the row is in use), 0 beyond its end
        exists = f"IF({NUMBER}>ROWS({name}[{runs[0][0]}]),0,1)"
        shown = f"(IFERROR({filled},{exists})>0)"
        return WorkingColumn(self.table.key, column.heading, "truth", lambda: shown, lambda rows: rows.values(column))

    def make_clean(self, column: Column) -> WorkingColumn:
        return WorkingColumn(
            self.table.key, column.heading, column.kind, lambda: self.clean(column), lambda rows: rows.values(column)
        )

    def make_typed(self, column: Column) -> WorkingColumn:
        """The text of a name or reason, which may be a placeholder."""
        typed = as_typed(column)
        render, value = partial(formula.clean_text, self.raw(column)), partial(TableRows.values, column=typed)
        return WorkingColumn(self.table.key, typed.heading, "text", render, value)

    def raw(self, column: Column) -> str:
        """The cell that people type into; if it is blank and may be pasted, what they have pasted."""
        typed = f"INDEX({typed_name(self.table.key, column.key)},ROW()-{self.workings.first_row(self.table.key) - 1})"
        if column.key not in self.layout.line.pasted:
            return typed
        pasted = self.workings.find_or_add(("pasted", column), lambda: self.make_pasted(column, typed)).cell()
        return f'IF({pasted}="",{typed},{pasted})'

    def make_pasted(self, column: Column, typed: str) -> WorkingColumn:
        """The number on the sheet Paste figures for a row whose cell is blank; a tracker is issued without any."""
        columns = self.table.columns

        def render() -> str:
            month, ref = self.cell(columns["month"]), self.cell(columns["indicator"])
            for sign in "~*?":
                ref = f'SUBSTITUTE({ref},"{sign}","~{sign}")'
            heading = f"{ref}&{quoted(paste_heading('', column.heading))}"
            down = f"MATCH({month}-DAY({month})+1,qip_pasted_months,0)"
            number = f"INDEX(qip_pasted,{down},MATCH({heading},qip_pasted_headings,0))"
            return f'IF({formula.blank(typed)},IFERROR(IF(ISNUMBER({number}),{number},""),""),"")'

        title = f"{column.heading} pasted"
        return WorkingColumn(self.table.key, title, "number", render, lambda rows: np.full(rows.length, np.nan))

    def clean(self, column: Column) -> str:
        raw = self.raw(column)
        kind = self.types[column.key]
        if kind == "date":
            return formula.clean_date(raw)
        if kind == "number":
            return formula.clean_number(raw)
        if kind == "choice":
            return formula.clean_choice(raw, f"list_{self.lists[column.key]}")
        if column.key in self.need_words:
            typed = self.workings.find_or_add(("typed", column), lambda: self.make_typed(column))
            return formula.clean_name(typed.cell())
        text = formula.clean_text(raw)
        return f'IF({self.cell(used(self.table.key))},{text},"")' if self.is_only_a_number(column.key) else text

    def is_only_a_number(self, key: str) -> bool:
        """True for the reference in a table's first column: a row with nothing else was numbered in advance and is not in use."""
        fields = self.layout.line.field
        return self.layout.line.identity == key == fields[0].key and len(fields) > 1


def typed_name(key: str, field: str) -> str:
    """The defined name of the cells of a field on its sheet, such as qip_in_actions_owner.

    A name and not the table's column, because only formulas without tables can be shared by the cells of a column.
    """
    return f"qip_in_{key}_{field}"


class ChildRows:
    """The rows of a child table, seen from a row of its parent. An expression that reads only the parent gets a column there."""

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
        return self.parent.value_column(expression).cell()
