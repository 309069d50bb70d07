"""A meeting from the month's returns to its book, and from the filled-in book to the archive."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qipxl.errors import QipxlError, RequestError
from qipxl.provider.folder import ProviderFolder
from qipxl.provider.meetings.agenda import Agenda, agenda_of
from qipxl.provider.meetings.book import write_book
from qipxl.provider.meetings.kinds import read_kinds
from qipxl.provider.meetings.matters import MatterLine
from qipxl.provider.meetings.read_book import read_book
from qipxl.provider.meetings.records import FOLDER, keep_meetings, read_meetings, services_of, take_in
from qipxl.provider.month import ProviderMonth
from qipxl.provider.monthly_run import consolidate_month
from qipxl.reading.read import Progress, no_progress


@dataclass(frozen=True)
class ReadMeeting:
    """A book that was read: where it is kept, the matters of its meeting, and what could not be used."""

    path: Path
    lines: list[MatterLine]
    problems: list[str]


def book_path(month: ProviderMonth, kind: str) -> Path:
    """The path of a meeting's book in the provider's folder."""
    return month.folder.home / FOLDER / str(month.period) / f"{kind} {month.period}.xlsx"


def prepare_meeting(
    month: ProviderMonth, kind: str, out: Path | None = None, progress: Progress = no_progress
) -> tuple[Agenda, Path]:
    """Write the book of a meeting about a month; returns its agenda and its path.

    Raises RequestError if there is no such kind or the path holds a book that somebody has filled in, and the errors of reading
    a month and of writing a file.
    """
    kinds = read_kinds(month.folder.home)
    chosen = kinds.named(kind)
    path = out or book_path(month, chosen.key)
    refuse_filled(month, path)
    with consolidate_month(month, progress=progress) as result:
        summary = result.summary(whole=True)
        agenda = agenda_of(summary, kinds, chosen, month.period, month.meetings.lines)
    return agenda, write_book(agenda, path)


def prepare_every_meeting(month: ProviderMonth, progress: Progress = no_progress) -> list[tuple[Agenda, Path]]:
    """Write the book of each kind of meeting that has a matter on its agenda; a book that is filled in already is left as it is.

    Raises the errors of reading a month and of writing a file.
    """
    kinds, written = read_kinds(month.folder.home), list[tuple[Agenda, Path]]()
    with consolidate_month(month, progress=progress) as result:
        summary = result.summary(whole=True)
        agendas = [agenda_of(summary, kinds, kind, month.period, month.meetings.lines) for kind in kinds.kind]
    for agenda in agendas:
        path = book_path(month, agenda.kind.key)
        if agenda.matters and may_be_written(month, path):
            written.append((agenda, write_book(agenda, path)))
    return written


def may_be_written(month: ProviderMonth, path: Path) -> bool:
    """True if a path holds nothing, or a book that is still blank."""
    try:
        refuse_filled(month, path)
    except RequestError:
        return False
    return True


def refuse_filled(month: ProviderMonth, path: Path) -> None:
    """Raise RequestError if a path holds anything but a meeting book that is still blank."""
    if path.suffix.lower() != ".xlsx":
        raise RequestError(f"{path}: a meeting book is a workbook. Give it a name that ends in .xlsx.")
    if not path.exists():
        return
    try:
        book = read_book(path, read_kinds(month.folder.home), services_of(month.register), month.register.name)
    except QipxlError:
        raise RequestError(
            f"{path} exists and is not a blank meeting book, so it is not overwritten. Choose another name."
        ) from None
    if not book.is_blank:
        raise RequestError(
            f"{path} has been filled in, so it is not overwritten. Go on in it, or write another copy with --out."
        )


def read_meeting(folder: ProviderFolder, path: Path) -> ReadMeeting:
    """Read a filled-in book: it is copied into the provider's folder, and its matters are archived.

    Raises SourceError or RequestError if it cannot be used at all, OutputError if a file cannot be written.
    """
    register = folder.read()
    book, kept = take_in(path, folder.home, register, read_kinds(folder.home))
    meetings = read_meetings(folder.home, folder.archive, register)
    keep_meetings(meetings, folder.archive)
    lines = [line for line in meetings.lines if (line.month, line.kind) == (book.month, book.kind)]
    return ReadMeeting(kept, lines, list(meetings.problems))
