"""Whether an improvement that was called sustained still holds: how often that is called wrong, by simulation."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from qipxl import Period
from qipxl.indicators import VerdictState, sustained_many

Draw = Callable[[tuple[int, int]], NDArray[np.float64]]
BEFORE, OPEN, FOUND, TESTED = 24, 6, 10, 14
"""Months before the action, while it is open, until it is called sustained, and then tested."""
MONTHS = [Period(2022, 1).plus(month) for month in range(BEFORE + OPEN + FOUND + TESTED)]
SERIES = 400


def slipping_within(before: Draw, improved: Draw, later: Draw, *, counts: bool = False) -> NDArray[np.float64]:
    """The share of the sustained improvements that were called slipping within 1, 2, ... months."""
    parts = (before, BEFORE), (improved, OPEN + FOUND), (later, TESTED)
    values = np.concatenate([draw((SERIES, months)) for draw, months in parts], axis=1)
    slipping, sustained, shares = np.zeros(SERIES, bool), np.zeros(SERIES, bool), []
    for months in range(BEFORE + OPEN + FOUND, len(MONTHS) + 1):
        verdicts = sustained_many(
            values[:, :months],
            months=MONTHS[:months],
            started_on=[MONTHS[BEFORE].first] * SERIES,
            completed_on=[MONTHS[BEFORE + OPEN - 1].last] * SERIES,
            direction="decrease",
            as_at=MONTHS[months - 1].last,
            numerator=values[:, :months] if counts else None,
        )
        if not shares:
            sustained = np.array([state is VerdictState.SUSTAINED for state in verdicts.states])
        else:
            slipping |= np.array([state is VerdictState.WORSE for state in verdicts.states]) | verdicts.warnings
        shares.append(float((slipping & sustained).sum() / sustained.sum()))
    return np.array(shares[1:])


def normal(mean: float, seed: int) -> Draw:
    random = np.random.default_rng(seed)
    return lambda shape: random.normal(mean, 1.0, shape)


def poisson(mean: float, seed: int) -> Draw:
    random = np.random.default_rng(seed)
    return lambda shape: random.poisson(mean, shape).astype(float)


@pytest.mark.parametrize(
    ("before", "after", "counts", "most"),
    [(20.0, 18.5, False, 0.10), (20.0, 18.0, False, 0.05), (8.0, 4.0, True, 0.05), (3.0, 1.0, True, 0.06)],
)
def test_an_improvement_that_holds_is_seldom_called_slipping(
    before: float, after: float, counts: bool, most: float
) -> None:
    draw = poisson if counts else normal
    shares = slipping_within(draw(before, 1), draw(after, 2), draw(after, 3), counts=counts)
    print(f"{before} to {after}, holds: {np.round(shares, 3)}")
    assert shares[-1] <= most


@pytest.mark.parametrize(("before", "after", "counts"), [(20.0, 18.0, False), (8.0, 3.0, True)])
def test_an_improvement_that_is_lost_is_found(before: float, after: float, counts: bool) -> None:
    draw = poisson if counts else normal
    shares = slipping_within(draw(before, 4), draw(after, 5), draw(before, 6), counts=counts)
    print(f"{before} to {after} and back: {np.round(shares, 3)}")
    assert shares[2] >= 0.4
    assert shares[5] >= 0.7
    assert shares[-1] >= 0.9


def test_a_figure_far_beyond_the_limit_is_found_in_its_month() -> None:
    shares = slipping_within(normal(20, 7), normal(18, 8), normal(30, 9))
    assert shares[0] == 1.0
