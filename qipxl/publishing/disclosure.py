"""What leaves the provider: roles in place of people's names, and no small figure from which a person could be known.

A name is known from the columns that name staff, from the returns' covers and from what the register says. It is put out
wherever it stands, in texts too. A name that stands in none of these is not known here: a person must look for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import pandas as pd

from qipxl.consolidation import ProviderSummary
from qipxl.texts import folded

MANAGER, SOMEBODY = "registered manager", "member of staff"
LEAST = 5
"""A figure below this, and above nought, is not published: the usual limit for counts of people. qipxl's default."""
WITHHELD, NOT_GIVEN = "[c]", "[x]"
SAFE = ("service", "name", "region", "period", "ref", "cell", "template")
"""Columns in which no person is named, though a house may bear the name of one."""
Roles = Mapping[str, str]
"""A role for each name, both as they are typed, the name folded."""


def disclosed(summary: ProviderSummary, people: Roles) -> ProviderSummary:
    """The same summary with roles in place of names; `people` are those whom the register names, with their roles."""
    known = roles_by_return(summary, people)

    def without(frame: pd.DataFrame) -> pd.DataFrame:
        return without_names(frame, known, people)

    receipts = without(summary.sources.assign(**{"return": summary.sources.index})).drop(columns="return")
    return replace(
        summary,
        actions=without(summary.actions),
        watch=without(summary.watch),
        escalated=without(summary.escalated),
        ineffective=without(summary.ineffective),
        problems=without(summary.problems),
        sources=receipts,
        records={key: without(frame) for key, frame in summary.records.items()},
        links=without(summary.links.assign(**{"return": -1})).drop(columns="return"),
        own=without(summary.own.assign(**{"return": -1})).drop(columns="return"),
    )


def roles_by_return(summary: ProviderSummary, people: Roles) -> dict[int, Roles]:
    """The names known in each return (-1: in no return of this month), with their roles."""
    named: dict[int, dict[str, str]] = {-1: dict(people)}
    for number, manager, sender in summary.sources[["manager", "submitted_by"]].itertuples():
        named[int(number)] = {folded(sender): SOMEBODY, folded(manager): MANAGER}
    for number, name in staff_names(summary):
        named.setdefault(number, {}).setdefault(folded(name), SOMEBODY)
    for number, owner, role in owners(summary):
        if role and named.get(number, {}).get(folded(owner)) == SOMEBODY:
            named[number][folded(owner)] = role
    return {
        number: {name: role for name, role in {**people, **roles}.items() if name and name != role.lower()}
        for number, roles in named.items()
    }


def owners(summary: ProviderSummary) -> Iterable[tuple[int, str, str]]:
    """Who owns an action in each return, and the role they have."""
    actions = summary.actions
    if "owner_role" not in actions.columns:
        return ()
    return zip(actions["return"], actions["owner"], actions["owner_role"].fillna("").astype(str), strict=True)


def staff_names(summary: ProviderSummary) -> Iterable[tuple[int, str]]:
    """Every name in the columns that name staff, with the return it stands in."""
    for key, frame in {"actions": summary.actions, **summary.records}.items():
        for column in staff_columns(summary, key):
            if column in frame.columns:
                given = frame[frame[column].fillna("") != ""]
                yield from zip(given["return"].astype(int), given[column].astype(str), strict=True)


def staff_columns(summary: ProviderSummary, key: str) -> list[str]:
    """The columns of a table that name staff, in any template in use."""
    tables = [template.tables[key] for template in summary.in_use if key in template.tables]
    return list(dict.fromkeys(field.key for table in tables for field in table.field if field.names_staff))


def without_names(frame: pd.DataFrame, known: Mapping[int, Roles], people: Roles) -> pd.DataFrame:
    """A frame in which every text has roles in place of the names known in its return."""
    if not len(frame):
        return frame
    texts = frame.columns[[pd.api.types.is_string_dtype(kind) for kind in frame.dtypes]]
    columns = [name for name in texts if name not in SAFE]
    made = {name: frame[name].to_numpy(object).copy() for name in columns}
    for number, places in frame.groupby(frame["return"].to_numpy()).indices.items():
        put = replacing(known.get(int(str(number)), people))
        for values in made.values():
            values[places] = [put(value) if isinstance(value, str) else value for value in values[places]]
    return frame.assign(
        **{name: pd.Series(values, frame.index, dtype=frame[name].dtype) for name, values in made.items()}
    )


def replacing(roles: Roles) -> Callable[[str], str]:
    """What puts roles in place of names in a text: alone in a cell as they are, inside a text in brackets.

    A name of one word is known only where it stands alone: inside a text it may be any word.
    """
    whole = [re.escape(name) for name in sorted(roles, key=len, reverse=True) if " " in name]
    pattern = (
        re.compile(rf"(?<!\w)(?:{'|'.join(whole)})(?!\w)".replace(r"\ ", r"\s+"), re.IGNORECASE) if whole else None
    )

    def put(text: str) -> str:
        role = roles.get(folded(text))
        if role is not None:
            return role
        if pattern is None:
            return text
        return pattern.sub(lambda found: f"[{roles[folded(found[0])]}]", text)

    return put


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
    texts = {name: [figure_text(value) for value in lines[name]] for name in ("numerator", "denominator", "value")}
    shown = lines.assign(**texts)
    for name in texts:
        shown[name] = shown[name].mask(hidden & (shown[name] != NOT_GIVEN), WITHHELD)
    return shown


def figure_text(value: float) -> str:
    """A figure as it is published; what is not there is said."""
    return NOT_GIVEN if value != value else f"{round(value, 1):g}"
