"""Monthly series of every indicator of every service, from a month's returns and from earlier months in the archive."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.archive.actions import rows_with_ratings
from qipxl.archive.store import KEY, Archive, folded_texts
from qipxl.indicators.arrays import Bools, Floats, Ints
from qipxl.indicators.same_services import same_services
from qipxl.periods import Period
from qipxl.returns.returns import TEXTS
from qipxl.returns.string_pool import StringPool
from qipxl.services import service_of_plan
from qipxl.text import folded, names_text

MONTHS = 36
"""How many months a series goes back."""
PARTS = ("numerator", "denominator", "value")
DEFINITION = ("unit_counted", "numerator_is", "denominator_is", "per", "direction")
"""The fields that define what an indicator counts; changing them needs a reason."""
DECLARED = ("indicator", *DEFINITION, "target", "baseline_from", "baseline_to", "rebased_on", "change_reason")
"""The fields in which a service describes an indicator, without its Ref."""
LINE = ("service", "name", "region", "ref", "file", "cell", *DECLARED)
ORDER = ("name", "service", "ref")
"""The columns that series are sorted by."""
WHOLE = "All services together"
Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Series:
    """Many monthly series: a line per series in `lines`, and arrays of shape (series, months).

    `numerators` and `denominators` hold what was entered, `values` the figure by the template's rule; NaN for a month without
    one. `lines` has the columns LINE and: `services`, the number of services in the series; `changed_in`, the month (2026-03)
    since which the indicator is defined as now, empty if it was never defined otherwise; `explained`, whether a reason was
    given for that change; `left_out`, the names of the services that a sum of services does not contain.
    """

    lines: pd.DataFrame
    months: tuple[Period, ...]
    numerators: Floats
    denominators: Floats
    values: Floats

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def first_days(self) -> NDArray[np.datetime64]:
        """The first day of each month."""
        return np.array([month.first for month in self.months], dtype="datetime64[D]")

    @property
    def arrays(self) -> tuple[Floats, Floats, Floats]:
        """The numerators, the denominators and the values."""
        return self.numerators, self.denominators, self.values

    def chosen(self, mask: Bools) -> Series:
        """The series at which a mask is true."""
        return Series(self.lines[mask].reset_index(drop=True), self.months, *(array[mask] for array in self.arrays))

    @staticmethod
    def joined(parts: Sequence[Series]) -> tuple[Series, NDArray[np.intp]]:
        """The series of several groups of services in their usual order, and the index of each in the concatenated parts."""
        lines = pd.concat([part.lines for part in parts if len(part)] or [parts[0].lines], ignore_index=True)
        order = lines.sort_values(list(ORDER), kind="stable").index.to_numpy()
        arrays = (np.concatenate(arrays)[order] for arrays in zip(*(part.arrays for part in parts), strict=True))
        return Series(lines.iloc[order].reset_index(drop=True), parts[0].months, *arrays), order

    def followed_by(self, other: Series) -> Series:
        """These series, then others of the same months."""
        lines = pd.concat([self.lines, other.lines], ignore_index=True) if len(other) else self.lines
        return Series(lines, self.months, *map(np.concatenate, zip(self.arrays, other.arrays, strict=True)))


@pd.option_context(*TEXTS)
def series_of(tables: Tables, archive: Archive | None, period: Period) -> Series:
    """The series of a month's returns and, with an archive, of the months before it.

    `tables` has the rows of `indicators` and `measurements` as `qipxl.returns.provenance` gives them. If several returns have
    a figure for the same month, the latest return's figure is used, so a correction counts. An indicator is defined as in its
    service's latest return.
    """
    months = tuple(period.plus(back) for back in range(1 - MONTHS, 1))
    if archive is not None:
        archive = archive.before(period if tables else period.plus(1))
    collected = Collected(months, archive)
    for month, lines, figures in sources(tables, archive, period):
        collected.add(month, lines, figures)
    return collected.series()


@dataclass
class Collected:
    """The indicators and figures of several months' returns, added from the latest month to the earliest.

    Each pair of folded service code and Ref has a row number. Only what earlier months add is stored, so that memory does
    not grow with the number of months that repeat the same figures.
    """

    months: tuple[Period, ...]
    archive: Archive | None
    """Where the names of services in earlier months are."""
    rows: dict[tuple[str, str], int] = field(default_factory=dict)
    lines: list[pd.DataFrame] = field(default_factory=list)
    """The latest line of each indicator, with its number as `number`."""
    definitions: list[pd.DataFrame] = field(default_factory=list)
    """Every line's `number`, `month` and folded DEFINITION and `change_reason`."""
    declared: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    """Whether each row number has a line."""
    entered: Bools = field(default_factory=lambda: np.zeros((0, MONTHS), dtype=bool))
    """Whether a later return has a row, blank or not, for each row number and month."""
    figures: Floats = field(default_factory=lambda: np.zeros((len(PARTS), 0, MONTHS)))

    def add(self, month: str, lines: pd.DataFrame, figures: pd.DataFrame) -> None:
        """Add a month's lines (columns LINE) and its figures (`service`, `indicator`, `month`, PARTS)."""
        number = self.numbers(lines["service"], lines["ref"])
        row = self.numbers(figures["service"], figures["indicator"])
        added = len(self.rows) - len(self.declared)
        self.declared = np.pad(self.declared, (0, added))
        self.entered = np.pad(self.entered, ((0, added), (0, 0)))
        self.figures = np.pad(self.figures, ((0, 0), (0, added), (0, 0)), constant_values=np.nan)
        self.add_lines(month, lines, number)
        self.add_figures(figures, row)

    def numbers(self, services: pd.Series, refs: pd.Series) -> Ints:
        """The row number of each pair of a service's code and a Ref; new pairs get new numbers."""
        (codes, code_texts), (keys, key_texts) = (
            pd.factorize(column.to_numpy(object), use_na_sentinel=False) for column in (services, refs)
        )
        pairs, index = np.unique(codes * len(key_texts) + keys, return_inverse=True)
        numbers = []
        for code, key in zip(*divmod(pairs, len(key_texts)), strict=True):
            numbers.append(self.rows.setdefault((folded(code_texts[code]), folded(key_texts[key])), len(self.rows)))
        return np.array(numbers, dtype=np.int64)[index]

    def add_lines(self, month: str, lines: pd.DataFrame, number: Ints) -> None:
        """Add the lines of indicators that no later return declares, and the definitions of all."""
        compared = lines.assign(per=lines["per"].astype(float))  # 1000 and 1000.0 are the same text
        texts = {name: folded_texts(compared[name]) for name in (*DEFINITION, "change_reason")}
        self.definitions.append(pd.DataFrame({"number": number, "month": month, **texts}))
        new = lines.assign(number=number)[~self.declared[number]].drop_duplicates("number")
        if len(new) or not self.lines:
            self.lines.append(new if "name" in new.columns else self.named(new))
        self.declared[number] = True

    def named(self, lines: pd.DataFrame) -> pd.DataFrame:
        """Lines of the archive with their services' names, regions and files."""
        assert self.archive is not None, "lines without a name come from the archive"
        receipts = self.archive.latest[[*KEY, "name", "region", "file"]]
        return lines.merge(receipts, on=list(KEY)).assign(cell="").reindex(columns=[*LINE, "number"])

    def add_figures(self, figures: pd.DataFrame, row: Ints) -> None:
        """Add figures of months for which no later return has a row.

        A blank row of a later return withdraws what an earlier one had. A negative figure, which is a problem, is left out.
        """
        first = np.datetime64(self.months[0].first, "M")
        column = (pd.to_datetime(figures["month"]).to_numpy("datetime64[M]") - first).astype(np.int64)
        usable = np.flatnonzero((column >= 0) & (column < MONTHS))
        usable = usable[~self.entered[row[usable], column[usable]]][::-1]  # of two rows in one return the first is used
        row, column = row[usable], column[usable]
        values = figures[list(PARTS)].to_numpy(float)[usable].T
        values = np.where((values[:2] < 0).any(axis=0), np.nan, values)
        self.figures[:, row, column] = values
        self.entered[row, column] = True

    def series(self) -> Series:
        """The series of all indicators, by the service's name, its code and the Ref."""
        lines = pd.concat(self.lines, ignore_index=True)
        since, explained = changes(pd.concat(self.definitions, ignore_index=True), len(self.rows))
        number = lines["number"].to_numpy(np.int64)
        lines = lines.assign(services=1, changed_in=since[number], explained=explained[number], left_out="")
        lines = lines.sort_values(list(ORDER), kind="stable", ignore_index=True)
        numerators, denominators, values = self.figures[:, lines["number"].to_numpy(np.int64)]
        return Series(lines.drop(columns="number"), self.months, numerators, denominators, values)


