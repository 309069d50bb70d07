"""Reads a meeting book that was filled in; what cannot be read is named by its cell, and does not count."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from qipxl.errors import RequestError
from qipxl.files import digest
from qipxl.periods import Period
from qipxl.provider.meetings.book import (
    ABOUT_MEETING,
    COLUMNS,
    FACTS,
    MATTERS,
    MEETING,
    STAMP,
    STAMPED,
    BookColumn,
)
from qipxl.provider.meetings.kinds import Kinds
from qipxl.provider.meetings.matters import TYPED, MatterLine, refs_in
from qipxl.provider.register_schema import JUDGEMENTS, LEVELS, STRENGTHS, YES_NO
from qipxl.reading.file.sheets import PlainSheets, Rows
from qipxl.reading.sheets import read_sheets
from qipxl.returns.cell_values import parse_date
from qipxl.services import Service
from qipxl.text import as_text, clean_text, did_you_mean, escaped, folded
from qipxl.workbook.cells import CellError, is_blank
from qipxl.workbook.headings import Headings, find_headings, fold
from qipxl.workbook.layout import cell_address

CHOICES = {"judgement": (*JUDGEMENTS, *STRENGTHS), "closed": YES_NO}
MOST_TEXT = 5_000
"""The most characters of a cell that are kept."""


@dataclass(frozen=True)
class StampedMatter:
    """A matter as the book was written."""

    cells: Mapping[str, str]

    @property
    def ref(self) -> str:
        return self.cells["ref"]


@dataclass
class ReadBook:
    """A copy of a meeting book: its stamp, the meeting, the matters, and a sentence for each cell that could not be used.

    `held_on` is None as long as the meeting's date is missing; then nothing in it counts. `is_blank` is true if nobody has
    filled in anything. `cells` has the address of each matter's row, by Ref.
    """

    path: Path
    digest: str
    kind: str
    meeting: str
    month: str
    held_on: date | None = None
    about: dict[str, str] = field(default_factory=dict)
    matters: dict[str, MatterLine] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The file's name as sentences show it."""
        return escaped(self.path.name)

    @property
    def is_blank(self) -> bool:
        written = any(line.was_discussed for line in self.matters.values())
        return self.held_on is None and not written and not any(self.about.values()) and not self.problems

    def say(self, cell: str, words: str) -> None:
        """Note what is wrong with a cell."""
        self.problems.append(f"{self.name}, {cell}: {words}")


def read_book(path: Path, kinds: Kinds, services: Sequence[Service], provider: str = "") -> ReadBook:
    """Read a copy of a meeting book.

    Raises SourceError if the file cannot be read, RequestError if it is not a meeting book of this provider.
    """
    sheets = read_sheets(path, "The meeting book")
    facts, stamped = read_stamp(path, sheets)
    try:
        period, kind = Period.read(facts["month"]), kinds.named(facts["kind"])
    except RequestError as error:
        raise RequestError(f"{path} was changed on its sheet {STAMP}: {error} Go back to an earlier copy.") from None
    if provider and folded(facts["provider"]) != folded(provider):
        raise RequestError(
            f"{path} is a meeting book of {facts['provider'] or 'another provider'}, not of {provider}. Read it with that provider's folder."
        )
    book = ReadBook(path, digest(path), kind.key, kind.title, str(period))
    read_meeting(book, sheets.rows.get(MEETING), period)
    day = book.held_on or period.last
    rows = sheets.rows.get(MATTERS)
    headings = find_headings(rows, [column.heading for column in COLUMNS]) if rows else None
    if rows is None or headings is None or "Ref" not in headings.columns:
        raise RequestError(
            f"{path} has no sheet {MATTERS} with its row of headings. Go back to an earlier copy, or put the sheet back."
        )
    missing = [column.heading for column in COLUMNS if column.typed and column.heading not in headings.columns]
    if missing:
        book.say(MATTERS, f"The column {', '.join(missing)} is missing, so nothing was read from it. Put it back.")
    read_matters(book, rows, headings, stamped, services, day, kind.prefix)
    return book


