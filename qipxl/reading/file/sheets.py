"""Opens a file that head office keeps, the register or a list of services, after the safety check that returns pass too."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from python_calamine import CalamineError

from qipxl.reading.file.batch import ProgressCallback
from qipxl.reading.file.kinds import OTHER, WORKBOOK, kind_of, kind_of_members, sentence
from qipxl.reading.file.limits import Limits
from qipxl.reading.file.not_collected import comments_of
from qipxl.reading.file.open import memory_reason, read_bytes
from qipxl.reading.file.package import DAMAGED, Package
from qipxl.reading.file.raw_workbook import Book, OtherBook
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.sheet_facts import Merge, SheetFacts
from qipxl.reading.file.workbook import open_other
from qipxl.workbook.cells import is_blank
from qipxl.workbook.layout import cell_address

Rows = list[list[object]]
SEPARATORS = (",", ";", "\t", "|")
TEXT_KINDS = ("table", "unknown")
"""The kinds of a file that may be a text file with a list."""
BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
)  # fmt: skip


@dataclass(frozen=True)
class PlainSheets:
    """The cells of a file's sheets from A1 on, without the empty rows and columns after the last filled cell.

    A text file has a sheet for each separator that it may have, with the rows at the numbers of their lines; `unclosed` has
    the first line whose quotation marks do not fit, by separator. `far` has the addresses of cells too far away to be read,
    by sheet, `comments` those of cells with a comment, `merged` the ranges that are merged over several rows. `hidden` are
    the hidden sheets. `titles` are those of all tabs, also of a tracker's stamp, which is not in `rows`.
    """

    rows: Mapping[str, Rows]
    far: Mapping[str, list[str]] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    is_text: bool = False
    unclosed: Mapping[str, int] = field(default_factory=dict)
    titles: tuple[str, ...] = ()
    comments: Mapping[str, list[str]] = field(default_factory=dict)
    merged: Mapping[str, list[Merge]] = field(default_factory=dict)


@dataclass(frozen=True)
class NotRead:
    """The reason why a file cannot be read."""

    reason: str


@dataclass(frozen=True)
class OpenSheets:
    """A job that opens such files, in a process of its own; `texts` is true if they may be CSV."""

    limits: Limits
    texts: bool

    @property
    def memory_mb(self) -> int:
        return self.limits.memory_mb

    def done(self, path: Path, on_status: ProgressCallback) -> PlainSheets | NotRead:
        """The sheets of a file, or the reason why it cannot be read."""
        try:
            return open_sheets(read_bytes(path, self.limits), self.limits, texts=self.texts)
        except RefusedError as refusal:
            return NotRead(str(refusal))
        except MemoryError:
            return NotRead(memory_reason(self.limits))
        except OSError as error:
            return NotRead(
                f"The file could not be read, perhaps because it is open elsewhere ({error.strerror or 'damaged'})."
            )
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # python-calamine's panics are not Exceptions
            return NotRead(DAMAGED)


def open_sheets(data: bytes, limits: Limits, *, texts: bool) -> PlainSheets:
    """The sheets of a file, from its bytes; raises RefusedError if it is not safe or not of a kind that is read."""
    kind = kind_of(data)
    package = Package(data, limits) if kind == "zip" else None
    if package is not None:
        kind = kind_of_members(package.names, data[:200])
    if texts and kind in TEXT_KINDS and (text := text_of(data)) is not None:
        return text_sheets(text, limits)
    if kind != WORKBOOK and kind not in OTHER:
        raise RefusedError(sentence(kind))
    try:
        if kind == WORKBOOK and package is not None:
            book: Book | OtherBook = Book(package, limits, frozenset())
        else:
            book = open_other(data, package, limits, frozenset())
        rows = {name: trimmed(book.rows(name)) for name in book.names}
    except CalamineError as error:
        raise RefusedError(DAMAGED) from error
    far = {name: [cell_address(cell.column, cell.row + 1) for cell in cells] for name, cells in book.strays.items()}
    hidden = frozenset(filter(book.is_hidden, book.names))
    merged = {name: merged_down(book.sheets[name]) for name in book.names}
    return PlainSheets(rows, far, hidden, titles=tuple(book.every_name), comments=commented(book), merged=merged)


def commented(book: Book | OtherBook) -> dict[str, list[str]]:
    """The addresses of cells with a comment, by sheet."""
    if isinstance(book, OtherBook):
        return {}
    cells = {name: list(dict.fromkeys(cell for cell, _ in comments_of(book, name))) for name in book.names}
    return {name: found for name, found in cells.items() if found}


def merged_down(sheet: SheetFacts) -> list[Merge]:
    """The ranges of a sheet that are merged over several rows."""
    return [merge for merge in sheet.merges() if merge.last_row > merge.first_row]


def trimmed(rows: Rows) -> Rows:
    """The rows without those after the last filled cell, all as wide as the last filled column."""
    while rows and all(map(is_blank, rows[-1])):
        rows.pop()
    width = max((index + 1 for row in rows for index in range(len(row)) if not is_blank(row[index])), default=0)
    return [[*row[:width], *[""] * (width - len(row))] for row in rows]


def text_of(data: bytes) -> str | None:
    """A text file's text, in UTF-8, UTF-16, UTF-32 or Windows-1252; None if it is no text."""
    encoding = next((name for mark, name in BYTE_ORDER_MARKS if data.startswith(mark)), "")
    if not encoding and b"\x00" in data[:4096]:  # UTF-16 without a mark has a zero in every other byte of plain text
        encoding = "utf-16-le" if data[:4096:2].count(0) < data[1:4096:2].count(0) else "utf-16-be"
    for name in (encoding,) if encoding else ("utf-8", "cp1252"):
        try:
            text = data.decode(name)
        except UnicodeError:
            continue
        return None if any(ord(sign) < 32 and sign not in "\t\r\n\f" for sign in text) else text
    return None


def text_sheets(text: str, limits: Limits) -> PlainSheets:
    """The rows of a text file for each separator it may have; only for one if a first line such as `sep=;` names it.

    Raises RefusedError if they exceed a limit.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    first, _, rest = text.partition("\n")
    separators = [separator for separator in SEPARATORS if separator in text] or [","]
    if first.strip().strip('"').lower().startswith("sep="):
        separators, text = [first.partition("=")[2][:1] or ","], "\n" + rest
    rows: dict[str, Rows] = {}
    unclosed: dict[str, int] = {}
    for separator in separators:
        try:
            rows[separator] = table_of(text, separator, limits, strict=True)
        except MarksError as error:
            unclosed[separator] = error.line
            rows[separator] = table_of(text, separator, limits, strict=False)
    return PlainSheets(rows, is_text=True, unclosed=unclosed)


class MarksError(Exception):
    """Quotation marks that do not fit, in a line of a text file."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def table_of(text: str, separator: str, limits: Limits, *, strict: bool) -> Rows:
    """The rows of a text file, each at the number of its first line.

    Raises MarksError if `strict` is true and quotation marks do not fit, RefusedError if a limit is exceeded.
    """
    rows: Rows = []
    lines = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=strict)
    begin = cells = 0
    try:
        for row in lines:
            rows += [[] for _ in range(begin - len(rows))]
            rows.append([*row])
            begin, cells = lines.line_num, cells + len(row)
            if cells > limits.cells:
                raise RefusedError(f"The file has more than {limits.cells:,} values; no list of services has.")
    except csv.Error:
        if strict:
            raise MarksError(begin + 1) from None
        raise RefusedError(f"The text after line {begin} is too long for a cell.") from None
    return rows
