"""Counts of services: a service without a usable return has none, which is not 0."""

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from grids import grid

from qipxl import ProviderSummary, Service, check, rate, summarise, write_summary
from qipxl.summary.packs import pack_for
from qipxl.summary.page.page import page_of

SERVICES = [
    Service(code=code, name=code.title(), region=region)
    for code, region in (("ELM", "North"), ("OAK", "North"), ("ASH", "West"))
]
PLAN = """
    Actions
    | Ref   | Owner   | Status      | Due date   |
    | A-001 | Ann Lee | In progress | 31/10/2026 |
"""


@pytest.fixture
def summary() -> ProviderSummary:
    """Elm with an action, Oak and Ash without a return."""
    returns = grid(PLAN, code="ELM", service="Elm", region="North", period="2026-03")
    return summarise(rate(check(returns, date(2026, 3, 31)), date(2026, 3, 31)), SERVICES)


def counts(frame: pd.DataFrame, key: str, letters: list[str]) -> dict[str, list[Any]]:
    columns = ["actions", *letters, "must_fix"]
    lines = frame[[key, *columns]].astype(object).where(frame[[key, *columns]].notna(), None)
    return {line[0]: list(line[1:]) for line in lines.itertuples(index=False, name=None)}


def test_a_service_without_a_return_has_no_counts(summary: ProviderSummary) -> None:
    found = counts(summary.overview, "service", summary.letters)
    blank = [None] * (len(summary.letters) + 2)
    assert (found["OAK"], found["ASH"]) == (blank, blank)
    assert found["ELM"][0] == sum(found["ELM"][1:-1]) == 1
    totals = counts(summary.totals, "region", summary.letters)
    assert totals["West"] == blank
    assert totals["North"] == totals["Whole provider"] == found["ELM"]


def test_its_cells_are_blank_in_summary_page_and_pack(summary: ProviderSummary, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_summary(summary, tmp_path / "s.xlsx"))
    rows = [list(row) for row in book["Overview"].iter_rows(min_row=6, values_only=True)]
    lines = {row[0]: row[4:] for row in rows}
    assert set(lines["Oak"]) == set(lines["All of West"]) == {None}
    assert lines["Elm"][0] == lines["Whole provider"][0] == 1
    assert "no return" in page_of(summary)
    spec = next(sheet for sheet in pack_for("commissioner", summary).sheets if sheet.name == "Services")
    assert spec.frame.set_index("service").loc[["OAK", "ASH"], ["actions", "must_fix"]].isna().all(axis=None)


def test_a_return_without_actions_counts_none() -> None:
    returns = grid("Actions\n| Ref | Owner |", code="ELM", period="2026-03")
    found = summarise(rate(check(returns, date(2026, 3, 31)), date(2026, 3, 31))).overview
    assert list(found["actions"]) == [0]
