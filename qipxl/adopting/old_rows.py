"""Old table + its mapping → records: the rows are classified, and each cell is put into its field."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, time

from qipxl.adopting.account import CellAccount, Record, full_text
from qipxl.adopting.mapping import ISSUE, REF, RISK_REF, SERVICE, STATUS, TableMapping, coloured_field
from qipxl.adopting.old_tables import OldColumn, OldTable
from qipxl.adopting.old_workbook import OldCell, is_struck
from qipxl.adopting.row_kinds import IDENTITY_FIELDS, SAYS_NOTHING, STEP_TEXTS, RowKinds
from qipxl.returns.cell_values import LONGEST
from qipxl.text import as_text
from qipxl.workbook.cells import CellError
from qipxl.workbook.headings import fold

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
STEP_FACTS = ("actions.owner", "actions.due", "actions.status", "actions.completed_on")
"""The fields of an action that say by whom and when a step is done, and whether it is."""


class RowReader(RowKinds):
    """Makes records of the rows of one table; see RowKinds for `services`."""

    def __init__(self, table: OldTable, lines: TableMapping, account: CellAccount, services: Collection[str]) -> None:
        super().__init__(table, lines, services)
        self.account = account
        self.service: OldCell | None = None

    def records(self) -> list[Record]:
        """The records of the table, in order."""
        for row, cells in self.table.rows.items():
            if reason := self.set_apart(row, cells):
                self.account.set_aside(self.tab.title, row, cells, reason)
            elif self.is_section(row, cells):
                self.start_section(cells)
            elif reason := self.left_out(row, cells):
                self.section = None if reason == SAYS_NOTHING and len(cells) == 1 else self.section
                self.account.set_aside(self.tab.title, row, cells, reason)
            elif not self.continues_row_above(row, cells):
                self.built.append(self.record(row, cells))
            elif self.is_further_action(cells):
                self.built.append(self.further_action(row, cells))
            else:
                self.continue_row_above(row, cells)
        return self.built

    def start_section(self, cells: Mapping[int, OldCell]) -> None:
        (cell,) = cells.values()
        self.account.not_carried(self.tab.title, cell, "a heading between the rows, with no row below it")
        if fold(as_text(cell.value)) in self.services:
            self.service, self.section = cell, None
        else:
            self.section = cell

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
