"""The register of the demo's provider, as its head office would fill it in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from qipxl.app.demo.half_year import long_plan, more_lines, second_plan
from qipxl.app.demo.scenarios import Rows, make_plan
from qipxl.periods import Period
from qipxl.provider import ProviderFolder
from qipxl.provider import register_schema as schema
from qipxl.provider.register_workbook import write_register
from qipxl.services import Service

NAME = "Made-up Care"
COMMISSIONERS = ("North County Council", "Mid Valley Integrated Care Board")


def judgement_lines(service: Service, plan: Rows) -> list[schema.JudgementLine]:
    """What the quality panel accepted: effective reviews of must-do actions, and the accepted evidence of those that are complete."""
    strict = {row["ref"]: row["status"] for row in plan["actions"] if row["must_should"] == "Must do"}
    items = [
        (row, row["submitted_on"])
        for row in plan.get("evidence", ())
        if strict.get(row["action"]) == "Complete" and row["judgement"] == "Accepted"
    ]
    items += [
        (row, row["held_on"])
        for row in plan.get("reviews", ())
        if row["action"] in strict and row["effective"] == "Effective"
    ]
    return [
        schema.JudgementLine(
            service=service.code, action=str(row["action"]), ref=str(row["ref"]), judgement="Accepted", judged_by="Quality panel",
            judged_on=day,
        )
        for row, day in items
        if isinstance(day, date)
    ]  # fmt: skip


def service_line(service: Service) -> schema.ServiceLine:
    """The register's line of a service."""
    return schema.ServiceLine(
        code=service.code,
        name=service.name,
        region=service.region,
        manager=service.manager,
        email=f"{service.code.lower()}@made-up-care.example",
    )


def lines_about(service: Service, plan: Rows) -> Iterator[schema.Line]:
    """What the register says about the actions of a plan: judgements and verifications."""
    yield from judgement_lines(service, plan)
    for row in plan.get("head_office", []):
        by, on = str(row["verified_by"]), row["verified_on"]
        assert isinstance(on, date)
        yield schema.VerificationLine(service=service.code, action=str(row["action"]), verified_by=by, verified_on=on)


def demo_register(
    folder: ProviderFolder, services: Sequence[Service], period: Period, months: int, seed: int, *, long: bool = False
) -> None:
    """Write the register: services, commissioners, verifications, judgements, a decision, a question, a risk and an audit.

    `long` adds what several months bring: a second plan, provider actions, more risks and the list of quality statements.
    """
    lines: list[schema.Line] = []
    for number, service in enumerate(services):
        lines.append(schema.CommissionerLine(commissioner=COMMISSIONERS[number % 2], service=service.code))
        if not long:
            plan = make_plan(number, period.last, months, seed, service.manager)
            lines += [service_line(service), *lines_about(service, plan)]
            continue
        plans = [long_plan(number, service, period, months, seed)]
        plans += [second_plan(service, period, months, seed)] if number == 0 else []
        for each in plans:
            lines += [each.service_line(service_line(service)), *lines_about(each.service, each.rows_on(period))]
    first = services[min(1, len(services) - 1)]
    day = period.last - timedelta(days=40)
    lines += [
        schema.DecisionLine(
            service=first.code, action="A-001", decided_on=day, level=4, decision="A practice lead two days a week until it works",
            decided_by="Quality committee, minute 7",
        ),
        schema.QuestionLine(service=first.code, action="A-001", question="What will people notice by the summer?", asked_on=day),
        schema.RiskLine(ref="R1", risk="Agency use on nights is high.", likelihood=4, consequence=4, reviewed_on=day),
        schema.AuditLine(ref="AU-3", audit="Medicines audit of the provider", held_on=day, finding="Gaps on weekend shifts"),
    ]  # fmt: skip
    lines += more_lines(services, period) if long else []
    by_type: dict[type[schema.Line], list[schema.Line]] = {}
    for line in lines:
        by_type.setdefault(type(line), []).append(line)
    write_register(folder.register, NAME, period.last, by_type)
