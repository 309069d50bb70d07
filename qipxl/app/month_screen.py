"""What `consolidate` and `demo` print: the findings of a month, on at most 22 lines of 80 columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from rich.console import Console
from rich.style import Style
from rich.text import Text

from qipxl.app.screen import (
    COMMAND,
    LABEL,
    NOT_USED,
    WIDTH,
    flowing,
    height,
    labelled,
    plain,
    plural,
    print_lines,
    wrapped,
)
from qipxl.summary.finding_records import Decision, Findings, Level, MonthsChart
from qipxl.summary.intake import Intake, Missing
from qipxl.text import escaped, names_text

MOST_LINES = 22
FORMS = ((2, 4, 8), (2, 2, 8), (1, 2, 8), (1, 0, 8), (1, 0, 1))
"""The most lines about services without a return, files that were not used, and late returns: in the longest form, and if there is no room."""
FEWEST_NAMES = 3
"""The lines that names by who decides take at least, with the empty line above."""
WITH_LAST = 3
"""Up to how many services without a return are named with the month of their last return."""
REMARK = re.compile(r" \([^()]*\)$")
"""A remark at the end of a reason, which `--files` prints."""
HOW = "How to choose: --files"
LATE = "Trackers of a later month lack these returns. The commands: --files"


@dataclass(frozen=True)
class NextSteps:
    """What a month's screen says besides its findings.

    queries: the command that writes the queries. late: for each later month, a sentence about late returns and its command.
    archive: a sentence about the archive, or none. summary: the path. packs: a sentence about the packs, or none.
    command, meaning: what to type next, and what that makes.
    """

    queries: str
    summary: Path
    command: str
    meaning: str
    late: Sequence[tuple[str, str]] = ()
    archive: str = ""
    packs: str = ""


def show_month(console: Console, findings: Findings, steps: NextSteps) -> None:
    """Print what a month says; the names by who decides and the legend take the lines that are left."""
    levels, legend = findings.decisions.levels, legend_lines(findings.months)
    before, after = [*heading_lines(findings), *chip_lines(findings.months)], [Text(), *next_lines(steps)]
    for missing, unused, late in FORMS:
        between = [
            Text(),
            *intake_lines(findings.intake, steps.queries, missing, unused),
            *late_lines(steps.late, late),
        ]
        between += labelled("Archive", Text(steps.archive)) if steps.archive else []
        room = MOST_LINES - height([*before, *between, *after])
        if room >= (FEWEST_NAMES if levels else 0):
            break
    names = [Text(), *decision_lines(levels, room - 2)] if levels and room >= FEWEST_NAMES else []
    lines = [*before, *(legend if len(names) + len(legend) <= room else []), *between, *names, *after]
    print_lines(console, [line for line in lines if line.plain or room >= 0])


def heading_lines(findings: Findings) -> list[Text]:
    """The provider, the month and the date of judgement, then the headline."""
    as_at = f"    as at {findings.as_at.day} {findings.as_at:%B %Y}"
    title = Text.assemble((f"{plain(findings.provider)}, {findings.month}", "bold"), (as_at, "dim"))
    return [title, *wrapped(Text(findings.headline)), *wrapped(Text(findings.second)), Text()]


def chip_lines(months: MonthsChart) -> list[Text]:
    """The actions of each letter in this month and in the last one."""
    rows = list(zip(months.months, months.counts, strict=True))[-2:]
    columns = [column for column in range(len(months.letters)) if any(counts[column] for _, counts in rows)]
    width = max((len(chip(months, column, counts[column])) for column in columns for _, counts in rows), default=0) + 1
    lines: list[Text] = []
    for month, counts in reversed(rows):
        line = Text(month, "dim" if lines else "bold")
        for place, column in enumerate(columns):
            if counts[column]:
                line.append(" " * (LABEL + place * width - len(line)))
                line.append(chip(months, column, counts[column]), chip_style(months, column))
        lines.append(line)
    return lines


def chip_style(months: MonthsChart, column: int) -> Style:
    """The colours of a letter."""
    return Style(color=months.inks[column], bgcolor=months.fills[column], bold=False, dim=False)


def chip(months: MonthsChart, column: int, count: int) -> str:
    """A letter and its number."""
    return f" {months.letters[column]} {count} "


def legend_lines(months: MonthsChart) -> list[Text]:
    """What the letters mean."""
    there = [column for column in range(len(months.letters)) if any(counts[column] for counts in months.counts[-2:])]
    lines = flowing((Text(months.words[column], "dim") for column in there), WIDTH - LABEL)
    return [Text(" " * LABEL).append_text(line) for line in lines]


def next_lines(steps: NextSteps) -> list[Text]:
    """Where the results are, and what to type next."""
    lines = labelled("Summary", Text(escaped(str(steps.summary)), "bold"), whole=True)
    lines += labelled("Packs", Text(steps.packs)) if steps.packs else []
    lines += labelled("Next", Text.assemble((steps.command, COMMAND), (f"    {steps.meaning}", "dim")), whole=True)
    return lines + labelled("", Text("--services lists every service, --files every file", "dim"))


def intake_lines(intake: Intake, queries: str, missing: int, unused: int) -> Iterator[Text]:
    """The returns that are missing, and those that wait, on about `missing` lines each, files not used on about `unused`, cells to fix."""
    forms = (labelled("Returns", Text(returns_words(intake, most))) for most in range(len(intake.missing), -1, -1))
    yield from next(lines for lines in forms if len(lines) <= missing)
    yield from choice_lines(intake, missing)
    files = [labelled("", Text(f"{plain(file.name)}: {plain(REMARK.sub('', file.reason))}")) for file in intake.unused]
    number = next(most for most in range(len(files), -1, -1) if sum(map(len, files[:most])) <= unused)
    yield from labelled("Files", files_text(intake, is_listed=number > 0))
    yield from chain.from_iterable(files[:number])
    if number and (rest := sum(intake.not_used.values()) - number):
        yield from labelled("", Text(f"and {rest} more: --files"))
    if not intake.to_fix and not intake.to_look:
        yield from labelled("To fix", Text("Nothing."))
        return
    cells = f"{plural(intake.to_fix, 'cell')} in {plural(intake.to_fix_services, 'service')}"
    fix = Text(cells, "bold") if intake.to_fix else Text("No cell must be fixed")
    look = f", {intake.to_look} to look at" if intake.to_look else ""
    yield from labelled("To fix", fix.append(f"{look}. Write the queries:", "not bold"))
    yield from labelled("", Text(queries, COMMAND), whole=True)


def choice_lines(intake: Intake, most: int) -> list[Text]:
    """Which returns wait until head office chooses: on fewer than twice `most` lines, or how many in short."""
    if not intake.to_choose:
        return []
    lines = labelled("To choose", Text(" ".join(map(plain, [*intake.waiting, HOW])), "bold"))
    short = f"{plural(intake.to_choose, 'file')} of returns that differ. {HOW}"
    return lines if len(lines) < 2 * most else labelled("To choose", Text(short, "bold"))


def returns_words(intake: Intake, most: int) -> str:
    """How many returns are in, how many more are not on the list of services, and who sent none: at most `most` names.

    Services whose returns differ are named by `choice_lines`.
    """
    others = f", {len(intake.not_listed)} not on the list" if intake.not_listed else ""
    if not intake.missing:
        return f"All {intake.expected} in{others}." if intake.expected > 1 else f"{intake.sent} in{others}."
    missing = [service for service in intake.missing if not service.waits]
    if not missing:
        return f"{intake.sent} of {intake.expected} in{others}."
    names = [missing_words(service, len(missing) <= WITH_LAST) for service in missing]
    hint = ": --services" if most < len(names) else ""
    who = f"Missing: {names_text(names, most)}" if most else f"{len(names)} missing"
    return f"{intake.sent} of {intake.expected} in{others}. {who}{hint}"


def missing_words(service: Missing, with_last: bool) -> str:
    """A service without a usable return: its file's state if it sent one, else the month of its last return."""
    remark = f"file {service.state}" if service.state in NOT_USED else ""
    remark = remark or (f"last: {service.last}" if with_last and service.last else "")
    return f"{plain(service.name)} ({remark})" if remark else plain(service.name)


