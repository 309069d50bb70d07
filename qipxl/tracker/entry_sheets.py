"""The sheets people fill in: one table each, with drop-downs, limits, colours, and the ratings fetched from Workings."""

from __future__ import annotations

from datetime import datetime

from xlsxwriter.format import Format

from qipxl.rules.evaluate import Book
from qipxl.rules.expression import quoted
from qipxl.rules.rulebook import Rating
from qipxl.rules.schema import Column
from qipxl.template import FieldLine, Template
from qipxl.tracker.content import Tracker
from qipxl.tracker.layout import TableLayout, WorkedOut
from qipxl.tracker.working_column import stored
from qipxl.tracker.workings import shown_name
from qipxl.workbook.buttons import write_table_buttons
from qipxl.workbook.layout import (
    FIRST_ROW,
    GROUP_ROW,
    HEADING_ROW,
    column_letters,
)
from qipxl.workbook.styles import TITLE
from qipxl.workbook.writer import TITLE_HEIGHT, Sheet, WorkbookWriter, row_height

HEADER_FILLS = {"service": "#12436D", "head office": "#5B3A6B", "worked out": "#505050"}
WORKED_OUT = "#F2F2F2"
HEAD_OFFICE = "#F1ECF4"
DATE = "dd/mm/yyyy"
SPARE_HEIGHT = 30
"""Two lines, so that what a rating or the check says can be read before the row is made to fit."""


NOTHING_TYPED = {
    "validate": "custom",
    "value": "=FALSE",
    "error_title": "Worked out",
    "error_message": "This cell is worked out. Please leave its formula; press Escape.",
}
"""Nothing can be typed over a formula; pasting still can, which is a check of its own."""


def write_table(writer: WorkbookWriter, tracker: Tracker, key: str, book: Book) -> None:
    """Write one table on its sheet."""
    place = tracker.layouts[key]
    sheet = writer.sheet(place.line.sheet, place.line.sheet, place.line.about)
    fields = place.line.field
    write_columns(writer, sheet, place)
    if tracker.buttons and place.line.filled_by == "service":
        aside = next(index for index, field in enumerate(fields) if index and not field.group)
        write_table_buttons(sheet, place.line.sheet, writer.format(**TITLE), aside)
    last = place.last_row
    headings = [{"header": heading} for heading in place.headings]
    for heading, each in zip(headings[len(fields) :], place.worked_out, strict=True):
        heading["formula"] = fetch(key, each.column)
    sheet.add_table(
        HEADING_ROW - 1,
        0,
        last - 1,
        len(place.headings) - 1,
        {"name": place.name, "style": "Table Style Light 1", "columns": headings},
    )
    write_headings(writer, sheet, place)
    write_rows(writer, sheet, tracker, key, book)
    write_worked_out(writer, sheet, tracker, key, book)
    write_limits(sheet, tracker.template, place)
    write_colours(writer, sheet, tracker, key)
    frozen = place.index(place.line.identity) + 1 if place.line.identity else 0
    sheet.freeze_panes(HEADING_ROW, frozen)
    sheet.repeat_rows(HEADING_ROW - 1)
    sheet.print_area(0, 0, max(HEADING_ROW + 10, last_used(tracker, key)) - 1, len(place.headings) - 1)
    sheet.ignore_errors({"calculated_column": f"A{FIRST_ROW}:{column_letters(len(place.headings) - 1)}{last}"})


def last_used(tracker: Tracker, key: str) -> int:
    return HEADING_ROW + len(tracker.rows.get(key, ()))


def looks(writer: WorkbookWriter, field: FieldLine) -> Format:
    """How a field's cells look."""
    shape: dict[str, object] = {"text_wrap": True, "bottom": 1, "bottom_color": "#D8D8D8"}
    if field.type == "date":
        shape |= {"num_format": DATE, "align": "left"}
    if field.filled_by == "head office":
        shape["bg_color"] = HEAD_OFFICE
    return writer.format(**shape)


