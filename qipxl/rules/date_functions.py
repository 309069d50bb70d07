"""The functions of the rule language about dates, each with its three readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from qipxl.rules.expression import DateExpr, Expression, NumberExpr, NumberLiteral
from qipxl.rules.signatures import need

if TYPE_CHECKING:
    from qipxl.rules.evaluate import Array, Rows
    from qipxl.rules.formula import Cells

DAY_ZERO = np.datetime64("1899-12-30", "D")
MOST_MONTHS = 1_000
HOLIDAYS = "qip_holidays"
"""The defined name of the bank holidays, which stand on the Lists sheet."""


@dataclass(frozen=True)
class TwoDates(NumberExpr):
    """A count from one date to another; nothing where either date is missing."""

    name: ClassVar[str]
    said: ClassVar[str]
    start: Expression
    end: Expression

    @classmethod
    def bind(cls, arguments: Sequence[Expression]) -> Expression:
        need(cls.name, arguments, "date", "date")
        return cls(*arguments)

    def parts(self) -> tuple[Expression, ...]:
        return (self.start, self.end)

    def evaluate(self, rows: Rows) -> Array:
        start, end = rows.value_of(self.start), rows.value_of(self.end)
        stands = (start > 0) & (end > 0)
        return np.where(stands, self.counted(np.where(stands, start, 1), np.where(stands, end, 1), rows), np.nan)

    def formula(self, cells: Cells) -> str:
        start, end = cells.scalar(self.start), cells.scalar(self.end)
        tests = [f"{cell}>0" for side, cell in ((self.start, start), (self.end, end)) if not side.never_blank()]
        amount = self.counting(start, end, cells)
        return f'IF(AND({",".join(tests)}),{amount},"")' if tests else f"({amount})"

    def words(self) -> str:
        return f"the {self.said} from {self.start.words()} to {self.end.words()}"

    def never_blank(self) -> bool:
        return self.start.never_blank() and self.end.never_blank()

    def counted(self, start: Array, end: Array, rows: Rows) -> Array:
        raise NotImplementedError

    def counting(self, start: str, end: str, cells: Cells) -> str:
        raise NotImplementedError


@dataclass(frozen=True)
class DaysBetween(TwoDates):
    """Days from the first date to the second; negative where the second is earlier."""

    name: ClassVar[str] = "days_between"
    said: ClassVar[str] = "number of days"

    def counted(self, start: Array, end: Array, rows: Rows) -> Array:
        return end - start

    def counting(self, start: str, end: str, cells: Cells) -> str:
        return f"{end}-{start}"


@dataclass(frozen=True)
class WorkdaysBetween(TwoDates):
    """Working days after the first date up to the second: Monday to Friday but for bank holidays; never below 0."""

    name: ClassVar[str] = "workdays_between"
    said: ClassVar[str] = "number of working days"

    def counted(self, start: Array, end: Array, rows: Rows) -> Array:
        begin, finish = (DAY_ZERO + (each + 1).astype("timedelta64[D]") for each in (start, np.maximum(start, end)))
        return np.busday_count(begin, finish, holidays=rows.holidays)

    def counting(self, start: str, end: str, cells: Cells) -> str:
        return f"IF({end}>{start},NETWORKDAYS({start}+1,{end},{HOLIDAYS}),0)"


@dataclass(frozen=True)
class MonthsBetween(TwoDates):
    """Whole months from the first date to the second: the most that can be added without passing it."""

    name: ClassVar[str] = "months_between"
    said: ClassVar[str] = "number of whole months"

    def counted(self, start: Array, end: Array, rows: Rows) -> Array:
        begin, finish = (DAY_ZERO + each.astype("timedelta64[D]") for each in (start, end))
        first, last = begin.astype("datetime64[M]"), finish.astype("datetime64[M]")
        longest = ((last + 1).astype("datetime64[D]") - last.astype("datetime64[D]")).astype(np.int64)
        start_day = (begin - first.astype("datetime64[D]")).astype(np.int64) + 1
        end_day = (finish - last.astype("datetime64[D]")).astype(np.int64) + 1
        return np.asarray((last - first).astype(np.int64) - (np.minimum(start_day, longest) > end_day))

    def counting(self, start: str, end: str, cells: Cells) -> str:
        return (
            f"(YEAR({end})-YEAR({start}))*12+MONTH({end})-MONTH({start})"
            f"-(MIN(DAY({start}),DAY(EOMONTH({end},0)))>DAY({end}))"
        )


@dataclass(frozen=True)
class AddMonths(DateExpr):
    """The date so many months on, at the latest the last day of that month; nothing beyond 1,000 months."""

    name: ClassVar[str] = "add_months"
    start: Expression
    months: Expression

    @classmethod
    def bind(cls, arguments: Sequence[Expression]) -> Expression:
        need(cls.name, arguments, "date", "number")
        return cls(*arguments)

    def parts(self) -> tuple[Expression, ...]:
        return (self.start, self.months)

    def evaluate(self, rows: Rows) -> Array:
        start, months = rows.value_of(self.start), rows.value_of(self.months)
        stands = (start > 0) & (np.abs(np.nan_to_num(months, nan=np.inf)) <= MOST_MONTHS)
        days = DAY_ZERO + np.where(stands, start, 1).astype("timedelta64[D]")
        month = days.astype("datetime64[M]")
        day = (days - month.astype("datetime64[D]")).astype(np.int64)
        reached = month + np.trunc(np.where(stands, months, 0)).astype("timedelta64[M]")
        last = ((reached + 1).astype("datetime64[D]") - reached.astype("datetime64[D]")).astype(np.int64) - 1
        end = reached.astype("datetime64[D]") + np.minimum(day, last).astype("timedelta64[D]")
        return np.where(stands, (end - DAY_ZERO).astype(np.int64), 0)

    def formula(self, cells: Cells) -> str:
        start, months = cells.scalar(self.start), cells.scalar(self.months)
        tests = [] if self.start.never_blank() else [f"{start}>0"]
        if isinstance(self.months, NumberLiteral):
            tests += [] if abs(self.months.value) <= MOST_MONTHS else ["FALSE"]
        else:
            tests.append(f"IFERROR(ABS({months})<={MOST_MONTHS},FALSE)")
        return f"IF(AND({','.join(tests)}),EDATE({start},{months}),0)" if tests else f"EDATE({start},{months})"

    def words(self) -> str:
        return f"{self.months.words()} after {self.start.words()}"


@dataclass(frozen=True)
class LaterOf(DateExpr):
    """The later of two dates; the one that stands where the other is missing."""

    name: ClassVar[str] = "later_of"
    first: Expression
    second: Expression

    @classmethod
    def bind(cls, arguments: Sequence[Expression]) -> Expression:
        need(cls.name, arguments, "date", "date")
        return cls(*arguments)

    def parts(self) -> tuple[Expression, ...]:
        return (self.first, self.second)

    def evaluate(self, rows: Rows) -> Array:
        return np.maximum(rows.value_of(self.first), rows.value_of(self.second))

    def formula(self, cells: Cells) -> str:
        return f"MAX({cells.scalar(self.first)},{cells.scalar(self.second)})"

    def words(self) -> str:
        return f"the later of {self.first.words()} and {self.second.words()}"

    def never_blank(self) -> bool:
        return self.first.never_blank() or self.second.never_blank()
