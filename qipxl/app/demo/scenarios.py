"""The plans of made-up services: each a set of actions in a known state on the date of judgement."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from qipxl.app.demo.data import NAMES, SCENARIO_FILE, Fields, MonthlyEvidence, Review, Scenario, Story

Line = dict[str, object]
Rows = Mapping[str, Sequence[Line]]
SCENARIOS = SCENARIO_FILE.of_services()
"""The scenarios of each of the first twelve services; each further twelve have the same."""
LETTERS: Mapping[str, str] = {"actions": "A", "milestones": "M", "evidence": "E", "challenge": "C", "reviews": "R"}
"""The tables whose rows have a reference, and its letter."""


@dataclass
class Plan:
    """The rows of one service's tracker while they are made."""

    as_at: date
    months: int
    rng: random.Random
    manager: str
    rows: dict[str, list[Line]] = field(default_factory=dict)
    earlier: list[tuple[date, Line, Line]] = field(default_factory=list)
    """Rows that changed: the day of the change, the row, and its values before that day."""

    def add(self, table: str, **values: object) -> Line:
        """Add a row, with the next reference if the table has references."""
        rows = self.rows.setdefault(table, [])
        letter = LETTERS.get(table)
        line = {"ref": f"{letter}-{len(rows) + 1:03d}", **values} if letter else dict(values)
        rows.append(line)
        return line

    def day(self, offset: int) -> date:
        return self.as_at + timedelta(days=offset)

    def person(self) -> str:
        return f"{self.rng.choice(NAMES.first_names)} {self.rng.choice(NAMES.last_names)}"

    def other_person(self, name: object) -> str:
        other = self.person()
        return other if other != name else self.other_person(name)

    def values(self, fields: Fields, owner: object = None) -> Line:
        """The fields of a scenario as values of a row."""
        people = {"{owner}": owner, "{manager}": self.manager, "": None}
        dates: Line = {key: self.day(offset) for key, offset in fields.days.items()}
        return dates | {key: people.get(str(value), value) for key, value in fields.values.items()}


def add_scenario(plan: Plan, scenario: Scenario, story: Story) -> None:
    """Add a scenario's action and all its rows. The order of the steps decides what the random numbers are used for."""
    due = scenario.due if isinstance(scenario.due, int) else plan.rng.randint(*scenario.due)
    action = add_action(plan, scenario, story, due)
    owner = action["owner"]
    if scenario.milestones_done is not None:
        add_milestones(plan, action, story, scenario.milestones_done, due)
    if scenario.evidence:
        add_monthly_evidence(plan, action, story, scenario.evidence)
    if scenario.completed_with_evidence is not None:
        category, words = story.evidence[0]
        add_item(plan, action, category, f"{words}, at completion", scenario.completed_with_evidence)
        add_review(plan, action, Review(effective="Effective", day=-85), embedded="Not yet")
    verifier = plan.other_person(owner) if scenario.verified else None
    if verifier:
        action |= {"verified_by": verifier, "verified_on": plan.day(-20)}
    if later := scenario.later_evidence:
        for number, (category, words) in enumerate(later.items or story.evidence):
            add_item(plan, action, category, words, later.first_day + 10 * number)
    if scenario.review:
        add_review(plan, action, scenario.review, **({"reviewed_by": verifier} if verifier else {}))
    if verifier:
        plan.add("head_office", action=action["ref"], verified_by=verifier, verified_on=plan.day(-18), clean_returns=6)
    if scenario.earlier:
        plan.earlier.append((plan.day(scenario.earlier.until), action, plan.values(scenario.earlier)))
    for row in scenario.rows:
        plan.add(row.table, action=action["ref"], **plan.values(row, owner))


def add_action(plan: Plan, scenario: Scenario, story: Story, due: int) -> Line:
    """Add an action; `due` is in days from the date of judgement."""
    tier = SCENARIO_FILE.tiers[scenario.tier]
    owner = plan.person()
    length = 30 * plan.months + 25
    action = plan.add(
        "actions",
        theme=story.theme, must_should=tier.must_should, source=tier.source, cqc_statement=story.statement, regulation=story.regulation,
        source_reference=f"{tier.source}, {plan.day(-length - 30):%B %Y}, point {plan.rng.randint(1, 9)}",
        risk_ref=f"R{plan.rng.randint(10, 99)}", likelihood_start=4, consequence_start=3, likelihood_now=2, consequence_now=3,
        issue=story.issue, intended_change=story.change, success_measure=story.measure,
        owner=owner, owner_role="Deputy manager", accountable_lead=plan.manager,
        start=plan.day(-length), original_due=plan.day(due), due=plan.day(due), status=scenario.status or None,
        embedding_review=plan.day(due + 75), last_update=plan.day(-plan.rng.randint(2, 20)), cycle=1,
    )  # fmt: skip
    if scenario.tier == 1:
        action |= {"promised_to": "CQC", "promised_for": plan.day(due)}
    action |= plan.values(scenario, owner)
    return action


