"""Reads the paragraphs and tables of a Word document from the XML of its text.

The XML is read element by element, with the parser that comes with Python, and only after the package and the part passed the
safety checks of a return: a part that declares entities is refused. Text boxes, headers, footers, pictures and deleted text are
not read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError, ParserCreate

from qipxl.reading.file.cell_formats import OFF, WHITE
from qipxl.reading.file.package import DAMAGED, Package
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.workbook_parts import related_part, relations_of

MOST_CELLS = 50_000
"""The most cells, rows, and paragraphs between tables of a document: some 1,000 pages of a plan."""
MOST_ELEMENTS = 1_500_000
"""The most elements in the XML of a document; Word writes some twenty for a cell."""
MOST_COLUMNS, DEEPEST = 200, 10
"""The most columns of a table (Word makes 63), and the most tables within one another."""
TOO_MUCH = "The document has more than {:,} {}; no plan has. Name the document that holds the plan alone."
WORD = "wordprocessingml"
PLAIN_STYLES = ("", "TableGrid", "TableNormal")
"""The styles of tables in which no row looks like headings."""
FIRST_ROW = 0x20
"""The bit of a table's look that says that its style formats the first row."""
NOT_TEXT = frozenset({"del", "moveFrom", "txbxContent"})
"""Elements whose text is not text of the document: what a tracked change took away, and text boxes."""
SIGNS = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
TICKS = {"F0FC": "✓", "F050": "✓", "F0FE": "☑", "F052": "☑", "F0FB": "✗", "F0FD": "☒", "F06F": "☐", "F0A8": "☐"}
"""Characters of the symbol fonts that people use as ticks."""


PROMPTS = ("click", "tap", "choose", "enter", "select", "type", "insert", "pick", "[", "<")
"""How a placeholder begins that says what to type or to choose."""


@dataclass
class WordText:
    """The paragraphs of a cell, or a paragraph between tables; its characters that are bold and struck through, its comments."""

    paragraphs: list[str] = field(default_factory=list)
    size: int = 0
    bold: int = 0
    struck: int = 0
    comments: list[str] = field(default_factory=list)
    is_heading: bool = False

    @property
    def text(self) -> str:
        """All paragraphs as one text."""
        return "\n".join(self.paragraphs).strip()

    @property
    def is_bold(self) -> bool:
        return self.bold * 2 > self.size

    @property
    def is_struck(self) -> bool:
        return self.struck * 2 > self.size


@dataclass
class WordCell(WordText):
    """A cell of a table: its first column of the table's grid, how many it covers, its colour, and whether a merge continues it."""

    column: int = 0
    span: int = 1
    continues: bool = False
    fill: str = ""


@dataclass
class WordRow:
    """A row of a table: its cells, and whether Word repeats it or formats it as the first row."""

    cells: list[WordCell] = field(default_factory=list)
    is_heading: bool = False
    end: int = 0


@dataclass
class WordTable:
    """A table: the widths of its grid's columns and its rows; `within` another table or not.

    `style` is the name of its style, `first_row` true if the style formats the first row as headings.
    """

    grid: list[int] = field(default_factory=list)
    rows: list[WordRow] = field(default_factory=list)
    within: bool = False
    style: str = ""
    first_row: bool = False

    @property
    def most_cells(self) -> int:
        """The number of cells in the row that has most."""
        return max((len(row.cells) for row in self.rows), default=0)


Block = WordText | WordTable


