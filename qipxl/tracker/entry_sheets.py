"""The sheets that people fill in: one table each, with drop-downs, limits, colours, and ratings fetched from Workings."""

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
from qipxl.tracker.workings import field_mark, shown_name
from qipxl.workbook.buttons import write_table_buttons
from qipxl.workbook.layout import FIRST_ROW, GROUP_ROW, HEADING_ROW, column_letters
from qipxl.workbook.styles import TITLE
from qipxl.workbook.writer import TITLE_HEIGHT, Sheet, WorkbookWriter, row_height

HEADER_FILLS = {"service": "#12436D", "head office": "#5B3A6B", "worked out": "#505050"}
WORKED_OUT = "#F2F2F2"
HEAD_OFFICE = "#F1ECF4"
DATE = "dd/mm/yyyy"
SPARE_HEIGHT = 30
"""The height of an empty row: two lines, so that a rating or the check can be read before the row is resized."""


NOTHING_TYPED = {
    "validate": "custom",
    "value": "=FALSE",
    "error_title": "Worked out",
    "error_message": "This cell has a formula. Please leave it; press Escape.",
}
"""Refuses typing over a formula. Pasting over it is still possible; a check finds that."""


def write_table(writer: WorkbookWriter, tracker: Tracker, key: str, book: Book) -> None:
    """Write one table on its sheet."""
    layout = tracker.layouts[key]
    sheet = writer.sheet(layout.line.sheet, layout.line.sheet, layout.line.about)
    fields = layout.line.field
    write_columns(writer, sheet, layout)
    if tracker.buttons and layout.line.filled_by == "service":
        visible = next(index for index, field in enumerate(fields) if index and not field.group)
        write_table_buttons(sheet, layout.line.sheet, writer.format(**TITLE), visible)
    last = layout.last_row
    headings = [{"header": heading} for heading in layout.headings]
    for heading, fetched in zip(headings[len(fields) :], layout.worked_out, strict=True):
        heading["formula"] = fetch(layout, fetched.column)
    table = {"name": layout.name, "style": "Table Style Light 1", "columns": headings}
    sheet.add_table(HEADING_ROW - 1, 0, last - 1, len(layout.headings) - 1, table)
    write_headings(writer, sheet, layout)
    write_rows(writer, sheet, tracker, key, book)
    write_worked_out(writer, sheet, tracker, key, book)
    write_limits(sheet, tracker.template, layout)
    write_colours(writer, sheet, tracker, key)
    frozen = layout.index(layout.line.identity) + 1 if layout.line.identity else 0
    sheet.freeze_panes(HEADING_ROW, frozen)
    sheet.repeat_rows(HEADING_ROW - 1)
    sheet.print_area(0, 0, max(HEADING_ROW + 10, last_used(tracker, key)) - 1, len(layout.headings) - 1)
    sheet.ignore_errors({"calculated_column": f"A{FIRST_ROW}:{column_letters(len(layout.headings) - 1)}{last}"})


def last_used(tracker: Tracker, key: str) -> int:
    return HEADING_ROW + len(tracker.rows.get(key, ()))


def field_format(writer: WorkbookWriter, field: FieldLine) -> Format:
    """The format of a field's cells."""
    shape: dict[str, object] = {"text_wrap": True, "bottom": 1, "bottom_color": "#D8D8D8"}
    if field.type == "date":
        shape |= {"num_format": DATE, "align": "left"}
    if field.filled_by == "head office":
        shape["bg_color"] = HEAD_OFFICE
    return writer.format(**shape)


def write_columns(writer: WorkbookWriter, sheet: Sheet, layout: TableLayout) -> None:
    """Set widths, formats and outline groups; the columns of a group are hidden until it is opened."""
    sheet.outline_settings(symbols_right=False)
    columns = [
        *((field.width, field.group, field_format(writer, field)) for field in layout.line.field),
        *((fetched.width, fetched.group, worked_out_format(writer, fetched)) for fetched in layout.worked_out),
    ]
    for index, (width, group, format) in enumerate(columns):
        options: dict[str, object] = {"level": 1, "hidden": True} if group else {}
        if not group and index + 1 < len(columns) and columns[index + 1][1]:
            options = {"collapsed": True}
        sheet.set_column(index, index, width, format, options)


