"""The four ratings of `core`: each band, each limit on the day before, the day and the day after, and the promise."""

from datetime import date
from typing import Any

import pytest
from factories import LONG
from grids import grid
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from judging import AS_AT, TIERS, Row, action, book_of, day, embedded_plan, evidence, judge, judge_each, review

from qipxl import check, rate
from qipxl.rules.rulebook import Rating
from qipxl.template import Template, find_template


def rated(core: Template, one: Row, **tables: list[Row]) -> dict[str, str]:
    return judge(core, {"actions": [one], **tables}, AS_AT)


OVERDUE = [
    (1, 0, "On track"), (1, 1, "Off track"),
    (2, 0, "On track"), (2, 1, "At risk"), (2, 14, "At risk"), (2, 15, "Off track"),
    (3, 0, "On track"), (3, 1, "At risk"), (3, 30, "At risk"), (3, 31, "Off track"),
]  # fmt: skip


@pytest.mark.parametrize(("tier", "days", "word"), OVERDUE)
def test_overdue_at_each_tier(core: Template, tier: int, days: int, word: str) -> None:
    late = action(due=day(-days), original_due=day(-days), **TIERS[tier])
    done = {"ref": "M-1", "action": "A-001", "due": day(-days), "done_on": day(-40)}
    assert rated(core, late, milestones=[done])["delivery"] == word


@pytest.mark.parametrize(("tier", "days", "word"), OVERDUE)
def test_a_late_milestone_counts_as_the_action_does(core: Template, tier: int, days: int, word: str) -> None:
    late = {"ref": "M-1", "action": "a-001", "due": day(-days)}
    assert rated(core, action(**TIERS[tier]), milestones=[late])["delivery"] == word


@pytest.mark.parametrize(("tier", "before"), [(1, 14), (2, 14), (3, 7)])
def test_due_soon_is_amber_until_the_work_is_done(core: Template, tier: int, before: int) -> None:
    for days, word in ((before + 1, "On track"), (before, "At risk"), (0, "At risk")):
        near = action(due=day(days), original_due=day(days), **TIERS[tier])
        assert rated(core, near)["delivery"] == word
    done = {"ref": "M-1", "action": "A-001", "due": day(0), "done_on": day(-1)}
    assert rated(core, action(due=day(1), original_due=day(1)), milestones=[done])["delivery"] == "On track"


@pytest.mark.parametrize(
    ("changed", "word", "code"),
    [
        ({"owner": None}, "Off track", "no-owner"),
        ({"owner": " \xa0 "}, "Off track", "no-owner"),
        ({"due": None}, "Off track", "no-due-date"),
        ({"due": "TBC"}, "Not rated", "unreadable"),
        ({"due": "TBC", "owner": None}, "Off track", "no-owner"),
        ({"status": None}, "Off track", "no-status"),
        ({"status": "Compleated"}, "Not rated", "unreadable"),
        ({"status": " in  PROGRESS "}, "On track", "on-track"),
        ({"forecast": day(70)}, "At risk", "forecast-late"),
        ({"forecast": day(71)}, "Off track", "forecast-beyond-limit"),
        ({"last_update": day(-35)}, "On track", "on-track"),
        ({"last_update": day(-36)}, "At risk", "stale"),
        ({"last_update": None}, "At risk", "stale"),
        ({"due": day(41)}, "At risk", "extended"),
        ({"start": day(1), "status": "Not started", "last_update": None}, "Not started", "not-started"),
        ({"start": day(0), "status": "Not started"}, "At risk", "no-progress"),
        ({"status": "Withdrawn"}, "At risk", "withdrawn-unapproved"),
        ({"status": "Withdrawn", "withdrawal_reason": "x", "withdrawal_approved_by": "y"}, "Withdrawn", "withdrawn"),
        ({"status": "Complete", "completed_on": day(-1)}, "Closed without evidence", "closed-without-evidence"),
        ({"completed_on": day(-1)}, "At risk", "completed-but-open"),
    ],
)
def test_bands_of_delivery(core: Template, changed: Row, word: str, code: str) -> None:
    found = rated(core, action(**changed))
    assert (found["delivery"], found["delivery_rule"]) == (word, code)


