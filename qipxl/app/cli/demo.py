"""The command that makes up a provider, to try qipxl on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import click

from qipxl.app.cli.options import quoted
from qipxl.app.runtime import PATH, console, progress, report_errors
from qipxl.periods import Period

if TYPE_CHECKING:
    from qipxl.app.demo import Demo
    from qipxl.summary.finding_records import Findings

OPENED = {"Summary": "The board reads", "Page": "As a web page", "Pack": "The board's pack"}
"""What each output of the last month is to its reader, by the name that a month's run gives it; the first pack is the board's."""


@click.command()
@click.argument("folder", default="qipxl-demo", type=PATH, metavar="[DIR]")
@click.option("--services", default=12, show_default=True, help="How many services the provider has.")
@click.option("--months", default=6, show_default=True, help="How many months it runs.")
@click.option("--seed", default=1, show_default=True, help="Random seed; a different number generates different plans.")
@report_errors
def demo(folder: Path, services: int, months: int, seed: int) -> None:
    """Make up a provider, fill in its trackers, and consolidate them.

    DIR becomes a provider's folder: the register, what came back month by
    month, the books of meetings, the archive, the last month's summary, page,
    packs and questions to services, and a tracker of the next month. Prints
    which files to open.

    \b
    Example:
      qipxl demo my-demo --services 20
    """
    from qipxl.app.demo import make_demo
    from qipxl.app.demo.meetings import hold_meetings, meetings_of
    from qipxl.app.month_screen import show_demo
    from qipxl.app.screen import plural
    from qipxl.provider.monthly_run import consolidate_month
    from qipxl.provider.next_step import brought_together

    start, returned = monotonic(), 0
    with progress("Filling in trackers", services) as step:
        made = make_demo(folder, services, months, seed, step, earlier=True)
    *earlier, last = made.periods
    with progress("Consolidating months", len(made.periods)) as step:
        for period in earlier:
            month = made.folder.month(period)
            with consolidate_month(month, keep=True) as result:
                returned += len(result.returns.accepted)
                if meetings := meetings_of(period, last):
                    hold_meetings(month, meetings, result.summary(whole=True), made.managers)
            step()
        month = made.folder.month(last)
        with brought_together(month) as (written, summary, findings):
            returned += len(summary.returns.accepted)
            first = dict(reversed(written.files))
            files = [(words, first[name]) for name, words in OPENED.items() if name in first]
            if earlier:
                books = hold_meetings(month, meetings_of(last, last), summary, made.managers)
                files += [("A meeting fills in", book) for book in books]
        step()
    files += [
        ("A manager fills in", write_tracker_of(made, findings)),
        ("Head office keeps", made.folder.register),
    ]
    minutes, seconds = divmod(round(monotonic() - start), 60)
    about = [
        f"{findings.provider}: {plural(services, 'service')}, {span(made.periods)}.",
        f"{plural(returned, 'return')} filled in, read and kept ({minutes} min {seconds} s).",
        *written.skipped,
    ]
    home = quoted(str(folder))
    commands = [
        (f"qipxl month {home} --period {last}", "where the month has got to"),
        (f"qipxl issue {home} --period {last.plus(1)} --replace", "next month's trackers"),
    ]
    show_demo(console(), findings, about, files, commands)


def span(periods: Sequence[Period]) -> str:
    """The first and last month, such as October 2025 to March 2026."""
    first, last = periods[0], periods[-1]
    if first == last:
        return last.words
    return f"{first.first:%B} to {last.words}" if first.year == last.year else f"{first.words} to {last.words}"


def write_tracker_of(made: Demo, findings: Findings) -> Path:
    """Write the next month's tracker, with and without buttons, of the service whose action comes first among the decisions."""
    from qipxl.tracker.issue import issue_trackers

    month = made.folder.month(made.periods[-1].plus(1))
    codes = [decision.code for level in findings.decisions.levels for decision in level.decisions]
    code = codes[0] if codes else made.services[0].code
    (path,) = issue_trackers(month.to_issue(), month.period, month.issued, buttons=True, only=[code])
    return path
