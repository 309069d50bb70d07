"""The archive: every accepted return in full, month by month, as Parquet files that are never overwritten.

    archive/2026-03/0001/returns.parquet      a line per return: service, period, version, digest, receipt
    archive/2026-03/0001/actions.parquet      every row of a table with its service, period and version; one file per table
    archive/2026-03/0001/actions-ratings.parquet, problems.parquet, as-typed.parquet, issued.parquet
    archive/receipts/purge-0001.csv           what was deleted, and why (see qipxl.archive.purge)
    archive/read                              the read cache (see qipxl.reading.cache)

A run that has something new adds one numbered folder, a commit, for each batch of returns. A commit is complete or absent.
The highest version of a service and month is the current one; earlier versions stay unchanged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import IO
from uuid import uuid4

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import parquet

from qipxl.errors import OutputError, SourceError
from qipxl.files import Location, named, publish, temporary_folder
from qipxl.periods import Period
from qipxl.returns.rate import Rated
from qipxl.returns.string_pool import StringPool
from qipxl.text import as_text, folded
from qipxl.workbook.stamp import LAST_RETURN, TAKEN_OVER

KEY = ("service", "period", "version")
"""The first columns of every file."""
RECEIPT = (
    "name", "region", "manager", "template", "template_version", "file", "digest", "seal", "as_at", "nil", "submission",
    "submitted_by", "rows_found", "rows_accepted", "rows_set_aside", "rows_superseded", "rows", "columns", "last_return",
    "taken_over",
)  # fmt: skip
"""The columns of returns.parquet after KEY. `seal` is a content hash of the file and its ratings. `rows` and `columns` are
JSON: rows found, accepted and superseded in each table, and each table's sheet and the columns of its fields. `last_return`
and `taken_over` are what the tracker's stamp says about the return before and about an old plan; returns archived earlier have
none."""
STAMPED = {"last_return": LAST_RETURN, "taken_over": TAKEN_OVER}
"""The columns with a fact of the tracker's stamp."""
RETURNS, PROBLEMS, AS_TYPED, ISSUED = "returns", "problems", "as-typed", "issued"
MARKER_FILE = f"{RETURNS}.parquet"
"""A commit without this file is incomplete and is ignored."""
READ_CACHE = "read"


@dataclass(frozen=True)
class ArchiveChanges:
    """What a run did to the archive: codes of the services whose return is new, corrected (a new version) or unchanged."""

    new: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


@dataclass(frozen=True)
class Archive:
    """The archive in a folder. `versions` has a line per archived return: KEY, RECEIPT, `commit`, the folder that holds it, and
    `stored_as`, the service's code in the files."""

    folder: Location
    versions: pd.DataFrame

    @cached_property
    def latest(self) -> pd.DataFrame:
        """The current version of each month and service, in that order."""
        order = self.versions.sort_values(["period", "service", "version"], kind="stable")
        return order.drop_duplicates(["period", "service"], keep="last").reset_index(drop=True)

    def before(self, period: Period) -> Archive:
        """The archive restricted to months before `period`."""
        return Archive(self.folder, self.versions[self.versions["period"] < str(period)])

    def of_services(self, codes: Collection[str]) -> Archive:
        """The archive restricted to services, by their codes in upper or lower case."""
        chosen = pd.Index(folded_texts(self.versions["service"]), dtype=object).isin([*map(folded, codes)])
        return Archive(self.folder, self.versions[chosen])

    def table(self, name: str, columns: Sequence[str] | None = None, texts: StringPool | None = None) -> pd.DataFrame:
        """The lines of one file, such as `actions` or `actions-ratings`, of the current versions; KEY comes first.

        `columns` are the columns to read after KEY, by default all; a commit without one of them gives no values for it.
        With `texts` equal texts share one string, so that many commits take no more memory than their rows.
        """
        parts = [commit.lines(name, columns, texts) for commit in self.commits()]
        present = [part for part in parts if part is not None]
        return pd.concat(present, ignore_index=True) if present else pd.DataFrame(columns=[*KEY, *(columns or ())])

    def commits(self) -> Iterator[Commit]:
        """The commits that hold current versions, each with the versions that it holds."""
        yield from self.current

    @cached_property
    def current(self) -> Sequence[Commit]:
        """The same as a list, each commit a record that is kept."""
        groups = self.latest.groupby("commit", sort=True)
        return [Commit(self.folder / str(name), versions) for name, versions in groups]


