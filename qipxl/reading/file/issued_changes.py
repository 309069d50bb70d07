"""Compares the rows of a return with the issued rows: columns sorted on their own, refs of other rows, and untouched plans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from qipxl.reading.file.opened import Findings, ReadTable
from qipxl.reading.file.plan import TablePlan
from qipxl.returns.problems import Problem, shown
from qipxl.text import as_text, clean_text
from qipxl.workbook.cells import CellError
from qipxl.workbook.stamp import Stamp, field_digest

FEWEST = 3
"""The number of moved rows from which a column counts as sorted on its own; two may be a coincidence."""


def shuffled_columns(
    plans: Mapping[str, TablePlan], tables: Mapping[str, ReadTable], stamp: Stamp, findings: Findings
) -> None:
    """Add a problem for each column that still has all its issued values but in other rows; it sets the return aside.

    Rows issued with other columns, as in an earlier version, are not compared.
    """
    for key, plan in plans.items():
        table = tables[key]
        issued = {ref: cells for ref, cells in issued_cells(key, plan, table, stamp) if cells}
        if not issued or not plan.identity or not table.rows:
            continue
        refs = list(map(ref_key, table.cells[plan.identity]))
        rows = [index for index, ref in enumerate(refs) if ref in issued and refs.count(ref) == 1]
        for field, heading in plan.headings.items():
            if field == plan.identity or field not in table.placement.columns:
                continue
            pairs = [(issued[refs[row]].get(field, ""), field_digest(table.cells[field][row])) for row in rows]
            moved = [(before, now) for before, now in pairs if before != now]
            old = {before for before, _ in moved}
            if len(moved) >= FEWEST and len(old) == len(moved) and Counter(old) == Counter(now for _, now in moved):
                sheet = table.placement.sheet
                findings.problems.append(
                    Problem("column-shuffled", key, sheet, heading=heading, value=f"{len(moved)} of {len(rows)}")
                )
                findings.aside.append(f"On {sheet} {len(moved)} rows have another row's {heading}.")


def untouched_plan(
    plans: Mapping[str, TablePlan], tables: Mapping[str, ReadTable], stamp: Stamp, findings: Findings
) -> None:
    """Add a problem for each rated table if every table holds exactly the rows it was issued with."""
    if not all(as_issued(key, plan, tables[key], stamp) for key, plan in plans.items()):
        return
    for key, plan in plans.items():
        if plan.rated and tables[key].rows:
            findings.problems.append(Problem("unchanged-since-issue", key, tables[key].placement.sheet))


Cells = Mapping[str, str]
"""Digests of a row's cells by field."""


def issued_cells(key: str, plan: TablePlan, table: ReadTable, stamp: Stamp) -> list[tuple[str, Cells]]:
    """The issued rows of a table, each with its ref in small letters; no cells if it is not known which fields they are of.

    A tracker of an earlier version may have fewer fields than the template: their order is that of its columns.
    """
    columns = table.placement.columns
    orders = [list(plan.headings), sorted(columns, key=lambda field: columns[field])]
    rows: list[tuple[str, Cells]] = []
    for row in stamp.issued:
        if row.table == key:
            digests = row.fields.split()
            fields = next((order for order in orders if len(order) == len(digests)), [])
            rows.append((ref_key(row.ref), dict(zip(fields, digests, strict=False))))
    return rows


def ref_key(ref: object) -> str:
    """A ref as it is compared."""
    return clean_text(as_text(ref)).lower()


def as_issued(key: str, plan: TablePlan, table: ReadTable, stamp: Stamp) -> bool:
    """True if a table holds exactly the rows that it was issued with, in any order; columns that are gone do not count."""
    issued = issued_cells(key, plan, table, stamp)
    if table.found != len(issued) or not all(cells for _, cells in issued):
        return table.found == len(issued) == 0
    fields = [field for field in plan.headings if field in table.placement.columns]
    rows = zip(*([field_digest(cell) for cell in table.cells[field]] for field in fields), strict=True)
    return Counter(rows) == Counter(tuple(cells.get(field, BLANK) for field in fields) for _, cells in issued)


