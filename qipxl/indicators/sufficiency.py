"""The analysis that the amount of data allows: dots, early data, a chart with limits, or rare events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qipxl.errors import RequestError
from qipxl.indicators.arrays import numbers
from qipxl.indicators.rule_sets import quoted, sign_of

KINDS = ("count", "rate", "measure", "percentage")
LEAST, CHARTED, ICONS, FIRM = 7, 12, 13, 20
"""The numbers of points that are needed for early data, a chart with limits, an icon, and limits that are not trial limits."""
RARE_MEAN, RARE_ZEROS = 1.0, 0.5
"""Counts below this mean a month, or with more than this share of zeros, are rare events."""
ROUGH_MEAN, ROUGH_ZEROS = 2.0, 0.25
SMALL_DENOMINATOR = 20


@dataclass(frozen=True)
class Sufficiency:
    """What the amount of data allows: the chart to draw, whether to show limits, icon and assurance, and a sentence.

    `chart` is "dots" (values only), "early" (dots and median), "xmr" (all rules), "p" (limits by each month's denominator)
    or "rare" (monthly counts, days since the last event, before and after).
    """

    chart: str
    limits: bool
    icon: bool
    assurance: bool
    words: str


def sufficiency_of(
    n: int,
    *,
    kind: str,
    mean: float | None = None,
    zeros: float = 0.0,
    denominator: float | None = None,
    target: float | None = None,
    best: float = 100.0,
) -> Sufficiency:
    """What `n` values of the current phase allow, not counting missing ones.

    `kind` is "count", "rate", "measure" or "percentage"; raises RequestError for another. For a count or a rate, `mean` is
    the mean number of events a month and `zeros` the share of months with none. For a percentage, `denominator` is the usual
    one of a month. Limits can never show that a `target` of 0, or of `best` for a percentage, is always met, so it gets the
    number of months met instead of assurance.

    >>> sufficiency_of(9, kind="measure").chart
    'early'
    """
    if kind not in KINDS:
        raise RequestError(f"“{kind}” is not a kind of indicator. Choose {quoted(KINDS)}.")
    counted = kind in ("count", "rate")
    if n < LEAST:
        return Sufficiency("dots", False, False, False, f"{n} of {LEAST} points: too few to apply any rule.")
    if counted and ((mean is not None and mean < RARE_MEAN) or zeros > RARE_ZEROS):
        words = (
            "Rare events: monthly counts, days since the last event and a comparison of before and after, no limits."
        )
        return Sufficiency("rare", False, False, False, words)
    if n < CHARTED:
        words = f"Early data ({n} of {CHARTED} points): a pattern may be worth watching; this is too early to show improvement."
        return Sufficiency("early", False, False, False, words)
    small = kind == "percentage" and denominator is not None and denominator < SMALL_DENOMINATOR
    rough = counted and ((mean is not None and mean < ROUGH_MEAN) or zeros >= ROUGH_ZEROS)
    end = target is not None and (target == 0 or (kind == "percentage" and target == best))
    words = " ".join(filter(None, (firmness(n), caution(small, rough), end_of_scale(end))))
    return Sufficiency("p" if small else "xmr", True, n >= ICONS, n >= ICONS and not end, words)


def firmness(n: int) -> str:
    """How reliable limits from this number of points are, in words."""
    return f"Trial limits ({n} of {FIRM} points)." if n < FIRM else f"Limits from {n} points."


def caution(small: bool, rough: bool) -> str:
    """A caution about small numbers; empty if there is none."""
    if small:
        return "Few cases a month: numbers are shown with the percentage, and limits follow each month's cases."
    return "Small numbers: limits are rough, and are never screened." if rough else ""


def end_of_scale(end: bool) -> str:
    """A note about a target at the end of its scale; empty for another target."""
    return "No chart can show that such a target will always be met: months met are given instead." if end else ""


def lower_limit_words(lpl: float) -> str:
    """A note if the lower limit of a value that cannot be negative is below 0; empty otherwise."""
    return "No lower limit: improvement can only show as a run." if lpl < 0 else ""


def months_met(values: ArrayLike, target: float, direction: str) -> tuple[int, int]:
    """The number of months that met the target, exactly or better, and the number of months with a value."""
    series, sign = numbers(values, 1), sign_of(direction)
    if not sign:
        raise RequestError("A target is met upwards or downwards: choose “increase” or “decrease”.")
    there = series[~np.isnan(series)]
    return int(np.sum((there - target) * sign >= -1e-12 * abs(target))), int(there.size)
