"""Template → tracker workbook: one service's plan for one month, ready to fill in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from qipxl.periods import Period
from qipxl.services import Service
from qipxl.template import Template
from qipxl.tracker import (
    charts_sheet,
    checks_sheet,
    entry_sheets,
    reference_sheets,
    start_sheet,
)
from qipxl.tracker.carried_over_sheet import CarriedLine, write_carried_over
from qipxl.tracker.content import CellNote, Rows, Tracker, cached_book
from qipxl.tracker.first_rows import laid_rows
from qipxl.workbook.buttons import MODULES
from qipxl.workbook.stamp import Stamp
from qipxl.workbook.vba import embed
from qipxl.workbook.writer import WorkbookWriter, new_workbook


def write_tracker(
    template: Template,
    service: Service,
    period: Period,
    path: Path,
    *,
    rows: Rows | None = None,
    issued: Rows | None = None,
    cover: Mapping[str, object] | None = None,
    as_at: date | None = None,
    stamp: Stamp | None = None,
    marks: Sequence[CellNote] = (),
    queries: Sequence[str] = (),
    buttons: bool = False,
    carried: Sequence[CarriedLine] = (),
) -> Path:
    """Write one service's tracker for one month, and give its path.

    `rows` stand in its tables already (the template's indicators, with a row for each month, where it is left out);
    `issued` are those of them it was issued with, which the stamp remembers (all of them where it is left out). `cover`
    fills Start here (submitted_by, submitted_on, submission). `as_at` is the date of the ratings written beside the
    formulas: the end of the period where it is left out. `stamp` is the one it had before, where it is written anew;
    `marks` are cells to outline, `queries` sentences to put on Start here, `carried` lines of the sheet Carried over. With
    `buttons` it is a workbook with macros, whose `path` ends in .xlsm. The same input gives the same bytes. Raises OutputError
    where the file cannot be written.
    """
    standing = laid_rows(template, period) if rows is None else rows
    tracker = Tracker(
        template,
        service,
        period,
        standing,
        standing if issued is None else issued,
        {"submission": 1, **(cover or {})},
        min(as_at or period.last, period.last),
        stamp,
        queries,
        buttons,
    )
    book = cached_book(tracker)
    with new_workbook(path, f"{template.template.title}: {service.name}, {period.words}", period.first) as writer:
        start_sheet.write_start(writer, tracker, book)
        for key in tracker.layouts:
            entry_sheets.write_table(writer, tracker, key, book)
        checks_sheet.write_checks(writer, tracker, book)
        write_carried_over(writer, carried)
        reference_sheets.write_guidance(writer, template)
        reference_sheets.write_lists(writer, template)
        reference_sheets.write_settings(writer, template)
        workings = reference_sheets.write_workings(writer, tracker.workings, book)
        checks_sheet.write_search(writer, workings, tracker, book)
        charts_sheet.write_charts(writer, workings, tracker, book)
        reference_sheets.write_stamp(writer, tracker.stamp())
        outline(writer, marks)
        if buttons:
            embed(writer.book, MODULES)
    return path


def outline(writer: WorkbookWriter, marks: Sequence[CellNote]) -> None:
    """Put a red outline round cells, whatever else their format is."""
    look = writer.book.add_format({"border": 1, "border_color": "#C00000", "bg_color": "#FFF2CC"})
    for mark in marks:
        sheet = writer.book.get_worksheet_by_name(mark.sheet)
        sheet.conditional_format(
            mark.row - 1, mark.column, mark.row - 1, mark.column, {"type": "no_errors", "format": look}
        )
