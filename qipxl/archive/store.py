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

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import IO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import parquet

from qipxl.errors import SourceError
from qipxl.files import Location, named
from qipxl.periods import Period
from qipxl.returns.string_pool import StringPool
from qipxl.text import folded
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
        """The archive restricted to months before `period`; itself if it has no others."""
        earlier = self.versions["period"] < str(period)
        return self if earlier.all() else Archive(self.folder, self.versions[earlier])

    def of_services(self, codes: Collection[str]) -> Archive:
        """The archive restricted to services, by their codes in upper or lower case."""
        chosen = pd.Index(folded_texts(self.versions["service"]), dtype=object).isin([*map(folded, codes)])
        return Archive(self.folder, self.versions[chosen])

    def table(self, name: str, columns: Sequence[str] | None = None, texts: StringPool | None = None) -> pd.DataFrame:
        """The lines of one file, such as `actions` or `actions-ratings`, of the current versions; KEY comes first.

        `columns` are the columns to read after KEY, by default all; a commit without one of them gives no values for it.
        With `texts` equal texts share one string, so that many commits take no more memory than their rows.
        """
        parts = [commit.arrow_lines(name, columns, coded=texts is not None) for commit in self.commits()]
        present = [part for part in parts if part is not None]
        return joined_frame(present, texts) if present else pd.DataFrame(columns=[*KEY, *(columns or ())])

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
        table = self.arrow_lines(name, columns, coded=texts is not None)
        return None if table is None else frame_of(table, texts)

    def arrow_lines(self, name: str, columns: Sequence[str] | None = None, *, coded: bool = False) -> pa.Table | None:
        """The same as an Arrow table; with `coded`, each column of texts has every different text once."""
        path = self.folder / f"{name}.parquet"
        if not path.is_file():
            return None
        present = dict(zip(self.versions["stored_as"], self.versions["service"], strict=True))
        with opened(path) as file:
            lines = read_table(file, columns, [*present], coded=coded)
        if any(old != code for old, code in present.items()):
            codes = [present[code] for code in lines["service"].to_pylist()]
            place, field = lines.schema.get_field_index("service"), lines.schema.field("service")
            lines = lines.set_column(place, field, pa.array(codes, field.type))
        return lines


def frame_of(lines: pa.Table, texts: StringPool | None = None) -> pd.DataFrame:
    """A frame of the lines; with `texts` equal texts share one string."""
    frame: pd.DataFrame = lines.to_pandas() if texts is None else texts.of_table(lines)
    return frame


def joined_frame(parts: Sequence[pa.Table], texts: StringPool | None = None) -> pd.DataFrame:
    """A frame of the lines of several commits; a column that a commit lacks has no values there."""
    return frame_of(pa.concat_tables(parts, promote_options="permissive"), texts)


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
    alike = [name for name in shape if name == "columns"]  # long, and the same in most returns: each once in memory
    frame = (
        pa.concat_tables(parts, promote_options="permissive").to_pandas(categories=alike)
        if parts
        else pd.DataFrame(columns=shape)
    )
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


def read_parquet(path: Location) -> pd.DataFrame:
    """A whole file of the archive."""
    with opened(path) as file:
        return frame_of(read_table(file, None))


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


def read_table(
    file: IO[bytes], columns: Sequence[str] | None, services: Sequence[str] | None = None, *, coded: bool = False
) -> pa.Table:
    """Lines of a file; with `columns`, only KEY and those of them that it has; with `services`, only their lines.

    With `coded`, each column of texts has every different text once.
    """
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


def folded_pairs(first: pd.Series, second: pd.Series) -> NDArray[np.object_]:
    """The pair of two columns' texts in each line, as tuples of texts as they are compared; each distinct pair is made once."""
    codes = [pd.factorize(folded_texts(column)) for column in (first, second)]
    (left, left_texts), (right, right_texts) = codes
    pairs, lines = np.unique(left * len(right_texts) + right, return_inverse=True)
    made = np.empty(len(pairs), dtype=object)
    for place, pair in enumerate(pairs.tolist()):
        made[place] = left_texts[pair // len(right_texts)], right_texts[pair % len(right_texts)]
    return made[lines]


def folded_texts(column: pd.Series) -> NDArray[np.object_]:
    """A column's texts as they are compared; each distinct text is folded once."""
    codes, texts = pd.factorize(column.to_numpy(object), use_na_sentinel=False)
    return np.array([folded(text) for text in texts], dtype=object)[codes]
