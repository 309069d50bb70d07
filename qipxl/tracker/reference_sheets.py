"""The sheets of a tracker that people read and do not fill in: Guidance, Lists, Settings and the hidden Workings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from xlsxwriter.format import Format

from qipxl.rules.date_functions import HOLIDAYS
from qipxl.rules.evaluate import Book
from qipxl.template import SEVERITIES, Template
from qipxl.tracker.layout import tracker_layout
from qipxl.tracker.letter_words import MEANINGS
from qipxl.tracker.working_column import AT, COLUMN_NUMBER, KIND, NAME, SAY, SEVERITY, WORD, stored
from qipxl.tracker.workings import OVERWRITTEN, OVERWRITTEN_SAYS, Workings, shown_name
from qipxl.workbook import layout
from qipxl.workbook.layout import column_letters
from qipxl.workbook.styles import BRAND, SECTION
from qipxl.workbook.writer import Sheet, WorkbookWriter, row_height

HEADING = {"bold": True, "font_color": "#FFFFFF", "bg_color": "#505050", "border": 1, "text_wrap": True}


def write_columns(writer: WorkbookWriter, sheet: Sheet, row: int, widths: Mapping[str, float]) -> None:
    """Set the widths of a sheet's columns and write their headings into a row (from 0)."""
    for index, (heading, width) in enumerate(widths.items()):
        sheet.set_column(index, index, width, writer.format(text_wrap=True))
        sheet.write_string(row, index, heading, writer.format(**HEADING))


STEPS = (
    ("Start here", "Read what head office asks and what to do this month. Go there › takes you to the first cell that is missing."),
    ("Actions", "Bring each action up to date: due date, status and last update. Say why if it is late. White or yellow cells are yours."),
    ("Other sheets", "Log what was done, where its evidence is kept and what a review found. Name no person who uses the service."),
    ("Checks", "Put right what must be fixed, from the top. Each line has a link to its cell, and goes when it is right."),
    ("Start here", "Put your name and the date under Sign and send, save, and send the file to head office."),
)  # fmt: skip
"""The five steps of Guidance: a sheet, and what to do there."""
RULES_ROW = 45
"""The row (from 0) of the headings above the rules, below the first screen of Guidance."""


def write_guidance(writer: WorkbookWriter, template: Template) -> None:
    """Write Guidance: five steps and the key of letters on one screen, then how each rating and each check is decided."""
    about = "How to fill in this workbook. Every colour has a letter and words."
    sheet = writer.sheet(layout.GUIDANCE, layout.GUIDANCE, about)
    sheet.hide_gridlines(2)
    widths = {"About": 26, "Word": 30, "What it means": 90}
    section, chip = writer.format(**SECTION), {"bold": True, "align": "center"}
    sheet.write_string(3, 0, "Five steps", section)
    for row, (place, text) in enumerate(STEPS, 4):
        sheet.write_number(row, 0, row - 3, writer.format(**chip, font_color=BRAND))
        sheet.write_string(row, 1, place, writer.format(bold=True))
        sheet.write_string(row, 2, text, writer.format())
    top = 6 + len(STEPS)
    sheet.write_string(top - 1, 0, "The key of letters", section)
    rating = template.rules.main_rating("actions") if "actions" in template.tables else None
    states = {state.letter: state for state in rating.states} if rating is not None else {}
    for row, (letter, meaning) in enumerate(MEANINGS.items(), top):
        if letter in states:
            fill, ink = states[letter].fill, states[letter].ink
            style = writer.format(**chip, bg_color=f"#{fill}", font_color=f"#{ink}", border=1, border_color="#D5DBE1")
            sheet.write_string(row, 0, letter, style)
            sheet.write_string(row, 1, meaning, writer.format(align="left", indent=1))
    rules = top + len(MEANINGS) + 1
    sheet.write_string(
        rules, 0, "How each rating and each check is decided ›", writer.format(bold=True, font_color=BRAND)
    )
    sheet.link(rules, 0, f"{layout.GUIDANCE}!A{RULES_ROW + 1}")
    sheet.print_area(0, 0, rules, 3)
    lines = list(guidance_lines(template))
    columns = [{"header": heading} for heading in widths]
    table = {"name": "tblGuidance", "style": "Table Style Light 1", "columns": columns, "autofilter": False}
    sheet.add_table(RULES_ROW, 1, RULES_ROW + len(lines), 3, table)
    sheet.set_column(0, 0, 5)
    for index, (heading, width) in enumerate(widths.items(), 1):
        sheet.set_column(index, index, width)
        sheet.write_string(RULES_ROW, index, heading, writer.format(**HEADING))
    for number, line in enumerate(lines, RULES_ROW + 1):
        for index, text in enumerate(line, 1):
            if text:
                sheet.write_string(number, index, text, writer.format(text_wrap=True))
        sheet.set_row(number, row_height(zip(line, widths.values(), strict=True)))
    sheet.fit_to_pages(1, 1)


