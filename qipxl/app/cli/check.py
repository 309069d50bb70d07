"""The command that checks returns."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import click

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
from qipxl.app.runtime import console, report_errors, verdict
from qipxl.errors import RequestError
from qipxl.files import Location
from qipxl.reading.options import Decisions, ReadOptions


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
@report_errors
@reading_options
def check(
    paths: tuple[Location, ...],
    as_at: date | None,
    form: str,
    own: tuple[str, ...],
    queries: Path | None,
    fresh: bool,
    options: ReadOptions,
    decisions: Decisions,
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
    from qipxl.provider.monthly_run import consolidate_month
    from qipxl.returns.export import as_json, problems_csv
    from qipxl.tracker.send_back import write_answers

    if fresh and queries is None:
        raise RequestError("--fresh needs --queries DIR: the folder to write the fresh trackers into.")
    month = month_named(paths, own, decisions.period)
    with ExitStack() as stack:
        with reading_progress("Reading and rating returns", month) as step:
            run = consolidate_month(
                month, as_at=as_at, options=options, decisions=decisions, progress=step, with_rows=queries is not None
            )
            result = stack.enter_context(run)
        print_notes(result, decisions)
        returns = result.returns
        answers = [] if queries is None else write_answers(result.rated, returns, result.as_at, queries, fresh=fresh)
        printed = as_json(returns, result.as_at, result.table) if form == "json" else ""
    if form == "text":
        out = console()
        show_receipts(out, returns)
        show_problems(out, returns.problems)
        out.print(count_words(returns))
        out.print(f"As at {result.as_at:%d/%m/%Y}.")
        if answers:
            out.print(f"Written to send back: {len(answers)} files, in {queries}.", soft_wrap=True)
    else:
        click.echo(printed or problems_csv(returns), nl=form == "json")
    sys.exit(verdict(returns))
