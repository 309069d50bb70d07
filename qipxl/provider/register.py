"""The register that head office keeps in Excel, read as one record; all mistakes in it are listed at once, by cell."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from qipxl.errors import RequestError, SourceError
from qipxl.indicators.rule_sets import MAKING_DATA_COUNT, RULE_SETS
from qipxl.periods import Period
from qipxl.provider.plans import Plans, wrong_plans
from qipxl.provider.register_schema import (
    LINES,
    ClosedActionLine,
    ExpectedLine,
    Line,
    MailLine,
    OwnLine,
    ProviderActionLine,
    ProviderMilestoneLine,
    ServiceLine,
    UseLine,
)
from qipxl.provider.statement_lists import framework_mistakes
from qipxl.reading.file.sheet_xml import column_index
from qipxl.reading.sheets import read_sheets
from qipxl.returns.cell_values import parse_date
from qipxl.services import Service, plan_code
from qipxl.text import as_text, clean_text, folded
from qipxl.tracker.mail_text import FACTS, TEXTS, MailText
from qipxl.workbook.cells import CellError, NotStoredError, is_blank
from qipxl.workbook.headings import find_headings
from qipxl.workbook.layout import column_letters

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
MOST = 40
"""The number of mistakes that one message lists."""
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


def read_register(path: Path) -> Register:
    """Read a register workbook.

    Raises SourceError if it is missing or not a workbook, RequestError with every mistake in it, each with its cell.
    """
    if not path.is_file():
        raise SourceError(f"There is no register {path}. Run `qipxl init` to create one.")
    sheets = read_sheets(path, "The register")
    return register_from(path, sheets.rows, sheets.far)


def register_from(
    path: Path, sheets: Mapping[str, list[list[object]]], far: Mapping[str, Sequence[str]] | None = None
) -> Register:
    """The register from the cells of its sheets, each from A1 on; raises RequestError as `read_register` does.

    `far` are the addresses of cells too far away to be read: a mistake if they are in a column of a list.
    """
    mistakes: list[str] = []
    answers = read_provider(sheets, mistakes)
    mistakes += renamed_sheets(sheets)
    lines: dict[type[Line], Sequence[Line]] = {
        kind: read_lines(kind, sheets.get(kind.sheet), mistakes, (far or {}).get(kind.sheet, ())) for kind in LINES
    }
    charted = tuple(filter(None, map(str.strip, answers.pop("charted").split(";"))))
    register = Register(path, due_day=int(answers.pop("due_day")), charted=charted, lines=lines, **answers)
    mistakes += [*repeated_lines(register), *wrong_plans(register.of(ServiceLine))]
    mistakes += [*wrong_former_codes(register), *wrong_mail_texts(register), *framework_mistakes(register)]
    register = with_codes_of_plans(with_present_codes(register))
    if not any(mistake.startswith(f"{ServiceLine.sheet}!") for mistake in mistakes):
        mistakes += [*unknown_services(register), *unclear_closed_actions(register), *wrong_provider_actions(register)]
    if not lines[ServiceLine] and not mistakes:
        mistakes.append("Services lists no service. Write one on each row.")
    if mistakes:
        more = f"\n- and {len(mistakes) - MOST} more" if len(mistakes) > MOST else ""
        listed = "\n".join(f"- {mistake}" for mistake in mistakes[:MOST])
        raise RequestError(f"{path.name} has {len(mistakes)} mistake{'s' * (len(mistakes) > 1)}:\n{listed}{more}")
    return register


def read_provider(sheets: Mapping[str, list[list[object]]], mistakes: list[str]) -> dict[str, str]:
    """The answers on the sheet Provider."""
    answers = dict(DEFAULTS)
    asked = {heading.lower(): key for key, heading in ANSWERS.items()}
    for row in sheets.get(PROVIDER, []):
        key = asked.get(as_text(row[0]).strip().lower()) if row else None
        if key is not None and len(row) > 1:
            answers[key] = " ".join(as_text(row[1]).split()) or DEFAULTS[key]
    if not answers["name"]:
        mistakes.append(f"{PROVIDER} does not say the {ANSWERS['name']}. Write it next to this heading, in column B.")
    if not answers["due_day"].isdecimal() or not 1 <= int(answers["due_day"]) <= 28:
        mistakes.append(f"{PROVIDER}: {ANSWERS['due_day']} says {answers['due_day']}. Write a day from 1 to 28.")
        answers["due_day"] = DEFAULTS["due_day"]
    for key, choices in CHOICES.items():
        known = {choice.lower(): choice for choice in choices}
        if answers[key].lower() not in known:
            mistakes.append(f"{PROVIDER}: {ANSWERS[key]} says {answers[key]}. Choose {' or '.join(choices)}.")
        answers[key] = known.get(answers[key].lower(), DEFAULTS[key])
    if answers["chart_rules"] not in RULE_SETS:
        rules = " or ".join(RULE_SETS)
        mistakes.append(f"{PROVIDER}: {ANSWERS['chart_rules']} says {answers['chart_rules']}. Write {rules}.")
    return answers


def renamed_sheets(sheets: Collection[str]) -> Iterator[str]:
    """A mistake for each sheet that seems to be one that a register may lack, under another name: its lines would not count."""
    known = {kind.sheet for kind in LINES}
    others = {folded(name): name for name in sheets if name not in known}
    for kind in LINES:
        near = (
            get_close_matches(folded(kind.sheet), others, 1, 0.8)
            if kind.is_optional and kind.sheet not in sheets
            else []
        )
        if near:
            yield f"The sheet {others[near[0]]} was not read. If it is {kind.sheet}, give it this name again; else another name."


def read_lines(
    kind: type[AnyLine], rows: list[list[object]] | None, mistakes: list[str], far: Sequence[str] = ()
) -> list[AnyLine]:
    """The lines of one sheet; mistakes in them are added to `mistakes`, and cells of its columns that are `far` away."""
    titles = {name: str(info.title) for name, info in kind.columns().items()}
    headings = find_headings(rows, [*titles.values()]) if rows else None
    if rows is None and kind.is_optional:
        return []
    if rows is None or headings is None:
        mistakes.append(f"The sheet {kind.sheet}, or its row of headings, is missing: {', '.join(titles.values())}.")
        return []
    indexes = {name: headings.columns[title] for name, title in titles.items() if title in headings.columns}
    missing = [titles[name] for name, info in kind.columns().items() if info.is_required() and name not in indexes]
    if missing:
        mistakes.append(f"{kind.sheet} has no column {', '.join(missing)}.")
        return []
    mistakes += lost_headings(kind, rows, headings.row, indexes)
    lines = []
    for number, row in enumerate(rows[headings.row :], headings.row + 1):
        if cells := {name: row[index] for name, index in indexes.items() if not is_blank(row[index])}:
            lines.append(read_line(kind, number, cells, indexes, mistakes))
    mistakes += [
        f"{kind.sheet}!{address} is far below the list, so its row was not read. Move the row up, or delete the cell."
        for address in far
        if column_index(address.rstrip("0123456789")) in indexes.values()
    ]
    return [line for line in lines if line is not None]


def lost_headings(
    kind: type[Line], rows: list[list[object]], heading_row: int, indexes: Mapping[str, int]
) -> Iterator[str]:
    """A mistake for each column between the others that has values and no heading, if the sheet lacks one: after cells were merged."""
    missing = [str(info.title) for name, info in kind.columns().items() if name not in indexes]
    for column in range(max(indexes.values(), default=0)) if missing else ():
        if is_blank(rows[heading_row - 1][column]) and any(not is_blank(row[column]) for row in rows[heading_row:]):
            address = f"{column_letters(column)}{heading_row}"
            yield f"{kind.sheet}!{address} has no heading, but values below it. Write its heading there, such as {missing[0]}."


def read_line(
    kind: type[AnyLine], number: int, cells: Mapping[str, object], indexes: Mapping[str, int], mistakes: list[str]
) -> AnyLine | None:
    """One line; None if one of its cells is wrong."""
    wrong: list[str] = []

    def say(name: str, what: str) -> None:
        address = f"{column_letters(indexes[name])}{number}" if name in indexes else f"row {number}"
        wrong.append(f"{kind.sheet}!{address} {kind.columns()[name].title} {what}")

    values: dict[str, Any] = {name: typed(kind, name, cell, say) for name, cell in cells.items()}
    for name, info in kind.columns().items():
        if info.is_required() and name not in cells:
            say(name, f"is empty. {info.description}")
    if not wrong:
        try:
            return kind(row=number, **values)
        except ValidationError as error:
            for mistake in error.errors():
                name = str(mistake["loc"][0])
                say(name, f'says "{as_text(cells.get(name, ""))}". {kind.columns()[name].description}')
    mistakes += wrong
    return None


def typed(kind: type[Line], name: str, cell: object, say: Callable[[str, str], None]) -> object:
    """A cell's value in its column's type; if it does not have that type, `say` gets the mistake."""
    info = kind.columns()[name]
    text = clean_text(as_text(cell)) if name in CODES else " ".join(as_text(cell).split())
    if info.json_schema_extra["lines"] and isinstance(cell, str):
        return "\n".join(line.rstrip() for line in cell.strip().splitlines())
    if isinstance(cell, CellError):
        found = "has a formula without a result" if isinstance(cell, NotStoredError) else f'says "{text}", an error'
        say(name, f"{found}. Type the value itself.")
        return ""
    if name in CODES and isinstance(cell, date):
        say(name, f"was turned into the date {text} by Excel. Format the column as Text, and type it again.")
        return ""
    choices = {str(choice).lower(): choice for choice in info.json_schema_extra["choices"]}
    if info.annotation in (date, date | None):
        day = parse_date(cell.date() if isinstance(cell, datetime) else cell).value
        if not isinstance(day, date):
            say(name, f'says "{text}", which is not a date. Type one such as 31/03/2026.')
        return day
    if info.annotation in (float, float | None):
        return cell if isinstance(cell, int | float) else text
    if choices:
        if text.lower() not in choices:
            say(name, f'says "{text}". Choose one of: {", ".join(choices.values())}.')
        return choices.get(text.lower(), "")
    if name in ("period", "since"):
        if isinstance(cell, date) and cell.day == 1:  # Excel makes a date of 2026-03
            return str(Period(cell.year, cell.month))
        try:
            return str(Period.typed(text))
        except RequestError:
            say(name, f'says "{text}", which is not a month. Write one such as 2026-03, as text.')
    return text


def repeated_lines(register: Register) -> list[str]:
    """A mistake for each line that repeats the key of an earlier line."""
    mistakes = []
    for kind in LINES:
        seen: dict[tuple[str, ...], int] = {}
        for line in register.lines[kind] if kind.key else ():
            key = tuple(str(getattr(line, name)).lower() for name in kind.key)
            first = seen.setdefault(key, line.row)
            if first != line.row:
                filled = [name for name in kind.key if getattr(line, name) != ""]
                words = " and ".join(str(kind.columns()[name].title) for name in filled)
                verb = "is" if len(filled) == 1 else "are"
                mistakes.append(f"{kind.sheet}, row {line.row}: {words} {verb} already in row {first}. Keep one line.")
    return mistakes


def wrong_mail_texts(register: Register) -> list[str]:
    """A mistake for each word in braces, in the text of a mail, that qipxl does not fill in."""
    known = ", ".join(f"{{{name}}}" for name in FACTS)
    return [
        f"{MailLine.sheet}, row {line.row}: qipxl does not know {{{word}}}. It fills in {known}."
        for line in register.of(MailLine)
        for word in MailText(line.subject, line.text).unknown
    ]


def wrong_former_codes(register: Register) -> list[str]:
    """A mistake for each former code that is still the code of a service, or that two services had."""
    lines = {folded(line.plan_code): line for line in register.of(ServiceLine)}
    seen: dict[str, ServiceLine] = {}
    mistakes = []
    for line in register.of(ServiceLine):
        for old in line.former_codes:
            where = f"{ServiceLine.sheet}, row {line.row}: the Former code {old}"
            if folded(old) == folded(line.plan_code):
                mistakes.append(f"{where} is the service's code. Enter the code that it had before, or delete it.")
            elif folded(old) in lines:
                row = lines[folded(old)].row
                mistakes.append(
                    f"{where} is the code of the service in row {row}. If they are one service, delete row {row}."
                )
            elif seen.setdefault(folded(old), line) is not line:
                mistakes.append(
                    f"{where} is in row {seen[folded(old)].row} too. Only one service can continue it; a plan of it has a code such as "
                    f"{plan_code(old, line.plan or 'Safeguarding')}."
                    if line.plan or seen[folded(old)].plan
                    else f"{where} is in row {seen[folded(old)].row} too. Only one service can continue it."
                )
    return mistakes


def with_present_codes(register: Register) -> Register:
    """The register with the present code in each line that has a service's former code."""
    codes, lines = register.former_codes, dict(register.lines)
    for kind in LINES if codes else ():
        for name in [name for name in ("service", "taken_by") if name in kind.model_fields]:
            present = [codes.get(folded(getattr(line, name)), getattr(line, name)) for line in lines[kind]]
            lines[kind] = [
                line.model_copy(update={name: code}) for line, code in zip(lines[kind], present, strict=True)
            ]
    return replace(register, lines=lines)


