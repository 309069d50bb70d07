"""The command line: options, one library call, one print."""

from __future__ import annotations

import gc
import sys
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Unpack

import click

import qipxl
from qipxl.app.cli.adopt import adopt
from qipxl.app.cli.excel import excel, make_console
from qipxl.app.cli.options import (
    ReadAsked,
    judged,
    judged_as_asked,
    known_templates,
    meant,
    own_template_files,
    own_templates,
    provider_month,
    rate_paths,
    read_as_asked,
    this_run,
)
from qipxl.app.cli.pack_options import PacksAsked, packed
from qipxl.app.cli.page import page
from qipxl.app.cli.provider import archive, init, status
from qipxl.app.runtime import console, progress, report_errors, verdict
from qipxl.errors import RequestError
from qipxl.files import Location


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
    gc.set_threshold(UNUSED_TOGETHER)


UNUSED_TOGETHER = 50_000
"""How many new objects come together before Python looks for unused circles: at its own 700 it looks for a tenth of the time."""
for command in (init, status, archive, adopt, page, make_console, excel):
    main.add_command(command)


@main.command()
@click.argument("folder", default="qipxl-demo", type=click.Path(path_type=Path), metavar="[DIR]")
@click.option("--services", default=12, show_default=True, help="How many services the provider has.")
@click.option("--months", default=6, show_default=True, help="How many months it runs.")
@click.option("--seed", default=1, show_default=True, help="Another number makes other plans.")
@report_errors
def demo(folder: Path, services: int, months: int, seed: int) -> None:
    """Make up a provider, fill in its trackers, and consolidate them.

    DIR becomes a provider's folder: the register, the trackers of the last
    month, what came back month by month, the archive and the summary.
    Prints the provider's table of ratings.

    \b
    Example:
      qipxl demo my-demo --services 20
    """
    from qipxl.app.demo import make_demo
    from qipxl.app.screen import count_words, show_receipts, show_summary
    from qipxl.provider import ProviderMonth

    with progress("Services fill in their trackers", services) as step:
        made = make_demo(folder, services, months, seed, step, earlier=True)
    register = made.folder.read()
    with progress("The months are consolidated", len(made.periods)) as step:
        for period in made.periods:
            provider = ProviderMonth(made.folder, register, period)
            rated = provider.rated(read_as_asked((provider.returns,), provider.templates), period.last)
            qipxl.archive_returns(rated, provider.archive)
            step()
    summary = provider.with_history(qipxl.summarise(rated, provider.expected))
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
@click.option("--template", help="A template's name, or a .toml file (default: the register's, or core).")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The folder to write into (default: issued; issued/MONTH of a provider's folder).",
)
@click.option("--replace", is_flag=True, help="Write over trackers that are there already.")
@click.option("--button", is_flag=True, help="Write each a second time as .xlsm, with a button that checks it.")
@report_errors
def issue(services: Path, period: str, template: str | None, out: Path | None, replace: bool, button: bool) -> None:
    """Write a tracker for every service of a list.

    SERVICES is a CSV file or an Excel workbook with the columns code, name,
    region and manager; or a provider's folder, whose register lists them: then
    each tracker holds what stood in the service's last return.

    \b
    Example:
      qipxl issue services.csv --period 2026-03 --out issued
      qipxl issue our-provider --period 2026-03 --button
    """
    from qipxl.tracker.issue import Order, issue_trackers

    month = qipxl.Period.read(period)
    provider = provider_month((services,), period)
    if provider is not None:
        orders, out = provider.to_issue(template), out or provider.issued
    else:
        chosen = qipxl.find_template(template or "core")
        orders, out = [Order(chosen, service) for service in qipxl.read_services(services)], out or Path("issued")
    with progress("Trackers are written", len(orders)) as step:
        paths = issue_trackers(orders, month, out, replace=replace, buttons=button, progress=step)
    again = ", each as .xlsx and, with buttons, as .xlsm" if button else ""
    click.echo(f"Trackers written for {month.words}: {len(paths)}{again}, in {out}.")


