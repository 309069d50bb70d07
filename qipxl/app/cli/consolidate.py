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
    command_line,
    month_named,
    print_notes,
    readers_started,
    reading_options,
    reading_progress,
)
from qipxl.app.runtime import CLEAN, console, report_errors, return_freed_memory, verdict
from qipxl.errors import RequestError
from qipxl.files import Location
from qipxl.reading.options import Decisions, ReadOptions

if TYPE_CHECKING:
    from qipxl.provider.monthly_run import MonthResult
    from qipxl.provider.run_inputs import Month
    from qipxl.provider.up_to_date import RunRecord
    from qipxl.summary.finding_records import Findings
    from qipxl.summary.summary import ProviderSummary

PRINT = ""
"""The value of --services without a file: print a table of all services."""


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
    is_flag=False,
    flag_value=PRINT,
    multiple=True,
    metavar="[FILE]",
    help="Print a table of all services; or with FILE: the list of services expected.",
)
@click.option("--files", is_flag=True, help="Print a table of all files, and what to check in packs.")
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
@click.option("--strict", is_flag=True, help="Exit with 1 if a return has problems or a file could not be used.")
@report_errors
@reading_options
def consolidate(
    paths: tuple[Location, ...],
    as_at: date | None,
    form: str,
    own: tuple[str, ...],
    out: Path | None,
    services: tuple[str, ...],
    files: bool,
    audiences: tuple[str, ...],
    commissioners: tuple[str, ...],
    only: tuple[str, ...],
    strict: bool,
    options: ReadOptions,
    decisions: Decisions,
) -> None:
    """Bring returns together into one summary workbook.

    PATH is a returned tracker or a folder of them (or its address, such as
    s3://bucket/returns); or a provider's folder, with --period: its returns
    of that month are read, and kept in its archive. Exit code: 0 the summary
    was written, 2 it could not be; with --strict 1 if it was, but a return
    has problems or a file could not be used.

    \b
    Example:
      qipxl consolidate returns --out summary.xlsx --services services.csv
      qipxl consolidate our-provider --period 2026-03
      qipxl consolidate our-provider --period 2026-03 --pack commissioner
    """
    listed = next((Path(name) for name in services if name != PRINT), None)
    tables = (*(["services"] if PRINT in services else []), *(["files"] if files else []))
    choices = {"out": out, "as_at": as_at, "packs": (audiences, commissioners, only), "own": own}
    run = run_record(paths, choices, listed, options, decisions) if form == "text" else None
    if run is not None and not tables and (before := run.before()) is not None:
        click.echo(
            f"Nothing has changed since the summary was written (files: {before.files}; register, templates, archive)."
        )
        click.echo("\n".join(before.sentences))
        sys.exit(before.code if strict else CLEAN)

    with ExitStack() as stack:
        stack.enter_context(readers_started(paths, options))
        from qipxl.provider import ProviderMonth
        from qipxl.provider.month_stage import state_of
        from qipxl.provider.monthly_run import consolidate_month
        from qipxl.returns.export import actions_csv, as_json
        from qipxl.summary.workbook import write_with_findings

        month = month_named(paths, own, decisions.period)
        provider = month if isinstance(month, ProviderMonth) else None
        templates = run.digests(own_template_files(month, own)) if run is not None else {}
        expected = qipxl.read_services(listed) if listed else []
        if provider is not None:
            out = out or provider.summary_of(as_at)
        out = refuse_overwriting(workbook_named(out) if out else Path("summary.xlsx"))
        with reading_progress("Reading and rating returns", month) as step:
            run_of_month = consolidate_month(
                month, as_at=as_at, options=options, decisions=decisions, keep=True, progress=step
            )
            result = stack.enter_context(run_of_month)
        return_freed_memory()
        print_notes(result, decisions)
        returns = result.returns
        summary = result.summary(expected, whole=bool(audiences), for_workbook=not audiences)
        if audiences:
            from qipxl.provider.packs import pack_orders, write_packs

            orders = pack_orders(audiences, summary, provider, out, named=commissioners, only=only)
        written, findings = write_with_findings(summary, out)
        packs = write_packs(orders, summary) if audiences else []
        if form == "text":
            commands = [
                command_line(name, paths, own, decisions.period, *more)
                for name, more in (("check", ("--queries", "back", "--fresh")), ("page", ("--pdf",)))
            ]
            sentences = print_month(result, summary, findings, written, packs, commands, tables)
        else:
            as_text = form == "json"
            printed = as_json(returns, result.as_at, result.table) if as_text else actions_csv(result.table("actions"))
            click.echo(printed, nl=as_text)
    if run is not None and result.changes is not None:
        found = returns.receipts[["path", "file", "digest"]].itertuples(index=False, name=None)
        state = state_of(returns, findings.intake)
        register = provider.register.digest if provider is not None else ""
        run.keep(found, templates, [written, *packs], sentences, verdict(returns), state, register)
    sys.exit(verdict(returns) if strict else CLEAN)


def print_month(
    result: MonthResult,
    summary: ProviderSummary,
    findings: Findings,
    written: Path,
    packs: Sequence[Path],
    commands: Sequence[str],
    tables: Sequence[str],
) -> list[str]:
    """Print the tables that were asked for, then what the month says; returns its main sentences, for a run that changes nothing.

    `commands` are those for the queries and for the page.
    """
    from qipxl.app.month_screen import NextSteps, show_month
    from qipxl.app.tables_screen import show_packs, show_receipts, show_services
    from qipxl.provider import ProviderMonth
    from qipxl.provider.late_returns import late_words

    screen, changes = console(), result.changes
    provider = result.month if isinstance(result.month, ProviderMonth) else None
    late = late_words(provider, changes) if provider is not None and changes is not None else []
    if "services" in tables:
        show_services(screen, summary)
    if "files" in tables:
        show_receipts(screen, result.returns)
        show_packs(screen, packs)
        for words, command in late:
            screen.print(f"{words} {command}", soft_wrap=True)
    queries, page = commands
    steps = NextSteps(queries, written, page, "a web page and a PDF", late, archive_words(result), packs_words(packs))
    show_month(screen, findings, steps)
    sentences = [findings.headline, findings.second, *(f"{words} {command}" for words, command in late)]
    return [*filter(None, sentences), f"Summary: {written}", *(f"Pack: {path}" for path in packs)]


def archive_words(result: MonthResult) -> str:
    """What the run added to the archive, or why it added nothing; empty if all was there before or there is no archive."""
    from qipxl.app.screen import plural

    changes = result.changes
    if changes is None:
        period = result.month.period_of(result.returns, result.as_at)
        if result.month.archive is None:
            return ""
        return f"Judged on another day than {period.last:%d/%m/%Y}: the archive was not changed."
    added = [f"{plural(len(changes.new), 'return')} added"] if changes.new else []
    added += [f"{plural(len(changes.corrected), 'return')} corrected"] if changes.corrected else []
    return f"{', '.join(added)}." if added else ""


def packs_words(packs: Sequence[Path]) -> str:
    """Where the packs are; empty without any."""
    if len(packs) == 1:
        return f"{packs[0].name}. Before you send it: --files"
    return f"{len(packs)} packs, beside it. What to check before you send one: --files" if packs else ""


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
