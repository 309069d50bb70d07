"""Reads mapping.xlsx: the decisions of its yellow cells as a mapping; each mistake is named by its cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qipxl.adopting.mapping import (
    AdoptMapping,
    ColumnMapping,
    Entry,
    Mistake,
    ServiceMapping,
    TableMapping,
    mistakes_of,
)
from qipxl.adopting.mapping_words import (
    ALL,
    COLOUR,
    GENERAL,
    HEADINGS,
    KNOWN,
    OF_TABLE,
    PERSON,
    SETTINGS,
    WORD,
    WORDS,
    MappingWords,
    Setting,
)
from qipxl.adopting.mapping_workbook import COLUMNS, YELLOW
from qipxl.errors import RequestError
from qipxl.reading.file.sheets import PlainSheets, Rows
from qipxl.reading.sheets import read_sheets
from qipxl.template import Template
from qipxl.text import as_text, did_you_mean
from qipxl.workbook.headings import fold
from qipxl.workbook.layout import cell_address

TOP = 12
"""The rows at the top of a sheet in which its headings are looked for."""


@dataclass(frozen=True)
class MappingRow:
    """A row of a sheet of mapping.xlsx: its texts by heading, and the address of its yellow cell, such as Words!E7."""

    texts: Mapping[str, str]
    where: str

    @property
    def table(self) -> int:
        """The number of its table, from 0; -1 for all tables."""
        number = self.texts["Table"].partition(".")[0].strip()
        return int(number) - 1 if number.isascii() and number.isdecimal() and len(number) < 5 else -1


@dataclass
class TableParts:
    """What was read of one table so far."""

    sheet: str
    settings: dict[str, str] = field(default_factory=dict)
    columns: list[ColumnMapping] = field(default_factory=list)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    colours: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def mapping(self) -> TableMapping:
        parts = {"sheet": self.sheet, "into": "", "column": self.columns, "words": self.words, "colours": self.colours}
        return TableMapping.model_validate({**parts, **self.settings})


@dataclass
class MappingReader:
    """Reads the rows of a mapping's sheets; notes the cell of each entry, and the mistakes."""

    words: MappingWords
    tables: list[TableParts] = field(default_factory=list)
    general: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    places: dict[tuple[int, Entry], str] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)

    def mapping(self) -> AdoptMapping:
        """The mapping that was read."""
        named = ServiceMapping.model_validate(
            {"by": self.general.get("by", "file"), "label": self.general.get("label", ""), "known": self.known}
        )
        return AdoptMapping(
            template=self.general.get("template", ""),
            service=named,
            people=self.people,
            table=tuple(parts.mapping for parts in self.tables),
        )

    def read_setting(self, row: MappingRow) -> None:
        """Read a line of the sheet Settings; a table is known from its first setting on."""
        settings = GENERAL if fold(row.texts["Table"]) == fold(ALL) else OF_TABLE
        setting = next((each for each in settings if fold(each.name) == fold(row.texts["Setting"])), None)
        if setting is None:
            self.wrong(row, f"there is no setting “{row.texts['Setting']}” of {row.texts['Table']}. Delete the line.")
            return
        value = self.setting_value(row, setting)
        if settings is GENERAL:
            self.general[setting.key] = value
            return
        if row.table == len(self.tables):
            self.tables.append(TableParts(row.texts["Table"].partition(".")[2].removeprefix(" ")))
        if self.has_table(row):
            self.tables[row.table].settings[setting.key] = value
            self.places[row.table, (setting.key,)] = row.where

    def setting_value(self, row: MappingRow, setting: Setting) -> str:
        """The value of a setting; if it is unknown, its first one."""
        value = self.words.setting_value(setting, row.texts["Value"])
        if value is None:
            self.wrong(row, f"“{row.texts['Value']}” is not a choice for {setting.name}. Choose one from its list.")
        return next(iter(setting.choices), "") if value is None else value

    def read_heading(self, row: MappingRow) -> None:
        """Read a line of the sheet Headings."""
        if not self.has_table(row):
            return
        heading = row.texts["Your heading"]
        named = self.field(row, row.texts["Field of the tracker"])
        self.tables[row.table].columns.append(ColumnMapping(heading=heading, field=named))
        self.places.setdefault((row.table, ("column", heading)), row.where)

    def read_word(self, row: MappingRow) -> None:
        """Read a line of the sheet Words."""
        kind, old, new = (row.texts[name] for name in ("What it is", "Your word", "Our word"))
        kind = next((each for each in (WORD, COLOUR, PERSON, KNOWN) if fold(each) == fold(kind)), kind)
        if kind in (PERSON, KNOWN):
            self.add_meaning(row, self.people if kind == PERSON else self.known, old, new)
        elif kind not in (WORD, COLOUR):
            self.wrong(row, f"“{kind}” in What it is. Choose {WORD}, {COLOUR}, {PERSON} or {KNOWN}.")
        elif self.has_table(row):
            parts, column = self.tables[row.table], row.texts["Column"]
            name = self.field(row, column) if kind == WORD else column
            if not name:
                self.wrong(row, f"Column is blank. Enter the {'field' if kind == WORD else 'heading'} of “{old}”.")
                return
            meanings = (parts.words if kind == WORD else parts.colours).setdefault(name, {})
            self.add_meaning(row, meanings, old, self.words.option(name, new) if kind == WORD else new)
            self.places[row.table, ("words" if kind == WORD else "colours", name, old)] = row.where

    def add_meaning(self, row: MappingRow, meanings: dict[str, str], old: str, new: str) -> None:
        """Note what an old word means; two meanings of one word are a mistake."""
        if not old:
            self.wrong(row, "Your word is blank. Enter it, or clear the line.")
        elif meanings.setdefault(old, new) != new:
            self.wrong(
                row, f"“{old}” has two meanings, {meanings[old] or 'blank'} and {new or 'blank'}. Keep one line."
            )

    def field(self, row: MappingRow, shown: str) -> str:
        """The field of a name; an unknown name is a mistake."""
        name = self.words.field(shown)
        if name is None:
            near = did_you_mean(shown, self.words.fields.values())
            self.wrong(row, f"“{shown}” is not a field of the tracker.{near} Choose one from the list.")
        return name or ""

    def has_table(self, row: MappingRow) -> bool:
        """True if a row's table is on the sheet Settings; otherwise that is a mistake."""
        known = 0 <= row.table < len(self.tables)
        if not known:
            self.wrong(row, f"“{row.texts['Table']}” is not a table of the sheet {SETTINGS}. Write it as it is there.")
        return known

    def wrong(self, row: MappingRow, text: str) -> None:
        self.mistakes.append(f"{row.where}: {text}")

    def named(self, mistake: Mistake) -> str:
        """A mistake with the cell of its entry."""
        table = self.words.tables.get(self.tables[mistake.table].settings.get("into", ""), "")
        where = self.places.get((mistake.table, mistake.entry), f"{SETTINGS}, {table}")
        return f"{where}: {mistake.text}"


