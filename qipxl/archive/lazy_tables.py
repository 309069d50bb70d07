"""The rows that a summary shows beside its actions: a table is fetched when it is asked for, and let go of afterwards."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

Change = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class LazyTables(Mapping[str, pd.DataFrame]):
    """Frames by the key of their table, as `qipxl.returns.provenance` gives them, each changed by `changes` on its way.

    They may be larger than memory together: whoever walks through all of them holds one at a time.
    """

    keys_there: Sequence[str]
    fetch: Callable[[str, Collection[str] | None], pd.DataFrame]
    fetch_parts: Callable[[str, Collection[str] | None], Iterable[pd.DataFrame]]
    changes: tuple[Change, ...] = ()
    codes: Collection[str] | None = None
    """The folded codes of the services that are wanted; whoever fetches may leave out others, `changes` must."""

    def __getitem__(self, key: str) -> pd.DataFrame:
        if key not in self.keys_there:
            raise KeyError(key)
        return self.after_changes(self.fetch(key, self.codes))

    def parts(self, key: str) -> Iterator[pd.DataFrame]:
        """The same rows a part after another, none where there is no such table; a return's rows are all in one part."""
        if key in self.keys_there:
            yield from map(self.after_changes, self.fetch_parts(key, self.codes))

    def after_changes(self, frame: pd.DataFrame) -> pd.DataFrame:
        for change in self.changes:
            frame = change(frame)
        return frame

    def __contains__(self, key: object) -> bool:
        return key in self.keys_there

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys_there)

    def __len__(self) -> int:
        return len(self.keys_there)

    def changed(self, change: Change) -> LazyTables:
        """The same frames, each changed once more."""
        return replace(self, changes=(*self.changes, change))

    def of_services(self, codes: Collection[str], own: Change) -> LazyTables:
        """The rows of some services, named by their folded codes; `own` leaves out the others."""
        return replace(self.changed(own), codes=codes if self.codes is None else set(codes) & set(self.codes))


def held(frames: Mapping[str, pd.DataFrame]) -> LazyTables:
    """Frames that are in memory."""
    return LazyTables(list(frames), lambda key, codes: frames[key], lambda key, codes: [frames[key]])
