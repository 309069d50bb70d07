"""The small charts on Figures: the latest figures of the indicator that is in the row."""

import re
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from factories import ELM, MARCH
from office import Office

from qipxl.template import Template, find_template
from qipxl.tracker import write_tracker
from qipxl.tracker.layout import tracker_layout
from qipxl.workbook.layout import FIRST_ROW, WORKINGS, column_letters

INDICATORS = [
    {"ref": ref, "indicator": name, "unit_counted": name, "direction": "Lower is better"}
    for ref, name in (("I-01", "Falls"), ("I-02", "Errors"), ("I-03", "Bites"))
]
COUNTS = {"I-01": [None, 7, 6, 5, None, 4, 3, 2, 1], "I-02": [None, 30, 20], "I-03": [None, 9]}
"""The figures of each indicator, this month's first."""
NOT_AVAILABLE = "#ERR32767"
"""What LibreOffice says of #N/A, which Excel does not draw."""
ROWS = [
    {"ref": f"{ref} {month}", "indicator": ref, "month": MARCH.plus(-month).first, "numerator": COUNTS[ref][month]}
    for month in range(9)
    for ref in COUNTS
    if month < len(COUNTS[ref])
]


@pytest.fixture(scope="module")
def core() -> Template:
    """The whole template, with all its prepared rows."""
    return find_template("core")


@pytest.fixture(scope="module")
def issued(core: Template, tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = {"indicators": INDICATORS, "measurements": ROWS}
    return write_tracker(core, ELM, MARCH, tmp_path_factory.mktemp("trend") / "elm.xlsx", rows=rows)


def spans(path: Path) -> dict[str, str]:
    """The cells that each small chart draws, by its own cell."""
    with zipfile.ZipFile(path) as package:
        names = re.findall(r'<sheet name="([^"]+)"', package.read("xl/workbook.xml").decode())
        xml = package.read(f"xl/worksheets/sheet{names.index('Figures') + 1}.xml").decode()
    found = re.findall(r"<xm:f>(?:\w+!)([^<]+)</xm:f><xm:sqref>([^<]+)</xm:sqref>", xml)
    return {cell: span for span, cell in sorted(found, key=lambda pair: pair[1])}


def drawn(office: Office, path: Path, core: Template) -> list[list[object]]:
    cells = spans(path)
    return [[row[0] for row in office.values(path, {WORKINGS: span})[WORKINGS]] for span in cells.values()]


def test_each_row_with_two_figures_or_more_has_one(issued: Path, core: Template) -> None:
    letters = column_letters(tracker_layout(core)["measurements"].index("trend"))
    assert [*spans(issued)] == [f"{letters}{FIRST_ROW}", f"{letters}{FIRST_ROW + 1}"]


def test_it_draws_the_latest_six_figures(issued: Path, core: Template, office: Office) -> None:
    assert drawn(office, issued, core) == [[2, 3, 4, 5, 6, 7], [20, 30]]


@pytest.mark.long
def test_it_follows_the_row_and_what_is_typed(issued: Path, core: Template, office: Office, tmp_path: Path) -> None:
    layout = tracker_layout(core)["measurements"]
    numerator, indicator = (column_letters(layout.index(key)) for key in ("numerator", "indicator"))
    cells = {f"{numerator}5": 8, f"{indicator}5": "I-02", f"{indicator}6": "I-01"}
    office.type_into(issued, tmp_path / "typed.xlsx", {"Figures": cells})
    assert drawn(office, tmp_path / "typed.xlsx", core)[:2] == [[*[NOT_AVAILABLE] * 3, 20, 30, 8], [6, 7]]


def test_months_read_april_2026_and_earlier_ones_are_grey(issued: Path) -> None:
    sheet = openpyxl.load_workbook(issued)["Figures"]
    assert sheet["A5"].value.date() == date(2026, 3, 1)
    assert sheet["A5"].number_format == "mmmm yyyy"
    tests = {rule.formula[0] for rules in sheet.conditional_formatting for rule in rules.rules if rule.formula}
    assert "AND(ISNUMBER($A5),$A5<=EOMONTH(as_at,-1))" in tests
