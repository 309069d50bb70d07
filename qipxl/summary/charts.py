"""Charts of a summary, each with the table it is drawn from: ratings by month, services by headline, slippage by reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from xlsxwriter.format import Format

from qipxl.indicators.same_services import same_services
from qipxl.periods import Period
from qipxl.summary.sheet_spec import HEADING_ROW, TableColumns, by_letter, letter_words, table_name
from qipxl.summary.summary import ProviderSummary
from qipxl.text import names_text
from qipxl.workbook.layout import column_letters
from qipxl.workbook.styles import BRAND, GREY, PLAIN_HEADING, SECTION
from qipxl.workbook.writer import BarChart, ColumnChart, Sheet, WorkbookWriter

CHARTS, BY_SERVICE = "Charts", "Red by month"
BY_MONTH = "Actions by headline, month by month"
NO_REASON = "(no reason given)"
COLUMNS_READ: TableColumns = {"actions": ("headline", "slipped", "slippage_reason")}


def write_charts(writer: WorkbookWriter, summary: ProviderSummary) -> None:
    """The sheets Charts and, where there is history, Red by month with a sparkline for each service."""
    sheet = writer.sheet(CHARTS, CHARTS, "Each chart is drawn from the table on its left.")
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 8, 12)
    fills = {letter: f"#{state.fill}" for letter, state in by_letter(summary.headline).items()}
    months, left_out = by_month(summary)
    row = chart(writer, sheet, 3, BY_MONTH, months, fills, left_out_words(left_out))
    row = chart(writer, sheet, row, "Services by their worst headline", worst_of_services(summary), {})
    chart(writer, sheet, row, "Late or moved actions by reason", by_reason(summary), {})
    if summary.history is not None:
        write_red_by_month(writer, summary)


def by_month(summary: ProviderSummary) -> tuple[pd.DataFrame, list[str]]:
    """A line per month and a column per letter, and the names of the services left out; only this month without an archive.

    Every month counts the same services (see `same_services`).
    """
    if summary.history is None:
        letters = summary.actions["headline"].map({state.word: state.letter for state in summary.headline.states})
        counts, left_out = letters.value_counts().to_frame(f"{summary.as_at:%b %Y}").T, list[str]()
    else:
        sent = summary.history[summary.history["letter"] == ""]
        there = pd.crosstab(sent["service"], sent["period"]) > 0
        services, months = same_services(there.to_numpy(bool))
        lines = summary.history[summary.history["service"].isin(there.index[services])]
        counts = lines.groupby(["period", "letter"])["actions"].sum().unstack("letter")
        counts = counts.reindex(there.columns[months])
        counts.index = pd.Index([short_month(str(month)) for month in counts.index])
        names = summary.names
        left_out = sorted(names.get(code, code) for code in there.index[~services])
    return counts.reindex(columns=summary.letters).fillna(0).astype(int), left_out


def left_out_words(names: Sequence[str]) -> str:
    """The sentence about the services that the chart by month leaves out; empty if there are none."""
    return (
        f"The same services in every month; left out, because returns are missing: {names_text(names)}."
        if names
        else ""
    )


def short_month(month: str) -> str:
    return f"{Period.read(month).first:%b %Y}"


def worst_of_services(summary: ProviderSummary) -> pd.DataFrame:
    """The number of services with each letter as their worst."""
    lines = summary.overview[summary.overview["actions"] > 0]
    worst = (lines[summary.letters] > 0).idxmax(axis=1) if len(lines) else pd.Series(dtype=object)
    counts = worst.value_counts().reindex(summary.letters, fill_value=0)
    return pd.DataFrame({"Services": counts.to_numpy()}, index=[letter_words(letter) for letter in summary.letters])


def by_reason(summary: ProviderSummary) -> pd.DataFrame:
    """The number of late or moved actions with each reason, the commonest first."""
    current = summary.current
    if "slipped" not in current.columns:
        return pd.DataFrame({"Actions": []}, dtype=int)
    chosen = current[current["slipped"].fillna(False).astype(bool)]
    counts = chosen["slippage_reason"].fillna("").replace("", NO_REASON).value_counts()
    return pd.DataFrame({"Actions": counts.to_numpy()}, index=list(counts.index))


def chart(
    writer: WorkbookWriter,
    sheet: Sheet,
    row: int,
    title: str,
    frame: pd.DataFrame,
    fills: Mapping[str, str],
    note: str = "",
) -> int:
    """Write a table from `row` on with its chart on the right; returns the row after both.

    With `fills`, colours by letter, the chart has a stacked column per row; else a bar.
    """
    sheet.write_string(row, 0, f"{title}. {note}" if note else title, writer.format(**SECTION))
    headings = [letter_words(name) if fills else str(name) for name in frame.columns]
    write_numbers(writer, sheet, row + 1, frame, ["", *headings], writer.format(align="right", indent=1))
    if not len(frame):
        sheet.write_string(row + 2, 0, "None.", writer.format())
        return row + 5
    drawn = ColumnChart({"subtype": "stacked"}) if fills else BarChart()
    writer.add_chart(drawn)
    style: dict[str, Any] = {"border": {"color": GREY, "width": 0.5}, "gap": 60}
    if not fills:
        style["data_labels"] = {"value": True}
        drawn.set_y_axis({"reverse": True})
    for column, name in enumerate(frame.columns, 1):
        fill = {"color": fills.get(str(name), BRAND)}
        drawn.add_series({**ranges(sheet, row + 1, column, len(frame)), "fill": fill, **style})
    drawn.set_title({"name": title, "name_font": {"size": 12}, "overlay": False})
    drawn.set_legend({"position": "bottom"} if fills else {"none": True})
    drawn.set_size({"width": 640, "height": 320})
    sheet.draw(
        row,
        len(frame.columns) + 2 if fills else 3,
        drawn,
        " ".join(filter(None, (f"Chart: {title}.", note, chart_words(frame, headings)))),
    )
    return row + max(len(frame) + 4, 18)


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


def chart_words(frame: pd.DataFrame, headings: Sequence[str]) -> str:
    """A chart's figures in words, for readers who cannot see it: all of a single column, else the last line."""
    values, names, start = frame.iloc[-1].tolist(), headings, f"{frame.index[-1]}: "
    if len(headings) == 1:
        values, names, start = frame.iloc[:, 0].tolist(), list(frame.index), ""
    return start + "; ".join(f"{name}: {value}" for name, value in zip(names, values, strict=True))


