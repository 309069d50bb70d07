"""Write the pages generated from the code: commands.md, and rules.md with each rule's examples. --check only compares."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

import click

from qipxl import find_template
from qipxl.app.cli.main import main as commands
from qipxl.returns.codes import CODES
from qipxl.rules.rulebook import Rule
from qipxl.template import Template, shipped_templates

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent / "tests"))
from examples import Example, read_examples  # noqa: E402  # tests/ is not installed, so its path is added above

EXAMPLES = DOCS.parent / "tests" / "examples"
AUTOMATIC = ("missing", "not-a-date", "not-a-number", "not-in-list", "not-text", "out-of-range")
"""Codes that many fields share: their examples are in the tests only."""
NOTE = "<!-- Made by docs/generate.py: change the code or the template, then run `make docs`. -->"


def command_page() -> str:
    """The page of commands: the help text of each."""
    parts = ["# Commands", NOTE, "What `qipxl COMMAND --help` prints."]
    context = click.Context(commands, info_name="qipxl", max_content_width=80, terminal_width=80)
    parts.append(f"```text\n{commands.get_help(context)}\n```")
    for name, command in sorted(commands.commands.items()):
        parts.append(f"## qipxl {name}\n\n```text\n{help_of(command, f'qipxl {name}')}\n```")
        for inner, each in sorted(getattr(command, "commands", {}).items()):
            parts.append(f"### qipxl {name} {inner}\n\n```text\n{help_of(each, f'qipxl {name} {inner}')}\n```")
    return "\n\n".join(parts) + "\n"


def help_of(command: click.Command, name: str) -> str:
    return command.get_help(click.Context(command, info_name=name, max_content_width=80, terminal_width=80))


def rule_page() -> str:
    """The page of rules: every code of a problem, band or setting, with its meaning."""
    parts = ["# Rules", NOTE, "`qipxl explain CODE` prints the same.", "## What reading finds"]
    parts.append("\n".join(f"- `{each.code}` ({each.severity}): {each.about}" for each in CODES.values()))
    core = find_template("core")
    parts += template_parts(core, set())
    known = {rule_line(core, key, rule) for key, rules in core.rules.rules.items() for rule in rules}
    known |= {*rating_parts(core), *phrase_lists(core)}
    for name in shipped_templates():
        if name != core.key:
            parts += template_parts(find_template(name), known)
    return "\n\n".join(parts) + "\n"


def template_parts(template: Template, known: set[str]) -> Iterator[str]:
    """The parts of the page about one template, without the texts in `known`."""
    yield f"## Template {template.key}, version {template.version}"
    yield template.template.about
    yield from (part for part in rating_parts(template) if part not in known)
    examples = {(each.table, each.code): each for each in read_examples(EXAMPLES / f"{template.key}.txt")}
    for key, rules in template.rules.rules.items():
        lines = [(rule, rule_line(template, key, rule)) for rule in rules]
        if new := [(rule, line) for rule, line in lines if line not in known]:
            yield f"### Checks on {template.tables[key].sheet}"
            yield "\n".join(line + example_of(examples.get((key, rule.code)), rule) for rule, line in new)
    if new_lists := [line for line in phrase_lists(template) if line not in known]:
        yield "### Phrases that rules look for"
        yield "\n".join(new_lists)
    yield "### Settings"
    settings = template.rules.schema.settings
    yield "\n".join(f"- `{key}`: {settings[key].words()}. {line.say}" for key, line in template.setting.items())


def phrase_lists(template: Template) -> list[str]:
    """The lists whose phrases rules look for, each in one line."""
    conditions = [rule.when for table in template.tables.values() for rule in table.rule]
    lists = [line for key, line in template.lists.items() if any(f"lists.{key}" in each for each in conditions)]
    return [f"- ‘{line.title}’: {', '.join(line.values)}. {line.source}" for line in lists]


def rule_line(template: Template, key: str, rule: Rule) -> str:
    """One rule in one line."""
    where = f"{template.tables[key].sheet}, {rule.at.heading}"
    return f"- `{rule.code}` at {where} ({rule.severity}): {rule.say} *When* {rule.when.words()}."


def example_of(example: Example | None, rule: Rule) -> str:
    """A row that breaks the rule and one that passes; empty for automatic codes."""
    if example is None or rule.code in AUTOMATIC:
        return ""
    grids = f"breaks it:\n\n{example.breaks}\n\ndoes not:\n\n{example.passes}"
    return "\n\n  ```text\n" + indent(grids, "  ") + "\n  ```"


def rating_parts(template: Template) -> Iterator[str]:
    tables = {**template.tables, **template.provider}
    for key, ratings in (*template.rules.ratings.items(), *template.provider_rules.ratings.items()):
        declared = {line.key: line for line in tables[key].rating}
        for rating in ratings:
            yield f"### Rating {rating.column.heading}\n\n{declared[rating.column.key].about} Worst first:"
            yield "\n".join(f"- {state.label}: {state.say}." for state in rating.states)
            yield "It is the first of these that holds:"
            bands = [
                f"{number}. `{band.code}` gives {band.word}: {band.say or band.when.words()}. *When* {band.when.words()}."
                for number, band in enumerate(rating.decides.bands, 1)
            ]
            last = f"{len(bands) + 1}. `{rating.decides.otherwise_code}` gives {rating.decides.otherwise}: none of the others holds."
            yield "\n".join([*bands, last])


PAGES = {"commands.md": command_page, "rules.md": rule_page}


def main() -> int:
    """Write the pages; with --check print which are not current and return 1."""
    stale = 0
    for name, page in PAGES.items():
        path, text = DOCS / name, page()
        if "--check" in sys.argv:
            if not path.exists() or path.read_text("utf-8") != text:
                print(f"docs/{name} is not current: run `make docs`.")
                stale = 1
        else:
            path.write_text(text, "utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main())
