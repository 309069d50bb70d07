"""What one column of an old table may mean: the fields that its heading and its values suggest, each with a confidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set

from qipxl.adopting.agreement import agrees
from qipxl.adopting.aliases import aliases, own_field
from qipxl.adopting.column_values import (
    CLEAR_SHARE,
    MOST_VALUES,
    TEXTS_ONLY,
    are_few_words,
    confirmation,
    is_code,
    is_date,
    is_long_text,
    is_person,
    is_sentence,
    is_status,
    is_surely_person,
    is_text,
    share_of,
    value_fit,
)
from qipxl.adopting.guesses import (
    DOUBTED,
    FEWEST_FIELDS,
    RELATED,
    SCORES,
    UNEXPLAINED,
    Guess,
    Guesses,
    Values,
    chosen_fields,
    tables_with,
    words_of,
)
from qipxl.adopting.heading_match import (
    FIRST,
    LISTED,
    MISSPELT,
    REF_WORDS,
    TEXTS_APART,
    THIRD,
    heading_score,
    is_explained,
    is_mixed,
    name_score,
)
from qipxl.adopting.heading_words import comparable
from qipxl.adopting.mapping import CHANGE, FACTS, ISSUE, LIKELY, MIN_CONFIDENCE, PROGRESS, REF
from qipxl.adopting.old_tables import OldColumn
from qipxl.template import FieldLine, Template
from qipxl.text import as_text

CHILD_FIELDS = ("evidence.description", "evidence.kept_at", "milestones.milestone", "reviews.finding")
"""The fields of other tables that a column of a table of actions may fill."""
THEME = "actions.theme"
APART = frozenset(map(".".join, TEXTS_APART))
"""The fields of texts that one heading does not mean together."""
SCORES_NOW = SCORES[1]
LIKE_ISSUES = (ISSUE, CHANGE, "actions.success_measure", "actions.theme")
"""Fields that a column of issues may be taken for by its heading."""
NO_ISSUE = frozenset(
    (
        "impact",
        "monitoring",
        "evidence",
        "resource",
        "cost",
        "level",
        "scope",
        "indicator",
        "result",
        "benefit",
        "name",
        "related",
        "linked",
        "reference",
        "asset",
        "support",
        "category",
        "focus",
        "practice",
    )
)
"""Words of headings of texts that are no issue."""
NO_PLAN = NO_ISSUE | frozenset(
    (
        "purpose",
        "control",
        "cause",
        "effect",
        "state",
        "situation",
        "standard",
        "requirement",
        "criterion",
        "assumption",
        "dependency",
    )
)
"""Words of headings of texts that say neither what is wrong nor what is to be done."""
MANY_NAMES = (PROGRESS, "actions.success_measure")
"""Fields of whose listed headings only the first choices are sure."""
FROM_VALUES = 0.57
"""The confidence of a field that only the values of a column suggest."""
LIKE_SHARE = 0.8
"""The share of values that must look alike for that."""
SURE_PEOPLE = 0.3
"""The share of names that must begin with a usual given name or be a role."""


def guesses_from_heading(column: OldColumn, values: Sequence[object], into: str, template: Template) -> list[Guess]:
    """The fields that a heading may mean, with a confidence that the values raise or lower."""
    if own := own_field(column.heading, tables_with(into)):
        return [Guess(own, 1.0)]
    no_field = name_score(column.heading, tuple(aliases().none))
    fields = {
        f"{table}.{field.key}": (field, heading_score(column.heading, table, field))
        for table in tables_with(into)
        for field in (template.tables[table].field if table in template.tables else ())
        if table == into or f"{table}.{field.key}" in CHILD_FIELDS
    }
    listed = any(confidence >= LISTED for _, confidence in fields.values())
    guesses, unclear = [], 0.0
    for name, (field, confidence) in fields.items():
        guessed_list = field.type == "choice" and field.list != "status" and confidence < LISTED
        if confidence >= (LISTED if listed else 0.01) and not guessed_list:
            fit = value_fit(template, field, values, listed=confidence >= LISTED)
            sure = confidence + fit - (0.0 if name.startswith(f"{into}.") else RELATED)
            if confidence < LISTED:
                sure += confirmation(field, values)
            elif field.names_staff and confidence < FIRST:
                sure += min(0.0, confirmation(field, values))
            seldom = is_seldom_meant(name, confidence, values)
            if seldom or (field.key in TEXTS_ONLY and are_few_words(values)) or is_no_theme(name, column, values):
                sure = min(sure, MIN_CONFIDENCE)
            if (not values and confidence < MISSPELT) or (name in APART and is_mixed(column.heading)):
                sure = min(sure, MIN_CONFIDENCE)
            fits = sure < LIKELY or agrees(template, field, confidence, values)
            if sure > UNEXPLAINED and not (fits and is_clear(column, name, field, values)):
                unclear, sure = max(unclear, sure), UNEXPLAINED
            doubtful = no_field >= max(0.9, sure - 0.04)
            guesses.append(Guess(name, min(sure, DOUBTED) if doubtful else sure, not fits and not field.names_staff))
    if max((guess.confidence for guess in guesses), default=0.0) < unclear:
        # the heading's first meaning is not clear, so it has no second one
        guesses = [guess.at_most(UNEXPLAINED) for guess in guesses]
    first = max(guesses, key=lambda guess: guess.confidence, default=None)
    if first is not None and first.is_doubted:  # what the values are not, so the heading's other meanings are no better
        guesses = [guess if guess is first else guess.at_most(DOUBTED) for guess in guesses]
    return guesses


def is_clear(column: OldColumn, name: str, field: FieldLine, values: Sequence[object]) -> bool:
    """True for a heading that surely means the field: every word is explained, and no other field is as likely.

    What else ends with a word of references is one if no value repeats; a measure of success and an update have many names that
    mean other things too, such as Target and Response.
    """
    table = name.partition(".")[0]
    if name in MANY_NAMES and heading_score(column.heading, table, field, first_only=True) < LISTED:
        return False
    if is_explained(column.heading, table, field):
        return True
    texts = list(map(as_text, values))
    return name == REF and words_of(column)[-1] in REF_WORDS and len(set(texts)) == len(texts)


def is_seldom_meant(name: str, confidence: float, values: Sequence[object]) -> bool:
    """True for a heading that seldom means the field: Impact for the impact now; Status for an update, unless it has texts."""
    texts = name == PROGRESS and share_of(is_long_text, values[:MOST_VALUES]) >= CLEAR_SHARE
    return confidence <= THIRD and not texts and name in (PROGRESS, *SCORES_NOW)


def is_no_theme(name: str, column: OldColumn, values: Sequence[object]) -> bool:
    """True for texts below a heading that is not a first choice for a theme: Objective."""
    later = comparable(column.heading) in map(comparable, aliases().later[0]["actions"]["theme"])
    return name == THEME and later and share_of(is_long_text, values[:MOST_VALUES]) >= CLEAR_SHARE


def guesses_from_values(values: Values, guesses: Guesses) -> Iterator[tuple[OldColumn, Guess]]:
    """The fields that only the values of a column suggest, if no heading means them."""
    chosen = chosen_fields(guesses)
    taken = set(chosen.values())
    none = set(map(comparable, aliases().none))
    free = [column for column in values if column not in chosen and values[column]]
    unknown = [column for column in free if comparable(column.heading) not in none]

    def alike(columns: Sequence[OldColumn], kind: Callable[[object], bool]) -> list[OldColumn]:
        return [column for column in columns if share_of(kind, values[column][:MOST_VALUES]) >= LIKE_SHARE]

    different = {column: len(set(map(as_text, values[column]))) for column in unknown}
    worded = [
        column
        for column in unknown
        if different[column] > max(1, 0.5 * len(values[column])) and NO_PLAN.isdisjoint(words_of(column))
    ]
    texts = alike(worded, is_sentence)
    if not texts and len(taken & FACTS) >= FEWEST_FIELDS:
        texts = sorted(alike(worded, is_text), key=lambda column: -mean_length(values[column]))[:1]
    people = [
        column
        for column in alike(unknown, is_person)
        if share_of(is_surely_person, values[column]) >= SURE_PEOPLE
        and (aliases().past | aliases().others).isdisjoint(words_of(column))
    ]
    dated = [column for column in alike(unknown, is_date) if "review" not in words_of(column)]
    past = [column for column in dated if not aliases().past.isdisjoint(words_of(column))]
    dates = [column for column in dated if column not in past]
    found = {
        "actions.ref": [
            column
            for column in alike(unknown, is_code)[:1]
            if column == min(values, key=lambda old: old.column) and different[column] == len(values[column])
        ],
        "actions.status": alike(free, is_status)[:1],
        "actions.owner": people[:1],
        "actions.start": past[:1]
        or [column for column in dates if "actions.due" in taken and comparable(column.heading) == "date"],
        "actions.due": [column for column in dates if may_be_due(column, taken)] if len(dates) == 1 else [],
    }
    if taken.isdisjoint({"actions.issue", "actions.intended_change"}):
        facts = {field for field in FACTS if taken and (field in taken or found[field])}
        problems = any(comparable(column.heading).split()[:1] in (["issue"], ["risk"]) for column in values)
        changes = (texts[1:2] or texts) if facts and not problems else []
        found |= {
            "actions.intended_change": changes,
            "actions.issue": [text for text in texts[:1] if taken and text not in changes],
        }
    elif ISSUE not in taken:  # what a plan says before the change is what it is about
        change = next((column for column, field in chosen.items() if field == CHANGE), None)
        before = [
            text
            for text in alike(unknown, is_sentence)
            if change is not None and text.column < change.column and NO_ISSUE.isdisjoint(words_of(text))
            if not any(guess.confidence >= DOUBTED for guess in guesses[text] if guess.field not in LIKE_ISSUES)
        ]
        named = [text for text in before if any(guess.field == ISSUE for guess in guesses[text])]
        found[ISSUE] = (named or before)[-1:]
    for field, columns in found.items():
        if field not in taken:
            yield from ((column, Guess(field, FROM_VALUES)) for column in columns)


def may_be_due(column: OldColumn, taken: Set[str]) -> bool:
    """True if the only dates of a table may say by when: the heading says so, or is Date next to actions without scores."""
    lone = comparable(column.heading) == "date" and taken.isdisjoint(field for pair in SCORES for field in pair)
    return lone or not aliases().future.isdisjoint(words_of(column))


def mean_length(values: Sequence[object]) -> float:
    """The mean number of characters of values."""
    return sum(len(as_text(value)) for value in values) / len(values)
