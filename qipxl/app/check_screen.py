"""What `check` prints: the problems of each service, what must be fixed first, on at most 40 lines unless all are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from qipxl.returns.returns import Returns

MOST_LINES = 40
MOST_UNUSED = 6
"""The most lines about files that were not used."""
INDENT = 15
"""The width of a severity before its sentence."""
SAME = ["return", "severity", "code", "sheet", "heading"]
"""Problems that agree in these columns are the same one in several cells."""
References = Callable[[pd.DataFrame], pd.Series]
"""Finds the reference of the row that each problem is about; empty without one."""


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
    after = list(unused_lines(returns, None if everything else MOST_UNUSED))
    if answers is not None:
        written = f"{plural(answers.files, 'file')}, in {answers.folder}."
        after += labelled("", Text(f"Written to send back: {written}"), width=0, whole=True)
    after += labelled("Next", Text(command, COMMAND), whole=True)
    problems = returns.problems.assign(cells=1)
    if everything:
        lines = [line for group in grouped(returns, problems, references(problems)) for line in group]
    else:
        lines = list(first_lines(returns, problems, references, MOST_LINES - height([*before, *after])))
    print_lines(console, [*before, *lines, *after])


def first_lines(returns: Returns, problems: pd.DataFrame, references: References, room: int) -> Iterator[Text]:
    """The lines of the worst problems: the first of each service, then the second ones; on the last line how many more there are."""
    first = merged(problems).head(room)
    refs = references(first)
    chosen, services, used = [], set[int](), 1
    for index, line in first.iterrows():
        used += len(sentence_lines(line, refs[index])) + (line["return"] not in services)
        if used > room:
            break
        services.add(int(line["return"]))
        chosen.append(index)
    for group in grouped(returns, first.loc[chosen], refs):
        yield from group
    if rest := len(problems) - int(first.loc[chosen, "cells"].sum()):
        yield Text(f"and {rest} more: --all")


def merged(problems: pd.DataFrame) -> pd.DataFrame:
    """The first of the same problems in several cells, and how many `cells` have it: the worst and first of each return on top."""
    cells = problems.groupby(SAME, sort=False)["cells"].transform("size")
    first = problems.assign(cells=cells, rank=rank(problems)).drop_duplicates(SAME)
    place = first.groupby(["return", "rank"]).cumcount()
    return first.assign(place=place).sort_values(["rank", "place"], kind="stable")


def rank(problems: pd.DataFrame) -> pd.Series:
    """How bad each problem is: 0 for what must be fixed."""
    return problems["severity"].map({severity: number for number, severity in enumerate(SEVERITY)})


def grouped(returns: Returns, problems: pd.DataFrame, refs: pd.Series) -> Iterator[list[Text]]:
    """The lines of each service: its name with its number of problems, then the problems, the worst first."""
    every = returns.problems[returns.problems["return"].isin(problems["return"])]
    counts = pd.crosstab(every["return"], every["severity"]).reindex(columns=list(SEVERITY), fill_value=0)
    listed = problems.assign(rank=rank(problems)).sort_values("rank", kind="stable")
    by_return = dict(iter(listed.groupby("return")))
    for number, count in counts.sort_values(list(SEVERITY), ascending=False, kind="stable").iterrows():
        receipt = returns.receipts.loc[number]
        name = f"{receipt['name']} ({receipt['service']})" if receipt["service"] else receipt["file"]
        words = ", ".join(f"{number_of} {severity}" for severity, number_of in count.items() if number_of)
        lines = wrapped(Text.assemble((plain(name), "bold"), (f"  {words}", "dim")))
        for index, line in by_return[number].iterrows():
            lines += sentence_lines(line, refs[index])
        yield lines


def sentence_lines(line: pd.Series, ref: object) -> list[Text]:
    """A problem with its severity, the reference of its row, and its cell."""
    address = f"{line['sheet']}!{line['cell']} " if line["cell"] else ""
    words = plain(str(line["message"]).removeprefix(address))
    if address:
        cell = f"cell {line['cell']}" if line["table"] == "actions" else f"{line['sheet']} {line['cell']}"
        words = f"{', '.join(filter(None, [plain(ref), cell]))}: {words}"
    more = line["cells"] - 1
    words += f" ({plural(more, 'more cell')})" if more else ""
    severity = line["severity"]
    return labelled(Text(severity, SEVERITY[severity]), Text(words), width=INDENT)


def unused_lines(returns: Returns, room: int | None) -> Iterator[Text]:
    """The files that were not used and why, on about `room` lines; None for all."""
    receipts = returns.receipts[returns.receipts["status"].isin(NOT_USED)]
    used = 0
    for number, receipt in enumerate(receipts[["file", "status", "reason"]].itertuples(index=False)):
        lines = labelled(
            "Not used" if number == 0 else "", Text(f"{plain(receipt[0])}: {receipt[1]}. {plain(receipt[2])}")
        )
        if room is not None and number and used + len(lines) > room:
            yield from labelled("", Text(f"and {plural(len(receipts) - number, 'more file')}: --all"))
            return
        used += len(lines)
        yield from lines
