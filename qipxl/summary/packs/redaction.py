"""Finds the people whom a text names, in every form of a name that code can know.

A surname is looked for first, then what is beside it: a given name, the beginning of one, an initial, others between, a title. A
surname with nothing beside it is a person's if only one person of the service has it and it is no ordinary word.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from qipxl.summary.packs.names import LETTERS, PART, PARTICLES, TITLES, Person, fold, is_ordinary

BESIDE = re.compile(r"(?:%20|[\s'\"._()\[\]/\\-]){0,4}")
"""What may be between the words of a name."""
COMMA = re.compile(r"\s{0,2},\s{0,2}")
"""What may also be between a surname and a given name after it."""
BLANK = re.compile(r"\s")
AFTER_TITLE = re.compile(r"\.?[\s_-]{0,3}")
SENTENCE_END = re.compile(r"\.\s")
LOGIN = re.compile(r"[@\\/_\d]")
"""What is next to a name that is an e-mail address or a part of a path."""
MOST_PARTS = 6
"""A name has no more parts than this between capitals, hyphens and apostrophes."""
INITIAL, PARTIAL, FULL = 1, 2, 3
"""How much of a given name is beside a surname: its first letter, its beginning, all of it."""


class Part(NamedTuple):
    """A part of a text between capitals and signs: in lower case, whether it begins with a capital, and where it is."""

    text: str
    capital: bool
    start: int
    end: int


class Match(NamedTuple):
    """The parts of a text that form a person's name: the first, the one after the last; how much is given; the people it may mean."""

    first: int
    end: int
    strength: int
    people: Sequence[Person]

    def rank(self, surname: int) -> tuple[bool, int, int]:
        """How good a match is: a given name before the surname is better than one after it, then a whole one, then a longer name."""
        return self.first < surname, self.strength, self.end - self.first


class People:
    """People by the forms of their names; `ordinary` are words that are ordinary where they work, such as the home's name."""

    def __init__(self, people: Collection[Person], ordinary: Collection[str] = ()) -> None:
        self.by_surname: dict[str, list[Person]] = defaultdict(list)
        self.by_given: dict[str, list[Person]] = defaultdict(list)
        self.in_one_word: dict[str, list[Person]] = defaultdict(list)
        self.logins: dict[str, list[Person]] = defaultdict(list)
        self.ordinary: dict[str, bool] = {}
        for person in dict.fromkeys(people):
            for given in person.givens:
                self.by_given[given].append(person)
            for surname, ordinary_word in person.surnames.items():
                self.by_surname[surname].append(person)
                self.ordinary[surname] = ordinary_word or surname in ordinary
                for given in {*person.givens, *(given[0] for given in person.givens)}:
                    forms = self.in_one_word if len(given) > 1 else self.logins
                    forms[given + surname].append(person)
                    forms[surname + given].append(person)
        self.beginnings = frozenset(beginnings(people)).union(self.by_given, self.in_one_word, self.logins)

    def alone(self, surname: str) -> Person | None:
        """The only person who has a surname; None if the surname is an ordinary word or another person's given name."""
        people = self.by_surname.get(surname)
        if not people or self.ordinary[surname] or any(each not in people for each in self.by_given.get(surname, ())):
            return None
        fullest = max(people, key=lambda person: len("".join(person.givens[:1])))
        same = all(fullest.givens[0].startswith(person.givens[0]) for person in people if person.givens)
        return fullest if same else None


def beginnings(people: Collection[Person]) -> Iterator[str]:
    """The parts with which surnames, and given names with surnames, begin in a text."""
    for person in people:
        for surname in person.surnames:
            yield from (surname, f"{surname}s", f"{surname}es")
        for word in person.words:
            parts = LETTERS.findall(word)
            starts = [
                "".join(parts[first:end]) for first in range(len(parts)) for end in range(first + 1, len(parts) + 1)
            ]
            yield from starts
            yield from (name + start for name in (*person.givens, *person.surnames) for start in starts)
            yield from (prefix for prefix in ("mac", "mc") if word.startswith(prefix))


