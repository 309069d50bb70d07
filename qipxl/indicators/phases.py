"""The phases of many series, and sums over each phase without a loop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qipxl.indicators.arrays import TOLERANCE, Bools, Floats, Ints, divided


@dataclass(frozen=True)
class Phases:
    """The phases of many series, as arrays of shape (series, months); limits belong to one phase of one series."""

    begins: Bools
    """Whether a point is the first of its phase; always true in the first column."""
    follows: Bools
    """Whether a point comes right after the one before: same phase, no gap in the calendar."""
    group: Ints
    """The number of rebases up to and including the point."""

    @classmethod
    def of(cls, shape: tuple[int, int], rebases: ArrayLike | None = None, after_gap: ArrayLike | None = None) -> Phases:
        """Phases that begin where `rebases` is true, interrupted where `after_gap` is; one row for all or a row each."""
        rebased, gaps = (np.broadcast_to(False if marks is None else marks, shape) for marks in (rebases, after_gap))
        begins = rebased.copy()
        begins[:, 0] = True
        return cls(begins, ~(begins | gaps), np.cumsum(rebased, axis=1))

    @property
    def starts(self) -> Ints:
        """The index of each phase's first point in the flattened array."""
        return np.flatnonzero(self.begins)

    def spread(self, per_phase: Floats) -> Floats:
        """A number per phase, repeated for each of its points."""
        lengths = np.diff(self.starts, append=self.begins.size)
        return np.repeat(per_phase, lengths).reshape(self.begins.shape)

    def total(self, values: Floats, counted: Bools) -> Floats:
        """The sum of the values that count in each phase."""
        return self.spread(np.add.reduceat(np.where(counted, values, 0.0).ravel(), self.starts))

    def mean(self, values: Floats, counted: Bools) -> Floats:
        """The mean of the values that count in each phase; NaN if there is none."""
        return divided(self.total(values, counted), self.total(np.ones_like(values), counted))

    def first(self, points: int | None) -> Bools:
        """Whether a point is one of the first `points` of its phase, with or without a value; always true for None."""
        index = np.arange(self.begins.size)
        since = index - np.repeat(self.starts, np.diff(self.starts, append=self.begins.size))
        return (since < (self.begins.size if points is None else points)).reshape(self.begins.shape)

    def length(self) -> Floats:
        """The number of points of each phase, including missing values."""
        return self.total(np.ones(self.begins.shape), np.ones_like(self.begins))

    def slack(self, values: Floats) -> Floats:
        """The tolerance of each phase: numbers closer than this are equal."""
        largest = np.maximum.reduceat(np.nan_to_num(np.abs(values)).ravel(), self.starts)
        return self.spread(TOLERANCE * largest)