def files_text(intake: Intake, *, is_listed: bool) -> Text:
    """How many files are used, passed over, and not used; the first of the latter are listed below, or `--files` lists them."""
    passed = {
        (True, False): plural(intake.copies, "copy", "copies"),
        (False, True): plural(intake.replaced, "older file"),
        (True, True): f"{intake.copies + intake.replaced} copies or older files",
    }.get((intake.copies > 0, intake.replaced > 0))
    parts = [Text(f"{intake.used} used")] + ([Text(f"{passed} passed over")] if passed else [])
    parts += [Text(f"{intake.to_choose} to choose from")] if intake.to_choose else []
    parts += [Text(f"{count} {status}", "bold red") for status, count in intake.not_used.items()]
    return Text(", ").join(parts).append("." if not intake.not_used else ":" if is_listed else ": --files")


def late_lines(late: Sequence[tuple[str, str]], most: int) -> list[Text]:
    """The returns that came in late with their commands, or where to find these if they take more than `most` lines."""
    lines: list[Text] = []
    for number, (words, command) in enumerate(late):
        lines += labelled("" if number else "Late", Text(words))
        lines += labelled("", Text(command, COMMAND), whole=True)
    return lines if height(lines) <= most else labelled("Late", Text(LATE))


def decision_lines(levels: Sequence[Level], most: int) -> Iterator[Text]:
    """Who decides about which actions, a column for each level, on one line and at most `most` more."""
    if not levels:
        return
    heads = [f"{'For ' if number == 0 else ''}the {level.word.lower()}" for number, level in enumerate(levels)]
    wide = WIDTH // len(levels) - 1
    columns = [list(decision_names(level, most, wide)) for level in levels]
    widths = [max(map(len, [head, *names])) + 2 for head, names in zip(heads, columns, strict=True)]
    yield Text("".join(head.ljust(width) for head, width in zip(heads, widths, strict=True)).rstrip(), "bold")
    for row in range(max(map(len, columns))):
        cells = (names[row] if row < len(names) else "" for names in columns)
        yield Text("".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())


