"""The sheets that people fill in: one table each, with drop-downs, limits, colours, and ratings fetched from Workings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import datetime

from xlsxwriter.format import Format

from qipxl.rules.evaluate import Book, TableRows
from qipxl.rules.expression import quoted
from qipxl.rules.rulebook import State
from qipxl.rules.schema import used
from qipxl.template import SEVERITIES, FieldLine, Template, TrendLine
from qipxl.template.colours import contrast
from qipxl.template.validate import LEAST_CONTRAST
from qipxl.tracker.content import Tracker
from qipxl.tracker.layout import TableLayout, WorkedOut
from qipxl.tracker.printing import printed_rows
from qipxl.tracker.working_column import stored
from qipxl.tracker.workings import field_mark, shown_name
from qipxl.workbook.buttons import write_table_buttons
from qipxl.workbook.layout import FIRST_ROW, GROUP_ROW, HEADING_ROW, column_letters
from qipxl.workbook.styles import (
    AMBER,
    CALCULATED,
    CALCULATED_HEADING,
    CELL,
    CENTRED,
    DATE,
    GREY,
    HEADING,
    INK,
    LEFT,
    MONTH,
    MONTHLY,
    NUMBER,
    RED,
    TINTS,
    TITLE,
)
from qipxl.workbook.text_width import lines_needed
from qipxl.workbook.writer import Sheet, WorkbookWriter

FONT_SIZE, LINE = 10, 13
"""The size of the text in the tables, and the height of a line of it, both in points."""
HEAD_HEIGHTS = (26, 16, 18, 32)
"""The heights of the rows above the table, the last of them its headings, in points."""
SPARE_HEIGHTS = (15, 22.5)
"""The height of an empty row in points: of a table with one line for each row, and of one with more."""
WHITE = "FFFFFF"
LEFT_ALONE: dict[str, object] = {"font_color": GREY, "bg_color": f"#{WHITE}"}
"""A cell of a row that needs nothing more."""
BREAKS_A_RULE: dict[str, object] = {"bg_color": TINTS["amber"][0], "bottom": 1, "bottom_color": AMBER}
"""A cell that a check points at."""


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
    sheet.hide_gridlines(2)
    write_columns(writer, sheet, layout, fields_to_put_right(tracker, key, book))
    frozen = frozen_columns(layout)
    if tracker.buttons and layout.line.filled_by == "service":
        write_table_buttons(sheet, layout.line.sheet, writer.format(**TITLE), frozen)
    last = layout.last_row
    headings = [
        {"header": each.heading, **({"formula": fetch(layout, each)} if isinstance(each, WorkedOut) else {})}
        for each in layout.columns
    ]
    table = {"name": layout.name, "style": None, "columns": headings}
    sheet.add_table(HEADING_ROW - 1, 0, last - 1, len(headings) - 1, table)
    write_headings(writer, sheet, tracker, layout)
    heights = write_rows(writer, sheet, tracker, key, book)
    write_worked_out(writer, sheet, tracker, key, book)
    write_limits(sheet, tracker.template, layout)
    write_colours(writer, sheet, tracker, key)
    sheet.freeze_panes(HEADING_ROW, frozen)
    sheet.repeat_rows(HEADING_ROW - 1)
    set_print_area(sheet, tracker, key, book, heights)
    sheet.ignore_errors({"calculated_column": f"A{FIRST_ROW}:{column_letters(len(headings) - 1)}{last}"})


def set_print_area(sheet: Sheet, tracker: Tracker, key: str, book: Book, heights: Sequence[float]) -> None:
    """Print the first columns of the rows that are needed; of a table without any an empty cell, which takes no page."""
    layout = tracker.layouts[key]
    columns = layout.columns[: len(layout.line.first) or layout.visible]
    widths = [column.width for column in columns]
    rows = printed_rows(tracker, key, book, heights, sum(HEAD_HEIGHTS), widths)
    if rows:
        sheet.print_area(0, 0, HEADING_ROW + rows - 1, len(columns) - 1)
    else:
        sheet.print_area(0, len(layout.columns), 0, len(layout.columns))


def frozen_columns(layout: TableLayout) -> int:
    """The columns that stay in sight: the name of a row if it comes first, and its letter beside it."""
    if not layout.line.identity or layout.index(layout.line.identity):
        return 0
    return 2 if is_letter(layout.columns[1]) else 1


def is_letter(column: FieldLine | WorkedOut | TrendLine) -> bool:
    return isinstance(column, WorkedOut) and column.letter_of is not None


def column_format(writer: WorkbookWriter, layout: TableLayout, column: FieldLine | WorkedOut | TrendLine) -> Format:
    """The format of a column's cells; a calculated date that is nothing is a 0 that is not shown."""
    shape: dict[str, object] = {**CELL, "font_size": FONT_SIZE, "font_color": INK}
    kind = column.column.kind if isinstance(column, WorkedOut) else column.type if isinstance(column, FieldLine) else ""
    if kind in ("date", "number"):
        shape |= DATE if kind == "date" else NUMBER
    if isinstance(column, WorkedOut):
        shape["bg_color"] = CALCULATED
        if kind == "date":
            shape["num_format"] = f"{DATE['num_format']};;"
        if kind == "number":
            shape["num_format"] = f"0.{'0' * column.decimals}" if column.decimals else "0"
        if is_letter(column):
            shape |= CENTRED | {"bold": True}
    elif isinstance(column, TrendLine) or column.filled_by == "head office":
        shape["bg_color"] = CALCULATED
    elif column.key in layout.line.each_month:
        shape["bg_color"] = MONTHLY
    if isinstance(column, FieldLine) and column.month:
        shape |= MONTH
    if column.key == layout.line.identity:
        shape["bold"] = True
    return writer.format(**shape)


