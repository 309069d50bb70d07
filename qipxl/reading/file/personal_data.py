"""Finds cells of a table that seem to hold personal data; their text is withheld from all output."""

from __future__ import annotations

from collections.abc import Collection

from qipxl.privacy import kinds_in, may_hold_personal_data, words_of
from qipxl.reading.file.opened import ReadTable
from qipxl.reading.file.plan import TablePlan
from qipxl.workbook.cells import CellError


def mark_personal(table: ReadTable, plan: TablePlan, kinds_off: Collection[str]) -> None:
    """Record the kinds of personal data of each text that seems to hold some, by field and row."""
    for field in (field for field in plan.headings if field in plan.texts):
        cells = table.cells[field]
        staff = field in plan.staff
        texts = [
            text for text in set(cells) if isinstance(text, str) and len(text) > 3 and not isinstance(text, CellError)
        ]
        if not may_hold_personal_data("\x00".join(texts)):
            continue
        named = {text: words_of(kinds) for text in texts if (kinds := kinds_in(text, kinds_off, staff=staff))}
        if named:
            table.personal |= {(field, row): named[str(cell)] for row, cell in enumerate(cells) if cell in named}
