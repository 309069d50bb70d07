"""Nothing is moved unseen: promises that change between two months are problems, and a list for head office."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from factories import ACTION, ELM, MARCH, SIGNED, cell_of, on_start_here
from grids import grid

from qipxl import Period, Returns, check, consolidate_month, rate, write_summary, write_tracker
from qipxl.archive.keep import keep_returns
from qipxl.archive.store import open_archive
from qipxl.provider import ProviderFolder, init_folder
from qipxl.provider.carry_forward import log_revised_milestones
from qipxl.returns.provenance import traced
from qipxl.summary.changes import CHANGES
from qipxl.summary.packs.packs import pack_for
from qipxl.summary.page.page import page_of
from qipxl.template import Template
from qipxl.workbook.layout import Placement

APRIL = Period(2026, 4)
OWNER = cell_of("owner", 5)
STEP = {"ref": "M-001", "action": "A-001", "milestone": "Checked", "due": date(2026, 3, 31), "owner": "Ann Lee"}
WAS = {"actions": [ACTION], "milestones": [STEP]}
NOW = {
    "actions": [{**ACTION, "success_measure": "All of them", "owner": "Bo Ek", "status": "Complete", "theme": "Night"}],
    "milestones": [STEP | {"due": date(2026, 5, 31)}],
}


@pytest.fixture(scope="module")
def folder(core: Template, tmp_path_factory: pytest.TempPathFactory) -> ProviderFolder:
    """A provider of one service with returns of March, which is in the archive, and of April."""
    made = init_folder(tmp_path_factory.mktemp("since") / "our", "Our Care", date(2026, 5, 1), [ELM])
    for period, rows in ((MARCH, WAS), (APRIL, NOW)):
        home = made.returns(period)
        home.mkdir(parents=True, exist_ok=True)
        write_tracker(core, ELM, period, home / f"ELM {period}.xlsx", rows=rows, cover=SIGNED, issued=WAS)
    with consolidate_month(made.month("2026-03"), keep=True):
        return made


@pytest.mark.long
def test_changed_promises_are_problems_and_a_list(folder: ProviderFolder, tmp_path: Path) -> None:
    with consolidate_month(folder.month("2026-04"), keep=True) as result:
        summary = result.summary(whole=True)
        path = write_summary(summary, tmp_path / "summary.xlsx")
        page = page_of(summary)
        board, outside = ({spec.name for spec in pack_for(name, summary).sheets} for name in ("board", "commissioner"))
    problems = summary.problems
    assert problems.loc[problems["code"] == "promise-changed", ["severity", "message"]].values.tolist() == [
        [
            "should look",
            f"Actions!{OWNER} Owner was “Ann Lee” in the last return and is “Bo Ek” now. Put it back, or tell head office why it changed.",
        ]
    ]
    sheet = pd.read_excel(path, sheet_name=CHANGES, skiprows=4, na_filter=False, engine="calamine")
    lines = sheet[["Kind", "Sheet", "Ref", "What changed", "Was", "Is now", "Allowed by the plan"]]
    assert [" | ".join(line) for line in lines.itertuples(index=False)][:4] == [
        "Promise | Actions | A-001 | Owner | Ann Lee | Bo Ek | No",
        "Promise | Milestones | M-001 | Due date | 31/03/2026 | 31/05/2026 | No",
        "State | Actions | A-001 | Headline | At risk | Closed without evidence | ",
        "State | Actions | A-001 | Status | In progress | Complete | ",
    ]
    assert [line[1:4] for line in lines[lines["Kind"] == "Words"].values.tolist()] == [
        ["Actions", "A-001", "Theme"], ["Actions", "A-001", "Success measure"],
    ]  # fmt: skip
    links = openpyxl.load_workbook(path)[CHANGES]
    assert links["K6"].hyperlink.location == f"'Actions'!{cell_of('owner', 5)}"
    assert CHANGES in page
    assert CHANGES in board
    assert CHANGES not in outside
    archived = open_archive(folder.archive).table("problems", ["code"])
    assert "promise-changed" in set(archived["code"])


def test_the_first_month_has_no_changes(folder: ProviderFolder) -> None:
    with consolidate_month(folder.month("2026-03")) as result:
        assert not len(result.since_last)


PLAN = """
    Actions
    | Ref   | Owner   | Status      | Due date   |
    | A-001 | Ann Lee | In progress | 30/06/2026 |
    Milestones
    | Ref   | Action | Due date   | Revised due date |
    | M-001 | A-001  | 28/02/2026 | 31/05/2026       |
    Extensions
    | Action | Milestone | To         | Reason | Approved by |
    | A-001  | {}        | 31/05/2026 | Sick   | Jo Shah     |
