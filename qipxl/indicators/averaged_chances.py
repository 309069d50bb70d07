"""Chances of counts, averaged over the levels that a service may have.

From one level to the next, the chance of at most k events falls by the integral between them that tail_chances.py describes. So the
average is the chance at the highest level, plus each of these integrals times the weight of all levels below it. All services and counts
share the nodes of the integrals. Levels are square roots of rates, the group's being 1, or arcsines of square roots of proportions.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qipxl.indicators.arrays import Floats
from qipxl.indicators.tail_chances import binomial_tails, log_binomial, log_poisson, poisson_tails

AtMost = Callable[[Floats, Floats], Floats]
"""The averaged chance of at most a number of events, for services of these sizes; rows of numbers give rows of chances."""
AT_ONCE = 2**15
"""The numbers that an average takes at once: they fit in a processor's cache."""


def averaged_poisson(levels: Floats, weight: Floats, points: int) -> AtMost:
    """The averaged chances of events; a service's size is its expected number of events at the group's level."""
    node, share = between(np.maximum(levels, 0.0), weight, points)
    rise, fall, slope = 2 * np.log(node), 1 - node**2, 2 * node

    def at_most(events: Floats, size: Floats) -> Floats:
        exactly = exactly_at(events, rise, size, fall, log_poisson(events, size))
        return poisson_tails(events, size * levels[-1] ** 2)[0] + size * (exactly @ (share * slope))

    return in_parts(at_most, node.size)


def averaged_binomial(levels: Floats, weight: Floats, points: int, centre: float) -> AtMost:
    """The averaged chances of cases that met the standard; a service's size is its number of cases, `centre` the group's level."""
    levels = np.clip(levels, 0.0, np.pi / 2)
    node, share = between(levels, weight, points)
    rise, fall, slope = (
        2 * np.log(np.sin(node) / np.sin(centre)),
        2 * np.log(np.cos(node) / np.cos(centre)),
        2 * np.tan(node),
    )

    def at_most(events: Floats, size: Floats) -> Floats:
        rest = size - events
        exactly = exactly_at(events, rise, rest, fall, log_binomial(events, rest, np.tan(centre) ** 2))
        total: Floats = binomial_tails(events, size, np.sin(levels[-1]) ** 2)[0] + rest * (exactly @ (share * slope))
        return total

    return in_parts(at_most, node.size)


def exactly_at(events: Floats, rise: Floats, rest: Floats, fall: Floats, at_centre: Floats) -> Floats:
    """The chance of exactly these events at each node, from its logarithm at the group's level."""
    power = events[..., None] * rise
    power += rest[..., None] * fall
    power += at_centre[..., None]
    return np.exp(power, out=power)


def between(levels: Floats, weight: Floats, points: int) -> tuple[Floats, Floats]:
    """Nodes of Gauss-Legendre quadrature between ascending levels, and their shares of the integral times the weight of all levels below."""
    node, share = np.polynomial.legendre.leggauss(points)
    gap = np.diff(levels)
    apart = gap > 0
    start, half, below = levels[:-1][apart], gap[apart] / 2, np.cumsum(weight)[:-1][apart]
    return (start[:, None] + np.outer(half, node + 1)).ravel(), np.outer(below * half, share).ravel()


def in_parts(at_most: AtMost, nodes: int) -> AtMost:
    """The same, computed for a part of the services at a time; below 0 events the chance is 0."""
    part = max(1, AT_ONCE // max(nodes, 1))

    def whole(events: Floats, size: Floats) -> Floats:
        k = np.maximum(events, 0.0)
        parts = [at_most(k[..., i : i + part], size[i : i + part]) for i in range(0, size.size, part)]
        return np.where(events < 0, 0.0, np.concatenate(parts, axis=-1))

    return whole
