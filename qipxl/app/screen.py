"""Results printed in a terminal: tables that fit 80 columns, with a word or letter for every colour."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    "accepted": "green", "refused": "bold red", "set aside": "bold red", "duplicate": "yellow", "superseded": "yellow",
}  # fmt: skip
COUNTS = ["rows_found", "rows_accepted", "rows_set_aside", "rows_superseded"]
"""The columns of receipts with numbers of rows."""
NBSP = "\xa0"
MAX_LINES = 100
"""A table with more lines is shortened."""


def plain(text: object) -> str:
    """A text of a return on one line, without control characters."""
    return "".join(character if character.isprintable() else " " for character in str(text))


def table(*headings: str, numbers: Iterable[str] = ()) -> Table:
    """A table without side borders, to save width; the columns `numbers` are on the right."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=0, show_edge=False)
    for heading in headings:
        made.add_column(heading, overflow="fold")
    for heading in numbers:
        made.add_column(heading, justify="right")
    return made


def show_receipts(console: Console, returns: Returns) -> None:
    """Print a line per file: its result and its number of rows. Above MAX_LINES files, list only the files not accepted."""
    shown = table("File", "Result", numbers=("Rows\nfound", "\n= used", "+ set\naside", "+ super-\nseded"))
    listed = returns.receipts[returns.receipts["status"] != "ignored"]
    shown_files = listed if len(listed) <= MAX_LINES else listed[listed["status"] != "accepted"]
    if len(shown_files) < len(listed):
        shown.add_row(Text(f"{plural(len(listed) - len(shown_files), 'file')}, not listed"), Text("accepted"))
    for line in shown_files.itertuples():
        words = Text(str(line.status), STATUS.get(str(line.status), ""))
        if line.reason:
            words.append(f": {plain(line.reason)}", "dim")
        shown.add_row(Text(plain(line.file)), words, *(str(getattr(line, key)) for key in COUNTS))
    shown.add_row(Text("Total", "bold"), "", *(str(int(listed[key].sum())) for key in COUNTS))
    console.print(shown)
    if ignored := len(returns.receipts) - len(listed):
        console.print(f"Ignored {plural(ignored, 'temporary file')} of other programs.", style="dim")


def show_problems(console: Console, problems: pd.DataFrame) -> None:
    """Print every problem under the name of its file."""
    for file, group in problems.groupby("file", sort=False):
        console.print(Text(plain(file), "bold"))
        for line in group.itertuples():
            severity = (f"{line.severity}: ", SEVERITY[str(line.severity)])
            words = Text.assemble("  ", severity, plain(line.message), (f" [{line.code}]", "dim"))
            console.print(words, soft_wrap=False)


def count_words(returns: Returns) -> str:
    """A sentence with the number of problems of each severity and of files that could not be used."""
    problems = returns.problems
    unused = int(returns.receipts["status"].isin(["refused", "set aside"]).sum())
    unused_words = f" {plural(unused, 'file')} could not be used." if unused else ""
    if not len(returns.accepted):
        return f"Nothing could be checked.{unused_words}"
    if not len(problems):
        return f"No problems were found.{unused_words}"
    counts = problems["severity"].value_counts()
    words = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITY if severity in counts)
    return f"{plural(len(problems), 'problem')}: {words}.{unused_words}"


def plural(count: int, word: str) -> str:
    """A count with its word, as in 1 file, 2 files."""
    return f"{count} {word}{'' if count == 1 else 's'}"


def show_summary(console: Console, summary: ProviderSummary) -> None:
    """Print the number of actions of each rating, by service and region; above MAX_LINES services, by region only."""
    from qipxl.summary import LETTER_WORDS  # imported here because it is slow to import and `check` does not need it

    states = {state.letter: state for state in summary.headline.states}
    shown = table()
    shown.add_column("Service", overflow="fold", min_width=16)
    shown.add_column("Region", overflow="fold", min_width=9)
    shown.add_column("All", justify="right", min_width=3)
    for letter in summary.letters:
        shown.add_column(letter, justify="center", min_width=4)
    shown.add_column("Must\nfix", justify="right", min_width=4)
    shortened = len(summary.overview) > MAX_LINES
    for line in [] if shortened else summary.overview.to_dict("records"):
        shown.add_row(*service_cells(line, str(line["name"]), str(line["region"]), summary.letters, states))
    shown.add_section()
    for line in summary.totals.to_dict("records"):
        shown.add_row(*service_cells(line, str(line["region"]), "", summary.letters, states), style="bold")
    console.print(shown)
    if shortened:
        console.print(f"{len(summary.overview)} services: the sheet Overview lists them.")
    legend = Text("Actions by headline: ")
    for letter in summary.letters:
        words = LETTER_WORDS.get(letter, "").lower().replace(" ", NBSP)
        legend.append(f" {letter} ", rag_style(states[letter])).append(f"\xa0{words}  ")
    console.print(legend)


def rag_style(state: State) -> Style:
    return Style(color=f"#{state.ink}", bgcolor=f"#{state.fill}")


