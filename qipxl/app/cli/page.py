"""The command that writes the web page."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Unpack

import click

import qipxl
from qipxl.app.cli.options import (
    ReadAsked,
    meant,
    own_templates,
    rate_paths,
    read_day,
    read_places,
    reading_options,
)
from qipxl.app.runtime import report_errors
from qipxl.errors import RequestError
from qipxl.files import Location


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(), metavar="PATH...", callback=read_places)
@click.option(
    "--as-at", callback=read_day, metavar="DATE", help="Date of judgement (default: the end of the latest period)."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The page to write (default: summary.html, or in the provider's summaries).",
)
@click.option("--pdf", is_flag=True, help="Write the board page as PDF beside it, on one sheet of A4.")
@own_templates
@reading_options
@report_errors
def page(
    paths: tuple[Location, ...],
    as_at: date | None,
    out: Path | None,
    pdf: bool,
    own: tuple[str, ...],
    **reading: Unpack[ReadAsked],
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
    except ModuleNotFoundError as error:
        raise RequestError(
            f"The page needs {error.name}, which is not installed. Install qipxl with it: pip install '.[page]' where README is."
        ) from None
    provider, paths, templates = meant(paths, own, reading)
    out = out or (provider.summary.with_suffix(".html") if provider else Path("summary.html"))
    printed = out.with_suffix(".pdf")
    for path, mark in ((out, PAGE_MARK), (printed, PDF_MARK))[: 2 if pdf else 1]:
        if path.is_file() and mark not in path.read_bytes():
            raise RequestError(f"{path} exists and is not a page that qipxl wrote. Choose another name.")
    rated = rate_paths(paths, as_at, templates, provider, **reading)
    if provider is None and not len(rated.returns.accepted):
        raise RequestError("No return can be used, so there is nothing to write a page about. `qipxl check` says why.")
    summary = qipxl.summarise(rated, provider.expected if provider else ())
    if provider is not None:
        summary = provider.with_history(summary)
    written = write_page(summary, out)
    click.echo(f"Open the page: {written} ({written.stat().st_size / 1e6:.1f} MB)")
    if pdf:
        click.echo(f"The board page: {write_board_pdf(summary, printed)}")


PAGE_MARK, PDF_MARK = b"Written by qipxl from the services", b"/Author (qipxl)"
"""What stands in every page, and in every PDF, that qipxl wrote."""
