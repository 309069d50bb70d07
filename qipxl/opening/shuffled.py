"""Columns that were sorted on their own: rows that were issued hold one another's values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from qipxl.opening.plan import TablePlan
from qipxl.opening.tables import Findings, ReadTable
from qipxl.problems import Found
from qipxl.stamp import Stamp, field_digest

FEWEST = 3
"""So many rows must have changed places before a column counts as sorted on its own; two may be a coincidence."""


def shuffled_columns(
    plan: Mapping[str, TablePlan], tables: Mapping[str, ReadTable], stamp: Stamp, found: Findings
) -> None:
    """A problem for each column whose issued values stand all there, in other rows; the return is then set aside."""
    for key, line in plan.items():
        issued = {row.ref.lower(): row.fields for row in stamp.issued if row.table == key and row.fields}
        table = tables[key]
        if not issued or not line.identity or not table.rows:
            continue
        refs = [str(ref).strip().lower() for ref in table.cells[line.identity]]
        rows = [place for place, ref in enumerate(refs) if ref in issued and refs.count(ref) == 1]
        for number, (field, heading) in enumerate(line.headings.items()):
            if field == line.identity or field not in table.placement.columns:
                continue
            pairs = [(issued[refs[row]].split()[number], field_digest(table.cells[field][row])) for row in rows]
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
