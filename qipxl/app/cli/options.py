"""Arguments and options that several commands share, and the records that they become."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

import qipxl
from qipxl.app.runtime import progress
from qipxl.errors import RequestError, StoppedError
from qipxl.files import Location, parse_location
from qipxl.periods import Period
from qipxl.privacy import KINDS
from qipxl.reading.file.limits import Limits
from qipxl.reading.options import Decisions, ReadOptions
from qipxl.text import escaped

if TYPE_CHECKING:
    from qipxl.provider import ProviderMonth
    from qipxl.provider.monthly_run import MonthResult
    from qipxl.provider.run_inputs import Month
    from qipxl.template import Template

P = ParamSpec("P")
T = TypeVar("T")


def read_day(ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    """A date such as 2026-03-31 or 31/03/2026, from an option."""
    if value is None:
        return None
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(value.strip(), form).date()
        except ValueError:
            continue
    raise click.BadParameter(f"“{value}” is not a date. Write one such as 2026-03-31 or 31/03/2026.", ctx, param)


def read_locations(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[Location, ...]:
    """Paths, or addresses such as s3://bucket/returns, from arguments; if none was given, the provider's folder one is in."""
    try:
        if not value and not is_home(HERE):
            raise RequestError(
                "Name a file or a folder of returns. Without a name, the command uses the folder that you are in if it is "
                "a provider's folder; this one is not, because it has no register.xlsx."
            )
        locations = tuple(map(parse_location, value or [HERE]))
        for location in locations:
            if isinstance(location, Path):
                location.exists()
        return locations
    except RequestError as error:
        raise click.BadParameter(str(error), ctx, param) from None
    except OSError as error:  # such as a name that is too long for a path
        raise click.BadParameter(f"“{value[0][:40]}” cannot be a path ({error.strerror}).", ctx, param) from None


def read_month(ctx: click.Context, param: click.Parameter, value: str | None) -> Period | None:
    """A month as people type it, from an option; None if it was not given."""
    try:
        return None if value is None else Period.typed(value)
    except RequestError as error:
        raise click.BadParameter(str(error), ctx, param) from None


def is_home(location: Location) -> bool:
    """True for a provider's folder."""
    if not isinstance(location, Path) or not location.is_dir():
        return False
    from qipxl.provider import ProviderFolder

    return ProviderFolder(location).register.is_file()


def read_home(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path:
    """A folder from an argument; if none was given, the one that the command window is in."""
    return HERE if value is None else value


def month_asked(period: Period | None, home: Path) -> Period:
    """The month of a command about a provider's folder; if none was given, the last that ended.

    That one is printed on standard error, with another: the last with trackers if it has none.
    """
    if period is not None:
        return period
    from qipxl.provider.folder import ProviderFolder

    last = Period.last_ended(date.today())
    issued = ProviderFolder(home).issued_months
    other = f"{issued[-1]}, the last with trackers here" if issued and last not in issued else last.plus(-1)
    click.echo(f"Month: {last.words}, the last that ended. For another: --period {other}", err=True)
    return last


HERE = Path(".")
"""The folder that the command window is in."""
PATHS = click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH]...", callback=read_locations)
HOME = click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[FOLDER]", callback=read_home)
MONTH = click.option(
    "--period",
    callback=read_month,
    metavar="MONTH",
    help='The month, such as 2026-03 or "March 2026" (default: the last that ended).',
)
AS_AT = click.option(
    "--as-at", callback=read_day, metavar="DATE", help="Date of judgement (default: the end of the latest period)."
)
FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "csv"]),
    default="text",
    show_default=True,
    help="How to print the result.",
)
OWN_TEMPLATES = click.option(
    "--template",
    "own",
    multiple=True,
    metavar="FILE",
    help="A template of your own that is in use; may be given again.",
)
READING = (
    click.option(
        "--skip-personal-data",
        multiple=True,
        metavar="KIND",
        help="A kind of personal data not to search for: nhs, ni, birth, phone, email, room, title.",
    ),
    click.option(
        "--limit", "limits", multiple=True, metavar="NAME=N", help="Another safety limit, such as file_mb=80."
    ),
    click.option("--check-formatting", is_flag=True, help="Check colours and struck-through rows of every return."),
    click.option("--accept-other-formats", "other_formats", is_flag=True, help="Read .xls, .xlsb and .ods files too."),
    click.option("--accept", multiple=True, metavar="FILE", help="Use this file although there is a doubt about it."),
    click.option(
        "--period",
        callback=read_month,
        metavar="MONTH",
        help="The month, such as 2026-03 (default: the commonest; of a provider's folder, the last that ended).",
    ),
    click.option(
        "--cluster",
        metavar="ADDRESS",
        help="Use a Dask cluster: tls://HOST:PORT, or local:N for N processes here (needs qipxl[cluster]).",
    ),
    click.option(
        "--processes",
        type=click.IntRange(1, 64),
        help="Number of worker processes (default: one per core, at most 8).",
    ),
    click.option("--use", "old_accept", multiple=True, hidden=True),
    click.option("--no-look-for", "old_skip", multiple=True, hidden=True),
    click.option("--forensic", "old_check", is_flag=True, hidden=True),
)
"""How files are read; the last three are the names of version 0.1."""