"""


def without_column(returns: Returns, table: str = "extensions", field: str = "milestone") -> Returns:
    """The return of a tracker whose sheet of a table has no column for a field."""
    found = returns.placements[0, table]
    columns = {name: place for name, place in found.columns.items() if name != field}
    return replace(returns, placements={**returns.placements, (0, table): Placement(found.sheet, columns)})


def judged(returns: Returns) -> list[Any]:
    """The date agreed for the milestone, its progress, its broken rule, and the extensions of the action."""
    rated = rate(check(returns, MARCH.last), MARCH.last)
    step, action = traced(rated, "milestones").iloc[0], traced(rated, "actions").iloc[0]
    broken = "moved-without-extension" in set(rated.returns.problems["code"])
    return [f"{step['agreed_date']:%d/%m}", step["progress"], broken, int(action["extensions_logged"])]


def test_a_revised_date_counts_with_an_extension_that_names_it() -> None:
    assert judged(grid(PLAN.format("M-001"))) == ["31/05", "Not due yet", False, 0]
    assert judged(grid(PLAN.format("     "))) == ["28/02", "Off track", True, 1]
    assert judged(grid(PLAN.format("M-001").replace("Jo Shah", "TBC    "))) == ["28/02", "Off track", True, 0]


def test_a_revised_date_of_an_earlier_version_counts_as_before() -> None:
    plan = PLAN.format("     ")
    assert judged(without_column(grid(plan, version="1.0"))) == ["31/05", "Not due yet", False, 1]
    assert judged(without_column(grid(plan))) == ["28/02", "Off track", True, 1]


def test_an_earlier_tracker_is_not_asked_for_a_control() -> None:
    plan = "Actions\n| Ref | Source | Due date |\n| A-1 | CQC must-do | 30/03/2026 |"
    earlier = without_column(grid(plan, version="1.1"), "actions", "interim_control")
    asked = [set(check(returns, MARCH.last).problems["code"]) for returns in (grid(plan), earlier)]
    assert ["overdue-without-control" in codes for codes in asked] == [True, False]


def test_revised_dates_of_an_earlier_version_get_extensions(tmp_path: Path) -> None:
    folder = init_folder(tmp_path / "our", "Our Care", date(2026, 5, 1), [ELM])
    keep_returns(rate(without_column(grid(PLAN.format("     "), version="1.0"))), folder.archive)
    (order,) = folder.month("2026-04").to_issue()
    assert order.rows is not None
    added = order.rows["extensions"][1]
    assert (added["milestone"], added["from_date"], added["to_date"]) == ("M-001", date(2026, 2, 28), date(2026, 5, 31))
    assert "Extensions has a row for the revised date of M-001." in on_start_here(order)


def test_every_revised_date_is_taken_over_if_the_sheet_is_full(core: Template) -> None:
    full = core.tables["extensions"].model_copy(update={"rows": 1})
    template = core.model_copy(update={"tables": {**core.tables, "extensions": full}})
    revised = [
        {"ref": ref, "action": "A-1", "due": date(2026, 2, 28), "revised_due": date(2026, 5, 31)}
        for ref in ("M-1", "M-2")
    ]
    rows: dict[str, list[dict[str, object]]] = {"milestones": list(revised), "extensions": [{"action": "A-1"}]}
    receipt = pd.Series({"template_version": "1.0", "columns": "{}"})
    said = log_revised_milestones(receipt, template, rows)
    assert [row.get("milestone") for row in rows["extensions"]] == [None, "M-1", "M-2"]
    assert said == ["Extensions has a row for the revised date of M-1, M-2."]