def gone_refs(key: str, plan: TablePlan, table: ReadTable, stamp: Stamp) -> list[str]:
    """The refs of a table's issued rows that are gone."""
    left = Counter(map(ref_key, table.cells[plan.identity])) if plan.identity else Counter[str]()
    gone = Counter(ref_key(row.ref) for row in stamp.issued if row.table == key) - left
    return list(gone.elements())


BLANK = field_digest("")
TELLING = ("issue", "intended_change", "owner", "start", "original_due")
"""The fields of an action by which its row is recognised under another ref. The first alone is enough."""
ENOUGH = 3
"""The number of these fields that an issued row must have before a row with none of them counts as another plan's."""


def moved_refs(
    plans: Mapping[str, TablePlan], tables: Mapping[str, ReadTable], stamp: Stamp, findings: Findings
) -> None:
    """Add a problem for each action whose content was issued under another ref, or has nothing of its ref's issued row.

    They set the return aside, because the history of an action follows its ref; but not a ref that is blank or was damaged by a
    spreadsheet, which no history follows. A ref that is on two rows is named by the template's rule.
    """
    for key, plan in plans.items():
        table, fields = tables[key], [field for field in TELLING if field in plan.headings]
        issued = {ref: cells for ref, cells in issued_cells(key, plan, table, stamp) if cells and ref}
        if not plan.rated or not plan.identity or not issued or not table.rows:
            continue
        fields = [field for field in fields if field in table.placement.columns]
        refs = list(map(ref_key, table.cells[plan.identity]))
        rows = [{field: field_digest(table.cells[field][index]) for field in fields} for index in range(len(refs))]
        names = {ref_key(row.ref): row.ref.strip() for row in stamp.issued if row.table == key}
        heading, sheet, count = plan.headings[plan.identity], table.placement.sheet, 0
        for index, (ref, row) in enumerate(zip(refs, rows, strict=True)):
            right = ref_that_fits(ref, row, issued, [*zip(refs, rows, strict=True)])
            if (right is None and not is_other_row(row, issued.get(ref, {}))) or (ref and refs.count(ref) > 1):
                continue
            typed = table.cells[plan.identity][index]
            count += isinstance(typed, str) and not isinstance(typed, CellError) and ref != ""
            number, value = table.rows[index], shown(as_text(typed))
            cell = table.placement.cell(number, plan.identity)
            code, more = ("ref-moved", names[right]) if right is not None else ("ref-reused", "")
            findings.problems.append(Problem(code, key, sheet, number, plan.identity, cell, heading, value, more))
        if count:
            rows_have = "1 row has" if count == 1 else f"{count} rows have"
            findings.aside.append(f"On {sheet} {rows_have} the {heading} of another row (see the problems).")


def ref_that_fits(ref: str, row: Cells, issued: Mapping[str, Cells], rows: Sequence[tuple[str, Cells]]) -> str | None:
    """The ref whose issued row fits a row better than that of its own ref; None if there is none.

    Fields that the two issued rows share do not count. A row with a new ref only fits an issued one that no row has kept.
    """
    own, fits = issued.get(ref), dict[str, int]()
    for other, cells in issued.items():
        fields = [field for field in row if own is None or own.get(field) != cells.get(field)]
        theirs = [field for field in fields if row[field] == cells.get(field) != BLANK]
        ours = sum(own is not None and row[field] == own.get(field) for field in fields)
        named = TELLING[0] in theirs
        if other == ref or len(theirs) <= ours or not (named or len(theirs) - ours >= 2):
            continue
        if own is None and (not named or any(each == other and TELLING[0] in same(kept, cells) for each, kept in rows)):
            continue
        fits[other] = len(theirs)
    return max(fits, key=lambda other: fits[other], default=None)


def same(row: Cells, issued: Cells) -> list[str]:
    """The fields in which a row is what an issued row was, without blank ones."""
    return [field for field in row if row[field] == issued.get(field) != BLANK]


def is_other_row(row: Cells, issued: Cells) -> bool:
    """True if a row has nothing of what was issued under its ref, which was enough to recognise it by."""
    filled = [field for field in row if issued.get(field, BLANK) != BLANK]
    return len(filled) >= ENOUGH and not same(row, issued) and all(row[field] != BLANK for field in filled)
