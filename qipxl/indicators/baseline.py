"""The level before an action: the mean and limits that later points are held against, frozen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipxl.indicators.arrays import Bools, Floats, Ints
from qipxl.indicators.centre_lines import Lines, xmr_lines
from qipxl.indicators.phases import Phases

MOST = 24
"""No more than so many points before the action make the baseline."""


@dataclass(frozen=True)
class Baseline:
    """The baselines of many series: which points, which of them are left out of the mean, and the frozen lines."""

    points: Bools
    left_out: Bools
    lines: Lines
    slack: Floats

    @property
    def size(self) -> Ints:
        """How many points lie before the action, those left out included."""
        return np.asarray(self.points.sum(axis=1))

    @property
    def used(self) -> Bools:
        """The points that make the mean."""
        return self.points & ~self.left_out

    def stands_at(self, values: Floats, level: Floats) -> Bools:
        """Whether every point of a baseline has this value."""
        off = self.points & (np.abs(values - level[:, None]) > self.slack)
        return np.asarray(self.points.any(axis=1) & ~off.any(axis=1))


def baseline_of(values: Floats, before: Bools, phases: Phases, sign: Ints) -> Baseline:
    """The baseline of each series from its latest points before the action.

    A point beyond the limits on the worse side may be why the action was begun; with it the mean would be too bad and
    improvement too easy, so mean and limits are taken again without it, once. Limits without any width are no limits.
    """
    there = before & ~np.isnan(values)
    points = there & (np.cumsum(there[:, ::-1], axis=1)[:, ::-1] <= MOST)
    slack = phases.slack(values)
    first = wide(xmr_lines(values, phases, points, screens=False), slack)
    worse = (first.mean - values) * sign[:, None]
    left_out = points & (worse > 3 * first.sigma + slack)
    return Baseline(points, left_out, wide(xmr_lines(values, phases, points & ~left_out, screens=False), slack), slack)


def wide(lines: Lines, slack: Floats) -> Lines:
    """Lines whose limits are unknown where they would have no width."""
    return Lines(lines.mean, np.where(lines.sigma > slack, lines.sigma, np.nan))