def worked_out_format(writer: WorkbookWriter, column: WorkedOut) -> Format:
    """How a worked-out column style; a date that is nothing is a 0 that is not shown."""
    shape: dict[str, object] = {"text_wrap": True, "bg_color": WORKED_OUT}
    if column.column.kind == "date":
        shape |= {"num_format": f"{DATE};;", "align": "left"}
    if column.column.kind == "number":
        shape |= {"num_format": f"0.{'0' * column.decimals}" if column.decimals else "0", "align": "left"}
    return writer.format(**shape)


def write_headings(writer: WorkbookWriter, sheet: Sheet, layout: TableLayout) -> None:
    """Write the headings, coloured by who fills in the column, and the notes above them."""
    grouped = any(group for group, _ in groups_of(layout))
    small = writer.format(italic=True, font_size=9, font_color="#404040", text_wrap=grouped)
    for row, height in ((0, TITLE_HEIGHT), (1, 15), (2, 26 if grouped else 15)):
        sheet.set_row(row, height, writer.format())
    for index, heading in enumerate(layout.headings):
        filled_by = layout.line.field[index].filled_by if index < len(layout.line.field) else "worked out"
        fill = HEADER_FILLS[filled_by]
        style = writer.format(bold=True, font_color="#FFFFFF", bg_color=fill, text_wrap=True, border=1)
        sheet.write_string(HEADING_ROW - 1, index, heading, style)
    for start, words in notes(layout):
        sheet.write_string(GROUP_ROW - 1, start, words, small)
    sheet.set_row(HEADING_ROW - 1, 33)


def notes(layout: TableLayout) -> list[tuple[int, str]]:
    """The notes above the headings and their columns: the group that opens next to a column, and who fills in the columns."""
    fields = layout.line.field
    found = [(start - 1, f"+ {group}") for group, start in groups_of(layout) if group and start]
    if not any(field.group for field in fields):
        found.append((0, f"Filled in by {'the service' if fields[0].filled_by == 'service' else 'head office'}"))
    found.append((len(fields), "Worked out: please leave"))
    return found


def groups_of(layout: TableLayout) -> list[tuple[str, int]]:
    """Each outline group with its first column; "" for columns without a group."""
    names = [*(field.group for field in layout.line.field), *(fetched.group for fetched in layout.worked_out)]
    return [(name, start) for start, name in enumerate(names) if not start or names[start - 1] != name]


def write_rows(writer: WorkbookWriter, sheet: Sheet, tracker: Tracker, key: str, book: Book) -> None:
    """Write the rows that the table holds already, and set the heights of all rows."""
    fields = tracker.layouts[key].line.field
    for number, row in enumerate(tracker.rows.get(key, ())):
        for index, field in enumerate(fields):
            sheet.put(HEADING_ROW + number, index, row.get(field.key), field_format(writer, field))
        visible = [(row.get(field.key) or "", field.width) for field in fields if not field.group]
        sheet.set_row(HEADING_ROW + number, row_height([*visible, *worked_out_texts(tracker, key, book, number)]))
    for spare in range(last_used(tracker, key), tracker.layouts[key].last_row):
        sheet.set_row(spare, SPARE_HEIGHT)


def worked_out_texts(tracker: Tracker, key: str, book: Book, number: int) -> list[tuple[object, float]]:
    """The texts of a row's ratings and check, with the widths of their columns."""
    texts = [each for each in tracker.layouts[key].worked_out if not each.group and each.column.kind == "text"]
    return [(book.tables[key].values(each.column)[number], each.width) for each in texts]


def fetch(layout: TableLayout, column: Column) -> str:
    """The formula that fetches a row's rating or check from Workings; a row in use without workings says so."""
    otherwise = '""'
    if column.key == "check" or column.key.endswith("_label"):
        otherwise = f'IF(COUNTA({",".join(typed_cells(layout))})=0,"",qip_beyond)'
    return f"IFERROR(INDEX({shown_name(layout.key, column)},ROW()-ROW($A${HEADING_ROW})),{otherwise})"


