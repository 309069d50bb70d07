"""The sheet Start here: the service, the ratings of its actions in figures, and whether the tracker is ready to send."""

from __future__ import annotations

from collections.abc import Iterator

from qipxl.rules import formula
from qipxl.rules.evaluate import Book
from qipxl.rules.expression import EPOCH, quoted
from qipxl.template import SEVERITIES
from qipxl.text import as_text, clean_text, is_placeholder
from qipxl.tracker.checks_sheet import count_name, problem_counts
from qipxl.tracker.content import Tracker
from qipxl.workbook import layout
from qipxl.workbook.buttons import write_buttons
from qipxl.workbook.layout import COVER, COVER_ROW
from qipxl.workbook.styles import SECTION
from qipxl.workbook.writer import LINE, Sheet, WorkbookWriter

SERVICE = {"border": 1, "border_color": "#808080"}
ISSUED = {"bg_color": "#F1ECF4", "border": 1, "border_color": "#808080"}
QUERY_WIDTH, ANSWER_WIDTH = 76, 54
"""The characters of a question and of an answer that fit on one line."""
UNRATED = (
    'IF(qip_unrated=0,"",IF(qip_unrated=1," 1 row is"," "&qip_unrated&" rows are")&" not rated here; head office will rate "'
    '&IF(qip_unrated=1,"it.","them."))'
)
"""What the state adds if rows are filled in for which there are no workings."""
WORKED_OUT = {"bg_color": "#F2F2F2", "border": 1, "border_color": "#808080"}


def write_start(writer: WorkbookWriter, tracker: Tracker, book: Book) -> None:
    """Write Start here: the cover, live counts, and whether the tracker is ready to send."""
    about = f"{tracker.template.template.title}, {tracker.period.words}. White cells are yours to fill in."
    sheet = writer.sheet(layout.START, tracker.service.name, about)
    for index, width in enumerate((40, 44, 60)):
        sheet.set_column(index, index, width, writer.format(text_wrap=True))
    for number, line in enumerate(COVER, COVER_ROW - 1):
        write_cover_line(writer, sheet, tracker, number, line)
    row = COVER_ROW + len(COVER)
    sheet.write_string(row, 0, "State of this tracker", writer.format(**SECTION))
    figures = list(counts(tracker, book))
    for number, (label, count, value) in enumerate(figures, row + 1):
        sheet.write_string(number, 0, label, writer.format())
        sheet.write_formula(number, 1, count, writer.format(**WORKED_OUT, align="left"), value)
    write_state(writer, sheet, tracker, row + 1, len(figures), [value for *_, value in figures])
    if tracker.buttons:
        write_buttons(sheet, row, 8, 2)
        sheet.merge_range(row + 2, 2, row + 4, 2, "", writer.format(text_wrap=True, valign="top", italic=True))
        writer.book.define_name("qip_checked", f"='{layout.START}'!$C${row + 3}")
    last = write_queries(writer, sheet, tracker, row + len(figures) + 3)
    sheet.print_area(0, 0, last, 2)
    sheet.fit_to_pages(1, 1)


