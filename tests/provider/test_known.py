"""What head office knows about an action: decisions of the register, clean returns in a row, reopening; and what it changes."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from factories import first_only
from grids import grid

from qipxl import Period, Rated, check, rate
from qipxl.archive.actions import ratings_by_month
from qipxl.archive.keep import keep_returns
from qipxl.archive.store import open_archive
from qipxl.indicators.impact import Impact, impact_of
from qipxl.provider import Register, read_register
from qipxl.provider.head_office_facts import refresh
from qipxl.provider.judgements import TABLE
from qipxl.provider.register_schema import (
    DecisionLine,
    ExtensionLine,
    Line,
    ServiceLine,
    VerificationLine,
)
from qipxl.provider.register_workbook import write_register
from qipxl.returns.provenance import traced
from qipxl.returns.returns import Returns
from qipxl.returns.rule_inputs import RuleBooks


@pytest.fixture
def office(tmp_path: Path) -> Any:
    """Makes a register with these lines."""

    def make(*lines: Line) -> Register:
        of: dict[type[Line], list[Line]] = {ServiceLine: [ServiceLine(code="ELM", name="Elm House")]}
        for line in lines:
            of.setdefault(type(line), []).append(line)
        return read_register(write_register(tmp_path / "register.xlsx", "Our Care", date(2026, 4, 1), of))

    return make


PLAN = """
    Actions
    | Ref   | Owner   | Status   | Due date   | Completed on | Embedding review |
    | A-001 | Ann Lee | {status} | 31/10/2025 | 20/10/2025   | 15/11/2025       |
    | A-002 | Bo Ek   | Complete | 31/10/2025 | 20/10/2025   | 15/11/2025       |
    Evidence
    | Ref   | Action | Judgement |
    | E-001 | A-001  | Accepted  |
    Reviews
    | Ref   | Action | Date       | Reviewed by | Effective?  | Success measure result |
    | R-001 | A-001  | 20/11/2025 | Cy Fox      | {effective} | Met             |
"""


def impact_from(by_itself: Rated, period: Period) -> Impact:
    """What the figures of returns say: nothing, as these have none."""
    records = {key: traced(by_itself, key) for key in ("actions", "indicators", "measurements")}
    return impact_of(records, records["actions"], None, period, period.last)


def refreshed(by_itself: Rated, register: Register, archive: Path, period: Period) -> Returns:
    """The returns with what head office knows from the months before."""
    earlier = open_archive(archive).before(period)
    return refresh(by_itself, register, earlier, ratings_by_month(earlier), impact_from(by_itself, period), period)


def judged(
    register: Register,
    archive: Path,
    month: str,
    status: str = "Complete",
    effective: str = "Effective",
    extra: str = "",
) -> Rated:
    """A month's return of one service, refreshed, rated and kept."""
    period = Period.read(month)
    returns = grid(PLAN.format(status=status, effective=effective) + extra, period=month)
    returns.receipts["digest"] = f"{month} {status} {effective}"
    by_itself = rate(returns, period.last)
    fresh = refreshed(by_itself, register, archive, period)
    rated = rate(check(fresh, period.last), period.last)
    keep_returns(rated, archive)
    return rated


def known(rated: Rated, action: str = "A-001") -> dict[str, Any]:
    """What the rules read about an action in From head office."""
    frame = rated.returns.refreshed[TABLE]
    lines = frame[frame["action"] == action].to_dict("records")
    return {str(key): value for key, value in lines[0].items()} if lines else {}


def test_clean_returns_are_counted_month_after_month(office: Any, tmp_path: Path) -> None:
    register = office()
    counts = [
        known(judged(register, tmp_path / "a", month)).get("clean_returns", 0)
        for month in ("2025-11", "2025-12", "2026-01", "2026-02")
    ]
    assert counts == [0, 1, 2, 3]


@pytest.mark.parametrize("broken", first_only([{"effective": "Not effective"}, {"effective": "Partly effective"}]))
def test_a_concern_begins_the_count_again(office: Any, tmp_path: Path, broken: dict[str, str]) -> None:
    register = office()
    judged(register, tmp_path / "a", "2025-11")
    judged(register, tmp_path / "a", "2025-12", **broken)
    judged(register, tmp_path / "a", "2026-01")
    assert known(judged(register, tmp_path / "a", "2026-02"))["clean_returns"] == 1


def test_a_month_without_a_return_begins_the_count_again(office: Any, tmp_path: Path) -> None:
    register = office()
    for month in ("2025-10", "2025-11", "2026-01"):
        judged(register, tmp_path / "a", month)
    assert known(judged(register, tmp_path / "a", "2026-02"))["clean_returns"] == 1


def test_an_action_that_is_open_again_was_reopened(office: Any, tmp_path: Path) -> None:
    register = office()
    judged(register, tmp_path / "a", "2025-11")
    again = judged(register, tmp_path / "a", "2025-12", status="In progress")
    assert known(again)["times_reopened"] == 1
    assert f"{known(again)['reopened_on']:%d/%m/%Y}" == "31/12/2025"
    assert list(again.ratings["actions"]["reopenings"]) == [1, 0]
    judged(register, tmp_path / "a", "2026-01")
    twice = judged(register, tmp_path / "a", "2026-02", status="In progress")
    assert known(twice)["times_reopened"] == 2
    assert known(twice, "A-002").get("times_reopened", 0) != 1


