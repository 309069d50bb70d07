"""A sheet with one list, as a table: the sheet Carried over, and the lists of the report about an old workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from qipxl.tracker.reference_sheets import write_columns
from qipxl.workbook.bulk import FilledColumn
from qipxl.workbook.styles import CELL
from qipxl.workbook.writer import WorkbookWriter, row_height

FIRST = 3
"""The row of the headings, from 0."""


def write_list_sheet(
    writer: WorkbookWriter,
    title: str,
    about: str,
    widths: Mapping[str, float],
    lines: Sequence[Sequence[object]],
    style: Mapping[str, object],
) -> None:
    """Write a list on a sheet of its own: `widths` by heading, and `lines` in cells of one `style`; “None.” if it is empty."""
    sheet = writer.sheet(title, title, about)
    sheet.hide_gridlines(2)
    headings = [{"header": heading} for heading in widths]
    table = {"name": "tbl" + title.title().replace(" ", ""), "style": None, "columns": headings}
    sheet.add_long_table(FIRST, FIRST + max(len(lines), 1), len(widths), table)
    write_columns(writer, sheet, FIRST, widths)
    columns = [FilledColumn(values, [writer.format(**{**CELL, **style})]) for values in zip(*lines, strict=True)]
    heights = np.array([row_height(zip(line, widths.values(), strict=True)) for line in lines])
    sheet.fill(FIRST + 1, columns, heights)
    if not lines:
        sheet.write_string(FIRST + 1, 0, "None.", writer.format())
    sheet.freeze_panes(FIRST + 1, 0)
    sheet.repeat_rows(FIRST)
