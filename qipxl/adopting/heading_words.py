"""A heading's words for comparison: without case, marks, numbering and plural s, and whether two words are the same one mistyped."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cache, lru_cache

from qipxl.workbook.headings import fold

BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
MARKS = re.compile(r"[^\w]+")
RUN_TOGETHER = re.compile(r"(?<=[a-z])(?=[A-Z])")
DOUBLED = re.compile(r"(.)\1+")
SCALE = re.compile(r"\b\d\s?(?:to|-|–)\s?\d{1,2}\b|\bstep \d{1,2}\b")
STEP = re.compile(r"step \d{1,2}")
"""A number above a heading, which says nothing."""
NUMBERING = re.compile(
    r"^\s*(?:(?:step\s+\d{1,2}[.:)]?|(?:\d{1,2}|[a-z])[.)])\s+(?=\S)|\d{1,2}[.)](?=[^\W\d]))", re.IGNORECASE
)
MONTHS = re.compile(
    r"\b(?:at|on|as (?:at|on|of)|to|for)?\s*(?:\b\d{1,2}(?:st|nd|rd|th)?\s+)?\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)"
    r"(?:uary|ruary|ch|il|ust|tember|ober|ember)?\b\s*(?:20\d\d|'?\d\d)?|\b(?:q|quarter )[1-4]\b"
    r"|\b20\d\d(?:\s?[-/–]\s?(?:20)?\d\d)?\b",
    re.IGNORECASE,
)
"""A month, a quarter or a year in a heading such as Progress at June 2026, which says which of several it is."""
WORD_SIMILARITY = 0.8
"""The least similarity of words that are alike."""
SHORTEST_MISTYPED = 8
"""The fewest letters of a word of which one may be wrong, missing or too many: Contract is not Contact."""
SAME_END = 2
"""The letters at the end of such a word that are right: Direction is not Director."""


@lru_cache(maxsize=8192)
def comparable(text: str) -> str:
    """A heading for comparison: small letters, no punctuation, numbering, brackets or plural s, single spaces.

    >>> comparable("2. Risk_Descriptions (short)"), comparable("DueDate"), comparable("Likelihood_1_5"), comparable("#")
    ('risk description', 'due date', 'likelihood', 'no')
    """
    spaced = RUN_TOGETHER.sub(" ", NUMBERING.sub("", text.replace("_", " ").replace("#", " no ")))
    folded = fold(spaced)
    if STEP.fullmatch(folded):
        return ""
    without = SCALE.sub(" ", BRACKETS.sub(" ", folded))
    words = MARKS.sub(" ", without if without.strip() else folded).split()
    while len(words) > 1 and words[-1].isdecimal() and len(words[-1]) < 4:
        words.pop()
    return " ".join(map(singular, words))


def undated(heading: str) -> str:
    """A heading for comparison, without a month or a year.

    >>> undated("Progress at June 2026"), undated("2026")
    ('progress', '2026')
    """
    return comparable(MONTHS.sub(" ", heading)) or comparable(heading)


def singular(word: str) -> str:
    """A word without its plural s: actions and strategies, but not status, progress or series."""
    if len(word) > 6 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


@lru_cache(maxsize=65536)
def is_misspelt(word: str, other: str) -> bool:
    """True if a word is another one, perhaps mistyped: letters swapped or doubled, or one letter of a long word wrong.

    >>> is_misspelt("traget", "target"), is_misspelt("responsability", "responsibility"), is_misspelt("comitee", "committee")
    (True, True, True)
    >>> is_misspelt("clause", "cause"), is_misspelt("direction", "director"), is_misspelt("process", "progress")
    (False, False, False)
    """
    if word == other or len(other) <= 3 or word[0] != other[0]:
        return word == other
    one, two = DOUBLED.sub(r"\1", word), DOUBLED.sub(r"\1", other)
    if one == two:
        return True
    start = next((place for place, (left, right) in enumerate(zip(one, two, strict=False)) if left != right), 0)
    swapped = one[:start] + one[start + 1 : start + 2] + one[start : start + 1] + one[start + 2 :]
    if swapped == two:
        return True
    if min(len(one), len(two)) < SHORTEST_MISTYPED or one[-SAME_END:] != two[-SAME_END:]:
        return False
    return one[start + 1 :] == two[start + 1 :] or one[start + 1 :] == two[start:] or one[start:] == two[start + 1 :]


@lru_cache(maxsize=65536)
def is_alike(word: str, other: str) -> bool:
    """True if two words have most letters in common: they may be the same in two languages, or different ones."""
    if word == other or len(other) <= 3 or word[0] != other[0] or abs(len(word) - len(other)) > 2:
        return word == other
    likeness = SequenceMatcher(None, word, other)
    return likeness.quick_ratio() >= WORD_SIMILARITY and likeness.ratio() >= WORD_SIMILARITY


@cache
def comparable_names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(comparable, names)))
