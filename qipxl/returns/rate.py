"""Returns → rated: every rating of every row, the band that decided it, and the values it was worked out from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from qipxl.returns.returns import TEXTS, Returns
from qipxl.rules.evaluate import Array, TableRows
from qipxl.rules.expression import EPOCH
from qipxl.rules.schema import Column
from qipxl.template import Template
from qipxl.text import clean_text


@dataclass(frozen=True)
class Rated:
    """Returns with their ratings on one date.

    `ratings` holds, for each table of which anything is worked out, a frame in the rows' own order: `return`, `row`, one column per
    calculated value, and for each rating its word, the code of the band that decided (`…_rule`) and the text its
    cell shows (`…_label`).
    """

    returns: Returns
    as_at: date
    ratings: Mapping[str, pd.DataFrame]


@pd.option_context(*TEXTS)
def rate(returns: Returns, as_at: date | None = None) -> Rated:
    """Work out every rating on the date of judgement (the end of the latest period where it is left out)."""
    day = returns.judged_on(as_at)
    parts: dict[str, list[pd.DataFrame]] = {}
    for template in returns.in_use:
        for numbers, book in returns.books_of(template, day):
            for key in rated_tables(template):
                frame = returns.tables[key]
                own = frame.loc[frame["return"].isin(numbers), ["return", "row"]]
                columns = pd.DataFrame(rated_columns(template, key, book.tables[key], own.index), index=own.index)
                parts.setdefault(key, []).append(pd.concat([own, columns], axis=1))
        returns.close(template, day)
    ratings = {key: pd.concat(each).sort_index() for key, each in parts.items()}
    return Rated(returns, day, {key: without_originals(returns, frame) for key, frame in ratings.items()})


def empty_ratings(returns: Returns) -> dict[str, pd.DataFrame]:
    """The frames of ratings that `rate` gives for these returns, without any row: their columns and types."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for template in returns.in_use:
        for key in rated_tables(template):
            columns = {name: pd.Series([], dtype=kind) for name, kind in rating_types(template, key).items()}
            rows = returns.tables[key].loc[[], ["return", "row"]]
            parts.setdefault(key, []).append(pd.concat([rows, pd.DataFrame(columns, index=rows.index)], axis=1))
    return {key: pd.concat(each) for key, each in parts.items()}


def rating_types(template: Template, key: str) -> dict[str, str]:
    """The columns that are worked out for a table, each with its type in a frame."""
    schema = template.rules.schema.tables[key]
    types = {line.key: TYPES[schema.columns[line.key].kind] for line in template.tables[key].calculated}
    for rating in template.rules.ratings[key]:
        types |= {f"{rating.column.key}{part}": "object" for part in ("", "_rule", "_label")}
    return types


TYPES = {"text": "object", "number": "float64", "date": "datetime64[s]", "truth": "bool"}
"""The type in a frame of each kind of value of the rule language."""


def without_originals(returns: Returns, frame: pd.DataFrame) -> pd.DataFrame:
    """Worked-out values in which no text comes back that is withheld from everybody but the rules."""
    texts = {clean_text(text) for text in returns.originals.values()}
    if not texts:
        return frame
    echoed = {column: frame[column].isin(texts) for column in frame.columns if frame[column].dtype == object}
    return frame.assign(
        **{column: frame[column].mask(mask, "(withheld)") for column, mask in echoed.items() if mask.any()}
    )


def rated_tables(template: Template) -> list[str]:
    """The tables of which anything is worked out."""
    return [key for key, ratings in template.rules.ratings.items() if ratings or template.tables[key].calculated]


def rated_columns(template: Template, key: str, rows: TableRows, index: pd.Index) -> dict[str, pd.Series]:
    """Calculated values, then ratings, of one table, each of the type that the rules gave it: texts as Python's own."""
    schema = template.rules.schema.tables[key]
    columns = {line.key: people_terms(schema.columns[line.key], rows) for line in template.tables[key].calculated}
    for rating in template.rules.ratings[key]:
        codes = np.array(rating.decides.codes(), object)
        columns[rating.column.key] = rows.values(rating.column)
        columns[f"{rating.column.key}_rule"] = codes[rating.decides.decided(rows)]
        columns[f"{rating.column.key}_label"] = rows.value_of(rating.label)
    return {name: pd.Series(values, index, values.dtype) for name, values in columns.items()}


def people_terms(column: Column, rows: TableRows) -> Array:
    """A calculated column as a frame keeps it: a date as a date, nothing as NaT."""
    values = rows.values(column)
    if column.kind != "date":
        return values
    days = np.datetime64(EPOCH) + values.astype("timedelta64[D]")
    return np.where(values > 0, days, np.datetime64("NaT")).astype("datetime64[s]")