def fields_to_put_right(tracker: Tracker, key: str, book: Book) -> set[str]:
    """The fields that the checks of a table point at when the tracker is issued, other than for information."""
    rows = book.tables[key]
    is_used = rows.values(used(key))
    rules = [rule for rule in tracker.template.rules.rules[key] if rule.severity in SEVERITIES[:2]]
    return {rule.at.key for rule in rules if (rows.value_of(rule.when) & is_used).any()}


def write_columns(writer: WorkbookWriter, sheet: Sheet, layout: TableLayout, unfolded: Set[str]) -> None:
    """Set widths, formats and outline groups: of a group without a field in `unfolded` only the first column is shown."""
    sheet.outline_settings(symbols_right=False)
    for index, column in enumerate(layout.columns):
        options: dict[str, object] = {}
        for _, start, end in layout.groups:
            folded = not any(each.key in unfolded for each in layout.columns[start + 1 : end])
            if start < index < end:
                options = {"level": 1, "hidden": folded}
            elif index == start and end - start > 1:
                options = {"collapsed": folded}
        sheet.set_column(index, index, column.width, column_format(writer, layout, column), options)


def write_headings(writer: WorkbookWriter, sheet: Sheet, tracker: Tracker, layout: TableLayout) -> None:
    """Write the headings, in grey italics over columns to leave alone; above them the key of the letters and the groups' names."""
    for row, height in enumerate(HEAD_HEIGHTS[:-1]):
        sheet.set_row(row, height, writer.format())
    for index, column in enumerate(layout.columns):
        filled_in = isinstance(column, FieldLine) and column.filled_by == "service"
        style = HEADING if filled_in else CALCULATED_HEADING
        unseen = {"num_format": ";;;"} if is_letter(column) else {}
        sheet.write_string(HEADING_ROW - 1, index, column.heading, writer.format(**style, **LEFT, **unseen))
    sheet.set_row(HEADING_ROW - 1, HEAD_HEIGHTS[-1])
    write_legend(writer, sheet, tracker, layout)
    named = writer.format(italic=True, font_size=9, font_color=GREY)
    for group, start, end in layout.groups:
        sheet.write_string(GROUP_ROW - 1, start, f"+ {group}" if end - start > 1 else group, named)


