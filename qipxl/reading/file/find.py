"""Finds the files to open and hashes them. Links are not followed; only regular files are opened."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from qipxl.errors import SourceError
from qipxl.files import Location, as_os_error
from qipxl.reading.file.limits import Limits
from qipxl.reading.file.open import NO_FILE, NO_LINK, read_bytes
from qipxl.reading.file.refusal import RefusedError
from qipxl.text import escaped

if TYPE_CHECKING:
    from upath import UPath


MOST_LEVELS = 100
"""The number of folders inside one another that are opened."""
TOO_DEEP = (
    f"This folder is more than {MOST_LEVELS} folders deep and was not opened. Move the trackers in it further up."
)


@dataclass(frozen=True)
class SourceFile:
    """A file: its path, its name relative to the chosen folder, and the reason if it must not be opened.

    The name is escaped (`qipxl.text.escaped`), since not every name of a file is text. A file inside a compressed folder or an
    e-mail has the path of that, a name such as `March.zip: ELM.xlsx`, its positions in it (`containers.member_at`), and its
    digest. `status` is that of a file with a refusal.
    """

    path: Location
    name: str
    refusal: str = ""
    status: str = "refused"
    member: tuple[int, ...] = ()
    digest: str = ""

    @property
    def path_text(self) -> str:
        """The path as receipts and records hold it: escaped."""
        return escaped(str(self.path))


def find_files(paths: Iterable[Location]) -> list[SourceFile]:
    """All files at or below the paths, by name. A path itself may be a link; links inside folders are refused.

    Raises SourceError if a path does not exist or a folder holds no file.
    """
    files: dict[Location, SourceFile] = {}
    for path in paths:
        if not isinstance(path, Path):
            inside = list(remote_files(path))
        elif path.is_dir():
            home = path.resolve()
            inside = sorted(walk(home), key=lambda file: tuple(file.path.parts))
            if not inside:
                raise SourceError(f"The folder {path} holds no files. Put the returned trackers in it.")
        elif path.exists():
            target = path.resolve()
            refusal = "" if stat.S_ISREG(target.lstat().st_mode) else NO_FILE
            inside = [SourceFile(target, escaped(path.name), refusal)]
        else:
            raise SourceError(f"There is no file or folder {path}. Check the name.")
        for file in inside:
            files.setdefault(file.path, file)
    if not files:
        raise SourceError("No file or folder was named. Name the folder of the returned trackers.")
    return list(files.values())


def remote_files(path: UPath) -> Iterator[SourceFile]:
    """A remote file, or all files of a remote folder, by name. Remote stores have no links.

    Raises SourceError if there is none.
    """
    try:
        with as_os_error():
            files = sorted(path.fs.find(path.path))
    except OSError as error:
        raise SourceError(f"Cannot read {path} ({error}). Check that you have permission.") from None
    if not files:
        raise SourceError(f"There is nothing at {path}. Check the name.")
    home = path.path.rstrip("/")
    for file in files:
        inside = file.removeprefix(home).lstrip("/")
        yield SourceFile(path / inside if inside else path, escaped(inside or path.name))


def walk(home: Path) -> Iterator[SourceFile]:
    """All files, links and devices in a folder and in the folders below it; a folder that is too deep is refused."""
    folders = [(home, 0)]
    while folders:
        folder, level = folders.pop()
        try:
            entries = list(os.scandir(folder)) if level <= MOST_LEVELS else []
            refusal = "" if level <= MOST_LEVELS else TOO_DEEP
        except OSError as error:
            entries, refusal = [], f"The folder could not be opened ({error.strerror}). Ask for permission to read it."
        if refusal:
            yield SourceFile(folder, escaped(folder.relative_to(home).as_posix()), refusal)
        for entry in entries:
            path = folder / entry.name
            if entry.is_dir(follow_symlinks=False):
                folders.append((path, level + 1))
                continue
            reason = NO_LINK if entry.is_symlink() else "" if entry.is_file(follow_symlinks=False) else NO_FILE
            yield SourceFile(path, escaped(path.relative_to(home).as_posix()), reason)


def digests_of(sources: Sequence[SourceFile], limits: Limits) -> dict[int, str]:
    """The SHA-256 of each readable file, by its index."""
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        digests = pool.map(partial(digest_of, limits=limits), sources)
        return {index: digest for index, digest in enumerate(digests) if digest}


def digest_of(source: SourceFile, limits: Limits) -> str:
    """A file's SHA-256, computed once per run unless the file changes; empty if it cannot or must not be read."""
    if source.digest or source.refusal:
        return source.digest
    try:
        if not isinstance(source.path, Path):
            return hashlib.sha256(read_bytes(source.path, limits)).hexdigest()
        status = source.path.stat()
        return digest_at(source.path, status.st_size, status.st_mtime_ns, limits)
    except (OSError, RefusedError):
        return ""


@cache
def digest_at(path: Path, size: int, changed: int, limits: Limits) -> str:
    """The SHA-256 of a file; `size` and `changed` (its last change, in ns) are part of the cache's key."""
    return hashlib.sha256(read_bytes(path, limits)).hexdigest()
