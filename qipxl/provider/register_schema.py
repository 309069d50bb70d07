"""The sheets of the register: one for each kind of line, with its columns declared once for writing and for reading."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from qipxl.services import LONGEST_PLAN, plan_code, plan_name
from qipxl.template import Adjustment
from qipxl.tracker.mail_text import FACTS, QUESTIONS, REMINDER, TEXTS, TRACKER

LEVELS = ("0", "1", "2", "3", "4")
"""The levels of escalation, as the templates number them: from the owner up to the board."""
YES_NO = ("Yes", "No")
JUDGEMENTS = ("Accepted", "Not accepted")
STRENGTHS = ("Strong", "Adequate", "Weak")
"""The further words for a judgement on an evidence pack."""
MUST_SHOULD = ("Must do", "Should do", "Own improvement")
"""The words of the list Must or should of the templates."""
OF_PLAN = "Its code; for a plan with a name also the plan, such as ELM / Safeguarding."
"""What to enter in a column Service of lines about one plan."""
OF_SERVICE = "Its code; for one plan only also the plan, such as ELM / Safeguarding."
"""The same for lines about a service with all its plans, or about one of them."""


def column(
    heading: str, prompt: str, width: float = 16, choices: tuple[str, ...] = (), *, lines: bool = False, **more: Any
) -> Any:
    """A column of a register's sheet; without `default` it must be filled. `lines` keeps the lines of its texts."""
    extra: dict[str, Any] = {"width": width, "choices": list(choices), "lines": lines}
    return Field(title=heading, description=prompt, json_schema_extra=extra, **more)


FIRST_MONTH, EACH_MONTH, WHEN_NEEDED = "For the first month", "Each month", "If you need it"
TIMES = (FIRST_MONTH, EACH_MONTH, WHEN_NEEDED)
"""When a sheet of the register is filled in, in the order of the sheet that says so."""


class Line(BaseModel):
    """A line of the register; `row` is its row on the sheet."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    sheet: ClassVar[str]
    about: ClassVar[str]
    when: ClassVar[str] = WHEN_NEEDED
    """When head office fills it in: one of TIMES."""
    key: ClassVar[tuple[str, ...]] = ()
    """The fields whose values together are different on every line."""
    is_optional: ClassVar[bool] = False
    """True for a sheet that registers of earlier versions lack."""
    of_one_plan: ClassVar[bool] = False
    """True if its service is one plan of a service; false if it is the service with all its plans, or one of them."""

    row: int = 0

    @classmethod
    def columns(cls) -> dict[str, Any]:
        """The fields that have a column on the sheet, in order."""
        return {name: info for name, info in cls.model_fields.items() if name != "row"}


class ServiceLine(Line):
    """A service: its name, its manager, and the dates on which it joined and left the provider."""

    sheet = "Services"
    about = (
        "Every service the provider runs or has run. Each is expected to send a return for each month it was open. "
        "A service with several plans has one line for each plan."
    )
    when = FIRST_MONTH
    key = ("code", "plan")

    code: str = column("Code", "A short code of its own, such as ELM. It never changes.", 10, max_length=40)
    name: str = column("Name", "The service's name, as its tracker shows it.", 28, max_length=120)
    region: str = column("Region", "The region it is reported under.", 16, default="")
    type: str = column("Type", "Such as residential care, supported living, home care.", 20, default="")
    manager: str = column("Manager", "The registered manager.", 22, default="")
    email: str = column("E-mail", "Where trackers and queries are sent.", 28, default="")
    opened: date | None = column("Opened", "Leave blank for a service that was always there.", 12, default=None)
    closed: date | None = column("Closed", "Blank while it is open.", 12, default=None)
    template: str = column("Template", "Leave blank for the provider's template.", 18, default="")
    plan: str = column(
        "Plan",
        "Leave blank for the only or general plan of the service; else a short name, such as Safeguarding.",
        18,
        default="",
        max_length=LONGEST_PLAN,
    )
    former: str = column("Former code", "The code it had before; with ; between if there are several.", 14, default="")

    @property
    def plan_code(self) -> str:
        """The code of this plan of the service: the service's own for its only or general plan."""
        return plan_code(self.code, self.plan)

    @property
    def plan_name(self) -> str:
        """The name of the service, with the plan if it has a name."""
        return plan_name(self.name, self.plan)

    @property
    def former_codes(self) -> list[str]:
        """The codes that it had before."""
        return [code for code in map(str.strip, re.split("[;,]", self.former)) if code]


