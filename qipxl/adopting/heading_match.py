"""The confidence that an old heading means a field: from declared aliases, similarity, and the values below it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence, Set
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
MARKS = re.compile(r"[^\w]+")
RUN_TOGETHER = re.compile(r"(?<=[a-z])(?=[A-Z])")
NUMBERING = re.compile(r"^\s*(?:\d{1,2}|[A-Za-z])[.)]\s+(?=\S)")
ALTERNATIVES = re.compile(r"\s*[/&\n]\s*|\s+(?:and|or|[-–—])\s+", re.IGNORECASE)
EXACT, MISSPELT, ENDS, BEGINS, PARTIAL = 0.95, 0.76, 0.66, 0.6, 0.42
"""The confidence of a listed heading, of a misspelt one, and of one that ends with, begins with or contains a listed one."""
LINKS = frozenset(
    {
        *(
            "of",
            "to",
            "for",
            "by",
            "in",
            "on",
            "that",
            "from",
            "about",
            "against",
            "with",
            "who",
            "when",
            "if",
            "we",
            "can",
            "is",
            "will",
        ),
        *("be", "has", "have", "should", "must", "required", "needed", "identified", "taken", "agreed"),
    }
)
"""The words after which the rest of a heading only says more of its first words: Action to be taken by the home."""
WORDS = 0.1
"""Added to the confidence of a part, times the share of the heading's words that are listed."""
LISTED = 0.77
"""The least confidence of a listed heading; one that is only like a listed one has less."""
LATER, ALTERNATIVE, TAIL = 0.05, 0.05, 0.1
"""Subtracted for a heading that is listed as a second choice, twice as a third; for one of two with a slash between them; and for
one without its last word, as in Mitigation notes. ALTERNATIVE is for one without its first word too: Proposed mitigation."""
LONGEST_PAIR = 6
"""The most words of a heading that is read as two with a slash between them."""
RANK, LAST_RANK = 0.001, 20
"""Subtracted for each place in the list, up to the last rank: the most usual headings come first."""
FITS, MISFIT, PEOPLE_AS_TEXT = 0.04, 0.45, 0.1
"""Added if the values look like the field's, subtracted if they do not, and if a text's values look like people."""
SCORES_FIT = 0.18
"""Added instead if they are scores from 1 to 5 below a heading that is not listed."""
FIT_SHARE = 0.6
"""The share of values that must look like the field's."""
MOST_VALUES = 200
"""The number of values of a column that are looked at."""
WORDED = ("issue", "intended_change", "root_cause", "interim_control", "success_measure", "milestone")
"""The fields that hold a sentence: never a number or a code, and seldom only a name."""
SHORTEST_TEXT = 3
"""The length up to which a text is no sentence."""
CODE = re.compile(r"[A-Za-z]{0,5}[-_./]{0,2}\d[\d./_-]{0,9}[A-Za-z]?|[A-Z]{1,5}(?:[-_./][A-Z0-9]{1,6}){1,3}")
"""A reference such as 7, R1, RSK-101 or M-2.1."""
PEOPLE_BETWEEN = re.compile(r"\s*[/&,;+\n]\s*| and | with | or ")
PERSON = re.compile(r"(?:(?:Mrs?|Ms|Miss|Dr)\.? )?[A-Z][\w'’-]*\.?(?: [A-Z][\w'’-]*\.?){1,2}|[A-Z]{2,4}")
"""A name or initials."""
VAGUE_DATE = re.compile(
    r"asap|immediate(ly)?|on-?going|tbc|tba|now|(end|by|mid|early|late|within|before|next|this) .*|\d+ ?(-|to)? ?\d* ?(day|week|month)s?.*"
    r"|(weekly|monthly|quarterly|annual|daily)(ly)?|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ '-]?\d{2,4}"
    r"|(spring|summer|autumn|winter|easter|christmas|q[1-4]|week \d).*|\d{1,2} ?- ?\d{1,2}[/. ].*"
)
"""Common texts in place of a date: ASAP, ongoing, end of May, 4 weeks, autumn term."""
WORD_SIMILARITY = 0.8
"""The least similarity of a word and its misspelling."""


