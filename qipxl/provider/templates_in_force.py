"""The templates of a month: those of qipxl and the provider's own, with the settings, words and statements of the register."""

from __future__ import annotations

from collections.abc import Sequence

from qipxl.errors import RequestError, TemplateError
from qipxl.periods import Period
from qipxl.provider.register import Register
from qipxl.provider.register_schema import OwnLine
from qipxl.provider.statement_lists import framework_in_force
from qipxl.template import Template, find_template, load_adjusted, shipped_templates, template_file
from qipxl.template.frameworks import default_framework


def templates_in_force(register: Register, workbook: str, period: Period, names: Sequence[str]) -> dict[str, Template]:
    """Templates by name, with the provider's own settings and words and the list of statements in force in a month.

    workbook: the register's file name.

    Raises RequestError with every line of the register that matches nothing in the templates.
    """
    templates: dict[str, Template] = {}
    sentences: dict[OwnLine, list[str]] = {}
    in_force = framework_in_force(register, period)
    other = None if in_force == default_framework() else in_force
    for name in dict.fromkeys(names):
        try:
            path = template_file(name)
        except RequestError as error:
            where = "the sheet Provider or Services of the register names"
            raise RequestError(f"{workbook}: {where} a template that does not exist. {error}") from None
        key = name if name in shipped_templates() else find_template(name).key
        own = register.own_lines(period, key)
        try:
            templates[name], wrong = load_adjusted(path, tuple(line.change for line in own), other)
        except TemplateError as error:
            words = " ".join(error.mistakes)
            raise RequestError(f"{workbook}, sheets Settings, Words and Frameworks: with them, {words}") from None
        for line, sentence in zip(own, wrong, strict=True):
            sentences.setdefault(line, []).append(sentence)
    keys = {template.key.lower() for template in templates.values()} | set(shipped_templates())
    mistakes = [
        line.mistake(f"There is no template {line.template}; there are {', '.join(sorted(keys))}.")
        for line in register.of(OwnLine)
        if line.template.lower() not in ("", *keys)
    ]
    # A line about every template is a mistake only if it matches nothing in any of them.
    mistakes += [line.mistake(wrong[0]) for line, wrong in sentences.items() if all(wrong)]
    if mistakes:
        listed = "\n".join(f"- {mistake}" for mistake in mistakes)
        raise RequestError(f"{workbook} has settings or words that match nothing in the templates:\n{listed}")
    return templates
