"""The command that turns a provider's old action plans into trackers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

import qipxl
from qipxl.app.runtime import PATH, console, progress, report_errors
from qipxl.errors import RequestError, SourceError
from qipxl.text import escaped, names_text

if TYPE_CHECKING:
    from qipxl.adopting import Adopted, AdoptMapping, OldWorkbook
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
@click.option(
    "--mapping", type=PATH, help="The mapping.xlsx or adopt.toml to use (default: propose a mapping and write it)."
)
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
    """Turn old action plans, in your own layouts, into trackers.

    OLD is an Excel workbook, a Word document with tables, another spreadsheet
    (.xls, .ods), a CSV file, or a folder of such files of one layout. Headings
    are mapped to fields in mapping.xlsx, which you finish in Excel and use
    with --mapping; a guess that is not sure counts when you have checked it
    there. adopt.toml is the same for an editor. A report for each file
    accounts for every cell. Nothing is lost: text without a field goes to the
    tracker's sheet Carried over. Rows of a risk register become risks.xlsx,
    with the columns of your register, and actions that name them.

    \b
    Example:
      qipxl adopt old.docx --period 2026-03 --services our --dry-run
      qipxl adopt old.docx --period 2026-03 --services our --mapping mapping.xlsx
    """
    from qipxl.adopting import read_mapping, write_adopted
    from qipxl.app.tables_screen import show_adopted

    month, chosen = qipxl.Period.typed(period), qipxl.find_template(template)
    provider = services_of(services, month)
    confirmed = confirmed_by(services, chosen)
    workbooks = old_plans(old_files(paths, services, out), paths, chosen)
    if mapping is not None:
        finish, columns = mapping, read_mapping(mapping, chosen)
        adopted = carry(workbooks, columns, chosen, provider, month)
    else:
        finish, adopted = propose_and_carry(workbooks, chosen, provider, month, confirmed, out)
    show_adopted(console(), adopted, write_reports(adopted, chosen, month, out))
    refuse_empty(adopted, finish, proposed=mapping is None)
    if dry_run:
        click.echo("No tracker was written (--dry-run).")
        return
    with progress("Writing trackers", None) as step:
        folder = out / TRACKERS
        written = write_adopted(adopted, chosen, provider, month, folder, replace=replace, progress=step)
    click.echo(f"Trackers written for {month.words}: {len(written)}, in {folder}.")
    list_risks(adopted, month, out)
    if mapping is not None and services.is_dir():
        keep(services, columns, chosen, workbooks)
    click.echo(f"To see what the old plan did not ask: qipxl check {folder}")


def carry(
    workbooks: Sequence[OldWorkbook],
    columns: AdoptMapping,
    template: Template,
    services: Sequence[Service],
    month: qipxl.Period,
) -> list[Adopted]:
    """The plans that a mapping makes of old workbooks."""
    from qipxl.adopting import adopt_workbooks

    return adopt_workbooks(workbooks, columns, template, services, month)


def propose_and_carry(
    workbooks: Sequence[OldWorkbook],
    template: Template,
    services: Sequence[Service],
    month: qipxl.Period,
    confirmed: Mapping[str, AdoptMapping],
    out: Path,
) -> tuple[Path, list[Adopted]]:
    """Propose a mapping and write it, also if it cannot be used yet; the file to finish, and the plans that it makes."""
    from qipxl.adopting import UnknownServicesError, propose_mapping, write_mapping
    from qipxl.app.tables_screen import show_mapping

    columns = with_confirmed(propose_mapping(workbooks, template, services), confirmed, services)
    adopted, refusal = None, None
    try:
        adopted = carry(workbooks, columns, template, services, month)
    except RequestError as error:
        refusal = error
        if isinstance(error, UnknownServicesError):
            columns = columns.asking_for(error.names)
    show_mapping(console(), columns)
    workbook, text = write_mapping(columns, template, services, month, out)
    if any(line.guess and not line.field for table in columns.table for line in table.column):
        click.echo("A field with ? is a guess, which counts when you have checked it in the mapping.")
    click.echo(f"Finish the mapping in Excel, {workbook}, or in an editor, {text}. Then use it with --mapping.")
    if refusal is not None or adopted is None:
        raise refusal or RequestError("Nothing was carried.")
    return workbook, adopted


def confirmed_by(listed: Path, template: Template) -> dict[str, AdoptMapping]:
    """The mappings that were confirmed, if there is a provider's folder; its own headings count until the command ends."""
    from qipxl.adopting import confirmed_mappings, own_headings, with_own_headings

    if not listed.is_dir():
        return {}
    confirmed, faults = confirmed_mappings(listed, template)
    for fault in faults:
        click.echo(fault, err=True)
    click.get_current_context().with_resource(with_own_headings(own_headings(listed, template, confirmed)))
    return confirmed


def with_confirmed(
    proposed: AdoptMapping, confirmed: Mapping[str, AdoptMapping], services: Sequence[Service]
) -> AdoptMapping:
    """A proposed mapping with what was confirmed for other plans of the same layout."""
    from qipxl.adopting import apply_confirmed

    columns, used = apply_confirmed(proposed, confirmed, {service.code for service in services})
    if used:
        click.echo(f"Uses the mapping that you confirmed for {names_text(used)}.")
    return columns


