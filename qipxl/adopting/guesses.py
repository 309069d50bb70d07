"""Guesses of what the columns of an old table mean, and the fields of a plan that they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from qipxl.adopting.heading_words import comparable
from qipxl.adopting.mapping import CHANGE, FACTS, ISSUE, LIKELY, MIN_CONFIDENCE, PROGRESS, RELATED_TABLES, SURE
from qipxl.adopting.old_tables import OldColumn

FEWEST_FIELDS, ENOUGH_FIELDS = 2, 3
"""The fewest fields of a table that is surely a list of actions, and of one that may be, next to another that may be."""
CONTROL = "actions.interim_control"
OWNER, GOALS = "actions.owner", ("actions.due", "actions.success_measure")
"""The owner, and what next to an owner shows that a table is a plan."""
SAYING = FACTS | {ISSUE, CHANGE, "actions.success_measure"}
"""A plan has at least one of these fields without doubt."""
TEXTS, NAMES = frozenset(("description", "detail", "summary")), frozenset(("title", "name"))
"""Headings of texts that say what a row is: what describes an action is no issue."""
SCORES = tuple((f"actions.likelihood_{when}", f"actions.consequence_{when}") for when in ("start", "now"))
"""The scores that belong together."""
SCORE_FIELDS = ("actions.likelihood_", "actions.consequence_")
"""How the fields of scores begin."""
SAME = 0.01
"""The difference of confidence below which two columns mean a field equally well."""
RELATED = 0.05
"""Subtracted for a field of a related table."""
UNEXPLAINED = SURE - 0.01
"""The most confidence of a field whose listed headings do not say every word of a heading: a person is asked."""
DOUBTED = LIKELY - 0.05
"""The most confidence of a field that something speaks against: it is shown, and not filled in for a person to confirm."""


@dataclass(frozen=True)
class Guess:
    """A field that a column may mean, and the confidence, from 0 to 1.

    `is_doubted` is true if something speaks against it: a heading of another list, texts that are not the field's.
    """

    field: str
    confidence: float
    is_doubted: bool = False

    @property
    def offered(self) -> float:
        """The confidence with which a person is asked about the field."""
        return min(self.confidence, DOUBTED) if self.is_doubted else self.confidence

    def at_most(self, confidence: float) -> Guess:
        """The guess with no more than this confidence."""
        return replace(self, confidence=min(self.confidence, confidence))


Values = Mapping[OldColumn, Sequence[object]]
Guesses = dict[OldColumn, list[Guess]]


def ask_about(guesses: Guesses, column: OldColumn, field: str, *, is_doubted: bool = False) -> None:
    """Leave a column to a person, with this field as the guess."""
    guesses[column] = [
        replace(guess.at_most(UNEXPLAINED), is_doubted=guess.is_doubted or is_doubted)
        if guess.field == field
        else guess.at_most(DOUBTED)
        for guess in guesses[column]
    ]


def is_consequence(guess: Guess) -> bool:
    """True for a guess that is used: a score of a consequence."""
    return guess.field.startswith("actions.consequence_") and guess.confidence >= MIN_CONFIDENCE


def tables_with(into: str) -> tuple[str, ...]:
    """A table, and the related ones whose fields its rows may fill."""
    return (into, *RELATED_TABLES.get(into, ()))


def words_of(column: OldColumn) -> list[str]:
    """The words of a heading, for comparison."""
    return comparable(column.heading).split()


def chosen_fields(guesses: Mapping[OldColumn, Sequence[Guess]]) -> dict[OldColumn, str]:
    """The field of each column, highest confidence first, then from the left; no field twice. Of two updates the last one counts."""
    pairs = [(column, guess) for column, possible in guesses.items() for guess in possible]
    pairs.sort(
        key=lambda pair: (-round(pair[1].confidence, 3), pair[0].column * (-1 if pair[1].field == PROGRESS else 1))
    )
    chosen: dict[OldColumn, str] = {}
    taken: set[str] = set()
    for column, guess in pairs:
        if guess.confidence >= MIN_CONFIDENCE and column not in chosen and guess.field not in taken:
            chosen[column] = guess.field
            taken.add(guess.field)
    return chosen
