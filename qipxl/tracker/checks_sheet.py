"""The sheet Checks: every problem of every row of every table, most important first, each with a link to its cell.

The list consists of plain formulas that work in every spreadsheet program. On Workings each row has the text of the rules that
it breaks, and the numbers of rules that the rows above it break: by these line k finds its row, and in that row's text its
rule. The Checks sheet shows each problem found in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import islice

from xlsxwriter.format import Format

from qipxl.returns.asked_later import asked_when, later_words
from qipxl.rules.evaluate import Book
from qipxl.rules.expression import day_number, quoted
from qipxl.rules.terms import PLAN_MONTH
from qipxl.template import SEVERITIES, FieldLine
from qipxl.text import as_text, number_text
from qipxl.tracker.content import Tracker
from qipxl.tracker.printing import rows_on_first_page
from qipxl.tracker.workings import (
    AT,
    BEFORE,
    BROKEN,
    COLUMN_NUMBER,
    KIND,
    LABEL,
    MARKS,
    PIECE,
    SAY,
    SHEET,
    TABLE,
    RuleLine,
    Workings,
    broken_counts,
    count_of,
)  # fmt: skip
from qipxl.workbook import layout
from qipxl.workbook.buttons import write_buttons
from qipxl.workbook.layout import FIRST_ROW, HEADING_ROW, cell_address, column_letters
from qipxl.workbook.styles import BRAND, HEADING, LINK, RULE
from qipxl.workbook.writer import Sheet, WorkbookWriter, cell_text, row_height

MORE_LISTED, MOST_LISTED = 100, 300
"""How many problems the Checks sheet has room for beyond those of the day of issue, and the most that it lists."""
FOOT_ROWS = 120
"""The rows on Workings between the numbers of problems and the search: figures of charts, actions by letter, pasted months."""
WIDTHS = {
    "No": 5, "Go there": 9, "Severity": 12, "Sheet": 13, "Row called": 13, "Heading": 20, "Found": 18, "What to put right": 66,
}  # fmt: skip
TOP_HEIGHT = 70.0
"""The height of the rows above the list, in points."""
MOST_IMPORTANT = 3
"""The number of problems above the line: they are put right first."""
BUTTONS_LEFT = 110
"""The left edge of the buttons, in pixels."""
CURRENT_COLUMN = 7
"""The column (from 0) whose first cell holds the problem that the button went to last."""
LONG_TEXT = 80
"""The Checks sheet does not repeat a text longer than this."""
SEARCH = ("severity", "row", "rule", "sheet row", "cell")
"""The columns A to E on Workings, by which a line finds its problem. Column F has the number of the line, from 0."""


@dataclass(frozen=True)
class ProblemLine:
    """A listed problem: the number of its severity (from 1), its row on Workings, its rule, and its place on its own sheet.

    `cell` is the value of the cell, as it was typed.
    """

    severity: int
    row: int
    rule: RuleLine
    sheet: str
    sheet_row: int
    sheet_column: int
    label: str
    kind: str
    cell: object


def count_name(severity: str) -> str:
    """The defined name of the number of problems of a severity."""
    return f"qip_problems_{severity.replace(' ', '_')}"


LATER = "qip_later"
"""The defined name of the number of rules that are broken and asked in later months, in a tracker that postpones some."""
NOTHING = '""'
"""The formula of an empty text."""


def later_count(workings: Workings, book: Book) -> int:
    """How many rules are broken that are asked in later months of a plan that was taken over from an old one."""
    return int(
        sum(column.value(book.tables[key]).sum() for key, columns in workings.postponed.items() for column in columns)
    )


def later_line(tracker: Tracker, book: Book) -> tuple[str, str]:
    """The formula of the sentence about what is asked in later months, and the sentence; empty texts if all is asked now."""
    if not tracker.workings.postpones:
        return NOTHING, ""
    when = asked_when(tracker.period, tracker.workings.rules.last_asked - tracker.plan_month)
    things = f'IF({LATER}=1,"thing","things")'
    count = later_count(tracker.workings, book)
    formula = f'IF({LATER}=0,""," "&{LATER}&" more "&{things}&" will be asked {when}.")'
    return formula, f" {later_words(count, when)}" if count else ""


def problem_counts(workings: Workings, book: Book) -> list[int]:
    """The number of problems of each severity."""
    texts = (text for key, column in workings.broken.items() for text in column.value(book.tables[key]))
    return broken_counts("".join(texts))


def problems(tracker: Tracker, book: Book) -> Iterator[ProblemLine]:
    """Every problem in the order of the list: by severity, then table, row and rule."""
    workings = tracker.workings
    for number, severity in enumerate(SEVERITIES, 1):
        for key, table_layout in workings.layouts.items():
            rows = book.tables[key]
            labels = rows.values(workings.rules.schema.tables[key].columns[table_layout.line.field[0].key])
            typed = tracker.rows.get(key, ())
            for row, text in enumerate(workings.broken[key].value(rows)):
                for rule in broken_lines(workings, text, severity):
                    field = table_layout.columns[rule.field - 1]
                    assert isinstance(field, FieldLine), "a tracker is issued with all its formulas"
                    yield ProblemLine(
                        number,
                        workings.first_row(key) + row,
                        rule,
                        table_layout.line.sheet,
                        FIRST_ROW + row,
                        table_layout.headings.index(rule.at) + 1,
                        str(labels[row]),
                        field.type,
                        typed_value(typed[row].get(field.key)) if row < len(typed) else "",
                    )


def broken_lines(workings: Workings, text: str, severity: str) -> Iterator[RuleLine]:
    """The rules of a severity in the text of the rules that a row breaks."""
    for start in range(0, len(text), PIECE):
        rule = workings.lines[int(text[start + PIECE - 3 : start + PIECE]) - 1]
        if rule.severity == severity:
            yield rule


def serial(day: date) -> float:
    """A date, or a date with a time, as the serial number that its cell holds."""
    if not isinstance(day, datetime):
        return day_number(day)
    midnight = datetime(day.year, day.month, day.day)
    return day_number(day.date()) + (day - midnight) / timedelta(days=1)


def typed_value(value: object) -> object:
    """A typed value as its cell holds it."""
    return cell_text(value or "") if isinstance(value, str | None) else value


def top_of_foot(workings: Workings) -> int:
    """The row (from 0) on Workings below the numbers of problems."""
    return workings.bottom + len(workings.layouts) + 4


def listed(workings: Workings, book: Book) -> int:
    """The number of problems that the Checks sheet can list."""
    return min(sum(problem_counts(workings, book)) + MORE_LISTED, MOST_LISTED)


def write_search(writer: WorkbookWriter, sheet: Sheet, tracker: Tracker, book: Book) -> None:
    """Below the workings: the position of each table's workings, the numbers of problems, and the search for each line."""
    workings, plain = tracker.workings, writer.format()
    write_tables(writer, sheet, workings)
    totals = workings.bottom + len(workings.layouts) + 1
    counts, all_rows = problem_counts(workings, book), f"{column_letters(BEFORE)}{workings.bottom - 1}"
    for index, severity in enumerate(SEVERITIES):
        text = column_letters(index)
        sheet.formula(totals - 1, index, count_of(all_rows, str(index + 1)), plain, counts[index])
        start = f"{column_letters(index - 1)}{totals}+{column_letters(index - 1)}{totals + 1}" if index else "0"
        sheet.formula(totals, index, start, plain, sum(counts[:index]))
        writer.book.define_name(count_name(severity), f"={layout.WORKINGS}!${text}${totals}")
    end = column_letters(len(SEVERITIES))
    sheet.formula(
        totals - 1, len(SEVERITIES), f"SUM(A{totals}:{column_letters(len(SEVERITIES) - 1)}{totals})", plain, sum(counts)
    )
    writer.book.define_name("qip_total", f"={layout.WORKINGS}!${end}${totals}")
    starts = f"$A${totals + 1}:${column_letters(len(SEVERITIES) - 1)}${totals + 1}"
    write_unrated(writer, sheet, workings, totals - 1)
    write_plan_month(writer, sheet, tracker, book, totals - 1)
    search = ProblemSearch(workings, starts)
    for index, name in enumerate(SEARCH):
        sheet.write_string(search.top - 1, index, name, plain)
    most = listed(workings, book)
    found: list[ProblemLine | None] = list(islice(problems(tracker, book), most))
    found += [None] * (most - len(found))
    for number in range(most):
        sheet.put(search.top + number, len(SEARCH), number, plain)
    for index, formula in enumerate(search.formulas()):
        sheet.formula_column(search.top, index, [formula], plain, [search.values(line)[index] for line in found])


