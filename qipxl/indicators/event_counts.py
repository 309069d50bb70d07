"""Whether so few events after an action may be luck, exactly, and how long it takes until they may not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipxl.errors import RequestError
from qipxl.indicators.arrays import Bools, Floats, Ints, divided
from qipxl.indicators.exact_tests import Tally, chance_of_less, exposure_needed

ALPHA = 0.05
"""The chance below which a count is more than luck."""


@dataclass(frozen=True)
class Counts:
    """The events and the exposure behind the values of many series; NaN where either is missing."""

    events: Floats
    exposure: Floats
    counted: Bools
    """Which series have events at all; the others are measured."""

    @classmethod
    def of(cls, events: Floats, exposure: Floats) -> Counts:
        """Events with their exposure; raises RequestError for what cannot be counted."""
        if np.any((events < 0) | (events % 1 != 0), where=~np.isnan(events)) or np.any(exposure < 0):
            raise RequestError("Events are counted in whole numbers of 0 or more, over an exposure of 0 or more.")
        there = ~np.isnan(events) & (exposure > 0)
        counted = np.asarray((~np.isnan(events)).any(axis=1))
        return cls(np.where(there, events, np.nan), np.where(there, exposure, np.nan), counted)

    def tally(self, points: Bools) -> Tally:
        """All events of each series at these points, and their exposure."""
        return Tally(*(np.nansum(np.where(points, each, np.nan), axis=1) for each in (self.events, self.exposure)))

    def chance(self, before: Bools, after: Bools, sign: Ints) -> Floats:
        """The exact chance of so good a count without any change; NaN for a measured series, 1 without any exposure."""
        chance = np.nan_to_num(chance_of_less(self.tally(before), self.tally(after), sign), nan=1.0)
        return np.where(self.counted, chance, np.nan)

    def event_free(self, before: Bools, after: Bools) -> Floats:
        """How many more months without an event would be too many for luck, at the usual exposure of a month."""
        events = self.tally(after)
        needed = exposure_needed(self.tally(before), events.events, ALPHA) - events.exposure
        months = divided(needed, divided(events.exposure, (after & ~np.isnan(self.events)).sum(axis=1)))
        return np.ceil(months - 1e-9)
