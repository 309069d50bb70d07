"""Exact chances of counts: Poisson and binomial tails, and the limits between them.

scipy is imported when a chance is first computed, because importing it takes a fifth of a second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qipxl.indicators.arrays import Floats, divided

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


def fewest(at_most: Chance, chance: float, largest: Floats) -> Floats:
    """The smallest number of events with a larger cumulative chance than `chance`, by bisection up to `largest`."""
    below, above = np.full(largest.shape, -1.0), np.ceil(largest)
    while np.any(above - below > 1):
        middle = np.floor((below + above) / 2)
        enough = at_most(middle) > chance
        below, above = np.where(enough, below, middle), np.where(enough, middle, above)
    return above


def limit(at_most: Chance, chance: float, largest: Floats) -> Floats:
    """The number of events at a tail of this chance, interpolated between whole numbers; never below 0.

    Spiegelhalter, Statistics in Medicine 2005;24:1185, appendix A.1.1: the smallest number with a larger cumulative chance,
    less the excess as a share of that number's own chance.
    """
    events = fewest(at_most, chance, largest)
    reached = at_most(events)
    return np.maximum(events - divided(reached - chance, reached - at_most(events - 1)), 0.0)


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
