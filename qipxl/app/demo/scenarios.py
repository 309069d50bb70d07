"""The plans that made-up services hold: each a set of actions in a known state on the date of judgement."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from qipxl.app.demo.stories import FIRST_NAMES, LAST_NAMES, STORIES, Story

Line = dict[str, object]
Rows = Mapping[str, Sequence[Line]]


@dataclass
class Plan:
    """The rows of one service's tracker while they are being made up."""

    as_at: date
    months: int
    chance: random.Random
    manager: str
    rows: dict[str, list[Line]] = field(default_factory=dict)
    turns: list[tuple[date, Line, Line]] = field(default_factory=list)
    """Until that day the row read otherwise: the day, the row, what it said."""

    def add(self, table: str, **values: object) -> Line:
        """A row more, with a reference of its own where the table has one."""
        rows = self.rows.setdefault(table, [])
        letter = {"actions": "A", "milestones": "M", "evidence": "E", "challenge": "C", "reviews": "R"}.get(table)
        line = {"ref": f"{letter}-{len(rows) + 1:03d}", **values} if letter else dict(values)
        rows.append(line)
        return line

    def day(self, offset: int) -> date:
        return self.as_at + timedelta(days=offset)

    def person(self) -> str:
        return f"{self.chance.choice(FIRST_NAMES)} {self.chance.choice(LAST_NAMES)}"

    def somebody_else(self, name: str) -> str:
        other = self.person()
        return other if other != name else self.somebody_else(name)


TIERS: Mapping[int, tuple[str, str]] = {
    1: ("Must do", "CQC requirement notice (breach)"),
    2: ("Should do", "Commissioner or PAMMS"),
    3: ("Own improvement", "Internal audit"),
}


def begin(plan: Plan, story: Story, tier: int, due: int, status: str | None = "In progress", **more: object) -> Line:
    """An action with its milestones and monthly evidence; `due` is in days from the date of judgement."""
    must_should, source = TIERS[tier]
    owner = plan.person()
    length = 30 * plan.months + 25
    action = plan.add(
        "actions",
        theme=story.theme, must_should=must_should, source=source, cqc_statement=story.statement, regulation=story.regulation,
        source_reference=f"{source}, {plan.day(-length - 30):%B %Y}, point {plan.chance.randint(1, 9)}",
        risk_ref=f"R{plan.chance.randint(10, 99)}", likelihood_start=4, consequence_start=3, likelihood_now=2, consequence_now=3,
        issue=story.issue, intended_change=story.change, success_measure=story.measure,
        owner=owner, owner_role="Deputy manager", accountable_lead=plan.manager,
        start=plan.day(-length), original_due=plan.day(due), due=plan.day(due), status=status,
        embedding_review=plan.day(due + 75), last_update=plan.day(-plan.chance.randint(2, 20)), cycle=1,
    )  # fmt: skip
    if tier == 1:
        action |= {"promised_to": "CQC", "promised_for": plan.day(due)}
    action |= more
    return action


def milestones(plan: Plan, action: Line, story: Story, done: int, last: int) -> None:
    """The action's milestones: the first `done` of them reached, the last due with the action."""
    for number, words in enumerate(story.milestones):
        due = last - 45 * (len(story.milestones) - 1 - number)
        reached = number < done
        plan.add(
            "milestones",
            action=action["ref"], milestone=words, evidence_required=story.evidence[number % len(story.evidence)][1],
            owner=action["owner"], due=plan.day(due), done_on=plan.day(min(due - 2, -3)) if reached else None,
            evidence_ref=f"E-{plan.chance.randint(1, 40):03d}" if reached else None,
        )  # fmt: skip


def evidence(plan: Plan, action: Line, story: Story, judgement: str = "Accepted", kinds: int = 3) -> None:
    """Evidence for each month: so many categories, submitted by different people, judged by the manager."""
    for month in range(plan.months):
        day = plan.day(-30 * month - plan.chance.randint(4, 24))
        category, words = story.evidence[month % min(kinds, len(story.evidence))]
        by = plan.somebody_else(str(action["owner"])) if month % 2 == 0 else str(action["owner"])
        plan.add(
            "evidence",
            action=action["ref"], month=day.replace(day=1), category=category, description=words,
            activity_impact="Impact" if category in ("Outcomes", "People's experience") else "Activity",
            kept_at=f"Quality folder, {day:%Y-%m}", anonymised="Yes", submitted_by=by, submitted_on=day,
            judgement=judgement, judged_by=plan.manager if judgement else None,
        )  # fmt: skip