def reading_options(command: Callable[..., T]) -> Callable[..., T]:
    """The options READING, given to the command as two records: `options` and `decisions`. Raises RequestError for unknown ones."""

    @wraps(command)
    def run(
        *arguments: Any,
        skip_personal_data: tuple[str, ...],
        limits: tuple[str, ...],
        check_formatting: bool,
        other_formats: bool,
        accept: tuple[str, ...],
        period: Period | None,
        cluster: str | None,
        processes: int | None,
        old_accept: tuple[str, ...],
        old_skip: tuple[str, ...],
        old_check: bool,
        **others: Any,
    ) -> T:
        skipped = (*skip_personal_data, *old_skip)
        if unknown := [kind for kind in skipped if kind not in KINDS]:
            raise RequestError(f"Unknown kind of personal data: “{unknown[0]}”. Choose from: {', '.join(KINDS)}.")
        options = ReadOptions(
            Limits().changed(limits), other_formats, check_formatting or old_check, skipped, processes, cluster
        )
        paths = others["paths"]
        month = month_asked(period, paths[0]) if len(paths) == 1 and is_home(paths[0]) else period
        decisions = Decisions(month, (*accept, *old_accept))
        return command(*arguments, options=options, decisions=decisions, **others)

    for option in READING:
        run = option(run)
    return run


def known_templates(own: Sequence[str]) -> Iterator[Template]:
    """The templates that come with qipxl, then those of the provider's own."""
    from qipxl.template import shipped_templates

    yield from (qipxl.find_template(name) for name in (*shipped_templates(), *own))


def provider_month(paths: Sequence[Location], period: Period | None) -> ProviderMonth | None:
    """The month of a provider's folder, if one was named; the last that ended if no month was."""
    home = paths[0]
    if len(paths) > 1 or not isinstance(home, Path) or not is_home(home):
        return None
    from qipxl.provider import ProviderFolder

    month = ProviderFolder(home).month(month_asked(period, home))
    print_meeting_problems(month)
    return month


def print_meeting_problems(month: ProviderMonth) -> None:
    """Print on standard error what could not be used of the meeting books."""
    for problem in month.meetings.problems:
        click.echo(f"Meeting book: {problem}", err=True)


def month_named(paths: Sequence[Location], own: Sequence[str], period: Period | None) -> Month:
    """The month of a provider's folder, or the files and folders, that the paths name, with templates of the provider's own."""
    from dataclasses import replace

    from qipxl.provider.run_inputs import ReturnFiles

    provider = provider_month(paths, period)
    if provider is None:
        return ReturnFiles(paths, tuple(known_templates(own)), today=date.today())
    return replace(provider, more_templates=tuple(map(qipxl.find_template, own)))


def command_line(name: str, paths: Sequence[Location], own: Sequence[str], period: Period | None, *more: str) -> str:
    """A command about the same returns, as it can be typed."""
    options = [f"--template {quoted(file)}" for file in own] + ([f"--period {period}"] if period else [])
    named = [quoted(str(path)) for path in paths if path != HERE]
    return " ".join(["qipxl", name, *named, *options, *more])


def quoted(word: str) -> str:
    """A word of a command; in quotes if it has a space, and with codes for characters that a terminal obeys."""
    return f'"{escaped(word)}"' if " " in word else escaped(word)


def readers_started(paths: Sequence[Location], options: ReadOptions) -> AbstractContextManager[None]:
    """Start the processes that will open a register and returns, while this one loads what it needs."""
    from qipxl.reading.process import MOST, started_early, usual_processes  # other commands start none

    files = len(paths) if all(isinstance(path, Path) and path.is_file() for path in paths) else MOST
    readers = 0 if options.cluster else min(files, options.processes or usual_processes())
    return started_early(readers + is_home(paths[0]))


@contextmanager
def reading_progress(words: str, month: Month) -> Iterator[Callable[[str, int], None]]:
    """A bar while files are read; Ctrl-C ends it with a sentence that says how far it came: raises StoppedError."""
    done = files = 0
    with progress(words, None) as step:

        def told(status: str, total: int) -> None:
            nonlocal done, files
            done, files = done + 1, total
            step(status, total)

        try:
            yield told
        except KeyboardInterrupt:
            cached = month.read_cache is not None and month.read_cache.is_dir()
            kept = "The same command goes on from there." if cached else "Nothing was written."
            raise StoppedError(
                f"Stopped after {done} of {files} files. {kept}" if files else f"Stopped. {kept}"
            ) from None


def print_notes(result: MonthResult, decisions: Decisions) -> None:
    """Print on standard error what is odd about the date of judgement, and the files to be used that do not exist."""
    from qipxl.reading.duplicates import unknown_names

    day, period = result.as_at, result.returns.last_period
    for name in unknown_names(result.returns.receipts, result.month.decided(decisions).accepted_files):
        click.echo(
            f"Note: {name} is to be used (--accept, or Returns to use in the register), but no file has this name.",
            err=True,
        )
    if period is not None and day < period.first:
        click.echo(f"Note: the as-at date is before {period.words}, the month of these returns.", err=True)
    if day > date.today():
        click.echo(f"Note: the as-at date {day:%d/%m/%Y} is in the future.", err=True)
