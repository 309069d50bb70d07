"""Old table + its lines of the mapping → records: what each row says field by field, and what became of every cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from qipxl.adopting.finding import OldColumn, OldTable
from qipxl.adopting.mapping import SERVICE, TableLines
from qipxl.adopting.sheets import OldCell, OldTab
from qipxl.opening.cells import CellError, cell_words
from qipxl.opening.headings import fold

IDENTITY: Mapping[str, tuple[str, ...]] = {
    "actions": ("actions.ref", "actions.issue"),
    "milestones": ("milestones.ref", "milestones.milestone"),
    "evidence": ("evidence.ref", "evidence.description"),
    "indicators": ("indicators.ref", "indicators.indicator"),
    "measurements": ("measurements.indicator", "measurements.month"),
}
"""The fields by which a row is one of its own; one without any of them goes on with the row above."""
FOOT = re.compile(
    r"(sub-?\s?)?total|overall|signed?\b|signature|prepared by|completed by|reviewed by|notes?\b|key\b|n\.?b\.?\b|end of"
)
"""How a row below, or between, the actions begins that is none."""
FEW = 3
"""A row of totals or a signature fills no more cells."""
CellPlace = tuple[str, int, int]
"""A cell's tab, row and column."""


@dataclass(frozen=True)
class Fate:
    """What became of a cell: where it was carried to, or why it was not."""

    carried: bool
    words: str


@dataclass(frozen=True)
class Over:
    """Something of a record for which a tracker has no field: the heading it stood under, what it said, and where."""

    heading: str
    said: str
    where: str


@dataclass
class Record:
    """One row of the tracker to be: its raw values by field, its months, whose it is, and what has no field.

    `cells` are those the values stand in, `words` what old words mean (see `TableLines`).
    """

    tab: str
    row: int
    values: dict[str, object] = field(default_factory=dict)
    cells: dict[str, OldCell] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    months: dict[date, OldCell] = field(default_factory=dict)
    service: str = ""
    over: list[Over] = field(default_factory=list)

    @property
    def where(self) -> str:
        return f"{self.tab}!{self.row + 1}:{self.row + 1}"


@dataclass
class Aside:
    """A row that was not carried as one, and why."""

    tab: str
    row: int
    why: str
    said: str


@dataclass
class Account:
    """What became of every cell of a workbook, and the rows that were set aside."""

    fates: dict[CellPlace, Fate] = field(default_factory=dict)
    asides: list[Aside] = field(default_factory=list)

    def carried(self, tab: str, cell: OldCell, to: str) -> None:
        self.fates[tab, cell.row, cell.column] = Fate(True, to)

    def left(self, tab: str, cell: OldCell, why: str) -> None:
        self.fates.setdefault((tab, cell.row, cell.column), Fate(False, why))

    def aside(self, tab: str, row: int, cells: Mapping[int, OldCell], why: str) -> None:
        """Set a row aside, with every cell of it."""
        said = " | ".join(cell_words(cells[column].value) for column in sorted(cells))
        self.asides.append(Aside(tab, row, why, said))
        for cell in cells.values():
            self.left(tab, cell, why)


def records_of(table: OldTable, lines: TableLines, account: Account) -> list[Record]:
    """The records of a table's body, in order."""
    return RowReader(table, lines, account).records()


