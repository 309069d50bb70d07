"""What the commands that read returns are asked: their arguments and options, and the reading that follows from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypedDict, TypeVar, Unpack

import click

import qipxl
from qipxl.app.runtime import progress
from qipxl.errors import RequestError, StoppedError
from qipxl.files import Location, parse_location

if TYPE_CHECKING:
    from qipxl.periods import Period
    from qipxl.provider import ProviderMonth
    from qipxl.provider.monthly_run import MonthResult
    from qipxl.provider.up_to_date import RunRecord
    from qipxl.reading import Choices, How
    from qipxl.returns.rate import Rated
    from qipxl.returns.returns import Returns
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


def read_places(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[Location, ...]:
    """Paths, or addresses of places elsewhere such as s3://bucket/returns, from arguments."""
    try:
        return tuple(map(parse_location, value))
    except RequestError as error:
        raise click.BadParameter(str(error), ctx, param) from None


def judged(command: Callable[P, T]) -> Callable[P, T]:
    """The arguments and options of `check` and `consolidate`."""
    paths = click.argument("paths", nargs=-1, required=True, type=click.Path(), metavar="PATH...", callback=read_places)
    as_at = click.option(
        "--as-at", callback=read_day, metavar="DATE", help="Date of judgement (default: the end of the latest period)."
    )
    form = click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json", "csv"]),
        default="text",
        show_default=True,
        help="How to print the result.",
    )
    return paths(as_at(form(own_templates(reading_options(command)))))


def reading_options(command: Callable[P, T]) -> Callable[P, T]:
    """The options that say how returns are read."""
    for option in READING:
        command = option(command)
    return command


READING = (
    click.option(
        "--no-look-for",
        "kinds_off",
        multiple=True,
        metavar="KIND",
        help="A kind of personal data not to look for: nhs, ni, birth, phone, email, room, title.",
    ),
    click.option(
        "--limit", "limits", multiple=True, metavar="NAME=N", help="Another safety limit, such as file_mb=80."
    ),
    click.option("--forensic", is_flag=True, help="Look closer at every return: colours, rows struck through."),
    click.option("--accept-other-formats", "other_formats", is_flag=True, help="Read .xls, .xlsb and .ods files too."),
    click.option("--use", multiple=True, metavar="FILE", help="Use this file although there is a doubt about it."),
    click.option("--period", metavar="MONTH", help="The month the returns are for (default: the commonest)."),
    click.option(
        "--cluster",
        metavar="ADDRESS",
        help="Have a Dask cluster do it: tls://HOST:PORT, or local:N for N processes here (needs qipxl[cluster]).",
    ),
    click.option(
        "--processes",
        "workers",
        type=click.IntRange(1, 64),
        help="How many processes work at it (default: one a core, at most 8).",
    ),
)
"""How `check` and `consolidate` read."""


class ReadAsked(TypedDict, total=False):
    """The options of READING."""

    period: str | None
    use: tuple[str, ...]
    other_formats: bool
    forensic: bool
    limits: tuple[str, ...]
    kinds_off: tuple[str, ...]
    workers: int | None
    cluster: str | None


def own_templates(command: Callable[P, T]) -> Callable[P, T]:
    """The option that makes a provider's own templates known, beside those that come with qipxl."""
    return click.option(
        "--template",
        "own",
        multiple=True,
        metavar="FILE",
        help="A template of your own that is in use; may be given again.",
    )(command)


def known_templates(own: Sequence[str]) -> Iterator[Template]:
    """The templates that come with qipxl, then those of the provider's own; each is loaded when its turn comes."""
    from qipxl.template import shipped_templates

    yield from (qipxl.find_template(name) for name in (*shipped_templates(), *own))


def read_as_asked(
    paths: tuple[Location, ...],
    templates: Iterable[Template],
    step: Callable[[str, int], None] = lambda status, files: None,
    memory: Location | None = None,
    **asked: Unpack[ReadAsked],
) -> Returns:
    """Read returns with the options of READING, those left out as they are by default; `memory` as `qipxl.read_returns` has it.

    Ctrl-C ends it with a sentence that says how far it came: raises StoppedError.
    """
    choices, how = reading_asked(asked, memory)
    with counted(step, memory) as told:
        return qipxl.read_returns(paths, templates, choices=choices, progress=told, **vars(how))


def reading_asked(asked: ReadAsked, memory: Location | None) -> tuple[Choices, How]:
    """The options of READING as reading has them; raises RequestError where one is unknown."""
    from qipxl.privacy import KINDS
    from qipxl.reading import Choices, How
    from qipxl.reading.file.limits import Limits

    month, kinds_off = asked.get("period"), asked.get("kinds_off", ())
    if unknown := [kind for kind in kinds_off if kind not in KINDS]:
        raise RequestError(f"“{unknown[0]}” is no kind of personal data. There are: {', '.join(KINDS)}.")
    how = How(
        Limits().changed(asked.get("limits", ())),
        asked.get("other_formats", False),
        asked.get("forensic", False),
        kinds_off,
        asked.get("workers"),
        memory,
        asked.get("cluster"),
    )
    return Choices(qipxl.Period.read(month) if month else None, asked.get("use", ())), how


