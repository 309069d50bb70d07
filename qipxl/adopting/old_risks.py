"""Rows of a risk register → risks for the provider's register; a row that says what is to be done is an action too."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count

from qipxl.adopting.account import ExtraText, Record
from qipxl.adopting.heading_words import comparable, is_misspelt
from qipxl.adopting.mapping import ISSUE, REF, RISK_REF
from qipxl.text import as_text, folded

RISK_WORDS = frozenset({"risk", "hazard", "threat"})
NOT_ONLY_RISKS = "issue"
"""A word that says that a list holds more than risks: Issue or risk."""
SCORES = ("likelihood", "consequence")
SCORE_WORDS = (frozenset({"likelihood", "probability"}), frozenset({"consequence", "impact", "severity"}))
"""The words in a heading of each score, whatever the values below."""
NOW, START = (tuple(f"actions.{score}_{when}" for score in SCORES) for when in ("now", "start"))
LOWEST, HIGHEST = 1, 5
OF_RISK = ("actions.theme", "actions.risk_target")
"""What every action of a risk gets from the first row of the risk, with its scores, unless its own row says it."""
TO_DO = ("actions.intended_change", "actions.due", "actions.completed_on", "milestones.milestone")
"""The fields that make an action of a risk: what is to be done, and by when."""
REVIEWED = "actions.last_update"


def is_risk_register(fields: Mapping[str, str], titles: Collection[str]) -> bool:
    """True for rows with a likelihood and a consequence below headings or titles of tabs that speak of risks.

    `fields` has the field of each heading, empty for none.
    """
    words = {heading: set(comparable(heading).split()) for heading in fields}
    scored = all(
        any(
            field.startswith(f"actions.{score}_") or is_named(words[heading], named)
            for heading, field in fields.items()
        )
        for score, named in zip(SCORES, SCORE_WORDS, strict=True)
    )
    naming = [words[heading] for heading, field in fields.items() if field in (REF, RISK_REF, ISSUE)]
    naming += [set(comparable(title).split()) for title in titles]
    return scored and any(RISK_WORDS & each and NOT_ONLY_RISKS not in each for each in naming)


def is_named(words: Collection[str], names: Collection[str]) -> bool:
    """True if one of the words is one of the names, perhaps mistyped."""
    return any(is_misspelt(word, name) for word in words for name in names)


@dataclass
class AdoptedRisk:
    """A risk of an old register: its reference, what it says, its score, when that was looked at, and the Refs of its actions."""

    ref: str
    risk: str
    likelihood: float | None = None
    consequence: float | None = None
    reviewed_on: date | None = None
    actions: list[str] = field(default_factory=list)


class RiskList:
    """The risks of one service. Rows with the same reference, or with none and the same text, are about the same risk."""

    def __init__(self, records: Sequence[Record]) -> None:
        """`records` are all rows of the service; no new reference will be one of theirs."""
        self.risks: list[AdoptedRisk] = []
        self.taken = {folded(old_ref(record)) for record in records}
        self.found: dict[tuple[str, str], AdoptedRisk] = {}
        self.first: dict[str, Record] = {}
        self.placed: dict[str, set[str]] = {}

    def add(self, record: Record) -> None:
        """Add the risk of a row whose values are typed, and give the row its reference; a row that says no risk stays as it is."""
        old, text = old_ref(record), as_text(record.values.get(ISSUE, "")).strip()
        risk = self.found.get((folded(old), folded(text)))
        if risk is None and text:
            risk = self.new_risk(record, old, text)
        if risk is None:
            return
        if RISK_REF not in record.values:
            record.values.pop(REF, None)
        if old and folded(old) != folded(risk.ref):
            record.extra_texts.insert(0, ExtraText("Ref", old, record.where))
        record.values[RISK_REF] = record.old_ref = risk.ref
        if is_action(record):
            self.complete(record)

    def new_risk(self, record: Record, old: str, text: str) -> AdoptedRisk:
        """A risk that no earlier row is about, with the reference of its row or, if another risk has that, a new one."""
        ref = old if old and folded(old) not in self.first else self.new_ref()
        reviewed = record.values.get(REVIEWED)
        risk = AdoptedRisk(ref, text, reviewed_on=reviewed if isinstance(reviewed, date) else None)
        if names := score_fields(record):
            risk.likelihood, risk.consequence = (score_of(record, name) for name in names)
        self.risks.append(risk)
        self.first[folded(ref)] = record
        self.placed[folded(ref)] = {*score_fields(record), *((REVIEWED,) if risk.reviewed_on else ())}
        self.found.setdefault(("", folded(text)), risk)
        if old:
            self.found |= {(folded(old), folded(text)): risk, (folded(old), ""): risk}
        return risk

    def new_ref(self) -> str:
        """The next reference that no row has."""
        ref = next(ref for number in count(1) if (ref := f"RISK-{number:03d}").lower() not in self.taken)
        self.taken.add(ref.lower())
        return ref

    def complete(self, record: Record) -> None:
        """Give an action what the first row of its risk says of the risk; scores only if its own row has none."""
        scores = () if any(name in record.values for name in (*START, *NOW)) else (*START, *NOW)
        first = self.first[folded(record.old_ref)]
        for name in (ISSUE, *OF_RISK, *scores):
            if name in first.values and name not in record.values:
                record.values[name] = first.values[name]
                self.placed[folded(record.old_ref)].add(name)

    def left_of(self, record: Record) -> dict[str, object]:
        """The values of a row that is no action, by field, for which neither its risk nor an action has a place."""
        placed = {ISSUE, RISK_REF}
        if self.first[folded(record.old_ref)] is record:
            placed |= self.placed[folded(record.old_ref)]
        return {name: value for name, value in record.values.items() if name not in placed}


def old_ref(record: Record) -> str:
    """The reference that an old row gives its risk; its own reference if it has no other."""
    return as_text(record.values.get(RISK_REF, record.values.get(REF, ""))).strip()


def is_action(record: Record) -> bool:
    """True if a row says what is to be done, or by when."""
    return any(name in record.values for name in TO_DO)


def score_fields(record: Record) -> tuple[str, ...]:
    """The fields with a risk's score: those of now, else those of the start, if both numbers are from 1 to 5; else none."""
    pairs = (NOW, START)
    return next((pair for pair in pairs if all(score_of(record, name) is not None for name in pair)), ())


def score_of(record: Record, name: str) -> float | None:
    """A likelihood or a consequence; None if it is not a number from 1 to 5."""
    value = record.values.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if LOWEST <= value <= HIGHEST else None
