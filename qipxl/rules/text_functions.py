"""The functions of the rule language about texts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipxl.errors import RuleError
from qipxl.rules.expression import Array, Cells, Expression, Rows, quoted
from qipxl.rules.signatures import QUOTED_TEXTS, TEXT, TEXT_FIELD, TEXTS, Function, Signature
from qipxl.rules.terms import Field, TextLiteral

PUNCTUATION = ".,;:/()"
"""Marks that count as a space between words."""
MARKS = ("/", ";")
"""Marks that can be searched for themselves, as between two names."""


@dataclass(frozen=True)
class Contains(Function):
    """True if the text contains one of the phrases as whole words, or one of the MARKS anywhere."""

    signature = Signature("contains", (TEXT, QUOTED_TEXTS), "truth")
    phrase = "{of} says {phrases}"
    negated = "{of} does not say {phrases}"
    of: Expression
    phrases: tuple[TextLiteral, ...]

    def check(self) -> None:
        if not isinstance(self.of, Field | Join):
            raise RuleError("contains() looks into a field or a join(), not into a choice between them")
        for phrase in self.phrases:
            if phrase.value not in MARKS and set(phrase.value) & set(PUNCTUATION + "*?~"):
                raise RuleError(f"contains(): '{phrase.value}' may hold letters, figures, spaces and hyphens only")

    def evaluate(self, rows: Rows) -> Array:
        spaced = str.maketrans(dict.fromkeys(PUNCTUATION, " "))
        marks = [phrase.value for phrase in self.phrases if phrase.value in MARKS]
        phrases = [f" {phrase.value.lower()} " for phrase in self.phrases if phrase.value not in MARKS]

        def contains_one(text: str) -> bool:
            padded = f" {text.translate(spaced)} "
            return any(phrase in padded for phrase in phrases) or any(mark in text for mark in marks)

        return rows.map_distinct(self.of, contains_one)

    def formula(self, cells: Cells) -> str:
        text = plain = cells.scalar(self.of)
        for mark in PUNCTUATION:
            text = f'SUBSTITUTE({text},"{mark}"," ")'
        phrases = ";".join(quoted(f" {phrase.value} ") for phrase in self.phrases if phrase.value not in MARKS)
        marks = ";".join(quoted(phrase.value) for phrase in self.phrases if phrase.value in MARKS)
        searches = [(phrases, f'" "&{text}&" "'), (marks, plain)]
        counts = [f"SUMPRODUCT(--ISNUMBER(SEARCH({{{sought}}},{within})))" for sought, within in searches if sought]
        return f"({'+'.join(counts)}>0)"


@dataclass(frozen=True)
class Length(Function):
    """The number of characters of the text."""

    signature = Signature("length", (TEXT,), "number")
    phrase = "the number of characters in {of}"
    of: Expression

    def evaluate(self, rows: Rows) -> Array:
        return np.array([len(text) for text in rows.value_of(self.of)], float)

    def formula(self, cells: Cells) -> str:
        return f"LEN({cells.scalar(self.of)})"

    def never_blank(self) -> bool:
        return True


@dataclass(frozen=True)
class Join(Function):
    """The texts one after another."""

    signature = Signature("join", (TEXTS,), "text")
    texts: tuple[Expression, ...]

    def evaluate(self, rows: Rows) -> Array:
        joined = rows.value_of(self.texts[0])
        for text in self.texts[1:]:
            joined = joined + rows.value_of(text)
        return joined

    def formula(self, cells: Cells) -> str:
        return f"({'&'.join(cells.scalar(text) for text in self.texts)})"

    def words(self) -> str:
        return " then ".join(text.words() for text in self.texts)


@dataclass(frozen=True)
class Shown(Function):
    """A rating's word as the template shows it, which a provider may have changed."""

    signature = Signature("shown", (TEXT_FIELD,), "text")
    phrase = "{of}"
    of: Field

    def check(self) -> None:
        if not self.of.column.shown:
            raise RuleError(f"shown({self.of.column.key}): only a rating has words that are shown")

    def evaluate(self, rows: Rows) -> Array:
        words = dict(zip(self.of.column.options, self.of.column.shown, strict=True)) | {"": ""}
        return np.array([words[word] for word in rows.value_of(self.of)], object)

    def formula(self, cells: Cells) -> str:
        cell = cells.scalar(self.of)
        if self.of.column.options == self.of.column.shown:
            return cell
        words, shown = (";".join(map(quoted, texts)) for texts in (self.of.column.options, self.of.column.shown))
        return f'IF({cell}="","",INDEX({{{shown}}},MATCH({cell},{{{words}}},0)))'
