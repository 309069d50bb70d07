"""Charts of a summary, each with the table it is drawn from: ratings by month, services by headline, slippage by reason."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from qipxl.periods import Period
from qipxl.summary.sheet_spec import TableColumns, by_letter, letter_words
from qipxl.summary.styles import INK, PALE, PLAIN_HEADING, TITLE
from qipxl.summary.summary import ProviderSummary
from qipxl.workbook.layout import column_letters
from qipxl.workbook.writer import BarChart, ColumnChart, Sheet, WorkbookWriter

CHARTS, BY_SERVICE = "Charts", "Red by month"
NO_REASON = "(no reason given)"
COLUMNS_READ: TableColumns = {"actions": ("headline", "slipped", "slippage_reason")}


def write_charts(writer: WorkbookWriter, summary: ProviderSummary) -> None:
    """The sheets Charts and, where there is history, Red by month with a sparkline for each service."""
    sheet = writer.sheet(CHARTS, CHARTS, "Each chart is drawn from the table on its left.")
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 8, 12)
    row = 3
    row = chart(writer, sheet, row, "Actions by headline, month by month", by_month(summary), summary, stacked=True)
    row = chart(writer, sheet, row, "Services by their worst headline", worst_of_services(summary), summary)
    chart(writer, sheet, row, "Late or moved actions by reason", by_reason(summary), summary)
    if summary.history is not None:
        write_red_by_month(writer, summary)


def by_month(summary: ProviderSummary) -> pd.DataFrame:
    """A line per month and a column per letter; only this month without an archive."""
    if summary.history is None:
        letters = summary.actions["headline"].map({state.word: state.letter for state in summary.headline.states})
        counts = letters.value_counts().to_frame(f"{summary.as_at:%b %Y}").T
    else:
        lines = summary.history[summary.history["letter"] != ""]
        counts = lines.groupby(["period", "letter"])["actions"].sum().unstack("letter")
        counts.index = pd.Index([short_month(str(month)) for month in counts.index])
    return counts.reindex(columns=summary.letters).fillna(0).astype(int)


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
    summary: ProviderSummary,
    *,
    stacked: bool = False,
) -> int:
    """Write a table from `row` on with its chart on the right; returns the row after both."""
    sheet.write_string(row, 0, title, writer.format(**TITLE))
    states = by_letter(summary.headline)
    headings = [letter_words(name) if stacked else str(name) for name in frame.columns]
    for column, heading in enumerate(["", *headings]):
        sheet.write_string(row + 1, column, heading, writer.format(**PLAIN_HEADING))
    for position, (name, values) in enumerate(zip(frame.index, frame.to_numpy().tolist(), strict=True), row + 2):
        sheet.write_string(position, 0, str(name), writer.format())
        for column, value in enumerate(values, 1):
            sheet.put(position, column, int(value), writer.format(align="center"))
    if not len(frame):
        sheet.write_string(row + 2, 0, "None.", writer.format())
        return row + 5
    drawn = ColumnChart({"subtype": "stacked"}) if stacked else BarChart()
    writer.add_chart(drawn)
    last = row + 1 + len(frame)
    for column, name in enumerate(frame.columns, 1):
        fill = f"#{states[str(name)].fill}" if stacked else INK
        drawn.add_series(
            {
                "name": [sheet.get_name(), row + 1, column],
                "categories": [sheet.get_name(), row + 2, 0, last, 0],
                "values": [sheet.get_name(), row + 2, column, last, column],
                "fill": {"color": fill},
                "border": {"color": PALE, "width": 0.5},
                "gap": 60,
                **({} if stacked else {"data_labels": {"value": True}}),
            }
        )
    drawn.set_title({"name": title, "name_font": {"size": 12}, "overlay": False})
    drawn.set_legend({"position": "bottom"} if stacked else {"none": True})
    if not stacked:
        drawn.set_y_axis({"reverse": True})
    drawn.set_size({"width": 640, "height": 320})
    sheet.draw(row, len(frame.columns) + 2 if stacked else 3, drawn, f"Chart: {title}. {chart_words(frame, headings)}")
    return row + max(len(frame) + 4, 18)


def chart_words(frame: pd.DataFrame, headings: Sequence[str]) -> str:
    """A chart's figures in words, for readers who cannot see it: all of a single column, else the last line."""
    if len(headings) == 1:
        return "; ".join(
            f"{name}: {value}" for name, (value,) in zip(frame.index, frame.to_numpy().tolist(), strict=True)
        )
    last = zip(headings, frame.iloc[-1].tolist(), strict=True)
    return f"{frame.index[-1]}: " + "; ".join(f"{name}: {value}" for name, value in last)


def write_red_by_month(writer: WorkbookWriter, summary: ProviderSummary) -> None:
    """The number of actions of each service in the worst state, month by month, with a sparkline."""
    assert summary.history is not None
    worst = summary.letters[0]
    lines = summary.history
    months = sorted(lines["period"].unique())
    sent = lines[lines["letter"] == ""].set_index(["service", "period"]).index
    red = lines[lines["letter"] == worst].groupby(["service", "period"])["actions"].sum()
    sheet = writer.sheet(
        BY_SERVICE, BY_SERVICE, f"Actions with the letter {worst} in each month. A blank cell: no return."
    )
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 16)
    sheet.set_column(2, 1 + len(months), 9)
    sheet.set_column(2 + len(months), 2 + len(months), 24)
    headings = ["Service", "Region", *(short_month(month) for month in months), "Trend"]
    last = 4 + max(len(summary.overview), 1)
    options = {
        "name": "tblRedByMonth",
        "style": "Table Style Light 1",
        "columns": [{"header": heading} for heading in headings],
    }
    sheet.add_table(4, 0, last, len(headings) - 1, options)
    for column, heading in enumerate(headings):
        sheet.write_string(4, column, heading, writer.format(**PLAIN_HEADING))
    returned = set(sent)
    for row, (code, name, region) in enumerate(
        summary.overview[["service", "name", "region"]].itertuples(index=False), 5
    ):
        sheet.put(row, 0, name, writer.format())
        sheet.put(row, 1, region, writer.format())
        for column, month in enumerate(months, 2):
            if (code, month) in returned:
                sheet.put(row, column, int(red.get((code, month), 0)), writer.format(align="center"))
    spans = [
        f"'{BY_SERVICE}'!{cell_address(row, 2)}:{cell_address(row, 1 + len(months))}"
        for row in range(5, 5 + len(summary.overview))
    ]
    sheet.add_sparklines(5, 2 + len(months), spans, {"markers": True, "min": 0, "series_color": "#8B0000"})
    sheet.freeze_panes(5, 1)
    sheet.print_area(0, 0, last, len(headings) - 1)


def cell_address(row: int, column: int) -> str:
    return f"{column_letters(column)}{row + 1}"
