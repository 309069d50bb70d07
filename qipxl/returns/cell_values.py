"""Converts a column of raw cells to typed values and finds the cells that cannot be read.

Cells are read as the tracker's own workings read them: a date is a whole day from 2000 to 2099, a number is a number, a
choice is a word of its list in any case, and TRUE, FALSE and error values are never valid. In addition, a date typed as
text is read if it can mean one day only, and a choice if its letters differ only in form. The format of a cell counts
too: a number that shows as a date is no number, and 95% is 95 in a field for percentages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count

import numpy as np
import pandas as pd

from qipxl.returns.text_dates import read_text_date
from qipxl.rules.expression import EPOCH, Array
from qipxl.rules.formula import FIRST_DAY, LARGEST, LAST_DAY
from qipxl.template import FieldLine
from qipxl.text import BLANKS, UNPRINTABLE, Percent, as_text, clean_text, number_text
from qipxl.workbook.cells import CellError, is_blank, normalise
from qipxl.workbook.headings import fold

READ = frozenset({
    "text-date", "date-as-number", "reference-damaged", "reference-date", "odd-characters", "text-cut", "percentage-shown",
})  # fmt: skip
"""Codes of cells that are read in spite of a problem; a cell with another code counts as blank."""
LONGEST = 32_767
"""The most characters that a cell of a workbook can hold."""


@dataclass(frozen=True)
class CellValue:
    """A typed value, the code of its cell's problem (empty if there is none), and an addition to the message.

    `month_first` is true for a text that is a date only if the month comes first.
    """

    value: object
    code: str = ""
    more: str = ""
    month_first: bool = False


@dataclass(frozen=True)
class ReadColumn:
    """A column as typed values, a mask of its unreadable cells, and the cells with problems by index."""

    values: pd.Series
    unreadable: Array
    doubts: Mapping[int, CellValue]


def read_column(field: FieldLine, options: Sequence[str], raw: Sequence[object], *, names: bool = False) -> ReadColumn:
    """Convert one column of cells; each distinct cell is parsed once.

    `raw` holds cells as python-calamine gives them: "" for an empty cell, str, float, bool, date, datetime, time,
    timedelta, or a CellError. `options` are the words of a choice. `names` is true for the column that names its rows.
    """
    parse = parse_reference if names or field.type == "reference" else parser_of(field, options)
    codes, distinct = distinct_cells(raw)
    parsed = [parse(normalise(cell)) for cell in distinct]
    values = typed_array(field, [cell.value for cell in parsed])[codes]
    doubtful = np.array([bool(cell.code) for cell in parsed], bool)[codes]
    unreadable = np.array([bool(cell.code) and cell.code not in READ for cell in parsed], bool)[codes]
    doubts = {int(index): parsed[codes[index]] for index in np.flatnonzero(doubtful)}
    return ReadColumn(pd.Series(values, dtype=values.dtype, copy=False), unreadable, doubts)


PLAIN = {str, float, date, datetime}
"""Equal cells of these types mean the same. Of other types not: TRUE equals 1, and an error value equals its text."""


def distinct_cells(raw: Sequence[object]) -> tuple[Array, list[object]]:
    """Each cell's number among the distinct cells of a column, and these distinct cells."""
    if set(map(type, raw)) <= PLAIN:
        known = dict(zip(dict.fromkeys(raw), count(), strict=False))
        return np.fromiter(map(known.__getitem__, raw), np.int64, len(raw)), list(known)
    numbers: dict[tuple[type, object], int] = {}
    codes = np.array([numbers.setdefault((type(cell), cell), len(numbers)) for cell in raw], np.int64)
    return codes, [cell for _, cell in numbers]


def typed_array(field: FieldLine, values: Sequence[object]) -> Array:
    """Typed values as a table's frame keeps them: dates as datetime64, numbers as float, text as Python strings."""
    if field.type == "date":
        return np.array(values, "datetime64[s]")
    array = np.empty(len(values), float if field.type == "number" else object)
    array[:] = values
    return array


def parser_of(field: FieldLine, options: Sequence[str]) -> Callable[[object], CellValue]:
    if field.type == "date":
        return parse_date
    if field.type == "number":
        return parse_percentage if field.percentage else parse_number
    if field.type == "choice":
        words = {option.lower(): option for option in options}
        folded = {fold(option): option for option in options}
        return lambda cell: parse_choice(cell, words, folded)
    return parse_text


