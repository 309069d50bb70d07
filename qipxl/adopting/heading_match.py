"""How sure it is that an old heading means a field: by declared aliases, by likeness, and by the look of the values."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from functools import cache, lru_cache
from pathlib import Path

from qipxl.returns.cell_values import parse_choice, parse_date
from qipxl.template import FieldLine, Template
from qipxl.text import as_text
from qipxl.workbook.cells import CellError
from qipxl.workbook.headings import fold

ALIASES = Path(__file__).with_name("aliases.toml")
BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
MARKS = re.compile(r"[^\w#]+")
SAID, NEARLY, PARTLY = 0.95, 0.8, 0.6
"""How sure a heading is that is listed, one that is nearly the same, and one that holds a listed one among other words."""
FITS, STRANGE = 0.04, 0.45
"""What is added where the values look like the field's, and taken away where they look like something else."""
ENOUGH = 0.6
"""The share of values that must look like the field's."""
NEAR = 0.8
"""How alike two words are that may be one misspelt."""


@dataclass(frozen=True)
class Aliases:
    """What headings mean: of each table and field the listed ones; those that mean no field; `levels` are values that are
    neither texts nor names; words of choices; labels of covers.
    """

    fields: Mapping[str, Mapping[str, Sequence[str]]]
    none: Sequence[str]
    levels: frozenset[str]
    words: Mapping[str, Mapping[str, Sequence[str]]]
    cover: Mapping[str, Sequence[str]]


@cache
def aliases() -> Aliases:
    """Those that come with qipxl."""
    declared = tomllib.loads(ALIASES.read_text("utf-8"))
    none, words, cover = (declared.pop(name) for name in ("none", "words", "cover"))
    return Aliases(declared, none["headings"], frozenset(none["levels"]), words, cover)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """A heading as it is compared: small letters, no punctuation, single blanks, without what stands in brackets."""
    without = BRACKETS.sub(" ", fold(text))
    return MARKS.sub(" ", without if without.strip() else fold(text)).strip()


def nearly(word: str, other: str) -> bool:
    """True for a word that is another one misspelt: Traget, but not date for due."""
    return word == other or (len(other) > 3 and SequenceMatcher(None, word, other).ratio() >= NEAR)


def likeness(heading: str, alias: str) -> float:
    """How sure it is that a heading says what an alias says; both as they are compared."""
    if heading == alias:
        return SAID
    said, listed = heading.split(), alias.split()
    if len(alias) > 3 and len(said) == len(listed) and all(map(nearly, said, listed)):
        return NEARLY
    long = len(listed) > 1 or len(alias) >= 6
    return PARTLY * (0.7 + 0.3 * len(listed) / len(said)) if long and set(listed) <= set(said) else 0.0


@lru_cache(maxsize=4096)
def by_name(heading: str, names: tuple[str, ...]) -> float:
    """How sure it is that a heading means a field with these names, in the order of how usual they are."""
    said = plain(heading)
    if not said:
        return 0.0
    found = [likeness(said, plain(name)) - 0.0005 * min(place, 20) for place, name in enumerate(names)]
    return max([0.0, *found])


def names_of(table: str, field: FieldLine) -> tuple[str, ...]:
    """Every name of a field: its heading on the tracker, then its aliases."""
    return (field.heading, *aliases().fields.get(table, {}).get(field.key, ()))


def means_no_field(heading: str) -> float:
    """How sure it is that a heading is one for which a tracker has no field."""
    return by_name(heading, tuple(aliases().none))


def knows(template: Template) -> frozenset[str]:
    """Every heading, as it is compared, that means a field of the template or is known to mean none."""
    fields = [name for key, line in template.tables.items() for field in line.field for name in names_of(key, field)]
    return frozenset(map(plain, [*fields, *aliases().none]))


def fit(template: Template, table: str, field: FieldLine, values: Sequence[object]) -> float:
    """What the look of the values adds to, or takes from, being sure that they are a field's."""
    said = [value for value in values if not isinstance(value, CellError)][:200]
    if not said:
        return 0.0
    share = sum(looks_like(template, table, field, value) for value in said) / len(said)
    return FITS if share >= ENOUGH else -STRANGE * (1 - share)


def looks_like(template: Template, table: str, field: FieldLine, value: object) -> bool:
    """True for a value that a field could hold."""
    text = as_text(value)
    if field.type == "date":
        return (
            isinstance(value, date) or parse_date(value).code in ("text-date", "date-ambiguous") or is_loose_date(text)
        )
    if field.type == "number":
        return (
            isinstance(value, int | float)
            or text.replace("%", "").replace(",", "").strip().replace(".", "", 1).isdecimal()
        )
    if field.type == "choice":
        options = template.options(field)
        known = {fold(option): option for option in options}
        short = len(text) <= 25 and len(text.split()) <= 3 and not any(each.isdigit() for each in text)
        return parse_choice(text, {}, known).code == "" or meant(field.list, text) != "" or short
    if fold(text) in aliases().levels:
        return False
    if field.names_staff:
        return not isinstance(value, date | int | float) and 2 <= len(text) <= 60 and len(text.split()) <= 8
    if field.key == "ref":
        return len(text) <= 20 and len(text.split()) <= 3
    return not isinstance(value, date)


LOOSE = re.compile(
    r"asap|immediate(ly)?|on-?going|tbc|tba|now|end of .*|by .*|\d+ (day|week|month)s?.*|[a-z]{3,9}[ '-]?\d{2,4}|q[1-4].*"
)


def is_loose_date(text: str) -> bool:
    """True for what people write in place of a date: ASAP, ongoing, end of May, 4 weeks."""
    return LOOSE.fullmatch(fold(text)) is not None


def meant(list_name: str, text: str) -> str:
    """The word of a list that an old word means; empty where nobody has said."""
    said = plain(text)
    for word, olds in aliases().words.get(list_name, {}).items():
        if said and said in map(plain, (word, *olds)):
            return word
    return ""
