"""The sheets of a tracker that are read, not filled in: Guidance, Lists, Settings, and the hidden Workings and stamp."""

from __future__ import annotations

from collections.abc import Iterator

from xlsxwriter.format import Format

from qipxl.rules.date_functions import HOLIDAYS
from qipxl.rules.evaluate import Book
from qipxl.template import SEVERITIES, Template
from qipxl.tracker.layout import tracker_layout
from qipxl.tracker.working_column import AT, KIND, NAME, PLACE, SAY, SEVERITY, WORD, stored
from qipxl.tracker.workings import OVERWRITTEN, OVERWRITTEN_SAYS, Workings, shown_name
from qipxl.workbook import layout
from qipxl.workbook.layout import column_letters
from qipxl.workbook.stamp import Stamp
from qipxl.workbook.writer import Sheet, WorkbookWriter, row_height

HEADING = {"bold": True, "font_color": "#FFFFFF", "bg_color": "#505050", "border": 1, "text_wrap": True}


def write_guidance(writer: WorkbookWriter, template: Template) -> None:
    """Guidance: how to fill in, what each rating means and when it is given, and what each check asks."""
    sheet = writer.sheet(
        layout.GUIDANCE, layout.GUIDANCE, "How to fill in this workbook, and how its ratings are decided."
    )
    for index, width in enumerate((26, 30, 90)):
        sheet.set_column(index, index, width, writer.format(text_wrap=True))
    lines = [("", "", ""), *guidance_lines(template)]
    columns = [{"header": "About"}, {"header": "Word"}, {"header": "What it means"}]
    sheet.add_table(
        2,
        0,
        2 + len(lines) - 1,
        2,
        {"name": "tblGuidance", "style": "Table Style Light 1", "columns": columns, "autofilter": False},
    )
    for index, text in enumerate(("About", "Word", "What it means")):
        sheet.write_string(2, index, text, writer.format(**HEADING))
    wrapped = writer.format(text_wrap=True)
    for number, line in enumerate(lines[1:], 3):
        for index, text in enumerate(line):
            if text:
                sheet.write_string(number, index, text, wrapped)
        sheet.set_row(number, row_height(zip(line, (26, 30, 90), strict=True)))
    sheet.repeat_rows(2)


def guidance_lines(template: Template) -> Iterator[tuple[str, str, str]]:
    """Three cells a line: what it is about, the word, what it means. The rules speak for themselves."""
    for line in template.guidance:
        yield line.title, "", line.text
    for key, ratings in template.rules.ratings.items():
        declared = {each.key: each for each in template.tables[key].rating}
        for rating in ratings:
            yield f"{rating.column.heading} rating", "", declared[rating.column.key].about
            for state in rating.states:
                yield "", state.label, state.say
            yield "", "How it is decided", "The first of the following that holds decides, from the top."
            for band in rating.decides.bands:
                yield "", f"{rating.state(band.word).shown}, when", band.say or band.when.words()
            yield "", f"{rating.state(rating.decides.otherwise).shown}, when", "none of these holds"
    for key, rules in template.rules.rules.items():
        for rule in rules:
            words = f"{rule.say} ({rule.severity}; {rule.code})"
            yield f"Check on {template.tables[key].sheet}", rule.at.heading, words
    yield "Check on every sheet", "Grey columns", f"{OVERWRITTEN_SAYS} ({SEVERITIES[0]}; {OVERWRITTEN})"


def write_lists(writer: WorkbookWriter, template: Template) -> None:
    """Lists: every declared list in a column of its own, with a name the drop-downs use."""
    sheet = writer.sheet(
        layout.LISTS, layout.LISTS, "The words that the drop-downs offer. Please leave them as they are."
    )
    for index, (key, words) in enumerate(template.lists.items()):
        letters = column_letters(index)
        sheet.set_column(index, index, 34, writer.format(text_wrap=True))
        sheet.write_string(2, index, words.title, writer.format(**HEADING))
        for number, word in enumerate(words.values, 3):
            sheet.write_string(number, index, word, writer.format(text_wrap=True))
        span = f"${letters}$4:${letters}${3 + len(words.values)}"
        writer.book.define_name(f"list_{key}", f"={layout.LISTS}!{span}")
    write_holidays(writer, sheet, template, len(template.lists))
    for key, place in tracker_layout(template).items():
        if place.line.identity:
            writer.book.define_name(f"refs_{key}", f"={place.span(place.line.identity)}")
    sheet.protect()


