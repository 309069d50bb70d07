"""What `check` prints: the problems of each service, what must be fixed first, on at most 40 lines unless all are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.text import Text

from qipxl.app.screen import (
    COMMAND,
    NOT_USED,
    SEVERITY,
    count_words,
    height,
    labelled,
    plain,
    plural,
    print_lines,
    wrapped,
)
from qipxl.app.tables_screen import show_receipts
from qipxl.returns.returns import Returns
from qipxl.text import escaped

MOST_LINES = 40
MOST_UNUSED = 6
"""The most lines about files that were not used."""
INDENT = 19
"""The width of a severity before its sentence."""
SAME = ["return", "severity", "code", "sheet", "heading"]
"""Problems that agree in these columns are the same one in several cells."""
References = Callable[[pd.DataFrame], pd.Series]
"""Finds the reference of the row that each problem is about; empty without one."""


@dataclass(frozen=True)
class ProblemLine:
    """A problem as it is printed: the number of its return, its severity, the number of cells that have it, and its lines."""

    number: int
    severity: str
    cells: int
    texts: Sequence[Text]


@dataclass(frozen=True)
class Answers:
    """The files that were written to be sent back, and their folder."""

    files: int
    folder: Path


def show_check(
    console: Console,
    returns: Returns,
    as_at: date,
    references: References,
    command: str,
    answers: Answers | None,
    *,
    everything: bool,
) -> None:
    """Print what is wrong in the returns, and what to type next; at most MOST_LINES lines unless `everything` is asked for."""
    before = wrapped(Text(f"{count_words(returns)} As at {as_at:%d/%m/%Y}.", "bold"))
    after = [] if everything else list(unused_lines(returns))
    if answers is not None:
        written = f"{plural(answers.files, 'file')}, in {escaped(str(answers.folder))}."
        after += labelled("", Text(f"Written to send back: {written}"), width=0, whole=True)
    after += labelled("Next", Text(command, COMMAND), whole=True)
    problems = returns.problems.assign(cells=1)
    if everything:
        show_receipts(console, returns)
        lines = list(grouped(returns, lines_of(problems, references)))
    else:
        lines = list(first_lines(returns, problems, references, MOST_LINES - height([*before, *after])))
    print_lines(console, [*before, *lines, *after])


def first_lines(returns: Returns, problems: pd.DataFrame, references: References, room: int) -> Iterator[Text]:
    """The lines of the worst problems: the first of each service, then the second ones; on the last line how many more there are."""
    chosen: list[ProblemLine] = []
    used = 1
    for line in lines_of(merged(problems).head(room), references):
        used += len(line.texts) + all(line.number != other.number for other in chosen)
        if used > room:
            break
        chosen.append(line)
    yield from grouped(returns, chosen)
    if rest := len(problems) - sum(line.cells for line in chosen):
        yield Text(f"and {rest} more: --all")


def merged(problems: pd.DataFrame) -> pd.DataFrame:
    """The first of the same problems in several cells, and how many `cells` have it: the worst and first of each return on top."""
    cells = problems.groupby(SAME, sort=False)["cells"].transform("size")
    rank = problems["severity"].map({severity: number for number, severity in enumerate(SEVERITY)})
    first = problems.assign(cells=cells, rank=rank).drop_duplicates(SAME)
    place = first.groupby(["return", "rank"]).cumcount()
    return first.assign(place=place).sort_values(["rank", "place"], kind="stable")


def lines_of(problems: pd.DataFrame, references: References) -> Iterator[ProblemLine]:
    """Each problem as it is printed: with its severity, the reference of its row, and its cell."""
    columns = (problems[name] for name in ("return", "severity", "table", "sheet", "cell", "message", "cells"))
    for number, severity, table, sheet, cell, message, cells, ref in zip(*columns, references(problems), strict=True):
        address = f"{sheet}!{cell} " if cell else ""
        where = f"cell {cell}" if table == "actions" else f"{sheet} {cell}"
        words = f"{f'{ref}, ' if ref else ''}{where}: " if cell else ""
        more = f" ({plural(cells - 1, 'more cell')})" if cells > 1 else ""
        text = Text(plain(f"{words}{message.removeprefix(address).removeprefix(f'{ref}: ')}{more}"))
        yield ProblemLine(
            number, severity, cells, labelled(Text(f"  {severity}", SEVERITY[severity]), text, width=INDENT)
        )


def grouped(returns: Returns, lines: Iterable[ProblemLine]) -> Iterator[Text]:
    """The lines under the name of each service with its number of problems: the service with most to fix first, then the worst first."""
    by_return: dict[int, list[ProblemLine]] = {}
    for line in lines:
        by_return.setdefault(line.number, []).append(line)
    problems = returns.problems[returns.problems["return"].isin(by_return)]
    counts = pd.crosstab(problems["return"], problems["severity"]).reindex(columns=list(SEVERITY), fill_value=0)
    counts = counts.sort_values(list(SEVERITY), ascending=False, kind="stable")
    for number, numbers in zip(map(int, counts.index), counts.to_numpy().tolist(), strict=True):
        receipt = returns.receipts.loc[number]
        name = f"{receipt['name']} ({receipt['service']})" if receipt["service"] else receipt["file"]
        words = ", ".join(f"{count} {severity}" for severity, count in zip(SEVERITY, numbers, strict=True) if count)
        yield Text.assemble((plain(name), "bold"), (f"  {words}", "dim"))
        for severity in SEVERITY:
            yield from (text for line in by_return[number] if line.severity == severity for text in line.texts)


def unused_lines(returns: Returns) -> Iterator[Text]:
    """The first files that were not used, and why."""
    receipts = returns.receipts[returns.receipts["status"].isin(NOT_USED)]
    used = 0
    for number, (file, status, reason) in enumerate(
        zip(receipts["file"], receipts["status"], receipts["reason"], strict=True)
    ):
        lines = labelled("" if number else "Not used", Text(plain(f"{file}: {status}. {reason}")))
        if number and used + len(lines) > MOST_UNUSED:
            yield from labelled("", Text(f"and {plural(len(receipts) - number, 'more file')}: --all"))
            return
        used += len(lines)
        yield from lines