def read_stamp(path: Path, sheets: PlainSheets) -> tuple[dict[str, str], dict[str, StampedMatter]]:
    """The facts and the matters of a book's stamp; raises RequestError if the file has none."""
    facts: dict[str, str] = {}
    matters: dict[str, StampedMatter] = {}
    for row in sheets.rows.get(STAMP, []):
        first, *cells = [as_text(cell) for cell in row]
        if first in FACTS and cells:
            facts.setdefault(first, cells[0])
        elif first == "matter":
            values = dict(zip(STAMPED, [*cells, *[""] * len(STAMPED)], strict=False))
            matters.setdefault(folded(values["ref"]), StampedMatter(values))
    if not set(FACTS[:3]) <= facts.keys():
        raise RequestError(
            f"{path} is not a meeting book that qipxl wrote, or its hidden sheet {STAMP} is gone. Write one with `qipxl meeting`."
        )
    return {"provider": "", **facts}, matters


def read_meeting(book: ReadBook, rows: Rows | None, period: Period) -> None:
    """Read the sheet about the meeting."""
    labels = {fold(label): key for key, (label, _) in ABOUT_MEETING.items()}
    for number, row in enumerate(rows or [], 1):
        place = next((index for index, cell in enumerate(row) if isinstance(cell, str) and fold(cell) in labels), None)
        if place is None:
            continue
        key = labels[fold(row[place])]
        column, value = next(
            ((index, cell) for index, cell in enumerate(row) if index > place and not is_blank(cell)), (place + 1, "")
        )
        where = f"{MEETING}!{cell_address(column, number)}"
        if key == "held_on":
            book.held_on = read_date(book, where, ABOUT_MEETING[key][0], value)
        else:
            book.about[key] = read_text(book, where, ABOUT_MEETING[key][0], value)
    if book.held_on is not None and not period.first <= book.held_on <= period.plus(12).last:
        book.say(
            MEETING,
            f"The date {book.held_on:%d/%m/%Y} is not within a year of {period.words}, the month of this book. Correct it.",
        )
        book.held_on = None


def read_matters(
    book: ReadBook,
    rows: Rows,
    headings: Headings,
    stamped: Mapping[str, StampedMatter],
    services: Sequence[Service],
    day: date,
    prefix: str,
) -> None:
    """Read the rows of Matters: those that were written, wherever they are now, and those that were added."""
    places = {column.key: headings.columns[column.heading] for column in COLUMNS if column.heading in headings.columns}
    seen: dict[str, int] = {}
    for number, row in enumerate(rows[headings.row :], headings.row + 1):
        cells = {key: row[index] for key, index in places.items() if index < len(row) and not is_blank(row[index])}
        if not set(cells) - {"ref"}:
            continue
        where = f"{MATTERS}!{cell_address(places['ref'], number)}"
        ref = clean_text(as_text(cells.get("ref", "")))
        known = stamped.get(folded(ref))
        values = typed_values(book, cells, places, number)
        if known is None:
            values |= raised_values(book, cells, places, number, services)
            ref = ref or raised_ref(prefix, book.month, values)
        else:
            values |= issued_values(known)
            if "item" in places and "item" not in values:
                values["item"] = ""
        if folded(ref) in seen:
            book.say(
                where, f"{ref} is in row {seen[folded(ref)]} already, so this row was not read. Keep one row of it."
            )
            continue
        seen[folded(ref)] = number
        line = made_line(book, ref if known is None else known.ref, values, where, day)
        if known is not None or line.was_discussed:
            book.matters[line.ref] = line
    for missing in [each for key, each in stamped.items() if key not in seen]:
        book.say(MATTERS, f"The row of {missing.ref} is missing. It counts as not discussed.")
        book.matters[missing.ref] = made_line(book, missing.ref, issued_values(missing), MATTERS, day)


def issued_values(known: StampedMatter) -> dict[str, object]:
    """What the stamp says about a matter, without its Ref and without the evidence offered to judge."""
    return {key: text for key, text in known.cells.items() if key not in ("ref", "item")}


def made_line(book: ReadBook, ref: str, values: Mapping[str, object], where: str, day: date) -> MatterLine:
    """The line of a row; what does not fit together is named, and left out."""
    made = dict(values)
    if made.get("level") is not None and not made.get("decision"):
        book.say(
            where, f"{ref} has a level but no decision, so the level does not count. Write in Decided what was decided."
        )
        made["level"] = None
    needing = [name for name in ("level", "new_date", "judgement", "verified_by") if made.get(name) not in (None, "")]
    if needing and not made.get("action"):
        headings = [column.heading for column in COLUMNS if column.key in needing]
        book.say(
            where,
            f"{ref} is about no action, so {' and '.join(headings)} does not count. Write the Action, or clear the cell.",
        )
        made |= dict.fromkeys(needing)
        made |= dict.fromkeys(("judgement", "verified_by"), "")
    if made.get("judgement") and not refs_in(str(made.get("item") or "")):
        book.say(where, f"{ref} says {made['judgement']}, but not of what. Write the Ref in Evidence or review.")
        made["judgement"] = ""
    kept = {name: value for name, value in made.items() if value is not None}
    meeting = {"kind": book.kind, "meeting": book.meeting, "month": book.month, "held_on": day, **book.about}
    return MatterLine.model_validate({"ref": ref, **meeting, "file": book.name, "cell": where, **kept})


