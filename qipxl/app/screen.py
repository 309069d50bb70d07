"""Results as a person reads them in a terminal: tables that fit 80 columns, with words beside every colour."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from rich import box
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from qipxl.returns.returns import NIL_RETURN, Returns
from qipxl.rules.rulebook import State

if TYPE_CHECKING:
    from qipxl.adopting import Adopted, AdoptMapping
    from qipxl.archive.store import ArchiveChanges
    from qipxl.returns.explain import Explanation
    from qipxl.summary.summary import ProviderSummary

SEVERITY = {"must fix": "bold red", "should look": "yellow", "for information": "dim"}
STATUS = {
    "accepted": "green",
    "refused": "bold red",
    "set aside": "bold red",
    "duplicate": "yellow",
    "superseded": "yellow",
}


NBSP = "\xa0"
MANY = 100
"""Lines that nobody reads in a terminal any more."""


def plain(text: object) -> str:
    """Text from a return without control characters, on one line."""
    return "".join(each if each.isprintable() else " " for each in str(text))


def table(*headings: str) -> Table:
    """A table without side borders, so that more fits."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=0, show_edge=False)
    for heading in headings:
        made.add_column(heading, overflow="fold")
    return made


def show_receipts(console: Console, returns: Returns) -> None:
    """A line per file: what became of it, and its rows, which add up. Of MANY only those that were not used have a line."""
    shown = table("File", "What became of it")
    for heading in ("Rows\nfound", "\n= used", "+ set\naside", "+ super-\nseded"):
        shown.add_column(heading, justify="right")
    listed = returns.receipts[returns.receipts["status"] != "ignored"]
    shown_files = listed if len(listed) <= MANY else listed[listed["status"] != "accepted"]
    if len(shown_files) < len(listed):
        shown.add_row(Text(f"{len(listed) - len(shown_files)} files, not listed one by one"), Text("accepted"))
    for line in shown_files.itertuples():
        words = Text(str(line.status), STATUS.get(str(line.status), ""))
        if line.reason:
            words.append(f": {plain(line.reason)}", "dim")
        numbers = (str(line.rows_found), str(line.rows_accepted), str(line.rows_set_aside), str(line.rows_superseded))
        shown.add_row(Text(plain(line.file)), words, *numbers)
    totals = [
        str(int(listed[key].sum())) for key in ("rows_found", "rows_accepted", "rows_set_aside", "rows_superseded")
    ]
    shown.add_row(Text("In all", "bold"), "", *totals)
    console.print(shown)
    left = len(returns.receipts) - len(listed)
    if left:
        console.print(f"{left} files left behind by other programs were passed over.", style="dim")


def show_problems(console: Console, problems: pd.DataFrame) -> None:
    """Every problem under the name of its file."""
    for file, group in problems.groupby("file", sort=False):
        console.print(Text(plain(file), "bold"))
        for line in group.itertuples():
            words = Text("  ")
            words.append(f"{line.severity}: ", SEVERITY[str(line.severity)])
            words.append(plain(line.message))
            words.append(f" [{line.code}]", "dim")
            console.print(words, soft_wrap=False)


def count_words(returns: Returns) -> str:
    """How many problems there are of each severity, and that some files could not be looked into."""
    problems = returns.problems
    unused = int(returns.receipts["status"].isin(["refused", "set aside"]).sum())
    left = f" {plural(unused, 'file')} could not be used." if unused else ""
    if not len(returns.accepted):
        return f"Nothing could be checked.{left}"
    if not len(problems):
        return f"No problems were found.{left}"
    counts = problems["severity"].value_counts()
    words = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITY if severity in counts)
    return f"{plural(len(problems), 'problem')}: {words}.{left}"


def plural(count: int, word: str) -> str:
    """A count with its word, as in 1 file, 2 files."""
    return f"{count} {word}{'' if count == 1 else 's'}"


def show_summary(console: Console, summary: ProviderSummary) -> None:
    """The provider's table: each service's actions by the letter and colour of their headline; of MANY only the regions'."""
    from qipxl.summary import LETTER_WORDS  # drawing a summary is not needed to check

    states = {state.letter: state for state in summary.headline.states}
    shown = table()
    shown.add_column("Service", overflow="fold", min_width=16)
    shown.add_column("Region", overflow="fold", min_width=9)
    shown.add_column("All", justify="right", min_width=3)
    for letter in summary.letters:
        shown.add_column(letter, justify="center", min_width=4)
    shown.add_column("Must\nfix", justify="right", min_width=4)
    many = len(summary.overview) > MANY
    for line in [] if many else summary.overview.to_dict("records"):
        shown.add_row(*cells(line, str(line["name"]), str(line["region"]), summary.letters, states))
    shown.add_section()
    for line in summary.totals.to_dict("records"):
        shown.add_row(*cells(line, str(line["region"]), "", summary.letters, states), style="bold")
    console.print(shown)
    if many:
        console.print(f"{len(summary.overview)} services: each has its line on the sheet Overview.")
    legend = Text("Actions by headline: ")
    for letter in summary.letters:
        legend.append(f" {letter} ", look(states[letter])).append(
            f"\xa0{LETTER_WORDS.get(letter, '').lower().replace(' ', NBSP)}  "
        )
    console.print(legend)


