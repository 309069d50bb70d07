"""Tables of results for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Console
from rich.style import Style
from rich.text import Text

from qipxl.app.screen import flowing, plain, plural, print_lines, table
from qipxl.reading.duplicates import lines_to_use
from qipxl.returns.returns import NIL_RETURN, Returns
from qipxl.rules.rulebook import State

if TYPE_CHECKING:
    from qipxl.adopting import Adopted, AdoptMapping
    from qipxl.returns.explain import Explanation
    from qipxl.summary.summary import ProviderSummary

STATUS = {
    "accepted": "green", "refused": "bold red", "set aside": "bold red", "duplicate": "yellow", "superseded": "yellow",
}  # fmt: skip
COUNTS = ["rows_found", "rows_accepted", "rows_set_aside", "rows_superseded"]
"""The columns of receipts with numbers of rows."""


def show_receipts(console: Console, returns: Returns) -> None:
    """Print a line per file: its result and its number of rows."""
    shown = table("File", "Result", numbers=("Rows\nfound", "\n= used", "+ set\naside", "+ super-\nseded"))
    listed = returns.receipts[returns.receipts["status"] != "ignored"]
    for line in listed.itertuples():
        words = Text(str(line.status), STATUS.get(str(line.status), ""))
        if line.reason:
            words.append(f": {plain(line.reason)}", "dim")
        shown.add_row(Text(plain(line.file)), words, *(str(getattr(line, key)) for key in COUNTS))
    shown.add_row(Text("Total", "bold"), "", *(str(int(listed[key].sum())) for key in COUNTS))
    console.print(shown)
    if ignored := len(returns.receipts) - len(listed):
        files = plural(ignored, "file that is not a return", "files that are not returns")
        console.print(f"Ignored {files}.", style="dim")


def show_services(console: Console, summary: ProviderSummary) -> None:
    """Print the number of actions of each rating, by service and region."""
    from qipxl.summary import LETTER_WORDS  # imported here because it is slow to import and `check` does not need it

    states = {state.letter: state for state in summary.headline.states}
    shown = table()
    shown.add_column("Service", overflow="fold", min_width=16)
    shown.add_column("Region", overflow="fold", min_width=9)
    shown.add_column("All", justify="right", min_width=3)
    for letter in summary.letters:
        shown.add_column(letter, justify="center", min_width=4)
    shown.add_column("Must\nfix", justify="right", min_width=4)
    for line in summary.overview.to_dict("records"):
        shown.add_row(*service_cells(line, str(line["name"]), str(line["region"]), summary.letters, states))
    shown.add_section()
    for line in summary.totals.to_dict("records"):
        shown.add_row(*service_cells(line, str(line["region"]), "", summary.letters, states), style="bold")
    console.print(shown)
    legend = [Text("Actions by headline:")]
    legend += [
        Text.assemble((f" {letter} ", rag_style(states[letter])), f" {LETTER_WORDS.get(letter, '').lower()}")
        for letter in summary.letters
    ]
    print_lines(console, flowing(legend))


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


MOST_SERVICES, MOST_OTHERS = 12, 2
"""The most services and other files that `status` lists if it is not asked for all."""
STATUS_STYLES = {"in": "green", "nil return": "green", "not expected": "dim", "not yet in": "yellow"}


def show_status(console: Console, lines: pd.DataFrame, returns: Returns | None, *, everything: bool) -> None:
    """Print a line per service expected in a month and the files that belong to none of them: the first of both, or `everything`."""
    shown = table("Service", "Region", "State", "Note", "Archived")
    for line in lines.head(len(lines) if everything else MOST_SERVICES).itertuples():
        state = Text(str(line.state), STATUS_STYLES.get(str(line.state), "bold red"))
        archived = f"version {int(str(line.kept))}" if line.kept else ""
        shown.add_row(Text(plain(line.name)), Text(plain(line.region)), state, Text(plain(line.reason)), archived)
    console.print(shown)
    if len(lines) > MOST_SERVICES and not everything:
        console.print(f"and {len(lines) - MOST_SERVICES} more: --all")
    from qipxl.provider.status import (
        by_service,
    )  # imported here because it is slow to import and `check` does not need it

    services = by_service(lines)
    counts = services["state"].value_counts(sort=False).items()
    console.print(f"{plural(len(services), 'service')}: {', '.join(f'{count} {state}' for state, count in counts)}.")
    for words in services.loc[services["words"] != "", "words"]:
        console.print(Text(f"{plain(words)}."))
    if returns is None:
        return
    receipts = returns.receipts[~returns.receipts["status"].isin(["ignored", "duplicate"])]
    others = receipts[~receipts["file"].isin(lines["file"]) & (receipts["differs_from"] == "")]
    for line in others.head(len(others) if everything else MOST_OTHERS).itertuples():
        console.print(Text(f"{plain(line.file)}: {line.status}. {plain(line.reason)}"))
    if len(others) > MOST_OTHERS and not everything:
        console.print(f"and {plural(len(others) - MOST_OTHERS, 'more file')}: --all")
    show_lines_to_use(console, returns)


def show_lines_to_use(console: Console, returns: Returns) -> None:
    """Print the register's line for each return that waits until head office chooses, with tabs, so that it can be pasted."""
    lines = lines_to_use(returns.receipts)
    if lines:
        console.print("\nTo use a file, paste its line into the sheet Returns to use of the register:")
    for cells in lines:
        print("\t".join(map(plain, cells)), file=console.file)  # rich would print spaces for the tabs


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
    """Print the field proposed for each old heading, how sure that is, and one of its values."""
    for old in mapping.table:
        become = f"rows become {old.into}" if old.into else "rows are not carried over"
        become += ", and risks for your register" if old.risks == "yes" else ""
        asked = " until you say that they are your plan" if old.is_asked_about else ""
        console.print(Text(f"{plain(old.sheet)}: {become}{asked}", "bold"))
        shown = table("Old heading", "Field", "Sure", "For example")
        for line in old.column:
            unsure = f"{line.guess}?" if line.guess else "no field: Carried over"
            field_text = Text(line.field) if line.field else Text(unsure, "yellow" if line.guess else "dim")
            sure = f"{line.confidence:.0%}" if line.guess else ""
            shown.add_row(Text(plain(line.heading)), field_text, sure, Text(plain(" | ".join(line.samples[:1]))))
        console.print(shown)
        used = [each for each in old.words.items() if each[0] in old.fields.values()]
        for field, words in (*used, *old.colours.items()):
            for old_word, new in words.items():
                console.print(Text(f"  {field}: {plain(old_word)} = {new or 'unchanged, unless you map it'}"))
        if old.struck_rows:
            console.print(
                Text(
                    f"  Rows struck through: {old.struck_rows}. Choose their Status on the sheet Settings, or under struck."
                )
            )
    if unknown := [name for name, person in mapping.people.items() if not person]:
        console.print(
            Text(
                f"Who is this? Enter the name on the sheet Words, or under [people]: {', '.join(map(plain, unknown[:12]))}"
            )
        )


def show_adopted(console: Console, adopted: Sequence[Adopted], reports: Iterable[Path]) -> None:
    """Print a line per workbook with its number of cells, then the paths of the reports."""
    shown = table("Workbook", "Trackers", numbers=("Cells", "= carried", "+ in the\nreport", "Rows\nset aside"))
    for plan in adopted:
        figures = (plan.filled, plan.carried, len(plan.not_carried), len(plan.rows_set_aside))
        shown.add_row(Text(plain(plan.workbook.name)), str(len(plan.plans)), *map(str, figures))
    console.print(shown)
    for plan in adopted:
        if plan.workbook.not_read:
            console.print(Text(f"{plain(plan.workbook.name)}: {plan.workbook.not_read}"))
    for path in reports:
        console.print(f"Report: {path}", soft_wrap=True)