def test_a_second_extension_is_red(core: Template) -> None:
    moved = [{"action": "A-001", "from_date": day(1), "to_date": day(9)}]
    assert rated(core, action(), extensions=moved)["delivery_rule"] == "extended"
    assert rated(core, action(), extensions=moved * 2)["delivery_rule"] == "extended-twice"


def test_a_milestone_without_a_date_counts_as_late(core: Template) -> None:
    assert rated(core, action(), milestones=[{"ref": "M-1", "action": "A-001"}])["delivery_rule"] == "milestone-undated"


COMPLETE = {"status": "Complete", "completed_on": day(-5)}


def test_delivered_needs_evidence_and_all_milestones(core: Template) -> None:
    open_step = {"ref": "M-1", "action": "A-001", "due": day(3)}
    assert rated(core, action(**COMPLETE), evidence=[evidence()])["delivery"] == "Delivered, not yet assured"
    assert (
        rated(core, action(**COMPLETE), evidence=[evidence()], milestones=[open_step])["delivery_rule"]
        == "closed-unfinished"
    )
    weak = [evidence(judgement="Weak"), evidence("Outcomes", judgement=None)]
    assert rated(core, action(**COMPLETE), evidence=weak)["delivery"] == "Closed without evidence"


def test_the_evidence_gate(core: Template) -> None:
    def word(*items: Row, **changed: Any) -> str:
        return rated(core, action(**changed), evidence=list(items))["evidence"]

    two = (evidence("Observation"), evidence("Processes"))
    assert word() == "None"
    assert word(evidence()) == "Weak"
    assert word(*two) == "Strong"
    assert word(evidence("Processes"), evidence("Feedback from partners")) == "Adequate"
    assert word(*two, **TIERS[1]) == "Adequate"
    assert word(*two, evidence("Outcomes"), **TIERS[1]) == "Strong"
    assert (
        word(evidence("Outcomes"), evidence("Processes"), evidence("Feedback from partners"), **TIERS[1]) == "Adequate"
    )
    assert word(*({**each, "submitted_by": "ann  LEE"} for each in two)) == "Weak"
    assert word(*({**each, "submitted_on": day(-90)} for each in two)) == "Strong"
    assert word(*({**each, "submitted_on": day(-91)} for each in two)) == "Weak"
    assert word(*({**each, "submitted_on": day(1)} for each in two)) == "Weak"
    assert word(*({**each, "judgement": "Not accepted"} for each in two)) == "Weak"


@pytest.mark.parametrize(
    ("reviews", "changed", "word", "code"),
    [
        ([], {}, "Not yet measurable", "review-to-come"),
        ([review()], {}, "Effective", "reviewed-effective"),
        ([review("Partly effective")], {}, "Partly effective", "reviewed-partly-effective"),
        ([review("Not effective")], {}, "Not effective", "reviewed-not-effective"),
        ([review(reviewed_by="ANN LEE")], {}, "Partly effective", "review-not-independent"),
        ([review(reviewed_by=None)], {}, "Partly effective", "review-not-independent"),
        ([review(measure_result="No change")], {}, "Partly effective", "measure-not-met"),
        ([review(held_on=day(1))], {}, "Not yet measurable", "review-to-come"),
        ([review(None)], {}, "Not effective", "review-unfinished"),
        ([review(held_on=None)], {}, "Not effective", "review-unfinished"),
        ([review(reaudit_result="Finding recurs")], {}, "Not effective", "finding-recurs"),
        ([review(audit_finding="x", reaudit_on=day(0))], {}, "Not effective", "reaudit-unanswered"),
        ([review(audit_finding="x", reaudit_on=day(1))], {}, "Effective", "reviewed-effective"),
        ([review("Not effective", held_on=day(-9)), review()], {}, "Effective", "reviewed-effective"),
        (
            [review(held_on=day(-5))],
            {"status": "Complete", "completed_on": day(-4)},
            "Not yet measurable",
            "review-before-completion",
        ),
        ([review(held_on=day(-70))], {"embedding_review": None, "due": day(-72)}, "Not effective", "review-long-late"),
        ([], {"embedding_review": day(0), "due": day(-9)}, "Not yet measurable", "review-to-come"),
        ([], {"embedding_review": day(-1), "due": day(-9)}, "Partly effective", "review-late"),
        ([], {"embedding_review": day(-30), "due": day(-39)}, "Partly effective", "review-late"),
        ([], {"embedding_review": day(-31), "due": day(-39)}, "Not effective", "review-long-late"),
        (
            [review(held_on=day(-70))],
            {"embedding_review": day(-40), "due": day(-99)},
            "Effective",
            "reviewed-effective",
        ),
        (
            [review(held_on=day(-71))],
            {"embedding_review": day(-40), "due": day(-99)},
            "Not effective",
            "review-long-late",
        ),
    ],
)
def test_bands_of_impact(core: Template, reviews: list[Row], changed: Row, word: str, code: str) -> None:
    found = rated(core, action(**changed), reviews=reviews)
    assert (found["impact"], found["impact_rule"]) == (word, code)


