"""Charts of the services' series: what their amount of data allows, and mean, limits and special causes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.indicators import Charts, Sufficiency, p_many, sufficiency_of, xmr_many
from qipxl.indicators.arrays import Bools, Codes, Floats, Ints, known
from qipxl.indicators.definitions import directions_of, month_of
from qipxl.indicators.rule_sets import RuleSet, rule_set
from qipxl.indicators.series import Series
from qipxl.indicators.spc import LEAST_FIXED
from qipxl.periods import Period


def sufficiencies_of(series: Series, values: Floats, kinds: Sequence[str], phase: Bools) -> list[Sufficiency]:
    """What each series' amount of data allows; only dots if its definition changed without a reason."""
    there = phase & ~np.isnan(values)
    events, below = (np.where(there, table, np.nan) for table in (series.numerators, series.denominators))
    number = there.sum(axis=1)
    mean = np.divide(np.nansum(events, axis=1), number, out=np.full(len(number), np.nan), where=number > 0)
    zeros = np.divide((events == 0).sum(axis=1), number, out=np.zeros(len(number)), where=number > 0)
    usual = pd.DataFrame(below).median(axis=1).to_numpy(float)
    declared = [series.lines[name] for name in ("target", "changed_in", "explained")]
    sufficiencies = []
    columns = zip(number, kinds, mean, zeros, usual, *declared, strict=True)
    for n, kind, average, none, cases, target, changed, reason in columns:
        if changed and not reason:
            month = Period.read(str(changed)).words
            words = f"What is counted changed in {month} without a reason: figures before and after cannot be compared."
            sufficiencies.append(Sufficiency("dots", False, False, False, words))
            continue
        average, cases, target = map(known, (average, cases, target))
        sufficiencies.append(
            sufficiency_of(int(n), kind=kind, mean=average, zeros=float(none), denominator=cases, target=target)
        )
    return sufficiencies


@dataclass(frozen=True)
class ServiceCharts:
    """The charts of all series: arrays of shape (series, months), and the assurance of each series.

    `points` has indexes in POINT_TYPES, `causes` codes of special causes (see `rule_sets.SpecialCause`).
    """

    rules: RuleSet

    mean: Floats
    lower: Floats
    upper: Floats
    points: Codes
    causes: Codes
    assurance: NDArray[np.object_]

    def replace_rows(self, rows: Ints, start: int, charts: Charts, scale: float) -> None:
        """Replace some series by charts that begin at the month `start`, with values multiplied by `scale`."""
        for table, lines in ((self.mean, charts.mean), (self.lower, charts.lpl), (self.upper, charts.upl)):
            table[rows] = np.nan
            table[rows, start:] = lines * scale
        self.points[rows] = 0
        self.points[rows, start:] = charts.point
        self.causes[rows] = 0
        self.causes[rows, start:] = charts.special_cause
        self.assurance[rows] = charts.assurance_type


def charts_of(
    series: Series, values: Floats, rebases: Bools, sufficiencies: Sequence[Sufficiency], rules: str
) -> ServiceCharts:
    """The charts of all series; those with a fixed baseline or few cases a month are judged in groups of their own."""
    directions, targets = np.array(directions_of(series), object), series.lines["target"].to_numpy(float)
    charts = xmr_many(values, direction=list(directions), target=targets, rebases=rebases, rules=rules)
    lines = (charts.mean.copy(), charts.lpl.copy(), charts.upl.copy())
    service_charts = ServiceCharts(
        rule_set(rules), *lines, charts.point.copy(), charts.special_cause.copy(), charts.assurance_type
    )
    for (few, fixed, start), members in separate_groups(series, values, sufficiencies).items():
        rows = np.array(members, dtype=np.int64)
        ways = list(directions[rows])
        options: Any = {"direction": ways, "rebases": rebases[rows, start:], "fix_after": fixed, "rules": rules}
        if few:
            below = series.denominators[rows, start:]
            above = np.where(np.isnan(values[rows, start:]), np.nan, series.numerators[rows, start:])
            charts = p_many(above, below, target=targets[rows] / 100, **options)
        else:
            charts = xmr_many(values[rows, start:], target=targets[rows], **options)
        service_charts.replace_rows(rows, start, charts, 100.0 if few else 1.0)
    return service_charts


def separate_groups(
    series: Series, values: Floats, sufficiencies: Sequence[Sufficiency]
) -> dict[tuple[bool, int | None, int], list[int]]:
    """The rows of the series that are judged apart from the others.

    The key is whether they have few cases a month, the number of months that their limits are fixed on, and the column of
    the first month that is judged.
    """
    groups: dict[tuple[bool, int | None, int], list[int]] = {}
    wrong = np.asarray((series.numerators > series.denominators).any(axis=1))
    fixed = fixed_months(series, values)
    for row, sufficiency in enumerate(sufficiencies):
        few = sufficiency.chart == "p" and not wrong[row]
        if sufficiency.limits and (few or fixed[row]):
            start = int(np.argmax(~np.isnan(values[row]))) if fixed[row] else 0
            groups.setdefault((few, int(fixed[row]) or None, start), []).append(row)
    return groups


def fixed_months(series: Series, values: Floats) -> Ints:
    """The number of months, from the first figure, that each series' limits are fixed on; 0 without a baseline of 12 or more."""
    until = month_of(series.lines["baseline_to"])[:, None]
    begun = np.cumsum(~np.isnan(values), axis=1) > 0
    count = (begun & (series.first_days[None, :] <= until)).sum(axis=1)
    return np.where(count >= LEAST_FIXED, count, 0)
