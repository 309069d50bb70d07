"""Checks: every problem of every row of every table, what must be fixed first, each with a link to its cell.

The list is made of plain formulas that work in every spreadsheet program. On Workings, line k finds its problem from line
k-1: the next rule that the same row breaks, else the next row that breaks one, else the first row with a problem of the
next severity. The Checks sheet then says in words what stands there.
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
from qipxl.text import number_text
from qipxl.tracker.content import Tracker
from qipxl.tracker.working_column import AT, HEADINGS, KIND, PLACE, WORD
from qipxl.tracker.workings import Workings
from qipxl.workbook import layout
from qipxl.workbook.buttons import write_buttons
from qipxl.workbook.layout import FIRST_ROW, HEADING_ROW, column_letters
from qipxl.workbook.writer import Sheet, WorkbookWriter, cell_text, row_height

LISTED = 300
"""How many problems the Checks sheet lists."""
WIDTHS = {
    "No": 6,
    "Severity": 15,
    "Sheet": 18,
    "Row called": 13,
    "Heading": 22,
    "Found": 26,
    "What to put right": 70,
    "Go there": 11,
}
BESIDE_TITLE = 110
"""Pixels from the left edge at which the buttons begin."""
GONE_TO = 6
"""The column in whose first cell the button remembers the problem gone to."""
LONG_TEXT = 80
"""A text longer than this is not repeated on the Checks sheet."""
SEARCH = ("in the row", "same severity", "severity", "row", "column", "table", "sheet row", "sheet column", "cell")
"""The columns on Workings by which a line finds its problem, A to I."""


@dataclass(frozen=True)
class Place:
    """Where on Workings a problem stands: its severity (from 1), its row, its column (from 1); 0 for none."""

    severity: int = 0
    row: int = 0
    column: int = 0


@dataclass(frozen=True)
class Line:
    """A problem as it is listed: where it stands, on Workings and on its own sheet, and what it is about.

    `table` counts tables from 1; `cell` is what stands in the cell, as it was put there.
    """

    place: Place
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
    """The defined name of how many problems of a severity there are."""
    return f"qip_problems_{severity.replace(' ', '_')}"


def problem_counts(workings: Workings, book: Book) -> list[int]:
    """How many problems of each severity there are."""
    return [
        sum(int(workings.counts[key][place].value(book.tables[key]).sum()) for key in workings.layouts)
        for place in range(len(SEVERITIES))
    ]


def problems(tracker: Tracker, book: Book) -> Iterator[Line]:
    """Every problem in the order they are listed: by severity, then table, row and rule."""
    workings = tracker.workings
    for number, area in enumerate(workings.areas, 1):
        for table, (key, place) in enumerate(workings.layouts.items(), 1):
            pairs = zip(workings.checks[key], workings.rules.rules[key], strict=True)
            rules = {slot.index: (slot, rule) for slot, rule in pairs if area.start <= slot.index <= area.end}
            if not rules:
                continue
            order = sorted(rules)
            rows = book.tables[key]
            broken = np.column_stack([rules[index][0].value(rows) for index in order])
            labels = rows.values(workings.rules.schema.tables[key].columns[place.line.field[0].key])
            typed = tracker.rows.get(key, ())
            for row, column in np.argwhere(broken):
                slot, rule = rules[order[column]]
                field = place.line.field_named(rule.at.key)
                yield Line(
                    Place(number, workings.first_row(key) + int(row), slot.index + 1),
                    table,
                    place.line.sheet,
                    FIRST_ROW + int(row),
                    place.index(field.key) + 1,
                    str(labels[row]),
                    rule.at.heading,
                    field.type,
                    rule.say,
                    typed_in(typed[row].get(field.key)) if row < len(typed) else "",
                )


def serial(day: date) -> float:
    """A day, or a moment, as the number that its cell holds."""
    if not isinstance(day, datetime):
        return day_number(day)
    midnight = datetime(day.year, day.month, day.day)
    return day_number(day.date()) + (day - midnight) / timedelta(days=1)


def typed_in(value: object) -> object:
    """A value as its cell holds it."""
    if value is None:
        return ""
    return cell_text(value) if isinstance(value, str) else value


def top_of_search(workings: Workings) -> int:
    """The sheet row, on Workings, of the headings of the search."""
    return workings.bottom + len(workings.layouts) + 4


def write_search(writer: WorkbookWriter, sheet: Sheet, tracker: Tracker, book: Book) -> None:
    """Below the workings: where each table's begin, how many problems there are, and the search for each line."""
    workings, plain = tracker.workings, writer.format()
    write_tables(writer, sheet, workings)
    totals = workings.bottom + len(workings.layouts) + 1
    counts = problem_counts(workings, book)
    for place, (area, count) in enumerate(zip(workings.areas, counts, strict=True)):
        letters, own = column_letters(workings.label_index + 1 + place), column_letters(place)
        sheet.formula(totals - 1, place, f"SUM({letters}$1:{letters}${workings.bottom - 1})", plain, count)
        sheet.formula(totals, place, f"({own}{totals}>0)", plain, count > 0)
        writer.book.define_name(count_name(area.severity), f"={layout.WORKINGS}!${own}${totals}")
    sheet.write_boolean(totals, len(workings.areas), False, plain)
    counted = f"SUM($A${totals}:${column_letters(len(workings.areas) - 1)}${totals})"
    sheet.formula(totals - 1, len(workings.areas), counted, plain, sum(counts))
    writer.book.define_name("qip_total", f"={layout.WORKINGS}!${column_letters(len(workings.areas))}${totals}")
    search = Search(workings, totals + 1, top_of_search(workings))
    for index, name in enumerate(SEARCH):
        sheet.write_string(search.top - 1, index, name, plain)
    found: list[Line | None] = list(islice(problems(tracker, book), LISTED))
    found += [None] * (LISTED - len(found))
    for number, (before, line) in enumerate(zip([None, *found], found, strict=False)):
        for index, (formula, value) in enumerate(search.line(number, before, line)):
            sheet.formula(search.top + number, index, formula, plain, value)


