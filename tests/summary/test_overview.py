"""Overview: totals first, each figure with its rows, tints, red by month, and the files that were not used."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pandas as pd
import pytest
from factories import followed

from qipxl import ProviderSummary, Service, check, rate, read_returns, summarise, write_summary
from qipxl.app.demo import Demo
from qipxl.summary.overview_sheet import RED_BY_MONTH


@pytest.fixture(scope="module")
def summary(demo: Demo) -> ProviderSummary:
    rated = rate(check(read_returns(demo.returns), demo.as_at), demo.as_at)
    return summarise(rated, [*demo.services, Service(code="S099", name="Never Sent", region="South")])


@pytest.fixture(scope="module")
def book(demo: Demo, summary: ProviderSummary) -> Any:
    return openpyxl.load_workbook(write_summary(summary, demo.summary))


def test_every_figure_of_overview_leads_to_its_rows(book: Any, summary: ProviderSummary) -> None:
    sheet = book["Overview"]
    headings = [cell.value for cell in sheet[5]]
    led = 0
    for row in sheet.iter_rows(min_row=6, max_row=5 + len(summary.totals) + len(summary.overview)):
        line = dict(zip(headings, row, strict=True))
        name = str(line["Service"].value)
        for letter in summary.letters:
            cell = next(cell for heading, cell in line.items() if str(heading)[:1] == letter and cell.column > 5)
            if cell.hyperlink is None:
                assert not cell.value, cell.coordinate
                continue
            rows = followed(book, cell)
            assert len(rows) == cell.value, cell.coordinate
            assert {str(each["Headline"])[0] for each in rows} == {letter}
            regions = {each["Region"] for each in rows}
            assert name == "Whole provider" or regions == {line["Region"].value or name.removeprefix("All of ")}
            if line["Code"].value:
                assert {each["Service"] for each in rows} == {name}
            led += 1
    assert led > 30


def test_the_worst_action_of_a_service_is_one_click_away(book: Any, summary: ProviderSummary) -> None:
    sheet, listed = book["Overview"], book["All actions"]
    for row in sheet.iter_rows(
        min_row=6 + len(summary.totals), max_row=5 + len(summary.totals) + len(summary.overview)
    ):
        if row[1].value != "S099":
            place = int(row[0].hyperlink.location.rpartition("!A")[2])
            above = [listed.cell(number, 1).value for number in range(6, place)]
            assert listed.cell(place, 1).value == row[0].value not in above


def test_totals_are_on_top_and_bold(book: Any) -> None:
    sheet = book["Overview"]
    assert [sheet.cell(row, 1).value for row in range(6, 10)] == [
        "Whole provider", "All of Midlands", "All of North", "All of South",
    ]  # fmt: skip
    (rule,) = [rule for area, rules in by_area(sheet) if area.startswith("A6:") for rule in rules if rule.dxf.font]
    assert (rule.formula, rule.dxf.font.b) == (['$D6="total"'], True)


def by_area(sheet: Any) -> list[tuple[str, Any]]:
    return [(str(area.sqref), area.rules) for area in sheet.conditional_formatting]


def test_counts_have_two_tints_of_their_colour(book: Any) -> None:
    sheet = book["Overview"]
    headings = [cell.value for cell in sheet[5]]
    column = openpyxl.utils.get_column_letter(headings.index("R Red") + 1)
    rules = next(rules for area, rules in by_area(sheet) if area.startswith(f"{column}10:"))
    assert [(rule.operator, rule.formula, rule.dxf.fill.bgColor.rgb) for rule in rules] == [
        ("greaterThanOrEqual", ["2"], "FFE58A82"), ("equal", ["1"], "FFF6CFCB"),
    ]  # fmt: skip


def test_files_not_used_are_below_the_table(book: Any, summary: ProviderSummary) -> None:
    below = [row[0] for row in book["Overview"].iter_rows(min_row=6 + len(summary.totals) + len(summary.overview))]
    said = [cell.value for cell in below if cell.value]
    assert said[0] == "1 file not used"
    assert said[1].startswith("Scan of tracker.xlsx: refused. ")
    assert below[-1].hyperlink.location == "'Sources'!A5"


@pytest.mark.long
def test_red_by_month_has_a_sparkline_for_each_service(summary: ProviderSummary, tmp_path: Path) -> None:
    months = pd.DataFrame(
        [
            ("S001", "2026-02", "", 0),
            ("S001", "2026-02", "R", 2),
            ("S001", "2026-03", "", 0),
            ("S002", "2026-03", "", 0),
        ],
        columns=["service", "period", "letter", "actions"],
    ).assign(region="North")
    path = write_summary(replace(summary, history=months), tmp_path / "s.xlsx")
    book = openpyxl.load_workbook(path)
    rows = {row[0]: row[2:4] for row in book[RED_BY_MONTH].iter_rows(min_row=6, values_only=True)}
    assert (rows["Elm House"], rows["Never Sent"]) == ((2, 0), (None, None))
    assert book[RED_BY_MONTH].sheet_state == "hidden"
    place = next(row[0].row for row in book["Overview"].iter_rows(min_row=6) if row[0].value == "Elm House")
    with ZipFile(path) as parts:
        drawn = parts.read("xl/worksheets/sheet2.xml").decode()
    line = next(row[0].row for row in book[RED_BY_MONTH].iter_rows(min_row=6) if row[0].value == "Elm House")
    assert f"<xm:f>'Red by month'!C{line}:D{line}</xm:f><xm:sqref>F{place}</xm:sqref>" in drawn
