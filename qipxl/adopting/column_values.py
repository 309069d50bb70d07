"""What the values of an old column look like, and how well they fit a field: dates, names, words of a Status, codes, texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

from qipxl.adopting.aliases import aliases, list_word, score_word
from qipxl.adopting.heading_words import BRACKETS, singular
from qipxl.adopting.mapping import is_score
from qipxl.returns.cell_values import parse_choice, parse_date
from qipxl.template import FieldLine, Template
from qipxl.text import as_text
from qipxl.workbook.cells import CellError
from qipxl.workbook.headings import fold

FITS, MISFIT, SELDOM_TEXT = 0.04, 0.45, 0.1
"""Added if the values look like the field's, subtracted if they do not, and if a text's values look like people or repeat."""
FEW_TEXTS = 0.5
"""The share of different values below which a column of texts repeats, as one of themes does."""
CONFIRMED, UNCONFIRMED = 0.08, 0.2
"""Added to the confidence of a heading that is only like a listed one if its values confirm it, and subtracted if they do not."""
SCORES_FIT = 0.18
"""Added instead if they are scores from 1 to 5 below a heading that is not listed."""
FIT_SHARE = 0.6
"""The share of values that must look like the field's."""
MOST_VALUES = 200
"""The number of values of a column that are looked at."""
MOST_OTHER_WORDS = 3
"""The number of different values, none of them a word of the list, from which a column has texts instead of choices."""
WORDED = ("issue", "intended_change", "root_cause", "interim_control", "success_measure", "milestone", "finding")
"""The fields that hold a sentence: never a number or a code, and seldom only a name."""
TEXTS_ONLY = ("intended_change", "interim_control", "success_measure", "milestone", "progress")
"""The fields that a column of a few repeated words, such as types or results, does not fill, whatever its heading."""
NOTHING_SAID = frozenset(("none", "nil", "n/a", "na", "-", "no further action", "not applicable", "tbc", "tbd", "?"))
"""Texts in place of an empty cell of a text."""
KINDS = frozenset(("risk", "issue", "assumption", "dependency", "action", "decision"))
"""What the rows of a log are: not the text of a row."""
FEWEST_REPEATED = 5
"""The fewest values that can show that a column's words repeat."""
LONGEST_THEME = 10
"""The most words of a theme: a longer text is a sentence."""
BRIEF, LONGEST_BRIEF = ("theme", "source_reference", "risk_ref", "audit_ref", "owner_role"), 120
"""The fields that hold a name or a reference, and the most characters of one: a longer text is a sentence."""
MOST_ABOVE = 0.1
"""The most scores above 5 of a column of scores from 1 to 5."""
TEXTS_CONFIRM = 0.05
"""Added instead if they are texts of a few words."""
SCORES = ("1", "2", "3", "4", "5")
CLEAR_SHARE = 0.5
"""The share of values that confirm a heading that is only like a listed one."""
SHORTEST_TEXT = 3
"""The length up to which a text is no sentence."""
WORD = re.compile(r"[^\W\d_]{2,}")
FEWEST_WORDS = 3
"""The fewest words of a text that is taken for the issue or the intended change without a heading that says so."""
SHORTEST_ROLE = 2
"""The length up to which a word is a role only in capitals: IT, but not Mend it."""
CODE = re.compile(r"[A-Za-z]{0,5}[-_./]{0,2}\d[\d./_-]{0,9}[A-Za-z]?|[A-Z]{1,5}(?:[-_./][A-Z0-9]{1,6}){1,3}")
"""A reference such as 7, R1, RSK-101 or M-2.1."""
DATE_IN_FIGURES = re.compile(r"(\d{4}([-/.])\d\d?\2\d\d?|\d\d?([-/.])\d\d?\3(\d\d){1,2})")
"""A date such as 2026-03-31 or 31/03/26, which looks like a reference."""
NUMBER = re.compile(r"(?<!\d)\d{1,2}(?:[A-Z]\b|(?!\d))")
PEOPLE_BETWEEN = re.compile(r"\s*[/&,;+\n]\s*| and | with | or | [-–—] ")
PERSON = re.compile(r"(?:(?:Mrs?|Ms|Miss|Dr)\.? )?[A-Z][\w'’-]*\.?(?: [A-Z][\w'’-]*\.?){1,2}|[A-Z]{2,4}")
"""A name or initials."""
ROLE_NUMBER = re.compile(r"(?<=lead) \d\d?$|(?<=team) \d\d?$|(?<=ward) \d\d?$|(?<=unit) \d\d?$", re.IGNORECASE)
"""The number of one of several leads, teams, wards or units."""
VAGUE_DATE = re.compile(
    r"asap|as (and when|soon|they|required|needed|necessary)\b.*|immediate(ly)?|on-?going|tbc|tba|now"
    r"|(end|by|mid|early|late|within|before|next|this) .*|\d+ ?(-|to)? ?\d* ?(day|week|month)s?.*"
    r"|(weekly|monthly|quarterly|annual|daily)(ly)?|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ '-]?\d{2,4}"
    r"|(spring|summer|autumn|winter|easter|christmas|q[1-4]|week \d).*|\d{1,2} ?- ?\d{1,2}[/. ].*"
)
"""Common texts in place of a date: ASAP, ongoing, end of May, 4 weeks, autumn term."""