class ExpectedLine(Line):
    """An exception from the rule that every open service sends a return for every month."""

    sheet = "Expected returns"
    about = "Only exceptions: every open service is expected to send a return for every month."
    key = ("period", "service")

    period: str = column("Month", "Such as 2026-03.", 10)
    service: str = column("Service", OF_SERVICE, 10)
    expected: str = column("Expected", "No if the service need not send one this month.", 10, YES_NO)
    reason: str = column("Reason", "Why, in a sentence.", 50)


class CommissionerLine(Line):
    """Who commissions a service."""

    sheet = "Commissioners"
    about = "Who commissions which service; one line for each pair."
    key = ("commissioner", "service")

    commissioner: str = column("Commissioner", "Such as North County Council.", 32)
    service: str = column("Service", OF_SERVICE, 10)


class RiskLine(Line):
    """A risk of the provider's register, with its score now."""

    sheet = "Risks"
    about = "The provider's risks; actions name them in Risk register ref. Two services may have the same Ref."
    key = ("ref", "service")

    ref: str = column("Ref", "The risk's reference, as actions name it.", 10)
    risk: str = column("Risk", "In a sentence.", 44)
    service: str = column("Service", f"{OF_SERVICE} Blank for the whole provider.", 10, default="")
    likelihood: float | None = column("Likelihood", "1 to 5.", 11, default=None, ge=1, le=5)
    consequence: float | None = column("Consequence", "1 to 5.", 12, default=None, ge=1, le=5)
    reviewed_on: date | None = column("Reviewed on", "When the score was last looked at.", 12, default=None)


class AuditLine(Line):
    """An audit whose findings actions answer."""

    sheet = "Audits"
    about = "Audits and inspections; actions name them in Audit ref."
    key = ("ref",)

    ref: str = column("Ref", "The audit's reference, as actions name it.", 10)
    audit: str = column("Audit", "What was audited, by whom.", 44)
    service: str = column("Service", f"{OF_SERVICE} Blank for the whole provider.", 10, default="")
    held_on: date | None = column("Held on", "When.", 12, default=None)
    finding: str = column("Finding", "What was found, in a sentence.", 50, default="")


class ActionLine(Line):
    """A line about one action of one service."""

    of_one_plan = True

    service: str = column("Service", OF_PLAN, 10)
    action: str = column("Action", "The action's Ref, such as A-001.", 10)


class DecisionLine(ActionLine):
    """A decision of a level of escalation about an action."""

    sheet = "Decisions"
    about = "Leadership reviews and escalation decisions. The last one about an action says which level holds it."
    when = EACH_MONTH

    decided_on: date = column("Decided on", "When.", 12)
    level: int = column(
        "Level held", "0 the owner, 1 the manager of the service ... 4 the board: who holds it from now on.", 12, LEVELS
    )
    decision: str = column("Decision", "What was decided, in a sentence.", 50)
    decided_by: str = column("Decided by", "The person or meeting, with the minute's reference.", 26)


class ExtensionLine(ActionLine):
    """An approved extension of an action's due date."""

    sheet = "Extensions approved"
    about = "Later due dates that were agreed; the service logs them on its Extensions sheet too."
    when = EACH_MONTH

    new_date: date = column("New date", "The due date agreed.", 12)
    approved_by: str = column("Approved by", "Who agreed.", 24)
    approved_on: date = column("Approved on", "When.", 12)


class VerificationLine(ActionLine):
    """A confirmation, by a person other than the owner, that an action's change is in practice."""

    sheet = "Verifications"
    about = "Blue needs one: a person other than the owner has seen that the change is in practice."
    when = EACH_MONTH

    verified_by: str = column("Verified by", "Not the action's owner.", 24)
    verified_on: date = column("Verified on", "When.", 12)


class JudgementLine(ActionLine):
    """A judgement by somebody outside the service on an item of evidence, a pack or a review of an action."""

    sheet = "Judgements"
    about = "Evidence and reviews that a person or meeting outside the service accepted, or did not. The last line about a Ref counts."
    when = EACH_MONTH
    is_optional = True

    ref: str = column("Ref", "The Ref of the evidence, the pack or the review, such as E-003 or R-001.", 10)
    judgement: str = column(
        "Judgement",
        "Accepted or Not accepted; of a pack also Strong, Adequate or Weak.",
        14,
        (*JUDGEMENTS, *STRENGTHS),
    )
    judged_by: str = column(
        "Judged by", "The person or meeting, with the minute's reference; not of the service itself.", 26
    )
    judged_on: date = column("Judged on", "When.", 12)


class ClosedActionLine(ActionLine):
    """What becomes of an open action of a service that has closed: another service takes it, or it is closed."""

    sheet = "Actions of closed services"
    about = "Open actions of services that have closed, one line each: the service that takes it, or why it is closed."
    key = ("service", "action")
    is_optional = True

    taken_by: str = column("Taken by", "The code of the service that takes it; blank if it is closed.", 10, default="")
    reason: str = column("Why it is closed", "In a sentence; blank if a service takes it.", 44, default="")
    decided_by: str = column("Decided by", "The person or meeting.", 24)
    decided_on: date = column("Decided on", "When.", 12)