@contextmanager
def counted(step: Callable[[str, int], None], memory: Location | None) -> Iterator[Callable[[str, int], None]]:
    """Counts the files that were read, so that Ctrl-C ends it with a sentence that says how far it came: raises StoppedError."""
    done = files = 0

    def told(status: str, total: int) -> None:
        nonlocal done, files
        done, files = done + 1, total
        step(status, total)

    try:
        yield told
    except KeyboardInterrupt:
        remembered = memory is not None and memory.is_dir()
        kept = "What was read is kept: the same command goes on from there." if remembered else "Nothing was written."
        far = f"after {done} of {files} files" if files else "before a file was read"
        raise StoppedError(f"Stopped {far}. {kept}") from None


def this_run(
    paths: tuple[Location, ...],
    out: Path | None,
    as_at: date | None,
    services: Path | None,
    packs: object,
    own: Sequence[str],
    reading: ReadAsked,
) -> RunRecord | None:
    """The run that is asked for, to be held against the last one; None where it is not about a month of a provider's folder."""
    from qipxl.provider.up_to_date import RunRecord
    from qipxl.reading.file.limits import Limits

    month = reading.get("period")
    home = paths[0]
    if len(paths) > 1 or month is None or not isinstance(home, Path) or not (home / "archive").is_dir():
        return None
    if (home / "places.toml").exists():  # what stands elsewhere is not compared
        return None
    others = {name: value for name, value in reading.items() if name not in ("limits", "workers", "cluster")}
    asked = {name: str(value) for name, value in {"out": out, "as_at": as_at, "packs": packs, **others}.items()}
    limits = Limits().changed(reading.get("limits", ()))
    return RunRecord(home, month, asked | {"own": str(own)}, [services] if services else [], limits)


def own_template_files(provider: ProviderMonth, own: Sequence[str]) -> list[Path]:
    """The files of every template in force that does not come with qipxl, and of those that they build on."""
    from qipxl.template import files_of, template_file

    return [file for name in (*provider.own_templates, *own) for file in files_of(template_file(name))]


def provider_month(paths: Sequence[Location], month: str | None) -> ProviderMonth | None:
    """The month of a provider's folder, where that is what was named; raises RequestError where no month was."""
    if len(paths) > 1 or not isinstance(paths[0], Path) or not paths[0].is_dir():
        return None
    from qipxl.provider import ProviderFolder, ProviderMonth

    folder = ProviderFolder(paths[0])
    if not folder.register.is_file():
        return None
    if month is None:
        raise RequestError(f"{paths[0]} is a provider's folder. Say which month: --period 2026-03.")
    return ProviderMonth(folder, folder.read(), qipxl.Period.read(month))


def meant(
    paths: tuple[Location, ...], own: tuple[str, ...], reading: ReadAsked
) -> tuple[ProviderMonth | None, tuple[Location, ...], Iterable[Template]]:
    """What the paths mean: the month of a provider's folder, if they name one; the returns to read; their templates.

    The files that a provider's register says are to be used are added to `reading`.
    """
    provider = provider_month(paths, reading.get("period"))
    if provider is None:
        return None, paths, known_templates(own)
    reading["use"] = (*reading.get("use", ()), *provider.use)
    return provider, (provider.returns,), [*provider.templates, *map(qipxl.find_template, own)]


def rate_paths(
    paths: tuple[Location, ...],
    as_at: date | None,
    templates: Iterable[Template],
    provider: ProviderMonth | None = None,
    **reading: Unpack[ReadAsked],
) -> Rated:
    """Read, check and rate what the paths hold, on the date asked for or the one that belongs to them.

    In a provider's folder the rules read what its register and its archive say by now.
    """
    with progress("Returns are read", None) as step:
        returns = read_as_asked(paths, templates, step, provider.memory if provider is not None else None, **reading)
    day = as_at or (provider.period.last if provider is not None else day_of(returns, reading.get("period")))
    note_day(day, returns.last_period)
    if provider is not None:
        return provider.rated(returns, day)
    return qipxl.rate(qipxl.check(returns, day), day)


@contextmanager
def judged_as_asked(
    provider: ProviderMonth, templates: Iterable[Template], as_at: date | None, **asked: Unpack[ReadAsked]
) -> Iterator[MonthResult]:
    """A month of a provider's folder read, judged a share at a time and kept (see `qipxl.provider.monthly_run`)."""
    from qipxl.provider.monthly_run import judged_month

    day = as_at or provider.period.last
    note_day(day, provider.period)
    choices, how = reading_asked(asked, provider.memory)
    with ExitStack() as held:
        with progress("Returns are read and judged", None) as step, counted(step, provider.memory) as told:
            month = held.enter_context(judged_month(provider, list(templates), choices, how, day, told))
        yield month


def note_day(day: date, period: Period | None) -> None:
    """Say on standard error where the day of judgement is before the returns' month, or still to come."""
    if period is not None and day < period.first:
        click.echo(f"Note: the as-at date is before {period.words}, which these returns are about.", err=True)
    if day > date.today():
        click.echo(f"Note: the as-at date {day:%d/%m/%Y} is still to come.", err=True)


def day_of(returns: Returns, asked: str | None) -> date:
    """The end of the month asked for, or of the latest period; for a single file not later than today. Today where neither is known."""
    period = qipxl.Period.read(asked) if asked else returns.last_period
    if period is None:
        return date.today()
    return min(date.today(), period.last) if len(returns.receipts) == 1 else period.last
