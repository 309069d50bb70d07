"""Impact from the figures: verdicts reach the ratings and the next tracker, outliers ask a question, and nobody clears them away."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from factories import first_only
from figures import IMPROVED, STEADY, Figure, returned

from qipxl import Period, Rated, check, keep_returns, rate, read_returns, summarise, write_tracker
from qipxl.indicators.action_verdicts import Figures
from qipxl.provider import ProviderMonth, init_folder
from qipxl.provider.register_schema import Line, ServiceLine, VerificationLine
from qipxl.provider.register_workbook import write_register
from qipxl.services import Service
from qipxl.tracker.issue import issue_trackers

MARCH = Period(2026, 3)
ACTION = "| A-001 | Falls | Ann Lee | Complete | 10/01/2025 | 20/06/2025 | {link} | 20/06/2025 |"
OPEN = "| A-001 | Falls | Ann Lee | In progress | 10/01/2025 | | falls | 31/12/2026 |"
WORSE: list[Figure] = [*map(float, STEADY[:14]), *[23.0] * 5, 33.0, 35, 31, 36, 34, 38, 33, 35, 37]
Made = Callable[..., Any]
Rows = list[dict[str, Any]]


@pytest.fixture
def month(tmp_path: Path) -> Callable[[Period], ProviderMonth]:
    """A month of a provider of seven services."""
    codes = ["ELM", *(f"S{number}" for number in range(6))]
    folder = init_folder(
        tmp_path / "our", "Our Care", date(2026, 4, 1), [Service(code=each, name=each) for each in codes]
    )
    lines: dict[type[Line], list[Line]] = {
        ServiceLine: [ServiceLine(code=each, name=each) for each in codes],
        VerificationLine: [
            VerificationLine(service="ELM", action="A-001", verified_by="Di Low", verified_on=date(2026, 1, 5))
        ],
    }
    write_register(folder.register, "Our Care", date(2026, 4, 1), lines)
    return lambda period: ProviderMonth(folder, folder.read(), period)


def judged(month: ProviderMonth, figures: list[Figure], link: str = "I-01", column: str = "Outcome indicator") -> Rated:
    returns = returned(figures, month=str(month.period), actions=ACTION.format(link=link), linked=column)
    return month.rated(returns, month.period.last)


def states(linked: Figures) -> list[tuple[str, str, str]]:
    """The part, Ref and verdict of each indicator that an action links."""
    return [(each.part, each.ref, str(each.verdict.state) if each.verdict else "") for each in linked]


def verdict_of(rated: Rated) -> str:
    return str(rated.returns.refreshed["head_office"].loc[lambda frame: frame["action"] == "A-001", "verdict"].iloc[0])


def test_worse_figures_block_green_despite_a_review(month: Made) -> None:
    rated = judged(month(MARCH), WORSE)
    assert verdict_of(rated) == "Worse"
    assert list(rated.ratings["actions"]["impact"]) == ["Not effective"]
    assert list(rated.ratings["actions"]["impact_rule"]) == ["indicator-concern"]
    assert list(judged(month(MARCH), IMPROVED).ratings["actions"]["impact_rule"]) != ["indicator-concern"]


@pytest.mark.parametrize(
    ("column", "part", "rule"),
    [("Balancing indicator", "Balancing", "balancing-worse"), ("Process indicator", "Process", "review-long-late")],
)
def test_a_worse_figure_counts_by_its_part(month: Made, column: str, part: str, rule: str) -> None:
    rated = judged(month(MARCH), WORSE, column=column)
    known = rated.returns.refreshed["head_office"].set_index("action").loc["A-001"]
    assert [known[key] for key in ("part", "indicator", "verdict")] == [part, "I-01", "Worse"]
    assert list(rated.ratings["actions"]["impact_rule"]) == [rule]


@pytest.mark.parametrize(
    ("before", "now", "rule"),
    [
        ("Outcome indicator", "Process indicator", "indicator-concern"), ("Balancing indicator", "Process indicator", "balancing-worse"),
        ("Process indicator", "Outcome indicator", "indicator-concern"),
    ],
)  # fmt: skip
def test_moving_an_indicator_clears_no_verdict(month: Made, before: str, now: str, rule: str) -> None:
    january = month(Period(2026, 1))
    keep_returns(judged(january, WORSE[:-2], column=before), january.archive)
    rated = judged(month(MARCH), WORSE, column=now)
    assert list(rated.ratings["actions"]["impact_rule"]) == [rule]


def others(month: ProviderMonth, figure: tuple[float, float]) -> None:
    """Six services with the same figure in the month before, and Elm House with a far higher one."""
    before = month.period.plus(-1)
    for number in range(6):
        returns = returned([figure], month=str(before), per="1000", code=f"S{number}", service=f"S{number}")
        keep_returns(rate(check(returns, before.last), before.last), month.archive)
    returns = returned([(90, 1000)], month=str(before), per="1000", actions=OPEN)
    keep_returns(rate(check(returns, before.last), before.last), month.archive)


@pytest.mark.long
def test_an_outlier_is_a_challenge_in_the_next_tracker_only(month: Made, tmp_path: Path) -> None:
    at_work = month(MARCH)
    others(at_work, (20, 1000))
    paths = issue_trackers(at_work.to_issue(), MARCH, tmp_path / "issued")
    asked = {}
    for path in paths:
        book = openpyxl.load_workbook(path)
        rows = [row[:9] for row in book["Challenge"].iter_rows(min_row=5, values_only=True) if row[0]]
        asked[path.name.split()[0]] = rows
        said = " ".join(str(cell) for row in book["Start here"].iter_rows(values_only=True) for cell in row if cell)
        assert ("Challenge O-I-01-2026-02, to be answered this month" in said) == (path.name.split()[0] == "ELM")
    (row,) = asked.pop("ELM")
    assert row[:3] == ("O-I-01-2026-02", "A-001", "Head office, services compared")
    assert row[4].startswith("Falls: 90 where the services together have 30, higher than chance explains")
    assert row[7].date() == date(2026, 3, 31)
    assert not any(asked.values())


ANSWERED = {
    "follow_up": "Two people moved here after falls at home; both have new plans.",
    "closed_on": date(2026, 3, 20),
}


@pytest.mark.parametrize("link", first_only(["", "n/a", "I-99"]))
def test_no_cell_clears_a_verdict_away(month: Made, link: str) -> None:
    january = month(Period(2026, 1))
    keep_returns(judged(january, WORSE[:-2]), january.archive)
    assert verdict_of(judged(month(MARCH), WORSE, link=link)) == "Worse"


@pytest.mark.long
@pytest.mark.parametrize(
    "changed",
    first_only([{"direction": "Neutral"}, {"direction": "Higher is better"}, {"unit": "fall with harm"}]),
)
def test_an_unexplained_change_of_unit_keeps_the_verdict(month: Made, tmp_path: Path, changed: dict[str, str]) -> None:
    january = month(Period(2026, 1))
    keep_returns(judged(january, WORSE[:-2]), january.archive)
    (order,) = [order for order in month(Period(2026, 2)).to_issue() if order.service.code == "ELM"]
    assert order.rows is not None
    rows = {key: [dict(row) for row in lines] for key, lines in order.rows.items()}
    fields = {"direction": "direction", "unit": "unit_counted"}
    rows["indicators"] = [row | {fields[key]: said for key, said in changed.items()} for row in rows["indicators"]]
    write_tracker(
        order.template, order.service, Period(2026, 2), tmp_path / "back" / "elm.xlsx", rows=rows, issued=order.rows
    )
    rated = month(Period(2026, 2)).rated(read_returns(tmp_path / "back"), date(2026, 2, 28))
    assert verdict_of(rated) == "Worse"
    keep_returns(rated, january.archive)
    (later,) = [order for order in month(MARCH).to_issue() if order.service.code == "ELM"]
    assert later.rows is not None
    assert [row["verdict"] for row in later.rows["head_office"] if "verdict" in row] == ["Worse"]


@pytest.mark.long
@pytest.mark.parametrize("gone", first_only(["row", "action"]))
def test_an_outlier_does_not_go_away_with_its_row(month: Made, tmp_path: Path, gone: str) -> None:
    at_work = month(MARCH)
    others(at_work, (20, 1000))
    (order,) = [order for order in at_work.to_issue() if order.service.code == "ELM"]
    assert order.rows is not None
    rows = {key: [dict(row) for row in lines] for key, lines in order.rows.items()}
    rows["challenge"] = [] if gone == "row" else [row | {"action": None} for row in rows["challenge"]]
    april = Period(2026, 4)
    write_tracker(order.template, order.service, april, tmp_path / "back" / "elm.xlsx", rows=rows, issued=order.rows)
    rated = month(april).rated(read_returns(tmp_path / "back"), april.last)
    assert rated.ratings["actions"]["escalation_rule"].iloc[0] == "outlier-unexplained"


def challenges_after(month: Made, tmp_path: Path, change: Callable[[dict[str, Rows]], None]) -> tuple[Rows, list[str]]:
    """The challenges of April's tracker, whose figures are as far outside as in March's; and what was wrong in March's return."""
    at_work = month(MARCH)
    others(at_work, (20, 1000))
    (order,) = [order for order in at_work.to_issue() if order.service.code == "ELM"]
    assert order.rows is not None
    rows = {key: [dict(row) for row in lines] for key, lines in order.rows.items()}
    latest = max(rows["measurements"], key=lambda row: str(row["month"]))
    latest |= {"numerator": 90, "denominator": 1000}
    change(rows)
    write_tracker(order.template, order.service, MARCH, tmp_path / "elm.xlsx", rows=rows, issued=order.rows)
    rated = at_work.rated(read_returns(tmp_path / "elm.xlsx"), MARCH.last)
    keep_returns(rated, at_work.archive)
    for number in range(6):
        returns = returned(
            [(20, 1000), (20, 1000)], month="2026-03", per="1000", code=f"S{number}", service=f"S{number}"
        )
        keep_returns(rate(check(returns, MARCH.last), MARCH.last), at_work.archive)
    (later,) = [order for order in month(Period(2026, 4)).to_issue() if order.service.code == "ELM"]
    assert later.rows is not None
    problems = rated.returns.problems
    wrong = problems[(problems["table"] == "challenge") & (problems["severity"] == "must fix")]
    return [dict(row) for row in later.rows["challenge"]], list(wrong["message"])


