"""The centre line of a chart and its limits: of single values (XmR), and of proportions with their own denominators."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipxl.indicators.arrays import Bools, Floats, divided
from qipxl.indicators.phases import Phases

SIGMA = 2.66 / 3
"""One sigma as a share of the average moving range: limits stand at 2.66 of it."""
FAR = 3.267
"""A moving range this many times the average is screened out, where ranges are screened."""


@dataclass(frozen=True)
class Lines:
    """The centre line and one sigma, for each point; NaN where there is too little to work them out from."""

    mean: Floats
    sigma: Floats

    def at(self, sigmas: float) -> Floats:
        """The line so many sigmas above the centre (below where negative)."""
        return np.asarray(self.mean + sigmas * self.sigma)


def xmr_lines(values: Floats, phases: Phases, counted: Bools, screens: bool) -> Lines:
    """Mean and sigma of each phase from the points that count; a range counts where both its points do."""
    counted = counted & ~np.isnan(values)
    ranges = np.abs(np.diff(values, axis=1, prepend=np.nan))
    pairs = counted & phases.follows
    pairs[:, 1:] &= counted[:, :-1]
    average = phases.mean(ranges, pairs)
    if screens:
        pairs &= ranges < FAR * average - phases.slack(values)
        average = phases.mean(ranges, pairs)
    return Lines(phases.mean(values, counted), SIGMA * average)


def p_lines(numerator: Floats, denominator: Floats, phases: Phases, counted: Bools) -> Lines:
    """The pooled proportion of each phase, and the binomial sigma of each point's own denominator."""
    counted = counted & ~np.isnan(numerator)
    pooled = divided(phases.total(numerator, counted), phases.total(denominator, counted))
    return Lines(pooled, np.sqrt(divided(np.clip(pooled * (1 - pooled), 0, None), denominator)))
