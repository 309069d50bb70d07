"""The confidence that an old heading means a field: from declared aliases, similarity, and the values below it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache, lru_cache
from pathlib import Path

from qipxl.adopting.mapping import PROGRESS
from qipxl.template import FieldLine, Template
from qipxl.workbook.headings import fold

ALIASES = Path(__file__).with_name("aliases.toml")
BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
MARKS = re.compile(r"[^\w]+")
RUN_TOGETHER = re.compile(r"(?<=[a-z])(?=[A-Z])")
DOUBLED = re.compile(r"(.)\1+")
SCALE = re.compile(r"\b\d\s?(?:to|-|–)\s?\d{1,2}\b|\bstep \d{1,2}\b")
SCALE_TO = re.compile(r"\b\d\s?(?:to|-|–)\s?(\d{1,2})\b")
NOT_YET = frozenset(
    (
        "additional",
        "agreed",
        "further",
        "necessary",
        "new",
        "planned",
        "proposed",
        "possible",
        "potential",
        "recommended",
        "required",
        "suggested",
    )
)
IN_PLACE = {"interim_control": NOT_YET, "progress": NOT_YET - {"additional", "further", "new"}}
"""The fields of what is there or was done, and the first words of headings of what is not there yet."""
STEP = re.compile(r"step \d{1,2}")
"""A number above a heading, which says nothing."""
OTHER_SCORE = {
    "likelihood": frozenset(("impact", "consequence", "severity")),
    "consequence": frozenset(("likelihood", "probability")),
}
"""Words of a heading that say that a score is the other one, or both: Severity based on impact and likelihood."""
PAIR_OF = re.compile(
    r"\b(?:ranking|product|number|level|total|score|rating|date|sum|matrix) of\b.*\band\b", re.IGNORECASE
)
NUMBERING = re.compile(
    r"^\s*(?:(?:step\s+\d{1,2}[.:)]?|(?:\d{1,2}|[a-z])[.)])\s+(?=\S)|\d{1,2}[.)](?=[^\W\d]))", re.IGNORECASE
)
ALTERNATIVES = re.compile(r"\s*[/&\n]\s*|\?\s+(?=[^?]*\?)|\s+(?:and|or|[-–—])\s+", re.IGNORECASE)
EXPLAINED = re.compile(r"\s+[-–—]\s+|:\s+")
"""The mark after a heading that more words explain: Control measures – reducing the risk."""
LONE_SCORE = re.compile(r"(?<![\d.])[1-5](?![\d.]*\d)")
MONTHS = re.compile(
    r"\b(?:at|on|as (?:at|on|of)|to|for)?\s*(?:\b\d{1,2}(?:st|nd|rd|th)?\s+)?\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)"
    r"(?:uary|ruary|ch|il|ust|tember|ober|ember)?\b\s*(?:20\d\d|'?\d\d)?|\b(?:q|quarter )[1-4]\b"
    r"|\b20\d\d(?:\s?[-/–]\s?(?:20)?\d\d)?\b",
    re.IGNORECASE,
)
"""A month, a quarter or a year in a heading such as Progress at June 2026, which says which of several it is."""
EXACT, MISSPELT, ENDS, BEGINS, ALIKE, PARTIAL = 0.95, 0.88, 0.65, 0.65, 0.45, 0.42
"""The confidence of a listed heading, of a misspelt one, of one that ends with or begins with a listed one, of one with like words,
and of one that contains a listed one. The last two are used only if the values confirm them."""
WORDS = 0.1
"""Added to the confidence of a part, times the share of the heading's words that are listed."""
LISTED = 0.77
"""The least confidence of a listed heading; one that is only like a listed one has less."""
LATER, ALTERNATIVE, TAIL = 0.05, 0.05, 0.1
"""Subtracted for a heading that is listed as a second choice, twice as a third; for one of two with a slash between them; and for
one without its last word, as in Mitigation notes. ALTERNATIVE is for one without its first word, Proposed mitigation, or without
its month too."""
LONGEST_NAME = 2
"""The most words of the other half of such a heading if it is not listed: Who / what may be harmed is no Who."""
TEXTS_APART = (
    ("actions", "issue"),
    ("actions", "intended_change"),
    ("actions", "progress"),
    ("actions", "interim_control"),
    ("actions", "success_measure"),
    ("evidence", "description"),
)
"""The tables and fields of texts that one heading does not mean together."""
NOTES = frozenset(("note", "comment", "remark"))
"""Headings of any text about a row."""
LONGEST_PAIR = 6
"""The most words of a heading that is read as two with a slash between them."""
RANK, LAST_RANK = 0.001, 20
"""Subtracted for each place in the list, up to the last rank: the most usual headings come first."""
FIRST, THIRD = EXACT - RANK * LAST_RANK, EXACT - 2 * LATER
"""The least confidence of a heading that is listed as a first choice, and the most of one that is as a third choice."""
WORD_SIMILARITY = 0.8
"""The least similarity of words that are alike."""
SHORTEST_MISTYPED = 8
"""The fewest letters of a word of which one may be wrong, missing or too many: Contract is no Contact."""
SAME_END = 2
"""The letters at the end of such a word that are right: Direction is no Director."""
OF = frozenset(("of", "for", "by", "in", "on", "per", "to", "from", "against"))
"""Words after which a heading only says more: Date of breach is a date, not a breach."""
ADDING_NOTHING = OF | frozenset(
    ("a", "an", "the", "and", "or", "it", "this", "that", "we", "our", "will", "is", "are", "be")
)
"""Words that no listed heading of a field has to say."""
REF_WORDS = frozenset(("id", "ref", "reference", "no", "number", "code"))
"""Last words of headings of references, whatever they number: Defect ID."""
TEXT_OF = re.compile(
    r"(?:\w+ )?(?:list|description|detail|summary|statement|nature|outline|method|idea) (?:of|for) (?:the |all )?"
)
"""First words that add nothing: List of risks."""