TIME_WORD = re.compile(
    r"\b(20\d\d|(jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)([a-z]*uary|ch|il|ust|tember|ober|ember)?"
    r"|(half )?terms?|termly|years?|yearly|annual(ly)?|quarters?|quarterly|months?|monthly|weeks?|weekly|daily|on-?going|immediate(ly)?)\b"
)
"""A word by which a short text below a heading such as Timescale says when: Annual review in May, completed July 2025."""
LONGEST_TIME = 60


def value_fit(template: Template, field: FieldLine, values: Sequence[object], *, listed: bool = True) -> float:
    """What the values add to, or take from, the confidence that they are a field's.

    Scores from 1 to 5 add more if the heading is not `listed`: few other columns have them.
    """
    readable = [value for value in values if not isinstance(value, CellError)][:MOST_VALUES]
    if field.type == "text":
        readable = said_in(readable)
    if not readable:
        return 0.0
    share = sum(could_hold(template, field, value) for value in readable) / len(readable)
    if is_score(field) and sum(is_above(field, value) for value in readable) > MOST_ABOVE * len(readable):
        return -1.0  # a scale to 10
    if is_score(field) and share_of(is_percentage, readable) >= CLEAR_SHARE:
        return -1.0
    if field.type == "choice" and len(readable) >= MOST_OTHER_WORDS and is_free_text(field, readable, template):
        share = 0.0
    seldom = field.key in WORDED and (
        share_of(is_person, readable) >= FIT_SHARE or len(set(map(as_text, readable))) < FEW_TEXTS * len(readable)
    )
    if share >= FIT_SHARE and not listed and field.whole and share_of(is_score_word, readable) < FIT_SHARE:
        return SCORES_FIT
    return (FITS if share >= FIT_SHARE else -MISFIT * (1 - share)) - (SELDOM_TEXT if seldom else 0.0)


def confirmation(field: FieldLine, values: Sequence[object]) -> float:
    """What values add to the confidence of a heading that is only like a listed one: dates, names, words of a Status and scores much."""
    kind: Callable[[object], bool] | None = None
    if field.names_staff:
        kind = may_be_person
    elif field.type == "date":
        kind = is_date
    elif field.type == "choice":
        kind = is_status if field.list == "status" else None
    elif field.whole:
        kind = is_score_word if share_of(is_word, values) > CLEAR_SHARE else is_code
    elif field.key == "ref":
        kind = is_code
    elif field.key in WORDED:
        if share_of(is_sentence, values[:MOST_VALUES]) >= CLEAR_SHARE:
            return TEXTS_CONFIRM
        return 0.0 if share_of(is_long_text, values[:MOST_VALUES]) >= CLEAR_SHARE else -UNCONFIRMED
    if kind is not None and share_of(kind, values[:MOST_VALUES]) >= CLEAR_SHARE:
        return CONFIRMED
    return 0.0 if values and (kind is None or kind is is_date) and field.type != "choice" else -UNCONFIRMED


def is_above(field: FieldLine, value: object) -> bool:
    """True for a number above a field's maximum."""
    return isinstance(value, int | float) and field.maximum is not None and value > field.maximum


