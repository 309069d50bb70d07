"""The sheets of a tracker that are read, not filled in: Guidance, Lists, Settings, and the hidden Workings and stamp."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from xlsxwriter.format import Format

from qipxl import layout
from qipxl.layout import column_letters
from qipxl.rules.evaluation import Book
from qipxl.rules.schema import Column
from qipxl.stamp import Stamp
from qipxl.template import Template
from qipxl.tracker.paper import Paper, PlainWorksheet, row_height
from qipxl.tracker.workings import AT, NAME, SEVERITY, WORD, Slot, Workings, formulas, shown_name

HEADING = {"bold": True, "font_color": "#FFFFFF", "bg_color": "#505050", "border": 1, "text_wrap": True}


def write_guidance(paper: Paper, template: Template) -> None:
    """Guidance: how to fill in, what each rating means and when it is given, and what each check asks."""
    sheet = paper.sheet(
        layout.GUIDANCE, layout.GUIDANCE, "How to fill in this workbook, and how its ratings are decided."
    )
    for index, width in enumerate((26, 30, 90)):
        sheet.set_column(index, index, width, paper.format(text_wrap=True))
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
        sheet.write_string(2, index, text, paper.format(**HEADING))
    wrapped = paper.format(text_wrap=True)
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
                yield "", f"{band.word}, when", band.say or band.when.words()
            yield "", f"{rating.decides.otherwise}, when", "none of these holds"
    for key, rules in template.rules.rules.items():
        for rule in rules:
            if not rule.by_reader:
                yield f"Check on {template.tables[key].sheet}", rule.at.heading, f"{rule.say} ({rule.severity})"


def write_lists(paper: Paper, template: Template) -> None:
    """Lists: every declared list in a column of its own, with a name the drop-downs use."""
    sheet = paper.sheet(
        layout.LISTS, layout.LISTS, "The words that the drop-downs offer. Please leave them as they are."
    )
    for index, (key, words) in enumerate(template.lists.items()):
        letters = column_letters(index)
        sheet.set_column(index, index, 34, paper.format(text_wrap=True))
        sheet.write_string(2, index, words.title, paper.format(**HEADING))
        for number, word in enumerate(words.values, 3):
            sheet.write_string(number, index, word, paper.format(text_wrap=True))
        span = f"${letters}$4:${letters}${3 + len(words.values)}"
        paper.book.define_name(f"list_{key}", f"={layout.LISTS}!{span}")
    for key, place in layout.tracker_layout(template).items():
        if place.line.identity:
            paper.book.define_name(f"refs_{key}", f"={place.span(place.line.identity)}")
    sheet.protect()


def write_settings(paper: Paper, template: Template) -> None:
    """Settings: every threshold with its name; head office's, so a change here is ignored and noticed."""
    about = "The limits that the ratings use. They are head office's: a change made here does not count."
    sheet = paper.sheet(layout.SETTINGS, layout.SETTINGS, about)
    for index, width in enumerate((28, 38, 10, 12, 80)):
        sheet.set_column(index, index, width, paper.format(text_wrap=True))
    for index, text in enumerate(("Name", "Setting", "Value", "Unit", "What it does")):
        sheet.write_string(2, index, text, paper.format(**HEADING))
    row = 3
    for key, setting in template.rules.schema.settings.items():
        for (name, number), word in zip(setting.names(), [word for word, _ in setting.values] or [""], strict=True):
            heading = f"{setting.heading} ({word})" if word else setting.heading
            for index, text in ((0, name), (1, heading), (3, setting.unit), (4, template.setting[key].say)):
                sheet.write_string(row, index, text, paper.format(text_wrap=True))
            sheet.write_number(row, 2, number, paper.format())
            sheet.set_row(row, row_height([(heading, 38), (template.setting[key].say, 80)]))
            paper.book.define_name(name, f"={layout.SETTINGS}!$C${row + 1}")
            row += 1
    sheet.repeat_rows(2)
    sheet.protect()


def write_workings(paper: Paper, workings: Workings, book: Book) -> None:
    """Workings: each column's headings, then its formula and value for every row; and the names that point there."""
    sheet = paper.sheet(layout.WORKINGS, "", "")
    sheet.hide()
    number, day, plain = paper.format(num_format="0.######"), paper.format(num_format="0"), paper.format()
    looks = {"text": plain, "truth": plain, "number": number, "date": day}
    for key in workings.layouts:
        write_headings(sheet, workings, key, plain)
        first, rows = workings.first_row(key), workings.rows(key)
        for slot in workings.order[key]:
            values = cached(slot.value(book.tables[key]), slot)
            for place, (formula, value) in enumerate(zip(formulas(slot, first, rows), values, strict=True)):
                sheet.write_formula(first - 1 + place, slot.index, formula, looks[slot.kind], value)
    write_numbering(sheet, workings, book, plain)
    name_workings(paper, workings)


