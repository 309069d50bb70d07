"""The provider's summary workbook: the board page, what needs attention, history, all actions, and every source."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.files import distinct_names
from qipxl.returns.freed_memory import return_freed_now
from qipxl.returns.returns import TEXTS
from qipxl.summary import action_lists
from qipxl.summary.action_index import BY_REGION, by_region
from qipxl.summary.answers import answers
from qipxl.summary.before_after import before_and_after
from qipxl.summary.board_sheet import Links, write_board_sheet
from qipxl.summary.changes import changes
from qipxl.summary.finding_records import Findings
from qipxl.summary.findings import findings_of
from qipxl.summary.full_tables import own_sheets, table_lists
from qipxl.summary.indicator_lists import INDICATORS, indicators, outliers
from qipxl.summary.indicator_sheets import (
    add_sparklines,
    write_before_after_charts,
    write_figures,
    write_indicator_charts,
)
from qipxl.summary.logs import challenges, learning
from qipxl.summary.meetings import meetings
from qipxl.summary.overview import movement_sheet, overview, plans_sheet
from qipxl.summary.overview_sheet import finish_overview
from qipxl.summary.provider_actions_sheet import write_provider_actions
from qipxl.summary.rating_rows import by_rating
from qipxl.summary.readiness import readiness
from qipxl.summary.risks import risks
from qipxl.summary.rule_book import rule_book
from qipxl.summary.service_sheet import write_one_service
from qipxl.summary.sheet_spec import (
    HEADING_ROW,
    LETTER,
    LOOKED_UP,
    MOST_ROWS,
    OVERVIEW,
    ColumnSpec,
    SheetSpec,
    excel_values,
    state_style,
    states_of,
)
from qipxl.summary.sources import problems, sources
from qipxl.summary.statement_history import statements_by_month
from qipxl.summary.summary import ProviderSummary
from qipxl.summary.tabs import arrange_tabs, tab_order
from qipxl.summary.themes import by_theme, themes
from qipxl.summary.timeline import milestone_timeline
from qipxl.text import plural
from qipxl.workbook.bulk import Coded, FilledColumn, LinkColumn
from qipxl.workbook.styles import CELL, CENTRED, DATE, GREY, HEADING, LEFT, LINK, NUMBER, PALE, RULE, TINTS
from qipxl.workbook.text_width import (
    BOLD,
    PIXELS,
    heading_lines,
    lines_needed,
    split_lines,
    width_for_heading,
    width_for_text,
)
from qipxl.workbook.writer import LINE, Sheet, WorkbookWriter, new_workbook

GAP, ROW_GAP, MOST_LINES = 8.0, 3.0, 26
"""The points above and within the headings, those below the text of a row, and the most lines of a row."""
MOST_FILE_WIDTH = 40
"""The most characters of the width of a column with names of files."""
PRINTED_WIDTH = 205
"""The most characters of a table's width that are printed: on a landscape A4 they can still be read."""
NAMING, MOST_FROZEN = ("name", "service", "ref", "action"), 3
"""The columns that name the service and the action of a row, and the most columns that stay in sight."""
CHIP_CELL: dict[str, object] = CENTRED | {"bottom": 1, "bottom_color": RULE}
BAR: dict[str, object] = {"type": "data_bar", "bar_color": PALE, "min_type": "num", "min_value": 0}
"""The bar in a cell with a number of days."""


def write_summary(summary: ProviderSummary, path: Path | str, *, most_rows: int = MOST_ROWS) -> Path:
    """Write the summary workbook.

    A list with more than `most_rows` rows is left out, and its sheet says so. If there are several regions, a workbook with the
    lists of each is then written to the same folder, named after `path` and the region.

    Args:
        summary: what `qipxl.summarise` returns.
        path: the workbook to write, ending in .xlsx.
        most_rows: the most rows of a list. Default: as many as an Excel sheet holds below its headings.

    Returns the path. Raises OutputError if a workbook cannot be written.

    >>> from datetime import date
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import qipxl
    >>> service = qipxl.Service(code="ELM", name="Elm House", region="North")
    >>> with TemporaryDirectory() as folder:
    ...     core = qipxl.find_template("core")
    ...     path = qipxl.write_tracker(core, service, qipxl.Period(2026, 3), Path(folder) / "elm.xlsx")
    ...     rated = qipxl.rate(qipxl.check(qipxl.read_returns(path)), date(2026, 3, 31))
    ...     qipxl.write_summary(qipxl.summarise(rated, [service]), Path(folder) / "summary.xlsx").name
    'summary.xlsx'
    """
    return write_with_findings(summary, path, most_rows=most_rows)[0]


