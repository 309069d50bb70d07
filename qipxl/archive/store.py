"""The archive: every return that was used, in full, month by month, as Parquet files that are never written over.

    archive/2026-03/0001/returns.parquet      a line per return kept: service, period, version, digest, receipt
    archive/2026-03/0001/actions.parquet      every row of a table, beside service, period and version; one file a table
    archive/2026-03/0001/actions-ratings.parquet, problems.parquet, as-typed.parquet, issued.parquet
    archive/receipts/purge-0001.csv           what was deleted, and why
    archive/read                              what was read last, to be read faster again (see qipxl.reading.cache)

Each run that has something new adds to a month a folder for each share of the returns, a deposit, which is whole or not there.
The highest version of a service and month counts; the others stay as they were.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO
from uuid import uuid4

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from qipxl.errors import OutputError, RequestError, SourceError
from qipxl.files import TEMPORARY_PREFIX, Location, named, publish, remove, rename, temporary_folder
from qipxl.periods import Period
from qipxl.returns.rate import Rated
from qipxl.returns.string_pool import StringPool
from qipxl.text import as_text, folded

KEY = ("service", "period", "version")
"""What each line of each file begins with."""
RECEIPT = (
    "name", "region", "manager", "template", "template_version", "file", "digest", "seal", "as_at", "nil", "submission",
    "submitted_by", "rows_found", "rows_accepted", "rows_set_aside", "rows_superseded", "rows", "columns",
)  # fmt: skip
"""What returns.parquet holds beside KEY. `seal` is a digest of the file and of how it was judged; `rows` and `columns`
are JSON: rows found, accepted and superseded in each table, and each table's sheet and the columns of its fields."""
RETURNS, PROBLEMS, AS_TYPED, ISSUED = "returns", "problems", "as-typed", "issued"
MARKER_FILE = f"{RETURNS}.parquet"
"""The file without which a deposit does not count."""
RECEIPTS, READ_CACHE = "receipts", "read"


@dataclass(frozen=True)
class ArchiveChanges:
    """What a run added to the archive: codes of services whose return is new, and of those with another one before."""

    new: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


@dataclass(frozen=True)
class Archive:
    """The archive as it stands. `versions` has a line per return kept: KEY, RECEIPT and the `deposit` it lies in."""

    folder: Location
    versions: pd.DataFrame

    @property
    def latest(self) -> pd.DataFrame:
        """The version that counts of each service and month, in that order."""
        order = self.versions.sort_values(["period", "service", "version"], kind="stable")
        return order.drop_duplicates(["period", "service"], keep="last").reset_index(drop=True)

    def before(self, period: Period) -> Archive:
        """The months before one."""
        return Archive(self.folder, self.versions[self.versions["period"] < str(period)])

    def of_services(self, codes: Collection[str]) -> Archive:
        """Some services, named by their codes whatever the case of their letters."""
        wanted = set(map(folded, codes))
        return Archive(self.folder, self.versions[self.versions["service"].map(folded).isin(wanted)])

    def table(self, name: str, columns: Sequence[str] | None = None, texts: StringPool | None = None) -> pd.DataFrame:
        """The lines of one file, such as `actions` or `actions-ratings`, of the versions that count; KEY comes first.

        `columns` are those wanted beside KEY, all where it is left out; one that a deposit does not have is missing there. With
        `texts` its texts are shared as they come, so that many deposits take no more memory than their rows.
        """
        parts = [commit.lines(name, columns, texts) for commit in self.commits()]
        found = [part for part in parts if part is not None]
        return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=[*KEY, *(columns or ())])

    def commits(self) -> Iterator[Commit]:
        """The deposits that hold a version that counts, each with those of them that it holds."""
        for name, versions in self.latest.groupby("commit", sort=True):
            yield Commit(self.folder / str(name), versions)


@dataclass(frozen=True)
class Commit:
    """A deposit, and those of its versions that count: at most one of each service."""

    folder: Location
    versions: pd.DataFrame

    def lines(
        self, name: str, columns: Sequence[str] | None = None, texts: StringPool | None = None
    ) -> pd.DataFrame | None:
        """The lines of one file, as `Archive.table` has them; None where the deposit has no such file."""
        path = self.folder / f"{name}.parquet"
        if not path.is_file():
            return None
        return read_parquet(path, columns, texts, list(self.versions["service"]))