def add_milestones(plan: Plan, action: Line, story: Story, done: int, last: int) -> None:
    """Add the action's milestones, 45 days apart: the first `done` of them reached, the last due on day `last`."""
    for number, words in enumerate(story.milestones):
        due = last - 45 * (len(story.milestones) - 1 - number)
        reached = number < done
        plan.add(
            "milestones",
            action=action["ref"], milestone=words, evidence_required=story.evidence[number % len(story.evidence)][1],
            owner=action["owner"], due=plan.day(due), done_on=plan.day(min(due - 2, -3)) if reached else None,
            evidence_ref=f"E-{plan.rng.randint(1, 40):03d}" if reached else None,
        )  # fmt: skip


def add_monthly_evidence(plan: Plan, action: Line, story: Story, monthly: MonthlyEvidence) -> None:
    """Add an item of evidence for each month, submitted by the owner and others in turn, judged by the manager."""
    for month in range(plan.months):
        day = plan.day(-30 * month - plan.rng.randint(4, 24))
        category, words = story.evidence[month % min(monthly.categories, len(story.evidence))]
        by = plan.other_person(action["owner"]) if month % 2 == 0 else str(action["owner"])
        plan.add(
            "evidence",
            action=action["ref"], month=day.replace(day=1), category=category, description=words,
            activity_impact="Impact" if category in ("Outcomes", "People's experience") else "Activity",
            kept_at=f"Quality folder, {day:%Y-%m}", anonymised="Yes", submitted_by=by, submitted_on=day,
            judgement=monthly.judgement, judged_by=plan.manager if monthly.judgement else None,
        )  # fmt: skip


def add_item(plan: Plan, action: Line, category: str, words: str, offset: int) -> None:
    """Add an item of evidence that the owner did not submit and the manager accepted."""
    day = plan.day(offset)
    plan.add(
        "evidence",
        action=action["ref"], month=day.replace(day=1), category=category, description=words, activity_impact="Impact",
        kept_at="Quality folder", anonymised="Yes", submitted_by=plan.other_person(action["owner"]), submitted_on=day,
        judgement="Accepted", judged_by=plan.manager,
    )  # fmt: skip


def add_review(plan: Plan, action: Line, review: Review, **changes: object) -> None:
    """Add a review of whether the change is embedded."""
    values = {
        "action": action["ref"], "held_on": plan.day(review.day), "method": "Mixed methods",
        "reviewed_by": plan.other_person(action["owner"]), "effective": review.effective,
        **SCENARIO_FILE.findings[review.effective].model_dump(),
        "learning": "Involve night staff from the start.", "next_review": plan.day(review.day + 60), **changes,
    }  # fmt: skip
    plan.add("reviews", **values)


def make_plan(number: int, as_at: date, months: int, seed: int, manager: str) -> dict[str, list[Line]]:
    """The rows of service `number` (from 0): the same for the same seed."""
    return plan_of(number, as_at, months, seed, manager).rows


def plan_of(
    number: int, as_at: date, months: int, seed: int, manager: str, more: Sequence[tuple[Scenario, Story]] = ()
) -> Plan:
    """The plan of service `number` (from 0), with its earlier values; `more` are further actions."""
    scenarios = SCENARIOS[number % len(SCENARIOS)]
    stories = [NAMES.stories[(number + index * 3) % len(NAMES.stories)] for index in range(len(scenarios))]
    plan = Plan(as_at, months, random.Random(f"{seed}/{number}"), manager)
    return plan_from([*zip(scenarios, stories, strict=True), *more], plan)


def plan_from(actions: Iterable[tuple[Scenario, Story]], plan: Plan) -> Plan:
    """A plan with an action for each scenario and story."""
    for scenario, story in actions:
        add_scenario(plan, scenario, story)
    name_evidence(plan)
    return plan


def name_evidence(plan: Plan) -> None:
    """Let each milestone that is reached name an item of evidence of its action, or of the plan if its action has none."""
    items = plan.rows.get("evidence", [])
    for number, line in enumerate(plan.rows.get("milestones", ())):
        if line["evidence_ref"] and items:
            own = [item["ref"] for item in items if item["action"] == line["action"]] or [item["ref"] for item in items]
            line["evidence_ref"] = own[number % len(own)]


