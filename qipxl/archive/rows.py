"""Rows of the archive as a summary shows them: beside what was worked out, whose they are and the cell they stand in.

The archive keeps every text in full, for trackers that are made from it; here those that seem to hold personal data are withheld, as
they are from everybody who reads a return.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from qipxl.archive.lazy_tables import LazyTables
from qipxl.archive.store import KEY, PROBLEMS, Archive, Commit
from qipxl.errors import SourceError
from qipxl.privacy import PERSONAL_DATA, WITHHELD
from qipxl.returns.provenance import IDENTITY, named_by
from qipxl.returns.returns import TEXTS
from qipxl.returns.string_pool import StringPool
from qipxl.workbook.layout import column_letters

FEW = 200_000
"""Rows of a table that is not fetched twice."""
WIDE = 80
"""So many columns are not kept in a block each: of a hundred pandas complains."""


@dataclass(frozen=True)
class ArchivedRows:
    """The rows of some returns in the archive, each table fetched when it is asked for.

    `receipts` are those of the returns, by their numbers in the batch; `shapes` has each table as it is without any row, of
    which the frames have the columns and their kinds; `wanted` are the columns that are needed beside IDENTITY, all of a table
    that it does not name.
    """

    archive: Archive
    receipts: pd.DataFrame
    shapes: Mapping[str, pd.DataFrame]
    wanted: Mapping[str, Sequence[str]]
    texts: StringPool
    kept: dict[str, pd.DataFrame] = field(default_factory=dict)

    def table(self, key: str, codes: Collection[str] | None = None) -> pd.DataFrame:
        """A line for every row of a table, as `qipxl.returns.provenance.traced` gives it; of its columns those that are wanted.

        With `codes`, folded, at least those of these services. A table of few rows is kept for the next time.
        """
        found = self.kept[key] if key in self.kept else self.fetched(key, codes)
        if codes is None and len(found) <= FEW:
            self.kept[key] = found
        return found

    def fetched(self, key: str, codes: Collection[str] | None) -> pd.DataFrame:
        """The same, fetched."""
        with pd.option_context(*TEXTS):
            return stacked([*self.columns_of_parts(key, codes)], self.shape(key))

    def parts(self, key: str, codes: Collection[str] | None = None) -> Iterator[pd.DataFrame]:
        """The same, a part after another, one without any row where there is none; a return's rows are all in one part."""
        parts, empty = self.columns_of_parts(key, codes), True
        while True:
            with pd.option_context(*TEXTS):  # for as long as a part is made, not while it is looked at
                part = next(parts, None)
                frame = stacked([] if part is None else [part], self.shape(key))
            if part is not None or empty:
                yield frame
            if part is None:
                return
            empty = False

    def columns_of_parts(self, key: str, codes: Collection[str] | None) -> Iterator[dict[str, pd.Series]]:
        """The columns of each part."""
        shape = self.shape(key)
        archive = self.archive if codes is None else self.archive.of_services(codes)
        for lines in iter_commits(archive, key, [*shape.columns], self.withheld, self.texts):
            yield self.part(lines, shape)

    def shape(self, key: str) -> pd.DataFrame:
        """A table without any row, of the columns that are wanted."""
        shape = self.shapes[key]
        wanted = (*IDENTITY, "return", "row", *self.wanted.get(key, shape.columns))
        return shape[[name for name in shape.columns if name in wanted]]

    def part(self, lines: pd.DataFrame, shape: pd.DataFrame) -> dict[str, pd.Series]:
        """The columns of one deposit's lines, which are all of one month."""
        own = self.receipts[self.receipts["period"] == lines["period"].iloc[0]]
        places = pd.Index(own["service"]).get_indexer(lines["service"])
        known = {name: own[name].to_numpy()[places] for name in ("file", "name", "region")}
        known["cell"] = self.texts.of_frame(lines[["cell"]])["cell"]
        return in_shape(lines.assign(**{"return": own.index.to_numpy()[places]}, **known), shape)

    @cached_property
    def withheld(self) -> pd.DataFrame:
        """The places of texts that are withheld."""
        return personal(self.archive)

    def records(self, keys: Sequence[str]) -> LazyTables:
        """Some tables, for a summary."""
        return LazyTables(keys, self.table, self.parts)


def lines_of(
    archive: Archive,
    key: str,
    columns: Sequence[str] | None = None,
    withheld: pd.DataFrame | None = None,
    texts: StringPool | None = None,
) -> pd.DataFrame:
    """The rows of a table of the versions that count, with what was worked out of each, and `ref` and `cell`.

    `withheld` are the places of texts (see `personal`) that only say where they stand; where it is left out all stand in full.
    """
    parts = list(iter_commits(archive, key, columns, withheld, texts))
    if not parts:
        return pd.DataFrame(columns=[*KEY, "row", "ref", "cell"]).astype({"row": "int64"})
    return pd.concat(parts, ignore_index=True)