@dataclass(frozen=True)
class Aliases:
    """The meanings of headings.

    `fields` has the headings of each table and field, `later` those that mean a field if no other heading does, as a second and as
    a third choice; `none` headings without a field; `levels` values that are neither texts nor names; `statuses`, `past`, `heads`, `tails`,
    `roles`, `given_names` and `not_names` words by which a column is recognised; `words` the meanings of choices by list; `cover`
    labels of covers.
    """

    fields: Mapping[str, Mapping[str, Sequence[str]]]
    later: Sequence[Mapping[str, Mapping[str, Sequence[str]]]]
    none: Sequence[str]
    levels: frozenset[str]
    statuses: frozenset[str]
    past: frozenset[str]
    heads: frozenset[str]
    tails: frozenset[str]
    roles: frozenset[str]
    given_names: frozenset[str]
    not_names: frozenset[str]
    words: Mapping[str, Mapping[str, Sequence[str]]]
    cover: Mapping[str, Sequence[str]]


@cache
def aliases() -> Aliases:
    """The aliases that come with qipxl."""
    declared = tomllib.loads(ALIASES.read_text("utf-8"))
    second, third, none, words, cover = (declared.pop(name) for name in ("second", "third", "none", "words", "cover"))
    listed = {
        name: frozenset(none[name])
        for name in ("levels", "statuses", "past", "heads", "tails", "roles", "given_names", "not_names")
    }
    return Aliases(declared, (second, third), none["headings"], **listed, words=words, cover=cover)


@lru_cache(maxsize=8192)
def comparable(text: str) -> str:
    """A heading for comparison: small letters, no punctuation, numbering, brackets or plural s, single spaces.

    >>> comparable("2. Risk_Descriptions (short)"), comparable("DueDate"), comparable("Likelihood_1_5"), comparable("#")
    ('risk description', 'due date', 'likelihood', 'no')
    """
    spaced = RUN_TOGETHER.sub(" ", NUMBERING.sub("", text.replace("_", " ").replace("#", " no ")))
    folded = fold(spaced)
    without = BRACKETS.sub(" ", folded)
    words = MARKS.sub(" ", without if without.strip() else folded).split()
    while len(words) > 1 and words[-1].isdecimal() and len(words[-1]) < 4:
        words.pop()
    return " ".join(map(singular, words))


