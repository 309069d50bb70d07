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
    ISSUED,
    MATTERS,
    MEETING,
    RAISED,
    STAMP,
    STAMPED,
    BookColumn,
)
from qipxl.provider.meetings.kinds import Kinds
from qipxl.provider.meetings.matters import TYPED, MatterLine, refs_in
from qipxl.provider.meetings.unread import unread_texts
from qipxl.provider.register_schema import JUDGEMENTS, LEVELS, STRENGTHS, YES_NO
from qipxl.reading.file.sheets import PlainSheets, Rows
from qipxl.reading.sheets import read_sheets
from qipxl.returns.cell_values import parse_date
from qipxl.services import Service
from qipxl.text import as_text, clean_text, did_you_mean, escaped, folded, names_text
from qipxl.workbook.cells import CellError, is_blank
from qipxl.workbook.headings import Headings, find_headings, fold
from qipxl.workbook.layout import cell_address
from qipxl.workbook.stamp import field_digest

CHOICES = {"judgement": (*JUDGEMENTS, *STRENGTHS), "closed": YES_NO}
RAISED_CELLS = ("ref", "service", "action", "finding", "why", "said")
"""The columns that are read in the row of a matter that came up in the meeting, besides those that every meeting fills in."""
SUBJECT = ("action", "finding", "why")
"""What tells a matter if its Ref was cleared."""
LATE_MONTHS = 3
"""A meeting that is held longer after the month of its book is named: its year may be mistyped."""
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
    filled in anything. `read` are the cells that were read or named, by sheet, row and column (both from 0).
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
    read: set[tuple[str, int, int]] = field(default_factory=set)

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
    facts, stamped, issued = read_stamp(path, sheets)
    try:
        period = Period.read(facts["month"])
    except RequestError as error:
        raise RequestError(f"{path} was changed on its sheet {STAMP}: {error} Go back to an earlier copy.") from None
    try:
        kind = kinds.named(facts["kind"])
    except RequestError as error:
        raise RequestError(
            f"{path} is the book of an unknown kind of meeting: {error} Add it to meetings.toml."
        ) from None
    if issued and field_digest(f"{kind.prefix}-{period}-{RAISED}1") not in issued:
        raise RequestError(
            f"{path} was changed on its sheet {STAMP}: its Refs are not those of {kind.title}, {period.words}. Go back to an earlier copy."
        )
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
    for where, words in unread_texts(sheets, book.read, issued) if issued else ():
        book.say(where, words)
    return book


def read_stamp(path: Path, sheets: PlainSheets) -> tuple[dict[str, str], dict[str, StampedMatter], set[str]]:
    """The facts, the matters and the digests of the texts in a book's stamp; raises RequestError if the file has none."""
    facts: dict[str, str] = {}
    matters: dict[str, StampedMatter] = {}
    issued: set[str] = set()
    for row in sheets.rows.get(STAMP, []):
        first, *cells = [as_text(cell) for cell in row]
        if first in FACTS and cells:
            facts.setdefault(first, cells[0])
        elif first == "matter":
            values = dict(zip(STAMPED, [*cells, *[""] * len(STAMPED)], strict=False))
            matters.setdefault(folded(values["ref"]), StampedMatter(values))
        elif first == ISSUED:
            issued.update(cells)
    if not set(FACTS[:3]) <= facts.keys():
        raise RequestError(
            f"{path} is not a meeting book that qipxl wrote, or its hidden sheet {STAMP} is gone. Write one with `qipxl meeting`."
        )
    return {"provider": "", **facts}, matters, issued


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
        book.read.add((MEETING, number - 1, column))
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
    elif book.held_on is not None and book.held_on > period.plus(LATE_MONTHS).last:
        book.say(
            MEETING,
            f"The date {book.held_on:%d/%m/%Y} is more than {LATE_MONTHS} months after {period.words}. What the meeting said counts "
            "from that day on. Correct it if it is mistyped.",
        )


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
    there = {folded(as_text(row[places["ref"]])) for row in rows[headings.row :]}
    absent = [each for key, each in stamped.items() if key not in there]
    for number, row in enumerate(rows[headings.row :], headings.row + 1):
        cells = {key: row[index] for key, index in places.items() if index < len(row) and not is_blank(row[index])}
        if not set(cells) - {"ref"}:
            continue
        where = f"{MATTERS}!{cell_address(places['ref'], number)}"
        ref = clean_text(as_text(cells.get("ref", "")))
        if not ref and (cleared := with_texts(cells, absent)) is not None:
            ref = cleared.ref
            book.say(
                where, f"The Ref was cleared. By its texts the row is {ref}, and it was read as that. Put it back."
            )
        known = stamped.get(folded(ref))
        of_row = TYPED if known is not None and folded(ref) not in seen else (*TYPED, *RAISED_CELLS)
        book.read |= {(MATTERS, number - 1, places[key]) for key in (*of_row, "ref") if key in places}
        values = typed_values(book, cells, places, number)
        if known is None:
            values |= raised_values(book, cells, places, number, services)
            ref = ref or raised_ref(prefix, book.month, values)
        else:
            if folded(ref) not in seen:
                name_changed_subject(book, cells, places, number, known, services)
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


