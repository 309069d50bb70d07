"""Guesses that are only offered to a person: for a column that no rule explains, the free field that a word of its heading suggests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from qipxl.adopting.agreement import is_level, is_phrase
from qipxl.adopting.aliases import aliases
from qipxl.adopting.column_values import (
    CLEAR_SHARE,
    MOST_VALUES,
    is_code,
    is_date,
    is_person,
    is_score_word,
    is_status,
    is_text,
    said_in,
    share_of,
)
from qipxl.adopting.guesses import Guess, Guesses, Values, words_of
from qipxl.adopting.heading_words import comparable
from qipxl.adopting.mapping import CHANGE, ISSUE, MIN_CONFIDENCE, SURE
from qipxl.adopting.old_tables import OldColumn
from qipxl.text import as_text
from qipxl.workbook.headings import fold

OFFERED = 0.4
"""The confidence of a guess that is only offered."""
LEAST_OFFERED = 0.3
"""The least confidence of a guess that is shown: with one, a column needs no other."""
TICKS = frozenset(("x", "✓", "✔", "yes", "no", "y", "n", "done", "fixed"))
DAY_IN_FIGURES = 6
"""The most figures of a day such as 51121, which its heading calls a start or an end."""


def offered_guesses(guesses: Guesses, values: Values) -> Iterator[tuple[OldColumn, Guess]]:
    """A guess for each column that has none and whose heading has a word of a free field, if its values may be the field's.

    A field is free if no column is taken for it; an issue and an intended change also if a person is asked about them.
    """
    taken = {
        guess.field
        for possible in guesses.values()
        for guess in possible
        if guess.confidence >= (SURE if guess.field in (ISSUE, CHANGE) else MIN_CONFIDENCE)
    }
    none = frozenset(map(comparable, aliases().none)) - aliases().offered_though_none
    for column in sorted(guesses, key=lambda old: old.column):
        texts = said_in(values[column][:MOST_VALUES])
        explained = any(guess.confidence >= LEAST_OFFERED for guess in guesses[column])
        if explained or not texts or comparable(column.heading) in none:
            continue
        for field, words in aliases().offered.items():
            if field not in taken and fits(column, field, words, texts):
                taken.add(field)
                yield column, Guess(field, OFFERED)
                break


def fits(column: OldColumn, field: str, words: Sequence[str], texts: Sequence[object]) -> bool:
    """True if a heading has a word of a field, or all of several, and at least half of the values may be the field's."""
    named = set(words_of(column))
    kind = KINDS.get(field, may_be_text)
    return any(set(word.split()) <= named for word in words) and share_of(kind, texts) >= CLEAR_SHARE


def may_be_text(value: object) -> bool:
    """True for a text of some words, and for a name of something; not for a level, a date or a person."""
    return is_phrase(value) or (is_text(value) and not is_level(value) and not is_person(value))


def may_be_day(value: object) -> bool:
    """True for a date, and for figures that may be one."""
    text = as_text(value)
    return is_date(value) or (text.isdecimal() and DAY_IN_FIGURES - 1 <= len(text) <= DAY_IN_FIGURES + 2)


def may_be_status(value: object) -> bool:
    """True for a word of a Status and for a tick."""
    return is_status(value) or fold(as_text(value)) in TICKS


def may_be_score(value: object) -> bool:
    """True for a figure and for a word in place of one."""
    return is_code(value) or is_score_word(value) or isinstance(value, int | float)


def may_be_theme(value: object) -> bool:
    """True for a name of something, which is no level and no date."""
    return not (is_level(value) or is_date(value)) and as_text(value).strip() != ""


KINDS: Mapping[str, Callable[[object], bool]] = {
    "actions.ref": is_code,
    "actions.theme": may_be_theme,
    "actions.owner": is_person,
    "actions.start": may_be_day,
    "actions.due": may_be_day,
    "actions.completed_on": may_be_day,
    "actions.status": may_be_status,
    "actions.likelihood_start": may_be_score,
    "actions.consequence_start": may_be_score,
}
"""What the values of a field may look like; those of the other fields are texts."""
