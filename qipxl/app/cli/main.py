"""The command `qipxl`, which has a command for each job."""

from __future__ import annotations

import click

from qipxl.app.cli.adopt import adopt
from qipxl.app.cli.check import check
from qipxl.app.cli.consolidate import consolidate
from qipxl.app.cli.demo import demo
from qipxl.app.cli.excel import excel, make_console
from qipxl.app.cli.frameworks import frameworks
from qipxl.app.cli.issue import issue
from qipxl.app.cli.meeting import meeting
from qipxl.app.cli.menu import menu
from qipxl.app.cli.month import month
from qipxl.app.cli.page import page
from qipxl.app.cli.provider import archive, init, status
from qipxl.app.cli.templates import explain, templates
from qipxl.app.runtime import print_names_as_codes, tune_memory


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(package_name="qipxl")
def main() -> None:
    """Quality improvement plans in Excel: issue trackers, read them back, rate,
    consolidate.

    \b
    Example:
      qipxl demo
      qipxl issue services.csv --period 2026-03 --out issued
      qipxl check returns
      qipxl consolidate returns --out summary.xlsx
      qipxl month our-provider --go
    """
    tune_memory()
    print_names_as_codes()


COMMANDS = (
    adopt, archive, check, consolidate, demo, excel, explain, frameworks, init, issue, make_console, meeting, menu, month, page, status,
    templates,
)  # fmt: skip
for command in COMMANDS:
    main.add_command(command)