def typed_values(
    book: ReadBook, cells: Mapping[str, object], places: Mapping[str, int], number: int
) -> dict[str, object]:
    """What a meeting typed into a row, by the keys of the columns."""
    values: dict[str, object] = {}
    for column in COLUMNS:
        if column.key in TYPED and column.key in cells:
            where = f"{MATTERS}!{cell_address(places[column.key], number)}"
            values[column.key] = read_cell(book, where, column, cells[column.key])
    return values


def read_cell(book: ReadBook, where: str, column: BookColumn, cell: object) -> object:
    """One cell in its column's type; a cell that cannot be read is named and left out."""
    if column.is_date:
        return read_date(book, where, column.heading, cell)
    text = read_text(book, where, column.heading, cell)
    if column.key == "level" and text:
        found = text.strip()[:1]
        if found not in LEVELS:
            book.say(where, f'{column.heading} says "{text}". Choose one from the list: {LEVELS[0]} to {LEVELS[-1]}.')
            return None
        return int(found)
    if column.key in CHOICES and text:
        words = {fold(choice): choice for choice in CHOICES[column.key]} | (SHORT if column.key == "closed" else {})
        if fold(text) not in words:
            book.say(where, f'{column.heading} says "{text}". Choose {" or ".join(CHOICES[column.key])}.')
        return words.get(fold(text), "")
    return text


SHORT = {"y": YES_NO[0], "n": YES_NO[1], "closed": YES_NO[0], "open": YES_NO[1]}
"""Other words that people type in Closed?."""


def read_date(book: ReadBook, where: str, heading: str, cell: object) -> date | None:
    """A date, also one that was typed as text."""
    read = parse_date(cell)
    if isinstance(read.value, date):
        return date(read.value.year, read.value.month, read.value.day)
    if not is_blank(cell):
        could_be = f" It could be {read.more}." if read.code == "date-ambiguous" and read.more else ""
        book.say(
            where, f'{heading} says "{as_text(cell)[:60]}", which is not a date.{could_be} Type one such as 31/03/2026.'
        )
    return None


def read_text(book: ReadBook, where: str, heading: str, cell: object) -> str:
    """A text, with its lines."""
    if isinstance(cell, CellError):
        book.say(where, f"{heading} has an error or a formula without a result. Type the text itself.")
        return ""
    text = "\n".join(line.strip() for line in as_text(cell).strip().splitlines())
    if len(text) > MOST_TEXT:
        book.say(where, f"{heading} has {len(text):,} characters; the first {MOST_TEXT:,} were read. Shorten it.")
    return text[:MOST_TEXT]


def raised_values(
    book: ReadBook, cells: Mapping[str, object], places: Mapping[str, int], number: int, services: Sequence[Service]
) -> dict[str, object]:
    """The service, the action and the matter of a row that was added in the meeting."""
    texts = {
        key: read_text(book, f"{MATTERS}!{cell_address(places[key], number)}", key.capitalize(), cells[key])
        for key in ("service", "action", "finding", "why", "said")
        if key in cells
    }
    known = {folded(name): service.code for service in services for name in (service.name, service.code)}
    code = known.get(folded(texts.get("service", "")), "")
    if texts.get("service") and not code:
        near = did_you_mean(texts["service"], [name for each in services for name in (each.code, each.name)])
        where = f"{MATTERS}!{cell_address(places['service'], number)}"
        book.say(
            where, f"There is no service “{texts['service']}”.{near} The matter is kept, but goes into no tracker."
        )
        texts["finding"] = f"{texts['service']}: {texts.get('finding', '')}".strip(": ")
    return {**texts, "service": code, "action": clean_text(texts.get("action", ""))}


def raised_ref(prefix: str, month: str, values: Mapping[str, object]) -> str:
    """A Ref for a row that has none: the same whenever the same matter is read."""
    words = "\x1f".join(folded(values.get(name, "")) for name in ("service", "action", "finding", "asked"))
    return f"{prefix}-{month}-{hashlib.sha256(words.encode()).hexdigest()[:4].upper()}"
