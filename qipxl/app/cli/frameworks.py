"""The command about lists of quality statements."""

from __future__ import annotations

from pathlib import Path

import click

from qipxl.app.runtime import PATH, console, report_errors


@click.command()
@click.argument("key", required=False, default="")
@click.option("--provider", type=PATH, metavar="FOLDER", help="A provider's folder, to list its own lists too.")
@report_errors
def frameworks(key: str, provider: Path | None) -> None:
    """List the lists of quality statements that actions can name.

    With the KEY of a list: its statements, whether their wording was
    checked, and how statements of earlier lists are counted in it. The
    sheet Frameworks of a register chooses one, from a month on.

    \b
    Example:
      qipxl frameworks
      qipxl frameworks cqc-2026-draft-questions
    """
    from qipxl.app.frameworks_screen import framework_named, show_framework, show_frameworks
    from qipxl.provider import open_folder
    from qipxl.provider.statement_lists import known_frameworks
    from qipxl.template.frameworks import shipped_frameworks

    known = known_frameworks(open_folder(provider).read()) if provider is not None else shipped_frameworks()
    if key:
        show_framework(console(), framework_named(known, key))
    else:
        show_frameworks(console(), known)