def decision_names(level: Level, most: int, wide: int) -> Iterator[str]:
    """The first actions of a level, and how many more there are."""
    shown = level.decisions[: most if level.number <= most and len(level.decisions) == level.number else most - 1]
    for decision in shown:
        yield decision_name(decision, wide)
    if rest := level.number - len(shown):
        yield f"and {rest} more" if shown else first_name(level, wide)


def first_name(level: Level, wide: int) -> str:
    """The first action of a level and how many more there are, such as “Elm House A-001 +2”; only their number if none is listed."""
    if not level.decisions:
        return plural(level.number, "action")
    more = f" +{level.number - 1}"
    return decision_name(level.decisions[0], wide - len(more)) + more


def decision_name(decision: Decision, wide: int) -> str:
    """A service and the Ref of its action; a name that is too long for the column is cut, the Ref is not."""
    name, ref = plain(decision.service), plain(decision.ref)
    room = wide - len(ref) - 1
    return f"{name if len(name) <= room else name[: room - 1] + '…'} {ref}"


def show_demo(
    console: Console,
    findings: Findings,
    about: Sequence[str],
    files: Sequence[tuple[str, Path]],
    commands: Sequence[tuple[str, str]],
) -> None:
    """Print what the demo made, on a line for each sentence of `about`, its headline, the files to open and the commands to try."""
    lines = [line for sentence in about for line in wrapped(Text(sentence))]
    lines += [Text(), *wrapped(Text(findings.headline)), *wrapped(Text(findings.second))]
    lines += [*chip_lines(findings.months)[:1], *legend_lines(findings.months), Text(), Text("Open these", "bold")]
    wide = max(len(meaning) for meaning, _ in files) + 2
    lines += [Text(f"  {meaning.ljust(wide)}{escaped(str(path))}") for meaning, path in files]
    wide = max(len(command) for command, _ in commands) + 3
    lines += [Text(), Text("Then try", "bold")]
    lines += [Text.assemble("  ", (command.ljust(wide), COMMAND), (meaning, "dim")) for command, meaning in commands]
    print_lines(console, lines)
