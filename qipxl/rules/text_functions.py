"""The functions of the rule language about texts, each with its three readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from qipxl.errors import RuleError
from qipxl.rules.expression import BoolExpr, Expression, Field, NumberExpr, TextExpr, TextLiteral, quoted
from qipxl.rules.signatures import need, need_field, need_literals

if TYPE_CHECKING:
    from qipxl.rules.evaluate import Array, Rows
    from qipxl.rules.formula import Cells


def listed(words: Sequence[str]) -> str:
    """Words as a list in English."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


PUNCTUATION = ".,;:/()"
"""Marks that count as a space between words."""
MARKS = ("/", ";")
"""Marks that may be looked for themselves, as between two names."""


@dataclass(frozen=True)
class Contains(BoolExpr):
    """True where one of the phrases stands in the text as whole words, or one of the MARKS anywhere."""

    name: ClassVar[str] = "contains"
    of: Expression
    phrases: tuple[TextLiteral, ...]

    @classmethod
    def bind(cls, arguments: Sequence[Expression]) -> Expression:
        if not arguments:
            raise RuleError("contains() needs a field, then the phrases to look for")
        need(cls.name, arguments[:1], "text")
        if not isinstance(arguments[0], Field | Join):
            raise RuleError("contains() looks into a field or a join(), not into a choice between them")
        phrases = need_literals(cls.name, arguments[1:])
        for phrase in phrases:
            if phrase.value not in MARKS and set(phrase.value) & set(PUNCTUATION + "*?~"):
                raise RuleError(f"contains(): '{phrase.value}' may hold letters, figures, spaces and hyphens only")
        return cls(arguments[0], phrases)

    def parts(self) -> tuple[Expression, ...]:
        return (self.of,)

    def evaluate(self, rows: Rows) -> Array:
        spaced = str.maketrans(dict.fromkeys(PUNCTUATION, " "))
        marks = [each.value for each in self.phrases if each.value in MARKS]
        phrases = [f" {each.value.lower()} " for each in self.phrases if each.value not in MARKS]

        def found(text: str) -> bool:
            padded = f" {text.translate(spaced)} "
            return any(phrase in padded for phrase in phrases) or any(mark in text for mark in marks)

        return rows.map_distinct(self.of, found)

    def formula(self, cells: Cells) -> str:
        text = plain = cells.scalar(self.of)
        for mark in PUNCTUATION:
            text = f'SUBSTITUTE({text},"{mark}"," ")'
        phrases = ";".join(quoted(f" {each.value} ") for each in self.phrases if each.value not in MARKS)
        marks = ";".join(quoted(each.value) for each in self.phrases if each.value in MARKS)
        searches = [(phrases, f'" "&{text}&" "'), (marks, plain)]
        counts = [f"SUMPRODUCT(--ISNUMBER(SEARCH({{{sought}}},{within})))" for sought, within in searches if sought]
        return f"({'+'.join(counts)}>0)"

    def words(self) -> str:
        return f"{self.of.words()} says {listed([each.words() for each in self.phrases])}"

    def negation(self) -> str:
        return f"{self.of.words()} does not say {listed([each.words() for each in self.phrases])}"


@dataclass(frozen=True)
class Length(NumberExpr):
    """How many characters the text has."""

    name: ClassVar[str] = "length"
    of: Expression

    @classmethod
    def bind(cls, arguments: Sequence[Expression]) -> Expression:
        need(cls.name, arguments, "text")
        return cls(arguments[0])

    def parts(self) -> tuple[Expression, ...]:
        return (self.of,)

    def evaluate(self, rows: Rows) -> Array:
        return np.array([len(text) for text in rows.value_of(self.of)], float)

    def formula(self, cells: Cells) -> str:
        return f"LEN({cells.scalar(self.of)})"

    def words(self) -> str:
        return f"the number of characters in {self.of.words()}"

    def never_blank(self) -> bool:
        return True


@dataclass(frozen=True)
class Join(TextExpr):
    """The texts one after another."""

    name: ClassVar[str] = "join"
    texts: tuple[Expression, ...]

    @classmethod
    def bind(cls, arguments: Sequence[Expression]) -> Expression:
        if len(arguments) < 2:
            raise RuleError("join() needs at least two texts")
        need(cls.name, arguments, *["text"] * len(arguments))
        return cls(tuple(arguments))

    def parts(self) -> tuple[Expression, ...]:
        return self.texts

    def evaluate(self, rows: Rows) -> Array:
        joined = rows.value_of(self.texts[0])
        for each in self.texts[1:]:
            joined = joined + rows.value_of(each)
        return joined

    def formula(self, cells: Cells) -> str:
        return f"({'&'.join(cells.scalar(each) for each in self.texts)})"

    def words(self) -> str:
        return " then ".join(each.words() for each in self.texts)


@dataclass(frozen=True)
class Shown(TextExpr):
    """A rating's word as the template shows it, which a provider may have changed."""

    name: ClassVar[str] = "shown"
    of: Field

    @classmethod
    def bind(cls, arguments: Sequence[Expression]) -> Expression:
        need(cls.name, arguments, "text")
        field = need_field(cls.name, arguments[0])
        if not field.column.shown:
            raise RuleError(f"shown({field.column.key}): only a rating has words that are shown")
        return cls(field)

    def parts(self) -> tuple[Expression, ...]:
        return (self.of,)

    def evaluate(self, rows: Rows) -> Array:
        words = dict(zip(self.of.column.options, self.of.column.shown, strict=True)) | {"": ""}
        return np.array([words[word] for word in rows.value_of(self.of)], object)

    def formula(self, cells: Cells) -> str:
        cell = cells.scalar(self.of)
        if self.of.column.options == self.of.column.shown:
            return cell
        words, shown = (";".join(map(quoted, each)) for each in (self.of.column.options, self.of.column.shown))
        return f'IF({cell}="","",INDEX({{{shown}}},MATCH({cell},{{{words}}},0)))'

    def words(self) -> str:
        return self.of.words()
