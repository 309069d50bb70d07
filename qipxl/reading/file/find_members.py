"""Finds the trackers in a compressed folder or a saved e-mail, and in those inside it; runs in a process of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from qipxl.privacy import without
from qipxl.reading.file.batch import ProgressCallback
from qipxl.reading.file.containers import TooMuchError, check_container_size, container_of, members_of, too_many
from qipxl.reading.file.find import SourceFile
from qipxl.reading.file.kinds import kind_of
from qipxl.reading.file.limits import MEGABYTE, Limits
from qipxl.reading.file.member import Member
from qipxl.reading.file.open import litter_of, memory_reason, read_bytes
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.workbook import too_large
from qipxl.text import names_text

SUFFIXES = (".zip", ".eml", ".msg")
"""The endings of the files that are looked into."""
ACCOMPANYING = {
    ".ics", ".vcf", ".p7s", ".asc", ".sig", ".txt", ".htm", ".html", ".css", ".svg", ".emf", ".wmf", ".emz", ".wmz",
}  # fmt: skip
"""The endings of files that e-mail programs add: invitations, cards, signatures, the text of the e-mail, drawings in it."""
TEXTS = {"page", "table", "unknown", "empty"}
NAMED = 5
"""The most files named that were passed over."""
UNREADABLE = (
    "This file is damaged and cannot be opened. Save the trackers from it, and put them here, or ask for them again."
)


@dataclass(frozen=True)
class FindMembers:
    """A job that finds the files inside a file."""

    limits: Limits

    @property
    def memory_mb(self) -> int:
        return self.limits.memory_mb

    def done(self, source: SourceFile, progress: ProgressCallback) -> list[SourceFile]:
        """The files in a file, or the file itself if it holds no others."""
        try:
            data = read_bytes(source.path, self.limits, holds_files=True)
        except OSError:
            return [source]  # it is refused when it is read
        except RefusedError as refusal:
            return [replace(source, refusal=str(refusal))]
        what = "" if litter_of(source.name, data) else container_of(data, source.name)
        if not what:
            return [source]
        whole = replace(source, digest=hashlib.sha256(data).hexdigest())
        search = MemberSearch(source, self.limits)
        try:
            search.look_into(data, source.name, ())
        except MemoryError:
            return [replace(whole, refusal=memory_reason(self.limits))]
        except Exception as error:
            return [replace(whole, refusal=reason_of(error))]
        return search.sources(whole, what)


@dataclass
class MemberSearch:
    """What was found so far in one file: the files for receipts, and the names of those passed over."""

    source: SourceFile
    limits: Limits
    found: list[SourceFile] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    count: int = 0
    size: int = 0

    def look_into(self, data: bytes, name: str, steps: tuple[int, ...]) -> None:
        """Find the files in a container; raises RefusedError if it is not opened."""
        self.check_nesting(steps)
        self.look_at_all(members_of(data, self.limits), name, steps)

    def check_nesting(self, steps: tuple[int, ...]) -> None:
        """Raises RefusedError if a container is inside too many others."""
        if len(steps) >= self.limits.nesting:
            raise RefusedError(
                f"This is inside {len(steps)} e-mails or compressed folders and was not opened. Save the trackers from it, and "
                "put them here."
            )

    def look_at_all(self, members: Sequence[Member], name: str, steps: tuple[int, ...]) -> None:
        """Look at each member of a container; one that is refused gets a receipt. Raises TooMuchError beyond a limit."""
        self.count += len(members)
        if self.count > self.limits.attachments:
            raise TooMuchError(too_many(self.count, self.limits))
        for index, member in enumerate(members):
            shown = self.unused(name, member.name) if member.name else name
            inside = (*steps, index)
            try:
                self.look_at(member, shown, inside)
            except (TooMuchError, MemoryError):
                raise
            except Exception as error:
                self.found.append(SourceFile(self.source.path, shown, reason_of(error), member=inside))

    def look_at(self, member: Member, name: str, steps: tuple[int, ...]) -> None:
        """Look at one member: a container is opened, a file that can be a return is found, any other is passed over."""
        before = len(self.found) + len(self.passed_over)
        if member.members is not None:
            self.check_nesting(steps)
            self.look_at_all(member.members(), name, steps)
        elif not member.passed_over:
            data = self.read(member)
            if container_of(data, member.name):
                self.look_into(data, name, steps)
            elif not accompanies(member.name, data):
                digest = hashlib.sha256(data).hexdigest()
                self.found.append(SourceFile(self.source.path, name, member=steps, digest=digest))
        if before == len(self.found) + len(self.passed_over):
            self.passed_over.append(member.name)

    def read(self, member: Member) -> bytes:
        """A member's bytes; raises RefusedError if it is too large, TooMuchError if all together are."""
        if member.size > self.limits.file_mb * MEGABYTE:
            raise RefusedError(too_large(member.size, self.limits))
        self.size += member.size
        check_container_size(self.size, self.limits)
        return member.read()

    def unused(self, container: str, name: str) -> str:
        """A member's name after its container's that no other file found has: the second file of a name gets a number."""
        path, number, shown = PurePosixPath(name), 1, f"{container}: {name}"
        while shown in self.names:
            number += 1
            shown = f"{container}: {path.with_name(f'{path.stem} ({number}){path.suffix}')}"
        self.names.add(shown)
        return shown

    def sources(self, whole: SourceFile, what: str) -> list[SourceFile]:
        """The files found, and the container itself if something is to be said about it."""
        names = names_text([without(name) for name in self.passed_over], NAMED)
        passed_over = f"Passed over (not workbooks): {names}." if names else ""
        faults = [each.refusal for each in self.found if each.name == whole.name]
        if not self.found:
            inside = "attached to this e-mail" if what == "e-mail" else "in this compressed folder"
            faults = [f"No workbook is {inside}. Ask for the tracker as an attachment."]
        if faults:
            whole = replace(whole, refusal=" ".join([*faults, passed_over]).rstrip())
        else:
            whole = replace(whole, refusal=passed_over, status="ignored")
        found = [each for each in self.found if each.name != whole.name]
        return [whole, *found] if whole.refusal else found


def reason_of(error: Exception) -> str:
    """The sentence for a container or a member that cannot be opened; libraries have errors of their own over damaged ones."""
    return str(error) if isinstance(error, RefusedError) else UNREADABLE


def accompanies(name: str, data: bytes) -> bool:
    """True for a file that is no return but comes with one: a picture, a signature, what programs leave in folders."""
    kind = kind_of(data)
    base = name.rsplit("/", 1)[-1]
    suffix = PurePosixPath(base).suffix.lower()
    return kind == "picture" or bool(litter_of(base, data)) or (kind in TEXTS and suffix in ACCOMPANYING)


def may_hold_files(source: SourceFile) -> bool:
    """True for a file that is looked into, by its name: to open each workbook here would cost as much as reading it."""
    return not source.refusal and source.path.name.lower().endswith(SUFFIXES)
