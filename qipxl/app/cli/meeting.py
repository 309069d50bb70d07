"""The command for meetings: write the book with the agenda, and read it back."""

from __future__ import annotations

from pathlib import Path

import click

from qipxl.app.cli.options import HOME, MONTH, month_asked, reading_progress
from qipxl.app.runtime import PATH, report_errors
from qipxl.errors import RequestError
from qipxl.periods import Period


@click.command()
@HOME
@MONTH
@click.option("--kind", help="The kind of meeting: panel, safeguarding, qip-review or board, or one of meetings.toml.")
@click.option("--out", type=PATH, help="The book to write (default: in the folder meetings/MONTH).")
@click.option("--read", "filled", type=PATH, metavar="FILE", help="Read a book that was filled in.")
@report_errors
def meeting(folder: Path, period: Period | None, kind: str | None, out: Path | None, filled: Path | None) -> None:
    """Write the book for a meeting, or read it back.

    FOLDER is a provider's folder (default: the one that you are in). The
    book has a row for each matter that the month's returns and earlier
    meetings put on the agenda, and yellow cells for what is asked, decided
    and agreed. A book that is saved in meetings/MONTH is read with the month.

    \b
    Example:
      qipxl meeting our-provider --period 2026-03 --kind panel
      qipxl meeting our-provider --read "panel 2026-03.xlsx"
    """
    from qipxl.app.screen import plural
    from qipxl.provider import open_folder
    from qipxl.provider.meetings.hold import prepare_meeting, read_meeting
    from qipxl.provider.meetings.matters import matters_of

    if (kind is None) == (filled is None):
        raise RequestError("Write a book with --kind, such as --kind panel, or read one with --read FILE.")
    provider = open_folder(folder)
    if filled is not None:
        if not filled.is_file():
            raise RequestError(f"There is no file {filled}.")
        done = read_meeting(provider, filled)
        matters = matters_of(done.lines)
        discussed = sum(matter.was_discussed for matter in matters.values())
        waiting = sum(matter.is_open for matter in matters.values())
        click.echo(f"{plural(discussed, 'matter')} discussed, {waiting} open. Kept in {done.path} and in the archive.")
        for problem in done.problems:
            click.echo(f"- {problem}")
        return
    month = provider.month(month_asked(period, folder))
    with reading_progress("Reading and rating returns", month) as step:
        agenda, path = prepare_meeting(month, str(kind), out, step)
    click.echo(
        f"{agenda.kind.title}, {month.period.words}: {plural(len(agenda.matters), 'matter')}. The book is {path}."
    )
