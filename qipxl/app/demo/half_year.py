"""What a demo of several months has in addition: actions of the provider, risks, a second plan, and a home with restrictive practice."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from qipxl.app.demo.data import SCENARIO_FILE, Record, ScenarioChange, Story
from qipxl.app.demo.measurements import figures_of, link_figures
from qipxl.app.demo.scenarios import (
    Line,
    Plan,
    add_item,
    joined_rows,
    plan_from,
    plan_of,
    plan_on,
    with_progress,
)
from qipxl.indicators.rule_sets import MAKING_DATA_COUNT
from qipxl.periods import Period
from qipxl.provider import register_schema as schema
from qipxl.provider.provider_actions import PartRefs, Parts
from qipxl.provider.register import Register
from qipxl.services import Service
from qipxl.template import Template, load_adjusted, template_file
from qipxl.tracker.first_rows import initial_rows, months_to

BETTER, WORSE, CALMER = Period(2025, 6), Period(2025, 11), Period(2026, 2)
"""The months from which restrictions are reviewed on time, and from which people are held more and then less often."""
RESTRICTIVE = 2
"""The home that works on restrictive practice, by number within each twelve."""
FIRST_ITEM = 200
"""The Refs of the evidence of parts begin after this number, so that they differ from those of the service's own."""


class Risk(Record):
    """A risk of the register, with the themes of the actions that name it and the score that they are to reach."""

    ref: str
    risk: str
    likelihood: int
    consequence: int
    target: int
    themes: tuple[str, ...]

    def line(self) -> schema.RiskLine:
        return schema.RiskLine(ref=self.ref, risk=self.risk, likelihood=self.likelihood, consequence=self.consequence)


class Step(Record):
    """A milestone of a provider action; its evidence is of a category."""

    ref: str
    milestone: str
    due: date
    evidence_required: str
    category: str


class Whole(Record):
    """An action of the provider; `done` and `not_begun` say how far the part of each service has got."""

    ref: str
    title: str
    issue: str
    intended_change: str
    success_measure: str
    owner: str
    theme: str
    statement: str
    must_should: str
    source: str
    due: date
    back: int
    decided_by: str
    done: Mapping[int, int]
    not_begun: tuple[int, ...]
    milestones: tuple[Step, ...]

    def is_for(self, number: int) -> bool:
        """True if service `number` (from 0) has a part."""
        return number % 12 in (*self.done, *self.not_begun)


class SecondPlan(Record):
    """The second plan of the first home; `strengths` are those of its packs month by month."""

    plan: str
    template: str
    back: int
    scenarios: tuple[str | ScenarioChange, ...]
    indicators: tuple[str, ...]
    strengths: tuple[str, ...]
    challenge: str
    follow_up: str
    shows: Mapping[str, str]
    stories: tuple[Story, ...]


class Linked(Record):
    """An action with its scenario, its due day and the indicator that it is to change."""

    scenario: str
    due: int
    indicator: str


class Restrictive(Record):
    """What a home that works on restrictive practice has in addition."""

    template: str
    actions: tuple[Linked, ...]
    context: tuple[str, ...]
    stories: tuple[Story, ...]


class HalfYear(Record):
    """The file half_year.toml."""

    risks: tuple[Risk, ...]
    provider_actions: tuple[Whole, ...]
    second_plan: SecondPlan
    restrictive: Restrictive


CONTENT = HalfYear.read("half_year.toml")
SECOND = CONTENT.second_plan