class DocumentReader:
    """Collects the paragraphs and tables of a document in order, while the parser goes through its XML.

    A table in a cell is a table of its own if it has two rows and three columns; a smaller one is text of its cell.
    """

    def __init__(self, comments: Mapping[str, str]) -> None:
        self.comments = comments
        self.blocks: list[Block] = []
        self.tables: list[WordTable] = []
        self.cells: list[WordCell] = []
        self.within: list[str] = []
        self.placeholders: list[bool | None] = []
        """For each content control around: true if its text says what to type there, None if that is not known yet."""
        self.skipped = self.count = self.elements = 0
        self.paragraph = WordText()
        self.letters: list[str] = []
        self.style: dict[str, bool] = {}

    def start(self, name: str, given: Mapping[str, str]) -> None:
        """The parser came to the start of an element."""
        self.elements += 1
        if self.elements > MOST_ELEMENTS:
            raise RefusedError(TOO_MUCH.format(MOST_ELEMENTS, "elements"))
        space, _, local = name.rpartition(" ")
        if self.skipped or local in NOT_TEXT or local.endswith("Change") or local == "Fallback":
            self.skipped += 1
            return
        local = local if WORD in space else ""
        self.within.append(local)
        values = {key.rpartition(" ")[2]: value for key, value in given.items()}
        if begin := getattr(self, f"start_{local}", None):
            begin(values)
        elif local in SIGNS and self.is_in("r"):
            self.add(SIGNS[local])
        elif self.tables and self.is_in("tblPr", "trPr", "tcPr"):
            self.set_property(local, values)

    def end(self, name: str) -> None:
        """The parser came to the end of an element."""
        if self.skipped:
            self.skipped -= 1
            return
        local = self.within.pop()
        if finish := getattr(self, f"end_{local}", None):
            finish()

    def characters(self, text: str) -> None:
        """The parser came to text."""
        if not self.skipped and self.within and self.within[-1] == "t":
            self.add(text)

    def is_in(self, *names: str) -> bool:
        """True if the element that was just started is a child of one of these."""
        return len(self.within) > 1 and self.within[-2] in names

    def add(self, text: str) -> None:
        """Add characters to the paragraph, unless they only say what to type there: a placeholder such as Deadline is a text."""
        if self.placeholders and self.placeholders[-1] is None and text.strip():
            self.placeholders[-1] = text.strip().lower().startswith(PROMPTS)
        if any(self.placeholders):
            return
        self.letters.append(text)
        size = len(text) - text.count(" ")
        self.paragraph.size += size
        self.paragraph.bold += size * self.style.get("b", False)
        self.paragraph.struck += size * self.style.get("strike", False)

    def start_p(self, values: Mapping[str, str]) -> None:
        self.paragraph, self.letters = WordText(), []

    def end_p(self) -> None:
        text, paragraph = "".join(self.letters).strip(), self.paragraph
        paragraph.paragraphs = [text]
        if self.cells:
            cell = self.cells[-1]
            cell.paragraphs.append(text)
            cell.size, cell.bold, cell.struck = (
                cell.size + paragraph.size, cell.bold + paragraph.bold, cell.struck + paragraph.struck,
            )  # fmt: skip
            cell.comments += paragraph.comments
            cell.is_heading |= paragraph.is_heading
        elif text or paragraph.comments:
            self.tally()
            self.blocks.append(paragraph)
        self.paragraph, self.letters = WordText(), []

    def start_pStyle(self, values: Mapping[str, str]) -> None:  # noqa: N802  # the element's name
        self.paragraph.is_heading = values.get("val", "").lower().startswith(("heading", "title"))

    def start_r(self, values: Mapping[str, str]) -> None:
        self.style = {"b": self.paragraph.is_heading}

    def end_r(self) -> None:
        self.style = {}

    def start_b(self, values: Mapping[str, str]) -> None:
        if self.within[-3:-1] == ["r", "rPr"]:
            self.style["b"] = values.get("val", "true") not in OFF

    def start_strike(self, values: Mapping[str, str]) -> None:
        if self.within[-3:-1] == ["r", "rPr"] and values.get("val", "true") not in OFF:
            self.style["strike"] = True

    start_dstrike = start_strike

    def start_sym(self, values: Mapping[str, str]) -> None:
        self.add(TICKS.get(values.get("char", "").upper(), "•"))

    def start_commentReference(self, values: Mapping[str, str]) -> None:  # noqa: N802  # the element's name
        if text := self.comments.get(values.get("id", "")):
            self.paragraph.comments.append(text)

    def start_sdt(self, values: Mapping[str, str]) -> None:
        self.placeholders.append(False)

    def start_showingPlcHdr(self, values: Mapping[str, str]) -> None:  # noqa: N802  # the element's name
        if self.placeholders:
            self.placeholders[-1] = False if values.get("val", "true") in OFF else None

    def end_sdt(self) -> None:
        self.placeholders.pop()

    def start_tbl(self, values: Mapping[str, str]) -> None:
        if len(self.tables) == DEEPEST:
            raise RefusedError(f"Tables are within one another {DEEPEST} times and more; no plan has that.")
        self.tables.append(WordTable(within=bool(self.cells)))
        if not self.cells:
            self.blocks.append(self.tables[-1])

    def end_tbl(self) -> None:
        table = self.tables.pop()
        if table.rows and table.first_row and table.style not in PLAIN_STYLES:
            table.rows[0].is_heading = True
        if not table.within:
            return
        if len(table.rows) > 1 and table.most_cells > 2:
            self.blocks.append(table)
        else:
            rows = [" | ".join(filter(None, (cell.text for cell in row.cells))) for row in table.rows]
            self.cells[-1].paragraphs += filter(None, rows)

    def start_gridCol(self, values: Mapping[str, str]) -> None:  # noqa: N802  # the element's name
        if self.tables:
            self.tables[-1].grid.append(whole(values.get("w", "")))

    def start_tr(self, values: Mapping[str, str]) -> None:
        self.tally()
        if self.tables:
            self.tables[-1].rows.append(WordRow())

    def start_tc(self, values: Mapping[str, str]) -> None:
        self.tally()
        row = self.tables[-1].rows[-1] if self.tables and self.tables[-1].rows else WordRow()
        cell = WordCell(column=row.end)
        row.cells.append(cell)
        self.cells.append(cell)

    def end_tc(self) -> None:
        cell = self.cells.pop()
        row = self.tables[-1].rows[-1] if self.tables and self.tables[-1].rows else WordRow()
        row.end = cell.column + cell.span
        if row.end > MOST_COLUMNS:
            raise RefusedError(TOO_MUCH.format(MOST_COLUMNS, "columns in a table"))

    def tally(self) -> None:
        """Count a row, a cell or a paragraph; raises RefusedError if there are too many."""
        self.count += 1
        if self.count > MOST_CELLS:
            raise RefusedError(TOO_MUCH.format(MOST_CELLS, "cells and paragraphs"))

    def set_property(self, name: str, values: Mapping[str, str]) -> None:
        """Note a property of the table, the row or the cell that was started last."""
        value = values.get("val", "")
        table = self.tables[-1]
        row = table.rows[-1] if table.rows else WordRow()
        if name == "tblStyle":
            table.style = value
        elif name == "tblLook":
            table.first_row = values.get("firstRow", "1" if hexadecimal(value) & FIRST_ROW else "0") not in OFF
        elif name == "gridBefore":
            row.end = min(whole(value), MOST_COLUMNS)
        elif name == "tblHeader":
            row.is_heading |= value not in OFF
        elif name == "cnfStyle":
            row.is_heading |= value.startswith("1") or values.get("firstRow") == "1"
        elif self.cells and name == "gridSpan":
            self.cells[-1].span = max(1, whole(value))
        elif self.cells and name == "vMerge":
            self.cells[-1].continues = value != "restart"
        elif self.cells and name == "shd":
            fill = values.get("fill", "").upper()
            self.cells[-1].fill = "" if fill == "AUTO" or fill in WHITE else fill


