"""What a sheet's XML says that the reader of values does not: errors, formulas, merged and hidden cells, and how far it goes."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from qipxl.reading.file.limits import Limits
from qipxl.reading.file.package import NO_TRUST
from qipxl.reading.file.refusal import RefusedError
from qipxl.workbook.layout import column_letters

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
NEAR_ROWS, NEAR_COLUMNS = 20_000, 400
"""Where a sheet reaches too far, what stands beyond these is set aside as strays."""
STRAYS = 1_000
SMALLEST_CELL = 14
"""The bytes of the shortest cell that holds something, less one."""
ROW_OR_CELL = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])([^>]*?)(/?)>")
CELL_END = re.compile(rb"</(?:\w+:)?c>")
PLACE = re.compile(rb"""(?:\A|\s)r\s*=\s*["']\$?([A-Za-z]*)\$?(\d+)["']""")
KIND = re.compile(rb"""(?:\A|\s)t\s*=\s*["'](\w+)["']""")
HIDDEN = re.compile(rb"""hidden\s*=\s*["'](?:1|true)["']""")
VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)<")
FORMULA = re.compile(rb"<(?:\w+:)?f(?=[\s/>])[^>]*?(?:/>|>([^<]*)<)")
CONTENT = re.compile(rb"<(?:\w+:)?(?:v|is)(?=[\s>])")
MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref=["']([A-Z]+)(\d+):([A-Z]+)(\d+)["']""")
COLUMN = re.compile(rb"<(?:\w+:)?col\s[^>]*>")
OWN_FORMULA = b"INDEX(qip_"
"""What stands in every formula of a tracker's tables, and in nobody else's."""
NOT_EVERYDAY = re.compile(rb'<c(?! r="[A-Z]{1,2}\d{1,4}")')
"""A cell that does not begin with a place up to ZZ9999, as every program writes it."""


@dataclass(frozen=True)
class XmlCell:
    """A cell as it stands in a sheet's XML; row and column count from 0, `span` is where it stands in the bytes."""

    row: int
    column: int
    kind: bytes
    inside: bytes
    span: tuple[int, int]

    @property
    def address(self) -> str:
        return f"{column_letters(self.column)}{self.row + 1}"

    @property
    def filled(self) -> bool:
        return CONTENT.search(self.inside) is not None

    @property
    def formula(self) -> str | None:
        found = FORMULA.search(self.inside)
        return html.unescape((found[1] or b"").decode("utf-8", "replace")) if found else None

    @property
    def value(self) -> str:
        found = VALUE.search(self.inside)
        return html.unescape(found[1].decode("utf-8", "replace")) if found else ""


@dataclass(frozen=True)
class Merge:
    """A merged range; rows and columns count from 0, the last ones included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


class SheetXml:
    """The XML of one sheet. What costs much is looked for only where something simple says that it is there."""

    def __init__(self, xml: bytes) -> None:
        self.xml = xml
        begin, end = xml.find(b"<sheetData"), xml.rfind(b"</sheetData>")
        self.plain = begin >= 0
        """False where the elements' names carry a prefix, as few programs write them: then everything is looked through."""
        self.begin = max(begin, 0)
        self.end = end if end >= 0 else len(xml)
        self.hints = xml[self.begin : self.end]

    def cells(self) -> Iterator[XmlCell]:
        """Every cell, also where places are left out and follow from the order."""
        row, column, place = -1, -1, self.begin
        while found := ROW_OR_CELL.search(self.xml, place, self.end):
            place = found.end()
            attributes = found[2]
            said = PLACE.search(attributes)
            if found[1] == b"row":
                row, column = (int(said[2]) - 1 if said else row + 1), -1
                continue
            inside, closes = b"", found.end()
            if not found[3]:
                closing = CELL_END.search(self.xml, place, self.end)
                inside, closes = (
                    self.xml[place : closing.start() if closing else self.end],
                    closing.end() if closing else self.end,
                )
                place = closes
            column = column_index(said[1].decode()) if said and said[1] else column + 1
            at = int(said[2]) - 1 if said and said[1] else row
            kind = KIND.search(attributes)
            yield XmlCell(at, column, kind[1] if kind else b"", inside, (found.start(), closes))

    def count_filled(self, enough: int) -> int:
        """How many cells hold something, or a few more; not counted where there is no room for so many."""
        if len(self.hints) < SMALLEST_CELL * enough:
            return 0
        return sum(self.hints.count(each) for each in (b"/v>", b":v>", b"</is>", b":is>"))

    def nearby(self, limits: Limits) -> tuple[bytes, list[XmlCell]]:
        """The XML without the cells that stand so far off that nobody could read the sheet, and those cells."""
        everyday = self.plain and b":c" not in self.hints
        if everyday and NOT_EVERYDAY.search(self.hints) is None:
            return self.xml, []
        filled = [cell for cell in self.cells() if cell.filled]
        if any(cell.row >= LAST_ROW or cell.column >= LAST_COLUMN or cell.row < 0 for cell in filled):
            raise RefusedError(f"A cell of the workbook stands where no sheet has cells. {NO_TRUST}")
        if box(filled) <= limits.box_cells:
            return self.xml, []
        strays = [cell for cell in filled if cell.row >= NEAR_ROWS or cell.column >= NEAR_COLUMNS]
        near = [cell for cell in filled if cell.row < NEAR_ROWS and cell.column < NEAR_COLUMNS]
        if len(strays) > STRAYS or box(near) > limits.box_cells:
            raise RefusedError(
                f"The cells of a sheet are spread over more than {limits.box_cells:,} places. {NO_TRUST}"
            )
        partitions, place = [], 0
        for start, end in (cell.span for cell in strays):
            partitions.append(self.xml[place:start] + b"<c/>")
            place = end
        return b"".join(partitions) + self.xml[place:], strays

    def errors(self) -> Iterator[XmlCell]:
        """Cells that hold an error value."""
        single = b"'" in self.hints and b"t='" in self.hints
        if single or not self.plain or b't="e"' in self.hints:
            yield from (cell for cell in self.cells() if cell.kind == b"e")

    @cached_property
    def own_formulas(self) -> int:
        """How many of the tracker's own formulas stand on the sheet."""
        return self.hints.count(OWN_FORMULA)

    @cached_property
    def formulas(self) -> list[XmlCell]:
        """Cells that hold a formula, where there are others than the tracker's own."""
        if self.plain and self.hints.count(b"<f") == self.own_formulas:
            return []
        return [cell for cell in self.cells() if cell.formula is not None]

    def typed_over(self, columns: Collection[int], rows: Collection[int], formulas: int) -> Iterator[XmlCell]:
        """Cells of these columns and rows (from 0) that hold a value and no formula; looked for where formulas are gone."""
        if self.plain and self.own_formulas >= formulas:
            return
        wanted = set(rows)
        for cell in self.cells():
            if cell.row in wanted and cell.column in columns and cell.formula is None and cell.filled and cell.inside:
                yield cell

    def merges(self) -> list[Merge]:
        tail = self.xml[self.end :] if self.plain else self.xml
        return [
            Merge(int(top) - 1, column_index(left.decode()), int(bottom) - 1, column_index(right.decode()))
            for left, top, right, bottom in MERGED.findall(tail)
        ]

    def hidden_rows(self) -> list[int]:
        """Rows that are hidden, counted from 0."""
        if HIDDEN.search(self.hints) is None:
            return []
        rows, last = [], -1
        for found in re.finditer(rb"<(?:\w+:)?row(?=[\s/>])([^>]*)>", self.hints):
            said = PLACE.search(found[1])
            last = int(said[2]) - 1 if said else last + 1
            if HIDDEN.search(found[1]):
                rows.append(last)
        return rows

    def hidden_columns(self) -> list[int]:
        """Columns, from 0, that are hidden and not folded away as a group."""
        hidden: list[int] = []
        for element in COLUMN.findall(self.xml[: self.begin or len(self.xml)]):
            if HIDDEN.search(element) and b"outlineLevel" not in element:
                ends = [int(each) for each in re.findall(rb'\b(?:min|max)="(\d+)"', element)]
                if len(ends) == 2:
                    hidden += range(ends[0] - 1, min(ends[1], LAST_COLUMN))
        return hidden

    @classmethod
    def out_of_sight(cls) -> SheetXml:
        """For a sheet whose XML nobody can look into: nothing odd is found, and nothing is missed."""
        return cls(b"<sheetData></sheetData><dataValidations/>")

    @property
    def has_choices(self) -> bool:
        """True where a drop-down or another check of input is left on the sheet."""
        return b"dataValidation" in self.xml


def box(cells: Collection[XmlCell]) -> int:
    """How many places lie between A1 and the last row and column in use."""
    if not cells:
        return 0
    return (max(cell.row for cell in cells) + 1) * (max(cell.column for cell in cells) + 1)


def column_index(letters: str) -> int:
    """A column's place, counted from 0, from its letters."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - 64
    return index - 1