@dataclass(frozen=True)
class Commit:
    """A commit and its current versions: at most one of each service, all of one month."""

    folder: Location
    versions: pd.DataFrame

    def lines(
        self, name: str, columns: Sequence[str] | None = None, texts: StringPool | None = None
    ) -> pd.DataFrame | None:
        """The lines of one file, as `Archive.table` gives them; None if the commit has no such file."""
        path = self.folder / f"{name}.parquet"
        if not path.is_file():
            return None
        lines = read_parquet(path, columns, texts, list(self.versions["stored_as"]))
        present = dict(zip(self.versions["stored_as"], self.versions["service"], strict=True))
        if any(old != code for old, code in present.items()):
            lines["service"] = lines["service"].map(present).astype(lines["service"].dtype)
        return lines


def open_archive(
    folder: Location,
    months: Collection[str] | None = None,
    columns: Sequence[str] | None = None,
    former_codes: Mapping[str, str] = MappingProxyType({}),
) -> Archive:
    """The archive in a folder; empty if the folder does not exist yet.

    Args:
        folder: The archive's folder, a path.
        months: Months, written 2026-03, to restrict it to; files of other months are not read. All months by default.
        columns: The columns of RECEIPT that `versions` has; all by default.
        former_codes: The present code of each service whose code has changed, by its former code in small letters. Returns
            under the former code are read as the service's. Of a month with returns under both, the former code's are not read.

    Raises:
        SourceError: A file of the archive cannot be read.

    >>> from pathlib import Path
    >>> archive = open_archive(Path("no such folder"))
    >>> len(archive.versions), len(archive.table("actions", ["ref"]))
    (0, 0)
    """
    parts = []
    for commit in commit_folders(folder, months):
        name = f"{commit.parent.name}/{commit.name}"
        with opened(commit / MARKER_FILE) as file:
            lines = read_table(file, columns)
        parts.append(lines.append_column("commit", pa.repeat(pa.scalar(name, pa.large_string()), len(lines))))
    shape = [*KEY, *(RECEIPT if columns is None else columns), "commit"]
    frame = pa.concat_tables(parts, promote_options="permissive").to_pandas() if parts else pd.DataFrame(columns=shape)
    for column in STAMPED.keys() & set(shape):
        frame[column] = frame[column].fillna("") if column in frame.columns else ""
    # An interrupted deletion leaves a version in two complete commits; the later one is used.
    frame = frame.drop_duplicates(list(KEY), keep="last").reset_index(drop=True)
    return Archive(folder, with_present_codes(frame, former_codes))


def with_present_codes(versions: pd.DataFrame, former_codes: Mapping[str, str]) -> pd.DataFrame:
    """Versions with the services' present codes; `stored_as` has the codes in the archive's files."""
    versions = versions.assign(stored_as=versions["service"])
    renamed = (
        pd.Index(folded_texts(versions["service"]), dtype=object).isin([*former_codes])
        if former_codes
        else np.zeros(len(versions), bool)
    )
    if not renamed.any():
        return versions
    codes = [former_codes.get(folded(code), code) for code in versions["service"]]
    versions = versions.assign(service=pd.Series(codes, versions.index, versions["service"].dtype))
    identity = pd.MultiIndex.from_arrays([folded_texts(versions["service"]), versions["period"]])
    both = renamed & identity.isin(identity[~renamed])
    return versions[~both].reset_index(drop=True)


