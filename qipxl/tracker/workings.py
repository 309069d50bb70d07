"""The workings of a tracker: every cleaned input, calculated value, rating and rule, as formulas on one hidden sheet.

Row n of a table's workings reads row n of the table by position, so that people can sort, filter and insert rows. The
input sheets hold only what people type and a few short columns that fetch their row from here. A tracker has workings for
the rows that it is issued with and a month's growth (`TableLine.rated_rows`); head office rates rows beyond them.

The sheet begins with two lists, of the rules and of the bands of ratings, by whose numbers the formulas below find a text.
Then the workings of all tables follow each other without a gap. On the left, in the same columns for every table, are the
rules that a row breaks, as one text, and how many the rows above break: the Checks sheet goes through them as through one list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

import numpy as np

from qipxl.returns.codes import CODES
from qipxl.rules import formula
from qipxl.rules.evaluate import TableRows
from qipxl.rules.expression import Array, Expression, quoted
from qipxl.rules.functions import Unreadable
from qipxl.rules.rulebook import FirstMatch
from qipxl.rules.schema import Column, used
from qipxl.template import SEVERITIES, Template
from qipxl.tracker.layout import TableLayout, WorkedOut
from qipxl.tracker.working_column import NUMBER, WorkingColumn
from qipxl.tracker.workings_cells import TableCells
from qipxl.tracker.written_out import WrittenOut
from qipxl.workbook.layout import WORKINGS, column_letters

COUNTED = {
    "actions": ("open_now", "update_due", "late_now", "late_unexplained", "agreed_due", "review_this_month"),
    "milestones": ("due_this_month",),
    "evidence": ("new_this_month",),
    "measurements": ("asked_this_month", "figure_missing"),
}
"""The calculated values that Start here counts or shows, by table."""
CHARTED = {"measurements": ("indicator", "month", "value")}
"""The columns that the charts read, by table, beside those that the sheet of figures shows."""
LETTERED = ("actions", "finished")
"""The tables whose rows Start here lists by the letter of their rating."""
OVERWRITTEN = "formula-overwritten"
OVERWRITTEN_SAYS = CODES[OVERWRITTEN].say.format(heading="This cell", more="")
SAY, SHEET, AT, COLUMN_NUMBER, KIND, TABLE, SEVERITY, CODE = range(1, 9)
"""The columns of the list of rules: what each says, the sheet, the heading of the cell it points at, the number of that cell's
column, the kind of value in that cell, the number of the table, the severity, the code."""
LAST_ROWS = 3
"""The number of rows at the end of those that a tracker rates that say how many are left, once they are used."""
PIECE = 8
"""The length of a broken rule in the text of a row: F, the number of its field, the letter of its severity, the number of the rule.
The numbers have three figures each."""
MARKS: dict[str, str] = dict(zip(SEVERITIES, "msi", strict=True))
"""The letter of each severity in the text of a row."""
MOST_BROKEN = 100_000
"""Fewer rules than this are broken of each severity. The numbers of all are held in one, as 12 00003 00001 for 12, 3 and 1."""
UNITS = [MOST_BROKEN**place for place in reversed(range(len(SEVERITIES)))]
"""What a broken rule of each severity adds to that number."""
LONGEST_PART = 4_000
"""The text of a row's broken rules is put together in several cells, if its formula would be longer than this."""
BROKEN, BEFORE, LABEL = range(3)
"""The columns (from 0) with the rules that a row breaks, with the number that all rows above break, and with the row's name."""
SPAN = re.compile(r"\$[A-Z]+\$\d+:\$[A-Z]+\$\d+")


@dataclass(frozen=True)
class RuleLine:
    """A line in the list of rules: its table, what a broken rule says, the heading of its cell, and how its piece begins."""

    table: str
    number: int
    code: str
    severity: str
    say: str
    at: str
    field: int
    when: Expression | WorkedOut

    @property
    def piece(self) -> str:
        """The rule in the text of a row that breaks it."""
        return f"{field_mark(self.field)}{MARKS[self.severity]}{self.number:03d}"


def broken_counts(text: str) -> list[int]:
    """The number of broken rules of each severity in the text of a row."""
    return [text.count(mark) for mark in MARKS.values()]


def count_of(numbers: str, severity: str) -> str:
    """The formula of how many rules of a severity (by its number, from 1) are broken, from a number that holds those of all."""
    unit = f"{MOST_BROKEN}^({len(SEVERITIES)}-{severity})"
    return f"INT(MOD({numbers},{unit}*{MOST_BROKEN})/{unit})"


def field_mark(field: int) -> str:
    """How the pieces of all rules at a field begin, by its number within its table."""
    return f"F{field:03d}"


