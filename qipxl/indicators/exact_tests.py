"""Exact chances of counts: Poisson and binomial tails, and the whole numbers that lie within them.

scipy is imported when a chance is first computed, because importing it takes a fifth of a second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qipxl.indicators.arrays import Bools, Floats, divided

Chance = Callable[[Floats], Floats]
"""The chance of at most a given number of events, per service."""


def poisson(expected: Floats) -> Chance:
    """The Poisson chances of counts with these expected numbers of events."""
    from scipy import special

    return lambda events: np.where(events < 0, 0.0, special.pdtr(np.maximum(events, 0), expected))


def binomial(cases: Floats, share: Floats | float) -> Chance:
    """The binomial chances of events among these numbers of cases, each with the same chance."""
    from scipy import special

    return lambda events: np.where(
        events < 0, 0.0, special.bdtr(np.clip(events, 0, cases), cases.astype(np.int64), share)
    )


ROUNDING = 1e-9
"""A chance above a tail by less than this share of it is equal to it: three of three at 10% have the chance 0.001."""


def least_within(at_most: Chance, tail: float, largest: Floats) -> Floats:
    """The smallest number of events that is not in the lower tail: this number or fewer has a chance above `tail`."""
    return fewest(lambda events: at_most(events) > tail * (1 + ROUNDING), largest)


def most_within(at_most: Chance, tail: float, largest: Floats) -> Floats:
    """The largest number of events that is not in the upper tail: this number or more has a chance above `tail`."""
    return fewest(lambda events: 1 - at_most(events) <= tail * (1 + ROUNDING), largest)


def fewest(enough: Callable[[Floats], Bools], largest: Floats) -> Floats:
    """The smallest number of events that is `enough`, by bisection up to `largest`, which is."""
    below, above = np.full(largest.shape, -1.0), np.ceil(largest)
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
    at_most = binomial(cases, share)
    return np.where(np.asarray(sign) < 0, at_most(after.events), 1 - at_most(after.events - 1))


def exposure_needed(before: Tally, events: Floats, alpha: float) -> Floats:
    """The exposure over which no more than `events` events would be significantly fewer; infinite if none is enough.

    For no events after `before.events` this is exposure x (alpha^(-1/events) - 1).
    """
    from scipy import special

    some = before.events > 0
    share = special.betaincinv(events + 1, np.where(some, before.events, 1.0), 1 - alpha)
    return np.where(some, before.exposure * divided(share, 1 - share), np.inf)
