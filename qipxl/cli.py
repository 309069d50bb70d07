"""The command line: options, one library call, one print."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar, Unpack

import click

import qipxl
from qipxl.errors import QipxlError, RequestError
from qipxl.options import ReadAsked, judged, known_templates, own_templates, read_as_asked

if TYPE_CHECKING:
    from rich.console import Console

    from qipxl.rating import Rated
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


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(package_name="qipxl")
def main() -> None:
    """Quality improvement plans in Excel: issue trackers, read them back, rate,
    consolidate.

    \b
    Example:
      qipxl demo
      qipxl issue services.csv --period 2026-03 --out issued
      qipxl check returns
      qipxl consolidate returns --out summary.xlsx
    """


@main.command()
@click.argument("folder", default="qipxl-demo", type=click.Path(path_type=Path), metavar="[DIR]")
@click.option("--services", default=12, show_default=True, help="How many services the provider has.")
@click.option("--months", default=6, show_default=True, help="How many months of evidence they log.")
@click.option("--seed", default=1, show_default=True, help="Another number makes other plans.")
@in_sentences
def demo(folder: Path, services: int, months: int, seed: int) -> None:
    """Make up a provider, fill in its trackers, and consolidate them.

    Writes DIR/issued, DIR/returns and DIR/summary.xlsx, and prints the
    provider's table of ratings.

    \b
    Example:
      qipxl demo my-demo --services 20
    """
    from qipxl.demo import make_demo
    from qipxl.terminal import count_words, show_receipts, show_summary

    with progress("Services fill in their trackers", services) as step:
        made = make_demo(folder, services, months, seed, step)
    rated = rate_paths((made.returns,), made.as_at)
    summary = qipxl.summarise(rated, made.services)
    written = qipxl.write_summary(summary, made.summary)
    out = console()
    show_receipts(out, rated.returns)
    show_summary(out, summary)
    out.print(count_words(rated.returns))
    out.print(f"As at {made.as_at:%d/%m/%Y}.")
    out.print(f"Open the summary: {written}", soft_wrap=True)


@main.command()
@click.argument("services", type=click.Path(path_type=Path), metavar="SERVICES")
@click.option("--period", required=True, help="The reporting month, such as 2026-03.")
@click.option("--template", default="core", show_default=True, help="A template's name, or a .toml file.")
@click.option(
    "--out",
    default=Path("issued"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="The folder to write into.",
)
@click.option("--replace", is_flag=True, help="Write over trackers that are there already.")
@in_sentences
def issue(services: Path, period: str, template: str, out: Path, replace: bool) -> None:
    """Write a tracker for every service of a list.

    SERVICES is a CSV file or an Excel workbook with the columns code, name,
    region and manager.

    \b
    Example:
      qipxl issue services.csv --period 2026-03 --out issued
    """
    from qipxl.issuing import issue_trackers

    chosen, listed, month = qipxl.find_template(template), qipxl.read_services(services), qipxl.Period.read(period)
    with progress("Trackers are written", len(listed)) as step:
        paths = issue_trackers(chosen, listed, month, out, replace=replace, progress=step)
    click.echo(f"Trackers written for {month.words}: {len(paths)}, in {out}.")


@main.command()
@judged
@click.option(
    "--queries",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write a page of queries for each return into this folder, to be sent back.",
)
@click.option("--fresh", is_flag=True, help="With --queries: write a fresh tracker for each return too.")
@in_sentences
def check(
    paths: tuple[Path, ...],
    as_at: date | None,
    form: str,
    own: tuple[str, ...],
    queries: Path | None,
    fresh: bool,
    **reading: Unpack[ReadAsked],
) -> None:
    """Read returns and say what is wrong in them, cell by cell.

    PATH is a returned tracker or a folder of them. Exit code: 0 nothing
    wrong, 1 problems found, 2 could not be done.

    \b
    Example:
      qipxl check returns --as-at 2026-03-31
    """
    from qipxl.answering import write_answers
    from qipxl.exchange import as_json, problems_csv
    from qipxl.terminal import count_words, show_problems, show_receipts

    if fresh and queries is None:
        raise RequestError("--fresh needs --queries DIR: the folder to write the fresh trackers into.")
    rated = rate_paths(paths, as_at, own, **reading)
    answers = write_answers(rated, queries, fresh=fresh) if queries is not None else []
    if form == "text":
        out = console()
        show_receipts(out, rated.returns)
        show_problems(out, rated.returns.problems)
        out.print(count_words(rated.returns))
        out.print(f"As at {rated.as_at:%d/%m/%Y}.")
        if answers:
            out.print(f"Written to send back: {len(answers)} files, in {queries}.", soft_wrap=True)
    else:
        click.echo(as_json(rated) if form == "json" else problems_csv(rated), nl=form == "json")
    sys.exit(verdict(rated.returns))


@main.command()
@judged
@click.option(
    "--out",
    default=Path("summary.xlsx"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="The summary to write.",
)
@click.option(
    "--services",
    type=click.Path(path_type=Path),
    help="The list of services expected; one without a return is listed first.",
)
@in_sentences
def consolidate(
    paths: tuple[Path, ...],
    as_at: date | None,
    form: str,
    own: tuple[str, ...],
    out: Path,
    services: Path | None,
    **reading: Unpack[ReadAsked],
) -> None:
    """Bring returns together into one summary workbook.

    PATH is a returned tracker or a folder of them. Exit code: 0 nothing
    wrong, 1 problems found, 2 could not be done.

    \b
    Example:
      qipxl consolidate returns --out summary.xlsx --services services.csv
    """
    from qipxl.exchange import actions_csv, as_json
    from qipxl.terminal import count_words, show_receipts, show_summary

    out = refuse_overwriting(out if out.suffix else out.with_suffix(".xlsx"))
    expected = qipxl.read_services(services) if services else []
    rated = rate_paths(paths, as_at, own, **reading)
    summary = qipxl.summarise(rated, expected)
    written = qipxl.write_summary(summary, out)
    if form == "text":
        screen = console()
        show_receipts(screen, rated.returns)
        show_summary(screen, summary)
        screen.print(f"{count_words(rated.returns)} As at {rated.as_at:%d/%m/%Y}.")
        screen.print(f"Open the summary: {written}", soft_wrap=True)
    else:
        click.echo(as_json(rated) if form == "json" else actions_csv(rated), nl=form == "json")
    sys.exit(verdict(rated.returns))


@main.group(invoke_without_command=True)
@click.pass_context
@in_sentences
def templates(ctx: click.Context) -> None:
    """List the templates that trackers can be made from.

    \b
    Example:
      qipxl templates
      qipxl templates check our-own.toml
    """
    from qipxl.template import shipped_templates

    if ctx.invoked_subcommand is None:
        for name in shipped_templates():
            template = qipxl.find_template(name)
            click.echo(f"{name} {template.version}: {template.template.about}")


@templates.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@in_sentences
def check_template(file: Path) -> None:
    """Read a template file and list every mistake in it.

    \b
    Example:
      qipxl templates check our-own.toml
    """
    from qipxl.tracker import plan_of

    template = qipxl.load_template(file)
    plan_of(template)
    rules = sum(len(each) for each in template.rules.rules.values())
    click.echo(f"{file.name} is sound: {len(template.tables)} tables, {rules} rules.")


@main.command()
@click.argument("code")
@own_templates
@in_sentences
def explain(code: str, own: tuple[str, ...]) -> None:
    """Say what a code means: of a problem, a rule, a rating or a setting.

    \b
    Example:
      qipxl explain evidence-when-complete
    """
    from qipxl.explaining import explain as meanings
    from qipxl.terminal import show_explanation

    show_explanation(console(), meanings(code, known_templates(own)))


def refuse_overwriting(out: Path) -> Path:
    """A summary may be written over an older one, over nothing else."""
    from qipxl.opening.workbook import is_summary

    if out.is_file() and not is_summary(out.read_bytes()):
        raise RequestError(f"{out} exists and is not a summary that qipxl wrote. Choose another name.")
    return out


def rate_paths(
    paths: tuple[Path, ...], as_at: date | None, own: Sequence[str] = (), **reading: Unpack[ReadAsked]
) -> Rated:
    """Read, check and rate what the paths hold, on the date asked for or the one that belongs to them."""
    with progress("Returns are read", None) as step:
        returns = read_as_asked(paths, own, step, **reading)
    day = as_at or day_of(returns)
    if returns.last_period is not None and day < returns.last_period.first:
        click.echo(
            f"Note: the as-at date is before {returns.last_period.words}, which these returns are about.", err=True
        )
    if day > date.today():
        click.echo(f"Note: the as-at date {day:%d/%m/%Y} is still to come.", err=True)
    return qipxl.rate(qipxl.check(returns, day), day)


def day_of(returns: Returns) -> date:
    """The end of the latest period; for a single file not later than today; today where no return can be used."""
    period = returns.last_period
    if period is None:
        return date.today()
    return min(date.today(), period.last) if len(returns.receipts) == 1 else period.last


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