def look(state: State) -> Style:
    return Style(color=f"#{state.ink}", bgcolor=f"#{state.fill}")


def cells(
    line: Mapping[Hashable, object], name: str, region: str, letters: Iterable[str], states: Mapping[str, State]
) -> list[Text]:
    """A service's cells: figures above nought on the colour of their letter."""
    state = line.get("state", "accepted")
    words = Text(plain(name))
    if state != "accepted":
        words.append(f" ({state})", "" if state == NIL_RETURN else "bold red")
    found = [words, Text(plain(region)), Text(str(line["actions"]))]
    for letter in letters:
        count = line[letter]
        found.append(Text(f"{letter} {count}", look(states[letter])) if count else Text("."))
    return [*found, Text(str(line["must_fix"]))]


def show_explanation(console: Console, meanings: Iterable[Explanation]) -> None:
    for meaning in meanings:
        console.print(Text(f"{meaning.code}: {meaning.what}", "bold"))
        for label, text in meaning.lines:
            console.print(Text(f"  {label}: ", "cyan").append(text, "default"))


def kept_words(kept: ArchiveChanges) -> str:
    """What a run added to the archive, in a sentence."""
    return (
        f"Archive: {len(kept.new)} new, {len(kept.corrected)} as another version, {len(kept.unchanged)} there already."
    )


STANDING = {"in": "green", "nil return": "green", "not expected": "dim", "not yet in": "yellow"}


def show_standing(console: Console, lines: pd.DataFrame, returns: Returns | None) -> None:
    """A line per service expected in a month, then the files that belong to none of them."""
    shown = table("Service", "Region", "State", "What to know", "Kept")
    for line in lines.itertuples():
        state = Text(str(line.state), STANDING.get(str(line.state), "bold red"))
        kept = f"version {int(str(line.kept))}" if line.kept else ""
        shown.add_row(Text(plain(line.name)), Text(plain(line.region)), state, Text(plain(line.reason)), kept)
    console.print(shown)
    counts = lines["state"].value_counts(sort=False)
    console.print(f"{len(lines)} services: " + ", ".join(f"{count} {state}" for state, count in counts.items()) + ".")
    if returns is None:
        return
    receipts = returns.receipts
    strange = receipts[(receipts["status"] != "ignored") & ~receipts["file"].isin(lines["file"])]
    for line in strange[strange["status"] != "duplicate"].itertuples():
        console.print(Text(f"{plain(line.file)}: {line.status}. {plain(line.reason)}"))


def show_packs(console: Console, paths: Iterable[Path]) -> None:
    """The packs that were written, and what a person must still check in them."""
    from qipxl.summary.packs import FOR_A_PERSON  # packs bring openpyxl, which `check` does not need

    written = list(paths)
    for path in written:
        console.print(f"Pack: {path}", soft_wrap=True)
    if written:
        console.print("Each passes every check of accessibility that a program can make. Before you send one:")
        for line in FOR_A_PERSON:
            console.print(f"- {line}")


def show_mapping(console: Console, mapping: AdoptMapping) -> None:
    """What each old heading was taken for, how sure that is, and a few of its values."""
    for lines in mapping.table:
        into = lines.into or "nothing: its rows are not carried"
        console.print(Text(f"{plain(lines.sheet)}: rows become {into}", "bold"))
        shown = table("Old heading", "Field", "Sure", "For example")
        for line in lines.column:
            unsure = f"not mapped ({line.guess}?)" if line.guess else "no field: Carried over"
            meant = Text(line.field) if line.field else Text(unsure, "yellow" if line.guess else "dim")
            shown.add_row(
                Text(plain(line.heading)),
                meant,
                f"{line.confidence:.0%}" if line.guess else "",
                Text(plain(" | ".join(line.samples))),
            )
        console.print(shown)
        for field, words in (*lines.words.items(), *lines.colours.items()):
            for old, new in words.items():
                console.print(Text(f"  {field}: {plain(old)} = {new or 'as it is, until you say'}"))
        if lines.struck_rows:
            console.print(Text(f"  Rows struck through: {lines.struck_rows}. Say under struck what their Status is."))
    asked = [name for name, meant in mapping.people.items() if not meant]
    if asked:
        console.print(Text(f"Who is meant? Say under [people]: {', '.join(map(plain, asked[:12]))}"))


def show_adopted(console: Console, adopted: Iterable[Adopted], reports: Iterable[Path]) -> None:
    """A line per workbook: its cells, which add up, and its report."""
    shown = table("Workbook", "Trackers")
    for heading in ("Cells", "= carried", "+ in the\nreport", "Rows\nset aside"):
        shown.add_column(heading, justify="right")
    places = []
    for each, path in zip(adopted, reports, strict=True):
        figures = (each.filled, each.carried, len(each.not_carried), len(each.rows_set_aside))
        shown.add_row(Text(plain(each.workbook.path.name)), str(len(each.plans)), *map(str, figures))
        places.append(path)
    console.print(shown)
    for path in places:
        console.print(f"Report: {path}", soft_wrap=True)
