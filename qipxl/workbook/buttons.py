"""The buttons of a tracker with macros: Check my tracker and Next problem."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from xlsxwriter.format import Format

from qipxl.workbook.writer import Sheet

MODULES = ("QipTracker",)
"""The modules of `macros/` in a tracker with buttons."""
HEIGHT, WIDTH, GAP, RIGHT_OF_TITLE = 24, 150, 10, 280
"""Pixels; RIGHT_OF_TITLE leaves room for the longest title."""


@dataclass(frozen=True)
class Button:
    """A button's caption, the macro it starts, and its description for screen readers."""

    caption: str
    macro: str
    description: str


CHECK = Button("Check my tracker", "QipCheckTracker", "Recalculates everything and goes to the first problem")
NEXT = Button("Next problem", "QipNextProblem", "Goes to the next problem on the sheet Checks")
NARROW = Button("Next", NEXT.macro, NEXT.description)
NARROW_WIDTH = 58


def write_buttons(sheet: Sheet, row: int, x: int, column: int = 0) -> None:
    """Insert the two buttons next to each other, `x` pixels from the left edge of a cell."""
    for index, button in enumerate((CHECK, NEXT)):
        write_button(sheet, row, column, button, x + index * (WIDTH + GAP), WIDTH)


def write_table_buttons(sheet: Sheet, title: str, style: Format, title_column: int) -> None:
    """Insert the buttons above a table: two right of the title in `title_column`, and a narrow one in the first column.

    The narrow button is above the frozen column, so it stays visible when the next problem is far to the right.
    """
    sheet.write_blank(0, 0, None, style)
    sheet.write_string(0, title_column, title, style)
    write_button(sheet, 0, 0, NARROW, 2, NARROW_WIDTH)
    write_buttons(sheet, 0, RIGHT_OF_TITLE, title_column)


def write_button(sheet: Sheet, row: int, column: int, button: Button, x: int, width: int, y: int = 2) -> None:
    """Insert a button, `x` pixels from the left edge of a cell and `y` below its top."""
    place = {"width": width, "height": HEIGHT, "x_offset": x, "y_offset": y}
    sheet.insert_button(row, column, {**asdict(button), **place})
