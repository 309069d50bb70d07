"""Finds the sheet and the headings of a table, even if the tab was renamed or the headings were moved or changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from qipxl.reading.file.opened import Findings
from qipxl.reading.file.plan import TablePlan
from qipxl.reading.file.raw_workbook import AnyBook
from qipxl.returns.problems import Problem, shown
from qipxl.workbook import layout
from qipxl.workbook.headings import Headings, find_headings, fold
from qipxl.workbook.layout import cell_address


@dataclass(frozen=True)
class LocatedTable:
    """A table that was found: its key and its plan, its sheet and its headings."""

    key: str
    plan: TablePlan
    sheet: str
    headings: Headings

    @cached_property
    def columns(self) -> dict[str, int]:
        """The column (from 0) of each field found."""
        found = self.headings.columns
        return {field: found[text] for field, text in self.plan.headings.items() if text in found}

    @cached_property
    def fields(self) -> dict[int, str]:
        """The field of each column (from 0)."""
        return {column: field for field, column in self.columns.items()}

    def problem(
        self,
        code: str,
        row: int = 0,
        field: str = "",
        cell: str = "",
        heading: str = "",
        value: str = "",
        more: str = "",
    ) -> Problem:
        """A problem on this table's sheet."""
        return Problem(code, self.key, self.sheet, row, field, cell, heading, value, more)


def find_table(book: AnyBook, plans: Mapping[str, TablePlan], key: str) -> LocatedTable | None:
    """Find a table by its tab's title, else by the table's name, else by its headings; None if no sheet has it.

    A tab with the title of another table is never used.
    """
    plan = plans[key]
    others = {name for other in plans.values() for name in (other.sheet, *other.earlier_sheets)} - set(own_names(plan))
    for sheet in likely_sheets(book, key, plan):
        if sheet in book.names and sheet not in others:
            headings = find_headings(book.rows(sheet), [*plan.headings.values()], plan.earlier_headings, plan.orders)
            if headings is not None:
                return LocatedTable(key, plan, sheet, headings)
    return None


def likely_sheets(book: AnyBook, key: str, plan: TablePlan) -> Iterator[str]:
    """The sheets that may hold a table, the likeliest first."""
    yield from own_names(plan)
    yield book.of_table(layout.table_name(key))
    yield from book.names


def own_names(plan: TablePlan) -> tuple[str, ...]:
    """The names of a table's tab, today's first."""
    return plan.sheet, *plan.earlier_sheets


def check_headings(table: LocatedTable, rows: Sequence[Sequence[object]], findings: Findings) -> None:
    """Add a problem for each heading that is missing, slightly changed, unrecognisable, repeated or extra.

    `rows` are those of the sheet.
    """
    headings, orders = table.headings, table.plan.orders
    row = headings.row
    worked_out = {fold(heading) for heading in table.plan.worked_out}
    extra = {column: text for column, text in headings.extra.items() if fold(text) not in worked_out}
    unknown_texts = {column for column, text in extra.items() if not headings.heading_of(text)}
    for heading, (column, text) in headings.near.items():
        findings.problems.append(table.problem("column-near", row, "", cell_address(column, row), heading, shown(text)))
    beside = {column: place for place, column in enumerate(sorted({*headings.columns.values(), *extra}))}
    for heading in table.plan.headings.values():
        if heading in headings.columns:
            continue
        places = (unknown_heading(heading, order, headings, unknown_texts, beside) for order in orders)
        unknown = next((column for column in places if column is not None), None)
        if unknown is None:
            findings.problems.append(table.problem("column-missing", row, heading=heading))
            continue
        unknown_texts.remove(unknown)
        text = shown(extra.pop(unknown))
        findings.problems.append(table.problem("heading-unknown", row, "", cell_address(unknown, row), heading, text))
        findings.aside.append(f"On {table.sheet} the heading {heading} was changed to “{text}”, which is not known.")
    for column, text in extra.items():
        repeated, cell = headings.heading_of(text), cell_address(column, row)
        if repeated:
            first = cell_address(headings.columns[repeated], row)
            findings.problems.append(table.problem("column-twice", row, "", cell, shown(text), shown(text), first))
            if is_unclear(rows[row:], column, headings.columns[repeated]):
                findings.aside.append(
                    f"On {table.sheet} the heading {shown(text)} is there twice, at {first} and {cell}."
                )
        else:
            findings.problems.append(table.problem("column-extra", row, cell=cell, value=shown(text)))


def is_unclear(rows: Sequence[Sequence[object]], one: int, other: int) -> bool:
    """True for two columns of the same heading next to each other: if they differ, either may be the tracker's."""
    return abs(one - other) == 1 and any(row[one] != row[other] for row in rows)


def unknown_heading(
    heading: str, order: Sequence[str], headings: Headings, extra: Collection[int], beside: Mapping[int, int]
) -> int | None:
    """The column of an unknown heading exactly where a missing one belongs, between the same neighbours; else None.

    `beside` numbers the columns without the worked-out ones.
    """
    index = order.index(heading)
    left = headings.columns.get(order[index - 1]) if index else -1
    right = headings.columns.get(order[index + 1]) if index + 1 < len(order) else None
    for column in extra:
        after = left is not None and beside[column] == beside.get(left, -1) + 1
        before = right is not None and beside[column] == beside[right] - 1
        if (after and (before or right is None)) or (before and left is None):
            return column
    return None
