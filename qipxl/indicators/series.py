"""Every indicator of every service as one series of months: from this month's returns, and from the archive what they no longer hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.archive.store import KEY, Archive, rows_with_ratings
from qipxl.periods import Period
from qipxl.returns.returns import TEXTS
from qipxl.text import folded

MONTHS = 36
"""How many months a series goes back."""
PARTS = ("numerator", "denominator", "value")
DEFINITION = ("unit_counted", "numerator_is", "denominator_is", "per", "direction")
"""What an indicator counts: a change of these needs a reason."""
DECLARED = ("indicator", *DEFINITION, "target", "baseline_from", "baseline_to", "rebased_on", "change_reason")
"""What a service says of an indicator, beside its Ref."""
LINE = ("service", "name", "region", "ref", "file", "cell", *DECLARED)
ORDER = ("name", "service", "ref")
"""What series are sorted by."""
WHOLE = "All services together"
Floats = NDArray[np.float64]
Records = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Series:
    """Many series at once: a line LINE for each in `lines`, and tables of a row each and a column per month of `months`.

    `numerators`, `denominators` and `values` hold what was entered and the figure that the template's rule makes of it;
    NaN where a month has none. In `lines`, `services` says how many services' figures are in it, and `changed_in` is the
    month since which another thing is counted under its name (empty where nothing changed), and `explained` whether a
    reason was given for that.
    """

    lines: pd.DataFrame
    months: tuple[Period, ...]
    numerators: Floats
    denominators: Floats
    values: Floats

    def __len__(self) -> int:
        return len(self.lines)

    def chosen(self, mask: NDArray[np.bool_]) -> Series:
        """Some of the series."""
        lines = self.lines[mask].reset_index(drop=True)
        return Series(lines, self.months, self.numerators[mask], self.denominators[mask], self.values[mask])

    @staticmethod
    def joined(parts: Sequence[Series]) -> tuple[Series, NDArray[np.intp]]:
        """The series of several groups of services in their usual order, and the place that each had one after another."""
        whole = parts[0]
        for part in parts[1:]:
            whole = whole.followed_by(part)
        order = whole.lines.sort_values(list(ORDER), kind="stable").index.to_numpy()
        lines = whole.lines.iloc[order].reset_index(drop=True)
        tables = (whole.numerators[order], whole.denominators[order], whole.values[order])
        return Series(lines, whole.months, *tables), order

    def followed_by(self, other: Series) -> Series:
        """These series and then others of the same months."""
        lines = pd.concat([self.lines, other.lines], ignore_index=True) if len(other) else self.lines
        return Series(
            lines,
            self.months,
            np.concatenate([self.numerators, other.numerators]),
            np.concatenate([self.denominators, other.denominators]),
            np.concatenate([self.values, other.values]),
        )


@pd.option_context(*TEXTS)
def series_of(records: Records, archive: Archive | None, period: Period) -> Series:
    """The series of a month's returns and, where there is an archive, of earlier ones.

    `records` are the rows of indicators and measurements as `qipxl.returns.provenance` gives them. Of several returns that hold a
    month, the latest is believed: a corrected figure counts. An indicator is what its service's latest return says it is.
    """
    declared, entered = [], keyed(None, None)[1]
    for month, lines, figures in sources(records, archive, period):
        declared.append(lines.assign(said_in=month))
        both = pd.concat(
            [entered, figures], ignore_index=True
        )  # one month at a time: each return repeats earlier months
        entered = both.drop_duplicates(["code", "key", "month"], keep="first", ignore_index=True)
    every = pd.concat(declared, ignore_index=True)
    lines = every.drop_duplicates(["code", "key"], keep="first", ignore_index=True)
    since, explained = changes(every, lines)
    lines = lines.assign(services=1, changed_in=since, explained=explained)
    months = tuple(period.plus(back) for back in range(1 - MONTHS, 1))
    return laid_out(lines.drop(columns="said_in"), entered, months)


def sources(
    records: Records, archive: Archive | None, period: Period
) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame]]:
    """Declared indicators and entered figures, of this month's returns, then of the archive's months, the latest first.

    Without records the month's own returns are those of the archive.
    """
    yield str(period), *keyed(records.get("indicators"), records.get("measurements"))
    if archive is None:
        return
    earliest = str(period.plus(-MONTHS))
    versions = archive.before(period if records else period.plus(1)).versions
    for month in sorted(set(versions.loc[versions["period"] > earliest, "period"]), reverse=True):
        yield str(month), *of_month(Archive(archive.folder, versions[versions["period"] == month]))


def of_month(archive: Archive) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same from one month of the archive."""
    receipts = archive.latest[[*KEY, "name", "region", "file"]]
    named = archive.table("indicators", ["ref", *DECLARED]).merge(receipts, on=list(KEY))
    entered = rows_with_ratings(archive, "measurements", ["indicator", "month", "numerator", "denominator"], ["value"])
    if not len(named) or not len(entered):
        return keyed(None, None)
    return keyed(named.assign(cell=""), entered)


