"""The buttons of a tracker that has them: Check my tracker, and Next problem; and what they read and write."""

from __future__ import annotations

from dataclasses import dataclass

from xlsxwriter.format import Format

from qipxl.workbook.writer import Sheet

MODULES = ("QipTracker",)
"""The modules of `macros/` that a tracker with buttons holds."""
HEIGHT, WIDTH, GAP, BESIDE_TITLE = 24, 150, 10, 280
"""Pixels; beside the title begins right of the longest one."""


@dataclass(frozen=True)
class Button:
    """What a button says, the macro it starts, and what is said of it to somebody who cannot see it."""

    caption: str
    macro: str
    description: str


CHECK = Button("Check my tracker", "QipCheckTracker", "Works everything out anew and goes to the first problem")
NEXT = Button("Next problem", "QipNextProblem", "Goes to the next problem on the sheet Checks")
NARROW = Button("Next", NEXT.macro, NEXT.description)
NARROW_WIDTH = 58


def write_buttons(sheet: Sheet, row: int, x: int, column: int = 0) -> None:
    """Put the two buttons beside one another, `x` pixels from the corner of a cell."""
    for place, button in enumerate((CHECK, NEXT)):
        write_button(sheet, row, column, button, x + place * (WIDTH + GAP), WIDTH)


def write_table_buttons(sheet: Sheet, title: str, look: Format, aside: int) -> None:
    """The buttons above a table: the two right of the title, which moves to the column `aside` for a narrow one.

    The narrow one stands above the column that stays in view however far to the right the next problem is.
    """
    sheet.write_blank(0, 0, None, look)
    sheet.write_string(0, aside, title, look)
    write_button(sheet, 0, 0, NARROW, 2, NARROW_WIDTH)
    write_buttons(sheet, 0, BESIDE_TITLE, aside)


def write_button(sheet: Sheet, row: int, column: int, button: Button, x: int, width: int) -> None:
    options = {
        "macro": button.macro,
        "caption": button.caption,
        "description": button.description,
        "width": width,
        "height": HEIGHT,
        "x_offset": x,
        "y_offset": 2,
    }
    sheet.insert_button(row, column, options)