def is_percentage(value: object) -> bool:
    """True for a percentage, as a number or as a text."""
    return "%" in as_text(value)


def is_word(value: object) -> bool:
    """True for a text with a letter, which is no score by itself."""
    return isinstance(value, str) and any(map(str.isalpha, value))


def is_free_text(field: FieldLine, values: Sequence[object], template: Template) -> bool:
    """True if the values of a column are all different and none is a word of the field's list: then they are no choices."""
    texts = [as_text(value) for value in values]
    options = template.options(field)
    known = {fold(option) for option in options}
    return len(set(texts)) == len(texts) and not any(
        fold(text) in known or list_word(field.list, text) or numbered_option(text, options) for text in texts
    )


def are_few_words(values: Sequence[object]) -> bool:
    """True if a column repeats a few short texts, as one of types or of results does.

    >>> are_few_words(["Minor NC", "Conforming"] * 3), are_few_words(["Minor NC", "OFI"]), are_few_words(["Ask the families"] * 6)
    (True, False, False)
    """
    texts = said_in(values[:MOST_VALUES])
    repeated = len({fold(as_text(text)) for text in texts}) < FEW_TEXTS * len(texts)
    return len(texts) >= FEWEST_REPEATED and repeated and share_of(is_long_text, texts) < CLEAR_SHARE


def said_in(values: Sequence[object]) -> list[object]:
    """The values of a column of texts without those in place of an empty cell."""
    return [value for value in values if fold(as_text(value)) not in NOTHING_SAID]


def share_of(kind: Callable[[object], bool], values: Sequence[object]) -> float:
    """The share of values that are of a kind."""
    return sum(map(kind, values)) / len(values) if values else 0.0


def could_hold(template: Template, field: FieldLine, value: object) -> bool:
    """True for a value that a field could hold."""
    text = as_text(value)
    if field.type == "date":
        timed = len(text) <= LONGEST_TIME and "%" not in text and TIME_WORD.search(fold(text)) is not None
        return timed or is_date(value)
    if field.type == "number":
        digits = text.replace("%", "").replace(",", "").strip().replace(".", "", 1)
        if not isinstance(value, int | float):
            if is_score(field):
                return text.strip() in SCORES or is_score_word(value)
            return digits.isdecimal()
        least, most = field.minimum or float("-inf"), field.maximum or float("inf")
        return least <= value <= most and (value == int(value) or not field.whole)
    if field.type == "choice":
        short = len(text) <= 25 and len(text.split()) <= 3 and not any(character.isdigit() for character in text)
        person = is_surely_person if field.list == "status" else is_person
        return is_option(template, field, value) or (short and not person(value))
    if fold(text) in aliases().levels:
        return False
    if field.names_staff:
        return not isinstance(value, date | int | float) and names_someone(text)
    if field.key == "ref":
        return len(text) <= 20 and (is_code(value) or len(text.split()) <= 1 + any(map(str.isdecimal, text)))
    if field.key in WORDED and (is_code(value) or fold(text) in KINDS or sum(map(str.isalpha, text)) < SHORTEST_TEXT):
        return field.key == "success_measure" and "%" in text  # no code, and no figure such as 4 (2x2) or £2K - 25K
    if field.key == "theme" and len(text.split()) > LONGEST_THEME:
        return False
    if field.key in BRIEF and len(text) > LONGEST_BRIEF:
        return False
    return not is_plain_date(value)


def is_option(template: Template, field: FieldLine, value: object) -> bool:
    """True for a word of a field's list, as it is, in other known words, or by its number."""
    text, known = as_text(value), {fold(option): option for option in template.options(field)}
    listed = parse_choice(text, {}, known).code == "" or list_word(field.list, text) != ""
    return listed or numbered_option(text, tuple(known.values())) != ""


def numbered_option(text: str, options: Sequence[str]) -> str:
    """The option that begins with the only number in a text that one begins with; empty if there is none, or if there are two.

    >>> numbered_option("Reg. 12(2)(a)", ["12 Safe care", "17 Good governance"]), numbered_option("12 and 17", ["12 Safe", "17 Good"])
    ('12 Safe care', '')
    """
    numbered = {option.split()[0]: option for option in options if option[:1].isdecimal()}
    found = {numbered[number] for number in NUMBER.findall(BRACKETS.sub(" ", text)) if number in numbered}
    return found.pop() if len(found) == 1 else ""