def commit_folders(folder: Location, months: Collection[str] | None = None) -> Iterator[Location]:
    """The folders of complete commits, of all months or of some: oldest month and lowest number first."""
    for month in named(folder, "[0-9]*-[0-9]*"):
        if months is None or month.name in months:
            yield from (commit for commit in named(month, "[0-9]*") if (commit / MARKER_FILE).is_file())


def read_parquet(
    path: Location,
    columns: Sequence[str] | None = None,
    texts: StringPool | None = None,
    services: Sequence[str] | None = None,
) -> pd.DataFrame:
    """A file of the archive. With `columns`, only KEY and those of them that it has; with `services`, only their lines."""
    with opened(path) as file:
        return read_columns(file, columns, texts, services)


@contextmanager
def opened(path: Location) -> Iterator[IO[bytes]]:
    """A file of the archive; raises SourceError if it cannot be read."""
    try:
        with path.open("rb") as file:
            yield file
    except (OSError, ValueError) as error:
        raise SourceError(
            f"{path}, a file of the archive, cannot be read ({error}). Put the archive back from a backup."
        ) from None


def read_columns(
    file: IO[bytes], columns: Sequence[str] | None, texts: StringPool | None, services: Sequence[str] | None
) -> pd.DataFrame:
    """As `read_parquet`, from an open file. Lines are filtered before any text becomes a Python string."""
    lines = read_table(file, columns, services, coded=texts is not None)
    frame: pd.DataFrame = lines.to_pandas() if texts is None else texts.of_table(lines)
    return frame


def read_table(
    file: IO[bytes], columns: Sequence[str] | None, services: Sequence[str] | None = None, *, coded: bool = False
) -> pa.Table:
    """The lines that `read_columns` gives; with `coded`, each column of texts has every different text once."""
    source = parquet.ParquetFile(file)
    schema = source.schema_arrow
    chosen = schema.names if columns is None else [*KEY, *(name for name in columns if name in schema.names)]
    if coded:
        text_columns = [name for name in chosen if is_text(schema.field(name).type)]
        source = parquet.ParquetFile(file, read_dictionary=text_columns, metadata=source.metadata)
    lines = source.read(chosen, use_threads=False)  # files are small: starting threads costs more than it saves
    if services is not None:
        kind = lines["service"].type
        chosen_lines = pc.is_in(lines["service"], pa.array(services, kind.value_type if coded else kind))
        lines = lines if pc.all(chosen_lines).as_py() else lines.filter(chosen_lines)
    return lines