def parse_date(cell: object) -> CellValue:
    if is_blank(cell):
        return CellValue(None)
    if isinstance(cell, CellError):
        return CellValue(None, "not-a-date" if cell.code == "not-text" else cell.code)
    if isinstance(cell, str):
        return parse_text_date(cell)
    number = serial_number(cell)
    if number is None:
        return CellValue(None, "not-a-date")
    if not FIRST_DAY <= number < LAST_DAY + 1:
        return CellValue(None, "date-out-of-range", out_of_range_day(number))
    day = EPOCH + timedelta(days=int(number))
    return CellValue(day, "date-as-number", f"{day:%d/%m/%Y}") if isinstance(cell, int | float) else CellValue(day)


def out_of_range_day(number: float) -> str:
    """The day that a number out of range would mean, for the message."""
    try:
        return f" (it would be {EPOCH + timedelta(days=int(number)):%d/%m/%Y})"
    except (OverflowError, ValueError):
        return ""


def parse_text_date(text: str) -> CellValue:
    """A date typed as text, read only if it can mean one day."""
    read = read_text_date(text)
    if read.could_be:
        return CellValue(None, "date-ambiguous", read.could_be, month_first=read.month_first)
    return (
        CellValue(None, "not-a-date") if read.day is None else CellValue(read.day, "text-date", f"{read.day:%d/%m/%Y}")
    )


PERCENTAGE = re.compile(r"(-?\d+(?:[.,]\d+)?) ?(?:%|per ?cent)")


def parse_number(cell: object) -> CellValue:
    """A number; one that shows as a date, a time or a percentage is not what was meant, and is not used."""
    if is_blank(cell):
        return CellValue(np.nan)
    if isinstance(cell, CellError) and cell.code != "not-text":
        return CellValue(np.nan, cell.code)
    if isinstance(cell, date | time | timedelta):
        return CellValue(np.nan, "number-is-date")
    if percentage_of(cell) is not None:
        return CellValue(np.nan, "percentage-typed")
    number = serial_number(cell)
    return CellValue(np.nan, "not-a-number") if number is None or not abs(number) < LARGEST else CellValue(number)


def parse_percentage(cell: object) -> CellValue:
    """A number in a field that may hold a percentage: what shows as 95% is 95."""
    figure = percentage_of(cell)
    return parse_number(cell) if figure is None else CellValue(figure, "percentage-shown", number_text(figure))


def percentage_of(cell: object) -> float | None:
    """The figure before the sign of a cell that shows a percentage, as a number or as text; else None."""
    if isinstance(cell, Percent):
        return cell.shown
    match = PERCENTAGE.fullmatch(fold(cell)) if isinstance(cell, str) else None
    return float(match[1].replace(",", ".")) if match else None


def parse_text(cell: object) -> CellValue:
    if isinstance(cell, CellError):
        return CellValue("", cell.code)
    if isinstance(cell, bool):
        return CellValue("", "not-text")
    if isinstance(cell, str):
        return parse_string(cell)
    if isinstance(cell, Percent):
        return CellValue(as_text(cell))
    number = serial_number(cell)
    return CellValue("", "not-text") if number is None else CellValue(number_text(number))


def parse_string(cell: str) -> CellValue:
    """Text as it was typed, without blanks at both ends."""
    if is_blank(cell):
        return CellValue("")
    text = cell.strip(BLANKS)
    if UNPRINTABLE.search(text):
        return CellValue(text, "odd-characters")
    return CellValue(text, "text-cut", str(len(text))) if len(text) > LONGEST else CellValue(text)


def parse_reference(cell: object) -> CellValue:
    """A reference is text; a number, or the number of a date, is used unchanged with a problem."""
    text = parse_text(cell)
    if text.code or isinstance(cell, str):
        return text
    return CellValue(text.value, "reference-damaged" if isinstance(cell, int | float) else "reference-date")


def parse_choice(cell: object, words: Mapping[str, str], folded: Mapping[str, str]) -> CellValue:
    parsed = parse_text(cell)
    text = str(parsed.value)
    if parsed.code not in ("", "odd-characters") or not text:
        return parsed
    listed = words.get(clean_text(text).lower()) or folded.get(fold(text))
    return CellValue(listed) if listed else CellValue(text, "not-in-list")


def serial_number(cell: object) -> float | None:
    """A cell's number as Excel keeps it (days since 30 December 1899 for a date); None if it has none."""
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


def cell_value(value: object) -> object:
    """A value of a data frame as the writer expects it; None for an empty one."""
    if value is None or value != value or value == "":
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value
