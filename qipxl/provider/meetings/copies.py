"""Several copies of one meeting book become one record: a matter that only one copy fills in, or that one fills in further, is taken from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qipxl.provider.meetings.book import COLUMNS
from qipxl.provider.meetings.matters import TYPED, MatterLine
from qipxl.provider.meetings.read_book import ReadBook
from qipxl.provider.register_schema import UseLine
from qipxl.text import folded, names_text

BLANK = ("", None)
HEADINGS = {column.key: column.heading for column in COLUMNS}
IDENTITY = ("service", "action", "indicator", "reason")
"""What a matter is about; rows of one Ref that differ in it are two matters."""


@dataclass(frozen=True)
class Merged:
    """The matters of one meeting, from all its copies, and what is wrong with them."""

    kind: str
    month: str
    matters: Sequence[MatterLine]
    problems: Sequence[str]
    digests: Sequence[str]


def merge(books: Sequence[ReadBook], preferred: Sequence[str] = ()) -> Merged:
    """One meeting from its copies; `preferred` are the files that head office wants used where copies differ, the last one first.

    A matter that two copies fill in differently is named with both cells. Neither of them counts until that is settled.
    """
    ordered = sorted(books, key=lambda book: (book.path.name, book.digest))
    filled = [book for book in ordered if not book.is_blank]
    problems = list(dict.fromkeys(problem for book in filled for problem in book.problems))
    dated = [book for book in filled if book.held_on is not None]
    for book in filled:
        if book.held_on is None:
            problems.append(
                f"{book.name}, Meeting: nothing in this book counts without the date of the meeting. Enter it."
            )
    chosen = use_of(dated, preferred)
    days = sorted({book.held_on for book in dated if book.held_on is not None})
    if len(days) > 1 and chosen is None:
        named = names_text([f"{book.name} ({book.held_on:%d/%m/%Y})" for book in dated])
        problems.append(
            f"The copies have different dates of the meeting: {named}. Nothing in them counts until they agree."
        )
        dated = []
    by_ref: dict[str, list[MatterLine]] = {}
    for book in dated:
        for line in book.matters.values():
            by_ref.setdefault(line.ref, []).append(line)
    matters: list[MatterLine] = []
    for lines in by_ref.values():
        for same in split_by_identity(lines):
            line, problem = one_of(same, chosen)
            matters.append(line)
            problems += [problem] if problem else []
    digests = sorted({book.digest for book in books})
    about = best_about(dated)
    held = chosen.held_on if chosen is not None else days[0] if days else None
    shared = about | ({"held_on": held} if held is not None else {})
    first = ordered[0]
    return Merged(first.kind, first.month, [line.model_copy(update=shared) for line in matters], problems, digests)


def use_of(books: Sequence[ReadBook], preferred: Sequence[str]) -> ReadBook | None:
    """The copy that head office wants used where copies differ; None if it named none of them."""
    for name in reversed(preferred):
        for book in books:
            if folded(name) in (folded(book.name), folded(book.digest)):
                return book
    return None


def best_about(books: Sequence[ReadBook]) -> dict[str, object]:
    """What the copies say about the meeting itself: different texts are joined, so that none is lost."""
    names = ("chair", "present", "notes")
    return {
        name: "; ".join(dict.fromkeys(filter(None, (book.about.get(name, "") for book in books)))) for name in names
    }


def split_by_identity(lines: Sequence[MatterLine]) -> list[list[MatterLine]]:
    """Rows of one Ref by what they are about; a row for a raised matter may be used for another one in another copy."""
    groups: dict[tuple[str, ...], list[MatterLine]] = {}
    for line in lines:
        groups.setdefault(tuple(folded(getattr(line, name)) for name in IDENTITY), []).append(line)
    parts = list(groups.values())
    return [
        [line.model_copy(update={"ref": f"{line.ref}{letter}"}) for line in part] if letter else part
        for letter, part in zip(["", *"bcdefghijk"], parts, strict=False)
    ]


def one_of(lines: Sequence[MatterLine], chosen: ReadBook | None) -> tuple[MatterLine, str]:
    """The row to use among those of several copies, and a sentence if they differ."""
    fullest = max(lines, key=lambda line: len(filled_in(line)))
    against = [line for line in lines if not is_part_of(line, fullest)]
    if not against:
        return fullest, ""
    if chosen is not None:
        named = [line for line in lines if line.file == chosen.name]
        return (named or [fullest])[0], ""
    other = against[0]
    names = [name for name in (*TYPED, "finding") if getattr(other, name) != getattr(fullest, name)]
    details = "; ".join(f"{HEADINGS[name]} “{short(other, name)}” and “{short(fullest, name)}”" for name in names)
    problem = (
        f"{fullest.ref} differs between {other.file} ({other.cell}) and {fullest.file} ({fullest.cell}): {details}. Neither counts. "
        f"Make the two rows agree, or name the file to use on the register's sheet {UseLine.sheet}."
    )
    blank = {name: MatterLine.model_fields[name].default for name in TYPED}
    return fullest.model_copy(update=blank | {"differs": problem}), problem


def filled_in(line: MatterLine) -> dict[str, object]:
    """What the meeting filled in."""
    names = TYPED if line.reason else (*TYPED, "finding")
    return {name: getattr(line, name) for name in names if getattr(line, name) not in BLANK}


def is_part_of(line: MatterLine, other: MatterLine) -> bool:
    """True if everything filled in in one row is the same in another, or if nothing was discussed in it."""
    return not line.was_discussed or filled_in(line).items() <= filled_in(other).items()


def short(line: MatterLine, name: str) -> str:
    """The beginning of what a row says."""
    value = getattr(line, name)
    text = "" if value is None else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