def write_legend(writer: WorkbookWriter, sheet: Sheet, tracker: Tracker, layout: TableLayout) -> None:
    """Write what the letters of the table mean, in one line, each letter in its colour."""
    shown = {each.letter_of for each in layout.worked_out}
    for rating, line in zip(tracker.template.rules.ratings[layout.key], layout.line.rating, strict=True):
        if rating.column in shown and line.legend:
            grey = writer.format(font_size=FONT_SIZE, font_color=GREY)
            parts: list[str | Format] = []
            for letter, meaning in line.legend.items():
                state = next(state for state in rating.states if state.letter == letter)
                ink = state.fill if contrast(state.fill, WHITE) >= LEAST_CONTRAST else state.ink
                parts += [writer.format(bold=True, font_color=f"#{ink}"), letter, grey, f" {meaning}      "]
            sheet.write_rich_string(GROUP_ROW - 1, 0, *parts)


def write_rows(writer: WorkbookWriter, sheet: Sheet, tracker: Tracker, key: str, book: Book) -> list[float]:
    """Write the rows that the table holds already, and set the heights of all rows, which are returned."""
    layout = tracker.layouts[key]
    fields = [(index, each) for index, each in enumerate(layout.columns) if isinstance(each, FieldLine)]
    formats = {index: column_format(writer, layout, field) for index, field in fields}
    heights: list[float] = []
    for number, row in enumerate(tracker.rows.get(key, ())):
        for index, field in fields:
            sheet.put(HEADING_ROW + number, index, row.get(field.key), formats[index])
        visible = layout.columns[: layout.visible]
        lines = (row_lines(column, row, book.tables[key], number) for column in visible)
        heights.append(LINE * max(layout.line.lines, *lines) + 3)
    heights += [SPARE_HEIGHTS[layout.line.lines > 1]] * (layout.line.rows - len(heights))
    for number, height in enumerate(heights):
        sheet.set_row(HEADING_ROW + number, height)
    return heights


def row_lines(
    column: FieldLine | WorkedOut | TrendLine, row: Mapping[str, object], values: TableRows, number: int
) -> int:
    """The number of lines that a cell of a row needs."""
    text = values.values(column.column)[number] if isinstance(column, WorkedOut) else row.get(column.key)
    return lines_needed(text, column.width, FONT_SIZE / 11) if isinstance(text, str) else 1


def fetch(layout: TableLayout, column: WorkedOut) -> str:
    """The formula that fetches a row's rating or check from Workings; a row in use without workings says so."""
    otherwise = '""'
    if says_beyond(column):
        otherwise = f'IF(COUNTA({",".join(typed_cells(layout))})=0,"",qip_beyond)'
    return f"IFERROR(INDEX({shown_name(layout.key, column.column)},ROW()-ROW($A${HEADING_ROW})),{otherwise})"


def says_beyond(column: WorkedOut) -> bool:
    """True for ratings and checks, which say of a row in use without workings that head office will rate it."""
    return column.is_check or column.column.key.endswith("_label")


def typed_cells(layout: TableLayout) -> list[str]:
    """The cells of a row that people fill in, as its own formulas refer to them; without a ref that was numbered in advance."""
    first = layout.line.field[0]
    is_numbered = layout.line.identity == first.key and len(layout.line.field) > 1
    runs = layout.typed_runs(first.key if is_numbered else "")
    row = f"{layout.name}[[#This Row],["
    return [f"{row}{start}]]" if start == end else f"{row}{start}]:[{end}]]" for start, end in runs]


def write_worked_out(writer: WorkbookWriter, sheet: Sheet, tracker: Tracker, key: str, book: Book) -> None:
    """Write the ratings and the check of every row that is rated, each formula with its value.

    The rows below, if the service fills them in, have only those that say that they are not rated.
    """
    layout = tracker.layouts[key]
    for index, each in enumerate(layout.columns):
        if isinstance(each, WorkedOut):
            formula, style = fetch(layout, each), column_format(writer, layout, each)
            values = stored(book.tables[key].values(each.column), each.column.kind)
            is_long = layout.line.filled_by == "service" and says_beyond(each)
            rows = layout.line.rows if is_long else tracker.workings.rows(key)
            sheet.same_formula(HEADING_ROW, index, formula, style, values[:rows])