def service_cells(
    line: Mapping[Hashable, Any], name: str, region: str, letters: Iterable[str], states: Mapping[str, State]
) -> list[Text]:
    """The cells of a service's line: numbers above 0 have the colour of their letter."""
    state = line.get("state", "accepted")
    words = Text(plain(name))
    if state != "accepted":
        words.append(f" ({state})", "" if state == NIL_RETURN else "bold red")
    row = [words, Text(plain(region)), count_text(line["actions"])]
    for letter in letters:
        count = count_text(line[letter])
        shown = Text(f"{letter} {count}", rag_style(states[letter])) if count.plain != "0" else Text(".")
        row.append(shown if count else count)
    return [*row, count_text(line["must_fix"])]


def count_text(count: Any) -> Text:
    """A count; a service without a return has none, and its cell is blank."""
    return Text("" if pd.isna(count) else str(count))


def show_explanation(console: Console, meanings: Iterable[Explanation]) -> None:
    for meaning in meanings:
        console.print(Text(f"{meaning.code}: {meaning.what}", "bold"))
        for label, text in meaning.lines:
            console.print(Text(f"  {label}: ", "cyan").append(text, "default"))


def kept_words(kept: ArchiveChanges) -> str:
    """A sentence with the number of returns that a run added to the archive."""
    return f"Archive: {len(kept.new)} new, {len(kept.corrected)} corrected, {len(kept.unchanged)} unchanged."


STATUS_STYLES = {"in": "green", "nil return": "green", "not expected": "dim", "not yet in": "yellow"}


def show_status(console: Console, lines: pd.DataFrame, returns: Returns | None) -> None:
    """Print a line per service expected in a month, then the files that belong to none of them."""
    shown = table("Service", "Region", "State", "Note", "Archived")
    for line in lines.itertuples():
        state = Text(str(line.state), STATUS_STYLES.get(str(line.state), "bold red"))
        archived = f"version {int(str(line.kept))}" if line.kept else ""
        shown.add_row(Text(plain(line.name)), Text(plain(line.region)), state, Text(plain(line.reason)), archived)
    console.print(shown)
    counts = lines["state"].value_counts(sort=False).items()
    console.print(f"{plural(len(lines), 'service')}: {', '.join(f'{count} {state}' for state, count in counts)}.")
    if returns is None:
        return
    receipts = returns.receipts
    others = receipts[(receipts["status"] != "ignored") & ~receipts["file"].isin(lines["file"])]
    for line in others[others["status"] != "duplicate"].itertuples():
        console.print(Text(f"{plain(line.file)}: {line.status}. {plain(line.reason)}"))


def show_packs(console: Console, paths: Iterable[Path]) -> None:
    """Print the paths of the packs, and what to check in them by eye."""
    from qipxl.summary.packs import FOR_A_PERSON  # imported here because it loads openpyxl, which `check` does not need

    written = list(paths)
    for path in written:
        console.print(f"Pack: {path}", soft_wrap=True)
    if written:
        console.print("Each passed the automatic accessibility checks. Before you send one, check by eye:")
        for line in FOR_A_PERSON:
            console.print(f"- {line}")


def show_mapping(console: Console, mapping: AdoptMapping) -> None:
    """Print the field proposed for each old heading, how sure that is, and a few of its values."""
    for old in mapping.table:
        into = old.into or "nothing: its rows are not carried over"
        console.print(Text(f"{plain(old.sheet)}: rows become {into}", "bold"))
        shown = table("Old heading", "Field", "Sure", "For example")
        for line in old.column:
            unsure = f"not mapped ({line.guess}?)" if line.guess else "no field: Carried over"
            field_text = Text(line.field) if line.field else Text(unsure, "yellow" if line.guess else "dim")
            sure = f"{line.confidence:.0%}" if line.guess else ""
            shown.add_row(Text(plain(line.heading)), field_text, sure, Text(plain(" | ".join(line.samples))))
        console.print(shown)
        for field, words in (*old.words.items(), *old.colours.items()):
            for old_word, new in words.items():
                console.print(Text(f"  {field}: {plain(old_word)} = {new or 'unchanged, unless you map it'}"))
        if old.struck_rows:
            console.print(Text(f"  Rows struck through: {old.struck_rows}. Enter their Status under struck."))
    if unknown := [name for name, person in mapping.people.items() if not person]:
        console.print(Text(f"Who is this? Enter the name under [people]: {', '.join(map(plain, unknown[:12]))}"))


def show_adopted(console: Console, adopted: Iterable[Adopted], reports: Iterable[Path]) -> None:
    """Print a line per workbook with its number of cells, then the paths of the reports."""
    shown = table("Workbook", "Trackers", numbers=("Cells", "= carried", "+ in the\nreport", "Rows\nset aside"))
    for plan in adopted:
        figures = (plan.filled, plan.carried, len(plan.not_carried), len(plan.rows_set_aside))
        shown.add_row(Text(plain(plan.workbook.name)), str(len(plan.plans)), *map(str, figures))
    console.print(shown)
    for path in reports:
        console.print(f"Report: {path}", soft_wrap=True)
