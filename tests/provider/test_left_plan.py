"""Embedded actions are tested again every month, after they have left the plan: by figures, by reviews and by what came since."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from factories import on_start_here
from grids import grid
from judging import Row, book_of, embedded_plan

from qipxl import Period, Rated, summarise
from qipxl.archive.keep import keep_returns
from qipxl.provider import ProviderFolder, ProviderMonth, read_register
from qipxl.provider.left_plan import latest_reviews
from qipxl.provider.register_schema import JudgementLine, ServiceLine, VerificationLine
from qipxl.provider.register_workbook import write_register
from qipxl.summary.findings import findings_of
from qipxl.summary.summary import ProviderSummary
from qipxl.template import find_template
from qipxl.tracker.issue import Order

CORE = find_template("core")
LAST = Period(2026, 3)
"""The month in which the action of `embedded_plan` becomes blue."""
GOOD = {Period(2024, 9).plus(number): (9.0 + number % 3 if number < 13 else 4.0) for number in range(19)}
"""From September 2024: the level before the action; from October 2025, before it is completed, better; until March 2026."""


def text_of(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Rows by table as a grid."""
    lines: list[str] = []
    for key, table_rows in rows.items():
        fields = {field.key: field.heading for field in CORE.tables[key].field}
        keys = list(dict.fromkeys(name for row in table_rows for name in row))
        lines += [CORE.tables[key].sheet, "| " + " | ".join(fields[name] for name in keys) + " |"]
        lines += ["| " + " | ".join(cell(row.get(name)) for name in keys) + " |" for row in table_rows]
    return "\n".join(lines)


def cell(value: object) -> str:
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def figures(values: Mapping[Period, float]) -> dict[str, list[Row]]:
    """An indicator and its months."""
    indicator = {"ref": "I-1", "indicator": "Late medicines", "unit_counted": "dose", "direction": "Lower is better"}
    return {
        "indicators": [indicator],
        "measurements": [
            {"ref": f"I-1 {month}", "indicator": "I-1", "month": month.first, "numerator": value}
            for month, value in values.items()
        ],
    }


