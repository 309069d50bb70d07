"""Disclosure control for packs that leave the provider: roles in place of names, and no small figures.

Names come from the columns that name staff, from the returns' covers and from the register. A role replaces each of them in
every column, inside texts too. A name that is in none of these sources is not found: a person must look for it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, pairwise

import pandas as pd

from qipxl.archive.lazy_tables import in_memory
from qipxl.privacy import kinds_in
from qipxl.summary.summary import ProviderSummary
from qipxl.text import figure_text

MANAGER, STAFF = "registered manager", "member of staff"
LEAST = 5
"""A figure above 0 and below this is not published: the usual limit for counts of people. qipxl's default."""
WITHHELD, NOT_GIVEN = "[c]", "[x]"
SAFE = ("service", "name", "region", "period", "ref", "cell", "template")
"""Columns without names of people, although a service may be named after a person."""
Name = tuple[str, ...]
"""The folded words of a name."""
Roles = Mapping[Name, str]
"""A role for each name."""


def redacted(summary: ProviderSummary, people: Mapping[str, str]) -> ProviderSummary:
    """The same summary with roles in place of names; `people` are the names in the register, with their roles.

    Texts from the register that seem to hold personal data are withheld, as texts of returns are when they are read.
    """
    known = roles_by_return(summary, people)

    def without(frame: pd.DataFrame) -> pd.DataFrame:
        return without_names(frame, known)

    def of_register(frame: pd.DataFrame) -> pd.DataFrame:
        return without(without_personal(frame, text_columns(frame)).assign(**{"return": -1})).drop(columns="return")

    decisions = summary.decisions
    if decisions is not None:
        decisions = without(without_personal(summary.escalated, ["decided"]))[[*decisions.columns]]
    return replace(
        summary,
        actions=without(summary.actions),
        decisions=decisions,
        problems=without(summary.problems),
        sources=without(summary.sources.assign(**{"return": summary.sources.index})).drop(columns="return"),
        records=in_memory({key: without(frame) for key, frame in summary.records.items()}),
        links=of_register(summary.links),
        local_settings=of_register(summary.local_settings),
    )


PERSONAL = "(withheld: it seems to hold personal data)"