@dataclass(frozen=True)
class NameFinder:
    """Finds the people of a service (`own`) and of the other services in texts."""

    own: People
    others: People

    def find(self, text: str) -> Iterator[tuple[int, int, Sequence[Person]]]:
        """Where a text names people: first character, the one after the last, and the people whom the name may mean."""
        folded, places = fold(text)
        words = {word.lower() for word in PART.findall(folded)}
        if self.own.beginnings.isdisjoint(words) and self.others.beginnings.isdisjoint(words):
            return
        sentence = Sentence(folded)
        for match in self.matches(sentence):
            first, last = sentence.parts[match.first], sentence.parts[match.end - 1]
            yield (
                (places[first.start], places[last.end], match.people)
                if places
                else (first.start, last.end, match.people)
            )

    def matches(self, text: Sentence) -> Iterator[Match]:
        """The names in a text, from left to right."""
        index = floor = 0
        while index < len(text.parts):
            match = self.match_at(text, floor, index) or self.with_initial_of_surname(text, index)
            if match is not None:
                first = match.first
                while first > floor and text.has_title_before(first):
                    first -= 1
                yield match._replace(first=first)
                index = floor = match.end
            else:
                index += 1

    def match_at(self, text: Sentence, floor: int, index: int) -> Match | None:
        """The longest name that, as a whole or by its surname, begins with a part of a text."""
        word = text.parts[index].text
        if word not in self.own.beginnings and word not in self.others.beginnings:
            return None
        for end in range(text.last_joined(index), index, -1):
            match = self.written_as_one(text, index, end) or self.with_surname(text, floor, index, end)
            if match is not None:
                return match
        return None

    def written_as_one(self, text: Sentence, first: int, end: int) -> Match | None:
        """A given name and a surname as in paths and e-mail addresses, without blanks if a part is an ordinary word."""
        word = text.word(first, end)
        parts = [part.text for part in text.parts[first:end] if part.text not in PARTICLES]
        if any(map(is_ordinary, parts)) and (end - first == 1 or text.has_blank(first, end)):
            return None
        people = self.own.in_one_word.get(word) or self.others.in_one_word.get(word)
        if not people and end - first == 1 and len(word) > 4 and LOGIN.search(text.around(first)):
            people = self.own.logins.get(word) or self.others.logins.get(word)
        return Match(first, end, FULL, people) if people else None

    def with_surname(self, text: Sentence, floor: int, first: int, end: int) -> Match | None:
        """A name whose surname is some parts of a text, with a given name, after a title, or alone."""
        word = text.word(first, end)
        plural = len(text.parts[end - 1].text) > 2
        for surname in (word, word.removesuffix("s"), word.removesuffix("es")) if plural else (word,):
            people = [*self.own.by_surname.get(surname, ()), *self.others.by_surname.get(surname, ())]
            if people:
                ordinary = self.own.ordinary.get(surname, False) or self.others.ordinary.get(surname, False)
                found = [match for person in people for match in beside(text, floor, first, end, person, ordinary)]
                if found:
                    best = max(match.rank(first) for match in found)
                    same = [match for match in found if match.rank(first) == best]
                    return same[0]._replace(people=[person for match in same for person in match.people])
                return self.surname_alone(text, first, end, surname)
        return None

    def surname_alone(self, text: Sentence, first: int, end: int, surname: str) -> Match | None:
        """A surname after a title, or one that can only be a person's."""
        titled = text.parts[first].capital and text.has_title_before(first)
        if titled and surname in self.own.by_surname:
            return Match(first, end, 0, self.own.by_surname[surname])
        person = self.own.alone(surname)
        short = len(surname) <= 3 and not text.is_capitalised(first, end)
        return None if person is None or short else Match(first, end, 0, [person])

    def with_initial_of_surname(self, text: Sentence, first: int) -> Match | None:
        """A given name of one of the service's people before the first letter of the surname, if the surname does not follow."""
        for end in range(first + 1, min(first + 4, len(text.parts))):
            given, initial = text.word(first, end), text.parts[end].text
            if (
                len(initial) > 1
                or len(given) == 1
                or given not in self.own.by_given
                or not text.is_joined(first, end + 1)
            ):
                continue
            people = [person for person in self.own.by_given[given] if initial in {name[0] for name in person.surnames}]
            if people and text.is_initial(end, is_ordinary(given)):
                later = [self.match_at(text, first, index) for index in range(end, min(end + 3, len(text.parts)))]
                whole = [match for match in later if match is not None and match.first == first]
                return whole[0] if whole else Match(first, end + 1, INITIAL, people)
        return None


def beside(text: Sentence, floor: int, first: int, end: int, person: Person, ordinary: bool) -> Iterator[Match]:
    """The names that a surname forms with a person's given name before or after it."""
    surname = text.parts[first]
    start = first
    while start > max(floor, first - MOST_PARTS) and text.is_joined(start - 1, start + 1):
        start -= 1
    for begin in range(start, first):
        for stop in range(begin + 1, first + 1):
            strength = strength_of(text, begin, stop, person)
            middle = text.parts[stop:first]
            if strength and is_middle(middle, strength):
                sure = not ordinary or is_sure(text, begin, stop, surname, strength)
                if sure or (text.after(end) == "@" and not text.has_blank(begin, end)):
                    yield Match(begin, end, strength, [person])
    for stop in range(end + 1, min(end + 4, len(text.parts)) + 1):
        comma = text.is_comma(end)
        strength = strength_of(text, end, stop, person) if text.is_joined(end, stop) else 0
        if strength and (comma or text.is_joined(end - 1, end + 1)):
            given = text.parts[end]
            if strength == INITIAL and not (given.capital and (comma or text.is_initial(end, False))):
                continue
            if strength == PARTIAL and not comma:
                continue
            apart = comma or not text.has_blank(end - 1, stop)
            if not ordinary or (surname.capital and given.capital and (apart or not is_ordinary(given.text))):
                yield Match(first, text.after_initials(stop), strength, [person])


