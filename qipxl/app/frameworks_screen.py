"""Lists of quality statements in a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from qipxl.app.screen import labelled, plain, plural, print_lines, table, wrapped
from qipxl.errors import RequestError
from qipxl.template.frameworks import NOT_VERIFIED, Framework
from qipxl.text import did_you_mean, folded


def framework_named(known: Sequence[Framework], key: str) -> Framework:
    """The list with this key; raises RequestError if there is none."""
    keys = [each.key for each in known]
    for each in known:
        if folded(each.key) == folded(key):
            return each
    raise RequestError(f"There is no list {key}.{did_you_mean(key, keys)} There are {', '.join(keys)}.")


def show_frameworks(console: Console, known: Sequence[Framework]) -> None:
    """Print a line for each list: its key, name, date, status and number of statements; then the source of each."""
    shown = table()
    for heading, width in (("Key", 24), ("Name", 20), ("Date", 10), ("Status", 17)):
        shown.add_column(heading, overflow="fold", min_width=width, max_width=32 if heading == "Key" else width)
    shown.add_column("No.", justify="right", min_width=3)
    for each in known:
        day = f"{each.dated:%d/%m/%Y}" if each.dated else ""
        texts = (each.key, each.title, day, each.full_status, str(len(each.names)))
        shown.add_row(*(Text(plain(text)) for text in texts))
    console.print(shown)
    for each in known:
        print_lines(console, wrapped(Text(f"Source of {plain(each.key)}: {plain(each.source)}.")))


def show_framework(console: Console, framework: Framework) -> None:
    """Print a list: its statements with those of earlier lists that are counted under them, and what ratings mean."""
    day = f", {framework.dated:%d/%m/%Y}" if framework.dated else ""
    print_lines(console, wrapped(Text(f"{plain(framework.full_title)}{day}", "bold")))
    print_lines(console, wrapped(Text(plain(framework.about))))
    print_lines(console, labelled("Source", Text(plain(framework.source))))
    for question in framework.question:
        console.print()
        console.print(Text(plain(question.name or "Statements"), "bold"))
        for label, text in (("Good", question.good), ("Outstanding", question.outstanding)):
            print_lines(console, labelled(label, Text(text), width=13) if text else [])
        for each in question.statements:
            name = question.full_name(each)
            checked = NOT_VERIFIED if not each.checked else f"checked: {each.checked}"
            print_lines(console, labelled("", Text(f"- {plain(each.title)} ({plain(checked)})"), width=2))
            for words in counted_under(framework, name):
                print_lines(console, labelled("", Text(words, "dim"), width=6))
    if framework.crosswalk:
        console.print()
        judges = "; ".join(dict.fromkeys(walk.judged_by for walk in framework.crosswalk))
        print_lines(console, wrapped(Text(f"What is counted where: {judges}.")))
    if any(question.good for question in framework.question):
        print_lines(console, wrapped(Text("Good and Outstanding are in qipxl's words, not CQC's.")))
    number = plural(len(framework.names), framework.noun)
    console.print(f"{number}, {sum(w == NOT_VERIFIED for w in framework.wording.values())} {NOT_VERIFIED}.")


def counted_under(framework: Framework, name: str) -> list[str]:
    """The statements of earlier lists that are counted under a statement, each with how well it fits if it does not fit closely."""
    lines = [line for walk in framework.crosswalk for line in walk.lines if name in line.to]
    return [f"from {line.from_name}{'' if line.fit == 'close' else f' ({line.fit})'}" for line in lines]
