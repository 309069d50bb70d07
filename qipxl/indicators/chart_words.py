"""What is said of each series: its latest figure, what moved, whether its target is met, and how far all that can be relied on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.indicators import POINT_TYPES, Sufficiency, lower_limit_words, months_met
from qipxl.indicators.definitions import directions_of
from qipxl.indicators.series import Floats, Series
from qipxl.indicators.service_charts import Lines

VARIATION = {
    "common_cause": "Common cause",
    "special_cause_improvement": "Improving",
    "special_cause_concern": "Concerning",
    "special_cause_neutral_high": "Changing",
    "special_cause_neutral_low": "Changing",
}
ASSURANCE = {
    "consistent_pass": "Meets the target consistently",
    "consistent_fail": "Fails the target consistently",
    "inconsistent": "Hit and miss",
}
NO_FIGURE, TOO_FEW = "No figure this month", "Too few points"


def said(
    series: Series, values: Floats, phase: NDArray[np.bool_], amounts: Sequence[Sufficiency], lines: Lines
) -> pd.DataFrame:
    """A line for each series with the latest figure and everything in words."""
    ways, targets = directions_of(series), series.lines["target"].to_numpy(float)
    found = []
    for row, amount in enumerate(amounts):
        of_row = (values[row], amount, lines, row)
        met = target_words(*of_row, ways[row], float(targets[row]))
        found.append(
            (*latest_figure(series, *of_row), *variation_of(*of_row), met, words_of(series, *of_row, ways[row]))
        )
    points = (phase & ~np.isnan(values)).sum(axis=1)
    frame = pd.DataFrame(found, columns=list(SAID)).assign(points=points, chart=[amount.chart for amount in amounts])
    return pd.concat([series.lines, frame], axis=1)


SAID = ("latest_month", "latest", "latest_of", "mean", "lower", "upper", "variation", "cause", "target_met", "words")


def latest_figure(
    series: Series, values: Floats, amount: Sufficiency, lines: Lines, row: int
) -> tuple[date | None, float, float, float, float, float]:
    """The latest month with a figure, the figure, its denominator, and mean and limits then."""
    there = np.flatnonzero(~np.isnan(values))
    if not there.size:
        return None, np.nan, np.nan, np.nan, np.nan, np.nan
    last = int(there[-1])
    mean, lower, upper = (
        float(table[row, last]) if amount.limits else np.nan for table in (lines.mean, lines.lower, lines.upper)
    )
    return series.months[last].first, float(values[last]), float(series.denominators[row, last]), mean, lower, upper


def words_of(series: Series, values: Floats, amount: Sufficiency, lines: Lines, row: int, way: str) -> str:
    """What the amount of data allows to be said, and what must be said with it."""
    there = np.flatnonzero(~np.isnan(values))
    falls = amount.limits and way == "decrease" and there.size
    low = lower_limit_words(float(lines.lower[row, there[-1]])) if falls else ""
    rare = since_last(series, row) if amount.chart == "rare" else ""
    return " ".join(filter(None, (amount.words, low, rare)))


def since_last(series: Series, row: int) -> str:
    """How long ago the last event of a rare kind was, in months with a figure."""
    there = np.flatnonzero(~np.isnan(series.values[row]))
    events = there[series.numerators[row, there] > 0]
    if not events.size:
        return f"No event in {there.size} months."
    free = int((there > events[-1]).sum())
    month = series.months[int(events[-1])].words
    return f"The last event was in {month}, {free} months ago." if free else f"The last event was in {month}."


def variation_of(values: Floats, amount: Sufficiency, lines: Lines, row: int) -> tuple[str, str]:
    """What the latest month shows, as the icons of Making Data Count say it, and what makes its dot stand out."""
    if not amount.icon:
        return TOO_FEW if amount.chart in ("dots", "early") else "", ""
    if np.isnan(values[-1]):
        return NO_FIGURE, ""
    word = VARIATION[POINT_TYPES[lines.points[row, -1]]]
    if not lines.points[row, -1]:
        return word, ""
    way = "higher" if values[-1] > lines.mean[row, -1] else "lower"
    cause = str(lines.causes[row, -1])
    if "Trend" in cause:
        way = "higher" if "Increasing" in cause else "lower"
    return f"{word} ({way})", cause


def target_words(values: Floats, amount: Sufficiency, lines: Lines, row: int, way: str, target: float) -> str:
    """Whether a target can be relied on to be met, and in how many months it was."""
    if np.isnan(target) or way == "neutral" or np.isnan(values).all():
        return ""
    met, of = months_met(values[-12:], target, way)
    months = f"{met} of the last {of} months met" if of else "no figure in the last 12 months"
    sure = ASSURANCE.get(str(lines.assurance[row]), "") if amount.assurance else ""
    return f"{sure}: {months}" if sure else months
