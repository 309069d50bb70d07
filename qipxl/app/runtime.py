"""How every command runs: bad news as one sentence, a bar while something takes long, an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

import click

from qipxl.errors import QipxlError, StoppedError
from qipxl.files import display_name

if TYPE_CHECKING:
    from rich.console import Console

    from qipxl.returns.returns import Returns

P = ParamSpec("P")
T = TypeVar("T")
CLEAN, PROBLEMS, FAILED = 0, 1, 2
"""Exit codes: nothing wrong, problems found, could not be done."""


STOPPED = 130
"""The exit code of a command that Ctrl-C ended, as shells have it."""


class Sentence(click.ClickException):
    """One sentence on standard error, and the exit code for “could not be done”."""

    exit_code = FAILED


class Stopped(Sentence):
    """One sentence on standard error, and the exit code for Ctrl-C."""

    exit_code = STOPPED


def report_errors(command: Callable[P, T]) -> Callable[P, T]:
    """Turns a QipxlError, and Ctrl-C, into a sentence."""

    @wraps(command)
    def run(*args: P.args, **options: P.kwargs) -> T:
        try:
            return command(*args, **options)
        except (QipxlError, KeyboardInterrupt) as error:
            stopped = isinstance(error, StoppedError | KeyboardInterrupt)
            words = str(error) or "Stopped. No file was left half-written."
            raise (Stopped if stopped else Sentence)(words) from None
        except Exception as error:
            if said := display_name(error):
                raise Sentence(said) from None
            raise

    return run


def verdict(returns: Returns) -> int:
    """The exit code: problems are what must be fixed or looked at, and files that could not be used."""
    refused = returns.receipts["status"].isin(["refused", "set aside"]).any()
    return PROBLEMS if refused or (returns.problems["severity"] != "for information").any() else CLEAN


class Step(Protocol):
    """What is told of each thing done: what became of it, and how many there are in all, where that is known by then."""

    def __call__(self, status: str = "", total: int | None = None) -> None: ...


@contextmanager
def progress(words: str, total: int | None) -> Iterator[Step]:
    """A bar on standard error while something takes long: how many are done, how fast, how long it will take, how many
    were refused so far; nothing where nobody watches."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"), BarColumn(bar_width=20), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True), TextColumn("{task.fields[refused]}"),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(words, total=total, rate="", refused="")
        refused = 0

        def step(status: str = "", total: int | None = None) -> None:
            nonlocal refused
            refused += status == "refused"
            speed = next(each.speed for each in bar.tasks if each.id == task)
            rate, left_out = f"{speed:.0f} a second" if speed else "", f"{refused} refused" if refused else ""
            bar.update(task, advance=1, total=total, rate=rate, refused=left_out)

        yield step


def console() -> Console:
    """Where results are printed."""
    from rich.console import Console

    return Console(highlight=False)
