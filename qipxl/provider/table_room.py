"""Room in a tracker's tables: the oldest closed rows of a full table stay in the archive.

A row is closed if all that it asks for was done, no row of the tracker names it, and newer rows say the same to every rule:
without it no rating changes. Rows that are not closed always stay; a tracker has as many rows as they need.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from qipxl.rules.listed import words_apart
from qipxl.template import TableLine, Template
from qipxl.text import folded
from qipxl.workbook.cells import is_blank

Row = dict[str, object]


@dataclass(frozen=True)
class Closing:
    """How the rows of a table close.

    day: the field whose date says how old a row is; a closed row has one.
    filled: other fields that a closed row has.
    follow_up: two fields; if the first is filled, a closed row has the second.
    alike: the fields in which rows must agree to be alike for the rules. Of alike rows those of the newest days stay.
    newest: the number of these days.
    """

    day: str
    filled: tuple[str, ...] = ()
    follow_up: tuple[tuple[str, str], ...] = ()
    alike: tuple[str, ...] = ()
    newest: int = 2


CLOSING: Mapping[str, Closing] = {
    "milestones": Closing("done_on", ("evidence_ref",), alike=("action",)),
    "packs": Closing(
        "month",
        ("strength",),
        (("challenge", "follow_up_closed"), ("follow_up", "follow_up_closed"), ("follow_up_due", "follow_up_closed")),
        ("action", "strength", "submitted_by"),
    ),
    "panel": Closing("met_on", ("explanation",), (("support", "support_done"), ("support_due", "support_done")), newest=0),
    "evidence": Closing("submitted_on", ("judgement",), alike=("action", "category", "submitted_by", "judgement")),
    "challenge": Closing("closed_on", ("follow_up",), newest=0),
    "reviews": Closing(
        "held_on",
        ("effective",),
        (("audit_finding", "reaudit_result"),),
        ("action", "effective", "embedded", "measure_result", "reaudit_result"),
    ),
    "measurements": Closing("month", alike=("indicator",), newest=12),
}  # fmt: skip
"""How rows close, by table. The rows of other tables never do. Rows of tables further down may be named by rows further up."""


FOLLOWED_UP: Mapping[str, Sequence[tuple[str, str]]] = {
    "challenge": (("ref", "closed_on"),),
    "panel": (("challenge", "explanation"), ("support", "support_done")),
    "packs": (("challenge", "follow_up_closed"), ("follow_up", "follow_up_closed")),
}
"""Pairs of fields, by table: if the first is filled, the matter is open until the second is."""


def is_open_matter(key: str, row: Row) -> bool:
    """True if a meeting asked for something in a row of a table, and it is not done yet.

    >>> [is_open_matter("panel", {"support": "A coach", "support_done": day}) for day in (None, date(2026, 3, 9))]
    [True, False]
    """
    return any(is_filled(row, asked) and not is_filled(row, done) for asked, done in FOLLOWED_UP.get(key, ()))


def make_room(template: Template, rows: dict[str, list[Row]], until: date) -> list[str]:
    """Remove the oldest closed rows from each table that has more rows than its sheet; a sentence for each table says so.

    template: the template of the tracker.
    rows: the rows of each table of the tracker; changed in place.
    until: the day after which nothing counts as closed.

    >>> from qipxl import find_template
    >>> row = {"closed_on": date(2026, 3, 9), "follow_up": "Asked the agency."}
    >>> rows = {"challenge": [row | {"ref": f"C-{number}"} for number in range(101)]}
    >>> make_room(find_template("core"), rows, date(2026, 3, 31)), rows["challenge"][0]["ref"]
    (['Challenge: the oldest row is not here; head office keeps it.'], 'C-1')
    """
    sentences = []
    for key in [name for name in CLOSING if name in rows and name in template.tables]:
        line = template.tables[key]
        surplus = len(rows[key]) - line.rows
        if surplus <= 0:
            continue
        gone = set(closed_rows(CLOSING[key], line, rows[key], refs_named(template, rows, key), until)[:surplus])
        rows[key] = [row for index, row in enumerate(rows[key]) if index not in gone]
        if len(gone) == 1:
            sentences.append(f"{line.sheet}: the oldest row is not here; head office keeps it.")
        elif gone:
            sentences.append(f"{line.sheet}: the oldest {len(gone)} rows are not here; head office keeps them.")
    return sentences


def closed_rows(closing: Closing, line: TableLine, rows: Sequence[Row], named: set[str], until: date) -> list[int]:
    """The indexes of the rows that can stay in the archive, the oldest first."""
    days: dict[tuple[str, ...], set[date]] = {}
    for row in rows:
        if (day := day_of(row, closing, until)) is not None:
            days.setdefault(likeness(row, closing), set()).add(day)
    closed = []
    for index, row in enumerate(rows):
        day = day_of(row, closing, until)
        if day is None or not is_closed(row, closing, line) or folded(row.get("ref")) in named:
            continue
        if sum(other > day for other in days[likeness(row, closing)]) >= closing.newest:
            closed.append((day, index))
    return [index for _, index in sorted(closed)]


def day_of(row: Row, closing: Closing, until: date) -> date | None:
    """The date that says how old a row is; None if it has none, or a later one than `until`."""
    day = row.get(closing.day)
    return day if isinstance(day, date) and day <= until else None


def is_closed(row: Row, closing: Closing, line: TableLine) -> bool:
    """True if a row has all that a closed row has, and no date or number that could not be read."""
    if any(isinstance(row.get(field.key), str) for field in line.field if field.type in ("date", "number")):
        return False
    complete = all(is_filled(row, name) for name in closing.filled)
    return complete and all(is_filled(row, done) or not is_filled(row, asked) for asked, done in closing.follow_up)


def is_filled(row: Row, name: str) -> bool:
    """True if a cell holds a value."""
    return row.get(name) is not None and not is_blank(row[name])


def likeness(row: Row, closing: Closing) -> tuple[str, ...]:
    """The values in which alike rows agree."""
    return tuple(folded(row.get(name)) for name in closing.alike)


def refs_named(template: Template, rows: Mapping[str, Sequence[Row]], key: str) -> set[str]:
    """The Refs of a table that rows of other tables name, folded."""
    return {
        ref
        for name in rows
        if name in template.tables and name != key
        for ref in refs_in(template, rows[name], name, key)
    }


def refs_in(template: Template, rows: Sequence[Row], name: str, key: str) -> Iterator[str]:
    """The Refs of the table `key` that rows of the table `name` name; a reference to evidence may hold several."""
    for field in template.tables[name].field:
        if field.key == "evidence_ref" or (field.type == "reference" and field.to == key):
            for row in rows:
                text = str(row.get(field.key) or "")
                yield folded(text)
                yield from map(folded, words_apart(text).split())