@dataclass(frozen=True, eq=False)
class Aliases:
    """The meanings of headings.

    `fields` has the headings of each table and field, `later` those that mean a field if no other heading does, as a second and as
    a third choice; `none` headings without a field; `levels` values that are neither texts nor names; `statuses`, `links`, `past`,
    `others`, `future`, `heads`, `tails`, `bodies`, `roles`, `given_names` and `not_names` words by which a heading or a column is
    recognised; `progress_words`, `control_states`, `standards` and `of_controls` words by which a Status is an action's or a
    control's; `in_place` words of headings of controls that are there; `hints`, `scales` and `signatures` words of rows that are not of
    the list; `acts`, `duties` and `things` words of texts that say what will be done; `works`, `problems`, `other_lists` and
    `schedules` words of what a table lists; `offered` the words of headings by which a field is only offered, `offered_though_none`
    headings of `none` to which it is; `words` the meanings of choices by list; `cover` labels of covers. `own` has the field of
    each heading that the provider explains itself, by table and comparable
    heading; it counts before all others.
    """

    fields: Mapping[str, Mapping[str, Sequence[str]]]
    later: Sequence[Mapping[str, Mapping[str, Sequence[str]]]]
    none: Sequence[str]
    levels: frozenset[str]
    statuses: frozenset[str]
    progress_words: frozenset[str]
    control_states: frozenset[str]
    standards: frozenset[str]
    of_controls: frozenset[str]
    in_place: frozenset[str]
    hints: frozenset[str]
    scales: frozenset[str]
    signatures: frozenset[str]
    links: frozenset[str]
    past: frozenset[str]
    others: frozenset[str]
    future: frozenset[str]
    heads: frozenset[str]
    tails: frozenset[str]
    bodies: frozenset[str]
    roles: frozenset[str]
    given_names: frozenset[str]
    not_names: frozenset[str]
    works: frozenset[str]
    problems: frozenset[str]
    other_lists: frozenset[str]
    schedules: frozenset[str]
    acts: frozenset[str]
    duties: frozenset[str]
    things: frozenset[str]
    offered_though_none: frozenset[str]
    offered: Mapping[str, Sequence[str]]
    words: Mapping[str, Mapping[str, Sequence[str]]]
    cover: Mapping[str, Sequence[str]]
    own: Mapping[tuple[str, str], str]


@cache
def shipped_aliases() -> Aliases:
    """The aliases that come with qipxl."""
    declared = tomllib.loads(ALIASES.read_text("utf-8"))
    second, third, none, offered, words, cover = (
        declared.pop(name) for name in ("second", "third", "none", "offered", "words", "cover")
    )
    listed = {
        name: frozenset(none[name])
        for name in (
            "levels",
            "statuses",
            "progress_words",
            "control_states",
            "standards",
            "of_controls",
            "in_place",
            "hints",
            "scales",
            "signatures",
            "links",
            "past",
            "others",
            "future",
            "heads",
            "tails",
            "bodies",
            "roles",
            "given_names",
            "not_names",
            "works",
            "problems",
            "other_lists",
            "schedules",
            "acts",
            "duties",
            "things",
            "offered_though_none",
        )
    }
    return Aliases(
        declared, (second, third), none["headings"], **listed, offered=offered, words=words, cover=cover, own={}
    )


