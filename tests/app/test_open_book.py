"""The tracker that is open in Excel: the same problems as its file, read in whole ranges, from values as COM gives them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import fake_excel as excel
import openpyxl
import pytest
from factories_rows import as_written, rows_of
from fake_excel import fake_excel
from office import Office

from qipxl import Period, Service, check, find_template, rate, read_returns, write_tracker
from qipxl.app.demo import Demo
from qipxl.app.demo.scenarios import SCENARIOS, joined_plans, make_plan
from qipxl.app.excel import check_open_book, rate_open_book
from qipxl.app.excel.open_workbook import NOT_SEEN
from qipxl.errors import RequestError
from qipxl.reading import Decisions
from qipxl.returns.returns import Returns
from qipxl.template import Template, shipped_templates
from qipxl.workbook.cells import CellError, normalise

MARCH = Period(2026, 3)
ELM = Service(code="ELM", name="Elm House", region="North", manager="Jo Shah")
SAID = ["code", "severity", "table", "sheet", "row", "field", "cell", "message"]


@pytest.fixture(scope="module")
def core() -> Template:
    """The whole core template: the plans here are long."""
    return find_template("core")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, ""),
        ("text", "text"),
        (3.0, 3.0),
        (3, 3.0),
        (True, True),
        (Decimal("1234.5000"), 1234.5),
        (-2146826246, CellError("#N/A")),
        (-2146826243, CellError("#SPILL!")),
        (-2146826000, CellError("an error value")),
        (-5, -5.0),
        (datetime(2026, 3, 31, tzinfo=UTC), date(2026, 3, 31)),
        (datetime(2026, 3, 31, 9, 30), datetime(2026, 3, 31, 9, 30)),
        (datetime(1899, 12, 30, 9, 30, tzinfo=UTC), time(9, 30)),
        (date(2026, 3, 31), date(2026, 3, 31)),
        (CellError("#REF!"), CellError("#REF!")),
    ],
)
def test_a_cell_is_the_same_whoever_gives_it(given: object, expected: object) -> None:
    found = normalise(given)
    assert (type(found), found) == (type(expected), expected)


def of_file(path: Path, template: Template) -> Returns:
    return check(read_returns(path, [template], decisions=Decisions(accepted_files=[path.name])))


def said(returns: Returns) -> list[tuple[object, ...]]:
    found = returns.problems[~returns.problems["code"].isin(NOT_SEEN)]
    return [tuple(line) for line in found[SAID].itertuples(index=False)]


def broken_tracker(template: Template, path: Path) -> Path:
    """Everything that parity is tried on, but numbers below 0: Excel cannot show one as a date, and openpyxl reads another day."""
    rows = {
        key: [
            {name: cell for name, cell in row.items() if not isinstance(cell, int | float) or cell >= 0} for row in rows
        ]
        for key, rows in as_written(rows_of(template, 5)).items()
    }
    return write_tracker(template, ELM, MARCH, path, rows=rows, issued={})


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(shipped_templates()))
def test_the_open_tracker_has_the_problems_of_its_file(name: str, office: Office, tmp_path: Path) -> None:
    """Saved by LibreOffice, so that each formula has a value worked out."""
    template = find_template(name)
    office.recalculate(broken_tracker(template, tmp_path / "made.xlsx"), tmp_path / "elm.xlsx")
    of_the_file = of_file(tmp_path / "elm.xlsx", template)
    with fake_excel() as app:
        opened = check_open_book(app.books.open(tmp_path / "elm.xlsx"), [template])
    ours, theirs = said(opened), said(of_the_file)
    assert sorted(set(ours) ^ set(theirs)) == []
    assert ours == theirs
    assert len(said(opened)) > 300
    for key, frame in of_the_file.tables.items():
        assert opened.tables[key].equals(frame), key


def spoil(path: Path) -> None:
    """What people do to a tracker: errors, formulas, dates as text, a column merged downwards, a tab renamed, a cell pasted over."""
    book = openpyxl.load_workbook(path)
    actions = book["Actions"]
    place = {cell.value: cell.column_letter for cell in actions[4]}
    actions[f"{place['Due date']}5"] = "TBC"
    actions[f"{place['Due date']}6"] = "3rd April 2026"
    actions[f"{place['Status']}7"] = "=1/0"
    actions[f"{place['Owner']}8"] = True
    actions[f"{place['Start date']}9"] = datetime(2026, 3, 1, 10, 30) if "Start date" in place else None
    actions[f"{place['Delivery']}6"] = "Green"
    actions[f"{place['Owner']}9"] = '="Ann "&"Lee"'
    actions.merge_cells(f"{place['Owner']}10:{place['Owner']}12")
    book["Evidence"].title = "Proof"
    book["Milestones"].sheet_state, book["Reviews"].sheet_state = "veryHidden", "hidden"
    book["Start here"]["D16"] = "Jo Shah"
    book.save(path)


@pytest.mark.long
def test_what_is_broken_in_the_open_tracker_is_named_alike(core: Template, office: Office, tmp_path: Path) -> None:
    plans = joined_plans(make_plan(number, MARCH.last, 3, 1, "Jo Shah") for number in range(len(SCENARIOS)))
    path = write_tracker(core, ELM, MARCH, tmp_path / "made.xlsx", rows=plans, issued={})
    spoil(path)
    office.recalculate(path, tmp_path / "elm.xlsx")
    with fake_excel() as app:
        opened = check_open_book(app.books.open(tmp_path / "elm.xlsx"))
    found = said(opened)
    assert found == said(of_file(tmp_path / "elm.xlsx", core))
    codes = {str(line[0]) for line in found}
    assert codes >= {
        "not-a-date",
        "text-date",
        "tab-renamed",
        "formula-typed",
        "formula-overwritten",
        "merged-down",
        "not-text",
        "tab-hidden",
    }


def test_it_is_rated_as_its_file_is(demo: Demo) -> None:
    """A tracker of the demo as it came back."""
    path = next(demo.returns.glob("S001*.xlsx"))
    with fake_excel() as app:
        opened = rate_open_book(app.books.open(path), [find_template("core")])
    ours = rate(of_file(path, find_template("core")))
    assert opened.as_at == ours.as_at
    assert opened.ratings["actions"].equals(ours.ratings["actions"])
    assert len(opened.ratings["actions"])


def test_each_tab_is_read_at_once(demo: Demo) -> None:
    path = next(demo.returns.glob("S001*.xlsx"))
    with fake_excel() as app:
        check_open_book(app.books.open(path))
        sheets = [each.split("!")[0] for each in excel.READS]
    assert len(sheets) == len(set(sheets))
    assert not {"Workings", "Checks", "Lists", "Charts"} & set(sheets)


def test_a_date_that_cannot_be_handed_over_is_found_and_read(core: Template, tmp_path: Path) -> None:
    path = write_tracker(core, ELM, MARCH, tmp_path / "elm.xlsx", rows=make_plan(3, MARCH.last, 3, 1, "Jo Shah"))
    due = next(cell.column_letter for cell in openpyxl.load_workbook(path)["Actions"][4] if cell.value == "Due date")
    with fake_excel() as app:
        book = app.books.open(path)
        before = check_open_book(book).tables["actions"]
        excel.UNREADABLE.add(f"Actions!{due}6")
        after = check_open_book(book).tables["actions"]
    assert after.equals(before)


def test_money_typed_as_money_is_a_number(core: Template, tmp_path: Path) -> None:
    path = write_tracker(core, ELM, MARCH, tmp_path / "elm.xlsx", rows=make_plan(3, MARCH.last, 3, 1, "Jo Shah"))
    book = openpyxl.load_workbook(path)
    place = {cell.value: cell.column_letter for cell in book["Actions"][4]}
    cell = book["Actions"][f"{place['Likelihood now']}5"]
    cell.value, cell.number_format = 3, "£#,##0.00"
    book.save(path)
    with fake_excel() as app:
        assert check_open_book(app.books.open(path)).tables["actions"]["likelihood_now"].iloc[0] == 3.0


def test_another_workbook_is_no_tracker(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "Book1.xlsx")
    with fake_excel() as app, pytest.raises(RequestError, match=r"Book1.xlsx: This workbook is not a tracker"):
        check_open_book(app.books.open(tmp_path / "Book1.xlsx"))