def test_a_concern_of_the_indicator_is_not_effective(core: Template) -> None:
    found = rated(core, action(), reviews=[review()], head_office=[{"action": "A-001", "verdict": "Worse"}])
    assert found["impact_rule"] == "indicator-concern"


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ([("Outcome", "Worse")], "indicator-concern"), ([("Outcome", "Sustained"), ("Outcome", "Worse")], "indicator-concern"),
        ([("Outcome", "Sustained"), ("Balancing", "Worse")], "balancing-worse"), ([("Balancing", "Worse")], "balancing-worse"),
        ([("Outcome", "Sustained"), ("Process", "Worse")], "reviewed-effective"), ([("Process", "Worse")], "reviewed-effective"),
        ([("Balancing", "Improved, not held"), ("Process", "Sustained")], "reviewed-effective"),
    ],
)  # fmt: skip
def test_outcome_and_balancing_figures_lower_impact(core: Template, facts: list[tuple[str, str]], rule: str) -> None:
    known = [{"action": "A-001", "part": part, "verdict": verdict} for part, verdict in facts]
    assert rated(core, action(), reviews=[review()], head_office=known)["impact_rule"] == rule


@pytest.mark.parametrize(
    ("parts", "blue"),
    [
        ([("Outcome", "Sustained"), ("Process", "Early sign"), ("Balancing", "No evidence of change")], True),
        ([("Outcome", "Sustained"), ("Outcome", "Early sign")], False), ([("Outcome", "Sustained"), ("Outcome", None)], False),
        ([("Process", "Sustained"), ("Outcome", "Too early")], False), ([("Balancing", "Sustained"), ("Outcome", None)], False),
        ([("Outcome", "Sustained"), ("Balancing", "Worse")], False),
    ],
)  # fmt: skip
def test_blue_needs_every_outcome_sustained(core: Template, parts: list[tuple[str, str | None]], blue: bool) -> None:
    plan = embedded_plan()
    plan["actions"][0] |= {**TIERS[1], "indicator": "I-01", "completed_on": day(-200)}
    plan["evidence"].append(evidence("People's experience", ref="E-9"))
    plan["head_office"] = [{**line, "clean_returns": 6} for line in plan["head_office"]]
    plan["head_office"] += [{"action": "A-001", "part": part, "verdict": verdict} for part, verdict in parts]
    assert (judge(core, plan, AS_AT)["delivery"] == "Embedded") == blue


def test_blue_needs_everything(core: Template) -> None:
    whole = embedded_plan()
    found = judge(core, whole, AS_AT)
    assert (found["delivery"], found["headline"]) == ("Embedded", "Embedded")
    for table, rows in embedded_plan().items():
        for key in (
            "verified_by",
            "verified_on",
            "clean_returns",
            "embedded",
            "effective",
            "judgement",
            "category",
            "completed_on",
        ):
            if key in rows[0]:
                less = {**whole, table: [{**row, key: None} for row in rows]}
                assert judge(core, less, AS_AT)["delivery"] != "Embedded", (table, key)


