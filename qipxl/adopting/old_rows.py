"""Old table + its mapping → records: the rows are classified, and each cell is put into its field."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from functools import cached_property

from qipxl.adopting.account import CellAccount, Record, full_text
from qipxl.adopting.aliases import aliases
from qipxl.adopting.column_values import NOTHING_SAID, is_code, is_date, is_score_word
from qipxl.adopting.heading_words import comparable
from qipxl.adopting.hint_rows import EXAMPLES, is_mark
from qipxl.adopting.mapping import ISSUE, REF, RISK_REF, SERVICE, STATUS, TableMapping, coloured_field
from qipxl.adopting.old_tables import OldColumn, OldTable
from qipxl.adopting.old_workbook import OldCell, is_struck
from qipxl.returns.cell_values import LONGEST
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
ONE_VALUE = (
    ".ref",
    ".owner",
    ".status",
    ".due",
    "_on",
    "_by",
    ".start",
    ".accountable_lead",
    ".owner_role",
    ".month",
    "_now",
    "_start",
)
"""The endings of fields that hold one value: a second text is not appended to them."""
RANGE, FEWEST_RANGES = re.compile(r"\d+ ?(?:-|–|to) ?\d+\b ?[:=]? ?[a-z]"), 2
"""A range of scores with its meaning, and the fewest of them in the row of a scale."""
SPLIT = "a line with more values than there are headings, because a comma or the like inside a text splits it. Put the text in double quotes"
"""Why a line of a text file is not carried, and what to do."""
MOST_HEADING_WORDS = 4
"""The most words of a heading in a further row of headings."""
FEWEST_LIKE_HEADINGS, FEWEST_FIGURES, FIGURES_SHARE = 2, 2, 0.8
"""The fewest cells of such a row that are like headings, and the fewest figures and their share below a word that is one."""
STEP_TEXTS = ("actions.intended_change", "milestones.milestone")
"""The fields that say what a step of an action is."""
FEWEST_FILLED, TEXT_SHARE = 2, 0.8
"""The number of cells, and of rows, from which a row without text may count; the share of rows with a text that shows that all have one."""
TEXTS_OF_ROWS = (ISSUE, *STEP_TEXTS)
"""Fields of an action; a row of a list fills at least one."""
STEP_FACTS = ("actions.owner", "actions.due", "actions.status", "actions.completed_on")
"""The fields of an action that say by whom and when a step is done, and whether it is."""


class RowReader:
    """Reads the rows of one table from the top, because the kind of a row depends on the rows above it.

    `services` are folded service names that may be headings between rows.
    """

    def __init__(self, table: OldTable, lines: TableMapping, account: CellAccount, services: Collection[str]) -> None:
        self.table, self.lines, self.account, self.services = table, lines, account, services
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
        self.service: OldCell | None = None
        self.is_over = False
        """True below a title such as References that follows the list."""

    def records(self) -> list[Record]:
        """The records of the table, in order."""
        rows = list(self.table.rows.items())
        full = [row for row, cells in rows if len(told(cells)) > 1 and row not in self.table.aside]
        self.last = max(full, default=-1)
        self.fills = {cell.fill for row in full for cell in self.table.rows[row].values()}
        for row, cells in rows:
            if row in self.table.repeated:
                self.account.set_aside(self.tab.title, row, cells, "the headings again")
            elif row in self.table.hints:
                self.account.set_aside(self.tab.title, row, cells, "hints below the headings on what to enter")
            elif row in self.table.sign_off:
                self.account.set_aside(self.tab.title, row, cells, "who signed the list")
            elif row in self.table.split:
                self.account.set_aside(self.tab.title, row, cells, SPLIT)
            elif all(isinstance(cell.value, CellError) for cell in cells.values()):
                self.account.set_aside(
                    self.tab.title, row, cells, "a row of formulas that give an error or were never calculated"
                )
            elif self.is_example(cells):
                self.account.set_aside(self.tab.title, row, cells, "an example of how the list is filled in")
            elif self.is_section(row, cells):
                self.start_section(cells)
            elif self.is_key(cells):
                self.account.set_aside(self.tab.title, row, cells, "the key of a scale")
            elif self.is_below_headings(row, cells):
                self.account.set_aside(self.tab.title, row, cells, "a further row of headings")
            elif self.is_footer(row, cells):
                self.account.set_aside(self.tab.title, row, cells, "a total, a note or a signature")
            elif self.is_only_numbered(row, cells):
                self.account.set_aside(self.tab.title, row, cells, "a number in advance, and nothing else")
            elif self.says_nothing(row, cells):
                self.section = self.section if len(cells) > 1 else None
                self.account.set_aside(
                    self.tab.title,
                    row,
                    cells,
                    "a row that says neither what is wrong nor what to do",
                )
            elif not self.continues_row_above(row, cells):
                self.built.append(self.record(row, cells))
            elif self.is_further_action(cells):
                self.built.append(self.further_action(row, cells))
            else:
                self.continue_row_above(row, cells)
        return self.built

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

    def start_section(self, cells: Mapping[int, OldCell]) -> None:
        (cell,) = cells.values()
        self.account.not_carried(self.tab.title, cell, "a heading between the rows, with no row below it")
        if fold(as_text(cell.value)) in self.services:
            self.service, self.section = cell, None
        else:
            self.section = cell

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

    def record(self, row: int, cells: Mapping[int, OldCell]) -> Record:
        record = Record(self.tab.title, row, words=self.lines.words, is_risk=self.is_risks)
        for column, old in self.columns.items():
            cell = self.cell_at(row, column)
            if cell is not None:
                self.put_cell(record, old, cell)
            self.add_comment_and_colour(record, old, row)
        if self.lines.rows == "own" and self.built:
            for name in IDENTITY_FIELDS.get(self.lines.into, ()):
                if not name.endswith(".ref") and name in self.built[-1].values and name not in record.values:
                    record.values[name] = self.built[-1].values[name]
        self.apply_section(record)
        self.apply_strike(record, cells)
        return record

    def apply_section(self, record: Record) -> None:
        """Give a record the service and the field of the headings between rows above it."""
        title = self.tab.title
        if self.service is not None and not record.service:
            record.service = as_text(self.service.value)
            self.account.carried(title, self.service, "the service of the rows")
        if self.section is None:
            return
        if self.lines.sections and self.lines.sections not in record.values:
            record.values[self.lines.sections] = self.section.value
            self.account.carried(title, self.section, self.lines.sections)
        else:
            self.carry_over(record, "(heading above)", self.section)

    def put_cell(self, record: Record, column: OldColumn, cell: OldCell) -> None:
        """Put a cell into its field or its month, or keep it for the sheet Carried over."""
        name, title = self.fields.get(column.column, ""), self.tab.title
        value = record.values.get(name) if name else None
        if isinstance(cell.value, CellError):
            self.account.not_carried(title, cell, "a formula that gives an error or was never calculated")
        elif name == SERVICE:
            record.service = as_text(cell.value)
            self.account.carried(title, cell, "the service of the row")
        elif column.month is not None and self.lines.into == "indicators" and column.month not in record.months:
            record.months[column.month] = cell
            self.account.carried(title, cell, "measurements")
        elif not name or len(as_text(cell.value)) > LONGEST:
            self.carry_over(record, column.heading or f"(column {cell.address.rstrip('0123456789')})", cell)
        elif value is None:
            record.values[name], record.cells[name] = cell.value, cell
            self.account.carried(title, cell, name)
            if isinstance(cell.value, datetime) and cell.value.time() != time(0):
                record.carry_over(f"{column.heading} (with its time)", full_text(cell.value), f"{title}!{cell.address}")
        elif can_append(name, value, cell.value) and not self.is_second(record, name, column, cell):
            record.values[name] = f"{value}\n{cell.value}"
            self.account.carried(title, cell, name)
        else:
            self.carry_over(record, column.heading, cell)

    def is_second(self, record: Record, name: str, column: OldColumn, cell: OldCell) -> bool:
        """True for a cell of a second column with the same heading: a score or a text of another time, not more of the first."""
        first = record.cells.get(name)
        if first is None or first.row != cell.row or first.column == cell.column:
            return False
        return first.column in self.columns and fold(self.columns[first.column].heading) == fold(column.heading)

    def carry_over(self, record: Record, heading: str, cell: OldCell) -> None:
        record.carry_over(heading, full_text(cell.value), f"{self.tab.title}!{cell.address}")
        self.account.carried(self.tab.title, cell, "Carried over")

    def add_comment_and_colour(self, record: Record, column: OldColumn, row: int) -> None:
        """Add a cell's comment, and the meaning of its colour if the mapping gives one."""
        cell = self.tab.cells.get((row, column.column))
        if cell is None:
            return
        where = f"{self.tab.title}!{cell.address}"
        if cell.comment:
            record.carry_over(f"{column.heading} (comment)".strip(), cell.comment, where)
            self.account.comments.add((self.tab.title, row, column.column))
        if cell.fill and not cell.filled and column.heading:
            name = coloured_field(self.fields.get(column.column, ""))
            meaning = self.lines.colours.get(column.heading, {}).get(cell.fill, "")
            if meaning and name not in record.values:
                record.values[name] = meaning
            elif column.heading in self.lines.colours:
                record.carry_over(f"{column.heading} (colour)", f"coloured {cell.fill}", where)

    def apply_strike(self, record: Record, cells: Mapping[int, OldCell]) -> None:
        """Give a row that is struck through the Status that the mapping gives, if it gives one."""
        if not is_struck(cells):
            return
        status, struck = record.values.get(STATUS), self.lines.struck
        if not struck or (status is not None and status != struck):
            more = f" Its Status said {status}." if struck else ""
            record.carry_over("(struck through)", f"The row is struck through.{more}")
        if struck:
            record.values[STATUS] = struck

    def continue_row_above(self, row: int, cells: Mapping[int, OldCell]) -> None:
        """Add a row to the record above: as a step of it, or its texts are appended and other values fill empty fields."""
        above = self.built[-1]
        if self.is_step(cells):
            above.steps = above.steps or [first_step(above)]
            above.steps.append(self.step(row, cells))
        steps = above.steps[-1:]
        for column, cell in cells.items():
            old = self.columns.get(column) or OldColumn(column, "")
            of_step = steps and is_of_step(self.fields.get(column, ""))
            if of_step and steps[0].row != row:
                self.put_cell(steps[0], old, cell)
            elif not of_step:
                self.put_cell(above, old, cell)
            self.add_comment_and_colour(above, old, row)

    def is_further_action(self, cells: Mapping[int, OldCell]) -> bool:
        """True for a row of a risk register that is another action for the risk above."""
        return self.is_risks and (self.lines.rows == "own" or self.is_step(cells))

    def further_action(self, row: int, cells: Mapping[int, OldCell]) -> Record:
        """Another action for the risk of the row above."""
        above, record = self.built[-1], self.record(row, cells)
        record.service = record.service or above.service
        for name in (REF, RISK_REF, ISSUE):
            if name in above.values:
                record.values[name] = above.values[name]
            if name in above.cells:
                record.cells[name] = above.cells[name]
        return record

    def is_step(self, cells: Mapping[int, OldCell]) -> bool:
        """True for a row that says what is to be done, and by whom, by when or whether it is done."""
        named = {self.fields.get(column, "") for column in cells}
        facts = [name for name in named.difference(STEP_TEXTS) if is_of_step(name)]
        return self.lines.into == "actions" and not named.isdisjoint(STEP_TEXTS) and bool(facts)

    def step(self, row: int, cells: Mapping[int, OldCell]) -> Record:
        """A step of the action above, from its own row."""
        step = Record(self.tab.title, row, words=self.lines.words)
        for column, old in self.columns.items():
            if is_of_step(self.fields.get(column, "")):
                cell = self.cell_at(row, column)
                if cell is not None:
                    self.put_cell(step, old, cell)
                elif column not in cells:
                    self.add_comment_and_colour(step, old, row)
        self.apply_strike(step, cells)
        return step


def told(cells: Mapping[int, OldCell]) -> dict[int, OldCell]:
    """The cells of a row without noughts, which formulas give where nothing is entered."""
    return {column: cell for column, cell in cells.items() if cell.value != 0}


def is_figure(value: object) -> bool:
    """True for a date and for a number."""
    return isinstance(value, date | int | float) and not isinstance(value, bool)


def is_of_step(name: str) -> bool:
    """True for a field that says something of a step of an action."""
    return name in (*STEP_TEXTS, *STEP_FACTS) or name.startswith("milestones.")


def first_step(action: Record) -> Record:
    """What an action's own row says of its first step."""
    values = {name: value for name, value in action.values.items() if is_of_step(name)}
    cells = {name: cell for name, cell in action.cells.items() if is_of_step(name)}
    return Record(action.tab, action.row, values, cells, action.words)


def can_append(name: str, value: object, more: object) -> bool:
    """True if a text can be appended to the value of a field."""
    texts = isinstance(value, str) and isinstance(more, str)
    return texts and not name.endswith(ONE_VALUE) and len(str(value)) + len(str(more)) < LONGEST