def keyed(named: pd.DataFrame | None, entered: pd.DataFrame | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both in one shape, with `code` and `key`, the folded service and Ref, and months as periods are written.

    A month whose row is there and blank is a line without figures: what an earlier return said of it is withdrawn. A figure
    below 0, which is a problem of its own, is none.
    """
    if named is None or entered is None or not {"indicator", "month", *PARTS} <= set(entered.columns):
        return pd.DataFrame(columns=["code", "key", *LINE]), pd.DataFrame(columns=["code", "key", "month", *PARTS])
    given = entered[entered["month"].notna()]
    figures = pd.DataFrame(
        {
            "code": given["service"].map(folded),
            "key": given["indicator"].map(folded),
            "month": pd.to_datetime(given["month"]).dt.strftime("%Y-%m"),
            **{part: given[part].astype(float) for part in PARTS},
        }
    )
    impossible = (figures["numerator"] < 0) | (figures["denominator"] < 0)
    figures[list(PARTS)] = figures[list(PARTS)].mask(impossible)
    lines = named.reindex(columns=list(LINE))
    return lines.assign(code=lines["service"].map(folded), key=lines["ref"].map(folded)), figures


def changes(every: pd.DataFrame, lines: pd.DataFrame) -> tuple[list[str], list[bool]]:
    """For each indicator the month since which it is defined as now (empty where it never was otherwise), and whether a
    reason was given that did not stand there before."""
    columns = [*DEFINITION, "change_reason"]
    texts = every[columns].astype(object).where(every[columns].notna(), "")
    said: dict[tuple[str, str], list[tuple[str, tuple[str, ...], str]]] = {}
    for code, key, month, *words in zip(
        every["code"], every["key"], every["said_in"], *(texts[name] for name in columns), strict=True
    ):
        *meaning, reason = map(folded, words)
        said.setdefault((code, key), []).append((month, tuple(meaning), reason))
    since, explained = [], []
    for code, key in zip(lines["code"], lines["key"], strict=True):
        history = said[code, key]
        other = next((place for place, (_, meaning, _) in enumerate(history) if meaning != history[0][1]), None)
        since.append("" if other is None else history[other - 1][0])
        explained.append(history[0][2] not in ("", history[other][2] if other is not None else ""))
    return since, explained


def laid_out(lines: pd.DataFrame, entered: pd.DataFrame, months: tuple[Period, ...]) -> Series:
    """Tables of a row per declared indicator and a column per month."""
    order = lines.sort_values(list(ORDER), kind="stable", ignore_index=True)
    rows = {key: row for row, key in enumerate(zip(order["code"], order["key"], strict=True))}
    columns = {str(month): column for column, month in enumerate(months)}
    at = [
        (rows.get((code, key), -1), columns.get(month, -1))
        for code, key, month in entered[["code", "key", "month"]].itertuples(index=False, name=None)
    ]
    places = np.array(at, dtype=np.int64).reshape(-1, 2)
    there = (places >= 0).all(axis=1)
    tables = {}
    for part in PARTS:
        tables[part] = np.full((len(order), len(months)), np.nan)
        tables[part][places[there, 0], places[there, 1]] = entered[part].to_numpy(float)[there]
    lines = order.drop(columns=["code", "key"])
    return Series(lines, months, tables["numerator"], tables["denominator"], tables["value"])


def groups_of(series: Series) -> list[NDArray[np.int64]]:
    """The rows of each indicator that two or more services count alike: the same name, unit, rate and direction."""
    lines = series.lines
    same = [
        lines["indicator"].map(folded),
        lines["unit_counted"].map(folded),
        lines["per"].fillna(0),
        lines["direction"],
    ]
    rows = [np.asarray(each, dtype=np.int64) for each in lines.groupby(same, sort=True).indices.values()]
    return [each for each in rows if lines["service"].iloc[each].nunique() > 1]


def together(series: Series) -> Series:
    """The whole provider's series: each indicator of two or more services, added up by numerators and denominators.

    A rate is the sum of numerators over that of denominators, of the services that have both; never a mean of rates. Plain
    counts are added up only for months in which every service that has begun to count has a figure: else one that sent
    nothing would look like fewer events. A target stands only where all have the same.
    """
    groups, lines = groups_of(series), series.lines
    first = lines.iloc[[rows[0] for rows in groups]].reset_index(drop=True)
    blank = dict.fromkeys(("service", "region", "file", "cell", "change_reason", "changed_in"), "")
    no_day = pd.Series(pd.NaT, first.index)
    targets = [lines["target"].iloc[rows] for rows in groups]
    shared = [own.iloc[0] if own.nunique(dropna=False) == 1 else np.nan for own in targets]
    made = first.assign(**blank).assign(
        name=WHOLE,
        explained=False,
        target=shared,
        services=list(map(len, groups)),
        rebased_on=no_day,
        baseline_from=no_day,
        baseline_to=no_day,
    )
    parts = [summed_up(series, rows) for rows in groups]
    tables = [np.array([each[part] for each in parts]).reshape(len(groups), len(series.months)) for part in range(3)]
    return Series(made, series.months, tables[0], tables[1], tables[2])


def summed_up(series: Series, rows: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    """Numerators, denominators and figures of several series added up."""
    usable = ~np.isnan(series.values[rows])
    per = float(series.lines["per"].iloc[rows[0]])
    begun = np.cumsum(usable, axis=1) > 0
    there = usable.any(axis=0) & ~(begun & ~usable).any(axis=0) if np.isnan(per) else usable.any(axis=0)
    above = np.where(there, np.where(usable, series.numerators[rows], 0).sum(axis=0), np.nan)
    if np.isnan(per):
        return above, np.full_like(above, np.nan), above
    below = np.where(there, np.where(usable, series.denominators[rows], 0).sum(axis=0), np.nan)
    return above, below, np.divide(above * per, below, out=np.full_like(above, np.nan), where=below > 0)
