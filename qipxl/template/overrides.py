"""A provider's own figures and words in a template, as its register says them: that needs no template file of its own."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qipxl.errors import RequestError
from qipxl.template.inheritance import KNOWN_BY
from qipxl.template.validate import meant

CHANGEABLE = ("title", "about", "say", "prompt", "required", "unit", "source", "because", "text")
"""The words that may be changed so. What names a sheet, a column or a state is not among them: returns are read by those."""
PREFIX = "qip_"
"""What the names on the Settings sheet of a tracker begin with."""


@dataclass(frozen=True)
class Adjustment:
    """A figure of a setting, or words at a place.

    `place` is a setting's name, as on the Settings sheet of a tracker, or a place such as actions.rule.two-owners.say.
    `of` is the tier that a figure is for, nothing for all of them.
    """

    place: str
    value: float | str
    of: str = ""


def adjusted(declared: Mapping[str, Any], adjustments: Sequence[Adjustment]) -> tuple[dict[str, Any], list[str]]:
    """What a template says with a provider's adjustments, and for each of them what is wrong with it, or nothing."""
    made: dict[str, Any] = copy.deepcopy(dict(declared))
    said = []
    for each in adjustments:
        try:
            put_figure(made, each) if isinstance(each.value, float) else put_words(made, each)
            said.append("")
        except RequestError as wrong:
            said.append(str(wrong))
    return made, said


def put_figure(made: Mapping[str, Any], change: Adjustment) -> None:
    """Give a setting another figure, for one tier or for all."""
    settings = made.get("setting", {})
    key, tier = named(settings, change.place)
    tier = change.of or tier
    line = settings[key]
    least = float(line.get("least", 0))
    if isinstance(change.value, float) and change.value < least:
        raise RequestError(f"{key} cannot be below {least:g}.")
    if not line.get("by"):
        if tier:
            raise RequestError(f"{key} has one value for every tier. Leave the tier blank.")
        line["value"] = change.value
    elif tier and tier not in line["values"]:
        raise RequestError(f"{key} has values for {', '.join(line['values'])}, and none for {tier}.")
    else:
        line["values"] = {word: change.value if tier in ("", word) else was for word, was in line["values"].items()}


def named(settings: Mapping[str, Any], name: str) -> tuple[str, str]:
    """The setting that a name means, and the tier where the name ends with one."""
    key = name.strip().removeprefix(PREFIX)
    if key in settings:
        return key, ""
    begun, _, tier = key.rpartition("_")
    if begun in settings and tier in settings[begun].get("values", ()):
        return begun, tier
    headings = {str(line.get("heading", "")).lower(): each for each, line in settings.items()}
    heading, _, rest = key.lower().partition(" (")
    for said, of in ((key.lower(), ""), (heading, rest.rstrip(")").upper())):
        if said in headings:
            return headings[said], of
    raise RequestError(
        f"There is no setting {name}.{meant(key, settings)} The sheet Settings of a tracker names them all."
    )


def put_words(made: Mapping[str, Any], change: Adjustment) -> None:
    """Put other words at a place."""
    *steps, last = change.place.strip().split(".")
    here: Any = made
    for step in steps:
        here = step_into(here, step, change.place)
    if last not in CHANGEABLE:
        raise RequestError(f"{change.place} ends with {last}; what can be changed here is {', '.join(CHANGEABLE)}.")
    if not isinstance(here, dict) or last not in here:
        raise RequestError(f"{change.place}: there is no {last} there.")
    here[last] = change.value


def step_into(here: Any, step: str, place: str) -> Any:
    """The part of that name: of a table by its key, of a list by the word that its members are known by."""
    if isinstance(here, list):
        names = {str(each[name]): each for each in here for name in KNOWN_BY.values() if name in each}
    else:
        names = here if isinstance(here, dict) else {}
    if step not in names:
        raise RequestError(f"{place}: there is no {step} there.{meant(step, names)}")
    return names[step]
