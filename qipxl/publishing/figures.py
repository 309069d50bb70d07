"""The monthly figures of the indicators, service by service and added up, as they may be published."""

from __future__ import annotations

import numpy as np
import pandas as pd

from qipxl.consolidation import ProviderSummary
from qipxl.publishing.disclosure import figure_text, without_small_figures
from qipxl.texts import folded

FIGURE = ("return", "name", "ref", "indicator", "unit", "month", "numerator", "denominator", "per", "value", "total")
"""A line: whose it is, the indicator's Ref and name, what one of it is, the month, its figures; `total` adds services up."""
TOGETHER = "All services together"


def monthly_figures(summary: ProviderSummary, *, external: bool) -> pd.DataFrame:
    """Lines FIGURE for every month with a figure, then the services' sum for each indicator; figures are texts.

    Rates are added up by numerators and denominators. Where `external`, small figures are withheld.
    """
    own = own_figures(summary)
    lines = pd.concat([own, together(own)], ignore_index=True) if len(own) else own
    order = ["indicator", "total", "name", "month"]
    lines = lines.sort_values(order, kind="stable", ignore_index=True)
    if external:
        return without_small_figures(lines)
    texts = {name: [figure_text(value) for value in lines[name]] for name in ("numerator", "denominator", "value")}
    return lines.assign(**texts)


def own_figures(summary: ProviderSummary) -> pd.DataFrame:
    """Each service's figures, as its return has them."""
    named, lines = summary.records.get("indicators"), summary.records.get("measurements")
    if named is None or lines is None or "value" not in lines.columns:
        return pd.DataFrame(columns=list(FIGURE))
    called = pd.DataFrame({"return": named["return"], "key": named["ref"].map(folded), "called": named["indicator"]})
    called = called.assign(unit=named["unit_counted"]).drop_duplicates(["return", "key"])
    given = lines[lines["numerator"].notna() & lines["month"].notna()]
    given = given.drop(columns="ref").rename(columns={"indicator": "ref"})
    found = given.assign(key=given["ref"].map(folded), total=False).merge(called, on=["return", "key"])
    return found.rename(columns={"called": "indicator"})[list(FIGURE)].reset_index(drop=True)


def together(own: pd.DataFrame) -> pd.DataFrame:
    """The sum of the services for each indicator and month, where there are two or more."""
    usable = own[own["value"].notna()]
    groups = usable.groupby(["indicator", "month", "unit", "per"], dropna=False, sort=True)
    sums = groups.agg(
        numerator=("numerator", "sum"),
        denominator=("denominator", "sum"),
        ref=("ref", "first"),
        services=("return", "nunique"),
    ).reset_index()
    sums = sums[sums["services"] > 1]
    plain = sums["per"].isna()
    rate = sums["numerator"] / sums["denominator"].where(sums["denominator"] > 0) * sums["per"]
    sums = sums.assign(value=np.where(plain, sums["numerator"], rate), total=True, name=TOGETHER)
    sums["denominator"] = sums["denominator"].where(~plain)
    return sums.assign(**{"return": -1})[list(FIGURE)]
