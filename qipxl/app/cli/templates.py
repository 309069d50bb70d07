"""The commands about templates and their rules."""

from __future__ import annotations

from pathlib import Path

import click

import qipxl
from qipxl.app.cli.options import OWN_TEMPLATES, known_templates
from qipxl.app.runtime import PATH, console, report_errors


@click.group(invoke_without_command=True)
@click.pass_context
@report_errors
def templates(ctx: click.Context) -> None:
    """List the templates that trackers can be made from.

    \b
    Example:
      qipxl templates
      qipxl templates check our-own.toml
    """
    from qipxl.template import shipped_templates

    if ctx.invoked_subcommand is None:
        for name in shipped_templates():
            template = qipxl.find_template(name)
            click.echo(f"{name} {template.version}: {template.template.about}")


@templates.command("check")
@click.argument("file", type=PATH)
@report_errors
def check_template(file: Path) -> None:
    """Read a template file and list every mistake in it.

    \b
    Example:
      qipxl templates check our-own.toml
    """
    from qipxl.tracker import workings_of

    template = qipxl.load_template(file)
    workings_of(template)
    rules = sum(len(each) for each in template.rules.rules.values())
    click.echo(f"{file.name} is sound: {len(template.tables)} tables, {rules} rules.")


@click.command()
@click.argument("code")
@OWN_TEMPLATES
@report_errors
def explain(code: str, own: tuple[str, ...]) -> None:
    """Say what a code means: of a problem, a rule, a rating or a setting.

    \b
    Example:
      qipxl explain evidence-when-complete
    """
    from qipxl.app.tables_screen import show_explanation
    from qipxl.returns.explain import explain as meanings

    show_explanation(console(), meanings(code, list(known_templates(own))))