def names_someone(text: str) -> bool:
    """True for a text that may name one person or a few: four words each at most, and no digit.

    >>> names_someone("Jo Shah (deputy) / Ann Lee"), names_someone("Clone slide 7"), names_someone("Ask families at each review")
    (True, False, False)
    """
    parts = [ROLE_NUMBER.sub("", part) for part in PEOPLE_BETWEEN.split(BRACKETS.sub(" ", text).strip() or text)]
    short = 2 <= len(text) <= 80 and all(len(part.split()) <= 4 for part in parts)
    return short and not any(character.isdecimal() or character == "_" for part in parts for character in part)


def is_date(value: object) -> bool:
    """True for a date, a text that may be one, and a common text in place of one."""
    return is_plain_date(value) or VAGUE_DATE.fullmatch(fold(as_text(value))) is not None


def is_plain_date(value: object) -> bool:
    """True for a date, and for a text that may be one."""
    return isinstance(value, date) or parse_date(value).code in ("text-date", "date-ambiguous")


def is_code(value: object) -> bool:
    """True for a number or a reference such as RSK-101."""
    text = as_text(value).strip()
    return not isinstance(value, date) and CODE.fullmatch(text) is not None and not DATE_IN_FIGURES.fullmatch(text)


def is_score_word(value: object) -> bool:
    """True for a word in place of a score from 1 to 5, such as High or Unlikely."""
    return isinstance(value, str) and score_word(value) != ""


def is_status(value: object) -> bool:
    """True for a word of a Status; n/a may be an answer to anything."""
    return as_text(value).strip().lower() not in ("n/a", "na", "c") and (
        fold(as_text(value)).rstrip(".") in aliases().statuses or list_word("status", as_text(value)) != ""
    )


def is_person(value: object) -> bool:
    """True for a text that looks like a name, initials or a role; “Care Plans” is none of them."""
    text = " ".join(as_text(value).split()) if isinstance(value, str) else ""
    words = re.split(r"[\s/&,]+", text.lower())
    if not text or len(words) > 6 or fold(text) in aliases().levels or is_status(text):
        return False
    if words[-1] in aliases().roles and len(words) <= 4:
        return len(words[-1]) > SHORTEST_ROLE or text[-len(words[-1]) :].isupper()
    named = all(PERSON.fullmatch(part) for part in PEOPLE_BETWEEN.split(text))
    return named and not any(word in aliases().not_names for word in words)


def may_be_person(value: object) -> bool:
    """True for a person, and for a text with the word of a role or a usual given name: Head of Quality & Governance."""
    words = {singular(word) for word in re.split(r"[^\w]+", as_text(value).lower()) if len(word) > SHORTEST_ROLE}
    return is_person(value) or not words.isdisjoint(aliases().roles | aliases().given_names)


def is_surely_person(value: object) -> bool:
    """True for a name with a usual given name, or a role."""
    words = re.split(r"[\s/&,.]+", as_text(value).strip().lower())
    return is_person(value) and (words[0] in aliases().given_names or words[-1] in aliases().roles)


def is_text(value: object) -> bool:
    """True for a text that is no date, code, level or name."""
    text = fold(value) if isinstance(value, str) else ""
    return (
        len(text) > SHORTEST_TEXT
        and text not in aliases().levels
        and not (is_code(value) or names_item(text) or is_date(value) or is_surely_person(value))
    )


def is_long_text(value: object) -> bool:
    """True for a text of a few words."""
    return (
        isinstance(value, str)
        and (len(WORD.findall(value)) >= 3 or len(value) > 24)
        and not is_date(value)
        and " " in value
    )


def names_item(text: str) -> bool:
    """True for a text that begins with a reference that has letters: CTRL-005 Privileged access, but not 1.2 Systems."""
    first = next(iter(text.split()), "")
    return is_code(first) and any(map(str.isalpha, first))


def is_sentence(value: object) -> bool:
    """True for a text of some words that does not begin with a reference, which only names something."""
    text = as_text(value)
    return is_long_text(value) and len(WORD.findall(text)) >= FEWEST_WORDS and not names_item(text)
