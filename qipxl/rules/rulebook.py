"""A template's rules and ratings: the expressions of each table, and the order in which they decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from qipxl.rules.expression import Array, Cells, Expression, Rows, nothing_of, quoted
from qipxl.rules.schema import Column, Kind, Schema
from qipxl.rules.terms import Field


@dataclass(frozen=True)
class Band:
    """One line of a rating, or one rule: if `when` holds, the cell says `word`; `say` is the reason, `plain` that in summaries."""

    code: str
    word: str
    when: Expression
    say: str = ""
    plain: str = ""


@dataclass(frozen=True)
class FirstMatch(Expression):
    """The word of the first band that holds, from the top; `otherwise` if none does; nothing on an unused row.

    On a sheet the number of the band that decides is a column of its own; words and reasons are looked up by that number.
    """

    gives = "text"
    used: Column
    bands: tuple[Band, ...]
    otherwise: str
    otherwise_code: str = ""
    otherwise_say: str = ""
    otherwise_plain: str = ""

    def columns(self) -> Iterator[Column]:
        for band in self.bands:
            yield from band.when.columns()

    def decided(self, rows: Rows) -> Array:
        """For every row the index of the band that decides; the number of bands if none does."""
        if not self.bands:
            return np.zeros(rows.length, np.int64)
        table = np.column_stack([*(rows.value_of(band.when) for band in self.bands), np.ones(rows.length, bool)])
        return np.asarray(table.argmax(axis=1))

    def evaluate(self, rows: Rows) -> Array:
        words = np.array([*(band.word for band in self.bands), self.otherwise], object)
        return np.where(rows.values(self.used), words[self.decided(rows)], "")

    def formula(self, cells: Cells) -> str:
        return looked_up(cells.decided(self), cells.band_words(self))

    def number_formula(self, cells: Cells) -> str:
        """The number of the band that decides, from 1; one more than there are bands if none does; 0 on an unused row.

        The least of all numbers and not an IF within an IF, because Excel nests 64 functions at most.
        """
        numbers = [f"IF({cells.scalar(band.when)},{number},999)" for number, band in enumerate(self.bands, 1)]
        least = f"MIN({','.join(numbers)},{len(numbers) + 1})" if numbers else "1"
        return f"IF({cells.cell(self.used)},{least},0)"

    def numbers(self, rows: Rows) -> Array:
        """For every row what `number_formula` gives."""
        return np.where(rows.values(self.used), self.decided(rows) + 1.0, 0.0)

    def words(self) -> str:
        lines = [f"{band.word}: {band.say or band.when.words()}" for band in self.bands]
        return "; ".join([*lines, f"otherwise {self.otherwise}"])

    def reasons(self) -> tuple[str, ...]:
        """The reason of each band, then that of `otherwise`."""
        return (*(band.say for band in self.bands), self.otherwise_say)

    def plain_reasons(self) -> tuple[str, ...]:
        """The reason of each band in summaries, then that of `otherwise`."""
        plain = (*(band.plain for band in self.bands), self.otherwise_plain)
        return tuple(text or say for text, say in zip(plain, self.reasons(), strict=True))

    def codes(self) -> tuple[str, ...]:
        """The code of each band, then that of `otherwise`."""
        return (*(band.code for band in self.bands), self.otherwise_code)


@dataclass(frozen=True)
class Reason(Expression):
    """Why a row has its rating: the reason of the band that decided."""

    gives = "text"
    phrase = "why it is rated so"
    decides: FirstMatch

    def evaluate(self, rows: Rows) -> Array:
        reasons = np.array(self.decides.reasons(), object)
        return np.where(rows.values(self.decides.used), reasons[self.decides.decided(rows)], "")

    def formula(self, cells: Cells) -> str:
        return looked_up(cells.decided(self.decides), cells.band_reasons(self.decides))


def looked_up(number: str, texts: str) -> str:
    """The formula of a text by its number; an empty text for 0."""
    return f'IF({number}=0,"",INDEX({texts},{number})&"")'


@dataclass(frozen=True)
class OnUsedRows(Expression):
    """A value as a column of the sheet shows it: nothing on an unused row."""

    phrase = "{of}"
    used: Column
    of: Expression

    @property
    def kind(self) -> Kind:
        return self.of.kind

    def evaluate(self, rows: Rows) -> Array:
        values = rows.value_of(self.of)
        nothing = np.full(rows.length, nothing_of(self.kind), values.dtype)
        return np.where(rows.values(self.used), values, nothing)

    def formula(self, cells: Cells) -> str:
        return f"IF({cells.cell(self.used)},{cells.scalar(self.of)},{'0' if self.kind == 'date' else quoted('')})"


@dataclass(frozen=True)
class State:
    """A word of a rating, its text on the sheet, its letter and colours (hexadecimal RGB without #), and its text in summaries."""

    word: str
    shown: str
    letter: str
    fill: str
    ink: str
    say: str
    plain: str = ""

    @property
    def label(self) -> str:
        """What a rated cell shows, as in “R Off track”."""
        return f"{self.letter} {self.shown}"


@dataclass(frozen=True)
class Rating:
    """A rating of a table's rows: its states from worst to best, and the bands that decide."""

    column: Column
    decides: FirstMatch
    states: tuple[State, ...]
    label: Field
    because: Column | None = None

    def state(self, word: str) -> State:
        return next(state for state in self.states if state.word == word)


@dataclass(frozen=True)
class Label(Expression):
    """What a rated cell shows: the letter of its state, then a text (its word, unless the template has another)."""

    gives = "text"
    phrase = "the letter of {rating}, then {text}"
    rating: Field
    letters: tuple[tuple[str, str], ...]
    text: Expression

    def evaluate(self, rows: Rows) -> Array:
        letters = dict(self.letters)
        words = rows.value_of(self.rating)
        shown = rows.value_of(self.text)
        pairs = zip(words, shown, strict=True)
        return np.array([f"{letters[word]} {text}" if word else "" for word, text in pairs], object)

    def formula(self, cells: Cells) -> str:
        word = cells.scalar(self.rating)
        words, letters = (";".join(map(quoted, texts)) for texts in zip(*self.letters, strict=True))
        letter = f"INDEX({{{letters}}},MATCH({word},{{{words}}},0))"
        return f'IF({word}="","",{letter}&" "&{cells.scalar(self.text)})'


@dataclass(frozen=True)
class Rule:
    """A check: `when` must not be true of a row. `by_reader` marks unreadable cells that reading has already reported.

    In a plan that was taken over from an old one it is asked from the month `ask_from` of the plan on; `postponed` is true of a
    row that will break it then.
    """

    table: str
    code: str
    when: Expression
    say: str
    at: Column
    severity: str
    by_reader: bool = False
    ask_from: int = 1
    postponed: Expression | None = None


@dataclass(frozen=True)
class RuleBook:
    """All expressions of a template, by table; `checks` and `shown` are the columns that its sheets show."""

    schema: Schema
    worked_out: Mapping[Column, Expression]
    ratings: Mapping[str, tuple[Rating, ...]]
    rules: Mapping[str, tuple[Rule, ...]]
    checks: Mapping[str, Column]
    shown: Mapping[str, tuple[Column, ...]]

    def main_rating(self, table: str) -> Rating | None:
        """The rating that a table's rows are counted by: its headline, or its first; None if it has none."""
        ratings = self.ratings[table]
        return next((rating for rating in ratings if rating.column.key == HEADLINE), ratings[0] if ratings else None)

    @property
    def last_asked(self) -> int:
        """The month of a plan from which all its rules are asked, if it was taken over from an old one."""
        return max((rule.ask_from for rules in self.rules.values() for rule in rules), default=1)


HEADLINE = "headline"
"""The key of the overall rating of a row."""
