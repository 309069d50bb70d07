"""What a row of an old table is: a row of its own, a heading between rows, one that continues the row above, or no part of the list."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from functools import cached_property

from qipxl.adopting.account import Record
from qipxl.adopting.aliases import aliases
from qipxl.adopting.column_values import NOTHING_SAID, is_code, is_date, is_score_word
from qipxl.adopting.heading_words import comparable
from qipxl.adopting.hint_rows import EXAMPLES, is_mark
from qipxl.adopting.mapping import ISSUE, SERVICE, TableMapping
from qipxl.adopting.old_tables import OldTable
from qipxl.adopting.old_workbook import OldCell
from qipxl.text import as_text
from qipxl.workbook.cells import CellError
from qipxl.workbook.headings import fold

IDENTITY_FIELDS: Mapping[str, tuple[str, ...]] = {
    "actions": ("actions.ref", "actions.issue"),
    "milestones": ("milestones.ref", "milestones.milestone"),
    "evidence": ("evidence.ref", "evidence.description"),
    "indicators": ("indicators.ref", "indicators.indicator"),
    "measurements": ("measurements.indicator", "measurements.month"),
}
"""The fields that make a row a row of its own; a row without any of them continues the row above."""
STEP_TEXTS = ("actions.intended_change", "milestones.milestone")
"""The fields that say what a step of an action is."""
TEXTS_OF_ROWS = (ISSUE, *STEP_TEXTS)
"""Fields of an action; a row of a list fills at least one."""
FOOTER = re.compile(
    r"(?:(?:grand |sub-? ?)?totals?|overall|average|signed?|signature|prepared by|completed by|reviewed by|notes?|references|sources|key"
    r"|n\.?b\.?)"
    r"(?:\s*[:=]|\b(?! \w+ \w+ \w+))|©|copyright\b"
)
"""The beginning of a row that is not part of the table: a total, a signature, a note, a list of sources, a copyright."""
NOTE_MARK = re.compile(r"[^\w\s]*[*#†‡][^\w\s]*")
"""The mark before a note below a list: (*)."""
SOURCES = frozenset(("reference", "source"))
"""The titles of a list of sources, below which no action is."""
RANGE, FEWEST_RANGES = re.compile(r"\d+ ?(?:-|–|to) ?\d+\b ?[:=]? ?[a-z]"), 2
"""A range of scores with its meaning, and the fewest of them in the row of a scale."""
SPLIT = "a line with more values than there are headings, because a comma or the like inside a text splits it. Put the text in double quotes"
"""Why a line of a text file is not carried, and what to do."""
SAYS_NOTHING = "a row that says neither what is wrong nor what to do"
"""Why a row of its own is not carried."""
MOST_HEADING_WORDS = 4
"""The most words of a heading in a further row of headings."""
FEWEST_LIKE_HEADINGS, FEWEST_FIGURES, FIGURES_SHARE = 2, 2, 0.8
"""The fewest cells of such a row that are like headings, and the fewest figures and their share below a word that is one."""
FEWEST_FILLED, TEXT_SHARE = 2, 0.8
"""The number of cells, and of rows, from which a row without text may count; the share of rows with a text that shows that all have one."""


class RowKinds:
    """Says what the rows of one table are, from the top, because the kind of a row depends on the rows above it.

    `services` are folded service names that may be headings between rows. A reader of the rows appends its records to `built` and sets
    `section` to the last heading between rows.
    """

    def __init__(self, table: OldTable, lines: TableMapping, services: Collection[str]) -> None:
        self.table, self.lines, self.services = table, lines, services
        self.tab, fields = table.tab, lines.fields
        self.columns = {column.column: column for column in table.columns}
        named = [column for column in table.columns if column.heading]
        self.fields = {column.column: fields.get(fold(column.heading), "") for column in named}
        identity = IDENTITY_FIELDS.get(lines.into, ())
        self.identity = [column for column, name in self.fields.items() if name in identity]
        self.naming = [column for column in self.identity if not self.fields[column].endswith(".ref")]
        self.texts = [column for column, name in self.fields.items() if name in TEXTS_OF_ROWS]
        self.owners = [column for column, name in self.fields.items() if name == SERVICE]
        self.is_risks = lines.risks == "yes"
        self.built: list[Record] = []
        self.section: OldCell | None = None
        self.is_over = False
        """True below a title such as References that follows the list."""
        full = [row for row, cells in table.rows.items() if len(told(cells)) > 1 and row not in table.aside]
        self.last = max(full, default=-1)
        self.fills = {cell.fill for row in full for cell in table.rows[row].values()}

    def set_apart(self, row: int, cells: Mapping[int, OldCell]) -> str:
        """Why a row is neither part of the list nor a heading between rows; empty if it may be one of the two."""
        if row in self.table.repeated:
            return "the headings again"
        if row in self.table.hints:
            return "hints below the headings on what to enter"
        if row in self.table.sign_off:
            return "who signed the list"
        if row in self.table.split:
            return SPLIT
        if all(isinstance(cell.value, CellError) for cell in cells.values()):
            return "a row of formulas that give an error or were never calculated"
        return "an example of how the list is filled in" if self.is_example(cells) else ""

    def left_out(self, row: int, cells: Mapping[int, OldCell]) -> str:
        """Why a row that is no heading between rows is not part of the list; empty if it is."""
        if self.is_key(cells):
            return "the key of a scale"
        if self.is_below_headings(row, cells):
            return "a further row of headings"
        if self.is_footer(row, cells):
            return "a total, a note or a signature"
        if self.is_only_numbered(row, cells):
            return "a number in advance, and nothing else"
        return SAYS_NOTHING if self.says_nothing(row, cells) else ""

    def is_section(self, row: int, cells: Mapping[int, OldCell]) -> bool:
        """True for a heading between rows: one short text, merged or set off, with rows below it; or a service's name."""
        if len(cells) != 1 or row > self.last:
            return False
        (column, cell), *_ = cells.items()
        text = as_text(cell.value)
        if not isinstance(cell.value, str) or len(text) > 90:
            return False
        if fold(text) in self.services:
            return True
        reach = self.tab.merged.get((row, column), (row, column))[1]
        set_off = cell.bold or bool(cell.fill and cell.fill not in self.fills) or (text.isupper() and len(text) > 3)
        if self.section is not None and column == self.section.column and column not in self.naming:
            return True
        return reach > column or (set_off and column <= self.table.columns[0].column + 1)

    def is_example(self, cells: Mapping[int, OldCell]) -> bool:
        """True for a row before the first record in which a cell of its own says that it is an example."""
        words = {comparable(as_text(cell.value)) for cell in cells.values() if isinstance(cell.value, str)}
        return not self.built and len(cells) > 1 and not EXAMPLES.isdisjoint(words)

    def is_key(self, cells: Mapping[int, OldCell]) -> bool:
        """True for a row that begins with a level or a range below the heading of a scale, such as Key: 1-5 | Low; and for one with
        several ranges and what they mean: 1-3 low | 4-6 high.
        """
        texts = [fold(as_text(cells[column].value)) for column in sorted(cells)]
        if sum(RANGE.match(text) is not None for text in texts) >= FEWEST_RANGES:
            return True
        title = comparable(as_text(self.section.value)).split() if self.section is not None else []
        return is_mark(texts[0]) and not aliases().scales.isdisjoint(title[-1:])

    def is_below_headings(self, row: int, cells: Mapping[int, OldCell]) -> bool:
        """True for a row of short texts before the first record that says what the columns are: it repeats headings, has words where
        the rows below have dates or numbers, or names nothing and has some texts where there is no heading, as below merged ones.
        """
        if self.built or not all(len(as_text(cell.value).split()) <= MOST_HEADING_WORDS for cell in cells.values()):
            return False
        if sum(self.is_like_heading(row, column, cell) for column, cell in cells.items()) >= FEWEST_LIKE_HEADINGS:
            return True
        if not self.identity or any(self.cell_at(row, column) is not None for column in self.identity):
            return False
        return any(column not in self.fields for column in cells)

    def is_like_heading(self, row: int, column: int, cell: OldCell) -> bool:
        """True for a cell that says what its column is: words of its heading, or a word above figures and dates."""
        words = comparable(as_text(cell.value)).split()
        if not words or column not in self.columns or not isinstance(cell.value, str):
            return False
        if set(words) <= set(comparable(self.columns[column].heading).split()):
            return True
        below = [cells[column].value for other, cells in self.table.rows.items() if other > row and column in cells]
        figures = sum(is_figure(value) for value in below)
        known = (
            is_date(cell.value) or is_code(cell.value) or is_score_word(cell.value) or fold(cell.value) in NOTHING_SAID
        )
        return not known and len(below) >= FEWEST_FIGURES and figures >= FIGURES_SHARE * len(below)

    def is_footer(self, row: int, cells: Mapping[int, OldCell]) -> bool:
        """True for a total, a signature or a note with only figures next to it, a text after a mark, or a lone text below all rows."""
        said = {column: cell for column, cell in cells.items() if not NOTE_MARK.fullmatch(as_text(cell.value))} or cells
        column = min(said)
        others = [cell.value for index, cell in said.items() if index != column]
        is_note = len(said) < len(cells) and not others
        if is_note or (
            FOOTER.match(fold(as_text(cells[column].value))) and not any(isinstance(value, str) for value in others)
        ):
            ends = row > self.last or comparable(as_text(cells[column].value)) in SOURCES
            self.is_over = self.is_over or (ends and not others)
            return True
        if self.is_over and len(said) <= FEWEST_FILLED:
            return True
        if row <= self.last or others:
            return False
        attached = row - 1 in self.table.rows
        return not attached or not (column in self.naming or (self.built and self.fields.get(column)))

    def is_only_numbered(self, row: int, cells: Mapping[int, OldCell]) -> bool:
        """True for a row below all others that has a reference and nothing else but noughts, not even a comment: numbered in advance."""
        (column, cell), *others = told(cells).items() or cells.items()
        if others or row <= self.last or not self.fields.get(column, "").endswith(".ref") or not is_code(cell.value):
            return False
        beside = [self.tab.cells.get((row, other)) for other in self.columns]
        merged = any(self.cell_at(row, other) is not None for other in self.columns if other not in cells)
        return not merged and not any(other.comment for other in beside if other is not None)

    def continues_row_above(self, row: int, cells: Mapping[int, OldCell]) -> bool:
        """True for a row that continues the one above: it names no other service, and it has no identity or no field of its own, because
        all are merged with those above.
        """
        if not self.built or not self.identity or (self.lines.rows == "own" and not self.is_risks):
            return False
        services = [fold(as_text(cells[column].value)) for column in self.owners if column in cells]
        if any(service and service != fold(self.built[-1].service) for service in services):
            return False
        own = any(self.fields.get(column) for column in cells)
        return not own or not any(self.cell_at(row, column) is not None for column in self.identity)

    def says_nothing(self, row: int, cells: Mapping[int, OldCell]) -> bool:
        """True for a row of its own that says neither what is wrong nor what is to be done, where most rows do, and that has no
        reference with something next to it; and for a control without a finding in a list of all controls.
        """
        if self.is_catalogue and self.is_unsaid(row, cells):
            return True
        if not self.texts or self.continues_row_above(row, cells) or self.has_text(row):
            return False
        refs = [cell for column, cell in cells.items() if self.fields.get(column, "").endswith(".ref")]
        if any(map(is_code, (cell.value for cell in refs))) and len(told(cells)) > FEWEST_FILLED:
            return False
        others = [other for other, filled in self.table.rows.items() if other != row and len(filled) > 1]
        return len(others) >= FEWEST_FILLED and sum(map(self.has_text, others)) >= TEXT_SHARE * len(others)

    @cached_property
    def is_catalogue(self) -> bool:
        """True if more rows have nothing in any field, and none merged with those above, than say what is wrong or what is to be done."""
        rows = [(row, cells) for row, cells in self.table.rows.items() if row not in self.table.aside]
        unsaid = sum(self.is_unsaid(row, cells) for row, cells in rows)
        return bool(self.texts) and unsaid > sum(self.has_text(row) for row, _ in rows)

    def is_unsaid(self, row: int, cells: Mapping[int, OldCell]) -> bool:
        """True for a row that has cells but fills no field."""
        mapped = any(self.cell_at(row, column) is not None for column, name in self.fields.items() if name)
        return not mapped and len(told(cells)) > FEWEST_FILLED

    def has_text(self, row: int) -> bool:
        """True if a row says what is wrong or what is to be done."""
        return any(self.cell_at(row, column) is not None for column in self.texts)

    def cell_at(self, row: int, column: int) -> OldCell | None:
        """The filled cell at a position; under a merge the merged cell, if the mapping says that it counts for all rows."""
        cell = self.tab.cells.get((row, column))
        if cell is not None and cell.filled:
            return cell
        first = self.tab.covered.get((row, column))
        if first is None or self.lines.merged == "first" or first[1] != column:
            return None
        merged = self.tab.cells.get(first)
        return merged if merged is not None and merged.filled else None


def told(cells: Mapping[int, OldCell]) -> dict[int, OldCell]:
    """The cells of a row without noughts, which formulas give where nothing is entered."""
    return {column: cell for column, cell in cells.items() if cell.value != 0}


def is_figure(value: object) -> bool:
    """True for a date and for a number."""
    return isinstance(value, date | int | float) and not isinstance(value, bool)
