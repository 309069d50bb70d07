"""A template's rules and ratings, read whole: what is worked out for each table, and in which order it decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qipxl.rules.expression import Expression, Field, TextExpr, quoted
from qipxl.rules.lookups import nothing_of
from qipxl.rules.schema import Column, Kind, Schema

if TYPE_CHECKING:
    from qipxl.rules.evaluate import Array, Rows
    from qipxl.rules.formula import Cells


@dataclass(frozen=True)
class Band:
    """One line of a rating, or one rule: when it holds, `word` is what the cell says. `say` gives the reason."""

    code: str
    word: str
    when: Expression
    say: str = ""


@dataclass(frozen=True)
class FirstMatch(TextExpr):
    """The word of the first band that holds, from the top; `otherwise` where none does; nothing on an unused row.

    In a sheet each band has a truth column of its own, side by side, with its word above it.
    """

    used: Column
    bands: tuple[Band, ...]
    otherwise: str
    otherwise_code: str = ""
    otherwise_say: str = ""

    def parts(self) -> tuple[Expression, ...]:
        return tuple(band.when for band in self.bands)

    def decided(self, rows: Rows) -> Array:
        """For every row the number of the band that decides, from 0; the number of bands where none does."""
        if not self.bands:
            return np.zeros(rows.length, np.int64)
        table = np.column_stack([*(rows.value_of(band.when) for band in self.bands), np.ones(rows.length, bool)])
        return np.asarray(table.argmax(axis=1))

    def evaluate(self, rows: Rows) -> Array:
        words = np.array([*(band.word for band in self.bands), self.otherwise], object)
        return np.where(rows.values(self.used), words[self.decided(rows)], "")

    def formula(self, cells: Cells) -> str:
        used = cells.cell(self.used)
        words, truths = cells.side_by_side(self)
        return f'IF({used},IFERROR(INDEX({words},MATCH(TRUE,{truths},0)),{quoted(self.otherwise)}),"")'

    def words(self) -> str:
        lines = [f"{band.word}: {band.say or band.when.words()}" for band in self.bands]
        return "; ".join([*lines, f"otherwise {self.otherwise}"])

    def reasons(self) -> tuple[str, ...]:
        """What each band says for itself, then what `otherwise` does."""
        return (*(band.say for band in self.bands), self.otherwise_say)

    def codes(self) -> tuple[str, ...]:
        """The code of each band, then that of `otherwise`."""
        return (*(band.code for band in self.bands), self.otherwise_code)


@dataclass(frozen=True)
class Reason(TextExpr):
    """Why a row is rated as it is: what the band that decided says."""

    decides: FirstMatch

    def parts(self) -> tuple[Expression, ...]:
        return (self.decides,)

    def evaluate(self, rows: Rows) -> Array:
        reasons = np.array(self.decides.reasons(), object)
        return np.where(rows.values(self.decides.used), reasons[self.decides.decided(rows)], "")

    def formula(self, cells: Cells) -> str:
        used = cells.cell(self.decides.used)
        reasons, truths = cells.reasons_beside(self.decides)
        otherwise = quoted(self.decides.otherwise_say)
        return f'IF({used},IFERROR(INDEX({reasons},MATCH(TRUE,{truths},0)),{otherwise}),"")'

    def words(self) -> str:
        return "why it is rated so"


@dataclass(frozen=True)
class OnUsedRows(Expression):
    """A value as a sheet's column shows it: nothing on a row that is not used."""

    used: Column
    of: Expression

    @property
    def kind(self) -> Kind:
        return self.of.kind

    def parts(self) -> tuple[Expression, ...]:
        return (self.of,)

    def evaluate(self, rows: Rows) -> Array:
        values = rows.value_of(self.of)
        nothing = np.full(rows.length, nothing_of(self.kind), values.dtype)
        return np.where(rows.values(self.used), values, nothing)

    def formula(self, cells: Cells) -> str:
        return f"IF({cells.cell(self.used)},{cells.scalar(self.of)},{'0' if self.kind == 'date' else quoted('')})"

    def words(self) -> str:
        return self.of.words()


@dataclass(frozen=True)
class State:
    """A word a rating can give, what it is called on the sheet, its letter and colours (hexadecimal RGB without #)."""

    word: str
    shown: str
    letter: str
    fill: str
    ink: str
    say: str

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
class Label(TextExpr):
    """What a rated cell shows: the letter of its state, then a text (its word, unless the template says another)."""

    rating: Field
    letters: tuple[tuple[str, str], ...]
    text: Expression

    def parts(self) -> tuple[Expression, ...]:
        return (self.rating, self.text)

    def evaluate(self, rows: Rows) -> Array:
        letters = dict(self.letters)
        words = rows.value_of(self.rating)
        shown = rows.value_of(self.text)
        pairs = zip(words, shown, strict=True)
        return np.array([f"{letters[word]} {text}" if word else "" for word, text in pairs], object)

    def formula(self, cells: Cells) -> str:
        word = cells.scalar(self.rating)
        words, letters = (";".join(quoted(each[side]) for each in self.letters) for side in (0, 1))
        letter = f"INDEX({{{letters}}},MATCH({word},{{{words}}},0))"
        return f'IF({word}="","",{letter}&" "&{cells.scalar(self.text)})'

    def words(self) -> str:
        return f"the letter of {self.rating.words()}, then {self.text.words()}"


@dataclass(frozen=True)
class Rule:
    """What must not be true of a row; `by_reader` marks the unreadable cells that reading has reported already."""

    table: str
    code: str
    when: Expression
    say: str
    at: Column
    severity: str
    by_reader: bool = False


@dataclass(frozen=True)
class RuleBook:
    """Everything a template decides, ready for the three readings."""

    schema: Schema
    worked_out: Mapping[Column, Expression]
    ratings: Mapping[str, tuple[Rating, ...]]
    rules: Mapping[str, tuple[Rule, ...]]
    checks: Mapping[str, Column]
    shown: Mapping[str, tuple[Column, ...]]

    def counted(self, table: str) -> Rating | None:
        """The rating by which a table's rows are counted: its headline, or else its first; None where it has none."""
        ratings = self.ratings[table]
        return next((each for each in ratings if each.column.key == HEADLINE), ratings[0] if ratings else None)


HEADLINE = "headline"
"""The key of the rating that stands for a row as a whole."""