@dataclass(frozen=True)
class LongPlan:
    """A plan of a service over several months, with its parts of provider actions."""

    number: int
    service: Service
    template: Template
    last: Period
    seed: int
    plan: Plan
    parts: Sequence[tuple[Period, Plan]] = ()
    begins: Period | None = None
    """The first month of a second plan; the first plan was always there."""

    @property
    def is_second(self) -> bool:
        return self.begins is not None

    def service_line(self, line: schema.ServiceLine) -> schema.ServiceLine:
        """The register's line of the plan, from that of its service."""
        cells: dict[str, object] = {} if self.template.key == "core" else {"template": self.template.key}
        cells |= {} if self.begins is None else {"plan": SECOND.plan, "opened": self.begins.first}
        return line.model_copy(update=cells)

    def rows_on(self, period: Period) -> dict[str, list[Line]]:
        """The rows of its return of a month."""
        day = period.last
        plans = [self.plan, *(part for since, part in self.parts if since <= period)]
        kept = [plan.rows if period == self.last else plan_on(plan, day) for plan in plans]
        figures = [] if self.is_second else [figures_of(self.number, period, self.seed)]
        figures.append(template_figures(self.service, period, self.seed, self.template))
        return with_risks(with_progress(joined_rows(kept), day)) | joined_rows(figures)


def long_plan(number: int, service: Service, last: Period, months: int, seed: int) -> LongPlan:
    """The plan of service `number` (from 0): that of a demo of one month, with what several months add."""
    home = CONTENT.restrictive
    is_restrictive = number % 12 == RESTRICTIVE
    plan = plan_of(number, last.last, months, seed, service.manager)
    if is_restrictive:
        more = [(SCENARIO_FILE.scenarios[each.scenario].model_copy(update={"due": each.due}), story)
                for each, story in zip(home.actions, home.stories, strict=True)]  # fmt: skip
        plan = plan_of(number, last.last, months, seed, service.manager, more)
        for each, action in zip(home.actions, plan.rows["actions"][-len(more) :], strict=True):
            action["indicator"] = each.indicator
    link_figures(plan.rows, number)
    template = template_of(home.template if is_restrictive else "core")
    return LongPlan(number, service, template, last, seed, plan, parts_of(number, service, template, last, seed))


def second_plan(home: Service, last: Period, months: int, seed: int) -> LongPlan:
    """The second plan of the first home."""
    service, begins = home.of_plan(SECOND.plan), last.plus(-SECOND.back)
    rng = random.Random(f"{seed}/{service.code}")
    pairs = list(zip(map(SCENARIO_FILE.scenario, SECOND.scenarios), SECOND.stories, strict=True))
    plan = plan_from(pairs, Plan(last.last, min(months, SECOND.back + 1), rng, home.manager))
    for row, (action, indicator) in enumerate(zip(plan.rows["actions"], SECOND.indicators, strict=True)):
        action["indicator"] = indicator
        add_packs(plan, action, begins, row)
    return LongPlan(0, service, template_of(SECOND.template), last, seed, plan, begins=begins)


@cache
def template_of(key: str) -> Template:
    """A template for a provider with a register."""
    return load_adjusted(template_file(key), ())[0]


def add_packs(plan: Plan, action: Line, begins: Period, row: int) -> None:
    """Add an action's evidence pack of each month; the weak one was challenged and followed up."""
    for number, strength in enumerate(SECOND.strengths):
        month = begins.plus(number)
        weak: Line = {}
        if strength == "Weak":
            weak = {
                "challenge": SECOND.challenge, "follow_up": SECOND.follow_up, "follow_up_due": month.plus(1).last,
                "follow_up_closed": month.plus(1).first + timedelta(days=20),
            }  # fmt: skip
        plan.add(
            "packs",
            ref=f"EP-{len(plan.rows.get('packs', ())) + 1:03d}", action=action["ref"], month=month.first,
            case_samples=0 if weak else 2 + number + row, supervision_extracts=1 + row, panel_summaries=number // 2, anonymised="Yes",
            kept_at=f"Quality folder, {month}", shows=SECOND.shows[strength], submitted_by=plan.other_person(action["owner"]),
            strength=strength, judged_by="Safeguarding lead", **weak,
        )  # fmt: skip


