"""When each action was started and completed, and the months before and after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipxl.indicators.arrays import Bools, Ints
from qipxl.indicators.calendar import Days, month_numbers


@dataclass(frozen=True)
class ActionDates:
    """The months, as numbers, in which the action of each series was started and completed."""

    started: Ints
    completed: Ints
    undated: Bools
    """Not completed on the date of judgement, or started after it was completed."""
    begun_earlier: Bools
    """Started, as far as is known, in an earlier month than the one in which it was completed."""

    @classmethod
    def of(cls, started: Days, completed: Days, as_at: np.datetime64) -> ActionDates:
        """The dates of many actions; an action without a start date starts when it is completed."""
        begin = np.where(np.isnat(started), completed, started)
        undated = np.isnat(completed) | (completed > as_at) | (begin > completed)
        first, last = month_numbers(begin), month_numbers(completed)
        return cls(first, last, undated, np.asarray((first < last) & ~undated))

    def before(self, months: Ints) -> Bools:
        """Whether each month is before the one in which the action started, per series."""
        return np.asarray(months < self.started[:, None])

    def begun(self, months: Ints) -> Bools:
        """Whether each month is after the one in which the action started, per series."""
        return np.asarray((months > self.started[:, None]) & ~self.undated[:, None])

    def after(self, months: Ints) -> Bools:
        """Whether each month is after the one in which the action was completed, per series."""
        return np.asarray((months > self.completed[:, None]) & ~self.undated[:, None])
