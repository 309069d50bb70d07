"""The command that brings a provider's own old workbooks over into trackers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

import qipxl
from qipxl.app.runtime import console, progress, report_errors
from qipxl.errors import RequestError, SourceError

if TYPE_CHECKING:
    from qipxl.adopting import Adopted, AdoptMapping
    from qipxl.services import Service
    from qipxl.template import Template


TRACKERS = "trackers"
"""The folder within --out for the trackers: mapping and reports are no returns."""


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="OLD...")
@click.option("--period", required=True, help="The month of the first trackers, such as 2026-03.")
@click.option(
    "--services",
    required=True,
    type=click.Path(path_type=Path),
    help="The list of services (CSV or Excel), or a provider's folder.",
)
@click.option("--template", default="core", show_default=True, help="A template's name, or a .toml file.")
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    help="The adopt.toml to go by (default: one is proposed and written).",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("adopted"),
    show_default=True,
    help="The folder to write into.",
)
@click.option("--dry-run", is_flag=True, help="Write the mapping and the reports, but no tracker.")
@click.option("--replace", is_flag=True, help="Write over trackers that are there already.")
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
    """Bring old action plans, in Excel layouts of your own, into trackers.

    OLD is a workbook or a folder of workbooks of one layout. Headings are
    mapped to fields in adopt.toml, which you can correct and use again with
    --mapping; what is not sure stays unmapped until you say. A report for
    each workbook accounts for every cell. Nothing is lost: what has no field
    stands on the tracker's sheet Carried over.

    \b
    Example:
      qipxl adopt old.xlsx --period 2026-03 --services our-provider --dry-run
      qipxl adopt old.xlsx --period 2026-03 --services our-provider \\
        --mapping adopted/adopt.toml
    """
    from qipxl.adopting import adopt_workbooks, open_old_workbook, propose_mapping, read_mapping, write_adopted
    from qipxl.app.screen import show_adopted, show_mapping

    month, chosen = qipxl.Period.read(period), qipxl.find_template(template)
    listed = listed_services(services, month)
    files = old_files(paths)
    with progress("Old workbooks are opened", len(files)) as step:
        workbooks = []
        for path in files:
            workbooks.append(open_old_workbook(path))
            step()
    said = read_mapping(mapping, chosen) if mapping else propose_mapping(workbooks, chosen, listed)
    screen = console()
    if mapping is None:
        show_mapping(screen, said)
        click.echo(f"Correct the mapping, then use it with --mapping: {write_mapping(said, chosen, out)}")
    if not said.table:
        raise RequestError(
            f"No table of actions, evidence, indicators or figures was found in {', '.join(path.name for path in files)}. A table needs "
            "a row of headings above its rows. Name the workbook that holds the plan."
        )
    adopted = adopt_workbooks(workbooks, said, chosen, listed, month)
    show_adopted(screen, adopted, write_reports(adopted, chosen, month, out))
    if dry_run:
        click.echo("No tracker was written (--dry-run).")
        return
    with progress("Trackers are written", None) as step:
        place = out / TRACKERS
        written = write_adopted(adopted, chosen, listed, month, place, replace=replace, progress=step)
    click.echo(f"Trackers written for {month.words}: {len(written)}, in {place}.")
    click.echo(f"See what the old plan never asked: qipxl check {place}")


def listed_services(path: Path, month: qipxl.Period) -> list[Service]:
    """The services of a list, or those of a provider's register that are open in a month."""
    if not path.is_dir():
        return qipxl.read_services(path)
    from qipxl.provider import open_folder
    from qipxl.provider.register import as_service

    return [as_service(line) for line in open_folder(path).read().open_in(month)]


def old_files(paths: Sequence[Path]) -> list[Path]:
    """The files named, and the workbooks in the folders named; raises SourceError where there is none."""
    from qipxl.reading.file.find import find_files

    named = {path.resolve() for path in paths}
    found = [each.path for each in find_files(list(paths)) if isinstance(each.path, Path)]
    files = [path for path in found if path.resolve() in named or is_workbook(path)]
    if not files:
        raise SourceError(f"{paths[0]} holds no workbook (.xlsx or .xlsm).")
    if len(files) < len(found):
        click.echo(
            f"Passed over, being no workbooks: {', '.join(path.name for path in found if path not in files)}", err=True
        )
    return files


def is_workbook(path: Path) -> bool:
    """True for a name that a workbook has, and that no program leaves behind."""
    return path.suffix.lower() in (".xlsx", ".xlsm") and not path.name.startswith(("~$", "."))


def write_mapping(said: AdoptMapping, template: Template, out: Path) -> Path:
    """Write adopt.toml; a corrected one is never written over."""
    from qipxl.adopting import mapping_text
    from qipxl.files import write_text

    path = out / "adopt.toml"
    text = mapping_text(said, template)
    number = 2
    while path.exists() and not (path.is_file() and path.read_bytes() == text.encode()):
        path = out / f"adopt-{number}.toml"
        number += 1
    return write_text(path, text)


def write_reports(adopted: Sequence[Adopted], template: Template, month: qipxl.Period, out: Path) -> list[Path]:
    """A report for each workbook; raises RequestError rather than write over another file than an earlier report."""
    from qipxl.adopting import is_report, write_report
    from qipxl.tracker.issue import distinct_names

    names = distinct_names([f"{each.workbook.path.stem} report" for each in adopted])
    paths = [out / f"{name}.xlsx" for name in names]
    strange = [path for path in paths if path.exists() and not is_report(path)]
    if strange:
        raise RequestError(
            f"{strange[0]} is there already and is no report of qipxl's. Choose another folder with --out."
        )
    return [write_report(each, template, month, path) for each, path in zip(adopted, paths, strict=True)]