def is_text(kind: pa.DataType) -> bool:
    """True for a column of texts."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def keep_returns(
    rated: Rated, folder: Location, former_codes: Mapping[str, str] = MappingProxyType({})
) -> ArchiveChanges:
    """Add every accepted return that is new or has changed, with its ratings, to the archive.

    Args:
        rated: Rated returns of one or more months.
        folder: The archive's folder; it is created if it does not exist.
        former_codes: As in `open_archive`.

    Returns:
        The codes of the services whose return is `new`, `corrected` or `unchanged`.

    Raises:
        OutputError: The archive cannot be written.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import qipxl
    >>> core, march = qipxl.find_template("core"), qipxl.Period(2026, 3)
    >>> elm = qipxl.Service(code="ELM", name="Elm House")
    >>> cover, rows = {"submitted_by": "R Lee"}, {"actions": [{"ref": "A-001", "issue": "Falls at night"}]}
    >>> with tempfile.TemporaryDirectory() as name:
    ...     path = qipxl.write_tracker(core, elm, march, Path(name, "elm.xlsx"), cover=cover, rows=rows)
    ...     rated = qipxl.rate(qipxl.check(qipxl.read_returns(path), march.last), march.last)
    ...     keep_returns(rated, Path(name, "archive")).new
    ('ELM',)
    """
    accepted, content_hashes = rated.returns.accepted, content_hashes_of(rated)
    latest = open_archive(folder, set(accepted["period"]), ["seal"], former_codes).latest
    archived = {
        (str(code), str(month)): (int(version), str(seal))
        for code, month, version, seal in latest[["service", "period", "version", "seal"]].itertuples(index=False)
    }
    changes: dict[str, list[str]] = {"new": [], "corrected": [], "unchanged": []}
    to_write: dict[str, dict[int, int]] = {}
    for number, code, month in zip(accepted.index, accepted["service"], accepted["period"], strict=True):
        version, seal = archived.get((code, month), (0, ""))
        change = "unchanged" if seal == content_hashes[number] else "corrected" if version else "new"
        changes[change].append(code)
        if change != "unchanged":
            to_write.setdefault(month, {})[number] = version + 1
    for month, versions in to_write.items():
        write_commit(folder, month, commit_files(rated, versions, content_hashes))
    return ArchiveChanges(**{change: tuple(codes) for change, codes in changes.items()})


def content_hashes_of(rated: Rated) -> dict[int, str]:
    """For each accepted return, by its number, a hash of its file and its ratings."""
    accepted = rated.returns.accepted
    parts = {number: [rated.as_at.isoformat()] for number in accepted.index}
    for key in sorted(rated.ratings):
        frame = rated.ratings[key]
        pairs = [(str(name), column, of_one_type(column)) for name, column in frame.items()]
        changed = {name: plain for name, column, plain in pairs if plain is not column}
        hashes = pd.util.hash_pandas_object(frame.assign(**changed).drop(columns="return"), index=False)
        for number, total in hashes.groupby(frame["return"]).sum().items():
            parts[int(str(number))].append(f"{key} {total}")
    return {
        number: hashlib.sha256(" ".join([digest, *parts[number]]).encode()).hexdigest()[:32]
        for number, digest in zip(accepted.index, accepted["digest"], strict=True)
    }


def commit_files(rated: Rated, versions: Mapping[int, int], hashes: Mapping[int, str]) -> dict[str, pa.Table]:
    """The files of a commit by name, for the returns in `versions`, by their numbers."""
    returns = rated.returns
    receipts = returns.receipts.loc[list(versions)]
    placements: dict[int, dict[str, object]] = {number: {} for number in versions}
    for (owner, key), placement in returns.placements.items():
        if owner in placements:
            placements[owner][key] = {"sheet": placement.sheet, "columns": placement.columns}
    lines = receipts.drop(columns=["path", "status", "reason"]).rename(columns={"version": "template_version"})
    lines = lines.assign(
        as_at=rated.as_at.isoformat(),
        seal=[hashes[number] for number in versions],
        rows=[json.dumps(counts, sort_keys=True) for counts in receipts["rows"]],
        columns=[json.dumps(placements[number], sort_keys=True) for number in versions],
        **{
            column: [
                returns.stamps[number].facts.get(fact, "") if number in returns.stamps else "" for number in versions
            ]
            for column, fact in STAMPED.items()
        },
    )
    lines["version"] = list(versions.values())
    files = {RETURNS: plain_table(lines[[*KEY, *RECEIPT]])}
    identity, numbers = files[RETURNS].select(KEY), pd.Index(list(versions))

    def with_key(frame: pd.DataFrame) -> pa.Table:
        """The frame's rows of these returns, with KEY in place of their numbers."""
        owner = numbers.get_indexer(pd.Index(frame["return"]))
        table = plain_table(frame if (owner >= 0).all() else frame[owner >= 0]).drop(["return"])
        for place, name in enumerate(KEY):
            table = table.add_column(place, name, identity[name].take(owner[owner >= 0]))
        return table

    inputs = returns.rule_inputs
    for key, frame in returns.tables.items():
        files[key] = with_key(inputs.with_originals(key, frame))
    for key, frame in rated.ratings.items():
        files[f"{key}-ratings"] = with_key(frame)
    files[PROBLEMS] = with_key(returns.problems.drop(columns="file"))
    typed = [(number, key, row, field, as_text(value)) for (key, field, number, row), value in returns.as_typed.items()]
    files[AS_TYPED] = with_key(pd.DataFrame(typed, columns=["return", "table", "row", "field", "said"]))
    issued = [
        (number, row.table, row.ref, row.original_due, row.digest)
        for number, stamp in returns.stamps.items()
        for row in stamp.issued
    ]
    files[ISSUED] = with_key(pd.DataFrame(issued, columns=["return", "table", "ref", "original_due", "digest"]))
    return {name: table for name, table in files.items() if len(table) or name == RETURNS}


