"""The register that head office keeps in Excel, as one record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from qipxl.indicators.rule_sets import MAKING_DATA_COUNT
from qipxl.periods import Period
from qipxl.provider.plans import Plans
from qipxl.provider.register_schema import (
    ExpectedLine,
    Line,
    MailLine,
    OwnLine,
    ServiceLine,
    UseLine,
)
from qipxl.services import Service
from qipxl.text import folded
from qipxl.tracker.mail_text import TEXTS, MailText

PROVIDER = "Provider"
ANSWERS = {
    "name": "Provider's name",
    "template": "Template",
    "due_day": "Returns due (day of the next month)",
    "chart_rules": "Rules of the charts of indicators",
    "charted": "Indicators always charted (names, with ; between)",
    "if_differ": "If two returns of a service differ",
}
"""The questions on the sheet Provider, by the key of the answer."""
ASK, NEWEST = "Ask head office", "Use the newest"
CHOICES = {"if_differ": (ASK, NEWEST)}
"""The answers from which a question's answer is chosen."""
DEFAULTS = {
    "name": "", "template": "core", "due_day": "7", "chart_rules": MAKING_DATA_COUNT.name, "charted": "", "if_differ": ASK,
}  # fmt: skip
"""The answers used if the cells are blank."""
CODES = ("code", "service", "action", "ref", "former", "taken_by", "services", "provider_action")
"""The columns whose texts Excel may turn into dates."""
AnyLine = TypeVar("AnyLine", bound=Line)


@dataclass(frozen=True)
class Register:
    """What head office knows: the provider, its services, and its decisions."""

    path: Path
    name: str
    template: str
    due_day: int
    chart_rules: str
    charted: Sequence[str]
    lines: Mapping[type[Line], Sequence[Line]]
    if_differ: str = ASK

    @property
    def former_codes(self) -> dict[str, str]:
        """The code that each former code was replaced by, by former codes in small letters."""
        return {folded(old): line.plan_code for line in self.of(ServiceLine) for old in line.former_codes}

    @property
    def plans(self) -> Plans:
        """The plans of each service."""
        return Plans(self.of(ServiceLine))

    @property
    def answers(self) -> dict[str, str]:
        """The answers on the sheet Provider, by the keys of ANSWERS."""
        return {key: str(getattr(self, key)) for key in ANSWERS} | {"charted": "; ".join(self.charted)}

    @property
    def digest(self) -> str:
        """The SHA-256 of what the register says: the same for a workbook that was only saved again."""
        lines = {kind.__name__: [line.model_dump(mode="json") for line in self.lines[kind]] for kind in self.lines}
        return hashlib.sha256(json.dumps([self.answers, lines], sort_keys=True).encode()).hexdigest()

    def of(self, kind: type[AnyLine]) -> list[AnyLine]:
        """The lines of a kind; for a kind with several sheets, such as OwnLine, those of all its sheets."""
        return [line for lines in self.lines.values() for line in lines if isinstance(line, kind)]

    def open_in(self, period: Period) -> list[ServiceLine]:
        """The services that were open on any day of a month."""
        opened = [line for line in self.of(ServiceLine) if line.opened is None or line.opened <= period.last]
        return [line for line in opened if line.closed is None or line.closed >= period.first]

    def excepted(self, period: Period) -> dict[str, str]:
        """The plans that need no return in a month, by code in small letters, and why; of a service without a plan all its plans."""
        lines = [line for line in self.of(ExpectedLine) if line.period == str(period) and line.expected == "No"]
        plans = self.plans
        return {each.plan_code.lower(): line.reason for line in lines for each in plans.named(line.service)}

    def due(self, period: Period) -> date:
        """The last day on which a month's return is in time."""
        return period.plus(1).first.replace(day=self.due_day)

    def mail_text(self, kind: str) -> MailText:
        """The text of a kind of mail: the provider's own, else qipxl's."""
        own = [MailText(line.subject, line.text) for line in self.of(MailLine) if line.mail == kind]
        return own[0] if own else TEXTS[kind]

    def template_of(self, service: ServiceLine) -> str:
        """The name of the template a service's trackers are made from."""
        return service.template or self.template

    def own_lines(self, period: Period, template: str) -> list[OwnLine]:
        """What the provider changes in a template for a month, in the order in which it was decided."""
        begun = [line for line in self.of(OwnLine) if line.since <= str(period)]
        lines = [line for line in begun if line.template.lower() in ("", template.lower())]
        return sorted(lines, key=lambda line: line.since)

    def to_use(self, period: Period) -> list[str]:
        """The files that head office has accepted for a month; of two that differ the later one counts."""
        return [line.file for line in self.of(UseLine) if line.period == str(period)]


def as_service(line: ServiceLine) -> Service:
    """The service of a line with its plan, as trackers and summaries use it."""
    return Service(code=line.code, name=line.name, region=line.region, manager=line.manager).of_plan(line.plan)
