"""Files and folders, local or remote through fsspec, such as `s3://bucket/returns` (extra `qipxl[remote]`).

Files and folders appear only when they are complete. A local one is written under a temporary name and renamed. A remote
store cannot rename: the files of a folder are copied one by one, and the file that makes the folder count comes last.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import tempfile
import tomllib
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from qipxl.errors import OutputError, RequestError, SourceError

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from upath import UPath

Location: TypeAlias = "Path | UPath"
TEMPORARY_PREFIX = ".building-"
"""The start of the names of incomplete folders."""
UNFINISHED = ".qipxl-"
UNFINISHED_NAME = re.compile(r"\.qipxl-\w+\.\w+", re.ASCII)
"""The start and the form of the names of incomplete files."""
TOGETHER, HELD = ".together", ".held"
"""The endings of a folder whose files are not all complete, and of the file of the same stem that is locked meanwhile (`new_files`)."""


def parse_location(text: str | Location) -> Location:
    """The path or URL in a text; raises RequestError for a URL whose library is not installed."""
    if not isinstance(text, str):
        return text
    if "://" not in text:
        return Path(text)
    try:
        from upath import UPath

        location = UPath(text, use_listings_cache=False)  # other processes write there too
        _ = location.fs
    except (ImportError, ValueError) as error:
        raise RequestError(
            f'{text} cannot be reached: {error}. Install the library for it: pip install "qipxl[remote]" for s3://, another fsspec '
            "library for other stores."
        ) from None
    return location


@contextmanager
def as_os_error() -> Iterator[None]:
    """Turns the errors of remote stores, which differ by library, into OSError."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise OSError(str(error)) from error


def display_name(error: BaseException) -> str:
    """A sentence for an error of a remote store; empty for all other errors."""
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_globals.get("__name__", "").partition(".")[0] in ("fsspec", "upath"):
            return f"The remote store cannot be reached, or you have no permission to read or write there: {error}"
        step = step.tb_next
    return ""


def named(folder: Location, pattern: str) -> list[Location]:
    """The entries of a folder whose names match a pattern, by name; empty if there is no such folder."""
    return sorted(folder.glob(pattern), key=lambda path: path.name)


def rename(file: Location, name: str) -> None:
    """Give a file another name."""
    if isinstance(file, Path):
        os.replace(file, file.with_name(name))
    else:
        file.rename(file.with_name(name))


@contextmanager
def temporary_folder(home: Location) -> Iterator[Path]:
    """A local folder in which another is built before it is published below `home`; removed at the end of the block.

    Raises OSError if it cannot be created.
    """
    if isinstance(home, Path):
        home.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=home if isinstance(home, Path) else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(built: Path, target: Location, last: str) -> None:
    """Move a complete folder to its target; `last` is the file without which it does not count.

    Raises OSError if that fails, or if a local folder already exists there.
    """
    if isinstance(target, Path):
        os.chmod(built, 0o755)
        os.rename(built, target)
        return
    with as_os_error():
        for path in sorted(built.iterdir(), key=lambda file: file.name == last):
            (target / path.name).write_bytes(path.read_bytes())


def remove(folder: Location, last: str = "") -> None:
    """Remove a folder if it exists; the file `last` goes first, so that a partly removed folder does not count."""
    if isinstance(folder, Path):
        shutil.rmtree(folder, ignore_errors=True)
        return
    with suppress(FileNotFoundError):
        if last:
            (folder / last).unlink()
        folder.fs.rm(folder.path, recursive=True)


def write_text(path: Path, text: str) -> Path:
    """Write a text file in UTF-8 that appears at `path` only when it is complete; raises OutputError if it fails."""
    return write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> Path:
    """Write a file that appears at `path` only when it is complete; raises OutputError if it fails."""
    with new_file(path) as temporary:
        temporary.write_bytes(content)
    return path


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """An empty file next to `path`, which takes the place of `path` at the end of the block, or goes if the block fails.

    The folder is created if it is missing. Files that stopped runs left there are removed. Raises OutputError if the file
    cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(path.parent)
        held, temporary = held_file(path)
    except OSError as error:
        raise OutputError(cannot_write(path, error)) from None
    try:
        with held:  # while it is open and locked, no other run or thread removes it
            os.chmod(temporary, 0o666 & ~current_umask())
            yield temporary
            if sys.platform != "win32":
                os.replace(temporary, path)
        if sys.platform == "win32":  # where an open file cannot be renamed
            os.replace(temporary, path)
    except OSError as error:
        raise OutputError(cannot_write(path, error)) from None
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def new_files(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    """An empty folder for files of these names: all move to `folder` at the end of the block, and all go if the block fails.

    `folder` is created if it is missing. What stopped runs left there is removed. Raises OutputError if a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        remove_leftovers(folder)
        held, mark = held_file(folder / f"all{HELD}")
        built = mark.with_suffix(TOGETHER)
        built.mkdir()
    except OSError as error:
        raise OutputError(cannot_write(folder / names[0], error)) from None
    try:
        with held:  # while it is open and locked, no other run removes the folder
            yield built
            for name in names:
                move(built / name, folder / name)
    except OutputError as error:
        raise OutputError(str(error).replace(str(built), str(folder))) from None
    finally:
        shutil.rmtree(built, ignore_errors=True)
        mark.unlink(missing_ok=True)


