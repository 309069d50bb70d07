"""The centre line and limits of charts of single values (XmR) and of proportions with their own denominators (p)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipxl.indicators.arrays import Bools, Floats, divided
from qipxl.indicators.phases import Phases

SIGMA = 2.66 / 3
"""One sigma as a share of the average moving range: the limits are 2.66 average moving ranges from the mean."""
FAR = 3.267
"""A moving range this many times the average is screened out, where ranges are screened."""


@dataclass(frozen=True)
class CentreLines:
    """The centre line and one sigma at each point; NaN if there are too few points to compute them."""

    mean: Floats
    sigma: Floats

    def at(self, sigmas: float) -> Floats:
        """The line at a number of sigmas above the centre line, or below it if the number is negative."""
        return np.asarray(self.mean + sigmas * self.sigma)


def xmr_lines(values: Floats, phases: Phases, counted: Bools, screens: bool) -> CentreLines:
    """Mean and sigma of each phase from the points that count; a moving range counts if both of its points do."""
    counted = counted & ~np.isnan(values)
    ranges = np.abs(np.diff(values, axis=1, prepend=np.nan))
    pairs = counted & phases.follows
    pairs[:, 1:] &= counted[:, :-1]
    average = phases.mean(ranges, pairs)
    if screens:
        pairs &= ranges < FAR * average - phases.slack(values)
        average = phases.mean(ranges, pairs)
    return CentreLines(phases.mean(values, counted), SIGMA * average)


def p_lines(numerator: Floats, denominator: Floats, phases: Phases, counted: Bools) -> CentreLines:
    """The pooled proportion of each phase, and the binomial sigma of each point's own denominator."""
    counted = counted & ~np.isnan(numerator)
    pooled = divided(phases.total(numerator, counted), phases.total(denominator, counted))
    return CentreLines(pooled, np.sqrt(divided(np.clip(pooled * (1 - pooled), 0, None), denominator)))