def test_sustained_is_said_only_if_figures_or_a_review_show_it(core: Template) -> None:
    plan = embedded_plan()
    assert judge(core, plan, AS_AT)["delivery_rule"] == "embedded", "a review after the sustain period"
    plan["reviews"][0]["held_on"] = day(-40)
    assert judge(core, plan, AS_AT)["delivery_rule"] == "embedded-by-time", (
        "the sustain period was over after the review"
    )
    plan["head_office"][0]["verdict"] = "Sustained"
    assert judge(core, plan, AS_AT)["delivery_rule"] == "embedded"


@pytest.mark.parametrize("facts", [{"verdict": "Improved, not held"}, {"verdict": "Too early", "warning": "Yes"}])
def test_figures_that_did_not_hold_are_never_blue(core: Template, facts: Row) -> None:
    plan = embedded_plan()
    plan["head_office"][0] |= facts
    assert judge(core, plan, AS_AT)["delivery"] == "Delivered, not yet assured"


@pytest.mark.parametrize("name", ["safeguarding", "restrictive-practice"])
def test_blue_needs_sustained_figures_in_every_tier(name: str) -> None:
    template = find_template(name)
    for verdict, word in (("Early sign", "Delivered, not yet assured"), ("Sustained", "Embedded")):
        plan = embedded_plan()
        plan["actions"][0]["indicator"] = "X"
        plan["head_office"][0]["verdict"] = verdict
        assert judge(template, plan, AS_AT)["delivery"] == word
    assert judge(template, embedded_plan(), AS_AT)["delivery"] == "Embedded", "without an indicator a review decides"


SLIPPING: list[tuple[Row, Row, str]] = [
    ({"verdict": "Worse"}, {}, "slipping-figures"),
    ({"verdict": "Improved, not held"}, {}, "embedded"),
    ({"verdict": "Improved, not held", "warning": "Yes"}, {}, "slipping-figures"),
    ({"verdict": "Too early", "warning": "Yes"}, {}, "slipping-figures"),
    ({"part": "Balancing", "verdict": "Worse"}, {}, "slipping-balancing"),
    ({"part": "Balancing", "verdict": "Improved, not held", "warning": "Yes"}, {}, "embedded"),
    ({"part": "Process", "verdict": "Worse", "warning": "Yes"}, {}, "embedded"),
    ({"outlier_returns": 1}, {}, "slipping-outlier"),
    ({}, {"audit_finding": "Late", "reaudit_result": "Finding recurs"}, "slipping-recurs"),
    ({}, {"effective": "Partly effective"}, "slipping-review"),
    ({}, {"embedded": "Not yet"}, "slipping-review"),
    ({}, {"reviewed_by": "Ann Lee"}, "slipping-review"),
    ({}, {"next_review": day(-1)}, "slipping-unreviewed"),
    ({}, {"next_review": day(0)}, "embedded"),
    ({"reopened_on": day(-2)}, {"next_review": day(-1)}, "overdue-beyond-limit"),
]


@pytest.mark.parametrize(("facts", "changed", "rule"), SLIPPING)
def test_an_action_embedded_before_slips_if_it_no_longer_holds(
    core: Template, facts: Row, changed: Row, rule: str
) -> None:
    plan = embedded_plan()
    plan["head_office"][0] |= {"embedded_on": day(-3), **facts}
    plan["reviews"][0] |= changed
    found = judge(core, plan, AS_AT)
    assert found["delivery_rule"] == rule
    if found["delivery"] == "Embedded, slipping":
        assert (found["headline"], found["escalation"]) == ("Embedded, slipping", "Executive lead")


def test_a_slipping_action_of_tier_1_goes_to_the_board(core: Template) -> None:
    plan = embedded_plan()
    plan["actions"][0] |= TIERS[1]
    plan["head_office"][0] |= {"embedded_on": day(-3), "verdict": "Worse"}
    assert judge(core, plan, AS_AT)["escalation"] == "Board"


def test_an_embedded_action_keeps_its_next_planned_review(core: Template) -> None:
    kept = core.rules.schema.tables["actions"].columns["review_kept"]

    def is_kept(plan: dict[str, list[Row]]) -> bool:
        return bool(book_of(core, [plan], AS_AT).tables["actions"].values(kept)[0])

    plan = embedded_plan()
    assert not is_kept(plan)
    plan["reviews"][0]["next_review"] = day(40)
    assert is_kept(plan)
    plan["actions"][0]["verified_by"] = None
    assert not is_kept(plan), "it is no longer embedded"


