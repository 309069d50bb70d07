"""Compares the rows of a return with the issued rows: columns sorted on their own, and untouched plans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from qipxl.reading.file.opened import Findings, ReadTable
from qipxl.reading.file.plan import TablePlan
from qipxl.returns.problems import Problem
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
        issued = {row.ref.lower(): row.fields.split() for row in stamp.issued if row.table == key}
        issued = {ref: fields for ref, fields in issued.items() if len(fields) == len(plan.headings)}
        table = tables[key]
        if not issued or not plan.identity or not table.rows:
            continue
        refs = [str(ref).strip().lower() for ref in table.cells[plan.identity]]
        rows = [index for index, ref in enumerate(refs) if ref in issued and refs.count(ref) == 1]
        for number, (field, heading) in enumerate(plan.headings.items()):
            if field == plan.identity or field not in table.placement.columns:
                continue
            pairs = [(issued[refs[row]][number], field_digest(table.cells[field][row])) for row in rows]
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
    if any(rows_of(tables[key], plan) != issued_rows(stamp, key) for key, plan in plans.items()):
        return
    for key, plan in plans.items():
        if plan.rated and tables[key].rows:
            findings.problems.append(Problem("unchanged-since-issue", key, tables[key].placement.sheet))


def issued_rows(stamp: Stamp, key: str) -> Counter[str]:
    return Counter(row.fields for row in stamp.issued if row.table == key)


def rows_of(table: ReadTable, plan: TablePlan) -> Counter[str]:
    """A table's rows as short digests of their cells, in the template's order."""
    rows = zip(*(table.cells[field] for field in plan.headings), strict=True)
    return Counter(" ".join(map(field_digest, row)) for row in rows)
