"""How much each series' months allow to be said, and the mean, limits and dots of those that allow it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.indicators import Charts, Sufficiency, p_many, sufficiency_of, xmr_many
from qipxl.indicators.definitions import directions_of, month_of
from qipxl.indicators.series import Floats, Series
from qipxl.periods import Period

LEAST_FIXED = 12
"""Limits can be fixed on a baseline of so many months or more."""


def amounts_of(series: Series, values: Floats, kinds: Sequence[str], phase: NDArray[np.bool_]) -> list[Sufficiency]:
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
            found.append(Sufficiency("dots", False, False, False, words))
            continue
        found.append(
            sufficiency_of(
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
    series: Series, values: Floats, rebases: NDArray[np.bool_], amounts: Sequence[Sufficiency], rules: str
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
    series: Series, values: Floats, amounts: Sequence[Sufficiency]
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
