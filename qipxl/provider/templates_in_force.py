"""The templates of a month: those that come with qipxl and the provider's own, with the register's settings and words in force."""

from __future__ import annotations

from collections.abc import Sequence

from qipxl.errors import RequestError, TemplateError
from qipxl.periods import Period
from qipxl.provider.register import Register
from qipxl.provider.register_schema import OwnLine, SettingLine, WordsLine
from qipxl.template import Template, load_adjusted, load_template, shipped_templates, template_file


def templates_in_force(register: Register, workbook: str, period: Period, names: Sequence[str]) -> dict[str, Template]:
    """Templates by name, with the provider's own figures and words for a month; `workbook` is the register's file name.

    Raises RequestError with every line of the register that has nothing to change.
    """
    found: dict[str, Template] = {}
    said: dict[int, list[str]] = {}
    lines: dict[int, OwnLine] = {}
    for name in dict.fromkeys(names):
        try:
            path = template_file(name)
        except RequestError as error:
            where = "the sheet Provider or Services of the register names"
            raise RequestError(f"{workbook}: {where} a template that is not there. {error}") from None
        own = register.own_lines(period, load_template(path).key)
        try:
            found[name], wrong = load_adjusted(path, tuple(line.change for line in own))
        except TemplateError as error:
            words = " ".join(error.mistakes)
            raise RequestError(f"{workbook}, sheets Settings and Words: with them, {words}") from None
        for line, sentence in zip(own, wrong, strict=True):
            lines[id(line)] = line
            said.setdefault(id(line), []).append(sentence)
    # A line about every template is at fault where none of them has what it names.
    keys = {template.key.lower() for template in found.values()} | set(shipped_templates())
    strange = [
        line
        for kind in (SettingLine, WordsLine)
        for line in register.of(kind)
        if line.template.lower() not in ("", *keys)
    ]
    unknown = [
        line.mistake(f"There is no template {line.template}; there are {', '.join(sorted(keys))}.") for line in strange
    ]
    mistakes = unknown + [lines[each].mistake(sentences[0]) for each, sentences in said.items() if all(sentences)]
    if mistakes:
        listed = "\n".join(f"- {each}" for each in mistakes)
        raise RequestError(f"{workbook} has settings or words that change nothing:\n{listed}")
    return found
