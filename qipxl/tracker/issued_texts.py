"""The stamp of a tracker, with digests of every text that is issued outside its tables, and the sheets that are hidden.

Reading compares them with the texts that come back: a text that was not issued was typed by the service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from xlsxwriter.worksheet import CellRichStringTuple, CellStringTuple

from qipxl.tracker.content import Tracker
from qipxl.workbook import layout
from qipxl.workbook.stamp import field_digest, setting_digest
from qipxl.workbook.writer import Sheet, WorkbookWriter


def write_stamp(writer: WorkbookWriter, tracker: Tracker) -> None:
    """Write the stamp on a hidden sheet, after all others."""
    hidden = frozenset(sheet.get_name() for sheet in writer.book.worksheets() if sheet.hidden)
    stamp = replace(tracker.stamp, texts=issued_texts(writer, tracker), hidden=hidden)
    sheet = writer.add_sheet(layout.STAMP)
    for row, cells in enumerate(stamp.rows()):
        for index, text in enumerate(cells):
            sheet.write_string(row, index, text)
    sheet.very_hidden()


def issued_texts(writer: WorkbookWriter, tracker: Tracker) -> dict[str, frozenset[str]]:
    """The digests of the texts on Start here, Guidance, Settings and above each table and block, by sheet; on Settings of each value too.

    Without what a service is asked to fill in, and without its name and the other facts that the stamp has as they are.
    """
    ends = {table.line.sheet: layout.HEADING_ROW - 1 for table in tracker.layouts.values()}
    if writer.book.get_worksheet_by_name(layout.PASTE) is not None:
        ends[layout.PASTE] = layout.HEADING_ROW - 1
    known = {*tracker.stamp.facts.values(), *tracker.answers.values(), *map(str, tracker.cover.values())}
    strings = {index: text for text, index in writer.book.str_table.string_table.items()}
    texts = {}
    for name in (layout.START, layout.GUIDANCE, layout.SETTINGS, *ends):
        sheet: Sheet = writer.book.get_worksheet_by_name(name)
        words = shared_texts(sheet, ends.get(name), strings)
        texts[name] = frozenset(field_digest(text) for text in words if text not in known)
    settings = tracker.template.rules.schema.settings.values()
    values = {setting_digest(*pair) for setting in settings for pair in setting.names()}
    return texts | {layout.SETTINGS: texts[layout.SETTINGS] | values}


def shared_texts(sheet: Sheet, end: int | None, strings: Mapping[int, str]) -> Iterator[str]:
    """The texts of a sheet's cells, of all rows or of those before `end` (from 0), in one colour or in several."""
    for row, cells in sheet.table.items():
        if end is None or row < end:
            for cell in cells.values():
                if isinstance(cell, CellStringTuple):
                    yield strings[cell.string]
                elif isinstance(cell, CellRichStringTuple):
                    yield cell.raw_string
