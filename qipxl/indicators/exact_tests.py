"""Exact chances of counts: Poisson and binomial tails, and the whole numbers that lie within them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qipxl.indicators.arrays import Bools, Floats, divided
from qipxl.indicators.tail_chances import Tails, binomial_tails, odds_for, poisson_tails

Chances = Callable[[Floats], Tails]
"""The chances of at most a given number of events and of more, per service; rows of numbers give rows of chances."""


def poisson(expected: Floats) -> Chances:
    """The Poisson chances of counts with these expected numbers of events."""
    return lambda events: poisson_tails(events, expected)


def binomial(cases: Floats, share: Floats | float) -> Chances:
    """The binomial chances of events among these numbers of cases, each with the same chance."""
    return lambda events: binomial_tails(events, cases, share)


ROUNDING = 1e-9
"""A chance above a tail by less than this share of it is equal to it: three of three at 10% have the chance 0.001."""


def within(chances: Chances, tails: Sequence[float], expected: Floats, largest: Floats) -> tuple[Floats, Floats]:
    """The smallest and the largest number of events outside each tail, a row per tail.

    The smallest number or fewer has a chance above the tail, and so has the largest number or more. The expected number is in
    no tail; the largest number is not above `largest`.
    """
    limit = np.array(tails)[:, None] * (1 + ROUNDING)

    def enough(events: Floats) -> Bools:
        at_most, more = chances(events)
        return np.array([at_most[0] > limit, more[1] <= limit])

    below, above = np.empty((2, 2, len(tails), *expected.shape))
    below[0], above[0] = -1, np.minimum(np.floor(expected) + 1, largest)
    below[1], above[1] = np.floor(expected) - 1, np.ceil(largest)
    least, most = fewest(enough, below, above)
    return least, most


def most_expected(mean: Floats) -> Floats:
    """A number of events that a Poisson count exceeds with a chance below e^-9, by Bernstein's inequality."""
    most: Floats = mean + 6 * np.sqrt(mean) + 6
    return most


def fewest(enough: Callable[[Floats], Bools], below: Floats, above: Floats) -> Floats:
    """The smallest number of events that is `enough`, by bisection: `below` is not, `above` is."""
    while np.any(above - below > 1):
        middle = np.floor((below + above) / 2)
        reached = enough(middle)
        below, above = np.where(reached, below, middle), np.where(reached, middle, above)
    return above


@dataclass(frozen=True)
class Tally:
    """The number of events and the exposure (bed days or months) that they were counted over, per series."""

    events: Floats
    exposure: Floats


def chance_of_less(before: Tally, after: Tally, sign: ArrayLike) -> Floats:
    """The exact chance of an `after` this good or better if the rate has not changed, given the total of events.

    Conditional binomial test; `sign` is -1 if fewer are better and +1 if more are. The chance is 1 if there was no event.
    """
    cases = before.events + after.events
    share = divided(after.exposure, before.exposure + after.exposure)
    fewer = np.asarray(sign) < 0
    at_most, more = binomial_tails(np.where(fewer, after.events, after.events - 1), cases, share)
    return np.where(fewer, at_most, more)


def exposure_needed(before: Tally, events: Floats, alpha: float) -> Floats:
    """The exposure over which no more than `events` events would be significantly fewer; infinite if none is enough.

    For no events after `before.events` this is exposure x (alpha^(-1/events) - 1).
    """
    some = before.events > 0
    odds = odds_for(events, events + np.where(some, before.events, 1.0), alpha)
    return np.where(some, before.exposure * odds, np.inf)
