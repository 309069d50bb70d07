"""Frames as tables that Parquet can hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa


def plain_table(frame: pd.DataFrame) -> pa.Table:
    """A frame as a table whose columns each have one type that Parquet can hold: booleans, numbers, dates or texts."""
    columns = {str(name): of_one_type(column) for name, column in frame.items()}
    if any(column.dtype == "boolean" for column in columns.values()):  # pandas reads it back from its own metadata
        return pa.Table.from_pandas(plain_columns(frame), preserve_index=False)
    return pa.table({name: plain_array(column) for name, column in columns.items()})


def plain_array(column: pd.Series) -> pa.Array:
    """A column of one type for Arrow."""
    texts = pa.large_string() if isinstance(column.dtype, np.dtypes.ObjectDType | pd.StringDtype) else None
    return pa.array(column.to_numpy(), texts, from_pandas=True)


def plain_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame whose columns each have one type that Parquet can hold: booleans, numbers, dates or texts."""
    plain = {name: of_one_type(column) for name, column in frame.items()}
    return pd.DataFrame(
        {name: column.astype("str") if column.dtype == object else column for name, column in plain.items()},
        index=frame.index,
    )


def of_one_type(column: pd.Series) -> pd.Series:
    """A column of Python objects as booleans, numbers or texts; any other column as it is."""
    kind = pd.api.types.infer_dtype(column, skipna=True) if column.dtype == object else ""
    if kind in ("integer", "floating", "mixed-integer-float"):
        return column.astype("float64")
    if kind == "boolean":
        return column.astype("boolean" if column.hasnans else "bool")
    return column.astype("str") if kind not in ("", "string", "empty") else column
