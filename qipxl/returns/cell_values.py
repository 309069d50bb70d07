"""Cells typed: what a column of raw cells says, and which of them cannot be read.

As the sheet's own workings read them: a date is a whole day from 2000 to 2099, a number is a number, a choice is a word of
its list whatever its case, and TRUE, FALSE and error values are neither text nor anything else. Beyond the sheet's own
reading, a date typed as text is read where it can mean one day only, and a choice whose letters differ only in form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd

from qipxl.rules.expression import EPOCH, Array
from qipxl.rules.formula import FIRST_DAY, LARGEST, LAST_DAY
from qipxl.template import FieldLine
from qipxl.text import UNPRINTABLE, clean_text, number_text
from qipxl.workbook.cells import CellError, is_blank, normalise
from qipxl.workbook.headings import fold

MISSING = {"text": "", "choice": "", "reference": "", "number": np.nan, "date": None}
READ = frozenset({"text-date", "date-as-number", "reference-damaged", "reference-date", "odd-characters", "text-cut"})
"""Codes of cells that were read all the same; a cell with another code counts as blank."""
LONGEST = 32_767
"""The characters that a cell of a workbook can hold."""


@dataclass(frozen=True)
class Judged:
    """A typed value, the code of what is odd about its cell (empty where nothing is), and what the message adds."""

    value: object
    code: str = ""
    more: str = ""


@dataclass(frozen=True)
class ReadColumn:
    """A column as typed values, a mask of what could not be read, and what is odd about which cells."""

    values: pd.Series
    unreadable: Array
    doubts: Mapping[int, Judged]


def read_column(field: FieldLine, options: Sequence[str], raw: Sequence[object], *, names: bool = False) -> ReadColumn:
    """Type one column of cells, each different cell judged once.

    `raw` holds what the reader library gives: "" for an empty cell, str, float, bool, date, datetime, time, timedelta,
    or a CellError. `names` tells that the column names its rows.
    """
    judge = judge_reference if names or field.type == "reference" else judge_of(field, options)
    codes, distinct = told_apart(raw)
    judged = [judge(normalise(cell)) for cell in distinct]
    values = typed_array(field, [each.value for each in judged])[codes]
    odd = np.array([bool(each.code) for each in judged], bool)[codes]
    unreadable = np.array([bool(each.code) and each.code not in READ for each in judged], bool)[codes]
    doubts = {int(place): judged[codes[place]] for place in np.flatnonzero(odd)}
    return ReadColumn(pd.Series(values, dtype=values.dtype), unreadable, doubts)


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
        folded = {fold(option): option for option in options}
        return lambda cell: judge_choice(cell, words, folded)
    return judge_text


def judge_date(cell: object) -> Judged:
    if is_blank(cell):
        return Judged(None)
    if isinstance(cell, CellError):
        return Judged(None, "not-a-date" if cell.code == "not-text" else cell.code)
    if isinstance(cell, str):
        return judge_text_date(cell)
    number = serial_number(cell)
    if number is None:
        return Judged(None, "not-a-date")
    if not FIRST_DAY <= number < LAST_DAY + 1:
        return Judged(None, "date-out-of-range", stands_for(number))
    day = EPOCH + timedelta(days=int(number))
    return Judged(day, "date-as-number", f"{day:%d/%m/%Y}") if isinstance(cell, int | float) else Judged(day)


def stands_for(number: float) -> str:
    """The day that a number out of range would be, for the message."""
    try:
        return f" (it would be {EPOCH + timedelta(days=int(number)):%d/%m/%Y})"
    except (OverflowError, ValueError):
        return ""


FIGURES = re.compile(r"(\d{1,2})\s*[./\- ]\s*(\d{1,2})\s*[./\- ]\s*(\d{4}|\d{2})")
YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[t ][\d:.]+z?)?")
WORDS = re.compile(r"(?:[a-z]{3,9},? )?(\d{1,2})(?:st|nd|rd|th)?[ -]([a-z]{3,9})[ ,-]*(\d{4}|\d{2})")
MONTH_WORD_FIRST = re.compile(r"([a-z]{3,9}) (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)


def judge_text_date(text: str) -> Judged:
    """A date typed as text: read where it can mean one day only, never guessed."""
    said = fold(text)
    if found := YEAR_FIRST.fullmatch(said):
        return as_text_date(day_of(found[1], found[2], found[3]))
    if found := WORDS.fullmatch(said):
        return as_text_date(day_of(found[3], month_number(found[2]), found[1]))
    if found := MONTH_WORD_FIRST.fullmatch(said):
        return as_text_date(day_of(found[3], month_number(found[1]), found[2]))
    if not (found := FIGURES.fullmatch(said)):
        return Judged(None, "not-a-date")
    day_first, month_first = day_of(found[3], found[2], found[1]), day_of(found[3], found[1], found[2])
    if month_first is None or month_first == day_first:
        return as_text_date(day_first)
    if day_first is None:
        return Judged(None, "date-ambiguous", f"{month_first:%d/%m/%Y} only with the month first")
    return Judged(None, "date-ambiguous", f"{day_first:%d/%m/%Y} or {month_first:%d/%m/%Y}")


def as_text_date(day: date | None) -> Judged:
    return Judged(None, "not-a-date") if day is None else Judged(day, "text-date", f"{day:%d/%m/%Y}")


def month_number(word: str) -> int:
    """A month's number from its name or at least three letters of it; 0 where it is none."""
    return next(
        (number for number, name in enumerate(MONTHS, 1) if name.startswith(word) or (word == "sept" and number == 9)),
        0,
    )