def closed(rows: dict[str, Rows]) -> None:
    rows["challenge"][0] |= ANSWERED


def without_action(rows: dict[str, Rows]) -> None:
    rows["challenge"][0] |= {"action": None}


def another_action(rows: dict[str, Rows]) -> None:
    rows["challenge"][0] |= {"action": "A-099"}


CHALLENGES: dict[str, tuple[Callable[[dict[str, Rows]], None], list[tuple[str, object]]]] = {
    "open": (lambda rows: None, [("O-I-01-2026-02", "A-001")]),
    "deleted": (lambda rows: rows["challenge"].clear(), [("O-I-01-2026-02", "A-001")]),
    "closed": (closed, [("O-I-01-2026-02", "A-001"), ("O-I-01-2026-03", "A-001")]),
    "without its action": (without_action, [("O-I-01-2026-02", "A-001")]),
    "with another action": (another_action, [("O-I-01-2026-02", "A-099")]),
}


@pytest.mark.long
@pytest.mark.parametrize(("change", "left"), first_only(CHALLENGES.values()), ids=CHALLENGES)
def test_one_challenge_for_an_outlier_until_it_is_closed(
    month: Made, tmp_path: Path, change: Callable[[dict[str, Rows]], None], left: list[tuple[str, object]]
) -> None:
    challenges, wrong = challenges_after(month, tmp_path, change)
    assert [(row["ref"], row["action"]) for row in challenges] == left
    assert [line for line in wrong if "is missing" not in line] == []  # a deleted row is the service's mistake


