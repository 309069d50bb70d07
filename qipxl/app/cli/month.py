"""The command for a whole month: where it has got to, and its next step."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from qipxl.app.cli.options import HERE, HOME, MONTH, month_asked, print_meeting_problems, quoted
from qipxl.app.runtime import console, progress, report_errors
from qipxl.periods import Period


@click.command()
@HOME
@MONTH
@click.option("--go", is_flag=True, help="Do the next step.")
@report_errors
def month(folder: Path, period: Period | None, go: bool) -> None:
    """Say where a month has got to and what comes next; with --go, do it.

    FOLDER is a provider's folder (default: the one that you are in). The
    next step is one of these: issue the trackers, with a draft mail for
    each service; read what came back, with drafts of questions, summary,
    page, PDF and packs; remind the services that are late.

    \b
    Example:
      qipxl month our-provider --period "March 2026"
      qipxl month our-provider --period 2026-03 --go
    """
    from qipxl.app.stage_screen import show_stage
    from qipxl.provider import open_folder
    from qipxl.provider.month_stage import Next, stage_of
    from qipxl.provider.next_step import Written, take_next_step

    chosen, today = month_asked(period, folder), date.today()
    provider = open_folder(folder)
    stage, written = stage_of(provider.month(chosen), today), Written()
    print_meeting_problems(stage.month)
    if go:
        words, total = "Reading and rating returns", stage.files
        if stage.next is Next.ISSUE:
            words, total = "Writing trackers", len(stage.month.expected)
        with progress(words, total) as step:
            written = take_next_step(stage, issued=step, read=step)
        stage = stage_of(stage.month, today)
    named = [] if folder == HERE else [quoted(str(folder))]
    command = " ".join(["qipxl month", *named, f"--period {chosen}", "--go"])
    show_stage(console(), stage, command, written)