def test_the_sustain_period_ends_on_its_day(core: Template) -> None:
    for done, word in ((date(2025, 12, 31), "Embedded"), (date(2026, 1, 1), "Delivered, not yet assured")):
        plan = embedded_plan()
        plan["actions"][0] |= {"completed_on": done, "due": done, "original_due": done}
        assert judge(core, plan, AS_AT)["delivery"] == word


def test_only_head_office_records_verification_not_the_owner(core: Template) -> None:
    plan = embedded_plan()
    plan["actions"][0]["verified_by"] = " ann lee"
    assert judge(core, plan, AS_AT)["delivery"] == "Delivered, not yet assured"
    assert judge(core, {**embedded_plan(), "head_office": []}, AS_AT)["delivery"] == "Delivered, not yet assured"


def test_headline_takes_the_worse_of_the_two(core: Template) -> None:
    found = rated(core, action(**COMPLETE), evidence=[evidence()], reviews=[review("Not effective")])
    assert (found["delivery"], found["impact"], found["headline"]) == (
        "Delivered, not yet assured", "Not effective", "Not effective",
    )  # fmt: skip


def test_rate_gives_words_labels_and_the_band_that_decided() -> None:
    returns = check(
        grid("""
        Actions
        | Ref   | Status   | Due date   | Owner |
        | A-001 | Complete | 31/03/2026 | Ann   |
        """)
    )
    line = rate(returns, AS_AT).ratings["actions"].iloc[0]
    assert line["delivery_label"] == "R Closed without evidence"
    assert line["headline_label"] == "R Closed without evidence / Not yet measurable"
    assert line["delivery_rule"] == "closed-without-evidence"
    assert line["tier"] == "T1"


# ---------------------------------------------------------------- the promise

dates = st.integers(-220, 120).map(day)
maybe_date = st.none() | dates
people = st.sampled_from(["Ann Lee", "Bo Ek", "Cy Fox", None])


CORE = find_template("core")
"""Not an argument of the strategies: Hypothesis shows them with their arguments, and a whole template is 100 kB."""


def choice(name: str) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(CORE.lists[name].values)


@st.composite
def plans(draw: st.DrawFn) -> dict[str, list[Row]]:
    """A random plan of one action with what hangs on it; many cells are blank."""
    due = draw(maybe_date)
    one = {
        "ref": "A-001", "issue": "x", "intended_change": "y", "owner": draw(people), "due": due,
        "original_due": draw(st.just(due) | maybe_date), "start": draw(maybe_date), "status": draw(choice("status")),
        "source": draw(choice("source")), "must_should": draw(choice("must_should")), "forecast": draw(maybe_date),
        "likelihood_now": draw(st.none() | st.integers(1, 5)), "completed_on": draw(maybe_date),
        "embedding_review": draw(maybe_date), "last_update": draw(maybe_date), "verified_by": draw(people),
        "verified_on": draw(maybe_date), "withdrawal_reason": draw(st.none() | st.just("x")), "withdrawal_approved_by": draw(people),
    }  # fmt: skip
    one["consequence_now"] = draw(st.integers(1, 5)) if one["likelihood_now"] else None
    rows = draw(st.lists(st.tuples(maybe_date, maybe_date, maybe_date), max_size=3))
    steps = [
        {"ref": f"M-{n}", "action": "A-001", "due": a, "revised_due": b, "done_on": c}
        for n, (a, b, c) in enumerate(rows)
    ]
    kinds = draw(
        st.lists(
            st.tuples(choice("evidence_category"), choice("evidence_judgement"), people, maybe_date),
            max_size=4,
        )
    )
    items = [
        {"ref": f"E-{n}", "action": "A-001", "category": a, "judgement": b, "submitted_by": c, "submitted_on": d}
        for n, (a, b, c, d) in enumerate(kinds)
    ]
    looks = draw(
        st.lists(
            st.tuples(maybe_date, choice("effective"), people, choice("measure_result"), choice("embedded")),
            max_size=2,
        )
    )
    reviews = [
        {
            "ref": f"R-{n}",
            "action": "A-001",
            "held_on": a,
            "effective": b,
            "reviewed_by": c,
            "measure_result": d,
            "embedded": e,
        }
        for n, (a, b, c, d, e) in enumerate(looks)
    ]
    moves = [{"action": "A-001", "reason": "x"}] * draw(st.integers(0, 3))
    office = draw(st.lists(st.tuples(people, maybe_date, st.none() | st.integers(0, 7), choice("verdict")), max_size=1))
    known = [
        {"action": "A-001", "verified_by": a, "verified_on": b, "clean_returns": c, "verdict": d}
        for a, b, c, d in office
    ]
    return {
        "actions": [one], "milestones": steps, "evidence": items, "reviews": reviews, "extensions": moves, "head_office": known,
    }  # fmt: skip


