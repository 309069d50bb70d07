"""Sheets that no table was read from: copies of a table, and tabs that people added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from qipxl.reading.file.find_tables import LocatedTable
from qipxl.reading.file.opened import Findings, ReadTable
from qipxl.reading.file.plan import TablePlan
from qipxl.reading.file.raw_workbook import AnyBook
from qipxl.reading.file.table_rows import Row, is_only_numbered, picker
from qipxl.returns.problems import Problem
from qipxl.workbook.cells import is_blank
from qipxl.workbook.headings import find_headings


def check_unread_sheets(
    book: AnyBook,
    plans: Mapping[str, TablePlan],
    tables: Mapping[str, ReadTable],
    known: Collection[str],
    findings: Findings,
) -> None:
    """Add a problem for each copy of a table and for each tab with content that is not in `known`.

    The rows of an exact copy are superseded; if they differ, the return is set aside.
    """
    read = {table.placement.sheet for table in tables.values()}
    for name in book.names:
        if name in read or name in known:
            continue
        for key, plan in plans.items():
            headings = find_headings(book.rows(name), [*plan.headings.values()])
            if headings is not None:
                compare_copy(book, LocatedTable(key, plan, name, headings), tables[key], findings)
                break
        else:
            if any(not is_blank(cell) for row in book.rows(name) for cell in row):
                findings.problems.append(Problem("tab-extra", "", name))


def compare_copy(book: AnyBook, copy: LocatedTable, table: ReadTable, findings: Findings) -> None:
    """Count the rows of a copy of a table that was read from another sheet."""
    identity, title = copy.plan.identity, copy.plan.sheet
    pick = picker(list(copy.columns.values()))
    index = [*copy.columns].index(identity) if identity in copy.columns else 0
    rows = map(pick, book.rows(copy.sheet)[copy.headings.row :])
    copied = [row for row in rows if not all(map(is_blank, row)) and not is_only_numbered(row, copy.plan, index)]
    table.found += len(copied)
    first = Counter(zip(*(table.cells[field] for field in copy.columns), strict=True)) if table.rows else Counter()
    repeated = refs_of(copied, [*copy.columns], identity) & {str(ref) for ref in table.cells.get(identity, ())}
    more = f" ({len(repeated)} of its references are in both)" if identity else ""
    findings.problems.append(copy.problem("sheet-not-read", heading=title, value=str(len(copied)), more=more))
    if not Counter(copied) - first:
        table.superseded += len(copied)
    else:
        findings.aside.append(
            f"The table {title} is on two tabs, {table.placement.sheet} and {copy.sheet}, and they differ."
        )


def refs_of(rows: Sequence[Row], fields: Sequence[str], identity: str) -> set[str]:
    return {str(row[fields.index(identity)]) for row in rows} if identity in fields else set()
