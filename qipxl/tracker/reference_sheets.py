"""The sheets of a tracker that people read and do not fill in: Guidance, Lists, Settings and the hidden Workings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from operator import mul

from xlsxwriter.format import Format

from qipxl.rules.date_functions import HOLIDAYS
from qipxl.rules.evaluate import Book
from qipxl.template import SEVERITIES, Template
from qipxl.tracker.layout import tracker_layout
from qipxl.tracker.letter_words import MEANINGS
from qipxl.tracker.working_column import stored
from qipxl.tracker.workings import (
    AT,
    BEFORE,
    BROKEN,
    CODE,
    COLUMN_NUMBER,
    KIND,
    MARKS,
    OVERWRITTEN,
    OVERWRITTEN_SAYS,
    SAY,
    SEVERITY,
    SHEET,
    TABLE,
    UNITS,
    Workings,
    broken_counts,
    shown_name,
)  # fmt: skip
from qipxl.tracker.workings_cells import typed_name
from qipxl.workbook import layout
from qipxl.workbook.layout import column_letters
from qipxl.workbook.styles import BRAND, GREY, HEADING, LEFT, SECTION
from qipxl.workbook.writer import Sheet, WorkbookWriter, row_height

BEYOND = "This row is not rated here. Head office will rate it."
"""What the ratings and the check of a row say for which there are no workings."""
ROWS_LEFT = (
    "This is the last row that is rated here. Head office will rate any row after it.",
    "1 row is left that is rated here. Head office will rate any row after it.",
    "2 rows are left that are rated here. Head office will rate any row after them.",
)
"""What the checks of the last rows say that have workings, from the last one up."""


def write_columns(writer: WorkbookWriter, sheet: Sheet, row: int, widths: Mapping[str, float]) -> None:
    """Set the widths of a sheet's columns and write their headings into a row (from 0)."""
    for index, (heading, width) in enumerate(widths.items()):
        sheet.set_column(index, index, width, writer.format(text_wrap=True))
        sheet.write_string(row, index, heading, writer.format(**HEADING, **LEFT))


STEPS = (
    ("Start here", "Read what head office asks and what to do this month. Go there › takes you to the first cell that is missing."),
    ("Actions", "Bring each action up to date: due date, status and last update. Say why if it is late. White or yellow cells are yours."),
    ("Other sheets", "Log what was done, where its evidence is kept and what a review found. Name no person who uses the service."),
    ("Checks", "Put right what must be fixed, from the top. Each line has a link to its cell, and goes when it is right."),
    ("Start here", "Put your name and the date under Sign and send, save, and send the file to head office."),
)  # fmt: skip
"""The five steps of Guidance: a sheet, and what to do there."""
SEE_HIDDEN = "To see a sheet that is hidden, right-click a tab and choose Unhide:"
RULES_ROW = 45
"""The row (from 0) of the headings above the rules, below the first screen of Guidance."""


def write_guidance(writer: WorkbookWriter, template: Template, hidden: Sequence[str]) -> None:
    """Write Guidance: five steps and the key of letters on one screen, then how each rating and each check is decided.

    `hidden` are the sheets that a service may want to see.
    """
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
    if hidden:
        unhide = f"{SEE_HIDDEN} {', '.join(hidden)}."
        sheet.write_string(rules + 1, 0, unhide, writer.format(font_color=GREY))
    sheet.print_area(0, 0, rules + 1, 3)
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


LIST_WIDTH = 34
"""The width of a list on the sheet Lists, in characters."""


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
    titles = [words.title for words in template.lists.values()]
    sheet.set_row(2, row_height((each, LIST_WIDTH) for each in titles))
    for key, table in tracker_layout(template).items():
        if table.line.identity:
            writer.book.define_name(f"refs_{key}", f"={table.span(table.line.identity)}")
    sheet.protect()


