"""Where the phases of many series begin, and sums over each phase without a loop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qipxl.indicators.arrays import TOLERANCE, Bools, Floats, Ints, divided


@dataclass(frozen=True)
class Phases:
    """The phases of many series: each series is a row, each month a column, and limits belong to one phase of one row."""

    begins: Bools
    """The first point of each phase; always true in the first column."""
    follows: Bools
    """The point comes right after the one before it: same phase, no gap in the calendar."""
    group: Ints
    """The number of rebases up to and including the point."""

    @classmethod
    def of(cls, shape: tuple[int, int], rebases: ArrayLike | None = None, after_gap: ArrayLike | None = None) -> Phases:
        """Phases that begin where `rebases` is true, broken where `after_gap` is; both one row for all, or a row each."""
        rebased, gaps = (np.broadcast_to(False if each is None else each, shape) for each in (rebases, after_gap))
        begins = rebased.copy()
        begins[:, 0] = True
        return cls(begins, ~(begins | gaps), np.cumsum(rebased, axis=1))

    @property
    def starts(self) -> Ints:
        """Where each phase begins, counted through all series laid end to end."""
        return np.flatnonzero(self.begins)

    def spread(self, per_phase: Floats) -> Floats:
        """A number for each phase, given to every one of its points."""
        lengths = np.diff(self.starts, append=self.begins.size)
        return np.repeat(per_phase, lengths).reshape(self.begins.shape)

    def total(self, values: Floats, counted: Bools) -> Floats:
        """The sum of the values that count in each phase."""
        return self.spread(np.add.reduceat(np.where(counted, values, 0.0).ravel(), self.starts))

    def mean(self, values: Floats, counted: Bools) -> Floats:
        """The mean of the values that count in each phase; NaN where none does."""
        return divided(self.total(values, counted), self.total(np.ones_like(values), counted))

    def first(self, points: int | None) -> Bools:
        """The first so many points of each phase, whether they hold a value or not; all of them for None."""
        place = np.arange(self.begins.size)
        since = place - np.repeat(self.starts, np.diff(self.starts, append=self.begins.size))
        return (since < (self.begins.size if points is None else points)).reshape(self.begins.shape)

    def length(self) -> Floats:
        """How many points each phase has, missing values included."""
        return self.total(np.ones(self.begins.shape), np.ones_like(self.begins))

    def slack(self, values: Floats) -> Floats:
        """How far apart two numbers of a phase may be and still be equal."""
        largest = np.maximum.reduceat(np.nan_to_num(np.abs(values)).ravel(), self.starts)
        return self.spread(TOLERANCE * largest)