def move(file: Path, path: Path) -> None:
    """Move a file to `path`, in place of one that is there; raises OutputError if that fails."""
    try:
        os.replace(file, path)
    except OSError as error:
        raise OutputError(cannot_write(path, error)) from None


def held_file(path: Path) -> tuple[BufferedReader, Path]:
    """A new file next to `path`, open and locked; raises OSError if it cannot be made.

    Another thread or run may remove it before it is locked; then a further one is made.
    """
    while True:
        handle, name = tempfile.mkstemp(prefix=UNFINISHED, suffix=path.suffix, dir=path.parent)
        held = os.fdopen(handle, "rb")
        lock(held, wait=True)
        if os.path.exists(name):
            return held, Path(name)
        held.close()


def remove_leftovers(folder: Path) -> None:
    """Remove the unfinished files of runs that were stopped; those of runs that are still going on are left alone."""
    found: list[os.DirEntry[str]] = []
    with suppress(OSError), os.scandir(folder) as entries:
        found = [entry for entry in entries if is_unfinished(entry.name)]
    for leftover in [entry.path for entry in found if entry.is_file(follow_symlinks=False)]:
        with suppress(OSError):
            if sys.platform == "win32":
                os.unlink(leftover)  # fails as long as it is open
            else:
                with open(leftover, "rb") as file:
                    if lock(file):
                        os.unlink(leftover)
    for entry in found:
        mark = Path(entry.path).with_suffix(HELD)
        if entry.name.endswith(TOGETHER) and entry.is_dir(follow_symlinks=False) and not mark.exists():
            shutil.rmtree(entry.path, ignore_errors=True)


def is_unfinished(name: str) -> bool:
    """True for the name of a file that `new_file` has not finished."""
    return name.startswith(UNFINISHED) and UNFINISHED_NAME.fullmatch(name) is not None


def lock(file: BufferedReader, *, wait: bool = False) -> bool:
    """Lock a file as long as it is open; false if it cannot be locked, or if another has locked it and `wait` is false.

    On Windows nothing needs to be locked: an open file cannot be deleted.
    """
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # also on a file system without locks
        return False
    return True


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a TOML file that a person wrote.

    Raises SourceError if it cannot be read, RequestError with the line if it is not TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise SourceError(f"Cannot read {path} ({error.strerror}). Check the name.") from None
    except UnicodeDecodeError:
        raise SourceError(f"Cannot read {path}. Save it as a text file in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise RequestError(f"{path.name} is not valid TOML: {error}. Correct that line.") from None


def cannot_write(path: Path, error: object) -> str:
    """The sentence for a file that cannot be written."""
    if isinstance(error, FileExistsError | NotADirectoryError):
        return f"{path} cannot be written: {path.parent} is a file, not a folder."
    if isinstance(error, PermissionError) and path.exists():
        return f"{path} cannot be replaced. Close it if it is open elsewhere, or choose another name."
    if isinstance(error, PermissionError):
        return f"The folder {path.parent} cannot be written to. Choose another folder."
    reason = getattr(error, "strerror", None) or str(error)
    return f"{path} cannot be written: {reason}."


def digest(path: Location) -> str:
    """A file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # its type promises no readinto, but every opened file has it


HERE = Path(__file__).resolve().parent
"""The package folder. `workbook_templates/` and `macros/` are next to it in a checkout and inside it once installed."""


def shipped_folder(name: str) -> Path:
    """The shipped folder of that name, in the installed package or else in the checkout."""
    for folder in (HERE / name, HERE.parent / name):
        if folder.is_dir():
            return folder
    raise SourceError(f"qipxl's folder {name} is missing: install qipxl again")


def workbook_templates() -> Path:
    """The folder of the shipped template files."""
    return shipped_folder("workbook_templates")


def macros() -> Path:
    """The folder of the VBA behind the buttons."""
    return shipped_folder("macros")


RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
"""The names of devices, which no file of Windows may have."""


def distinct_names(titles: Sequence[str]) -> list[str]:
    """A safe file name for each title; no two differ only in upper and lower case."""
    names: list[str] = []
    taken: set[str] = set()
    for title in titles:
        name = safe_name(title)
        number = 2
        while name.lower() in taken:
            name = f"{safe_name(title)} {number}"
            number += 1
        taken.add(name.lower())
        names.append(name)
    return names


def safe_name(text: str) -> str:
    """A file name of letters, digits, spaces, dots and dashes, at most 100 characters, that every system accepts."""
    composed = unicodedata.normalize("NFC", text)
    kept = re.sub(r"[^\w .\-]", "-", composed)
    name = " ".join(kept.split())[:100].strip(" .")
    return f"_{name}" if RESERVED.match(name) or not name else name
