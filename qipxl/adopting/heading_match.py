"""The confidence that an old heading means a field: from declared aliases, similarity, and the values below it."""

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
EXACT, MISSPELT, PARTIAL = 0.95, 0.8, 0.6
"""The confidence of a listed heading, of a misspelt one, and of one that contains a listed one."""
FITS, MISFIT = 0.04, 0.45
"""Added if the values look like the field's, subtracted if they do not."""
FIT_SHARE = 0.6
"""The share of values that must look like the field's."""
VAGUE_DATE = re.compile(
    r"asap|immediate(ly)?|on-?going|tbc|tba|now|end of .*|by .*|\d+ (day|week|month)s?.*|[a-z]{3,9}[ '-]?\d{2,4}|q[1-4].*"
)
"""Common texts in place of a date: ASAP, ongoing, end of May, 4 weeks."""
WORD_SIMILARITY = 0.8
"""The least similarity of a word and its misspelling."""


@dataclass(frozen=True)
class Aliases:
    """The meanings of headings.

    `fields` has the headings of each table and field; `none` headings without a field; `levels` values that are neither
    texts nor names; `words` the meanings of choices by list; `cover` labels of covers.
    """

    fields: Mapping[str, Mapping[str, Sequence[str]]]
    none: Sequence[str]
    levels: frozenset[str]
    words: Mapping[str, Mapping[str, Sequence[str]]]
    cover: Mapping[str, Sequence[str]]


@cache
def aliases() -> Aliases:
    """The aliases that come with qipxl."""
    declared = tomllib.loads(ALIASES.read_text("utf-8"))
    none, words, cover = (declared.pop(name) for name in ("none", "words", "cover"))
    return Aliases(declared, none["headings"], frozenset(none["levels"]), words, cover)


@lru_cache(maxsize=4096)
def comparable(text: str) -> str:
    """A heading for comparison: small letters, no punctuation, single spaces, without text in brackets."""
    without = BRACKETS.sub(" ", fold(text))
    return MARKS.sub(" ", without if without.strip() else fold(text)).strip()


def is_misspelt(word: str, other: str) -> bool:
    """True if a word may be another one misspelt: Traget for target, but not date for due."""
    return word == other or (len(other) > 3 and SequenceMatcher(None, word, other).ratio() >= WORD_SIMILARITY)


def heading_similarity(heading: str, alias: str) -> float:
    """The confidence that a heading means an alias; both as `comparable` gives them."""
    if heading == alias:
        return EXACT
    words, listed = heading.split(), alias.split()
    if len(alias) > 3 and len(words) == len(listed) and all(map(is_misspelt, words, listed)):
        return MISSPELT
    long = len(listed) > 1 or len(alias) >= 6
    return PARTIAL * (0.7 + 0.3 * len(listed) / len(words)) if long and set(listed) <= set(words) else 0.0


@lru_cache(maxsize=4096)
def name_score(heading: str, names: tuple[str, ...]) -> float:
    """The confidence that a heading means a field with these names, most usual first."""
    text = comparable(heading)
    if not text:
        return 0.0
    scores = [heading_similarity(text, comparable(name)) - 0.0005 * min(rank, 20) for rank, name in enumerate(names)]
    return max([0.0, *scores])


def names_of(table: str, field: FieldLine) -> tuple[str, ...]:
    """Every name of a field: its heading on the tracker, then its aliases."""
    return (field.heading, *aliases().fields.get(table, {}).get(field.key, ()))


def known_headings(template: Template) -> frozenset[str]:
    """Every comparable heading that means a field of the template, or is known to mean none."""
    fields = [name for key, line in template.tables.items() for field in line.field for name in names_of(key, field)]
    return frozenset(map(comparable, [*fields, *aliases().none]))


def value_fit(template: Template, field: FieldLine, values: Sequence[object]) -> float:
    """What the values add to, or take from, the confidence that they are a field's."""
    readable = [value for value in values if not isinstance(value, CellError)][:200]
    if not readable:
        return 0.0
    share = sum(could_hold(template, field, value) for value in readable) / len(readable)
    return FITS if share >= FIT_SHARE else -MISFIT * (1 - share)


def could_hold(template: Template, field: FieldLine, value: object) -> bool:
    """True for a value that a field could hold."""
    text = as_text(value)
    if field.type == "date":
        dated = isinstance(value, date) or parse_date(value).code in ("text-date", "date-ambiguous")
        return dated or VAGUE_DATE.fullmatch(fold(text)) is not None
    if field.type == "number":
        digits = text.replace("%", "").replace(",", "").strip().replace(".", "", 1)
        return isinstance(value, int | float) or digits.isdecimal()
    if field.type == "choice":
        known = {fold(option): option for option in template.options(field)}
        short = len(text) <= 25 and len(text.split()) <= 3 and not any(character.isdigit() for character in text)
        return parse_choice(text, {}, known).code == "" or list_word(field.list, text) != "" or short
    if fold(text) in aliases().levels:
        return False
    if field.names_staff:
        return not isinstance(value, date | int | float) and 2 <= len(text) <= 60 and len(text.split()) <= 8
    if field.key == "ref":
        return len(text) <= 20 and len(text.split()) <= 3
    return not isinstance(value, date)


def list_word(list_name: str, text: str) -> str:
    """The word of a list that an old word means; empty if the aliases do not say."""
    text = comparable(text)
    for word, olds in aliases().words.get(list_name, {}).items():
        if text and text in map(comparable, (word, *olds)):
            return word
    return ""