def list_risks(adopted: Sequence[Adopted], month: qipxl.Period, out: Path) -> None:
    """Write the risks of old risk registers, if there are any, and say what to do with them."""
    if not any(plan.risks for each in adopted for plan in each.plans.values()):
        return
    from qipxl.adopting.risk_file import risk_lines, write_risks

    lines = risk_lines(adopted)
    listed = write_risks(lines, month, out)
    click.echo(
        f"Risks for your register: {len(lines)}, in {listed}. Copy its rows into the sheet Risks of your register."
    )


def keep(home: Path, columns: AdoptMapping, template: Template, workbooks: Sequence[OldWorkbook]) -> None:
    """Keep the mapping that was used in the provider's folder."""
    from qipxl.adopting import keep_mapping

    kept = keep_mapping(home, columns, template, workbooks[0].path.name)
    click.echo(f"The mapping is kept for the next plan of this layout: {kept}")


def refuse_empty(adopted: Sequence[Adopted], finish: Path, *, proposed: bool) -> None:
    """Raise RequestError if nothing of a plan could be carried, with the file to finish."""
    for plan in adopted:
        if plan.plans:
            continue
        if not plan.headings:
            raise RequestError(
                f"{plan.workbook.name}: no table of actions, evidence, indicators or figures was found. A table needs a row of "
                "headings above its rows. Name the file with the plan."
            )
        headings = names_text(plan.headings, 30)
        how = "check what the rows become and the field of each heading, save it, then run the command again"
        if proposed:
            raise RequestError(
                f"{plan.workbook.name}: nothing could be carried. Its headings: {headings}. Finish {finish}: {how} with --mapping {finish}."
            )
        raise RequestError(
            f"{plan.workbook.name}: the mapping carries none of its tables. Their headings: {headings}. Finish {finish}: {how}. "
            "Or leave --mapping out to get a proposal."
        )


def services_of(path: Path, month: qipxl.Period) -> list[Service]:
    """The services of a list, or the services of a provider's register that are open in a month."""
    if not path.is_dir():
        return qipxl.read_services(path)
    from qipxl.provider import open_folder
    from qipxl.provider.register import as_service

    return [as_service(line) for line in open_folder(path).read().open_in(month)]


def old_files(paths: Sequence[Path], services: Path, out: Path) -> list[Path]:
    """The files named, and the plans in the folders named, without the list of services and what an earlier run wrote.

    Raises SourceError if there are none.
    """
    from qipxl.adopting import ENDINGS
    from qipxl.reading.file.find import find_files

    named = {path.resolve() for path in paths}
    found = [source.path for source in find_files(list(paths)) if isinstance(source.path, Path)]
    others = {services.resolve(), out.resolve()}
    found = [
        path
        for path in found
        if path.resolve() in named or others.isdisjoint([path.resolve(), *path.resolve().parents])
    ]
    files = [path for path in found if path.resolve() in named or may_be_plan(path, ENDINGS)]
    if not files:
        raise SourceError(f"{paths[0]} has no plan (a file that ends in {', '.join(ENDINGS)}).")
    if len(files) < len(found):
        skipped = ", ".join(escaped(path.name) for path in found if path not in files)
        click.echo(f"Skipped (not Excel, Word or CSV): {skipped}", err=True)
    return files


def may_be_plan(path: Path, endings: Collection[str]) -> bool:
    """True if a name has one of these endings and is not that of a program's temporary file."""
    return path.suffix.lower() in endings and not path.name.startswith(("~$", "."))


def old_plans(files: Sequence[Path], paths: Sequence[Path], template: Template) -> list[OldWorkbook]:
    """The old plans in some files; those in folders are skipped if they have no table and others have one."""
    from qipxl.adopting import open_old_workbook
    from qipxl.adopting.propose import tables_of

    workbooks = []
    with progress("Opening old plans", len(files)) as step:
        for path in files:
            workbooks.append(open_old_workbook(path))
            step()
    named = {path.resolve() for path in paths}
    used = [old for old in workbooks if old.path.resolve() in named or tables_of(old, template)]
    if not used or len(used) == len(workbooks):
        return workbooks
    skipped = ", ".join(old.name for old in workbooks if old not in used)
    click.echo(f"Skipped (no table of a plan): {skipped}", err=True)
    return used


def write_reports(adopted: Sequence[Adopted], template: Template, month: qipxl.Period, out: Path) -> list[Path]:
    """Write a report for each workbook; raises RequestError if it would overwrite anything but an earlier report."""
    from qipxl.adopting import is_report, write_report
    from qipxl.files import distinct_names

    paths = [out / f"{name}.xlsx" for name in distinct_names([f"{plan.workbook.stem} report" for plan in adopted])]
    others = [path for path in paths if path.exists() and not is_report(path)]
    if others:
        raise RequestError(
            f"{others[0]} already exists and is not a report of qipxl's. Choose another folder with --out."
        )
    return [write_report(plan, template, month, path) for plan, path in zip(adopted, paths, strict=True)]