@pytest.mark.parametrize("status", first_only(["Withdrawn", "Compleated", ""]))
def test_a_withdrawn_or_unreadable_action_was_not_reopened(office: Any, tmp_path: Path, status: str) -> None:
    register = office()
    judged(register, tmp_path / "a", "2025-11")
    later = judged(register, tmp_path / "a", "2025-12", status=status)
    assert "times_reopened" not in known(later) or known(later)["times_reopened"] != 1
    assert list(later.ratings["actions"]["reopenings"]) == [0, 0]
    again = judged(register, tmp_path / "a", "2026-01", status="In progress")
    assert known(again)["times_reopened"] == 1


def test_decisions_count_from_the_day_they_were_taken(office: Any, tmp_path: Path) -> None:
    def decision(day: date, level: int) -> DecisionLine:
        return DecisionLine(
            service="elm", action="a-001", decided_on=day, level=level, decision="x", decided_by="Board"
        )

    register = office(decision(date(2026, 2, 9), 2), decision(date(2026, 1, 9), 4), decision(date(2026, 3, 9), 1))
    levels = [
        known(judged(register, tmp_path / "a", month, status="In progress")).get("escalation_level")
        for month in ("2025-12", "2026-01", "2026-02", "2026-03")
    ]
    assert levels == [None, 4, 2, 1]


def test_extensions_and_verifications_stand_as_recorded(office: Any, tmp_path: Path) -> None:
    extension = ExtensionLine(
        service="ELM", action="A-001", new_date=date(2026, 5, 1), approved_by="Di Low", approved_on=date(2026, 1, 5)
    )
    verification = VerificationLine(service="ELM", action="A-001", verified_by="Cy Fox", verified_on=date(2026, 1, 6))
    found = known(judged(office(extension, verification), tmp_path / "a", "2026-01"))
    assert (found["extension_approved"], found["verified_by"]) == ("Di Low", "Cy Fox")
    assert found["verified_on"].date() == date(2026, 1, 6)


CLAIMED = """
    From head office
    | Action | Escalation level held | Verification recorded for | Verdict on linked indicator | Returns with an open outlier |
    | A-001  | 4                     | Cy Fox                    | Worse                       | 2                            |
"""


def test_the_register_counts_and_not_what_the_tracker_still_says(office: Any, tmp_path: Path) -> None:
    returns = grid(PLAN.format(status="Complete", effective="Effective") + CLAIMED, period="2026-01")
    plain = rate(returns, date(2026, 1, 31))
    period = Period(2026, 1)
    fresh = refreshed(plain, office(), tmp_path / "a", period)
    rated = rate(fresh, date(2026, 1, 31))
    assert plain.ratings["actions"]["level_held"][0] == 4
    assert rated.ratings["actions"]["level_held"][0] == 0
    assert plain.ratings["actions"]["impact"][0] == "Not effective"
    assert set(fresh.refreshed[TABLE]["verdict"]) - {""} == {"Worse"}, (
        "a verdict stands as it was issued where none can be worked out"
    )
    assert rated.ratings["actions"]["impact"][0] == "Not effective"
    assert fresh.refreshed[TABLE]["outlier_returns"].isna().all()
    assert fresh.tables[TABLE] is returns.tables[TABLE]
    assert list(replace(fresh, refreshed={}, books=RuleBooks()).tables) == list(fresh.tables)


def test_a_second_rating_takes_from_the_first_what_head_office_does_not_change(office: Any, tmp_path: Path) -> None:
    day, period = date(2026, 1, 31), Period(2026, 1)
    returns = grid(PLAN.format(status="Complete", effective="Effective") + CLAIMED, period="2026-01")
    plain = rate(check(returns, day), day, keep_books=True)
    fresh = refreshed(plain, office(), tmp_path / "a", period)
    unshared = replace(fresh, books=RuleBooks())
    (template,) = fresh.in_use
    assert fresh.book(template, day).taken == set(template.tables) - {TABLE}
    assert not unshared.book(template, day).taken
    again, expected = rate(check(fresh, day), day), rate(check(unshared, day), day)
    assert again.returns.problems.equals(expected.returns.problems)
    assert [key for key in expected.ratings if not again.ratings[key].equals(expected.ratings[key])] == []
    assert again.ratings["actions"]["level_held"][0] != plain.ratings["actions"]["level_held"][0]


def test_running_a_past_month_again_gives_what_it_gave(office: Any, tmp_path: Path) -> None:
    register = office()
    first = judged(register, tmp_path / "a", "2025-11")
    judged(register, tmp_path / "a", "2025-12", status="In progress")
    again = judged(register, tmp_path / "a", "2025-11")
    assert again.ratings["actions"].equals(first.ratings["actions"])
    assert len(open_archive(tmp_path / "a").versions) == 2


def test_a_good_verdict_that_came_back_does_not_stand(office: Any, tmp_path: Path) -> None:
    claimed = PLAN.format(status="Complete", effective="Effective") + CLAIMED.replace("Worse    ", "Sustained")
    plain = rate(grid(claimed, period="2026-01"), date(2026, 1, 31))
    period = Period(2026, 1)
    assert set(plain.returns.tables[TABLE]["verdict"]) == {"Sustained"}
    fresh = refreshed(plain, office(), tmp_path / "a", period)
    assert set(fresh.refreshed[TABLE]["verdict"]) <= {""}
