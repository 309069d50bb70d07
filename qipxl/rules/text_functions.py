"""The functions of the rule language about texts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qipxl.errors import RuleError
from qipxl.rules.expression import Array, Cells, Expression, Rows, quoted
from qipxl.rules.signatures import PHRASES, TEXT, TEXT_FIELD, TEXTS, Function, Signature
from qipxl.rules.terms import Field, PhraseList, TextLiteral

PUNCTUATION = ".,;:/()"
"""Marks that count as a space between words."""
MARKS = ("/", ";")
"""Marks that can be searched for themselves, as between two names."""


@dataclass(frozen=True)
class Contains(Function):
    """True if the text contains one of the phrases as whole words, or one of the MARKS anywhere.

    The phrases are texts in quotes and lists of the template.
    """

    signature = Signature("contains", (TEXT, PHRASES), "truth")
    phrase = "{of} says {phrases}"
    negated = "{of} does not say {phrases}"
    of: Expression
    phrases: tuple[TextLiteral | PhraseList, ...]

    def check(self) -> None:
        name = self.signature.name
        if not isinstance(self.of, Field | Join):
            raise RuleError(f"{name}() looks into a field or a join(), not into a choice between them")
        for text in self.texts():
            if text not in self.marks() and set(text) & set(PUNCTUATION + "*?~"):
                raise RuleError(f"{name}(): '{text}' may hold letters, figures, spaces and hyphens only")

    def texts(self) -> list[str]:
        """Every text that is looked for."""
        return [
            text for each in self.phrases for text in (each.of.values if isinstance(each, PhraseList) else [each.value])
        ]

    def marks(self) -> list[str]:
        """Those of the quoted texts that are MARKS."""
        return [each.value for each in self.phrases if isinstance(each, TextLiteral) and each.value in MARKS]

    def evaluate(self, rows: Rows) -> Array:
        spaced, marks = str.maketrans(dict.fromkeys(PUNCTUATION, " ")), self.marks()
        phrases = [f" {text.lower()} " for text in self.texts() if text not in marks]

        def contains_one(text: str) -> bool:
            padded = f" {text.translate(spaced)} "
            return any(phrase in padded for phrase in phrases) or any(mark in text for mark in marks)

        return rows.map_distinct(self.of, contains_one)

    def formula(self, cells: Cells) -> str:
        plain = cells.scalar(self.of)
        counts = self.counts(f'" "&{without_marks(plain)}&" "', " ")
        if marks := ";".join(map(quoted, self.marks())):
            counts.append(count_found(f"{{{marks}}}", plain))
        return f"({'+'.join(counts)}>0)"

    def counts(self, within: str, before: str) -> list[str]:
        """The formulas that count the phrases in a text, each after `before` and before a space."""
        quoted_texts = [
            each.value for each in self.phrases if isinstance(each, TextLiteral) and each.value not in MARKS
        ]
        sought = [f'{quoted(before)}&{each.of.name}&" "' for each in self.phrases if isinstance(each, PhraseList)]
        if quoted_texts:
            sought.insert(0, f"{{{';'.join(quoted(f'{before}{text} ') for text in quoted_texts)}}}")
        return [count_found(each, within) for each in sought]


def without_marks(text: str) -> str:
    """The formula of a text with PUNCTUATION as spaces."""
    for mark in PUNCTUATION:
        text = f'SUBSTITUTE({text},"{mark}"," ")'
    return text


def count_found(sought: str, within: str) -> str:
    """The formula that counts those of several texts that are in another one."""
    return f"SUMPRODUCT(--ISNUMBER(SEARCH({sought},{within})))"


@dataclass(frozen=True)
class BeginsWith(Contains):
    """True if the text begins with one of the phrases, as whole words and without the marks before it."""

    signature = Signature("begins_with", (TEXT, PHRASES), "truth")
    phrase = "{of} begins with {phrases}"
    negated = "{of} does not begin with {phrases}"

    def marks(self) -> list[str]:
        return []

    def evaluate(self, rows: Rows) -> Array:
        spaced = str.maketrans(dict.fromkeys(PUNCTUATION, " "))
        phrases = tuple(f"{text.lower()} " for text in self.texts())

        def begins(text: str) -> bool:
            words = [word for word in text.translate(spaced).split(" ") if word]
            return f"{' '.join(words)} ".startswith(phrases)

        return rows.map_distinct(self.of, begins)

    def formula(self, cells: Cells) -> str:
        """A slash, which the text has no more, is put before it to tell where it begins."""
        within = f'"/"&TRIM({without_marks(cells.scalar(self.of))})&" "'
        return f"({'+'.join(self.counts(within, '/'))}>0)"


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
