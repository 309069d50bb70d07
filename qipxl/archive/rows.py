"""Rows of the archive as a summary shows them: with their ratings, their service and their cell address.

The archive keeps every text in full, because trackers are made from it. Here texts that may hold personal data can be
withheld, as they are when a return is read.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pandas.api.types import union_categoricals

from qipxl.archive.lazy_tables import ALWAYS, LazyTables, Wanted
from qipxl.archive.store import KEY, PROBLEMS, Archive, Commit, frame_of
from qipxl.errors import SourceError
from qipxl.privacy import PERSONAL_DATA, WITHHELD
from qipxl.returns.freed_memory import return_freed_now
from qipxl.returns.provenance import IDENTITY, named_by, row_addresses
from qipxl.returns.returns import TEXTS
from qipxl.returns.string_pool import CategoryPool, StringPool
from qipxl.workbook.shelf import ShelvedColumns

ENOUGH = 10_000
"""The lines of a frame for which the rows of several commits are joined."""
FEW = 200_000
"""A table with more rows is read again each time instead of cached."""
IN_A_GROUP = 20
"""The columns of a table that are read at a time if they go to a shelf."""
WIDE = 80
"""Above this width, build the frame in one step; pandas warns about fragmented frames at 100 columns."""


@dataclass(frozen=True)
class ArchivedRows:
    """The rows of some returns in the archive; each table is read on demand.

    `receipts` are the returns' receipts, by return number. `shapes` has an empty frame per table, with the columns and types
    that the rows get. `needed` names the columns to read besides IDENTITY; a table that it does not name has all columns.
    """

    archive: Archive
    receipts: pd.DataFrame
    shapes: Mapping[str, pd.DataFrame]
    needed: Mapping[str, Sequence[str]]
    texts: StringPool
    cache: dict[str, pd.DataFrame] = field(default_factory=dict)

    def table(self, key: str, codes: Wanted = None, columns: Wanted = None, coded: bool = False) -> pd.DataFrame:
        """A line for every row of a table, as `qipxl.returns.provenance.traced` gives it, with the columns that are needed.

        With `codes`, folded, at least the rows of these services; with `columns`, only those and ALWAYS, as categories if they may
        be `coded`. A table of few rows is cached.
        """
        if columns is not None:
            return self.read_table(key, codes, columns, CategoryPool() if coded else None)
        frame = self.cache[key] if key in self.cache else self.read_table(key, codes)
        if codes is None and len(frame) <= FEW:
            self.cache[key] = frame
        return frame

    def read_table(
        self, key: str, codes: Wanted, columns: Wanted = None, texts: StringPool | None = None
    ) -> pd.DataFrame:
        """As `table`, always read from the archive, with `texts` if given."""
        with pd.option_context(*TEXTS):
            shape = self.shape(key, columns)
            frame = stacked([*self.columns_of_parts(key, codes, shape, texts)], shape)
        return_freed_now(len(frame))
        return frame

    def shelved(self, key: str, in_memory: Collection[str]) -> tuple[pd.DataFrame, ShelvedColumns]:
        """A table with the columns that name its rows and those of `in_memory`; its other columns, read in groups, are on the shelf."""
        names = [*self.shape(key).columns]
        kept = {*ALWAYS, "name", "region", *in_memory}
        frame = self.read_table(key, None, kept)
        shelved, others = ShelvedColumns(frame.index), [name for name in names if name not in kept]
        for start in range(0, len(others), IN_A_GROUP):
            group = others[start : start + IN_A_GROUP]
            shelved.add(self.read_table(key, None, group)[group])
        return frame, shelved

    def parts(self, key: str, codes: Wanted = None, columns: Wanted = None) -> Iterator[pd.DataFrame]:
        """As `table`, in parts, with all rows of a return in one part; one empty part if there are no rows."""
        shape = self.shape(key, columns)
        parts, empty = self.columns_of_parts(key, codes, shape), True
        while True:
            with pd.option_context(*TEXTS):  # while a part is built, not while the caller uses it
                part = next(parts, None)
                frame = stacked([] if part is None else [part], shape)
            if part is not None or empty:
                yield frame
            if part is None:
                return
            empty = False

    def columns_of_parts(
        self, key: str, codes: Wanted, shape: pd.DataFrame, texts: StringPool | None = None
    ) -> Iterator[dict[str, pd.Series]]:
        """The columns of each part, those of `shape`; all lines of a part are of one month."""
        archive = self.archive if codes is None else self.archive.of_services(codes)
        for lines in iter_frames(archive, key, [*shape.columns], self.withheld, texts or self.texts):
            yield self.part(lines, shape)

    def shape(self, key: str, columns: Wanted = None) -> pd.DataFrame:
        """An empty frame of a table with the columns that are needed; with `columns`, only those of them and ALWAYS."""
        shape = self.shapes[key]
        needed = {*IDENTITY, "return", "row", *self.needed.get(key, shape.columns)}
        if columns is not None:
            needed &= {*ALWAYS, *columns}
        return shape[[name for name in shape.columns if name in needed]]

    def part(self, lines: pd.DataFrame, shape: pd.DataFrame) -> dict[str, pd.Series]:
        """The columns of lines of one month."""
        receipts = self.receipts[self.receipts["period"] == lines["period"].iloc[0]]
        index = pd.Index(receipts["service"]).get_indexer(lines["service"])
        names = ("file", "name", "region")
        identity = {name: receipts[name].to_numpy()[index] for name in names if name in shape.columns}
        identity["return"] = receipts.index.to_numpy()[index]
        return in_shape(with_columns(lines, identity), shape)

    @cached_property
    def withheld(self) -> pd.DataFrame:
        """The rows and fields of the texts that are withheld."""
        return personal_data(self.archive)

    def records(self, keys: Sequence[str]) -> LazyTables:
        """Some tables as a summary reads them."""
        return LazyTables(keys, self.table, self.parts, self.shape)


def archived_rows(
    archive: Archive, key: str, columns: Sequence[str] | None = None, withheld: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The rows of a table of the current versions, with their ratings, `ref` and `cell`.

    `withheld` (see `personal_data`) names the texts to replace by a reference to their cell; without it all texts are in full.
    """
    parts = list(iter_frames(archive, key, None if columns is None else [*columns, "cell"], withheld))
    if not parts:
        return pd.DataFrame(columns=[*KEY, "row", "ref", "cell"]).astype({"row": "int64"})
    return pd.concat(parts, ignore_index=True).copy()  # in few blocks, so that columns can be added


