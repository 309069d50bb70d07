"""The level before an action: the frozen mean and limits that later points are compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipxl.indicators.arrays import Bools, Floats, Ints
from qipxl.indicators.centre_lines import CentreLines, xmr_lines
from qipxl.indicators.phases import Phases

MOST = 24
"""The largest number of points before the action that the baseline uses."""


@dataclass(frozen=True)
class Baseline:
    """The baselines of many series: their points, the points left out of the mean, and the frozen lines."""

    points: Bools
    left_out: Bools
    lines: CentreLines
    slack: Floats

    @property
    def size(self) -> Ints:
        """The number of points before the action, including those left out."""
        return np.asarray(self.points.sum(axis=1))

    @property
    def used(self) -> Bools:
        """The points that the mean is computed from."""
        return self.points & ~self.left_out

    def is_constant_at(self, values: Floats, level: Floats) -> Bools:
        """Whether a baseline has points and all of them have this value."""
        off = self.points & (np.abs(values - level[:, None]) > self.slack)
        return np.asarray(self.points.any(axis=1) & ~off.any(axis=1))


def baseline_of(values: Floats, before: Bools, phases: Phases, sign: Ints) -> Baseline:
    """The baseline of each series from its latest points before the action.

    A point beyond the limits on the worse side may be the reason for the action. It would worsen the mean and make
    improvement too easy to show, so mean and limits are computed once more without it. Limits of no width are unknown.
    """
    there = before & ~np.isnan(values)
    points = there & (np.cumsum(there[:, ::-1], axis=1)[:, ::-1] <= MOST)
    slack = phases.slack(values)
    first = frozen_lines(values, phases, points, slack)
    worse = (first.mean - values) * sign[:, None]
    left_out = points & (worse > 3 * first.sigma + slack)
    return Baseline(points, left_out, frozen_lines(values, phases, points & ~left_out, slack), slack)


def frozen_lines(values: Floats, phases: Phases, points: Bools, slack: Floats) -> CentreLines:
    """The lines of some points, with unknown limits where they would have no width."""
    lines = xmr_lines(values, phases, points, screens=False)
    return CentreLines(lines.mean, np.where(lines.sigma > slack, lines.sigma, np.nan))
