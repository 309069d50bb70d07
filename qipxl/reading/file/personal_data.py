"""Which cells of a table seem to hold personal data, by kind; their text is withheld from everything that is printed."""

from __future__ import annotations

from collections.abc import Collection

from qipxl.privacy import kinds_in, may_hold_personal_data, words_of
from qipxl.reading.file.plan import TablePlan
from qipxl.reading.file.tables import ReadTable
from qipxl.workbook.cells import CellError


def mark_personal(table: ReadTable, line: TablePlan, kinds_off: Collection[str]) -> None:
    """Write down, for each text that seems to hold personal data, where it stands and the kinds in words."""
    for field in line.texts:
        cells = table.cells[field]
        staff = field in line.staff
        texts = [
            each for each in set(cells) if isinstance(each, str) and len(each) > 3 and not isinstance(each, CellError)
        ]
        if not may_hold_personal_data("\x00".join(texts)):
            continue
        said = {text: words_of(kinds) for text in texts if (kinds := kinds_in(text, kinds_off, staff=staff))}
        if said:
            table.personal |= {(field, place): said[str(cell)] for place, cell in enumerate(cells) if cell in said}