def review(plan: Plan, action: Line, effective: str, offset: int, **more: object) -> None:
    """A review of whether the change has embedded."""
    found = {
        "Effective": "Seen in practice on three shifts; staff could say why it matters, and the figures agree.",
        "Partly effective": "Seen on day shifts only; nights have not changed yet.",
        "Not effective": "The task was done, but what people experience and the figures have not changed.",
    }[effective]
    values = {
        "action": action["ref"], "held_on": plan.day(offset), "method": "Mixed methods",
        "reviewed_by": plan.somebody_else(str(action["owner"])), "finding": found, "effective": effective,
        "embedded": "Yes" if effective == "Effective" else "Not yet",
        "measure_result": {"Effective": "Met", "Partly effective": "Improving"}.get(effective, "No change"),
        "learning": "Involve night staff from the start.", "next_review": plan.day(offset + 60), **more,
    }  # fmt: skip
    plan.add("reviews", **values)


def on_track_and_effective(plan: Plan, story: Story, tier: int = 2) -> None:
    due = plan.chance.randint(30, 80)
    action = begin(plan, story, tier, due)
    milestones(plan, action, story, 2, due)
    evidence(plan, action, story)
    review(plan, action, "Effective", -12)


def on_track(plan: Plan, story: Story, tier: int = 2) -> None:
    due = plan.chance.randint(30, 90)
    action = begin(plan, story, tier, due)
    milestones(plan, action, story, 2, due)
    evidence(plan, action, story, kinds=2)


def not_started(plan: Plan, story: Story, tier: int = 3) -> None:
    begin(plan, story, tier, 120, "Not started", start=plan.day(20), last_update=None)


def overdue(plan: Plan, story: Story, tier: int, days: int) -> None:
    action = begin(plan, story, tier, -days, slippage_reason="Capacity", slippage_response="Time reallocated")
    milestones(plan, action, story, 2, -days)
    evidence(plan, action, story, kinds=2)


def due_soon(plan: Plan, story: Story, tier: int = 2) -> None:
    action = begin(plan, story, tier, 6)
    milestones(plan, action, story, 2, 6)
    evidence(plan, action, story, kinds=2)


def delivered(plan: Plan, story: Story, tier: int = 2) -> None:
    action = begin(plan, story, tier, -20, "Complete", completed_on=plan.day(-22))
    milestones(plan, action, story, 3, -20)
    evidence(plan, action, story)


def delivered_not_effective(plan: Plan, story: Story, tier: int = 1) -> None:
    action = begin(plan, story, tier, -60, "Complete", completed_on=plan.day(-62), embedding_review=plan.day(-5))
    milestones(plan, action, story, 3, -60)
    evidence(plan, action, story)
    review(plan, action, "Not effective", -8)
    plan.add(
        "challenge",
        action=action["ref"], meeting="Quality meeting", raised_on=plan.day(-7), challenge="Closed on time, but nothing has changed for people.",
        follow_up="Owner to bring a new plan", follow_up_owner=action["owner"], due=plan.day(21),
    )  # fmt: skip


def closed_without_evidence(plan: Plan, story: Story, tier: int = 2) -> None:
    action = begin(
        plan,
        story,
        tier,
        -15,
        "Complete",
        completed_on=plan.day(-16),
        intended_change="Refresher training delivered and policy updated.",
    )
    milestones(plan, action, story, 3, -15)


def item(plan: Plan, action: Line, category: str, words: str, offset: int) -> None:
    """One item of evidence that somebody else sent in and the manager accepted."""
    day = plan.day(offset)
    plan.add(
        "evidence",
        action=action["ref"], month=day.replace(day=1), category=category, description=words, activity_impact="Impact",
        kept_at="Quality folder", anonymised="Yes", submitted_by=plan.somebody_else(str(action["owner"])), submitted_on=day,
        judgement="Accepted", judged_by=plan.manager,
    )  # fmt: skip


def at_completion(plan: Plan, action: Line, story: Story, offset: int) -> None:
    """What there was when the work was finished, and a first review that held, though not yet for good."""
    category, words = story.evidence[0]
    item(plan, action, category, f"{words}, at completion", offset)
    review(plan, action, "Effective", -85, embedded="Not yet")


def found_embedded(plan: Plan, action: Line, items: Sequence[tuple[str, str]]) -> None:
    """Fresh evidence, a review that says it is embedded, and a verification that head office recorded."""
    verifier = plan.somebody_else(str(action["owner"]))
    action |= {"verified_by": verifier, "verified_on": plan.day(-20)}
    for number, (category, words) in enumerate(items):
        item(plan, action, category, words, -50 + 10 * number)
    review(plan, action, "Effective", -30, reviewed_by=verifier)
    plan.add("head_office", action=action["ref"], verified_by=verifier, verified_on=plan.day(-18), clean_returns=6)


