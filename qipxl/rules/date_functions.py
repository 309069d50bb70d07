"""The functions of the rule language about dates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipxl.rules.expression import Array, Cells, Expression, Rows, filled_tests
from qipxl.rules.signatures import DATE, NUMBER, Function, Signature
from qipxl.rules.terms import NumberLiteral

DAY_ZERO = np.datetime64("1899-12-30", "D")
MOST_MONTHS = 1_000
HOLIDAYS = "qip_holidays"
"""The defined name of the bank holidays, which are on the Lists sheet."""


@dataclass(frozen=True)
class TwoDates(Function):
    """A count from one date to another; nothing if either date is missing."""

    start: Expression
    end: Expression

    def evaluate(self, rows: Rows) -> Array:
        start, end = rows.value_of(self.start), rows.value_of(self.end)
        filled = (start > 0) & (end > 0)
        return np.where(filled, self.count(np.where(filled, start, 1), np.where(filled, end, 1), rows), np.nan)

    def formula(self, cells: Cells) -> str:
        tests = filled_tests(cells, self.start, self.end)
        count = self.count_formula(cells.scalar(self.start), cells.scalar(self.end))
        return f'IF(AND({",".join(tests)}),{count},"")' if tests else f"({count})"

    def never_blank(self) -> bool:
        return self.start.never_blank() and self.end.never_blank()

    def count(self, start: Array, end: Array, rows: Rows) -> Array:
        """The count for each row; both arrays hold day numbers."""
        raise NotImplementedError

    def count_formula(self, start: str, end: str) -> str:
        """The formula of the count between two cells that hold dates."""
        raise NotImplementedError


@dataclass(frozen=True)
class DaysBetween(TwoDates):
    """Days from the first date to the second; negative if the second is earlier."""

    signature = Signature("days_between", (DATE, DATE), "number")
    phrase = "the number of days from {start} to {end}"

    def count(self, start: Array, end: Array, rows: Rows) -> Array:
        return end - start

    def count_formula(self, start: str, end: str) -> str:
        return f"{end}-{start}"


@dataclass(frozen=True)
class WorkdaysBetween(TwoDates):
    """Working days after the first date up to the second: Monday to Friday except bank holidays; never below 0."""

    signature = Signature("workdays_between", (DATE, DATE), "number")
    phrase = "the number of working days from {start} to {end}"

    def count(self, start: Array, end: Array, rows: Rows) -> Array:
        begin, finish = (DAY_ZERO + (days + 1).astype("timedelta64[D]") for days in (start, np.maximum(start, end)))
        return np.busday_count(begin, finish, holidays=rows.holidays)

    def count_formula(self, start: str, end: str) -> str:
        return f"IF({end}>{start},NETWORKDAYS({start}+1,{end},{HOLIDAYS}),0)"


@dataclass(frozen=True)
class MonthsBetween(TwoDates):
    """Whole months from the first date to the second: the most that can be added without passing it."""

    signature = Signature("months_between", (DATE, DATE), "number")
    phrase = "the number of whole months from {start} to {end}"

    def count(self, start: Array, end: Array, rows: Rows) -> Array:
        begin, finish = (DAY_ZERO + days.astype("timedelta64[D]") for days in (start, end))
        first, last = begin.astype("datetime64[M]"), finish.astype("datetime64[M]")
        longest = ((last + 1).astype("datetime64[D]") - last.astype("datetime64[D]")).astype(np.int64)
        start_day = (begin - first.astype("datetime64[D]")).astype(np.int64) + 1
        end_day = (finish - last.astype("datetime64[D]")).astype(np.int64) + 1
        return np.asarray((last - first).astype(np.int64) - (np.minimum(start_day, longest) > end_day))

    def count_formula(self, start: str, end: str) -> str:
        return (
            f"(YEAR({end})-YEAR({start}))*12+MONTH({end})-MONTH({start})"
            f"-(MIN(DAY({start}),DAY(EOMONTH({end},0)))>DAY({end}))"
        )


@dataclass(frozen=True)
class AddMonths(Function):
    """The date a number of months later, at the latest the last day of that month; nothing beyond 1,000 months."""

    signature = Signature("add_months", (DATE, NUMBER), "date")
    phrase = "{months} after {start}"
    start: Expression
    months: Expression

    def evaluate(self, rows: Rows) -> Array:
        start, months = rows.value_of(self.start), rows.value_of(self.months)
        filled = (start > 0) & (np.abs(np.nan_to_num(months, nan=np.inf)) <= MOST_MONTHS)
        days = DAY_ZERO + np.where(filled, start, 1).astype("timedelta64[D]")
        month = days.astype("datetime64[M]")
        day = (days - month.astype("datetime64[D]")).astype(np.int64)
        reached = month + np.trunc(np.where(filled, months, 0)).astype("timedelta64[M]")
        last = ((reached + 1).astype("datetime64[D]") - reached.astype("datetime64[D]")).astype(np.int64) - 1
        end = reached.astype("datetime64[D]") + np.minimum(day, last).astype("timedelta64[D]")
        return np.where(filled, (end - DAY_ZERO).astype(np.int64), 0)

    def formula(self, cells: Cells) -> str:
        start, months = cells.scalar(self.start), cells.scalar(self.months)
        tests = filled_tests(cells, self.start)
        if isinstance(self.months, NumberLiteral):
            tests += [] if abs(self.months.value) <= MOST_MONTHS else ["FALSE"]
        else:
            tests.append(f"IFERROR(ABS({months})<={MOST_MONTHS},FALSE)")
        return f"IF(AND({','.join(tests)}),EDATE({start},{months}),0)" if tests else f"EDATE({start},{months})"


@dataclass(frozen=True)
class LaterOf(Function):
    """The later of two dates; if one is missing, the other."""

    signature = Signature("later_of", (DATE, DATE), "date")
    phrase = "the later of {first} and {second}"
    first: Expression
    second: Expression

    def evaluate(self, rows: Rows) -> Array:
        return np.maximum(rows.value_of(self.first), rows.value_of(self.second))

    def formula(self, cells: Cells) -> str:
        return f"MAX({cells.scalar(self.first)},{cells.scalar(self.second)})"

    def never_blank(self) -> bool:
        return self.first.never_blank() or self.second.never_blank()
