"""The words of old plans: what aliases.toml, and a provider's own file, say that headings and values mean."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from qipxl.adopting.heading_words import comparable

ALIASES = Path(__file__).with_name("aliases.toml")
LONE_SCORE = re.compile(r"(?<![\d.])[1-5](?![\d.]*\d)")


@dataclass(frozen=True, eq=False)
class Aliases:
    """The meanings of headings.

    `fields` has the headings of each table and field, `later` those that mean a field if no other heading does, as a second and as a third
    choice; `none` headings without a field; `levels` values that are neither texts nor names; `statuses`, `links`, `past`, `others`,
    `future`, `heads`, `tails`, `bodies`, `roles`, `given_names` and `not_names` words by which a heading or a column is recognised;
    `progress_words`, `control_states`, `standards` and `of_controls` words by which a Status is an action's or a control's; `in_place`
    words of headings of controls that are there; `citations` words of a place in a standard or a law; `hints`, `scales` and `signatures`
    words of rows that are not of the list; `acts`, `duties` and `things` words of texts that say what will be done; `works`, `problems`,
    `other_lists` and `schedules` words of what a table lists; `offered` the words of headings by which a field is only offered,
    `offered_though_none` headings of `none` to which it is; `words` the meanings of choices by list; `cover` labels of covers. `own` has
    the field of each heading that the provider explains itself, by table and comparable heading; it counts before all others.
    """

    fields: Mapping[str, Mapping[str, Sequence[str]]]
    later: Sequence[Mapping[str, Mapping[str, Sequence[str]]]]
    none: Sequence[str]
    levels: frozenset[str]
    statuses: frozenset[str]
    progress_words: frozenset[str]
    control_states: frozenset[str]
    standards: frozenset[str]
    of_controls: frozenset[str]
    in_place: frozenset[str]
    citations: frozenset[str]
    hints: frozenset[str]
    scales: frozenset[str]
    signatures: frozenset[str]
    links: frozenset[str]
    past: frozenset[str]
    others: frozenset[str]
    future: frozenset[str]
    heads: frozenset[str]
    tails: frozenset[str]
    bodies: frozenset[str]
    roles: frozenset[str]
    given_names: frozenset[str]
    not_names: frozenset[str]
    works: frozenset[str]
    problems: frozenset[str]
    other_lists: frozenset[str]
    schedules: frozenset[str]
    acts: frozenset[str]
    duties: frozenset[str]
    things: frozenset[str]
    offered_though_none: frozenset[str]
    offered: Mapping[str, Sequence[str]]
    words: Mapping[str, Mapping[str, Sequence[str]]]
    cover: Mapping[str, Sequence[str]]
    own: Mapping[tuple[str, str], str]


@cache
def shipped_aliases() -> Aliases:
    """The aliases that come with qipxl."""
    declared = tomllib.loads(ALIASES.read_text("utf-8"))
    second, third, none, offered, words, cover = (
        declared.pop(name) for name in ("second", "third", "none", "offered", "words", "cover")
    )
    listed = {
        name: frozenset(none[name])
        for name in (
            "levels",
            "statuses",
            "progress_words",
            "control_states",
            "standards",
            "of_controls",
            "in_place",
            "citations",
            "hints",
            "scales",
            "signatures",
            "links",
            "past",
            "others",
            "future",
            "heads",
            "tails",
            "bodies",
            "roles",
            "given_names",
            "not_names",
            "works",
            "problems",
            "other_lists",
            "schedules",
            "acts",
            "duties",
            "things",
            "offered_though_none",
        )
    }
    return Aliases(
        declared, (second, third), none["headings"], **listed, offered=offered, words=words, cover=cover, own={}
    )


IN_USE: ContextVar[Aliases | None] = ContextVar("aliases in use", default=None)


def aliases() -> Aliases:
    """The aliases in use: those that come with qipxl, with the provider's own headings if `with_own_headings` gives them."""
    return IN_USE.get() or shipped_aliases()


@contextmanager
def with_own_headings(own: Mapping[tuple[str, str], str]) -> Iterator[None]:
    """Use a provider's own headings within the block; `own` is as in `Aliases`."""
    before = IN_USE.set(replace(shipped_aliases(), own=own))
    try:
        yield
    finally:
        IN_USE.reset(before)


def own_field(heading: str, tables: Sequence[str]) -> str:
    """The field, such as actions.owner, that a provider's own heading means in the first table that has it; empty if in none."""
    own, text = aliases().own, comparable(heading) if aliases().own else ""
    return next((f"{table}.{own[table, text]}" for table in tables if (table, text) in own), "")


def list_word(list_name: str, text: str) -> str:
    """The word of a list that an old word means; empty if the aliases do not say."""
    text = comparable(text)
    for word, olds in aliases().words.get(list_name, {}).items():
        if text and text in map(comparable, (word, *olds)):
            return word
    return ""


def score_word(text: str) -> str:
    """The score from 1 to 5 that a word of a likelihood or a consequence means, or that is typed with it; empty if there is none.

    >>> score_word("Almost certain"), score_word("4 - Likely"), score_word("Medium (3)"), score_word("Weekly")
    ('5', '4', '3', '')
    """
    word = list_word("scores", LONE_SCORE.sub(" ", text))
    typed = LONE_SCORE.search(text)
    return typed[0] if word and typed else word
