"""The two sets of rules by which a chart's dots are judged, and the names they give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qipxl.errors import RequestError

DIRECTIONS = {"increase": 1, "decrease": -1, "neutral": 0}
"""Which way is better, as a sign."""
ABOVE_LIMIT, TREND, TWO_IN_THREE, SHIFT = 1, 2, 3, 4
"""The codes of what makes a dot stand out; negative for below or falling, 0 for nothing."""


@dataclass(frozen=True)
class RuleSet:
    """How many points make a shift or a trend, and what else two sets of rules differ in."""

    name: str
    shift: int
    trend: int
    screens: bool
    """Moving ranges far above their average are left out of the limits, unless the caller says otherwise."""
    outside_is_near: bool
    """A point outside the limits counts among the two in three."""
    gaps_break: bool
    """A month without a row breaks runs, as a missing value does."""

    @property
    def labels(self) -> dict[int, str]:
        """What a dot is called, by the code of what makes it stand out."""
        return {
            0: "Common Cause",
            ABOVE_LIMIT: "Above UCL",
            -ABOVE_LIMIT: "Below LCL",
            TREND: f"{self.trend} Point Trend (Increasing)",
            -TREND: f"{self.trend} Point Trend (Decreasing)",
            TWO_IN_THREE: "2 in 3 Above CL",
            -TWO_IN_THREE: "2 in 3 Below CL",
            SHIFT: f"{self.shift} Points Above CL",
            -SHIFT: f"{self.shift} Points Below CL",
        }


MAKING_DATA_COUNT = RuleSet("making-data-count", shift=7, trend=6, screens=False, outside_is_near=True, gaps_break=True)
PLOT_THE_DOTS = RuleSet("plot-the-dots", shift=7, trend=7, screens=True, outside_is_near=False, gaps_break=False)
RULE_SETS = {each.name: each for each in (MAKING_DATA_COUNT, PLOT_THE_DOTS)}


def rule_set(name: str) -> RuleSet:
    """The rules of that name; raises RequestError for any other."""
    if name not in RULE_SETS:
        raise RequestError(f"“{name}” is not a set of rules. Choose {quoted(RULE_SETS)}.")
    return RULE_SETS[name]


def sign_of(direction: str) -> int:
    """Which way is better as +1, -1 or 0; raises RequestError for anything but the three words."""
    if direction not in DIRECTIONS:
        raise RequestError(f"“{direction}” is not a direction. Choose {quoted(DIRECTIONS)}.")
    return DIRECTIONS[direction]


def quoted(names: Iterable[str]) -> str:
    """Names to choose from, as a sentence lists them."""
    *most, last = [f"“{name}”" for name in names]
    return f"{', '.join(most)} or {last}"
