"""Ratings and reasons in plain words: for every pair of delivery and impact, and with the values of each action."""

from datetime import date

import pytest
from grids import grid

from qipxl import ProviderSummary, check, rate, summarise
from qipxl.summary.plain_words import names_read, rating_words, reason_words, who_decides, why_words
from qipxl.summary.rule_book import rule_book
from qipxl.template import Adjustment, Template, load_adjusted, template_file

DAY = date(2026, 3, 31)
PLAN = """
    Actions
    | Ref   | Owner   | Source                         | Must or should  | Status      | Original due date | Due date   | Completed on | Embedding review | Last update |
    | A-001 | Ann Lee | CQC requirement notice (breach) | Must do         | In progress | 30/03/2026        | 30/03/2026 |              | 30/06/2026       | 28/03/2026  |
    | A-002 | Bo Ek   | CQC should-do                  | Should do       | In progress | 07/03/2026        | 07/03/2026 |              | 30/06/2026       | 28/03/2026  |
    | A-003 | Cy Fox  | Self-identified                | Own improvement | In progress | 30/06/2026        | 30/06/2026 |              | 30/09/2026       | 28/03/2026  |
    | A-004 | Di Low  | Self-identified                | Own improvement | Complete    | 30/01/2026        | 30/01/2026 | 28/01/2026   | 30/03/2026       | 28/03/2026  |
    | A-005 | Ed Hay  | CQC should-do                  | Should do       | In progress | 26/03/2026        | 26/03/2026 |              | 30/06/2026       | 28/03/2026  |
    | A-006 | Flo Orr |                                |                 | In progress | 21/03/2026        | 21/03/2026 |              | 30/06/2026       | 28/03/2026  |
    Milestones
    | Ref   | Action | Milestone | Due date   | Done on |
    | M-001 | A-003  | Rota      | 30/05/2026 |         |
    Evidence
    | Ref   | Action | Category | What it is | Submitted by | Submitted on | Judgement | Judged by |
    | E-001 | A-004  | Observation | Walk round | Jo Kay    | 20/01/2026   | Accepted  | Al Dee    |
    Reviews
    | Ref   | Action | Date       | Reviewed by | Effective?    |
    | R-001 | A-004  | 20/03/2026 | Di Hay      | Not effective |
"""  # noqa: E501


@pytest.fixture(scope="module")
def summary() -> ProviderSummary:
    return summarise(rate(check(grid(PLAN), DAY), DAY))


def test_each_action_in_plain_words(summary: ProviderSummary) -> None:
    assert list(summary.actions["headline_plain"]) == rating_words(summary, summary.actions)
    words = zip(rating_words(summary, summary.actions), why_words(summary, summary.actions), strict=True)
    assert list(words) == [
        ("Off track, too early to tell", "1 day overdue"),
        ("Off track, too early to tell", "24 days overdue (limit 14)"),
        ("On track, too early to tell", "No review is due yet"),
        ("Finished, did not work", "The review found no difference"),
        ("At risk, too early to tell", "5 days overdue (red after 14)"),
        ("Off track, too early to tell", "10 days overdue"),
    ]


def test_why_each_action_is_escalated(summary: ProviderSummary) -> None:
    assert reason_words(summary, summary.actions) == [
        "CQC requirement notice: 1 day overdue",
        "It is 24 days overdue (the director's limit is 14)",
        "No trigger for a higher level",
        "The review found no difference",
        "It is 5 days overdue",
        "Source not given: 10 days overdue",
    ]


