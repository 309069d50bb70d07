"""Disclosure control for packs that leave the provider: roles in place of names, and no small figures.

Names come from the columns that name staff, from the returns' covers and from the register. A role replaces each of them in
every column, inside texts too, in every form that `NameFinder` knows. A name that is in none of these sources is not found: a
person must look for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain

import pandas as pd

from qipxl.archive.lazy_tables import in_memory
from qipxl.indicators.series import Series
from qipxl.privacy import kinds_in
from qipxl.summary.packs.names import Name, Person, people_in, words_of_name
from qipxl.summary.packs.redaction import NameFinder, People
from qipxl.summary.plain_words import sentence
from qipxl.summary.summary import ProviderSummary
from qipxl.text import figure_text

MANAGER, STAFF = "Registered manager", "Member of staff"
LEAST = 5
"""A figure above 0 and below this is not published: the usual limit for counts of people. qipxl's default."""
WITHHELD, NOT_GIVEN = "[c]", "[x]"
SAFE = ("service", "name", "region", "period", "ref", "cell", "template")
"""Columns without names of people, although a service may be named after a person."""


def redacted(summary: ProviderSummary, people: Mapping[str, str]) -> ProviderSummary:
    """The same summary with roles in place of names; `people` are the names in the register, with their roles.

    Texts from the register that seem to hold personal data are withheld, as texts of returns are when they are read.
    """
    known = known_by_return(summary, people)

    def without(frame: pd.DataFrame) -> pd.DataFrame:
        return without_names(frame, known)

    def of_register(frame: pd.DataFrame) -> pd.DataFrame:
        return without(without_personal(frame, text_columns(frame)).assign(**{"return": -1})).drop(columns="return")

    decisions = summary.decisions
    if decisions is not None:
        decisions = without(without_personal(summary.escalated, ["decided", "decided_by"]))[[*decisions.columns]]
    actions = without(summary.actions)
    if "owner_role" in actions.columns:
        actions = actions.assign(owner_role=actions["owner_role"].map(sentence, na_action="ignore"))
    return replace(
        summary,
        actions=actions,
        decisions=decisions,
        problems=without(summary.problems),
        sources=without(summary.sources.assign(**{"return": summary.sources.index})).drop(columns="return"),
        records=in_memory({key: without(frame) for key, frame in summary.records.items()}),
        links=of_register(summary.links),
        risks=of_register(summary.risks),
        local_settings=of_register(summary.local_settings),
        provider_actions=None,
        meetings=of_register(summary.meetings),
        whole=None,
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


@dataclass(frozen=True)
class Known:
    """The people known in a return: the names that are alone in a cell with their roles, and what finds people in texts."""

    cells: Mapping[Name, str]
    finder: NameFinder


def known_by_return(summary: ProviderSummary, people: Mapping[str, str]) -> dict[int, Known]:
    """The people known in each return (-1: in no return; lower numbers: in an earlier return).

    Names of two or more words are known in all returns. Surnames alone, given names with an initial and single words are known
    only in the return that has the name, and everywhere if head office's register has it for another reason than as a manager.
    """
    cells: dict[int, dict[str, str]] = {number: {} for number in {-1, *map(int, summary.actions["return"].unique())}}
    for number, manager, sender in summary.sources[["manager", "submitted_by"]].itertuples():
        cells.setdefault(int(number), {}).update({sender: STAFF})
        cells[int(number)].update({manager: MANAGER})
    for number, name in staff_names(summary):
        cells.setdefault(number, {}).setdefault(name, STAFF)
    for number, owner, role in owners(summary):
        if role and cells.get(number, {}).get(owner) == STAFF:
            cells[number][owner] = role
    own = {number: people_of(names) for number, names in cells.items()}
    office = people_of(people)
    others = People([*office, *chain.from_iterable(own.values())])
    ordinary = words_of_places(summary)
    everyone_elsewhere = [person for person in office if person.role != MANAGER]
    return {
        number: Known(
            {words_of_name(name): role for name, role in {**people, **cells[number]}.items() if isinstance(name, str)},
            NameFinder(People([*persons, *everyone_elsewhere], ordinary), others),
        )
        for number, persons in own.items()
    }


def people_of(names: Mapping[str, str]) -> list[Person]:
    """The people whom cells name; a role other than the usual ones goes before these if a person has both."""
    roles: dict[Name, str] = {}
    for cell, role in names.items():
        for person in people_in(cell, role) if isinstance(cell, str) else ():
            if roles.get(person.words, STAFF) == STAFF:
                roles[person.words] = role
    return [Person(words, role) for words, role in roles.items()]


def words_of_places(summary: ProviderSummary) -> frozenset[str]:
    """The words of the names of services, regions and the provider, which texts have although people are called so."""
    names = [*summary.names.values(), *summary.overview["region"], summary.provider]
    return frozenset(word for name in names for word in words_of_name(str(name)))


def owners(summary: ProviderSummary) -> Iterable[tuple[int, str, str]]:
    """The owner of each action with the number of its return and the owner's role."""
    actions = summary.actions
    if "owner_role" not in actions.columns:
        return ()
    roles = actions["owner_role"].fillna("").astype(str).map(sentence)
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


def without_names(frame: pd.DataFrame, known: Mapping[int, Known]) -> pd.DataFrame:
    """A frame in which roles replace the people known in each row's return."""
    if not len(frame):
        return frame
    texts = {name: frame[name].to_numpy(object).copy() for name in text_columns(frame)}
    for number, rows in frame.groupby(frame["return"].to_numpy()).indices.items():
        replace_names = name_replacer(known.get(int(str(number)), known[-1]))
        for values in texts.values():
            values[rows] = [replace_names(value) if isinstance(value, str) else value for value in values[rows]]
    series = {name: pd.Series(values, frame.index, dtype=frame[name].dtype) for name, values in texts.items()}
    return frame.assign(**series)


def name_replacer(known: Known) -> Callable[[str], str]:
    """A function that replaces names in a text by roles: a name alone in a cell by the role, inside a text by the role in brackets."""

    @cache
    def shown(role: str) -> str:
        return STAFF if any(known.finder.find(role)) else role

    roles = {words_of_name(role) for role in known.cells.values()}

    @cache
    def replace_names(text: str) -> str:
        words = words_of_name(text)
        role = known.cells.get(words)
        if role is not None and words and words not in roles:
            return shown(role)
        parts, done = [], 0
        for start, end, people in known.finder.find(text):
            found = {shown(person.role) for person in people}
            parts += [text[done:start], f"[{found.pop() if len(found) == 1 else STAFF}]"]
            done = end
        return "".join([*parts, text[done:]])

    return replace_names


def small(figures: pd.Series) -> pd.Series:
    """Which figures are too small to be published: above 0 and below LEAST."""
    return (figures > 0) & (figures < LEAST)


def has_small_figures(series: Series, row: int) -> bool:
    """Whether a month's figure of a series is withheld, so that a mean with the other months would give it away."""
    above, below = pd.Series(series.numerators[row]), pd.Series(series.denominators[row])
    hidden = small(above) | small(below)
    if series.lines["per"].iloc[row] == 100:
        hidden |= small(below - above)
    return bool(hidden.any())


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
