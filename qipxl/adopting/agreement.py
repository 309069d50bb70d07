"""Whether the values of a column are what its heading promises. A field is filled unasked only if they are, whatever the heading says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from qipxl.adopting.aliases import aliases
from qipxl.adopting.column_values import (
    CLEAR_SHARE,
    FEWEST_REPEATED,
    MOST_VALUES,
    is_code,
    is_date,
    is_option,
    is_person,
    is_status,
    is_surely_person,
    may_be_person,
    said_in,
    share_of,
)
from qipxl.adopting.heading_match import FIRST
from qipxl.template import FieldLine, Template
from qipxl.text import as_text
from qipxl.workbook.cells import CellError
from qipxl.workbook.headings import fold

LETTERS = re.compile(r"[^\W\d_]+")
SHORTEST_ACT, SHORTEST_STATEMENT, SHORTEST_ANY = 3, 4, 12
"""The fewest words of a text that begins with an act which is a thing too, of one that says something, and of one that says what will
be done in whatever words."""
FIRST_WORDS = 4
"""The first words of a text, in which “to” says that someone is to do something: Staff to sign."""
LONGEST_LETTERS = 3
"""The most letters of a reference without a figure."""
SHORTEST_SENTENCE, MOST_SENTENCES = 5, 0.3
"""The fewest words of a sentence, and the most sentences of a column of themes."""
LEAST_STATUSES, TICKS = 2 / 3, frozenset(("yes", "no"))
"""The least share of known words of a Status, and words in place of one: Done? Yes."""
KNOWN_WORDS = frozenset(("must_should", "regulation"))
"""The fields of choices that no word of a provider's own can mean: a regulation of another law is none of the list."""
WHEN = frozenset(("by", "throughout", "within", "until", "before", "during", "end", "after", "ongoing"))
"""The first words of a text that says when."""
MOST_TIME_WORDS = 8
"""The most words of such a text."""
MOST_STATUS_WORDS = 3
"""The most words of one Status."""
MANY, FEWEST_DIFFERENT = 10, 0.2
"""From this number of texts on, at least this share must differ to say what will be done; two texts in turn in every row do not."""
FORMULA, MOST_FORMULAS = "=", 0.1
"""The first character of a formula, and the share of formulas that were never worked out from which a column is no text."""
MOST_PEOPLE, MOST_NAMES = 0.3, 0.8
"""The share of names that surely are people's from which a column does not say what is wrong or what will be done, and the share of names
of anything from which it does not say what will be done."""


def agrees(template: Template, field: FieldLine, confidence: float, values: Sequence[object]) -> bool:
    """True if the values below a heading are the field's: sentences, names of people, words of a Status.

    An empty column agrees; a column of people with “TBD” in every row does not.
    """
    readable = said_in([value for value in values if not isinstance(value, CellError)][:MOST_VALUES])
    if not readable:
        return not (field.names_staff and values)
    if share_of(is_formula, readable) >= MOST_FORMULAS:
        return False
    if field.names_staff:
        first = field.key == "owner" and confidence >= FIRST
        return share_of(names_no_result if first else may_be_person, readable) >= CLEAR_SHARE
    if field.key == "owner_role":
        return share_of(may_be_person, readable) >= CLEAR_SHARE
    if field.key == "ref":
        return share_of(may_be_ref, readable) >= CLEAR_SHARE
    if field.key == "theme":
        return are_themes(readable, repeated=confidence >= FIRST)
    if field.key == "status":
        return share_of(has_status, readable) >= LEAST_STATUSES
    if field.key in KNOWN_WORDS:
        return share_of(partial(is_option, template, field), readable) >= CLEAR_SHARE
    if (kind := SAYING.get(field.key)) is None:
        return True
    if field.key == "issue" and share_of(is_citation, readable) >= CLEAR_SHARE:
        return False
    if field.key == "success_measure" and share_of(is_time, readable) >= CLEAR_SHARE:
        return False
    said = len(readable) < FEWEST_REPEATED or share_of(kind, readable) >= CLEAR_SHARE
    if field.key == "intended_change":
        said = said and are_changes(readable)
    return (
        said and share_of(is_question, readable) <= CLEAR_SHARE and share_of(is_surely_person, readable) < MOST_PEOPLE
    )


def are_changes(values: Sequence[object]) -> bool:
    """True for texts of what will be done: not for names written in capitals, as people's are, and not for a few names that repeat."""
    if share_of(is_person, values) >= MOST_NAMES:
        return False
    if len(values) >= MANY and share_of_different(values) < FEWEST_DIFFERENT:
        return False
    told = share_of_different(values) > CLEAR_SHARE or share_of(is_statement, values) >= CLEAR_SHARE
    return told or len(values) < FEWEST_REPEATED


def are_themes(values: Sequence[object], *, repeated: bool = False) -> bool:
    """True for names of themes: not for sentences; and not for one word in every row, unless it may be `repeated`.

    >>> are_themes(["Staffing", "Kitchen"]), are_themes(["Reduce the number of falls", "Improve care plans"]), are_themes(["PREVENTIVE"] * 6)
    (True, False, False)
    """
    same = len(values) >= FEWEST_REPEATED and share_of_different(values) == 1 / len(values)
    if same and not repeated:
        return False
    return share_of(is_long_sentence, values) < MOST_SENTENCES and share_of(says_what_to_do, values) < CLEAR_SHARE


