"""When each action was begun and completed, and which months lie before it and after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipxl.indicators.arrays import Bools, Ints
from qipxl.indicators.calendar import Days, month_numbers


@dataclass(frozen=True)
class Action:
    """The months, as numbers, in which the action of each series was begun and completed."""

    started: Ints
    completed: Ints
    undated: Bools
    """Not completed on the date of judgement, or begun after it was completed."""

    @classmethod
    def of(cls, started: Days, completed: Days, as_at: np.datetime64) -> Action:
        """Without a start the action is taken to begin with its completion."""
        begun = np.where(np.isnat(started), completed, started)
        undated = np.isnat(completed) | (completed > as_at) | (begun > completed)
        return cls(month_numbers(begun), month_numbers(completed), undated)

    def before(self, months: Ints) -> Bools:
        """The columns in months before the one in which the action began."""
        return np.asarray(months < self.started[:, None])

    def after(self, months: Ints) -> Bools:
        """The columns in months after the one in which it was completed."""
        return np.asarray((months > self.completed[:, None]) & ~self.undated[:, None])