def sources(
    tables: Tables, archive: Archive | None, period: Period
) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame]]:
    """The declared indicators and entered figures of this month's returns, then of the archive's months, the latest first.

    Without `tables` the month's own returns are read from the archive.
    """
    yield str(period), *with_columns(tables.get("indicators"), tables.get("measurements"))
    if archive is None:
        return
    earliest, texts = str(period.plus(-MONTHS)), StringPool()
    versions = archive.latest
    for month in sorted(set(versions.loc[versions["period"] > earliest, "period"]), reverse=True):
        yield str(month), *month_of_archive(Archive(archive.folder, versions[versions["period"] == month]), texts)


def month_of_archive(archive: Archive, texts: StringPool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Declared indicators, by KEY and `ref`, and entered figures of one month of the archive."""
    declared = archive.table("indicators", ["ref", *DECLARED])
    columns = ["indicator", "month", "numerator", "denominator"]
    entered = rows_with_ratings(archive, "measurements", columns, ["value"], texts)
    if not len(declared) or not len(entered):
        return with_columns(None, None)
    return with_columns(declared, entered, [*KEY, "ref", *DECLARED])


def with_columns(
    declared: pd.DataFrame | None, entered: pd.DataFrame | None, columns: Sequence[str] = LINE
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Declared indicators with these columns, and the entered rows that name a month; both empty if either is missing."""
    if declared is None or entered is None or not {"indicator", "month", *PARTS} <= set(entered.columns):
        return pd.DataFrame(columns=list(LINE)), pd.DataFrame(columns=["service", "indicator", "month", *PARTS])
    return declared.reindex(columns=list(columns)), entered[entered["month"].notna()]


def changes(definitions: pd.DataFrame, size: int) -> tuple[NDArray[np.object_], Bools]:
    """For each row number the month since which it is defined as now, and whether a new reason was given for the change.

    The month is empty if the definition never changed. `definitions` has the lines from the latest to the earliest, with
    `number`, `month` and the folded DEFINITION and `change_reason`; `size` is the number of row numbers.
    """
    number, position = definitions["number"].to_numpy(np.int64), np.arange(len(definitions))
    latest = np.full(size, -1)
    latest[number[::-1]] = position[::-1]
    texts = {name: definitions[name].to_numpy(object) for name in (*DEFINITION, "change_reason")}
    differs = np.zeros(len(definitions), dtype=bool)
    for name in DEFINITION:
        codes = pd.factorize(texts[name])[0]
        differs |= codes != codes[latest[number]]
    other = np.full(size, -1)
    other[number[differs][::-1]] = position[differs][::-1]
    same = position[(other[number] < 0) | (position < other[number])]
    oldest = np.full(size, -1)
    oldest[number[same]] = same
    months, reasons = definitions["month"].to_numpy(object), texts["change_reason"]
    since = np.full(size, "", dtype=object)
    since[other >= 0] = months[oldest[other >= 0]]
    before, now = np.full(size, "", dtype=object), np.full(size, "", dtype=object)
    before[other >= 0] = reasons[other[other >= 0]]
    now[latest >= 0] = reasons[latest[latest >= 0]]
    return since, np.asarray((now != "") & (now != before), dtype=bool)


def same_indicator(lines: pd.DataFrame) -> list[Any]:
    """What is equal of indicators that are counted in the same way: name, unit, rate and direction."""
    names = [folded_texts(lines[name]) for name in ("indicator", "unit_counted")]
    return [*names, lines["per"].fillna(0), lines["direction"]]


def groups_of(series: Series) -> list[Ints]:
    """The rows of each indicator that two or more services count in the same way."""
    lines = series.lines
    by_indicator = lines.groupby(same_indicator(lines), sort=True).indices.values()
    groups = [np.asarray(rows, dtype=np.int64) for rows in by_indicator]
    return [rows for rows in groups if lines["service"].iloc[rows].nunique() > 1]


def in_several_plans(series: Series) -> list[list[int]]:
    """The rows of each indicator that several plans of one service count in the same way, one row of each plan, in their order."""
    lines = series.lines
    plans = zip(lines["service"].astype(str), lines["name"].astype(str), strict=True)
    owners = pd.Series([folded(service_of_plan(*plan)[0]) for plan in plans], lines.index, dtype=object)
    if (owners == lines["service"].map(folded)).all():
        return []
    groups = lines.groupby([owners, *same_indicator(lines)], sort=True).indices.values()
    several = [lines["service"].iloc[rows].drop_duplicates().index.tolist() for rows in groups]
    return [rows for rows in several if len(rows) > 1]


def one_per_service(series: Series, linked: Collection[int] = ()) -> Series:
    """The series with one for each indicator that several plans of a service have, so that it counts once.

    Its figure of a month is that of the first plan that has one. Its line is that of the first plan whose row is among `linked`,
    else of the first plan.
    """
    arrays, kept = [array.copy() for array in series.arrays], np.ones(len(series), dtype=bool)
    for rows in in_several_plans(series):
        first = np.argmax(~np.isnan(series.values[rows]), axis=0)
        shown = next((row for row in rows if row in linked), rows[0])
        for array, entered in zip(arrays, series.arrays, strict=True):
            array[shown] = entered[rows][first, np.arange(len(series.months))]
        kept[rows] = False
        kept[shown] = True
    return Series(series.lines, series.months, *arrays).chosen(kept) if not kept.all() else series


def combined(series: Series) -> Series:
    """The whole provider's series: each indicator of two or more services, added up by numerators and denominators.

    Every month adds up the same services (see `same_services`), because otherwise a missing return would look like fewer
    events, and a first one like more; the others are named in `left_out`. A rate is the sum of the numerators over the sum of
    the denominators, never a mean of rates. The target is kept only if all services have the same. An indicator of several plans
    of a service is added once.
    """
    series = one_per_service(series)
    groups, lines = groups_of(series), series.lines
    chosen = [same_services(~np.isnan(series.values[rows])) for rows in groups]
    first = lines.iloc[[rows[0] for rows in groups]].reset_index(drop=True)
    blank = dict.fromkeys(("service", "region", "file", "cell", "change_reason", "changed_in"), "")
    days = dict.fromkeys(("rebased_on", "baseline_from", "baseline_to"), pd.Series(pd.NaT, first.index))
    targets = [lines["target"].iloc[rows] for rows in groups]
    shared = [target.iloc[0] if target.nunique(dropna=False) == 1 else np.nan for target in targets]
    left_out = [
        names_text(list(lines["name"].iloc[rows[~services]].unique()))
        for rows, (services, _) in zip(groups, chosen, strict=True)
    ]
    numbers = [int(services.sum()) for services, _ in chosen]
    first = first.assign(
        **blank, **days, name=WHOLE, explained=False, target=shared, services=numbers, left_out=left_out
    )
    parts = [sums_of(series, rows[services], months) for rows, (services, months) in zip(groups, chosen, strict=True)]
    tables = [np.array([sums[part] for sums in parts]).reshape(len(groups), len(series.months)) for part in range(3)]
    return Series(first, series.months, *tables)


def sums_of(series: Series, rows: Ints, months: Bools) -> tuple[Floats, Floats, Floats]:
    """Numerators, denominators and figures of several series added up: a value for each of `months`, NaN for the others."""
    above, below = (
        np.where(months, table[rows].sum(axis=0), np.nan) for table in (series.numerators, series.denominators)
    )
    per = float(series.lines["per"].iloc[rows[0]]) if len(rows) else np.nan
    if np.isnan(per):
        return above, np.full_like(above, np.nan), above
    return above, below, np.divide(above * per, below, out=np.full_like(above, np.nan), where=below > 0)
