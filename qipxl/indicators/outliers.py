"""Services compared with each other in the latest month: those that differ from the group by more than chance."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.indicators import Funnel, funnel
from qipxl.indicators.arrays import Bools, Floats, Ints
from qipxl.indicators.overdispersion import Limits
from qipxl.indicators.series import Series, groups_of

POOLED = 3
"""The number of months that are added up if one month has too few events to compare."""
FEWEST = 5.0
"""The median number of expected events per service from which one month is compared by itself."""
OUTLIER = (
    "service", "name", "region", "ref", "indicator", "month", "months", "numerator", "denominator", "figure", "group",
    "low95", "high95", "low998", "high998", "adjusted", "flag", "side", "words",
)  # fmt: skip
"""The columns of a line: the service, its months and figure, the group's figure, the limits, `flag` (LOOK, CHALLENGE or empty), its side."""
SERIES = OUTLIER[:5]
"""Those that are columns of the series too."""
LOOK, CHALLENGE = "Look", "Challenge"


def outliers_of(series: Series) -> pd.DataFrame:
    """Lines OUTLIER for every service whose figures can be compared with others', those outside limits first.

    Counts without a denominator are left out, because the size of each service is unknown. If ten or more services differ
    by more than chance, the limits allow for that.
    """
    lines = [line for rows in groups_of(series) for line in compared(series, rows)]
    frame = pd.DataFrame(lines, columns=list(OUTLIER))
    order = frame.assign(rank=frame["flag"].map({CHALLENGE: 0, LOOK: 1}).fillna(2))
    return frame.loc[order.sort_values(["rank", "indicator", "name"], kind="stable").index].reset_index(drop=True)


def compared(series: Series, rows: Ints) -> Iterator[tuple[object, ...]]:
    """The lines of one indicator's services."""
    per = float(series.lines["per"].iloc[rows[0]])
    if np.isnan(per):
        return
    kind = "proportion" if per == 100 else "rate"
    numerators, denominators = series.numerators[rows], series.denominators[rows]
    usable = (numerators % 1 == 0) & (denominators > 0)
    usable &= (kind == "rate") | ((denominators % 1 == 0) & (numerators <= denominators))
    months = 1 if has_enough_events(numerators, denominators, usable) else POOLED
    above, below = (summed(table, usable, months) for table in (numerators, denominators))
    there = below > 0
    if there.any():
        result = funnel(np.where(there, above, np.nan), np.where(there, below, np.nan), kind=kind)
        group = per * result.group
        scale = per if kind == "proportion" else group  # the factor from a ratio of the funnel to a figure
        limits, wide, far, adjusted = limits_of(result)
        edges = (limits.lower95, limits.upper95, limits.lower998, limits.upper998)
        lines = list(series.lines.iloc[rows][[*SERIES]].itertuples(index=False, name=None))
        for index in np.flatnonzero(there):
            side = str(far[index] or wide[index])
            flag = "" if not result.shown or not side else CHALLENGE if far[index] else LOOK
            yield (
                *lines[index], series.months[-1].words, months,
                above[index], below[index], float(result.ratio[index] * scale), group, *(float(edge[index] * scale) for edge in edges),
                adjusted, flag, side if flag else "", words_for(flag, side, result),
            )  # fmt: skip


def has_enough_events(numerators: Floats, denominators: Floats, usable: Bools) -> bool:
    """True if the latest month alone has enough events in most services."""
    there = usable[:, -1]
    above, below = numerators[there, -1], denominators[there, -1]
    return bool(there.any()) and float(np.median(below * above.sum() / below.sum())) >= FEWEST


def summed(table: Floats, usable: Bools, months: int) -> Floats:
    """The latest months added up; 0 for a service without the latest month."""
    total = np.where(usable, table, 0)[:, -months:].sum(axis=1)
    return np.where(usable[:, -1], total, 0)


def limits_of(result: Funnel) -> tuple[Limits, NDArray[np.str_], NDArray[np.str_], str]:
    """The limits of a funnel and its flags at 95% and 99.8%, and “Yes” if these allow for overdispersion, “No” if not."""
    spread = result.spread
    if spread.limits is None or spread.outlier95 is None or spread.outlier998 is None:
        return result.limits, result.outlier95, result.outlier998, "No"
    return spread.limits, spread.outlier95, spread.outlier998, "Yes"


def words_for(flag: str, side: str, result: Funnel) -> str:
    """The meaning of a line, in a sentence."""
    if not result.shown:
        return result.why
    if flag == CHALLENGE:
        return f"{'Lower' if side == 'low' else 'Higher'} than chance explains (99.8%). Ask why."
    if flag == LOOK:
        return "Outside 95%: worth a look. Of 20 similar services, one may be so by chance."
    return "Within the limits of chance."
