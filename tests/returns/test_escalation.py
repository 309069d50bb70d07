"""Escalation, milestones, the extension ledger, reopening and the way to blue: each limit on the day, before and after."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from judging import AS_AT, TIERS, Row, action, book_of, day, embedded_plan, evidence, judge, review

from qipxl.template import Template, find_template, load_template


def level(core: Template, one: Row, **tables: list[Row]) -> tuple[str, str]:
    found = judge(core, {"actions": [one], **tables}, AS_AT)
    return found["escalation"], found["escalation_rule"]


def worked_out(
    template: Template, key: str, plan: dict[str, list[Row]], table: str = "actions", on: date = AS_AT
) -> Any:
    rows = book_of(template, [plan], on).tables[table]
    return rows.values(template.rules.schema.tables[table].columns[key])[0]


LIMITS = [
    (2, 0, "Owner"), (2, 1, "Registered manager"), (2, 14, "Registered manager"), (2, 15, "Director"), (2, 30, "Director"),
    (2, 31, "Executive lead"), (2, 60, "Executive lead"), (2, 61, "Board"),
    (3, 28, "Registered manager"), (3, 29, "Director"), (3, 60, "Director"), (3, 61, "Executive lead"),
    (3, 120, "Executive lead"), (3, 121, "Board"), (1, 0, "Owner"), (1, 1, "Board"),
]  # fmt: skip


@pytest.mark.parametrize(("tier", "days", "who"), LIMITS)
def test_days_overdue_decide_who_must_act(core: Template, tier: int, days: int, who: str) -> None:
    late = action(due=day(-days), original_due=day(-days), **TIERS[tier])
    assert level(core, late)[0] == who


@pytest.mark.parametrize(
    ("days", "who"),
    [
        (0, "Owner"), (1, "Registered manager"), (7, "Registered manager"), (8, "Director"), (15, "Director"), (16, "Executive lead"),
        (30, "Executive lead"), (31, "Board"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", ["core", "safeguarding"])
def test_days_overdue_of_a_tier_1_milestone_decide_too(key: str, days: int, who: str) -> None:
    template = find_template(key)
    packs = {"packs": [{"ref": "P-1", "action": "A-001", "month": AS_AT}]} if key == "safeguarding" else {}
    step = {"ref": "M-1", "action": "A-001", "due": day(-days)}
    found = judge(template, {"actions": [action(**TIERS[1])], "milestones": [step], **packs}, AS_AT)
    assert found["escalation"] == who
    assert found["delivery"] == ("Off track" if days else "On track")


@pytest.mark.parametrize(
    ("changed", "tables"),
    [
        ({"due": day(-1), "original_due": day(-1)}, {}),
        ({"owner": None}, {}),
        ({"due": None}, {}),
        ({"status": None}, {}),
        ({"forecast": day(300)}, {}),
        ({}, {"milestones": [{"ref": "M-1", "action": "A-001"}]}),
        ({}, {"milestones": [{"ref": "M-1", "action": "A-001"}, {"ref": "M-2", "action": "A-001", "due": day(-1)}]}),
        ({}, {"extensions": [{"action": "A-001"}] * 2}),
        ({}, {"reviews": [review("Not effective")]}),
    ],
)
def test_a_tier_1_action_with_another_red_reason_is_the_boards(
    core: Template, changed: Row, tables: dict[str, list[Row]]
) -> None:
    late = {"milestones": [{"ref": "M-1", "action": "A-001", "due": day(-1)}]}
    assert level(core, action(**TIERS[1] | changed), **late | tables) == ("Board", "tier-1-red")


def test_a_provider_may_send_each_late_milestone_to_the_board(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        '[template]\nextends = "core"\nkey = "own"\ntitle = "Own"\nversion = "1.0"\nabout = "Ours."\n'
        "[setting]\nmilestone_to_board = { value = 1 }\n",
        "utf-8",
    )
    late = {"milestones": [{"ref": "M-1", "action": "A-001", "due": day(-1)}]}
    assert level(load_template(path), action(**TIERS[1]), **late) == ("Board", "tier-1-red")


@pytest.mark.parametrize(
    ("changed", "tables", "who", "code"),
    [
        ({}, {}, "Owner", "with-owner"),
        ({"last_update": day(-36)}, {}, "Registered manager", "manager-stale"),
        ({"owner": None}, {}, "Registered manager", "manager-red"),
        ({}, {"evidence": [evidence(judgement="Weak")]}, "Registered manager", "evidence-judged-weak"),
        ({}, {"extensions": [{"action": "A-001"}]}, "Registered manager", "first-extension"),
        ({}, {"extensions": [{"action": "A-001"}] * 2}, "Director", "second-extension"),
        ({}, {"extensions": [{"action": "A-001"}] * 3}, "Executive lead", "extended-thrice"),
        ({}, {"evidence": [evidence(judgement="Not accepted")] * 2}, "Director", "rejected-twice"),
        ({}, {"reviews": [review("Partly effective", held_on=day(-9)), review("Partly effective")]}, "Director", "partly-twice"),
        ({}, {"reviews": [review("Effective", held_on=day(-9)), review("Partly effective")]}, "Owner", "with-owner"),
        ({}, {"reviews": [review("Not effective")]}, "Executive lead", "found-not-effective"),
        ({}, {"reviews": [review("Not effective", held_on=day(-9)), review("Not effective")]}, "Board", "not-effective-twice"),
        ({}, {"reviews": [review("Not effective", held_on=day(-9))] * 2 + [review()]}, "Owner", "with-owner"),
        ({"cycle": 2}, {}, "Executive lead", "reopened"),
        ({"cycle": 3}, {}, "Board", "reopened-twice"),
        ({"status": "Complete", "completed_on": day(-1)}, {}, "Executive lead", "closed-bare"),
        ({}, {"head_office": [{"action": "A-001", "outlier_returns": 1}]}, "Owner", "with-owner"),
        ({}, {"head_office": [{"action": "A-001", "outlier_returns": 2}]}, "Executive lead", "outlier-unexplained"),
        *(
            ({}, {"head_office": [{"action": "A-001", "escalation_level": held}]}, who, f"held-{held}")
            for held, who in ((1, "Registered manager"), (2, "Director"), (3, "Executive lead"), (4, "Board"))
        ),
    ],
)  # fmt: skip
def test_what_else_escalates(core: Template, changed: Row, tables: dict[str, list[Row]], who: str, code: str) -> None:
    assert level(core, action(**changed), **tables) == (who, code)


def test_a_promise_that_will_be_missed_is_external_at_any_level(core: Template) -> None:
    for changed, external in (
        ({"promised_for": day(41)}, False),
        ({"promised_for": day(40)}, False),
        ({"promised_for": day(39)}, True),
        ({"promised_for": day(60), "forecast": day(61)}, True),
        ({"promised_for": day(0), "due": day(-1), "original_due": day(-1)}, False),
        ({"promised_for": day(-1), "due": day(-1), "original_due": day(-1)}, True),
    ):
        plan = {"actions": [action(promised_to="CQC", **changed)]}
        assert bool(worked_out(core, "external", plan)) is external, changed


def test_only_an_approved_extension_moves_the_date_that_binds(core: Template) -> None:
    late = action(original_due=day(-40), due=day(20))
    asked = {"action": "A-001", "from_date": day(-40), "to_date": day(20), "reason": "Recruitment"}
    assert worked_out(core, "days_overdue", {"actions": [late]}) == 40
    assert worked_out(core, "days_overdue", {"actions": [late], "extensions": [asked]}) == 40
    granted = {"actions": [late], "extensions": [asked | {"approved_by": "Jo Shah"}]}
    assert worked_out(core, "days_overdue", granted) == 0
    assert worked_out(core, "days_late_original", granted) == 40


LATE = [(2, 0, "At risk"), (2, 14, "At risk"), (2, 15, "Off track"), (1, 1, "Off track")]


@pytest.mark.parametrize(("tier", "late", "word"), LATE)
def test_a_milestone_is_rated_by_its_actions_tier(core: Template, tier: int, late: int, word: str) -> None:
    plan = {"actions": [action(**TIERS[tier])], "milestones": [{"ref": "M-1", "action": "a-001 ", "due": day(-late)}]}
    assert worked_out(core, "progress", plan, "milestones") == word


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"due": None}, "Off track"),
        ({"due": "TBC"}, "Not rated"),
        ({"due": day(8)}, "Not due yet"),
        ({"due": day(7)}, "At risk"),
        ({"done_on": day(0)}, "Done without evidence"),
        ({"done_on": day(0), "evidence_ref": "E-1"}, "Done"),
        ({"done_on": day(1), "evidence_ref": "E-1"}, "Not due yet"),
        ({"due": day(-60), "revised_due": day(8)}, "Off track"),
        ({"action": "A-999", "due": day(-1)}, "Off track"),
    ],
)
def test_progress_of_a_milestone(core: Template, changed: Row, word: str) -> None:
    step = {"ref": "M-1", "action": "A-001", "due": day(20), **changed}
    assert worked_out(core, "progress", {"actions": [action()], "milestones": [step]}, "milestones") == word


def test_reopening_begins_the_sustain_period_again(core: Template) -> None:
    plan = embedded_plan()
    assert judge(core, plan, AS_AT)["delivery"] == "Embedded"
    assert worked_out(core, "months_to_blue", plan) == 0
    plan["head_office"][0]["reopened_on"] = day(-121)
    assert judge(core, plan, AS_AT)["delivery"] == "Embedded"
    plan["head_office"][0]["reopened_on"] = day(-119)
    found = judge(core, plan, AS_AT)
    assert (found["delivery"], found["escalation"]) == ("Off track", "Executive lead")


@pytest.mark.parametrize(
    ("completed", "on", "blue"),
    [
        (date(2025, 11, 30), date(2026, 2, 27), False),
        (date(2025, 11, 30), date(2026, 2, 28), True),
        (date(2023, 11, 29), date(2024, 2, 28), False),
        (date(2023, 11, 29), date(2024, 2, 29), True),
        (date(2023, 11, 30), date(2024, 2, 29), True),
    ],
)
def test_the_sustain_period_over_month_ends_and_a_leap_day(
    core: Template, completed: date, on: date, blue: bool
) -> None:
    plan = embedded_plan()
    plan["actions"][0] |= {"completed_on": completed, "due": completed, "original_due": completed}
    plan["actions"][0] |= {
        "embedding_review": on - timedelta(days=9),
        "verified_on": on - timedelta(days=5),
        "start": day(-999),
    }
    plan["head_office"][0]["verified_on"] = on - timedelta(days=5)
    plan["reviews"][0]["held_on"] = on - timedelta(days=9)
    for item in plan["evidence"]:
        item["submitted_on"] = on - timedelta(days=20)
    assert (judge(core, plan, on)["delivery"] == "Embedded") is blue


def test_a_month_without_a_clean_return_prevents_blue(core: Template) -> None:
    plan = embedded_plan()
    plan["head_office"][0]["clean_returns"] = 2
    assert judge(core, plan, AS_AT)["delivery"] == "Delivered, not yet assured"
    assert worked_out(core, "months_to_blue", plan) == 1
    assert worked_out(core, "blue_needs", plan) == "time with no concern"


def test_what_to_do_next_is_the_first_check_then_the_next_step(core: Template) -> None:
    plan = embedded_plan()
    plan["actions"][0]["source_reference"] = "Audit 3"
    late = action(due=day(-3), slippage_reason="Capacity", slippage_response="Training")
    for changed, said in (
        ({**plan, "actions": [{**plan["actions"][0], "owner": None}]}, "Name the one person who owns this action."),
        (plan, "Nothing: it is embedded, and tested again every month."),
        (
            {**plan, "head_office": [{**plan["head_office"][0], "clean_returns": 2}]},
            "To reach blue: time with no concern",
        ),
    ):
        assert worked_out(core, "next_step", changed) == said
    assert worked_out(core, "headline_plain", {"actions": [late]}) == "At risk, too early to tell"
    assert worked_out(core, "headline_letter", {"actions": [late]}) == "A"


def test_what_is_next_for_blue_is_said_step_by_step(core: Template) -> None:
    plan = embedded_plan()
    for table, row, key, gone, said in (
        ("head_office", 0, "verified_by", None, "a check by another person that head office has recorded"),
        ("reviews", 0, "embedded", "Not yet", "a review that says it is embedded"),
        ("reviews", 0, "effective", "Partly effective", "a review that finds it effective"),
        ("evidence", 0, "category", "Processes", "evidence of more CQC categories"),
        ("actions", 0, "completed_on", None, "all milestones finished, then Complete and its date"),
    ):
        changed = {name: [dict(each) for each in rows] for name, rows in plan.items()}
        changed[table][row][key] = gone
        if said == "evidence of more CQC categories":
            changed["evidence"] = changed["evidence"][1:]
        assert worked_out(core, "blue_needs", changed) == said
    assert worked_out(core, "blue_needs", {**plan, "evidence": []}) == "evidence that a reviewer accepts"


@pytest.mark.parametrize(
    ("month", "behind"), [(date(2026, 3, 1), 0), (date(2026, 2, 28), 0), (date(2026, 1, 31), 1), (None, 1)]
)
def test_safeguarding_escalates_missing_packs(month: date | None, behind: int) -> None:
    template = find_template("safeguarding")
    packs = [{"ref": "P-1", "action": "A-001", "month": month}] if month else []
    plan = {"actions": [action(start=day(-200))], "packs": packs}
    assert bool(worked_out(template, "packs_behind", plan)) is bool(behind)
    assert (judge(template, plan, AS_AT)["escalation_rule"] == "packs-missed") is bool(behind)


@pytest.mark.parametrize(
    ("pack", "delivery", "evidence"),
    [
        ({"strength": "Adequate"}, "delivered", "packs-adequate"), ({"strength": "Strong"}, "delivered", "packs-adequate"),
        ({"strength": "Adequate", "month": day(-100)}, "delivered", "packs-weak"),
        ({"strength": "Adequate", "submitted_by": "Ann Lee"}, "delivered", "packs-weak"),
        ({"strength": "Weak"}, "closed-without-evidence", "packs-weak"), ({}, "closed-without-evidence", "packs-weak"),
        (None, "closed-without-evidence", "evidence-none"),
    ],
)  # fmt: skip
def test_packs_judged_adequate_are_accepted_evidence(pack: Row | None, delivery: str, evidence: str) -> None:
    done = action(owner="Ann Lee", status="Complete", completed_on=day(-5))
    packs = (
        [{"ref": "P-1", "action": "A-001", "month": day(-9), "submitted_by": "Bo Ek", **pack}]
        if pack is not None
        else []
    )
    found = judge(find_template("safeguarding"), {"actions": [done], "packs": packs}, AS_AT)
    assert (found["delivery_rule"], found["evidence_rule"]) == (delivery, evidence)


def test_packs_are_asked_for_until_an_action_is_embedded() -> None:
    template, plan = find_template("safeguarding"), embedded_plan()
    assert not worked_out(template, "packs_behind", plan)
    plan["reviews"] = []
    assert judge(template, plan, AS_AT)["delivery_rule"] == "delivered"
    assert worked_out(template, "packs_behind", plan)


def test_workforce_asks_for_impact_last() -> None:
    template = find_template("workforce")
    steps = [
        {"ref": "M-1", "action": "A-001", "kind": "Impact reviewed", "due": day(30)},
        {"ref": "M-2", "action": "A-001", "kind": "Staff trained", "due": day(10)},
    ]
    assert worked_out(template, "last_milestone", {"actions": [action()], "milestones": steps}) == "Impact reviewed"
    steps[1]["due"] = day(31)
    assert worked_out(template, "last_milestone", {"actions": [action()], "milestones": steps}) == "Staff trained"


FIGURES = [(3, 1500, 2.0), (0, 1500, 0.0), (3, 0, None), (3, None, None), (None, 1500, None)]


@pytest.mark.parametrize(("numerator", "denominator", "figure"), FIGURES)
def test_a_rate_needs_a_denominator_and_zero_is_a_figure(
    numerator: int | None, denominator: int | None, figure: float | None
) -> None:
    template = find_template("restrictive-practice")
    plan = {
        "indicators": [{"ref": "R-01", "indicator": "Physical", "per": 1000}],
        "measurements": [
            {"ref": "1", "indicator": "R-01", "month": day(-30), "numerator": numerator, "denominator": denominator}
        ],
    }
    found = worked_out(template, "value", plan, "measurements")
    assert (None if found != found else found) == figure


@pytest.mark.parametrize(("likelihood", "flagged"), [(2, False), (3, True), (4, True)])
def test_an_embedded_action_whose_risk_has_not_fallen_is_flagged(
    core: Template, likelihood: int, flagged: bool
) -> None:
    plan = embedded_plan()
    plan["actions"][0] |= {
        "likelihood_start": 3,
        "consequence_start": 2,
        "likelihood_now": likelihood,
        "consequence_now": 2,
    }
    plan["actions"][0] |= {"must_should": "Own improvement", "source": "Internal audit"}
    rows = book_of(core, [plan], AS_AT).tables["actions"]
    assert judge(core, plan, AS_AT)["delivery"] == "Embedded"
    rule = next(rule for rule in core.rules.rules["actions"] if rule.code == "embedded-risk-unchanged")
    assert bool(rows.value_of(rule.when)[0]) is flagged
