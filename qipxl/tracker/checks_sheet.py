"""The sheet Checks: every problem of every row of every table, most important first, each with a link to its cell.

The list consists of plain formulas that work in every spreadsheet program. On Workings, line k finds its problem from line
k-1: the next rule that the same row breaks, else the next row that breaks one, else the first row with a problem of the
next severity. The Checks sheet shows each problem found in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

import numpy as np

from qipxl.rules.evaluate import Book
from qipxl.rules.expression import day_number
from qipxl.template import SEVERITIES
from qipxl.text import as_text, number_text
from qipxl.tracker.content import Tracker
from qipxl.tracker.working_column import AT, COLUMN_NUMBER, HEADINGS, KIND, WORD
from qipxl.tracker.workings import Workings
from qipxl.workbook import layout
from qipxl.workbook.buttons import write_buttons
from qipxl.workbook.layout import FIRST_ROW, HEADING_ROW, cell_address, column_letters
from qipxl.workbook.styles import BRAND, HEADING, LINK
from qipxl.workbook.writer import Sheet, WorkbookWriter, cell_text, row_height

LISTED = 300
"""The number of problems that the Checks sheet lists."""
WIDTHS = {
    "No": 6, "Go there": 11, "Severity": 15, "Sheet": 18, "Row called": 13, "Heading": 22, "Found": 26, "What to put right": 70,
}  # fmt: skip
MOST_IMPORTANT = 3
"""The number of problems above the line: they are put right first."""
BUTTONS_LEFT = 110
"""The left edge of the buttons, in pixels."""
CURRENT_COLUMN = 7
"""The column (from 0) whose first cell holds the problem that the button went to last."""
LONG_TEXT = 80
"""The Checks sheet does not repeat a text longer than this."""
SEARCH = ("in the row", "same severity", "severity", "row", "column", "table", "sheet row", "sheet column", "cell")
"""The columns A to I on Workings, by which a line finds its problem."""


@dataclass(frozen=True)
class ProblemPosition:
    """The position of a problem on Workings: its severity (from 1), its row, its column (from 1); 0 for none."""

    severity: int = 0
    row: int = 0
    column: int = 0


@dataclass(frozen=True)
class ProblemLine:
    """A listed problem: its position on Workings and on its own sheet, and what it is about.

    `table` is the number of the table, from 1; `cell` is the value of the cell, as it was typed.
    """

    position: ProblemPosition
    table: int
    sheet: str
    sheet_row: int
    sheet_column: int
    label: str
    heading: str
    kind: str
    word: str
    cell: object


def count_name(severity: str) -> str:
    """The defined name of the number of problems of a severity."""
    return f"qip_problems_{severity.replace(' ', '_')}"


def problem_counts(workings: Workings, book: Book) -> list[int]:
    """The number of problems of each severity."""
    return [
        sum(int(workings.counts[key][number].value(book.tables[key]).sum()) for key in workings.layouts)
        for number in range(len(SEVERITIES))
    ]


def problems(tracker: Tracker, book: Book) -> Iterator[ProblemLine]:
    """Every problem in the order of the list: by severity, then table, row and rule."""
    workings = tracker.workings
    for number, area in enumerate(workings.areas, 1):
        for table, (key, table_layout) in enumerate(workings.layouts.items(), 1):
            pairs = zip(workings.checks[key], workings.rules.rules[key], strict=True)
            rules = {flags.index: (flags, rule) for flags, rule in pairs if area.start <= flags.index <= area.end}
            if not rules:
                continue
            order = sorted(rules)
            rows = book.tables[key]
            broken = np.column_stack([rules[index][0].value(rows) for index in order])
            labels = rows.values(workings.rules.schema.tables[key].columns[table_layout.line.field[0].key])
            typed = tracker.rows.get(key, ())
            for row, column in np.argwhere(broken):
                flags, rule = rules[order[column]]
                field = table_layout.line.field_named(rule.at.key)
                yield ProblemLine(
                    ProblemPosition(number, workings.first_row(key) + int(row), flags.index + 1),
                    table,
                    table_layout.line.sheet,
                    FIRST_ROW + int(row),
                    table_layout.index(field.key) + 1,
                    str(labels[row]),
                    rule.at.heading,
                    field.type,
                    rule.say,
                    typed_value(typed[row].get(field.key)) if row < len(typed) else "",
                )


def serial(day: date) -> float:
    """A date, or a date with a time, as the serial number that its cell holds."""
    if not isinstance(day, datetime):
        return day_number(day)
    midnight = datetime(day.year, day.month, day.day)
    return day_number(day.date()) + (day - midnight) / timedelta(days=1)


def typed_value(value: object) -> object:
    """A typed value as its cell holds it."""
    return cell_text(value or "") if isinstance(value, str | None) else value


def top_of_search(workings: Workings) -> int:
    """The row on Workings of the headings of the search."""
    return workings.bottom + len(workings.layouts) + 4


def write_search(writer: WorkbookWriter, sheet: Sheet, tracker: Tracker, book: Book) -> None:
    """Below the workings: the position of each table's workings, the numbers of problems, and the search for each line."""
    workings, plain = tracker.workings, writer.format()
    write_tables(writer, sheet, workings)
    totals = workings.bottom + len(workings.layouts) + 1
    counts = problem_counts(workings, book)
    for index, (area, count) in enumerate(zip(workings.areas, counts, strict=True)):
        letters, total = column_letters(workings.label_index + 1 + index), column_letters(index)
        sheet.formula(totals - 1, index, f"SUM({letters}$1:{letters}${workings.bottom - 1})", plain, count)
        sheet.formula(totals, index, f"({total}{totals}>0)", plain, count > 0)
        writer.book.define_name(count_name(area.severity), f"={layout.WORKINGS}!${total}${totals}")
    sheet.write_boolean(totals, len(workings.areas), False, plain)
    counted = f"SUM($A${totals}:${column_letters(len(workings.areas) - 1)}${totals})"
    sheet.formula(totals - 1, len(workings.areas), counted, plain, sum(counts))
    writer.book.define_name("qip_total", f"={layout.WORKINGS}!${column_letters(len(workings.areas))}${totals}")
    search = ProblemSearch(workings, totals + 1, top_of_search(workings))
    for index, name in enumerate(SEARCH):
        sheet.write_string(search.top - 1, index, name, plain)
    found: list[ProblemLine | None] = list(islice(problems(tracker, book), LISTED))
    found += [None] * (LISTED - len(found))
    for number, (before, line) in enumerate(zip([None, *found], found, strict=False)):
        for index, (formula, value) in enumerate(search.line(number, before, line)):
            sheet.formula(search.top + number, index, formula, plain, value)


