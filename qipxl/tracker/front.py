"""The first sheet of a tracker, which says whose it is and whether it is ready to send, and the list of what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from qipxl import layout
from qipxl.layout import COVER, COVER_ROW, FIRST_ROW, table_name
from qipxl.rules.evaluation import Book
from qipxl.rules.expressions import EPOCH
from qipxl.tracker.paper import Paper, PlainWorksheet, row_height
from qipxl.tracker.tracker import Tracker
from qipxl.tracker.workings import SEVERITY

SERVICE = {"border": 1, "border_color": "#808080"}
ISSUED = {"bg_color": "#F1ECF4", "border": 1, "border_color": "#808080"}
WORKED_OUT = {"bg_color": "#F2F2F2", "border": 1, "border_color": "#808080"}
LISTED = 100
"""How many rows with something wrong the Checks sheet lists."""


def write_start(paper: Paper, tracker: Tracker, book: Book) -> None:
    """Start here: the return's particulars, live counts, and whether it is ready to send."""
    about = f"{tracker.template.template.title}, {tracker.period.words}. White cells are yours to fill in."
    sheet = paper.sheet(layout.START, tracker.service.name, about)
    sheet.set_column(0, 0, 40, paper.format(text_wrap=True))
    sheet.set_column(1, 1, 44, paper.format(text_wrap=True))
    sheet.set_column(2, 2, 60, paper.format(text_wrap=True))
    for number, line in enumerate(COVER, COVER_ROW - 1):
        write_cover_line(paper, sheet, tracker, number, line)
    row = COVER_ROW + len(COVER)
    sheet.write_string(row, 0, "State of this tracker", paper.format(bold=True, font_size=13, font_color="#12436D"))
    figures = list(counts(tracker, book))
    for number, (label, formula, value) in enumerate(figures, row + 1):
        sheet.write_string(number, 0, label, paper.format())
        sheet.write_formula(number, 1, formula, paper.format(**WORKED_OUT, align="left"), value)
    write_state(paper, sheet, tracker, row + 1, len(figures), [value for *_, value in figures])
    sheet.print_area(0, 0, row + len(figures) + 2, 2)


def write_cover_line(paper: Paper, sheet: PlainWorksheet, tracker: Tracker, row: int, line: layout.CoverLine) -> None:
    """A label and its cell; the as-at date is worked out from today and the end of the period."""
    looks = {"service": SERVICE, "head office": ISSUED, "worked out": WORKED_OUT}[line.filled_by]
    sheet.write_string(row, 0, line.label, paper.format(bold=True))
    cell = f"'{layout.START}'!$B${row + 1}"
    facts = tracker.stamp().facts
    if line.key == "as_at":
        end = cover_cell("period_end")
        value = (tracker.as_at - EPOCH).days
        dated = paper.format(**looks, num_format="dd/mm/yyyy", align="left")
        sheet.write_formula(row, 1, f"MIN(TODAY(),{end})", dated, value)
        paper.book.define_name("as_at", f"={cell}")
    elif line.key == "period_end":
        sheet.put(row, 1, tracker.period.last, paper.format(**looks, num_format="dd/mm/yyyy", align="left"))
    elif line.filled_by == "head office":
        sheet.write_string(row, 1, facts[line.key], paper.format(**looks))
    else:
        dated = {"num_format": "dd/mm/yyyy"} if line.key == "submitted_on" else {}
        shape = paper.format(**looks, **dated, align="left")
        sheet.write_blank(row, 1, None, shape)
        sheet.put(row, 1, tracker.cover.get(line.key), shape)
    words = {
        "service": "Please fill in",
        "head office": "Filled in by head office",
        "worked out": "Worked out: the earlier of today and the end of the period",
    }
    sheet.write_string(row, 2, words[line.filled_by], paper.format(italic=True, font_color="#404040"))