def hexadecimal(text: str) -> int:
    """The number that hexadecimal digits write; 0 if they are none."""
    return int(text, 16) if re.fullmatch("[0-9A-Fa-f]{1,8}", text) else 0


def whole(text: str) -> int:
    """The whole number in an attribute; 0 if it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


class CommentReader:
    """Collects the text of each comment by its number."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}
        self.texts: list[str] = []
        self.name = ""
        self.elements = 0

    def start(self, name: str, given: Mapping[str, str]) -> None:
        self.elements += 1
        if self.elements > MOST_ELEMENTS:
            raise RefusedError(TOO_MUCH.format(MOST_ELEMENTS, "elements"))
        self.name = name.rpartition(" ")[2]
        if self.name == "comment":
            number = next((value for key, value in given.items() if key.rpartition(" ")[2] == "id"), "")
            self.texts = self.found.setdefault(number, [])
        elif self.name == "p":
            self.texts.append(" ")

    def end(self, name: str) -> None:
        self.name = ""

    def characters(self, text: str) -> None:
        if self.name == "t":
            self.texts.append(text)


def go_through(part: bytes, reader: DocumentReader | CommentReader) -> None:
    """Let a reader see every element of a part; raises RefusedError if it is not complete XML."""
    parser = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.characters
    try:
        parser.Parse(part, True)
    except ExpatError as error:
        raise RefusedError(DAMAGED) from error


def read_document(package: Package) -> list[Block]:
    """The paragraphs and tables of a document whose package was checked, in order.

    Raises RefusedError if the document cannot be read or has too many cells.
    """
    main = related_part(package, "", "/officeDocument")
    if not package.holds(main):
        raise RefusedError(DAMAGED)
    reader = DocumentReader(comments_of(package, main))
    go_through(package.part(main), reader)
    return reader.blocks


def comments_of(package: Package, main: str) -> dict[str, str]:
    """The comments of a document by their numbers."""
    reader = CommentReader()
    for kind, part in relations_of(package, main).values():
        if kind.lower().endswith("/comments") and package.holds(part):
            go_through(package.part(part), reader)
    return {number: " ".join("".join(texts).split()) for number, texts in reader.found.items()}
