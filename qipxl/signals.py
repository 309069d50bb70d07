"""What is said of every indicator: how much data there is, whether it changed, whether it meets its target, whether it held.

The statistics are those of `qipxl.indicators`; here they are put to the services' series, and into words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.indicators import (
    POINT_TYPES,
    Amount,
    Charts,
    Verdict,
    amount_of_data,
    before_after,
    lower_limit_words,
    months_met,
    p_many,
    sustained_many,
    xmr_many,
)
from qipxl.periods import Period
from qipxl.series import Floats, Series
from qipxl.texts import folded

DIRECTIONS = {"lower is better": "decrease", "higher is better": "increase"}
"""A template's words for which way is better; any other is neutral."""
RULES = "making-data-count"
LEAST_FIXED = 12
"""Limits can be fixed on a baseline of so many months or more."""
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
Action = tuple[str, str]
"""A service's code and an action's Ref, both folded."""


@dataclass(frozen=True)
class Judged:
    """Series with what is said of each.

    `lines` has, beside what stands in the series' own: `latest_month`, `latest`, `latest_of` (its denominator), `mean`,
    `lower`, `upper` (NaN where no limits are due), `variation`, `cause`, `target_met`, `words`, `points` and `chart`, the
    kind of chart that is due. `points` holds the place of each dot's type in POINT_TYPES.
    """

    series: Series
    rules: str
    lines: pd.DataFrame
    mean: Floats
    lower: Floats
    upper: Floats
    points: NDArray[np.int8]

    def chosen(self, mask: NDArray[np.bool_]) -> Judged:
        """Some of the series."""
        lines = self.lines[mask].reset_index(drop=True)
        parts = (self.mean[mask], self.lower[mask], self.upper[mask], self.points[mask])
        return Judged(self.series.chosen(mask), self.rules, lines, *parts)


def judged(series: Series, rules: str = RULES) -> Judged:
    """Judge every series by a set of rules."""
    values, kinds, rebases = shown_values(series), kinds_of(series), rebased(series)
    phase = latest_phase(rebases)
    amounts = amounts_of(series, values, kinds, phase)
    lines = lines_of(series, values, rebases, amounts, rules)
    limits = np.array([amount.limits for amount in amounts], dtype=bool)[:, None]
    drawn = [np.where(limits, each, np.nan) for each in (lines.mean, lines.lower, lines.upper)]
    points = np.where(limits, lines.points, 0).astype(np.int8)
    return Judged(series, rules, said(series, values, phase, amounts, lines), drawn[0], drawn[1], drawn[2], points)


def directions_of(series: Series) -> list[str]:
    """Which way is better for each series."""
    return [DIRECTIONS.get(folded(each), "neutral") for each in series.lines["direction"]]


def kinds_of(series: Series) -> list[str]:
    """What each series counts: a percentage, a rate, whole counts, or a measure."""
    kinds = []
    for per, values in zip(series.lines["per"], series.values, strict=True):
        whole = bool(np.all(values[~np.isnan(values)] % 1 == 0))
        kinds.append("percentage" if per == 100 else "rate" if per == per else "count" if whole else "measure")
    return kinds


def shown_values(series: Series) -> Floats:
    """The figures from the beginning of each baseline on, where one is given."""
    starts = series.lines["baseline_from"]
    firsts = np.array([month.first for month in series.months], dtype="datetime64[D]")
    begun = firsts[None, :] >= month_of(starts)[:, None]
    return np.where(begun | starts.isna().to_numpy()[:, None], series.values, np.nan)


def month_of(days: pd.Series) -> NDArray[np.datetime64]:
    """The first day of each day's month; no day stays none."""
    return pd.to_datetime(days).to_numpy("datetime64[M]").astype("datetime64[D]")


def rebased(series: Series) -> NDArray[np.bool_]:
    """Where new limits begin: in the month that a service gives with a reason, and where with one the definition changed."""
    firsts = np.array([month.first for month in series.months], dtype="datetime64[D]")
    reason = (series.lines["change_reason"].fillna("") != "").to_numpy()[:, None]
    asked = firsts == month_of(series.lines["rebased_on"])[:, None]
    return np.asarray((asked & reason) | ((firsts == changes_of(series)[:, None]) & explained(series)[:, None]))


def changes_of(series: Series) -> NDArray[np.datetime64]:
    """The first month in which each series counts what it counts now; none where nothing changed."""
    return month_of(pd.to_datetime(series.lines["changed_in"].replace("", None)))


def explained(series: Series) -> NDArray[np.bool_]:
    """Whether a reason was given for what changed."""
    return series.lines["explained"].to_numpy(bool)


