"""adopt.toml: a mapping as text, which a person can correct with an editor."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from qipxl.adopting.mapping import AdoptMapping, ColumnMapping, TableMapping, field_names, mistakes_of
from qipxl.errors import RequestError
from qipxl.files import read_toml
from qipxl.template import Template


def read_mapping_text(path: Path, template: Template | None = None) -> AdoptMapping:
    """Read a mapping; raises SourceError if the file cannot be read, RequestError with every mistake in it."""
    try:
        mapping = AdoptMapping.model_validate(read_toml(path))
    except ValidationError as error:
        raise RequestError(mistake_list(path, [schema_mistake(mistake) for mistake in error.errors()])) from None
    if template is not None and (mistakes := list(mistakes_of(mapping, template))):
        named = [f"table “{mapping.table[each.table].sheet}”: {each.text}" for each in mistakes]
        raise RequestError(mistake_list(path, named))
    return mapping


def schema_mistake(error: ErrorDetails) -> str:
    """A mistake that pydantic found, as a sentence."""
    entry = ".".join(str(part) for part in error["loc"])
    sentences = {"extra_forbidden": "is not an entry of a mapping", "missing": "is missing"}
    return f"{entry}: {sentences.get(str(error['type']), str(error['msg']).lower())}."


def mistake_list(path: Path, mistakes: list[str]) -> str:
    return f"{path.name} has mistakes:\n" + "\n".join(f"- {mistake}" for mistake in mistakes)


HEADER = """\
# How the old workbooks of one layout become qipxl trackers. Read it, correct it, and use it for every workbook of the
# layout: qipxl adopt OLD.xlsx --mapping adopt.toml ...
# A column without a field is not lost: it goes to the tracker's sheet Carried over, with the reference of its action.
# Fields: {fields}
"""


def mapping_text(mapping: AdoptMapping, template: Template) -> str:
    """The mapping as TOML, with proposals, confidence and samples as comments."""
    parts = [
        HEADER.format(fields=comment_lines(field_names(template))),
        f"template = {toml_string(mapping.template)}\n",
        "# The service of a workbook: by = file (its name), cover (the cell next to a label), column, or tab.",
        f"[service]\nby = {toml_string(mapping.service.by)}\nlabel = {toml_string(mapping.service.label)}",
        "\n# The code of each service by its name in the old workbooks, if the list of services has another name.",
        f"[service.known]\n{toml_pairs(mapping.service.known)}",
        "\n# The person of each pair of initials; if a cell names two people, the one who owns the action (empty: no owner yet, and",
        "# both names go to Carried over).",
        f"[people]\n{toml_pairs(mapping.people)}",
    ]
    return "\n".join([*parts, *map(table_text, mapping.table)]) + "\n"


PERHAPS = "; a guess: empty it if they are not your plan"
NO_FIELD = "no field of a tracker has a heading like this"


def table_text(lines: TableMapping) -> str:
    """The TOML of one layout of tables."""
    parts = [
        f"\n[[table]]\nsheet = {toml_string(lines.sheet)}  # where it was found first; its headings identify it",
        f"into = {toml_string(lines.into)}  # empty: its rows are reported and not carried{PERHAPS if lines.is_guess else ''}",
        f'rows = {toml_string(lines.rows)}  # a row without reference and issue: "join" it to the row above, or "own" row',
        f'risks = {toml_string(lines.risks)}  # "yes": each row is a risk for the register too, and its Ref the Risk register ref',
        f'merged = {toml_string(lines.merged)}  # a merged cell: "fill" all its rows, or "first" only',
        f"sections = {toml_string(lines.sections)}  # the field that headings between rows fill",
        f"tab = {toml_string(lines.tab)}  # the meaning of the tab's title: service, a field, or empty",
        f"struck = {toml_string(lines.struck)}  # the Status of rows that are struck through ({lines.struck_rows} here)",
    ]
    for line in lines.column:
        guess = f"{line.guess}, {line.confidence:.0%} sure{doubt(line, lines)}" if line.guess else NO_FIELD
        samples = f": {printable_text(' | '.join(line.samples))}" if line.samples else ""
        heading, field = toml_string(line.heading), toml_string(line.field)
        parts.append(f"\n[[table.column]]\nheading = {heading}\nfield = {field}  # {guess}{samples}")
    for name, kinds in (("words", lines.words), ("colours", lines.colours)):
        for field, words in kinds.items():
            parts.append(f"\n[table.{name}.{toml_string(field)}]  # old = a word of the list; empty: kept as typed")
            parts.append(toml_pairs(words))
    return "\n".join(parts)


def doubt(line: ColumnMapping, lines: TableMapping) -> str:
    """What is not sure of a column, in brackets; empty if nothing is."""
    if line.field:
        return " (empty it if this is wrong)" if line.is_guess else ""
    return " (another column fits better)" if line.guess in lines.fields.values() else " (write it if this is right)"


def printable_text(text: str) -> str:
    """A text without characters that a TOML comment cannot hold."""
    return "".join(character if character.isprintable() else " " for character in text)


def toml_string(text: str) -> str:
    """A text as a TOML string: like JSON, except for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_pairs(words: Mapping[str, str]) -> str:
    return "\n".join(f"{toml_string(old)} = {toml_string(new)}" for old, new in words.items())


def comment_lines(names: list[str]) -> str:
    """Names as the lines of a comment."""
    lines: list[str] = []
    line = ""
    for name in names:
        if len(line) + len(name) > 110:
            lines, line = [*lines, line], ""
        line += f"{name}, "
    return "\n#   ".join(["", *lines, line.rstrip(", ")])
