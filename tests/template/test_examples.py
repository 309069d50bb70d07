"""Every rule that a template declares has a row that breaks it and one that does not; docs/rules.md shows them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from examples import Example, read_examples
from grids import grid

from qipxl import check
from qipxl.template import find_template, shipped_templates

FOLDER = Path(__file__).parents[1] / "examples"
EXAMPLES = [
    (name, example) for name in sorted(shipped_templates()) for example in read_examples(FOLDER / f"{name}.txt")
]
AUTOMATIC = {"missing", "not-a-date", "not-a-number", "not-in-list", "not-text", "out-of-range"}
"""Codes that come with a field's type and are not declared one by one; core shows each once."""


def broken(name: str, text: str) -> set[tuple[str, str]]:
    """Table and code of every problem of a grid."""
    problems = check(grid(text, find_template(name))).problems
    return set(zip(problems["table"], problems["code"], strict=True))


@pytest.mark.parametrize(
    ("name", "example"), EXAMPLES, ids=lambda each: f"{each.table} {each.code}" if isinstance(each, Example) else each
)
def test_one_breaks_the_rule_and_one_does_not(name: str, example: Example) -> None:
    assert (example.table, example.code) in broken(name, example.breaks)
    assert (example.table, example.code) not in broken(name, example.passes)


@pytest.mark.parametrize("name", sorted(shipped_templates()))
def test_every_declared_rule_has_its_example(name: str) -> None:
    declared = tomllib.loads(shipped_templates()[name].read_text("utf-8"))
    rules = {
        (key, rule["code"])
        for key, table in declared.items()
        for rule in (table.get("rule", ()) if isinstance(table, dict) else ())
    }
    shown = {(example.table, example.code) for each, example in EXAMPLES if each == name}
    assert {each for each in shown if each[1] not in AUTOMATIC} == rules
    assert name != "core" or {code for _, code in shown} >= AUTOMATIC
