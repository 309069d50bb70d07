"""A manager at a tracker open in LibreOffice: what is clicked, which sheets are changed to, and what is typed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from office import sheet_of, type_in, values_of

from qipxl.workbook.layout import HEADING_ROW, cell_address

SKIP = object()
"""A cell passed with the Tab key."""


class Manager:
    """Counts clicks and changes of sheet. Typing goes on with Tab to the right and with Enter to the start of the next row.

    `opened_at` is the cell of each sheet at which it opens.
    """

    def __init__(self, document: Any, opened_at: Mapping[str, str]) -> None:
        self.document = document
        self.opened_at = opened_at
        self.sheet, self.cell = "Start here", ""
        self.clicks = self.changes = self.entries = 0

    def shown(self, sheet: str, area: str) -> list[list[object]]:
        """What cells show once every formula is worked out."""
        self.document.calculateAll()
        return values_of(sheet_of(self.document, sheet).getCellRangeByName(area))

    def line(self, begins: str) -> tuple[int, str]:
        """The row of a line on Start here, and what is in the cell beside it."""
        rows = self.shown("Start here", "A1:E40")
        return next((number, str(row[3])) for number, row in enumerate(rows, 1) if str(row[2]).startswith(begins))

    def done(self, begins: str) -> str:
        """How much of a step on Start here is done."""
        return self.line(begins)[1]

    def go_there(self, begins: str) -> None:
        """Click the link of a step on Start here."""
        assert self.sheet == "Start here"
        start = sheet_of(self.document, "Start here")
        link = start.getCellRangeByName(f"E{self.line(begins)[0]}").getFormula()
        found = re.fullmatch(r'=HYPERLINK\((.*);"Go there ›"\)', link)
        assert found, link
        spare = start.getCellRangeByName("Z200")
        spare.setFormula(f"={found[1]}")
        self.document.calculateAll()
        target, self.cell = spare.String.lstrip("#").rsplit("!", 1)
        spare.setFormula("")
        self.clicks += 1
        self.open(target.strip("'"))

    def tab(self, sheet: str) -> None:
        """Click the tab of a sheet: it opens at its chosen cell."""
        self.cell = self.opened_at[sheet]
        self.clicks += 1
        self.open(sheet)

    def open(self, sheet: str) -> None:
        self.changes += sheet != self.sheet
        self.sheet = sheet
        tab = sheet_of(self.document, sheet)
        assert tab.IsVisible, f"{sheet} is hidden"
        column = tab.getCellRangeByName(self.cell).Columns.getByIndex(0)
        assert column.IsVisible, f"{sheet}!{self.cell} is in a folded group"

    def click(self, cell: str) -> None:
        """Click a cell of the sheet that is open."""
        self.cell = cell
        self.clicks += 1
        self.open(self.sheet)

    def click_in(self, ref: str, heading: str) -> None:
        """Click the cell of a ref's row below a heading."""
        headings, *rows = self.shown(self.sheet, f"A{HEADING_ROW}:CZ60")
        row = next(number for number, cells in enumerate(rows, HEADING_ROW + 1) if cells[0] == ref)
        self.click(cell_address(headings.index(heading), row))

    def sign(self, name: str, day: date) -> None:
        """Put a name and the date below Sign and send."""
        self.click(f"D{self.line('Your name')[0]}")
        self.type_row((name,))
        self.type_row((day,))

    def scroll(self) -> None:
        """Scroll to what is not in sight: counted as a click."""
        self.clicks += 1

    def type_row(self, values: Sequence[object]) -> None:
        """Type cells from left to right, then press Enter: the next row is begun where this one was."""
        found = re.fullmatch(r"([A-Z]+)(\d+)", self.cell)
        assert found, self.cell
        tab = sheet_of(self.document, self.sheet)
        first = tab.getCellRangeByName(self.cell).CellAddress.Column
        row = int(found[2])
        for column, value in enumerate(values, first):
            cell = tab.getCellByPosition(column, row - 1)
            if value is not SKIP:
                type_in(cell, value)
                self.entries += 1
        self.cell = f"{found[1]}{row + 1}"