def guidance_lines(template: Template) -> Iterator[tuple[str, str, str]]:
    """The lines of Guidance: subject, word and meaning. Those about ratings and checks come from the rules."""
    for line in template.guidance:
        yield line.title, "", line.text
    for key, ratings in template.rules.ratings.items():
        declared = {line.key: line for line in template.tables[key].rating}
        for rating in ratings:
            yield f"{rating.column.heading} rating", "", declared[rating.column.key].about
            for state in rating.states:
                yield "", state.label, state.say
            yield "", "How it is decided", "The first of these that is true counts, from the top."
            for band in rating.decides.bands:
                yield "", f"{rating.state(band.word).shown}, when", band.say or band.when.words()
            yield "", f"{rating.state(rating.decides.otherwise).shown}, when", "none of these is true"
    for key, rules in template.rules.rules.items():
        for rule in rules:
            words = f"{rule.say} ({rule.severity}; {rule.code})"
            yield f"Check on {template.tables[key].sheet}", rule.at.heading, words
    yield "Check on every sheet", "Grey columns", f"{OVERWRITTEN_SAYS} ({SEVERITIES[0]}; {OVERWRITTEN})"


def write_lists(writer: WorkbookWriter, template: Template) -> None:
    """Write Lists: each list of the template in a column, with the name that the drop-downs use."""
    about = "The words that drop-downs offer and checks look for. Please leave them as they are."
    sheet = writer.sheet(layout.LISTS, layout.LISTS, about)
    wrapped, dated = writer.format(text_wrap=True), writer.format(num_format="dd/mm/yyyy", align="left")
    for index, (key, words) in enumerate(template.lists.items()):
        write_list(writer, sheet, index, words.title, words.values, wrapped, f"list_{key}")
    holidays = template.bank_holidays
    title, days = (holidays.title, holidays.days) if holidays else ("Bank holidays", ())
    write_list(writer, sheet, len(template.lists), title, days, dated, HOLIDAYS)
    for key, table in tracker_layout(template).items():
        if table.line.identity:
            writer.book.define_name(f"refs_{key}", f"={table.span(table.line.identity)}")
    sheet.protect()


def write_list(
    writer: WorkbookWriter, sheet: Sheet, index: int, title: str, values: Sequence[object], style: Format, name: str
) -> None:
    """Write a list in a column of Lists, with the name that formulas and drop-downs use; an empty cell for an empty list."""
    letters = column_letters(index)
    sheet.set_column(index, index, 34, writer.format(text_wrap=True))
    sheet.write_string(2, index, title, writer.format(**HEADING))
    for number, value in enumerate(values, 3):
        sheet.put(number, index, value, style)
    writer.book.define_name(name, f"={layout.LISTS}!${letters}$4:${letters}${max(4, 3 + len(values))}")


