"""Tails of Poisson and binomial counts, and the odds at which a binomial tail has a given chance; with numpy alone.

Each tail is an integral over the mean or the share (Abramowitz & Stegun, Handbook of Mathematical Functions, 26.4.21 and 6.6.4):

    chance of at most k events, Poisson:   t^k e^-t / k!                              from the mean to infinity
    chance of at most k of n, binomial:    t^k (1-t)^(n-k-1) n! / (k! (n-k-1)!)       from the share to 1
    chance of more:                        the same                                   from 0 to the mean or the share

With t = (1 + u) times the mean or share, the integrand is (1 + u)^k e^(-mean u), or (1 + u)^k (1 - odds u)^(n-k-1), times its value
at u = 0. That value is k + 1 times the chance of exactly k + 1, which `deviance` and `excess` give without cancellation (C. Loader,
Fast and accurate computation of binomial probabilities, 2000). On one side of u = 0 the integrand falls, or is as good as even. That
side is integrated by Gauss-Legendre quadrature (25.4.30), up to where the integrand is e^-25 of its value at u = 0, and the other
tail is 1 less this one. The smaller tail has ten exact digits, for counts up to a million.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from qipxl.indicators.arrays import Bools, Floats

Tails = tuple[Floats, Floats]
"""The chance of at most a number of events, and the chance of more."""

NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)
"""Between -1 and 1; 20 give eleven digits of every integrand here."""
FALL = 25.0
"""The integral ends where the logarithm of the integrand has fallen by this much."""
FLAT = 0.5
"""If no event, or all but one, is as expected, an integrand with a slope below this is as good as even on its shorter side."""
BLOCK = 2048
"""The number of tails computed together: their integrands fit in a processor's cache."""
LEAST = 1e-140
"""Replaces a mean, a share or a divisor of 0; 1 over its square is still finite."""
LEAST_STIRLING = 16
"""From this number on, four terms of Stirling's series give all digits."""
MOST_STEPS = 20
"""Newton's method needs five or six."""
SMALL_EXCESS = np.array([math.log(math.factorial(n)) - n * math.log(n or 1) + n for n in range(LEAST_STIRLING)])


def poisson_tails(events: Floats, mean: Floats) -> Tails:
    """The chances of at most `events` events and of more, with this expected number; arrays are broadcast."""
    return in_blocks(poisson_block, events, mean)


def binomial_tails(events: Floats, cases: Floats, share: Floats | float) -> Tails:
    """The chances that at most `events` of `cases`, and that more, are met, each with the chance `share`; arrays are broadcast."""
    return in_blocks(binomial_block, events, cases, np.maximum(share, LEAST) / np.maximum(1 - share, LEAST))


def in_blocks(tails: Callable[..., Tails], *arguments: Floats | float) -> Tails:
    """Tails for broadcast arguments, computed block by block."""
    arrays = np.broadcast_arrays(*arguments)
    low, high = np.empty(arrays[0].size), np.empty(arrays[0].size)
    for start in range(0, low.size, BLOCK):
        part = slice(start, start + BLOCK)
        low[part], high[part] = tails(*(array.flat[part] for array in arrays))
    return low.reshape(arrays[0].shape), high.reshape(arrays[0].shape)


def odds_for(events: Floats, cases: Floats, chance: float) -> Floats:
    """The odds of each of `cases` at which at most `events` of them, which are fewer, have this chance.

    Newton's method on the logarithms of odds and chance. The second is a concave function of the first, because the integrand is
    log-concave; so after one step all further steps approach the solution from the same side.
    """
    met, unmet = events + 1, cases - events
    log_odds = np.log(met / unmet) + NormalDist().inv_cdf(1 - chance) * np.sqrt(1 / met + 1 / unmet)
    for _ in range(MOST_STEPS):
        odds = np.exp(log_odds)
        at_most, _ = in_blocks(binomial_block, events, cases, odds)
        slope = met * np.exp(log_binomial(met, unmet - 1, odds)) / (1 + odds) / at_most
        step = (np.log(at_most) - math.log(chance)) / slope
        log_odds = log_odds + step
        if np.all(np.abs(step) < 1e-7):
            break
    return np.exp(log_odds)


