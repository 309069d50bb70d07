"""The values of a sheet's cells from its XML, for workbooks of any layout and for sheets that python-calamine cannot read.

One bad cell costs that cell alone: a value that its type does not allow is read as text.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property, lru_cache

from qipxl.reading.file.cell_formats import CellFormat, CellFormats
from qipxl.reading.file.package import DAMAGED
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.sheet_xml import XmlCell
from qipxl.reading.file.usual_cells import SPECIAL, WHITE_SPACE, UsualCells
from qipxl.text import Percent
from qipxl.workbook.cells import CellError, NotStoredError, normalise

SHARED_TEXT = re.compile(r"</(?:\w+:)?si\s*>|<(?:\w+:)?si\s*/>")
USUAL_TEXT = re.compile(r'<si><t( xml:space="preserve")?>([^<]*+)</t></si>')
"""A shared text without formats, as most are, and whether its spaces are declared."""
TEXT = re.compile(rb"<(?:\w+:)?t(?=[\s/>])[^>]*?(?:/>|>([^<]*)<)")
PHONETIC = re.compile(rb"<(?:\w+:)?rPh[\s>].*?</(?:\w+:)?rPh\s*>", re.DOTALL)
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
LONGEST_INDEX = 12
"""The digits of a number that is surely no index."""
FIRST_DAY, FIRST_DAY_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
LEAP_DAY_1900 = 60
"""Days before this one are counted as if 1900 had no 29 February; Excel believes that it had."""


@dataclass(frozen=True)
class ValueReader:
    """The values of XML cells, with what the workbook says about all of them.

    Attributes:
        texts: The shared texts, in order.
        formats: The cell formats.
        from_1904: True if dates count from 1904.
        special: The numbers of the texts with line breaks or spaces that python-calamine reads in its own way.
    """

    texts: Sequence[str]
    formats: CellFormats
    from_1904: bool = False
    special: frozenset[int] = frozenset()

    @cached_property
    def by_number(self) -> dict[object, str]:
        """The shared texts by their number as cells have it, without the special ones."""
        numbers = ((b"%d" % number, text) for number, text in enumerate(self.texts) if number not in self.special)
        return {b"": "", **dict(numbers)}

    def rows(self, cells: UsualCells) -> list[list[object]] | None:
        """The values of usual cells as rows of one length from A1 on.

        None if python-calamine might read a cell in another way, or if a cell comes after one that is to the right of it or below.
        """
        if self.from_1904:
            return None
        values: dict[bytes, object] = {}
        for rest, (is_shared, value, style, _) in cells.known.items():
            if is_shared:
                value = self.by_number.get(value)
            elif isinstance(value, float):
                value = self.shown(value, style)
            values[rest] = value
        return None if None in values.values() else cells.grid(list(map(values.__getitem__, cells.rests)))

    def shown(self, number: float, style: int) -> object:
        """The value of a usual cell with a number; None if python-calamine might read it in another way."""
        form = self.formats[style]
        if form.is_date and math.copysign(1, number) < 0:
            return None
        value = self.as_moment(number, form)
        return Percent(value) if isinstance(value, float) and style in self.formats.percentages else value

    def value(self, cell: XmlCell) -> object:
        """A cell's value: text, a number, a truth value, a date, a time or a CellError; "" if it is empty.

        Raises RefusedError if the workbook does not have the shared text.
        """
        text = cell.value.strip()
        if not cell.filled:
            return "" if cell.formula is None else NotStoredError(f"={cell.formula}")
        if cell.kind == b"s":
            return self.shared_text(text)
        if cell.kind == b"inlineStr":
            return text_in(cell.inside)
        if cell.kind == b"str":
            return unescaped(cell.value)
        if cell.kind == b"e":
            return CellError(text or "an error")
        if cell.kind == b"b":
            return text.lower() in ("1", "true")
        if cell.kind == b"d":
            for kind in (datetime, time):
                with suppress(ValueError):
                    return normalise(kind.fromisoformat(text))
            return text
        return self.number(text, cell.style)

    def shared_text(self, text: str) -> str:
        if text.isdecimal() and len(text) < LONGEST_INDEX and int(text) < len(self.texts):
            return self.texts[int(text)]
        raise RefusedError(DAMAGED)

    def number(self, text: str, style: int) -> object:
        """A number, as a date or a time if its format shows one; text that is no number stays text."""
        try:
            number = float(text)
        except ValueError:
            return text
        if not math.isfinite(number):
            return text
        return self.as_moment(number, self.formats[style])

    def as_moment(self, number: float, form: CellFormat) -> object:
        """A number, as a date or a time if its format shows one."""
        if not form.is_date or number < 0:
            return number
        with suppress(OverflowError):
            return rounded(number) if form.is_elapsed else moment(number, self.from_1904)
        return number


@lru_cache(maxsize=4096)
def moment(number: float, from_1904: bool) -> object:
    """The date, the time or the date with time of a serial number; raises OverflowError after the year 9999."""
    if from_1904:
        return normalise(FIRST_DAY_1904 + rounded(number))
    early = 1 <= number < LEAP_DAY_1900
    return normalise(FIRST_DAY + timedelta(days=early) + rounded(number))


def rounded(days: float) -> timedelta:
    """A number of days to the millisecond, which is what Excel stores."""
    return timedelta(milliseconds=round(days * 86_400_000))


def shared_texts(xml: bytes) -> tuple[list[str], frozenset[int]]:
    """The shared texts of a workbook, in order, and the numbers of those that python-calamine reads in its own way."""
    texts: list[str] = []
    special: set[int] = set()

    def add_formatted(xml: str, begin: int = 0) -> None:
        for block in SHARED_TEXT.split(xml)[:-1]:
            if SPECIAL.search(block, 0 if texts else begin):
                special.add(len(texts))
            texts.append(text_in(block.encode()))

    first, *pieces = USUAL_TEXT.split(xml.decode("utf-8", "replace"))
    add_formatted(first, first.find(">", first.find("sst")) + 1)
    for declared, text, after in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
        is_odd = "&" in text or "_x" in text or "\r" in text
        if (not declared and text != text.strip(WHITE_SPACE)) or (is_odd and SPECIAL.search(text)):
            special.add(len(texts))
        texts.append(unescaped(html.unescape(text)) if is_odd else text)
        if after:
            add_formatted(after)
    return texts, frozenset(special)


def text_in(xml: bytes) -> str:
    """The text of an element, without its formats and without notes on pronunciation."""
    if b"rPh" in xml:
        xml = PHONETIC.sub(b"", xml)
    return unescaped(html.unescape(b"".join(TEXT.findall(xml)).decode("utf-8", "replace")))


def unescaped(text: str) -> str:
    """Text with Excel's escapes such as _x000D_ replaced, and one sort of line break."""
    text = text.replace("\r\n", "\n")
    if "_x" in text:
        text = ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")
