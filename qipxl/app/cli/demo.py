"""The command that makes up a provider, to try qipxl on."""

from __future__ import annotations

from pathlib import Path

import click

import qipxl
from qipxl.app.runtime import PATH, console, progress, report_errors


@click.command()
@click.argument("folder", default="qipxl-demo", type=PATH, metavar="[DIR]")
@click.option("--services", default=12, show_default=True, help="How many services the provider has.")
@click.option("--months", default=6, show_default=True, help="How many months it runs.")
@click.option("--seed", default=1, show_default=True, help="Random seed; a different number generates different plans.")
@report_errors
def demo(folder: Path, services: int, months: int, seed: int) -> None:
    """Make up a provider, fill in its trackers, and consolidate them.

    DIR becomes a provider's folder: the register, the trackers of the last
    month, what came back month by month, the archive and the summary.
    Prints the provider's table of ratings.

    \b
    Example:
      qipxl demo my-demo --services 20
    """
    from qipxl.app.demo import make_demo
    from qipxl.app.screen import count_words, show_receipts, show_summary
    from qipxl.provider.monthly_run import consolidate_month

    with progress("Filling in trackers", services) as step:
        made = make_demo(folder, services, months, seed, step, earlier=True)
    *earlier, last = made.periods
    with progress("Consolidating months", len(made.periods)) as step:
        for period in earlier:
            with consolidate_month(made.folder.month(period), keep=True):
                step()
        with consolidate_month(made.folder.month(last), keep=True) as result:
            step()
            summary = result.summary()
            written = qipxl.write_summary(summary, made.summary)
    out = console()
    show_receipts(out, result.returns)
    show_summary(out, summary)
    out.print(count_words(result.returns))
    out.print(f"As at {made.as_at:%d/%m/%Y}.")
    out.print(f"Open the summary: {written}", soft_wrap=True)
