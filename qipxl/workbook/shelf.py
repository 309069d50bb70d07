"""What is needed again only later is kept in a temporary file instead of memory: cells until a workbook is closed, columns until a list
shows them."""

from __future__ import annotations

import pickle
from tempfile import SpooledTemporaryFile
from typing import Any

import pandas as pd

SMALL = 1 << 20
"""The most bytes that are kept in memory."""


class Shelf:
    """Arrays, texts and numbers in a temporary file without a name, which is deleted with its shelf."""

    def __init__(self) -> None:
        self.file = SpooledTemporaryFile(SMALL)  # noqa: SIM115  # it closes with the shelf

    def __del__(self) -> None:
        self.file.close()

    def put(self, content: object) -> int:
        """Keep something; returns its place in the file."""
        place = self.file.seek(0, 2)
        pickle.dump(content, self.file, pickle.HIGHEST_PROTOCOL)
        return place

    def get(self, place: int) -> Any:
        """What is kept at a place."""
        self.file.seek(place)
        return pickle.load(self.file)


class ShelvedColumns:
    """Columns of a frame, with its index, on a shelf; `places` are their places by their names."""

    def __init__(self, index: pd.Index) -> None:
        self.index, self.shelf, self.places = index, Shelf(), dict[str, int]()

    def add(self, frame: pd.DataFrame) -> None:
        """Add columns of the same rows."""
        self.places |= {str(name): self.shelf.put(column.array) for name, column in frame.items()}

    def column(self, name: str) -> pd.Series:
        """A column as it was in the frame."""
        values = self.shelf.get(self.places[name])
        return pd.Series(values, self.index, values.dtype)

    def followed_by(self, rows: pd.DataFrame) -> ShelvedColumns:
        """The same columns with further rows, under a new index."""
        longer = ShelvedColumns(pd.RangeIndex(len(self.index) + len(rows)))
        for name in self.places:
            longer.add(pd.concat([self.column(name), rows[name]], ignore_index=True).to_frame(name))
        return longer