def parts_of(number: int, service: Service, template: Template, last: Period, seed: int) -> list[tuple[Period, Plan]]:
    """The parts that a service has in provider actions, each with its first month."""
    parts: list[tuple[Period, Plan]] = []
    for whole in CONTENT.provider_actions:
        if not whole.is_for(number):
            continue
        since = last.plus(-whole.back)
        lines = [
            *provider_lines(whole, [service], last),
            schema.ServiceLine(code=service.code, name=service.name),
        ]
        rows = issued_rows(lines, template, service, since)
        rng = random.Random(f"{seed}/{number}/{whole.ref}")
        plan = Plan(last.last, whole.back + 1, rng, service.manager, rows)
        fill_in_part(plan, whole, number, since, FIRST_ITEM + 10 * len(parts))
        parts.append((since, plan))
    return parts


def issued_rows(
    lines: Sequence[schema.Line], template: Template, service: Service, since: Period
) -> dict[str, list[Line]]:
    """The rows that head office puts into the first tracker of a part."""
    by_type = {kind: [line for line in lines if type(line) is kind] for kind in map(type, lines)}
    register = Register(Path(), "", "core", 7, MAKING_DATA_COUNT.name, (), by_type)
    rows: dict[str, list[Line]] = {"actions": [], "milestones": []}
    Parts(register, PartRefs(), since, template, service.code).put_into(rows)
    return rows


def fill_in_part(plan: Plan, whole: Whole, number: int, since: Period, first_item: int) -> None:
    """Fill in a part as the service has: its owner, the milestones that it has reached, and an item of evidence for each."""
    (action,) = plan.rows["actions"]
    action |= {
        "theme": whole.theme,
        "cqc_statement": whole.statement,
        "embedding_review": whole.due + timedelta(days=75),
    }
    action |= {"start": since.first + timedelta(days=9), "last_update": plan.day(-plan.rng.randint(2, 20)), "cycle": 1}
    action |= {"likelihood_start": 4, "consequence_start": 3, "likelihood_now": 2, "consequence_now": 3}
    for line in plan.rows["milestones"]:
        line |= {"done_on": None, "evidence_ref": None}
    done = whole.done.get(number % 12)
    if done is None:
        action["start"] = plan.day(14)
        action["last_update"] = None
        return
    owner = plan.person()
    action |= {"owner": owner, "owner_role": "Deputy manager", "status": "In progress"}
    for count, (step, line) in enumerate(zip(whole.milestones, plan.rows["milestones"], strict=True)):
        line["owner"] = owner
        if count < done:
            reached = step.due - timedelta(days=plan.rng.randint(2, 8))
            line |= {"done_on": reached, "evidence_ref": f"E-{first_item + count + 1}"}
            add_item(plan, action, step.category, step.evidence_required, (reached - plan.as_at).days)
            plan.rows["evidence"][-1]["ref"] = line["evidence_ref"]
            action |= {"status": "Complete", "completed_on": reached} if count + 1 == len(whole.milestones) else {}
    if done < len(whole.milestones) and whole.due < plan.as_at:
        action |= {"slippage_reason": "Capacity", "slippage_response": "Milestone re-planned"}


def with_risks(rows: dict[str, list[Line]]) -> dict[str, list[Line]]:
    """The rows with the risk of each action and its score: the more milestones are reached, the lower, unless it is late or did not work."""
    by_theme = {theme: risk for risk in CONTENT.risks for theme in risk.themes}
    failed = {row["action"] for row in rows.get("reviews", ()) if row["effective"] == "Not effective"}
    actions = []
    for action in rows["actions"]:
        reached = [row for row in rows.get("milestones", ()) if row["action"] == action["ref"] and row["done_on"]]
        likelihood = max(2, 4 - len(reached))
        if action["ref"] in failed or action.get("slippage_reason"):
            likelihood = max(3, likelihood)
        if action.get("verified_on"):
            likelihood = 1
        risk = by_theme[str(action["theme"])]
        actions.append(action | {"risk_ref": risk.ref, "risk_target": risk.target, "likelihood_now": likelihood})
    return rows | {"actions": actions}