@pytest.mark.parametrize(
    ("delivery", "impact", "headline", "words"),
    [
        ("Closed without evidence", "Not yet measurable", "Closed without evidence", "Closed without evidence, too early to tell"),
        ("Off track", "Effective", "Off track", "Off track, works"),
        ("Embedded, slipping", "Not effective", "Embedded, slipping", "Was embedded, is slipping"),
        ("Not rated", "Not yet measurable", "Not rated", "Cannot be rated, too early to tell"),
        ("At risk", "Not effective", "Not effective", "At risk, did not work"),
        ("At risk", "Partly effective", "At risk", "At risk, works in part"),
        ("Withdrawn", "Not effective", "Withdrawn", "Withdrawn"),
        ("Not started", "Not yet measurable", "Not started", "Not started"),
        ("Delivered, not yet assured", "Not effective", "Not effective", "Finished, did not work"),
        ("Delivered, not yet assured", "Partly effective", "Partly effective", "Finished, works in part"),
        ("Delivered, not yet assured", "Not yet measurable", "Delivered", "Finished, too early to tell"),
        ("Delivered, not yet assured", "Effective", "Effective", "Finished, works"),
        ("On track", "Effective", "On track", "On track, works"),
        ("Embedded", "Effective", "Embedded", "Embedded"),
    ],
)  # fmt: skip
def test_every_pair_in_words(summary: ProviderSummary, delivery: str, impact: str, headline: str, words: str) -> None:
    action = summary.actions.head(1).assign(delivery=delivery, impact=impact, headline=headline)
    assert rating_words(summary, action) == [words]


@pytest.mark.parametrize(
    ("rule", "by", "words"),
    [
        ("held-4", "19 February 2026, minute 7", "The board keeps this at its level (19 February 2026, minute 7)"),
        ("held-4", "", "The board keeps this at its level"),
        ("extended-thrice", "", "Its date was moved 3 times"),
        ("left-slipping", "", "It was embedded, but its figures no longer hold"),
        ("unknown-rule", "", ""),
    ],
)
def test_a_reason_with_its_values(summary: ProviderSummary, rule: str, by: str, words: str) -> None:
    slipping = {
        "delivery": "Embedded, slipping",
        "headline": "Embedded, slipping",
        "delivery_rule": "left-slipping-figures",
    }
    action = summary.actions.head(1).assign(escalation_rule=rule, decided_by=by, extensions_logged=3.0, **slipping)
    assert reason_words(summary, action) == [words]


def test_no_action_needs_no_words(summary: ProviderSummary) -> None:
    none = summary.actions.head(0)
    assert (rating_words(summary, none), reason_words(summary, none), why_words(summary, none)) == ([], [], [])


def test_who_decides(summary: ProviderSummary) -> None:
    levels = summary.rating_of("actions", "escalation")
    assert levels is not None
    assert [who_decides(state) for state in levels.states] == [
        "The board or its quality committee, at its next meeting",
        "The executive lead, at the next executive meeting",
        "The regional director, within five working days",
        "The registered manager, within five working days",
        "The owner, with the monthly update",
    ]


def with_words(changes: dict[str, str]) -> ProviderSummary:
    """The plan under the core template with other plain words."""
    own = tuple(Adjustment(f"actions.rating.{path}.plain", words) for path, words in changes.items())
    template, mistakes = load_adjusted(template_file("core"), own)
    assert not any(mistakes)
    return summarise(rate(check(grid(PLAN, template), DAY), DAY))


def test_a_provider_has_plain_words_of_its_own() -> None:
    summary = with_words(
        {
            "impact.states.Not yet measurable": "too soon to say",
            "delivery.bands.overdue-beyond-limit": "late by {days_overdue:day} since {due}",
            "delivery.bands.on-track": "all is well",
        }
    )
    assert rating_words(summary, summary.actions)[:3] == ["Off track, too soon to say"] * 2 + [
        "On track, too soon to say"
    ]
    assert why_words(summary, summary.actions)[1] == "Late by 24 days since 7 March 2026"


def test_a_state_without_plain_words_keeps_its_own() -> None:
    summary = with_words({"headline.states.Off track": ""})
    assert rating_words(summary, summary.actions.head(1)) == ["Off track / Not yet measurable"]


def test_the_columns_that_plain_words_name(core: Template) -> None:
    assert {"days_overdue", "tier_why", "forecast", "why", "red_after"} <= set(names_read([core]))


def test_how_to_read_shows_plain_words_and_codes(summary: ProviderSummary) -> None:
    lines = rule_book(summary).frame[["word", "plain", "code"]].to_numpy().tolist()
    assert ["D Delivered, not yet assured", "Finished", ""] in lines
    assert ["Off track", "… days overdue (limit …)", "overdue-beyond-limit"] in lines
