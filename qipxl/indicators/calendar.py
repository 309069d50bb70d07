"""Reporting periods: usually months; quarters or weeks if the dates come that way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qipxl.errors import RequestError
from qipxl.indicators.arrays import Bools, Floats, Ints
from qipxl.periods import Period

Days = NDArray[np.datetime64]
When = date | Period | str | np.datetime64
"""A date, a Period, or text such as 2026-03 or 2026-03-31."""
WEEK = 7


def day_of(when: When | int | None) -> np.datetime64:
    """A date as numpy's day, a month as its first day, None as NaT; raises RequestError for anything else."""
    day: Any = when.first if isinstance(when, Period) else when
    try:
        if isinstance(day, int):
            raise TypeError("a number")
        return np.datetime64(day, "D")
    except (TypeError, ValueError) as error:
        raise RequestError(f"“{when}” is not a date or a month. Write one such as 2026-03-31 or 2026-03.") from error


def days_of(dates: Iterable[When | int | None]) -> Days:
    """Dates as one array of days."""
    return np.array([day_of(when) for when in dates], dtype="datetime64[D]")


def last_day(when: When) -> np.datetime64:
    """A date, or the last day of a month."""
    month = Period.read(when) if isinstance(when, str) and len(when.strip()) == len("2026-03") else when
    return np.datetime64(month.last, "D") if isinstance(month, Period) else day_of(month)


def month_numbers(days: Days) -> Ints:
    """Months since January 1970; the smallest integer for NaT."""
    return days.astype("datetime64[M]").astype(np.int64)


@dataclass(frozen=True)
class Reporting:
    """Dates in order, and their usual interval.

    If no two dates are in the same month, time is counted in months, otherwise in days. `every` is the usual step from one
    date to the next: 1 for months, 3 for quarters, 7 for weeks.
    """

    days: Days
    monthly: bool
    every: int

    @classmethod
    def of(cls, days: Days) -> Reporting:
        """The calendar of dates in order; raises RequestError if a date is missing or occurs twice."""
        if np.isnat(days).any():
            raise RequestError("Every value needs its date or month.")
        twice = days[1:][days[1:] == days[:-1]]
        if twice.size:
            raise RequestError(f"{twice[0]} occurs twice: a series has one value per date.")
        monthly = np.unique(month_numbers(days)).size == days.size
        steps, often = np.unique(np.diff(counted(days, monthly)), return_counts=True)
        return cls(days, monthly, int(steps[often.argmax()]) if steps.size else 1)

    @property
    def after_gap(self) -> Bools:
        """Whether a whole reporting period or more is missing just before each date.

        Dates more frequent than weekly have no gaps, because days without a value, such as Sundays, are usual there.
        """
        steps = np.diff(counted(self.days, self.monthly), prepend=counted(self.days[:1], self.monthly))
        return np.asarray((steps >= 2 * self.every) & (self.monthly or self.every >= WEEK))

    def until(self, day: np.datetime64) -> Bools:
        """Whether each date is not after a day; a month counts from its beginning."""
        end = np.array([day], dtype="datetime64[D]")
        return np.asarray(counted(self.days, self.monthly) <= counted(end, self.monthly))

    def periods_from(self, days: Days, until: np.datetime64) -> Floats:
        """The number of reporting periods from each date to a later one."""
        end = counted(np.array([until], dtype="datetime64[D]"), self.monthly)
        return np.asarray((end - counted(days, self.monthly)) / self.every)

    def later(self, days: Days, periods: Ints) -> Days:
        """The month, as its first day, that is a number of reporting periods after each date."""
        ahead = counted(days, self.monthly) + periods * self.every
        months = ahead.astype("datetime64[M]" if self.monthly else "datetime64[D]").astype("datetime64[M]")
        return np.asarray(months.astype("datetime64[D]"))


def counted(days: Days, monthly: bool) -> Ints:
    """Dates as numbers of months or of days."""
    return month_numbers(days) if monthly else days.astype(np.int64)
