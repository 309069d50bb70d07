"""The board page of the workbook: every figure leads to its rows, and it stays one page with clear columns for any number of services."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pandas as pd
import pytest
from factories import followed
from grids import grid

from qipxl import ProviderSummary, Service, check, rate, read_returns, summarise, write_summary
from qipxl.app.demo import Demo
from qipxl.summary.action_counts import MOST_SERVICES
from qipxl.summary.board_sheet import BOARD_PAGE, CHART_DATA, Links, text_width, write_board_sheet
from qipxl.summary.finding_records import Findings
from qipxl.summary.findings import findings_of
from qipxl.summary.tabs import HIDDEN
from qipxl.workbook.writer import new_workbook

DAY = date(2026, 3, 31)
LAST = 30
"""The last column of the grid."""


@pytest.fixture(scope="module")
def summary(demo: Demo) -> ProviderSummary:
    rated = rate(check(read_returns(demo.returns), demo.as_at), demo.as_at)
    return summarise(rated, [*demo.services, Service(code="S099", name="Never Sent", region="South")])


@pytest.fixture(scope="module")
def findings(summary: ProviderSummary) -> Findings:
    return findings_of(summary)


@pytest.fixture(scope="module")
def path(demo: Demo, summary: ProviderSummary) -> Path:
    return write_summary(summary, demo.summary)


@pytest.fixture(scope="module")
def book(path: Path) -> Any:
    return openpyxl.load_workbook(path)


def board_of(findings: Findings, path: Path) -> Any:
    """The board page alone."""
    with new_workbook(path, "Board page", DAY) as writer:
        write_board_sheet(writer, findings, Links([], False, {}))
    return openpyxl.load_workbook(path)[BOARD_PAGE]


def with_services(summary: ProviderSummary, number: int) -> ProviderSummary:
    """The same provider with this many services, by copies of them under other names."""
    lines = summary.overview[summary.overview["state"] != "no return"]
    copies = [lines.assign(service=lines["service"] + f"-{copy}") for copy in range(-(-number // len(lines)))]
    return replace(summary, overview=pd.concat(copies, ignore_index=True).head(number))


def texts(sheet: Any) -> list[str]:
    return [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]


def pixels_of(sheet: Any, rows: Iterable[int]) -> list[float]:
    """The heights of some rows in pixels."""
    return [(sheet.row_dimensions[row].height or 15) * 96 / 72 for row in rows]


def test_each_count_is_the_number_of_rows_it_leads_to(book: Any) -> None:
    seen = []
    for row in book[BOARD_PAGE].iter_rows():
        for cell in row:
            place = cell.hyperlink and re.fullmatch(r"'(.+)'!A\d+:A\d+", cell.hyperlink.location)
            if place and re.match(r"\d", str(cell.value)):
                assert len(followed(book, cell)) == int(re.match(r"\d+", str(cell.value))[0]), cell.coordinate  # type: ignore[index]
                seen.append(place[1])
    assert {"All actions", "Escalations", "Actions by rating"} == set(seen)
    assert seen.count("Actions by rating") > 40


def test_counts_of_a_service_lead_to_its_actions(book: Any, findings: Findings) -> None:
    sheet = book[BOARD_PAGE]
    line = next(line for line in findings.services.lines if line.delivery[0])
    row = next(row for row in sheet.iter_rows() if row[1].value == line.name)
    led = followed(book, row[6])
    assert {(each["Service"], each["Counted under"], each["Column"]) for each in led} == {
        (line.name, "Delivery", findings.services.delivery[0])
    }
    assert len(followed(book, row[1])) == sum(line.delivery)


def test_a_decision_leads_to_its_action(book: Any, findings: Findings) -> None:
    action = findings.decisions.levels[0].decisions[0]
    cells = [cell for row in book[BOARD_PAGE].iter_rows() for cell in row]
    cell = next(cell for cell in cells if cell.value == f"{action.service} {action.ref}")
    (line,) = followed(book, cell)
    assert (line["Service"], line["Ref"], line["Issue or risk"]) == (action.service, action.ref, action.issue)


def test_no_link_leads_to_a_missing_or_hidden_sheet(book: Any) -> None:
    shown = {sheet.title for sheet in book if sheet.sheet_state == "visible"}
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.hyperlink is not None and not cell.hyperlink.target:
                    assert cell.hyperlink.location.rsplit("!", 1)[0].strip("'") in shown, (sheet.title, cell.coordinate)


def test_the_contents_name_every_sheet_that_is_shown(book: Any) -> None:
    said = texts(book[BOARD_PAGE])
    names = said[said.index("Contents") + 1 :]
    assert sorted([BOARD_PAGE, *HIDDEN, *names]) == sorted({*book.sheetnames, *HIDDEN})


def test_the_board_page_prints_on_one_page(book: Any) -> None:
    sheet = book[BOARD_PAGE]
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight or 1) == ("landscape", 1)
    assert sheet.oddFooter.left.text.endswith("as at 31 March 2026")
    assert not sheet.merged_cells.ranges
    contents = next(row[1].row for row in sheet.iter_rows() if row[1].value == "Contents")
    assert int(sheet.print_area.rsplit("$", 1)[1]) < contents, "links are of no use on paper"


def test_the_first_screen_ends_below_the_decisions(book: Any) -> None:
    sheet = book[BOARD_PAGE]
    end = next(row[1].row for row in sheet.iter_rows() if str(row[1].value).startswith("Service, worst")) - 1
    assert sum(pixels_of(sheet, range(1, end))) < 500


def test_charts_have_a_text_with_their_figures(path: Path) -> None:
    with ZipFile(path) as parts:
        said = re.findall(r'descr="([^"]+)"', parts.read("xl/drawings/drawing1.xml").decode())
    assert len(said) == 2
    assert "R red: " in said[0]
    assert said[1].startswith("Chart: ")


@pytest.mark.parametrize("number", [1, 15, 40, 300])
def test_any_number_of_services_is_one_page(summary: ProviderSummary, tmp_path: Path, number: int) -> None:
    found = findings_of(with_services(summary, number))
    sheet = board_of(found, tmp_path / "board.xlsx")
    assert sum(text.startswith(tuple(line.name for line in found.services.lines)) for text in texts(sheet)) >= min(
        number, 14
    )
    assert len(found.services.lines) == (number if number <= MOST_SERVICES else MOST_SERVICES - 1)
    assert any("more service" in text and text.endswith(": Overview") for text in texts(sheet)) == (
        number > MOST_SERVICES
    )
    last = int(sheet.print_area.rsplit("$", 1)[1])
    assert sum(pixels_of(sheet, range(1, last + 1))) < 1200


def test_no_text_runs_into_the_next_cell(findings: Findings, tmp_path: Path) -> None:
    """Long names of services, reasons and contexts of tiles end before the next text on their right."""
    name = "Saint Bartholomew's Residential and Nursing Home for Older People"
    levels = [
        replace(
            level,
            decisions=[replace(action, service=name, why=f"{action.why} {name} {name}") for action in level.decisions],
        )
        for level in findings.decisions.levels
    ]
    long = replace(
        findings,
        decisions=replace(findings.decisions, levels=levels),
        services=replace(findings.services, lines=[replace(line, name=name) for line in findings.services.lines]),
        tiles=[replace(tile, context=f"missing: {name}, {name}") for tile in findings.tiles],
        headline=f"{findings.headline} {name}",
        second=f"{findings.second} {findings.second}",
    )
    sheet = board_of(long, tmp_path / "board.xlsx")
    pixels = [14, *[width for _ in range(6) for width in (52, 52, 52, 52, 12)]]
    for row in sheet.iter_rows(max_col=LAST):
        filled = [cell for cell in row if cell.value not in (None, "")]
        for cell, after in zip_longest(filled, filled[1:]):
            if isinstance(cell.value, str) and not cell.alignment.wrap_text and cell.alignment.horizontal != "right":
                room = sum(pixels[cell.column - 1 : LAST if after is None else after.column - 1])
                wide = text_width(cell.value, cell.font.sz, bold=bool(cell.font.b))
                assert wide <= room + 2, (cell.coordinate, cell.value)


def test_a_month_without_return_is_a_gap_in_the_data(summary: ProviderSummary, tmp_path: Path) -> None:
    found = findings_of(summary)
    lines = [replace(found.services.lines[0], red=[2, None, 0])]
    services = replace(found.services, lines=lines, months=["Jan", "Feb", "Mar"])
    with new_workbook(tmp_path / "board.xlsx", "Board page", DAY) as writer:
        write_board_sheet(writer, replace(found, services=services), Links([], False, {}))
    rows = list(openpyxl.load_workbook(tmp_path / "board.xlsx")[CHART_DATA].iter_rows(values_only=True))
    assert [row[1:4] for row in rows if row[0] == lines[0].name] == [(2, None, 0)]


def test_a_file_set_aside_is_not_a_missing_return(summary: ProviderSummary) -> None:
    overview = summary.overview[summary.overview["service"].isin(["S001", "S002"])].reset_index(drop=True)
    overview.loc[0, ["state", "actions"]] = ["set aside", pd.NA]
    found = findings_of(replace(summary, overview=overview))
    assert found.services.lines[0].note == "Its file was not used (set aside): see Sources."
    assert found.tiles[5].context == f"file not used: {overview['name'][0]}"


def test_an_empty_summary_has_its_board_page_too(tmp_path: Path) -> None:
    made = summarise(rate(check(grid("Actions\n| Ref | Status |"), DAY), DAY))
    said = texts(openpyxl.load_workbook(write_summary(made, tmp_path / "s.xlsx"))[BOARD_PAGE])
    assert "The returns contain no actions." in said
    assert "No action needs a decision above the service" in said


def test_a_ref_of_the_sheet_by_region_leads_to_the_whole_row(book: Any) -> None:
    sheet = book["Actions by region"]
    target, place = sheet["E9"].hyperlink.location.rsplit("!", 1)
    headings = [each.value for each in book[target.strip("'")][5]]
    row = dict(zip(headings, [cell.value for cell in book[target.strip("'")][int(place[1:])]], strict=True))
    assert (row["Ref"], row["Service"], row["Issue or risk"]) == tuple(sheet[at].value for at in ("E9", "D9", "G9"))


def test_each_row_of_a_list_leads_to_its_file_and_cell(book: Any, demo: Demo) -> None:
    sheet = book["Escalations"]
    headings = [cell.value for cell in sheet[5]]
    cell = sheet.cell(6, headings.index("Cell") + 1)
    target, place = cell.hyperlink.target, cell.hyperlink.location
    assert (demo.summary.parent / target.replace("%20", " ").replace("\\", "/")).is_file()
    assert place.replace("'", "") == cell.value


def test_without_an_archive_nothing_is_said_of_earlier_months(findings: Findings) -> None:
    (line,) = [line for line in findings.services.lines if line.code == "S099"]
    assert line.note == "No return: ask why."
