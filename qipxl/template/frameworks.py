"""Lists of quality statements as dated data: CQC's lists, which come with qipxl, and a provider's own.

One list is in force in a month. A statement of another list is counted under those statements of this one that a crosswalk
names: from an earlier list to a later one as it is written, and from a later one to an earlier one the other way round.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from qipxl import files
from qipxl.errors import TemplateError
from qipxl.template.model import Declared
from qipxl.text import folded

DEFAULT = "cqc-2023-statements"
"""The key of the list in force if the register chooses none."""
FOLDER = "frameworks"
"""The folder of the lists that come with qipxl, in that of the templates."""
BETWEEN = re.compile("[;\n\r]")
"""The marks between several statements in one cell; a comma is a part of some statements."""
NOT_VERIFIED = "not verified"
OWN_LIST = "the provider's own list"
"""The status of a list that the register declares."""
Fit = Literal["close", "partial", "weak"]


class Statement(Declared):
    """A statement of a list; `checked` names the page of its author with which the wording was compared, if it was."""

    title: str
    checked: str = ""
    note: str = ""


class Question(Declared):
    """A key question, or another group of statements; `good` and `outstanding` say in qipxl's words what these ratings mean."""

    name: str = ""
    good: str = ""
    outstanding: str = ""
    statements: tuple[Statement, ...] = Field(min_length=1)

    def full_name(self, statement: Statement) -> str:
        """A statement as it is chosen and counted, such as Safe: Learning culture."""
        return f"{self.name}: {statement.title}" if self.name else statement.title


class CrosswalkLine(Declared):
    """The statements under which a statement of another list is counted, and how well they fit it."""

    from_name: str = Field(alias="from")
    to: tuple[str, ...] = Field(min_length=1)
    fit: Fit = "close"


class Crosswalk(Declared):
    """The way from another list (its key is `from_list`) to the one that declares it, and whose judgement it is."""

    from_list: str = Field(alias="from")
    judged_by: str
    lines: tuple[CrosswalkLine, ...]

    @cached_property
    def targets(self) -> dict[str, tuple[str, ...]]:
        """The statements for each statement of the other list, folded."""
        return {folded(line.from_name): line.to for line in self.lines}

    @cached_property
    def sources(self) -> dict[str, tuple[str, ...]]:
        """The other list's statements for each statement of this one, folded."""
        found: dict[str, list[str]] = {}
        for line in self.lines:
            for name in line.to:
                found.setdefault(folded(name), []).append(line.from_name)
        return {name: tuple(names) for name, names in found.items()}