class Provider:
    """A provider of one service whose action becomes blue in March 2026 and leaves the plan."""

    def __init__(self, home: Path, **action: Any) -> None:
        self.folder = ProviderFolder(home)
        if home.exists():
            return  # made before
        home.mkdir()
        lines: dict[type, list[Any]] = {
            ServiceLine: [ServiceLine(code="ELM", name="Elm House")],
            VerificationLine: [
                VerificationLine(service="ELM", action="A-001", verified_on=date(2026, 3, 16), verified_by="Di Roe")
            ],
        }
        write_register(home / "register.xlsx", "Our Care", date(2026, 4, 1), lines)
        for month in (LAST.plus(-3), LAST.plus(-2), LAST.plus(-1), LAST):
            plan = embedded_plan()
            plan["actions"][0] |= action
            reviews = plan["reviews"] if month == LAST else []
            self.send(month, {**plan, "reviews": reviews, "head_office": []}, GOOD)

    def month(self, period: Period) -> ProviderMonth:
        return ProviderMonth(self.folder, read_register(self.folder.register), period)

    def send(self, period: Period, rows: Mapping[str, Sequence[Row]], values: Mapping[Period, float]) -> Rated:
        """A month's return, rated and kept."""
        held = {month: value for month, value in values.items() if str(month) <= str(period)}
        text = text_of({key: lines for key, lines in rows.items() if lines} | figures(held))
        returns = grid(text, CORE, period=str(period))
        returns.receipts["digest"] = text
        rated = self.month(period).rated(returns, period.last)
        keep_returns(rated, self.folder.archive)
        return rated

    def order(self, period: Period) -> Order:
        (order,) = self.month(period).to_issue()
        return order

    def returned(self, period: Period, values: Mapping[Period, float], **more: Sequence[Row]) -> ProviderSummary:
        """The summary of a month whose return holds the rows of its tracker, and these."""
        issued = self.order(period).rows or {}
        rows = {
            key: [*lines, *more.get(key, ())]
            for key, lines in issued.items()
            if key not in ("measurements", "indicators")
        }
        return self.month(period).with_history(summarise(self.send(period, rows, values)))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two such providers: the action of one links an indicator."""
    folder = tmp_path_factory.mktemp("made")
    Provider(folder / "linked", indicator="I-1")
    Provider(folder / "plain")
    return folder


@pytest.fixture
def provider(made: Path, tmp_path: Path) -> Provider:
    """The provider whose action links an indicator."""
    return Provider(shutil.copytree(made / "linked", tmp_path / "linked"))


@pytest.fixture
def plain(made: Path, tmp_path: Path) -> Provider:
    """The provider whose action links none."""
    return Provider(shutil.copytree(made / "plain", tmp_path / "plain"))


APRIL, MAY = LAST.plus(1), LAST.plus(2)


def delivery(summary: ProviderSummary) -> tuple[str, str, str]:
    """Delivery, headline and escalation of the only action."""
    (line,) = summary.actions.to_dict("records")
    return str(line["delivery"]), str(line["headline"]), str(line["escalation"])


def test_an_embedded_action_that_holds_stays_blue(provider: Provider) -> None:
    summary = provider.returned(APRIL, {**GOOD, APRIL: 4.0})
    assert delivery(summary) == ("Embedded", "Embedded", "Owner")
    assert not len(summary.slipping)
    assert not len(summary.escalated)
    assert "A-001" not in " ".join(on_start_here(provider.order(MAY))).replace("A-001: Sustained", "")


@pytest.mark.long
def test_blue_that_slips_by_its_figures_is_found_within_the_month(provider: Provider) -> None:
    summary = provider.returned(APRIL, {**GOOD, APRIL: 60.0})
    assert delivery(summary) == ("Embedded, slipping", "Embedded, slipping", "Executive lead")
    assert list(summary.escalated["ref"]) == ["A-001"]
    (line,) = summary.overview.to_dict("records")
    assert (line["S"], line["B"]) == (1, 0)
    findings = findings_of(summary)
    ((decision,),) = [level.decisions for level in findings.decisions.levels]
    assert (decision.service, decision.ref) == ("Elm House", "A-001")
    assert decision.why == "It was embedded, but its figures no longer hold"
    assert "It was embedded and is slipping." in findings.second
    order = provider.order(MAY)
    assert (
        "A-001 is now rated “Embedded, slipping”: it was embedded, but the figures of its outcome no longer hold. "
        "Enter a review on Reviews, or reopen it on Actions."
    ) in on_start_here(order)
    (row,) = (order.rows or {})["finished"]
    assert (row["ref"], row["left_as"], row["indicator"], row["verdict"]) == ("A-001", "Embedded", "I-1", "Too early")
    assert row["warning"] == "Yes", "a signal counts before seven months are over"
    table = book_of(CORE, [{"finished": [row]}], MAY.last).tables["finished"]
    (rating,) = [each for each in CORE.rules.ratings["finished"] if each.column.key == "holding"]
    assert list(table.values(rating.column)) == ["Embedded, slipping"], "the tracker's sheet says the same"


@pytest.mark.long
def test_each_month_keeps_the_rating_that_it_had(provider: Provider) -> None:
    provider.returned(APRIL, {**GOOD, APRIL: 60.0})
    summary = provider.returned(MAY, {**GOOD, APRIL: 60.0, MAY: 4.0})
    counts = summary.history
    assert counts is not None
    letters = counts[counts["letter"] != ""].groupby("period")["letter"].agg(list).to_dict()
    assert {month: letters[month] for month in ("2026-02", "2026-03", "2026-04", "2026-05")} == {
        "2026-02": ["D"], "2026-03": ["B"], "2026-04": ["S"], "2026-05": ["S"],
    }  # fmt: skip
    assert list(summary.escalated["since"]) == ["April 2026"]


@pytest.mark.long
def test_figures_that_stop_coming_do_not_bring_blue_back(provider: Provider) -> None:
    provider.returned(APRIL, {**GOOD, APRIL: 60.0})
    summary = provider.returned(APRIL.plus(3), {})
    assert delivery(summary)[0] == "Embedded, slipping", "three months without a figure are not current"


def review(**changed: Any) -> Row:
    return {**embedded_plan()["reviews"][0], "ref": "R-002", "held_on": date(2026, 4, 20), **changed}


@pytest.mark.long
def test_an_overdue_next_review_is_slipping_until_it_is_held(plain: Provider) -> None:
    provider = plain
    plan = embedded_plan()
    reviews = [{**plan["reviews"][0], "next_review": date(2026, 4, 30)}]
    provider.send(LAST, {**plan, "reviews": reviews, "head_office": []}, GOOD)
    assert delivery(provider.returned(APRIL, GOOD))[0] == "Embedded", "due on the last day of the month"
    summary = provider.returned(MAY, GOOD)
    assert delivery(summary) == ("Embedded, slipping", "Embedded, slipping", "Executive lead")
    held = review(held_on=date(2026, 5, 20), next_review=date(2026, 9, 1))
    summary = provider.returned(MAY, GOOD, reviews=[held])
    assert delivery(summary)[0] == "Embedded"
    assert not len(summary.problems[summary.problems["table"] == "reviews"]), (
        "a review of an action that has left is no mistake"
    )
    assert delivery(provider.returned(MAY.plus(1), GOOD))[0] == "Embedded", "the archive knows the review"


@pytest.mark.long
def test_what_came_after_an_action_left_stays_in_later_summaries(plain: Provider) -> None:
    plain.returned(APRIL, GOOD, reviews=[review(finding="Held in spring")])
    later = review(ref="R-003", held_on=date(2026, 5, 20), finding="Held in May")
    plain.returned(MAY, GOOD, reviews=[later])
    assert not (plain.order(MAY.plus(1)).rows or {})["reviews"], "the tracker does not have them"
    found = plain.returned(MAY.plus(1), GOOD).records["reviews"]
    assert dict(zip(found["ref"], found["finding"], strict=True)) == {
        "R-001": "Seen", "R-002": "Held in spring", "R-003": "Held in May",
    }  # fmt: skip


@pytest.mark.long
def test_a_row_entered_again_is_shown_as_it_was_entered_last(plain: Provider) -> None:
    plain.returned(APRIL, GOOD, reviews=[review(finding="A draft")])
    plain.returned(MAY, GOOD, reviews=[review(finding="As agreed")])
    found = plain.returned(MAY.plus(1), GOOD).records["reviews"]
    assert list(found["finding"]) == ["Seen", "As agreed"]


HELD = {
    "ref": "A-001", "owner": "Ann Lee", "left_as": "Embedded", "reviewed_on": date(2026, 4, 20), "reviewed_by": "Cy Fox",
    "effective": "Effective", "embedded": "Yes",
}  # fmt: skip
"""An embedded action that has left the plan, and holds."""
FACTS: list[tuple[Row, str, str]] = [
    ({}, "Embedded", "left-embedded"),
    ({"left_as": "Withdrawn", "verdict": "Worse"}, "Withdrawn", "left-withdrawn"),
    ({"verdict": "Sustained"}, "Embedded", "left-embedded"),
    ({"verdict": "Not current"}, "Embedded", "left-embedded"),
    ({"verdict": "Worse"}, "Embedded, slipping", "left-slipping-figures"),
    ({"verdict": "Improved, not held"}, "Embedded", "left-embedded"),
    ({"verdict": "Improved, not held", "warning": "Yes"}, "Embedded, slipping", "left-slipping-figures"),
    ({"verdict": "Too early", "warning": "Yes"}, "Embedded, slipping", "left-slipping-figures"),
    ({"verdict": "Sustained; Worse"}, "Embedded, slipping", "left-slipping-figures"),
    ({"balancing_verdict": "Worse"}, "Embedded, slipping", "left-slipping-balancing"),
    ({"verdict": "Sustained", "balancing_verdict": "No evidence of change"}, "Embedded", "left-embedded"),
    ({"outlier_returns": 1}, "Embedded, slipping", "left-slipping-outlier"),
    ({"recurrence": "Finding recurs"}, "Embedded, slipping", "left-slipping-recurs"),
    ({"effective": "Not effective"}, "Embedded, slipping", "left-slipping-review"),
    ({"effective": "Partly effective"}, "Embedded, slipping", "left-slipping-review"),
    ({"effective": None}, "Embedded, slipping", "left-slipping-review"),
    ({"outside": "Accepted"}, "Embedded", "left-embedded"),
    ({"outside": "Not accepted"}, "Embedded, slipping", "left-slipping-review"),
    ({"embedded": "No"}, "Embedded, slipping", "left-slipping-review"),
    ({"embedded": "Not yet"}, "Embedded, slipping", "left-slipping-review"),
    ({"reviewed_by": "LEE, Ann"}, "Embedded, slipping", "left-slipping-review"),
    ({"reviewed_by": None}, "Embedded, slipping", "left-slipping-review"),
    ({"next_review": date(2026, 4, 29)}, "Embedded, slipping", "left-slipping-unreviewed"),
    ({"next_review": date(2026, 4, 30)}, "Embedded", "left-embedded"),
]


def test_each_fact_decides_whether_it_still_holds() -> None:
    table = book_of(CORE, [{"finished": [HELD | facts]} for facts, *_ in FACTS], APRIL.last).tables["finished"]
    holding, escalation = CORE.rules.ratings["finished"]
    words, codes = table.values(holding.column), holding.decides.codes()
    found = [(word, codes[band]) for word, band in zip(words, holding.decides.decided(table), strict=True)]
    assert found == [(word, code) for _, word, code in FACTS]
    slipping = [word == "Embedded, slipping" for _, word, _ in FACTS]
    assert [level == "Executive lead" for level in table.values(escalation.column)] == slipping


@pytest.mark.long
def test_what_a_meeting_asked_stays_until_it_is_done(plain: Provider) -> None:
    asked = {"action": "A-001", "meeting": "Board", "raised_on": date(2026, 4, 9), "challenge": "Who checks it now?"}
    done = {"follow_up": "The deputy does.", "closed_on": date(2026, 4, 20)}
    summary = plain.returned(APRIL, {}, challenge=[asked | {"ref": "C-001"}, asked | done | {"ref": "C-002"}])
    assert list(summary.problems["code"][summary.problems["table"] == "challenge"]) == []
    issued = (plain.order(MAY).rows or {})["challenge"]
    assert [(row["ref"], row["action"]) for row in issued] == [("C-001", "A-001")]
    rows = plain.returned(MAY, {}).records["challenge"]
    assert sorted(rows["ref"]) == ["C-001", "C-002"], "each is shown once"


@pytest.mark.long
def test_what_came_back_on_the_sheet_is_not_believed(provider: Provider) -> None:
    provider.returned(APRIL, {**GOOD, APRIL: 60.0})
    (row,) = (provider.order(MAY).rows or {})["finished"]
    for rows in ([{**row, "verdict": "Sustained", "warning": None}], [{"ref": "A-001", "left_as": "Withdrawn"}], []):
        rated = provider.send(MAY, {"finished": rows}, {**GOOD, APRIL: 60.0, MAY: 4.0})
        summary = provider.month(MAY).with_history(summarise(rated))
        assert delivery(summary)[0] == "Embedded, slipping", rows


@pytest.mark.long
def test_an_action_that_is_in_the_plan_again_is_rated_there(provider: Provider) -> None:
    provider.returned(APRIL, {**GOOD, APRIL: 60.0})
    back = {
        **embedded_plan()["actions"][0],
        "status": "In progress",
        "completed_on": None,
        "cycle": 2,
        "due": date(2026, 8, 31),
    }
    summary = provider.returned(MAY, {**GOOD, APRIL: 60.0, MAY: 60.0}, actions=[back])
    assert list(summary.actions["return"] >= 0) == [True]
    assert summary.actions["delivery"].iloc[0] == "Off track"
    assert not len(summary.slipping)


def test_an_action_that_stayed_in_the_plan_is_slipping_there(provider: Provider) -> None:
    plan = embedded_plan()
    plan["actions"][0]["indicator"] = "I-1"
    rated = provider.send(APRIL, {**plan, "head_office": []}, {**GOOD, APRIL: 60.0})
    (line,) = rated.ratings["actions"].to_dict("records")
    assert (line["delivery"], line["delivery_rule"], line["headline"]) == (
        "Embedded, slipping", "slipping-figures", "Embedded, slipping",
    )  # fmt: skip
    assert (line["escalation"], line["finished"], line["clean"]) == ("Executive lead", False, False)
    assert list(provider.month(APRIL).with_history(summarise(rated)).slipping["ref"]) == ["A-001"]


@pytest.mark.long
def test_a_withdrawn_action_is_not_tested_again(plain: Provider) -> None:
    plan = embedded_plan()
    plan["actions"][0] |= {
        "status": "Withdrawn",
        "withdrawal_reason": "Joined",
        "withdrawal_approved_by": "Di Roe",
        "indicator": "I-1",
    }
    plain.send(LAST, {**plan, "head_office": []}, GOOD)
    summary = plain.returned(APRIL, {**GOOD, APRIL: 60.0})
    assert delivery(summary) == ("Withdrawn", "Withdrawn", "Owner")
    assert "embedded" not in findings_of(summary).second


def test_the_latest_review_held_by_a_date_counts() -> None:
    frame = pd.DataFrame(
        {
            "service": "ELM", "action": ["A-1", "a-1", "A-1", "A-1"], "effective": ["Effective", "Not effective", "", "Effective"],
            "held_on": pd.to_datetime(["2026-01-01", "2026-02-01", None, "2026-05-01"]),
        }
    )  # fmt: skip
    judged = {
        ("elm", "a-1", "r-2"): JudgementLine(
            service="ELM",
            action="A-1",
            ref="R-2",
            judgement="Not accepted",
            judged_by="Panel",
            judged_on=date(2026, 3, 2),
        )
    }
    found = latest_reviews([frame.assign(ref=["R-1", "R-2", "R-3", "R-4"])], date(2026, 3, 31), judged)
    assert (found["elm", "a-1"]["effective"], found["elm", "a-1"]["outside"]) == ("Not effective", "Not accepted")


@pytest.mark.long
def test_the_board_page_names_the_first_month_of_the_new_rules(provider: Provider) -> None:
    for path in provider.folder.archive.glob("2026-0[1-3]/*/actions-ratings.parquet"):
        pd.read_parquet(path).drop(columns="once_embedded").to_parquet(path)
    summary = provider.returned(APRIL, {**GOOD, APRIL: 60.0})
    assert "From April 2026 the rules of version 1.4 rate; earlier months keep" in findings_of(summary).notes[-1]