class RowReader:
    """Reads the rows of one table from the top, one after another: what a row is depends on those above it."""

    def __init__(self, table: OldTable, lines: TableLines, account: Account) -> None:
        self.table, self.lines, self.account = table, lines, account
        fields = lines.fields
        self.columns = {each.column: each for each in table.columns}
        self.fields = {each.column: fields.get(fold(each.heading), "") for each in table.columns if each.heading}
        self.identity = [
            column for column, name in self.fields.items() if name in IDENTITY.get(lines.into, ()) and name
        ]
        self.made: list[Record] = []
        self.section: OldCell | None = None

    @property
    def tab(self) -> OldTab:
        return self.table.tab

    def records(self) -> list[Record]:
        rows = list(self.table.rows.items())
        full = [row for row, cells in rows if len(cells) > 1 and not self.is_heading(cells)]
        last = max(full, default=-1)
        for row, cells in rows:
            if self.is_heading(cells):
                self.account.aside(self.tab.title, row, cells, "the headings again")
            elif self.is_section(row, cells, last):
                self.begin_section(cells)
            elif self.is_foot(row, cells, last):
                self.account.aside(self.tab.title, row, cells, "a total, a note or a signature")
            elif self.goes_on(row, cells):
                self.go_on(row, cells)
            else:
                self.made.append(self.record(row, cells))
        return self.made

    def is_heading(self, cells: Mapping[int, OldCell]) -> bool:
        said = [
            fold(cell_words(cell.value)) == fold(self.columns[column].heading)
            for column, cell in cells.items()
            if column in self.columns
        ]
        return len(said) > 1 and all(said)

    def is_section(self, row: int, cells: Mapping[int, OldCell], last: int) -> bool:
        """A row with one short text, merged over others or set off, above rows of its own."""
        if len(cells) != 1 or row > last:
            return False
        (column, cell), *_ = cells.items()
        text = cell_words(cell.value)
        if not isinstance(cell.value, str) or len(text) > 90:
            return False
        reach = self.tab.merged.get((row, column), (row, column))[1]
        set_off = cell.bold or bool(cell.fill) or (text.isupper() and len(text) > 3)
        return reach > column or (set_off and column <= self.table.columns[0].column + 1)

    def begin_section(self, cells: Mapping[int, OldCell]) -> None:
        (self.section,) = cells.values()
        self.account.left(self.tab.title, self.section, "a heading between the rows, with no row below it")

    def is_foot(self, row: int, cells: Mapping[int, OldCell], last: int) -> bool:
        first = fold(cell_words(cells[min(cells)].value))
        identified = any(column in cells for column in self.identity)
        if row > last and len(cells) == 1 and (min(cells) <= self.table.columns[0].column + 1 or not self.made):
            return True
        return bool(FOOT.match(first)) and len(cells) <= FEW and (not identified or min(cells) in self.identity)

    def goes_on(self, row: int, cells: Mapping[int, OldCell]) -> bool:
        """True for a row that goes on with the one above: nothing in it says that it is one of its own."""
        if not self.made or not self.identity or self.lines.rows == "own":
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
        if self.section is not None and self.lines.sections and self.lines.sections not in made.values:
            made.values[self.lines.sections] = self.section.value
            self.account.carried(self.tab.title, self.section, self.lines.sections)
        elif self.section is not None:
            self.over(made, "(heading above)", self.section)
        self.strike(made, cells)
        return made

    def put(self, made: Record, column: OldColumn, cell: OldCell) -> None:
        """A cell into its field, its month, or what has no field."""
        name = self.fields.get(column.column, "")
        title = self.tab.title
        if isinstance(cell.value, CellError):
            self.account.left(title, cell, "a formula that gives an error, or that nobody worked out")
        elif name == SERVICE:
            made.service = cell_words(cell.value)
            self.account.carried(title, cell, "whose the row is")
        elif column.month is not None and self.lines.into == "indicators":
            made.months[column.month] = cell
        elif name and name not in made.values:
            made.values[name] = cell.value
            made.cells[name] = cell
            self.account.carried(title, cell, name)
        elif name and isinstance(cell.value, str):
            made.values[name] = f"{made.values[name]}\n{cell.value}"
            self.account.carried(title, cell, name)
        else:
            self.over(made, column.heading or f"(column {cell.address.rstrip('0123456789')})", cell)

    def over(self, made: Record, heading: str, cell: OldCell) -> None:
        made.over.append(Over(heading, cell_words(cell.value), f"{self.tab.title}!{cell.address}"))
        self.account.carried(self.tab.title, cell, "Carried over")

    def add_beside(self, made: Record, column: OldColumn, row: int) -> None:
        """What a cell says without a word: by its colour, where somebody has said what it means, and by its comment."""
        cell = self.tab.cells.get((row, column.column))
        if cell is None:
            return
        where = f"{self.tab.title}!{cell.address}"
        if cell.comment:
            made.over.append(Over(f"{column.heading} (comment)".strip(), cell.comment, where))
        if cell.fill and not cell.filled and column.heading:
            name = self.fields.get(column.column) or "actions.status"
            means = self.lines.colours.get(name, {}).get(cell.fill)
            if means:
                made.values.setdefault(name, means)
            elif means is not None:
                made.over.append(Over(f"{column.heading} (colour)", f"coloured {cell.fill}", where))

    def strike(self, made: Record, cells: Mapping[int, OldCell]) -> None:
        """A row that is struck through: its Status, where somebody has said which."""
        if sum(cell.struck for cell in cells.values()) * 2 <= len(cells):
            return
        status, meant = made.values.get("actions.status"), self.lines.struck
        if not meant or (status is not None and status != meant):
            said = (
                "The row is struck through." if not meant else f"The row is struck through; its Status said {status}."
            )
            made.over.append(Over("(struck through)", said, made.where))
        if meant:
            made.values["actions.status"] = meant

    def go_on(self, row: int, cells: Mapping[int, OldCell]) -> None:
        """Add a row to the record above: texts below one another, anything else where nothing stands yet."""
        above = self.made[-1]
        for column, cell in cells.items():
            each = self.columns.get(column) or OldColumn(column, "")
            name = self.fields.get(column, "")
            said = above.values.get(name)
            if (
                name
                and said is not None
                and not (isinstance(said, str) and isinstance(cell.value, str) and is_text(name))
            ):
                self.over(above, each.heading, cell)
            else:
                self.put(above, each, cell)
            self.add_beside(above, each, row)


ONE_VALUE = (".ref", ".owner", ".status", ".due", "_on", "_by", ".start", ".accountable_lead", ".owner_role")
"""How the names of fields end that hold one thing, so that two texts are not one below the other."""


def is_text(name: str) -> bool:
    return not name.endswith(ONE_VALUE)


def leftovers(tab: OldTab, account: Account, reasons: Mapping[int, str]) -> Iterator[tuple[OldCell, Fate]]:
    """Every cell of a tab that holds something and was not carried, with why; `reasons` are those of whole rows."""
    for row, cells in tab.rows.items():
        for column, cell in cells.items():
            fate = account.fates.get((tab.title, row, column))
            if fate is None:
                fate = Fate(False, reasons.get(row, "above, beside or below the tables"))
            if not fate.carried:
                yield cell, fate
