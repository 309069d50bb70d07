"""A provider's own headings: those that it lists in headings.toml, and those that its confirmed mappings explain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from qipxl.adopting.confirmed import HEADINGS_FILE, MAPPINGS
from qipxl.adopting.heading_match import known_headings
from qipxl.adopting.heading_words import comparable
from qipxl.adopting.mapping import AdoptMapping, field_names, service_tables
from qipxl.adopting.mapping_toml import mistake_list
from qipxl.errors import RequestError
from qipxl.files import read_toml
from qipxl.template import Template
from qipxl.text import did_you_mean

OwnHeadings = Mapping[tuple[str, str], str]
"""The key of the field that a heading means, by table and comparable heading."""


def own_headings(home: Path, template: Template, confirmed: Mapping[str, AdoptMapping]) -> OwnHeadings:
    """The headings that a provider explains itself: in headings.toml, then in its confirmed mappings.

    Raises SourceError if headings.toml cannot be read, RequestError with every mistake in it.
    """
    return {**confirmed_headings(confirmed, template), **listed_headings(home / MAPPINGS / HEADINGS_FILE, template)}


def listed_headings(path: Path, template: Template) -> OwnHeadings:
    """The headings of headings.toml; none if there is no such file."""
    if not path.exists():
        return {}
    found: dict[tuple[str, str], str] = {}
    mistakes = [text for table, fields in read_toml(path).items() for text in add_table(found, table, fields, template)]
    if mistakes:
        raise RequestError(mistake_list(path, mistakes))
    return found


def add_table(found: dict[tuple[str, str], str], table: str, fields: object, template: Template) -> Iterator[str]:
    """Add the headings of one table of headings.toml to those found; yields its mistakes."""
    tables = service_tables(template)
    if table not in tables:
        yield f"{table} is not a table.{did_you_mean(table, tables)} Choose from: {', '.join(tables)}."
        return
    if not isinstance(fields, dict):
        yield f"{table} must be a line [{table}], with a line for each field below it."
        return
    keys = [field.key for field in template.tables[table].field]
    for key, headings in fields.items():
        if key not in keys:
            yield f"[{table}] {key} is not a field.{did_you_mean(key, keys)} {NAMES_OF_FIELDS}"
        elif not isinstance(headings, list) or not all(isinstance(text, str) for text in headings):
            yield f'[{table}] {key} must be a list of headings, such as {key} = ["First heading", "Second heading"].'
        else:
            for heading in headings:
                if not comparable(heading):
                    yield f"[{table}] {key} lists a heading without letters or digits, “{heading}”. Delete it."
                elif found.setdefault((table, comparable(heading)), key) != key:
                    other = found[table, comparable(heading)]
                    yield f"[{table}] “{heading}” is listed for {other} and for {key}. Keep it for one of them."


NAMES_OF_FIELDS = "adopt.toml lists all fields in its first lines."


def confirmed_headings(confirmed: Mapping[str, AdoptMapping], template: Template) -> OwnHeadings:
    """The headings that qipxl does not know and that confirmed mappings give a field, always the same one."""
    known, names = known_headings(template), set(field_names(template))
    given: dict[tuple[str, str], set[str]] = {}
    for mapping in confirmed.values():
        for line in [line for lines in mapping.table for line in lines.column]:
            table, _, key = line.field.partition(".")
            text = comparable(line.heading)
            if line.field in names and text and text not in known:
                given.setdefault((table, text), set()).add(key)
    return {where: keys.pop() for where, keys in given.items() if len(keys) == 1}
