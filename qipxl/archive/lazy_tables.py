"""The tables of a summary other than its actions: each is read on demand and not kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Change = Callable[[pd.DataFrame], pd.DataFrame]
Wanted = Collection[str] | None
"""Folded codes of services, or columns; None for all."""
ALWAYS = ("service", "period", "ref", "return", "row", "action")
"""The columns that every frame has, as far as its table has them."""


@dataclass(frozen=True)
class LazyTables(Mapping[str, pd.DataFrame]):
    """Frames by the key of their table, as `qipxl.returns.provenance` gives them; each passes through `changes` when read.

    Together they may not fit into memory: hold one at a time, with `only` the columns that are needed. `empty` gives an empty
    frame of a table with all its columns.
    """

    available: Sequence[str]
    fetch: Callable[[str, Wanted, Wanted, bool], pd.DataFrame]
    fetch_parts: Callable[[str, Wanted, Wanted], Iterable[pd.DataFrame]]
    empty: Callable[[str], pd.DataFrame]
    changes: tuple[Change, ...] = ()
    codes: Collection[str] | None = None
    """The folded codes of the services to read. `fetch` may return rows of other services; `changes` must remove them."""
    columns: Collection[str] | None = None
    """The columns to read besides ALWAYS, all if None. `fetch` may return more of them, never one that the table lacks."""
    coded: bool = False
    """True if columns of texts may be categories."""

    def __getitem__(self, key: str) -> pd.DataFrame:
        if key not in self.available:
            raise KeyError(key)
        return self.after_changes(self.fetch(key, self.codes, self.columns, self.coded))

    def parts(self, key: str) -> Iterator[pd.DataFrame]:
        """A table's rows in parts, with all rows of a return in one part; no part if there is no such table."""
        if key in self.available:
            yield from map(self.after_changes, self.fetch_parts(key, self.codes, self.columns))

    def after_changes(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A frame that has passed through all changes."""
        for change in self.changes:
            frame = change(frame)
        return frame

    def __contains__(self, key: object) -> bool:
        return key in self.available

    def __iter__(self) -> Iterator[str]:
        return iter(self.available)

    def __len__(self) -> int:
        return len(self.available)

    def only(self, columns: Collection[str], *, coded: bool = False) -> LazyTables:
        """The same frames with no other columns than these and ALWAYS; `changes` need no other."""
        return replace(self, columns=columns, coded=coded)

    def changed(self, change: Change) -> LazyTables:
        """The same frames with one more change."""
        return replace(self, changes=(*self.changes, change))

    def with_more(self, more: Callable[[str], pd.DataFrame]) -> LazyTables:
        """The same frames, each followed by the rows that `more` gives for a key, with all columns of `empty`.

        A row is left out if its service's return still has a row of the same Ref.
        """

        def fetch(key: str, codes: Wanted, columns: Wanted, coded: bool) -> pd.DataFrame:
            frame = self.fetch(key, codes, columns, coded)
            added = more(key)
            added = added.loc[~same_refs(added, frame), frame.columns]
            return pd.concat([frame, added], ignore_index=True) if len(added) else frame

        def fetch_parts(key: str, codes: Wanted, columns: Wanted) -> Iterator[pd.DataFrame]:
            added: pd.DataFrame | None = None
            for part in self.fetch_parts(key, codes, columns):
                added = more(key)[part.columns] if added is None else added
                added = added[~same_refs(added, part)]
                yield part
            if added is not None and len(added):
                yield added

        return replace(self, fetch=fetch, fetch_parts=fetch_parts)

    def of_services(self, codes: Collection[str], select: Change) -> LazyTables:
        """The rows of some services, by their folded codes; `select` removes the rows of others."""
        return replace(self.changed(select), codes=codes if self.codes is None else set(codes) & set(self.codes))


def same_refs(rows: pd.DataFrame, others: pd.DataFrame) -> NDArray[np.bool_]:
    """For each row, whether the others have a row of the same service and Ref."""
    if not len(rows):
        return np.zeros(0, bool)
    near = others.loc[others["ref"].isin(rows["ref"]), ["service", "ref"]]
    return np.asarray(pd.MultiIndex.from_frame(rows[["service", "ref"]]).isin(pd.MultiIndex.from_frame(near)))


def in_memory(frames: Mapping[str, pd.DataFrame]) -> LazyTables:
    """Frames that are in memory already."""
    return LazyTables(
        list(frames), lambda key, *_: frames[key], lambda key, *_: [frames[key]], lambda key: frames[key].head(0)
    )