class Framework(Declared):
    """A list of statements.

    `heading` is that of the column of actions, `noun` what one of its statements is called. `dated` is the day of the list,
    `status` says whether it is in use.
    """

    key: str
    title: str
    heading: str = Field(min_length=1, max_length=32)
    noun: str = "statement"
    dated: date | None = None
    status: str
    about: str = ""
    source: str
    question: tuple[Question, ...] = Field(min_length=1)
    crosswalk: tuple[Crosswalk, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every statement, as it is chosen and counted."""
        return tuple(question.full_name(each) for question in self.question for each in question.statements)

    @cached_property
    def by_folded(self) -> dict[str, str]:
        """The statements by their folded texts."""
        return {folded(name): name for name in self.names}

    @cached_property
    def wording(self) -> dict[str, str]:
        """For each statement, the page with which its wording was compared, or NOT_VERIFIED."""
        return {
            question.full_name(each): each.checked or NOT_VERIFIED
            for question in self.question
            for each in question.statements
        }

    @property
    def full_status(self) -> str:
        """The status with the number of wordings that are not verified, as in “draft, wording not verified”."""
        unverified = sum(wording == NOT_VERIFIED for wording in self.wording.values())
        if not unverified:
            return self.status
        some = "" if unverified == len(self.names) else f" of {unverified} of {len(self.names)}"
        return f"{self.status}, wording{some} {NOT_VERIFIED}"

    @property
    def full_title(self) -> str:
        """The title with the status, for headings and sentences."""
        return f"{self.title} ({self.full_status})"


@dataclass(frozen=True)
class WrittenStatement:
    """A statement under which an action is counted; `name` is empty if the text is in no list that leads to the one in force."""

    name: str
    as_written: str
    through_crosswalk: bool = False


@dataclass(frozen=True)
class FrameworkInForce:
    """The list in force in a month, and all lists that are known.

    `since` is the month from which the register chooses it, such as 2026-05; empty if it was always in force.
    """

    framework: Framework
    known: tuple[Framework, ...]
    since: str = ""

    @property
    def others(self) -> list[Framework]:
        """The known lists other than the one in force."""
        return [each for each in self.known if each.key != self.framework.key]

    @cached_property
    def other_names(self) -> tuple[str, ...]:
        """The statements of the other lists whose text the list in force does not have."""
        names = {folded(name): name for each in self.others for name in each.names}
        return tuple(name for key, name in names.items() if key not in self.framework.by_folded)

    @cached_property
    def direct_counterparts(self) -> dict[str, tuple[str, ...]]:
        """The statements of the list in force for each statement of another list (folded) that a crosswalk leads from."""
        ways = [walk.targets for walk in self.framework.crosswalk]
        ways += [
            walk.sources for each in self.others for walk in each.crosswalk if walk.from_list == self.framework.key
        ]
        found: dict[str, dict[str, None]] = {}
        for way in ways:
            for text, names in way.items():
                present = [self.framework.by_folded.get(folded(name), name) for name in names]
                found.setdefault(text, {}).update(dict.fromkeys(present))
        return {text: tuple(names) for text, names in found.items()}

    @cached_property
    def counterparts(self) -> dict[str, tuple[str, ...]]:
        """The same, with those that only two crosswalks one after the other lead from, by way of a third list."""
        direct, found = self.direct_counterparts, dict(self.direct_counterparts)
        known = {key: (name,) for key, name in self.framework.by_folded.items()} | direct
        for each in self.others:
            for text, names in FrameworkInForce(each, self.known).direct_counterparts.items():
                targets = dict.fromkeys(target for name in names for target in known.get(folded(name), ()))
                if text not in direct and targets:
                    found[text] = tuple(dict.fromkeys([*found.get(text, ()), *targets]))
        return found

    def statements(self, *texts: str) -> list[WrittenStatement]:
        """The statements that cells name, each once.

        A statement of another list is left out if one of its counterparts is named as well.
        """
        written = {folded(part): " ".join(part.split()) for text in texts for part in BETWEEN.split(text)}
        written.pop("", None)
        direct = {self.framework.by_folded[key] for key in written if key in self.framework.by_folded}
        found: dict[tuple[str, str], WrittenStatement] = {}
        for key, text in written.items():
            if name := self.framework.by_folded.get(key):
                found[name, ""] = WrittenStatement(name, text)
            elif key not in self.counterparts:
                found["", key] = WrittenStatement("", text)
            elif not direct & set(self.counterparts[key]):
                for name in self.counterparts[key]:
                    found.setdefault((name, ""), WrittenStatement(name, text, through_crosswalk=True))
        return list(found.values())


def shipped_frameworks() -> tuple[Framework, ...]:
    """The lists that come with qipxl, the earliest first."""
    paths = (files.workbook_templates() / FOLDER).glob("*.toml")
    return tuple(sorted(map(load_framework, paths), key=lambda each: (each.dated or date.max, each.key)))


@cache
def load_framework(path: Path) -> Framework:
    """Read the file of a list; raises TemplateError if it has mistakes."""
    try:
        framework = Framework.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (ValidationError, tomllib.TOMLDecodeError) as error:
        raise TemplateError([f"{path.name}: {error}"]) from None
    return framework


@cache
def default_framework() -> FrameworkInForce:
    """The list in force without a register."""
    known = shipped_frameworks()
    return FrameworkInForce(next(each for each in known if each.key == DEFAULT), known)


def crosswalk_mistakes(known: Sequence[Framework]) -> Iterator[str]:
    """A sentence for each statement that a crosswalk names and no list has, and for each that it leaves out."""
    by_key = {each.key: each for each in known}
    for framework in known:
        for walk in framework.crosswalk:
            where = f"{framework.key}, crosswalk from {walk.from_list}"
            other = by_key.get(walk.from_list)
            if other is None:
                yield f"{where}: there is no list {walk.from_list}."
                continue
            for line in walk.lines:
                if folded(line.from_name) not in other.by_folded:
                    yield f"{where}: {line.from_name} is not in {other.key}."
                for name in line.to:
                    if folded(name) not in framework.by_folded:
                        yield f"{where}: {name} is not in {framework.key}."
            for name in other.names:
                if folded(name) not in walk.targets:
                    yield f"{where}: {name} has no line."
