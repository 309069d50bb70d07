"""The lists of quality statements of a register: its own lists, and the list in force in a month."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from qipxl.periods import Period
from qipxl.provider.register_schema import FrameworkLine, OwnStandardLine
from qipxl.template.frameworks import (
    BETWEEN,
    DEFAULT,
    OWN_LIST,
    Crosswalk,
    CrosswalkLine,
    Framework,
    FrameworkInForce,
    Question,
    Statement,
    shipped_frameworks,
)
from qipxl.text import did_you_mean, folded

if TYPE_CHECKING:
    from qipxl.provider.register import Register

OWN_JUDGEMENT = "the provider's own judgement"
FORBIDDEN = re.compile(r"[^\w ?%]")
"""What the name of an own list may not hold, because it is the heading of a column."""


def known_frameworks(register: Register) -> tuple[Framework, ...]:
    """The lists that come with qipxl, then those of the register."""
    shipped = shipped_frameworks()
    lines: dict[str, list[OwnStandardLine]] = {}
    for line in register.of(OwnStandardLine):
        lines.setdefault(folded(line.framework), []).append(line)
    return (*shipped, *(own_framework(own, shipped) for own in lines.values()))


def own_framework(lines: Sequence[OwnStandardLine], shipped: Sequence[Framework]) -> Framework:
    """A list from its lines in the register, with crosswalks from the lists that they name in Same as."""
    by_group = sorted(lines, key=lambda line: [each.group for each in lines].index(line.group))
    questions = [
        Question(name=group, statements=tuple(own_statement(line) for line in own))
        for group, own in groupby(by_group, lambda line: line.group)
    ]
    name = lines[0].framework
    source = f"the register, sheet {OwnStandardLine.sheet}"
    framework = Framework(key=name, title=name, heading=name, status=OWN_LIST, source=source, question=tuple(questions))
    walks = (crosswalk_from(other, lines) for other in shipped)
    return framework.model_copy(update={"crosswalk": tuple(walk for walk in walks if walk.lines)})


def own_statement(line: OwnStandardLine) -> Statement:
    """A statement of a list of the register, whose wording is the provider's own."""
    return Statement(title=line.statement, checked=f"{OwnStandardLine.sheet}, row {line.row}", note=line.note)


def full_name(line: OwnStandardLine) -> str:
    """A statement of a list of the register as actions name it."""
    return Question(name=line.group, statements=(own_statement(line),)).full_name(own_statement(line))


def crosswalk_from(other: Framework, lines: Sequence[OwnStandardLine]) -> Crosswalk:
    """The crosswalk from a list to an own one, as the lines of the own one give it."""
    to: dict[str, list[str]] = {}
    for line in lines:
        for part in BETWEEN.split(line.same_as):
            if name := other.by_folded.get(folded(part)):
                to.setdefault(name, []).append(full_name(line))
    found = [CrosswalkLine.model_validate({"from": name, "to": tuple(names)}) for name, names in to.items()]
    return Crosswalk.model_validate({"from": other.key, "judged_by": OWN_JUDGEMENT, "lines": tuple(found)})


def framework_in_force(register: Register, period: Period) -> FrameworkInForce:
    """The list in force in a month: that of the latest line of the sheet Frameworks, else the default."""
    known = known_frameworks(register)
    by_key = {folded(each.key): each for each in known}
    begun = [line for line in register.of(FrameworkLine) if line.since <= str(period)]
    chosen = max(begun, key=lambda line: line.since, default=None)
    framework = by_key[folded(DEFAULT)] if chosen is None else by_key[folded(chosen.framework)]
    return FrameworkInForce(framework, known, chosen.since if chosen is not None else "")


def framework_setting(register: Register, in_force: FrameworkInForce) -> list[tuple[str, str, str, str]]:
    """The choice of the list in force as the summary prints it among the rules in force; none if the register chooses none."""
    framework = in_force.framework
    chosen = [line for line in register.of(FrameworkLine) if line.since == in_force.since]
    chosen = [line for line in chosen if folded(line.framework) == folded(framework.key)]
    since = f" from {in_force.since} on" if in_force.since else ""
    return [
        (
            "every template",
            "The provider's own: list of quality statements",
            framework.full_title,
            f"Source: {framework.source}. Decided by {line.decided_by}{since}.",
        )
        for line in chosen
    ]


def framework_mistakes(register: Register) -> Iterator[str]:
    """A sentence for each line about lists of statements that cannot be used."""
    shipped = {folded(each.key): each.key for each in shipped_frameworks()}
    own = {folded(line.framework): line.framework for line in register.of(OwnStandardLine)}
    for line in register.of(FrameworkLine):
        if folded(line.framework) not in shipped | own:
            there = ", ".join([*shipped.values(), *own.values()])
            hint = did_you_mean(line.framework, [*shipped.values(), *own.values()])
            yield f"{line.sheet}, row {line.row}: there is no list {line.framework}.{hint} There are {there}."
    for standard in register.of(OwnStandardLine):
        where = f"{standard.sheet}, row {standard.row}:"
        if folded(standard.framework) in shipped:
            yield f"{where} {standard.framework} comes with qipxl. Give your list a name of its own."
        if FORBIDDEN.search(standard.framework):
            yield f"{where} the name of a list may hold letters, figures, spaces, ? and % only."
        if BETWEEN.search(standard.statement) or BETWEEN.search(standard.group):
            yield f"{where} a statement or group may not hold ; because it comes between several statements."
        for part in filter(None, map(str.strip, BETWEEN.split(standard.same_as))):
            if not any(folded(part) in each.by_folded for each in shipped_frameworks()):
                yield f"{where} Same as: {part} is in no list that comes with qipxl."