@pd.option_context(*TEXTS)
def write_with_findings(
    summary: ProviderSummary, path: Path | str, *, most_rows: int = MOST_ROWS
) -> tuple[Path, Findings]:
    """The same; returns the path and the findings that the board page shows."""
    target = Path(path)
    regions = list(summary.regions)
    has_room, findings = write_one(summary, target, most_rows, IN_REGIONS if len(regions) > 1 else IN_ARCHIVE)
    if not has_room and len(regions) > 1:
        for region, name in zip(regions, distinct_names(regions), strict=True):
            regional = target.with_name(f"{target.stem}, {name}.xlsx")
            write_one(summary.of_region(region), regional, most_rows, IN_ARCHIVE)
    return target, findings


IN_REGIONS = "Too many lines for one sheet. They are in the workbook of each region, in the same folder."
IN_ARCHIVE = "Too many lines for one sheet. The counts include them; if there is an archive, the lines are there."


def write_one(summary: ProviderSummary, target: Path, most_rows: int, elsewhere: str) -> tuple[bool, Findings]:
    """Write one workbook; returns true if every list has room, and its findings.

    `elsewhere` says where to find the lines of a list without room.
    """
    title, has_room = f"Quality improvement summary, as at {summary.as_at:%d %B %Y}", True
    with new_workbook(target, title, summary.as_at) as writer:
        files = linked_files(summary, target)
        charted = replace(summary, impact=summary.impact.with_own_cache())
        findings = findings_of(charted)
        return_freed_now(len(summary.actions))
        for full_spec in sheet_specs(summary, charted, most_rows):
            spec = with_room(full_spec, most_rows, elsewhere)
            has_room &= spec is full_spec
            sheet = write_sheet(writer, summary, spec, files)
            if spec.name == OVERVIEW:
                finish_overview(writer, sheet, spec, summary)
            if spec.name == BY_REGION and spec is full_spec:
                write_one_service(writer, summary, findings.services)
            if spec.name == action_lists.ESCALATIONS and summary.provider_actions is not None:
                write_provider_actions(writer, summary.provider_actions, states_of(summary.headline))
            if spec.name == INDICATORS:
                add_sparklines(sheet, spec, charted.impact.judged)
                write_before_after_charts(writer, charted)
                write_indicator_charts(writer, charted)
                write_figures(writer, charted)
                charted = summary  # the judged series are not needed again
            rows = max(len(spec.frame), len(summary.actions))
            del full_spec, spec  # free them before the next list is made: they may be large
            return_freed_now(rows)
        last, counted = by_rating(summary, findings, most_rows)
        write_sheet(writer, summary, with_room(last, most_rows, elsewhere), files)
        has_room &= not last.rows_omitted
        has_rows = len(summary.actions) <= most_rows
        names = tab_order(sheet.get_name() for sheet in writer.book.worksheets())
        write_board_sheet(writer, findings, Links(names, has_rows, counted if has_rows else {}))
        arrange_tabs(writer)
    return has_room, findings


def with_room(spec: SheetSpec, most_rows: int, elsewhere: str) -> SheetSpec:
    """A list as it is if a sheet has room for its rows; otherwise without rows, with the words `elsewhere` in their place."""
    if not spec.rows_omitted and len(spec.frame) <= most_rows:
        return spec
    return replace(spec, frame=spec.frame.iloc[:0], nothing=elsewhere)


def sheet_specs(summary: ProviderSummary, charted: ProviderSummary, most_rows: int) -> Iterator[SheetSpec]:
    """The sheets after the board page, in their order; `charted` is the summary with the judged series, freed after use."""
    yield overview(summary)
    yield from plans_sheet(summary)
    yield action_lists.needs_attention(summary)
    yield from movement_sheet(summary)
    yield from changes(summary)
    yield action_lists.escalations(summary)
    yield from action_lists.closed_services(summary)
    yield from action_lists.chosen_lists(summary)
    yield from milestone_timeline(summary)
    yield from challenges(summary)
    yield from meetings(summary)
    yield from own_sheets(summary, most_rows)
    if len(charted.impact.judged.series):
        yield from before_and_after(charted)
        yield indicators(charted)
        compared = outliers(charted)
        charted = summary
        yield compared
    yield risks(summary, most_rows)
    yield from readiness(summary, most_rows)
    yield from themes(summary)
    yield from statements_by_month(summary)
    yield from learning(summary)
    yield answers(summary)
    yield problems(summary)
    yield action_lists.all_actions(summary, most_rows=most_rows)
    yield by_region(summary)
    yield by_theme(summary, most_rows)
    yield sources(summary)
    yield rule_book(summary)
    yield from table_lists(summary, most_rows)