def write_unrated(writer: WorkbookWriter, sheet: Sheet, workings: Workings, row: int) -> None:
    """Count the rows that are filled in and have no workings; qip_unrated is their number."""
    counted = ",".join(
        f"COUNTIF({table.name}[{table.worked_out[-1].heading}],qip_beyond)" for table in workings.layouts.values()
    )
    column = len(SEVERITIES) + 1
    sheet.formula(row, column, f"SUM({counted})", writer.format(), 0)
    writer.book.define_name("qip_unrated", f"={layout.WORKINGS}!${column_letters(column)}${row + 1}")


def write_plan_month(writer: WorkbookWriter, sheet: Sheet, tracker: Tracker, book: Book, row: int) -> None:
    """The month of the plan since it was taken over from an old one, and how many things are asked in later months."""
    workings, column = tracker.workings, len(SEVERITIES) + 2
    sheet.put(row, column, tracker.plan_month, writer.format())
    writer.book.define_name(PLAN_MONTH, f"={layout.WORKINGS}!${column_letters(column)}${row + 1}")
    if workings.postpones:
        spans = ",".join(workings.span(each) for columns in workings.postponed.values() for each in columns)
        sheet.formula(row, column + 1, f"SUM({spans})", writer.format(), later_count(workings, book))
        writer.book.define_name(LATER, f"={layout.WORKINGS}!${column_letters(column + 1)}${row + 1}")