class Workings:
    """The columns of workings that the trackers of a template need for a number of rows in each table, with their formulas."""

    def __init__(
        self,
        template: Template,
        layouts: Mapping[str, TableLayout],
        rated: Mapping[str, int],
        *,
        postpones: bool = False,
    ) -> None:
        self.layouts = layouts
        self.rules = template.rules
        self.rated = rated
        self.postpones = postpones
        self.by_key: dict[object, WorkingColumn] = {}
        self.by_table: dict[str, list[WorkingColumn]] = {key: [] for key in layouts}
        self.lines = list(rule_lines(template, layouts))
        self.ratings = [rating.decides for ratings in self.rules.ratings.values() for rating in ratings]
        self.first_rows = self.place_tables()
        self.cells = {key: TableCells(self, table) for key, table in self.rules.schema.tables.items()}
        self.broken: dict[str, WorkingColumn] = {}
        self.postponed: dict[str, list[WorkingColumn]] = {key: [] for key in layouts}
        self.next_index = dict.fromkeys(layouts, LABEL + 1)
        self.allocate()

    @property
    def first_rule(self) -> int:
        """The sheet row of the first line of the list of rules; above it are the titles of the columns of each table."""
        return len(self.layouts) + 2

    @property
    def first_band(self) -> int:
        """The sheet row of the first line of the list of bands."""
        return self.first_rule + len(self.lines) + 1

    @property
    def first_left(self) -> int:
        """The sheet row of the first of the texts that say how many rows are left."""
        return self.first_band + sum(len(decides.reasons()) for decides in self.ratings) + 1

    def place_tables(self) -> dict[str, int]:
        """The first sheet row of each table's workings."""
        rows = [self.rated[key] for key in self.layouts]
        return dict(zip(self.layouts, accumulate(rows, initial=self.first_left + LAST_ROWS + 1), strict=False))

    def allocate(self) -> None:
        """Add every column that the checks and ratings need, then render the formulas until none needs a further column."""
        for key, layout in self.layouts.items():
            first = self.rules.schema.tables[key].columns[layout.line.field[0].key]
            self.add_at(("clean", first), self.cells[key].make_clean(first), LABEL)
        for key in self.layouts:
            self.place_rules(key)
            if self.postpones:
                self.place_postponed(key)
        for key, layout in self.layouts.items():
            for fetched in reversed(layout.worked_out):
                self.cells[key].cell(fetched.column)
            for counted in self.counted(key):
                self.cells[key].cell(counted)
            if key in LETTERED:
                self.letters(key)
        rendered = 0
        while rendered < len(self.all_columns()):
            waiting = self.all_columns()
            for column in waiting:
                column.text = column.text or column.render()
            rendered = len(waiting)
        self.write_out()
        for column in self.all_columns():
            column.text = column.render()

    def write_out(self) -> None:
        """Write each column that is short, or that is read only once, into the formulas that read it; move the others together."""
        texts = "\n".join(column.text for column in self.all_columns())
        spans = set(SPAN.findall(texts))
        for key, columns in self.by_table.items():
            kept = {id(column) for column in self.kept(key)}
            free = [each for each in columns if id(each) not in kept and self.span(each) not in spans]
            WrittenOut(columns).write_out(free)
            self.by_table[key] = [column for column in columns if not column.written_out]
            moved = (column for column in self.by_table[key] if column.index > LABEL)
            for index, column in enumerate(sorted(moved, key=lambda column: column.index), LABEL + 1):
                column.index = index

    def kept(self, key: str) -> list[WorkingColumn]:
        """The columns of a table that other sheets or other parts of Workings read."""
        read = [each.column for each in self.layouts[key].worked_out] + self.counted(key)
        columns = self.rules.schema.tables[key].columns
        read += [columns[name] for name in CHARTED.get(key, ()) if name in columns]
        first = [column for column in self.by_table[key] if column.index <= LABEL]
        letters = [self.letters(key)] if key in LETTERED else []
        return [*first, *map(self.cells[key].column_of, read), *letters, *self.postponed[key]]

    def counted(self, key: str) -> list[Column]:
        """The calculated values of a table that Start here counts; a template may lack some."""
        columns = self.rules.schema.tables[key].columns
        return [columns[name] for name in COUNTED.get(key, ()) if name in columns]

    def letters(self, key: str) -> WorkingColumn:
        """The letter of each row's main rating."""
        rating = self.rules.main_rating(key)
        assert rating is not None
        letters = {state.word: state.letter for state in rating.states}
        words, shown = (";".join(map(quoted, texts)) for texts in (letters, letters.values()))

        def render() -> str:
            return f'IFERROR(INDEX({{{shown}}},MATCH({self.cells[key].cell(rating.column)},{{{words}}},0)),"")'

        def value(rows: TableRows) -> Array:
            return np.array([letters.get(str(word), "") for word in rows.values(rating.column)], object)

        return self.find_or_add(("letter", key), lambda: WorkingColumn(key, "Letter", "text", render, value))

    def all_columns(self) -> list[WorkingColumn]:
        """Every column of workings, table by table."""
        return [column for columns in self.by_table.values() for column in columns]

    def place_rules(self, key: str) -> None:
        """Add the text of the rules that a row breaks, most important first, then the message of the first of them.

        The text is put together in several columns if it is long. Overwritten formulas come last, in a column of their own, because
        the Check that is fetched from here may be one of them.
        """
        lines = [line for line in self.lines if line.table == key]
        overwritten = [line for line in lines if isinstance(line.when, WorkedOut)]
        ruled = [line for line in lines if isinstance(line.when, Expression)]
        parts: list[list[RuleLine]] = [[]]
        length = 0
        for line in sorted(ruled, key=lambda line: SEVERITIES.index(line.severity)):
            length += len(self.condition(line))
            if length > LONGEST_PART:
                parts.append([])
                length = 0
            parts[-1].append(line)
        before: WorkingColumn | None = None
        for number, part in enumerate([part for part in parts if part]):
            before = self.find_or_add((key, "broken", number), partial(self.make_broken, key, part, before))
        self.broken[key] = self.add_at((key, "broken", "all"), self.make_broken(key, overwritten, before), BROKEN)
        check = self.rules.checks[key]
        self.find_or_add((key, check), lambda: self.make_check(key, check, before))

    def make_broken(self, key: str, lines: list[RuleLine], before: WorkingColumn | None) -> WorkingColumn:
        """The pieces of those of some rules that a row breaks, after those `before`."""
        row_used = used(key)

        def render() -> str:
            start = [before.cell()] if before else []
            pieces = "&".join([*start, *(f'IF({self.condition(line)},"{line.piece}","")' for line in lines)])
            return f'IF({self.cells[key].cell(row_used)},{pieces},"")'

        def value(rows: TableRows) -> Array:
            """A tracker is issued with all its formulas, so none is overwritten."""
            text = before.value(rows) if before else np.full(rows.length, "", object)
            text = text.copy()
            for line in lines:
                if isinstance(line.when, Expression):
                    text[rows.value_of(line.when) & rows.values(row_used)] += line.piece
            return text

        return WorkingColumn(key, "Rules broken", "text", render, value)

    def place_postponed(self, key: str) -> None:
        """Add the numbers of rules that a row will break in later months of a plan that was taken over, in parts if they are long."""
        parts: list[list[Expression]] = [[]]
        length = 0
        for rule in self.rules.rules[key]:
            if rule.postponed is not None:
                length += len(self.cells[key].scalar(rule.postponed))
                if length > LONGEST_PART:
                    parts.append([])
                    length = 0
                parts[-1].append(rule.postponed)
        for number, part in enumerate([part for part in parts if part]):
            column = self.find_or_add((key, "postponed", number), partial(self.make_postponed, key, part))
            self.postponed[key].append(column)

    def make_postponed(self, key: str, conditions: list[Expression]) -> WorkingColumn:
        """How many of these conditions are true of a row in use."""
        row_used = used(key)

        def render() -> str:
            true = "+".join(f"IF({self.cells[key].scalar(condition)},1,0)" for condition in conditions)
            return f"IF({self.cells[key].cell(row_used)},{true},0)"

        def value(rows: TableRows) -> Array:
            true = np.sum([rows.value_of(condition) for condition in conditions], axis=0)
            return np.where(rows.values(row_used), true, 0).astype(float)

        return WorkingColumn(key, "Asked later", "number", render, value)

    def condition(self, line: RuleLine) -> str:
        """The formula of whether a row breaks a rule."""
        cells = self.cells[line.table]
        if isinstance(line.when, WorkedOut):
            raw = f"INDEX({self.layouts[line.table].name}[{line.at}],{NUMBER})"
            return f'AND(NOT(_xlfn.ISFORMULA({raw})),IFERROR({raw}<>"",TRUE))'
        if isinstance(line.when, Unreadable) and ("unreadable", line.when.of.column) not in self.by_key:
            return cells.unreadable_text(line.when.of.column)
        return cells.scalar(line.when)

    def make_check(self, key: str, check: Column, broken: WorkingColumn | None) -> WorkingColumn:
        """The message of the first rule that a row breaks; without one, how many rows are left, if these are the last."""

        def render() -> str:
            words = f"$A${self.first_rule}:$A${self.first_rule + len(self.lines) - 1}"
            left = '""'
            if self.rated[key] < self.layouts[key].line.rows:
                last = f"$A${self.first_left}:$A${self.first_left + LAST_ROWS - 1}"
                in_use = self.cells[key].cell(used(key))
                to_last = f"{self.last_row(key)}-ROW()"
                left = f'IF(AND({in_use},{to_last}<{LAST_ROWS}),INDEX({last},{to_last}+1),"")'
            if broken is None:
                return left
            text = broken.cell()
            return f'IF({text}="",{left},INDEX({words},VALUE(MID({text},{PIECE - 2},3))))'

        return WorkingColumn(key, check.heading, "text", render, lambda rows: rows.values(check))

    def add_at(self, key: object, column: WorkingColumn, index: int) -> WorkingColumn:
        """Add a column at a given position."""
        column.index = index
        self.by_key[key] = column
        self.by_table[column.table].append(column)
        return column

    def find_or_add(self, key: object, make: Callable[[], WorkingColumn]) -> WorkingColumn:
        """The column with a key; if there is none, it is made and added at the next position of its table."""
        if key not in self.by_key:
            column = make()
            self.add_at(key, column, self.next_index[column.table])
            self.next_index[column.table] += 1
        return self.by_key[key]

    def rows(self, key: str) -> int:
        """The number of rows of workings that a table has."""
        return self.rated[key]

    def first_row(self, key: str) -> int:
        """The sheet row of a table's first row of workings."""
        return self.first_rows[key]

    def last_row(self, key: str) -> int:
        return self.first_row(key) + self.rows(key) - 1

    @property
    def top(self) -> int:
        """The first sheet row of the workings of all tables."""
        return min(self.first_rows.values())

    @property
    def bottom(self) -> int:
        """The first sheet row below the workings of all tables."""
        return max(self.last_row(key) for key in self.layouts) + 2

    def band_span(self, decides: FirstMatch, column: int) -> str:
        """The words (column 0) or the reasons (column 1) of a rating's bands, on the list of bands."""
        before = self.ratings[: next(index for index, each in enumerate(self.ratings) if each is decides)]
        first = self.first_band + sum(len(each.reasons()) for each in before)
        letters = column_letters(column)
        return f"${letters}${first}:${letters}${first + len(decides.reasons()) - 1}"

    def span(self, column: WorkingColumn) -> str:
        """All rows of a column of workings, such as $K$8:$K$77."""
        letters = column.letters()
        return f"${letters}${self.first_row(column.table)}:${letters}${self.last_row(column.table)}"

    def column_span(self, key: str, column: Column) -> str:
        """The span of a table's column, as another sheet refers to it."""
        return f"{WORKINGS}!{self.span(self.cells[key].column_of(column))}"

    def shown_span(self, key: str, name: str) -> str:
        """The span of a calculated value that a table's sheet shows, as another sheet refers to it."""
        shown = next(each.column for each in self.layouts[key].worked_out if each.key == name)
        return self.column_span(key, shown)

    def broken_span(self, key: str) -> str:
        """The broken rules of a table in all rows, as another sheet refers to them."""
        return f"{WORKINGS}!{self.span(self.broken[key])}"

    def mistakes(self) -> list[str]:
        """A sentence for each formula that is too long for Excel."""
        return [
            f"{column.table}, {column.title}: its formula has {len(column.text):,} characters, and Excel takes 8,192. "
            "Split it with a calculated field."
            for column in self.all_columns()
            if len(column.text) > formula.LONGEST
        ]


def rule_lines(template: Template, layouts: Mapping[str, TableLayout]) -> Iterator[RuleLine]:
    """The list of rules: for each table its overwritten formulas, then its rules in order."""
    number = 0
    for key, layout in layouts.items():
        columns = {heading: index for index, heading in enumerate(layout.headings, 1)}
        for fetched in layout.worked_out:
            number += 1
            says, field = OVERWRITTEN_SAYS, columns[fetched.heading]
            yield RuleLine(key, number, OVERWRITTEN, SEVERITIES[0], says, fetched.heading, field, fetched)
        for rule in template.rules.rules[key]:
            number += 1
            yield RuleLine(
                key, number, rule.code, rule.severity, rule.say, rule.at.heading, columns[rule.at.heading], rule.when
            )


def shown_name(key: str, column: Column) -> str:
    """The defined name by which a sheet fetches a column of its table's workings, such as qip_actions_delivery."""
    return f"qip_{key}_{column.key.removesuffix('_label')}"
