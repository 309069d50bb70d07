"""Dates in a file that has texts only, such as a Word document: 04/05/2026 is read if other dates of the file show what comes first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from qipxl.adopting.old_workbook import OldCell, OldTab, Position
from qipxl.returns.text_dates import FIGURES, is_year_first, parse_day, read_text_date
from qipxl.workbook.headings import fold


def with_clear_dates(tabs: Iterable[OldTab]) -> Iterator[OldTab]:
    """The tabs with the dates that could mean two days by themselves, if the file has dates with the day first and none other.

    31/03/2026 shows that the day comes first; 03/31/2026 that it does not. Without such dates all stay texts.
    """
    found = list(tabs)
    texts = [fold(cell.value) for tab in found for cell in tab.cells.values() if isinstance(cell.value, str)]
    yield from (replace(tab, cells=day_first(tab.cells)) for tab in found) if is_day_first(texts) else found


def is_day_first(texts: Sequence[str]) -> bool:
    """True if dates among these texts can be read with the day first only, and none with the month first only."""
    dates = [text for text in texts if FIGURES.fullmatch(text) and not is_year_first(text)]
    read = [read_text_date(text) for text in dates]
    day_above_twelve = any(each.day is not None and each.day.day > 12 for each in read)
    return day_above_twelve and not any(each.month_first for each in read)


def day_first(cells: Mapping[Position, OldCell]) -> dict[Position, OldCell]:
    """The cells with each text that is an unclear date as the date with its day first."""
    return {
        place: cell if (day := unclear_date(cell.value)) is None else dated(cell, day) for place, cell in cells.items()
    }


def dated(cell: OldCell, day: date) -> OldCell:
    """A cell with a date, and its text as it was typed."""
    return replace(cell, value=day, shown=str(cell.value))


def unclear_date(value: object) -> date | None:
    """The day that a text means with the day first, if it could mean two days; None for all other values."""
    text = fold(value) if type(value) is str else ""
    match = FIGURES.fullmatch(text)
    if match is None or is_year_first(text) or not read_text_date(text).could_be:
        return None
    return parse_day(match[3], match[2], match[1])
