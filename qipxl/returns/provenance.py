"""Traces rows to their origin: service, file and cell, with their calculated values and ratings."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from qipxl.returns.rate import Rated
from qipxl.returns.returns import Returns
from qipxl.workbook.layout import column_letters

IDENTITY = ("file", "service", "name", "region", "period", "ref", "cell")
"""The first columns of each line: its origin."""


def traced(rated: Rated, key: str) -> pd.DataFrame:
    """A line for every row of a table: IDENTITY, `return`, `row`, every field, calculated value and rating.

    If the rows of a table have no reference, `ref` is that of the action they belong to.
    """
    returns = rated.returns
    frame = returns.tables[key]
    receipts = returns.receipts.loc[frame["return"], ["file", "service", "name", "region", "period"]]
    origin = receipts.set_axis(frame.index).assign(ref=frame[named_by(frame.columns)], cell=cells(returns, key, frame))
    fields = frame.drop(columns=["ref"], errors="ignore")
    if key not in rated.ratings:
        return pd.concat([origin, fields], axis=1)
    return pd.concat([origin, fields, rated.ratings[key].drop(columns=["return", "row"])], axis=1)


def named_by(columns: Collection[object]) -> str:
    """The column that names a table's rows: their reference, else the action they belong to."""
    return "ref" if "ref" in columns else "action"


def cells(returns: Returns, key: str, frame: pd.DataFrame) -> pd.Series:
    """The address of each row's first field, such as Actions!A7."""
    first = named_by(frame.columns)
    starts = {}
    for number in frame["return"].unique():
        placement = returns.placements[number, key]
        starts[number] = f"{placement.sheet}!", placement.columns.get(first)
    addresses = []
    for number, row in zip(frame["return"], frame["row"], strict=True):
        sheet, column = starts[number]
        addresses.append(f"{sheet}{row}:{row}" if column is None else f"{sheet}{column_letters(column)}{row}")
    return pd.Series(addresses, frame.index, dtype="str")
