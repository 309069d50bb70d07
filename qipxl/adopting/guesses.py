"""Guesses of what the columns of an old table mean, and the fields of a plan that they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qipxl.adopting.heading_match import comparable
from qipxl.adopting.mapping import MIN_CONFIDENCE, PROGRESS, RELATED_TABLES, SURE
from qipxl.adopting.old_tables import OldColumn

FEWEST_FIELDS, ENOUGH_FIELDS = 2, 3
"""The fewest fields of a table that is surely a list of actions, and of one that may be, next to another that may be."""
REF, ISSUE, CHANGE, CONTROL = "actions.ref", "actions.issue", "actions.intended_change", "actions.interim_control"
OWNER, GOALS = "actions.owner", ("actions.due", "actions.success_measure")
"""The owner, and what next to an owner shows that a table is a plan."""
FACTS = frozenset(("actions.owner", "actions.due", "actions.status"))
"""Fields that show that a table is a plan."""
SAYING = FACTS | {ISSUE, CHANGE, "actions.success_measure"}
"""A plan has at least one of these fields without doubt."""
TEXTS, NAMES = frozenset(("description", "detail", "summary")), frozenset(("title", "name"))
"""Headings of texts that say what a row is: what describes an action is no issue."""
SCORES = tuple((f"actions.likelihood_{when}", f"actions.consequence_{when}") for when in ("start", "now"))
"""The scores that belong together."""
SCORE_FIELDS = ("actions.likelihood_", "actions.consequence_")
"""How the fields of scores begin."""
RELATED = 0.05
"""Subtracted for a field of a related table."""
UNEXPLAINED = SURE - 0.01
"""The most confidence of a field whose listed headings do not say every word of a heading: a person is asked."""
DOUBTED = 0.5
"""The most confidence of a doubted field: it is only shown."""


@dataclass(frozen=True)
class Guess:
    """A field that a column may mean, and the confidence, from 0 to 1."""

    field: str
    confidence: float


Values = Mapping[OldColumn, Sequence[object]]
Guesses = dict[OldColumn, list[Guess]]


def ask_about(guesses: Guesses, column: OldColumn, field: str) -> None:
    """Leave a column to a person, with this field as the guess."""
    guesses[column] = [
        Guess(guess.field, min(guess.confidence, UNEXPLAINED if guess.field == field else DOUBTED))
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