def write_limits(sheet: Sheet, template: Template, layout: TableLayout) -> None:
    """Set drop-downs, date and number limits, and the prompt that appears next to a cell."""
    last = layout.last_row - 1
    for index, column in enumerate(layout.columns):
        if isinstance(column, FieldLine):
            limit = limit_of(template, column)
            if column.prompt:
                limit |= {"input_title": column.heading, "input_message": column.prompt}
            if limit:
                sheet.data_validation(HEADING_ROW, index, last, index, {"validate": "any", **limit})
    worked_out = [index for index, column in enumerate(layout.columns) if not isinstance(column, FieldLine)]
    others = [[HEADING_ROW, index, last, index] for index in worked_out[1:]]
    sheet.data_validation(HEADING_ROW, worked_out[0], last, worked_out[0], {**NOTHING_TYPED, "other_cells": others})


def limit_of(template: Template, field: FieldLine) -> dict[str, object]:
    """The data validation of a field's cells; empty if anything may be entered."""
    if field.suggest:
        return {"validate": "list", "source": f"=list_{field.suggest}", "show_error": False}
    if field.type == "choice":
        return {
            "validate": "list", "source": f"=list_{field.list}", "error_type": "stop",
            "error_title": "Not on the list", "error_message": f"Please choose {field.heading} from the list.",
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
    """Set the colours: of rows to leave alone, of letters and ratings, of late dates, of cells by the rules that point at them."""
    layout, ratings = tracker.layouts[key], tracker.template.rules.ratings
    states = {rating.column: rating.states for of_table in ratings.values() for rating in of_table}
    labels = {rating.label.column: rating.states for rating in ratings[key]}
    marked = {rule.at.key for rule in tracker.template.rules.rules[key]}
    for index, column in enumerate(layout.columns):
        first = f"{column_letters(index)}{FIRST_ROW}"
        if isinstance(column, WorkedOut) and column.letter_of is not None:
            colour_letters(writer, sheet, layout, index, states[column.letter_of], f"{first}=")
        elif isinstance(column, WorkedOut) and column.column in labels:
            colour_letters(
                writer, sheet, layout, index, labels[column.column], f'LEFT({first},FIND(" ",{first}&" ")-1)='
            )
        elif isinstance(column, FieldLine):
            if column.late_by:
                days = f"${column_letters(layout.index(column.late_by))}{FIRST_ROW}"
                colour(sheet, layout, index, f"=N({days})>0", writer.book.add_format({"font_color": RED, "bold": True}))
            if column.key in marked:
                row = f"ROW()-ROW(${column_letters(index)}${HEADING_ROW})"
                test = f'=ISNUMBER(FIND("{field_mark(index + 1)}",INDEX(qip_rules_{key},{row})))'
                colour(sheet, layout, index, test, writer.book.add_format(BREAKS_A_RULE))
    for test in grey_tests(layout):
        for index, column in enumerate(layout.columns):
            if not is_letter(column):
                colour(sheet, layout, index, test, writer.book.add_format(LEFT_ALONE))


def grey_tests(layout: TableLayout) -> Iterator[str]:
    """Formulas, written for the first row, of whether a row needs nothing more."""
    for name, texts in layout.line.grey_rows.items():
        cell = f"${column_letters(layout.index(name))}{FIRST_ROW}"
        yield f"=OR({','.join(f'{cell}={quoted(text)}' for text in texts)})"
    if layout.line.grey_before:
        cell = f"${column_letters(layout.index(layout.line.grey_before))}{FIRST_ROW}"
        yield f"=AND(ISNUMBER({cell}),{cell}<=EOMONTH(as_at,-1))"


def colour_letters(
    writer: WorkbookWriter, sheet: Sheet, layout: TableLayout, index: int, states: Sequence[State], test: str
) -> None:
    """Colour a column of ratings by their letters."""
    for letter, state in {state.letter: state for state in states}.items():
        style = writer.book.add_format({"bg_color": f"#{state.fill}", "font_color": f"#{state.ink}", "bold": True})
        colour(sheet, layout, index, f"={test}{quoted(letter)}", style)


def colour(sheet: Sheet, layout: TableLayout, index: int, test: str, style: Format) -> None:
    """Colour the cells of a column in which a formula, written for the first row, is true."""
    options = {"type": "formula", "criteria": test, "format": style}
    sheet.conditional_format(HEADING_ROW, index, layout.last_row - 1, index, options)