@main.command()
@judged
@click.option(
    "--queries",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write a page of queries for each return into this folder, to be sent back.",
)
@click.option("--fresh", is_flag=True, help="With --queries: write a fresh tracker for each return too.")
@report_errors
def check(
    paths: tuple[Location, ...],
    as_at: date | None,
    form: str,
    own: tuple[str, ...],
    queries: Path | None,
    fresh: bool,
    **reading: Unpack[ReadAsked],
) -> None:
    """Read returns and say what is wrong in them, cell by cell.

    PATH is a returned tracker or a folder of them (or its address, such as
    s3://bucket/returns); or a provider's folder, with --period. Exit code:
    0 nothing wrong, 1 problems found, 2 could not be done.

    \b
    Example:
      qipxl check returns --as-at 2026-03-31
    """
    from qipxl.app.screen import count_words, show_problems, show_receipts
    from qipxl.returns.export import as_json, problems_csv

    if fresh and queries is None:
        raise RequestError("--fresh needs --queries DIR: the folder to write the fresh trackers into.")
    provider, paths, templates = meant(paths, own, reading)
    rated = rate_paths(paths, as_at, templates, provider, **reading)
    answers = []
    if queries is not None:
        from qipxl.tracker.send_back import write_answers

        answers = write_answers(rated, queries, fresh=fresh)
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
    type=click.Path(path_type=Path),
    help="The summary to write (default: summary.xlsx; in a provider's folder, in its summaries).",
)
@click.option(
    "--services",
    type=click.Path(path_type=Path),
    help="The list of services expected; one without a return is listed first.",
)
@packed
@report_errors
def consolidate(
    paths: tuple[Location, ...],
    as_at: date | None,
    form: str,
    own: tuple[str, ...],
    out: Path | None,
    services: Path | None,
    packs: PacksAsked,
    **reading: Unpack[ReadAsked],
) -> None:
    """Bring returns together into one summary workbook.

    PATH is a returned tracker or a folder of them (or its address, such as
    s3://bucket/returns); or a provider's folder, with --period: its returns
    of that month are read, and kept in its archive. Exit code: 0 nothing
    wrong, 1 problems found, 2 could not be done.

    \b
    Example:
      qipxl consolidate returns --out summary.xlsx --services services.csv
      qipxl consolidate our-provider --period 2026-03
      qipxl consolidate our-provider --period 2026-03 --pack commissioner
    """
    run = this_run(paths, out, as_at, services, packs, own, reading) if form == "text" else None
    done = run.before() if run is not None else None
    if done is not None:
        click.echo(
            f"Nothing has changed since the summary was written (files: {done.files}; register, templates, archive)."
        )
        click.echo("\n".join(done.said))
        sys.exit(done.code)

    from qipxl.app.screen import (
        count_words,
        kept_words,
        show_packs,
        show_receipts,
        show_summary,
    )
    from qipxl.provider.packs import write_packs
    from qipxl.returns.export import actions_csv, as_json

    provider, paths, templates = meant(paths, own, reading)
    templates_read = run.digests(own_template_files(provider, own)) if run is not None and provider is not None else {}
    expected = qipxl.read_services(services) if services else []
    if provider is not None:
        expected, out = expected or provider.expected, out or provider.summary_of(as_at)
    out = refuse_overwriting(workbook_named(out) if out else Path("summary.xlsx"))
    with ExitStack() as held:
        kept = None
        if provider is not None and form == "text":
            month = held.enter_context(judged_as_asked(provider, templates, as_at, **reading))
            summary, kept = month.summary(expected, whole=bool(packs.audiences)), month.kept
        else:
            rated = rate_paths(paths, as_at, templates, provider, **reading)
            summary = qipxl.summarise(rated, expected)
            if provider is not None:
                if rated.as_at == provider.period.last:
                    kept = qipxl.archive_returns(rated, provider.archive)
                summary = provider.with_history(summary)
        orders = packs.orders(summary, provider, out)
        written = qipxl.write_summary(summary, out)
        published = write_packs(orders, summary)
    returns = summary.returns
    if form == "text":
        screen = console()
        show_receipts(screen, returns)
        show_summary(screen, summary)
        said = [f"{count_words(returns)} As at {summary.as_at:%d/%m/%Y}."]
        screen.print(said[0])
        if kept is not None:
            screen.print(kept_words(kept))
        elif provider is not None:
            screen.print(f"Judged on another day than {provider.period.last:%d/%m/%Y}: the archive is left as it is.")
        said.append(f"Open the summary: {written}")
        screen.print(said[1], soft_wrap=True)
        show_packs(screen, published)
        if run is not None and kept is not None:
            found = returns.receipts[["path", "digest"]].itertuples(index=False, name=None)
            said += [f"Pack: {path}" for path in published]
            run.keep(found, templates_read, [written, *published], said, verdict(returns))
    else:
        click.echo(as_json(rated) if form == "json" else actions_csv(rated), nl=form == "json")
    sys.exit(verdict(returns))


@main.group(invoke_without_command=True)
@click.pass_context
@report_errors
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
@report_errors
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
@report_errors
def explain(code: str, own: tuple[str, ...]) -> None:
    """Say what a code means: of a problem, a rule, a rating or a setting.

    \b
    Example:
      qipxl explain evidence-when-complete
    """
    from qipxl.app.screen import show_explanation
    from qipxl.returns.explain import explain as meanings

    show_explanation(console(), meanings(code, list(known_templates(own))))


def workbook_named(out: Path) -> Path:
    """A name for a workbook, with its ending; raises RequestError for a folder and for another ending."""
    if out.is_dir() or not out.name:
        raise RequestError(f"{out} is a folder. Name the summary to write in it, such as {out / 'summary.xlsx'}.")
    if out.suffix.lower() not in ("", ".xlsx"):
        raise RequestError(f"{out} ends in {out.suffix}; a summary is a workbook. Give it a name that ends in .xlsx.")
    return out.with_suffix(".xlsx")


def refuse_overwriting(out: Path) -> Path:
    """A summary may be written over an older one, over nothing else."""
    from qipxl.reading.file.workbook import is_summary

    if out.is_file() and not is_summary(out.read_bytes()):
        raise RequestError(f"{out} exists and is not a summary that qipxl wrote. Choose another name.")
    return out