def write_tables(writer: WorkbookWriter, sheet: Sheet, workings: Workings) -> None:
    """For each table: how far its workings are below its rows on its own sheet. Also the names of sheets and of all workings."""
    plain = writer.format()
    first, last = workings.bottom, workings.bottom + len(workings.layouts) - 1
    for number, (key, table) in enumerate(workings.layouts.items()):
        row, top = workings.bottom - 1 + number, workings.first_row(key) - workings.top
        heading = f"{top}-ROW({table.name}[[#Headers],[{table.line.field[0].heading}]])"
        sheet.formula(row, 0, heading, plain, top - HEADING_ROW)
        rows = HEADING_ROW + workings.rows(key)
        writer.book.define_name(f"qip_sheet_{key}", f"='{table.line.sheet}'!$1:${rows}")
    writer.book.define_name("qip_tops", f"={layout.WORKINGS}!$A${first}:$A${last}")
    for name, column in (("qip_broken", BROKEN), ("qip_before", BEFORE), ("qip_labels", LABEL)):
        letters = f"${column_letters(column)}"
        span = f"{letters}${workings.top}:{letters}${workings.bottom - 2}"
        writer.book.define_name(name, f"={layout.WORKINGS}!{span}")


@dataclass(frozen=True)
class ProblemSearch:
    """The formulas by which each line finds its problem; `starts` are the numbers of problems of all severities before each."""

    workings: Workings
    starts: str

    @property
    def top(self) -> int:
        """The row on Workings of the headings of the search."""
        return top_of_foot(self.workings) + FOOT_ROWS

    def formulas(self) -> list[str]:
        """The formulas of the first line, one for each of SEARCH; the lines below share them."""
        row = self.top + 1
        number, start = f"F{row}", f"INDEX({self.starts},A{row})"
        later = "".join(f"+({number}>={cell})" for cell in self.start_cells()[1:])
        in_severity = f"{number}-{start}"
        text, mark = f"INDEX(qip_broken,B{row})", f"MID({quoted(''.join(MARKS.values()))},A{row},1)"
        above = count_of(f"INDEX(qip_before,B{row})", f"A{row}")
        found = f'FIND("#",SUBSTITUTE({text},{mark},"#",{in_severity}-{above}+1))'
        table = f"INDEX(qip_rules,C{row},{TABLE})"
        sheets = ",".join(f"qip_sheet_{key}" for key in self.workings.layouts)
        raw = f"INDEX(CHOOSE({table},{sheets}),D{row},INDEX(qip_rules,C{row},{COLUMN_NUMBER}))"
        return [
            f"IF({number}>=qip_total,0,1{later})",
            f"IF(A{row}=0,0,SUMPRODUCT(--({count_of('qip_before', f'A{row}')}<={in_severity})))",
            f"IF(A{row}=0,0,VALUE(MID({text},{found}+1,3)))",
            f"IF(A{row}=0,0,B{row}-INDEX(qip_tops,{table}))",
            f'IF(A{row}=0,"",IF(ISBLANK({raw}),"",{raw}))',
        ]

    def values(self, line: ProblemLine | None) -> list[object]:
        """The values of a line's formulas."""
        if line is None:
            return [0, 0, 0, 0, ""]
        cell = serial(line.cell) if isinstance(line.cell, date) else line.cell
        return [line.severity, line.row - self.workings.top + 1, line.rule.number, line.sheet_row, cell]

    def start_cells(self) -> list[str]:
        """The cells of `starts`, one for each severity."""
        row = self.starts.rsplit("$", 1)[1]
        return [f"${column_letters(index)}${row}" for index in range(len(SEVERITIES))]


