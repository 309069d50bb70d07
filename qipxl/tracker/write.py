"""Template → tracker workbook: one service's plan for one month, ready to fill in."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice
from pathlib import Path

from qipxl.periods import Period
from qipxl.reading.pool import work_each
from qipxl.reading.process import usual_processes
from qipxl.rules.evaluate import Book
from qipxl.services import Service
from qipxl.template import Template
from qipxl.tracker import (
    charts_sheet,
    checks_sheet,
    entry_sheets,
    letter_lines,
    paste_sheet,
    reference_sheets,
    start_sheet,
)
from qipxl.tracker.carried_over_sheet import CarriedLine, write_carried_over
from qipxl.tracker.content import CellNote, Rows, Tracker, tracker_books, with_room
from qipxl.tracker.first_rows import initial_rows
from qipxl.tracker.issued_texts import write_stamp
from qipxl.tracker.month_steps import select_first_cells
from qipxl.tracker.news import NewsLine
from qipxl.tracker.tabs import arrange_tabs, hidden_tables
from qipxl.workbook.buttons import MODULES
from qipxl.workbook.stamp import Stamp
from qipxl.workbook.vba import embed
from qipxl.workbook.writer import WorkbookWriter, new_workbook

AT_ONCE = 5
"""The most trackers whose rules are worked out together; with more of them the time of one hardly falls."""
FEWEST = 8
"""The fewest trackers for each process: with fewer, it takes longer to start than it saves."""


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
    answers: Mapping[str, str] | None = None,
    last_return: str = "",
    news: Sequence[NewsLine] = (),
    due: date | None = None,
    taken_over: str = "",
) -> Path:
    """Write one service's tracker for one month and return its path. The same input gives the same bytes.

    - `template`, `service`, `period`: what to write, for whom and for which month.
    - `path`: the file to write, .xlsx, or .xlsm with `buttons`. An existing file is overwritten.
    - `rows`: for each table key its rows, each a mapping from field key to value. Default: the template's indicators, with
      a row of measurements for each of twelve months.
    - `issued`: those of `rows` that head office issued; the stamp records them. Default: all of `rows`.
    - `cover`: values of Start here, by the keys submitted_by, submitted_on, submission and nil. Default: submission 1.
    - `as_at`: the date of the ratings stored with the formulas, at most the end of the period, which is the default.
    - `stamp`: the stamp of an earlier issue of the same tracker. Default: a new one.
    - `marks`: cells to outline. `queries`: questions for Start here, with a cell for each answer. `carried`: lines of the sheet Carried over.
    - `answers`: what the service answered to some of the queries, by the query.
    - `buttons`: if true, the workbook has buttons and macros.
    - `news`: what head office says on Start here and asks no answer to. `due`: by when to send the tracker back. Default: no date.
    - `last_return`: the return that the rows are carried from, for the stamp. Default: none.
    - `taken_over`: the month in which the plan was taken over from an old one, such as 2026-03. Default: it was not.

    A table with more rows than the template gives its sheet gets a longer sheet.

    Raises OutputError if the file cannot be written, and TemplateError if a rule's formula is longer than Excel takes.

    >>> from tempfile import TemporaryDirectory
    >>> from qipxl import find_template
    >>> elm = Service(code="ELM", name="Elm House")
    >>> with TemporaryDirectory() as folder:
    ...     write_tracker(find_template("core"), elm, Period(2026, 3), Path(folder, "elm.xlsx")).name
    'elm.xlsx'
    """
    draft = new_draft(
        template, service, period, path, rows=rows, issued=issued, cover=cover, as_at=as_at, stamp=stamp, marks=marks,
        queries=queries, buttons=buttons, carried=carried, answers=answers, last_return=last_return, news=news, due=due,
        taken_over=taken_over,
    )  # fmt: skip
    return next(write_drafts([draft]))


@dataclass(frozen=True)
class Draft:
    """A tracker to write: its content, its path, the cells to outline and the lines of the sheet Carried over."""

    tracker: Tracker
    path: Path
    marks: Sequence[CellNote]
    carried: Sequence[CarriedLine]


def new_draft(
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
    answers: Mapping[str, str] | None = None,
    last_return: str = "",
    news: Sequence[NewsLine] = (),
    due: date | None = None,
    taken_over: str = "",
) -> Draft:
    """A tracker that `write_drafts` writes, from what `write_tracker` takes."""
    first_rows = initial_rows(template, period) if rows is None else rows
    tracker = Tracker(
        with_room(template, first_rows),
        service,
        period,
        first_rows,
        first_rows if issued is None else issued,
        {"submission": 1, **(cover or {})},
        min(as_at or period.last, period.last),
        stamp,
        queries,
        buttons,
        answers or {},
        last_return,
        news,
        due,
        taken_over,
    )
    return Draft(tracker, path, marks, carried)


def write_drafts(drafts: Iterable[Draft], number: int = 1, processes: int | None = None) -> Generator[Path, None, None]:
    """Write trackers and return their paths, in order; raises as `write_tracker` does.

    number: how many drafts there are; several processes write them if they are many. processes: how many may (default: one per core).

    The rules of up to AT_ONCE trackers in a row, of one template and one date, are worked out together, which takes little
    more time than those of one.
    """
    most = min(processes or usual_processes(), number // FEWEST)
    for paths in work_each(DraftWriting(), drafts_alike(drafts), most):
        assert isinstance(paths, list)
        yield from paths


def drafts_alike(drafts: Iterable[Draft]) -> Iterator[list[Draft]]:
    """Up to AT_ONCE drafts in a row, of one template and one date."""
    for _, alike in groupby(drafts, lambda draft: (id(draft.tracker.template.rules), draft.tracker.as_at)):
        while together := list(islice(alike, AT_ONCE)):
            yield together


@dataclass(frozen=True)
class DraftWriting:
    """Writes drafts that are alike, in any process."""

    memory_mb: int | None = None

    def done(self, drafts: Sequence[Draft], on_status: Callable[[str], None]) -> list[Path]:
        """Write the trackers and return their paths."""
        books = tracker_books([draft.tracker for draft in drafts])
        return [write_draft(draft, book) for draft, book in zip(drafts, books, strict=True)]


def write_draft(draft: Draft, book: Book) -> Path:
    """Write a tracker whose rules are worked out in `book`."""
    tracker = draft.tracker
    template, service, period = tracker.template, tracker.service, tracker.period
    title = f"{template.template.title}: {service.name}, {period.words}"
    with new_workbook(draft.path, title, period.first, by_mail=True) as writer:
        start_sheet.write_start(writer, tracker, book)
        for key in tracker.layouts:
            entry_sheets.write_table(writer, tracker, key, book)
        checks_sheet.write_checks(writer, tracker, book)
        write_carried_over(writer, draft.carried)
        hidden = hidden_tables(tracker, book, bool(draft.carried))
        reference_sheets.write_guidance(writer, template, [tracker.layouts[key].line.sheet for key in hidden])
        reference_sheets.write_lists(writer, template)
        reference_sheets.write_settings(writer, template)
        workings = reference_sheets.write_workings(writer, tracker.workings, book)
        checks_sheet.write_search(writer, workings, tracker, book)
        charts_sheet.write_charts(writer, workings, tracker, book)
        letter_lines.write_letter_lines(writer, workings, tracker, book)
        paste_sheet.write_paste(writer, workings, tracker, book)
        arrange_tabs(writer, tracker, hidden)
        select_first_cells(writer, tracker, book)
        write_stamp(writer, tracker)
        outline(writer, draft.marks)
        if tracker.buttons:
            embed(writer.book, MODULES)
    return draft.path


def outline(writer: WorkbookWriter, marks: Sequence[CellNote]) -> None:
    """Put a red outline around cells, over their own format."""
    outlined = writer.book.add_format({"border": 1, "border_color": "#C00000", "bg_color": "#FFF2CC"})
    for mark in marks:
        sheet, row = writer.book.get_worksheet_by_name(mark.sheet), mark.row - 1
        sheet.conditional_format(row, mark.column, row, mark.column, {"type": "no_errors", "format": outlined})