def rows_with_ratings(archive: Archive, table: str, columns: Sequence[str], ratings: Sequence[str]) -> pd.DataFrame:
    """The rows of a table, such as `actions`, with what the rules worked out for each: KEY, `row`, `columns`, `ratings`.

    No other column is read. A column that no deposit has is missing here, unless there is no row at all.
    """
    rows = archive.table(table, ["row", *columns])
    rated = archive.table(f"{table}-ratings", ["row", *ratings])
    if not len(rows) or not len(rated):
        return pd.DataFrame(columns=[*KEY, "row", *columns, *ratings])
    return rows.merge(rated, on=[*KEY, "row"])


def open_archive(
    folder: Location, months: Collection[str] | None = None, columns: Sequence[str] | None = None
) -> Archive:
    """The archive in a folder; empty if there is none yet. Raises SourceError if a file of it cannot be read.

    With `months`, written 2026-03, it has only the versions of these, and no file of other months is read. With `columns`,
    `versions` has only these of RECEIPT.
    """
    parts = []
    for commit in commits(folder, months):
        name = f"{commit.parent.name}/{commit.name}"
        parts.append(read_parquet(commit / f"{RETURNS}.parquet", columns).assign(commit=name))
    shape = [*KEY, *(RECEIPT if columns is None else columns), "commit"]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=shape)
    # A deletion that broke off leaves a version in two deposits, both whole: the later one counts.
    return Archive(folder, frame.drop_duplicates(list(KEY), keep="last").reset_index(drop=True))


def commits(folder: Location, months: Collection[str] | None = None) -> Iterator[Location]:
    """The folders of deposits, oldest month and lowest number first, of all months or of some; half-built ones are left out."""
    for month in named(folder, "[0-9]*-[0-9]*"):
        if months is not None and month.name not in months:
            continue
        yield from (each for each in named(month, "[0-9]*") if (each / MARKER_FILE).is_file())


def read_parquet(
    path: Location,
    columns: Sequence[str] | None = None,
    texts: StringPool | None = None,
    services: Sequence[str] | None = None,
) -> pd.DataFrame:
    """A file of the archive; only KEY and the columns named, of those that it has, and the lines of some services, where these are named."""
    try:
        with path.open("rb") as file:
            return read_columns(file, columns, texts, services)
    except (OSError, ValueError) as error:
        raise SourceError(
            f"{path}, a file of the archive, cannot be read ({error}). Put the archive back from a backup."
        ) from None


def read_columns(
    file: IO[bytes], columns: Sequence[str] | None, texts: StringPool | None, services: Sequence[str] | None
) -> pd.DataFrame:
    """The same of an open file. Lines that are not wanted are left out before there is a text of Python for any."""
    whole = parquet.ParquetFile(file)
    schema = whole.schema_arrow
    chosen = schema.names if columns is None else [*KEY, *(name for name in columns if name in schema.names)]
    if texts is not None:
        said = [name for name in chosen if is_text(schema.field(name).type)]
        whole = parquet.ParquetFile(file, read_dictionary=said, metadata=whole.metadata)
    lines = whole.read(chosen)
    if services is not None:
        kind = lines["service"].type
        own = pc.is_in(lines["service"], pa.array(services, kind.value_type if texts is not None else kind))
        lines = lines if pc.all(own).as_py() else lines.filter(own)
    frame: pd.DataFrame = lines.to_pandas()
    return frame if texts is None else texts.of_frame(frame)


def is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def keep_returns(rated: Rated, folder: Location) -> ArchiveChanges:
    """Add to the archive every return in use that is not there already as it is, judged as it was.

    Raises OutputError where the archive cannot be written.
    """
    accepted, content_hashes = rated.returns.accepted, content_hashes_of(rated)
    latest = open_archive(folder, set(accepted["period"]), ["seal"]).latest
    known = {
        (str(code), str(month)): (int(version), str(was))
        for code, month, version, was in latest[["service", "period", "version", "seal"]].itertuples(index=False)
    }
    new: list[str] = []
    corrected: list[str] = []
    unchanged: list[str] = []
    wanted: dict[str, dict[int, int]] = {}
    for number, code, month in zip(accepted.index, accepted["service"], accepted["period"], strict=True):
        version, was = known.get((code, month), (0, ""))
        if was == content_hashes[number]:
            unchanged.append(code)
            continue
        (corrected if version else new).append(code)
        wanted.setdefault(month, {})[number] = version + 1
    for month, versions in wanted.items():
        write_commit(folder, month, commit_files(rated, versions, content_hashes))
    return ArchiveChanges(tuple(new), tuple(corrected), tuple(unchanged))


