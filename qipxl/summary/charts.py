"""The figures of a summary's charts, and how sheets hold them: ratings by month, services by headline, slippage by reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
from xlsxwriter.format import Format

from qipxl.indicators.same_services import same_services
from qipxl.periods import Period
from qipxl.summary.counts import pair_counts
from qipxl.summary.sheet_spec import HEADING_ROW, TableColumns, table_name
from qipxl.summary.summary import ProviderSummary
from qipxl.workbook.layout import column_letters
from qipxl.workbook.styles import PLAIN_HEADING
from qipxl.workbook.writer import Sheet, WorkbookWriter

COLUMNS_READ: TableColumns = {"actions": ("headline",)}


def by_month(summary: ProviderSummary) -> tuple[pd.DataFrame, list[str]]:
    """A line per month and a column per letter, and the names of the services left out; only this month without an archive.

    Every month counts the same services (see `same_services`).
    """
    if summary.history is None:
        letters = summary.actions["headline"].map({state.word: state.letter for state in summary.headline.states})
        counts, left_out = letters.value_counts().to_frame(f"{summary.as_at:%b %Y}").T, list[str]()
    else:
        sent = summary.history[summary.history["letter"] == ""]
        there = pair_counts(sent["service"], sent["period"]) > 0
        services, months = same_services(there.to_numpy(bool))
        lines = summary.history[summary.history["service"].isin(there.index[services])]
        counts = lines.groupby(["period", "letter"])["actions"].sum().unstack("letter")
        counts = counts.reindex(there.columns[months])
        counts.index = pd.Index([short_month(str(month)) for month in counts.index])
        names = summary.every_name
        left_out = sorted(names.get(code, code) for code in there.index[~services])
    return counts.reindex(columns=summary.letters).fillna(0).astype(int), left_out


def short_month(month: str) -> str:
    return f"{Period.read(month).first:%b %Y}"


def write_numbers(
    writer: WorkbookWriter, sheet: Sheet, row: int, frame: pd.DataFrame, headings: Sequence[str], number: Format
) -> None:
    """Write the figures that a chart is drawn from: headings in `row`, below them a line per row of the frame."""
    names, figures = writer.format(**PLAIN_HEADING), writer.format(**PLAIN_HEADING, align="right", indent=1)
    for column, heading in enumerate(headings):
        sheet.write_string(row, column, heading, figures if column else names)
    for position, (name, values) in enumerate(zip(frame.index, frame.to_numpy().tolist(), strict=True), row + 1):
        sheet.write_string(position, 0, str(name), writer.format())
        for column, value in enumerate(values, 1):
            sheet.put(position, column, value, number)


def ranges(sheet: Sheet, row: int, column: int, lines: int) -> dict[str, list[Any]]:
    """Where a chart finds a column that `write_numbers` wrote from `row` on."""
    name, first, last = sheet.get_name(), row + 1, row + lines
    return {
        "name": [name, row, column], "categories": [name, first, 0, last, 0], "values": [name, first, column, last, column],
    }  # fmt: skip


def month_table(
    writer: WorkbookWriter, name: str, about: str, headings: Sequence[tuple[str, float]], last: int
) -> Sheet:
    """A sheet with a table, down to the row `last`, for figures by month; `headings` with the columns' widths."""
    sheet = writer.sheet(name, name, about)
    headers = [{"header": heading} for heading, _ in headings]
    options = {"name": table_name(name), "style": "Table Style Light 1", "columns": headers}
    sheet.add_long_table(HEADING_ROW, last, len(headings), options)
    for column, (heading, width) in enumerate(headings):
        sheet.set_column(column, column, width)
        sheet.write_string(HEADING_ROW, column, heading, writer.format(**PLAIN_HEADING))
    return sheet


def month_spans(name: str, lines: Iterable[int], months: int) -> list[str]:
    """The figures of each line of a `month_table`, which begin in its third column, for sparklines."""
    columns = column_letters(2), column_letters(1 + months)
    return [f"'{name}'!" + ":".join(f"{column}{HEADING_ROW + 2 + line}" for column in columns) for line in lines]
