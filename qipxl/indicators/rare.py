"""Events too rare for a chart: days since the last one, and whether there are fewer than before beyond chance."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from qipxl.errors import RequestError
from qipxl.indicators.calendar import When, days_of, last_day
from qipxl.indicators.exact_tests import Tally, chance_of_less
from qipxl.indicators.rule_sets import sign_of

ALPHA = 0.05
"""The chance below which fewer events are more than luck."""


def days_since_last(events: Iterable[When], as_at: When) -> int | None:
    """Days from the latest event up to the date of judgement; None where there has been none by then."""
    days, now = days_of(events), last_day(as_at)
    known = days[days <= now]
    return int((now - known.max()).astype(int)) if known.size else None


def event_free_months(months: int, events: int, alpha: float = ALPHA) -> int | None:
    """How many months without an event would be fewer beyond chance than so many events in so many months; None for never."""
    return math.ceil(months * (alpha ** (-1 / events) - 1) - 1e-9) if events > 0 else None


@dataclass(frozen=True)
class BeforeAfter:
    """Two stretches of time compared exactly: `p` is the chance of an `after` this good or better without any change."""

    p: float
    before_rate: float
    after_rate: float
    changed: bool
    words: str


def before_after(
    before: int, after: int, before_exposure: float, after_exposure: float, *, direction: str = "decrease"
) -> BeforeAfter:
    """Compare counts of events over two exposures (months, bed days) by the exact conditional binomial test."""
    sign = sign_of(direction)
    if not sign or min(before, after) < 0 or min(before_exposure, after_exposure) <= 0:
        raise RequestError("Comparing needs counts of 0 or more, exposures above 0, and “increase” or “decrease”.")
    first, second = (
        Tally(np.array(float(events)), np.array(float(exposure)))
        for events, exposure in ((before, before_exposure), (after, after_exposure))
    )
    p = float(chance_of_less(first, second, sign))
    found = "more than chance explains" if p <= ALPHA else "no more than chance could bring"
    words = f"{before} events before and {after} after: {found} (exact test, p {max(p, 0.001):.3f}{'' if p >= 0.001 else ' or less'})."
    return BeforeAfter(p, before / before_exposure, after / after_exposure, p <= ALPHA, words)