def iter_frames(
    archive: Archive,
    key: str,
    columns: Sequence[str] | None,
    withheld: pd.DataFrame | None,
    texts: StringPool | None = None,
) -> Iterator[pd.DataFrame]:
    """As `archived_rows`, in frames of one month, of about ENOUGH lines; with `texts` equal texts share one string."""
    names = dict.fromkeys(("row", "ref", "action", *(columns or ())))
    needed = None if columns is None else [name for name in names if name not in KEY]
    for lines, versions in lines_of_commits(archive, key, needed, coded=texts is not None):
        rows = frame_of(lines, texts)
        if withheld is not None:
            among = withheld["service"].isin(versions["service"]) & withheld["period"].isin(versions["period"])
            rows = withhold(rows, withheld[(withheld["table"] == key) & among])
        added: dict[str, pd.Series | NDArray[Any]] = {"ref": rows[named_by(rows.columns)]}
        if columns is None or "cell" in columns:
            added["cell"] = cells(versions, key, rows)
        yield with_columns(rows, added)


def lines_of_commits(
    archive: Archive, key: str, columns: Sequence[str] | None, *, coded: bool
) -> Iterator[tuple[pa.Table, pd.DataFrame]]:
    """The rows of a table with their ratings, and the versions that they are of.

    Consecutive commits of one month are joined until they have ENOUGH lines, because each frame has a cost of its own.
    """
    parts: list[pa.Table] = []
    versions: list[pd.DataFrame] = []
    month = ""
    for commit in archive.commits():
        lines = commit.arrow_lines(key, columns, coded=coded)
        if lines is None or not len(lines):
            continue
        ratings = commit.arrow_lines(f"{key}-ratings", columns, coded=coded)
        lines = lines if ratings is None else with_ratings(lines, ratings, commit)
        enough = sum(map(len, parts)) >= ENOUGH
        if parts and (enough or month != commit.folder.parent.name or not lines.schema.equals(parts[0].schema)):
            yield pa.concat_tables(parts), pd.concat(versions)
            parts, versions = [], []
        parts.append(lines)
        versions.append(commit.versions)
        month = commit.folder.parent.name
    if parts:
        yield pa.concat_tables(parts), pd.concat(versions)


def with_columns(frame: pd.DataFrame, columns: Mapping[str, pd.Series | NDArray[Any]]) -> pd.DataFrame:
    """A frame with further columns, or other ones of the same names, without a copy of the others."""
    kept = {str(name): column for name, column in frame.items()}
    texts = {name: pd.Series(values, frame.index, values.dtype, copy=False) for name, values in columns.items()}
    return pd.DataFrame(kept | texts, frame.index, copy=False)


