"""A template built on another: what it says is laid over what the other says, place by place.

Tables, lists, settings and colours are met by name; fields, calculated values, ratings, rules, states, bands,
guidance and indicators by their own key or code. What is new stands at the end of its list (a band before the last one),
or where `before` or `after` says. `add` appends words to a list; `without` leaves out rules of the other template. Some
places are locked: there a template may change words, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

KNOWN_BY = {
    "field": "key", "calculated": "key", "rating": "key", "rule": "code", "states": "word", "bands": "code",
    "guidance": "title", "indicator": "ref",
}  # fmt: skip
"""Lists whose members are met by one of their own words."""
WORDS = {
    "heading", "title", "about", "say", "shown", "prompt", "required", "group", "width", "unit", "letter", "because",
    "source", "sheet",
}  # fmt: skip
"""What may be changed in a locked place."""
DEEPEST = 5
"""How many templates may stand one upon another."""


@dataclass
class Extension:
    """One template laid over another; `mistakes` are what it may not do, or what is not there to be changed."""

    locked: frozenset[str]
    mistakes: list[str] = field(default_factory=list)

    def laid_over(self, below: Mapping[str, Any], above: Mapping[str, Any], where: str = "") -> dict[str, Any]:
        """A table of TOML laid over another."""
        made = dict(below)
        for key, value in above.items():
            place = f"{where}.{key}" if where else key
            if key == "without" and where:
                self.leave_out(made, value, where)
            elif key == "add" and where.startswith("lists."):
                made["values"] = [*made.get("values", ()), *value]
            elif key in KNOWN_BY and is_members(value) and is_members(made.get(key, [])):
                made[key] = self.members(key, made.get(key, []), value, place)
            elif isinstance(value, Mapping) and isinstance(made.get(key), Mapping):
                made[key] = self.laid_over(made[key], value, place)
            elif key in made and made[key] != value and self.is_locked(where) and key not in WORDS:
                self.refuse(place)
            else:
                made[key] = value
        return made

    def members(
        self, kind: str, below: Sequence[Mapping[str, Any]], above: Sequence[Mapping[str, Any]], where: str
    ) -> list[dict[str, Any]]:
        """Members met by their own word; a new one is put where it asks to stand."""
        name = KNOWN_BY[kind]
        made = [dict(each) for each in below]
        for given in above:
            known = [each.get(name) for each in made]
            word = given.get(name)
            wanted = {side: given[side] for side in ("before", "after") if side in given}
            said = {key: value for key, value in given.items() if key not in wanted}
            if word in known:
                at = known.index(word)
                self.mistakes += [
                    f"{where} {word}, {side}: only what is new can be placed. Take it out." for side in wanted
                ]
                made[at] = self.laid_over(made[at], said, f"{where}.{word}")
                continue
            if self.is_locked(where):
                self.refuse(f"{where}.{word}")
                continue
            made.insert(self.standing(kind, known, wanted, f"{where} {word}"), said)
        return made

    def standing(self, kind: str, known: Sequence[Any], wanted: Mapping[str, Any], where: str) -> int:
        """The place at which a new member is put."""
        for side, neighbour in wanted.items():
            if neighbour in known:
                return known.index(neighbour) + (side == "after")
            near = get_close_matches(str(neighbour), [str(each) for each in known], 1, 0.6)
            hint = f" Did you mean {near[0]}?" if near else ""
            self.mistakes.append(f"{where}, {side}: there is no {neighbour} there.{hint}")
        return max(len(known) - 1, 0) if kind == "bands" else len(known)

    def leave_out(self, made: dict[str, Any], codes: Sequence[str], where: str) -> None:
        """Rules that the template does without."""
        rules = made.get("rule", [])
        for code in codes:
            if code not in [rule.get("code") for rule in rules]:
                self.mistakes.append(f"{where}.without: there is no rule {code} to leave out.")
            elif self.is_locked(f"{where}.rule.{code}"):
                self.refuse(f"{where}.rule.{code}")
            else:
                rules = [rule for rule in rules if rule.get("code") != code]
        made["rule"] = rules

    def is_locked(self, where: str) -> bool:
        return any(where == place or where.startswith(f"{place}.") for place in self.locked)

    def refuse(self, place: str) -> None:
        self.mistakes.append(
            f"{place}: this is part of what qipxl promises (nothing is blue without evidence, an original due date stands, "
            "nobody verifies their own action) and cannot be changed. Take it out; only its words are yours."
        )


def is_members(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, Mapping) for each in value)


def extend(below: Mapping[str, Any], above: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What a template file says, laid over what the template says that it extends; and what it may not say."""
    heading = below.get("template", {})
    extension = Extension(frozenset(heading.get("locked", ())))
    rest = {key: value for key, value in above.items() if key != "template"}
    made = extension.laid_over({key: value for key, value in below.items() if key != "template"}, rest)
    own = above.get("template", {})
    extension.mistakes += [
        f"template.{key}: only a template that extends no other may say this. Take it out."
        for key in own
        if key in ("locked", "earned")
    ]
    made["template"] = {**heading, **own, "locked": heading.get("locked", []), "earned": heading.get("earned", [])}
    extension.mistakes += unearned(below, made)
    return made, extension.mistakes


def unearned(below: Mapping[str, Any], made: Mapping[str, Any]) -> Iterator[str]:
    """New bands and states of an earned colour: a template may add reasons for a worse rating, not for a better one."""
    colours = set(made["template"]["earned"])
    for key, rating, states in rated(made):
        others = {other.get("key"): other for table, other, _ in rated(below) if table == key}
        known = others.get(rating.get("key"), {})
        bands = {band.get("code"): band.get("word") for band in known.get("bands", ())}
        before = {state.get("word"): state.get("colour") for state in known.get("states", ())}
        if not known:
            continue
        where = f"{key}.rating {rating.get('key')}"
        for word, colour in states.items():
            if colour in colours and before.get(word) != colour:
                yield f"{where}, {word}: {colour} cannot be given to a word of your own. Choose another colour."
        for band in rating.get("bands", ()):
            new = bands.get(band.get("code")) != band.get("word")
            if new and states.get(band.get("word")) in colours:
                yield (
                    f"{where}, band {band.get('code')}: a band of your own cannot give {band.get('word')!r}; it may say why "
                    "something is worse, not why it is better."
                )


def rated(declared: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], dict[Any, Any]]]:
    """Each rating, with its table and the colour of each of its words."""
    for key, table in declared.items():
        for rating in table.get("rating", ()) if isinstance(table, Mapping) else ():
            if isinstance(rating, Mapping) and is_members(rating.get("states", [])):
                yield key, rating, {state.get("word"): state.get("colour") for state in rating.get("states", ())}
