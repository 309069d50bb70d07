"""The command that issues trackers."""

from __future__ import annotations

from pathlib import Path

import click

import qipxl
from qipxl.app.cli.options import MONTH, month_asked, provider_month, read_home
from qipxl.app.runtime import PATH, progress, report_errors
from qipxl.errors import RequestError
from qipxl.periods import Period
from qipxl.text import did_you_mean


@click.command()
@click.argument("services", required=False, type=PATH, metavar="[SERVICES]", callback=read_home)
@MONTH
@click.option("--template", help="A template's name, or a .toml file (default: the register's, or core).")
@click.option(
    "--out", type=PATH, help="The folder to write into (default: issued; issued/MONTH of a provider's folder)."
)
@click.option(
    "--only",
    multiple=True,
    metavar="CODE",
    help="Write the trackers of this service only, or of one plan: “ELM / Falls”; may be given again.",
)
@click.option("--replace", is_flag=True, help="Overwrite trackers that exist.")
@click.option("--button", is_flag=True, help="Write each a second time as .xlsm, with a button that checks it.")
@click.option("--mails", is_flag=True, help="Write a draft mail for each service too; of a provider's folder only.")
@report_errors
def issue(
    services: Path,
    period: Period | None,
    template: str | None,
    out: Path | None,
    only: tuple[str, ...],
    replace: bool,
    button: bool,
    mails: bool,
) -> None:
    """Write a tracker for every service of a list.

    SERVICES is a CSV file or an Excel workbook with the columns code, name,
    region, manager and, if a service has several, plan; or a provider's folder,
    whose register lists them: then each tracker holds the rows of the service's
    last return. Without SERVICES
    it is the provider's folder that the command window is in.

    \b
    Example:
      qipxl issue services.csv --period 2026-03 --out issued
      qipxl issue our-provider --period 2026-03 --button
      qipxl issue our-provider --period 2026-04 --only ELM --replace
    """
    from qipxl.provider.next_step import draft_words, make_returns_folder, write_tracker_mails
    from qipxl.tracker.issue import Order, Orders, issue_trackers

    month = month_asked(period, services)
    provider = provider_month((services,), month)
    if mails and provider is None:
        raise RequestError(f"--mails needs a provider's folder: its register has the addresses. {services} is not one.")
    if provider is not None:
        orders, out = provider.to_issue(template), out or provider.issued
    else:
        chosen = qipxl.find_template(template or "core")
        listed = qipxl.read_services(services)
        orders, out = Orders(listed, lambda service: Order(chosen, service)), out or Path("issued")
    codes = [service.code for service in orders.services]
    named = {text: [service.code for service in orders.services if service.is_named(text)] for text in only}
    if unknown := [text for text, found in named.items() if not found]:
        raise RequestError(f"No service to issue has the code {unknown[0]}.{did_you_mean(unknown[0], codes)}")
    only = tuple(dict.fromkeys(code for found in named.values() for code in found))
    with progress("Writing trackers", len(only) or len(orders)) as step:
        paths = issue_trackers(orders, month, out, replace=replace, buttons=button, only=only, progress=step)
    again = ", each as .xlsx and, with buttons, as .xlsm" if button else ""
    click.echo(f"Trackers written for {month.words}: {len(paths)}{again}, in {out}.")
    if provider is not None:
        make_returns_folder(provider)
        click.echo(f"Save what comes back in {provider.folder.returns(month)}.")
        if mails:
            click.echo(f"{draft_words(write_tracker_mails(provider, out))}, in {provider.mails}.")
