"""The confidence that an old heading means a field: by the listed headings of the field, and by the words that both have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from functools import cache, lru_cache

from qipxl.adopting.aliases import Aliases, aliases
from qipxl.adopting.heading_words import BRACKETS, MONTHS, comparable, comparable_names, is_alike, is_misspelt, undated
from qipxl.adopting.mapping import PROGRESS
from qipxl.template import FieldLine, Template

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
OTHER_SCORE = {
    "likelihood": frozenset(("impact", "consequence", "severity")),
    "consequence": frozenset(("likelihood", "probability")),
}
"""Words of a heading that say that a score is the other one, or both: Severity based on impact and likelihood."""
PAIR_OF = re.compile(
    r"\b(?:ranking|product|number|level|total|score|rating|date|sum|matrix) of\b.*\band\b", re.IGNORECASE
)
ALTERNATIVES = re.compile(r"\s*[/&\n]\s*|\?\s+(?=[^?]*\?)|\s+(?:and|or|[-–—])\s+", re.IGNORECASE)
EXPLAINED = re.compile(r"\s+[-–—]\s+|:\s+")
"""The mark after a heading that more words explain: Control measures – reducing the risk."""
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
    if field.whole and any(int(most) != (field.maximum or int(most)) for most in SCALE_TO.findall(heading)):
        return 0.0  # a scale to 3 or to 10
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
