"""Files and folders: on this machine, or anywhere that fsspec reaches, such as `s3://bucket/returns` (extra `qipxl[remote]`).

A folder is put in its place whole. On this machine it is renamed in one step; elsewhere, where nothing is renamed, its files follow one
another, and the one by which the folder counts comes last.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from qipxl.errors import RequestError, SourceError

if TYPE_CHECKING:
    from upath import UPath

Location: TypeAlias = "Path | UPath"
TEMPORARY_PREFIX = ".building-"
"""What the names of folders begin with that are not whole yet."""


def parse_location(said: str | Location) -> Location:
    """The place that is named; raises RequestError where it is elsewhere and nothing that reaches it is installed."""
    if not isinstance(said, str):
        return said
    if "://" not in said:
        return Path(said)
    try:
        from upath import UPath

        found = UPath(said, use_listings_cache=False)  # other processes write there too
        _ = found.fs
    except (ImportError, ValueError) as error:
        raise RequestError(
            f"{said} cannot be reached: {error}. Install what reaches it: pip install 'qipxl[remote]' for s3://, another library of "
            "fsspec's for other kinds of places."
        ) from None
    return found


@contextmanager
def as_os_error() -> Iterator[None]:
    """What goes wrong elsewhere as what would go wrong here: each library that reaches a place has errors of its own."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise OSError(str(error)) from error


def display_name(error: BaseException) -> str:
    """A sentence about an error that came from a place elsewhere; nothing for any other."""
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_globals.get("__name__", "").partition(".")[0] in ("fsspec", "upath"):
            return f"A place elsewhere cannot be reached, or you have no right to read or write there: {error}"
        step = step.tb_next
    return ""


def named(folder: Location, pattern: str) -> list[Location]:
    """What stands in a folder under names of a pattern, in their order; nothing where there is no such folder."""
    return sorted(folder.glob(pattern), key=lambda place: place.name)


def rename(file: Location, name: str) -> None:
    """Give a file another name."""
    if isinstance(file, Path):
        os.replace(file, file.with_name(name))
    else:
        file.rename(file.with_name(name))


@contextmanager
def temporary_folder(home: Location) -> Iterator[Path]:
    """A folder on this machine in which another is built, to be put somewhere below `home`; gone when the block ends.

    Raises OSError where there cannot be one.
    """
    if isinstance(home, Path):
        home.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=home if isinstance(home, Path) else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(built: Path, target: Location, last: str) -> None:
    """Put a folder that is built in its place; `last` is the file without which it does not count.

    Raises OSError where that is not possible, or on this machine another folder stands there.
    """
    if isinstance(target, Path):
        os.chmod(built, 0o755)
        os.rename(built, target)
        return
    with as_os_error():
        for path in sorted(built.iterdir(), key=lambda each: each.name == last):
            (target / path.name).write_bytes(path.read_bytes())


def remove(folder: Location, last: str = "") -> None:
    """Remove a folder and what is in it, if it is there; `last` goes first, so that what is left of it does not count."""
    if isinstance(folder, Path):
        shutil.rmtree(folder, ignore_errors=True)
        return
    with suppress(FileNotFoundError):
        if last:
            (folder / last).unlink()
        folder.fs.rm(folder.path, recursive=True)


def digest(path: Location) -> str:
    """A file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # typed as any binary file; what opens has readinto


HERE = Path(__file__).resolve().parent
"""The package. `workbook_templates/` and `macros/` are next to it in a checkout and inside it once installed."""


def shipped_folder(name: str) -> Path:
    """The shipped folder of that name: the installed place first, else the checkout."""
    for place in (HERE / name, HERE.parent / name):
        if place.is_dir():
            return place
    raise SourceError(f"qipxl's folder {name} is missing: install qipxl again")


def workbook_templates() -> Path:
    """The folder of the shipped template files."""
    return shipped_folder("workbook_templates")


def macros() -> Path:
    """The folder of the VBA behind the buttons."""
    return shipped_folder("macros")
