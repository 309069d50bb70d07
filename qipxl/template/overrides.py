"""A provider's changes to a template's settings and texts, as its register lists them; no template file is needed."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qipxl.errors import RequestError
from qipxl.template.inheritance import MEMBER_KEYS
from qipxl.text import did_you_mean

CHANGEABLE = ("title", "about", "say", "plain", "prompt", "required", "unit", "source", "because", "text")
"""The texts that a provider may change. Names of sheets, columns and states are not among them: returns are read by those."""
PREFIX = "qip_"
"""The prefix of the defined names on the Settings sheet of a tracker."""


@dataclass(frozen=True)
class Adjustment:
    """A new number for a setting, or a new text.

    `target` is a setting's name, as on the Settings sheet of a tracker, or the path of a text, such as
    actions.rule.two-owners.say. `tier` is the tier that a number is for; empty for all tiers.
    """

    target: str
    value: float | str
    tier: str = ""


def apply_adjustments(
    declared: Mapping[str, Any], adjustments: Sequence[Adjustment]
) -> tuple[dict[str, Any], list[str]]:
    """A template's declaration with a provider's adjustments, and the mistake of each adjustment ("" if it has none)."""
    adjusted: dict[str, Any] = copy.deepcopy(dict(declared))
    mistakes = []
    for adjustment in adjustments:
        try:
            change = set_number if isinstance(adjustment.value, float) else set_text
            change(adjusted, adjustment)
            mistakes.append("")
        except RequestError as error:
            mistakes.append(str(error))
    return adjusted, mistakes


def with_register(declared: Mapping[str, Any]) -> dict[str, Any]:
    """A template's declaration for a provider with a register: the values `with_register` of its settings hold."""
    settings = declared.get("setting", {})
    changed = {
        key: {**line, "values": {**line.get("values", {}), **line["with_register"]}}
        for key, line in settings.items()
        if isinstance(line, Mapping) and isinstance(line.get("with_register"), Mapping)
    }
    return {**declared, "setting": {**settings, **changed}} if changed else dict(declared)


def set_number(declared: Mapping[str, Any], change: Adjustment) -> None:
    """Change a setting's number, for one tier or for all; raises RequestError if it cannot be changed so."""
    settings = declared.get("setting", {})
    key, tier = find_setting(settings, change.target)
    tier = change.tier or tier
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
        line["values"] = {word: change.value if tier in ("", word) else old for word, old in line["values"].items()}


def find_setting(settings: Mapping[str, Any], name: str) -> tuple[str, str]:
    """The key of the setting with this key, defined name or heading, and its tier if the name ends with one."""
    key = name.strip().removeprefix(PREFIX)
    if key in settings:
        return key, ""
    stem, _, tier = key.rpartition("_")
    if stem in settings and tier in settings[stem].get("values", ()):
        return stem, tier
    headings = {str(line.get("heading", "")).lower(): setting for setting, line in settings.items()}
    heading, _, rest = key.lower().partition(" (")
    for text, tier in ((key.lower(), ""), (heading, rest.rstrip(")").upper())):
        if text in headings:
            return headings[text], tier
    raise RequestError(
        f"There is no setting {name}.{did_you_mean(key, settings)} The sheet Settings of a tracker lists them all."
    )


def set_text(declared: Mapping[str, Any], change: Adjustment) -> None:
    """Change the text at a path; raises RequestError if there is none, or if a provider may not change it."""
    *steps, last = change.target.strip().split(".")
    parent: Any = declared
    for step in steps:
        parent = find_part(parent, step, change.target)
    if last not in CHANGEABLE:
        raise RequestError(f"{change.target} ends with {last}; what can be changed here is {', '.join(CHANGEABLE)}.")
    added = isinstance(parent, dict) and last == "plain" and "word" in parent
    if not isinstance(parent, dict) or not (last in parent or added):
        raise RequestError(f"{change.target}: there is no {last} there.")
    parent[last] = change.value


def find_part(parent: Any, name: str, path: str) -> Any:
    """The part of a table with this key, or the member of a list with this key, code, word, title or ref."""
    if isinstance(parent, list):
        parts = {str(member[key]): member for member in parent for key in MEMBER_KEYS.values() if key in member}
    else:
        parts = parent if isinstance(parent, dict) else {}
    if name not in parts:
        raise RequestError(f"{path}: there is no {name} there.{did_you_mean(name, parts)}")
    return parts[name]
