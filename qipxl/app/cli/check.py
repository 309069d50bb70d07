"""The command that checks returns."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

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
from qipxl.app.runtime import console, report_errors, verdict
from qipxl.errors import RequestError
from qipxl.files import Location
from qipxl.reading.options import Decisions, ReadOptions

if TYPE_CHECKING:
    from qipxl.provider import ProviderMonth
    from qipxl.provider.run_inputs import Month


@click.command()
@PATHS
@AS_AT
@FORMAT
@OWN_TEMPLATES
@click.option(
    "--queries",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write a page of queries for each return into this folder, to be sent back.",
)
@click.option("--fresh", is_flag=True, help="With --queries: write a fresh tracker for each return too.")
@click.option(
    "--mails",
    is_flag=True,
    help="Write queries, fresh trackers and draft mails into the provider's folder.",
)
@click.option("--all", "everything", is_flag=True, help="List every problem (default: the worst, on 40 lines).")
@report_errors
@reading_options
def check(
    paths: tuple[Location, ...],
    as_at: date | None,
    form: str,
    own: tuple[str, ...],
    queries: Path | None,
    fresh: bool,
    mails: bool,
    everything: bool,
    options: ReadOptions,
    decisions: Decisions,
) -> None:
    """Read returns and say what is wrong in them, service by service.

    PATH is a returned tracker or a folder of them (or its address, such as
    s3://bucket/returns); or a provider's folder, with --period. Exit code:
    0 nothing wrong, 1 problems found, 2 could not be done.

    \b
    Example:
      qipxl check returns --as-at 2026-03-31
    """
    if fresh and queries is None:
        raise RequestError("--fresh needs --queries DIR: the folder to write the fresh trackers into.")
    with ExitStack() as stack:
        stack.enter_context(readers_started(paths, options))
        from qipxl.app.check_screen import Answers, show_check
        from qipxl.provider.monthly_run import consolidate_month

        month = month_named(paths, own, decisions.period)
        if mails:
            queries, fresh = provider_of(month).questions, True
        with reading_progress("Reading and rating returns", month) as step:
            run = consolidate_month(
                month,
                as_at=as_at,
                options=options,
                decisions=decisions,
                progress=step,
                with_rows=queries is not None,
                with_tables=form == "json",
            )
            result = stack.enter_context(run)
        print_notes(result, decisions)
        returns = result.returns
        answers = None
        if queries is not None:
            from qipxl.tracker.send_back import write_answers

            written = write_answers(
                result.rated, returns, result.references, queries, fresh=fresh, processes=options.processes
            )
            if mails:
                from qipxl.provider.next_step import draft_words, write_question_mails

                provider = provider_of(month)
                drafts = draft_words(write_question_mails(provider, returns, written))
                click.echo(f"{drafts}, in {provider.mails}.", err=form != "text")
            answers = Answers(sum(1 + (answer.tracker is not None) for answer in written), queries)
        if form == "text":
            to_send = len(returns.problems) and queries is None
            more = ("--queries", "back", "--fresh") if to_send else ()
            command = command_line("check" if to_send else "consolidate", paths, own, decisions.period, *more)
            show_check(console(), returns, result.as_at, result.references, command, answers, everything=everything)
        elif form == "json":
            from qipxl.returns.export import as_json

            click.echo(as_json(returns, result.as_at, result.table), nl=True)
        else:
            from qipxl.returns.export import problems_csv

            click.echo(problems_csv(returns), nl=False)
    sys.exit(verdict(returns))


def provider_of(month: Month) -> ProviderMonth:
    """The month of a provider's folder; raises RequestError if it is none."""
    from qipxl.provider import ProviderMonth

    if not isinstance(month, ProviderMonth):
        raise RequestError("--mails needs a provider's folder: its register has the addresses.")
    return month
