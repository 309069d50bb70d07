"""Writes the pages that are made from the code: commands.md, codes.md and ratings of each template. With --check it only compares."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from qipxl import find_template
from qipxl.cli import main as commands
from qipxl.problems import CODES
from qipxl.template import Template, shipped_templates

DOCS = Path(__file__).parent
NOTE = "<!-- Made by docs/generate.py: change the code or the template, then run `make docs`. -->"


def command_page() -> str:
    """The help of every command, as it is printed."""
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


def code_page() -> str:
    """Every code of a problem, a rating's band or a setting, with what it means."""
    parts = ["# Codes", NOTE, "`qipxl explain CODE` prints the same.", "## What reading finds"]
    parts.append("\n".join(f"- `{each.code}` ({each.severity}): {each.about}" for each in CODES.values()))
    for name in shipped_templates():
        parts += template_parts(find_template(name))
    return "\n\n".join(parts) + "\n"


def template_parts(template: Template) -> Iterator[str]:
    yield f"## Template {template.key}, version {template.version}"
    yield from rating_parts(template)
    for key, rules in template.rules.rules.items():
        if rules:
            yield f"### Checks on {template.tables[key].sheet}"
            yield "\n".join(
                f"- `{rule.code}` at {rule.at.heading} ({rule.severity}): {rule.say} *When* {rule.when.words()}."
                for rule in rules
            )
    yield "### Settings"
    settings = template.rules.schema.settings
    yield "\n".join(f"- `{key}`: {settings[key].words()}. {line.say}" for key, line in template.setting.items())


def rating_parts(template: Template) -> Iterator[str]:
    for key, ratings in template.rules.ratings.items():
        declared = {line.key: line for line in template.tables[key].rating}
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


PAGES = {"commands.md": command_page, "codes.md": code_page}


def main() -> int:
    """Write the pages, or with --check say which is not current."""
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