def write_holidays(writer: WorkbookWriter, sheet: Sheet, template: Template, index: int) -> None:
    """The bank holidays beside the lists, with the name that working days are counted by; one empty cell for none."""
    days = template.bank_holidays.days if template.bank_holidays else ()
    letters = column_letters(index)
    sheet.set_column(index, index, 34, writer.format(text_wrap=True))
    title = template.bank_holidays.title if template.bank_holidays else "Bank holidays"
    sheet.write_string(2, index, title, writer.format(**HEADING))
    for number, day in enumerate(days, 3):
        sheet.put(number, index, day, writer.format(num_format="dd/mm/yyyy", align="left"))
    writer.book.define_name(HOLIDAYS, f"={layout.LISTS}!${letters}$4:${letters}${max(4, 3 + len(days))}")


def write_settings(writer: WorkbookWriter, template: Template) -> None:
    """Settings: every threshold with its name; head office's, so a change here is ignored and noticed."""
    about = "The limits that the ratings use. They are head office's: a change made here does not count."
    sheet = writer.sheet(layout.SETTINGS, layout.SETTINGS, about)
    for index, width in enumerate((28, 38, 10, 12, 80)):
        sheet.set_column(index, index, width, writer.format(text_wrap=True))
    for index, text in enumerate(("Name", "Setting", "Value", "Unit", "What it does")):
        sheet.write_string(2, index, text, writer.format(**HEADING))
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
    """Workings: each column's headings, then its formula and value for every row; and the names that point there."""
    sheet = writer.sheet(layout.WORKINGS, "", "")
    sheet.hide()
    number, day, plain = writer.format(num_format="0.######"), writer.format(num_format="0"), writer.format()
    looks = {"text": plain, "truth": plain, "number": number, "date": day}
    for key in workings.layouts:
        write_headings(sheet, workings, key, plain)
        first, rows = workings.first_row(key), workings.rows(key)
        for slot in workings.order[key]:
            values = stored(slot.value(book.tables[key]), slot.kind)
            for place, (formula, value) in enumerate(zip(slot.formulas(first, rows), values, strict=True)):
                sheet.formula(first - 1 + place, slot.index, formula, looks[slot.kind], value)
    name_workings(writer, workings)
    return sheet


def write_headings(sheet: Sheet, workings: Workings, key: str, plain: Format) -> None:
    """What stands above each column of a table's workings."""
    top, place = workings.tops[key] - 1, workings.layouts[key]
    for slot in workings.order[key]:
        for which, text in ((WORD, slot.word), (NAME, slot.title), (SAY, slot.say)):
            sheet.put(top + which - 1, slot.index, text, plain)
    types = {field.heading: field.type for field in place.line.field}
    headings = {field.heading: index for index, field in enumerate(place.line.field)}
    headings |= {each.heading: len(headings) + number for number, each in enumerate(place.worked_out)}
    pointing = [
        *zip(workings.overwritten[key], [(SEVERITIES[0], each.heading) for each in place.worked_out], strict=True),
        *zip(
            workings.checks[key],
            [(rule.severity, rule.at.heading) for rule in workings.rules.rules[key]],
            strict=True,
        ),
    ]
    for slot, (severity, heading) in pointing:
        sheet.write_string(top + SEVERITY - 1, slot.index, severity, plain)
        sheet.write_string(top + AT - 1, slot.index, heading, plain)
        sheet.put(top + KIND - 1, slot.index, types.get(heading, ""), plain)
        across = f"'{place.line.sheet}'!${layout.HEADING_ROW}:${layout.HEADING_ROW}"
        column = f"IFERROR(MATCH({slot.letters()}{top + AT},{across},0),1)"
        sheet.formula(top + PLACE - 1, slot.index, column, plain, headings[heading] + 1)


def name_workings(writer: WorkbookWriter, workings: Workings) -> None:
    """Names for what other sheets look up in Workings."""
    beyond = "This row is beyond what the tracker rates. Ask head office for a larger one."
    writer.book.define_name("qip_beyond", f'="{beyond}"')
    for key, place in workings.layouts.items():
        for each in place.worked_out:
            writer.book.define_name(shown_name(key, each.column), f"={workings.column_span(key, each.column)}")
        writer.book.define_name(f"qip_rules_{key}", f"={workings.check_block(key)}")
        writer.book.define_name(f"qip_rules_at_{key}", f"={workings.check_heading(key, AT)}")


def write_stamp(writer: WorkbookWriter, stamp: Stamp) -> None:
    """The stamp, on a hidden sheet."""
    sheet = writer.book.add_worksheet(layout.STAMP, Sheet)
    for row, cells in enumerate(stamp.rows()):
        for index, text in enumerate(cells):
            sheet.write_string(row, index, text)
    sheet.very_hidden()
