"""The board page: every figure is the number of rows it leads to, and those rows are what it says they are."""

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from factories import followed
from grids import grid

from qipxl import ProviderSummary, Service, check, rate, read_returns, summarise, write_summary
from qipxl.app.demo import Demo
from qipxl.summary.board_page import board_page, reconciliation


@pytest.fixture(scope="module")
def summary(demo: Demo) -> ProviderSummary:
    rated = rate(check(read_returns(demo.returns), demo.as_at), demo.as_at)
    return summarise(rated, [*demo.services, Service(code="S099", name="Never Sent", region="South")])


@pytest.fixture(scope="module")
def book(demo: Demo, summary: ProviderSummary) -> Any:
    return openpyxl.load_workbook(write_summary(summary, demo.summary))


def test_every_figure_is_the_number_of_the_rows_it_leads_to(book: Any, summary: ProviderSummary) -> None:
    page = book["Board page"]
    regions = {region: summary.actions["region"].eq(region).sum() for region in ("North", "Midlands", "South")}
    seen = []
    headings: list[Any] = []
    for row in page.iter_rows(min_row=4):
        if all(isinstance(cell.value, str) for cell in row[:2]):
            headings = [cell.value for cell in row]
        for cell in row:
            if cell.hyperlink is None or "All actions" not in cell.hyperlink.location:
                continue
            heading, lines = headings[cell.column - 1], followed(book, cell)
            assert len(lines) == cell.value, cell.coordinate
            pair = str(row[0].value)
            if heading == "Now":
                letters = {line["Headline"][0] for line in lines}
                assert letters == {pair[0]}, cell.coordinate
            else:
                assert {line["Headline"] for line in lines} == {pair}, cell.coordinate
            if heading in regions:
                assert {line["Region"] for line in lines} == {heading}
            if heading == "Actions":
                assert {line["Service"] for line in lines} == {row[2].value}
            seen.append((heading, cell.value))
    now = sum(value for heading, value in seen if heading == "Now")
    assert now == sum(value for heading, value in seen if heading == "All") == len(summary.actions)
    for region, count in regions.items():
        assert sum(value for heading, value in seen if heading == region) == count
    assert {"Now", "All", "Actions", *regions} == {heading for heading, _ in seen}


def table(book: Any, name: str) -> list[dict[str, Any]]:
    """The lines of a sheet, by its headings."""
    head, *rows = book[name].iter_rows(min_row=5, values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


RECOUNTED = {
    "Missing": lambda lines: sum(line["Return"] == "no return" for line in lines),
    "Refused": lambda lines: sum(bool(line["Code"]) and line["Return"] in ("refused", "set aside") for line in lines),
    "Not expected, but sent": lambda lines: 0,
    "Files refused": lambda lines: sum(line["Used?"] == "no, refused" for line in lines),
    "Embedded, slipping": lambda lines: sum("Embedded, slipping" in str(line["Headline"]) for line in lines),
    "Rows read": lambda lines: sum(line["Rows used"] for line in lines),
    "Problems to fix": lambda lines: sum(line["Severity"] == "must fix" for line in lines),
    "Problems to look at": lambda lines: sum(line["Severity"] == "should look" for line in lines),
    "Evidence not strong": len,
}
"""How each figure that leads to a sheet is counted again from the lines of that sheet; every service was expected."""


def test_every_linked_figure_equals_the_rows_on_its_sheet(book: Any) -> None:
    seen = []
    for row in book["Board page"].iter_rows(min_row=4):
        link = row[1].hyperlink
        if link is not None and "All actions" not in link.location:
            lines = table(book, link.location.split("!")[0].strip("'"))
            assert RECOUNTED[row[0].value](lines) == row[1].value, row[0].value
            seen.append(row[0].value)
    assert seen == list(RECOUNTED)


def test_every_figure_of_overview_leads_to_its_rows(book: Any, summary: ProviderSummary) -> None:
    sheet = book["Overview"]
    headings = [cell.value for cell in sheet[5]]
    led = 0
    for row in sheet.iter_rows(min_row=6):
        line = dict(zip(headings, row, strict=True))
        name = str(line["Service"].value)
        for letter in summary.letters:
            cell = next(
                cell
                for heading, cell in line.items()
                if str(heading)[:1] == letter and heading != "Region" and cell.column > 5
            )
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


def test_a_ref_of_the_sheet_by_region_leads_to_the_whole_row(book: Any) -> None:
    sheet = book["Actions by region"]
    target, place = sheet["D9"].hyperlink.location.rsplit("!", 1)
    headings = [each.value for each in book[target.strip("'")][5]]
    row = dict(zip(headings, [cell.value for cell in book[target.strip("'")][int(place[1:])]], strict=True))
    assert (row["Ref"], row["Service"], row["Issue or risk"]) == tuple(sheet[at].value for at in ("D9", "C9", "F9"))


def test_services_reconcile(summary: ProviderSummary) -> None:
    found = reconciliation(summary)
    assert found.words == "12 of 13 services sent a usable return; 1 missing, 0 refused."
    assert list(found.missing) == ["Never Sent (S099)"]
    assert found.expected == found.returned + len(found.missing) + len(found.refused)


def test_who_was_not_expected_is_counted_apart(summary: ProviderSummary, demo: Demo) -> None:
    fewer = summary.with_earlier(summary.actions.head(0), demo.services[1:])
    found = reconciliation(fewer)
    assert found.words == "11 of 11 services sent a usable return; 0 missing, 0 refused."
    assert list(found.others) == ["Elm House (S001)"]
    nobody = reconciliation(summary.with_earlier(summary.actions.head(0), []))
    assert nobody.words == "12 services sent a usable return, 0 refused. No list of services names those expected."


def test_the_board_list_begins_with_the_highest_level(summary: ProviderSummary) -> None:
    block = next(block for block in board_page(summary) if block.title == "Decisions needed")
    levels = [str(line[3].value)[0] for line in block.lines]
    assert levels == sorted(levels, reverse=True)
    assert 5 < len(levels) <= 10
    assert levels[0] == "4"


def test_each_row_of_a_list_leads_to_its_file_and_cell(book: Any, demo: Demo) -> None:
    sheet = book["Escalations"]
    headings = [cell.value for cell in sheet[5]]
    cell = sheet.cell(6, headings.index("Cell") + 1)
    target, place = cell.hyperlink.target, cell.hyperlink.location
    assert (demo.summary.parent / target.replace("%20", " ").replace("\\", "/")).is_file()
    assert place.replace("'", "") == cell.value


def test_an_empty_summary_has_its_board_page_too(tmp_path: Path) -> None:
    returns = grid("Actions\n| Ref | Status |")
    made = summarise(rate(check(returns, date(2026, 3, 31)), date(2026, 3, 31)))
    book = openpyxl.load_workbook(write_summary(made, tmp_path / "s.xlsx"))
    said = [row[0] for row in book["Board page"].iter_rows(values_only=True) if row[0]]
    assert "Decisions needed" in said
    assert "None." in said
