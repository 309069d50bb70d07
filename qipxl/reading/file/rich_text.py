"""Texts with parts that are struck through, which python-calamine reads as one plain text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from qipxl.reading.file.sheet_xml import SheetXml
from qipxl.workbook.layout import cell_address

ITEM = re.compile(rb"<(?:\w+:)?si(?=[\s/>])[^>]*?(?:/>|>(.*?)</(?:\w+:)?si>)", re.DOTALL)
RUN = re.compile(rb"<(?:\w+:)?r(?=[\s>])[^>]*>(.*?)</(?:\w+:)?r>", re.DOTALL)
STRIKE = re.compile(rb"""<(?:\w+:)?d?strike\s*(?:val\s*=\s*["'](\w+)["']\s*)?(?:/>|>)""")
TEXT = re.compile(rb"<(?:\w+:)?t(?=[\s>])[^>]*>([^<]*)<")
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True)
class StruckText:
    """The part of a text that is struck through, and the part that is not."""

    struck: str
    live: str

    @property
    def used(self) -> str:
        """The text that counts; empty if all of it is struck through, so that the whole text is used."""
        return self.live if any(map(str.isalnum, self.live)) else ""


@dataclass(frozen=True)
class StruckCell:
    """A cell whose text is struck through in part; row and column count from 0."""

    row: int
    column: int
    text: StruckText

    @property
    def address(self) -> str:
        """Such as B7."""
        return cell_address(self.column, self.row + 1)


def struck_shared_texts(part: bytes) -> dict[int, StruckText]:
    """The shared texts of a workbook that are struck through in part, by number."""
    if b"strike" not in part:
        return {}
    texts = ((number, struck_text(item[1] or b"")) for number, item in enumerate(ITEM.finditer(part)))
    return {number: text for number, text in texts if text is not None}


def struck_text(runs: bytes) -> StruckText | None:
    """The two parts of a text of several runs; None if no run is struck through."""
    parts: dict[bool, list[str]] = {True: [], False: []}
    if b"strike" not in runs:
        return None
    for run in RUN.findall(runs):
        strike = STRIKE.search(run)
        is_struck = strike is not None and strike[1] not in (b"0", b"false")
        parts[is_struck] += [html.unescape(text.decode("utf-8", "replace")) for text in TEXT.findall(run)]
    struck, live = (ESCAPED.sub(lambda code: chr(int(code[1], 16)), "".join(parts[kind])) for kind in (True, False))
    return StruckText(struck.strip(), live.strip()) if struck.strip() else None


def struck_cells(sheet: SheetXml, shared: dict[int, StruckText]) -> Iterator[StruckCell]:
    """The cells of a sheet whose text is struck through in part; `shared` are the shared texts that are."""
    if not shared and (sheet.usual is not None or b"strike" not in sheet.hints):
        return
    for cell in sheet.cells():
        text = shared.get(int(cell.value)) if cell.kind == b"s" and cell.value.isdecimal() else struck_text(cell.inside)
        if text is not None:
            yield StruckCell(cell.row, cell.column, text)