def write_queries(writer: WorkbookWriter, sheet: Sheet, tracker: Tracker, row: int) -> int:
    """Write head office's questions about the last return, one a line, each next to a cell for the answer; return the last row used.

    A question that was asked before is next to the answer that the service gave.
    """
    if not tracker.queries:
        return row - 1
    sheet.write_string(row, 0, layout.QUESTIONS, writer.format(**SECTION))
    sheet.write_string(row, 2, layout.ANSWER, writer.format(**SECTION))
    answer_cell = writer.format(**SERVICE, text_wrap=True, valign="top", locked=False)
    wrapped = writer.format(text_wrap=True, valign="top")
    for number, query in enumerate(tracker.queries, row + 1):
        answer = tracker.answers.get(query, "")
        sheet.merge_range(number, 0, number, 1, "", wrapped)
        sheet.write_string(number, 0, query, wrapped)
        sheet.write_blank(number, 2, None, answer_cell)
        sheet.put(number, 2, answer, answer_cell)
        sheet.set_row(number, LINE * (1 + max(len(query) // QUERY_WIDTH, len(answer) // ANSWER_WIDTH)))
    return row + len(tracker.queries)


def write_cover_line(writer: WorkbookWriter, sheet: Sheet, tracker: Tracker, row: int, line: layout.CoverLine) -> None:
    """Write a label, its cell and a hint. The as-at date is today or the end of the period, whichever is earlier."""
    style = {"service": SERVICE, "head office": ISSUED, "worked out": WORKED_OUT}[line.filled_by]
    sheet.write_string(row, 0, line.label, writer.format(bold=True))
    dated = writer.format(**style, num_format="dd/mm/yyyy", align="left")
    if line.key == "as_at":
        formula, value = f"MIN(TODAY(),{cover_cell('period_end')})", (tracker.as_at - EPOCH).days
        sheet.write_formula(row, 1, formula, dated, value)
        writer.book.define_name("as_at", f"='{layout.START}'!$B${row + 1}")
    elif line.key == "period_end":
        sheet.put(row, 1, tracker.period.last, dated)
    elif line.filled_by == "head office":
        sheet.write_string(row, 1, tracker.stamp().facts[line.key], writer.format(**style))
    else:
        shape = dated if line.key == "submitted_on" else writer.format(**style, align="left")
        sheet.write_blank(row, 1, None, shape)
        sheet.put(row, 1, tracker.cover.get(line.key), shape)
        if line.key == "nil":
            sheet.data_validation(row, 1, row, 1, {"validate": "list", "source": ["Yes"]})
    last = tracker.period.last
    hints = {
        "service": "Please fill in",
        "head office": "Filled in by head office",
        "worked out": f"Today, or {last.day} {last:%B} if that is earlier",
    }
    hint = "Nothing to report? Then choose Yes." if line.key == "nil" else hints[line.filled_by]
    sheet.write_string(row, 2, hint, writer.format(italic=True, font_color="#404040"))


def cover_cell(key: str) -> str:
    """The address of a cover line's value, such as $B$9."""
    row = COVER_ROW + next(number for number, line in enumerate(COVER) if line.key == key)
    return f"$B${row}"


def counts(tracker: Tracker, book: Book) -> Iterator[tuple[str, str, int]]:
    """Label, formula and value of each figure: actions by state of their first rating, then problems by severity."""
    workings = tracker.workings
    for key in tracker.template.rules.ratings:
        counted = tracker.template.rules.main_rating(key)
        if counted is None:
            continue
        name = tracker.layouts[key].line.sheet
        span = f"{layout.WORKINGS}!{workings.span(workings.cells[key].column_of(counted.decides.used))}"
        words = book.tables[key].values(counted.column)
        yield f"{name} entered", f"SUMPRODUCT({span}*1)", int(words.astype(bool).sum())
        span = workings.column_span(key, counted.column)
        for state in counted.states:
            number = f"SUMPRODUCT(--({span}={quoted(state.word)}))"
            yield f"   {counted.column.heading}: {state.label}", number, int((words == state.word).sum())
    for severity, total in zip(SEVERITIES, problem_counts(workings, book), strict=True):
        yield f"Problems: {severity}", count_name(severity), total


def write_state(
    writer: WorkbookWriter, sheet: Sheet, tracker: Tracker, first: int, figures: int, values: list[int]
) -> None:
    """Write one sentence: ready to send, or the first obstacle."""
    row = first + figures
    must_fix, entered = f"$B${first + figures - len(SEVERITIES) + 1}", f"$B${first + 1}"
    name, wrong = cover_cell("submitted_by"), values[-len(SEVERITIES)]
    nil, ready = cover_cell("nil"), "Ready to send."
    empty = "Not ready to send: nothing is entered yet. Nothing to report? Then choose Yes."
    unsigned = "Nearly ready: put your name next to Submitted by."
    to_fix = f'"Not ready to send: "&{must_fix}&IF({must_fix}=1," thing"," things")&" to fix. See the sheet Checks."'
    signed = f'IF({formula.clean_name(formula.compared(name))}="","{unsigned}","{ready}")'
    state = f'IF(AND({entered}=0,{nil}<>"Yes"),"{empty}",IF({must_fix}>0,{to_fix},{signed}))&{UNRATED}'
    if not values[0] and tracker.cover.get("nil") != "Yes":
        text = empty
    elif wrong:
        text = f"Not ready to send: {wrong} {'thing' if wrong == 1 else 'things'} to fix. See the sheet Checks."
    else:
        text = unsigned if is_placeholder(clean_text(as_text(tracker.cover.get("submitted_by")))) else ready
    sheet.write_string(row, 0, "Ready to send?", writer.format(bold=True))
    sheet.write_formula(row, 1, state, writer.format(**WORKED_OUT, bold=True, text_wrap=True), text)
    writer.book.define_name("qip_ready", f"='{layout.START}'!$B${row + 1}")
    sheet.set_row(row, 33)