def with_texts(cells: Mapping[str, object], matters: Sequence[StampedMatter]) -> StampedMatter | None:
    """The matter whose action and texts are those of a row; None if there is none, or more than one."""
    texts = {key: folded(as_text(cells.get(key, ""))) for key in SUBJECT}
    same = [each for each in matters if texts == {key: folded(each.cells[key]) for key in SUBJECT}]
    return same[0] if len(same) == 1 and any(texts.values()) else None


def name_changed_subject(
    book: ReadBook,
    cells: Mapping[str, object],
    places: Mapping[str, int],
    number: int,
    known: StampedMatter,
    services: Sequence[Service],
) -> None:
    """Say so if the row of a matter names another service or action than the book had; the matter stays about its own."""
    codes = {folded(name): service.code for service in services for name in (service.name, service.code)}
    service, action = (clean_text(as_text(cells.get(key, ""))) for key in ("service", "action"))
    wrong = {
        "service": folded(codes.get(folded(service), "")) not in ("", folded(known.cells["service"])),
        "action": action != "" and folded(action) != folded(known.cells["action"]),
    }
    for key in [key for key, is_wrong in wrong.items() if is_wrong]:
        book.read.add((MATTERS, number - 1, places[key]))
        about = " ".join(filter(None, (known.cells["service"], known.cells["action"])))
        book.say(
            f"{MATTERS}!{cell_address(places[key], number)}",
            f"{known.ref} is about {about}, and what was written in its row counts for that. Use a blank row for "
            f"{service if key == 'service' else action}.",
        )


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
            f"{ref} is about no action, so {' and '.join(headings)} does not count. Enter it in a blank row, with the Action.",
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
        words = {fold(choice): choice for choice in CHOICES[column.key]} | SHORT[column.key]
        if fold(text) not in words:
            book.say(where, f'{column.heading} says "{text}". Choose {" or ".join(CHOICES[column.key])}.')
        return words.get(fold(text), "")
    return text


SHORT = {
    "closed": {"y": YES_NO[0], "n": YES_NO[1], "closed": YES_NO[0], "open": YES_NO[1]},
    "judgement": dict(zip(("yes", "y", "no", "n"), (*JUDGEMENTS[:1] * 2, *JUDGEMENTS[1:] * 2), strict=True)),
}
"""Other words that people type in Closed? and in Accepted?."""


def read_date(book: ReadBook, where: str, heading: str, cell: object) -> date | None:
    """A date, also one that was typed as text."""
    read = parse_date(cell)
    if isinstance(read.value, date):
        return date(read.value.year, read.value.month, read.value.day)
    if not is_blank(cell):
        could_be = f"could be {read.more}" if read.code == "date-ambiguous" and read.more else "is not a date"
        book.say(where, f'{heading} says "{as_text(cell)[:60]}", which {could_be}. Type one such as 31/03/2026.')
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
    named = services_named(texts.get("service", ""), services)
    code = named[0].code if len(named) == 1 else ""
    if texts.get("service") and not code:
        where = f"{MATTERS}!{cell_address(places['service'], number)}"
        near = did_you_mean(texts["service"], [name for each in services for name in (each.code, each.name)])
        wrong = f"There is no service “{texts['service']}”.{near}"
        if named:
            codes = names_text([each.code for each in named]).replace(" and ", " or ")
            wrong = f"“{texts['service']}” has several plans. Write {codes}."
        book.say(where, f"{wrong} The matter is kept, but goes into no tracker.")
        texts["finding"] = f"{texts['service']}: {texts.get('finding', '')}".strip(": ")
    return {**texts, "service": code, "action": clean_text(texts.get("action", ""))}


def services_named(text: str, services: Sequence[Service]) -> list[Service]:
    """The service or plan that a text names by its code or its name, as lines of the register do; several if it is unclear."""
    exact = [each for each in services if folded(text) in (folded(each.name), folded(each.code))]
    return exact[:1] or [each for each in services if text and each.is_named(text)]


def raised_ref(prefix: str, month: str, values: Mapping[str, object]) -> str:
    """A Ref for a row that has none: the same whenever the same matter is read."""
    words = "\x1f".join(folded(values.get(name, "")) for name in ("service", "action", "finding", "asked"))
    return f"{prefix}-{month}-{hashlib.sha256(words.encode()).hexdigest()[:4].upper()}"
