"""The command that writes the web page."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from pathlib import Path

import click

from qipxl.app.cli.options import (
    AS_AT,
    OWN_TEMPLATES,
    PATHS,
    month_named,
    print_notes,
    reading_options,
    reading_progress,
)
from qipxl.app.runtime import report_errors, return_freed_memory
from qipxl.errors import RequestError
from qipxl.files import Location
from qipxl.reading.options import Decisions, ReadOptions


@click.command()
@PATHS
@AS_AT
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The page to write (default: summary.html, or in the provider's summaries).",
)
@click.option("--pdf", is_flag=True, help="Write the board page as PDF next to it, on one sheet of A4.")
@OWN_TEMPLATES
@report_errors
@reading_options
def page(
    paths: tuple[Location, ...],
    as_at: date | None,
    out: Path | None,
    pdf: bool,
    own: tuple[str, ...],
    options: ReadOptions,
    decisions: Decisions,
) -> None:
    """Write the summary as one web page that needs no network.

    PATH is a returned tracker or a folder of them; or a provider's folder,
    with --period. The page is complete without scripts; it opens in any
    browser and can be put into a document store. Needs qipxl[page].

    \b
    Example:
      qipxl page our-provider --period 2026-03 --pdf
    """
    try:
        from qipxl.summary.page import write_board_pdf, write_page
        from qipxl.summary.page.own_files import refuse_other_pages
    except ModuleNotFoundError as error:
        raise RequestError(
            f'The page needs {error.name}, which is not installed. Install qipxl with it: pip install ".[page]" where README is.'
        ) from None
    from qipxl.provider import ProviderMonth
    from qipxl.provider.monthly_run import consolidate_month

    month = month_named(paths, own, decisions.period)
    provider = month if isinstance(month, ProviderMonth) else None
    out = out or (provider.summary.with_suffix(".html") if provider else Path("summary.html"))
    printed = out.with_suffix(".pdf")
    refuse_other_pages(out, *([printed] if pdf else []))
    with ExitStack() as stack:
        with reading_progress("Reading and rating returns", month) as step:
            run = consolidate_month(month, as_at=as_at, options=options, decisions=decisions, progress=step)
            result = stack.enter_context(run)
        return_freed_memory()
        print_notes(result, decisions)
        if provider is None and not len(result.returns.accepted):
            raise RequestError("No return can be used, so there is no page to write. `qipxl check` says why.")
        summary = result.summary(whole=True)
        written = write_page(summary, out)
        click.echo(f"Open the page: {written} ({written.stat().st_size / 1e6:.1f} MB)")
        if pdf:
            click.echo(f"The board page: {write_board_pdf(summary, printed)}")
