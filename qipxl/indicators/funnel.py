"""Funnel plots: services that differ from the group by more than chance.

Flags follow the exact chances of whole numbers of events (Poisson for rates, binomial for proportions), so that neither a small
service with no event nor one with 20 of 20 is taken for an outlier. A service outside 95% is worth a look (of 20 similar services,
at most one is by chance); outside 99.8% it is an outlier. There are no ranks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qipxl.errors import RequestError
from qipxl.indicators.arrays import Floats, check_same_shape, divided, numbers
from qipxl.indicators.exact_tests import Chances, binomial, most_expected, poisson
from qipxl.indicators.overdispersion import Limits, Spread, exact_limits, spread_of
from qipxl.indicators.rule_sets import quoted

KINDS = ("rate", "proportion")
LEAST_SERVICES, LEAST_EVENTS = 5, 10
"""With fewer services or events there is a table but no funnel."""


@dataclass(frozen=True)
class Funnel:
    """One indicator of many services at one time: arrays in the order of the services, NaN for a service without figures.

    `ratio` is events over expected events for a rate, and the proportion itself for a proportion; `limits` are on the same
    scale. `p_low` is the chance of this number of events or fewer, `p_high` of this number or more, `mid_p` is two-sided. A
    flag is 'low', 'high' or '': outside 95% if that chance is at most 0.025, outside 99.8% if it is at most 0.001. The limits are
    the smallest and the largest whole number of events without a flag, so a service lies beyond a limit exactly if it is flagged.
    """

    kind: str
    group: float
    """The rate or proportion of the group; NaN if expected events were given."""
    expected: Floats
    ratio: Floats
    limits: Limits
    p_low: Floats
    p_high: Floats
    mid_p: Floats
    outlier95: NDArray[np.str_]
    outlier998: NDArray[np.str_]
    shown: bool
    why: str
    """Why no funnel is shown; empty if it is shown."""
    spread: Spread
    """Overdispersion: how much more than by chance services differ, and limits and flags that allow for it."""


def funnel(
    numerator: ArrayLike, denominator: ArrayLike, *, kind: str = "rate", expected: ArrayLike | None = None
) -> Funnel:
    """Compare each service with the group.

    Args:
        numerator: Whole numbers, one per service: events for a rate, cases that met the standard for a proportion. None or
            NaN for a service without figures.
        denominator: Numbers, one per service: the exposure (such as bed days) for a rate, all cases for a proportion.
        kind: "rate" or "proportion".
        expected: For a rate, the expected events of each service; by default its exposure times the rate of the group.

    Raises:
        RequestError: An argument has the wrong shape, is not a count, or has an unknown value.

    >>> result = funnel([4, 6, 5, 20, 3], [900, 1100, 950, 870, 700])
    >>> [str(flag) for flag in result.outlier998]
    ['', '', '', 'high', '']
    """
    events, size = checked(numerator, denominator, kind)
    there = ~np.isnan(events) & (size > 0)
    events, size = np.where(there, events, np.nan), np.where(there, size, np.nan)
    group = float(divided(np.nansum(events), np.nansum(size)))
    if expected is not None:
        if kind != "rate":
            raise RequestError("Expected events go with a rate; a proportion is compared with the group's proportion.")
        group, given = np.nan, numbers(expected, 1, "expected events")
        check_same_shape(events, given, "expected events")
        there &= given > 0
        return funnel_of(kind, group, events, np.where(there, given, np.nan), np.where(there, given, np.nan))
    return funnel_of(kind, group, events, size * group, size if kind == "proportion" else size * group)


def checked(numerator: ArrayLike, denominator: ArrayLike, kind: str) -> tuple[Floats, Floats]:
    """Numerators and denominators as numbers; raises RequestError if they are not possible for their kind."""
    if kind not in KINDS:
        raise RequestError(f"“{kind}” is not a kind of funnel. Choose {quoted(KINDS)}.")
    events, size = numbers(numerator, 1, "numerators"), numbers(denominator, 1, "denominators")
    check_same_shape(events, size, "denominators")
    counts = [events, size] if kind == "proportion" else [events]
    if any(np.any((count < 0) | (count % 1 != 0), where=~np.isnan(count)) for count in counts):
        raise RequestError("Events and cases are counted: whole numbers, 0 or more.")
    if np.any(size < 0) or (kind == "proportion" and np.any(events > size)):
        raise RequestError("A denominator must not be negative, nor a proportion's numerator above it.")
    return events, size


def funnel_of(kind: str, group: float, events: Floats, expected: Floats, scale: Floats) -> Funnel:
    """The funnel of services with their expected events; the ratio is events divided by `scale`."""
    there = ~np.isnan(events) & (scale > 0)
    counts, cases, mean = (np.where(there, array, 0.0) for array in (events, scale, expected))
    if kind == "proportion":
        chances, largest = binomial(cases, group), cases
    else:
        chances, largest = poisson(mean), most_expected(mean)
    ratio = divided(np.where(there, events, np.nan), scale)
    limits = exact_limits(chances, mean, largest, np.where(there, scale, np.nan))
    low, high, mid = (np.where(there, chance, np.nan) for chance in tails(chances, counts))
    expected = np.where(there, expected, np.nan)
    outliers = (limits.outlier95(ratio), limits.outlier998(ratio))
    given = ~np.isnan(events)
    why = why_not_shown(kind, events[given], cases[given])
    spread = spread_of(kind, ratio, limits, np.where(there, scale, np.nan), group)
    return Funnel(kind, group, expected, ratio, limits, low, high, mid, *outliers, not why, why, spread)


def tails(chances: Chances, events: Floats) -> tuple[Floats, Floats, Floats]:
    """The chances of this number of events or fewer, of this number or more, and the two-sided mid-P chance."""
    at_most, more = chances(np.array([events, events - 1]))
    low, high = at_most[0], more[1]
    exactly = low + high - 1
    return low, high, np.clip(2 * np.minimum(low - exactly / 2, high - exactly / 2), 0.0, 1.0)


def why_not_shown(kind: str, events: Floats, cases: Floats) -> str:
    """Why there is no funnel to show; empty if there is one. For a proportion the rarer outcome is counted."""
    total = events.sum() if kind == "rate" else min(events.sum(), (cases - events).sum())
    lack = ""
    if events.size < LEAST_SERVICES:
        lack = f"{events.size} services have figures: a funnel needs {LEAST_SERVICES}"
    elif total < LEAST_EVENTS:
        lack = f"{total:.0f} events in all services together: a funnel needs {LEAST_EVENTS}"
    return lack and f"{lack}, so only the table is shown."
