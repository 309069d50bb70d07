"""The kinds of meetings, and the reasons for which something is on their agenda: data in kinds.toml, which a provider can change."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qipxl.errors import RequestError
from qipxl.files import read_toml
from qipxl.text import did_you_mean, folded

OWN_FILE = "meetings.toml"
"""The file in a provider's folder with its own kinds and reasons."""
SHIPPED = Path(__file__).with_name("kinds.toml")


class Part(BaseModel):
    """A part of the file; unknown names are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Keyed = TypeVar("Keyed", "Kind", "Reason")


class Also(Part):
    """A table whose latest row about the same action or indicator is read out: the date column, and headings with their columns."""

    table: str
    by: str
    says: Mapping[str, str]


class Rows(Part):
    """The rows of a table that put something on the agenda; see kinds.toml."""

    table: str
    column: str
    values: Sequence[str] = ()
    blank: str = ""
    of_action: str = ""
    templates: Sequence[str] = ()
    left_plan: bool = False
    item: str = ""
    says: Mapping[str, str] = Field(default_factory=dict)


class Reason(Part):
    """A reason: its words for one row and for many, and which rows."""

    key: str
    one: str
    many: str = ""
    because: str = "headline"
    """The rating whose reason is given for an action."""
    judged: bool = False
    """True if the meeting is to judge the rows, which are evidence."""
    if_no_other: bool = False
    """True if only those actions count that no other reason of the meeting has put on the agenda."""
    rows: Sequence[Rows]
    also: Sequence[Also] = ()

    def words(self, number: int) -> str:
        """The finding for a number of rows."""
        return self.many.format(n=number) if self.many and number > 1 else self.one


class Condition(Part):
    """A condition for an action: a column has one of the values, or contains a text."""

    column: str
    values: Sequence[str] = ()
    contains: str = ""

    def holds(self, value: object) -> bool:
        """True if a value of the column meets it."""
        text = folded(value)
        return text in map(folded, self.values) or (self.contains != "" and folded(self.contains) in text)


class Kind(Part):
    """A kind of meeting: its key for the command, its title, the beginning of its Refs, and its reasons."""

    key: str = Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=30)
    title: str = Field(max_length=80)
    prefix: str = Field(pattern=r"^[A-Z]{2,6}$")
    reasons: Sequence[str] = ()
    only: Sequence[Condition] = ()
    every_open_matter: bool = False


class Kinds(Part):
    """All kinds and reasons."""

    kind: Sequence[Kind] = ()
    reason: Sequence[Reason] = ()

    def named(self, key: str) -> Kind:
        """A kind by its key; raises RequestError if there is none."""
        found = next((kind for kind in self.kind if folded(kind.key) == folded(key)), None)
        if found is None:
            keys = [kind.key for kind in self.kind]
            raise RequestError(
                f"“{key}” is not a kind of meeting.{did_you_mean(key, keys)} Choose from: {', '.join(keys)}."
            )
        return found

    def reasons_of(self, kind: Kind) -> list[Reason]:
        """The reasons of a kind, in its order."""
        by_key = {reason.key: reason for reason in self.reason}
        return [by_key[key] for key in kind.reasons]


def read_kinds(home: Path | None = None) -> Kinds:
    """The kinds that qipxl comes with, with a provider's own from `meetings.toml` in its folder.

    Raises RequestError if that file has a mistake.

    >>> [kind.key for kind in read_kinds().kind]
    ['panel', 'safeguarding', 'qip-review', 'board']
    """
    shipped = Kinds.model_validate(tomllib.loads(SHIPPED.read_text("utf-8")))
    path = None if home is None else home / OWN_FILE
    if path is None or not path.is_file():
        return shipped
    own = own_kinds(path)
    kinds = Kinds(kind=replaced(shipped.kind, own.kind), reason=replaced(shipped.reason, own.reason))
    known = {reason.key for reason in kinds.reason}
    for kind in kinds.kind:
        if unknown := [key for key in kind.reasons if key not in known]:
            raise RequestError(
                f"{path}: the kind {kind.key} names the reason “{unknown[0]}”, which does not exist.{did_you_mean(unknown[0], known)}"
            )
    if len({kind.prefix for kind in kinds.kind}) < len(kinds.kind):
        raise RequestError(f"{path}: two kinds have the same prefix. Give each its own, so that their Refs differ.")
    return kinds


def own_kinds(path: Path) -> Kinds:
    """The kinds of a provider's file; raises the errors of `read_toml`, and RequestError with the first mistake in it."""
    try:
        return Kinds.model_validate(read_toml(path))
    except ValidationError as error:
        mistake = error.errors()[0]
        where = ".".join(map(str, mistake["loc"]))
        raise RequestError(f"{path}: {where}: {mistake['msg']}.") from None


def replaced(shipped: Sequence[Keyed], own: Sequence[Keyed]) -> list[Keyed]:
    """The shipped entries with those of the provider's in the place of entries with the same key, then its others."""
    entries: dict[str, Keyed] = {entry.key: entry for entry in shipped}
    entries.update((entry.key, entry) for entry in own)
    return list(entries.values())
