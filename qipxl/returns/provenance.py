"""Traces rows to their origin: service, file and cell, with their calculated values and ratings."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.returns.rate import Rated
from qipxl.returns.returns import Returns
from qipxl.workbook.layout import column_letters, missing_words

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
    first, positions = named_by(frame.columns), {}
    for number in frame["return"].unique():
        placement = returns.placements[number, key]
        positions[number] = placement.sheet, placement.columns.get(first)
    return pd.Series(row_addresses(frame["return"], frame["row"], positions), frame.index, dtype="str")


def row_addresses(
    owners: pd.Series, rows: pd.Series, positions: Mapping[Hashable, tuple[str, int | None]]
) -> NDArray[np.object_]:
    """The address of each row: of a cell, such as Actions!A7, or of the whole row if its owner's table has no such column.

    For a row that is missing from its sheet: since when, such as “deleted in April 2026”.
    `positions` has the sheet and the column (from 0, None for none) of each owner's table.
    """
    if not len(rows):
        return np.empty(0, object)
    places = {place: number for number, place in enumerate(dict.fromkeys(positions.values()))}
    numbers, known = pd.factorize(owners)
    place_of_owner = np.array([places[positions[owner]] for owner in known], np.int64)
    pairs, distinct = pd.factorize(rows.to_numpy(np.int64) * len(places) + place_of_owner[numbers])
    sheets = list(places)
    addresses = np.empty(len(distinct), object)
    addresses[:] = [row_address_on(*sheets[pair % len(places)], pair // len(places)) for pair in distinct.tolist()]
    found: NDArray[np.object_] = addresses[pairs]
    return found


def row_address_on(sheet: str, column: int | None, row: int) -> str:
    """The address of a row on a sheet, or since when it is missing from it."""
    if missing := missing_words(row):
        return missing
    return f"{sheet}!{row}:{row}" if column is None else f"{sheet}!{column_letters(int(column))}{row}"


def impact_records(rated: Rated) -> dict[str, pd.DataFrame]:
    """The tables from which the results of the figures follow."""
    keys = [key for key in ("actions", "indicators", "measurements") if key in rated.returns.tables]
    return {key: traced(rated, key) for key in keys}