def embedded(plan: Plan, story: Story, tier: int = 2) -> None:
    """Blue: everything is there, head office's record of the verification and of quiet months among it."""
    action = begin(
        plan, story, tier, -150, "Complete", completed_on=plan.day(-155), embedding_review=plan.day(-70),
        start=plan.day(-260), likelihood_now=1, consequence_now=3,
    )  # fmt: skip
    milestones(plan, action, story, 3, -150)
    at_completion(plan, action, story, -158)
    found_embedded(plan, action, story.evidence)


def extended_twice(plan: Plan, story: Story, tier: int = 2) -> None:
    action = begin(
        plan,
        story,
        tier,
        25,
        original_due=plan.day(-60),
        slippage_reason="Recruitment",
        slippage_response="Resource agreed",
    )
    milestones(plan, action, story, 2, 25)
    evidence(plan, action, story, "Weak", 1)
    for first, second in ((-60, -20), (-20, 25)):
        plan.add(
            "extensions",
            action=action["ref"], from_date=plan.day(first), to_date=plan.day(second), reason="Two posts could not be filled",
            asked_on=plan.day(first - 4), approved_by=plan.manager,
        )  # fmt: skip
    plan.add(
        "challenge",
        action=action["ref"], meeting="Quality meeting", raised_on=plan.day(-40), challenge="The evidence shows training, not practice.",
        follow_up="Observe two shifts", follow_up_owner=plan.manager, due=plan.day(-12), closed_on=plan.day(-14),
    )  # fmt: skip


def withdrawn(plan: Plan, story: Story, tier: int = 3) -> None:
    begin(
        plan,
        story,
        tier,
        30,
        "Withdrawn",
        withdrawal_reason="Joined with the action on supervision",
        withdrawal_approved_by=plan.manager,
    )


def careless(plan: Plan, story: Story, tier: int = 2) -> None:
    """Gaps that nobody noticed: no owner, no status, a task in place of a change."""
    begin(plan, story, tier, 40, None, owner=None, intended_change="Training delivered", success_measure=None)


def owned_by_a_team(plan: Plan, story: Story, tier: int = 3) -> None:
    action = begin(plan, story, tier, 50, owner="All staff", last_update=plan.day(-60))
    evidence(plan, action, story, "", 1)


NOT_PRACTICE = (
    ("Processes", "Audit of records"),
    ("Outcomes", "Monthly figures"),
    ("Feedback from partners", "Visit note"),
)


def blue_refused(plan: Plan, story: Story) -> None:
    """Everything for blue is there but evidence of what people or staff experience: it stays as it is."""
    action = begin(
        plan, story, 1, -205, "Complete", completed_on=plan.day(-210), embedding_review=plan.day(-70), start=plan.day(-300),
    )  # fmt: skip
    milestones(plan, action, story, 3, -205)
    at_completion(plan, action, story, -213)
    found_embedded(plan, action, NOT_PRACTICE)


def reopened(plan: Plan, story: Story) -> None:
    """Closed in the autumn, found not to work, and opened again."""
    action = begin(plan, story, 2, 45, original_due=plan.day(-140), cycle=2, reopened_on=plan.day(-65))
    milestones(plan, action, story, 2, 45)
    evidence(plan, action, story)
    review(plan, action, "Not effective", -68)
    before: Line = {
        "status": "Complete", "completed_on": plan.day(-142), "cycle": 1, "reopened_on": None, "due": plan.day(-140),
    }  # fmt: skip
    plan.turns.append((plan.day(-65), action, before))
    plan.add(
        "extensions",
        action=action["ref"], from_date=plan.day(-60), to_date=plan.day(45), reason_code="Scope changed",
        reason="Reopened: the first plan did not change practice", asked_on=plan.day(-65), approved_by=plan.manager,
    )  # fmt: skip


def long_since_done(plan: Plan, story: Story) -> None:
    """Done ten months ago, found effective since, and waiting to be verified."""
    action = begin(
        plan, story, 2, -300, "Complete", completed_on=plan.day(-303), embedding_review=plan.day(-200), start=plan.day(-420),
    )  # fmt: skip
    milestones(plan, action, story, 3, -300)
    at_completion(plan, action, story, -306)
    for number, (category, words) in enumerate(story.evidence):
        item(plan, action, category, words, -60 + 10 * number)
    review(plan, action, "Effective", -40)


