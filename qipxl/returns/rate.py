"""Rates returns: every rating of every row, the band that decided it, and the calculated values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from qipxl.returns.returns import TEXTS, Returns
from qipxl.rules.evaluate import TableRows
from qipxl.rules.expression import EPOCH, Array
from qipxl.rules.schema import Column
from qipxl.template import Template
from qipxl.text import clean_text


@dataclass(frozen=True)
class Rated:
    """Returns with their ratings on one date.

    `ratings` holds, for each table with calculated values or ratings, a frame in the order of the table's rows: `return`,
    `row`, one column per calculated value, and for each rating its word, the code of the band that decided (`…_rule`) and
    the text of its cell (`…_label`).

    >>> from qipxl.returns.returns import Returns, problem_frame
    >>> Rated(Returns({}, pd.DataFrame(), {}, {}, {}, problem_frame()), date(2026, 3, 31), {}).as_at
    datetime.date(2026, 3, 31)
    """

    returns: Returns
    as_at: date
    ratings: Mapping[str, pd.DataFrame]


@pd.option_context(*TEXTS)
def rate(returns: Returns, as_at: date | None = None, *, keep_books: bool = False) -> Rated:
    """Calculate every rating of every row.

    `returns` come from `read_returns` or `check`. `as_at` is the date of judgement (default: the end of the latest period
    of the returns). `keep_books` is True to keep what the rules worked out, for `RuleBooks.refreshed`. Raises RequestError if
    `as_at` is None and no return is accepted.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from qipxl import Period, Service, find_template, read_returns, write_tracker
    >>> elm, rows = Service(code="ELM", name="Elm House"), {"actions": [{"ref": "A-1", "issue": "Call bells"}]}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_tracker(find_template("core"), elm, Period(2026, 3), Path(folder, "elm.xlsx"), rows=rows)
    ...     returns = read_returns(path)
    >>> rate(returns).as_at
    datetime.date(2026, 3, 31)
    """
    day = returns.judged_on(as_at)
    parts: dict[str, list[pd.DataFrame]] = {}
    for template in returns.in_use:
        for numbers, book in returns.books_of(template, day):
            for key in rated_tables(template):
                frame = returns.tables[key]
                rows = frame.loc[frame["return"].isin(numbers), ["return", "row"]]
                columns = pd.DataFrame(rated_columns(template, key, book.tables[key], rows.index), index=rows.index)
                parts.setdefault(key, []).append(pd.concat([rows, columns], axis=1))
    if not keep_books:
        returns.books.close()
    ratings = {key: pd.concat(frames).sort_index() for key, frames in parts.items()}
    return Rated(returns, day, {key: without_originals(returns, frame) for key, frame in ratings.items()})


def empty_ratings(returns: Returns) -> dict[str, pd.DataFrame]:
    """The frames of ratings that `rate` returns, without rows: only their columns and types."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for template in returns.in_use:
        for key in rated_tables(template):
            columns = {name: pd.Series([], dtype=kind) for name, kind in rating_types(template, key).items()}
            rows = returns.tables[key].loc[[], ["return", "row"]]
            parts.setdefault(key, []).append(pd.concat([rows, pd.DataFrame(columns, index=rows.index)], axis=1))
    return {key: pd.concat(frames) for key, frames in parts.items()}


def rating_types(template: Template, key: str) -> dict[str, str]:
    """The calculated columns of a table, each with its type in a frame."""
    schema = template.rules.schema.tables[key]
    types = {line.key: TYPES[schema.columns[line.key].kind] for line in template.tables[key].calculated}
    for rating in template.rules.ratings[key]:
        types |= {f"{rating.column.key}{part}": "object" for part in ("", "_rule", "_label")}
    return types


TYPES = {"text": "object", "number": "float64", "date": "datetime64[s]", "truth": "bool"}
"""The type in a frame of each kind of value of the rule language."""


def without_originals(returns: Returns, frame: pd.DataFrame) -> pd.DataFrame:
    """Calculated values with every withheld text (possible personal data) masked."""
    texts = {clean_text(text) for text in returns.originals.values()}
    if not texts:
        return frame
    echoed = {column: frame[column].isin(texts) for column in frame.columns if frame[column].dtype == object}
    return frame.assign(
        **{column: frame[column].mask(mask, "(withheld)") for column, mask in echoed.items() if mask.any()}
    )


def rated_tables(template: Template) -> list[str]:
    """The tables with calculated values or ratings."""
    return [key for key, ratings in template.rules.ratings.items() if ratings or template.tables[key].calculated]


def rated_columns(template: Template, key: str, rows: TableRows, index: pd.Index) -> dict[str, pd.Series]:
    """Calculated values, then ratings, of one table, each of the type that its rule returns; texts are Python strings."""
    schema = template.rules.schema.tables[key]
    columns = {line.key: frame_values(schema.columns[line.key], rows) for line in template.tables[key].calculated}
    for rating in template.rules.ratings[key]:
        codes = np.array(rating.decides.codes(), object)
        columns[rating.column.key] = rows.values(rating.column)
        columns[f"{rating.column.key}_rule"] = codes[rating.decides.decided(rows)]
        columns[f"{rating.column.key}_label"] = rows.value_of(rating.label)
    return {name: pd.Series(values, index, values.dtype) for name, values in columns.items()}


def frame_values(column: Column, rows: TableRows) -> Array:
    """A calculated column as a frame keeps it: day numbers as datetime64, 0 as NaT."""
    values = rows.values(column)
    if column.kind != "date":
        return values
    days = np.datetime64(EPOCH) + values.astype("timedelta64[D]")
    return np.where(values > 0, days, np.datetime64("NaT")).astype("datetime64[s]")