def linked_files(summary: ProviderSummary, target: Path) -> dict[str, str]:
    """The path of each file used, relative to the summary's folder; without those on another drive or at an address."""
    paths, home = {}, target.resolve().parent
    accepted = summary.returns.accepted
    for file, path in accepted.loc[~accepted["path"].str.contains("://"), ["file", "path"]].itertuples(index=False):
        try:
            if Path(path).exists():  # a path with escaped characters is only shown, not linked
                paths[str(file)] = os.path.relpath(Path(path).resolve(), home).replace(os.sep, "/")
        except (ValueError, OSError):
            continue
    return paths


def write_sheet(writer: WorkbookWriter, summary: ProviderSummary, spec: SheetSpec, files: Mapping[str, str]) -> Sheet:
    """Write a sheet with one table, or with a sentence in place of its rows if it has none; returns the sheet."""
    as_at = f"{summary.as_at.day} {summary.as_at:%B %Y}"
    frame = spec.frame
    columns = [replace(column, width=width_of(column, frame)) for column in spec.columns]
    sources = chain.from_iterable((column.source, column.by, column.link_to) for column in columns)
    coded = {source: Coded.of(frame[source]) for source in dict.fromkeys(filter(None, sources))}
    printed = max(1, int((np.cumsum([column.width for column in columns]) <= PRINTED_WIDTH).sum()))
    hidden = f"Press + on the left for {plural(spec.folded, 'more line')}." if spec.folded else ""
    about = " ".join(filter(None, (f"As at {as_at}.", spec.about, hidden, "" if spec.is_printed else LOOKED_UP)))
    first, *more = split_lines(about, PIXELS * sum(column.width for column in columns[:printed]), 11)
    sheet = writer.sheet(spec.name, spec.title or spec.name, first)
    sheet.hide_gridlines(2)
    below = " ".join([*more, *([] if spec.title else [spec.line])])
    if below:
        sheet.write_string(2, 0, below, writer.format(font_color=GREY))
    sheet.set_row(HEADING_ROW - 1, GAP)
    lines = max(len(frame), 1)
    headings = [{"header": column.heading} for column in columns]
    options = {"name": spec.table, "style": None, "columns": headings, "autofilter": len(frame) > 0}
    sheet.add_long_table(HEADING_ROW, HEADING_ROW + lines, len(columns), options)
    write_headings(writer, sheet, columns, frame)
    cells = (filled(writer, column, frame, coded) for column in columns)
    sheet.fill(HEADING_ROW + 1, cells, heights(columns, coded, len(frame)), folded=spec.folded)
    if not len(frame):
        sheet.write_string(HEADING_ROW + 1, 0, spec.nothing, writer.format())
    for index, column in enumerate(columns):
        if column.link_to:
            sheet.link_column(LinkColumn(HEADING_ROW + 1, index, coded[column.link_to]))
        if column.bar:
            sheet.conditional_format(HEADING_ROW + 1, index, HEADING_ROW + lines, index, BAR)
    line = writer.book.add_format({"bottom": 1, "bottom_color": RULE})
    rows = HEADING_ROW + 1, 0, HEADING_ROW + lines, len(columns) - 1
    sheet.conditional_format(*rows, {"type": "blanks", "format": line})  # empty cells are not written
    if spec.link_cell:
        link_cells(sheet, spec, coded, files)
    sheet.freeze_panes(HEADING_ROW + 1, frozen(columns))
    sheet.repeat_rows(HEADING_ROW)
    sheet.print_area(0, 0, HEADING_ROW + lines if spec.is_printed else 2, printed - 1)
    return sheet


def width_of(column: ColumnSpec, frame: pd.DataFrame) -> float:
    """A column's width in characters: no word of its heading is broken, except above a chip; names of files have a line if possible."""
    if column.source == LETTER:
        return column.width
    width = width_for_heading(column.heading, column.width)
    if column.source == "file":
        names = (name for name in frame["file"].unique() if isinstance(name, str))
        width = max(width, min(MOST_FILE_WIDTH, max(map(width_for_text, names), default=0)))
    return width


