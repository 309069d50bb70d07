"""The words for each judged series: its latest figure, its variation, whether its target is met, and what the data allow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from qipxl.indicators import POINT_TYPES, Sufficiency, lower_limit_words, months_met
from qipxl.indicators.arrays import Bools, Floats
from qipxl.indicators.definitions import directions_of
from qipxl.indicators.series import Series
from qipxl.indicators.service_charts import ServiceCharts

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


def lines_with_words(
    series: Series, values: Floats, phase: Bools, sufficiencies: Sequence[Sufficiency], charts: ServiceCharts
) -> pd.DataFrame:
    """The line of each series with its latest figure and its judgement in words (the columns WORDS, `points`, `chart`)."""
    directions, targets = directions_of(series), series.lines["target"].to_numpy(float)
    rows, left_out = [], list(map(left_out_words, series.lines["left_out"].astype(str)))
    for row, sufficiency in enumerate(sufficiencies):
        of_row = (values[row], sufficiency, charts, row)
        met = target_words(*of_row, directions[row], float(targets[row]))
        words = words_of(series, *of_row, directions[row], left_out[row])
        rows.append((*latest_figure(series, *of_row), *variation_of(*of_row), met, words))
    points = (phase & ~np.isnan(values)).sum(axis=1)
    chart = [sufficiency.chart for sufficiency in sufficiencies]
    frame = pd.DataFrame(rows, columns=list(WORDS)).assign(points=points, chart=chart)
    return pd.concat([series.lines, frame], axis=1)


WORDS = ("latest_month", "latest", "latest_of", "mean", "lower", "upper", "variation", "cause", "target_met", "words")


def latest_figure(
    series: Series, values: Floats, sufficiency: Sufficiency, charts: ServiceCharts, row: int
) -> tuple[date | None, float, float, float, float, float]:
    """The latest month with a figure, the figure, its denominator, and mean and limits then."""
    there = np.flatnonzero(~np.isnan(values))
    if not there.size:
        return None, np.nan, np.nan, np.nan, np.nan, np.nan
    last = int(there[-1])
    mean, lower, upper = (
        float(table[row, last]) if sufficiency.limits else np.nan for table in (charts.mean, charts.lower, charts.upper)
    )
    return series.months[last].first, float(values[last]), float(series.denominators[row, last]), mean, lower, upper


def words_of(
    series: Series,
    values: Floats,
    sufficiency: Sufficiency,
    charts: ServiceCharts,
    row: int,
    direction: str,
    left_out: str,
) -> str:
    """What the amount of data allows, with the notes on services left out, on limits and on rare events."""
    there = np.flatnonzero(~np.isnan(values))
    falls = sufficiency.limits and direction == "decrease" and there.size
    low = lower_limit_words(float(charts.lower[row, there[-1]])) if falls else ""
    rare = since_last(series, row) if sufficiency.chart == "rare" else ""
    return " ".join(filter(None, (left_out, sufficiency.words, low, rare)))


def left_out_words(names: str) -> str:
    """The sentence about the services that a sum does not contain; empty if there are none."""
    return f"The same services in every month; left out, because figures are missing: {names}." if names else ""


def since_last(series: Series, row: int) -> str:
    """How long ago the last rare event was, in months with a figure."""
    there = np.flatnonzero(~np.isnan(series.values[row]))
    events = there[series.numerators[row, there] > 0]
    if not events.size:
        return f"No event in {there.size} months."
    free = int((there > events[-1]).sum())
    month = series.months[int(events[-1])].words
    return f"The last event was in {month}, {free} months ago." if free else f"The last event was in {month}."


def variation_of(values: Floats, sufficiency: Sufficiency, charts: ServiceCharts, row: int) -> tuple[str, str]:
    """The latest month's variation, as the icons of Making Data Count show it, and its special cause in words."""
    if not sufficiency.icon:
        return TOO_FEW if sufficiency.chart in ("dots", "early") else "", ""
    if np.isnan(values[-1]):
        return NO_FIGURE, ""
    word, cause = VARIATION[POINT_TYPES[charts.points[row, -1]]], int(charts.causes[row, -1])
    if not cause:
        return word, ""
    return f"{word} ({'higher' if cause > 0 else 'lower'})", charts.rules.words[cause]


def target_words(
    values: Floats, sufficiency: Sufficiency, charts: ServiceCharts, row: int, direction: str, target: float
) -> str:
    """Whether the target is met consistently, and in how many of the last 12 months it was met."""
    if np.isnan(target) or direction == "neutral" or np.isnan(values).all():
        return ""
    met, of = months_met(values[-12:], target, direction)
    months = f"{met} of the last {of} months met" if of else "no figure in the last 12 months"
    assurance = ASSURANCE.get(str(charts.assurance[row]), "") if sufficiency.assurance else ""
    return f"{assurance}: {months}" if assurance else months
