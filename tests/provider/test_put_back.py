"""Rows that are missing from a return: an open action leaves the plan only if it is withdrawn, embedded or removed."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from factories import ACTION, ELM, MARCH, SIGNED, on_start_here

from qipxl import Period, write_summary, write_tracker
from qipxl.provider import ProviderFolder, ProviderMonth, read_register
from qipxl.provider.monthly_run import MonthResult, consolidate_month
from qipxl.provider.register_schema import Line, RemovedLine, ServiceLine
from qipxl.provider.register_workbook import write_register
from qipxl.summary.action_lists import all_actions
from qipxl.template import Template
from qipxl.tracker.issue import Order

APRIL, MAY = Period(2026, 4), Period(2026, 5)
ISSUES = ("Call bells wait", "Falls at night", "Mrs Jane Example fell")
PLAN: dict[str, list[dict[str, Any]]] = {
    "actions": [{**ACTION, "ref": f"A-{n:03d}", "issue": issue} for n, issue in enumerate(ISSUES, 1)],
    "milestones": [
        {"ref": "M-001", "action": "A-001", "milestone": "Rota agreed", "due": date(2026, 2, 1)},
        {"ref": "M-002", "action": "A-001", "milestone": "Bells tested", "due": date(2026, 5, 1)},
        {"ref": "M-003", "action": "A-002", "milestone": "Huddles held", "due": date(2026, 5, 1)},
    ],
    "evidence": [{"ref": "E-001", "action": "A-002", "category": "Observation", "judgement": "Accepted"}],
}
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


class Provider:
    """A provider of one service that returns its tracker month by month."""

    def __init__(self, home: Path, core: Template) -> None:
        self.folder, self.core = ProviderFolder(home), core
        self.register()
        self.send(MARCH, PLAN, PLAN)

    def register(self, *lines: Line) -> None:
        of: dict[type[Line], list[Line]] = {ServiceLine: [ServiceLine(code="ELM", name="Elm House")]}
        for line in lines:
            of.setdefault(type(line), []).append(line)
        write_register(self.folder.home / "register.xlsx", "Our Care", date(2026, 4, 1), of)

    def month(self, period: Period) -> ProviderMonth:
        return ProviderMonth(self.folder, read_register(self.folder.register), period)

    def send(self, period: Period, issued: Rows, rows: Rows, **cover: object) -> None:
        path = self.folder.home / "returns" / str(period) / "elm.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_tracker(self.core, ELM, period, path, issued=issued, rows=rows, cover={**SIGNED, **cover})
        with consolidate_month(self.month(period), keep=True) as result:
            self.look(result)

    def look(self, result: MonthResult) -> None:
        self.tables = {key: result.table(key) for key in ("actions", "milestones", "evidence")}
        self.returns, self.summary = result.returns, result.summary()
        self.listed = all_actions(self.summary).frame.set_index("ref")

    def next(self, period: Period) -> Order:
        (order,) = self.month(period).to_issue()
        return order

    def lines(self, code: str) -> pd.DataFrame:
        return self.returns.problems[self.returns.problems["code"] == code]


@pytest.fixture
def provider(tmp_path: Path, core: Template) -> Provider:
    return Provider(tmp_path, core)


def rows_of(order: Order) -> dict[str, list[dict[str, Any]]]:
    assert order.rows is not None
    return {key: [dict(row) for row in rows] for key, rows in order.rows.items()}


def without(rows: Rows, *refs: str) -> Rows:
    return {key: [row for row in lines if row.get("ref") not in refs] for key, lines in rows.items()}


def refs(rows: Rows, key: str = "actions") -> list[object]:
    return [row["ref"] for row in rows[key]]


@pytest.mark.long
def test_a_deleted_action_stays_until_it_is_answered(provider: Provider) -> None:
    before, april = provider.tables["actions"].set_index("ref"), rows_of(provider.next(APRIL))
    provider.send(APRIL, april, without(april, "A-002", "M-003", "E-001"))
    assert list(provider.listed["cell"].sort_index()) == ["Actions!A5", "deleted in April 2026", "Actions!A6"]
    actions = provider.tables["actions"].set_index("ref")
    assert actions.at["A-002", "headline"] == before.at["A-002", "headline"] != ""
    assert actions.at["A-002", "accepted"] == 1
    assert provider.tables["milestones"]["ref"].tolist() == ["M-001", "M-002", "M-003"]
    assert provider.tables["evidence"]["cell"].tolist() == ["deleted in April 2026"]
    (message,) = provider.lines("issued-row-missing")["message"][lambda texts: texts.str.contains("A-002")]
    assert "kept" in message or "keeps" in message
    assert "Missing since April 2026" in message
    assert provider.summary.reconciles

    may = provider.next(MAY)
    assert sorted(refs(rows_of(may))) == ["A-001", "A-002", "A-003"]
    assert any("A-002 (deleted in April 2026)" in sentence for sentence in on_start_here(may))
    again = rows_of(may)
    provider.send(MAY, again, without(again, "A-002"))
    assert provider.listed.at["A-002", "cell"] == "deleted in April 2026"
    june = rows_of(provider.next(Period(2026, 6)))
    provider.send(Period(2026, 6), june, june)
    assert provider.listed.at["A-002", "cell"].startswith("Actions!A")


@pytest.mark.long
def test_a_withdrawn_action_leaves_and_does_not_return(provider: Provider) -> None:
    april = rows_of(provider.next(APRIL))
    ended = {"status": "Withdrawn", "withdrawal_reason": "Entered twice.", "withdrawal_approved_by": "Jo Shah"}
    april["actions"][1] |= ended
    provider.send(APRIL, rows_of(provider.next(APRIL)), april)
    may = rows_of(provider.next(MAY))
    assert refs(may) == ["A-001", "A-003"]
    provider.send(MAY, may, may)
    assert provider.tables["actions"]["ref"].tolist() == ["A-001", "A-003"]


@pytest.mark.long
def test_head_office_can_let_an_action_go(provider: Provider) -> None:
    provider.register(
        RemovedLine(
            service="elm", ref="a-002", reason="Twice.", decided_by="COO", decided_on=date(2026, 4, 20)
        )
    )  # fmt: skip
    april = rows_of(provider.next(APRIL))
    provider.send(APRIL, april, without(april, "A-002", "M-003"))
    assert provider.tables["actions"]["ref"].tolist() == ["A-001", "A-003"]
    assert provider.lines("issued-row-missing")["value"].tolist() == ["M-003"]
    assert refs(rows_of(provider.next(MAY))) == ["A-001", "A-003"]


@pytest.mark.long
@pytest.mark.parametrize("renumbered", [False, True], ids=["deleted", "and the others numbered again"])
def test_a_deleted_milestone_counts_as_before(renumbered: bool, provider: Provider) -> None:
    issued = rows_of(provider.next(APRIL))
    april = rows_of(provider.next(APRIL))
    del april["milestones"][1]
    if renumbered:
        april["milestones"][1]["ref"] = "M-002"
    april["actions"][0] |= {"status": "Complete", "completed_on": date(2026, 4, 10)}
    april["evidence"].append({"ref": "E-002", "action": "A-001", "category": "Observation", "judgement": "Accepted"})
    provider.send(APRIL, issued, april)
    milestones = provider.tables["milestones"]
    assert sorted(milestones["milestone"]) == ["Bells tested", "Huddles held", "Rota agreed"]
    assert milestones.set_index("milestone").at["Bells tested", "cell"] == "deleted in April 2026"
    assert not provider.tables["actions"].set_index("ref").at["A-001", "delivered"]


@pytest.mark.long
def test_a_wiped_plan_is_kept_whole(provider: Provider, tmp_path: Path) -> None:
    provider.send(APRIL, rows_of(provider.next(APRIL)), {}, nil="Yes")
    assert len(provider.tables["actions"]) == 3
    assert provider.summary.overview["state"].tolist() != ["nil return"]
    path = write_summary(provider.summary, tmp_path / "summary.xlsx")
    sheet = openpyxl.load_workbook(path)["All actions"]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value == "deleted in April 2026"]
    assert len(cells) == 3
    assert not any(cell.hyperlink for cell in cells)
    assert not any("Example" in str(cell.value) for row in sheet.iter_rows() for cell in row)
    assert len(rows_of(provider.next(MAY))["actions"]) == 3
    assert "Mrs Jane Example fell" in [row["issue"] for row in rows_of(provider.next(MAY))["actions"]]


def test_a_damaged_ref_gets_the_issued_one(provider: Provider) -> None:
    issued, april = rows_of(provider.next(APRIL)), rows_of(provider.next(APRIL))
    april["actions"][1]["ref"] = None
    provider.send(APRIL, issued, april)
    assert provider.tables["actions"]["ref"].tolist() == ["A-001", "A-002", "A-003"]
    assert provider.tables["actions"]["cell"].tolist() == ["Actions!A5", "Actions!A6", "Actions!A7"]
    assert not len(provider.lines("issued-row-missing"))


@pytest.mark.long
def test_a_deleted_action_never_becomes_clean(provider: Provider) -> None:
    done = {"status": "Complete", "completed_on": date(2026, 3, 1)}
    reviewed = {"ref": "R-001", "action": "A-002", "held_on": date(2026, 3, 20), "effective": "Effective"}
    plan = {**PLAN, "reviews": [reviewed], "milestones": []}
    plan["actions"] = [PLAN["actions"][0], {**PLAN["actions"][1], **done}]
    provider.send(MARCH, plan, plan, submission=2)
    for period in (APRIL, MAY):
        rows = rows_of(provider.next(period))
        provider.send(period, rows, without(rows, "A-002"))
    facts = {row["action"]: row for row in rows_of(provider.next(Period(2026, 6)))["head_office"]}
    assert facts.get("A-002", {}).get("clean_returns", 0) == 0
