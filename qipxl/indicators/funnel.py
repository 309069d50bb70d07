"""Services beside one another: which lie further from the group than chance would put them.

Limits are exact (Poisson for rates, binomial for proportions), so that a small service with no event is not taken for an
outlier. A service outside 95% is worth a look (of 20 like each other, one is); outside 99.8% it is an outlier. No ranks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qipxl.errors import RequestError
from qipxl.indicators.arrays import Floats, alike, divided, numbers
from qipxl.indicators.exact_tests import Chance, binomial, limit, poisson
from qipxl.indicators.overdispersion import Limits, Spread, spread_of
from qipxl.indicators.rule_sets import quoted

KINDS = ("rate", "proportion")
TAIL95, TAIL998 = 0.025, 0.001
LEAST_SERVICES, LEAST_EVENTS = 5, 10
"""With fewer services or events there is a table and no funnel."""


@dataclass(frozen=True)
class Funnel:
    """One indicator of many services at one time; arrays in the order of the services, NaN for one that has no figures.

    `ratio` is events over expected events for a rate, and the proportion itself for a proportion; `limits` are on the
    same scale. `p_low` is the chance of so few or fewer, `p_high` of so many or more, `mid_p` two-sided. A flag is 'low',
    'high' or '' and compares with the interpolated limits, which let through a little more than their name says.
    """

    kind: str
    group: float
    """The rate of the group, or its proportion; NaN where expected events were given."""
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
    """Why no funnel is shown, or empty."""
    spread: Spread
    """Overdispersion: whether services differ more than chance, and limits and flags that allow for it."""


def funnel(
    numerator: ArrayLike, denominator: ArrayLike, *, kind: str = "rate", expected: ArrayLike | None = None
) -> Funnel:
    """Hold each service against the group: events and exposure (bed days) for a rate, met and cases for a proportion.

    The expected events of a service are its exposure times the rate of the group, unless they are given as `expected`.
    """
    events, size = checked(numerator, denominator, kind)
    there = ~np.isnan(events) & (size > 0)
    events, size = np.where(there, events, np.nan), np.where(there, size, np.nan)
    group = float(divided(np.nansum(events), np.nansum(size)))
    if expected is not None:
        if kind != "rate":
            raise RequestError("Expected events go with a rate; a proportion is held against the group's own.")
        group, given = np.nan, numbers(expected, 1, "expected events")
        alike(events, given, "expected events")
        there &= given > 0
        return laid_out(kind, group, events, np.where(there, given, np.nan), np.where(there, given, np.nan))
    return laid_out(kind, group, events, size * group, size if kind == "proportion" else size * group)


def checked(numerator: ArrayLike, denominator: ArrayLike, kind: str) -> tuple[Floats, Floats]:
    """Numerators and denominators as numbers; raises RequestError where they cannot be what their kind says."""
    if kind not in KINDS:
        raise RequestError(f"“{kind}” is not a kind of funnel. Choose {quoted(KINDS)}.")
    events, size = numbers(numerator, 1, "numerators"), numbers(denominator, 1, "denominators")
    alike(events, size, "denominators")
    whole = [events, size] if kind == "proportion" else [events]
    if any(np.any((each < 0) | (each % 1 != 0), where=~np.isnan(each)) for each in whole):
        raise RequestError("Events and cases are counted: whole numbers, 0 or more.")
    if np.any(size < 0) or (kind == "proportion" and np.any(events > size)):
        raise RequestError("A denominator must not be negative, nor a proportion's numerator above it.")
    return events, size


def laid_out(kind: str, group: float, events: Floats, expected: Floats, scale: Floats) -> Funnel:
    """The funnel of services with their expected events; `scale` is what events are divided by to give the ratio."""
    there = ~np.isnan(events) & (scale > 0)
    counts, cases, usual = (np.where(there, each, 0.0) for each in (events, scale, expected))
    if kind == "proportion":
        at_most, largest = binomial(cases, group), cases
    else:
        at_most, largest = poisson(usual), usual + 20 * np.sqrt(usual) + 50
    ratio = divided(np.where(there, events, np.nan), scale)
    tail = (TAIL95, 1 - TAIL95, TAIL998, 1 - TAIL998)
    limits = Limits(*(divided(np.where(there, limit(at_most, each, largest), np.nan), scale) for each in tail))
    low, high, mid = (np.where(there, each, np.nan) for each in tails(at_most, counts))
    given = ~np.isnan(events)
    why = too_little(kind, events[given], cases[given])
    return Funnel(
        kind,
        group,
        np.where(there, expected, np.nan),
        ratio,
        limits,
        low,
        high,
        mid,
        limits.outlier95(ratio),
        limits.outlier998(ratio),
        not why,
        why,
        spread_of(kind, ratio, limits, scale, group),
    )


def tails(at_most: Chance, events: Floats) -> tuple[Floats, Floats, Floats]:
    """The chances of so few, of so many, and of so far either way with half of the chance of exactly that number."""
    low, high = at_most(events), 1 - at_most(events - 1)
    exactly = low + high - 1
    return low, high, np.clip(2 * np.minimum(low - exactly / 2, high - exactly / 2), 0.0, 1.0)


def too_little(kind: str, events: Floats, cases: Floats) -> str:
    """A sentence why there is no funnel to show; empty where there is. Of a proportion the rarer outcome counts."""
    total = events.sum() if kind == "rate" else min(events.sum(), (cases - events).sum())
    if events.size < LEAST_SERVICES:
        return f"{events.size} services have figures: a funnel needs {LEAST_SERVICES}, so only the table is shown."
    if total < LEAST_EVENTS:
        return (
            f"{total:.0f} events in all services together: a funnel needs {LEAST_EVENTS}, so only the table is shown."
        )
    return ""