def write_red_by_month(writer: WorkbookWriter, summary: ProviderSummary) -> None:
    """The number of actions of each service in the worst state, month by month, with a sparkline."""
    assert summary.history is not None
    worst = summary.letters[0]
    lines = summary.history
    months = sorted(lines["period"].unique())
    sent = lines[lines["letter"] == ""].set_index(["service", "period"]).index
    red = lines[lines["letter"] == worst].groupby(["service", "period"])["actions"].sum()
    about = f"Actions with the letter {worst} in each month. A blank cell: no return."
    headings = [("Service", 30), ("Region", 16), *((short_month(month), 9) for month in months), ("Trend", 24)]
    last = HEADING_ROW + max(len(summary.overview), 1)
    sheet = month_table(writer, BY_SERVICE, about, headings, last)
    returned, services = set(sent), summary.overview[["service", "name", "region"]]
    for row, (code, name, region) in enumerate(services.itertuples(index=False), HEADING_ROW + 1):
        sheet.put(row, 0, name, writer.format())
        sheet.put(row, 1, region, writer.format())
        for column, month in enumerate(months, 2):
            if (code, month) in returned:
                sheet.put(row, column, int(red.get((code, month), 0)), writer.format(align="center"))
    spans = month_spans(BY_SERVICE, range(len(summary.overview)), len(months))
    style = {"markers": True, "min": 0, "series_color": "#8B0000"}
    sheet.add_sparklines(HEADING_ROW + 1, 2 + len(months), spans, style)
    sheet.freeze_panes(HEADING_ROW + 1, 1)
    sheet.print_area(0, 0, last, len(headings) - 1)


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