def write_tables(writer: WorkbookWriter, sheet: Sheet, workings: Workings) -> None:
    """For each table: the first row of its workings, the name of its sheet, and the row of its headings there."""
    plain = writer.format()
    for number, (key, table) in enumerate(workings.layouts.items()):
        row = workings.bottom - 1 + number
        sheet.put(row, 0, workings.heading_rows[key], plain)
        sheet.write_string(row, 1, table.line.sheet, plain)
        heading = f"ROW({table.name}[[#Headers],[{table.line.field[0].heading}]])"
        sheet.formula(row, 2, heading, plain, HEADING_ROW)
    first, last = workings.bottom, workings.bottom + len(workings.layouts) - 1
    for name, letters in (("qip_tops", "A"), ("qip_sheets", "B"), ("qip_heading_rows", "C")):
        writer.book.define_name(name, f"={layout.WORKINGS}!${letters}${first}:${letters}${last}")
    end = column_letters(workings.areas[-1].end)
    writer.book.define_name("qip_rules", f"={layout.WORKINGS}!$A$1:${end}${workings.bottom - 1}")
    label = column_letters(workings.label_index)
    for key, table in workings.layouts.items():
        rows = HEADING_ROW + workings.rows(key)
        writer.book.define_name(f"qip_sheet_{key}", f"='{table.line.sheet}'!$1:${rows}")
    writer.book.define_name("qip_labels", f"={layout.WORKINGS}!${label}$1:${label}${workings.bottom - 1}")


