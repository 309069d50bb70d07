"""The commands that set up what runs inside Excel: the console workbook, and the computer it is used on."""

from __future__ import annotations

import shutil
import sys
from datetime import date
from pathlib import Path

import click

from qipxl.app.runtime import FAILED, console, report_errors
from qipxl.errors import RequestError

BEFORE = "register until the console.xlsx"
"""What the plain register is called once the console holds it."""
CONSOLE_BEFORE = "console until it was made anew.xlsm"


@click.command("console")
@click.argument("folder", type=click.Path(path_type=Path), metavar="FOLDER")
@click.option(
    "--replace", is_flag=True, help="Make a console anew that is there already: its lines stay, its Log begins anew."
)
@report_errors
def make_console(folder: Path, replace: bool) -> None:
    """Write the console: a provider's register with buttons.

    FOLDER is a provider's folder. From then on qipxl-console.xlsm holds its
    register; the register.xlsx is renamed and kept. Where there is a console,
    it is only made known to you on this computer. The buttons issue
    trackers, check returns, consolidate, and check the open tracker.

    \b
    Example:
      qipxl console our-provider
    """
    from qipxl.app.excel.console_workbook import write_console
    from qipxl.app.excel.user_settings import remember_console
    from qipxl.periods import Period
    from qipxl.provider import open_folder

    provider = open_folder(folder)
    before = provider.register
    again = before == provider.console
    if again and not replace:
        remember_console(before)
        click.echo(
            f"{before} is there already, and is known to you on this computer now. --replace would make it anew."
        )
        click.echo("Each person who uses it types once: qipxl excel install")
        return
    register, today = provider.read(), date.today()
    kept = before.with_name(CONSOLE_BEFORE if again else BEFORE)
    if kept.exists():
        raise RequestError(f"{kept} is there already, from another time. Rename it, then try again.")
    remember_console(provider.console)
    last = Period(today.year, today.month).plus(-1)
    if again:
        shutil.copy2(before, kept)
    made = write_console(provider.console, register, last, today)
    if not again:
        rename(before, kept)
    click.echo(f"Made {made}: it holds the register from now on.")
    click.echo(f"{before.name} as it was is kept as {kept.name}.")
    click.echo("Each person who uses it types once: qipxl excel install")


def rename(register: Path, kept: Path) -> None:
    """Put the plain register out of the console's way; raises RequestError where it is open or may not be renamed."""
    try:
        register.replace(kept)
    except OSError as error:
        raise RequestError(
            f"The console is made, but {register} could not be renamed ({error.strerror}). Close it and rename it yourself: "
            "until then there are two registers, and no command goes on."
        ) from None


@click.group()
def excel() -> None:
    """Set the buttons up on this computer, or see what stops them.

    \b
    Example:
      qipxl excel install
      qipxl excel doctor
    """


@excel.command("install")
@report_errors
def install() -> None:
    """Record the Python that the console's buttons start.

    It is recorded for you alone, outside every workbook. Then says what can
    be seen to stand in the way. Needs no right of an administrator.

    \b
    Example:
      qipxl excel install
    """
    from qipxl.app.excel.computer import ThisComputer
    from qipxl.app.excel.install import record

    click.echo(record(ThisComputer()))
    sys.exit(show_findings())


@excel.command("doctor")
@report_errors
def doctor() -> None:
    """Say what stands in the way of the console's buttons.

    Looks at what can be seen from here, and lists what a person may see in
    Excel with what it means. Exit code: 0 all fine, 2 something to put right.

    \b
    Example:
      qipxl excel doctor
    """
    from rich.table import Table

    from qipxl.app.excel.symptoms import SYMPTOMS
    from qipxl.app.excel.user_settings import TROUBLE, own_place

    code = show_findings()
    trouble = own_place() / TROUBLE
    if trouble.is_file():
        click.echo(f"\nThe last trouble is told in {trouble}; its last line:")
        lines = trouble.read_text("utf-8", "replace").strip().splitlines() or [""]
        click.echo(f"  {lines[-1]}")
    table = Table("If you see this", "it means, and asks for", title="What cannot be seen from here", show_lines=True)
    for seen, means in SYMPTOMS:
        table.add_row(seen, means)
    console().print(table)
    sys.exit(code)


def show_findings() -> int:
    """Print everything looked at; gives the exit code."""
    from qipxl.app.excel.computer import ThisComputer
    from qipxl.app.excel.install import WRONG, examine

    found = list(examine(ThisComputer()))
    for each in found:
        click.echo(f"{each.state}: {each.said}")
    return FAILED if any(each.state == WRONG for each in found) else 0