IN_USE: ContextVar[Aliases | None] = ContextVar("aliases in use", default=None)


def aliases() -> Aliases:
    """The aliases in use: those that come with qipxl, with the provider's own headings if `with_own_headings` gives them."""
    return IN_USE.get() or shipped_aliases()


@contextmanager
def with_own_headings(own: Mapping[tuple[str, str], str]) -> Iterator[None]:
    """Use a provider's own headings within the block; `own` is as in `Aliases`."""
    before = IN_USE.set(replace(shipped_aliases(), own=own))
    try:
        yield
    finally:
        IN_USE.reset(before)


def own_field(heading: str, tables: Sequence[str]) -> str:
    """The field, such as actions.owner, that a provider's own heading means in the first table that has it; empty if in none."""
    own, text = aliases().own, comparable(heading) if aliases().own else ""
    return next((f"{table}.{own[table, text]}" for table in tables if (table, text) in own), "")


@lru_cache(maxsize=8192)
def comparable(text: str) -> str:
    """A heading for comparison: small letters, no punctuation, numbering, brackets or plural s, single spaces.

    >>> comparable("2. Risk_Descriptions (short)"), comparable("DueDate"), comparable("Likelihood_1_5"), comparable("#")
    ('risk description', 'due date', 'likelihood', 'no')
    """
    spaced = RUN_TOGETHER.sub(" ", NUMBERING.sub("", text.replace("_", " ").replace("#", " no ")))
    folded = fold(spaced)
    if STEP.fullmatch(folded):
        return ""
    without = SCALE.sub(" ", BRACKETS.sub(" ", folded))
    words = MARKS.sub(" ", without if without.strip() else folded).split()
    while len(words) > 1 and words[-1].isdecimal() and len(words[-1]) < 4:
        words.pop()
    return " ".join(map(singular, words))


def undated(heading: str) -> str:
    """A heading for comparison, without a month or a year.

    >>> undated("Progress at June 2026"), undated("2026")
    ('progress', '2026')
    """
    return comparable(MONTHS.sub(" ", heading)) or comparable(heading)


def singular(word: str) -> str:
    """A word without its plural s: actions and strategies, but not status, progress or series."""
    if len(word) > 6 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


@lru_cache(maxsize=65536)
def is_misspelt(word: str, other: str) -> bool:
    """True if a word is another one, perhaps mistyped: letters swapped or doubled, or one letter of a long word wrong.

    >>> is_misspelt("traget", "target"), is_misspelt("responsability", "responsibility"), is_misspelt("comitee", "committee")
    (True, True, True)
    >>> is_misspelt("clause", "cause"), is_misspelt("direction", "director"), is_misspelt("process", "progress")
    (False, False, False)
    """
    if word == other or len(other) <= 3 or word[0] != other[0]:
        return word == other
    one, two = DOUBLED.sub(r"\1", word), DOUBLED.sub(r"\1", other)
    if one == two:
        return True
    start = next((place for place, (left, right) in enumerate(zip(one, two, strict=False)) if left != right), 0)
    swapped = one[:start] + one[start + 1 : start + 2] + one[start : start + 1] + one[start + 2 :]
    if swapped == two:
        return True
    if min(len(one), len(two)) < SHORTEST_MISTYPED or one[-SAME_END:] != two[-SAME_END:]:
        return False
    return one[start + 1 :] == two[start + 1 :] or one[start + 1 :] == two[start:] or one[start:] == two[start + 1 :]


@lru_cache(maxsize=65536)
def is_alike(word: str, other: str) -> bool:
    """True if two words have most letters in common: they may be the same in two languages, or different ones."""
    if word == other or len(other) <= 3 or word[0] != other[0] or abs(len(word) - len(other)) > 2:
        return word == other
    likeness = SequenceMatcher(None, word, other)
    return likeness.quick_ratio() >= WORD_SIMILARITY and likeness.ratio() >= WORD_SIMILARITY


