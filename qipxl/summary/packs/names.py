"""What a name is: the names in a cell, the person whom a name means, and the words of a text as names are compared.

A text is compared without accents, capitals, invisible characters and kinds of blank, dash and apostrophe. Its words end where a
capital begins ("AnnLee_notes.docx"), because names are written so in paths.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path


def word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


Name = tuple[str, ...]
"""The folded words of a name."""
LOOKS = str.maketrans("’‘ʼʹ`´‐‑‒–—−łŁøØđĐðÐħıŋŊ", "''''''------lLoOdDdDhinN") | str.maketrans(
    {"æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ß": "ss", "þ": "th", "Þ": "Th"}
)
"""Characters that are compared as others, besides letters with accents, which Unicode takes apart."""
HIDDEN = frozenset({"Mn", "Cf", "Me"})
"""The Unicode categories of accents, zero-width characters, marks of direction and soft hyphens, which are not compared."""
WORD = re.compile(r"\w+(?:['.-]\w+)*")
LETTERS = re.compile(r"[^\W\d_]+")
PART = re.compile(r"[A-Z]+s?(?![A-Za-z])|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[^\W\d_A-Za-z]+")
"""A word, or one of several that are written as one with capitals: Ann and Lee in "AnnLee", J and Smith in "JSmith"."""
APART = re.compile(r"\s*(?:[,;&/()\[\]+|\n]|\s-\s|\band\b|\bor\b|:\s)\s*", re.IGNORECASE)
MAIL = re.compile(r"@\S*")
TITLES = word_set(
    "mr mrs ms miss mx dr doctor prof professor sir dame lord lady rev reverend father fr imam rabbi cllr councillor "
    "sister sr nurse matron carer"
)
"""Words before a surname."""
JOBS = TITLES | word_set(
    "acting interim deputy assistant associate registered nominated senior junior lead head chief area regional night day unit team "
    "manager director officer administrator coordinator supervisor worker practitioner specialist trainer therapist leader staff "
    "support care clinical healthcare hca rgn rmn rnld rn rm bsc ba ma msc phd md mbe obe cbe jr jnr snr ii iii"
)
"""Words that may come before or after a name in a cell and are no part of it."""
PARTICLES = word_set("o d al el ul van von der den de di da du del la le bin bint ibn ben st ap mac mc")
"""Beginnings of surnames, which are not surnames by themselves."""
DROPPED = PARTICLES - {"mac", "mc", "st", "ap", "ben"}
"""Beginnings that people leave out: Rashidi for al-Rashidi."""
MOST_WORDS = 5
"""A name has no more words than this; a longer cell is a sentence."""


def fold(text: str) -> tuple[str, list[int] | None]:
    """A text as it is compared, still with capitals, and where each of its characters is in the text (None: in the same place).

    >>> fold("Zoë\\u200b O’Dowd")[0]
    "Zoe O'Dowd"
    """
    if text.isascii():
        return text, None
    folded, places = [], []
    for place, given in enumerate(text):
        for char in unicodedata.normalize("NFKD", given.translate(LOOKS)):
            if unicodedata.category(char) not in HIDDEN:
                folded.append(char.translate(LOOKS))
                places.append(place)
    return "".join(folded), [*places, len(text)]


def words_of_name(text: str) -> Name:
    """The words of a name as they are compared."""
    return tuple(WORD.findall(fold(text)[0].casefold()))


def people_in(cell: str, role: str) -> list[Person]:
    """The people whom a cell names: one or several, before or after a role, with a title, as an e-mail address, the surname first.

    >>> [" ".join(person.words) for person in people_in("Lee, Ann", "Cook") + people_in("Mr Ray (acting manager) & Bo Ek", "Cook")]
    ['ann lee', 'ray', 'bo ek']
    """
    parts = [words_of_name(part) for part in APART.split(MAIL.sub(" ", fold(cell)[0]))]
    swapped = (
        [(*given, *surname) for surname, given in [parts] if is_swapped(surname, given)]
        if len(parts) == 2 and "," in cell
        else []
    )
    people = [person_named(name, role) for name in swapped or parts if len(name) <= MOST_WORDS]
    return list(dict.fromkeys(person for person in people if person is not None))


def is_swapped(surname: Name, given: Name) -> bool:
    """True if the words before and after a comma seem to be a surname and given names."""
    alone = len(surname) == 1 or (len(surname) > 1 and surname[0] in PARTICLES)
    return alone and 1 <= len(given) <= 2 and given[0] not in JOBS


def person_named(name: Name, role: str) -> Person | None:
    """The person whom some words name; None if they name a job or a team, or are one word that may be a first name."""
    words = tuple(part for word in name for part in re.split(r"[._]", word) if LETTERS.search(part))
    core = without_jobs(words)
    if not core or (len(core) == 1 and (len(words) == 1 or (words[0] in JOBS and words[0] not in TITLES))):
        return None
    return Person(core if len(core) > 1 or words[0] in TITLES else words, role)


def without_jobs(name: Name) -> Name:
    """A name without titles, jobs and letters of qualifications before and after it."""
    kept = [index for index, word in enumerate(name) if word not in JOBS]
    return name[kept[0] : kept[-1] + 1] if kept else ()


@dataclass(frozen=True)
class Person:
    """A person by the words of a name, given names first (the surname alone if only that is known), and the person's role."""

    words: Name
    role: str

    @cached_property
    def givens(self) -> list[str]:
        """The given names in letters: the first, the first two and so on, since any later word may begin the surname."""
        return [letters("".join(self.words[:end])) for end in range(1, len(self.words))]

    @cached_property
    def surnames(self) -> dict[str, bool]:
        """Every surname that the words can mean, in letters, and whether its words are ordinary.

        It may be all words after the first or only the last ones, be without a beginning such as O' or al-, and be half of a
        double-barrelled surname.
        """
        first = min(1, len(self.words) - 1)
        found = [
            [part for word in self.words[start:] for part in LETTERS.findall(word)]
            for start in range(first, len(self.words))
        ]
        found += [parts[1:] for parts in found if parts[0] in DROPPED]
        found += [[part] for part in LETTERS.findall(self.words[-1]) if len(part) > 2]
        return {
            "".join(parts): all(map(is_ordinary, parts))
            for parts in found
            if len("".join(parts)) > 1 and parts[-1] not in PARTICLES
        }


def letters(text: str) -> str:
    """The letters of a folded text."""
    return "".join(LETTERS.findall(text))


@cache
def ordinary_words() -> frozenset[str]:
    """Words of ordinary English, without plurals, although people have them as surnames."""
    lines = Path(__file__).with_name("ordinary_words.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def is_ordinary(word: str) -> bool:
    """True if a word in lower case, or its singular, is ordinary English.

    >>> [word for word in ("ward", "wards", "zarrow", "mr") if is_ordinary(word)]
    ['ward', 'wards', 'mr']
    """
    known = ordinary_words()
    return word in known or word in JOBS or (word.endswith("s") and word[:-1] in known)