def with_codes_of_plans(register: Register) -> Register:
    """The register with the code of the plan in each line about one plan, in whatever way head office wrote it."""
    plans, lines = register.plans, dict(register.lines)
    for kind in [kind for kind in LINES if kind.of_one_plan]:
        for name in [name for name in ("service", "taken_by") if name in kind.model_fields]:
            lines[kind] = [
                line if one is None else line.model_copy(update={name: one.plan_code})
                for line in lines[kind]
                for one in [plans.one(getattr(line, name))]
            ]
    return replace(register, lines=lines)


def unclear_closed_actions(register: Register) -> list[str]:
    """A mistake for each line about an action of a closed service that does not say what becomes of it."""
    codes = {folded(line.plan_code) for line in register.of(ServiceLine)}
    mistakes = []
    for line in register.of(ClosedActionLine):
        where = f"{ClosedActionLine.sheet}, row {line.row}:"
        if bool(line.taken_by) == bool(line.reason):
            mistakes.append(f"{where} enter either the service that takes the action or why it is closed.")
        elif line.taken_by and folded(line.taken_by) not in codes:
            mistakes.append(f"{where} {register.plans.unclear(ClosedActionLine, line.taken_by)}")
        elif folded(line.taken_by) == folded(line.service):
            mistakes.append(f"{where} {line.service} cannot take an action of its own.")
    return mistakes


