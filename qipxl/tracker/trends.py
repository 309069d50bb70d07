"""The small charts on Figures: the latest figures of the indicator of each row of this month.

Each draws cells at the foot of Workings, which look up the indicator that is in its row now: it is right after people have sorted
the rows, and moves on when they enter a figure. It draws figures and not months, because a month without one would be a zero in
LibreOffice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import takewhile

import numpy as np

from qipxl.periods import Period
from qipxl.rules.evaluate import Book
from qipxl.rules.expression import day_number
from qipxl.rules.terms import Field
from qipxl.tracker.content import Tracker
from qipxl.workbook import layout
from qipxl.workbook.layout import HEADING_ROW, column_letters
from qipxl.workbook.styles import BRAND
from qipxl.workbook.writer import Sheet, WorkbookWriter

FIGURES, LEAST = 6, 2
"""The number of figures that a small chart shows, and the fewest that a tracker must be issued with for one."""
KEY = "measurements"
STYLE = {"series_color": BRAND, "weight": 1.5, "markers": True, "markers_color": BRAND, "show_hidden": True}


def write_trends(writer: WorkbookWriter, workings: Sheet, tracker: Tracker, book: Book, bottom: int, left: int) -> None:
    """Write the small charts, and what they draw above row `bottom` (from 0) of Workings, from column `left` on."""
    table = tracker.layouts[KEY]
    if table.line.trend is None:
        return
    sheet: Sheet = writer.book.get_worksheet_by_name(table.line.sheet)
    column, plain = table.index(table.line.trend.key), writer.format()
    for number in range(sum(1 for _ in takewhile(lambda row: is_of(tracker.period, row), tracker.rows.get(KEY, ())))):
        months = left + 2 * number
        cells = list(latest_figures(tracker, book, number, bottom, months))
        workings.write_string(bottom - FIGURES - 1, months, f"Latest figures of row {FIRST + number}", plain)
        for above, (month, figure) in enumerate(cells, 1):
            workings.formula(bottom - above, months, month[0], plain, month[1])
            workings.formula(bottom - above, months + 1, figure[0], plain, figure[1])
        drawn = sum(figure[1] != GAP for _, figure in cells)
        if drawn >= LEAST:
            letters = column_letters(months + 1)
            span = f"{layout.WORKINGS}!{letters}{bottom - drawn + 1}:{letters}{bottom}"
            sheet.add_sparklines(HEADING_ROW + number, column, [span], STYLE)


FIRST, GAP = HEADING_ROW + 1, "#N/A"
"""The first row of the table, and the value of a cell without a figure."""


def is_of(period: Period, row: Mapping[str, object]) -> bool:
    """True for a measurement of a month."""
    day = row.get("month")
    return isinstance(day, date) and Period(day.year, day.month) == period


def latest_figures(
    tracker: Tracker, book: Book, number: int, bottom: int, left: int
) -> Iterator[tuple[tuple[str, int], tuple[str, float | str]]]:
    """The formulas and values of a row's latest figures, the latest first: of the month's day, and of its figure.

    `number` is that of the row, from 0; the first pair is in the row above `bottom`, from column `left` on.
    """
    columns, workings = tracker.workings.rules.schema.tables[KEY].columns, tracker.workings
    indicator, day, value = (workings.column_span(KEY, columns[name]) for name in ("indicator", "month", "value"))
    ref = f"${workings.cells[KEY].column_of(columns['indicator']).letters()}${workings.first_row(KEY) + number}"
    rows = book.tables[KEY]
    refs, days, values = (
        rows.codes(Field(columns["indicator"])),
        rows.values(columns["month"]),
        rows.values(columns["value"]),
    )
    own = (refs == refs[number]) & ~np.isnan(values)
    before, before_day = str(after := day_number(tracker.period.plus(1).first)), after
    for above in range(1, FIGURES + 1):
        month = f"{column_letters(left)}{bottom - above + 1}"
        of_row = f"({indicator}={ref})*ISNUMBER({value})"
        latest = f"SUMPRODUCT(MAX({of_row}*({day}<{before})*{day}))"
        latest_day = int(max(days[own & (days < before_day)], default=0))
        chosen = f"{of_row}*({day}={month})"
        figure = f"IF({month}>0,IF(SUMPRODUCT({chosen})=1,SUMPRODUCT({chosen},{value}),NA()),NA())"
        found = values[own & (days == latest_day)]
        yield (latest, latest_day), (figure, float(found[0]) if latest_day and len(found) == 1 else GAP)
        before, before_day = month, latest_day
