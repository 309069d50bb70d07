"""Every indicator of every service as one series of months: from this month's returns, and from the archive what they no longer hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.archive import KEY, Archive
from qipxl.consolidation import ProviderSummary
from qipxl.periods import Period
from qipxl.returns import TEXTS
from qipxl.texts import folded

MONTHS = 36
"""How many months a series goes back."""
PARTS = ("numerator", "denominator", "value")
DECLARED = (
    "indicator",
    "unit_counted",
    "per",
    "direction",
    "target",
    "baseline_from",
    "baseline_to",
    "rebased_on",
    "change_reason",
)
"""What a service says of an indicator, beside its Ref."""
LINE = ("service", "name", "region", "ref", "file", "cell", *DECLARED)
Table = NDArray[np.float64]


@dataclass(frozen=True)
class Series:
    """Many series at once: a line LINE for each in `lines`, and tables of a row each and a column per month of `months`.

    `numerators`, `denominators` and `values` hold what was entered and the figure that the template's rule makes of it;
    NaN where a month has none. `services` is how many services' figures are in a series: 1, or more where they are added up.
    """

    lines: pd.DataFrame
    months: tuple[Period, ...]
    numerators: Table
    denominators: Table
    values: Table
    services: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.lines)

    def chosen(self, mask: NDArray[np.bool_]) -> Series:
        """Some of the series."""
        lines = self.lines[mask].reset_index(drop=True)
        tables = (table[mask] for table in (self.numerators, self.denominators, self.values))
        return Series(lines, self.months, *tables, self.services[mask])


@pd.option_context(*TEXTS)
def series_of(summary: ProviderSummary, archive: Archive | None, period: Period) -> Series:
    """The series of a month's returns and, where there is an archive, of earlier ones.

    Of several returns that hold a month, the latest is believed: a corrected figure counts. An indicator is what its service's
    latest return says it is.
    """
    declared, figures = [], []
    for part in sources(summary, archive, period):
        declared.append(part[0])
        figures.append(part[1])
    lines = first_of(declared, ["code", "key"])
    entered = first_of(figures, ["code", "key", "month"])
    months = tuple(period.plus(back) for back in range(1 - MONTHS, 1))
    return laid_out(lines, entered, months)


def first_of(frames: list[pd.DataFrame], keys: list[str]) -> pd.DataFrame:
    """The first line of each key, the latest return's standing first."""
    return pd.concat(frames, ignore_index=True).drop_duplicates(keys, keep="first", ignore_index=True)


def sources(
    summary: ProviderSummary, archive: Archive | None, period: Period
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Declared indicators and entered figures, of this month's returns, then of the archive's months, the latest first."""
    now = summary.records
    yield keyed(now.get("indicators"), now.get("measurements"))
    if archive is None:
        return
    earliest = str(period.plus(-MONTHS))
    versions = archive.before(period).latest
    for month in sorted(set(versions.loc[versions["period"] > earliest, "period"]), reverse=True):
        yield of_month(Archive(archive.folder, archive.versions[archive.versions["period"] == month]))


def of_month(archive: Archive) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same from one month of the archive."""
    receipts = archive.latest[[*KEY, "name", "region", "file"]]
    named = archive.table("indicators").merge(receipts, on=list(KEY))
    entered = archive.table("measurements", ["row", "indicator", "month", "numerator", "denominator"])
    worked = archive.table("measurements-ratings", ["row", "value"])
    if not len(named) or not len(entered) or "value" not in worked.columns:
        return keyed(None, None)
    return keyed(named.assign(cell=""), entered.merge(worked, on=[*KEY, "row"]))


def keyed(named: pd.DataFrame | None, entered: pd.DataFrame | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both in one shape, with `code` and `key`, the folded service and Ref, and months as periods are written."""
    empty = pd.DataFrame(columns=["code", "key", *LINE]), pd.DataFrame(columns=["code", "key", "month", *PARTS])
    if named is None or entered is None or "value" not in entered.columns:
        return empty
    given = entered[entered["numerator"].notna() & entered["month"].notna()]
    figures = pd.DataFrame(
        {
            "code": given["service"].map(folded),
            "key": given["indicator"].map(folded),
            "month": pd.to_datetime(given["month"]).dt.strftime("%Y-%m"),
            **{part: given[part].astype(float) for part in PARTS},
        }
    )
    lines = named.reindex(columns=list(LINE))
    return lines.assign(code=lines["service"].map(folded), key=lines["ref"].map(folded)), figures


def laid_out(lines: pd.DataFrame, entered: pd.DataFrame, months: tuple[Period, ...]) -> Series:
    """Tables of a row per declared indicator and a column per month."""
    order = lines.sort_values(["name", "service", "ref"], kind="stable", ignore_index=True)
    rows = {key: row for row, key in enumerate(zip(order["code"], order["key"], strict=True))}
    columns = {str(month): column for column, month in enumerate(months)}
    tables = {part: np.full((len(order), len(months)), np.nan) for part in PARTS}
    at = [
        (rows.get((code, key), -1), columns.get(month, -1))
        for code, key, month in entered[["code", "key", "month"]].itertuples(index=False, name=None)
    ]
    places = np.array(at, dtype=np.int64).reshape(-1, 2)
    there = (places >= 0).all(axis=1)
    for part, table in tables.items():
        table[places[there, 0], places[there, 1]] = entered[part].to_numpy(float)[there]
    counts = np.ones(len(order), dtype=np.int64)
    return Series(order.drop(columns=["code", "key"]), months, *(tables[part] for part in PARTS), counts)


def together(series: Series) -> Series:
    """The whole provider's series: the same indicator of two or more services, added up by numerators and denominators.

    Months in which no service has a figure stay gaps. A rate is the sum of numerators over that of denominators, of the
    services that have both; never a mean of rates.
    """
    lines = series.lines
    same = [
        lines["indicator"].map(folded),
        lines["unit_counted"].map(folded),
        lines["per"].fillna(0),
        lines["direction"],
    ]
    groups = lines.groupby(same, sort=True).indices
    chosen = [rows for rows in groups.values() if lines["service"].iloc[rows].nunique() > 1]
    made = lines.iloc[[rows[0] for rows in chosen]].reset_index(drop=True)
    made = made.assign(service="", name=WHOLE, region="", file="", cell="", rebased_on=pd.NaT, change_reason="")
    summed = [summed_up(series, rows) for rows in chosen]
    shape = (len(chosen), len(series.months))
    tables = [np.array([each[part] for each in summed]).reshape(shape) for part in range(3)]
    return Series(made, series.months, *tables, np.array([len(rows) for rows in chosen], dtype=np.int64))


WHOLE = "All services together"


def summed_up(series: Series, rows: NDArray[np.intp]) -> tuple[Table, Table, Table]:
    """Numerators, denominators and figures of several series added up."""
    usable = ~np.isnan(series.values[rows])
    any_there = usable.any(axis=0)
    above = np.where(any_there, np.where(usable, series.numerators[rows], 0).sum(axis=0), np.nan)
    per = series.lines["per"].iloc[rows[0]]
    if per != per:
        return above, np.full_like(above, np.nan), above
    below = np.where(any_there, np.where(usable, series.denominators[rows], 0).sum(axis=0), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        return above, below, np.where(below > 0, above / below * per, np.nan)
