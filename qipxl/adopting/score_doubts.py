"""What scores next to a column say about it, and what makes a score doubtful: a guess is lowered, so that a person is asked."""

from __future__ import annotations

from dataclasses import replace

from qipxl.adopting.aliases import aliases
from qipxl.adopting.column_values import is_score_word, share_of
from qipxl.adopting.guesses import (
    CONTROL,
    DOUBTED,
    SAME,
    SCORE_FIELDS,
    SCORES,
    Guesses,
    Values,
    ask_about,
    chosen_fields,
    is_consequence,
    words_of,
)
from qipxl.adopting.heading_match import OTHER_SCORE
from qipxl.adopting.heading_words import comparable
from qipxl.adopting.mapping import ISSUE
from qipxl.adopting.old_tables import OldColumn

TARGET = "actions.risk_target"
AIMS = frozenset(("aim", "objective", "goal", "intent"))
HIGHEST_SCORE = 5
SCORE_SHARE = 0.5
"""The share of words in place of scores from which a column has words."""
IMPACTS = OTHER_SCORE["likelihood"]
"""The last words of headings of impacts."""
WEIGHTS = frozenset(("weight", "weighting", "multiplier", "factor"))
"""Words of headings of figures by which scores are multiplied."""


def without_aims_of_risks(guesses: Guesses) -> None:
    """Take no aim or objective next to scores as the issue: the risk is."""
    if not {field for pair in SCORES for field in pair}.isdisjoint(chosen_fields(guesses).values()):
        for column in guesses:
            if comparable(column.heading) in AIMS:
                guesses[column] = [guess for guess in guesses[column] if guess.field != ISSUE]


def doubt_without_risks(guesses: Guesses) -> None:
    """Ask about a target score, which may be of a maturity, and the description of a control, which may be a requirement, in a table
    without risks.
    """
    fields = {field: column for column, field in chosen_fields(guesses).items()}
    scored = not {field for pair in SCORES for field in pair}.isdisjoint(fields)
    if scored or any("risk" in words_of(column) for column in guesses):
        return
    if TARGET in fields:
        ask_about(guesses, fields[TARGET], TARGET, is_doubted=True)
    control = fields.get(CONTROL)
    if control is not None and words_of(control)[0] == "control" and words_of(control)[-1] in aliases().tails:
        ask_about(guesses, control, CONTROL, is_doubted=True)


def prefer_impact(guesses: Guesses) -> None:
    """Take an impact as the consequence, not a severity next to it, which may be the product."""
    scored = [column for column, possible in guesses.items() if any(is_consequence(guess) for guess in possible)]
    if any({"impact", "consequence"} & set(words_of(column)) for column in scored):
        for column in scored:
            if "severity" in words_of(column) and "impact" not in words_of(column):
                guesses[column] = [guess for guess in guesses[column] if not is_consequence(guess)]


def doubt_one_of_several_impacts(guesses: Guesses) -> None:
    """Doubt impacts of several kinds, such as Schedule impact and Budget impact: none of them alone is the consequence of the risk."""
    for _, field in SCORES:
        found = {
            column: guess.confidence
            for column, possible in guesses.items()
            for guess in possible
            if guess.field == field and is_consequence(guess) and words_of(column)[-1] in IMPACTS
        }
        kinds = {" ".join(words_of(column)) for column in found}
        if len(kinds) > 1 and max(found.values()) - min(found.values()) < SAME:
            for column in found:
                ask_about(guesses, column, field, is_doubted=True)


def doubt_weights(guesses: Guesses) -> None:
    """Doubt a weight, such as Impact weight: a score is multiplied by it."""
    for column in guesses:
        if not WEIGHTS.isdisjoint(words_of(column)):
            guesses[column] = [
                replace(guess, is_doubted=True) if guess.field.startswith(SCORE_FIELDS) else guess
                for guess in guesses[column]
            ]


def without_lone_score_words(guesses: Guesses, values: Values) -> None:
    """Doubt words such as High as a likelihood without a consequence, or as a consequence without a likelihood: they may be a level.

    Doubt figures too if the other score has some above 5: both are on a scale to 10.
    """
    while lone := lone_score_words(guesses, values):
        column, field = lone
        guesses[column] = [guess.at_most(DOUBTED) if guess.field == field else guess for guess in guesses[column]]


def lone_score_words(guesses: Guesses, values: Values) -> tuple[OldColumn, str] | None:
    """A column with the likelihood or consequence that it would fill without the other of the two, of words or on a scale to 10."""
    fields = {field: column for column, field in chosen_fields(guesses).items()}
    for pair in SCORES:
        lone = fields.keys() & set(pair)
        for field in lone if len(lone) == 1 else ():
            others = next(names for kind, names in OTHER_SCORE.items() if kind in field)
            above = any(
                isinstance(value, int | float) and value > HIGHEST_SCORE
                for column in values
                if not others.isdisjoint(words_of(column))
                for value in values[column]
            )
            if above or share_of(is_score_word, values[fields[field]]) >= SCORE_SHARE:
                return fields[field], field
    return None