def read_mapping_workbook(path: Path, template: Template) -> AdoptMapping:
    """Read a mapping.

    Raises SourceError if the file cannot be read, RequestError with every mistake in it.
    """
    sheets = read_sheets(path, "The mapping")
    reader = MappingReader(MappingWords(template))
    reads = {SETTINGS: reader.read_setting, HEADINGS: reader.read_heading, WORDS: reader.read_word}
    missing = [f"{path.name} has no sheet {name}" for name in reads if name not in sheets.rows]
    for name in () if missing else reads:
        try:
            for row in rows_of(sheets, name):
                reads[name](row)
        except KeyError as error:
            missing.append(f"{path.name}, {name} has no column {error.args[0]}")
    if missing:
        raise RequestError(f"{'; '.join(missing)}. Go back to the mapping that qipxl wrote.")
    mapping = reader.mapping()
    mistakes = reader.mistakes or [reader.named(mistake) for mistake in mistakes_of(mapping, template)]
    if mistakes:
        raise RequestError(f"{path.name} has mistakes:\n" + "\n".join(f"- {mistake}" for mistake in mistakes))
    return mapping


def rows_of(sheets: PlainSheets, name: str) -> Iterator[MappingRow]:
    """The filled rows of a sheet below its headings; raises KeyError with the name of a missing column."""
    rows = sheets.rows[name]
    heading, columns = headings_of(rows, list(COLUMNS[name]))
    for number, values in enumerate(rows[heading + 1 :], heading + 2):
        texts = {title: as_text(values[column]).strip() for title, column in columns.items()}
        if any(texts.values()):
            yield MappingRow(texts, f"{name}!{cell_address(columns[YELLOW[name]], number)}")


def headings_of(rows: Rows, expected: Sequence[str]) -> tuple[int, dict[str, int]]:
    """The index of the row of headings, and the column of each; raises KeyError with the name of a missing one."""
    best: dict[str, int] = {}
    at = 0
    for index, row in enumerate(rows[:TOP]):
        found = {title: column for title in expected for column, value in enumerate(row) if fold(value) == fold(title)}
        if len(found) > len(best):
            at, best = index, found
    for title in expected:
        if title not in best:
            raise KeyError(title)
    return at, best