def content_hashes_of(rated: Rated) -> dict[int, str]:
    """For each return in use, a digest of its file and of everything that was worked out from it."""
    accepted = rated.returns.accepted
    worked_out = {number: [rated.as_at.isoformat()] for number in accepted.index}
    for key in sorted(rated.ratings):
        frame = plain_columns(rated.ratings[key])
        hashes = pd.util.hash_pandas_object(frame.drop(columns="return"), index=False)
        for number, total in hashes.groupby(frame["return"]).sum().items():
            worked_out[int(str(number))].append(f"{key} {total}")
    return {
        number: hashlib.sha256(" ".join([digest, *worked_out[number]]).encode()).hexdigest()[:32]
        for number, digest in zip(accepted.index, accepted["digest"], strict=True)
    }


def commit_files(
    rated: Rated, versions: Mapping[int, int], content_hashes: Mapping[int, str]
) -> dict[str, pd.DataFrame]:
    """The files of a deposit by name, for the returns given with their versions."""
    returns = rated.returns
    receipts = returns.receipts.loc[list(versions)]
    placements = {
        number: {
            key: {"sheet": place.sheet, "columns": place.columns}
            for (of, key), place in returns.placements.items()
            if of == number
        }
        for number in versions
    }
    lines = receipts.drop(columns=["path", "status", "reason"]).rename(columns={"version": "template_version"})
    lines = lines.assign(
        as_at=rated.as_at.isoformat(),
        seal=[content_hashes[number] for number in versions],
        rows=[json.dumps(each, sort_keys=True) for each in receipts["rows"]],
        columns=[json.dumps(placements[number], sort_keys=True) for number in versions],
    )
    lines["version"] = list(versions.values())
    files = {RETURNS: lines[[*KEY, *RECEIPT]].reset_index(drop=True)}
    identity = files[RETURNS][list(KEY)].set_axis(list(versions), axis=0)

    def own(frame: pd.DataFrame) -> pd.DataFrame:
        chosen = frame[frame["return"].isin(list(versions))]
        where = identity.loc[chosen["return"]].set_axis(chosen.index, axis=0)
        return pd.concat([where, chosen.drop(columns="return")], axis=1).reset_index(drop=True)

    for key, frame in returns.tables.items():
        files[key] = own(returns.rule_inputs.with_originals(key, frame))
    for key, frame in rated.ratings.items():
        files[f"{key}-ratings"] = own(frame)
    files[PROBLEMS] = own(returns.problems.drop(columns="file"))
    typed = [(number, key, row, field, as_text(said)) for (key, field, number, row), said in returns.as_typed.items()]
    files[AS_TYPED] = own(pd.DataFrame(typed, columns=["return", "table", "row", "field", "said"]))
    issued = [
        (number, row.table, row.ref, row.original_due, row.digest)
        for number, stamp in returns.stamps.items()
        for row in stamp.issued
    ]
    files[ISSUED] = own(pd.DataFrame(issued, columns=["return", "table", "ref", "original_due", "digest"]))
    return {name: frame for name, frame in files.items() if len(frame) or name == RETURNS}


def write_commit(folder: Location, month: str, files: Mapping[str, pd.DataFrame]) -> None:
    """Add a deposit of one month, whole."""
    try:
        with temporary_folder(folder) as built:
            for name, frame in files.items():
                with (built / f"{name}.parquet").open("wb") as file:
                    plain_columns(frame).to_parquet(file, index=False)
            put_in_place(built, folder / month)
    except OSError as error:
        raise OutputError(
            f"The archive {folder} cannot be written ({error.strerror or error}). It is as it was before. Run the command again."
        ) from None


def put_in_place(built: Path, month: Location) -> None:
    """Give a deposit the next number of its month; where another process took that meanwhile, the one after it.

    Elsewhere than on this machine, where two could take the same without knowing, something that no other has follows the number.
    """
    if not isinstance(month, Path):
        publish(built, month / f"{next_number(month)}-{uuid4().hex[:8]}", MARKER_FILE)
        return
    month.mkdir(parents=True, exist_ok=True)
    while True:
        target = month / next_number(month)
        try:
            publish(built, target, MARKER_FILE)
            return
        except OSError:
            if not target.exists():
                raise


