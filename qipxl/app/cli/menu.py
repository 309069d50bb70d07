"""The month by number keys, for a window that opens with a double click (docs/windows/Start.bat)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from qipxl.app.cli.demo import demo
from qipxl.app.cli.month import month
from qipxl.app.cli.options import is_home
from qipxl.app.cli.provider import init
from qipxl.app.excel.user_settings import known_folder, remember_folder
from qipxl.app.runtime import report_errors
from qipxl.errors import QipxlError, RequestError
from qipxl.periods import Period


@click.command()
@report_errors
def menu() -> None:
    """Ask what to do, by number keys: the month, its next step, another month or folder.

    Remembers the provider's folder for the next time.

    \b
    Example:
      qipxl menu
    """
    home, period = known_folder(), Period.last_ended(date.today())
    while True:
        try:
            if home is None or not is_home(home):
                home = chosen_folder()
                if home is None:
                    return
                remember_folder(home)
            match asked_for(home, period):
                case 1:
                    click.get_current_context().invoke(month, folder=home, period=period, go=True)
                case 2:
                    click.get_current_context().invoke(month, folder=home, period=period, go=False)
                case 3:
                    period = Period.typed(click.prompt("Month, such as March 2026"))
                case 4:
                    home = None
                case _:
                    return
        except QipxlError as error:
            click.echo(f"\n{error}")
        except click.ClickException as error:
            click.echo(f"\n{error.format_message()}")


def asked_for(home: Path, period: Period) -> int:
    """The number of what to do with a provider's month; 0 to close."""
    click.echo(f"\n{home}, {period.words}")
    click.echo("  1  Do the next step")
    click.echo("  2  Show where the month has got to")
    click.echo("  3  Choose another month")
    click.echo("  4  Choose another folder")
    click.echo("  0  Close")
    return number("Your choice", 4)


def chosen_folder() -> Path | None:
    """A provider's folder that is opened, or made now, or made up as a demo; None to close."""
    click.echo("\nWhere is the provider's folder?")
    click.echo("  1  Open one that qipxl made before")
    click.echo("  2  Make a new one from a list of services")
    click.echo("  3  Make up a provider, to try qipxl")
    click.echo("  0  Close")
    context = click.get_current_context()
    match number("Your choice", 3):
        case 1:
            home = typed_path("The folder (you can drag it into this window)")
            if not is_home(home):
                raise RequestError(f"{home} is not a provider's folder: it has no register.xlsx.")
        case 2:
            home = typed_path("The new folder, such as C:\\qips")
            name = click.prompt("The provider's name")
            listed = typed_path("The list of services, a .csv or .xlsx file")
            context.invoke(init, folder=home, name=name, services=listed)
        case 3:
            home = typed_path("The new folder, such as C:\\qipxl-demo")
            context.invoke(demo, folder=home, services=12, months=6, seed=1)
        case _:
            return None
    return home


def typed_path(question: str) -> Path:
    """A path that is typed or dragged into the window, which puts quotes around a path with spaces."""
    return Path(click.prompt(question).strip().strip("\"'")).absolute()


def number(question: str, most: int) -> int:
    """A number from 0 to `most`, asked for until one is typed."""
    return int(click.prompt(question, type=click.IntRange(0, most)))
