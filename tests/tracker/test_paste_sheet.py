"""The sheet Paste figures: what it is issued with, and that the tracker uses the same numbers of it as the reader."""

import warnings
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from factories import ELM, MARCH
from office import Office

from qipxl import read_returns
from qipxl.template import Template, find_template
from qipxl.tracker import write_tracker
from qipxl.tracker.first_rows import months_to
from qipxl.tracker.layout import tracker_layout
from qipxl.workbook.layout import FIRST_ROW, GROUP_ROW, HEADING_ROW, PASTE, column_letters

INDICATORS = [
    {
        "ref": ref, "indicator": "Records", "unit_counted": "a record", "numerator_is": "records with no gap",
        "denominator_is": "records audited", "per": 100, "direction": "Higher is better",
    }
    for ref in ("I-01", "I-02", "I~3*?")
] + [{"ref": "I-04", "indicator": "Falls", "unit_counted": "a fall", "direction": "Lower is better"}]  # fmt: skip
REFS = [str(indicator["ref"]) for indicator in INDICATORS]
MONTHS = months_to(MARCH, 8)
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
    return write_tracker(core, ELM, MARCH, tmp_path_factory.mktemp("paste") / "elm.xlsx", rows=rows)


@pytest.fixture(scope="module")
def sheet(issued: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(issued)[PASTE]


def test_indicators_are_across_and_months_down(sheet: Any) -> None:
    headings = [cell.value for cell in sheet[HEADING_ROW] if cell.value]
    assert headings == [
        "Month", "I-01 Numerator", "I-01 Denominator", "I-02 Numerator", "I-02 Denominator", "I~3*? Numerator", "I~3*? Denominator",
        "I-04 Numerator",
    ]  # fmt: skip
    assert sheet.cell(GROUP_ROW, 3).value == "Records: records audited"
    assert [sheet[cell].value.date() for cell in ("A5", "A28")] == [date(2024, 4, 1), date(2026, 3, 1)]
    assert sheet["A5"].number_format == "mmmm yyyy"


def test_it_is_hidden_and_figures_says_so(issued: Path, sheet: Any) -> None:
    assert sheet.sheet_state == "hidden"
    assert PASTE in openpyxl.load_workbook(issued, read_only=True)["Figures"].cell(GROUP_ROW, 1).value


@pytest.mark.long
def test_sheet_and_reader_use_the_same_numbers(issued: Path, core: Template, office: Office, tmp_path: Path) -> None:
    """LibreOffice works the tracker out with a pasted block, odd cells included; each figure is what the reader reads."""
    numerator, value = (
        column_letters(tracker_layout(core)["measurements"].index(key)) for key in ("numerator", "value")
    )
    block: dict[str, object] = {
        f"{column_letters(column)}{FIRST_ROW + 16 + row}": float(20 + row + (100 if column % 2 == 0 else column))
        for row in range(len(MONTHS))
        for column in range(1, 9)
    }
    odd = {
        "C21": "n/a", "D22": None, "A23": date(2025, 10, 31), "A24": "spring", "A29": date(2025, 12, 9), "B29": 1.0,
        "E25": "=1/0", "I4": "I-01 Numerator", "A26": date(2019, 1, 1),
    }  # fmt: skip
    filled = tmp_path / "filled.xlsx"
    office.type_into(issued, filled, {PASTE: {**block, **odd}, "Figures": {f"{numerator}6": 1.0}})
    span = f"{value}{FIRST_ROW}:{value}{FIRST_ROW + len(MEASUREMENTS) - 1}"
    shown = [row[0] for row in office.values(filled, {"Figures": span})["Figures"]]
    read = read_returns(filled).tables["measurements"]
    rates = (100 * read["numerator"] / read["denominator"]).where(read["indicator"] != "I-04", read["numerator"])
    figures = [None if rate != rate else round(rate, 6) for rate in rates]
    assert [round(figure, 6) if isinstance(figure, float) else None for figure in shown] == figures
    assert [figures.count(None), len(figures)] == [11, 32]
