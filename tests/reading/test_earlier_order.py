"""Trackers whose columns are in the order of the template, as they were issued before the first columns could be chosen.

One of each template, with six rows in each table. Their sheets Workings and Checks, which nothing reads, are empty.
"""

from pathlib import Path

import pytest

from qipxl import Period, Service, find_template, read_returns, write_tracker
from qipxl.template import shipped_templates
from qipxl.tracker.send_back import carried_rows
from qipxl.workbook.layout import HEADING_ROW

BEFORE = Path(__file__).parents[1] / "fixtures" / "columns-in-template-order"
ROWS = {"actions": 5, "milestones": 6, "evidence": 6, "challenge": 1, "reviews": 4, "head_office": 1}


@pytest.mark.parametrize("name", sorted(shipped_templates()))
def test_a_tracker_in_the_earlier_order_is_read_in_full(name: str) -> None:
    returns = read_returns(BEFORE / f"{name}.xlsx")
    assert list(returns.receipts["status"]) == ["accepted"]
    assert {key: len(returns.tables[key]) for key in ROWS} == ROWS
    assert set(returns.problems["code"]) <= {"unchanged-since-issue", "older-version"}
    assert returns.place("actions", row=HEADING_ROW + 1, field="due") == "Actions!V5"
    figures = returns.tables["measurements"]
    assert len(figures) == (0 if name == "core" else 6)
    assert figures["month"].notna().all()


def test_its_rows_in_todays_order_are_read_the_same(tmp_path: Path) -> None:
    before = read_returns(BEFORE / "workforce.xlsx")
    rows, _ = carried_rows(before, before.receipts.index[0])
    elm = Service(code="ELM", name="Elm House")
    today = write_tracker(find_template("workforce"), elm, Period(2026, 3), tmp_path / "elm.xlsx", rows=rows)
    again = read_returns(today)
    for key, frame in before.tables.items():
        assert frame.drop(columns=["return", "row"]).equals(again.tables[key].drop(columns=["return", "row"])), key