@dataclass(frozen=True)
class ProblemSearch:
    """The formulas by which each line finds its problem; `has` is the row that says which severities have problems."""

    workings: Workings
    has: int
    top: int

    def line(self, number: int, before: ProblemLine | None, line: ProblemLine | None) -> Iterator[tuple[str, object]]:
        """The formula and the value of each of SEARCH, for line `number` (from 0)."""
        row = self.top + 1 + number
        last, position = (shown.position if shown else ProblemPosition() for shown in (before, line))
        same_severity = position.severity == last.severity and position.row > 0
        same_row = same_severity and position.row == last.row
        starts = self.choose([area.start + 1 for area in self.workings.areas])
        ends = self.choose([area.end + 1 for area in self.workings.areas])
        has = f"$A${self.has}:${column_letters(len(self.workings.areas))}${self.has}"
        severities, bottom, flags = len(self.workings.areas), self.workings.bottom - 1, self.flags()
        if number == 0:
            yield "0", 0
            yield "0", 0
            yield f"IFERROR(MATCH(TRUE,{has},0),0)", position.severity
        else:
            s, r, c = (f"{letters}{row - 1}" for letters in "CDE")
            end = ends.format(s)
            right = f"INDEX(qip_rules,{r},{c}+1):INDEX(qip_rules,{r},{end})"
            in_row = f"IF({s}=0,0,IF({c}>={end},0,IFERROR({c}+MATCH(TRUE,{right},0),0)))"
            yield in_row, position.column if same_row else 0
            below = f"INDEX({flags},{r}+1,{s}):INDEX({flags},{bottom},{s})"
            found = f"IF({r}>={bottom},0,IFERROR({r}+MATCH(TRUE,{below},0),0))"
            yield f"IF({s}=0,0,IF(A{row}>0,{r},{found}))", position.row if same_severity else 0
            further = f"INDEX({has},{s}+1):INDEX({has},{severities + 1})"
            yield f"IF({s}=0,0,IF(B{row}>0,{s},IFERROR({s}+MATCH(TRUE,{further},0),0)))", position.severity
        yield f"IF(B{row}>0,B{row},IF(C{row}=0,0,MATCH(TRUE,INDEX({flags},0,C{row}),0)))", position.row
        start, end = starts.format(f"C{row}"), ends.format(f"C{row}")
        find = f"INDEX(qip_rules,D{row},{start}):INDEX(qip_rules,D{row},{end})"
        yield f"IF(A{row}>0,A{row},IF(D{row}=0,0,{start}-1+MATCH(TRUE,{find},0)))", position.column
        yield from self.cell(row, line)

    def cell(self, row: int, line: ProblemLine | None) -> Iterator[tuple[str, object]]:
        """The table of the problem, and the position and value of its cell."""
        table = f"F{row}"
        yield f"IF(D{row}=0,0,MATCH(D{row},qip_tops,1))", line.table if line else 0
        from_top = f"D{row}-INDEX(qip_tops,{table})-{HEADINGS - 1}"
        yield f"IF({table}=0,0,{from_top}+INDEX(qip_heading_rows,{table}))", line.sheet_row if line else 0
        column = f"INDEX(qip_rules,INDEX(qip_tops,{table})+{COLUMN_NUMBER - 1},E{row})"
        yield f"IF({table}=0,0,{column})", line.sheet_column if line else 0
        sheets = ",".join(f"qip_sheet_{key}" for key in self.workings.layouts)
        raw = f"INDEX(CHOOSE({table},{sheets}),G{row},H{row})"
        cell = line.cell if line else ""
        yield f'IF({table}=0,"",IF(ISBLANK({raw}),"",{raw}))', serial(cell) if isinstance(cell, date) else cell

    def choose(self, numbers: list[int]) -> str:
        """A formula for one of the numbers, by the severity that replaces {}."""
        return "CHOOSE({}," + ",".join(map(str, numbers)) + ")"

    def flags(self) -> str:
        """The columns that say whether each row breaks any rule of a severity."""
        first = self.workings.label_index + 1 + len(self.workings.areas)
        last = first + len(self.workings.areas) - 1
        return f"${column_letters(first)}$1:${column_letters(last)}${self.workings.bottom - 1}"


