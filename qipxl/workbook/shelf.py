"""What is needed again only later is kept in a temporary file instead of memory: cells until a workbook is closed, columns until a list
shows them."""

from __future__ import annotations

import pickle
from collections.abc import Collection, Mapping
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
    """Some columns of a frame on a shelf."""

    def __init__(self, frame: pd.DataFrame, names: Collection[str]) -> None:
        self.index, self.shelf = frame.index, Shelf()
        self.places: Mapping[str, int] = {name: self.shelf.put(frame[name].array) for name in names}

    def column(self, name: str) -> pd.Series:
        """A column as it was in the frame."""
        values = self.shelf.get(self.places[name])
        return pd.Series(values, self.index, values.dtype)