def write_list(
    writer: WorkbookWriter, sheet: Sheet, index: int, title: str, values: Sequence[object], style: Format, name: str
) -> None:
    """Write a list in a column of Lists, with the name that formulas and drop-downs use; an empty cell for an empty list."""
    letters = column_letters(index)
    sheet.set_column(index, index, LIST_WIDTH, writer.format(text_wrap=True))
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
    """Write Workings: the lists of rules and bands, each column's formula and value for every row, and the defined names."""
    sheet = writer.sheet(layout.WORKINGS, "", "")
    number, day, plain = writer.format(num_format="0.######"), writer.format(num_format="0"), writer.format()
    formats = {"text": plain, "truth": plain, "number": number, "date": day}
    write_rules(sheet, workings, plain)
    write_bands(sheet, workings, plain)
    for title_row, key in enumerate(workings.layouts):
        first, rows = workings.first_row(key), workings.rows(key)
        for column in workings.by_table[key]:
            sheet.put(title_row, column.index, column.title, plain)
            values = stored(column.value(book.tables[key])[:rows], column.kind)
            sheet.formula_column(first - 1, column.index, column.formulas(first, rows), formats[column.kind], values)
    write_before(sheet, workings, book, plain)
    name_workings(writer, workings)
    return sheet


def write_rules(sheet: Sheet, workings: Workings, plain: Format) -> None:
    """Write the list of rules: what each says, its sheet, its cell's heading, column and kind, its table's number, its severity."""
    numbers = {key: number for number, key in enumerate(workings.layouts, 1)}
    kinds = {key: {field.heading: field.type for field in table.line.field} for key, table in workings.layouts.items()}
    for row, line in enumerate(workings.lines, workings.first_rule):
        table = workings.layouts[line.table]
        texts = {SAY: line.say, SHEET: table.line.sheet, AT: line.at, KIND: kinds[line.table].get(line.at, "")}
        for which, text in (texts | {SEVERITY: line.severity, CODE: line.code}).items():
            sheet.put(row - 1, which - 1, text, plain)
        sheet.put(row - 1, TABLE - 1, numbers[line.table], plain)
        headings = f"'{table.line.sheet}'!${layout.HEADING_ROW}:${layout.HEADING_ROW}"
        number = f"IFERROR(MATCH({column_letters(AT - 1)}{row},{headings},0),1)"
        sheet.formula(row - 1, COLUMN_NUMBER - 1, number, plain, table.headings.index(line.at) + 1)


def write_bands(sheet: Sheet, workings: Workings, plain: Format) -> None:
    """Write the list of bands, the words and reasons of each rating, and the texts that say how many rows are left."""
    row = workings.first_band
    for decides in workings.ratings:
        words = (*(band.word for band in decides.bands), decides.otherwise)
        for word, reason in zip(words, decides.reasons(), strict=True):
            sheet.put(row - 1, 0, word, plain)
            sheet.put(row - 1, 1, reason, plain)
            row += 1
    for row, text in enumerate(ROWS_LEFT, workings.first_left):
        sheet.put(row - 1, 0, text, plain)


def write_before(sheet: Sheet, workings: Workings, book: Book, plain: Format) -> None:
    """Write, for every row, the numbers of rules that the rows above break; below the last row those of all rows."""
    packed: list[int] = []
    for key in workings.layouts:
        texts = workings.broken[key].value(book.tables[key])[: workings.rows(key)]
        packed += [sum(map(mul, broken_counts(text), UNITS)) for text in texts]
    text, before = (f"{column_letters(column)}{workings.top}" for column in (BROKEN, BEFORE))
    added = "".join(
        f'+(LEN({text})-LEN(SUBSTITUTE({text},"{mark}","")))*{unit}'
        for mark, unit in zip(MARKS.values(), UNITS, strict=True)
    )
    sheet.put(workings.top - 1, BEFORE, 0, plain)
    sheet.formula_column(workings.top, BEFORE, [before + added], plain, list(accumulate(packed)))


def name_workings(writer: WorkbookWriter, workings: Workings) -> None:
    """Define the names by which other sheets read Workings."""
    writer.book.define_name("qip_beyond", f'="{BEYOND}"')
    first, last = workings.first_rule, workings.first_rule + len(workings.lines) - 1
    writer.book.define_name("qip_rules", f"={layout.WORKINGS}!$A${first}:${column_letters(CODE - 1)}${last}")
    for key, table in workings.layouts.items():
        for fetched in table.worked_out:
            writer.book.define_name(shown_name(key, fetched.column), f"={workings.column_span(key, fetched.column)}")
        for field in table.line.field:
            writer.book.define_name(typed_name(key, field.key), f"={table.span(field.key)}")
        writer.book.define_name(f"qip_rules_{key}", f"={workings.broken_span(key)}")