def write_tables(writer: WorkbookWriter, sheet: Sheet, workings: Workings) -> None:
    """For each table: the first row of its workings, its sheet's name, and the row its headings stand on."""
    plain = writer.format()
    for number, (key, place) in enumerate(workings.layouts.items()):
        row = workings.bottom - 1 + number
        sheet.put(row, 0, workings.tops[key], plain)
        sheet.write_string(row, 1, place.line.sheet, plain)
        heading = f"ROW({place.name}[[#Headers],[{place.line.field[0].heading}]])"
        sheet.formula(row, 2, heading, plain, HEADING_ROW)
    first, last = workings.bottom, workings.bottom + len(workings.layouts) - 1
    for name, letters in (("qip_tops", "A"), ("qip_sheets", "B"), ("qip_heading_rows", "C")):
        writer.book.define_name(name, f"={layout.WORKINGS}!${letters}${first}:${letters}${last}")
    end = column_letters(workings.areas[-1].end)
    writer.book.define_name("qip_rules", f"={layout.WORKINGS}!$A$1:${end}${workings.bottom - 1}")
    label = column_letters(workings.label_index)
    for key, place in workings.layouts.items():
        rows = HEADING_ROW + workings.rows(key)
        writer.book.define_name(f"qip_sheet_{key}", f"='{place.line.sheet}'!$1:${rows}")
    writer.book.define_name("qip_labels", f"={layout.WORKINGS}!${label}$1:${label}${workings.bottom - 1}")