def cover_cell(key: str) -> str:
    row = COVER_ROW + next(place for place, line in enumerate(COVER) if line.key == key)
    return f"$B${row}"


def counts(tracker: Tracker, book: Book) -> Iterator[tuple[str, str, int]]:
    """Label, formula and value of each figure: actions by each state of the first ratings, then what is wrong."""
    workings = tracker.workings
    for key, ratings in tracker.template.rules.ratings.items():
        if not ratings:
            continue
        used = workings.cells[key].slot_of(ratings[0].decides.used)
        span = f"{layout.WORKINGS}!{workings.span(used)}"
        yield (
            f"{tracker.layouts[key].line.sheet} entered",
            f"SUMPRODUCT({span}*1)",
            int(book.tables[key].value_of(ratings[0].decides).astype(bool).sum()),
        )
        headline = ratings[-1]
        words = book.tables[key].values(headline.column)
        span = workings.column_span(key, headline.column)
        for state in headline.states:
            yield (
                f"   by headline: {state.label}",
                f'SUMPRODUCT(--({span}="{state.word}"))',
                int((words == state.word).sum()),
            )
    for severity in ("must fix", "should look"):
        formulas, total = [], 0
        for key, rules in tracker.template.rules.rules.items():
            slots = workings.check_slots(key)
            if slots:
                severities = workings.check_heading(key, SEVERITY)
                formulas.append(f'SUMPRODUCT({workings.check_block(key)}*({severities}="{severity}"))')
            rows = book.tables[key]
            total += sum(
                int(slot.value(rows).sum())
                for slot, rule in zip(slots, rules, strict=True)
                if rule.severity == severity
            )
        yield f"Problems: {severity}", "+".join(formulas), total


def write_state(
    paper: Paper, sheet: PlainWorksheet, tracker: Tracker, first: int, figures: int, values: list[int]
) -> None:
    """One sentence: ready to send, or what is still in the way. The first obstacle that stands is said."""
    row = first + figures
    must_fix, entered = f"$B${first + figures - 1}", f"$B${first + 1}"
    name, wrong = cover_cell("submitted_by"), values[-2]
    obstacles = (
        (f"{entered}=0", not values[0], "Not ready: nothing is entered yet."),
        (f"{must_fix}>0", wrong > 0, "Not ready: what must be fixed stands on the Checks sheet."),
        (f'TRIM({name})=""', not tracker.cover.get("submitted_by"), "Nearly ready: put your name beside Submitted by."),
    )
    formula, said = '"Ready to send."', "Ready to send."
    for test, stands, words in reversed(obstacles):
        formula, said = f'IF({test},"{words}",{formula})', words if stands else said
    sheet.write_string(row, 0, "Ready to send?", paper.format(bold=True))
    sheet.write_formula(row, 1, formula, paper.format(**WORKED_OUT, bold=True, text_wrap=True), said)
    sheet.set_row(row, 33)


def write_checks(paper: Paper, tracker: Tracker, book: Book) -> None:
    """Checks: each row of any table with something wrong, the first thing to put right, and a link to it."""
    about = "The first thing to put right in each row that has something wrong. It changes as you type."
    sheet = paper.sheet(layout.CHECKS, layout.CHECKS, about)
    for index, width in enumerate((6, 18, 8, 12, 80, 10)):
        sheet.set_column(index, index, width, paper.format(text_wrap=True))
    headings = ("No", "Sheet", "Row", "Ref", "What to put right", "Go there")
    columns = [{"header": heading} for heading in headings]
    sheet.add_table(
        layout.HEADING_ROW - 1,
        0,
        layout.HEADING_ROW + LISTED - 1,
        5,
        {"name": "tblChecks", "style": "Table Style Light 1", "columns": columns, "autofilter": False},
    )
    heading = paper.format(bold=True, font_color="#FFFFFF", bg_color="#505050", border=1)
    for index, text in enumerate(headings):
        sheet.write_string(layout.HEADING_ROW - 1, index, text, heading)
    wrong = list(wrong_rows(tracker, book))
    for place in range(LISTED):
        write_check_line(paper, sheet, tracker, place, wrong[place] if place < len(wrong) else None)
    sheet.write_formula(2, 0, *more_than_listed(tracker, len(wrong), paper))
    sheet.freeze_panes(layout.HEADING_ROW, 0)
    sheet.repeat_rows(layout.HEADING_ROW - 1)
    sheet.print_area(0, 0, layout.HEADING_ROW + max(10, min(len(wrong), LISTED)) - 1, 5)


