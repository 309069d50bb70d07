"""The stamp of a tracker on a hidden sheet: template, service and period, and digests of the issued rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from qipxl.errors import RequestError
from qipxl.periods import Period
from qipxl.text import printable

HEADING = ("qipxl stamp", "Please leave this sheet as it is: head office needs it to read the tracker back.")
FACTS = ("template", "version", "service", "code", "region", "manager", "period")
LAST_RETURN = "last return"
"""The month and the start of the digest of the return whose content the tracker carries on; trackers issued earlier do not say."""

TAKEN_OVER = "taken over"
"""The month in which the plan was taken over from an old one; only the trackers of such plans have it."""
OTHER_FACTS = (LAST_RETURN, TAKEN_OVER)


@dataclass(frozen=True)
class IssuedRow:
    """A row of the issued tracker; `fields` are short digests of its cells, in the template's order.

    `original_due` is the date of the row that never changes: the original due date of an action, the due date of a milestone.
    """

    table: str
    ref: str
    original_due: str
    digest: str
    fields: str = ""


@dataclass(frozen=True)
class Stamp:
    """Template, version, service and period of a tracker, its issued rows, and digests of its issued texts by sheet.

    `hidden` are the sheets that it was issued with as hidden. Trackers of earlier versions have no `texts` or no `hidden`.
    `headings` are the headings, by table and field, that the provider's list of statements gives a column.
    """

    facts: Mapping[str, str]
    issued: Sequence[IssuedRow] = field(default_factory=tuple)
    texts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    headings: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def template(self) -> str:
        return self.facts["template"]

    @property
    def version(self) -> str:
        return self.facts["version"]

    @property
    def plan_month(self) -> int | None:
        """The month of the plan since it was taken over from an old one, from 1; None if it was not."""
        if TAKEN_OVER not in self.facts:
            return None
        return Period.read(self.facts[TAKEN_OVER]).months_to(Period.read(self.facts["period"])) + 1

    def rows(self) -> Iterator[tuple[str, ...]]:
        """The rows of the stamp's sheet."""
        yield HEADING
        for key in FACTS:
            yield (key, self.facts[key])
        for key in OTHER_FACTS:
            if key in self.facts:
                yield (key, self.facts[key])
        for row in self.issued:
            yield ("issued", row.table, row.ref, row.original_due, row.digest, row.fields)
        for sheet, digests in self.texts.items():
            yield ("texts", sheet, " ".join(sorted(digests)))
        for sheet in sorted(self.hidden):
            yield ("hidden", sheet)
        for (table, name), heading in self.headings.items():
            yield ("heading", table, name, heading)


def read_stamp(rows: Iterable[Sequence[object]]) -> Stamp | None:
    """The stamp from the rows of its sheet; None if a fact is missing or invalid."""
    facts: dict[str, str] = {}
    issued: list[IssuedRow] = []
    texts: dict[str, frozenset[str]] = {}
    hidden: set[str] = set()
    headings: dict[tuple[str, str], str] = {}
    for row in rows:
        if row[0] == "issued" and len(row) >= 5:
            issued.append(IssuedRow(*map(str, row[1:6])))
        elif row[0] == "texts" and len(row) >= 3:
            texts[str(row[1])] = frozenset(str(row[2]).split())
        elif row[0] == "hidden" and len(row) >= 2:
            hidden.add(str(row[1]))
        elif row[0] == "heading" and len(row) >= 4:
            headings[str(row[1]), str(row[2])] = str(row[3])
        elif row[0] in (*FACTS, *OTHER_FACTS):
            facts.setdefault(str(row[0]), str(row[1]))
    complete = set(FACTS) <= facts.keys() and all(facts[key] for key in ("template", "version", "code"))
    return (
        Stamp(facts, tuple(issued), texts, frozenset(hidden), headings)
        if complete and is_valid([facts["period"], facts.get(TAKEN_OVER, facts["period"])], issued)
        else None
    )


def is_valid(periods: Iterable[str], issued: Iterable[IssuedRow]) -> bool:
    """True if the periods are valid and every original due date is a date or blank."""
    try:
        for period in periods:
            Period.read(period)
        for row in issued:
            date.fromisoformat(row.original_due or "2000-01-01")
    except (RequestError, ValueError):
        return False
    return True


def row_digest(values: Iterable[object]) -> str:
    """A short digest of a row's values; surrounding blanks and the notation of numbers do not count."""
    return hashlib.sha256("\x1f".join(map(stable_text, values)).encode()).hexdigest()[:16]


@lru_cache(maxsize=8192, typed=True)
def field_digest(value: object) -> str:
    """A very short digest of one cell, enough to distinguish the values of a column."""
    return hashlib.sha256(stable_text(value).encode()).hexdigest()[:6]


def setting_digest(name: str, value: object) -> str:
    """A very short digest of a setting's name and value, by which an issued value is known."""
    return field_digest(f"{name} {stable_text(value)}")


@lru_cache(maxsize=8192, typed=True)
def stable_text(value: object) -> str:
    """A value as text that is the same before and after a spreadsheet program saves it."""
    if value is None or value != value:
        return ""
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, int | float):
        return f"{value + 0:.10g}"  # 0 for -0.0 too
    return " ".join(printable(str(value)).split())
