"""Shares equal texts between frames: frames read from files have copies of their own, which take several times the memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray


class StringPool:
    """The texts seen so far."""

    def __init__(self) -> None:
        self.known: dict[object, object] = {}

    def of_frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The same rows with texts as Python strings, shared with all earlier frames."""
        shared = {}
        for name, kind in frame.dtypes.items():
            if isinstance(kind, pd.CategoricalDtype):
                codes, texts = frame[name].cat.codes.to_numpy(), [*kind.categories, np.nan]
            elif isinstance(kind, np.dtypes.ObjectDType | pd.StringDtype):
                codes, distinct = pd.factorize(frame[name].to_numpy(object), use_na_sentinel=False)
                texts = list(distinct)
            else:
                continue
            known = np.empty(len(texts), object)
            known[:] = [self.known.setdefault(text, text) for text in texts]
            shared[str(name)] = pd.Series(known[codes], index=frame.index, dtype=object)
        return frame.assign(**shared)

    def of_table(self, table: pa.Table) -> pd.DataFrame:
        """The frame that `arrow_table` was given, with shared texts."""
        columns = {
            name: self.of_column(column)
            for name, column in zip(table.column_names, table.combine_chunks().columns, strict=True)
        }
        index = pd.RangeIndex(len(table))
        made = {name: pd.Series(values, index, values.dtype) for name, values in columns.items()}
        return pd.DataFrame(made, index, copy=False)

    def of_column(self, column: pa.ChunkedArray) -> NDArray[Any] | pd.Categorical:
        """The values of a column that is in one piece, or has no rows."""
        values: NDArray[Any]
        if pa.types.is_dictionary(column.type):
            encoded = column.combine_chunks()
            texts = [self.known.setdefault(text, text) for text in encoded.dictionary.to_pylist()]
            values = np.array([*texts, np.nan], object)[encoded.indices.fill_null(len(texts)).to_numpy()]
        else:
            values = column.to_numpy()
        return values


class CategoryPool(StringPool):
    """Gives columns of texts as categories, so that nothing is made for each row."""

    def of_column(self, column: pa.ChunkedArray) -> NDArray[Any] | pd.Categorical:
        if not pa.types.is_dictionary(column.type):
            return super().of_column(column)
        encoded = column.combine_chunks()
        return pd.Categorical.from_codes(encoded.indices.fill_null(-1).to_numpy(), encoded.dictionary.to_pylist())


def arrow_table(frame: pd.DataFrame) -> pa.Table:
    """A frame of numbers, dates, truths and texts as an Arrow table, which holds each distinct text of a column once."""
    columns = {}
    for name in frame.columns:
        values = frame[name].to_numpy()
        is_text = values.dtype == object
        columns[name] = (
            pa.array(values, pa.string(), from_pandas=True).dictionary_encode() if is_text else pa.array(values)
        )
    return pa.table(columns)
