"""What meetings recorded, in the archive, and the books in the provider's folder from which it comes.

    our-provider/meetings/2026-03/panel 2026-03.xlsx         a book, or several copies of it
    our-provider/archive/meetings/2026-03 panel/0001/        matters.parquet: a line per matter; a changed book gives a new version

A version is never overwritten. The highest one of each meeting is the current one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from qipxl.archive.keep import publish_commit
from qipxl.archive.plain_tables import plain_columns
from qipxl.archive.store import read_parquet
from qipxl.errors import OutputError, QipxlError, RequestError, SourceError
from qipxl.files import Location, digest, named, temporary_folder, write_bytes
from qipxl.periods import Period
from qipxl.provider.meetings.copies import Merged, merge
from qipxl.provider.meetings.kinds import Kinds, read_kinds
from qipxl.provider.meetings.matters import MatterLine
from qipxl.provider.meetings.read_book import ReadBook, read_book
from qipxl.provider.register import Register, as_service
from qipxl.provider.register_schema import ServiceLine
from qipxl.services import PLAN_MARK, is_named, plan_name

FOLDER = "meetings"
"""The folder of the books in a provider's folder, and of the records in its archive."""
RECORDS = "matters.parquet"
DIGESTS, PROBLEMS = "digests", "problems"
"""The columns with the digests of all copies that a version was made from, and with what was wrong with these, the same in each line."""
OPEN_IN_EXCEL = "~$"
SPREADSHEETS = (".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".ods", ".csv", ".numbers")
"""The endings of files that may be books, also in another format; other files, such as minutes in Word, are left alone."""
DATES = [name for name, info in MatterLine.model_fields.items() if "date" in str(info.annotation)]


@dataclass(frozen=True)
class Undated:
    """A book of the folder that does not count, because its date is missing: its month and meeting, and whether all of it is blank."""

    month: str
    meeting: str
    is_blank: bool


@dataclass(frozen=True)
class Meetings:
    """What all meetings recorded, a sentence for each thing that could not be used, what the archive lacks, and the undated books."""

    lines: Sequence[MatterLine] = ()
    problems: Sequence[str] = ()
    changed: Sequence[Merged] = ()
    undated: Sequence[Undated] = ()


@dataclass(frozen=True)
class Version:
    """The current record of a meeting in the archive."""

    lines: Sequence[MatterLine]
    digests: Sequence[str]
    problems: Sequence[str] = ()


def read_meetings(home: Path, archive: Location, register: Register) -> Meetings:
    """What meetings recorded: the archive's versions, and the books that are new or have changed since.

    A book that cannot be used, and a cell that cannot be read, is a sentence in `problems`. A month's books that are unchanged
    are not read again.
    """
    found, unreadable = books_in(home)
    versions = archived(archive)
    known = {each for version in versions.values() for each in version.digests}
    differing = [version for version in versions.values() if any(line.differs for line in version.lines)]
    again = {each for version in differing for each in version.digests}
    kinds = read_kinds(home) if found else None
    problems, books = unreadable, list[ReadBook]()
    to_read = [path for path, each in found.items() if each not in known or each in again]
    while to_read and kinds is not None:
        books += readable(to_read, kinds, register, problems)
        meetings = {name_of(book.month, book.kind) for book in books}
        others = {each for name in meetings if name in versions for each in versions[name].digests}
        read = {book.path for book in books} | set(to_read)
        to_read = [path for path, each in found.items() if each in others and path not in read]
    changed = list[Merged]()
    for month, kind in sorted({(book.month, book.kind) for book in books if not book.is_blank}):
        copies = [book for book in books if (book.month, book.kind) == (month, kind)]
        merged = merge(copies, register.to_use(Period.read(month)))
        before = versions.pop(name_of(month, kind), None)
        problems += merged.problems
        if not merged.matters:
            versions |= {} if before is None else {name_of(month, kind): before}
            continue
        version = Version(sorted_lines(merged.matters), merged.digests)
        versions[name_of(month, kind)] = version
        if before is None or not same_lines(before.lines, merged.matters) or before.digests != merged.digests:
            changed.append(merged)
    problems += [problem for version in versions.values() for problem in version.problems]
    return Meetings(
        [line for _, version in sorted(versions.items()) for line in version.lines],
        tuple(dict.fromkeys(problems)),
        changed,
        [Undated(book.month, book.meeting, book.is_blank) for book in books if book.held_on is None],
    )


def readable(paths: Sequence[Path], kinds: Kinds, register: Register, problems: list[str]) -> list[ReadBook]:
    """The books that can be read; a sentence for each of the others, and for a book in the folder of another month."""
    books = []
    for path in paths:
        try:
            book = read_book(path, kinds, services_of(register), register.name)
        except QipxlError as error:
            problems.append(str(error))
            continue
        books.append(book)
        if path.parent.name != book.month:
            month = Period.read(book.month).words
            problems.append(f"{path} is the book of {month}, and was read as that. Move it into {FOLDER}/{book.month}.")
    return books


def services_of(register: Register) -> list[Any]:
    """The register's services, with those that have closed."""
    return [as_service(line) for line in register.of(ServiceLine)]


def books_in(home: Path) -> tuple[dict[Path, str], list[str]]:
    """The spreadsheets in a provider's folder of meetings with their digests, by path, and a sentence for each that cannot be read.

    Those that Excel and other programs keep while a book is open are left out, and those in folders below a month's folder.
    """
    every = [*(home / FOLDER).glob("*"), *(home / FOLDER).glob("*/*")]
    files = [path for path in every if path.suffix.lower() in SPREADSHEETS and path.is_file()]
    found: dict[Path, str] = {}
    unreadable = []
    for path in sorted(path for path in files if not path.name.startswith((OPEN_IN_EXCEL, "."))):
        try:
            found[path] = digest(path)
        except OSError as error:
            unreadable.append(
                f"{path} cannot be read ({error.strerror or error}). Check that you have permission, and that no program has it open."
            )
    return found, unreadable


def name_of(month: str, kind: str) -> str:
    """The folder of a meeting's records."""
    return f"{month} {kind}"


def archived(archive: Location) -> dict[str, Version]:
    """The current version of each meeting in an archive, by the name of its folder."""
    found: dict[str, Version] = {}
    for folder in named(archive / FOLDER, "[0-9]*"):
        versions = [version for version in named(folder, "[0-9]*") if (version / RECORDS).is_file()]
        if versions:
            found[folder.name] = read_version(versions[-1] / RECORDS)
    return found


def read_version(path: Location) -> Version:
    """One version; raises SourceError if it cannot be read."""
    try:
        frame = read_parquet(path)
        first = frame.iloc[0]
        lines = [line_from(row) for row in frame.to_dict("records")]
        return Version(lines, str(first[DIGESTS]).split(), str(first[PROBLEMS]).splitlines())
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise SourceError(
            f"{path}, a file of the archive, cannot be read ({error}). Put the archive back from a backup."
        ) from None


def line_from(row: dict[Any, Any]) -> MatterLine:
    """A matter from a row of the archive; columns of later versions of qipxl are left out."""
    values: dict[str, Any] = {}
    for name in MatterLine.model_fields:
        value = row.get(name)
        if name == "row" or value is None or value != value:
            continue
        values[name] = value.date() if name in DATES else int(value) if name == "level" else value
    return MatterLine(**values)


def same_lines(one: Sequence[MatterLine], other: Sequence[MatterLine]) -> bool:
    """True if two versions say the same, wherever the rows are."""
    without = {"cell", "file", "row"}
    return [line.model_dump(exclude=without) for line in sorted_lines(one)] == [
        line.model_dump(exclude=without) for line in sorted_lines(other)
    ]


def sorted_lines(lines: Sequence[MatterLine]) -> list[MatterLine]:
    return sorted(lines, key=lambda line: line.ref)


def keep_meetings(meetings: Meetings, archive: Location) -> None:
    """Add a version to the archive for each meeting that is new or has changed; raises OutputError if that fails."""
    for merged in meetings.changed:
        rows = [line.model_dump(exclude={"row"}) for line in sorted_lines(merged.matters)]
        frame = pd.DataFrame(rows).assign(
            **{
                DIGESTS: " ".join(merged.digests),
                PROBLEMS: "\n".join(" ".join(each.split()) for each in merged.problems),
            }
        )
        for name in DATES:
            frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
        frame["level"] = frame["level"].astype("float64")
        try:
            with temporary_folder(archive) as temporary:
                with (temporary / RECORDS).open("wb") as file:
                    plain_columns(frame).to_parquet(file, index=False)
                publish_commit(temporary, archive / FOLDER / name_of(merged.month, merged.kind))
        except OSError as error:
            raise OutputError(
                f"The archive {archive} cannot be written ({error.strerror or error}). It is unchanged. Run the command again."
            ) from None


def purge_records(archive: Location, before: date | None, services: Sequence[str], *, only_count: bool = False) -> int:
    """Delete, from every version, the matters of months that ended before a day and of these services; returns how many there were.

    Without `before` those of every month, without `services` those of every service; a service's code names all its plans. With
    `only_count` nothing is deleted. Raises OutputError if a file cannot be changed.
    """
    gone = set[str]()
    for folder in named(archive / FOLDER, "[0-9]*"):
        for version in named(folder, "[0-9]*"):
            path = version / RECORDS
            if not path.is_file():
                continue
            frame = read_parquet(path)
            is_old = [before is None or Period.read(str(month)).last < before for month in frame["month"]]
            is_theirs = [not services or is_of_any(str(code), services) for code in frame["service"]]
            deleted = pd.Series(is_old) & pd.Series(is_theirs)
            gone |= set(frame.loc[deleted.to_numpy(), "ref"])
            if deleted.any() and not only_count:
                rewrite(path, frame[~deleted.to_numpy()])
    return len(gone)


def is_of_any(code: str, services: Sequence[str]) -> bool:
    """True if a plan's code is that of one of these services or plans."""
    own, _, plan = code.partition(PLAN_MARK)
    return any(is_named(text, code, plan_name(own, plan)) for text in services)


def rewrite(path: Location, frame: pd.DataFrame) -> None:
    """Replace a version by one without some lines; remove it if none is left."""
    try:
        if not len(frame):
            path.unlink()
            return
        content = BytesIO()
        plain_columns(frame).to_parquet(content, index=False)
        if isinstance(path, Path):
            write_bytes(path, content.getvalue())
        else:
            path.write_bytes(content.getvalue())
    except OSError as error:
        raise OutputError(f"{path}, a file of the archive, cannot be changed ({error.strerror or error}).") from None


def take_in(path: Path, home: Path, register: Register, kinds: Kinds) -> tuple[ReadBook, Path]:
    """Copy a book into the provider's folder, unless it is there; returns it, and where it is now.

    Raises the errors of `read_book`, RequestError if nobody has filled in the book or the folder has a different one of its name,
    OutputError if it cannot be copied.
    """
    book = read_book(path, kinds, services_of(register), register.name)
    if book.is_blank:
        raise RequestError(
            f"Nothing is filled in in {path}: there is nothing to read. Enter at least the date of the meeting."
        )
    target = home / FOLDER / book.month / path.name
    if path.resolve().parent.parent == (home / FOLDER).resolve():
        return book, path
    if target.exists() and digest(target) != book.digest:
        old = read_book(target, kinds, services_of(register), register.name)
        if not old.is_blank:
            target = free_name(target)
    if not target.exists() or digest(target) != book.digest:
        write_bytes(target, path.read_bytes())
    return book, target


def free_name(path: Path) -> Path:
    """A name that no file of the folder has, such as “panel 2026-03 (2).xlsx”."""
    number = 2
    while (free := path.with_name(f"{path.stem} ({number}){path.suffix}")).exists():
        number += 1
    return free
