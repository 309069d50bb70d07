"""The tests for special causes: outside the limits, a trend, two in three near a limit, a shift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipxl.indicators.arrays import Bools, Codes, Floats, Ints
from qipxl.indicators.centre_lines import CentreLines
from qipxl.indicators.rule_sets import RuleSet, SpecialCause


@dataclass(frozen=True)
class SpecialCauses:
    """The result of every test at every point: arrays of shape (series, months). A missing value passes none."""

    side: Codes
    """+1 above the centre line, -1 below, 0 on it or missing."""
    outside: Bools
    near: Bools
    rising: Bools
    falling: Bools
    two_in_three: Bools
    shift: Bools

    @property
    def code(self) -> Codes:
        """The special cause of each point (see SpecialCause): the first of outside, trend, two in three and shift."""
        code = np.where(self.shift, SpecialCause.SHIFT * self.side, 0)
        code = np.where(self.two_in_three, SpecialCause.TWO_IN_THREE * self.side, code)
        code = np.where(self.falling, -SpecialCause.TREND, np.where(self.rising, SpecialCause.TREND, code))
        return np.where(self.outside, SpecialCause.OUTSIDE * self.side, code).astype(np.int8)

    def towards(self, way: Codes) -> Bools:
        """The points at which any test points to the side with this sign."""
        aside = (self.outside | self.two_in_three | self.shift) & (self.side == way)
        return np.asarray(aside | np.where(way > 0, self.rising, self.falling))


def special_causes(values: Floats, lines: CentreLines, follows: Bools, slack: Floats, rules: RuleSet) -> SpecialCauses:
    """Test each point against its lines; `follows` is true for a point right after the one before, `slack` is the tolerance."""
    side = np.sign(beyond(values - lines.mean, slack)).astype(np.int8)
    outside = (values > lines.at(3) + slack) | (values < lines.at(-3) - slack)
    near = (values > lines.at(2) + slack) | (values < lines.at(-2) - slack)
    if not rules.outside_is_near:
        near &= ~outside
    rising, falling = trends(values, follows, slack, rules.trend)
    shift = (run_lengths(side, follows) >= rules.shift) & (side != 0)
    return SpecialCauses(side, outside, near, rising, falling, two_in_three(near, side, follows), shift)


def beyond(difference: Floats, slack: Floats) -> Floats:
    """A difference; 0 if it is within the tolerance or missing."""
    return np.where(np.abs(difference) > slack, difference, 0.0)


def trends(values: Floats, follows: Bools, slack: Floats, points: int) -> tuple[Bools, Bools]:
    """The points of rising trends and those of falling trends, of at least this number of points.

    A point that ends one trend and begins the other counts for the one that it begins.
    """
    steps = np.diff(values, axis=1, prepend=np.nan)
    step: Codes = np.where(follows, np.sign(beyond(steps, slack)), 0.0).astype(np.int8)
    long = run_lengths(step, follows) >= points - 1
    up, down = long & (step > 0), long & (step < 0)
    begins_up, begins_down = ahead(up, 1), ahead(down, 1)
    return np.asarray(begins_up | (up & ~begins_down)), np.asarray(begins_down | (down & ~begins_up))


def run_lengths(kind: Codes, follows: Bools) -> Ints:
    """The length of the run of equal kinds that each point belongs to."""
    breaks = ~follows
    breaks[:, 1:] |= kind[:, 1:] != kind[:, :-1]
    lengths = np.diff(np.flatnonzero(breaks), append=kind.size)
    return np.repeat(lengths, lengths).reshape(kind.shape)


def two_in_three(near: Bools, side: Codes, follows: Bools) -> Bools:
    """The points near a limit of any three in a row on one side of the centre line with two or more near it."""
    window = np.zeros_like(near)
    joined = follows[:, 2:] & follows[:, 1:-1]
    same = (side[:, 2:] == side[:, 1:-1]) & (side[:, 2:] == side[:, :-2])
    window[:, 2:] = joined & same & (near[:, 2:].astype(np.int8) + near[:, 1:-1] + near[:, :-2] >= 2)
    return np.asarray(near & (side != 0) & (window | ahead(window, 1) | ahead(window, 2)))


def ahead(marks: Bools, columns: int) -> Bools:
    """The marks a number of columns further on; false past the end."""
    moved = np.zeros_like(marks)
    moved[:, :-columns] = marks[:, columns:]
    return moved