CREATED_ON: Mapping[str, str] = {
    "evidence": "submitted_on", "reviews": "held_on", "challenge": "raised_on", "extensions": "asked_on", "packs": "month",
}  # fmt: skip
"""By table, the date on which a row was created."""
VALUES_BEFORE: Mapping[str, tuple[str, Line]] = {
    "completed_on": ("actions", {"completed_on": None, "status": "In progress"}),
    "verified_on": ("actions", {"verified_on": None, "verified_by": None}),
    "done_on": ("milestones", {"done_on": None, "evidence_ref": None}),
    "closed_on": ("challenge", {"closed_on": None}),
    "follow_up_closed": ("packs", {"follow_up_closed": None}),
}
"""By date field, its table and the row's values before that date."""


def plan_on(plan: Plan, day: date) -> dict[str, list[Line]]:
    """The rows of a plan at the end of an earlier day, without anything that happened later."""
    changed = [(line, values) for until, line, values in plan.earlier if day < until]
    earlier = {id(line): values for line, values in changed}
    rows: dict[str, list[Line]] = {}
    for key, lines in plan.rows.items():
        created = CREATED_ON.get(key)
        kept = [line for line in lines if created is None or not is_after(line.get(created), day)]
        rows[key] = [line | earlier.get(id(line), {}) for line in kept]
    for field_key, (key, before) in VALUES_BEFORE.items():
        if key in rows:
            rows[key] = [line | before if is_after(line.get(field_key), day) else line for line in rows[key]]
    earlier_due = {line["ref"]: values["due"] for line, values in changed if "due" in values}
    asked = reversed(plan.rows.get("extensions", []))
    extensions = {line["action"]: line for line in asked if is_after(line["asked_on"], day)}
    for line in rows["actions"]:
        if line["ref"] in extensions:
            line["due"] = earlier_due.get(line["ref"], extensions[line["ref"]]["from_date"])
        if is_after(line.get("start"), day):
            line |= {"status": "Not started", "last_update": None}
            continue
        updated = line.get("last_update")
        if isinstance(updated, date):
            line["last_update"] = min(updated, day - timedelta(days=plan.rng.randint(2, 20)))
    rows.pop("head_office", None)
    return rows


CONTROL = "A senior checks it on every shift, and the manager looks at what they find each week."
"""What keeps people safe while an action is overdue, in every other such action."""


def with_progress(rows: Mapping[str, Sequence[Line]], day: date) -> dict[str, list[Line]]:
    """A plan's rows with what each open action says at the end of a day: the milestones that are reached, and the next one."""
    told = {key: list(lines) for key, lines in rows.items()}
    for number, action in enumerate(told.get("actions", ())):
        steps = [line for line in told.get("milestones", ()) if line["action"] == action["ref"]]
        if action["status"] != "In progress" or not steps:
            continue
        done = [line for line in steps if line["done_on"]]
        following = next((line for line in steps if not line["done_on"]), None)
        reached = f": {done[-1]['milestone']}" if done else ""
        text = f"{len(done)} of {len(steps)} steps done{reached}."
        if following is not None:
            text += f" Next: {following['milestone']}, by {following['due']:%d/%m/%Y}."
        late = isinstance(action["due"], date) and action["due"] < day and number % 2 == 0
        told["actions"][number] = action | {"progress": text} | ({"interim_control": CONTROL} if late else {})
    return told


def is_after(value: object, day: date) -> bool:
    return isinstance(value, date) and value > day


def joined_rows(plans: Iterable[Rows]) -> dict[str, list[Line]]:
    """The rows of several plans as those of one, with the references that they have."""
    joined: dict[str, list[Line]] = {}
    for plan in plans:
        for key, lines in plan.items():
            joined.setdefault(key, []).extend(lines)
    return joined


REFERENCES = ("ref", "action", "evidence_ref")
"""The fields in which a plan's rows name one another."""


def joined_plans(plans: Iterable[Rows]) -> dict[str, list[Line]]:
    """Several plans as those of one service, with distinct references, such as A-001.2 in the third."""
    return joined_rows(
        {
            key: [
                {name: f"{cell}.{number}" if cell and name in REFERENCES else cell for name, cell in line.items()}
                for line in lines
            ]
            for key, lines in plan.items()
        }
        for number, plan in enumerate(plans)
    )