def next_number(month: Location) -> str:
    numbers = [
        int(each.name.partition("-")[0]) for each in month.glob("[0-9]*") if each.name.partition("-")[0].isdecimal()
    ]
    return f"{max(numbers, default=0) + 1:04d}"


def plain_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame whose columns are each of one kind, as a file keeps them: truths, numbers, dates or texts."""
    plain = {}
    for name in frame.columns:
        column = frame[name]
        if column.dtype == object:
            kind = pd.api.types.infer_dtype(column, skipna=True)
            column = column.astype("float64") if kind in ("integer", "floating", "mixed-integer-float") else column
            column = column.astype("boolean" if column.hasnans else "bool") if kind == "boolean" else column
            column = column.astype("str") if column.dtype == object else column
        plain[name] = column
    return pd.DataFrame(plain, index=frame.index)


def select_for_deletion(folder: Location, before: date | None = None, services: Sequence[str] = ()) -> pd.DataFrame:
    """The returns, in all their versions, that a deletion asks for: KEY, name, file and digest.

    Months that ended before `before`, of the services with these codes; of every service, or of every month, where one
    of them is left out. Raises RequestError where both are, or a code is not in the archive.
    """
    if before is None and not services:
        raise RequestError("Say what to delete: months that ended before a date, a service, or both.")
    archive = open_archive(folder)
    known = set(archive.versions["service"])
    if unknown := [code for code in services if code not in known]:
        raise RequestError(
            f"The archive holds no return of a service {unknown[0]}. Its codes: {', '.join(sorted(known))}."
        )
    selection = archive.versions
    if before is not None:
        ended = [Period.read(month).last < before for month in selection["period"]]
        selection = selection[pd.Series(ended, index=selection.index, dtype=bool)]
    if services:
        selection = selection[selection["service"].isin(list(services))]
    return selection[[*KEY, "name", "file", "digest"]].reset_index(drop=True)


def purge_archive(folder: Location, before: date | None = None, services: Sequence[str] = ()) -> pd.DataFrame:
    """Delete what `select_for_deletion` gives, leave a receipt, and give its lines; raises OutputError where files cannot be changed.

    What was read last is forgotten with it, and what a run that was stopped left half-built.
    """
    lines = select_for_deletion(folder, before, services)
    if not len(lines):
        return lines
    try:
        receipt = begin_receipt(folder, lines, before, services)
        for left in (folder / READ_CACHE, *named(folder, f"{TEMPORARY_PREFIX}*")):
            remove(left)
        keys = pd.MultiIndex.from_frame(lines[list(KEY)])
        for commit in list(commits(folder)):
            drop_from(folder, commit, keys)
        rename(receipt, receipt.name.removeprefix("begun-"))
    except OSError as error:
        raise OutputError(
            f"The archive {folder} cannot be changed ({error.strerror or error}). What was begun is completed by asking again."
        ) from None
    return lines


def begin_receipt(folder: Location, lines: pd.DataFrame, before: date | None, services: Sequence[str]) -> Location:
    """The receipt of a deletion, named as begun until all is deleted."""
    place = folder / RECEIPTS
    if isinstance(place, Path):
        place.mkdir(exist_ok=True)
    number = 1 + len(list(place.glob("*purge-*.csv")))
    asked = " and ".join(
        filter(
            None,
            (f"ended before {before:%d/%m/%Y}" if before else "", f"service {', '.join(services)}" if services else ""),
        )
    )
    path = place / f"begun-purge-{number:04d}.csv"
    path.write_text(lines.assign(asked=asked).to_csv(index=False), "utf-8")
    return path


def drop_from(folder: Location, commit: Location, keys: pd.MultiIndex) -> None:
    """Put in a deposit's place one without some returns: the new one is whole before the old one goes."""
    held = pd.MultiIndex.from_frame(read_parquet(commit / f"{RETURNS}.parquet")[list(KEY)]).isin(keys)
    if not held.any():
        return
    if not held.all():
        files = {}
        for path in named(commit, "*.parquet"):
            frame = read_parquet(path)
            stays = frame[~pd.MultiIndex.from_frame(frame[list(KEY)]).isin(keys)]
            files[path.stem] = stays.reset_index(drop=True)
        write_commit(folder, commit.parent.name, files)
    if not isinstance(commit, Path):
        remove(commit, MARKER_FILE)
        return
    with temporary_folder(folder) as going:  # in one step, so that what is half gone does not count
        os.rename(commit, going / commit.name)