class RemovedLine(Line):
    """An issued action or milestone that head office lets a service delete."""

    sheet = "Removed rows"
    about = "Actions and milestones that a service may delete without withdrawing them, such as one entered twice."
    is_optional = True
    of_one_plan = True

    service: str = column("Service", OF_PLAN, 10)
    ref: str = column("Ref", "The Ref of the action or milestone, such as A-001 or M-004.", 10)
    reason: str = column("Reason", "Why, in a sentence.", 50)
    decided_by: str = column("Decided by", "Who decided.", 24)
    decided_on: date = column("Decided on", "When.", 12)


class ProviderActionLine(Line):
    """An action of the provider that several services have a part in."""

    sheet = "Provider actions"
    about = (
        "Actions of the provider for many services. The next tracker of each has its part; the summary shows the whole."
    )
    key = ("ref",)
    is_optional = True

    ref: str = column(
        "Ref", "A reference such as P-01, which no service uses for an action of its own.", 10, max_length=20
    )
    title: str = column("Title", "A few words, such as Two-person medicines check.", 28, max_length=60)
    issue: str = column("Issue or risk", "What is wrong or at risk for people, in a sentence.", 40)
    intended_change: str = column("Intended change", "What will be different in practice in every service.", 40)
    success_measure: str = column("Success measure", "How success will be shown.", 36)
    owner: str = column("Owner at the provider", "Who is accountable; each service names an owner of its part.", 22)
    due: date = column("Due date", "When every part is due.", 12)
    must_should: str = column("Must or should", "As in the trackers.", 16, MUST_SHOULD)
    source: str = column("Source", "As the list Source of the trackers has it, such as Internal audit.", 22)
    services: str = column(
        "Services",
        "Their codes, or plans such as ELM / Falls, with ; between; blank for every open service.",
        24,
        default="",
    )
    template: str = column("Template", "If Services is blank: only services with this template.", 16, default="")
    since: str = column("From month on", "The first month whose trackers have it, such as 2026-03.", 14)
    decided_by: str = column("Decided by", "The person or meeting.", 26)

    @property
    def codes(self) -> list[str]:
        """The codes of the services that it names; none for all."""
        return [code for code in map(str.strip, re.split("[;,]", self.services)) if code]


class ProviderMilestoneLine(Line):
    """A milestone of an action of the provider."""

    sheet = "Provider milestones"
    about = "The milestones of provider actions. Each part has all of them, with the action's Ref in front: P-01-M1."
    key = ("provider_action", "ref")
    is_optional = True

    provider_action: str = column("Provider action", "Its Ref, such as P-01.", 14)
    ref: str = column("Ref", "A short reference, such as M1.", 10, max_length=12)
    milestone: str = column("Milestone", "What will have been reached.", 40)
    due: date = column("Due date", "When.", 12)
    evidence_required: str = column("Evidence required", "What will show it.", 40)


class QuestionLine(Line):
    """A question from head office to a service, about one of its actions or about the plan."""

    sheet = "Questions"
    about = "What head office asks a service; Start here of its next tracker shows it until it is answered."
    when = EACH_MONTH
    of_one_plan = True

    service: str = column("Service", OF_PLAN, 10)
    action: str = column("Action", "The action's Ref; blank for the whole plan.", 10, default="")
    question: str = column("Question", "In plain words, without names of people who use the service.", 60)
    asked_on: date = column("Asked on", "When.", 12)
    answered_on: date | None = column("Answered on", "Blank while it is open.", 12, default=None)


class UseLine(Line):
    """The file to use if two returns differ or if there is a doubt about one."""

    sheet = "Returns to use"
    about = "The file to use if two returns of a service differ, or if there is a doubt about one."
    when = EACH_MONTH
    key = ("period", "file")

    period: str = column("Month", "Such as 2026-03.", 10)
    file: str = column("File", "Its name as Sources shows it, or its SHA-256.", 50)
    decided_by: str = column("Decided by", "Who decided.", 24)
    reason: str = column("Reason", "Why, in a sentence.", 50)


class MailLine(Line):
    """The provider's own text of a kind of mail to services."""

    sheet = "Mail texts"
    about = f"The texts of the mails to services. qipxl fills in the words in braces: {', '.join(f'{{{name}}}' for name in FACTS)}."
    key = ("mail",)
    is_optional = True

    mail: str = column("Mail", "Tracker, Questions or Reminder.", 14, (TRACKER, QUESTIONS, REMINDER))
    subject: str = column("Subject", "The mail's subject.", 40)
    text: str = column("Text", "The mail's text. Alt+Enter begins a new line.", 90, lines=True)


