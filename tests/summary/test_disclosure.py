"""What leaves the provider: no name that is known, in whatever text it stands, and no figure from which a person could be known."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from grids import grid
from hypothesis import given
from hypothesis import strategies as st

from qipxl import ProviderSummary, check, rate, summarise
from qipxl.summary.packs.disclosure import (
    LEAST,
    Known,
    name_replacer,
    redacted,
    without_small_figures,
)
from qipxl.summary.packs.names import people_in
from qipxl.summary.packs.redaction import NameFinder, People

PLAN = """
    Actions
    | Ref   | Issue or risk                      | Owner   | Role of owner | Accountable lead | Status      | Due date   |
    | A-001 | Ann Lee says nights are not staffed | Ann Lee | Deputy        | Di Low           | In progress | 30/04/2026 |
    | A-002 | Jo shah agreed with Will          | Will    |               |                  | In progress | 30/04/2026 |
    Evidence
    | Ref   | Action | What it is                          | Submitted by | Judged by |
    | E-001 | A-001  | Supervision notes of Annabel Leeson | Bo Ek        | Cy Fox    |
    Reviews
    | Ref   | Action | Date       | Reviewed by | Finding           | Learning                  |
    | R-001 | A-001  | 01/03/2026 | Di Low      | Di  Low saw shifts | Ask Bo Ek, then CY FOX's. |
"""
DAY = date(2026, 3, 31)


@pytest.fixture(scope="module")
def summary() -> ProviderSummary:
    return summarise(rate(check(grid(PLAN, service="Ann Lee House"), DAY), DAY))


def test_names_become_roles_wherever_they_stand(summary: ProviderSummary) -> None:
    shown = redacted(summary, {"gil may": "Director of care"})
    actions, evidence, reviews = shown.actions, shown.records["evidence"], shown.records["reviews"]
    assert list(actions["owner"]) == ["Deputy", "Member of staff"]
    assert list(actions["accountable_lead"]) == ["Member of staff", ""]
    assert list(actions["issue"]) == ["[Deputy] says nights are not staffed", "[Registered manager] agreed with Will"]
    assert list(evidence["submitted_by"]) == ["Member of staff"]
    assert list(evidence["description"]) == ["Supervision notes of Annabel Leeson"]
    assert list(reviews["finding"]) == ["[Member of staff] saw shifts"]
    assert list(reviews["learning"]) == ["Ask [Member of staff], then [Member of staff]'s."]
    assert list(reviews["reviewed_by"]) == ["Member of staff"]
    assert list(actions["reviewer"]) == ["Member of staff", ""]
    assert list(shown.sources["manager"]) == ["Registered manager"]


def test_a_house_keeps_its_name_and_the_summary_given_its_own(summary: ProviderSummary) -> None:
    assert set(redacted(summary, {}).actions["name"]) == {"Ann Lee House"}
    assert list(summary.actions["owner"]) == ["Ann Lee", "Will"]


def test_whom_only_the_register_names_is_put_out_too() -> None:
    plan = PLAN.replace("Will          |", "Gil May's plan |")
    rated = rate(check(grid(plan), DAY), DAY)
    shown = redacted(summarise(rated), {"gil may": "Director of care"})
    assert list(shown.actions["issue"])[1] == "[Registered manager] agreed with [Director of care]'s plan"


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_known_name_is_never_left_between_words(before: str, after: str) -> None:
    people = People(people_in("Ann Lee", "Deputy"))
    put = name_replacer(Known({}, NameFinder(people, people)))
    assert "Ann Lee" not in put(f"{before} Ann Lee {after}")


def test_a_name_of_one_service_is_known_in_the_texts_of_another() -> None:
    other = PLAN.replace("Di Low", "Bob Ray").replace("Ann Lee", "Sue Kay")
    both = [
        rate(check(grid(text, service=name, code=name), DAY), DAY) for text, name in ((PLAN, "ELM"), (other, "OAK"))
    ]
    first, second = map(summarise, both)
    rows = second.actions.assign(**{"return": 1, "issue": "Ann Lee came over"})
    joined = replace(first, actions=pd.concat([first.actions, rows], ignore_index=True))
    assert list(redacted(joined, {}).actions["issue"])[2:] == ["[Deputy] came over"] * 2


def test_what_the_register_says_is_looked_at_for_personal_data(summary: ProviderSummary) -> None:
    said = "09/03/2026 Board: NHS number 943 476 5919 moved (level 3)"
    one = summary.actions.head(1).assign(escalated=True)
    decisions = pd.DataFrame({"since": "March 2026", "decided": said}, index=one.index)
    shown = redacted(replace(summary, actions=one, decisions=decisions), {})
    assert list(shown.escalated["decided"]) == ["(withheld: it seems to hold personal data)"]


def lines(*rows: tuple[str, float, float | None, bool]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["name", "numerator", "denominator", "total"])
    frame["denominator"] = frame["denominator"].astype(float)
    value = (frame["numerator"] / frame["denominator"] * 100).where(frame["denominator"].notna(), frame["numerator"])
    per = frame["denominator"].where(frame["denominator"].isna(), 100.0)
    return frame.assign(value=value, per=per, indicator="Alerts", month=pd.Timestamp(2026, 3, 1))


def published(frame: pd.DataFrame) -> list[str]:
    shown = without_small_figures(frame)
    return [" ".join(line) for line in shown[["name", "numerator", "denominator", "value"]].itertuples(index=False)]


def test_small_figures_their_rates_and_totals_are_withheld() -> None:
    assert published(lines(("Elm", 3, 40, False), ("Oak", 10, 40, False), ("All", 13, 80, True))) == [
        "Elm [c] [c] [c]", "Oak 10 40 25", "All [c] [c] [c]",
    ]  # fmt: skip


def test_a_remainder_or_a_denominator_can_be_too_small() -> None:
    assert published(lines(("Elm", 38, 40, False), ("Oak", 0, 4, False))) == ["Elm [c] [c] [c]", "Oak [c] [c] [c]"]


def test_zero_five_and_counts_without_size_are_published() -> None:
    assert published(lines(("Elm", 0, None, False), ("Oak", 5, None, False), ("All", 5, None, True))) == [
        "Elm 0 [x] 0", "Oak 5 [x] 5", "All 5 [x] 5",
    ]  # fmt: skip


@given(st.lists(st.integers(0, 30), min_size=2, max_size=8))
def test_a_published_total_never_stands_over_a_withheld_part(counts: list[int]) -> None:
    parts = [(f"S{number}", float(count), None, False) for number, count in enumerate(counts)]
    shown = without_small_figures(lines(*parts, ("All", float(sum(counts)), None, True)))
    withheld = any(0 < count < LEAST for count in counts)
    assert (shown["numerator"].iloc[-1] == "[c]") == (withheld or 0 < sum(counts) < LEAST)
    assert all((said == "[c]") == (0 < count < LEAST) for said, count in zip(shown["numerator"], counts, strict=False))
