"""Tails of counts compared with exact fractions, with sums of 40 digits, and with scipy."""

from decimal import Decimal, localcontext
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import special

from qipxl.indicators.tail_chances import binomial_tails, odds_for, poisson_tails

SHARES = (0.0, 1e-9, 1e-4, 0.01, 0.3, 0.5, 0.91, 0.999, 1 - 1e-6, 1.0)
CLOSE = {"rtol": 1e-9, "atol": 1e-12}


def around(mean: float, deviation: float, most: float = np.inf) -> NDArray[np.float64]:
    """Whole numbers up to 7 deviations from the mean, and some at the start."""
    far = np.round(mean + deviation * np.linspace(-7, 7, 57))
    return np.unique(np.clip(np.concatenate([far, np.arange(40)]), 0, most))


def check(found: tuple[NDArray[np.float64], ...], at_most: NDArray[np.float64], more: NDArray[np.float64]) -> None:
    np.testing.assert_allclose(found[0], at_most, **CLOSE)
    np.testing.assert_allclose(found[1], more, **CLOSE)


@pytest.mark.parametrize("mean", [0, 1e-9, 1e-3, 0.1, 0.5, 0.7, 1, 3, 10, 100, 1e3, 1e4, 1e5])
def test_poisson_tails_are_those_of_scipy(mean: float) -> None:
    events = around(mean, np.sqrt(mean))
    check(poisson_tails(events, np.array(mean)), special.pdtr(events, mean), special.pdtrc(events, mean))


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("cases", [1, 2, 3, 10, 100, 1_000, 100_000])
def test_binomial_tails_are_those_of_scipy(cases: int, share: float) -> None:
    events = around(cases * share, np.sqrt(cases * share * (1 - share)), cases)
    at_most, more = special.bdtr(events, cases, share), special.bdtrc(events, cases, share)
    check(binomial_tails(events, np.array(float(cases)), share), at_most, more)


@pytest.mark.long
@settings(max_examples=200, deadline=None)
@given(st.integers(1, 60), st.integers(-1, 60), st.floats(0, 1))
@example(1, 0, 1e-9)
@example(20, 19, 1 - 1e-12)
@example(20, 0, 1e-12)
def test_binomial_tails_are_sums_of_fractions(cases: int, events: int, share: float) -> None:
    one = Fraction(share)
    chances = [comb(cases, met) * one**met * (1 - one) ** (cases - met) for met in range(cases + 1)]
    found = binomial_tails(np.array([float(events)]), np.array([float(cases)]), share)
    for tail, exact in zip(found, (sum(chances[: events + 1]), sum(chances[events + 1 :])), strict=True):
        assert tail[0] == pytest.approx(float(exact), rel=1e-9, abs=1e-15)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2_000), st.floats(0, 2_000))
@example(0, 1e-12)
@example(0, 700.0)
def test_poisson_tails_are_those_of_scipy_anywhere(events: int, mean: float) -> None:
    found = poisson_tails(np.array([float(events)]), np.array([mean]))
    for tail, exact in zip(found, (special.pdtr(events, mean), special.pdtrc(events, mean)), strict=True):
        assert tail[0] == pytest.approx(exact, rel=1e-9, abs=1e-100)


@pytest.mark.parametrize("events", [991_000, 999_000, 999_999, 1_000_000, 1_004_000, 1_009_000])
def test_poisson_tails_of_a_million_are_sums_of_40_digits(events: int) -> None:
    """scipy's tails of a million have nine digits, and five if they are far."""
    with localcontext(prec=40):
        mean, side = Decimal(1_000_000), int(events >= 1_000_000)
        count = events + side
        chance = (count * mean.ln() - mean - log_factorial(count)).exp()
        tail = Decimal(0)
        while chance > tail * Decimal("1e-20"):
            tail += chance
            chance *= mean / (count + 1) if side else count / mean
            count += 1 if side else -1
    assert poisson_tails(np.array([float(events)]), np.array([1e6]))[side][0] == pytest.approx(float(tail), rel=1e-10)


@pytest.mark.parametrize(
    ("share", "events"), [(1e-4, 60), (1e-4, 140), (0.3, 296_000), (0.3, 300_400), (0.3, 303_600), (0.91, 910_500)]
)
def test_binomial_tails_of_a_million_are_sums_of_40_digits(share: float, events: int) -> None:
    cases, side = 1_000_000, int(events >= 1_000_000 * share)
    with localcontext(prec=40):
        odds, count = Decimal(share) / (1 - Decimal(share)), events + side
        ways = log_factorial(cases) - log_factorial(count) - log_factorial(cases - count)
        chance = (ways + count * odds.ln() + cases * (1 - Decimal(share)).ln()).exp()
        tail = Decimal(0)
        while chance > tail * Decimal("1e-20"):
            tail += chance
            chance *= odds * (cases - count) / (count + 1) if side else count / (odds * (cases - count + 1))
            count += 1 if side else -1
    found = binomial_tails(np.array([float(events)]), np.array([float(cases)]), share)
    assert found[side][0] == pytest.approx(float(tail), rel=1e-10)


def log_factorial(number: int) -> Decimal:
    """Stirling's series; from 60 on the next term is below 1e-15."""
    n, pi = Decimal(number), Decimal("3.141592653589793238462643383279502884197")
    return (
        n * n.ln() - n + (2 * pi * n).ln() / 2 + 1 / (12 * n) - 1 / (360 * n**3) + 1 / (1260 * n**5) - 1 / (1680 * n**7)
    )


def test_below_none_and_from_all_on_nothing_is_left_to_chance() -> None:
    at_most, more = binomial_tails(np.array([-1.0, 3, 4, 0]), np.array([3.0, 3, 3, 0]), 0.4)
    assert list(at_most) == [0, 1, 1, 1]
    assert list(more) == [1, 0, 0, 0]
    at_most, more = poisson_tails(np.array([-1.0, 0]), np.array([2.0, 0]))
    assert list(at_most) == [0, 1]
    assert (more[0], more[1]) == (1, pytest.approx(0, abs=1e-100))


def test_arrays_are_broadcast_over_many_blocks() -> None:
    events, means = np.arange(90.0)[:, None], np.linspace(0.1, 80, 70)
    found = poisson_tails(events, means)
    assert found[0].shape == (90, 70)
    check(found, special.pdtr(events, means), special.pdtrc(events, means))


@pytest.mark.parametrize("chance", [0.001, 0.05, 0.5])
@settings(max_examples=100, deadline=None)
@given(pairs=st.lists(st.tuples(st.integers(0, 100_000), st.integers(1, 100_000)), min_size=1, max_size=10))
@example(pairs=[(0, 1), (0, 1_000_000), (1_000_000, 1), (1_000_000, 1_000_000), (44, 1), (1, 973_938)])
def test_odds_are_those_of_the_inverse_incomplete_beta(chance: float, pairs: list[tuple[int, int]]) -> None:
    events, others = np.array(pairs, dtype=float).T
    missed = special.betaincinv(others, events + 1, chance)
    np.testing.assert_allclose(odds_for(events, events + others, chance), (1 - missed) / missed, rtol=1e-9)