def with_ratings(rows: pa.Table, ratings: pa.Table, commit: Commit) -> pa.Table:
    """A commit's rows with their ratings, which it keeps in the same order; raises SourceError if they do not match."""
    same = [*KEY, "row"]
    if not rows.select(same).equals(ratings.select(same)):
        raise SourceError(
            f"{commit.folder}, a folder of the archive, is inconsistent: its rows and their ratings do not match. "
            "Put the archive back from a backup."
        )
    for name in ratings.column_names:
        if name not in same:
            rows = rows.append_column(ratings.schema.field(name), ratings[name])
    return rows


def personal_data(archive: Archive) -> pd.DataFrame:
    """The texts that may hold personal data: KEY, `table`, `row`, `field`, and `text`, which replaces them."""
    needed, columns = ["table", "row", "field", "sheet", "cell", "code"], [*KEY, "table", "row", "field", "text"]
    tables = (commit.lines(PROBLEMS, needed) for commit in archive.commits())
    parts = [lines[lines["code"] == PERSONAL_DATA] for lines in tables if lines is not None]
    if not parts:
        return pd.DataFrame(columns=columns)
    found = pd.concat(parts, ignore_index=True)
    return found.assign(text=WITHHELD + found["sheet"] + "!" + found["cell"])[columns]


def withhold(rows: pd.DataFrame, withheld: pd.DataFrame) -> pd.DataFrame:
    """Rows with some texts replaced by a reference to their cell."""
    found = withheld[withheld["field"].isin(rows.columns)]
    if not len(found):
        return rows
    index = pd.Series(rows.index, pd.MultiIndex.from_frame(rows[[*KEY, "row"]]))
    changed = {}
    for name, lines in found.groupby("field"):
        column = rows[str(name)].astype(object)
        column.loc[index.loc[pd.MultiIndex.from_frame(lines[[*KEY, "row"]])]] = lines["text"].to_numpy()
        changed[str(name)] = column
    return rows.assign(**changed)


def cells(versions: pd.DataFrame, key: str, rows: pd.DataFrame) -> NDArray[np.object_]:
    """The address of each row's first field, such as Actions!A7, by the tables' positions in the receipts of one month."""
    first, positions = named_by(rows.columns), {}
    for service, columns in versions[["service", "columns"]].itertuples(index=False, name=None):
        if placement := placements(str(columns)).get(key):
            positions[service] = placement["sheet"], placement["columns"].get(first)
    return row_addresses(rows["service"], rows["row"], positions)


@lru_cache(maxsize=1024)
def placements(columns: str) -> Mapping[str, Any]:
    """The sheet and the columns of each table of a return, from its receipt; most returns have the same."""
    return dict(json.loads(columns))


def in_shape(frame: pd.DataFrame, shape: pd.DataFrame) -> dict[str, pd.Series]:
    """A frame's columns with the names and types of a shape; a missing column has no values."""
    made = {}
    for name, kind in shape.dtypes.items():
        column = frame[name] if name in frame.columns else pd.Series(np.nan, frame.index, dtype=object)
        if column.dtype == kind:
            pass
        elif isinstance(kind, np.dtypes.BoolDType):
            column = column.fillna(False).astype(bool)
        elif not isinstance(kind, np.dtypes.ObjectDType | pd.StringDtype):
            column = column.astype(kind)
        made[str(name)] = column
    return made


def one_column(columns: Sequence[pd.Series]) -> pd.Series:
    """Columns of several parts one below the other; categories stay categories."""
    coded = [column.array for column in columns if isinstance(column.array, pd.Categorical)]
    return pd.Series(union_categoricals(coded)) if len(coded) == len(columns) else pd.concat(columns, ignore_index=True)


def stacked(parts: Sequence[dict[str, pd.Series]], shape: pd.DataFrame) -> pd.DataFrame:
    """Concatenate parts, ordered by return and row. Frees each column of the parts once it is joined, to limit peak memory."""
    if not parts:
        return shape
    where = {name: np.concatenate([part[name].to_numpy() for part in parts]) for name in ("return", "row")}
    order = np.lexsort((where["row"], where["return"]))
    in_order = bool((np.diff(order) == 1).all())
    index, made = pd.RangeIndex(len(order)), {}
    for name in map(str, shape.columns):
        columns = [part.pop(name) for part in parts]
        column = columns[0] if len(columns) == 1 else one_column(columns)
        values = column.array if in_order else column.array.take(order)
        made[name] = pd.Series(values, index, values.dtype, copy=False)
    frame = pd.DataFrame(made, copy=False)  # one block per column: less memory, but slower to change
    return frame if len(made) < WIDE else frame.copy()