@dataclass(frozen=True)
class Search:
    """The formulas by which line after line finds its problem; `has` is the row that says which severities there are."""

    workings: Workings
    has: int
    top: int

    def line(self, number: int, before: Line | None, line: Line | None) -> Iterator[tuple[str, object]]:
        """The formula and the value of each column of SEARCH, for the line of that number, counted from 0."""
        row = self.top + 1 + number
        last, place = (each.place if each else Place() for each in (before, line))
        same_severity = place.severity == last.severity and place.row > 0
        same_row = same_severity and place.row == last.row
        starts, ends = (self.choose(each) for each in self.edges())
        has = f"$A${self.has}:${column_letters(len(self.workings.areas))}${self.has}"
        severities, bottom, flags = len(self.workings.areas), self.workings.bottom - 1, self.flags()
        if number == 0:
            yield "0", 0
            yield "0", 0
            yield f"IFERROR(MATCH(TRUE,{has},0),0)", place.severity
        else:
            s, r, c = (f"{letters}{row - 1}" for letters in "CDE")
            end = ends.format(s)
            right = f"INDEX(qip_rules,{r},{c}+1):INDEX(qip_rules,{r},{end})"
            yield f"IF({s}=0,0,IF({c}>={end},0,IFERROR({c}+MATCH(TRUE,{right},0),0)))", place.column if same_row else 0
            below = f"INDEX({flags},{r}+1,{s}):INDEX({flags},{bottom},{s})"
            found = f"IF({r}>={bottom},0,IFERROR({r}+MATCH(TRUE,{below},0),0))"
            yield f"IF({s}=0,0,IF(A{row}>0,{r},{found}))", place.row if same_severity else 0
            further = f"INDEX({has},{s}+1):INDEX({has},{severities + 1})"
            yield f"IF({s}=0,0,IF(B{row}>0,{s},IFERROR({s}+MATCH(TRUE,{further},0),0)))", place.severity
        yield f"IF(B{row}>0,B{row},IF(C{row}=0,0,MATCH(TRUE,INDEX({flags},0,C{row}),0)))", place.row
        start, end = starts.format(f"C{row}"), ends.format(f"C{row}")
        find = f"INDEX(qip_rules,D{row},{start}):INDEX(qip_rules,D{row},{end})"
        yield f"IF(A{row}>0,A{row},IF(D{row}=0,0,{start}-1+MATCH(TRUE,{find},0)))", place.column
        yield from self.cell(row, line)

    def cell(self, row: int, line: Line | None) -> Iterator[tuple[str, object]]:
        """Which table the problem is in, and where and what its cell is."""
        table = f"F{row}"
        yield f"IF(D{row}=0,0,MATCH(D{row},qip_tops,1))", line.table if line else 0
        from_top = f"D{row}-INDEX(qip_tops,{table})-{HEADINGS - 1}"
        yield f"IF({table}=0,0,{from_top}+INDEX(qip_heading_rows,{table}))", line.sheet_row if line else 0
        place = f"INDEX(qip_rules,INDEX(qip_tops,{table})+{PLACE - 1},E{row})"
        yield f"IF({table}=0,0,{place})", line.sheet_column if line else 0
        sheets = ",".join(f"qip_sheet_{key}" for key in self.workings.layouts)
        raw = f"INDEX(CHOOSE({table},{sheets}),G{row},H{row})"
        cell = line.cell if line else ""
        yield f'IF({table}=0,"",IF(ISBLANK({raw}),"",{raw}))', serial(cell) if isinstance(cell, date) else cell

    def edges(self) -> tuple[list[int], list[int]]:
        """The first and the last column of each severity's rules, counted from 1."""
        return [area.start + 1 for area in self.workings.areas], [area.end + 1 for area in self.workings.areas]

    def choose(self, numbers: list[int]) -> str:
        """One of three numbers, by the severity that is put in for {}."""
        return "CHOOSE({}," + ",".join(map(str, numbers)) + ")"

    def flags(self) -> str:
        """The columns that say of each row whether it breaks any rule of a severity."""
        first = self.workings.label_index + 1 + len(self.workings.areas)
        last = first + len(self.workings.areas) - 1
        return f"${column_letters(first)}$1:${column_letters(last)}${self.workings.bottom - 1}"


