"""Inheritance: the declaration of a template merged into that of the template it extends (its base).

Tables, lists, settings and colours are merged by name; fields, calculated values, ratings, rules, states, bands, guidance
and indicators by their key, code, word, title or ref. A new member goes to the end of its list (a band before the last
one), or where `before` or `after` puts it. `add` appends words to a list; `without` removes rules of the base. Some
parts of a base are locked: a template may change their texts and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qipxl.text import did_you_mean

MEMBER_KEYS = {
    "field": "key", "calculated": "key", "rating": "key", "rule": "code", "states": "word", "bands": "code",
    "guidance": "title", "indicator": "ref",
}  # fmt: skip
"""Lists whose members are merged, each with the entry that identifies a member."""
TEXTS = {
    "heading", "title", "about", "say", "plain", "shown", "prompt", "required", "group", "width", "unit", "letter", "because",
    "source", "sheet",
}  # fmt: skip
"""What a template may change in a locked part."""
DEEPEST = 5
"""Most templates that may extend one another in a chain."""


@dataclass
class Extension:
    """A merge of a template into its base; `mistakes` collects forbidden changes and names that do not exist."""

    locked: frozenset[str]
    mistakes: list[str] = field(default_factory=list)

    def merge(self, base: Mapping[str, Any], changes: Mapping[str, Any], path: str = "") -> dict[str, Any]:
        """A table of TOML with changes; `path` is its dotted path in the template."""
        merged = dict(base)
        for key, value in changes.items():
            part = f"{path}.{key}" if path else key
            if key == "without" and path:
                self.remove_rules(merged, value, path)
            elif key == "add" and path.startswith("lists."):
                merged["values"] = [*merged.get("values", ()), *value]
            elif key in MEMBER_KEYS and is_members(value) and is_members(merged.get(key, [])):
                merged[key] = self.merge_members(key, merged.get(key, []), value, part)
            elif isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
                merged[key] = self.merge(merged[key], value, part)
            elif key in merged and merged[key] != value and self.is_locked(path) and key not in TEXTS:
                self.refuse(part)
            else:
                merged[key] = value
        return merged

    def merge_members(
        self, kind: str, base: Sequence[Mapping[str, Any]], changes: Sequence[Mapping[str, Any]], path: str
    ) -> list[dict[str, Any]]:
        """A list of members with changes: known members are merged, new ones inserted."""
        key = MEMBER_KEYS[kind]
        merged = [dict(member) for member in base]
        for change in changes:
            names = [member.get(key) for member in merged]
            name = change.get(key)
            positions = {side: change[side] for side in ("before", "after") if side in change}
            entries = {entry: value for entry, value in change.items() if entry not in positions}
            if name in names:
                index = names.index(name)
                for side in positions:
                    self.mistakes.append(f"{path} {name}, {side}: only what is new can be placed. Take it out.")
                merged[index] = self.merge(merged[index], entries, f"{path}.{name}")
            elif self.is_locked(path):
                self.refuse(f"{path}.{name}")
            else:
                merged.insert(self.new_index(kind, names, positions, f"{path} {name}"), entries)
        return merged

    def new_index(self, kind: str, names: Sequence[Any], positions: Mapping[str, Any], where: str) -> int:
        """The index at which a new member is inserted."""
        for side, neighbour in positions.items():
            if neighbour in names:
                return names.index(neighbour) + (side == "after")
            hint = did_you_mean(str(neighbour), map(str, names))
            self.mistakes.append(f"{where}, {side}: there is no {neighbour} there.{hint}")
        return max(len(names) - 1, 0) if kind == "bands" else len(names)

    def remove_rules(self, merged: dict[str, Any], codes: Sequence[str], where: str) -> None:
        """Take out the rules with these codes."""
        rules = merged.get("rule", [])
        for code in codes:
            if code not in [rule.get("code") for rule in rules]:
                self.mistakes.append(f"{where}.without: there is no rule {code} to leave out.")
            elif self.is_locked(f"{where}.rule.{code}"):
                self.refuse(f"{where}.rule.{code}")
            else:
                rules = [rule for rule in rules if rule.get("code") != code]
        merged["rule"] = rules

    def is_locked(self, path: str) -> bool:
        return any(path == locked or path.startswith(f"{locked}.") for locked in self.locked)

    def refuse(self, path: str) -> None:
        self.mistakes.append(
            f"{path}: this is one of qipxl's fixed rules (nothing is blue without evidence, an original due date never "
            "changes, an owner never verifies their own action). Take it out; you can change only its texts."
        )


def is_members(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(member, Mapping) for member in value)


def extend(
    base: Mapping[str, Any], changes: Mapping[str, Any], *, shipped: bool = False
) -> tuple[dict[str, Any], list[str]]:
    """The declaration of a template file merged into that of its base, and the mistakes in it.

    A `shipped` template is qipxl's own: it may change locked parts, such as what counts as evidence. They stay locked for
    templates that extend it.
    """
    base_heading, heading = base.get("template", {}), changes.get("template", {})
    extension = Extension(frozenset() if shipped else frozenset(base_heading.get("locked", ())))
    merged = extension.merge(without_heading(base), without_heading(changes))
    fixed = {key: base_heading.get(key, []) for key in ("locked", "earned")}
    for key in [key for key in heading if key in fixed]:
        extension.mistakes.append(f"template.{key}: only a template that extends no other may have this. Take it out.")
    merged["template"] = {**base_heading, **heading, **fixed}
    extension.mistakes += unearned(base, merged)
    return merged, extension.mistakes


def without_heading(declared: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in declared.items() if key != "template"}


def unearned(base: Mapping[str, Any], merged: Mapping[str, Any]) -> Iterator[str]:
    """New bands and states of an earned colour: a template may add reasons for a worse rating, not for a better one."""
    colours = set(merged["template"]["earned"])
    for key, rating, states in ratings_of(merged):
        base_ratings = {other.get("key"): other for table, other, _ in ratings_of(base) if table == key}
        if rating.get("key") not in base_ratings:
            continue
        known = base_ratings[rating.get("key")]
        bands = {band.get("code"): band.get("word") for band in known.get("bands", ())}
        before = {state.get("word"): state.get("colour") for state in known.get("states", ())}
        where = f"{key}.rating {rating.get('key')}"
        for word, colour in states.items():
            if colour in colours and before.get(word) != colour:
                yield f"{where}, {word}: {colour} cannot be given to a word of your own. Choose another colour."
        for band in rating.get("bands", ()):
            code, word = band.get("code"), band.get("word")
            if bands.get(code) != word and states.get(word) in colours:
                yield f"{where}, band {code}: a band of your own cannot give {word!r}; it can make a rating worse, not better."


def ratings_of(declared: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], dict[Any, Any]]]:
    """Each rating, with its table and the colour of each of its words."""
    for key, table in declared.items():
        for rating in table.get("rating", ()) if isinstance(table, Mapping) else ():
            if isinstance(rating, Mapping) and is_members(rating.get("states", [])):
                yield key, rating, {state.get("word"): state.get("colour") for state in rating.get("states", ())}
