"""Writes mapping.xlsx: a mapping that a person finishes in Excel, with a drop-down for each decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from qipxl.adopting.mapping import AdoptMapping, ColumnMapping, TableMapping, coloured_field
from qipxl.adopting.mapping_words import (
    ALL,
    BLANK_MEANS,
    COLOUR,
    GENERAL,
    HEADINGS,
    KNOWN,
    LISTS,
    OF_TABLE,
    PERSON,
    SETTINGS,
    WORD,
    WORDS,
    MappingWords,
    table_label,
)
from qipxl.services import Service
from qipxl.template import Template
from qipxl.workbook.headings import fold
from qipxl.workbook.layout import HEADING_ROW, column_letters
from qipxl.workbook.styles import CELL, HEADING, LEFT, MONTHLY, TINTS
from qipxl.workbook.writer import Sheet, WorkbookWriter, new_workbook, row_height

TITLES = {
    HEADINGS: (
        "Your headings and ours",
        "Each yellow cell has the field that your column becomes. A dark one is for you to decide: keep it if it is right, or choose another. "
        "“Carried over” keeps the texts on that sheet.",
    ),
    WORDS: ("Your words and ours", "Choose what your words, colours and initials mean; a dark cell is not decided yet. Add other words below."),
    SETTINGS: ("How the tables are read", "Change a yellow cell only if your plan is made differently; a dark one is not decided yet."),
}  # fmt: skip
"""The title of each sheet, and the sentence under it that says what to do."""
COLUMNS: Mapping[str, Mapping[str, float]] = {
    HEADINGS: {"Table": 22, "Your heading": 36, "Three values from it": 50, "Field of the tracker": 36, "How sure": 34},
    WORDS: {"Table": 22, "What it is": 12, "Column": 34, "Your word": 34, "Our word": 34, "If blank": 48},
    SETTINGS: {"Table": 22, "Setting": 40, "Value": 36, "What it means": 90},
}
"""The headings of each sheet, with the widths of the columns."""
YELLOW = {HEADINGS: "Field of the tracker", WORDS: "Our word", SETTINGS: "Value"}
"""The column of each sheet that people fill in."""
SPARE = 20
"""The blank lines of the sheet Words for further words."""
PADDING = 3
"""Points that are added to the height of each row, so that the line under the headings does not touch the texts."""
UNDECIDED = TINTS["amber"][0]
"""The ground of a yellow cell that is still to be decided."""
PERHAPS = " This is a guess: if these rows are not your plan, choose Not carried."
ASK_FIRST = "This is not in the list. Keep it?"


@dataclass
class Line:
    """A line of a sheet: its cells, the choices of its yellow cell, whether another text may be typed, whether it is still to
    be decided, and a colour to show."""

    cells: Sequence[str]
    choices: Sequence[str] = ()
    free: bool = False
    is_open: bool = False
    colour: str = ""


@dataclass
class Choices:
    """The lists of the drop-downs: each is one column of the sheet Lists, the same list once."""

    lists: list[tuple[str, ...]] = field(default_factory=list)

    def source(self, choices: Sequence[str]) -> str:
        """The cells of a list, as a data validation names them."""
        listed = tuple(choices)
        if listed not in self.lists:
            self.lists.append(listed)
        column = column_letters(self.lists.index(listed))
        return f"={LISTS}!${column}$1:${column}${len(listed)}"


def write_mapping_workbook(
    mapping: AdoptMapping, template: Template, services: Sequence[Service], created: date, path: Path
) -> Path:
    """Write a mapping as a workbook and return its path; raises OutputError if it cannot be written."""
    words, choices = MappingWords(template), Choices()
    lines = {
        HEADINGS: list(heading_lines(mapping, words)),
        WORDS: list(word_lines(mapping, words, services)),
        SETTINGS: list(setting_lines(mapping, words)),
    }
    with new_workbook(path, "Mapping of an old plan", created) as writer:
        for name in COLUMNS:
            write_sheet(writer, name, lines[name], choices)
        sheet = writer.empty_sheet(LISTS)
        for column, listed in enumerate(choices.lists):
            sheet.set_column(column, column, 40)
            for row, text in enumerate(listed):
                sheet.write_string(row, column, text, writer.format())
        sheet.hide()
    return path


def heading_lines(mapping: AdoptMapping, words: MappingWords) -> Iterator[Line]:
    """A line for each old heading."""
    for number, table in enumerate(mapping.table):
        choices = words.choices(table.into)
        for column in table.column:
            label, shown = table_label(number, table.sheet), words.shown(column.field)
            sure = how_sure(column, table, words)
            cells = (label, column.heading, " | ".join(column.samples), shown, sure)
            yield Line(cells, choices, is_open="?" in sure)


def how_sure(column: ColumnMapping, table: TableMapping, words: MappingWords) -> str:
    """How sure a proposed field is; empty for a mapping that was not proposed."""
    if column.field and not column.is_guess:
        return f"{column.confidence:.0%} sure" if column.guess else ""
    if not column.guess:
        return "no field has a heading like this"
    name = words.shown(column.guess)
    if not column.field and column.guess in table.fields.values():
        return f"another column fits {name} better"
    return f"{name}? {column.confidence:.0%} sure"


def word_lines(mapping: AdoptMapping, words: MappingWords, services: Sequence[Service]) -> Iterator[Line]:
    """A line for each person, service, word and colour whose meaning is asked for, then blank ones."""
    people = sorted({name for name in (*mapping.people.values(), *(one.manager for one in services)) if name})
    codes = [service.code for service in services]
    for old, new in mapping.people.items():
        yield Line((ALL, PERSON, "", old, new, BLANK_MEANS[PERSON]), people, free=True, is_open=not new)
    for old, new in mapping.service.known.items():
        yield Line((ALL, KNOWN, "", old, new, BLANK_MEANS[KNOWN]), codes, is_open=not new)
    for number, table in enumerate(mapping.table):
        label = table_label(number, table.sheet)
        for name, meanings in table.words.items():
            for old, new in meanings.items():
                cells = (label, WORD, words.shown(name), old, new, BLANK_MEANS[WORD])
                yield Line(cells, words.options(name), is_open=not new)
        for heading, meanings in table.colours.items():
            listed = words.options(coloured_field(table.fields.get(fold(heading), "")))
            for old, new in meanings.items():
                cells = (label, COLOUR, heading, old, new, BLANK_MEANS[COLOUR])
                yield Line(cells, listed, is_open=not new and bool(listed), colour=old)
    yield from [Line(("",) * len(COLUMNS[WORDS]))] * SPARE


def setting_lines(mapping: AdoptMapping, words: MappingWords) -> Iterator[Line]:
    """A line for each setting, of all tables and then of each."""
    values = {"template": mapping.template, "by": mapping.service.by, "label": mapping.service.label}
    for setting in GENERAL:
        shown = words.setting_shown(setting, values[setting.key])
        yield Line((ALL, setting.name, shown, setting.about), list(setting.choices.values()))
    for number, table in enumerate(mapping.table):
        for setting in OF_TABLE:
            shown, label = words.setting_shown(setting, getattr(table, setting.key)), table_label(number, table.sheet)
            struck = table.struck_rows if setting.key == "struck" else 0
            asked = table.is_guess and setting.key == "into"
            about = f"{setting.about}{f' Rows found: {struck}.' if struck else PERHAPS if asked else ''}"
            is_open = asked or (bool(struck) and not table.struck)
            yield Line((label, setting.name, shown, about), words.setting_choices(setting, table), is_open=is_open)


def write_sheet(writer: WorkbookWriter, name: str, lines: Sequence[Line], choices: Choices) -> None:
    """Write one sheet: title, what to do, headings, and the lines with their drop-downs."""
    sheet = writer.sheet(name, *TITLES[name])
    sheet.hide_gridlines(2)
    widths = COLUMNS[name]
    for column, (heading, width) in enumerate(widths.items()):
        sheet.set_column(column, column, width)
        sheet.write_string(HEADING_ROW - 1, column, heading, writer.format(**{**HEADING, **LEFT}))
    yellow = list(widths).index(YELLOW[name])
    for row, line in enumerate(lines, HEADING_ROW):
        for column, text in enumerate(line.cells):
            style = writer.format(**style_of(line, column - yellow))
            sheet.write_blank(row, column, None, style)
            sheet.put(row, column, text, style)
        sheet.set_row(row, row_height(zip(line.cells, widths.values(), strict=True)) + PADDING)
        add_drop_down(sheet, row, yellow, line, choices)
    if name == WORDS:
        last = HEADING_ROW + len(lines) - 1
        kinds = {"validate": "list", "source": choices.source(list(BLANK_MEANS))}
        sheet.data_validation(last - SPARE + 1, 1, last, 1, kinds)
    sheet.freeze_panes(HEADING_ROW, 0)
    sheet.repeat_rows(HEADING_ROW - 1)


def style_of(line: Line, place: int) -> dict[str, object]:
    """The style of a cell; its place is 0 for the yellow cell and -1 for the old word before it. A blank line is yellow."""
    style: dict[str, object] = {**CELL, "num_format": "@", "valign": "vcenter"}
    if place == 0 or not any(line.cells):
        style["bg_color"] = UNDECIDED if line.is_open else MONTHLY
    elif place == -1 and line.colour:
        style |= painted(line.colour)
    return style


def painted(colour: str) -> dict[str, object]:
    """The style of a cell that shows an old colour, with black or white letters; none for a colour of a theme."""
    if len(colour) != 6 or not all(sign in "0123456789abcdefABCDEF" for sign in colour):
        return {}
    red, green, blue = (int(colour[start : start + 2], 16) for start in (0, 2, 4))
    is_light = 0.299 * red + 0.587 * green + 0.114 * blue > 140
    return {"bg_color": f"#{colour}", "font_color": "#000000" if is_light else "#FFFFFF"}


def add_drop_down(sheet: Sheet, row: int, column: int, line: Line, choices: Choices) -> None:
    """Give a yellow cell its drop-down; another text is allowed after a question, or without one if the line is free."""
    if not line.choices:
        return
    limit: dict[str, object] = {"validate": "list", "source": choices.source(line.choices)}
    limit |= {"show_error": False} if line.free else {"error_type": "warning", "error_message": ASK_FIRST}
    sheet.data_validation(row, column, row, column, limit)
