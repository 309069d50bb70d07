"""Opens one file, never a link, a pipe or a device; every fault of the file becomes the reason on its receipt."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from qipxl.files import Location, as_os_error, is_unfinished
from qipxl.reading.file import eml
from qipxl.reading.file.containers import check_container_size, member_at
from qipxl.reading.file.limits import MEGABYTE, Limits
from qipxl.reading.file.opened import OpenedWorkbook
from qipxl.reading.file.package import DAMAGED, NO_TRUST
from qipxl.reading.file.plan import ReadingPlan
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.workbook import open_return, too_large
from qipxl.reading.options import ReadOptions

LITTER = ("thumbs.db", "desktop.ini", ".ds_store", "ehthumbs.db", "icon\r")
NO_LINK = "This is a link to another place; links are not followed. Put the file itself here."
NO_FILE = "This is a pipe or a device, not a file, and was not opened. Put the tracker itself here."


@dataclass(frozen=True)
class OpenedFile:
    """The result of opening a file: accepted with its workbook, or another status and the reason."""

    status: str
    reason: str = ""
    digest: str = ""
    workbook: OpenedWorkbook | None = None


def open_file(
    path: Location, name: str, plans: Mapping[str, ReadingPlan], options: ReadOptions, member: Sequence[int] = ()
) -> OpenedFile:
    """Open one file, or a member of it (`containers.member_at`).

    Every error of python-calamine or the file system becomes a status and a reason.
    """
    digest = ""
    try:
        limits = options.limits
        data = member_at(container_bytes(path, limits), member, limits) if member else read_bytes(path, limits)
        digest = hashlib.sha256(data).hexdigest()
        if litter := litter_of(name, data):
            return OpenedFile("ignored", litter, digest)
        workbook = open_return(data, plans, options)
    except RefusedError as refusal:
        return OpenedFile(refusal.status, str(refusal), digest)
    except MemoryError:
        return OpenedFile("refused", memory_reason(options.limits), digest)
    except OSError as error:
        return OpenedFile(
            "refused", f"The file could not be read ({error.strerror or 'damaged'}). Close it and try again.", digest
        )
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # python-calamine's panics are not Exceptions, and no file may stop the run
        return OpenedFile("refused", DAMAGED, digest)
    return OpenedFile("accepted", "", digest, workbook)


@lru_cache(maxsize=1)
def container_bytes(path: Location, limits: Limits) -> bytes:
    """The bytes of a compressed folder or an e-mail; the last one is kept until `forget_container`, for its other files."""
    return read_bytes(path, limits, holds_files=True)


def forget_container() -> None:
    """Free the memory of the last compressed folder or e-mail."""
    container_bytes.cache_clear()
    eml.parsed.cache_clear()


def read_bytes(path: Location, limits: Limits, *, holds_files: bool = False) -> bytes:
    """A regular file's bytes, read without following a link or waiting for a pipe.

    `holds_files` is true for a compressed folder or an e-mail, which may be larger than a tracker. Raises RefusedError for a
    link, a device or a file that is too large.
    """
    check_size = check_container_size if holds_files else check_file_size
    if not isinstance(path, Path):
        with as_os_error():
            size = path.stat().st_size
        check_size(size, limits)
        with as_os_error():
            return path.read_bytes()
    try:
        number = os.open(
            path,
            os.O_RDONLY | sum(getattr(os, flag, 0) for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY", "O_CLOEXEC")),
        )
    except OSError as error:
        if path.is_symlink():
            raise RefusedError(NO_LINK) from error
        raise
    with os.fdopen(number, "rb") as file:
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode):
            raise RefusedError(NO_FILE)
        check_size(status.st_size, limits)
        return file.read(status.st_size + 1)


def check_file_size(size: int, limits: Limits) -> None:
    """Raises RefusedError for a file that is larger than a tracker."""
    if size > limits.file_mb * MEGABYTE:
        raise RefusedError(too_large(size, limits))


def litter_of(name: str, data: bytes) -> str:
    """Why a file is ignored that office programs or systems leave in folders; empty for all other files."""
    base = name.rsplit("/", 1)[-1].lower()
    if base.startswith(("~$", ".~lock.")) and not data.startswith(b"PK"):
        return "Left by a program while the workbook was open: it was being edited when it was copied."
    if is_unfinished(base):
        return "Left by a run of qipxl that was stopped; the next run that writes to this folder removes it."
    if base in LITTER or base.endswith(".tmp") or (base.startswith("._") and not data.startswith(b"PK")):
        return "Left behind by a program; not a return."
    return ""


def memory_reason(limits: Limits) -> str:
    return f"The workbook asks for more than {limits.memory_mb:,} MB of memory. {NO_TRUST}"
