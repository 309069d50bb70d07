"""Trackers of a first month differ only in a few words: one is written, the others are copies of it with those words changed.

A workbook is a zip file. A copy compresses only two of its parts again, the table of texts and the title; all other parts keep
their compressed bytes. The copy has the same bytes as a tracker that `write_tracker` writes. If that is impossible (a fact is
also a text elsewhere in the workbook, or needs more than plain text), the tracker is written and not copied.
"""

from __future__ import annotations

import html
import re
import struct
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import date
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
DAGGER = "\u2020"
"""The first and last character of each placeholder; a word that holds it is never copied."""
PLAIN = re.compile(rf"(?!\s|<r>)[^\x00-\x1f\x7f-\x9f{DAGGER}\ufffe\uffff]+(?<!\s)")
"""Texts that a workbook stores unchanged, except for &, < and >."""
ESCAPED = re.compile(r"_x[0-9a-fA-F]{4}_")
"""A text that Excel reads as an escaped character."""
LENGTHS = struct.Struct("<26x2H")
"""The lengths of the name and of the extra field, in the local header of a part."""


class TemplateCopies:
    """First trackers of one month, copied from one per template and set of facts given (a service may have no region)."""

    def __init__(self, period: Period, *, buttons: bool = False) -> None:
        self.period, self.buttons = period, buttons
        self.made: list[tuple[Template, tuple[str, ...], date | None, MarkedTracker]] = []

    def write(self, template: Template, service: Service, path: Path, due: date | None = None) -> Path:
        """Write a service's first tracker, to be sent back by `due`, and return its path; raises as `write_tracker` does."""
        facts = {fact: getattr(service, fact) for fact in FACTS if getattr(service, fact)}
        marked = self.marked(template, tuple(facts), due)
        if not marked.can_hold(facts):
            return write_tracker(template, service, self.period, path, buttons=self.buttons, due=due)
        return write_bytes(path, marked.filled(facts))

    def marked(self, template: Template, facts: tuple[str, ...], due: date | None) -> MarkedTracker:
        """The tracker to copy for a template and the facts given, written when it is first asked for."""
        for known, names, day, tracker in self.made:
            if names == facts and day == due and known == template:
                return tracker
        self.made.append((template, facts, due, self.write_marked(template, facts, due)))
        return self.made[-1][3]

    def write_marked(self, template: Template, facts: Sequence[str], due: date | None = None) -> MarkedTracker:
        """A tracker with a placeholder for each fact, written to a temporary folder."""
        placeholders = {fact: f"{DAGGER}{fact}{DAGGER}" for fact in facts}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "blank.xlsm" if self.buttons else "blank.xlsx")
            write_tracker(template, Service(**placeholders), self.period, path, buttons=self.buttons, due=due)
            return MarkedTracker(path.read_bytes(), placeholders)


class MarkedTracker:
    """A tracker with a placeholder for each fact about its service."""

    def __init__(self, data: bytes, placeholders: Mapping[str, str]) -> None:
        self.placeholders = placeholders
        with zipfile.ZipFile(BytesIO(data)) as parts:
            self.parts = parts.infolist()
            self.texts = {name: parts.read(name).decode() for name in CHANGED}
        self.packed = {part.filename: packed_bytes(data, part) for part in self.parts}
        self.known = {html.unescape(text) for text in TEXT.findall(self.texts[CHANGED[0]])}

    def can_hold(self, facts: Mapping[str, str]) -> bool:
        """True if a copy with these facts has the same bytes as a tracker that `write_tracker` writes."""
        words = list(facts.values())
        return (
            len(set(words)) == len(words)
            and not self.known.intersection(words)
            and all(PLAIN.fullmatch(word) and not ESCAPED.search(word) for word in words)
        )

    def filled(self, facts: Mapping[str, str]) -> bytes:
        """The bytes of the tracker with a service's facts in place of the placeholders."""
        out = BytesIO()
        with zipfile.ZipFile(out, "w") as copied:
            for part in self.parts:
                info = copy(part)
                if part.filename in CHANGED:
                    copied.writestr(info, self.with_facts(part.filename, facts), part.compress_type)
                else:
                    add_packed(copied, info, self.packed[part.filename])
        return out.getvalue()

    def with_facts(self, part: str, facts: Mapping[str, str]) -> str:
        """A part's text with the facts; they are replaced one after another, since no fact holds a placeholder."""
        text = self.texts[part]
        for fact, placeholder in self.placeholders.items():
            text = text.replace(placeholder, html.escape(facts[fact], quote=False))
        return text


def packed_bytes(data: bytes, part: zipfile.ZipInfo) -> bytes:
    """The compressed bytes of a part of a zip file."""
    start = part.header_offset + LENGTHS.size + sum(LENGTHS.unpack_from(data, part.header_offset))
    return data[start : start + part.compress_size]