def write_headings(sheet: PlainWorksheet, workings: Workings, key: str, plain: Format) -> None:
    """What stands above each column of a table's workings."""
    top = workings.tops[key] - 1
    for slot in workings.order[key]:
        sheet.write_string(top + WORD - 1, slot.index, slot.word, plain)
        sheet.write_string(top + NAME - 1, slot.index, slot.title, plain)
    for slot, rule in zip(workings.check_slots(key), workings.rules.rules[key], strict=True):
        sheet.write_string(top + SEVERITY - 1, slot.index, rule.severity, plain)
        sheet.write_string(top + AT - 1, slot.index, rule.at.heading, plain)


def cached(values: object, slot: Slot) -> list[object]:
    """A column's values as a formula's result is kept: nothing is an empty text, a number is never NaN."""
    array = np.asarray(values)
    if slot.kind == "number":
        return ["" if number != number else float(number) for number in array]
    if slot.kind == "truth":
        return [bool(value) for value in array]
    return [value if slot.kind == "text" else int(value) for value in array]


def write_numbering(sheet: PlainWorksheet, workings: Workings, book: Book, plain: Format) -> None:
    """Beside each table number its rows that have a problem, on through all tables, so that Checks can list them."""
    base, before = "0", 0
    for key, column in checked(workings):
        index, top, first, last = numbering(workings, key)
        letters, check = column_letters(index), workings.cells[key].slot_of(column).letters()
        sheet.write_string(top + NAME - 2, index, "Number of the row with a problem", plain)
        sheet.write_formula(top + SEVERITY - 2, index, base, plain, before)
        start = f"{letters}${top + SEVERITY - 1}"
        texts, count = book.tables[key].values(column), 0
        for row in range(first, last + 1):
            wrong = bool(texts[row - first])
            count += wrong
            above = f'SUMPRODUCT(--({check}${first}:{check}{row}<>""))'
            formula = f'IF({check}{row}="","",{above}+{start})'
            sheet.write_formula(row - 1, index, formula, plain, before + count if wrong else "")
        base = f'{start}+SUMPRODUCT(--({check}${first}:{check}${last}<>""))'
        before += count


def checked(workings: Workings) -> list[tuple[str, Column]]:
    """The tables that have rules, with their check column."""
    return [(key, column) for key, column in workings.rules.checks.items() if workings.rules.rules[key]]


def numbering(workings: Workings, key: str) -> tuple[int, int, int, int]:
    """The column after a table's workings, their top row, and the rows that its sheet shows."""
    first = workings.first_row(key)
    return len(workings.order[key]), workings.tops[key], first, first + workings.layouts[key].line.rows - 1


def name_workings(paper: Paper, workings: Workings) -> None:
    """Names for what other sheets look up in Workings."""
    beyond = "This row is beyond what the tracker rates. Ask head office for a larger one."
    paper.book.define_name("qip_beyond", f'="{beyond}"')
    for key in workings.layouts:
        for column in workings.shown_columns(key):
            paper.book.define_name(shown_name(key, column), f"={workings.column_span(key, column)}")
    for key, column in checked(workings):
        index, _, first, last = numbering(workings, key)
        letters, check = column_letters(index), workings.cells[key].slot_of(column).letters()
        names = {
            f"qip_wrong_{key}": f"{layout.WORKINGS}!${letters}${first}:${letters}${last}",
            f"qip_check_{key}": f"{layout.WORKINGS}!${check}${first}:${check}${last}",
            f"qip_rules_{key}": workings.check_block(key),
            f"qip_rules_at_{key}": workings.check_heading(key, AT),
        }
        for name, span in names.items():
            paper.book.define_name(name, f"={span}")


def write_stamp(paper: Paper, stamp: Stamp) -> None:
    """The stamp, on a hidden sheet."""
    sheet = paper.book.add_worksheet(layout.STAMP)
    for row, cells in enumerate(stamp.rows()):
        for index, text in enumerate(cells):
            sheet.write_string(row, index, text)
    sheet.very_hidden()