def iter_commits(
    archive: Archive,
    key: str,
    columns: Sequence[str] | None = None,
    withheld: pd.DataFrame | None = None,
    texts: StringPool | None = None,
) -> Iterator[pd.DataFrame]:
    """The same, deposit by deposit."""
    wanted = None
    if columns is not None:
        wanted = list(dict.fromkeys(name for name in ("row", "ref", "action", *columns) if name not in KEY))
    for commit in archive.commits():
        rows = commit.lines(key, wanted, texts)
        if rows is not None and len(rows):
            if withheld is not None:
                there = (withheld["table"] == key) & withheld["service"].isin(commit.versions["service"])
                rows = without(rows, withheld[there & withheld["period"].isin(commit.versions["period"])])
            rows = beside(rows, commit.lines(f"{key}-ratings", wanted, texts), commit)
            yield rows.assign(ref=rows[named_by(rows.columns)], cell=cells(commit, key, rows))


def beside(rows: pd.DataFrame, worked_out: pd.DataFrame | None, commit: Commit) -> pd.DataFrame:
    """Rows with what was worked out of each, which a deposit keeps in the same order."""
    if worked_out is None:
        return rows
    for name in (*KEY, "row"):
        if not np.array_equal(rows[name].to_numpy(object), worked_out[name].to_numpy(object)):
            raise SourceError(
                f"{commit.folder}, a deposit of the archive, does not hold together: its rows and what was worked out of them are "
                "not the same ones. Put the archive back from a backup."
            )
    return pd.concat([rows, worked_out.drop(columns=[*KEY, "row"])], axis=1)


def personal(archive: Archive) -> pd.DataFrame:
    """The places of texts that seem to hold personal data: KEY, `table`, `row`, `field`, and `said`, what stands there instead."""
    wanted = ["table", "row", "field", "sheet", "cell", "code"]
    parts = []
    for commit in archive.commits():
        lines = commit.lines(PROBLEMS, wanted)
        if lines is not None:
            parts.append(lines[lines["code"] == PERSONAL_DATA])
    if not parts:
        return pd.DataFrame(columns=[*KEY, "table", "row", "field", "said"])
    found = pd.concat(parts, ignore_index=True)
    return found.assign(said=WITHHELD + found["sheet"] + "!" + found["cell"])[[*KEY, "table", "row", "field", "said"]]


def without(rows: pd.DataFrame, withheld: pd.DataFrame) -> pd.DataFrame:
    """Rows in which the texts at some places only say where they stand."""
    found = withheld[withheld["field"].isin(rows.columns)]
    if not len(found):
        return rows
    places = pd.Series(rows.index, pd.MultiIndex.from_frame(rows[[*KEY, "row"]]))
    made = {}
    for name, own in found.groupby("field"):
        column = rows[str(name)].astype(object)
        column.loc[places.loc[pd.MultiIndex.from_frame(own[[*KEY, "row"]])]] = own["said"].to_numpy()
        made[str(name)] = column
    return rows.assign(**made)


def cells(commit: Commit, key: str, rows: pd.DataFrame) -> pd.Series:
    """The address of each row's first field, such as Actions!A7, from the receipts' record of where tables stood."""
    first = named_by(rows.columns)
    starts, ends = {}, {}
    for service, said in commit.versions[["service", "columns"]].itertuples(index=False, name=None):
        if place := json.loads(str(said)).get(key):
            column = place["columns"].get(first)
            starts[service] = f"{place['sheet']}!{'' if column is None else column_letters(int(column))}"
            ends[service] = ":" if column is None else ""
    found = [
        f"{starts[service]}{row}" if not ends[service] else f"{starts[service]}{row}:{row}"
        for service, row in zip(rows["service"], rows["row"], strict=True)
    ]
    return pd.Series(found, rows.index, dtype=object)


def in_shape(frame: pd.DataFrame, shape: pd.DataFrame) -> dict[str, pd.Series]:
    """A frame's columns as a shape has them, of its kinds; one that no return has is without values."""
    made = {}
    for name, kind in shape.dtypes.items():
        column = frame[name] if name in frame.columns else pd.Series(np.nan, frame.index, dtype=object)
        if isinstance(kind, np.dtypes.BoolDType):
            column = column.fillna(False).astype(bool)
        elif not isinstance(kind, np.dtypes.ObjectDType | pd.StringDtype):
            column = column.astype(kind)
        made[str(name)] = column
    return made


def stacked(parts: Sequence[dict[str, pd.Series]], shape: pd.DataFrame) -> pd.DataFrame:
    """Parts below one another, by return and row. Each column is let go of in the parts when it is whole: they may be large."""
    if not parts:
        return shape
    where = {name: np.concatenate([part[name].to_numpy() for part in parts]) for name in ("return", "row")}
    order = np.lexsort((where["row"], where["return"]))
    made = {}
    for name in map(str, shape.columns):
        whole = pd.concat([part.pop(name) for part in parts], ignore_index=True)
        made[name] = whole.take(order).reset_index(drop=True)
    frame = pd.DataFrame(made, copy=False)  # one block a column: less room, but more time where it is changed
    return frame if len(frame) > FEW and len(made) < WIDE else frame.copy()
