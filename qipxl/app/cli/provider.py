"""The commands about a provider's folder: make it, see where a month stands, delete from its archive."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

import qipxl
from qipxl.app.cli.options import read_day, reading_progress
from qipxl.app.runtime import console, report_errors
from qipxl.errors import RequestError
from qipxl.reading.options import Decisions


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="FOLDER")
@click.option("--name", required=True, help="The provider's name.")
@click.option("--services", type=click.Path(path_type=Path), help="A list of services to begin the register with.")
@report_errors
def init(folder: Path, name: str, services: Path | None) -> None:
    """Make a provider's folder, with a register to fill in.

    FOLDER gets register.xlsx, which head office keeps in Excel, and the
    folders issued, returns, summaries and archive.

    \b
    Example:
      qipxl init our-provider --name "Our Care" --services services.csv
    """
    from qipxl.provider import init_folder

    listed = qipxl.read_services(services) if services else []
    made = init_folder(folder, name, date.today(), listed)
    click.echo(f"Made {made.home}. Open {made.register}: it lists {len(listed)} services.")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="FOLDER")
@click.option("--period", required=True, help="The reporting month, such as 2026-03.")
@report_errors
def status(folder: Path, period: str) -> None:
    """Say which services are expected, in, late or refused in a month.

    Reads what is in returns/MONTH of a provider's folder; changes
    nothing but what it remembers of them.

    \b
    Example:
      qipxl status our-provider --period 2026-03
    """
    from qipxl.app.screen import show_standing
    from qipxl.archive.store import open_archive
    from qipxl.provider import open_folder, status_of

    month = open_folder(folder).month(period)
    returns = None
    if month.has_returns:
        with reading_progress("Reading returns", month) as step:
            returns = qipxl.read_returns(
                month.returns,
                month.templates,
                decisions=month.decided(Decisions()),
                cache=month.read_cache,
                progress=step,
            )
    lines = status_of(month.register, month.period, returns, open_archive(month.archive), date.today())
    out = console()
    show_standing(out, lines, returns)
    out.print(
        f"{month.register.name}, {month.period.words}; returns are due by {month.register.due(month.period):%d/%m/%Y}."
    )


@click.group()
def archive() -> None:
    """Look after a provider's archive.

    \b
    Example:
      qipxl archive purge our-provider --before 2024-01-01
    """


@archive.command("purge")
@click.argument("folder", type=click.Path(path_type=Path), metavar="FOLDER")
@click.option("--before", callback=read_day, metavar="DATE", help="Months that ended before this date.")
@click.option("--service", "services", multiple=True, metavar="CODE", help="This service only; may be given again.")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@report_errors
def purge(folder: Path, before: date | None, services: tuple[str, ...], yes: bool) -> None:
    """Delete returns from the archive, for retention or erasure.

    All versions of them are deleted; a receipt stays in archive/receipts.
    Files in returns/ and in backups are not touched.

    \b
    Example:
      qipxl archive purge our-provider --before 2024-01-01
      qipxl archive purge our-provider --service ELM --before 2025-01-01
    """
    from qipxl.archive.store import purge_archive, select_for_deletion
    from qipxl.provider import open_folder

    place = open_folder(folder).archive
    selection = select_for_deletion(place, before, services)
    if not len(selection):
        click.echo("Nothing in the archive is so old: nothing was deleted.")
        return
    codes, months = sorted(set(selection["service"])), sorted(set(selection["period"]))
    span = months[0] if len(months) == 1 else f"{months[0]} to {months[-1]}"
    whose = f"service {codes[0]}" if len(codes) == 1 else f"{len(codes)} services"
    said = f"{len(selection)} return{'s' * (len(selection) > 1)} of {whose}, {span}"
    if not yes and not click.confirm(f"Delete {said} from {place}, for good?"):
        raise RequestError("Nothing was deleted.")
    purge_archive(place, before, services)
    click.echo(f"Deleted: {said}. The receipt is in {place / 'receipts'}.")
