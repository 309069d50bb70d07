"""The plans of each service in the register, and which of them a line of the register means."""

from __future__ import annotations

from collections.abc import Sequence

from qipxl.provider.register_schema import Line, ServiceLine
from qipxl.services import GENERAL, PLAN_MARK, plan_code, spelling
from qipxl.text import folded, names_text


class Plans:
    """The lines of the sheet Services, found by what head office writes in a column Service.

    A service's code names all its plans. Its code with a plan, such as “ELM / Safeguarding” or “ELM Safeguarding”, names one.
    """

    def __init__(self, lines: Sequence[ServiceLine]) -> None:
        self.of_service: dict[str, list[ServiceLine]] = {}
        for line in lines:
            self.of_service.setdefault(folded(line.code), []).append(line)
        self.by_spelling = {spelling(f"{line.code} {line.plan or GENERAL}"): line for line in reversed(lines)}

    def named(self, text: str) -> list[ServiceLine]:
        """The plans that a text names: all of a service, or one; none if the text is no code on the sheet Services."""
        every = self.of_service.get(folded(text))
        if every is not None:
            return every
        one = self.by_spelling.get(spelling(text))
        return [] if one is None else [one]

    def one(self, text: str) -> ServiceLine | None:
        """The one plan that a text names; a service's code alone names its only plan, or the one without a name. None if it is unclear."""
        named = self.named(text)
        general = [line for line in named if not line.plan]
        return named[0] if len(named) == 1 else general[0] if general else None

    def unclear(self, kind: type[Line], text: str) -> str:
        """What is wrong with a code in a column Service for lines of this kind, and what to write; empty if it is clear."""
        if not text:
            return ""
        named = self.named(text)
        if not named:
            service = next((lines for code, lines in self.of_service.items() if is_plan_of(text, code)), None)
            if service is None:
                return f"there is no service with the code {text} on Services."
            return f"{service[0].code} has no such plan on Services as {text}. {plans_words(service)}"
        if kind.of_one_plan and self.one(text) is None:
            return f"{named[0].code} has several plans. {plans_words(named)}"
        return ""


def service_named(text: str, plans: Plans) -> tuple[str, str]:
    """The code and the name of the service, or of its plan, that a line of the register names; both say so if it is about all services."""
    named = plans.named(text)
    if not named:
        return text, "Whole provider"
    return (named[0].plan_code, named[0].plan_name) if len(named) == 1 else (named[0].code, named[0].name)


def is_plan_of(text: str, code: str) -> bool:
    """True if a text begins with a service's code and goes on with a plan."""
    return spelling(text).startswith(f"{spelling(code)} ") and not folded(text)[len(code) :][:1].isalnum()


def plans_words(lines: Sequence[ServiceLine]) -> str:
    """What to write for each plan of a service."""
    texts = [
        line.code if len(lines) == 1 and not line.plan else plan_code(line.code, line.plan or GENERAL) for line in lines
    ]
    return f"Write {names_text(texts).replace(' and ', ' or ')}."


def wrong_plans(lines: Sequence[ServiceLine]) -> list[str]:
    """A mistake for each line of the sheet Services whose code or plan has the mark between them, or that calls its service otherwise."""
    mistakes = []
    first: dict[str, ServiceLine] = {}
    for line in lines:
        where = f"{ServiceLine.sheet}, row {line.row}:"
        if PLAN_MARK in line.plan:
            mistakes.append(f"{where} the plan {line.plan} has a “{PLAN_MARK.strip()}”. Write a name without it.")
        if PLAN_MARK in line.code and line.plan:
            mistakes.append(
                f"{where} the code {line.code} has a “{PLAN_MARK.strip()}”. Write the code of the service alone."
            )
        before = first.setdefault(folded(line.code), line)
        for what in ("name", "region"):
            one, other = getattr(before, what), getattr(line, what)
            if folded(one) != folded(other):
                title = ServiceLine.columns()[what].title
                mistakes.append(
                    f"{where} the {title} of {line.code} is {other or 'blank'}, in row {before.row} it is {one or 'blank'}. "
                    "Lines of one service differ in their Plan, not in this."
                )
    return mistakes
