"""Explains a code in words: rules, bands, ratings and settings of the templates, and the problems found by reading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from qipxl.errors import RequestError
from qipxl.returns.codes import CODES
from qipxl.template import Template


@dataclass(frozen=True)
class Explanation:
    """One meaning of a code: its kind, and lines of label and text."""

    code: str
    what: str
    lines: tuple[tuple[str, str], ...]


def explain(code: str, templates: Iterable[Template]) -> list[Explanation]:
    """All meanings of a code, each once (a meaning inherited from another template is listed under that template).

    Raises RequestError with similar codes if the code is unknown.
    """
    known = list(all_codes(templates))
    bare = re.sub(r"^qip_|_t\d$", "", code.strip().lower())
    meanings: dict[tuple[tuple[str, str], ...], Explanation] = {}
    for explanation in known:
        if explanation.code == bare:
            meanings.setdefault(explanation.lines, explanation)
    if len(meanings) > FEW:
        return [in_short(bare, [*meanings.values()])]
    if meanings:
        return [*meanings.values()]
    similar = get_close_matches(code.lower(), sorted({explanation.code for explanation in known}), 3, 0.5)
    hint = f" Did you mean {' or '.join(similar)}?" if similar else ""
    raise RequestError(f"There is no code {code}.{hint}")


FEW = 4
"""The most meanings that are explained one by one."""


def in_short(code: str, meanings: Sequence[Explanation]) -> Explanation:
    """A code that many fields share: its message at each."""
    texts = [(meaning.what, dict(meaning.lines)) for meaning in meanings]
    lines = tuple((text.get("At", what), text.get("Says", "")) for what, text in texts)
    return Explanation(code, f"{len(meanings)} meanings", lines)


def all_codes(templates: Iterable[Template]) -> Iterator[Explanation]:
    """All codes, those of reading first, then template by template."""
    for reader in CODES.values():
        says = reader.say.format(heading="(heading)", value="(the content)", more=" (details)")
        lines = (("Says", says), ("About", reader.about), ("Severity", reader.severity))
        yield Explanation(reader.code, "a problem found by reading", lines)
    for template in templates:
        yield from rule_codes(template)
        yield from rating_codes(template)
        for key, setting in template.setting.items():
            words = template.rules.schema.settings[key].words()
            yield Explanation(key, f"a setting of {template.key}", (("Value", words), ("About", setting.say)))


def rule_codes(template: Template) -> Iterator[Explanation]:
    for key, rules in template.rules.rules.items():
        written = {line.code: line.when for line in template.tables[key].rule}
        for rule in rules:
            at = f"{template.tables[key].sheet}, {rule.at.heading}"
            lines = [("When", rule.when.words()), ("Says", rule.say), ("At", at)]
            if rule.code in written:
                lines.append(("Written", written[rule.code]))
            lines.append(("Severity", rule.severity))
            if not rule.by_reader:
                yield Explanation(rule.code, f"a rule of {template.key}, {template.tables[key].sheet}", tuple(lines))


def rating_codes(template: Template) -> Iterator[Explanation]:
    tables = {**template.tables, **template.provider}
    for key, ratings in (*template.rules.ratings.items(), *template.provider_rules.ratings.items()):
        for rating, line in zip(ratings, tables[key].rating, strict=True):
            states = tuple((state.label, state.say) for state in rating.states)
            yield Explanation(line.key, f"a rating of {template.key}, worst first", (("About", line.about), *states))
            what = f"a band of the rating {rating.column.heading}, {template.key}"
            for band, declared in zip(rating.decides.bands, line.bands, strict=False):
                texts = (band.word, band.say, band.when.words(), declared.when)
                lines = zip(("Gives", "Because", "When", "Written"), texts, strict=True)
                yield Explanation(band.code, what, tuple(line for line in lines if line[1]))
            otherwise = (("Gives", rating.decides.otherwise), ("When", "none of the rating's other bands holds"))
            yield Explanation(rating.decides.otherwise_code, what, otherwise)
