"""The rows of a return held against those it was issued with: columns sorted on their own, and plans nobody has touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from qipxl.reading.file.plan import TablePlan
from qipxl.reading.file.tables import Findings, ReadTable
from qipxl.returns.problems import Found
from qipxl.workbook.stamp import Stamp, field_digest

FEWEST = 3
"""So many rows must have changed places before a column counts as sorted on its own; two may be a coincidence."""


def shuffled_columns(
    plan: Mapping[str, TablePlan], tables: Mapping[str, ReadTable], stamp: Stamp, found: Findings
) -> None:
    """A problem for each column whose issued values stand all there, in other rows; the return is then set aside.

    Rows that were issued with other columns, as in an earlier version, are not compared.
    """
    for key, line in plan.items():
        issued = {row.ref.lower(): row.fields.split() for row in stamp.issued if row.table == key}
        issued = {ref: fields for ref, fields in issued.items() if len(fields) == len(line.headings)}
        table = tables[key]
        if not issued or not line.identity or not table.rows:
            continue
        refs = [str(ref).strip().lower() for ref in table.cells[line.identity]]
        rows = [place for place, ref in enumerate(refs) if ref in issued and refs.count(ref) == 1]
        for number, (field, heading) in enumerate(line.headings.items()):
            if field == line.identity or field not in table.placement.columns:
                continue
            pairs = [(issued[refs[row]][number], field_digest(table.cells[field][row])) for row in rows]
            moved = [(was, now) for was, now in pairs if was != now]
            told_apart = len({was for was, _ in moved}) == len(moved)
            if (
                len(moved) >= FEWEST
                and told_apart
                and Counter(was for was, _ in moved) == Counter(now for _, now in moved)
            ):
                sheet = table.placement.sheet
                found.problems.append(
                    Found("column-shuffled", key, sheet, heading=heading, value=f"{len(moved)} of {len(rows)}")
                )
                found.aside.append(f"On {sheet} {len(moved)} rows have another row's {heading}.")


def untouched_plan(
    plan: Mapping[str, TablePlan], tables: Mapping[str, ReadTable], stamp: Stamp, found: Findings
) -> None:
    """A problem for a return in which every table holds exactly the rows it was issued with."""
    if any(rows_of(tables[key], line) != issued_rows(stamp, key) for key, line in plan.items()):
        return
    for key, line in plan.items():
        if line.rated and tables[key].rows:
            found.problems.append(Found("unchanged-since-issue", key, tables[key].placement.sheet))


def issued_rows(stamp: Stamp, key: str) -> Counter[str]:
    return Counter(row.fields for row in stamp.issued if row.table == key)


def rows_of(table: ReadTable, line: TablePlan) -> Counter[str]:
    """A table's rows as short digests of their cells, in the template's order."""
    rows = zip(*(table.cells[field] for field in line.headings), strict=True)
    return Counter(" ".join(map(field_digest, row)) for row in rows)
