"""Mistakes in a register that only show if its lines are read together."""

from __future__ import annotations

from qipxl.provider.register import Register
from qipxl.provider.register_schema import (
    LINES,
    ClosedActionLine,
    MailLine,
    ProviderActionLine,
    ProviderMilestoneLine,
    ServiceLine,
)
from qipxl.services import plan_code
from qipxl.text import folded
from qipxl.tracker.mail_text import FACTS, MailText


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
