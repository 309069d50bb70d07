"""Dates and months that people type as text: each is read only if it can mean one day, or one month.

Nothing here imports pandas: the process that opens files reads the month of Start here with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from qipxl.periods import Period
from qipxl.workbook.headings import fold

GAP = r"\s*[./\\_, -]\s*"
TIME = r"(?:[t ,]\s*\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?\s*(?:[ap]\.?m\.?)?\s*(?:z|[+-]\d{2}:?\d{2})?)?"
"""A time of day after a date; it does not count."""
WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?"
WORD_GAP = r"[./ ,-]*"
FIGURES = re.compile(rf"{WEEKDAY}(\d{{1,2}}){GAP}(\d{{1,2}}){GAP}(\d{{4}}|\d{{2}}){TIME}")
HYPHENS = re.compile(rf"(\d{{2}})-(\d{{2}})-(\d{{2}}){TIME}")
YEAR_FIRST = re.compile(rf"(\d{{4}}){GAP}(\d{{1,2}}){GAP}(\d{{1,2}}){TIME}")
TOGETHER = re.compile(rf"(20\d{{2}})(\d{{2}})(\d{{2}}){TIME}")
WORDS = re.compile(rf"{WEEKDAY}(\d{{1,2}})(?:st|nd|rd|th)?{WORD_GAP}([a-z]{{3,9}}){WORD_GAP}(\d{{4}}|\d{{2}}){TIME}")
MONTH_WORD_FIRST = re.compile(rf"([a-z]{{3,9}}) (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}}){TIME}")
YEAR_THEN_WORD = re.compile(rf"(\d{{4}}){WORD_GAP}([a-z]{{3,9}}){WORD_GAP}(\d{{1,2}})(?:st|nd|rd|th)?{TIME}")
MONTH_AND_YEAR = re.compile(
    rf"([a-z]{{3,9}})[ ./'’,-]*(\d{{4}}|\d{{2}})|(\d{{4}}){GAP}(\d{{1,2}})|(\d{{1,2}}){GAP}(\d{{4}})"
    r"|(\d{4}) *([a-z]{3,9})|(20\d{2})(\d{2})"
)
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
FIRST_SHORT_YEAR = 20
"""A year of two digits before this one is not taken for the year that a plan's date begins with."""


@dataclass(frozen=True)
class TextDate:
    """The day that a text means, or None with the days that it could mean; `month_first` if it means one so only."""

    day: date | None
    could_be: str = ""
    month_first: bool = False


def read_text_date(text: str) -> TextDate:
    """A date typed as text: read only if it can mean one day, never guessed.

    A month given in figures is ambiguous if day and month can be swapped. So is 26-02-20, which a computer that
    writes the year first means as 20 February 2026.
    """
    folded = fold(text)
    if match := YEAR_FIRST.fullmatch(folded) or TOGETHER.fullmatch(folded):
        return TextDate(parse_day(match[1], match[2], match[3]))
    if match := YEAR_THEN_WORD.fullmatch(folded):
        return TextDate(parse_day(match[1], month_number(match[2]), match[3]))
    if match := WORDS.fullmatch(folded):
        return TextDate(parse_day(match[3], month_number(match[2]), match[1]))
    if match := MONTH_WORD_FIRST.fullmatch(folded):
        return TextDate(parse_day(match[3], month_number(match[1]), match[2]))
    if not (match := FIGURES.fullmatch(folded)):
        return TextDate(None)
    day_first, month_first = parse_day(match[3], match[2], match[1]), parse_day(match[3], match[1], match[2])
    year_first = parse_day(*match.groups()) if is_year_first(folded) else None
    days = [day for day in dict.fromkeys((day_first, year_first)) if day is not None]
    if month_first is not None and month_first not in days:
        if not days:
            return TextDate(None, f"{month_first:%d/%m/%Y} only with the month first", month_first=True)
        days.append(month_first)
    return TextDate(days[0]) if len(days) == 1 else TextDate(None, " or ".join(f"{day:%d/%m/%Y}" for day in days))


def is_year_first(folded: str) -> bool:
    """True for three pairs of figures with hyphens if the first can be a year, as in 26-02-20."""
    match = HYPHENS.fullmatch(folded)
    return match is not None and int(match[1]) >= FIRST_SHORT_YEAR


def month_number(word: str) -> int:
    """A month's number from its name or at least its first three letters; 0 if it is no month."""
    return next((number for number, name in enumerate(MONTHS, 1) if name.startswith(word)), 0)


def parse_day(year: str | int, month: str | int, day: str | int) -> date | None:
    """A day from 2000 to 2099; None if there is no such day. A year of two digits is in this century."""
    number = int(year) + (2000 if int(year) < 100 else 0)
    try:
        parsed = date(number, int(month), int(day))
    except ValueError:
        return None
    return parsed if 2000 <= number < 2100 else None


def month_in(text: str) -> Period | None:
    """The month that a text names, such as Apr-25, April 2025, 2025-04, 04/2025 or 202504; else None.

    >>> str(month_in("March 2026")), str(month_in("2026/3")), month_in("May be")
    ('2026-03', '2026-03', None)
    """
    match = MONTH_AND_YEAR.fullmatch(fold(text))
    if match is None:
        return None
    name, year = match[1] or match[8], match[2] or match[3] or match[6] or match[7] or match[9]
    month = month_number(name) if name else int(match[4] or match[5] or match[10])
    first = parse_day(year, month, 1)
    return Period(first.year, first.month) if first is not None else None
