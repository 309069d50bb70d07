"""How every command runs: bad news as one sentence, a bar while something takes long, an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from qipxl.errors import QipxlError

if TYPE_CHECKING:
    from rich.console import Console

    from qipxl.returns import Returns

P = ParamSpec("P")
T = TypeVar("T")
CLEAN, PROBLEMS, FAILED = 0, 1, 2
"""Exit codes: nothing wrong, problems found, could not be done."""


class Sentence(click.ClickException):
    """One sentence on standard error, and the exit code for “could not be done”."""

    exit_code = FAILED


def in_sentences(command: Callable[P, T]) -> Callable[P, T]:
    """Turns a QipxlError into its sentence."""

    @wraps(command)
    def run(*args: P.args, **options: P.kwargs) -> T:
        try:
            return command(*args, **options)
        except QipxlError as error:
            raise Sentence(str(error)) from None

    return run


def verdict(returns: Returns) -> int:
    """The exit code: problems are what must be fixed or looked at, and files that could not be used."""
    refused = returns.receipts["status"].isin(["refused", "set aside"]).any()
    return PROBLEMS if refused or (returns.problems["severity"] != "for information").any() else CLEAN


@contextmanager
def progress(words: str, total: int | None) -> Iterator[Callable[[], None]]:
    """A bar on standard error while something takes long; nothing where nobody watches."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(words, total=total)
        yield lambda: bar.advance(task)


def console() -> Console:
    """Where results are printed."""
    from rich.console import Console

    return Console(highlight=False)
