"""The functions of the rule language about names of people: whether two cells name the same person.

A name is compared by its words: in any order ("Surname, First"), without titles, roles, punctuation and what is in
brackets. What formulas cannot decide, such as nicknames and accents, is left to people: docs/templates.md says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from qipxl.rules import formula
from qipxl.rules.expression import Array, Cells, Expression, Rows
from qipxl.rules.signatures import TEXT, Function, Signature

MARKS = '.,;:/&+_-"*?~()'
"""Punctuation that counts as a space between the words of a name; an apostrophe does not count at all."""
NOT_NAMES = (
    "and", "mr", "mrs", "ms", "miss", "dr", "prof", "nurse", "sister", "matron", "registered", "deputy", "assistant",
    "acting", "interim", "senior", "manager", "lead", "leader", "team", "head", "of", "the", "care", "home", "carer", "director",
)  # fmt: skip
"""Titles and roles, which are left out of a name."""
WORDS = 8
"""The most words of a name that are compared."""
LONGEST_NAME = 200
"""The characters of a name that are compared."""


def substitutions() -> list[tuple[str, str]]:
    """What is replaced in a name in lower case that has a space at both ends, in this order."""
    return [("'", ""), *((mark, " ") for mark in MARKS), *((f" {word} ", "  ") for word in NOT_NAMES)]


def plain_name(text: str) -> str:
    """The words of a cleaned name as they are compared.

    >>> plain_name("Dr. Okafor, Marek (Deputy Manager)")
    'okafor marek'
    """
    text = text.lower()
    before, bracket, rest = text.partition("(")
    text = f" {before} {rest.partition(')')[2] if bracket else ''} ".replace(" ", "  ")
    for old, new in substitutions():
        text = text.replace(old, new)
    return " ".join(text.split())[:LONGEST_NAME].strip()


@dataclass(frozen=True)
class PlainName(Expression):
    """The words of a name as they are compared, in a workings column of its own."""

    hoisted = True
    gives = "text"
    phrase = "the name in {of}"
    of: Expression

    def evaluate(self, rows: Rows) -> Array:
        codes, distinct = pd.factorize(rows.value_of(self.of))
        return np.array([*map(plain_name, distinct), ""], object)[codes]

    def formula(self, cells: Cells) -> str:
        text = f"LOWER({cells.scalar(self.of)})"
        before = f'LEFT({text},FIND("(",{text}&"(")-1)'
        after = f'MID({text},FIND(")",{text}&")",FIND("(",{text}&"("))+1,LEN({text}))'
        both = f'SUBSTITUTE(" "&{before}&" "&{after}&" "," ","  ")'
        return f"TRIM(LEFT(TRIM({formula.substituted(both, substitutions())}),{LONGEST_NAME}))"


def words_of_name(name: str) -> list[str]:
    return name.split(" ")[:WORDS]


def are_same(one: str, other: str) -> bool:
    """True if two plain names are of one person: equal, or all words of one, at least two, are in the other."""
    if not one or not other:
        return False
    return one == other or all_in(one, other) or all_in(other, one)


def all_in(one: str, other: str) -> bool:
    """True if a name has at least two words, and all are in another name."""
    return " " in one and set(one.split(" ")) <= set(other.split(" ")) and len(one.split(" ")) <= WORDS


def share_a_part(one: str, other: str) -> bool:
    """True if two plain names share a word of two letters or more, or one is the initials of the other."""
    others = set(other.split(" "))
    return any(len(word) > 1 and word in others for word in words_of_name(one)) or (
        are_initials(one, other) or are_initials(other, one)
    )


def are_initials(one: str, other: str) -> bool:
    """True if a name of two or three letters begins and ends like the first and the last word of another."""
    letters, words = one.replace(" ", ""), other.split(" ")
    return 2 <= len(letters) <= 3 and len(words) > 1 and letters[0] == words[0][:1] and letters[-1] == words[-1][:1]


class TwoNames(Function):
    """A comparison of the names in two cells."""

    one: Expression
    other: Expression

    def compare_plain(self, rows: Rows, test: Callable[[str, str], bool]) -> Array:
        """`test` of the two plain names of every row, called once for each different pair."""
        (ones, one_names), (others, other_names) = (
            pd.factorize(rows.value_of(PlainName(each))) for each in (self.one, self.other)
        )
        pairs, index = np.unique(ones * len(other_names) + others, return_inverse=True)
        both = zip(*divmod(pairs, len(other_names) or 1), strict=True)
        return np.array([test(one_names[one], other_names[other]) for one, other in both], bool)[index]


@dataclass(frozen=True)
class SamePerson(TwoNames):
    """True if two cells name the same person, perhaps written in another way."""

    hoisted = True
    signature = Signature("same_person", (TEXT, TEXT), "truth")
    phrase = "{one} and {other} are the same person"
    negated = "{one} and {other} are not the same person"
    one: Expression
    other: Expression

    def evaluate(self, rows: Rows) -> Array:
        alike = (rows.codes(self.one) == rows.codes(self.other)) & rows.filled(self.one)
        return np.asarray(alike | self.compare_plain(rows, are_same), bool)

    def formula(self, cells: Cells) -> str:
        first, second = cells.scalar(self.one), cells.scalar(self.other)
        one, other = cells.scalar(PlainName(self.one)), cells.scalar(PlainName(self.other))
        equal = f'AND({first}<>"",{first}={second})'
        return f"OR({equal},{all_in_formula(one, other)},{all_in_formula(other, one)},{equal_formula(one, other)})"


def equal_formula(one: str, other: str) -> str:
    return f'AND({one}<>"",{one}={other})'


def separated(name: str) -> str:
    """The first WORDS words of a plain name, as an array of a formula."""
    starts = ",".join(str(number * LONGEST_NAME + 1) for number in range(WORDS))
    return f'TRIM(MID(SUBSTITUTE({name}," ",REPT(" ",{LONGEST_NAME})),{{{starts}}},{LONGEST_NAME}))'


def found_in(words: str, name: str, least: int) -> str:
    """How many of these words, each of at least `least` letters, are words of a plain name."""
    return f'SUMPRODUCT((LEN({words})>={least})*ISNUMBER(FIND(" "&{words}&" "," "&{name}&" ")))'


def all_in_formula(one: str, other: str) -> str:
    count = f'(LEN({one})-LEN(SUBSTITUTE({one}," ",""))+1)'
    return f"AND({count}>1,{found_in(separated(one), other, 1)}={count})"


@dataclass(frozen=True)
class MayBeSamePerson(TwoNames):
    """True if two cells share a part of a name, or one holds the initials of the other, and they are not the same person."""

    signature = Signature("may_be_same_person", (TEXT, TEXT), "truth")
    phrase = "{one} and {other} share a part of a name, or one is the initials of the other"
    one: Expression
    other: Expression

    def evaluate(self, rows: Rows) -> Array:
        same = rows.value_of(SamePerson(self.one, self.other))
        return np.asarray(self.compare_plain(rows, share_a_part) & ~same, bool)

    def formula(self, cells: Cells) -> str:
        one, other = cells.scalar(PlainName(self.one)), cells.scalar(PlainName(self.other))
        part = f"{found_in(separated(one), other, 2)}>0"
        same = cells.scalar(SamePerson(self.one, self.other))
        return f"AND(NOT({same}),OR({part},{initials_formula(one, other)},{initials_formula(other, one)}))"


def initials_formula(one: str, other: str) -> str:
    letters = f'SUBSTITUTE({one}," ","")'
    last = f'TRIM(RIGHT(SUBSTITUTE({other}," ",REPT(" ",{LONGEST_NAME})),{LONGEST_NAME}))'
    return (
        f'AND(LEN({letters})>=2,LEN({letters})<=3,ISNUMBER(FIND(" ",{other})),LEFT({letters},1)=LEFT({other},1),'
        f"RIGHT({letters},1)=LEFT({last},1))"
    )
