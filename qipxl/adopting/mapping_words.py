"""The words of mapping.xlsx: its sheets, columns and settings, and the names that fields and choices have on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qipxl.adopting.mapping import (
    RELATED_TABLES,
    SERVICE,
    STATUS,
    TableMapping,
    field_line,
    field_names,
    service_tables,
    word_options,
)
from qipxl.template import Template
from qipxl.workbook.headings import fold

HEADINGS, WORDS, SETTINGS, LISTS = "Headings", "Words", "Settings", "Lists"
"""The sheets; Lists is hidden and holds the choices of the drop-downs."""
ALL = "All tables"
CARRIED_OVER, OF_ROW, NOT_CARRIED = "Carried over", "The service of the row", "Not carried"
WORD, COLOUR, PERSON, KNOWN = "Word", "Colour", "Person", "Service"
"""The kinds of lines on the sheet Words."""
BLANK_MEANS = {
    WORD: "kept as it was typed",
    COLOUR: "the colour is named on Carried over",
    PERSON: "initials stay; two names go to Carried over",
    KNOWN: "no tracker is written",
}
"""What a line of each kind means if its yellow cell is blank."""


@dataclass(frozen=True)
class Setting:
    """A setting: its key in adopt.toml, its name and explanation, and the name of each choice (none for a text or for fields)."""

    key: str
    name: str
    about: str
    choices: Mapping[str, str]


GENERAL = (
    Setting("template", "Template", "The template of the trackers. To change it, use --template.", {}),
    Setting(
        "by", "Service is named by", "How the service of a row is found.",
        {"file": "The name of the file", "cover": "A label on the cover", "column": "A column", "tab": "The title of the tab"},
    ),
    Setting("label", "Label or heading", "The label on the cover next to the service, or the heading of the column.", {}),
)  # fmt: skip
OF_TABLE = (
    Setting("into", "Rows become", "The sheet of the tracker that gets the rows of this table.", {}),
    Setting(
        "rows", "A row without reference and issue", "Whether it continues the row above.",
        {"join": "Continues the row above", "own": "Is a row of its own"},
    ),
    Setting(
        "merged", "A merged cell counts", "What a cell that is merged over several rows means.",
        {"fill": "For all its rows", "first": "For its first row"},
    ),
    Setting("sections", "Headings between rows", "The field that a heading between the rows fills.", {}),
    Setting("tab", "The title of the tab", "The field that it fills.", {}),
    Setting("struck", "Rows struck through", "The Status of rows that are struck through; blank: their own Status counts.", {}),
    Setting(
        "risks", "Each row is a risk", "Whether the rows are risks for your register; an action then needs something to do or a due date.",
        {"no": "No", "yes": "Yes"},
    ),
)  # fmt: skip
FIELD_SETTINGS = {"sections": CARRIED_OVER, "tab": "Nothing"}
"""The settings that are a field, with the name of no field."""


class MappingWords:
    """The names of a template's fields and tables on mapping.xlsx, such as “Actions: Owner” for actions.owner."""

    def __init__(self, template: Template) -> None:
        self.template = template
        tables = template.tables
        self.tables = {"": NOT_CARRIED} | {key: tables[key].sheet for key in service_tables(template)}
        names = [(name, *name.split(".", 1)) for name in field_names(template)]
        self.fields = {name: f"{tables[key].sheet}: {field_line(template, name).heading}" for name, key, _ in names}
        self.fields[SERVICE] = OF_ROW

    def shown(self, field: str, none: str = CARRIED_OVER) -> str:
        """The name of a field; `none` for no field."""
        return self.fields.get(field, field) or none

    def field(self, shown: str, none: str = CARRIED_OVER) -> str | None:
        """The field of a name, or of its key; empty for no field, None for an unknown name."""
        if not shown or fold(shown) == fold(none):
            return ""
        return key_of(shown, self.fields)

    def choices(self, into: str, none: str = CARRIED_OVER) -> list[str]:
        """The names of the fields that a row of a table can fill: its own, those of related tables, no field, the service."""
        tables = (into, *RELATED_TABLES.get(into, ())) if into else tuple(self.tables)
        names = [self.fields[name] for table in tables for name in self.fields if name.startswith(f"{table}.")]
        return [none, OF_ROW, *names]

    def options(self, field: str) -> list[str]:
        """The words of a field's list, or the scores from 1 to 5; none if it has neither."""
        known = field in self.fields and field != SERVICE
        return list(word_options(self.template, field_line(self.template, field))) if known else []

    def option(self, field: str, word: str) -> str:
        """A word as the field's list writes it."""
        return next((option for option in self.options(field) if fold(option) == fold(word)), word)

    def setting_choices(self, setting: Setting, lines: TableMapping) -> list[str]:
        """The choices of a table's setting; none for a text."""
        if setting.key == "into":
            return list(self.tables.values())
        if setting.key == "struck":
            return self.options(STATUS)
        if setting.key in FIELD_SETTINGS:
            return self.choices(lines.into, FIELD_SETTINGS[setting.key])
        return list(setting.choices.values())

    def setting_shown(self, setting: Setting, value: str) -> str:
        """A setting's value as it is shown."""
        if setting.key in FIELD_SETTINGS:
            return self.shown(value, FIELD_SETTINGS[setting.key])
        return (self.tables if setting.key == "into" else setting.choices).get(value, value)

    def setting_value(self, setting: Setting, shown: str) -> str | None:
        """The value of a setting that is shown; None for an unknown choice."""
        if setting.key in FIELD_SETTINGS:
            return self.field(shown, FIELD_SETTINGS[setting.key])
        if setting.key == "into":
            return key_of(shown, self.tables) if shown else ""
        if setting.key == "struck":
            return self.option(STATUS, shown)
        return key_of(shown, setting.choices) if setting.choices else shown


def key_of(shown: str, names: Mapping[str, str]) -> str | None:
    """The key whose name is shown, or that is itself shown; None if there is none."""
    return next((key for key, name in names.items() if fold(shown) in (fold(name), key)), None)


def table_label(number: int, sheet: str) -> str:
    """How a table is named on mapping.xlsx: by its number, from 0, and where it was found.

    >>> table_label(0, "Action plan")
    '1. Action plan'
    """
    return f"{number + 1}. {sheet}"