def singular(word: str) -> str:
    """A word without its plural s: actions, but not status or progress."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


@lru_cache(maxsize=65536)
def is_misspelt(word: str, other: str) -> bool:
    """True if a word may be another one misspelt: Traget for target, but not date for due."""
    if word == other or len(other) <= 3 or word[0] != other[0] or abs(len(word) - len(other)) > 2:
        return word == other
    likeness = SequenceMatcher(None, word, other)
    return likeness.quick_ratio() >= WORD_SIMILARITY and likeness.ratio() >= WORD_SIMILARITY


def heading_similarity(heading: str, alias: str) -> float:
    """The confidence that a heading means an alias; both as `comparable` gives them."""
    if heading == alias:
        return EXACT
    words, listed = heading.split(), alias.split()
    if len(words) == len(listed) and len(alias) > 3 and all(map(is_misspelt, words, listed)):
        return MISSPELT
    if not listed or len(listed) >= len(words) or len(alias) < 2:
        return 0.0
    share = WORDS * len(listed) / len(words)
    if words[-len(listed) :] == listed:
        return ENDS + share
    if len(alias) < 3:
        return 0.0
    if words[: len(listed)] == listed and words[len(listed)] in LINKS:
        return BEGINS + share
    return PARTIAL + share if (len(listed) > 1 or len(alias) >= 6) and set(listed) <= set(words) else 0.0


@cache
def comparable_names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(comparable, names)))


@lru_cache(maxsize=65536)
def name_score(heading: str, names: tuple[str, ...], *, single_parts: bool = True) -> float:
    """The confidence that a heading means a field with these names, most usual first.

    Without `single_parts` a heading that only contains a name of one word does not count: Asset name is not a Name.
    """
    text = comparable(heading)
    if not text:
        return 0.0
    scores = [0.0]
    for rank, name in enumerate(comparable_names(names)):
        score = heading_similarity(text, name)
        if score > 0 and (single_parts or score >= MISSPELT or " " in name):
            scores.append(score - RANK * min(rank, LAST_RANK))
    return max(scores)


def heading_score(heading: str, table: str, field: FieldLine) -> float:
    """The confidence that a heading means a field, by its names, by its second names, and by each part with a slash between."""
    words = comparable(heading).split()
    parts = [part for part in ALTERNATIVES.split(BRACKETS.sub(" ", heading)) if comparable(part)]
    texts = [(heading, 0.0), *((part, ALTERNATIVE) for part in parts if len(parts) > 1 and len(words) <= LONGEST_PAIR)]
    if len(words) > 1 and words[-1] in aliases().tails:
        texts.append((" ".join(words[:-1]), TAIL))
    if len(words) > 1 and words[0] in aliases().heads:
        texts.append((" ".join(words[1:]), ALTERNATIVE))
    named = [(names, place * LATER) for place, names in enumerate(names_of(table, field)) if names]
    return max(
        name_score(text, names, single_parts=field.whole or not later) - less - later
        for text, less in texts
        for names, later in named
    )


@cache
def names_of(table: str, field: FieldLine) -> tuple[tuple[str, ...], ...]:
    """The names of a field: its heading on the tracker and its aliases, then those of second and of third choice."""
    choices = (aliases().fields, *aliases().later)
    first, *later = (tuple(each.get(table, {}).get(field.key, ())) for each in choices)
    return ((field.heading, *first), *later)


def known_headings(template: Template) -> frozenset[str]:
    """Every comparable heading that means a field of the template, or is known to mean none."""
    fields = [(key, field) for key, line in template.tables.items() for field in line.field]
    names = [name for key, field in fields for names in names_of(key, field) for name in names]
    return frozenset(map(comparable, [*names, *aliases().none]))


def how_known(heading: str, known: Set[str]) -> float:
    """How surely a text is a heading: 1 for a known one, a half for one that ends or begins with one.

    >>> how_known("Risk owner", {"owner"}), how_known("Owner / lead", {"owner", "lead"}), how_known("Mend the lift", {"owner"})
    (0.5, 1.0, 0.0)
    """
    text = comparable(heading)
    if text in known or any(comparable(part) in known for part in ALTERNATIVES.split(heading)[:3] if part != heading):
        return 1.0
    words = text.split()
    ends = {" ".join(words[-2:]), words[-1]} if 2 <= len(words) <= 5 else set()
    begins = {" ".join(words[:length]) for length in (1, 2, 3) if len(words) > length and words[length] in LINKS}
    return 0.5 if not known.isdisjoint(ends | begins) else 0.0


def value_fit(template: Template, field: FieldLine, values: Sequence[object], *, listed: bool = True) -> float:
    """What the values add to, or take from, the confidence that they are a field's.

    Scores from 1 to 5 add more if the heading is not `listed`: few other columns have them.
    """
    readable = [value for value in values if not isinstance(value, CellError)][:MOST_VALUES]
    if not readable:
        return 0.0
    share = sum(could_hold(template, field, value) for value in readable) / len(readable)
    people = field.key in WORDED and share_of(is_person, readable) >= FIT_SHARE
    if share >= FIT_SHARE and not listed and field.whole:
        return SCORES_FIT
    return (FITS if share >= FIT_SHARE else -MISFIT * (1 - share)) - (PEOPLE_AS_TEXT if people else 0.0)


def share_of(kind: Callable[[object], bool], values: Sequence[object]) -> float:
    """The share of values that are of a kind."""
    return sum(map(kind, values)) / len(values) if values else 0.0


def could_hold(template: Template, field: FieldLine, value: object) -> bool:
    """True for a value that a field could hold."""
    text = as_text(value)
    if field.type == "date":
        return is_date(value)
    if field.type == "number":
        digits = text.replace("%", "").replace(",", "").strip().replace(".", "", 1)
        if not isinstance(value, int | float):
            return digits.isdecimal()
        least, most = field.minimum or float("-inf"), field.maximum or float("inf")
        return least <= value <= most and (value == int(value) or not field.whole)
    if field.type == "choice":
        known = {fold(option): option for option in template.options(field)}
        short = len(text) <= 25 and len(text.split()) <= 3 and not any(character.isdigit() for character in text)
        listed = parse_choice(text, {}, known).code == "" or list_word(field.list, text) != ""
        return listed or (short and not is_person(value))
    if fold(text) in aliases().levels:
        return False
    if field.names_staff:
        return not isinstance(value, date | int | float) and names_someone(text)
    if field.key == "ref":
        return len(text) <= 20 and len(text.split()) <= 3
    if field.key in WORDED and (is_code(value) or len(text.strip()) <= SHORTEST_TEXT):
        return False
    return not isinstance(value, date)


def names_someone(text: str) -> bool:
    """True for a text that may name one person or a few: four words each at most, and no digit.

    >>> names_someone("Jo Shah (deputy) / Ann Lee"), names_someone("Clone slide 7"), names_someone("Ask families at each review")
    (True, False, False)
    """
    parts = PEOPLE_BETWEEN.split(BRACKETS.sub(" ", text).strip() or text)
    short = 2 <= len(text) <= 80 and all(len(part.split()) <= 4 for part in parts)
    return short and not any(character.isdecimal() or character == "_" for character in text)


def is_date(value: object) -> bool:
    """True for a date, a text that may be one, and a common text in place of one."""
    dated = isinstance(value, date) or parse_date(value).code in ("text-date", "date-ambiguous")
    return dated or VAGUE_DATE.fullmatch(fold(as_text(value))) is not None


def is_code(value: object) -> bool:
    """True for a number or a reference such as RSK-101."""
    return not isinstance(value, date) and CODE.fullmatch(as_text(value).strip()) is not None


def is_status(value: object) -> bool:
    """True for a word of a Status; n/a may be an answer to anything."""
    return as_text(value).strip().lower() not in ("n/a", "na", "c") and (
        fold(as_text(value)).rstrip(".") in aliases().statuses or list_word("status", as_text(value)) != ""
    )


def is_person(value: object) -> bool:
    """True for a text that looks like a name, initials or a role; “Care Plans” is none of them."""
    text = " ".join(as_text(value).split()) if isinstance(value, str) else ""
    words = re.split(r"[\s/&,]+", text.lower())
    if not text or len(words) > 6 or fold(text) in aliases().levels or is_status(text):
        return False
    if words[-1] in aliases().roles and len(words) <= 4:
        return True
    named = all(PERSON.fullmatch(part) for part in PEOPLE_BETWEEN.split(text))
    return named and not any(word in aliases().not_names for word in words)


def is_surely_person(value: object) -> bool:
    """True for a name with a usual given name, or a role."""
    words = re.split(r"[\s/&,.]+", as_text(value).strip().lower())
    return is_person(value) and (words[0] in aliases().given_names or words[-1] in aliases().roles)


def is_text(value: object) -> bool:
    """True for a text that is no date, code, level or name."""
    text = fold(value) if isinstance(value, str) else ""
    return (
        len(text) > SHORTEST_TEXT
        and text not in aliases().levels
        and not (is_code(value) or is_date(value) or is_surely_person(value))
    )


def is_long_text(value: object) -> bool:
    """True for a text of a few words."""
    return isinstance(value, str) and (len(value.split()) >= 3 or len(value) > 24) and not is_date(value)


def list_word(list_name: str, text: str) -> str:
    """The word of a list that an old word means; empty if the aliases do not say."""
    text = comparable(text)
    for word, olds in aliases().words.get(list_name, {}).items():
        if text and text in map(comparable, (word, *olds)):
            return word
    return ""