def write_checks(writer: WorkbookWriter, tracker: Tracker, book: Book) -> None:
    """The Checks sheet: how many problems there are, then one line for each."""
    about = "Everything there is to put right, what must be fixed first. It changes as you type."
    sheet = writer.sheet(layout.CHECKS, layout.CHECKS, about)
    for index, width in enumerate(WIDTHS.values()):
        sheet.set_column(index, index, width, writer.format(text_wrap=True))
    sheet.add_table(
        HEADING_ROW - 1,
        0,
        HEADING_ROW + LISTED - 1,
        len(WIDTHS) - 1,
        {
            "name": "tblChecks",
            "style": "Table Style Light 1",
            "columns": [{"header": heading} for heading in WIDTHS],
            "autofilter": False,
        },
    )
    heading = writer.format(bold=True, font_color="#FFFFFF", bg_color="#505050", border=1)
    for index, text in enumerate(WIDTHS):
        sheet.write_string(HEADING_ROW - 1, index, text, heading)
    found = list(islice(problems(tracker, book), LISTED))
    lines = CheckLines(tracker.workings)
    plain, wrapped = writer.format(align="left"), writer.format(text_wrap=True)
    link = writer.format(font_color="#12436D", underline=1)
    for number in range(LISTED):
        values: list[object] = [""] * len(WIDTHS)
        if number < len(found):
            values = lines.values(found[number], number)
        formats = [plain, plain, plain, plain, wrapped, wrapped, wrapped, link]
        for index, (formula, format, value) in enumerate(zip(lines.formulas(number), formats, values, strict=True)):
            sheet.formula(HEADING_ROW + number, index, formula, format, value)
        sheet.set_row(HEADING_ROW + number, row_height(zip(values, WIDTHS.values(), strict=True)))
    counts = problem_counts(tracker.workings, book)
    sheet.formula(2, 0, *counts_line(counts, writer))
    beyond = max(0, sum(counts) - LISTED)
    said = f"and {beyond} more" if beyond else ""
    last = HEADING_ROW + LISTED
    sheet.formula(last, 0, f'IF(qip_total>{LISTED},"and "&(qip_total-{LISTED})&" more","")', writer.format(), said)
    writer.book.define_name("qip_list", f"={layout.CHECKS}!$A${HEADING_ROW}:${column_letters(len(WIDTHS) - 1)}${last}")
    if tracker.buttons:
        write_buttons(sheet, 0, BESIDE_TITLE)
        sheet.write_blank(0, GONE_TO, None, writer.format(italic=True))
        writer.book.define_name("qip_at", f"={layout.CHECKS}!${column_letters(GONE_TO)}$1")
    sheet.freeze_panes(HEADING_ROW, 0)
    sheet.repeat_rows(HEADING_ROW - 1)
    sheet.print_area(0, 0, HEADING_ROW + max(10, len(found)) - (not beyond), len(WIDTHS) - 1)


def counts_line(counts: list[int], writer: WorkbookWriter) -> tuple[str, object, str]:
    """How many problems of each severity there are, and that not all are listed where there are too many."""
    names = [count_name(severity) for severity in SEVERITIES]
    said = "; ".join(f"{severity}: {count}" for severity, count in zip(SEVERITIES, counts, strict=True))
    parts = '&"; '.join(f'{severity}: "&{name}' for severity, name in zip(SEVERITIES, names, strict=True))
    cut = f". The first {LISTED} are listed."
    formula = f'"{parts}&IF(qip_total>{LISTED},"{cut}","")'
    return formula, writer.format(bold=True), said + (cut if sum(counts) > LISTED else "")


class CheckLines:
    """What the Checks sheet says on each line: the formulas, and the same worked out here."""

    def __init__(self, workings: Workings) -> None:
        self.workings = workings

    def formulas(self, number: int) -> list[str]:
        """The formula of each column, for the line of that number, counted from 0."""
        row = top_of_search(self.workings) + 1 + number
        severity, found, column, table, sheet_row, place, cell = (
            f"{layout.WORKINGS}!${letters}${row}" for letters in "CDEFGHI"
        )
        top = f"INDEX(qip_tops,{table})"

        def above(which: int) -> str:
            return f"INDEX(qip_rules,{top}+{which - 1},{column})"

        words = ",".join(f'"{each}"' for each in SEVERITIES)
        dated = f'TEXT({cell},"dd/mm/yyyy")'
        said = f'IF(AND({above(KIND)}="date",ISNUMBER({cell})),{dated},IF(LEN({cell})>{LONG_TEXT},"(a long text)",{cell}&""))'
        address = f"ADDRESS({sheet_row},{place},4)"
        shown = (
            str(number + 1),
            f"CHOOSE({severity},{words})",
            f"INDEX(qip_sheets,{table})",
            f"INDEX(qip_labels,{found})",
            above(AT),
            f'IFERROR({said},"an error value")',
            above(WORD),
            f'HYPERLINK("#\'"&INDEX(qip_sheets,{table})&"\'!"&{address},{address})',
        )
        return [f'IF({found}=0,"",{each})' for each in shown]

    def values(self, line: Line, number: int) -> list[object]:
        """What the formulas of that line give."""
        cell = line.cell
        if isinstance(cell, date) and line.kind == "date":
            said = f"{cell:%d/%m/%Y}"
        elif isinstance(cell, date):
            said = number_text(serial(cell))
        elif isinstance(cell, bool):
            said = str(cell).upper()
        elif isinstance(cell, int | float):
            said = number_text(cell)
        else:
            said = str(cell)
        said = "(a long text)" if len(said) > LONG_TEXT else said
        address = f"{column_letters(line.sheet_column - 1)}{line.sheet_row}"
        return [
            number + 1, SEVERITIES[line.place.severity - 1], line.sheet, line.label, line.heading, said, line.word, address,
        ]  # fmt: skip
