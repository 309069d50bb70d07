"""Who may judge: green in tier 1 needs evidence and a review that the register says were accepted outside the service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from grids import grid

from qipxl import Period, Rated, read_returns, summarise
from qipxl.archive.keep import keep_returns
from qipxl.provider import ProviderFolder, ProviderMonth, read_register
from qipxl.provider.register_links import register_links
from qipxl.provider.register_schema import ClosedActionLine, JudgementLine, Line, ServiceLine, SettingLine
from qipxl.provider.register_workbook import write_register
from qipxl.returns.rate import rate
from qipxl.template import find_template, load_adjusted, template_file
from qipxl.tracker.issue import issue_trackers

MARCH, APRIL, MAY = (Period(2026, month) for month in (3, 4, 5))
PLAN = """
    Actions
    | Ref   | Must or should | Source   | Source reference | Issue or risk | Intended change       | Success measure | {dates} |
    | A-001 | {must}         | {source} | Report, page 9   | Late rounds   | People wait no longer | None is late    | {days}  |
    Evidence
    | Ref   | Action | CQC evidence category | Submitted by | Date       | Judgement | Judged by |
    | E-001 | A-001  | Processes             | Bo Ek        | 10/03/2026 | Accepted  | Jo Shah   |
    | E-002 | A-001  | Observation           | Bo Ek        | 11/03/2026 | Accepted  | Jo Shah   |
    | E-003 | A-001  | Outcomes              | Bo Ek        | 12/03/2026 | Accepted  | Jo Shah   |
    Reviews
    | Ref   | Action | Date       | Reviewed by | Finding | Effective? | Embedded? | Success measure result |
    | R-001 | A-001  | 20/03/2026 | Cy Fox      | Seen    | Effective  | Not yet   | Met                    |
"""
DATES = {
    "Owner": "Ann Lee", "Status": "Complete", "Start date": "01/12/2025", "Original due date": "20/02/2026", "Due date": "20/02/2026",
    "Completed on": "18/02/2026", "Embedding review": "20/06/2026", "Last update": "20/03/2026",
}  # fmt: skip
JOINED = {"dates": " | ".join(DATES), "days": " | ".join(DATES.values())}
TIER_1 = JOINED | {"must": "Must do", "source": "CQC must-do"}
TIER_3 = JOINED | {"must": "Own improvement", "source": "Internal audit"}
OWN = ("Not yet accepted", "Not yet accepted", "Adequate")
GREEN = ("Effective", "Effective", "Strong")


def judged(ref: str, day: date, judgement: str = "Accepted", action: str = "A-001") -> JudgementLine:
    return JudgementLine(
        service="ELM", action=action, ref=ref, judgement=judgement, judged_by="Quality panel, minute 4", judged_on=day
    )


IN_APRIL = date(2026, 4, 14)
ALL = [judged(ref, IN_APRIL) for ref in ("E-001", "E-002", "E-003", "R-001")]


class Provider:
    """A provider of one service whose plan is PLAN, until a test changes it."""

    def __init__(self, home: Path) -> None:
        self.folder, self.lines = ProviderFolder(home), list[Line]()
        home.mkdir()

    def month(self, period: Period) -> ProviderMonth:
        of: dict[type[Line], list[Line]] = {ServiceLine: [ServiceLine(code="ELM", name="Elm House")]}
        for line in self.lines:
            of.setdefault(type(line), []).append(line)
        write_register(self.folder.register, "Our Care", date(2026, 3, 1), of)
        return ProviderMonth(self.folder, read_register(self.folder.register), period)

    def rated(self, period: Period, text: str) -> Rated:
        """A month's return, rated with the register and kept."""
        month = self.month(period)
        returns = grid(text, month.in_force(["core"])["core"], period=str(period))
        returns.receipts["digest"] = text
        rated = month.rated(returns, period.last)
        keep_returns(rated, self.folder.archive)
        return rated


@pytest.fixture
def provider(tmp_path: Path) -> Provider:
    return Provider(tmp_path / "our")


def ratings(rated: Rated) -> tuple[str, str, str]:
    """Headline, impact and evidence of the only action."""
    (line,) = rated.ratings["actions"].to_dict("records")
    return str(line["headline"]), str(line["impact"]), str(line["evidence"])


def step(rated: Rated) -> str:
    """What to do next."""
    return str(rated.ratings["actions"]["next_step"].iloc[0])


