"""Cells typed: what a column of raw cells says, and which of them cannot be read.

The same reading as the sheet's own workings: a date is a whole day from 2000 to 2099, a number is a number, a choice is
a word of its list whatever its case, and TRUE, FALSE and error values are neither text nor anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd

from qipxl.rules.evaluation import Array
from qipxl.rules.expressions import EPOCH
from qipxl.rules.formula import FIRST_DAY, LARGEST, LAST_DAY
from qipxl.template import FieldLine
from qipxl.texts import clean_text, number_text

MISSING = {"text": "", "choice": "", "reference": "", "number": np.nan, "date": None}


class CellError(str):
    """An error value such as #REF!, found in a cell."""


@dataclass(frozen=True)
class ReadColumn:
    """A column as typed values, a mask of what could not be read, and for each of those cells its code."""

    values: pd.Series
    unreadable: Array
    doubts: dict[int, str]


Judged = tuple[object, str]
"""A typed value and the code of what is wrong with it (empty where nothing is)."""


def read_column(field: FieldLine, options: Sequence[str], raw: Sequence[object]) -> ReadColumn:
    """Type one column of cells, each different cell judged once.

    `raw` holds what the reader library gives: "" for an empty cell, str, float, bool, date, datetime, time, timedelta,
    or a CellError.
    """
    judge = judge_of(field, options)
    codes, distinct = told_apart(raw)
    judged = [judge(cell) for cell in distinct]
    values = typed_array(field, [value for value, _ in judged])[codes]
    doubtful = np.array([bool(code) for _, code in judged], bool)[codes]
    doubts = {int(place): judged[codes[place]][1] for place in np.flatnonzero(doubtful)}
    return ReadColumn(pd.Series(values, dtype=values.dtype), doubtful, doubts)


PLAIN = {str, float, date, datetime}
"""Cells of these types that are equal say the same; TRUE equals 1, and an error value the text that it looks like."""


def told_apart(raw: Sequence[object]) -> tuple[Array, list[object]]:
    """The different cells of a column, and for each cell its number among them."""
    if set(map(type, raw)) <= PLAIN:
        cells = np.empty(len(raw), object)
        cells[:] = raw
        codes, distinct = pd.factorize(cells, use_na_sentinel=False)
        return codes, list(distinct)
    numbers: dict[tuple[type, object], int] = {}
    codes = np.array([numbers.setdefault((type(cell), cell), len(numbers)) for cell in raw], np.int64)
    return codes, [cell for _, cell in numbers]


def typed_array(field: FieldLine, values: Sequence[object]) -> Array:
    """Typed values as a table's frame keeps them: dates as datetime64, numbers as float, text as it is."""
    if field.type == "date":
        return np.array(values, "datetime64[s]")
    array = np.empty(len(values), float if field.type == "number" else object)
    array[:] = values
    return array


def judge_of(field: FieldLine, options: Sequence[str]) -> Callable[[object], Judged]:
    if field.type == "date":
        return judge_date
    if field.type == "number":
        return judge_number
    if field.type == "choice":
        words = {option.lower(): option for option in options}
        return lambda cell: judge_choice(cell, words)
    return judge_text


def is_blank(cell: object) -> bool:
    """True for an empty cell and for one that holds nothing but spaces."""
    return isinstance(cell, str) and not isinstance(cell, CellError) and not clean_text(cell)


def judge_date(cell: object) -> Judged:
    if is_blank(cell):
        return None, ""
    number = serial_number(cell)
    if number is None or not FIRST_DAY <= number < LAST_DAY + 1:
        return None, "not-a-date"
    return EPOCH + timedelta(days=int(number)), ""


def judge_number(cell: object) -> Judged:
    if is_blank(cell):
        return np.nan, ""
    number = serial_number(cell)
    return (np.nan, "not-a-number") if number is None or not abs(number) < LARGEST else (number, "")


def judge_text(cell: object) -> Judged:
    if isinstance(cell, CellError | bool):
        return "", "not-text"
    if isinstance(cell, str):
        return ("" if is_blank(cell) else cell.strip(" \n\r\t\xa0")), ""
    number = serial_number(cell)
    return (number_text(number), "") if number is not None else ("", "not-text")


def judge_choice(cell: object, words: dict[str, str]) -> Judged:
    text, doubt = judge_text(cell)
    if doubt or not text:
        return text, doubt
    listed = words.get(clean_text(str(text)).lower())
    return (listed, "") if listed else (text, "not-in-list")


def serial_number(cell: object) -> float | None:
    """A cell's number as Excel keeps it (days since 30 December 1899 for a date); None where it has none."""
    if isinstance(cell, bool | str):
        return None
    if isinstance(cell, int | float):
        return float(cell)
    if isinstance(cell, datetime):
        return (cell.replace(tzinfo=None) - datetime(EPOCH.year, EPOCH.month, EPOCH.day)) / timedelta(days=1)
    if isinstance(cell, date):
        return float((cell - EPOCH).days)
    if isinstance(cell, timedelta):
        return cell / timedelta(days=1)
    if isinstance(cell, time):
        return timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second) / timedelta(days=1)
    return None


def cell_words(cell: object) -> str:
    """A cell as a message repeats it."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, datetime):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    return number_text(cell) if isinstance(cell, float) else str(cell)
