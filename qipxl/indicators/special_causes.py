"""What makes a dot stand out: outside the limits, a trend, two in three near a limit, a shift."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipxl.indicators.arrays import Bools, Codes, Floats, Ints
from qipxl.indicators.centre_lines import Lines
from qipxl.indicators.rule_sets import ABOVE_LIMIT, SHIFT, TREND, TWO_IN_THREE, RuleSet


@dataclass(frozen=True)
class Signals:
    """Every test of every dot, before one of them gives the dot its name. A missing value has no signal and no side."""

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
        """What each dot is called: the first that applies of outside, trend, two in three, shift; negative for below."""
        code = np.where(self.shift, SHIFT * self.side, 0)
        code = np.where(self.two_in_three, TWO_IN_THREE * self.side, code)
        code = np.where(self.falling, -TREND, np.where(self.rising, TREND, code))
        return np.where(self.outside, ABOVE_LIMIT * self.side, code).astype(np.int8)

    def towards(self, way: Codes) -> Bools:
        """Where any test points to the side of that sign, whatever the dot is called."""
        aside = (self.outside | self.two_in_three | self.shift) & (self.side == way)
        return np.asarray(aside | np.where(way > 0, self.rising, self.falling))


def signals(values: Floats, lines: Lines, follows: Bools, slack: Floats, rules: RuleSet) -> Signals:
    """Judge each point by its lines: `follows` says which points stand next to the one before, `slack` what is equal."""
    side = np.sign(beyond(values - lines.mean, slack)).astype(np.int8)
    outside = (values > lines.at(3) + slack) | (values < lines.at(-3) - slack)
    near = (values > lines.at(2) + slack) | (values < lines.at(-2) - slack)
    if not rules.outside_is_near:
        near &= ~outside
    rising, falling = trends(values, follows, slack, rules.trend)
    shift = (run_lengths(side, follows) >= rules.shift) & (side != 0)
    return Signals(side, outside, near, rising, falling, two_in_three(near, side, follows), shift)


def beyond(difference: Floats, slack: Floats) -> Floats:
    """A difference, 0 where it is no more than floating error or there is none."""
    return np.where(np.abs(difference) > slack, difference, 0.0)


def trends(values: Floats, follows: Bools, slack: Floats, points: int) -> tuple[Bools, Bools]:
    """Which points belong to a rising and which to a falling trend of so many points.

    A point that ends one trend and begins the other counts for the one that it begins.
    """
    steps = np.diff(values, axis=1, prepend=np.nan)
    step: Codes = np.where(follows, np.sign(beyond(steps, slack)), 0.0).astype(np.int8)
    long = run_lengths(step, follows) >= points - 1
    up, down = long & (step > 0), long & (step < 0)
    begins_up, begins_down = ahead(up, 1), ahead(down, 1)
    return np.asarray(begins_up | (up & ~begins_down)), np.asarray(begins_down | (down & ~begins_up))


def run_lengths(kind: Codes, follows: Bools) -> Ints:
    """The length of the run of equal kinds that each point stands in."""
    breaks = ~follows
    breaks[:, 1:] |= kind[:, 1:] != kind[:, :-1]
    lengths = np.diff(np.flatnonzero(breaks), append=kind.size)
    return np.repeat(lengths, lengths).reshape(kind.shape)


def two_in_three(near: Bools, side: Codes, follows: Bools) -> Bools:
    """The near points of any three in a row on one side of the centre, two or more of which are near."""
    window = np.zeros_like(near)
    joined = follows[:, 2:] & follows[:, 1:-1]
    same = (side[:, 2:] == side[:, 1:-1]) & (side[:, 2:] == side[:, :-2])
    window[:, 2:] = joined & same & (near[:, 2:].astype(np.int8) + near[:, 1:-1] + near[:, :-2] >= 2)
    return np.asarray(near & (side != 0) & (window | ahead(window, 1) | ahead(window, 2)))


def ahead(marks: Bools, columns: int) -> Bools:
    """What stands so many columns further on; false past the end."""
    moved = np.zeros_like(marks)
    moved[:, :-columns] = marks[:, columns:]
    return moved
