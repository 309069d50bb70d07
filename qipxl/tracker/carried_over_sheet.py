"""The sheet Carried over of an adopted tracker: texts of the old plan that have no field, with the action each is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qipxl.tracker.list_sheet import write_list_sheet
from qipxl.workbook import layout
from qipxl.workbook.writer import WorkbookWriter

WIDTHS = {"Ref": 12, "Old ref": 12, "Column of the old plan": 28, "What it said": 80, "Old cell": 24}
"""The headings of the list and the widths of their columns."""
ABOUT = (
    "What the old plan said and no field here holds. Move what still counts to the sheet where it belongs: head office does "
    "not read this sheet."
)


@dataclass(frozen=True)
class CarriedLine:
    """A text of the old plan: the present and the old reference of its action, its old heading, the text, and its old cell."""

    ref: str
    old_ref: str
    heading: str
    text: str
    where: str


def write_carried_over(writer: WorkbookWriter, lines: Sequence[CarriedLine]) -> None:
    """Write the sheet, if there are lines for it."""
    if lines:
        cells = [(line.ref, line.old_ref, line.heading, line.text, line.where) for line in lines]
        write_list_sheet(writer, layout.CARRIED, ABOUT, WIDTHS, cells, {"text_wrap": True})
