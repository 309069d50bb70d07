"""What every command uses: errors as one sentence, a progress bar, exit codes, memory settings."""

from __future__ import annotations

import atexit
import ctypes
import gc
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

import click

from qipxl.errors import QipxlError, StoppedError
from qipxl.files import display_name
from qipxl.reading.file.limits import GC_THRESHOLD
from qipxl.returns.freed_memory import TRIMMING
from qipxl.text import escaped

if TYPE_CHECKING:
    from rich.console import Console

    from qipxl.returns.returns import Returns

P = ParamSpec("P")
T = TypeVar("T")
CLEAN, PROBLEMS, FAILED = 0, 1, 2
"""Exit codes: no problems, problems found, the command failed."""
PATH = click.Path(path_type=Path)
"""The type of an argument or option that is a file or a folder."""
STOPPED = 130
"""The exit code of a command that was stopped with Ctrl-C, as in shells."""
REDRAWS = 5
"""How often a progress bar is drawn in a second, at most."""


class Sentence(click.ClickException):
    """An error shown as one sentence on standard error, with the exit code FAILED."""

    exit_code = FAILED


class Stopped(Sentence):
    """A stop with Ctrl-C, shown as one sentence, with the exit code STOPPED."""

    exit_code = STOPPED


def report_errors(command: Callable[P, T]) -> Callable[P, T]:
    """Decorate a command to show a QipxlError or Ctrl-C as one sentence; also the errors of a storage."""

    @wraps(command)
    def run(*args: P.args, **options: P.kwargs) -> T:
        try:
            return command(*args, **options)
        except (QipxlError, KeyboardInterrupt) as error:
            stopped = isinstance(error, StoppedError | KeyboardInterrupt)
            words = str(error) or "Stopped. No file was left half-written."
            raise (Stopped if stopped else Sentence)(shown(words)) from None
        except Exception as error:
            if message := display_name(error):
                raise Sentence(shown(message)) from None
            raise

    return run


def shown(message: str) -> str:
    """A message with the names in it escaped, line by line."""
    return "\n".join(map(escaped, message.split("\n")))


def verdict(returns: Returns) -> int:
    """The exit code: PROBLEMS if a problem is more than information or a file could not be used, else CLEAN."""
    refused = returns.receipts["status"].isin(["refused", "set aside"]).any()
    return PROBLEMS if refused or (returns.problems["severity"] != "for information").any() else CLEAN


class Step(Protocol):
    """A progress callback, called after each step with the step's status and, if known, the total number of steps."""

    def __call__(self, status: str = "", total: int | None = None) -> None: ...


def tune_memory() -> None:
    """Set the memory options of the running program; for the entry points of the program only, never on import.

    A script that imports qipxl keeps Python's own settings. At its end Python looks through all objects once more: it is given none.
    """
    gc.set_threshold(GC_THRESHOLD)
    atexit.register(gc.freeze)


def print_names_as_codes() -> None:
    """Print characters that the terminal cannot show, such as those of a name that is no text, as their codes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def return_freed_memory() -> None:
    """From now on, return the memory of large arrays to the system as soon as they are freed; for the program only.

    Linux' usual C library keeps freed arrays of up to 32 MB, and Arrow has a pool that does the same: with lists of half a
    million rows that is a quarter of all memory. Other systems are left as they are.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    import pyarrow as pa

    pa.set_memory_pool(pa.system_memory_pool())
    library = ctypes.CDLL(None)
    library.mallopt(MMAP_THRESHOLD, LARGE)
    library.mallopt(TRIM_THRESHOLD, KEPT)
    TRIMMING[:] = [partial(library.malloc_trim, 0)]


MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1
"""The numbers of two settings of glibc's malloc, from its malloc.h."""
LARGE = 1 << 20
"""Arrays of at least this many bytes are allocated with mmap, so that freeing them returns the memory to the system."""
KEPT = 1 << 26
"""The number of free bytes that are kept for later."""


@contextmanager
def progress(words: str, total: int | None) -> Iterator[Step]:
    """Show a progress bar on standard error, on one line, with the rate, the remaining time and the number of refused files.

    `total` is the number of steps, or None if it is not known yet. Shows nothing if standard error is not a terminal.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.table import Column

    columns = (
        TextColumn("{task.description}"), BarColumn(bar_width=12), MofNCompleteColumn(table_column=Column(no_wrap=True)),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True, table_column=Column(no_wrap=True)), TextColumn("{task.fields[refused]}"),
    )  # fmt: skip
    screen, shown = Console(stderr=True), sys.stderr.isatty()
    with Progress(*columns, console=screen, transient=True, disable=not shown, refresh_per_second=REDRAWS) as bar:
        task = bar.add_task(words, total=total, rate="", refused="")
        refused = 0

        def step(status: str = "", total: int | None = None) -> None:
            nonlocal refused
            refused += status == "refused"
            speed = next(other.speed for other in bar.tasks if other.id == task)
            rate, refused_words = f"{speed:.0f} a second" if speed else "", f"{refused} refused" if refused else ""
            bar.update(task, advance=1, total=total, rate=rate, refused=refused_words)

        yield step


def console() -> Console:
    """The terminal that results are printed to; brackets and colons in a text mean nothing."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False)
