"""The main job on a tracker that a real spreadsheet program has typed into and saved."""

import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from factories import LONG, cell_of, shortened
from office import Office
from python_calamine import CalamineWorkbook

from qipxl import Period, Service, check, rate, read_returns, summarise, write_summary, write_tracker
from qipxl.app.demo.scenarios import SCENARIOS, joined_plans, make_plan
from qipxl.template import Template, find_template
from qipxl.tracker.content import workings_of
from qipxl.tracker.layout import tracker_layout
from qipxl.workbook.layout import HEADING_ROW, cell_address, column_letters

pytestmark = pytest.mark.formulas
ELM = Service(code="ELM", name="Elm House", region="North", manager="Jo Shah")
MARCH = Period(2026, 3)


@pytest.fixture(scope="module")
def core() -> Template:
    """The whole core template, with workings for every row: the plan here is typed into an empty tracker."""
    whole = find_template("core")
    roomy = {key: line.model_copy(update={"growth": line.rows}) for key, line in whole.tables.items()}
    return whole.model_copy(update={"tables": roomy})


def cells_of(core: Template, rows: dict[str, Any]) -> dict[str, dict[str, object]]:
    """The addresses a person would type a plan into."""
    cells: dict[str, dict[str, object]] = {"Start here": {"D16": "Jo Shah", "D19": 3}}
    for key, place in tracker_layout(core).items():
        typed = cells.setdefault(place.line.sheet, {})
        for number, row in enumerate(rows.get(key, ()), HEADING_ROW + 1):
            for field in place.line.field:
                if row.get(field.key) is not None:
                    typed[cell_address(place.index(field.key), number)] = row[field.key]
    return cells


def shown(path: Path, sheet: str, headings: list[str], rows: int) -> list[list[object]]:
    """What a sheet's worked-out columns show, as the spreadsheet program saved them."""
    cells = CalamineWorkbook.from_path(path).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    at = [cells[HEADING_ROW - 1].index(heading) for heading in headings]
    return [[row[index] for index in at] for row in cells[HEADING_ROW : HEADING_ROW + rows]]


@pytest.mark.long
def test_a_plan_typed_in_libreoffice_has_the_same_ratings(office: Office, core: Template, tmp_path: Path) -> None:
    rows = joined_plans(make_plan(number, MARCH.last, 3, 1, "Jo Shah") for number in range(len(SCENARIOS)))
    known = {"head_office": rows.pop("head_office")}
    issued = write_tracker(core, ELM, MARCH, tmp_path / "issued.xlsx", rows=known)
    back = tmp_path / "returns" / "elm.xlsx"
    back.parent.mkdir()
    cells = cells_of(core, rows)
    cells["Actions"] |= {
        cell_of("owner", 5): None, cell_of("due", 6): "TBC", cell_of("status", 7): "complete ", cell_of("status", 8): "Done",
        cell_of("owner", 9): "\xa0",
    }  # fmt: skip
    office.type_into(issued, back, cells)

    returns = check(read_returns(back))
    line = returns.receipts.iloc[0]
    count = len(rows["actions"])
    assert (line["status"], line["submission"], line["submitted_by"]) == ("accepted", 3, "Jo Shah")
    assert line["rows_accepted"] == sum(map(len, rows.values())) + len(known["head_office"])
    rated = rate(returns)
    ratings = rated.ratings["actions"]
    assert len(set(ratings["delivery"])) >= 8
    ours = ratings[["delivery_label", "evidence_label", "impact_label", "headline_label"]].to_numpy().tolist()
    assert shown(back, "Actions", ["Delivery", "Evidence", "Impact", "Headline"], count) == ours

    book = returns.book(core, MARCH.last)
    for key, place in tracker_layout(core).items():
        column = core.rules.checks[key]
        texts = list(book.tables[key].values(column))
        assert [cells[0] for cells in shown(back, place.line.sheet, ["Check"], len(texts))] == texts

    said = shown(back, "Start here", [], 0)
    assert said == []
    summary = summarise(rated, [ELM])
    assert summary.reconciles
    write_summary(summary, tmp_path / "summary.xlsx")