def heading_similarity(heading: str, alias: str) -> float:
    """The confidence that a heading means an alias; both as `comparable` gives them."""
    if heading == alias:
        return EXACT
    words, listed = heading.split(), alias.split()
    if len(words) == len(listed) and len(alias) > 3 and all(map(is_alike, words, listed)):
        return MISSPELT if all(map(is_misspelt, words, listed)) else ALIKE
    if not listed or len(listed) >= len(words) or len(alias) < 2:
        return 0.0
    share = WORDS * len(listed) / len(words)
    if words[-len(listed) :] == listed and words[-len(listed) - 1] not in OF:
        return ENDS + share
    if len(alias) < 3:
        return 0.0
    if words[: len(listed)] == listed and words[len(listed)] in aliases().links:
        return BEGINS + share
    return PARTIAL + share if (len(listed) > 1 or len(alias) >= 6) and set(listed) <= set(words) else 0.0


@cache
def comparable_names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(comparable, names)))


@lru_cache(maxsize=65536)
def name_score(heading: str, names: tuple[str, ...], *, single_parts: bool = True) -> float:
    """The confidence that a heading means a field with these names, most usual first.

    Without `single_parts` a heading that only contains a name of one word does not count: Asset name is not a Name.
    """
    text = comparable(heading)
    if not text:
        return 0.0
    scores = [0.0]
    for rank, name in enumerate(comparable_names(names)):
        score = heading_similarity(text, name)
        if score > 0 and (single_parts or score >= MISSPELT or " " in name):
            scores.append(score - RANK * min(rank, LAST_RANK))
    return max(scores)


def heading_score(heading: str, table: str, field: FieldLine, *, first_only: bool = False) -> float:
    """The confidence that a heading means a field, by its names, by its second names, and by each part with a slash between.

    With `first_only` its second and third names do not count.
    """
    words = comparable(heading).split()
    other = next((names for key, names in OTHER_SCORE.items() if field.key.startswith(key)), frozenset[str]())
    of_pair = PAIR_OF.search(heading) is not None
    if field.whole and any(int(most) > (field.maximum or int(most)) for most in SCALE_TO.findall(heading)):
        return 0.0  # a scale to 10
    if words and words[0] in IN_PLACE.get(field.key, ()):
        return 0.0  # a control that is not there yet, a response that is planned
    if any(is_misspelt(word, name) for word in words for name in other) or (of_pair and field.whole):
        return 0.0  # ranking of likelihood and severity is neither
    parts = [part for part in ALTERNATIVES.split(BRACKETS.sub(" ", heading)) if comparable(part) and not of_pair]
    if len(words) > LONGEST_PAIR or not all(map(is_name, parts)):
        parts = []
    texts = [(heading, 0.0), *((part, ALTERNATIVE) for part in parts if len(parts) > 1)]
    if len(explained := EXPLAINED.split(heading)) > 1 and comparable(explained[0]) and not of_pair:
        texts.append((explained[0], ALTERNATIVE))
    if (whole := MONTHS.sub(" ", heading)) != heading and comparable(whole):
        texts.append((whole, ALTERNATIVE))
    if len(words) > 1 and words[-1] in aliases().tails and (words[-1] != "name" or field.names_staff):
        texts.append((" ".join(words[:-1]), TAIL))
    if len(words) > 1 and words[0] in aliases().heads and not aliases().tails.issuperset(words[1:]):
        texts.append((" ".join(words[1:]), ALTERNATIVE))
    if of := TEXT_OF.match(comparable(heading)):
        texts.append((comparable(heading)[of.end() :], TAIL))
    levels = names_of(table, field)[: 1 if first_only else None]
    named = [(names, place * LATER) for place, names in enumerate(levels) if names]
    return max(
        name_score(text, names, single_parts=field.whole or not later) - less - later
        for text, less in texts
        for names, later in named
    )


def is_explained(heading: str, table: str, field: FieldLine) -> bool:
    """True if listed headings of a field say every word of a heading: Department or person responsible, but not Who may be harmed."""
    words = undated(heading).split()
    known = aliases()
    said = set(words) & (known.heads | known.bodies | ADDING_NOTHING | (known.tails if field.type == "text" else set()))
    for name in words_of_names(known, table, field):
        meant = [next((word for word in words if is_misspelt(word, listed)), "") for listed in name]
        said |= set(meant) if all(meant) else set()
    return said >= set(words)