def write_columns(writer: WorkbookWriter, sheet: Sheet, place: TableLayout) -> None:
    """Widths, formats and outline groups: what is not seen at once stands in groups that open."""
    sheet.outline_settings(symbols_right=False)
    columns = [
        *((field.width, field.group, looks(writer, field)) for field in place.line.field),
        *((each.width, each.group, looks_worked_out(writer, each)) for each in place.worked_out),
    ]
    for index, (width, group, format) in enumerate(columns):
        options: dict[str, object] = {"level": 1, "hidden": True} if group else {}
        if not group and index + 1 < len(columns) and columns[index + 1][1]:
            options = {"collapsed": True}
        sheet.set_column(index, index, width, format, options)


def looks_worked_out(writer: WorkbookWriter, each: WorkedOut) -> Format:
    """How a worked-out column looks; a date that is nothing is a 0 that is not shown."""
    shape: dict[str, object] = {"text_wrap": True, "bg_color": WORKED_OUT}
    if each.column.kind == "date":
        shape |= {"num_format": f"{DATE};;", "align": "left"}
    if each.column.kind == "number":
        shape |= {"num_format": f"0.{'0' * each.decimals}" if each.decimals else "0", "align": "left"}
    return writer.format(**shape)


def write_headings(writer: WorkbookWriter, sheet: Sheet, place: TableLayout) -> None:
    """The headings, shaded by who fills the column, and above them the same in words."""
    grouped = any(group for group, _ in groups_of(place))
    small = writer.format(italic=True, font_size=9, font_color="#404040", text_wrap=grouped)
    for row, height in ((0, TITLE_HEIGHT), (1, 15), (2, 26 if grouped else 15)):
        sheet.set_row(row, height, writer.format())
    for index, heading in enumerate(place.headings):
        filled_by = place.line.field[index].filled_by if index < len(place.line.field) else "worked out"
        fill = HEADER_FILLS[filled_by]
        looks = writer.format(bold=True, font_color="#FFFFFF", bg_color=fill, text_wrap=True, border=1)
        sheet.write_string(HEADING_ROW - 1, index, heading, looks)
    for start, words in notes(place):
        sheet.write_string(GROUP_ROW - 1, start, words, small)
    sheet.set_row(HEADING_ROW - 1, 33)


def notes(place: TableLayout) -> list[tuple[int, str]]:
    """What is said above the headings: which group opens beside a column, and who fills what follows."""
    fields = place.line.field
    said = [(start - 1, f"+ {group}") for group, start in groups_of(place) if group and start]
    if not any(field.group for field in fields):
        said.append((0, f"Filled in by {'the service' if fields[0].filled_by == 'service' else 'head office'}"))
    said.append((len(fields), "Worked out: please leave"))
    return said


def groups_of(place: TableLayout) -> list[tuple[str, int]]:
    """Each outline group (or "" where there is none) with the column at which it begins."""
    names = [*(field.group for field in place.line.field), *(each.group for each in place.worked_out)]
    return [(name, start) for start, name in enumerate(names) if not start or names[start - 1] != name]


def write_rows(writer: WorkbookWriter, sheet: Sheet, tracker: Tracker, key: str, book: Book) -> None:
    """What stands in the table already."""
    for number, row in enumerate(tracker.rows.get(key, ())):
        for index, field in enumerate(tracker.layouts[key].line.field):
            sheet.put(HEADING_ROW + number, index, row.get(field.key), looks(writer, field))
        seen = [(row.get(field.key) or "", field.width) for field in tracker.layouts[key].line.field if not field.group]
        sheet.set_row(HEADING_ROW + number, row_height([*seen, *worked_out_texts(tracker, key, book, number)]))
    for spare in range(last_used(tracker, key), tracker.layouts[key].last_row):
        sheet.set_row(spare, SPARE_HEIGHT)


def worked_out_texts(tracker: Tracker, key: str, book: Book, number: int) -> list[tuple[object, float]]:
    """What a row's ratings and check say, with the widths of their columns."""
    seen = [each for each in tracker.layouts[key].worked_out if not each.group and each.column.kind == "text"]
    return [(book.tables[key].values(each.column)[number], each.width) for each in seen]


def fetch(key: str, column: Column) -> str:
    """The formula that brings a row's rating or check from Workings."""
    otherwise = "qip_beyond" if column.key == "check" else '""'
    return f"IFERROR(INDEX({shown_name(key, column)},ROW()-ROW($A${HEADING_ROW})),{otherwise})"