@pytest.mark.long
@pytest.mark.parametrize(("answer", "waiting"), first_only([({}, 1.0), (ANSWERED, None)]))
def test_unanswered_it_is_counted_and_twice_it_escalates(
    month: Made, tmp_path: Path, answer: dict[str, object], waiting: float | None
) -> None:
    at_work = month(MARCH)
    others(at_work, (20, 1000))
    (order,) = [order for order in at_work.to_issue() if order.service.code == "ELM"]
    assert order.rows is not None
    rows = {key: [dict(row) for row in lines] for key, lines in order.rows.items()}
    rows["challenge"] = [row | answer for row in rows["challenge"]]
    for period, expected in ((MARCH, waiting), (Period(2026, 4), None if waiting is None else waiting + 1)):
        folder = tmp_path / "back" / str(period)
        write_tracker(order.template, order.service, period, folder / "elm.xlsx", rows=rows, issued=order.rows)
        rated = month(period).rated(read_returns(folder), period.last)
        known = rated.returns.refreshed["head_office"]
        found = known.loc[known["action"] == "A-001", "outlier_returns"].dropna()
        assert list(found) == ([] if expected is None else [expected])
        escalated = rated.ratings["actions"]["escalation_rule"].iloc[0] == "outlier-unexplained"
        assert escalated == (expected == 2)


@pytest.mark.long
def test_the_next_tracker_shows_the_verdict_and_its_needs(month: Made, tmp_path: Path) -> None:
    at_work = month(MARCH)
    steady: list[Figure] = [*map(float, STEADY), *map(float, STEADY[:7])]
    before = returned(steady, month="2026-02", actions=ACTION.format(link="I-01"))
    keep_returns(rate(check(before, date(2026, 2, 28)), date(2026, 2, 28)), at_work.archive)
    (path,) = [
        each for each in issue_trackers(at_work.to_issue(), MARCH, tmp_path / "issued") if each.name.startswith("ELM")
    ]
    book = openpyxl.load_workbook(path)
    said = [str(cell) for row in book["Start here"].iter_rows(values_only=True) for cell in row if cell]
    (figures,) = [each for each in said if each.startswith("Figures of A-001: ")]
    assert "Needed: " in figures
    assert "This does not show practice, what staff know or what people experience." in said
    (known,) = [row for row in book["From head office"].iter_rows(min_row=5, values_only=True) if row[0] == "A-001"]
    assert known[7:10] == ("Outcome", "I-01", "No evidence of change")
    assert figures.startswith("Figures of A-001: Falls did not clearly change. No change beyond chance is seen: ")


def test_a_summary_without_an_archive_judges_the_returns() -> None:
    rated = rate(check(returned(IMPROVED, actions=ACTION.format(link="I-01")), MARCH.last), MARCH.last)
    impact = summarise(rated).impact
    assert list(impact.judged.lines["name"]) == ["Elm House"]
    assert [states(linked) for linked in impact.verdicts.values()] == [[("Outcome", "I-01", "Sustained")]]
    assert len(impact.of_services({"oak"}).judged.series) == 0