def test_tier_1_is_green_once_a_meeting_has_accepted_it_and_not_after_it_has_refused(provider: Provider) -> None:
    march = provider.rated(MARCH, PLAN.format(**TIER_1))
    assert ratings(march) == OWN
    assert march.ratings["actions"]["impact_rule"].tolist() == ["review-own-judgement"]
    assert step(march) == "Ask head office to have this review judged at a meeting: R-001"
    provider.lines += ALL
    assert ratings(provider.rated(MARCH, PLAN.format(**TIER_1))) == OWN, (
        "what was decided in April is not known in March"
    )
    april = provider.rated(APRIL, PLAN.format(**TIER_1))
    assert ratings(april) == GREEN
    assert april.ratings["evidence"]["judged_outside"].tolist() == ["Accepted"] * 3
    assert step(april).startswith("To reach blue: ")
    provider.lines.append(judged("R-001", date(2026, 5, 12), "Not accepted"))
    may = provider.rated(MAY, PLAN.format(**TIER_1))
    assert ratings(may) == ("Partly effective", "Partly effective", "Strong")
    assert may.ratings["actions"]["impact_rule"].tolist() == ["review-not-accepted"]
    assert "not-accepted-outside" in set(may.returns.problems["code"])


@pytest.mark.parametrize(
    ("lines", "expected", "rule", "next_step"),
    [
        (ALL[3:], OWN, "evidence-own-judgement-only", "Ask head office to have the evidence judged at a meeting, beginning with: E-003"),
        (ALL[2:], ("Effective", "Effective", "Adequate"), "reviewed-effective",
         "Ask head office to have the evidence judged at a meeting, beginning with: E-002"),
        (ALL[1:], ("Effective", "Effective", "Adequate"), "reviewed-effective",
         "Ask head office to have this evidence judged at a meeting: E-001"),
        (ALL[:3], ("Not yet accepted", "Not yet accepted", "Strong"), "review-own-judgement",
         "Ask head office to have this review judged at a meeting: R-001"),
    ],
)  # fmt: skip
def test_what_still_waits_is_named(
    provider: Provider, lines: Sequence[Line], expected: tuple[str, str, str], rule: str, next_step: str
) -> None:
    provider.lines += lines
    april = provider.rated(APRIL, PLAN.format(**TIER_1))
    assert (ratings(april), april.ratings["actions"]["impact_rule"].tolist(), step(april)) == (
        expected,
        [rule],
        next_step,
    )


def test_tier_3_is_judged_by_the_service_but_a_refusal_counts(provider: Provider) -> None:
    assert ratings(provider.rated(MARCH, PLAN.format(**TIER_3))) == GREEN
    provider.lines += [judged(ref, IN_APRIL, "Not accepted") for ref in ("E-001", "E-002", "E-003")]
    april = provider.rated(APRIL, PLAN.format(**TIER_3))
    assert april.ratings["actions"]["headline"].tolist() == ["Closed without evidence"]


def test_a_meeting_can_accept_what_the_service_did_not(provider: Provider) -> None:
    provider.lines += ALL
    weak = PLAN.format(**TIER_1).replace("12/03/2026 | Accepted ", "12/03/2026 | Weak     ")
    assert ratings(provider.rated(APRIL, weak)) == GREEN


def test_the_provider_decides_from_which_tier_on(provider: Provider) -> None:
    why = {"decided_by": "Board", "reason": "A pilot."}
    provider.lines = [SettingLine(setting="outside_judgement", tier="T1", value=0, since="2026-04", **why)]
    assert ratings(provider.rated(MARCH, PLAN.format(**TIER_1))) == OWN
    assert ratings(provider.rated(APRIL, PLAN.format(**TIER_1))) == GREEN
    provider.lines = [SettingLine(setting="outside_judgement", value=1, **why)]
    assert ratings(provider.rated(MAY, PLAN.format(**TIER_3))) == OWN


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (("E-003 | A-001", "E-003 | A-002"), judged("E-003", IN_APRIL)),
        (("12/03/2026", "15/04/2026"), judged("E-003", IN_APRIL)),
        (("E-003", "E-004"), judged("E-003", IN_APRIL)),
        (("", ""), judged("E-003", IN_APRIL, action="A-002")),
        (("", ""), judged("E-003", date(2026, 5, 1))),
        (("R-001", "E-003"), judged("E-003", IN_APRIL)),
    ],
    ids=["moved to another action", "dated later", "another Ref", "judged for another action", "judged later", "two tables have the Ref"],
)  # fmt: skip
def test_what_was_accepted_is_that_item_of_that_action(provider: Provider, change: tuple[str, str], line: Line) -> None:
    provider.lines = [*ALL[:2], line]
    april = provider.rated(APRIL, PLAN.format(**TIER_1).replace(*change) if change[0] else PLAN.format(**TIER_1))
    assert ratings(april)[2] != "Strong"