def rating_named(core: Template, key: str) -> Rating:
    return next(each for each in core.rules.ratings["actions"] if each.column.key == key)


def letter(core: Template, key: str, word: str) -> str:
    return rating_named(core, key).state(word).letter


@settings(max_examples=400 if LONG else 30, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan=plans())
def test_nothing_is_green_or_blue_for_a_task_done(core: Template, plan: dict[str, list[Row]]) -> None:
    """Green or blue needs an effective impact, or to be on track and not yet due."""
    found = judge(core, plan, AS_AT)
    due = plan["actions"][0]["due"]
    for key in ("delivery", "headline"):
        if letter(core, key, found[key]) in "GB":
            assert found["impact"] == "Effective" or (found["delivery"] == "On track" and due >= AS_AT)
    if found["headline"] == "Embedded":
        assert found["evidence"] == "Strong"


CLEARED = {
    "actions": (
        "due",
        "owner",
        "status",
        "source",
        "must_should",
        "start",
        "completed_on",
        "embedding_review",
        "last_update",
    ),
    "milestones": ("due", "revised_due", "done_on"),
    "evidence": ("judgement", "category", "submitted_by", "submitted_on"),
    "reviews": ("effective", "held_on", "reviewed_by", "measure_result", "embedded"),
    "extensions": ("reason",),
}
"""What a person could delete. A forecast, a risk score and a signal of head office are extra news: see docs/ratings.md. The original
due date is put back by the reader from what the tracker was issued with (test_read)."""


@pytest.mark.parametrize(
    ("tier", "verdict", "linked", "blue"),
    [
        (1, "Sustained", "I-01", True), (1, "Too early", "I-01", False), (1, None, "I-01", False), (1, None, None, True),
        (1, "Early sign", None, False), (2, "Too early", "I-01", True), (2, None, "I-01", True), (2, "Worse", "I-01", False),
    ],
)  # fmt: skip
def test_tier_one_blue_needs_sustained_linked_figures(
    core: Template, tier: int, verdict: str | None, linked: str | None, blue: bool
) -> None:
    plan = embedded_plan()
    plan["actions"][0] |= {**TIERS[tier], "indicator": linked}
    plan["evidence"].append(evidence("People's experience", ref="E-9"))
    plan["head_office"] = [{**line, "clean_returns": 6} for line in plan["head_office"]]
    plan["head_office"].append({"action": "A-001", "verdict": verdict})
    plan["actions"][0] |= {"completed_on": day(-200)}
    assert (judge(core, plan, AS_AT)["delivery"] == "Embedded") == blue


@pytest.mark.long
@settings(max_examples=400 if LONG else 30, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan=plans())
def test_clearing_a_cell_of_a_red_action_never_makes_it_better(core: Template, plan: dict[str, list[Row]]) -> None:
    before = judge(core, plan, AS_AT)
    if letter(core, "headline", before["headline"]) != "R":
        return
    variants, said = [], []
    for table, keys in CLEARED.items():
        for number, row in enumerate(plan[table]):
            for key in keys:
                if row.get(key) is not None:
                    rows = [{**each, key: None} if place == number else each for place, each in enumerate(plan[table])]
                    variants.append({**plan, table: rows})
                    said.append((table, key))
    for where, after in zip(said, judge_each(core, variants, AS_AT), strict=True):
        assert letter(core, "headline", after["headline"]) == "R", (where, before, after)