def own_mail_lines() -> list[MailLine]:
    """qipxl's own texts, as lines for a new register."""
    return [MailLine(mail=kind, subject=text.subject, text=text.text) for kind, text in TEXTS.items()]


class OwnLine(Line):
    """A change that the provider makes to a template, from a month on."""

    template: str = column("Template", "Such as core; blank for every template.", 18, default="")
    since: str = column("From month on", "Such as 2026-03; blank for always.", 14, default="")
    decided_by: str = column("Decided by", "The person or meeting.", 24)
    reason: str = column("Reason", "Why, in a sentence. The summary prints it.", 44)

    @property
    def change(self) -> Adjustment:
        """What it changes."""
        raise NotImplementedError

    @classmethod
    def columns(cls) -> dict[str, Any]:
        """The columns of what is changed come first."""
        columns = super().columns()
        return {name: columns[name] for name in sorted(columns, key=OwnLine.model_fields.__contains__)}

    def mistake(self, sentence: str) -> str:
        """A sentence about a mistake in it, with its sheet and row."""
        return f"{self.sheet}, row {self.row}: {sentence}"

    def texts(self) -> tuple[str, str, str, str]:
        """The line as the summary prints it among the rules in force: template, what, value, reason."""
        change = self.change
        value = f"{change.value:g}" if isinstance(change.value, float) else change.value
        what = f"The provider's own: {change.target} {change.tier}".strip()
        since = f" from {self.since} on" if self.since else ""
        return self.template or "every template", what, value, f"{self.reason} Decided by {self.decided_by}{since}."


class SettingLine(OwnLine):
    """A limit of the provider's own that replaces the template's."""

    sheet = "Settings"
    about = (
        "Limits of your own in place of the template's, each from a month on; the last line about a setting decides."
    )

    setting: str = column("Setting", "Its name or heading, as on the sheet Settings of a tracker.", 30)
    tier: str = column("Tier", "T1, T2 or T3; blank for all.", 8, default="")
    value: float = column("Value", "A number, 0 or more, in the setting's own unit.", 10, ge=0)

    @property
    def change(self) -> Adjustment:
        return Adjustment(self.setting, float(self.value), self.tier)


class WordsLine(OwnLine):
    """Words of the provider's own that replace the template's."""

    sheet = "Words"
    about = "Words of your own in a template's guidance, prompts and messages, each from a month on."

    place: str = column("Place", "Such as actions.field.owner.prompt or actions.rule.two-owners.say.", 40)
    words: str = column("Words", "What to write there instead.", 60)

    @property
    def change(self) -> Adjustment:
        return Adjustment(self.place, self.words)


class FrameworkLine(Line):
    """The list of quality statements that is in force from a month on."""

    sheet = "Frameworks"
    about = "Which list of quality statements actions name, from which month on. Without a line: CQC's 34 quality statements."
    key = ("since",)
    is_optional = True

    framework: str = column("List", "Its key, as `qipxl frameworks` lists it, or the List of Own standards.", 30)
    since: str = column("From month on", "Such as 2026-05; blank for always.", 14, default="")
    decided_by: str = column("Decided by", "The person or meeting.", 30)


class OwnStandardLine(Line):
    """A statement of a list of the provider's own or of a commissioner."""

    sheet = "Own standards"
    about = "Lists of your own or of a commissioner, one statement on a row. The sheet Frameworks chooses one."
    key = ("framework", "group", "statement")
    is_optional = True

    framework: str = column("List", "The list's name, at most 32 letters, figures and spaces.", 30, max_length=32)
    group: str = column("Key question or group", "Such as Safe; blank for none.", 22, default="", max_length=40)
    statement: str = column("Statement", "In a few words, without ; as actions are to name it.", 60, max_length=120)
    same_as: str = column(
        "Same as", "Statements of other lists that are counted here, such as Safe: Safeguarding; with ; between.", 50,
        default="",
    )  # fmt: skip
    note: str = column("Note", "What it asks for, or where it is from.", 44, default="")


LINES: tuple[type[Line], ...] = (
    ServiceLine, ExpectedLine, CommissionerLine, RiskLine, AuditLine, DecisionLine, ExtensionLine, VerificationLine,
    JudgementLine, QuestionLine, UseLine, SettingLine, WordsLine, ClosedActionLine, RemovedLine, ProviderActionLine,
    ProviderMilestoneLine, MailLine, FrameworkLine, OwnStandardLine,
)  # fmt: skip
"""The register's sheets in their order, after the sheet Provider."""