def poisson_block(events: Floats, mean: Floats) -> Tails:
    """Poisson tails of one block."""
    k, mean = np.maximum(events, 0.0), np.maximum(mean, LEAST)
    upward = mean >= np.maximum(k, FLAT)
    value = (k + 1) * np.exp(log_poisson(k + 1, mean))
    tail = value * area(k, mean, np.zeros(k.shape), upward, lambda u: mean * u)
    return ordered(tail, upward, events < 0, np.zeros(k.shape, bool))


def binomial_block(events: Floats, cases: Floats, odds: Floats) -> Tails:
    """Binomial tails of one block, by the odds of a case."""
    k = np.maximum(np.minimum(events, cases - 1), 0.0)
    rest = np.maximum(cases - k - 1, 0.0)
    pull = rest * odds
    upward = (pull >= np.maximum(k, FLAT)) | ((rest == 0) & (np.maximum(k, 1.0) < FLAT * odds))
    value = (k + 1) * np.exp(log_binomial(k + 1, rest, odds))
    tail = value * area(k, pull, odds, upward, lambda u: -rest * np.log1p(-odds * u))
    return ordered(tail, upward, events < 0, events >= cases)


def ordered(tail: Floats, low: Bools, none: Bools, every: Bools) -> Tails:
    """Both tails from one: `tail` is the chance of at most the events if `low`, else the chance of more."""
    at_most, more = np.where(low, tail, 1 - tail), np.where(low, 1 - tail, tail)
    return np.where(none, 0.0, np.where(every, 1.0, at_most)), np.where(none, 1.0, np.where(every, 0.0, more))


def log_poisson(events: Floats, mean: Floats) -> Floats:
    """The logarithm of the chance of exactly this number of events."""
    return -excess(events) - deviance(events, mean)


def log_binomial(met: Floats, unmet: Floats, odds: Floats | float) -> Floats:
    """The logarithm of the chance that exactly `met` of all cases are met."""
    apart = deviance(met, (met + unmet) * odds / (1 + odds)) + deviance(unmet, (met + unmet) / (1 + odds))
    return excess(met + unmet) - excess(met) - excess(unmet) - apart


def area(k: Floats, pull: Floats, odds: Floats, upward: Bools, loss: Callable[[Floats], Floats]) -> Floats:
    """The integral of (1 + u)^k e^-loss(u) over u: from 0 to 1 / odds if `upward`, else from -1 to 0.

    `pull` is the slope of the loss at 0, and pull x odds its curvature; odds are 0 for Poisson. The integral ends earlier if the integrand
    has fallen by then: log(1 + x) <= x - x^2 / (2 + 4x/3) gives a quadratic whose root is there or farther away.
    """
    steep, curve, skew = np.abs(pull - k), k + pull * odds, np.where(upward, 2 / 3, odds * 2 / 3)
    square, linear = skew * steep + curve / 2, steep - skew * FALL
    half = (np.abs(linear) + np.sqrt(linear**2 + 4 * square * FALL)) / 2
    end = np.where(linear > 0, FALL, half) / np.maximum(np.where(linear > 0, half, square), LEAST)
    end = np.minimum(end, np.where(upward, 1 / np.maximum(odds, LEAST), 1.0))
    u = (NODES[:, None] + 1) * np.where(upward, end / 2, -end / 2)
    power = np.log1p(u)
    power *= k
    power -= loss(u)
    np.exp(power, out=power)
    power *= WEIGHTS[:, None]
    total: Floats = sum(power) * end / 2
    return total


def deviance(count: Floats, mean: Floats) -> Floats:
    """count log(count / mean) - count + mean, which is 0 if both are equal."""
    mean = np.maximum(mean, LEAST)
    return count * np.log1p((np.maximum(count, 1.0) - mean) / mean) - (count - mean)


def excess(number: Floats) -> Floats:
    """log(n!) - n log n + n, by Stirling's series (6.1.41) for all but small numbers."""
    n = np.maximum(number, LEAST_STIRLING)
    square = 1 / n**2
    series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / n
    small = SMALL_EXCESS[np.minimum(number, LEAST_STIRLING - 1).astype(np.int64)]
    return np.where(number < LEAST_STIRLING, small, np.log(2 * np.pi * n) / 2 + series)