@pytest.mark.long
def test_stored_values_are_what_libreoffice_works_out(office: Office, core: Template, tmp_path: Path) -> None:
    """Every cell of Workings, and every rating and check, as written beside its formula."""
    rows = make_plan(10, MARCH.last, 6, 1, "Jo Shah")
    path = write_tracker(core, ELM, MARCH, tmp_path / "elm.xlsx", rows=rows)
    workings = workings_of(core)
    last = max(workings.last_row(key) for key in workings.layouts)
    wide = column_letters(max(slot.index for slot in workings.all_columns()) + 1)
    spans = {"Workings": f"A1:{wide}{last}", "Checks": "A5:H304", "Start here": "A1:I24"}
    found = office.values(path, spans)
    stored = CalamineWorkbook.from_path(path)
    for sheet, span in spans.items():
        first = int(span.split(":")[0][1:])
        cells = stored.get_sheet_by_name(sheet).to_python(skip_empty_area=False)[first - 1 :]
        for number, (theirs, ours) in enumerate(zip(found[sheet], cells, strict=False), first):
            pairs = zip(theirs, map(as_number, ours), strict=False)
            assert [a for a, b in pairs if a != b] == [], f"{sheet} row {number}"


def as_number(cell: object) -> object:
    """A truth or a date as LibreOffice hands it over."""
    if isinstance(cell, bool):
        return float(cell)
    return float((cell - date(1899, 12, 30)).days) if isinstance(cell, date) else cell


@pytest.mark.long
def test_pictures_show_no_cut_off_figures(office: Office, core: Template, tmp_path: Path) -> None:
    """A date or number that does not fit its column prints as ###."""
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not installed, so the printed pages cannot be searched.")
    rows = make_plan(11, MARCH.last, 6, 1, "Jo Shah")
    tracker = write_tracker(core, ELM, MARCH, tmp_path / "elm.xlsx", rows=rows, issued={})
    summary = write_summary(summarise(rate(check(read_returns(tracker)))), tmp_path / "summary.xlsx")
    for path in (tracker, summary):
        office.to_pdf(path, tmp_path / "pages.pdf")
        text = subprocess.run(
            ["pdftotext", "-layout", tmp_path / "pages.pdf", "-"], capture_output=True, text=True, check=True
        ).stdout
        assert "Oak" in text or "Elm House" in text
        assert "###" not in text
        assert "Err:" not in text
        assert "#N" not in text


@pytest.mark.long
def test_an_overwritten_formula_is_a_check_in_both(office: Office, core: Template, tmp_path: Path) -> None:
    rows = make_plan(11, MARCH.last, 6, 1, "Jo Shah")
    template = core if LONG else shortened(core, 24)
    issued = write_tracker(template, ELM, MARCH, tmp_path / "issued.xlsx", rows=rows)
    place = tracker_layout(template)["actions"]
    column = column_letters(place.headings.index("Delivery"))
    back = tmp_path / "returns" / "elm.xlsx"
    back.parent.mkdir()
    office.type_into(issued, back, {"Actions": {f"{column}6": "G On track", f"{column}7": "Green"}})
    returns = check(read_returns(back))
    found = returns.problems[returns.problems["code"] == "formula-overwritten"]
    assert list(found["cell"]) == [f"{column}6"]
    assert "Delivery is worked out" in found["message"].iloc[0]
    assert "(2 cells in this column)" in found["message"].iloc[0]
    lines = office.values(back, {"Checks": "A5:H12"})["Checks"]
    assert [(line[2], line[5], line[6], line[1]) for line in lines[:2]] == [
        ("must fix", "Delivery", "G On track", f"{column}6"),
        ("must fix", "Delivery", "Green", f"{column}7"),
    ]
    assert returns.receipts["status"].tolist() == ["accepted"]


@pytest.mark.long
def test_every_link_of_checks_names_the_cell_that_is_wrong(office: Office, core: Template, tmp_path: Path) -> None:
    """Also after somebody has put rows and columns in, and with more problems than are listed."""
    rows = joined_plans(make_plan(number, MARCH.last, 3, 1, "Jo Shah") for number in range(len(SCENARIOS)))
    path = write_tracker(core, ELM, MARCH, tmp_path / "elm.xlsx", rows=rows)
    listed = [line for line in office.values(path, {"Checks": "A5:H304"})["Checks"] if line[0] != ""]
    problems = check(read_returns(path)).problems
    ours = problems[problems["severity"].isin(["must fix", "should look"]) & (problems["sheet"] != "Start here")]
    assert sorted((line[3], line[1]) for line in listed) == sorted(zip(ours["sheet"], ours["cell"], strict=True))
