"""The content of a return outside its cells: comments, text boxes, pictures, hidden tabs, the names of its authors."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping

from qipxl.privacy import PERSONAL_DATA, kinds_in, words_of
from qipxl.reading.file.opened import OpenedWorkbook
from qipxl.reading.file.package import Package
from qipxl.reading.file.plan import TablePlan
from qipxl.reading.file.raw_workbook import Book
from qipxl.returns.problems import Problem
from qipxl.text import as_text

COMMENT = re.compile(
    r"""<(?:\w+:)?(comment|threadedComment)\s[^>]*?\bref=["']([A-Z]+\d+)["'].*?</(?:\w+:)?\1>""", re.DOTALL
)
TAGS = re.compile(r"<[^>]*>")
AUTHOR = re.compile(r"<(?:\w+:)?(creator|lastModifiedBy)[^>]*>([^<]*)<")
DRAWN = {"text box": re.compile(r"<(?:\w+:)?sp[\s>]"), "picture": re.compile(r"<(?:\w+:)?pic[\s>]")}
NAMED = 8
"""The most comments whose cells are named in one problem."""


def not_collected(book: Book, plans: Mapping[str, TablePlan], opened: OpenedWorkbook) -> None:
    """Add a problem for the comments, and one for the drawings, of each tab.

    A return with drawings and an empty plan is set aside: the plan may be in the pictures.
    """
    tables = {opened.tables[key].placement.sheet: key for key in plans}
    for name in book.names:
        key = tables.get(name, "")
        cells = list(dict.fromkeys(cell for cell, _ in comments_of(book, name)))
        if cells:
            more = ", ".join(cells[:NAMED]) + (" and more" if len(cells) > NAMED else "")
            count = f"{len(cells)} comment{'s' * (len(cells) > 1)}"
            opened.problems.append(Problem("comments-not-read", key, name, value=count, more=more))
        drawn = drawn_on(book, name)
        if drawn:
            opened.problems.append(Problem("drawing-not-read", key, name, value=drawn))
            if key and plans[key].rated and not opened.tables[key].rows:
                opened.aside.append(f"{name} holds {drawn} and no rows.")


def comments_of(book: Book, name: str) -> Iterator[tuple[str, str]]:
    """Each comment or note of a tab: its cell and its text."""
    for kind in ("/comments", "/threadedComment"):
        yield from comments_in(book.package, book.related(name, kind))


def comments_in(package: Package, parts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each comment or note in some parts: its cell and its text."""
    for part in parts:
        for comment in COMMENT.finditer(package.text(part)):
            yield comment[2], html.unescape(TAGS.sub(" ", comment[0]))


def drawn_on(book: Book, name: str) -> str:
    """The text boxes and pictures on a tab, such as "1 text box and 2 pictures"; empty if there are none."""
    xml = "".join(book.package.text(part) for part in book.related(name, "/drawing"))
    counts = {words: len(pattern.findall(xml)) for words, pattern in DRAWN.items()}
    return " and ".join(
        f"{count} {words if count == 1 else words.replace('box', 'boxe') + 's'}"
        for words, count in counts.items()
        if count
    )


def personal_data_outside_tables(book: Book, opened: OpenedWorkbook, kinds_off: tuple[str, ...]) -> list[Problem]:
    """A problem for each comment, tab that somebody hid, and author's name that seems to hold personal data."""
    problems = []
    for name in book.names:
        for cell, text in comments_of(book, name):
            if kinds := kinds_in(text, kinds_off):
                problems.append(Problem(PERSONAL_DATA, "", name, cell=cell, heading="a comment", more=words_of(kinds)))
    read = {*(table.placement.sheet for table in opened.tables.values()), *opened.stamp.hidden}
    for name in book.names:
        if book.is_hidden(name) and name not in read:
            for number, row in enumerate(book.rows(name), 1):
                if kinds := kinds_in(" \n".join(map(as_text, row)), kinds_off):
                    problems.append(
                        Problem(PERSONAL_DATA, "", name, number, heading="a hidden tab", more=words_of(kinds))
                    )
    for _, author in AUTHOR.findall(book.package.text("docProps/core.xml")):
        if kinds := kinds_in(html.unescape(author), kinds_off, staff=True):
            problems.append(Problem(PERSONAL_DATA, "", "", heading="the file's properties", more=words_of(kinds)))
    return problems
