"""The reporting month of a return."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from functools import total_ordering

from qipxl.errors import RequestError

YEAR_FIRST = re.compile(r"(?P<year>\d{4})[-/. ](?P<month>\d{1,2})")
MONTH_FIRST = re.compile(r"(?P<month>\d{1,2})[-/. ](?P<year>\d{4})")
IN_WORDS = re.compile(r"(?P<word>[A-Za-z]{3,9})\.?[-/. ]+(?P<year>\d{4}|\d{2})")
"""The forms in which people type a month: 2026-3, 03/2026, March 2026, Mar-26."""
SHORTEST = 3
"""The fewest letters of a month's name."""


@total_ordering
@dataclass(frozen=True)
class Period:
    """A reporting month, written 2026-03; periods compare in order of time.

    >>> march = Period.read("2026-03")
    >>> str(march.plus(-3)), march.last, march.words, march > Period(2026, 2)
    ('2025-12', datetime.date(2026, 3, 31), 'March 2026', True)
    """

    year: int
    month: int

    @classmethod
    def read(cls, text: str) -> Period:
        """Read a period such as 2026-03, from 2000-01 to 2099-12; raises RequestError for any other text."""
        match = re.fullmatch(r"(\d{4})-(\d{2})", text.strip())
        if not match or not 1 <= int(match[2]) <= 12 or not 2000 <= int(match[1]) <= 2099:
            raise RequestError(f"“{text}” is not a month. Write a year and a month, such as 2026-03.")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def typed(cls, text: str) -> Period:
        """Read a month as people type it: 2026-03, 2026-3, 03/2026, March 2026, Mar-26.

        Raises RequestError for any other text.

        >>> [str(Period.typed(text)) for text in ("March 2026", "03/2026", "2026-3", "Mar-26")]
        ['2026-03', '2026-03', '2026-03', '2026-03']
        """
        plain = " ".join(text.split())
        match = next((match for form in (YEAR_FIRST, MONTH_FIRST, IN_WORDS) if (match := form.fullmatch(plain))), None)
        if match is None:
            return cls.read(text)
        found = match.groupdict()
        month = found["month"] if "month" in found else month_number(found["word"])
        year = found["year"] if len(found["year"]) == len("2026") else f"20{found['year']}"
        return cls.read(f"{year}-{month:0>2}")

    @classmethod
    def last_ended(cls, today: date) -> Period:
        """The last month that had ended on a day.

        >>> str(Period.last_ended(date(2026, 3, 31))), str(Period.last_ended(date(2026, 4, 1)))
        ('2026-02', '2026-03')
        """
        return cls(today.year, today.month).plus(-1)

    @property
    def first(self) -> date:
        """The first day of the month."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """The last day of the month."""
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    @property
    def words(self) -> str:
        """The month in words, such as March 2026."""
        return f"{calendar.month_name[self.month]} {self.year}"

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02d}"

    def __lt__(self, other: Period) -> bool:
        return (self.year, self.month) < (other.year, other.month)

    def plus(self, months: int) -> Period:
        """The period a number of months later (earlier if negative)."""
        years, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Period(years, month + 1)

    def months_to(self, later: Period) -> int:
        """The number of months from this period to a later one (negative if it is earlier)."""
        return (later.year - self.year) * 12 + later.month - self.month


def month_number(word: str) -> str:
    """The number of a month from its name or the beginning of it, at least SHORTEST letters; 0 if it is not one."""
    names = [name.lower() for name in calendar.month_name]
    found = [number for number, name in enumerate(names) if len(word) >= SHORTEST and name.startswith(word.lower())]
    return str(found[0]) if found else "0"
