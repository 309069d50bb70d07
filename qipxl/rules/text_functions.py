"""The functions of the rule language about texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from qipxl.errors import RuleError
from qipxl.rules.expression import Array, Cells, Expression, Rows, quoted
from qipxl.rules.schema import Column, WordList
from qipxl.rules.signatures import PHRASES, TEXT, TEXT_FIELD, TEXTS, Function, Signature
from qipxl.rules.terms import Field, PhraseList, TextLiteral
from qipxl.text import folded

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
class AllIn(Function):
    """True if the text is a word of one of the template's lists, or several of them with ; between, in any case.

    In both readings ; marks the beginning and | the end of each part; what is left without the words of the lists is in none.
    """

    hoisted = True
    signature = Signature("all_in", (TEXT, PHRASES), "truth")
    phrase = "each part of {of}, with ; between, is {lists}"
    negated = "a part of {of}, with ; between, is not {lists}"
    of: Expression
    lists: tuple[TextLiteral | PhraseList, ...]

    def check(self) -> None:
        if not all(isinstance(each, PhraseList) for each in self.lists):
            raise RuleError("all_in(): after the text come lists of the template, as in lists.cqc_statement")

    def evaluate(self, rows: Rows) -> Array:
        words = [f";{word.lower()}|" for each in self.known for word in each.values]

        def has_only_words(text: str) -> bool:
            parts = f";{text.replace('; ', ';').replace(' ;', ';').replace(';', '|;')}|"
            found = sum(len(parts) - len(parts.replace(word, "")) for word in words)
            return text != "" and found >= len(parts.replace(";|", ""))

        return rows.map_distinct(self.of, has_only_words)

    @property
    def known(self) -> tuple[WordList, ...]:
        """The lists."""
        return tuple(each.of for each in self.lists if isinstance(each, PhraseList))

    def others(self, text: str) -> list[str]:
        """The parts of a text that are in none of the lists."""
        words = {folded(word) for words in self.known for word in words.values}
        return [part for part in map(str.strip, text.split(";")) if part and folded(part) not in words]

    def formula(self, cells: Cells) -> str:
        text = cells.scalar(self.of)
        parts = f'";"&SUBSTITUTE(SUBSTITUTE(SUBSTITUTE(LOWER({text}),"; ",";")," ;",";"),";","|;")&"|"'
        names = [each.name for each in self.known]
        found = "+".join(
            f'SUMPRODUCT(LEN({parts})-LEN(SUBSTITUTE({parts},";"&LOWER({name})&"|","")))' for name in names
        )
        return f'IF({text}="",FALSE,{found}>=LEN(SUBSTITUTE({parts},";|","")))'


def lists_asked(expression: Expression) -> Iterator[AllIn]:
    """Every test in an expression whether a text is made of words of lists."""
    if isinstance(expression, AllIn):
        yield expression
    for field in fields(expression):
        operands = getattr(expression, field.name)
        for operand in operands if isinstance(operands, tuple) else (operands,):
            if isinstance(operand, Expression):
                yield from lists_asked(operand)


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
        return texts_of_words(rows.value_of(self.of), self.of.column.options, self.of.column.shown)

    def formula(self, cells: Cells) -> str:
        cell = cells.scalar(self.of)
        if self.of.column.options == self.of.column.shown:
            return cell
        return f'IF({cell}="","",{matching(cell, self.of.column.options, self.of.column.shown)})'


@dataclass(frozen=True)
class Letter(Function):
    """The letter of a rating."""

    signature = Signature("letter", (TEXT_FIELD,), "text")
    phrase = "the letter of {of}"
    of: Field

    def check(self) -> None:
        if not self.of.column.letters:
            raise RuleError(f"letter({self.of.column.key}): only a rating has letters")

    def evaluate(self, rows: Rows) -> Array:
        return texts_of_words(rows.value_of(self.of), self.of.column.options, self.of.column.letters)

    def formula(self, cells: Cells) -> str:
        cell = cells.scalar(self.of)
        return f'IF({cell}="","",{matching(cell, self.of.column.options, self.of.column.letters)})'


@dataclass(frozen=True)
class Plain(Function):
    """A rating in plain words, with a capital letter; plain words of other ratings are filled in where they are named."""

    signature = Signature("plain", (TEXT_FIELD,), "text")
    phrase = "{of} in plain words"
    of: Field

    def check(self) -> None:
        if not self.of.column.plain:
            raise RuleError(f"plain({self.of.column.key}): only a rating has plain words")
        for named in self.named():
            if any(isinstance(part, Column) for parts in named.plain for part in parts):
                raise RuleError(
                    f"plain({self.of.column.key}): it names {named.key}, whose plain words name a rating too"
                )

    def named(self) -> list[Column]:
        """The other ratings whose plain words belong in those of this one."""
        return list(dict.fromkeys(part for parts in self.of.column.plain for part in parts if isinstance(part, Column)))

    def columns(self) -> Iterator[Column]:
        yield self.of.column
        yield from self.named()

    def words_by_parts(self) -> dict[tuple[str | Column, ...], list[str]]:
        """The words of the rating with each way to put its plain words together, if they name another rating."""
        found: dict[tuple[str | Column, ...], list[str]] = {}
        for word, parts in zip(self.of.column.options, self.of.column.plain, strict=True):
            if any(isinstance(part, Column) for part in parts):
                found.setdefault(parts, []).append(word)
        return found

    def evaluate(self, rows: Rows) -> Array:
        words = rows.value_of(self.of)
        texts = texts_of_words(words, self.of.column.options, plain_texts(self.of.column, capital=True))
        for parts, of_words in self.words_by_parts().items():
            filled = np.full(rows.length, "", object)
            for number, part in enumerate(parts):
                capital = number == 0
                if isinstance(part, Column):
                    filled = filled + texts_of_words(
                        rows.values(part), part.options, plain_texts(part, capital=capital)
                    )
                else:
                    filled = filled + (with_capital(part) if capital else part)
            texts = np.where(np.isin(words.astype(str), of_words), filled, texts)
        return texts

    def formula(self, cells: Cells) -> str:
        cell = cells.scalar(self.of)
        by_parts = self.words_by_parts()
        alone = [word for word in self.of.column.options if not any(word in words for words in by_parts.values())]
        chosen = [(words, self.filled(parts, cells)) for parts, words in by_parts.items()]
        if alone:
            chosen.append((alone, matching(cell, self.of.column.options, plain_texts(self.of.column, capital=True))))
        formula = chosen[-1][1]
        for words, text in reversed(chosen[:-1]):
            formula = f"IF(OR({','.join(f'{cell}={quoted(word)}' for word in words)}),{text},{formula})"
        return f'IF({cell}="","",{formula})'

    def filled(self, parts: tuple[str | Column, ...], cells: Cells) -> str:
        """The formula of plain words that name other ratings."""
        texts = []
        for number, part in enumerate(parts):
            if isinstance(part, Column):
                texts.append(matching(cells.cell(part), part.options, plain_texts(part, capital=number == 0)))
            else:
                texts.append(quoted(with_capital(part) if number == 0 else part))
        return "&".join(texts)


def plain_texts(rating: Column, *, capital: bool) -> list[str]:
    """The plain words for each word of a rating, without other ratings that they name."""
    texts = ("".join(part for part in parts if isinstance(part, str)) for parts in rating.plain)
    return [with_capital(text) if capital else text for text in texts]


def with_capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def texts_of_words(values: Array, words: Sequence[str], texts: Sequence[str]) -> Array:
    """For each value, the text of the word that it is; "" for nothing."""
    text_of = dict(zip(words, texts, strict=True)) | {"": ""}
    return np.array([text_of[value] for value in values], object)


def matching(cell: str, words: Sequence[str], texts: Sequence[str]) -> str:
    """The formula of the text for the word in a cell."""
    return f"INDEX({{{';'.join(map(quoted, texts))}}},MATCH({cell},{{{';'.join(map(quoted, words))}}},0))"