def write_commit(folder: Location, month: str, files: Mapping[str, pa.Table]) -> None:
    """Add a commit to a month; raises OutputError if it cannot be written."""
    try:
        with temporary_folder(folder) as temporary:
            for name, table in files.items():
                with (temporary / f"{name}.parquet").open("wb") as file:
                    parquet.write_table(table, file, write_statistics=False)  # no reader uses them
            publish_commit(temporary, folder / month)
    except OSError as error:
        raise OutputError(
            f"The archive {folder} cannot be written ({error.strerror or error}). It is unchanged. Run the command again."
        ) from None


def publish_commit(temporary: Path, month: Location) -> None:
    """Move a commit to the next number of its month, or to a later one if another process takes that number first.

    In remote storage, where two processes could take the same number unnoticed, a random suffix follows the number.
    """
    if not isinstance(month, Path):
        publish(temporary, month / f"{next_number(month)}-{uuid4().hex[:8]}", MARKER_FILE)
        return
    month.mkdir(parents=True, exist_ok=True)
    while True:
        target = month / next_number(month)
        try:
            publish(temporary, target, MARKER_FILE)
            return
        except OSError:
            if not target.exists():
                raise


def next_number(month: Location) -> str:
    """The next free number of a month's commits, in four digits."""
    names = [commit.name.partition("-")[0] for commit in month.glob("[0-9]*")]
    numbers = [int(name) for name in names if name.isdecimal()]
    return f"{max(numbers, default=0) + 1:04d}"


def plain_table(frame: pd.DataFrame) -> pa.Table:
    """A frame as a table whose columns each have one type that Parquet can hold: booleans, numbers, dates or texts."""
    columns = {str(name): of_one_type(column) for name, column in frame.items()}
    if any(column.dtype == "boolean" for column in columns.values()):  # pandas reads it back from its own metadata
        return pa.Table.from_pandas(plain_columns(frame), preserve_index=False)
    return pa.table({name: plain_array(column) for name, column in columns.items()})


def plain_array(column: pd.Series) -> pa.Array:
    """A column of one type for Arrow."""
    texts = pa.large_string() if isinstance(column.dtype, np.dtypes.ObjectDType | pd.StringDtype) else None
    return pa.array(column.to_numpy(), texts, from_pandas=True)


def plain_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame whose columns each have one type that Parquet can hold: booleans, numbers, dates or texts."""
    plain = {name: of_one_type(column) for name, column in frame.items()}
    return pd.DataFrame(
        {name: column.astype("str") if column.dtype == object else column for name, column in plain.items()},
        index=frame.index,
    )


def of_one_type(column: pd.Series) -> pd.Series:
    """A column of Python objects as booleans, numbers or texts; any other column as it is."""
    kind = pd.api.types.infer_dtype(column, skipna=True) if column.dtype == object else ""
    if kind in ("integer", "floating", "mixed-integer-float"):
        return column.astype("float64")
    if kind == "boolean":
        return column.astype("boolean" if column.hasnans else "bool")
    return column.astype("str") if kind not in ("", "string", "empty") else column


def folded_texts(column: pd.Series) -> NDArray[np.object_]:
    """A column's texts as they are compared; each distinct text is folded once."""
    codes, texts = pd.factorize(column.to_numpy(object), use_na_sentinel=False)
    return np.array([folded(text) for text in texts], dtype=object)[codes]
