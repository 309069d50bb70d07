"""The reporting month of a return."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from functools import total_ordering

from qipxl.errors import RequestError


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
            raise RequestError(f"“{text}” is not a period. Write a year and a month, such as 2026-03.")
        return cls(int(match[1]), int(match[2]))

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
