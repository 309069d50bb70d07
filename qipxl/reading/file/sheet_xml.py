"""What a sheet's XML shows and python-calamine does not: errors, formulas, merged and hidden cells, and the sheet's extent."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from qipxl.reading.file.limits import Limits
from qipxl.reading.file.package import NO_TRUST
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.sheet_facts import Merge, SheetCell
from qipxl.reading.file.usual_cells import UsualCells, usual_cells

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
NEAR_ROWS, NEAR_COLUMNS = 20_000, 400
"""In a sheet that reaches too far, cells beyond these are set aside as strays."""
STRAYS = 1_000
SMALLEST_CELL = 14
"""One byte less than the shortest cell with content."""
ROW_OR_CELL = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])([^>]*?)(/?)>")
ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])([^>]*)>")
CELL_END = re.compile(rb"</(?:\w+:)?c>")
REFERENCE = re.compile(rb"""(?:\A|\s)r\s*=\s*["']\$?([A-Za-z]*)\$?(\d+)["']""")
KIND = re.compile(rb"""(?:\A|\s)t\s*=\s*["'](\w+)["']""")
STYLE = re.compile(rb"""(?:\A|\s)s\s*=\s*["'](\d{1,9})["']""")
RICH_VALUE = re.compile(rb"""(?:\A|\s)vm\s*=\s*["'](\d{1,9})["']""")
HIDDEN = re.compile(rb"""hidden\s*=\s*["'](?:1|true)["']""")
VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)<")
FORMULA = re.compile(rb"<(?:\w+:)?f(?=[\s/>])[^>]*?(?:/>|>([^<]*)<)")
CONTENT = re.compile(rb"<(?:\w+:)?(?:v|is)(?=[\s>])(?!\s*/>)")
MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref=["']([A-Z]+)(\d+):([A-Z]+)(\d+)["']""")
COLUMN = re.compile(rb"<(?:\w+:)?col\s[^>]*>")
OWN_FORMULA = b"INDEX(qip_"
"""Part of every formula in a tracker's tables, and of no other formula."""
NO_ROWS = re.compile(rb"<sheetData(?:\s[^>]*)?/>")
UNUSUAL_CELL = re.compile(rb'<c(?! r="[A-Z]{1,2}[1-9]\d{0,3}")')
"""A cell that does not begin with an address up to ZZ9999, as every office program writes it."""


@dataclass(frozen=True)
class XmlCell:
    """A cell in a sheet's XML; row and column count from 0, `span` is its position in the bytes."""

    row: int
    column: int
    attributes: bytes
    inside: bytes
    span: tuple[int, int]

    @property
    def kind(self) -> bytes:
        """The type of its value, such as s for a shared text or e for an error."""
        match = KIND.search(self.attributes)
        return match[1] if match else b""

    @property
    def rich_value(self) -> int:
        """The number of what it holds beyond its value, such as a picture, from 1; 0 for nothing."""
        match = RICH_VALUE.search(self.attributes)
        return int(match[1]) if match else 0

    @property
    def filled(self) -> bool:
        return CONTENT.search(self.inside) is not None

    @property
    def formula(self) -> str | None:
        return formula_in(self.inside)

    @property
    def style(self) -> int:
        """The number of the cell's format in the workbook's styles."""
        match = STYLE.search(self.attributes)
        return int(match[1]) if match else 0

    @property
    def value(self) -> str:
        match = VALUE.search(self.inside)
        return html.unescape(match[1].decode("utf-8", "replace")) if match else ""


class SheetXml:
    """The XML of one sheet. Cheap byte searches decide whether an expensive regular expression runs at all."""

    def __init__(self, xml: bytes) -> None:
        self.xml = xml
        begin, end = xml.find(b"<sheetData"), xml.rfind(b"</sheetData>")
        self.plain = begin >= 0
        """False if the elements' names have a prefix, which few programs write; then every cell is parsed."""
        self.begin = max(begin, 0)
        if NO_ROWS.match(xml, self.begin):
            end = self.begin
        self.end = end if end >= 0 else len(xml)
        self.is_whole = 0 <= begin <= end
        self.hints = xml[self.begin : self.end]

    @cached_property
    def usual(self) -> UsualCells | None:
        """The cells, if all are of the shape that office programs write; None if one is not."""
        return usual_cells(self.hints) if self.is_whole else None

    def cells(self) -> Iterator[XmlCell]:
        """Every cell; missing addresses follow from the order."""
        row, column, position = -1, -1, self.begin
        while element := ROW_OR_CELL.search(self.xml, position, self.end):
            position = element.end()
            attributes = element[2]
            address = REFERENCE.search(attributes)
            if element[1] == b"row":
                row, column = (int(address[2]) - 1 if address else row + 1), -1
                continue
            inside = b""
            if not element[3]:
                closing = CELL_END.search(self.xml, position, self.end)
                inside = self.xml[position : closing.start() if closing else self.end]
                position = closing.end() if closing else self.end
            column = column_index(address[1].decode()) if address and address[1] else column + 1
            cell_row = int(address[2]) - 1 if address and address[1] else row
            yield XmlCell(cell_row, column, attributes, inside, (element.start(), position))

    def count_filled(self, enough: int) -> int:
        """The number of cells with content, or more; 0 if the XML is too short for `enough` cells."""
        if len(self.hints) < SMALLEST_CELL * enough:
            return 0
        if self.usual is not None:
            return len(self.usual.rests)
        return sum(self.hints.count(end) for end in (b"/v>", b":v>", b"</is>", b":is>"))

    def nearby(self, limits: Limits) -> tuple[bytes, list[SheetCell]]:
        """The XML without the cells that are too far away for anyone to read the sheet, and those cells.

        Raises RefusedError if a cell is outside every sheet or the cells are spread too far.
        """
        if self.usual is not None:
            return self.xml, []
        usual = self.plain and b":c" not in self.hints
        if usual and UNUSUAL_CELL.search(self.hints) is None:
            return self.xml, []
        filled = [cell for cell in self.cells() if cell.filled]
        if any(cell.row >= LAST_ROW or cell.column >= LAST_COLUMN or cell.row < 0 for cell in filled):
            raise RefusedError(f"A cell of the workbook is outside the area of a sheet. {NO_TRUST}")
        if box(filled) <= limits.box_cells:
            return self.xml, []
        strays = [cell for cell in filled if cell.row >= NEAR_ROWS or cell.column >= NEAR_COLUMNS]
        near = [cell for cell in filled if cell.row < NEAR_ROWS and cell.column < NEAR_COLUMNS]
        if len(strays) > STRAYS or box(near) > limits.box_cells:
            raise RefusedError(
                f"The cells of a sheet are spread over more than {limits.box_cells:,} positions. {NO_TRUST}"
            )
        pieces, position = [], 0
        for start, end in (cell.span for cell in strays):
            pieces.append(self.xml[position:start] + b"<c/>")
            position = end
        return b"".join(pieces) + self.xml[position:], [SheetCell(cell.row, cell.column) for cell in strays]

    def errors(self) -> Iterator[XmlCell]:
        """Cells that hold an error value."""
        single = b"'" in self.hints and b"t='" in self.hints
        if single or not self.plain or b't="e"' in self.hints:
            yield from (cell for cell in self.cells() if cell.kind == b"e")

    def of_styles(self, styles: Collection[int]) -> Iterator[XmlCell]:
        """Cells with a value that have one of these formats."""
        usual = self.plain and b"'" not in self.hints
        if styles and not (usual and all(b' s="%d"' % style not in self.hints for style in styles)):
            yield from (cell for cell in self.cells() if cell.style in styles and cell.filled)

    @cached_property
    def own_formulas(self) -> int:
        """The number of the tracker's own formulas on the sheet."""
        return self.hints.count(OWN_FORMULA)

    @cached_property
    def formulas(self) -> Sequence[SheetCell]:
        """Cells with a formula; empty if the tracker's own formulas are the only ones."""
        if self.usual is not None:
            if all(OWN_FORMULA in rest for rest in self.usual.formulas):
                return []
            return [
                SheetCell(row, column, formula_in(rest), CONTENT.search(rest) is not None)
                for row, column, rest in self.usual.chosen(self.usual.formulas)
            ]
        if self.plain and self.hints.count(b"<f") == self.own_formulas:
            return []
        return [
            SheetCell(cell.row, cell.column, formula, cell.filled)
            for cell in self.cells()
            if (formula := cell.formula) is not None
        ]

    def typed_over(self, columns: Collection[int], rows: Collection[int], formulas: int) -> Iterator[SheetCell]:
        """Cells of these columns and rows (from 0) with a value and no formula; searched only if formulas are missing."""
        sheet_rows = set(rows)
        if self.usual is not None:
            typed = self.usual.typed(columns)
            yield from (SheetCell(row, column) for row, column in typed if row in sheet_rows)
            return
        if self.plain and self.own_formulas >= formulas:
            return
        for cell in self.cells():
            if cell.row in sheet_rows and cell.column in columns and cell.filled and cell.formula is None:
                yield SheetCell(cell.row, cell.column)

    def merges(self) -> Sequence[Merge]:
        """All merged ranges."""
        tail = self.xml[self.end :] if self.plain else self.xml
        return [
            Merge(int(top) - 1, column_index(left.decode()), int(bottom) - 1, column_index(right.decode()))
            for left, top, right, bottom in MERGED.findall(tail)
        ]

    def hidden_rows(self) -> Sequence[int]:
        """Hidden rows, counted from 0."""
        within = self.hints if self.usual is None else self.usual.rows
        if HIDDEN.search(within) is None:
            return []
        rows, last = [], -1
        for element in ROW.finditer(within):
            address = REFERENCE.search(element[1])
            last = int(address[2]) - 1 if address else last + 1
            if HIDDEN.search(element[1]):
                rows.append(last)
        return rows

    def hidden_columns(self) -> Sequence[int]:
        """Hidden columns, from 0, except those folded away as a group."""
        hidden: list[int] = []
        for element in COLUMN.findall(self.xml[: self.begin or len(self.xml)]):
            if HIDDEN.search(element) and b"outlineLevel" not in element:
                ends = [int(end) for end in re.findall(rb'\b(?:min|max)="(\d+)"', element)]
                if len(ends) == 2:
                    hidden += range(ends[0] - 1, min(ends[1], LAST_COLUMN))
        return hidden

    @property
    def has_choices(self) -> bool:
        """True if the sheet still has a drop-down or another data validation."""
        return b"dataValidation" in (self.xml[self.end :] if self.plain else self.xml)


def formula_in(inside: bytes) -> str | None:
    """The formula in what a cell holds; empty if it belongs to a formula of another cell, None if there is none."""
    match = FORMULA.search(inside)
    return html.unescape((match[1] or b"").decode("utf-8", "replace")) if match else None


def box(cells: Collection[XmlCell]) -> int:
    """The number of cells from A1 to the last row and column in use."""
    if not cells:
        return 0
    return (max(cell.row for cell in cells) + 1) * (max(cell.column for cell in cells) + 1)


def column_index(letters: str) -> int:
    """A column's index, counted from 0, from its letters."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - 64
    return index - 1