def write_headings(writer: WorkbookWriter, sheet: Sheet, columns: Sequence[ColumnSpec], frame: pd.DataFrame) -> None:
    """Write the headings, those of numbers on the right, and set the widths of the columns."""
    heading, number = (writer.format(**HEADING | side) for side in (LEFT, {**NUMBER, "text_wrap": True}))
    chips = writer.format(**HEADING | {"font_size": 7, "text_wrap": False})
    for index, column in enumerate(columns):
        sheet.set_column(index, index, column.width, writer.format(text_wrap=column.wrap))
        is_number = pd.api.types.is_numeric_dtype(frame[column.source])
        style = chips if column.source == LETTER else number if is_number else heading
        sheet.write_string(HEADING_ROW, index, column.heading, style)
    texts = [(column.heading, column.width) for column in columns if column.source != LETTER]
    lines = max((heading_lines(text, width) for text, width in texts), default=1)
    sheet.set_row(HEADING_ROW, LINE * lines + GAP)


def frozen(columns: Sequence[ColumnSpec]) -> int:
    """The number of columns that stay in sight: those that name the row's service and action, and any before them."""
    named = [index for index, column in enumerate(columns[:MOST_FROZEN], 1) if column.source in NAMING]
    return max(named, default=0)


def link_cells(sheet: Sheet, spec: SheetSpec, coded: Mapping[str, Coded], files: Mapping[str, str]) -> None:
    """Link each row's cell address to the file it came from."""
    column = [column.source for column in spec.columns].index("cell")
    targets = coded["cell"].replaced(quoted_address)
    sheet.link_column(LinkColumn(HEADING_ROW + 1, column, targets, coded["file"].replaced(files.get)))


def quoted_address(cell: str) -> str:
    """A cell's address as a link target, with the sheet's name in quotes; empty if it is no address."""
    name, _, address = cell.rpartition("!")
    return name and f"'{name.replace(chr(39), chr(39) * 2)}'!{address}"


def heights(columns: Sequence[ColumnSpec], coded: Mapping[str, Coded], rows: int) -> NDArray[np.float64]:
    """The height of every row in points: as many lines as its longest text needs in its column, and a gap below."""
    lines = np.ones(rows)
    for column in columns:
        cells = coded[column.source]
        if column.wrap and column.source != LETTER:
            scale = BOLD if column.bold else 1.0
            needed = [lines_needed(text, column.width, scale) if isinstance(text, str) else 1 for text in cells.values]
            if max(needed) > 1:
                lines = np.maximum(lines, cells.of_cells(needed))
    return np.asarray(LINE * np.minimum(lines, MOST_LINES) + ROW_GAP)


def filled(writer: WorkbookWriter, column: ColumnSpec, frame: pd.DataFrame, coded: Mapping[str, Coded]) -> FilledColumn:
    """A column's values, dates as day numbers, and the format of each."""
    values, cells = frame[column.source], coded[column.source]
    formats, picks = [writer.format(**cell_style(values, column))], None
    if column.states:
        words = {word: index for index, word in enumerate(column.states, 1)}
        formats += [
            writer.format(**{**state_style(state), "border": 0, **CHIP_CELL}) for state in column.states.values()
        ]
        by = coded[column.by]
        picks = by.of_cells([words.get(word, 0) for word in by.values])
    if column.inks:
        texts = {text: index for index, text in enumerate(column.inks, 1)}
        formats += [writer.format(**CHIP_CELL, font_color=ink, bold=True) for ink in column.inks.values()]
        picks = cells.of_cells([texts.get(text, 0) for text in cells.values])
    if is_address(column):
        formats.append(writer.format(**{**CELL, "bold": True}))
        picks = cells.of_cells([int("!" not in str(value)) for value in cells.values])
    if column.tint:
        formats += [writer.format(**CELL | NUMBER, bg_color=ground) for ground in TINTS[column.tint]]
        picks = cells.of_cells([min(max(int(value or 0), 0), 2) for value in cells.values])
    if pd.api.types.is_datetime64_any_dtype(values):
        cells = Coded(cells.codes, [*excel_values(pd.Series(cells.values[:-1], dtype=values.dtype)), None])
    return FilledColumn(cells, formats, picks)


def cell_style(values: pd.Series, column: ColumnSpec) -> dict[str, object]:
    """The format of a column's cells: a line below, dates as dates, numbers on the right, a cell's address as a link."""
    shape = CELL | {"text_wrap": column.wrap} | ({"bold": True} if column.bold else {})
    if is_address(column):
        shape |= LINK
    if pd.api.types.is_datetime64_any_dtype(values):
        return shape | DATE
    return shape | NUMBER if pd.api.types.is_numeric_dtype(values) else shape


def is_address(column: ColumnSpec) -> bool:
    """True for the column of the cells that rows came from; a row that is missing from its sheet has words there instead."""
    return column.source == "cell" and column.heading == "Cell"
