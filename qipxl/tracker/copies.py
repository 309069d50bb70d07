"""Trackers of a first month, which differ in a few words only: one is written, the others are copies of it with those words changed.

A workbook is a zip file. Of a copy only two parts are packed anew, the table of texts and the title; all others are taken over as
they lie. The bytes are those of a tracker written afresh. Where a copy could not be the same (a fact that stands elsewhere in the
workbook too, or needs more than plain text), nothing is copied and the tracker is written afresh.
"""

from __future__ import annotations

import html
import re
import struct
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from copy import copy
from io import BytesIO
from pathlib import Path

from qipxl.files import write_bytes
from qipxl.periods import Period
from qipxl.services import Service
from qipxl.template import Template
from qipxl.tracker.write import write_tracker
from qipxl.workbook.packaging import add_packed

FACTS = ("code", "name", "region", "manager")
CHANGED = ("xl/sharedStrings.xml", "docProps/core.xml")
TEXT = re.compile(r"<t(?: [^>]*)?>([^<]*)</t>")
MARK = "\u2020"
"""Stands around each mark, and in no word that is put in its place."""
PLAIN = re.compile(rf"(?!\s|<r>)[^\x00-\x1f\x7f-\x9f{MARK}\ufffe\uffff]+(?<!\s)")
"""Texts that stand in a workbook as they are, but for &, < and >."""
ESCAPED = re.compile(r"_x[0-9a-fA-F]{4}_")
"""What would be taken for a character that a workbook cannot hold."""
LENGTHS = struct.Struct("<26x2H")
"""Of the header before a part: how long its name and its extra field are."""


class TemplateCopies:
    """The trackers of one month that hold what every service's first tracker holds, by template and by the facts that are given."""

    def __init__(self, period: Period, *, buttons: bool = False) -> None:
        self.period, self.buttons = period, buttons
        self.made: dict[tuple[int, tuple[str, ...]], tuple[Template, Blank]] = {}

    def write(self, template: Template, service: Service, path: Path) -> Path:
        """Write a service's first tracker; raises as `write_tracker` does."""
        filled = tuple(fact for fact in FACTS if getattr(service, fact))
        made = self.made.get((id(template), filled))
        if made is None:
            made = self.made[id(template), filled] = template, self.blank(template, filled)
        words = {fact: getattr(service, fact) for fact in filled}
        if not made[1].takes(words):
            return write_tracker(template, service, self.period, path, buttons=self.buttons)
        return write_bytes(path, made[1].filled(words))

    def blank(self, template: Template, filled: Sequence[str]) -> Blank:
        """A tracker with marks for the facts that are given, written where nobody takes it for a service's."""
        marks = {fact: f"{MARK}{fact}{MARK}" for fact in filled}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "blank.xlsm" if self.buttons else "blank.xlsx")
            write_tracker(template, Service(**marks), self.period, path, buttons=self.buttons)
            return Blank(path.read_bytes(), marks)


class Blank:
    """A tracker with a mark in place of each fact about its service."""

    def __init__(self, data: bytes, marks: Mapping[str, str]) -> None:
        self.marks = marks
        with zipfile.ZipFile(BytesIO(data)) as parts:
            self.parts = parts.infolist()
            self.texts = {name: parts.read(name).decode() for name in CHANGED}
        self.packed = {part.filename: packed_bytes(data, part) for part in self.parts}
        self.known = {html.unescape(text) for text in TEXT.findall(self.texts[CHANGED[0]])}

    def takes(self, words: Mapping[str, str]) -> bool:
        """True where a copy with these words has the bytes of a tracker written afresh."""
        said = list(words.values())
        return (
            len(set(said)) == len(said)
            and not self.known.intersection(said)
            and all(PLAIN.fullmatch(each) and not ESCAPED.search(each) for each in said)
        )

    def filled(self, words: Mapping[str, str]) -> bytes:
        """The tracker with a service's words in place of the marks."""
        out = BytesIO()
        with zipfile.ZipFile(out, "w") as copied:
            for part in self.parts:
                info = copy(part)
                if part.filename in CHANGED:
                    copied.writestr(info, self.with_words(part.filename, words), part.compress_type)
                else:
                    add_packed(copied, info, iter((self.packed[part.filename],)))
        return out.getvalue()

    def with_words(self, part: str, words: Mapping[str, str]) -> str:
        """A part's text with the words; each in turn, since no word holds a mark."""
        text = self.texts[part]
        for fact, mark in self.marks.items():
            text = text.replace(mark, html.escape(words[fact], quote=False))
        return text


def packed_bytes(data: bytes, part: zipfile.ZipInfo) -> bytes:
    """A part's bytes as they lie in a zip file."""
    start = part.header_offset + LENGTHS.size + sum(LENGTHS.unpack_from(data, part.header_offset))
    return data[start : start + part.compress_size]
