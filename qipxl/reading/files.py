"""Which files to read, and what a file is by its first bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from qipxl.errors import SourceError
from qipxl.texts import printable

LITTER = ("thumbs.db", "desktop.ini", ".ds_store")


@dataclass(frozen=True)
class SourceFile:
    """A file to read: its path, and its name as it is shown (from the chosen folder on)."""

    path: Path
    name: str


def find_files(paths: Iterable[Path]) -> list[SourceFile]:
    """Every regular file that the paths name or hold, in order of name; links are not followed.

    Raises SourceError where a path is not there or a folder holds no file.
    """
    found: dict[Path, SourceFile] = {}
    for path in paths:
        if path.is_dir():
            inside = [each for each in sorted(path.rglob("*")) if each.is_file() and not each.is_symlink()]
            if not inside:
                raise SourceError(f"The folder {path} holds no files. Put the returned trackers in it.")
            for each in inside:
                found.setdefault(each.absolute(), SourceFile(each, printable(each.relative_to(path).as_posix())))
        elif path.is_file():
            found.setdefault(path.absolute(), SourceFile(path, printable(path.name)))
        else:
            raise SourceError(f"There is no file or folder {path}. Check the name.")
    if not found:
        raise SourceError("No file or folder was named. Name the folder of the returned trackers.")
    return list(found.values())


def is_litter(name: str) -> bool:
    """True for what office programs and file systems leave beside a workbook."""
    base = name.rsplit("/", 1)[-1].lower()
    return base.startswith(("~$", "._", ".~lock.")) or base in LITTER


def digest(data: bytes) -> str:
    """A file's SHA-256, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def refusal_by_signature(data: bytes, name: str) -> str:
    """Why a file is no workbook that can be read, judged by its first bytes; empty where it may be one."""
    if not data:
        return "The file is empty (0 bytes). Ask for it again."
    if data.startswith(b"PK\x03\x04"):
        if b"mimetypeapplication/vnd.oasis" in data[:120]:
            return "This is an OpenDocument file (.ods). Ask for it saved as .xlsx."
        return ""
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            return "The workbook has a password to open. Ask for a copy without one."
        return "This is an old Excel workbook (.xls). Ask for it saved as .xlsx."
    if data.startswith(b"%PDF"):
        return "This is a PDF, not a workbook. Ask for the Excel file itself."
    though = ", whatever its name says" if name.lower().endswith((".xlsx", ".xlsm")) else ""
    return f"This is not an Excel workbook{though}. Ask for the tracker saved as .xlsx."
