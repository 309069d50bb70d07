"""The commands for a provider's folder: make it, list a month's returns, delete from its archive."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date
from pathlib import Path

import click

import qipxl
from qipxl.app.cli.options import HOME, MONTH, month_asked, read_day, reading_progress
from qipxl.app.runtime import PATH, console, report_errors
from qipxl.errors import RequestError
from qipxl.periods import Period


@click.command()
@click.argument("folder", type=PATH, metavar="FOLDER")
@click.option("--name", required=True, help="The provider's name.")
@click.option("--services", type=PATH, help="A list of services to put into the register.")
@report_errors
def init(folder: Path, name: str, services: Path | None) -> None:
    """Make a provider's folder, with a register to fill in.

    FOLDER gets register.xlsx, which head office fills in, and the
    folders issued, returns, summaries and archive.

    \b
    Example:
      qipxl init our-provider --name "Our Care" --services services.csv
    """
    from qipxl.app.screen import plural
    from qipxl.provider import init_folder

    listed = qipxl.read_services(services) if services else []
    made = init_folder(folder, name, date.today(), listed)
    click.echo(f"Made {made.home}. Open {made.register}: it lists {plural(len(listed), 'service')}.")


@click.command()
@HOME
@MONTH
@click.option(
    "--all", "everything", is_flag=True, help="List every service (default: the first, those without a return on top)."
)
@click.option("--remind", is_flag=True, help="Write a draft of a reminder for each service without a usable return.")
@report_errors
def status(folder: Path, period: Period | None, everything: bool, remind: bool) -> None:
    """List which services' returns are in, late or refused in a month.

    Reads returns/MONTH of a provider's folder. Writes nothing but the
    read cache, and the reminders if you ask for them.

    \b
    Example:
      qipxl status our-provider --period 2026-03
    """
    from qipxl.app.tables_screen import show_status
    from qipxl.provider import open_folder
    from qipxl.provider.next_step import draft_words, write_reminders
    from qipxl.provider.status import month_status, without_return
    from qipxl.reading.read import no_progress

    month = open_folder(folder).month(month_asked(period, folder))
    reading = reading_progress("Reading returns", month) if month.has_returns else nullcontext(no_progress)
    with reading as step:
        lines, returns = month_status(month, date.today(), step)
    out = console()
    show_status(out, lines, returns, everything=everything)
    due = month.register.due(month.period)
    out.print(f"{month.register.name}, {month.period.words}; returns are due by {due:%d/%m/%Y}.")
    if remind:
        drafts = write_reminders(month, set(without_return(lines)["service"]))
        out.print(f"{draft_words(drafts)}, in {month.mails}.")


@click.group()
def archive() -> None:
    """Manage a provider's archive.

    \b
    Example:
      qipxl archive purge our-provider --before 2024-01-01
    """


@archive.command("purge")
@click.argument("folder", type=PATH, metavar="FOLDER")
@click.option("--before", callback=read_day, metavar="DATE", help="Months that ended before this date.")
@click.option(
    "--service",
    "services",
    multiple=True,
    metavar="CODE",
    help="Only this service, with all its plans; can be repeated.",
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@report_errors
def purge(folder: Path, before: date | None, services: tuple[str, ...], yes: bool) -> None:
    """Delete returns from the archive, for retention or erasure.

    Deletes all their versions and keeps a receipt in archive/receipts.
    Does not touch files in returns/, in meetings/ or in backups.

    \b
    Example:
      qipxl archive purge our-provider --before 2024-01-01
      qipxl archive purge our-provider --service ELM --before 2025-01-01
    """
    from qipxl.app.screen import plural
    from qipxl.archive.purge import purge_archive, select_for_deletion
    from qipxl.provider import open_folder
    from qipxl.provider.meetings.records import FOLDER, books_in, purge_records

    provider = open_folder(folder)
    path = provider.archive
    selection = select_for_deletion(path, before, services)
    matters = purge_records(path, before, services, only_count=True)
    if not len(selection) and not matters:
        click.echo("The archive holds nothing that old; nothing was deleted.")
        return
    parts = [f"{plural(matters, 'matter')} of meetings"] if matters else []
    if len(selection):
        codes, months = sorted(set(selection["service"])), sorted(set(selection["period"]))
        span = months[0] if len(months) == 1 else f"{months[0]} to {months[-1]}"
        whose = f"service {codes[0]}" if len(codes) == 1 else f"{len(codes)} services"
        parts.insert(0, f"{plural(len(selection), 'return')} of {whose}, {span}")
    deletion = ", and ".join(parts)
    if not yes and not click.confirm(f"Permanently delete {deletion} from {path}?"):
        raise RequestError("Nothing was deleted.")
    purge_archive(path, before, services)
    purge_records(path, before, services)
    receipt = f" The receipt is in {path / 'receipts'}." if len(selection) else ""
    click.echo(f"Deleted: {deletion}.{receipt}")
    if matters and books_in(provider.home)[0]:
        click.echo(
            f"The books in {provider.home / FOLDER} still have these matters. Delete them too, or the next command reads them again."
        )
