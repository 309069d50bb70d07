"""The sheet Risks: each risk with its actions, scores by the template's rules, and what is wrong, counted by hand."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from grids import grid
from validator import validate

from qipxl import Period, check, rate, summarise, write_summary
from qipxl.archive.keep import keep_returns
from qipxl.archive.store import open_archive
from qipxl.provider.register import Register
from qipxl.provider.register_links import register_links
from qipxl.provider.register_risks import past_risks, register_risks
from qipxl.provider.register_schema import AuditLine, RiskLine, ServiceLine
from qipxl.summary.packs.packs import pack_for
from qipxl.summary.risk_scores import disagreement, trend
from qipxl.summary.risks import risks
from qipxl.summary.summary import PAST_RISK, ProviderSummary

MARCH = date(2026, 3, 31)
PLAN = """
    Actions
    | Ref   | Issue or risk | Owner   | Status      | Due date   | Risk register ref | Likelihood at start | Consequence at start | Likelihood now | Consequence now | Target risk score |
    | A-001 | Falls         | Ann Lee | In progress | 31/10/2026 | r1                | 4                   | 4                    | 2              | 3               | 6                 |
    | A-002 | Night falls   | Ann Lee | In progress | 31/10/2026 | R1                | 3                   | 4                    | 2              | 3               | 4                 |
    | A-003 | Choking       | Ann Lee | In progress | 31/10/2026 | R2                | 4                   | 3                    | 3              | 3               | 9                 |
    | A-004 | Fire doors    | Ann Lee | In progress | 31/10/2026 | H7                | 3                   | 3                    | 3              | 3               |                   |
    | A-005 | Call bells    | Ann Lee | In progress | 31/10/2026 |                   |                     |                      |                |                 |                   |
