"""The two sets of rules that judge a chart's points, and the special causes that they name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from qipxl.errors import RequestError
from qipxl.text import spelled

DIRECTIONS = {"increase": 1, "decrease": -1, "neutral": 0}
"""Which way is better, as a sign."""
Directions = str | Sequence[str]
"""One direction for all series, or one per series."""


class SpecialCause(IntEnum):
    """The kinds of special cause.

    A point's code is its kind times its direction: positive above the centre line or rising, negative below or falling.
    """

    NONE = 0
    OUTSIDE = 1
    TREND = 2
    TWO_IN_THREE = 3
    SHIFT = 4


@dataclass(frozen=True)
class RuleSet:
    """How many points make a shift or a trend, and the other differences between sets of rules."""

    name: str
    shift: int
    trend: int
    screens: bool
    """Moving ranges far above their average are left out of the limits, unless the caller decides otherwise."""
    outside_is_near: bool
    """A point outside the limits counts for two in three."""
    gaps_break: bool
    """A month without a row breaks runs, as a missing value does."""

    @property
    def labels(self) -> dict[int, str]:
        """The label of each code of a special cause."""
        return {
            SpecialCause.NONE: "Common Cause",
            SpecialCause.OUTSIDE: "Above UCL",
            -SpecialCause.OUTSIDE: "Below LCL",
            SpecialCause.TREND: f"{self.trend} Point Trend (Increasing)",
            -SpecialCause.TREND: f"{self.trend} Point Trend (Decreasing)",
            SpecialCause.TWO_IN_THREE: "2 in 3 Above CL",
            -SpecialCause.TWO_IN_THREE: "2 in 3 Below CL",
            SpecialCause.SHIFT: f"{self.shift} Points Above CL",
            -SpecialCause.SHIFT: f"{self.shift} Points Below CL",
        }

    @property
    def words(self) -> dict[int, str]:
        """Each code of a special cause in plain words, for a chart of months."""
        shift, trend = spelled(self.shift), spelled(self.trend)
        return {
            SpecialCause.OUTSIDE: "above the upper limit",
            -SpecialCause.OUTSIDE: "below the lower limit",
            SpecialCause.TREND: f"rising for {trend} months in a row",
            -SpecialCause.TREND: f"falling for {trend} months in a row",
            SpecialCause.TWO_IN_THREE: "two of three months near the upper limit",
            -SpecialCause.TWO_IN_THREE: "two of three months near the lower limit",
            SpecialCause.SHIFT: f"{shift} months in a row above average",
            -SpecialCause.SHIFT: f"{shift} months in a row below average",
        }


MAKING_DATA_COUNT = RuleSet("making-data-count", shift=7, trend=6, screens=False, outside_is_near=True, gaps_break=True)
PLOT_THE_DOTS = RuleSet("plot-the-dots", shift=7, trend=7, screens=True, outside_is_near=False, gaps_break=False)
RULE_SETS = {rules.name: rules for rules in (MAKING_DATA_COUNT, PLOT_THE_DOTS)}


def rule_set(name: str) -> RuleSet:
    """The set of rules with this name; raises RequestError for an unknown name."""
    if name not in RULE_SETS:
        raise RequestError(f"“{name}” is not a set of rules. Choose {quoted(RULE_SETS)}.")
    return RULE_SETS[name]


def sign_of(direction: str) -> int:
    """Which way is better: +1 for increase, -1 for decrease, 0 for neutral; raises RequestError for any other text."""
    if direction not in DIRECTIONS:
        raise RequestError(f"“{direction}” is not a direction. Choose {quoted(DIRECTIONS)}.")
    return DIRECTIONS[direction]


def quoted(names: Iterable[str]) -> str:
    """Names as a sentence lists them: “a”, “b” or “c”."""
    *most, last = [f"“{name}”" for name in names]
    return f"{', '.join(most)} or {last}"