def day_of(year: str | int, month: str | int, day: str | int) -> date | None:
    """A day from 2000 to 2099; None where there is no such day. Years of two figures are of this century."""
    number = int(year) + (2000 if int(year) < 100 else 0)
    try:
        found = date(number, int(month), int(day))
    except ValueError:
        return None
    return found if 2000 <= number < 2100 else None


def judge_number(cell: object) -> Judged:
    if is_blank(cell):
        return Judged(np.nan)
    if isinstance(cell, CellError) and cell.code != "not-text":
        return Judged(np.nan, cell.code)
    number = serial_number(cell)
    return Judged(np.nan, "not-a-number") if number is None or not abs(number) < LARGEST else Judged(number)


def judge_text(cell: object) -> Judged:
    if isinstance(cell, CellError):
        return Judged("", cell.code)
    if isinstance(cell, bool):
        return Judged("", "not-text")
    if isinstance(cell, str):
        return judge_typed(cell)
    number = serial_number(cell)
    return Judged("", "not-text") if number is None else Judged(number_text(number))


def judge_typed(cell: str) -> Judged:
    """Text as it was typed, without the blanks around it."""
    if is_blank(cell):
        return Judged("")
    text = cell.strip(" \n\r\t\xa0")
    if UNPRINTABLE.search(text):
        return Judged(text, "odd-characters")
    return Judged(text, "text-cut", str(len(text))) if len(text) > LONGEST else Judged(text)


def judge_reference(cell: object) -> Judged:
    """A reference is text; a number, and what a date is kept as, is used as it stands, and named."""
    judged = judge_text(cell)
    if judged.code or isinstance(cell, str):
        return judged
    return Judged(judged.value, "reference-damaged" if isinstance(cell, int | float) else "reference-date")


def judge_choice(cell: object, words: Mapping[str, str], folded: Mapping[str, str]) -> Judged:
    judged = judge_text(cell)
    text = str(judged.value)
    if judged.code not in ("", "odd-characters") or not text:
        return judged
    listed = words.get(clean_text(text).lower()) or folded.get(fold(text))
    return Judged(listed) if listed else Judged(text, "not-in-list")


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
