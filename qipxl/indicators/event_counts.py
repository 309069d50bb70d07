"""Counts of events before and after an action compared exactly, and days since the last event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from qipxl.errors import RequestError
from qipxl.indicators.arrays import Bools, Floats, Ints, divided
from qipxl.indicators.calendar import When, days_of, last_day
from qipxl.indicators.exact_tests import Tally, chance_of_less, exposure_needed
from qipxl.indicators.rule_sets import sign_of

ALPHA = 0.05
"""The largest chance at which a difference is taken to be real."""


@dataclass(frozen=True)
class Counts:
    """The events and the exposure behind the values of many series; NaN if either is missing."""

    events: Floats
    exposure: Floats
    counted: Bools
    """Whether each series has counts of events."""

    @classmethod
    def of(cls, events: Floats, exposure: Floats) -> Counts:
        """Events with their exposure; raises RequestError for fractions and negative numbers."""
        if np.any((events < 0) | (events % 1 != 0), where=~np.isnan(events)) or np.any(exposure < 0):
            raise RequestError("Events are counted in whole numbers of 0 or more, over an exposure of 0 or more.")
        there = ~np.isnan(events) & (exposure > 0)
        counted = np.asarray((~np.isnan(events)).any(axis=1))
        return cls(np.where(there, events, np.nan), np.where(there, exposure, np.nan), counted)

    def tally(self, points: Bools) -> Tally:
        """The sum of each series' events, and of their exposure, at some points."""
        return Tally(*(np.nansum(np.where(points, table, np.nan), axis=1) for table in (self.events, self.exposure)))

    def chance(self, before: Bools, after: Bools, sign: Ints) -> Floats:
        """The exact chance of a count this good if nothing has changed; NaN for a series without counts, 1 without exposure."""
        chance = np.nan_to_num(chance_of_less(self.tally(before), self.tally(after), sign), nan=1.0)
        return np.where(self.counted, chance, np.nan)

    def event_free(self, before: Bools, after: Bools) -> Floats:
        """The number of further months without an event that chance would not explain, at the usual exposure of a month."""
        events = self.tally(after)
        needed = exposure_needed(self.tally(before), events.events, ALPHA) - events.exposure
        months = divided(needed, divided(events.exposure, (after & ~np.isnan(self.events)).sum(axis=1)))
        return np.ceil(months - 1e-9)


def days_since_last(events: Iterable[When], as_at: When) -> int | None:
    """Days from the latest event up to the date of judgement; None if there is no event up to that date.

    >>> days_since_last(["2026-01-03", "2026-03-01"], "2026-03-31")
    30
    """
    days, now = days_of(events), last_day(as_at)
    past = days[days <= now]
    return int((now - past.max()).astype(int)) if past.size else None


@dataclass(frozen=True)
class BeforeAfter:
    """Two periods compared exactly: `p` is the chance of an `after` this good or better if nothing has changed."""

    p: float
    before_rate: float
    after_rate: float
    changed: bool
    words: str


def before_after(
    before: int, after: int, before_exposure: float, after_exposure: float, *, direction: str = "decrease"
) -> BeforeAfter:
    """Compare counts of events over two exposures (months, bed days) by the exact conditional binomial test.

    Raises RequestError for a negative count, an exposure of 0 or less, or a neutral direction.

    >>> before_after(8, 1, 12, 12).words
    '8 events before and 1 after: more than chance explains (exact test, p 0.020).'
    """
    sign = sign_of(direction)
    if not sign or min(before, after) < 0 or min(before_exposure, after_exposure) <= 0:
        raise RequestError("Comparing needs counts of 0 or more, exposures above 0, and “increase” or “decrease”.")
    first, second = np.array([[before, before_exposure], [after, after_exposure]], dtype=float)
    p = float(chance_of_less(Tally(*first), Tally(*second), sign))
    finding = "more than chance explains" if p <= ALPHA else "no more than chance explains"
    words = f"{before} events before and {after} after: {finding} (exact test, p {max(p, 0.001):.3f}{'' if p >= 0.001 else ' or less'})."
    return BeforeAfter(p, before / before_exposure, after / after_exposure, p <= ALPHA, words)
