"""The sheet Paste figures is read: its numbers fill blank figures, and whatever is not used is named by its cell."""

import warnings
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from factories import ELM, MARCH

from qipxl import read_returns
from qipxl.returns.returns import Returns
from qipxl.template import Template, find_template
from qipxl.tracker import write_tracker
from qipxl.tracker.first_rows import months_to
from qipxl.tracker.layout import tracker_layout
from qipxl.workbook.layout import FIRST_ROW, PASTE, column_letters

REFS = [f"I-{number:02d}" for number in range(1, 7)]
MONTHS = months_to(MARCH)
INDICATORS = [
    {
        "ref": ref, "indicator": f"Audit {ref}", "unit_counted": "a record", "numerator_is": "records with no gap",
        "denominator_is": "records audited", "per": 100, "direction": "Higher is better",
    }
    for ref in REFS
]  # fmt: skip
MEASUREMENTS = [
    {"ref": f"{ref} {month:%Y-%m}", "indicator": ref, "month": month} for month in reversed(MONTHS) for ref in REFS
]


@pytest.fixture(scope="module")
def core() -> Template:
    """The whole template, with all its prepared rows."""
    return find_template("core")


@pytest.fixture(scope="module")
def issued(core: Template, tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = {"indicators": INDICATORS, "measurements": MEASUREMENTS}
    return write_tracker(core, ELM, MARCH, tmp_path_factory.mktemp("pasted") / "elm.xlsx", rows=rows)


def typed(source: Path, target: Path, cells: Mapping[str, Mapping[str, Any]]) -> Path:
    """A copy of a tracker with values in cells, by sheet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(source)
    for sheet, values in cells.items():
        for address, value in values.items():
            book[sheet][address] = value
    book.save(target)
    return target


def block() -> dict[str, float]:
    """A number in every cell of 24 months and of the two columns of six indicators."""
    return {
        f"{column_letters(column)}{FIRST_ROW + row}": 20 + row + (100 if column % 2 == 0 else column)
        for row in range(len(MONTHS))
        for column in range(1, 2 * len(REFS) + 1)
    }


def problems_of(returns: Returns) -> list[str]:
    own = returns.problems[returns.problems["sheet"] == PASTE]
    return [f"{line.code} {line.cell}" for line in own.itertuples()]


def test_24_months_of_6_indicators_are_read_whole(issued: Path, tmp_path: Path) -> None:
    returns = read_returns(typed(issued, tmp_path / "elm.xlsx", {PASTE: block()}))
    read = returns.tables["measurements"].set_index(["indicator", "month"]).sort_index()
    assert problems_of(returns) == []
    assert len(read) == 144
    for (ref, month), row in read.iterrows():
        below, column = MONTHS.index(month.date()), 1 + 2 * REFS.index(ref)
        assert (row["numerator"], row["denominator"]) == (20 + below + column, 120 + below)


def test_what_is_not_used_is_named_by_its_cell(issued: Path, core: Template, tmp_path: Path) -> None:
    numerator = column_letters(tracker_layout(core)["measurements"].index("numerator"))
    cells = {
        PASTE: {
            "A5": "spring", "B5": 3,
            "B6": "n/a",
            "A7": date(2020, 1, 31), "B7": 4,
            "A8": date(2024, 8, 15), "B8": 5, "A9": date(2024, 8, 31), "B9": 6,
            "D4": "Falls", "D10": 7,
            "F4": "I-01 Numerator", "F10": 8,
            "B28": 9, "A41": date(2026, 2, 1), "B41": 1, "A30": "ask Jo", "D3": "from the incident system",
        },
        "Figures": {f"{numerator}5": 10},
    }  # fmt: skip
    returns = read_returns(typed(issued, tmp_path / "elm.xlsx", cells))
    assert problems_of(returns) == [
        "pasted-unknown D4", "pasted-twice F4", "not-a-date A5", "not-a-number B6", "pasted-twice A9", "stray-value A30", "stray-value B41",
        "pasted-without-row B7", "pasted-differs B28", "text-outside D3",
    ]  # fmt: skip
    words = " ".join(returns.problems["message"])
    assert f"{PASTE}!B28 I-01 Numerator has 9 for March 2026, and Figures!{numerator}5 has 10." in words
    assert f'{PASTE}!D4 the heading "Falls" is of no indicator' in words
    figures = returns.tables["measurements"].set_index("ref")["numerator"].dropna().to_dict()
    assert figures == {"I-01 2026-03": 10, "I-01 2024-08": 5}


def test_a_number_that_agrees_is_no_problem(issued: Path, core: Template, tmp_path: Path) -> None:
    numerator = column_letters(tracker_layout(core)["measurements"].index("numerator"))
    cells = {PASTE: {"B28": 10}, "Figures": {f"{numerator}5": 10}}
    assert problems_of(read_returns(typed(issued, tmp_path / "elm.xlsx", cells))) == []
