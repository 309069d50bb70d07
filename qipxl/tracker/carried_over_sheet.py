"""The sheet Carried over of an adopted tracker: texts of the old plan that have no field, with the action each is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qipxl.tracker.reference_sheets import HEADING
from qipxl.workbook import layout
from qipxl.workbook.bulk import FilledColumn
from qipxl.workbook.writer import WorkbookWriter, row_height

HEADINGS = {"Ref": 12, "Old ref": 12, "Column of the old plan": 28, "What it said": 80, "Where it stood": 24}
ABOUT = (
    "What the old plan said and no field here holds. Move what still counts to the sheet where it belongs: head office does "
    "not read this sheet."
)
FIRST = 3


@dataclass(frozen=True)
class CarriedLine:
    """A text of the old plan: the present and the old reference of its action, its old heading, the text, and its old cell."""

    ref: str
    old_ref: str
    heading: str
    text: str
    where: str

    @property
    def cells(self) -> tuple[str, ...]:
        return self.ref, self.old_ref, self.heading, self.text, self.where


def write_carried_over(writer: WorkbookWriter, lines: Sequence[CarriedLine]) -> None:
    """Write the sheet, if there are lines for it."""
    if not lines:
        return
    sheet = writer.sheet(layout.CARRIED, layout.CARRIED, ABOUT)
    wrapped = writer.format(text_wrap=True)
    for index, width in enumerate(HEADINGS.values()):
        sheet.set_column(index, index, width, wrapped)
    headings = [{"header": heading} for heading in HEADINGS]
    look = {"name": "tblCarriedOver", "style": "Table Style Light 1", "columns": headings}
    sheet.add_long_table(FIRST, FIRST + len(lines), len(HEADINGS), look)
    for index, heading in enumerate(HEADINGS):
        sheet.write_string(FIRST, index, heading, writer.format(**HEADING))
    columns = [FilledColumn(values, [wrapped]) for values in zip(*(line.cells for line in lines), strict=True)]
    heights = np.array([row_height(zip(line.cells, HEADINGS.values(), strict=True)) for line in lines])
    sheet.fill(FIRST + 1, columns, heights)
    sheet.freeze_panes(FIRST + 1, 0)
    sheet.repeat_rows(FIRST)