def provider_lines(whole: Whole, services: Sequence[Service], last: Period) -> list[schema.Line]:
    """The lines of the register about a provider action of these services."""
    names = set(schema.ProviderActionLine.columns()) & set(Whole.model_fields)
    cells = {name: getattr(whole, name) for name in names}
    codes = "; ".join(service.code for service in services)
    lines: list[schema.Line] = [schema.ProviderActionLine(**cells, services=codes, since=str(last.plus(-whole.back)))]
    return lines + [
        schema.ProviderMilestoneLine(provider_action=whole.ref, **step.model_dump(exclude={"category"}))
        for step in whole.milestones
    ]


def more_lines(services: Sequence[Service], last: Period) -> Iterator[schema.Line]:
    """The lines of the register about provider actions, risks and the list of quality statements."""
    for whole in CONTENT.provider_actions:
        own = [service for number, service in enumerate(services) if whole.is_for(number)]
        if own:
            yield from provider_lines(whole, own, last)
    for risk in CONTENT.risks:
        yield risk.line()
    yield schema.FrameworkLine(framework="cqc-2023-statements", decided_by="Quality committee, minute 2")


def template_figures(service: Service, period: Period, seed: int, template: Template) -> dict[str, list[Line]]:
    """The indicators of a template that a service counts, with its figures up to a month."""
    declared = [dict(row) for row in initial_rows(template, period).get("indicators", ()) if row["ref"] in COUNTS]
    lines: list[Line] = []
    for row in declared:
        for month in months_to(period):
            rng = random.Random(f"{seed}/{service.code}/{row['ref']}/{month:%Y-%m}")
            at = Period(month.year, month.month)
            numerator, denominator = COUNTS[str(row["ref"])](at, rng)
            line: Line = {"ref": f"{row['ref']} {at}", "indicator": row["ref"], "month": month}
            line |= {"numerator": numerator, "denominator": denominator}
            if row["ref"] == "R-01" and at >= WORSE:
                line["context"] = CONTENT.restrictive.context[month.month % len(CONTENT.restrictive.context)]
            lines.append(line)
    return {"indicators": declared, "measurements": lines}


def restraints(month: Period, rng: random.Random) -> tuple[int, int]:
    """How often people were held, and the days on which they were supported."""
    days = 8 * rng.randint(28, 31)
    rate = 0.05 if month >= CALMER else 0.085 if month >= WORSE else 0.03
    return sum(rng.random() < rate for _ in range(days)), days


def reviews_on_time(month: Period, rng: random.Random) -> tuple[int, int]:
    """Reviews of restrictions that were held on time, and those that were due."""
    due = rng.randint(11, 14)
    return sum(rng.random() < (0.96 if month >= BETTER else 0.6) for _ in range(due)), due


def taking_part(month: Period, rng: random.Random) -> tuple[int, int]:
    """People who took part in something that they chose each week, and those supported."""
    return sum(rng.random() < 0.6 for _ in range(8)), 8


def passed_on_in_time(month: Period, rng: random.Random) -> tuple[int, int]:
    """Concerns that were passed on in time, and all concerns."""
    concerns = rng.randint(5, 9)
    return sum(rng.random() < (0.93 if month >= WORSE else 0.6) for _ in range(concerns)), concerns


def complete_records(month: Period, rng: random.Random) -> tuple[int, int]:
    """Decision records that meet all criteria, and those looked at."""
    return sum(rng.random() < 0.45 for _ in range(10)), 10


COUNTS = {
    "R-01": restraints, "R-07": reviews_on_time, "R-11": taking_part, "S-05": passed_on_in_time, "S-06": complete_records,
}  # fmt: skip
"""What each indicator of a template counts; the services do not use the others."""