def write_checks(writer: WorkbookWriter, tracker: Tracker, book: Book) -> None:
    """The Checks sheet: the number of problems, then one line for each."""
    about = "What to put right, most important first. It updates as you type."
    sheet = writer.sheet(layout.CHECKS, layout.CHECKS, about)
    sheet.hide_gridlines(2)
    for index, width in enumerate(WIDTHS.values()):
        sheet.set_column(index, index, width, writer.format(text_wrap=True))
    columns = [{"header": heading} for heading in WIDTHS]
    table = {"name": "tblChecks", "style": None, "columns": columns, "autofilter": False}
    most = listed(tracker.workings, book)
    sheet.add_table(HEADING_ROW - 1, 0, HEADING_ROW + most - 1, len(WIDTHS) - 1, table)
    heading = writer.format(**HEADING)
    for index, text in enumerate(WIDTHS):
        sheet.write_string(HEADING_ROW - 1, index, text, heading)
    found, heights = list(islice(problems(tracker, book), most)), list[float]()
    first = top_of_foot(tracker.workings) + FOOT_ROWS + 1
    for number in range(most):
        values = line_values(found[number], number) if number < len(found) else [""] * len(WIDTHS)
        if number <= MOST_IMPORTANT:
            formats = line_formats(writer, number)
        formulas = line_formulas(first, number)
        for index, (formula, format, value) in enumerate(zip(formulas, formats, values, strict=True)):
            sheet.formula(HEADING_ROW + number, index, formula, format, value)
        heights.append(row_height(zip(values, WIDTHS.values(), strict=True)))
        sheet.set_row(HEADING_ROW + number, heights[-1])
    counts = problem_counts(tracker.workings, book)
    sheet.formula(2, 0, *counts_line(counts, most, later_line(tracker, book), writer))
    beyond = sum(counts) - len(found)
    more = f"and {beyond} more" if beyond else ""
    last = HEADING_ROW + most
    sheet.formula(last, 0, f'IF(qip_total>{most},"and "&(qip_total-{most})&" more","")', writer.format(), more)
    writer.book.define_name("qip_list", f"={layout.CHECKS}!$A${HEADING_ROW}:${column_letters(len(WIDTHS) - 1)}${last}")
    if tracker.buttons:
        write_buttons(sheet, 0, BUTTONS_LEFT)
        sheet.write_blank(0, CURRENT_COLUMN, None, writer.format(italic=True))
        writer.book.define_name("qip_at", f"={layout.CHECKS}!${column_letters(CURRENT_COLUMN)}$1")
    sheet.freeze_panes(HEADING_ROW, 0)
    sheet.repeat_rows(HEADING_ROW - 1)
    printed = rows_on_first_page(heights, TOP_HEIGHT, WIDTHS.values())
    sheet.print_area(0, 0, HEADING_ROW + printed - 1, len(WIDTHS) - 1)