def write_worked_out(writer: WorkbookWriter, sheet: Sheet, tracker: Tracker, key: str, book: Book) -> None:
    """The ratings and the check of every row, each formula with its value."""
    place = tracker.layouts[key]
    for index, each in enumerate(place.worked_out, len(place.line.field)):
        formula, looks = fetch(key, each.column), looks_worked_out(writer, each)
        values = stored(book.tables[key].values(each.column), each.column.kind)
        for number in range(place.line.rows):
            sheet.formula(HEADING_ROW + number, index, formula, looks, values[number])


def write_limits(sheet: Sheet, template: Template, place: TableLayout) -> None:
    """Drop-downs, date and number limits, and the prompt that appears beside a cell."""
    for index, field in enumerate(place.line.field):
        limit = limit_of(template, field)
        if field.prompt:
            limit |= {"input_title": field.heading, "input_message": field.prompt}
        if limit:
            sheet.data_validation(HEADING_ROW, index, place.last_row - 1, index, {"validate": "any", **limit})
    first = len(place.line.field)
    sheet.data_validation(HEADING_ROW, first, place.last_row - 1, len(place.headings) - 1, NOTHING_TYPED)


def limit_of(template: Template, field: FieldLine) -> dict[str, object]:
    """What may be entered in a field's cells."""
    if field.type == "choice" or field.suggest:
        message = f"Please choose {field.heading} from the list."
        style = "stop" if field.type == "choice" else "information"
        return {
            "validate": "list", "source": f"=list_{field.list or field.suggest}", "error_type": style,
            "error_title": "Not on the list", "error_message": message,
        }  # fmt: skip
    if field.type == "reference":
        return {
            "validate": "list", "source": f"=refs_{field.to}", "error_type": "warning",
            "error_title": "Not a reference", "error_message": f"No row of {template.tables[field.to].sheet} says that.",
        }  # fmt: skip
    if field.type == "date":
        return {
            "validate": "date", "criteria": "between", "minimum": datetime(2000, 1, 1),
            "maximum": datetime(2099, 12, 31), "error_title": "Not a date",
            "error_message": "Please enter a date such as 31/03/2026.",
        }  # fmt: skip
    if field.minimum is not None and field.maximum is not None:
        return {
            "validate": "integer" if field.whole else "decimal", "criteria": "between", "minimum": field.minimum, "maximum": field.maximum,
            "error_title": "Out of range", "error_message": f"Please enter {field.minimum:g} to {field.maximum:g}.",
        }  # fmt: skip
    return {}


def write_colours(writer: WorkbookWriter, sheet: Sheet, tracker: Tracker, key: str) -> None:
    """Colours follow the words: of a rating by its letter, of a cell by the rules that point at it."""
    place = tracker.layouts[key]
    columns = {each.column: index for index, each in enumerate(place.worked_out, len(place.line.field))}
    for rating in tracker.template.rules.ratings[key]:
        colour_rating(writer, sheet, place, columns[rating.label.column], rating)
    rules = tracker.template.rules.rules[key]
    marked = {rule.at.key for rule in rules}
    wrong = writer.book.add_format(
        {"bg_color": "#FFF2CC", "font_color": "#7A1F1F", "border": 1, "border_color": "#B00020"}
    )
    for index, field in enumerate(place.line.field):
        if field.key in marked:
            row = f"ROW()-ROW(${column_letters(index)}${HEADING_ROW})"
            test = f"=SUMPRODUCT((qip_rules_at_{key}={quoted(field.heading)})*INDEX(qip_rules_{key},{row},0))>0"
            options = {"type": "formula", "criteria": test, "format": wrong}
            sheet.conditional_format(HEADING_ROW, index, place.last_row - 1, index, options)


def colour_rating(writer: WorkbookWriter, sheet: Sheet, place: TableLayout, index: int, rating: Rating) -> None:
    letters = {state.letter: state for state in rating.states}
    first = f"{column_letters(index)}{FIRST_ROW}"
    for letter, state in letters.items():
        looks = writer.book.add_format({"bg_color": f"#{state.fill}", "font_color": f"#{state.ink}", "bold": True})
        test = f"=LEFT({first},{len(letter) + 1})={quoted(f'{letter} ')}"
        options = {"type": "formula", "criteria": test, "format": looks}
        sheet.conditional_format(HEADING_ROW, index, place.last_row - 1, index, options)