def write_checks(writer: WorkbookWriter, tracker: Tracker, book: Book) -> None:
    """The Checks sheet: the number of problems, then one line for each."""
    about = "What to put right, most important first. It updates as you type."
    sheet = writer.sheet(layout.CHECKS, layout.CHECKS, about)
    for index, width in enumerate(WIDTHS.values()):
        sheet.set_column(index, index, width, writer.format(text_wrap=True))
    columns = [{"header": heading} for heading in WIDTHS]
    table = {"name": "tblChecks", "style": "Table Style Light 1", "columns": columns, "autofilter": False}
    sheet.add_table(HEADING_ROW - 1, 0, HEADING_ROW + LISTED - 1, len(WIDTHS) - 1, table)
    heading = writer.format(**HEADING)
    for index, text in enumerate(WIDTHS):
        sheet.write_string(HEADING_ROW - 1, index, text, heading)
    found = list(islice(problems(tracker, book), LISTED))
    for number in range(LISTED):
        values = line_values(found[number], number) if number < len(found) else [""] * len(WIDTHS)
        style: dict[str, object] = {"bold": True} if number < MOST_IMPORTANT else {}
        style |= {"bottom": 2, "bottom_color": BRAND} if number == MOST_IMPORTANT - 1 else {}
        plain, wrapped = writer.format(**style, align="left"), writer.format(**style, text_wrap=True)
        formats = [plain, writer.format(**style, **LINK), plain, plain, plain, wrapped, wrapped, wrapped]
        formulas = line_formulas(tracker.workings, number)
        for index, (formula, format, value) in enumerate(zip(formulas, formats, values, strict=True)):
            sheet.formula(HEADING_ROW + number, index, formula, format, value)
        sheet.set_row(HEADING_ROW + number, row_height(zip(values, WIDTHS.values(), strict=True)))
    counts = problem_counts(tracker.workings, book)
    sheet.formula(2, 0, *counts_line(counts, writer))
    beyond = max(0, sum(counts) - LISTED)
    more = f"and {beyond} more" if beyond else ""
    last = HEADING_ROW + LISTED
    sheet.formula(last, 0, f'IF(qip_total>{LISTED},"and "&(qip_total-{LISTED})&" more","")', writer.format(), more)
    writer.book.define_name("qip_list", f"={layout.CHECKS}!$A${HEADING_ROW}:${column_letters(len(WIDTHS) - 1)}${last}")
    if tracker.buttons:
        write_buttons(sheet, 0, BUTTONS_LEFT)
        sheet.write_blank(0, CURRENT_COLUMN, None, writer.format(italic=True))
        writer.book.define_name("qip_at", f"={layout.CHECKS}!${column_letters(CURRENT_COLUMN)}$1")
    sheet.freeze_panes(HEADING_ROW, 0)
    sheet.repeat_rows(HEADING_ROW - 1)
    sheet.print_area(0, 0, HEADING_ROW + max(10, len(found)) - (not beyond), len(WIDTHS) - 1)


def counts_line(counts: list[int], writer: WorkbookWriter) -> tuple[str, object, str]:
    """The number of problems of each severity; if there are more than LISTED, it says so."""
    names = [count_name(severity) for severity in SEVERITIES]
    text = "; ".join(f"{severity}: {count}" for severity, count in zip(SEVERITIES, counts, strict=True))
    rest = sum(counts) - MOST_IMPORTANT
    first = f'"The three most important first, then "&(qip_total-{MOST_IMPORTANT})&" more. "'
    text = f"The three most important first, then {rest} more. {text}" if rest > 0 else text
    parts = '&"; '.join(f'{severity}: "&{name}' for severity, name in zip(SEVERITIES, names, strict=True))
    cut = f". The first {LISTED} are listed."
    formula = f'IF(qip_total>{MOST_IMPORTANT},{first},"")&"{parts}&IF(qip_total>{LISTED},"{cut}","")'
    return formula, writer.format(bold=True), text + (cut if sum(counts) > LISTED else "")


def line_formulas(workings: Workings, number: int) -> list[str]:
    """The formula of each column of the Checks sheet, for line `number` (from 0)."""
    row = top_of_search(workings) + 1 + number
    severity, found, column, table, sheet_row, sheet_column, cell = (
        f"{layout.WORKINGS}!${letters}${row}" for letters in "CDEFGHI"
    )
    kind, at, word = (f"INDEX(qip_rules,INDEX(qip_tops,{table})+{which - 1},{column})" for which in (KIND, AT, WORD))
    severities = ",".join(f'"{name}"' for name in SEVERITIES)
    dated = f'TEXT({cell},"dd/mm/yyyy")'
    value = f'IF(AND({kind}="date",ISNUMBER({cell})),{dated},IF(LEN({cell})>{LONG_TEXT},"(a long text)",{cell}&""))'
    address = f"ADDRESS({sheet_row},{sheet_column},4)"
    shown = (
        str(number + 1),
        f'HYPERLINK("#\'"&INDEX(qip_sheets,{table})&"\'!"&{address},{address})',
        f"CHOOSE({severity},{severities})",
        f"INDEX(qip_sheets,{table})",
        f"INDEX(qip_labels,{found})",
        at,
        f'IFERROR({value},"an error value")',
        word,
    )
    return [f'IF({found}=0,"",{formula})' for formula in shown]


def line_values(line: ProblemLine, number: int) -> list[object]:
    """The results of the formulas of line `number`, calculated in Python."""
    cell = line.cell
    if isinstance(cell, date) and line.kind != "date":
        cell = serial(cell)
    text = number_text(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else as_text(cell)
    text = "(a long text)" if len(text) > LONG_TEXT else text
    return [
        number + 1, cell_address(line.sheet_column - 1, line.sheet_row), SEVERITIES[line.position.severity - 1], line.sheet,
        line.label, line.heading, text, line.word,
    ]  # fmt: skip
