"""What leaves the provider: roles in place of people's names, and no small figure from which a person could be known.

A name is known from the columns that name staff, from the returns' covers and from what the register says. It is put out
wherever it stands, in texts too. A name that stands in none of these is not known here: a person must look for it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, pairwise

import pandas as pd

from qipxl.archive.lazy_tables import held
from qipxl.privacy import kinds_in
from qipxl.summary.summary import ProviderSummary
from qipxl.text import figure_text

MANAGER, STAFF = "registered manager", "member of staff"
LEAST = 5
"""A figure below this, and above nought, is not published: the usual limit for counts of people. qipxl's default."""
WITHHELD, NOT_GIVEN = "[c]", "[x]"
SAFE = ("service", "name", "region", "period", "ref", "cell", "template")
"""Columns in which no person is named, though a house may bear the name of one."""
Name = tuple[str, ...]
"""A name as its words, folded."""
Roles = Mapping[Name, str]
"""A role for each name."""


def redacted(summary: ProviderSummary, people: Mapping[str, str]) -> ProviderSummary:
    """The same summary with roles in place of names; `people` are those whom the register names, with their roles.

    What the register says in words is looked at for personal data, as returns are when they are read.
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
        records=held({key: without(frame) for key, frame in summary.records.items()}),
        links=of_register(summary.links),
        local_settings=of_register(summary.local_settings),
    )


PERSONAL = "(withheld: it seems to hold personal data)"


def without_personal(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """A frame without the texts of some columns that seem to hold personal data."""
    made = {}
    for name in set(columns) & set(frame.columns):
        made[name] = [PERSONAL if isinstance(text, str) and kinds_in(text) else text for text in frame[name]]
    return frame.assign(**made)


def text_columns(frame: pd.DataFrame) -> list[str]:
    """The columns of texts in which somebody may be named."""
    texts = frame.columns[[pd.api.types.is_string_dtype(kind) for kind in frame.dtypes]]
    return [name for name in texts if name not in SAFE]


def roles_by_return(summary: ProviderSummary, people: Mapping[str, str]) -> dict[int, Roles]:
    """The names known in each return (-1: in no return of this month), with their roles.

    A name of several words is known everywhere, one of a single word only in the return in which it stands alone in a cell.
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
    """The words of a name as they are compared: whatever the case of letters, the kind of blank or of apostrophe."""
    return tuple(folded_word(found[0]) for found in WORD.finditer(text))


def folded_word(word: str) -> str:
    return unicodedata.normalize("NFKC", word).replace("’", "'").casefold()


def names_in(cell: object) -> list[Name]:
    """The names that stand in a cell: alone, beside others, before or behind a role, with a title, or the surname first."""
    if not isinstance(cell, str) or not cell.strip():
        return []
    parts = [tuple(word for word in words_of_name(part) if word not in TITLES) for part in APART.split(cell)]
    found = [words_of_name(cell), *parts]
    if cell.count(",") == 1 and len(parts) == 2 and all(len(part) == 1 for part in parts):
        found.append((*parts[1], *parts[0]))
    return [each for each in found if 1 < len(each) <= MOST_WORDS] + [each for each in found[:1] if len(each) == 1]


def owners(summary: ProviderSummary) -> Iterable[tuple[int, str, str]]:
    """Who owns an action in each return, and the role they have."""
    actions = summary.actions
    if "owner_role" not in actions.columns:
        return ()
    roles = actions["owner_role"].fillna("").astype(str)
    return zip(actions["return"].astype(int), actions["owner"], roles, strict=True)


def staff_names(summary: ProviderSummary) -> Iterable[tuple[int, str]]:
    """Every name in the columns that name staff, with the return it stands in."""
    for key, frame in chain([("actions", summary.actions)], summary.records.items()):
        for column in staff_columns(summary, key):
            if column in frame.columns:
                given = frame[frame[column].fillna("") != ""]
                yield from zip(given["return"].astype(int), given[column].astype(str), strict=True)


def staff_columns(summary: ProviderSummary, key: str) -> list[str]:
    """The columns of a table that name staff, in any template in use."""
    tables = [template.tables[key] for template in summary.in_use if key in template.tables]
    return list(dict.fromkeys(field.key for table in tables for field in table.field if field.names_staff))


def without_names(frame: pd.DataFrame, known: Mapping[int, Roles]) -> pd.DataFrame:
    """A frame in which every text has roles in place of the names known in its return."""
    if not len(frame):
        return frame
    made = {name: frame[name].to_numpy(object).copy() for name in text_columns(frame)}
    for number, places in frame.groupby(frame["return"].to_numpy()).indices.items():
        put = name_replacer(known.get(int(str(number)), known[-1]))
        for values in made.values():
            values[places] = [put(value) if isinstance(value, str) else value for value in values[places]]
    return frame.assign(
        **{name: pd.Series(values, frame.index, dtype=frame[name].dtype) for name, values in made.items()}
    )


def name_replacer(roles: Roles) -> Callable[[str], str]:
    """What puts roles in place of names in a text: alone in a cell as they are, inside a text in brackets.

    A name of one word is known only where it stands alone: inside a text it may be any word.
    """
    longest: dict[str, int] = {}
    for name in roles:
        longest[name[0]] = max(longest.get(name[0], 0), len(name))

    def put(text: str) -> str:
        role = roles.get(words_of_name(text))
        return role if role is not None else in_brackets(text, roles, longest)

    return put


def in_brackets(text: str, roles: Roles, longest: Mapping[str, int]) -> str:
    """A text in which each name of two words or more is a role in brackets; `longest` says how many words to look at."""
    words = list(WORD.finditer(text))
    said, done, place = [], 0, 0
    while place < len(words):
        most = min(longest.get(folded_word(words[place][0]), 0), len(words) - place)
        for number in range(most, 1, -1):
            found = name_at(text, words[place : place + number], roles)
            if found is not None:
                role, end = found
                said += [text[done : words[place].start()], f"[{role}]"]
                done, place = end, place + number - 1
                break
        place += 1
    return "".join([*said, text[done:]])


def name_at(text: str, words: Sequence[re.Match[str]], roles: Roles) -> tuple[str, int] | None:
    """The role of the name that these words of a text are, and where it ends; nothing where they are none."""
    if not all(text[a.end() : b.start()].isspace() for a, b in pairwise(words)):
        return None
    begun, last = tuple(folded_word(word[0]) for word in words[:-1]), words[-1]
    for ending in (last[0], re.sub("['’]s$", "", last[0])):
        role = roles.get((*begun, folded_word(ending)))
        if role is not None:
            return role, last.start() + len(ending)
    return None


def small(figures: pd.Series) -> pd.Series:
    """Which figures are too small to be published: above nought and below LEAST."""
    return (figures > 0) & (figures < LEAST)


def without_small_figures(lines: pd.DataFrame) -> pd.DataFrame:
    """Monthly figures (`numerator`, `denominator`, `value`, and `total` for a line that adds others up) as texts.

    A figure that is small, or whose denominator or, of a percentage (`per` 100), remainder is, is withheld with its
    rate; so is every total of the same `indicator` and `month` that would give a withheld figure away.
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
    """A figure as it is published; what is not there is said."""
    return NOT_GIVEN if pd.isna(value) else figure_text(value)