def strength_of(text: Sentence, begin: int, stop: int, person: Person) -> int:
    """How much of a person's given name some parts of a text are; 0 for nothing."""
    word, capital = text.word(begin, stop), text.parts[begin].capital
    if not person.givens:
        return 0
    if word in person.givens:
        return FULL if len(word) > 1 else INITIAL
    if len(word) == 1:
        return INITIAL if person.givens[0][0] == word else 0
    begins = any(given.startswith(word) for given in person.givens) or (
        word.startswith(person.givens[0]) and len(person.givens[0]) == 1
    )
    return PARTIAL if begins and capital and not is_ordinary(word) else 0


def is_middle(parts: Sequence[Part], strength: int) -> bool:
    """True if some parts may be between a given name and a surname: initials, or after a whole given name other names."""
    if all(len(part.text) == 1 for part in parts):
        return True
    return strength == FULL and len(parts) <= 2 and all(part.capital for part in parts)


def is_sure(text: Sentence, begin: int, stop: int, surname: Part, strength: int) -> bool:
    """True if a given name and a surname that is an ordinary word are a name: by capitals, or because they are joined without a blank."""
    given = text.parts[begin]
    if strength == FULL:
        joined = not text.has_blank(begin, stop + 1)
        return joined or (given.capital and surname.capital) or not is_ordinary(given.text)
    return surname.capital and given.capital and (strength == PARTIAL or text.is_initial(begin, False))


class Sentence:
    """A folded text in parts."""

    def __init__(self, folded: str) -> None:
        self.folded = folded
        self.parts = [Part(m[0].lower(), m[0][0].isupper(), m.start(), m.end()) for m in PART.finditer(folded)]

    def word(self, first: int, end: int) -> str:
        """Some parts as one word."""
        return "".join(part.text for part in self.parts[first:end])

    def gap(self, index: int) -> str:
        """What is between a part and the next."""
        return self.folded[self.parts[index].end : self.parts[index + 1].start]

    def after(self, end: int) -> str:
        """The character after the part before `end`."""
        place = self.parts[end - 1].end
        return self.folded[place : place + 1]

    def around(self, index: int) -> str:
        """The characters next to a part."""
        start = self.parts[index].start
        return self.folded[max(0, start - 1) : start] + self.after(index + 1)

    def is_joined(self, first: int, end: int) -> bool:
        """True if only what may be between the words of a name is between some parts: no end of a sentence after a whole word."""
        for index in range(first, end - 1):
            gap = self.gap(index)
            if not BESIDE.fullmatch(gap) or (len(self.parts[index].text) > 2 and SENTENCE_END.search(gap)):
                return False
        return True

    def last_joined(self, first: int) -> int:
        """The end of the longest name that may begin with a part."""
        end = first + 1
        while end < min(first + MOST_PARTS, len(self.parts)) and self.is_joined(end - 1, end + 1):
            end += 1
        return end

    def has_blank(self, first: int, end: int) -> bool:
        """True if a blank is between some parts."""
        return any(BLANK.search(self.gap(index)) for index in range(first, end - 1))

    def is_comma(self, end: int) -> bool:
        """True if a comma is between a part and the one before."""
        return COMMA.fullmatch(self.gap(end - 1)) is not None

    def is_capitalised(self, first: int, end: int) -> bool:
        """True if some parts are a word of their own with a capital, and no abbreviation of two letters."""
        word = self.folded[self.parts[first].start : self.parts[end - 1].end]
        return word[0].isupper() and not (len(word) == 2 and word.isupper()) and not LETTERS.search(self.around(first))

    def is_initial(self, index: int, ordinary: bool) -> bool:
        """True if a letter is an initial and no word: with a full stop, or a capital other than A and I, if what is beside is not `ordinary`."""
        part, after = self.parts[index], self.after(index + 1)
        if after == ".":
            return part.capital or not ordinary
        return part.capital and part.text not in "ai" and not ordinary and after not in ("'", "-")

    def after_initials(self, end: int) -> int:
        """The end of a name, after initials with full stops."""
        while (
            end < len(self.parts)
            and self.gap(end - 1).isspace()
            and len(self.parts[end].text) == 1
            and self.after(end + 1) == "."
        ):
            end += 1
        return end

    def has_title_before(self, index: int) -> bool:
        """True if a title is before a part."""
        if index == 0 or self.parts[index - 1].text not in TITLES:
            return False
        return AFTER_TITLE.fullmatch(self.gap(index - 1)) is not None
