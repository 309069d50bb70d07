"""Which cells of a table seem to hold personal data, by kind; their text is withheld from everything that is printed."""

from __future__ import annotations

from collections.abc import Collection

from qipxl.opening.cells import CellError
from qipxl.opening.plan import TablePlan
from qipxl.opening.tables import ReadTable
from qipxl.privacy import kinds_in, words_of


def mark_personal(table: ReadTable, line: TablePlan, kinds_off: Collection[str]) -> None:
    """Write down, for each text that seems to hold personal data, where it stands and the kinds in words."""
    for field in line.texts:
        staff = field in line.staff
        said: dict[str, str] = {}
        for place, cell in enumerate(table.cells[field]):
            if isinstance(cell, str) and len(cell) > 3 and not isinstance(cell, CellError):
                if cell not in said:
                    said[cell] = words_of(kinds_in(cell, kinds_off, staff=staff))
                if said[cell]:
                    table.personal[field, place] = said[cell]