@cache
def words_of_names(known: Aliases, table: str, field: FieldLine) -> tuple[tuple[str, ...], ...]:
    """The words of each listed heading of a field."""
    names = [name for each in names_in(known, table, field) for name in each]
    return tuple(tuple(name.split()) for name in comparable_names(tuple(names)) if name)


def is_first_choice(heading: str, field: str) -> bool:
    """True for a heading that is listed as a first choice for a field such as actions.due."""
    table, _, key = field.partition(".")
    return comparable(heading) in comparable_names(tuple(aliases().fields[table].get(key, ())))


def is_mixed(heading: str) -> bool:
    """True for a heading of two things: Comments and actions; Hazard/activity."""
    known = aliases()
    if comparable(heading) in listed_names(known):
        return False
    parts = [comparable(part) for part in ALTERNATIVES.split(BRACKETS.sub(" ", heading))]
    kinds = [
        {name for name, names in kinds_of_text(known).items() if part in names}
        or ({PROGRESS} if part in NOTES else set())
        for part in parts
    ]
    named = [each for each in kinds if each]
    return len(named) > 1 and not set.intersection(*named)


@cache
def kinds_of_text(known: Aliases) -> Mapping[str, frozenset[str]]:
    """The headings of what is wrong, of what is to be done, and of what was done."""
    levels = (known.fields, *known.later)
    return {
        f"{table}.{key}": frozenset(
            map(comparable, [name for each in levels for name in each.get(table, {}).get(key, ())])
        )
        for table, key in TEXTS_APART
    }


def is_name(part: str) -> bool:
    """True for a listed heading, and for a text of one or two words, which may be another one."""
    text = comparable(part)
    return len(text.split()) <= LONGEST_NAME or text in listed_names(aliases())


@cache
def listed_names(known: Aliases) -> frozenset[str]:
    """Every listed heading, for comparison."""
    tables = [table for each in (known.fields, *known.later) for table in each.values()]
    return frozenset(
        map(comparable, [name for table in tables for names in table.values() for name in names] + [*known.none])
    )


def names_of(table: str, field: FieldLine) -> tuple[tuple[str, ...], ...]:
    """The names of a field: the provider's own, its heading on the tracker and its aliases, then those of second and third choice."""
    return names_in(aliases(), table, field)


@cache
def names_in(known: Aliases, table: str, field: FieldLine) -> tuple[tuple[str, ...], ...]:
    own = tuple(text for (of, text), key in known.own.items() if (of, key) == (table, field.key))
    first, *later = (tuple(each.get(table, {}).get(field.key, ())) for each in (known.fields, *known.later))
    return ((*own, field.heading, *first), *later)


def known_headings(template: Template) -> frozenset[str]:
    """Every comparable heading that means a field of the template, or is known to mean none."""
    fields = [(key, field) for key, line in template.tables.items() for field in line.field]
    names = [name for key, field in fields for names in names_of(key, field) for name in names]
    return frozenset(map(comparable, [*names, *aliases().none]))


def how_known(heading: str, known: Set[str]) -> float:
    """How surely a text is a heading: 1 for a known one, a half for one that ends or begins with one.

    >>> how_known("Risk owner", {"owner"}), how_known("Owner / lead", {"owner", "lead"}), how_known("Mend the lift", {"owner"})
    (0.5, 1.0, 0.0)
    """
    text = comparable(heading)
    if text in known or any(comparable(part) in known for part in ALTERNATIVES.split(heading)[:3] if part != heading):
        return 1.0
    words = text.split()
    ends = {" ".join(words[-2:]), words[-1]} if 2 <= len(words) <= 5 else set()
    begins = {
        " ".join(words[:length]) for length in (1, 2, 3) if len(words) > length and words[length] in aliases().links
    }
    return 0.5 if not known.isdisjoint(ends | begins) else 0.0


def list_word(list_name: str, text: str) -> str:
    """The word of a list that an old word means; empty if the aliases do not say."""
    text = comparable(text)
    for word, olds in aliases().words.get(list_name, {}).items():
        if text and text in map(comparable, (word, *olds)):
            return word
    return ""


def score_word(text: str) -> str:
    """The score from 1 to 5 that a word of a likelihood or a consequence means, or that is typed with it; empty if there is none.

    >>> score_word("Almost certain"), score_word("4 - Likely"), score_word("Medium (3)"), score_word("Weekly")
    ('5', '4', '3', '')
    """
    word = list_word("scores", LONE_SCORE.sub(" ", text))
    typed = LONE_SCORE.search(text)
    return typed[0] if word and typed else word