Recipe = Callable[[Plan, Story], None]
SCENARIOS: Sequence[tuple[Recipe, ...]] = (
    (on_track_and_effective, on_track_and_effective, on_track_and_effective, embedded),
    (delivered_not_effective, on_track, delivered, due_soon, long_since_done),
    (closed_without_evidence, on_track, on_track_and_effective, delivered),
    (lambda plan, story: overdue(plan, story, 1, 1), on_track_and_effective, on_track),
    (lambda plan, story: overdue(plan, story, 2, 10), lambda plan, story: overdue(plan, story, 2, 20), on_track),
    (lambda plan, story: overdue(plan, story, 3, 20), lambda plan, story: overdue(plan, story, 3, 40), not_started),
    (on_track, on_track_and_effective, due_soon, withdrawn, blue_refused, reopened),
    (on_track_and_effective, delivered, on_track, long_since_done),
    (on_track, lambda plan, story: overdue(plan, story, 2, 5), delivered),
    (on_track, extended_twice, on_track_and_effective),
    (careless, owned_by_a_team, on_track),
    (embedded, on_track_and_effective, delivered_not_effective, not_started, on_track),
)
"""What the first dozen services hold, and then each dozen again."""


def make_plan(number: int, as_at: date, months: int, seed: int, manager: str) -> dict[str, list[Line]]:
    """The rows of service `number` (from 0): the same for the same seed."""
    return plan_of(number, as_at, months, seed, manager).rows


def plan_of(number: int, as_at: date, months: int, seed: int, manager: str) -> Plan:
    """The plan of service `number` (from 0), with what it read before."""
    plan = Plan(as_at, months, random.Random(f"{seed}/{number}"), manager)
    for place, recipe in enumerate(SCENARIOS[number % len(SCENARIOS)]):
        recipe(plan, STORIES[(number + place * 3) % len(STORIES)])
    return plan


HAPPENS: Mapping[str, str] = {
    "evidence": "submitted_on", "reviews": "held_on", "challenge": "raised_on", "extensions": "asked_on",
}  # fmt: skip
"""The date on which a row of a table came into being."""
DONE: Mapping[str, tuple[str, Line]] = {
    "completed_on": ("actions", {"completed_on": None, "status": "In progress"}),
    "verified_on": ("actions", {"verified_on": None, "verified_by": None}),
    "done_on": ("milestones", {"done_on": None, "evidence_ref": None}),
    "closed_on": ("challenge", {"closed_on": None}),
}
"""What a row said before the day in one of its fields."""


def as_it_was(plan: Plan, day: date) -> dict[str, list[Line]]:
    """A plan's rows as its service had them at the end of an earlier day: nothing in it has happened later."""
    earlier = {id(line): values for until, line, values in plan.turns if day < until}
    rows: dict[str, list[Line]] = {}
    for key, lines in plan.rows.items():
        when = HAPPENS.get(key)
        kept = [line for line in lines if when is None or not after(line.get(when), day)]
        rows[key] = [line | earlier.get(id(line), {}) for line in kept]
    for field_key, (key, before) in DONE.items():
        rows[key] = [line | before if after(line.get(field_key), day) else line for line in rows.get(key, [])]
    turned = {line["ref"]: values["due"] for until, line, values in plan.turns if day < until and "due" in values}
    undone = {
        line["action"]: line for line in reversed(plan.rows.get("extensions", [])) if after(line["asked_on"], day)
    }
    for line in rows["actions"]:
        if line["ref"] in undone:
            line["due"] = turned.get(line["ref"], undone[line["ref"]]["from_date"])
        if after(line.get("start"), day):
            line |= {"status": "Not started", "last_update": None}
            continue
        updated = line.get("last_update")
        if isinstance(updated, date):
            line["last_update"] = min(updated, day - timedelta(days=plan.chance.randint(2, 20)))
    rows.pop("head_office", None)
    return rows


def after(value: object, day: date) -> bool:
    return isinstance(value, date) and value > day


def joined_plans(plans: Iterable[Rows]) -> dict[str, list[Line]]:
    """Several plans as one service's, each under references of its own, as in A-001.2 for the third."""
    joined: dict[str, list[Line]] = {}
    for number, plan in enumerate(plans):
        for key, lines in plan.items():
            joined.setdefault(key, []).extend(
                {name: f"{value}.{number}" if name in ("ref", "action") else value for name, value in line.items()}
                for line in lines
            )
    return joined
