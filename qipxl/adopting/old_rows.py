"""Old table + its lines of the mapping → records: rows told apart, and each cell put where it belongs."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime, time

from qipxl.adopting.account import Account, Record, full_words
from qipxl.adopting.find_tables import OldColumn, OldTable
from qipxl.adopting.mapping import SERVICE, STATUS, TableLines
from qipxl.adopting.old_workbook import OldCell, OldTab, is_struck
from qipxl.returns.cell_values import LONGEST
from qipxl.text import as_text
from qipxl.workbook.cells import CellError
from qipxl.workbook.headings import fold

IDENTITY: Mapping[str, tuple[str, ...]] = {
    "actions": ("actions.ref", "actions.issue"),
    "milestones": ("milestones.ref", "milestones.milestone"),
    "evidence": ("evidence.ref", "evidence.description"),
    "indicators": ("indicators.ref", "indicators.indicator"),
    "measurements": ("measurements.indicator", "measurements.month"),
}
"""The fields by which a row is one of its own; one without any of them goes on with the row above."""
FOOT = re.compile(
    r"(?:(?:grand |sub-? ?)?totals?|overall|average|signed?|signature|prepared by|completed by|reviewed by|notes?|key|n\.?b\.?)"
    r"(?:\s*[:=]|\b(?! \w+ \w+ \w+))"
)
"""How a row that is no row of the table begins: a total, a signature, a note."""
ONE_VALUE = (".ref", ".owner", ".status", ".due", "_on", "_by", ".start", ".accountable_lead", ".owner_role", ".month")
"""How the names of fields end that hold one thing: two texts do not stand one below the other in them."""


def records_of(table: OldTable, lines: TableLines, account: Account, services: Collection[str] = ()) -> list[Record]:
    """The records of a table's body, in order; `services` are the names, as they are compared, that a heading between rows may be."""
    return RowReader(table, lines, account, services).records()


