"""What the sheet Overview has besides its table: tints, sparklines of red by month, and the files that were not used."""

from __future__ import annotations

from qipxl.summary.action_counts import red_by_month
from qipxl.summary.charts import month_spans, month_table, short_month
from qipxl.summary.overview import TOTAL
from qipxl.summary.sheet_spec import HEADING_ROW, SOURCES, SheetSpec
from qipxl.summary.summary import ProviderSummary
from qipxl.text import plural
from qipxl.workbook.styles import BRAND, GREY, RED, SECTION, TINT_OF_LETTER, TINTS
from qipxl.workbook.writer import Sheet, WorkbookWriter

RED_BY_MONTH = "Red by month"
MOST_FILES = 20
"""The most files not used that Overview names."""


def finish_overview(writer: WorkbookWriter, sheet: Sheet, spec: SheetSpec, summary: ProviderSummary) -> None:
    """Tint the counts, draw the sparklines, and list the files that were not used below the table."""
    first, last = HEADING_ROW + 1, HEADING_ROW + max(len(spec.frame), 1)
    sources = [column.source for column in spec.columns]
    services = first + int((spec.frame["state"] == TOTAL).sum())
    sheet.conditional_format(
        first, 0, last, len(sources) - 1,
        {"type": "formula", "criteria": f'=$D{first + 1}="{TOTAL}"', "format": writer.book.add_format({"bold": True})},
    )  # fmt: skip
    for column, source in enumerate(sources):
        if source in summary.letters:
            few, many = TINTS[TINT_OF_LETTER.get(source, "plain")]
            for criteria, value, ground in ((">=", 2, many), ("=", 1, few)):
                tint = writer.book.add_format({"bg_color": ground})
                rule = {"type": "cell", "criteria": criteria, "value": value, "format": tint}
                sheet.conditional_format(services, column, max(last, services), column, rule)
    if summary.history is not None:
        months = write_red_by_month(writer, summary)
        spans = month_spans(RED_BY_MONTH, range(len(summary.overview)), months)
        style = {"type": "column", "series_color": RED, "min": 0, "show_hidden": True}
        sheet.add_sparklines(services, sources.index("trend"), spans, style)
    last = write_files_not_used(writer, sheet, summary, last + 2)
    sheet.print_area(0, 0, last, len(sources) - 1)


def write_files_not_used(writer: WorkbookWriter, sheet: Sheet, summary: ProviderSummary, row: int) -> int:
    """List the files that were not used, from `row` on; returns the last row."""
    files = summary.sources[summary.sources["status"].isin(["refused", "set aside"])]
    if not len(files):
        return row - 2
    link = f"'{SOURCES}'!A{HEADING_ROW + 1}"
    sheet.write_string(row, 0, f"{plural(len(files), 'file')} not used", writer.format(**SECTION))
    for file, status, reason in files[["file", "status", "reason"]].head(MOST_FILES).itertuples(index=False):
        row += 1
        sheet.put(row, 0, f"{file}: {status}. {reason}", writer.format(font_color=BRAND))
        sheet.link(row, 0, link)
    if len(files) > MOST_FILES:
        row += 1
        sheet.put(row, 0, f"And {len(files) - MOST_FILES} more: {SOURCES}", writer.format(font_color=GREY))
        sheet.link(row, 0, link)
    return row


def write_red_by_month(writer: WorkbookWriter, summary: ProviderSummary) -> int:
    """The red actions of each service in each month, from which sparklines are drawn; returns the number of months."""
    assert summary.history is not None
    months = sorted(str(month) for month in summary.history["period"].unique())
    services = summary.overview[["service", "name", "region"]]
    red = red_by_month(summary, months)
    about = "Red actions of each service in each month. A blank cell: no return."
    headings = [("Service", 30.0), ("Region", 16.0), *((short_month(month), 9.0) for month in months)]
    sheet = month_table(writer, RED_BY_MONTH, about, headings, HEADING_ROW + max(len(services), 1))
    plain, centred = writer.format(), writer.format(align="center")
    for row, (code, name, region) in enumerate(services.itertuples(index=False), HEADING_ROW + 1):
        sheet.put(row, 0, name, plain)
        sheet.put(row, 1, region, plain)
        for column, count in enumerate(red[code], 2):
            sheet.put(row, column, count, centred)
    return len(months)