def share_of_different(values: Sequence[object]) -> float:
    """The share of values that no other one repeats, counting those that repeat once."""
    return len({fold(as_text(value)) for value in values}) / len(values)


def is_level(value: object) -> bool:
    """True for a level, a colour or a result: High, Red, Pass."""
    return fold(as_text(value)) in aliases().levels


def is_formula(value: object) -> bool:
    """True for a formula that was never worked out."""
    return as_text(value).lstrip().startswith(FORMULA)


def is_question(value: object) -> bool:
    """True for a question, as on a checklist."""
    return as_text(value).rstrip().endswith("?")


def names_no_result(value: object) -> bool:
    """True for a text that may name someone: not for a level, the words of a Status, or what someone does."""
    return may_be_person(value) or not (is_level(value) or is_status(value) or says_what_to_do(value))


def has_status(value: object) -> bool:
    """True for a text that begins or ends with words of a Status, and for yes and no.

    >>> has_status("IN_PROGRESS (80%)"), has_status("Closed 03/02/2026"), has_status("narrowed_open"), has_status("No direct citation")
    (True, True, True, False)
    """
    words = LETTERS.findall(fold(as_text(value)))
    if words and words[0] in TICKS and len(words) == 1:
        return True
    starts = (" ".join(words[:length]) for length in range(1, MOST_STATUS_WORDS + 1))
    ends = (" ".join(words[-length:]) for length in range(1, MOST_STATUS_WORDS + 1))
    return any(is_status(text) or text in aliases().progress_words for text in (*starts, *ends))


def is_long_sentence(value: object) -> bool:
    """True for a text of more words than a theme has."""
    return len(words_in(value)) >= SHORTEST_SENTENCE


def words_in(value: object) -> list[str]:
    """The words of a text, in small letters, without codes such as AC-2."""
    parts = [part for part in as_text(value).split() if not is_code(part.strip(",;.()"))]
    return LETTERS.findall(fold(" ".join(parts)))


def is_phrase(value: object) -> bool:
    """True for a text of two words or more, or a long one in a script without blanks."""
    text = as_text(value)
    return len(words_in(value)) >= 2 or (len(text) >= SHORTEST_STATEMENT and not text.isascii())


def may_be_ref(value: object) -> bool:
    """True for a text with a figure, and for a few letters: not for names of things.

    >>> may_be_ref("Risk 3"), may_be_ref("b"), may_be_ref("Programs")
    (True, True, False)
    """
    text = as_text(value).strip()
    return len(text) <= LONGEST_LETTERS or any(map(str.isdigit, text))


def is_citation(value: object) -> bool:
    """True for a text that only names a place in a standard or a law.

    >>> is_citation("ISO 27001 Clause 6.2"), is_citation("Clause 6.2 is not met")
    (True, False)
    """
    return aliases().citations.issuperset(words_in(value))


def is_time(value: object) -> bool:
    """True for a text that only says when: a date, Throughout the year, By the end of May; not By 20%.

    >>> is_time("Throughout the year"), is_time("By the end of May"), is_time("Falls reduced by 20%"), is_time("By 20%")
    (True, True, False, False)
    """
    text = fold(as_text(value))
    says_when = is_date(value) or text.partition(" ")[0] in WHEN
    return says_when and "%" not in text and len(words_in(value)) <= MOST_TIME_WORDS


def is_measure(value: object) -> bool:
    """True for a text of two words or more, and for a percentage."""
    return is_phrase(value) or "%" in as_text(value)


def is_statement(value: object) -> bool:
    """True for a text that says something, and is no name of a thing only.

    >>> is_statement("Ask families at each review"), is_statement("Book the bus"), is_statement("Risk transference")
    (True, True, False)
    """
    return len(words_in(value)) >= SHORTEST_STATEMENT or says_what_to_do(value)


def says_what_to_do(value: object) -> bool:
    """True for a text that says what will be done: Review the rota, Staff to sign, Families should be asked; not Design phase.

    >>> says_what_to_do("1. Reviewing the rota"), says_what_to_do("Staff to sign"), says_what_to_do("Design phase")
    (True, True, False)
    """
    words, known = words_in(value), aliases()
    if len(words) < 2:
        return False
    if len(words) >= SHORTEST_ANY or not known.duties.isdisjoint(words):
        return True
    if "to" in words[:FIRST_WORDS]:
        place = words.index("to") + 1
        return place < len(words) and is_act(words[place])
    return is_act(words[0]) and (len(words) >= SHORTEST_ACT or words[0] not in known.things)


def is_act(word: str) -> bool:
    """True for a word of what is done, in whatever form: review, reviewing, reviewed."""
    acts = aliases().acts
    stems = {word, *(word.removesuffix(ending) for ending in ("ing", "ed", "d", "s", "es"))}
    return any(stem in acts or f"{stem}e" in acts or (stem[-1:] == stem[-2:-1] and stem[:-1] in acts) for stem in stems)


SAYING: Mapping[str, Callable[[object], bool]] = {
    "issue": is_phrase,
    "root_cause": is_phrase,
    "intended_change": is_phrase,
    "interim_control": is_phrase,
    "success_measure": is_measure,
    "progress": is_phrase,
    "milestone": is_phrase,
    "description": is_phrase,
    "finding": is_phrase,
}
"""What at least half of the texts of a field are, if there are enough to say so."""
