"""The actions of a plan by the letter of their rating, for Start here: how many, and which.

The lines are at the foot of Workings. Each finds the rows of its letter one after another, because Excel 2016 has no function
that joins texts by a condition.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qipxl.rules.evaluate import Book
from qipxl.rules.expression import quoted
from qipxl.tracker.charts_sheet import bottom_of_charts
from qipxl.tracker.content import Tracker
from qipxl.tracker.letter_words import LEFT, MEANINGS
from qipxl.workbook import layout
from qipxl.workbook.layout import column_letters
from qipxl.workbook.writer import Sheet, WorkbookWriter

CLOSED = ("B", "X")
"""Letters of actions that are no longer open."""
NAMED = 8
"""The most actions that a line names; the others are counted."""


@dataclass(frozen=True)
class LetterLine:
    """The actions of one table with one letter: what the letter means, and the refs of these actions."""

    table: str
    letter: str
    meaning: str
    refs: Sequence[str]

    def words(self) -> str:
        """The refs as the line names them, such as “A-001, A-002 and 3 more”."""
        more = f" and {len(self.refs) - NAMED} more" if len(self.refs) > NAMED else ""
        return ", ".join(self.refs[:NAMED]) + more


def letter_lines(tracker: Tracker, book: Book) -> list[LetterLine]:
    """A line for each letter of an open action, the worst first, then for each of an action that has left the plan."""
    lines = []
    for table, meanings in (("actions", MEANINGS), ("finished", LEFT)):
        rating = tracker.template.rules.main_rating(table) if table in tracker.layouts else None
        identity = tracker.layouts[table].line.identity if rating is not None else ""
        if rating is None or not identity or (table == "finished" and not tracker.rows.get(table)):
            continue
        letters = tracker.workings.letters(table).value(book.tables[table])
        refs = book.tables[table].values(tracker.workings.rules.schema.tables[table].columns[identity])
        says = {state.letter: meanings.get(state.letter, state.say) for state in rating.states}
        order = sorted(says, key=lambda letter: [*MEANINGS].index(letter) if letter in MEANINGS else len(MEANINGS))
        lines += [
            LetterLine(
                table, letter, says[letter], [str(ref) for ref, own in zip(refs, letters, strict=True) if own == letter]
            )
            for letter in order
            if table == "finished" or letter not in CLOSED
        ]
    return lines


def write_letter_lines(writer: WorkbookWriter, sheet: Sheet, tracker: Tracker, book: Book) -> None:
    """Write the lines at the foot of Workings: letter, number, place in the list, meaning, rows of the named actions, refs."""
    lines, top, plain = letter_lines(tracker, book), top_of_lines(tracker), writer.format()
    shown = 0
    for number, line in enumerate(lines):
        row = top + number
        letters, refs = spans(tracker, line.table)
        shown += bool(line.refs)
        sheet.write_string(row, 0, line.letter, plain)
        sheet.write_string(row, 3, line.meaning, plain)
        count = len(line.refs)
        sheet.formula(row, 1, f"SUMPRODUCT(--({letters}=$A{row + 1}))", plain, count)
        place = f'IF($B{row + 1}>0,COUNTIF($B${top + 1}:$B{row + 1},">0"),0)'
        sheet.formula(row, 2, place, plain, shown if count else 0)
        own = list(positions(tracker, book, line))
        for index in range(NAMED):
            formula = position_formula(line.letter, letters, index, row + 1)
            sheet.formula(row, 4 + index, formula, plain, own[index] if index < count else 0)
        sheet.formula(row, 4 + NAMED, refs_formula(refs, row + 1), plain, line.words())


def spans(tracker: Tracker, table: str) -> tuple[str, str]:
    """The rows of a table's letters and of its refs on Workings."""
    workings = tracker.workings
    identity = workings.rules.schema.tables[table].columns[tracker.layouts[table].line.identity]
    return f"{layout.WORKINGS}!{workings.span(workings.letters(table))}", workings.column_span(table, identity)


def positions(tracker: Tracker, book: Book, line: LetterLine) -> Iterator[int]:
    """The numbers of the rows, from 1, of a line's actions."""
    for number, letter in enumerate(tracker.workings.letters(line.table).value(book.tables[line.table]), 1):
        if letter == line.letter:
            yield number


def position_formula(letter: str, letters: str, index: int, row: int) -> str:
    """The number of the row of a line's action `index` (from 0): the next one after the action before it."""
    wanted = quoted(f"~{letter}" if letter in "?*~" else letter)
    if index == 0:
        return f"IF($B{row}>0,MATCH({wanted},{letters},0),0)"
    before = f"{column_letters(3 + index)}{row}"
    rest = f"INDEX({letters},{before}+1):INDEX({letters},ROWS({letters}))"
    return f"IF($B{row}>{index},{before}+MATCH({wanted},{rest},0),0)"


def refs_formula(refs: str, row: int) -> str:
    """The refs of the rows found, joined by commas, and the number of those not named."""
    names = [
        f'IF($B{row}>{index},"{", " if index else ""}"&INDEX({refs},{column_letters(4 + index)}{row}),"")'
        for index in range(NAMED)
    ]
    more = f'IF($B{row}>{NAMED}," and "&($B{row}-{NAMED})&" more","")'
    return "&".join([*names, more])


def top_of_lines(tracker: Tracker) -> int:
    """The first row (from 0) of the lines on Workings: below the figures of the charts."""
    return bottom_of_charts(tracker.workings) + 1


def shown_line(tracker: Tracker, lines: Sequence[LetterLine], number: int) -> tuple[tuple[str, object], ...]:
    """The letter, the number of actions and the words of line `number` (from 1) that has any, each as formula and value."""
    top = top_of_lines(tracker)
    column = {name: f"{layout.WORKINGS}!${name}${top + 1}:${name}${top + len(lines)}" for name in "ABCD"}
    refs = column_letters(4 + NAMED)
    column["refs"] = f"{layout.WORKINGS}!${refs}${top + 1}:${refs}${top + len(lines)}"
    found = f"MATCH({number},{column['C']},0)"
    filled = [line for line in lines if line.refs]
    line = filled[number - 1] if number <= len(filled) else None
    words = f'INDEX({column["D"]},{found})&": "&INDEX({column["refs"]},{found})'
    return (
        (f'IFERROR(INDEX({column["A"]},{found}),"")', line.letter if line else ""),
        (f'IFERROR(INDEX({column["B"]},{found}),"")', len(line.refs) if line else ""),
        (f'IFERROR({words},"")', f"{line.meaning}: {line.words()}" if line else ""),
    )