def test_the_last_judgement_counts(provider: Provider) -> None:
    provider.lines = [*ALL, judged("E-003", date(2026, 4, 2), "Not accepted")]
    assert ratings(provider.rated(APRIL, PLAN.format(**TIER_1))) == GREEN
    provider.lines.append(judged("E-003", IN_APRIL, "Not accepted"))
    assert ratings(provider.rated(APRIL, PLAN.format(**TIER_1)))[2] == "Adequate", "of two on one day the lower line"


def test_the_next_tracker_holds_the_judgements_and_rates_as_head_office_does(
    provider: Provider, tmp_path: Path
) -> None:
    provider.lines += [judged(line.ref, date(2026, 3, 30)) for line in ALL]
    provider.rated(MARCH, PLAN.format(**TIER_1))
    month = provider.month(APRIL)
    (order,) = month.to_issue()
    assert order.rows is not None
    assert [
        (row.get("judged_evidence") or row.get("judged_review"), row["outside_judgement"], row["outside_by"])
        for row in order.rows["head_office"] if row.get("outside_judgement")
    ] == [(ref, "Accepted", "Quality panel, minute 4") for ref in ("E-001", "E-002", "E-003", "R-001")]  # fmt: skip
    (path,) = issue_trackers([order], APRIL, tmp_path)
    assert "settings-edited" not in set(read_returns(path).problems["code"])
    returns = read_returns(path, templates=[order.template])
    assert not set(returns.problems["code"]) & {"settings-edited", "head-office-edited"}
    assert ratings(rate(returns, APRIL.last)) == ratings(month.rated(returns, APRIL.last)) == GREEN


def test_evidence_of_an_action_that_another_service_took_stays_accepted(provider: Provider) -> None:
    provider.lines = [
        *ALL, ClosedActionLine(service="OAK", action="A-1", taken_by="ELM", decided_by="Board", decided_on=IN_APRIL),
        JudgementLine(service="OAK", action="A-1", ref="E-9", judgement="Accepted", judged_by="Panel", judged_on=IN_APRIL),
        ServiceLine(code="OAK", name="Oak Lodge", closed=date(2026, 3, 31)),
    ]  # fmt: skip
    taken = PLAN.format(**TIER_1).replace("E-003", "OAK-E-9").replace("A-001", "OAK-A-1")
    assert provider.rated(APRIL, taken).ratings["evidence"]["judged_outside"].tolist() == ["", "", "Accepted"]


def test_a_judgement_on_nothing_is_named(provider: Provider) -> None:
    provider.lines = [*ALL, judged("E-030", IN_APRIL), judged("E-031", date(2026, 3, 2))]
    april = provider.rated(APRIL, PLAN.format(**TIER_1))
    links = register_links(provider.month(APRIL).register, summarise(april))
    assert links[["kind", "reference", "service", "actions"]].to_numpy().tolist() == [
        ["Judgement without its item", "E-030", "ELM", "A-001"]
    ]


def test_without_a_register_the_service_judges() -> None:
    core = find_template("core")
    assert ratings(rate(grid(PLAN.format(**TIER_1), core), MARCH.last)) == GREEN
    assert dict(load_adjusted(template_file("core"), ())[0].setting["outside_judgement"].values) == {
        "T1": 1,
        "T2": 0,
        "T3": 0,
    }


def test_a_tracker_of_an_earlier_version_is_rated_as_before() -> None:
    """Its sheet From head office has no column for judgements."""
    returns = grid(PLAN.format(**TIER_1), load_adjusted(template_file("core"), ())[0], version="1.3")
    columns = {
        name: index for name, index in returns.placements[0, "head_office"].columns.items() if "outside" not in name
    }
    placed = {(0, "head_office"): replace(returns.placements[0, "head_office"], columns=columns)}
    earlier = replace(returns, placements={**returns.placements, **placed})
    assert (ratings(rate(returns, MARCH.last)), ratings(rate(earlier, MARCH.last))) == (OWN, GREEN)
