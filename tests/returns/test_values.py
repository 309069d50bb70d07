"""Cells typed: what counts as a date, a number, a word of a list, and what cannot be read."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pandas as pd
import pytest

from qipxl.returns.cell_values import READ, CellValue, read_column
from qipxl.template import FieldLine
from qipxl.text import Percent, number_text
from qipxl.workbook.cells import CellError, HiddenError, NotStoredError, is_blank


def field(kind: str) -> FieldLine:
    if kind == "percentage":
        return FieldLine(key="x", heading="X", type="number", percentage=True)
    return FieldLine(key="x", heading="X", type=kind, list="status" if kind == "choice" else "")  # type: ignore[arg-type]  # a word of the cases below


@pytest.mark.parametrize(
    ("kind", "cell", "value", "code"),
    [
        ("date", date(2026, 3, 31), date(2026, 3, 31), ""),
        ("date", datetime(2026, 3, 31, 23, 59), date(2026, 3, 31), ""),
        ("date", 46112.0, date(2026, 3, 31), "date-as-number"),
        ("date", 36526.0, date(2000, 1, 1), "date-as-number"),
        ("date", 36525.9, None, "date-out-of-range"),
        ("date", 73050.9, date(2099, 12, 31), "date-as-number"),
        ("date", 73051.0, None, "date-out-of-range"),
        ("date", -1e300, None, "date-out-of-range"),
        ("date", "31/03/2026", date(2026, 3, 31), "text-date"),
        ("date", " 20.2.26 ", date(2026, 2, 20), "text-date"),
        ("date", "2026-04-03", date(2026, 4, 3), "text-date"),
        ("date", "2026-04-03T00:00:00", date(2026, 4, 3), "text-date"),
        ("date", "2026/03/31", date(2026, 3, 31), "text-date"),
        ("date", "2026.3.31", date(2026, 3, 31), "text-date"),
        ("date", "2026 03 31", date(2026, 3, 31), "text-date"),
        ("date", "20260331", date(2026, 3, 31), "text-date"),
        ("date", "2026\u201303\u201331", date(2026, 3, 31), "text-date"),
        ("date", "2026-Mar-31", date(2026, 3, 31), "text-date"),
        ("date", "2026/31/03", None, "not-a-date"),
        ("date", "26-02-20", None, "date-ambiguous"),
        ("date", "15-03-26", date(2026, 3, 15), "text-date"),
        ("date", "26/02/20", date(2020, 2, 26), "text-date"),
        ("date", "13/05/2026 09:30", date(2026, 5, 13), "text-date"),
        ("date", "13.5.2026 9.30 am", date(2026, 5, 13), "text-date"),
        ("date", "before 13/05/2026", None, "not-a-date"),
        ("date", "20th February 2026", date(2026, 2, 20), "text-date"),
        ("date", "Fri, 20 Feb 26", date(2026, 2, 20), "text-date"),
        ("date", "February 20, 2026", date(2026, 2, 20), "text-date"),
        ("date", "4/4/26", date(2026, 4, 4), "text-date"),
        ("date", "3/4/26", None, "date-ambiguous"),
        ("date", "02/25/2026", None, "date-ambiguous"),
        ("date", "31/11/2026", None, "not-a-date"),
        ("date", "31/03/1926", None, "not-a-date"),
        ("date", "Feb 2026", None, "not-a-date"),
        ("date", "Q3", None, "not-a-date"),
        ("date", NotStoredError("=A1"), None, "formula-unsaved"),
        ("date", "ASAP", None, "not-a-date"),
        ("date", True, None, "not-a-date"),
        ("date", time(0, 0), None, "date-out-of-range"),
        ("date", timedelta(days=3), None, "date-out-of-range"),
        ("date", CellError("#REF!"), None, "not-a-date"),
        ("date", " \xa0\n", None, ""),
        ("number", 3.0, 3.0, ""),
        ("number", "3", None, "not-a-number"),
        ("number", False, None, "not-a-number"),
        ("number", date(2000, 1, 1), None, "number-is-date"),
        ("number", datetime(2026, 4, 3, 9, 30), None, "number-is-date"),
        ("number", time(9, 30), None, "number-is-date"),
        ("number", timedelta(hours=37.5), None, "number-is-date"),
        ("number", Percent(0.95), None, "percentage-typed"),
        ("number", "95%", None, "percentage-typed"),
        ("percentage", Percent(0.95), 95.0, "percentage-shown"),
        ("percentage", Percent(0.945), 94.5, "percentage-shown"),
        ("percentage", " 94,5 % ", 94.5, "percentage-shown"),
        ("percentage", "95 per cent", 95.0, "percentage-shown"),
        ("percentage", 95.0, 95.0, ""),
        ("percentage", 0.95, 0.95, ""),
        ("percentage", "over 95%", None, "not-a-number"),
        ("percentage", date(2026, 4, 3), None, "number-is-date"),
        ("text", Percent(1.0), "100%", ""),
        ("number", "", None, ""),
        ("choice", " in\xa0 PROGRESS\n", "In progress", ""),
        ("choice", "Compleated", "Compleated", "not-in-list"),
        ("choice", "*", "*", "not-in-list"),
        ("choice", CellError("#N/A"), "", "not-text"),
        ("text", " two\nlines ", "two\nlines", ""),
        ("text", 7.0, "7", ""),
        ("text", 7.5, "7.5", ""),
        ("text", date(2026, 3, 31), "46112", ""),
        ("text", True, "", "not-text"),
        ("text", CellError("#N/A"), "", "not-text"),
        ("text", "#N/A", "#N/A", ""),
        ("text", "=1+1", "=1+1", ""),
        ("text", "a\x0bb", "a\x0bb", "odd-characters"),
        ("text", "x" * 32_768, "x" * 32_768, "text-cut"),
        ("text", HiddenError("seen by nobody"), "", "hidden-under-merge"),
        ("reference", 7.0, "7", "reference-damaged"),
        ("reference", date(2026, 2, 1), "46054", "reference-date"),
        ("reference", "A-007", "A-007", ""),
        ("choice", "Com\u200bplete\ufeff", "Complete", ""),
        ("choice", "ＣＯＭＰＬＥＴＥ", "Complete", ""),
    ],
)
def test_a_cell_is_typed(kind: str, cell: object, value: Any, code: str) -> None:
    options = ("Not started", "In progress", "Complete")
    read = read_column(field(kind), options if kind == "choice" else (), ["", cell])
    found = read.values.iloc[1]
    if kind == "date":
        assert (None if pd.isna(found) else found.date()) == value
    else:
        assert (None if pd.isna(found) else found) == value
    assert read.doubts.get(1, CellValue(None)).code == code
    assert list(read.unreadable) == [False, bool(code) and code not in READ]


def test_true_and_one_are_not_the_same_cell() -> None:
    doubts = read_column(field("number"), (), [True, 1.0, 1, False, 0.0]).doubts
    assert {place: judged.code for place, judged in doubts.items()} == {0: "not-a-number", 3: "not-a-number"}


@pytest.mark.parametrize(
    ("number", "text"), [(3.0, "3"), (0.1 + 0.2, "0.3"), (1e15, "1E+15"), (-2.5, "-2.5"), (0.00001, "0.00001")]
)
def test_a_number_becomes_the_text_that_excel_makes_of_it(number: float, text: str) -> None:
    assert number_text(number) == text


def test_an_error_value_is_not_blank() -> None:
    assert not is_blank(CellError("#N/A"))
    assert is_blank("\xa0")
