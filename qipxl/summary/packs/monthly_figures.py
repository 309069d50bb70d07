"""The monthly figures of the indicators, service by service and added up, as they may be published."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qipxl.indicators.series import WHOLE
from qipxl.summary.packs.disclosure import published_figure, without_small_figures
from qipxl.summary.summary import ProviderSummary

FIGURE = ("service", "name", "ref", "indicator", "unit", "month", "numerator", "denominator", "per", "value", "total")
"""A line: the service, the indicator's Ref, name and unit, the month and its figures; `total` marks sums of services."""


def monthly_figures(summary: ProviderSummary, *, external: bool) -> pd.DataFrame:
    """Lines FIGURE for every month with a figure: the services', then their sum; figures are texts.

    If `external`, small figures are withheld.
    """
    series = summary.impact.judged.series
    rows, columns = np.nonzero(~np.isnan(series.numerators))
    own = series.lines.iloc[rows].reset_index(drop=True)
    pairs = zip(own["name"], own["left_out"], strict=True)
    names = [f"{name}, without {left_out}" if left_out else name for name, left_out in pairs]
    lines = pd.DataFrame({name: own[name] for name in ("service", "name", "ref", "indicator", "per")}).assign(
        name=pd.Series(names, own.index, dtype="str"),
        unit=own["unit_counted"],
        month=pd.to_datetime([series.months[column].first for column in columns]),
        numerator=series.numerators[rows, columns],
        denominator=series.denominators[rows, columns],
        value=series.values[rows, columns],
        total=(own["name"] == WHOLE) & (own["service"] == ""),
    )
    order = ["indicator", "total", "name", "month"]
    lines = lines.sort_values(order, kind="stable", ignore_index=True)[list(FIGURE)]
    if external:
        return without_small_figures(lines)
    parts = ("numerator", "denominator", "value")
    return lines.assign(**{name: [published_figure(value) for value in lines[name]] for name in parts})