def counts_line(
    counts: list[int], most: int, later: tuple[str, str], writer: WorkbookWriter
) -> tuple[str, object, str]:
    """The number of problems of each severity; if there are more than `most`, which are listed, it says so.

    `later` is the formula of a sentence about what is asked in later months, and that sentence.
    """
    names = [count_name(severity) for severity in SEVERITIES]
    text = "; ".join(f"{severity}: {count}" for severity, count in zip(SEVERITIES, counts, strict=True))
    rest = sum(counts) - MOST_IMPORTANT
    first = f'"The three most important first, then "&(qip_total-{MOST_IMPORTANT})&" more. "'
    text = f"The three most important first, then {rest} more. {text}" if rest > 0 else text
    parts = '&"; '.join(f'{severity}: "&{name}' for severity, name in zip(SEVERITIES, names, strict=True))
    cut = f". The first {most} are listed."
    formula = f'IF(qip_total>{MOST_IMPORTANT},{first},"")&"{parts}&IF(qip_total>{most},"{cut}","")'
    text += cut if sum(counts) > most else ""
    if later[0] != NOTHING:
        formula += f'&IF(qip_total>{most},"",".")&{later[0]}'
        text += ("" if sum(counts) > most else ".") + later[1]
    return formula, writer.format(bold=True), text


def line_formats(writer: WorkbookWriter, number: int) -> list[Format]:
    """The format of each column of the Checks sheet, for line `number` (from 0)."""
    style: dict[str, object] = {"bold": True} if number < MOST_IMPORTANT else {}
    style |= (
        {"bottom": 2, "bottom_color": BRAND} if number == MOST_IMPORTANT - 1 else {"bottom": 1, "bottom_color": RULE}
    )
    plain, wrapped = writer.format(**style, align="left"), writer.format(**style, text_wrap=True)
    return [plain, writer.format(**style, **LINK), plain, plain, plain, wrapped, wrapped, wrapped]


@lru_cache(maxsize=4 * MOST_LISTED)
def line_formulas(first: int, number: int) -> list[str]:
    """The formula of each column of the Checks sheet, for line `number` (from 0); the line of `first` on Workings is the first."""
    row = first + number
    severity, found, rule, sheet_row, cell = (f"{layout.WORKINGS}!${letters}${row}" for letters in "ABCDE")
    kind, sheet, at, word, column = (
        f"INDEX(qip_rules,{rule},{which})" for which in (KIND, SHEET, AT, SAY, COLUMN_NUMBER)
    )
    severities = ",".join(f'"{name}"' for name in SEVERITIES)
    dated = f'TEXT({cell},"dd/mm/yyyy")'
    value = f'IF(AND({kind}="date",ISNUMBER({cell})),{dated},IF(LEN({cell})>{LONG_TEXT},"(a long text)",{cell}&""))'
    address = f"ADDRESS({sheet_row},{column},4)"
    shown = (
        str(number + 1),
        f'HYPERLINK("#\'"&{sheet}&"\'!"&{address},{address})',
        f"CHOOSE({severity},{severities})",
        sheet,
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
        number + 1, cell_address(line.sheet_column - 1, line.sheet_row), SEVERITIES[line.severity - 1], line.sheet,
        line.label, line.rule.at, text, line.rule.say,
    ]  # fmt: skip
