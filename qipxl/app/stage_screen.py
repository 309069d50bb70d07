"""What `qipxl month` prints: the steps of the month, what was written, and what comes next, on at most 20 lines."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from rich.console import Console
from rich.text import Text

from qipxl.app.screen import COMMAND, WIDTH, labelled, plain, print_lines, wrapped
from qipxl.provider.month_stage import MonthStage, Next
from qipxl.provider.next_step import Written
from qipxl.text import escaped

MOST_LINES = 20
NUMBER, TITLE = 3, 16
"""The width of a step's mark and number, and of its title with them."""
DONE, TO_DO = "✓", "·"


def show_stage(console: Console, stage: MonthStage, command: str, written: Written) -> None:
    """Print where a month has got to; `written` is what the command has just written, `command` does the next step."""
    due = f"{stage.due.day} {stage.due:%B %Y}"
    heading = Text.assemble(
        (f"{plain(stage.month.register.name)}, {stage.period.words}", "bold"), (f"    returns due by {due}", "dim")
    )
    below = [Text(), *next_lines(stage, command)]
    above = [*step_lines(stage), *written_lines(written)]
    print_lines(console, [heading, *above[: MOST_LINES - len(below) - 1], *below])


def step_lines(stage: MonthStage) -> Iterator[Text]:
    """A line or two for each step: whether it is done, its number, its title, and what is known of it."""
    for number, step in enumerate(stage.steps(), 1):
        mark = DONE if step.is_done else TO_DO
        label = Text.assemble((mark, "green" if step.is_done else "dim"), f" {number} {step.title}")
        yield from labelled(label, Text(plain(step.words)), width=TITLE) if step.words else [label]


def written_lines(written: Written) -> Iterator[Text]:
    """What was written just now; several files of a kind in one line."""
    if written.files or written.skipped:
        yield Text()
    for (what, folder), files in groupby(written.files, key=lambda file: (file[0], file[1].parent)):
        paths = [path for _, path in files]
        several = f"{len(paths)} in {folder}" if len(paths) > 1 else str(paths[0])
        yield Text.assemble((f"{what}{'s' if len(paths) > 1 else ''}: ", "dim"), escaped(several))
    for sentence in written.skipped:
        yield from wrapped(Text(plain(sentence), "yellow"), WIDTH)


def next_lines(stage: MonthStage, command: str) -> Iterator[Text]:
    """What comes next, and the command for it."""
    folder = stage.month.folder.returns(stage.period)
    hand = {
        Next.WAIT: f"Send what was written, and save what comes back in {folder}. Then:",
        Next.READY: f"Everything is in. Read {stage.month.summary}.",
    }
    yield from labelled("Next", Text(escaped(hand.get(stage.next, f"{stage.next.value}:"))))
    if stage.next is not Next.READY:
        yield from labelled("", Text(command, COMMAND), whole=True)
