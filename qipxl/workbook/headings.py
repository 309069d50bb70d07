"""A table's headings found on a sheet, by what they say and not by where they stand."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

LOOKED_AT = 60
"""How many rows from the top are searched for the headings first; then all are."""
FOLDED = str.maketrans(
    {**dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\xad"), "\u2019": "'", "\u2018": "'", "\u2013": "-", "\u2014": "-"}
)
"""Invisible characters, and the quotes and dashes that a word processor puts in."""
ENOUGH = 0.5
"""The share of the wanted headings a row must hold to be the row of headings."""


@dataclass(frozen=True)
class Headings:
    """A row of headings: its sheet row, the column (from 0) of each wanted heading, and what is odd about it."""

    row: int
    columns: dict[str, int]
    near: dict[str, tuple[int, str]]
    extra: dict[int, str]

    def heading_of(self, text: str) -> str:
        """The wanted heading that a text says, where its column stands elsewhere already; else nothing."""
        return next((heading for heading in self.columns if fold(heading) == fold(text)), "")


@lru_cache(maxsize=4096, typed=True)
def fold(text: object) -> str:
    """A text as it is compared: small letters, one form for each letter, nothing invisible, runs of blanks as one."""
    said = str(text)
    if not said.isascii():
        said = unicodedata.normalize("NFKC", said).translate(FOLDED)
    return " ".join(said.lower().split())


def find_headings(
    rows: Sequence[Sequence[object]], wanted: Sequence[str], renamed: Mapping[str, str] | None = None
) -> Headings | None:
    """The row, near the top if possible, that holds most of the wanted headings; None where no row holds enough.

    `renamed` are headings that stand for a wanted one, as in an earlier version.
    """
    names = {fold(heading): heading for heading in wanted} | {fold(old): now for old, now in (renamed or {}).items()}
    exact = set(wanted)
    for number, row in enumerate(rows[:LOOKED_AT], 1):
        if exact <= set(row):
            return matched(number, row, names)
    for searched in (rows[:LOOKED_AT], rows):
        held = [len({fold(cell) for cell in row if isinstance(cell, str) and cell} & names.keys()) for row in searched]
        if held and max(held) >= ENOUGH * len(wanted):
            best = held.index(max(held))
            return matched(best + 1, rows[best], names)
    return None


def matched(number: int, row: Sequence[object], names: dict[str, str]) -> Headings:
    """Each wanted heading's column: said exactly (but for case and spaces), else nearly."""
    columns: dict[str, int] = {}
    spare: dict[int, str] = {}
    for place, cell in enumerate(row):
        heading = names.get(fold(cell)) if isinstance(cell, str) and cell else None
        if heading is not None and heading not in columns:
            columns[heading] = place
        elif isinstance(cell, str) and fold(cell):
            spare[place] = cell
    near = {}
    for place, text in list(spare.items()):
        missing = {folded: heading for folded, heading in names.items() if heading not in columns}
        like = get_close_matches(fold(text), missing, 1, 0.8)
        if like:
            heading = missing[like[0]]
            columns[heading] = place
            near[heading] = (place, text)
            del spare[place]
    return Headings(number, columns, near, spare)
