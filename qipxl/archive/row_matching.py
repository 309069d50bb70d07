"""Rows of a table in two months: which are the same row, and in which fields they differ.

Rows are matched by the identity of their table. Rows without one, and those that share it, are matched with an equal row if
there is one, otherwise in their order among the rows of the same reference. Columns are compared, not cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.privacy import without
from qipxl.rules.name_functions import plain_name
from qipxl.template import FieldLine
from qipxl.text import as_text, clean_text, folded

Array = NDArray[Any]


@dataclass(frozen=True)
class Side:
    """The rows of one table in one month: their services (folded), rows and keys, and the values of each field."""

    owner: Array
    row: Array
    key: Array
    values: Mapping[str, Array]

    def texts(self, line: FieldLine, index: Array) -> list[str]:
        """Some values of a field as a list shows them; texts that seem to hold personal data are withheld."""
        return [without(clean_text(text), staff=line.names_staff) for text in as_texts(self.values[line.key][index])]

    def with_typed(self, field: str, typed: Mapping[int, str]) -> Side:
        """The side with one field as texts; `typed` has the texts of some rows, by index."""
        texts = as_texts(self.values[field])
        for index, text in typed.items():
            texts[index] = text
        return replace(self, values={**self.values, field: texts})

    def take(self, index: Array) -> Side:
        return Side(self.owner[index], self.row[index], self.key[index], {k: v[index] for k, v in self.values.items()})


def as_texts(column: Array) -> Array:
    """A column of dates, numbers or texts as texts."""
    if column.dtype.kind == "M":
        return np.array(["" if np.isnat(day) else f"{pd.Timestamp(day):%d/%m/%Y}" for day in column] + [""], object)[
            :-1
        ]
    return np.array([*map(as_text, column), ""], object)[:-1]


def comparable(line: FieldLine, column: pd.Series | None, length: int) -> Array:
    """A column as it is compared: dates as days, numbers as floats, texts as they are; empty if there is no column."""
    if line.type == "date":
        days = pd.Series(pd.NaT, range(length)) if column is None else pd.to_datetime(column)
        return days.to_numpy("datetime64[D]")
    if line.type == "number":
        return np.full(length, np.nan) if column is None else pd.to_numeric(column).to_numpy(float)
    if column is None:
        return np.full(length, "", object)
    return np.where(pd.isna(column), "", column.to_numpy(object))


def changed(line: FieldLine, was: Array, now: Array) -> list[int]:
    """The indexes at which a field has another value; the case of letters, and another spelling of a person's name, do not count."""
    if was.dtype != now.dtype:
        was, now = as_texts(was), as_texts(now)
    if was.dtype.kind == "M":
        differs = (was != now) & ~(np.isnat(was) & np.isnat(now))
    elif was.dtype.kind == "f":
        differs = ~np.isclose(was, now, rtol=1e-9, atol=0, equal_nan=True)
    else:
        differs = was != now
    return [int(index) for index in np.flatnonzero(differs) if not alike(line, was[index], now[index])]


def alike(line: FieldLine, was: object, now: object) -> bool:
    """True for two texts that differ only in case, or name the same person."""
    if not isinstance(was, str) or not isinstance(now, str):
        return False
    if line.names_staff and plain_name(was):
        return sorted(plain_name(was).split()) == sorted(plain_name(now).split())
    return folded(was) == folded(now)


def matched(was: Side, now: Side) -> tuple[Array, Array]:
    """The indexes of the same rows on both sides."""
    then, here = (
        pd.DataFrame({"owner": side.owner, "key": side.key, "index": range(len(side.row))}) for side in (was, now)
    )
    single = [frame[(frame["key"] != "") & ~frame.duplicated(["owner", "key"], keep=False)] for frame in (then, here)]
    pairs = [single[0].merge(single[1], on=["owner", "key"])]
    for on in ("content", "key"):
        left = [
            frame[~frame["index"].isin(pd.concat([pair[name] for pair in pairs]))]
            for frame, name in ((then, "index_x"), (here, "index_y"))
        ]
        if not all(map(len, left)):
            break
        if on == "content":
            left = [
                frame.assign(content=contents(side, frame["index"].to_numpy()))
                for side, frame in zip((was, now), left, strict=True)
            ]
        numbered = [frame.assign(place=frame.groupby(["owner", on]).cumcount()) for frame in left]
        pairs.append(numbered[0].merge(numbered[1], on=["owner", on, "place"]))
    both = pd.concat(pairs)[["index_x", "index_y"]].sort_values("index_y").to_numpy(np.int64)
    return both[:, 0], both[:, 1]


def contents(side: Side, index: Array) -> list[str]:
    """The values of rows as one text each."""
    columns = [column[index].astype(str).tolist() for column in side.values.values()]
    return ["\x1f".join(row) for row in zip(*columns, strict=True)]
