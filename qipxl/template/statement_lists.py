"""The lists of quality statements in the declaration of a template: which statements the drop-down of actions offers."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from qipxl.template.frameworks import FrameworkInForce, default_framework

MARK, IN_FORCE, OTHERS = "framework", "in force", "others"
"""The key that marks a list of a template as one of statements, and its two values."""
MOST_PROMPT = 255
"""The most characters of a prompt beside a cell."""


def with_statements(declared: Mapping[str, Any]) -> dict[str, Any]:
    """A declaration whose lists of statements have those of the default, unless they have values of their own."""
    lists = declared.get("lists")
    if not isinstance(lists, Mapping):
        return dict(declared)
    filled = {
        key: {**content(str(words[MARK]), default_framework()), **words}
        if isinstance(words, Mapping) and MARK in words
        else words
        for key, words in lists.items()
    }
    return {**declared, "lists": filled}


def in_framework(declared: Mapping[str, Any], in_force: FrameworkInForce) -> dict[str, Any]:
    """A declaration with the list in force in its lists of statements, and its name over the column that offers it."""
    chosen: dict[str, Any] = copy.deepcopy(dict(declared))
    marked = {key: str(words[MARK]) for key, words in chosen.get("lists", {}).items() if MARK in words}
    for key, which in marked.items():
        chosen["lists"][key] |= content(which, in_force)
    fields = (field for table in chosen.values() if isinstance(table, dict) for field in table.get("field", ()))
    for field in fields:
        if marked.get(field.get("suggest", "")) == IN_FORCE:
            field |= column_texts(in_force)
    return chosen


def content(which: str, in_force: FrameworkInForce) -> dict[str, Any]:
    """The title, values and source of a list of statements: those in force, or those of the other lists."""
    framework = in_force.framework
    if which == OTHERS:
        titles = "; ".join(each.full_title for each in in_force.others)
        return {"title": "Statements of other lists", "values": list(in_force.other_names), "source": titles}
    about = " ".join(filter(None, (framework.about, f"Source: {framework.source}.")))
    return {"title": framework.full_title, "values": list(framework.names), "source": about}


def column_texts(in_force: FrameworkInForce) -> dict[str, Any]:
    """The heading of the column of statements, the headings it may have in other trackers, and its prompt."""
    framework = in_force.framework
    others = dict.fromkeys(each.heading for each in in_force.others if each.heading != framework.heading)
    prompt = f"Which {framework.noun}s the action is about; several with ; between. {framework.full_title}."
    return {"heading": framework.heading, "earlier_headings": list(others), "prompt": prompt[:MOST_PROMPT]}
