"""Which files to open, and their digests: folders are walked without following a link, and nothing that is no file is ever opened."""

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
from qipxl.text import printable

if TYPE_CHECKING:
    from upath import UPath


@dataclass(frozen=True)
class SourceFile:
    """A file to open: its path, its name as it is shown (from the chosen folder on), and why it is not opened."""

    path: Location
    name: str
    refusal: str = ""


def find_files(paths: Iterable[Location]) -> list[SourceFile]:
    """Every file that the paths name or hold, in order of name. What a person names may be a link; what is inside may not.

    Raises SourceError where a path is not there or a folder holds no file.
    """
    found: dict[Location, SourceFile] = {}
    for path in paths:
        if not isinstance(path, Path):
            for each in elsewhere(path):
                found.setdefault(each.path, each)
        elif path.is_dir():
            home = path.resolve()
            inside = sorted(walk(home, home), key=lambda each: tuple(each.path.parts))
            if not inside:
                raise SourceError(f"The folder {path} holds no files. Put the returned trackers in it.")
            for each in inside:
                found.setdefault(each.path, each)
        elif path.exists():
            place = path.resolve()
            refusal = "" if stat.S_ISREG(place.lstat().st_mode) else NO_FILE
            found.setdefault(place, SourceFile(place, printable(path.name), refusal))
        else:
            raise SourceError(f"There is no file or folder {path}. Check the name.")
    if not found:
        raise SourceError("No file or folder was named. Name the folder of the returned trackers.")
    return list(found.values())


def elsewhere(path: UPath) -> Iterator[SourceFile]:
    """A file that is not on this machine, or all files of a folder there, in order of name. There are no links there.

    Raises SourceError where there is none.
    """
    try:
        with as_os_error():
            files = sorted(path.fs.find(path.path))
    except OSError as error:
        raise SourceError(f"{path} cannot be looked into ({error}). Have you the right to read it?") from None
    if not files:
        raise SourceError(f"There is nothing at {path}. Check the name.")
    home = path.path.rstrip("/")
    for file in files:
        inside = file.removeprefix(home).lstrip("/")
        yield SourceFile(path / inside if inside else path, printable(inside or path.name))


def walk(folder: Path, home: Path) -> Iterator[SourceFile]:
    """Everything in a folder and in those below it that is no folder."""
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        name = printable(folder.relative_to(home).as_posix())
        yield SourceFile(
            folder, name, f"The folder could not be opened ({error.strerror}). Ask for the right to read it."
        )
        return
    for entry in entries:
        path = folder / entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from walk(path, home)
            continue
        linked, plain = entry.is_symlink(), entry.is_file(follow_symlinks=False)
        yield SourceFile(
            path, printable(path.relative_to(home).as_posix()), NO_LINK if linked else "" if plain else NO_FILE
        )


def digests_of(sources: Sequence[SourceFile], limits: Limits) -> dict[int, str]:
    """The digest of each file that can be read, by its number."""
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        found = pool.map(partial(digest_of, limits=limits), sources)
        return {number: digest for number, digest in enumerate(found) if digest}


def digest_of(source: SourceFile, limits: Limits) -> str:
    """A file's SHA-256, worked out once in a run unless the file changes; empty if it cannot or must not be read."""
    if source.refusal:
        return ""
    try:
        if not isinstance(source.path, Path):
            return hashlib.sha256(read_bytes(source.path, limits)).hexdigest()
        status = source.path.stat()
        return digest_at(source.path, status.st_size, status.st_mtime_ns, limits)
    except (OSError, RefusedError):
        return ""


@cache
def digest_at(path: Path, size: int, changed: int, limits: Limits) -> str:
    """The SHA-256 of a file as it is while it has this size and this time of its last change."""
    return hashlib.sha256(read_bytes(path, limits)).hexdigest()