def latest_phase(rebases: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which columns of each series lie in its latest phase."""
    later = np.cumsum(rebases, axis=1)
    return np.asarray(later == later[:, -1:])


def amounts_of(series: Series, values: Floats, kinds: Sequence[str], phase: NDArray[np.bool_]) -> list[Amount]:
    """What the amount of data of each series allows; nothing of it where its definition changed without a reason."""
    there = phase & ~np.isnan(values)
    events, below = (np.where(there, table, np.nan) for table in (series.numerators, series.denominators))
    number = there.sum(axis=1)
    mean = np.divide(np.nansum(events, axis=1), number, out=np.full(len(number), np.nan), where=number > 0)
    zeros = np.divide((events == 0).sum(axis=1), number, out=np.zeros(len(number)), where=number > 0)
    usual = pd.DataFrame(below).median(axis=1).to_numpy(float)
    lines = series.lines
    found = []
    for row, (changed, reason, target) in enumerate(
        zip(lines["changed_in"], lines["explained"], lines["target"], strict=True)
    ):
        if changed and not reason:
            month = Period.read(str(changed)).words
            words = f"What is counted changed in {month} without a reason: figures before and after cannot be compared."
            found.append(Amount("dots", False, False, False, words))
            continue
        found.append(
            amount_of_data(
                int(number[row]),
                kind=kinds[row],
                mean=known(mean[row]),
                zeros=float(zeros[row]),
                denominator=known(usual[row]),
                target=known(target),
            )
        )
    return found


def known(number: float) -> float | None:
    """A number, None for none."""
    return None if number is None or number != number else float(number)


@dataclass(frozen=True)
class Lines:
    """Mean and limits of each series month by month, the code of each dot's type, its name, and the series' assurance."""

    mean: Floats
    lower: Floats
    upper: Floats
    points: NDArray[np.int8]
    causes: NDArray[np.object_]
    assurance: NDArray[np.object_]

    def put(self, rows: NDArray[np.int64], start: int, charts: Charts, scale: float) -> None:
        """Put series judged by themselves, from a month on, in the place of what stands there."""
        for table, own in ((self.mean, charts.mean), (self.lower, charts.lpl), (self.upper, charts.upl)):
            table[rows] = np.nan
            table[rows, start:] = own * scale
        self.points[rows] = 0
        self.points[rows, start:] = charts.point
        self.causes[rows, start:] = charts.special_cause_type
        self.assurance[rows] = charts.assurance_type


def lines_of(
    series: Series, values: Floats, rebases: NDArray[np.bool_], amounts: Sequence[Amount], rules: str
) -> Lines:
    """Every series judged at once; then again, by themselves, those with a fixed baseline or with few cases a month."""
    ways, targets = np.array(directions_of(series), object), series.lines["target"].to_numpy(float)
    every = xmr_many(values, direction=list(ways), target=targets, rebases=rebases, rules=rules)
    causes, assurance = every.special_cause_type, every.assurance_type
    found = Lines(every.mean.copy(), every.lpl.copy(), every.upl.copy(), every.point.copy(), causes, assurance)
    for (few, fixed, start), listed in by_themselves(series, values, amounts).items():
        rows = np.array(listed, dtype=np.int64)
        asked: Any = {
            "direction": list(ways[rows]),
            "rebases": rebases[rows, start:],
            "fix_after": fixed,
            "rules": rules,
        }
        if few:
            below = series.denominators[rows, start:]
            above = np.where(np.isnan(values[rows, start:]), np.nan, series.numerators[rows, start:])
            found.put(rows, start, p_many(above, below, target=targets[rows] / 100, **asked), 100.0)
        else:
            found.put(rows, start, xmr_many(values[rows, start:], target=targets[rows], **asked), 1.0)
    return found


def by_themselves(
    series: Series, values: Floats, amounts: Sequence[Amount]
) -> dict[tuple[bool, int | None, int], list[int]]:
    """The series not judged with all others, by whether they have few cases a month, on how many months their limits are
    fixed, and from which column on they are looked at."""
    groups: dict[tuple[bool, int | None, int], list[int]] = {}
    wrong = np.asarray((series.numerators > series.denominators).any(axis=1))
    fixed = fixed_months(series, values)
    for row, amount in enumerate(amounts):
        few = amount.chart == "p" and not wrong[row]
        if amount.limits and (few or fixed[row]):
            start = int(np.argmax(~np.isnan(values[row]))) if fixed[row] else 0
            groups.setdefault((few, int(fixed[row]) or None, start), []).append(row)
    return groups


def fixed_months(series: Series, values: Floats) -> NDArray[np.int64]:
    """On how many months from its first figure on each series' limits are fixed; 0 where no baseline of 12 or more is given."""
    firsts = np.array([month.first for month in series.months], dtype="datetime64[D]")
    until = month_of(series.lines["baseline_to"])[:, None]
    begun = np.cumsum(~np.isnan(values), axis=1) > 0
    count = (begun & (firsts[None, :] <= until)).sum(axis=1)
    return np.where(count >= LEAST_FIXED, count, 0)


def said(
    series: Series, values: Floats, phase: NDArray[np.bool_], amounts: Sequence[Amount], lines: Lines
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
    series: Series, values: Floats, amount: Amount, lines: Lines, row: int
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


def words_of(series: Series, values: Floats, amount: Amount, lines: Lines, row: int, way: str) -> str:
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


def before_and_after(series: Series, row: int, start: date | None, completed: date | None) -> str:
    """Events before an action and after it compared exactly, in words; nothing where either has no month."""
    if completed is None:
        return ""
    firsts = np.array([month.first for month in series.months], dtype="datetime64[M]")
    there = ~np.isnan(series.values[row])
    before = there & (firsts < np.datetime64(start or completed, "M"))
    after = there & (firsts > np.datetime64(completed, "M"))
    if not before.any() or not after.any():
        return ""
    exposure = np.where(np.isnan(series.denominators[row]), 1.0, series.denominators[row])
    counts = [int(series.numerators[row, part].sum()) for part in (before, after)]
    over = [float(exposure[part].sum()) for part in (before, after)]
    return before_after(*counts, *over, direction=directions_of(series)[row]).words


def variation_of(values: Floats, amount: Amount, lines: Lines, row: int) -> tuple[str, str]:
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


def target_words(values: Floats, amount: Amount, lines: Lines, row: int, way: str, target: float) -> str:
    """Whether a target can be relied on to be met, and in how many months it was."""
    if np.isnan(target) or way == "neutral" or np.isnan(values).all():
        return ""
    met, of = months_met(values[-12:], target, way)
    months = f"{met} of the last {of} months met" if of else "no figure in the last 12 months"
    sure = ASSURANCE.get(str(lines.assurance[row]), "") if amount.assurance else ""
    return f"{sure}: {months}" if sure else months


def verdicts_of(links: pd.DataFrame, series: Series, as_at: date) -> dict[Action, Verdict]:
    """The verdict on each action that links an indicator of its service.

    `links` has `code` and `action`, both folded, the `row` of the series, `start` and `completed_on`. Only figures of what is
    counted now are compared, and none where that changed without a reason; a beginning of the baseline counts with a reason
    only. Indicators without a better side have no verdict.
    """
    ways, kinds = directions_of(series), kinds_of(series)
    unexplained = (changes_of(series) == changes_of(series)) & ~explained(series)
    rows = links["row"].to_numpy(int)
    judgeable = np.array([ways[row] != "neutral" and not unexplained[row] for row in rows], dtype=bool)
    wanted, at = list(links[judgeable].itertuples()), rows[judgeable]
    if not wanted:
        return {}
    values = comparable(series)[at]
    events = series.numerators[at]
    whole = np.all((events % 1 == 0) | np.isnan(events), axis=1)
    counted = np.array([kinds[row] in ("count", "rate") for row in at]) & whole
    verdicts = sustained_many(
        values,
        months=list(series.months),
        completed_on=[day_or_none(line.completed_on) for line in wanted],
        direction=[ways[row] for row in at],
        as_at=as_at,
        started_on=[day_or_none(line.start) for line in wanted],
        numerator=np.where(counted[:, None], events, np.nan),
        exposure=np.where(np.isnan(series.denominators[at]), 1.0, series.denominators[at]),
    )
    return {(str(line.code), str(line.action)): verdicts.verdict(place) for place, line in enumerate(wanted)}


def comparable(series: Series) -> Floats:
    """The figures that may be held against one another: of what is counted now, from an explained beginning of the baseline on."""
    firsts = np.array([month.first for month in series.months], dtype="datetime64[D]")
    reason = (series.lines["change_reason"].fillna("") != "").to_numpy()[:, None]
    values = np.where(reason, shown_values(series), series.values)
    return np.where(firsts[None, :] < changes_of(series)[:, None], np.nan, values)


def rows_by_name(series: Series) -> Mapping[tuple[str, str], int]:
    """The row of each indicator by its service's code and its Ref or its name, all folded; a Ref goes before a name."""
    rows: dict[tuple[str, str], int] = {}
    for name in ("ref", "indicator"):
        for row, (code, said_as) in enumerate(zip(series.lines["service"], series.lines[name], strict=True)):
            rows.setdefault((folded(code), folded(said_as)), row)
    return rows


def day_or_none(day: object) -> date | None:
    """A day of a frame; None for none."""
    return pd.Timestamp(str(day)).date() if day == day and day is not None else None
