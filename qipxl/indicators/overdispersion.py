"""Overdispersion: how much more than by chance services differ, and limits that allow for it.

Additive random effects (Spiegelhalter and others, J R Stat Soc A 2012;175:1): every service has a true level, and tau is
the standard deviation of these levels. Levels are compared on a scale with even variance that allows a count of zero: square
roots of rates, arcsines of proportions. The chance of a count is averaged over the levels that a service may have.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qipxl.indicators.arrays import Floats, divided
from qipxl.indicators.averaged_chances import averaged_binomial, averaged_poisson
from qipxl.indicators.exact_tests import Chances, most_expected, within
from qipxl.indicators.tail_chances import Tails

LEAST_SERVICES = 10
"""With fewer services the limits are not adjusted."""
WINSORISED = 0.1
"""The share of services at each end that is winsorised, so that an outlier does not hide itself."""
TAIL95, TAIL998 = 0.025, 0.001
"""The chance on each side outside 95% and 99.8%."""
FARTHEST, STEP, MOST_STEPS = 6.0, 0.5, 400
"""How far from the group levels are averaged, in standard deviations of levels; the widest step and the most steps to each side."""


@dataclass(frozen=True)
class Limits:
    """The limits of each service, on the scale of its ratio; NaN for a service without figures.

    They are the smallest and the largest whole number of events without a flag, divided by the service's size.
    """

    lower95: Floats
    upper95: Floats
    lower998: Floats
    upper998: Floats

    def outlier95(self, ratio: Floats) -> NDArray[np.str_]:
        """'low' or 'high' outside 95%, else empty."""
        return flags(ratio, self.lower95, self.upper95)

    def outlier998(self, ratio: Floats) -> NDArray[np.str_]:
        """'low' or 'high' outside 99.8%, else empty."""
        return flags(ratio, self.lower998, self.upper998)


@dataclass(frozen=True)
class Spread:
    """How much services differ beyond chance; limits and flags that allow for it are None if nothing is adjusted."""

    phi: float
    """The mean squared distance from the group, 1 if only chance is at work; NaN with too few services."""
    tau: float
    limits: Limits | None = None
    outlier95: NDArray[np.str_] | None = None
    outlier998: NDArray[np.str_] | None = None


def flags(value: Floats, lower: Floats, upper: Floats) -> NDArray[np.str_]:
    """'low', 'high' or ''; '' for a missing value."""
    return np.where(value < lower, "low", np.where(value > upper, "high", ""))


def exact_limits(chances: Chances, expected: Floats, largest: Floats, scale: Floats) -> Limits:
    """The limits by the exact chances of counts up to `largest`, on the scale of counts divided by `scale`."""
    least, most = (divided(events, scale) for events in within(chances, (TAIL95, TAIL998), expected, largest))
    return Limits(least[0], most[0], least[1], most[1])


def spread_of(kind: str, ratio: Floats, exact: Limits, scale: Floats, group: float) -> Spread:
    """The overdispersion of a funnel; adjusted for 10 services or more if phi is above 1."""
    there = ~np.isnan(ratio)
    if there.sum() < LEAST_SERVICES:
        return Spread(np.nan, 0.0)
    centre, level, error = levels(kind, ratio, scale, group)
    z = ((level - centre) / error)[there]
    phi = float(np.mean(np.clip(z, *np.quantile(z, [WINSORISED, 1 - WINSORISED])) ** 2))
    if not phi > 1:
        return Spread(phi, 0.0)
    tau = tau_of(phi, error[there])
    chances, largest = averaged(kind, centre, tau, np.nan_to_num(scale))
    expected = np.nan_to_num(scale) * (group if kind == "proportion" else 1.0)
    limits = widened(exact, exact_limits(chances, expected, largest, scale))
    return Spread(phi, tau, limits, limits.outlier95(ratio), limits.outlier998(ratio))


def averaged(kind: str, centre: float, tau: float, scale: Floats) -> tuple[Chances, Floats]:
    """The chances of counts, averaged over normally distributed levels around the group's, and the largest counts that matter.

    The steps between levels are small enough for the largest service, whose counts say most about its level.
    """
    errors = 2 * tau * np.sqrt(scale.max())
    steps = int(np.clip(errors, 1, MOST_STEPS * STEP / FARTHEST) * FARTHEST / STEP)
    points = int(5 + 2 * errors * FARTHEST / steps)
    z = np.linspace(-FARTHEST, FARTHEST, 2 * steps + 1)
    levels, weight = centre + tau * z, np.exp(-(z**2) / 2)
    weight /= weight.sum()
    if kind == "proportion":
        at_most, largest = averaged_binomial(levels, weight, points, centre), scale
    else:
        at_most, largest = averaged_poisson(levels, weight, points), most_expected(scale * levels[-1] ** 2)

    def chances(events: Floats) -> Tails:
        low = at_most(events, scale)
        return low, 1 - low

    return chances, largest


def widened(exact: Limits, spread: Limits) -> Limits:
    """Limits that allow for the spread; exact limits are kept if they are wider, so that adjusting never makes an outlier."""
    return Limits(
        np.minimum(exact.lower95, spread.lower95),
        np.maximum(exact.upper95, spread.upper95),
        np.minimum(exact.lower998, spread.lower998),
        np.maximum(exact.upper998, spread.upper998),
    )


def levels(kind: str, ratio: Floats, scale: Floats, group: float) -> tuple[float, Floats, Floats]:
    """The group's level, each service's level, and the standard error of each, on the scale with even variance."""
    error = 1 / (2 * np.sqrt(scale))
    if kind == "rate":
        return 1.0, np.sqrt(ratio), error
    return float(np.arcsin(np.sqrt(group))), np.arcsin(np.sqrt(ratio)), error


def tau_of(phi: float, error: Floats) -> float:
    """The standard deviation of the services' levels (tau), by the method of moments."""
    weight = 1 / error**2
    surplus = error.size * phi - (error.size - 1)
    return float(np.sqrt(max(0.0, surplus / (weight.sum() - (weight**2).sum() / weight.sum()))))
