"""Services beside one another in the latest month: who lies further from the group than chance would put them. No rank, no colour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.indicators import Funnel, funnel
from qipxl.indicators.series import Floats, Series, groups_of

POOLED = 3
"""So many months are added up where one has too few events to compare."""
FEWEST = 5.0
"""One month is compared by itself where the services have so many expected events each, in the middle of them."""
OUTLIER = (
    "service", "name", "region", "ref", "indicator", "month", "months", "numerator", "denominator", "figure", "group",
    "low95", "high95", "low998", "high998", "adjusted", "flag", "side", "words",
)  # fmt: skip
"""A line: whose figure, which months, what it is beside the group's and the limits, `flag`: LOOK, CHALLENGE or nothing, on which side."""
LOOK, CHALLENGE = "Look", "Challenge"


def outliers_of(series: Series) -> pd.DataFrame:
    """Lines OUTLIER for every service whose figures can be held against the others', those outside limits first.

    Counts without a denominator are left out: nobody knows how large each service is. Where services differ more than
    chance and there are ten or more, the limits allow for that.
    """
    lines = [line for rows in groups_of(series) for line in compared(series, rows)]
    frame = pd.DataFrame(lines, columns=list(OUTLIER))
    order = frame.assign(rank=frame["flag"].map({CHALLENGE: 0, LOOK: 1}).fillna(2))
    return frame.loc[order.sort_values(["rank", "indicator", "name"], kind="stable").index].reset_index(drop=True)


def compared(series: Series, rows: NDArray[np.int64]) -> Iterator[tuple[object, ...]]:
    """One indicator's services held against one another."""
    per = float(series.lines["per"].iloc[rows[0]])
    if np.isnan(per):
        return
    kind = "proportion" if per == 100 else "rate"
    whole = (series.numerators % 1 == 0) & (series.denominators > 0)
    usable = whole & ((kind == "rate") | ((series.denominators % 1 == 0) & (series.numerators <= series.denominators)))
    months = 1 if enough(series, rows, usable) else POOLED
    above, below = (summed(table[rows], usable[rows], months) for table in (series.numerators, series.denominators))
    there = below > 0
    if there.any():
        found = funnel(np.where(there, above, np.nan), np.where(there, below, np.nan), kind=kind)
        yield from lines_of(Held(series, rows, above, below, months, found, per))


@dataclass(frozen=True)
class Held:
    """Rows of a series held against one another in a funnel: their months added up, and what a figure is per."""

    series: Series
    rows: NDArray[np.int64]
    above: Floats
    below: Floats
    months: int
    found: Funnel
    per: float

    @property
    def group(self) -> float:
        """The group's figure."""
        return self.per * self.found.group

    @property
    def scale(self) -> float:
        """What a ratio of the funnel is multiplied by to be a figure."""
        return self.per if self.found.kind == "proportion" else self.group


def enough(series: Series, rows: NDArray[np.int64], usable: NDArray[np.bool_]) -> bool:
    """True where the latest month alone has events enough in most services."""
    there = usable[rows, -1]
    above, below = series.numerators[rows, -1][there], series.denominators[rows, -1][there]
    return bool(there.any()) and float(np.median(below * above.sum() / below.sum())) >= FEWEST


def summed(table: Floats, usable: NDArray[np.bool_], months: int) -> Floats:
    """The latest months added up; a service without the latest month has nothing."""
    total = np.where(usable, table, 0)[:, -months:].sum(axis=1)
    return np.where(usable[:, -1], total, 0)


def lines_of(held: Held) -> Iterator[tuple[object, ...]]:
    """A line for each service of a funnel."""
    found, spread = held.found, held.found.spread
    limits, wide, far, adjusted = found.limits, found.outlier95, found.outlier998, "No"
    if spread.limits is not None and spread.outlier95 is not None and spread.outlier998 is not None:
        limits, wide, far, adjusted = spread.limits, spread.outlier95, spread.outlier998, "Yes"
    edges = (limits.lower95, limits.upper95, limits.lower998, limits.upper998)
    for place, row in enumerate(held.rows):
        if not held.below[place]:
            continue
        line, side = held.series.lines.iloc[row], str(far[place] or wide[place])
        flag = "" if not found.shown or not side else CHALLENGE if far[place] else LOOK
        yield (
            line["service"], line["name"], line["region"], line["ref"], line["indicator"], held.series.months[-1].words, held.months,
            held.above[place], held.below[place], float(found.ratio[place] * held.scale), held.group,
            *(float(edge[place] * held.scale) for edge in edges), adjusted, flag, side if flag else "", words_for(flag, side, found),
        )  # fmt: skip


def words_for(flag: str, side: str, found: Funnel) -> str:
    """What a line means, in a sentence."""
    if not found.shown:
        return found.why
    if flag == CHALLENGE:
        return f"Further {'below' if side == 'low' else 'above'} the group than chance would put it (99.8%): ask why, in either direction."
    if flag == LOOK:
        return "Outside 95%: worth a look. Of 20 services that are alike, one is."
    return "Within what chance brings."