def write_settings(writer: WorkbookWriter, template: Template) -> None:
    """Write Settings: every threshold with its name. Head office sets them: a change here is reported and has no effect."""
    about = "The limits that the ratings use. Head office sets them: a change made here does not count."
    sheet = writer.sheet(layout.SETTINGS, layout.SETTINGS, about)
    write_columns(writer, sheet, 2, {"Name": 28, "Setting": 38, "Value": 10, "Unit": 12, "What it does": 80})
    row = 3
    for key, setting in template.rules.schema.settings.items():
        for (name, number), word in zip(setting.names(), [word for word, _ in setting.values] or [""], strict=True):
            heading = f"{setting.heading} ({word})" if word else setting.heading
            for index, text in ((0, name), (1, heading), (3, setting.unit), (4, template.setting[key].say)):
                sheet.write_string(row, index, text, writer.format(text_wrap=True))
            sheet.write_number(row, 2, number, writer.format())
            sheet.set_row(row, row_height([(heading, 38), (template.setting[key].say, 80)]))
            writer.book.define_name(name, f"={layout.SETTINGS}!$C${row + 1}")
            row += 1
    sheet.repeat_rows(2)
    sheet.protect()


def write_workings(writer: WorkbookWriter, workings: Workings, book: Book) -> Sheet:
    """Write Workings: each column's headings, its formula and value for every row, and the defined names that point there."""
    sheet = writer.sheet(layout.WORKINGS, "", "")
    number, day, plain = writer.format(num_format="0.######"), writer.format(num_format="0"), writer.format()
    formats = {"text": plain, "truth": plain, "number": number, "date": day}
    for key in workings.layouts:
        write_headings(sheet, workings, key, plain)
        first, rows = workings.first_row(key), workings.rows(key)
        for column in workings.by_table[key]:
            values = stored(column.value(book.tables[key]), column.kind)
            for row, (formula, value) in enumerate(zip(column.formulas(first, rows), values, strict=True), first - 1):
                sheet.formula(row, column.index, formula, formats[column.kind], value)
    name_workings(writer, workings)
    return sheet


def write_headings(sheet: Sheet, workings: Workings, key: str, plain: Format) -> None:
    """Write the headings above each column of a table's workings."""
    top, table = workings.heading_rows[key] - 1, workings.layouts[key]
    for column in workings.by_table[key]:
        for which, text in ((WORD, column.word), (NAME, column.title), (SAY, column.say)):
            sheet.put(top + which - 1, column.index, text, plain)
    types = {field.heading: field.type for field in table.line.field}
    pointed_at: list[tuple[str, str]] = [(SEVERITIES[0], fetched.heading) for fetched in table.worked_out]
    pointed_at += [(rule.severity, rule.at.heading) for rule in workings.rules.rules[key]]
    columns = [*workings.overwritten[key], *workings.checks[key]]
    for column, (severity, heading) in zip(columns, pointed_at, strict=True):
        sheet.write_string(top + SEVERITY - 1, column.index, severity, plain)
        sheet.write_string(top + AT - 1, column.index, heading, plain)
        sheet.put(top + KIND - 1, column.index, types.get(heading, ""), plain)
        heading_row = f"'{table.line.sheet}'!${layout.HEADING_ROW}:${layout.HEADING_ROW}"
        number = f"IFERROR(MATCH({column.letters()}{top + AT},{heading_row},0),1)"
        sheet.formula(top + COLUMN_NUMBER - 1, column.index, number, plain, table.headings.index(heading) + 1)


def name_workings(writer: WorkbookWriter, workings: Workings) -> None:
    """Define the names by which other sheets read Workings."""
    beyond = "The tracker has no room to rate this row. Ask head office for a larger tracker."
    writer.book.define_name("qip_beyond", f'="{beyond}"')
    for key, table in workings.layouts.items():
        for fetched in table.worked_out:
            writer.book.define_name(shown_name(key, fetched.column), f"={workings.column_span(key, fetched.column)}")
        writer.book.define_name(f"qip_rules_{key}", f"={workings.check_block(key)}")
        writer.book.define_name(f"qip_rules_at_{key}", f"={workings.check_heading(key, AT)}")
