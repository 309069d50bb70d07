"""Mappings that a provider has used: they are kept in its folder, and offered for the next old plan of the same layout."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from qipxl.adopting.mapping import AdoptMapping, ColumnMapping, TableMapping
from qipxl.adopting.mapping_toml import mapping_text, read_mapping_text
from qipxl.errors import QipxlError
from qipxl.files import write_text
from qipxl.template import Template
from qipxl.text import escaped
from qipxl.workbook.headings import fold

MAPPINGS = "mappings"
"""The folder within a provider's folder, with a file for each old plan whose mapping was used."""
ENDING = ".toml"
HEADINGS_FILE = "headings.toml"
"""The file of this folder in which the provider lists what its headings mean; it is no mapping."""


def keep_mapping(home: Path, mapping: AdoptMapping, template: Template, plan: str) -> Path:
    """Keep the mapping that was used for an old plan, named after the plan's file; a later one takes its place."""
    return write_text(home / MAPPINGS / f"{plan}{ENDING}", mapping_text(mapping, template))


def confirmed_mappings(home: Path, template: Template) -> tuple[dict[str, AdoptMapping], list[str]]:
    """The mappings kept for a template, by the old plan's file, and a sentence for each that cannot be used."""
    kept: dict[str, AdoptMapping] = {}
    faults: list[str] = []
    for path in sorted(path for path in (home / MAPPINGS).glob(f"*{ENDING}") if path.name != HEADINGS_FILE):
        try:
            mapping = read_mapping_text(path)
            if mapping.template == template.key:
                kept[escaped(path.name.removesuffix(ENDING))] = read_mapping_text(path, template)
        except QipxlError as error:
            faults.append(f"{path} was not used: {error}")
    return kept, faults


def apply_confirmed(
    proposed: AdoptMapping, confirmed: Mapping[str, AdoptMapping], codes: Collection[str]
) -> tuple[AdoptMapping, list[str]]:
    """A proposed mapping with what was confirmed for tables of the same layout, and the old plans that it was confirmed for.

    People and words of lists keep the meaning that any confirmed mapping gives them. `codes` are those of the services that
    there are now; others are forgotten.
    """
    tables, used = [], []
    for table in (with_known_words(each, confirmed) for each in proposed.table):
        found = same_layout(table, confirmed)
        used += [name for name, _ in found[:1]]
        tables.append(confirmed_table(table, found[0][1]) if found else table)
    people = meanings(proposed.people, [mapping.people for mapping in confirmed.values()])
    service = proposed.service
    if used:
        pairs = [pair for mapping in confirmed.values() for pair in mapping.service.known.items()]
        known = {name: code for name, code in pairs if code in codes}
        service = confirmed[used[0]].service.model_copy(update={"known": known})
    update = {"table": tuple(tables), "people": people, "service": service}
    return proposed.model_copy(update=update), list(dict.fromkeys(used))


def with_known_words(table: TableMapping, confirmed: Mapping[str, AdoptMapping]) -> TableMapping:
    """A proposed table with the words of its fields that any confirmed mapping explains."""
    known = [lines.words for mapping in confirmed.values() for lines in mapping.table]
    words = {name: meanings(olds, [each.get(name, {}) for each in known]) for name, olds in table.words.items()}
    return table.model_copy(update={"words": words})


def same_layout(table: TableMapping, confirmed: Mapping[str, AdoptMapping]) -> list[tuple[str, TableMapping]]:
    """The confirmed tables of the layout of a proposed one, with their old plans; those with the same headings first."""
    pairs = [
        (name, lines) for name, mapping in confirmed.items() if (lines := mapping.find(table.signature)) is not None
    ]
    return sorted(pairs, key=lambda pair: pair[1].signature != table.signature)


def confirmed_table(proposed: TableMapping, lines: TableMapping) -> TableMapping:
    """A proposed table with the fields, settings and words of a confirmed one; new headings keep their proposals."""
    fields = {fold(line.heading): line.field for line in lines.column}
    taken = {name for name in fields.values() if name}
    settings = {name: getattr(lines, name) for name in ("into", "rows", "risks", "merged", "sections", "tab", "struck")}
    words = {name: meanings(olds, [lines.words.get(name, {})]) for name, olds in proposed.words.items()}
    colours = {name: meanings(olds, [lines.colours.get(name, {})]) for name, olds in proposed.colours.items()}
    columns = tuple(confirmed_column(line, fields, taken) for line in proposed.column)
    return proposed.model_copy(update={**settings, "column": columns, "words": words, "colours": colours})


def confirmed_column(line: ColumnMapping, fields: Mapping[str, str], taken: set[str]) -> ColumnMapping:
    """A proposed column with its confirmed field; a new one whose field another column has stays unmapped."""
    if fold(line.heading) in fields:
        field = fields[fold(line.heading)]
        return line.model_copy(update={"field": field, "guess": field, "confidence": 1.0 if field else 0.0})
    return line.model_copy(update={"field": ""}) if line.field in taken else line


def meanings(olds: Mapping[str, str], confirmed: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Old words with the meaning that was confirmed last, else the proposed one."""
    known = {old: new for words in confirmed for old, new in words.items() if new}
    return {old: known.get(old, new) for old, new in olds.items()}