def wrong_provider_actions(register: Register) -> list[str]:
    """A mistake for each service, template or action on the sheets of provider actions that does not exist."""
    plans, former = register.plans, register.former_codes
    templates = {folded(register.template_of(line)) for line in register.of(ServiceLine)}
    refs = {folded(line.ref) for line in register.of(ProviderActionLine)}
    mistakes = []
    for line in register.of(ProviderActionLine):
        where = f"{line.sheet}, row {line.row}:"
        codes = [code for code in line.codes if folded(code) not in former]
        mistakes += [f"{where} {unclear}" for code in codes if (unclear := plans.unclear(ProviderActionLine, code))]
        if line.template and folded(line.template) not in templates:
            mistakes.append(f"{where} no service has the template {line.template}.")
    return mistakes + [
        f"{step.sheet}, row {step.row}: there is no {step.provider_action} on {ProviderActionLine.sheet}."
        for step in register.of(ProviderMilestoneLine)
        if folded(step.provider_action) not in refs
    ]


def unknown_services(register: Register) -> list[str]:
    """A mistake for each line about a service that is not listed, or about a plan that is unclear."""
    plans, mistakes = register.plans, []
    for kind in [kind for kind in LINES if kind is not ClosedActionLine]:  # a closed service may no longer be listed
        for line in register.lines[kind]:
            if unclear := plans.unclear(kind, str(getattr(line, "service", ""))):
                mistakes.append(f"{kind.sheet}, row {line.row}: {unclear}")
    return mistakes
