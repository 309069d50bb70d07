"""Lines for a terminal of 80 columns, with a word or letter for every colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from qipxl.returns.returns import Returns

SEVERITY = {"must fix": "bold red", "should look": "yellow", "for information": "dim"}
NOT_USED = ("set aside", "refused")
"""The states of files that were not used because of what is in them."""
WIDTH, LABEL = 80, 10
"""The width of a line, and of the word before it, such as Returns."""
GAP = "   "
"""The space between short texts on one line."""
COMMAND = "cyan"
"""The style of what can be typed next."""


def plain(text: object) -> str:
    """A text of a return on one line, without control characters."""
    return "".join(character if character.isprintable() else " " for character in str(text))


def plural(count: int, word: str, words: str = "") -> str:
    """A count with its word, as in 1 file, 2 files."""
    return f"{count} {word if count == 1 else words or word + 's'}"


def table(*headings: str, numbers: Iterable[str] = ()) -> Table:
    """A table without side borders, to save width; the columns `numbers` are on the right."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=0, show_edge=False)
    for heading in headings:
        made.add_column(heading, overflow="fold")
    for heading in numbers:
        made.add_column(heading, justify="right")
    return made


def wrapped(text: Text, width: int = WIDTH) -> list[Text]:
    """A text in lines of at most `width` characters, divided between words; none if it is empty."""
    lines = list(text.wrap(Console(width=width), width)) if text.plain else []
    for line in lines:
        line.rstrip()
    return lines


def labelled(label: str | Text, text: Text, *, width: int = LABEL, whole: bool = False) -> list[Text]:
    """A text with a word before its first line; a `whole` one, such as a command or a path, is not divided, so that it can be copied."""
    lines = [text] if whole else wrapped(text, WIDTH - width)
    first = Text.assemble(label, " " * (width - len(label)))
    return [Text.assemble(first if number == 0 else " " * width, line) for number, line in enumerate(lines)]


def flowing(pieces: Iterable[Text], width: int = WIDTH) -> list[Text]:
    """Short texts one after the other, none of them divided."""
    lines: list[Text] = []
    for piece in pieces:
        if not lines or lines[-1].cell_len + len(GAP) + piece.cell_len > width:
            lines.append(piece)
        else:
            lines[-1] = Text.assemble(lines[-1], GAP, piece)
    return lines


def height(lines: Iterable[Text]) -> int:
    """How many lines of the terminal they take."""
    return sum(max(1, -(-line.cell_len // WIDTH)) for line in lines)


def print_lines(console: Console, lines: Sequence[Text]) -> None:
    """Print lines as they are; the terminal continues a longer one on its next line."""
    for line in lines:
        console.print(line, soft_wrap=True)


def count_words(returns: Returns) -> str:
    """A sentence with the number of problems of each severity and of files that could not be used."""
    problems = returns.problems
    unused = int(returns.receipts["status"].isin(NOT_USED).sum())
    unused_words = f" {plural(unused, 'file')} could not be used." if unused else ""
    if not len(returns.accepted):
        return f"Nothing could be checked.{unused_words}"
    if not len(problems):
        return f"No problems were found.{unused_words}"
    counts = problems["severity"].value_counts()
    words = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITY if severity in counts)
    return f"{plural(len(problems), 'problem')}: {words}.{unused_words}"