def without_personal(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """A frame in which texts of some columns that seem to hold personal data are withheld."""
    texts = {}
    for name in set(columns) & set(frame.columns):
        texts[name] = [PERSONAL if isinstance(text, str) and kinds_in(text) else text for text in frame[name]]
    return frame.assign(**texts)


def text_columns(frame: pd.DataFrame) -> list[str]:
    """The text columns in which a person may be named."""
    texts = frame.columns[[pd.api.types.is_string_dtype(kind) for kind in frame.dtypes]]
    return [name for name in texts if name not in SAFE]


def roles_by_return(summary: ProviderSummary, people: Mapping[str, str]) -> dict[int, Roles]:
    """The names known in each return (-1: in no return of this month), with their roles.

    A name of several words is known in all returns; a single word only in the return in which it is alone in a cell.
    """
    own: dict[int, dict[Name, str]] = {-1: {}}
    for number, manager, sender in summary.sources[["manager", "submitted_by"]].itertuples():
        own.setdefault(int(number), {}).update(dict.fromkeys(names_in(sender), STAFF))
        own[int(number)].update(dict.fromkeys(names_in(manager), MANAGER))
    for number, name in staff_names(summary):
        for each in names_in(name):
            own.setdefault(number, {}).setdefault(each, STAFF)
    for number, owner, role in owners(summary):
        for each in names_in(owner):
            if role and own.get(number, {}).get(each) == STAFF:
                own[number][each] = role
    everywhere = {each: role for name, role in people.items() for each in names_in(name)}
    for names in own.values():
        several = {each: role for each, role in names.items() if len(each) > 1}
        everywhere |= {each: role for each, role in several.items() if everywhere.get(each, STAFF) == STAFF}
    roles = {words_of_name(role) for names in (everywhere, *own.values()) for role in names.values()}
    return {
        number: {each: role for each, role in {**everywhere, **names}.items() if each not in roles}
        for number, names in own.items()
    }


WORD = re.compile(r"\w+(?:['’.-]\w+)*")
APART = re.compile(r"\s*(?:[,;&/()+]|\band\b|\bor\b)\s*", re.IGNORECASE)
TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sr", "rev"})
MOST_WORDS = 5
"""A name has no more words than this; a longer cell is a sentence."""


def words_of_name(text: str) -> Name:
    """The words of a name as they are compared, ignoring case, kinds of blank and of apostrophe."""
    return tuple(folded_word(match[0]) for match in WORD.finditer(text))


def folded_word(word: str) -> str:
    return unicodedata.normalize("NFKC", word).replace("’", "'").casefold()


def names_in(cell: object) -> list[Name]:
    """The names in a cell: alone or with others, before or after a role, with a title, or with the surname first."""
    if not isinstance(cell, str) or not cell.strip():
        return []
    parts = [tuple(word for word in words_of_name(part) if word not in TITLES) for part in APART.split(cell)]
    names = [words_of_name(cell), *parts]
    if cell.count(",") == 1 and len(parts) == 2 and all(len(part) == 1 for part in parts):
        names.append((*parts[1], *parts[0]))
    return [name for name in names if 1 < len(name) <= MOST_WORDS] + [name for name in names[:1] if len(name) == 1]


def owners(summary: ProviderSummary) -> Iterable[tuple[int, str, str]]:
    """The owner of each action with the number of its return and the owner's role."""
    actions = summary.actions
    if "owner_role" not in actions.columns:
        return ()
    roles = actions["owner_role"].fillna("").astype(str)
    return zip(actions["return"].astype(int), actions["owner"], roles, strict=True)


def staff_names(summary: ProviderSummary) -> Iterable[tuple[int, str]]:
    """Every name in the columns that name staff, with the number of its return."""
    for key, frame in chain([("actions", summary.actions)], summary.records.items()):
        for column in staff_columns(summary, key):
            if column in frame.columns:
                given = frame[frame[column].fillna("") != ""]
                yield from zip(given["return"].astype(int), given[column].astype(str), strict=True)


def staff_columns(summary: ProviderSummary, key: str) -> list[str]:
    """The columns of a table that name staff in any template in use."""
    tables = [template.tables[key] for template in summary.in_use if key in template.tables]
    return list(dict.fromkeys(field.key for table in tables for field in table.field if field.names_staff))


def without_names(frame: pd.DataFrame, known: Mapping[int, Roles]) -> pd.DataFrame:
    """A frame in which roles replace the names known in each row's return."""
    if not len(frame):
        return frame
    texts = {name: frame[name].to_numpy(object).copy() for name in text_columns(frame)}
    for number, rows in frame.groupby(frame["return"].to_numpy()).indices.items():
        replace_names = name_replacer(known.get(int(str(number)), known[-1]))
        for values in texts.values():
            values[rows] = [replace_names(value) if isinstance(value, str) else value for value in values[rows]]
    series = {name: pd.Series(values, frame.index, dtype=frame[name].dtype) for name, values in texts.items()}
    return frame.assign(**series)


def name_replacer(roles: Roles) -> Callable[[str], str]:
    """A function that replaces names in a text by roles: a name alone in a cell by the role, inside a text by the role in brackets.

    A name of one word is replaced only if it is alone in a cell: inside a text it may be an ordinary word.
    """
    longest: dict[str, int] = {}
    for name in roles:
        longest[name[0]] = max(longest.get(name[0], 0), len(name))

    def replace_names(text: str) -> str:
        role = roles.get(words_of_name(text))
        return role if role is not None else in_brackets(text, roles, longest)

    return replace_names


def in_brackets(text: str, roles: Roles, longest: Mapping[str, int]) -> str:
    """A text with a role in brackets for each name of two or more words; `longest` is the most words of a name by its first word."""
    words = list(WORD.finditer(text))
    parts, done, index = [], 0, 0
    while index < len(words):
        most = min(longest.get(folded_word(words[index][0]), 0), len(words) - index)
        for number in range(most, 1, -1):
            match = name_at(text, words[index : index + number], roles)
            if match is not None:
                role, end = match
                parts += [text[done : words[index].start()], f"[{role}]"]
                done, index = end, index + number - 1
                break
        index += 1
    return "".join([*parts, text[done:]])


def name_at(text: str, words: Sequence[re.Match[str]], roles: Roles) -> tuple[str, int] | None:
    """The role of the name that these words of a text form, and where the name ends; None if they form no name."""
    if not all(text[a.end() : b.start()].isspace() for a, b in pairwise(words)):
        return None
    begun, last = tuple(folded_word(word[0]) for word in words[:-1]), words[-1]
    for ending in (last[0], re.sub("['’]s$", "", last[0])):
        role = roles.get((*begun, folded_word(ending)))
        if role is not None:
            return role, last.start() + len(ending)
    return None


def small(figures: pd.Series) -> pd.Series:
    """Which figures are too small to be published: above 0 and below LEAST."""
    return (figures > 0) & (figures < LEAST)


def without_small_figures(lines: pd.DataFrame) -> pd.DataFrame:
    """Monthly figures (`numerator`, `denominator`, `value`; `total` marks lines that are sums) as texts.

    A figure is withheld with its rate if it, its denominator or, for a percentage (`per` 100), its remainder is small. So is
    every total of the same `indicator` and `month`, from which the withheld figure could be calculated.
    """
    remainder = (lines["denominator"] - lines["numerator"]).where(lines["per"] == 100)
    hidden = small(lines["numerator"]) | small(lines["denominator"]) | small(remainder)
    same = [lines["indicator"], lines["month"]]
    hidden |= lines["total"] & hidden.groupby(same).transform("any")
    texts = {name: [published_figure(value) for value in lines[name]] for name in ("numerator", "denominator", "value")}
    shown = lines.assign(**texts)
    for name in texts:
        shown[name] = shown[name].mask(hidden & (shown[name] != NOT_GIVEN), WITHHELD)
    return shown


def published_figure(value: float) -> str:
    """A figure as it is published; NOT_GIVEN if it is missing."""
    return NOT_GIVEN if pd.isna(value) else figure_text(value)
