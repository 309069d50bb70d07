"""What goes back to a service: a page of queries, and a fresh tracker with what was accepted."""

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from broken import parts_of, typed
from factories import cell_of

from qipxl import Period, Service, check, rate, read_returns, write_tracker
from qipxl.app.demo.scenarios import make_plan
from qipxl.errors import OutputError
from qipxl.returns.rate import Rated
from qipxl.template import Template
from qipxl.tracker import write
from qipxl.tracker.send_back import no_references, queries_of, query_page, write_answers
from qipxl.tracker.write import Draft, new_draft, write_drafts

ELM = Service(code="ELM", name="Elm House", region="North", manager="Jo Shah")
MARCH = Period(2026, 3)


@pytest.fixture
def rated(tmp_path: Path, core: Template) -> Rated:
    path = tmp_path / "back" / "ELM.xlsx"
    rows: dict[str, Any] = make_plan(8, MARCH.last, 6, 1, "Jo Shah")
    write_tracker(core, ELM, MARCH, path, rows=rows, issued={}, cover={"submitted_by": "Jo Shah", "submission": 2})
    typed({
        cell_of("due", 5): "ASAP", cell_of("due", 6): "20/2/26", cell_of("status", 5): "Compleated",
        cell_of("intended_change", 6): "Call 07700 900123", "BK4": "Notes", "BK5": "mine",
    })(path)  # fmt: skip
    return rate(check(read_returns(path)))


def page_of(rated: Rated) -> str:
    return query_page(rated.returns, 0, queries_of(rated.returns, 0))


def test_the_page_says_what_to_fix_first_and_names_each_cell(rated: Rated) -> None:
    page = page_of(rated)
    lines = page.splitlines()
    assert lines[0] == "Dear Jo Shah,"
    assert lines[2].endswith(" things in the March 2026 tracker of Elm House (ELM):")
    assert lines.index("Please put right:") < lines.index("Please look at:") < lines.index("For your information:")
    assert (
        f'- Due date says "ASAP", which is not a date. Enter one such as 31/03/2026. (Actions, cell {cell_of("due", 5)})'
        in lines
    )
    assert "900123" not in page
    assert len(lines) < 60


def test_the_same_problem_in_one_column_is_said_once(tmp_path: Path, rated: Rated) -> None:
    path = tmp_path / "back" / "ELM.xlsx"
    typed({cell_of("due", row): "TBC" for row in range(5, 18)} | {f"A{row}": f"Z-{row}" for row in range(8, 18)})(path)
    page = page_of(rate(check(read_returns(path))))
    cells = ", ".join(cell_of("due", row) for row in range(6, 14))
    assert f"Also {cells}, and 4 more." in page


def test_a_fresh_tracker_keeps_doubtful_cells_as_typed(tmp_path: Path, rated: Rated) -> None:
    written = write_answers([rated], rated.returns, no_references, tmp_path / "back again", fresh=True)
    [answer] = written
    assert answer.tracker is not None
    assert [answer.tracker.name, answer.page.name] == [
        "ELM Elm House 2026-03.xlsx",
        "ELM Elm House 2026-03 queries.txt",
    ]
    again = rate(check(read_returns(answer.tracker)))
    line = again.returns.receipts.iloc[0]
    assert (line["status"], line["submission"], line["service"]) == ("accepted", 3, "ELM")
    for key, frame in rated.returns.tables.items():
        theirs = again.returns.tables[key]
        assert frame.drop(columns=["return", "row"]).equals(theirs.drop(columns=["return", "row"])), key
    codes = set(again.returns.problems["code"])
    assert {"not-a-date", "not-in-list"} <= codes
    assert not codes & {"text-date", "column-extra"}
    book = openpyxl.load_workbook(answer.tracker)
    said = [cell for row in book["Start here"].iter_rows(values_only=True) for cell in row if cell]
    assert any(str(text).startswith('Due date says "ASAP"') for text in said)
    assert any(str(text).startswith("Not carried over: Actions!BK4 the column") for text in said)
    assert book["Actions"][cell_of("due", 5)].value == "ASAP"
    assert book["Actions"][cell_of("due", 6)].value.date() == date(2026, 2, 20)
    outlined = {str(each.sqref) for each in book["Actions"].conditional_formatting}
    assert {cell_of("due", 5), cell_of("status", 5)} <= outlined


def test_nothing_of_the_received_file_but_values_is_passed_on(tmp_path: Path, rated: Rated) -> None:
    fresh = write_answers([rated], rated.returns, no_references, tmp_path / "out", fresh=True)[0].tracker
    assert fresh is not None
    every = b"".join(parts_of(fresh).values())
    assert b"900123" not in every
    assert b"mine" not in b"".join(part for name, part in parts_of(fresh).items() if name != "xl/sharedStrings.xml")


def test_a_file_that_cannot_be_used_gets_its_page(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "..=cmd|x.pdf").write_bytes(b"%PDF-1.7")
    returns = read_returns(tmp_path / "in")
    rated = rate(check(returns), MARCH.last)
    [answer] = write_answers([rated], rated.returns, no_references, tmp_path / "out")
    page = answer.page
    assert (page.parent, page.name) == (tmp_path / "out", "..-cmd-x queries.txt".lstrip("."))
    said = page.read_text("utf-8")
    assert "This is a PDF" in said
    assert "Thank you" not in said


@pytest.mark.long
def test_trackers_have_the_same_bytes_together_alone_and_in_several_processes(
    tmp_path: Path, core: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = list(enumerate([("ASH", ""), ("BAY", "2026-02"), ("ELM", "")], 3))

    def drafts() -> list[Draft]:
        return [
            new_draft(
                core, Service(code=code, name=f"{code} House"), MARCH, tmp_path / f"{code}.xlsx",
                rows=make_plan(number, MARCH.last, 6, number, "Jo Shah"), taken_over=taken_over,
            )
            for number, (code, taken_over) in orders
        ]  # fmt: skip

    together = [path.read_bytes() for path in write_drafts(drafts())]
    alone = [next(write_drafts([draft])).read_bytes() for draft in drafts()]
    assert together == alone
    monkeypatch.setattr(write, "FEWEST", 1)
    monkeypatch.setattr(write, "AT_ONCE", 1)
    assert [path.read_bytes() for path in write_drafts(drafts(), 3, 2)] == alone


def test_an_error_of_a_process_is_the_error_of_writing(
    tmp_path: Path, core: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "FEWEST", 1)
    (tmp_path / "taken").write_text("a file, and no folder")
    service = Service(code="ELM", name="Elm House")
    drafts = [new_draft(core, service, MARCH, tmp_path / "taken" / f"{number}.xlsx") for number in range(2)]
    with pytest.raises(OutputError, match="taken"):
        list(write_drafts(drafts, 2, 2))