def typed_cells(layout: TableLayout) -> list[str]:
    """The cells of a row that people fill in, as its own formulas refer to them; without a ref that was numbered in advance."""
    fields = {field.heading for field in layout.line.field}
    first = layout.line.field[0]
    if len(fields) > 1 and layout.line.identity == first.key:
        fields.remove(first.heading)
    spans: list[list[str]] = []
    for before, heading in zip(["", *layout.headings], layout.headings, strict=False):
        if heading in fields and before not in fields:
            spans.append([heading])
        elif heading in fields:
            spans[-1].append(heading)
    row = f"{layout.name}[[#This Row],["
    return [f"{row}{span[0]}]]" if len(span) == 1 else f"{row}{span[0]}]:[{span[-1]}]]" for span in spans]


def write_worked_out(writer: WorkbookWriter, sheet: Sheet, tracker: Tracker, key: str, book: Book) -> None:
    """Write the ratings and the check of every row, each formula with its value."""
    layout = tracker.layouts[key]
    for index, each in enumerate(layout.worked_out, len(layout.line.field)):
        formula, style = fetch(layout, each.column), worked_out_format(writer, each)
        values = stored(book.tables[key].values(each.column), each.column.kind)
        for number in range(layout.line.rows):
            sheet.formula(HEADING_ROW + number, index, formula, style, values[number])


def write_limits(sheet: Sheet, template: Template, layout: TableLayout) -> None:
    """Set drop-downs, date and number limits, and the prompt that appears next to a cell."""
    for index, field in enumerate(layout.line.field):
        limit = limit_of(template, field)
        if field.prompt:
            limit |= {"input_title": field.heading, "input_message": field.prompt}
        if limit:
            sheet.data_validation(HEADING_ROW, index, layout.last_row - 1, index, {"validate": "any", **limit})
    first = len(layout.line.field)
    sheet.data_validation(HEADING_ROW, first, layout.last_row - 1, len(layout.headings) - 1, NOTHING_TYPED)


def limit_of(template: Template, field: FieldLine) -> dict[str, object]:
    """The data validation of a field's cells; empty if anything may be entered."""
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
            "error_title": "Not a reference", "error_message": f"{template.tables[field.to].sheet} has no row with that reference.",
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
    """Set the colours: of a rating by its letter, of a cell by the rules that point at it."""
    layout = tracker.layouts[key]
    columns = {each.column: index for index, each in enumerate(layout.worked_out, len(layout.line.field))}
    for rating in tracker.template.rules.ratings[key]:
        colour_rating(writer, sheet, layout, columns[rating.label.column], rating)
    rules = tracker.template.rules.rules[key]
    marked = {rule.at.key for rule in rules}
    style = {"bg_color": "#FFF2CC", "font_color": "#7A1F1F", "border": 1, "border_color": "#B00020"}
    wrong = writer.book.add_format(style)
    for index, field in enumerate(layout.line.field):
        if field.key in marked:
            row = f"ROW()-ROW(${column_letters(index)}${HEADING_ROW})"
            test = f'=SUMPRODUCT(--ISNUMBER(FIND("{field_mark(index + 1)}",INDEX(qip_rules_{key},{row},0))))>0'
            options = {"type": "formula", "criteria": test, "format": wrong}
            sheet.conditional_format(HEADING_ROW, index, layout.last_row - 1, index, options)


def colour_rating(writer: WorkbookWriter, sheet: Sheet, layout: TableLayout, index: int, rating: Rating) -> None:
    """Colour a rating's column by the letter in front of its word."""
    letters = {state.letter: state for state in rating.states}
    first = f"{column_letters(index)}{FIRST_ROW}"
    for letter, state in letters.items():
        style = writer.book.add_format({"bg_color": f"#{state.fill}", "font_color": f"#{state.ink}", "bold": True})
        test = f"=LEFT({first},{len(letter) + 1})={quoted(f'{letter} ')}"
        options = {"type": "formula", "criteria": test, "format": style}
        sheet.conditional_format(HEADING_ROW, index, layout.last_row - 1, index, options)
