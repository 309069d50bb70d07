"""The commands that set up the buttons in Excel: the console workbook, and the computer that uses it."""

from __future__ import annotations

import shutil
import sys
from datetime import date
from pathlib import Path

import click

from qipxl.app.runtime import FAILED, PATH, console, report_errors
from qipxl.errors import RequestError

OLD_REGISTER = "register until the console.xlsx"
OLD_CONSOLE = "console until it was rebuilt.xlsm"
"""The names under which the plain register and the console before --replace are kept."""


@click.command("console")
@click.argument("folder", type=PATH, metavar="FOLDER")
@click.option(
    "--replace", is_flag=True, help="Rebuild an existing console: its entries are kept, its Log starts empty."
)
@report_errors
def make_console(folder: Path, replace: bool) -> None:
    """Write the console: a provider's register with buttons.

    FOLDER is a provider's folder. From then on qipxl-console.xlsm holds its
    register; the register.xlsx is renamed and kept. If FOLDER has a console
    already, your user on this computer will use it. Its first sheet is a
    page with the month in seven steps: where it has got to, what comes next,
    and a button for each job.

    \b
    Example:
      qipxl console our-provider
    """
    from qipxl.app.excel.console_workbook import write_console
    from qipxl.app.excel.user_settings import remember_console
    from qipxl.periods import Period
    from qipxl.provider import open_folder
    from qipxl.provider.month_stage import stage_of

    provider = open_folder(folder)
    source = provider.register
    rebuild = source == provider.console
    if rebuild and not replace:
        remember_console(source)
        click.echo(f"{source} already exists; this computer will use it from now on. Add --replace to rebuild it.")
        click.echo("Each person who uses it must type once: qipxl excel install")
        return
    today = date.today()
    month = provider.month(Period.last_ended(today))
    kept = source.with_name(OLD_CONSOLE if rebuild else OLD_REGISTER)
    if kept.exists():
        raise RequestError(f"{kept} already exists. Rename it, then try again.")
    remember_console(provider.console)
    if rebuild:
        shutil.copy2(source, kept)
    made = write_console(provider.console, stage_of(month, today), today)
    if not rebuild:
        rename_register(source, kept)
    click.echo(f"Made {made}. It holds the register from now on.")
    click.echo(f"The old {source.name} is kept as {kept.name}.")
    click.echo("Each person who uses it must type once: qipxl excel install")


def rename_register(register: Path, kept: Path) -> None:
    """Rename the plain register, since the console replaces it; raises RequestError if it is open or may not be renamed."""
    try:
        register.replace(kept)
    except OSError as error:
        raise RequestError(
            f"The console is made, but {register} could not be renamed ({error.strerror}). Close it and rename it: until then "
            "there are two registers and every command stops."
        ) from None


@click.group()
def excel() -> None:
    """Set up the buttons on this computer, or find out what stops them.

    \b
    Example:
      qipxl excel install
      qipxl excel doctor
    """


@excel.command("install")
@report_errors
def install() -> None:
    """Record the Python that the console's buttons start.

    It is recorded for you alone, outside every workbook. Then checks this
    computer for what may stop the buttons. Needs no administrator.

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
    """Find out what stops the console's buttons.

    Checks this computer, and lists what you may see in Excel with what it
    means. Exit code: 0 all fine, 2 something to put right.

    \b
    Example:
      qipxl excel doctor
    """
    from rich.table import Table

    from qipxl.app.excel.install import symptoms
    from qipxl.app.excel.user_settings import ERROR_LOG, user_folder

    code = show_findings()
    log = user_folder() / ERROR_LOG
    if log.is_file():
        click.echo(f"\nThe last error is in {log}. Its last line:")
        lines = log.read_text("utf-8", "replace").strip().splitlines() or [""]
        click.echo(f"  {lines[-1]}")
    table = Table(
        "What you see", "What it means, and what to do", title="What only you can see, in Excel", show_lines=True
    )
    for symptom in symptoms():
        table.add_row(symptom.seen, symptom.meaning)
    console().print(table)
    sys.exit(code)


def show_findings() -> int:
    """Check this computer and print the results; returns the exit code."""
    from qipxl.app.excel.computer import ThisComputer
    from qipxl.app.excel.install import WRONG, examine

    findings = list(examine(ThisComputer()))
    for finding in findings:
        click.echo(f"{finding.state}: {finding.message}")
    return FAILED if any(finding.state == WRONG for finding in findings) else 0
