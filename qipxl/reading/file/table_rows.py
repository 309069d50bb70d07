"""The rows of one table: repeated headings, notes and second tables are told from rows and set aside."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from operator import itemgetter

from qipxl.reading.file.cell_checks import check_cells
from qipxl.reading.file.find_tables import LocatedTable, check_headings, find_table, own_names
from qipxl.reading.file.opened import Findings, ReadTable
from qipxl.reading.file.plan import TablePlan
from qipxl.reading.file.raw_workbook import AnyBook
from qipxl.reading.file.sheet_facts import Merge, SheetCell
from qipxl.returns.problems import Problem, shown
from qipxl.text import as_text
from qipxl.workbook.cells import CellError, HiddenError, is_blank
from qipxl.workbook.headings import ENOUGH, fold
from qipxl.workbook.layout import Placement, cell_address

Row = Sequence[object]


def read_table(
    book: AnyBook,
    plans: Mapping[str, TablePlan],
    key: str,
    hidden: Collection[str],
    findings: Findings,
) -> ReadTable:
    """The rows of one table. `hidden` are the sheets issued as hidden."""
    plan = plans[key]
    located = find_table(book, plans, key)
    if located is None:
        findings.problems.append(Problem("table-missing", key, plan.sheet, heading=plan.sheet))
        return ReadTable(Placement(plan.sheet, {}), [], {field: [] for field in plan.headings})
    sheet = located.sheet
    if sheet not in own_names(plan):
        findings.problems.append(located.problem("tab-renamed", heading=plan.sheet, value=shown(sheet)))
    if book.is_hidden(sheet) and plan.sheet not in hidden:
        findings.problems.append(located.problem("tab-hidden"))
    rows = book.rows(sheet)
    check_headings(located, rows, findings)
    merges = [merge for merge in book.sheets[sheet].merges() if merge.first_row >= located.headings.row]
    across = spread_merges(rows, merges, located, findings.problems)
    table = collect_rows(rows, located, across, book.sheets[sheet].formulas, findings.problems)
    if table.rows:
        findings.problems += check_cells(book, located, table)
    return table


def spread_merges(
    rows: list[list[object]], merges: Sequence[Merge], table: LocatedTable, problems: list[Problem]
) -> set[int]:
    """Copy the top value of each vertically merged range into its cells; mark values hidden under merged cells.

    Returns the sheet rows that are merged across columns, as headings inside a table are.
    """
    fields = table.fields
    across: set[int] = set()
    for merge in merges:
        top_row, left = merge.first_row, merge.first_column
        if top_row >= len(rows) or left >= len(rows[0]):
            continue
        top = rows[top_row][left]
        if merge.last_column > left:
            across.update(range(top_row + 1, merge.last_row + 2))
        filled = 0
        for index in range(top_row, min(merge.last_row + 1, len(rows))):
            row = rows[index]
            for column in range(left, min(merge.last_column + 1, len(row))):
                if (index, column) == (top_row, left) or column not in fields:
                    continue
                covered = row[column]
                if not is_blank(covered):
                    row[column] = covered if covered == top else HiddenError(as_text(covered))
                elif column == left and fields[column] != table.plan.identity and has_values(row, fields, column):
                    row[column] = top
                    filled += not is_blank(top)
        if filled:
            field, cell = fields[left], cell_address(left, top_row + 1)
            span = f"rows {top_row + 1} to {merge.last_row + 1}"
            text, heading = shown(as_text(top)), table.plan.headings[field]
            problems.append(table.problem("merged-down", top_row + 1, field, cell, heading, text, span))
    return across


def has_values(row: Row, columns: Collection[int], but: int) -> bool:
    """True if a row has a value in one of these columns other than `but`."""
    return any(not is_blank(row[column]) for column in columns if column != but)


def collect_rows(
    rows: list[list[object]],
    located: LocatedTable,
    across: Collection[int],
    formula_cells: Sequence[SheetCell],
    problems: list[Problem],
) -> ReadTable:
    """The table with the rows that were begun; repeated headings, totals and notes are set aside with a problem."""
    columns, plan, heading_row = located.columns, located.plan, located.headings.row
    formulas = {(cell.row + 1, cell.column): cell.formula or "" for cell in formula_cells}
    table = ReadTable(Placement(located.sheet, columns), heading_row=heading_row)
    pick = picker(list(columns.values()))
    identity = [*columns].index(plan.identity) if plan.identity in columns else 0
    kept: list[Row] = []
    known = {fold(heading) for heading in plan.headings.values()}
    last, second_table = 0, 0
    with_formulas = {row for row, _ in formulas}
    for number, row in enumerate(rows[heading_row:], heading_row + 1):
        cells = pick(row)
        filled = len(cells) - cells.count("")
        if not filled:
            continue
        has_headings = len(cells) > 1 and (is_known(cells[0], known) or is_known(cells[1], known))
        if has_two_texts(cells) and not (has_headings or second_table or number in with_formulas):  # as most rows are
            table.found += 1
            kept.append(cells)
            table.rows.append(number)
            last = number
            continue
        if all(map(is_blank, cells)) or is_only_numbered(cells, plan, identity, number in across):
            continue
        table.found += 1
        if filled > 2 and has_headings and is_headings(row, known):
            same = [*map(fold, cells)] == [*map(fold, pick(rows[heading_row - 1]))]
            problems.append(located.problem("second-heading" if same else "second-table", number))
            second_table = 0 if same else len(problems)
        elif second_table:
            problem = problems[second_table - 1]
            count = int(problem.value or 0) + 1
            problems[second_table - 1] = located.problem("second-table", problem.row, value=str(count))
        elif is_total(cells, [formulas.get((number, column)) for column in columns.values()] if formulas else None):
            problems.append(located.problem("total-row", number))
        elif (
            plan.by_service
            and filled == 1
            and len(cells) > 3
            and (only := only_text(cells)) is not None
            and is_note(only, cells, identity, number in across)
        ):
            text = shown(as_text(cells[only]))
            if kept and only != identity and last == number - 1 and not is_blank(kept[-1][only]):
                problems.append(located.problem("row-continues", number, value=text, more=str(table.rows[-1])))
                last = number
            else:
                problems.append(located.problem("row-not-read", number, value=text))
        else:
            kept.append(cells)
            table.rows.append(number)
            last = number
    by_field = dict(zip(columns, zip(*kept, strict=True), strict=True)) if kept else {}
    table.cells = {field: by_field.get(field, [""] * len(kept)) for field in plan.headings}
    return table


def is_only_numbered(cells: Row, plan: TablePlan, identity: int, merged: bool = False) -> bool:
    """True for a row that was numbered in advance: it has a reference and nothing else, and was not begun."""
    if plan.identity != next(iter(plan.headings)) or any(
        index != identity and not is_blank(cell) for index, cell in enumerate(cells)
    ):
        return False
    ref = cells[identity]
    return not isinstance(ref, str) or isinstance(ref, CellError) or not is_note(identity, cells, identity, merged)


TOTAL = re.compile(r"(?:grand |overall |sub-? ?)?totals?\b.*|(?:sum|count|average)s?:?")
AGGREGATE = re.compile(r"\b(?:SUBTOTAL|AGGREGATE|SUM\w*|COUNT\w*|AVERAGE\w*|MIN|MAX)\(", re.IGNORECASE)


def is_total(cells: Row, formulas: Sequence[str | None] | None) -> bool:
    """True for a row of totals: a word for it and figures, or formulas that add up or count and at most one text.

    `formulas` are those of the cells, in their order.
    """
    if formulas is None and has_two_texts(cells):
        return False
    filled = [index for index, cell in enumerate(cells) if not is_blank(cell)]
    worked_out = {index for index in filled if formulas and formulas[index] is not None}
    typed = [cells[index] for index in filled if index not in worked_out]
    texts = [cell for cell in typed if isinstance(cell, str) and not isinstance(cell, CellError)]
    if len(texts) > 1 or not filled:
        return False
    if formulas and worked_out and len(worked_out) >= len(filled) - 1 and len(typed) == len(texts):
        return all(AGGREGATE.search(formulas[index] or "") for index in worked_out)
    figures = all(isinstance(cell, str | float) for cell in typed)
    return bool(texts) and len(filled) > 1 and figures and TOTAL.fullmatch(fold(texts[0])) is not None


def has_two_texts(cells: Row) -> bool:
    """True if two cells hold text; it stops at the second, which a row of the plan has among its first cells."""
    texts = (cell for cell in cells if isinstance(cell, str) and cell and not is_blank(cell))
    return next(texts, None) is not None and next(texts, None) is not None


def is_known(cell: object, known: Collection[str]) -> bool:
    return isinstance(cell, str) and cell != "" and fold(cell) in known


def is_headings(row: Row, known: Collection[str]) -> bool:
    """True for a row with most of the known headings."""
    return len({fold(cell) for cell in row if isinstance(cell, str)}.intersection(known)) >= ENOUGH * len(known)


def picker(columns: list[int]) -> Callable[[Row], tuple[object, ...]]:
    """A function that picks the given columns of a row, as a tuple."""
    return itemgetter(*columns) if len(columns) > 1 else lambda row: tuple(row[column] for column in columns)


def only_text(cells: Row) -> int | None:
    """The index of a row's only filled cell; None if it is not plain text."""
    index = next(index for index, cell in enumerate(cells) if cell != "")
    return index if isinstance(cells[index], str) and not isinstance(cells[index], CellError) else None


def is_note(index: int, cells: Row, identity: int, merged: bool) -> bool:
    """True if a row's only text is no reference: in another column, merged across, with a space or without a digit."""
    text = str(cells[index]).strip()
    return index != identity or merged or " " in text or not any(map(str.isdigit, text))