"""  # noqa: E501
RISKS = [
    RiskLine(ref="R1", risk="People fall at night.", likelihood=4, consequence=4, reviewed_on=date(2026, 2, 1)),
    RiskLine(ref="R2", risk="People choke.", service="ELM", likelihood=3, consequence=3),
    RiskLine(ref="R3", risk="Agency use on nights is high.", likelihood=4, consequence=5),
    RiskLine(ref="R4", risk="The boiler is old.", likelihood=2, consequence=2),
    RiskLine(ref="R5", risk="Keys are lost."),
]
PAST = [
    ("elm", "2025-12", "a-001", "r1", 16.0), ("elm", "2025-12", "a-002", "r1", 12.0),
    ("elm", "2026-01", "a-001", "r1", 12.0), ("elm", "2026-02", "a-001", "r1", 12.0), ("elm", "2026-02", "a-003", "r2", 9.0),
]  # fmt: skip


@pytest.fixture(scope="module")
def summary() -> ProviderSummary:
    whole = summarise(rate(check(grid(PLAN, code="ELM"), MARCH), MARCH))
    audit = AuditLine(ref="AU-1", audit="Fire audit", finding="Two doors do not close")
    lines = {ServiceLine: [ServiceLine(code="ELM", name="Elm House")], RiskLine: RISKS, AuditLine: [audit]}
    register = Register(Path("register.xlsx"), "Provider", "core", 7, "making-data-count", (), lines)
    past = pd.DataFrame(PAST, columns=list(PAST_RISK))
    links = register_links(register, whole)
    return replace(whole, links=links, risks=register_risks(register), past_risks=past)


def lines_of(summary: ProviderSummary, **chosen: str) -> list[dict[str, Any]]:
    lines = risks(summary).frame.to_dict("records")
    return [line for line in lines if all(line[name] == value for name, value in chosen.items())]


def test_the_title_counts_what_is_wrong(summary: ProviderSummary) -> None:
    """R1 is above its target of 4 (register 16, both actions 6); R2 is at 9; R3 is 20 without an action; H7 has no target."""
    assert (
        risks(summary).title
        == "Risks: 1 of 6 is above its target; one is scored differently; one is high without an open action"
    )


def test_a_risk_has_its_scores_and_what_is_wrong(summary: ProviderSummary) -> None:
    (risk,) = lines_of(summary, reference="R1", line="Risk")
    assert (risk["start"], risk["now"], risk["register"], risk["target"]) == (16, 6, 16, 4)
    assert risk["wrong"] == "Above its target. Register 16, its two actions say 6. Agree one score."
    assert risk["trend"] == "Down: 16 in Dec 2025, 12 in Jan 2026, 6 in Mar 2026"
    assert (risk["action"], risk["name"], risk["reviewed_on"]) == (
        "2 actions",
        "Whole provider",
        pd.Timestamp(2026, 2, 1),
    )
    first, second = lines_of(summary, reference="R1", line="Action")
    assert {first["action"]: first["wrong"], second["action"]: second["wrong"]} == {
        "A-001": "",
        "A-002": "Above its target.",
    }
    assert {first["action"]: first["trend"], second["action"]: second["trend"]} == {
        "A-001": "Down: 16 in Dec 2025, 12 in Jan 2026, 6 in Mar 2026", "A-002": "Down: 12 in Dec 2025, 6 in Mar 2026",
    }  # fmt: skip


def test_a_high_risk_without_an_action_is_a_finding_and_low_ones_are_none(summary: ProviderSummary) -> None:
    said = {line["reference"]: (line["wrong"], line["action"]) for line in lines_of(summary, line="Risk")}
    assert said["R3"] == ("High, and no open action names it.", "none")
    assert said["R2"] == ("", "1 action")
    assert said["R4"] == said["R5"] == ("", "none")
    (own,) = lines_of(summary, reference="H7", line="Risk")
    assert (own["text"], own["name"], own["now"]) == ("Not in the register.", "Elm House", 9)


def test_the_worst_come_first_and_the_audits_last(summary: ProviderSummary) -> None:
    refs = [line["reference"] for line in lines_of(summary, line="Risk")]
    assert refs == ["R3", "R1", "R2", "R4", "R5", "H7"]
    assert [(line["reference"], line["wrong"]) for line in lines_of(summary)[-1:]] == [
        ("AU-1", "Audit without an action")
    ]


def test_a_template_without_risk_rules_shows_scores_of_the_first_that_has_them(summary: ProviderSummary) -> None:
    none = replace(summary, risks=summary.risks.head(0), links=summary.links.head(0))
    assert risks(none).title == "Risks: 1 of 3 is above its target"
    assert {line["register"] for line in lines_of(none, line="Risk")} != {16}


@pytest.mark.parametrize(
    ("register", "scores", "words"),
    [
        (16, [6] * 5, "Register 16, its five actions say 6."),
        (16, [16, 6, float("nan")], "Register 16, of its two actions one says 6."),
        (float("nan"), [6], ""),
        (6, [6, 6], ""),
        (6, [], ""),
    ],
)
def test_another_score_is_named(register: float, scores: list[float], words: str) -> None:
    assert disagreement(register, scores) == words


def test_a_trend_that_went_up_and_back_says_so() -> None:
    assert (
        trend({"2025-12": 6, "2026-01": 12, "2026-03": 6})
        == "Back at the first score: 6 in Dec 2025, 12 in Jan 2026, 6 in Mar 2026"
    )
    assert trend({"2026-02": 4, "2026-03": 9}) == "Up: 4 in Feb 2026, 9 in Mar 2026"


def test_earlier_scores_come_from_the_archive(tmp_path: Path) -> None:
    """February and March are kept; for March only February is earlier. The action without a risk is left out."""
    for month, day in (("2026-02", date(2026, 2, 28)), ("2026-03", MARCH)):
        returns = grid(PLAN, code="ELM", period=month)
        returns.receipts["digest"] = month
        keep_returns(rate(check(returns, day), day), tmp_path)
    past = past_risks(open_archive(tmp_path), Period(2026, 3))
    assert [*past.itertuples(index=False, name=None)] == [
        ("elm", "2026-02", "a-001", "r1", 6.0), ("elm", "2026-02", "a-002", "r1", 6.0), ("elm", "2026-02", "a-003", "r2", 9.0),
        ("elm", "2026-02", "a-004", "h7", 9.0),
    ]  # fmt: skip
    assert len(past_risks(open_archive(tmp_path), Period(2026, 2))) == 0


@pytest.mark.parametrize("audience", ["board", "commissioner", "inspector"])
def test_every_pack_has_the_risks(summary: ProviderSummary, audience: str) -> None:
    (spec,) = (sheet for sheet in pack_for(audience, summary).sheets if sheet.name == "Risks")
    assert "of 6 is above its target" in spec.title


@pytest.mark.long
def test_the_sheet_links_each_action_to_its_row(summary: ProviderSummary, tmp_path: Path) -> None:
    path = write_summary(summary, tmp_path / "summary.xlsx")
    assert validate(path) == []
    book = openpyxl.load_workbook(path)
    cells = {
        cell.value: cell.hyperlink.location
        for row in book["Risks"].iter_rows(min_row=6)
        for cell in row
        if cell.hyperlink
    }
    assert set(cells) == {"A-001", "A-002", "A-003", "A-004"}
    for ref, place in cells.items():
        row = int(place.rpartition("!A")[2])
        assert book["All actions"].cell(row, 2).value == ref
