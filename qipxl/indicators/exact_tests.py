"""Exact chances of counts: Poisson and binomial tails, and the limits between them.

scipy does the arithmetic; it is fetched when a chance is first asked for, since loading it takes a fifth of a second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qipxl.indicators.arrays import Floats, divided

Chance = Callable[[Floats], Floats]
"""The chance of at most so many events, service by service."""


def poisson(expected: Floats) -> Chance:
    """Chances of a count where so many events are expected."""
    from scipy import special

    return lambda events: np.where(events < 0, 0.0, special.pdtr(np.maximum(events, 0), expected))


def binomial(cases: Floats, share: Floats | float) -> Chance:
    """Chances of so many out of a number of cases, each with the same chance."""
    from scipy import special

    return lambda events: np.where(
        events < 0, 0.0, special.bdtr(np.clip(events, 0, cases), cases.astype(np.int64), share)
    )


def fewest(at_most: Chance, chance: float, largest: Floats) -> Floats:
    """The smallest number of events with more than this chance of at most so many, found by halving; `largest` has it."""
    below, above = np.full(largest.shape, -1.0), np.ceil(largest)
    while np.any(above - below > 1):
        middle = np.floor((below + above) / 2)
        enough = at_most(middle) > chance
        below, above = np.where(enough, below, middle), np.where(enough, middle, above)
    return above


def limit(at_most: Chance, chance: float, largest: Floats) -> Floats:
    """The number of events at a tail of this chance, interpolated between whole numbers; never below 0.

    Spiegelhalter, Statistics in Medicine 2005;24:1185, appendix A.1.1: the smallest number with a larger chance, less the
    share of its own chance by which it is larger.
    """
    events = fewest(at_most, chance, largest)
    reached = at_most(events)
    return np.maximum(events - divided(reached - chance, reached - at_most(events - 1)), 0.0)


@dataclass(frozen=True)
class Tally:
    """How many events were counted over how much exposure (bed days, or months), series by series."""

    events: Floats
    exposure: Floats


def chance_of_less(before: Tally, after: Tally, sign: ArrayLike) -> Floats:
    """The exact chance of an `after` this good or better if the rate had not changed, given all events together.

    Conditional binomial; `sign` is -1 where fewer are better and +1 where more are. 1 where there was no event at all.
    """
    cases = before.events + after.events
    share = divided(after.exposure, before.exposure + after.exposure)
    at_most = binomial(cases, share)
    return np.where(np.asarray(sign) < 0, at_most(after.events), 1 - at_most(after.events - 1))


def exposure_needed(before: Tally, events: Floats, alpha: float) -> Floats:
    """The exposure after which no more than so many events would be fewer beyond chance; infinite if none ever is.

    For no events after `before.events` this is exposure x (alpha^(-1/events) - 1).
    """
    from scipy import special

    some = before.events > 0
    share = special.betaincinv(events + 1, np.where(some, before.events, 1.0), 1 - alpha)
    return np.where(some, before.exposure * divided(share, 1 - share), np.inf)