class RowReader:
    """Reads the rows of one table from the top, one after another: what a row is depends on those above it."""

    def __init__(self, table: OldTable, lines: TableLines, account: Account, services: Collection[str]) -> None:
        self.table, self.lines, self.account, self.services = table, lines, account, services
        fields = lines.fields
        self.columns = {each.column: each for each in table.columns}
        self.fields = {each.column: fields.get(fold(each.heading), "") for each in table.columns if each.heading}
        own = IDENTITY.get(lines.into, ())
        self.identity = [column for column, name in self.fields.items() if name in own]
        self.naming = [column for column in self.identity if not self.fields[column].endswith(".ref")]
        self.owners = [column for column, name in self.fields.items() if name == SERVICE]
        self.made: list[Record] = []
        self.section: OldCell | None = None
        self.service: OldCell | None = None

    @property
    def tab(self) -> OldTab:
        return self.table.tab

    def records(self) -> list[Record]:
        rows = list(self.table.rows.items())
        full = [row for row, cells in rows if len(cells) > 1 and not self.is_heading(cells)]
        self.last = max(full, default=-1)
        self.fills = {cell.fill for row in full for cell in self.table.rows[row].values()}
        for row, cells in rows:
            if self.is_heading(cells):
                self.account.aside(self.tab.title, row, cells, "the headings again")
            elif self.is_section(row, cells):
                self.begin_section(cells)
            elif self.is_foot(row, cells):
                self.account.aside(self.tab.title, row, cells, "a total, a note or a signature")
            elif self.goes_on(row, cells):
                self.go_on(row, cells)
            else:
                self.made.append(self.record(row, cells))
        return self.made

    def is_heading(self, cells: Mapping[int, OldCell]) -> bool:
        said = [
            fold(as_text(cell.value)) == fold(self.columns[column].heading)
            for column, cell in cells.items()
            if column in self.columns
        ]
        return len(said) > 1 and all(said)

    def is_section(self, row: int, cells: Mapping[int, OldCell]) -> bool:
        """A row with one short text, merged over others or set off from them, above rows of its own; or a service's name."""
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
        return reach > column or (set_off and column <= self.table.columns[0].column + 1)

    def begin_section(self, cells: Mapping[int, OldCell]) -> None:
        (cell,) = cells.values()
        self.account.left(self.tab.title, cell, "a heading between the rows, with no row below it")
        if fold(as_text(cell.value)) in self.services:
            self.service, self.section = cell, None
        else:
            self.section = cell

    def is_foot(self, row: int, cells: Mapping[int, OldCell]) -> bool:
        """A total, a signature or a note: it says so, and nothing beside it but figures; or it stands alone below all rows."""
        column = min(cells)
        others = [cell.value for place, cell in cells.items() if place != column]
        if FOOT.match(fold(as_text(cells[column].value))) and not any(isinstance(each, str) for each in others):
            return True
        if row <= self.last or others:
            return False
        attached = row - 1 in self.table.rows
        return not attached or not (column in self.naming or (self.made and self.fields.get(column)))

    def goes_on(self, row: int, cells: Mapping[int, OldCell]) -> bool:
        """True for a row that goes on with the one above: nothing in it says that it is one of its own, or another service's."""
        if not self.made or not self.identity or self.lines.rows == "own":
            return False
        said = [fold(as_text(cells[column].value)) for column in self.owners if column in cells]
        if any(each and each != fold(self.made[-1].service) for each in said):
            return False
        return not any(self.value_at(row, column) is not None for column in self.identity)

    def value_at(self, row: int, column: int) -> OldCell | None:
        """The cell at a place that holds something; under a merge the one that is merged over it, where that counts for all rows."""
        cell = self.tab.cells.get((row, column))
        if cell is not None and cell.filled:
            return cell
        first = self.tab.covered.get((row, column))
        if first is None or self.lines.merged == "first" or first[1] != column:
            return None
        over = self.tab.cells.get(first)
        return over if over is not None and over.filled else None

    def record(self, row: int, cells: Mapping[int, OldCell]) -> Record:
        made = Record(self.tab.title, row, words=self.lines.words)
        for column, each in self.columns.items():
            cell = self.value_at(row, column)
            if cell is not None:
                self.put(made, each, cell)
            self.add_beside(made, each, row)
        if self.lines.rows == "own" and self.made:
            for name in IDENTITY.get(self.lines.into, ()):
                if not name.endswith(".ref") and name in self.made[-1].values and name not in made.values:
                    made.values[name] = self.made[-1].values[name]
        self.place_under_headings(made)
        self.strike(made, cells)
        return made

    def place_under_headings(self, made: Record) -> None:
        """What the headings between the rows say of a record."""
        title = self.tab.title
        if self.service is not None and not made.service:
            made.service = as_text(self.service.value)
            self.account.carried(title, self.service, "whose the rows are")
        if self.section is None:
            return
        if self.lines.sections and self.lines.sections not in made.values:
            made.values[self.lines.sections] = self.section.value
            self.account.carried(title, self.section, self.lines.sections)
        else:
            self.over(made, "(heading above)", self.section)

    def put(self, made: Record, column: OldColumn, cell: OldCell) -> None:
        """A cell into its field, its month, or what has no field."""
        name, title = self.fields.get(column.column, ""), self.tab.title
        said = made.values.get(name) if name else None
        if isinstance(cell.value, CellError):
            self.account.left(title, cell, "a formula that gives an error, or that nobody worked out")
        elif name == SERVICE:
            made.service = as_text(cell.value)
            self.account.carried(title, cell, "whose the row is")
        elif column.month is not None and self.lines.into == "indicators" and column.month not in made.months:
            made.months[column.month] = cell
            self.account.carried(title, cell, "measurements")
        elif not name or len(as_text(cell.value)) > LONGEST:
            self.over(made, column.heading or f"(column {cell.address.rstrip('0123456789')})", cell)
        elif said is None:
            made.values[name], made.cells[name] = cell.value, cell
            self.account.carried(title, cell, name)
            if isinstance(cell.value, datetime) and cell.value.time() != time(0):
                made.beside(f"{column.heading} (with its time)", full_words(cell.value), f"{title}!{cell.address}")
        elif can_follow(name, said, cell.value):
            made.values[name] = f"{said}\n{cell.value}"
            self.account.carried(title, cell, name)
        else:
            self.over(made, column.heading, cell)

    def over(self, made: Record, heading: str, cell: OldCell) -> None:
        made.beside(heading, full_words(cell.value), f"{self.tab.title}!{cell.address}")
        self.account.carried(self.tab.title, cell, "Carried over")

    def add_beside(self, made: Record, column: OldColumn, row: int) -> None:
        """What a cell says without a word: by its comment, and by its colour, where somebody has said what that means."""
        cell = self.tab.cells.get((row, column.column))
        if cell is None:
            return
        where = f"{self.tab.title}!{cell.address}"
        if cell.comment:
            made.beside(f"{column.heading} (comment)".strip(), cell.comment, where)
            self.account.comments.add((self.tab.title, row, column.column))
        if cell.fill and not cell.filled and column.heading:
            name = self.fields.get(column.column) or STATUS
            means = self.lines.colours.get(column.heading, {}).get(cell.fill, "")
            if means and name not in made.values:
                made.values[name] = means
            elif column.heading in self.lines.colours:
                made.beside(f"{column.heading} (colour)", f"coloured {cell.fill}", where)

    def strike(self, made: Record, cells: Mapping[int, OldCell]) -> None:
        """A row that is struck through: its Status, where somebody has said which."""
        if not is_struck(cells):
            return
        status, meant = made.values.get(STATUS), self.lines.struck
        if not meant or (status is not None and status != meant):
            more = f" Its Status said {status}." if meant else ""
            made.beside("(struck through)", f"The row is struck through.{more}")
        if meant:
            made.values[STATUS] = meant

    def go_on(self, row: int, cells: Mapping[int, OldCell]) -> None:
        """Add a row to the record above: texts below one another, anything else where nothing stands yet."""
        above = self.made[-1]
        for column, cell in cells.items():
            each = self.columns.get(column) or OldColumn(column, "")
            self.put(above, each, cell)
            self.add_beside(above, each, row)


def can_follow(name: str, said: object, value: object) -> bool:
    """True where a text can stand below what a field holds already."""
    both = isinstance(said, str) and isinstance(value, str)
    return both and not name.endswith(ONE_VALUE) and len(str(said)) + len(str(value)) < LONGEST
