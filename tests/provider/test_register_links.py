"""Risks of the register next to the actions that name them: another score is named, the same score is not."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from grids import grid

from qipxl import check, rate, summarise
from qipxl.provider.meetings.matters import MatterLine
from qipxl.provider.register import Register
from qipxl.provider.register_links import FAR_AHEAD, register_links
from qipxl.provider.register_schema import DecisionLine, ProviderActionLine, QuestionLine, RiskLine, ServiceLine
from qipxl.provider.unknown_actions import PARTS_LEFT, UNKNOWN_ACTION

PLAN = """
    Actions
    | Ref   | Issue or risk | Owner   | Status      | Due date   | Risk register ref | Likelihood now | Consequence now |
    | A-001 | Falls         | Ann Lee | In progress | 31/10/2026 | r1                | 2              | 3               |
    | A-002 | Falls         | Ann Lee | In progress | 31/10/2026 | R1                | 3              | 4               |
    | A-003 | Choking       | Ann Lee | In progress | 31/10/2026 | R2                |                |                 |
"""


@pytest.mark.parametrize(
    ("risk", "lines"),
    [
        ({"ref": "R1", "likelihood": 3, "consequence": 4}, [("R1", "ELM", "A-001")]),
        ({"ref": "R1", "likelihood": 2, "consequence": 2}, [("R1", "ELM", "A-001 and A-002")]),
        ({"ref": "R1", "likelihood": 3, "consequence": 4, "service": "OAK"}, []),
        ({"ref": "R1"}, []),
        ({"ref": "R2", "likelihood": 1, "consequence": 1}, []),
    ],
)
def test_a_risk_that_its_actions_score_differently_is_named(risk: dict[str, Any], lines: list[tuple[str, ...]]) -> None:
    summary = summarise(rate(check(grid(PLAN, code="ELM"), date(2026, 3, 31)), date(2026, 3, 31)))
    lines_of = {ServiceLine: [ServiceLine(code="ELM", name="Elm House")], RiskLine: [RiskLine(risk="Falls.", **risk)]}
    register = Register(Path("register.xlsx"), "Provider", "core", 7, "making-data-count", (), lines_of)
    found = register_links(register, summary)
    assert [tuple(line) for line in found[["reference", "service", "actions"]].to_numpy()] == lines
    assert found["kind"].isin(["Risk scored differently"]).all()
    if len(lines) == 1 and lines[0][2] == "A-001":
        assert found["what"][0] == "Falls. Its score is 12 in the register; A-001 scores it 6. Agree one score."


def test_a_line_or_matter_about_an_action_that_no_plan_has_is_named_in_its_month() -> None:
    summary = summarise(rate(check(grid(PLAN, code="ELM"), date(2026, 3, 31)), date(2026, 3, 31)))
    decided = {"service": "ELM", "level": 2, "decision": "Weekly", "decided_by": "Board"}
    matter = {
        "kind": "board",
        "meeting": "Board",
        "month": "2026-02",
        "held_on": date(2026, 3, 4),
        "service": "ELM",
        "finding": "Falls",
    }
    lines_of: dict[Any, Any] = {
        ServiceLine: [ServiceLine(code="ELM", name="Elm House")],
        DecisionLine: [
            DecisionLine(row=5, action="a-001", decided_on=date(2026, 3, 2), **decided),
            DecisionLine(row=6, action="A-01", decided_on=date(2026, 3, 2), **decided),
            DecisionLine(row=7, action="A-01", decided_on=date(2026, 2, 2), **decided),
        ],
        MatterLine: [
            MatterLine(ref="BRD-1", action="A-9", **matter),
            MatterLine(ref="BRD-2", action="A-002", **matter),
        ],
    }
    found = register_links(
        Register(Path("register.xlsx"), "Provider", "core", 7, "making-data-count", (), lines_of), summary
    )
    assert found[["kind", "reference", "service", "what", "actions"]].to_numpy().tolist() == [
        [UNKNOWN_ACTION, "", "ELM", "Decisions, row 6: no action of Elm House has the Ref A-01, so this changes no rating and reaches no "
         "action.", "A-01"],
        [UNKNOWN_ACTION, "BRD-1", "ELM", "Board, 4 March 2026: no action of Elm House has the Ref A-9, so this changes no rating and "
         "reaches no action.", "A-9"],
    ]  # fmt: skip


def test_parts_of_a_provider_action_whose_ref_was_changed_are_named() -> None:
    plan = """
        Actions
        | Ref   | Issue or risk | Source reference                                    | Status      | Due date   |
        | P-01  | Errors        | Provider action P-01, Two-person check, by the board | In progress | 31/10/2026 |
        | P-03  | Falls         | Provider action P-03, Rounds, decided by the board   | In progress | 31/10/2026 |
    """
    summary = summarise(rate(check(grid(plan, code="ELM"), date(2026, 3, 31)), date(2026, 3, 31)))
    told = {
        "title": "Check",
        "issue": "Errors",
        "intended_change": "Two check",
        "success_measure": "None",
        "owner": "Nia Price",
    }
    kept = {
        "due": date(2026, 10, 31),
        "must_should": "Must do",
        "source": "Audit",
        "since": "2026-03",
        "decided_by": "Board",
    }
    lines_of: dict[Any, Any] = {
        ServiceLine: [ServiceLine(code="ELM", name="Elm House")],
        ProviderActionLine: [
            ProviderActionLine(ref="P-02", **told, **kept),
            ProviderActionLine(ref="p-03", **told, **kept),
        ],
    }
    found = register_links(
        Register(Path("register.xlsx"), "Provider", "core", 7, "making-data-count", (), lines_of), summary
    )
    assert found[["kind", "reference", "actions"]].to_numpy().tolist() == [[PARTS_LEFT, "P-01", "P-01"]]
    name = summary.returns.accepted["name"][0]
    assert found["what"][0].startswith(f"P-01 is not on Provider actions any more; {name} still")
    register_names = {"ASH": "Ash Court", "ELM": "an older name"}
    assert replace(summary, register_names=register_names).every_name == {"ASH": "Ash Court", **summary.names}


def test_a_date_of_another_year_is_named() -> None:
    summary = summarise(rate(check(grid(PLAN, code="ELM"), date(2026, 3, 31)), date(2026, 3, 31)))
    decided = {"service": "ELM", "action": "A-001", "level": 2, "decision": "Weekly", "decided_by": "Board"}
    asked = {"service": "ELM", "question": "Who samples?"}
    lines_of: dict[Any, Any] = {
        ServiceLine: [ServiceLine(code="ELM", name="Elm House")],
        DecisionLine: [
            DecisionLine(**decided, decided_on=date(2062, 4, 14), row=6),
            DecisionLine(**decided, decided_on=date(2026, 4, 14), row=7),
        ],
        QuestionLine: [QuestionLine(**asked, asked_on=date(2027, 4, 2), row=9)],
    }
    found = register_links(Register(Path("register.xlsx"), "Provider", "core", 7, "", (), lines_of), summary)
    named = found[found["kind"] == FAR_AHEAD]
    assert named[["service", "name", "actions"]].to_numpy().tolist() == [
        ["ELM", "Elm House", "A-001"],
        ["ELM", "Elm House", ""],
    ]
    assert named["what"].tolist() == [
        "Decisions, row 6: Decided on is 14/04/2062, so the line does not count before that day. Correct the year if it is a slip.",
        "Questions, row 9: Asked on is 02/04/2027, so the line does not count before that day. Correct the year if it is a slip.",
    ]