def wrong_rows(tracker: Tracker, book: Book) -> Iterator[tuple[str, int, str, str]]:
    """Sheet, row, reference and first problem of each row that has one."""
    for key, column in tracker.template.rules.checks.items():
        rows = book.tables[key]
        line = tracker.layouts[key].line
        first = rows.inputs.values[line.field[0].key]
        for number, text in enumerate(rows.values(column)[: line.rows]):
            if text:
                yield line.sheet, FIRST_ROW + number, str(first[number]), str(text)


def number_span(tracker: Tracker, key: str) -> str:
    """The check column of a table, as its own sheet shows it."""
    return f"{table_name(key)}[{layout.CHECK_HEADING}]"


def write_check_line(
    paper: Paper, sheet: PlainWorksheet, tracker: Tracker, place: int, line: tuple[str, int, str, str] | None
) -> None:
    """Line k finds the k-th row with a problem: its place is looked up on Workings, where such rows are numbered."""
    row = layout.HEADING_ROW + place
    at, check = row + 1, place + 1
    plain, wrapped = paper.format(align="left"), paper.format(text_wrap=True)
    found = {"sheet": '""', "row": '""', "ref": '""', "text": '""'}
    for key, table in reversed(list(tracker.layouts.items())):
        if not tracker.template.rules.rules[key]:
            continue
        match = f"MATCH({check},qip_wrong_{key},0)"
        name, first = table.name, table.line.field[0].heading
        found["sheet"] = f'IF(ISNUMBER({match}),"{table.line.sheet}",{found["sheet"]})'
        found["row"] = f"IFERROR({match}+ROW({name}[[#Headers],[{first}]]),{found['row']})"
        found["ref"] = f'IFERROR(INDEX({name}[{first}],{match})&"",{found["ref"]})'
        found["text"] = f"IFERROR(INDEX(qip_check_{key},{match}),{found['text']})"
    values = line or ("", "", "", "")
    sheet.write_formula(row, 0, f'IF($B{at}="","",{check})', plain, check if line else "")
    sheet.write_formula(row, 1, found["sheet"], plain, values[0])
    sheet.write_formula(row, 2, found["row"], plain, values[1])
    sheet.write_formula(row, 3, found["ref"], plain, values[2])
    sheet.write_formula(row, 4, found["text"], wrapped, values[3])
    sheet.set_row(row, row_height([(values[3], 80)]))
    link = f'IF($B{at}="","",HYPERLINK("#\'"&$B{at}&"\'!A"&$C{at},"Go"))'
    sheet.write_formula(row, 5, link, paper.format(font_color="#12436D", underline=1), "Go" if line else "")


def more_than_listed(tracker: Tracker, wrong: int, paper: Paper) -> tuple[str, object, str]:
    """How many rows have something wrong, and that not all are listed where there are too many."""
    keys = [key for key, rules in tracker.template.rules.rules.items() if rules]
    total = "+".join(f'SUMPRODUCT(--(qip_check_{key}<>""))' for key in keys)
    listed = f", of which the first {LISTED} are listed"
    formula = f'"Rows with something to put right: "&({total})&IF(({total})>{LISTED},"{listed}","")'
    said = f"Rows with something to put right: {wrong}{listed if wrong > LISTED else ''}"
    return formula, paper.format(bold=True), said
