"""A manager's month with a carried-over tracker, typed into LibreOffice by following Start here: its clicks and changes of sheet."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from manager import SKIP, Manager
from office import Office

from qipxl.app.demo import Demo
from qipxl.app.demo.make import PERIOD
from qipxl.provider.monthly_run import consolidate_month
from qipxl.tracker.issue import issue_trackers

pytestmark = pytest.mark.formulas
APRIL = PERIOD.plus(1)
TODAY = APRIL.last


@pytest.fixture
def tracker(demo: Demo, tmp_path: Path) -> Path:
    """April's tracker of Orchard Close: three indicators, five actions, one of them overdue."""
    with consolidate_month(demo.folder.month(PERIOD), keep=True):
        pass  # March is in the archive: April's trackers are made from it
    orders = [order for order in demo.folder.month(APRIL).to_issue() if order.service.code == "S007"]
    (path,) = issue_trackers(orders, APRIL, tmp_path)
    return Path(path)


def opened_at(path: Path) -> dict[str, str]:
    """The cell of each sheet at which it opens."""
    book = openpyxl.load_workbook(path)
    return {sheet.title: sheet.sheet_view.selection[-1].activeCell for sheet in book.worksheets}


@pytest.mark.long
def test_a_month_takes_few_clicks_and_changes_of_sheet(tracker: Path, office: Office) -> None:
    places = opened_at(tracker)

    def month(document: Any, _: Path) -> None:
        manager = Manager(document, places)
        manager.go_there("Enter the figures")
        for numbers in ((36, SKIP, 37), (5, SKIP, 900), (11, SKIP, 13)):
            manager.type_row(numbers)
        assert manager.done("Enter the figures") == "3 of 3 entered"

        manager.tab("Actions")
        for change in ("Two shifts", "Night staff", "Six people", "The day centre", "The on-call rota"):
            manager.type_row((TODAY, f"{change} now work this way; one more group to reach by June."))
        assert manager.done("Bring your actions up to date") == "5 of 5 updated in April"

        manager.scroll()
        manager.click_in("A-003", "Slippage reason")
        manager.type_row(("Recruitment", "Time reallocated"))
        assert manager.done("Overdue") == "explained"

        manager.tab("Start here")
        manager.sign("Joanne Taylor", TODAY)
        assert manager.shown("Checks", "C5:C5") != [["must fix"]]
        assert str(manager.shown("Start here", "B4:B4")[0][0]).startswith("Ready to send")
        assert (manager.entries, manager.clicks, manager.changes) == (20, 6, 3)

    office.use(tracker, month)


@pytest.mark.long
def test_milestones_a_review_and_evidence_take_four_clicks(tracker: Path, office: Office) -> None:
    places = opened_at(tracker)

    def month(document: Any, _: Path) -> None:
        manager = Manager(document, places)
        manager.go_there("Milestones due")
        manager.type_row((TODAY,))
        manager.type_row((TODAY,))
        assert manager.done("Milestones due") == "none open"
        manager.tab("Reviews")
        manager.type_row(
            ("R-005", SKIP, "A-005", TODAY, "Daniel Lewis", "Seen on two shifts.", "Effective", "Yes", "Met")
        )
        assert manager.done("Reviews due") == "none due"
        manager.tab("Start here")
        manager.go_there("Log new evidence")
        manager.type_row(("E-040", SKIP, "A-001", TODAY, "Observation", "Two rooms checked unannounced", "Impact"))
        assert manager.done("Log new evidence") == "1 item in April"
        assert (manager.clicks, manager.changes) == (4, 4)

    office.use(tracker, month)
