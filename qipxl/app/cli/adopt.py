"""The command that turns a provider's old action plans into trackers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

import qipxl
from qipxl.app.runtime import PATH, console, progress, report_errors
from qipxl.errors import RequestError, SourceError
from qipxl.text import escaped

if TYPE_CHECKING:
    from qipxl.adopting import Adopted, AdoptMapping
    from qipxl.services import Service
    from qipxl.template import Template


TRACKERS = "trackers"
"""The folder within --out for the trackers, apart from the mapping and the reports, so that it can be read as returns."""


@click.command()
@click.argument("paths", nargs=-1, required=True, type=PATH, metavar="OLD...")
@click.option("--period", required=True, help="The month of the first trackers, such as 2026-03.")
@click.option(
    "--services", required=True, type=PATH, help="The list of services (CSV or Excel), or a provider's folder."
)
@click.option("--template", default="core", show_default=True, help="A template's name, or a .toml file.")
@click.option("--mapping", type=PATH, help="The adopt.toml to use (default: propose one and write it).")
@click.option("--out", type=PATH, default="adopted", show_default=True, help="The folder to write into.")
@click.option("--dry-run", is_flag=True, help="Write the mapping and the reports, but no tracker.")
@click.option("--replace", is_flag=True, help="Overwrite existing trackers.")
@report_errors
def adopt(
    paths: tuple[Path, ...],
    period: str,
    services: Path,
    template: str,
    mapping: Path | None,
    out: Path,
    dry_run: bool,
    replace: bool,
) -> None:
    """Turn old action plans, in your own Excel layouts, into trackers.

    OLD is a workbook or a folder of workbooks of one layout. Headings are
    mapped to fields in adopt.toml, which you can correct and use again with
    --mapping; a heading whose field is not sure stays unmapped until you map
    it. A report for each workbook accounts for every cell. Nothing is lost:
    text without a field goes to the tracker's sheet Carried over.

    \b
    Example:
      qipxl adopt old.xlsx --period 2026-03 --services our --dry-run
      qipxl adopt old.xlsx --period 2026-03 --services our --mapping adopt.toml
    """
    from qipxl.adopting import adopt_workbooks, open_old_workbook, propose_mapping, read_mapping, write_adopted
    from qipxl.app.tables_screen import show_adopted, show_mapping

    month, chosen = qipxl.Period.typed(period), qipxl.find_template(template)
    provider = services_of(services, month)
    files = old_files(paths)
    with progress("Opening old workbooks", len(files)) as step:
        workbooks = []
        for path in files:
            workbooks.append(open_old_workbook(path))
            step()
    columns = read_mapping(mapping, chosen) if mapping else propose_mapping(workbooks, chosen, provider)
    screen = console()
    if mapping is None:
        show_mapping(screen, columns)
        click.echo(f"Correct the mapping, then use it with --mapping: {write_mapping(columns, chosen, out)}")
    if not columns.table:
        raise RequestError(
            f"Found no table of actions, evidence, indicators or figures in {', '.join(escaped(path.name) for path in files)}. A table needs "
            "a row of headings above its rows. Name the workbook with the plan."
        )
    adopted = adopt_workbooks(workbooks, columns, chosen, provider, month)
    show_adopted(screen, adopted, write_reports(adopted, chosen, month, out))
    if dry_run:
        click.echo("No tracker was written (--dry-run).")
        return
    with progress("Writing trackers", None) as step:
        folder = out / TRACKERS
        written = write_adopted(adopted, chosen, provider, month, folder, replace=replace, progress=step)
    click.echo(f"Trackers written for {month.words}: {len(written)}, in {folder}.")
    click.echo(f"To see what the old plan did not ask: qipxl check {folder}")


def services_of(path: Path, month: qipxl.Period) -> list[Service]:
    """The services of a list, or the services of a provider's register that are open in a month."""
    if not path.is_dir():
        return qipxl.read_services(path)
    from qipxl.provider import open_folder
    from qipxl.provider.register import as_service

    return [as_service(line) for line in open_folder(path).read().open_in(month)]


def old_files(paths: Sequence[Path]) -> list[Path]:
    """The files named, and the workbooks in the folders named; raises SourceError if there are none."""
    from qipxl.reading.file.find import find_files

    named = {path.resolve() for path in paths}
    found = [source.path for source in find_files(list(paths)) if isinstance(source.path, Path)]
    files = [path for path in found if path.resolve() in named or is_workbook(path)]
    if not files:
        raise SourceError(f"{paths[0]} has no workbook (.xlsx or .xlsm).")
    if len(files) < len(found):
        skipped = ", ".join(escaped(path.name) for path in found if path not in files)
        click.echo(f"Skipped (not workbooks): {skipped}", err=True)
    return files


def is_workbook(path: Path) -> bool:
    """True if a name is a workbook's and not that of a program's temporary file."""
    return path.suffix.lower() in (".xlsx", ".xlsm") and not path.name.startswith(("~$", "."))


def write_mapping(mapping: AdoptMapping, template: Template, out: Path) -> Path:
    """Write adopt.toml, or adopt-2.toml and so on: a corrected file is never overwritten."""
    from qipxl.adopting import mapping_text
    from qipxl.files import write_text

    path = out / "adopt.toml"
    text = mapping_text(mapping, template)
    number = 2
    while path.exists() and not (path.is_file() and path.read_bytes() == text.encode()):
        path = out / f"adopt-{number}.toml"
        number += 1
    return write_text(path, text)


def write_reports(adopted: Sequence[Adopted], template: Template, month: qipxl.Period, out: Path) -> list[Path]:
    """Write a report for each workbook; raises RequestError if it would overwrite anything but an earlier report."""
    from qipxl.adopting import is_report, write_report
    from qipxl.tracker.issue import distinct_names

    paths = [out / f"{name}.xlsx" for name in distinct_names([f"{plan.workbook.stem} report" for plan in adopted])]
    others = [path for path in paths if path.exists() and not is_report(path)]
    if others:
        raise RequestError(
            f"{others[0]} already exists and is not a report of qipxl's. Choose another folder with --out."
        )
    return [write_report(plan, template, month, path) for plan, path in zip(adopted, paths, strict=True)]
