"""The command that brings returns together into a summary."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

import qipxl
from qipxl.app.cli.options import (
    AS_AT,
    FORMAT,
    OWN_TEMPLATES,
    PATHS,
    month_named,
    print_notes,
    reading_options,
    reading_progress,
)
from qipxl.app.runtime import console, report_errors, return_freed_memory, verdict
from qipxl.errors import RequestError
from qipxl.files import Location
from qipxl.reading.options import Decisions, ReadOptions

if TYPE_CHECKING:
    from qipxl.provider.monthly_run import Month
    from qipxl.provider.up_to_date import RunRecord


@click.command()
@PATHS
@AS_AT
@FORMAT
@OWN_TEMPLATES
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
@click.option(
    "--pack",
    "audiences",
    multiple=True,
    type=click.Choice(["board", "commissioner", "inspector"]),
    help="Write a pack for this audience next to the summary; may be given again.",
)
@click.option(
    "--commissioner",
    "commissioners",
    multiple=True,
    metavar="NAME",
    help="With --pack commissioner: for this one only (default: all of the register).",
)
@click.option("--only", multiple=True, metavar="CODE", help="With --pack: about this service only; may be given again.")
@report_errors
@reading_options
def consolidate(
    paths: tuple[Location, ...],
    as_at: date | None,
    form: str,
    own: tuple[str, ...],
    out: Path | None,
    services: Path | None,
    audiences: tuple[str, ...],
    commissioners: tuple[str, ...],
    only: tuple[str, ...],
    options: ReadOptions,
    decisions: Decisions,
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
    choices = {"out": out, "as_at": as_at, "packs": (audiences, commissioners, only), "own": own}
    run = run_record(paths, choices, services, options, decisions) if form == "text" else None
    if run is not None and (before := run.before()) is not None:
        click.echo(
            f"Nothing has changed since the summary was written (files: {before.files}; register, templates, archive)."
        )
        click.echo("\n".join(before.sentences))
        sys.exit(before.code)

    from qipxl.app.screen import count_words, kept_words, show_packs, show_receipts, show_summary
    from qipxl.provider import ProviderMonth
    from qipxl.provider.late_returns import late_words
    from qipxl.provider.monthly_run import consolidate_month
    from qipxl.provider.packs import pack_orders, write_packs
    from qipxl.returns.export import actions_csv, as_json

    month = month_named(paths, own, decisions.period)
    provider = month if isinstance(month, ProviderMonth) else None
    templates = run.digests(own_template_files(month, own)) if run is not None else {}
    expected = qipxl.read_services(services) if services else []
    if provider is not None:
        out = out or provider.summary_of(as_at)
    out = refuse_overwriting(workbook_named(out) if out else Path("summary.xlsx"))
    with ExitStack() as stack:
        with reading_progress("Reading and rating returns", month) as step:
            run_of_month = consolidate_month(
                month, as_at=as_at, options=options, decisions=decisions, keep=True, progress=step
            )
            result = stack.enter_context(run_of_month)
        return_freed_memory()
        print_notes(result, decisions)
        returns = result.returns
        summary = result.summary(expected, whole=bool(audiences))
        orders = pack_orders(audiences, summary, provider, out, named=commissioners, only=only)
        written = qipxl.write_summary(summary, out)
        packs = write_packs(orders, summary)
        printed = as_json(returns, result.as_at, result.table) if form == "json" else ""
        printed = actions_csv(result.table("actions")) if form == "csv" else printed
    if form == "text":
        screen = console()
        show_receipts(screen, returns)
        show_summary(screen, summary)
        sentences = [f"{count_words(returns)} As at {summary.as_at:%d/%m/%Y}.", f"Open the summary: {written}"]
        screen.print(sentences[0])
        if result.changes is not None:
            screen.print(kept_words(result.changes))
            late = late_words(provider, result.changes) if provider is not None else []
            for sentence in late:
                screen.print(sentence, soft_wrap=True)
            sentences += late
        elif provider is not None:
            screen.print(f"Judged on another day than {provider.period.last:%d/%m/%Y}: the archive was not changed.")
        screen.print(sentences[1], soft_wrap=True)
        show_packs(screen, packs)
        if run is not None and result.changes is not None:
            found = returns.receipts[["path", "digest"]].itertuples(index=False, name=None)
            sentences += [f"Pack: {path}" for path in packs]
            run.keep(found, templates, [written, *packs], sentences, verdict(returns))
    else:
        click.echo(printed, nl=form == "json")
    sys.exit(verdict(returns))


def run_record(
    paths: tuple[Location, ...],
    choices: Mapping[str, object],
    services: Path | None,
    options: ReadOptions,
    decisions: Decisions,
) -> RunRecord | None:
    """The run that is asked for, to be compared with the last one; None if it is not about a month of a provider's folder."""
    from qipxl.provider.up_to_date import RunRecord

    home = paths[0]
    if len(paths) > 1 or decisions.period is None or not isinstance(home, Path) or not (home / "archive").is_dir():
        return None
    if (home / "places.toml").exists():  # folders that are elsewhere are not compared
        return None
    alike = {name: value for name, value in asdict(options).items() if name not in ("limits", "processes", "cluster")}
    asked = {name: str(value) for name, value in {**choices, **alike, "accept": decisions.accepted_files}.items()}
    return RunRecord(home, str(decisions.period), asked, [services] if services else [], options.limits)


def own_template_files(month: Month, own: Sequence[str]) -> list[Path]:
    """The files of every template in force that does not come with qipxl, and of those that they build on."""
    from qipxl.provider import ProviderMonth
    from qipxl.template import files_of, template_file

    named = month.own_templates if isinstance(month, ProviderMonth) else []
    return [file for name in (*named, *own) for file in files_of(template_file(name))]


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
