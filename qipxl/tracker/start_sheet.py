"""The sheet Start here: whether the tracker is ready to send, what to do this month, what head office says, and who sends it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from xlsxwriter.format import Format

from qipxl.rules import formula
from qipxl.rules.evaluate import Book
from qipxl.rules.expression import EPOCH, quoted
from qipxl.rules.rulebook import State
from qipxl.rules.schema import used
from qipxl.template import SEVERITIES
from qipxl.text import as_text, clean_text, is_placeholder
from qipxl.tracker.checks_sheet import count_name, later_line, problem_counts
from qipxl.tracker.content import Tracker
from qipxl.tracker.letter_lines import letter_lines, shown_line, spans
from qipxl.tracker.month_steps import GO_THERE, Step, month_steps
from qipxl.tracker.workings import LETTERED
from qipxl.workbook import layout
from qipxl.workbook.buttons import write_buttons
from qipxl.workbook.layout import COVER, cell_address
from qipxl.workbook.styles import BRAND, GREEN, GREY, INK, RULE, TINTS
from qipxl.workbook.text_width import lines_needed
from qipxl.workbook.writer import Sheet, WorkbookWriter

WIDTHS = (1.3, 4, 49, 30, 12, 2.7, 4, 13.6, 62)
"""The widths of the columns A to I."""
NUMBER, TEXT, COUNT, LINK = 1, 2, 3, 4
"""The columns (from 0) on the left: the number of a step or its tick, its text, how much is done, the link."""
CHIP, REF, WORDS = 6, 7, 8
"""The columns on the right: the letter of an action, its ref, and what is said about it."""
READY, HEAD, FIRST = 3, 5, 6
"""The rows (from 0) of the sentence that says if the tracker is ready, of the headings, and of the first step."""
ROW, LINE, SMALL = 23.25, 13.5, 15.0
"""Heights in points: of a row, of each line of a long text, and of a fact about the file."""
YOURS = {"bg_color": "#FFFBEB", "border": 1, "border_color": "#C9A227"}
"""A cell that the service fills in."""
SECTION = {"bold": True, "font_size": 13, "font_color": BRAND, "bottom": 2, "bottom_color": BRAND, "valign": "vcenter"}
MOST_STEPS = 7
"""The rows that the steps have: the signature below them is in the same place in every tracker."""
EMPTY = "Not ready to send: nothing is entered yet. Nothing to report? Then choose Yes."
UNSIGNED = "Nearly ready: put your name under Sign and send."
SENT = ("submitted_by", "submitted_on", "nil", "submission")
PROMPTS = {
    "submitted_by": "Who sends this tracker.", "submitted_on": "The day on which you send it.",
    "nil": "Choose Yes only if there is nothing to report this month.",
    "submission": "1 the first time you send it this month, 2 if you send it again.",
}  # fmt: skip
"""The lines that the service fills in, and the message beside each cell."""


@dataclass(frozen=True)
class SaidLine:
    """A line on the right: a sentence of head office, with the ref it is about; or the cell for the answer to the one above.

    `sheet` is the sheet that the sentence leads to, if it leads to one.
    """

    text: str
    ref: str = ""
    is_answer: bool = False
    sheet: str = ""

    @property
    def height(self) -> float:
        return max(ROW, 6 + LINE * lines_needed(self.text, WIDTHS[WORDS]))


UNRATED = (
    'IF(qip_unrated=0,"",IF(qip_unrated=1," 1 row is"," "&qip_unrated&" rows are")&" not rated here; head office will rate "'
    '&IF(qip_unrated=1,"it.","them."))'
)
"""What the state adds if rows are filled in for which there are no workings."""


def write_start(writer: WorkbookWriter, tracker: Tracker, book: Book) -> None:
    """Write Start here. Every count, tick and link is a formula with its value."""
    StartSheet(writer, tracker, book).write()


class StartSheet:
    """Start here while it is written: steps and signature on the left, head office, open actions and facts on the right."""

    def __init__(self, writer: WorkbookWriter, tracker: Tracker, book: Book) -> None:
        self.writer = writer
        self.tracker = tracker
        self.book = book
        self.sheet: Sheet = writer.empty_sheet(layout.START)
        self.said = list(said_lines(tracker))
        self.lines = letter_lines(tracker, book)

    def write(self) -> None:
        sheet = self.sheet
        sheet.hide_gridlines(2)
        sheet.fixed_heights = True
        for index, width in enumerate(WIDTHS):
            sheet.set_column(index, index, width, self.format())
        self.write_title()
        self.write_steps()
        self.write_signature()
        self.write_said()
        self.write_open_actions()
        self.write_facts()
        self.write_ready()
        for row in range(HEAD, self.last + 1):
            sheet.set_row(row, self.height(row))
        self.colour_chips()
        if self.tracker.buttons:
            write_buttons(sheet, 1, 0, CHIP)
        sheet.print_area(0, 0, self.last, WORDS)
        sheet.fit_to_pages(1, 1)

    def format(self, **style: object) -> Format:
        return self.writer.format(**{"font_color": INK, "valign": "vcenter", **style})

    @cached_property
    def steps(self) -> list[Step]:
        """The steps of the month."""
        name = self.cover_cell("submitted_by")
        signed = f'({formula.clean_name(formula.compared(name))}<>"")'
        return month_steps(self.tracker, self.book, f"'{layout.START}'!{name.replace('$', '')}", signed)

    @property
    def sign_row(self) -> int:
        """The row of the heading above the signature."""
        return FIRST + MOST_STEPS + 1

    @property
    def open_row(self) -> int:
        return FIRST + len(self.said)

    @property
    def facts_row(self) -> int:
        return max(self.open_row + 2 + len(self.lines), self.sign_row)

    @property
    def facts(self) -> Sequence[layout.CoverLine]:
        return [line for line in COVER if line.key not in SENT]

    @property
    def last(self) -> int:
        return max(self.facts_row + len(self.facts), self.sign_row + len(SENT))

    def height(self, row: int) -> float:
        if FIRST <= row < self.open_row:
            return self.said[row - FIRST].height
        return SMALL if row > max(self.facts_row, self.sign_row + len(SENT)) else ROW

    def cover_cell(self, key: str) -> str:
        """The address of a cover line's value, such as $D$16."""
        if key in SENT:
            return f"$D${self.sign_row + 2 + SENT.index(key)}"
        return f"$I${self.facts_row + 2 + [line.key for line in self.facts].index(key)}"

    def write_title(self) -> None:
        """The name of the service and the month, and by when to send the tracker back."""
        sheet, tracker = self.sheet, self.tracker
        for row, height in ((0, 30), (1, 19), (2, 6), (READY, 30), (4, 16 if tracker.buttons else 8)):
            sheet.set_row(row, height)
        sheet.write_string(0, NUMBER, tracker.service.name, self.format(bold=True, font_size=20, font_color=BRAND))
        month = self.format(bold=True, font_size=14, font_color=GREY, align="right")
        sheet.write_string(0, WORDS, tracker.period.words, month)
        due = tracker.due
        by = f" Please send it back by {due.day} {due:%B %Y}." if due else ""
        about = f"{tracker.template.template.title}.{by} Yellow cells are yours to fill in."
        sheet.write_string(1, NUMBER, about, self.format(font_color=GREY))

    def write_heading(self, row: int, first: int, last: int, text: str) -> None:
        for index in range(first, last + 1):
            self.sheet.write_blank(row, index, None, self.format(**SECTION))
        self.sheet.write_string(row, first, text, self.format(**SECTION))

    def write_steps(self) -> None:
        """What to do this month: a line for each step, and how many of them are done."""
        sheet, steps = self.sheet, self.steps
        self.write_heading(HEAD, NUMBER, LINK, "What to do this month")
        last = FIRST + len(steps)
        done = f'COUNTIF($B${FIRST + 1}:$B${last},"✓")'
        count = sum(step.done[1] for step in steps)
        dots = self.format(**{**SECTION, "font_size": 11})
        rest = f'REPT("○",{len(steps)}-{done})'
        sheet.formula(HEAD, COUNT, f'REPT("●",{done})&{rest}', dots, "●" * count + "○" * (len(steps) - count))
        right = self.format(**SECTION, align="right")
        sheet.formula(HEAD, LINK, f'{done}&" of {len(steps)}"', right, f"{count} of {len(steps)}")
        line: dict[str, object] = {"bottom": 1, "bottom_color": RULE}
        for number, step in enumerate(steps, 1):
            row = FIRST + number - 1
            (ready, is_done), (words, text) = step.done, step.count
            mark = self.format(**line, bold=True, font_color=BRAND, align="center")
            sheet.formula(row, NUMBER, f'IF({ready},"✓",{number})', mark, "✓" if is_done else number)
            sheet.write_string(row, TEXT, step.text, self.format(**line))
            sheet.formula(row, COUNT, words, self.format(**line, font_size=10), text)
            link = self.format(**line, bold=True, font_color=BRAND, align="right")
            sheet.formula(row, LINK, step.link, link, "Go there ›")
        book, place = self.writer.book, (FIRST, NUMBER, last - 1)
        ticked = {"type": "formula", "criteria": f'=$B{FIRST + 1}="✓"'}
        tick, faded = book.add_format({"font_color": GREEN}), book.add_format({"font_color": GREY})
        sheet.conditional_format(*place, NUMBER, {**ticked, "format": tick})
        sheet.conditional_format(FIRST, TEXT, last - 1, COUNT, {**ticked, "format": faded})

    def write_signature(self) -> None:
        """Who sends the tracker, when, and for which time."""
        self.write_heading(self.sign_row, NUMBER, LINK, "Sign and send")
        labels = {line.key: line.label for line in COVER}
        for row, key in enumerate(SENT, self.sign_row + 1):
            self.sheet.write_string(row, TEXT, labels[key], self.format())
            dated = {"num_format": "dd/mm/yyyy"} if key == "submitted_on" else {}
            shape = self.format(**YOURS, **dated, align="left", indent=1)
            self.sheet.write_blank(row, COUNT, None, shape)
            self.sheet.put(row, COUNT, self.tracker.cover.get(key), shape)
            options: Mapping[str, object] = {"validate": "any"}
            if key == "nil":
                options = {"validate": "list", "source": ["Yes"]}
            prompt = {"input_title": labels[key], "input_message": PROMPTS[key]}
            self.sheet.data_validation(row, COUNT, row, COUNT, {**options, **prompt})

    def write_said(self) -> None:
        """What head office asks and says: each line with the letter of its action, and a cell below each question for the answer."""
        self.write_heading(HEAD, CHIP, WORDS, layout.FROM_HEAD_OFFICE)
        if self.tracker.queries:
            hint = self.format(**{**SECTION, "bold": False, "font_size": 9, "font_color": GREY}, align="right")
            self.sheet.write_string(HEAD, WORDS, layout.ANSWER_HERE, hint)
        words = self.format(font_size=10, text_wrap=True)
        for row, line in enumerate(self.said, FIRST):
            if line.is_answer:
                label = self.format(font_size=9, font_color=GREY, align="right", indent=1)
                self.sheet.write_string(row, REF, layout.ANSWER, label)
                answer = self.format(**YOURS, font_size=10, text_wrap=True, locked=False, align="left", indent=1)
                self.sheet.write_blank(row, WORDS, None, answer)
                self.sheet.put(row, WORDS, line.text, answer)
                continue
            self.sheet.write_string(row, WORDS, line.text, words)
            if line.sheet:
                link = f'HYPERLINK("#\'{line.sheet}\'!A1","{GO_THERE}")'
                self.sheet.formula(row, REF, link, self.format(bold=True, font_color=BRAND, indent=1), GO_THERE)
            if line.ref:
                self.sheet.write_string(row, REF, line.ref, self.format(bold=True, indent=1))
                self.sheet.formula(row, CHIP, *self.letter_of(line.ref, cell_address(REF, row + 1)))

    def letter_of(self, ref: str, cell: str) -> tuple[str, Format, str]:
        """The letter of the action whose ref is in a cell, on Actions or among those that have left the plan."""
        text, value = '""', ""
        for key in reversed([key for key in LETTERED if key in self.tracker.layouts]):
            letters, refs = spans(self.tracker, key)
            text = f"IFERROR(INDEX({letters},MATCH({cell},{refs},0)),{text})"
            own = self.tracker.workings.letters(key).value(self.book.tables[key])
            identity = self.tracker.layouts[key].line.identity
            named = self.book.tables[key].values(self.tracker.workings.rules.schema.tables[key].columns[identity])
            value = next((str(letter) for letter, name in zip(own, named, strict=True) if name == ref), value)
        return text, self.chip(), value

    def chip(self) -> Format:
        return self.format(bold=True, align="center")

    def write_open_actions(self) -> None:
        """The open actions by letter: how many, what the letter means, and which they are."""
        self.write_heading(self.open_row, CHIP, WORDS, layout.OPEN_ACTIONS)
        columns = self.tracker.workings.rules.schema.tables.get("actions")
        if columns is not None and "open_now" in columns.columns:
            span = self.tracker.workings.column_span("actions", columns.columns["open_now"])
            total = int(self.book.tables["actions"].values(columns.columns["open_now"]).sum())
            self.sheet.formula(
                self.open_row, WORDS, f"COUNTIF({span},TRUE)", self.format(**SECTION, align="right"), total
            )
        for number in range(1, len(self.lines) + 1):
            row = self.open_row + number
            letter, count, words = shown_line(self.tracker, self.lines, number)
            self.sheet.formula(row, CHIP, letter[0], self.chip(), letter[1])
            self.sheet.formula(
                row, REF, count[0], self.format(bold=True, font_size=12, align="left", indent=1), count[1]
            )
            self.sheet.formula(row, WORDS, words[0], self.format(font_size=10, text_wrap=True), words[1])

    def write_facts(self) -> None:
        """Facts about the file. The as-at date is today or the end of the period, whichever is earlier."""
        self.write_heading(self.facts_row, CHIP, WORDS, "About this file")
        small: dict[str, object] = {"font_size": 9, "font_color": GREY, "align": "left"}
        dated = self.format(**small, num_format="dd/mm/yyyy")
        for row, line in enumerate(self.facts, self.facts_row + 1):
            self.sheet.write_string(row, REF, line.label, self.format(**small))
            if line.key == "as_at":
                earlier = f"MIN(TODAY(),{self.cover_cell('period_end')})"
                self.sheet.formula(row, WORDS, earlier, dated, (self.tracker.as_at - EPOCH).days)
                self.name("as_at", row, WORDS)
            elif line.key == "period_end":
                last = self.tracker.period.last
                self.sheet.write_datetime(row, WORDS, datetime(last.year, last.month, last.day), dated)
            elif line.key == "period":
                self.sheet.write_string(row, WORDS, self.tracker.period.words, self.format(**small))
            else:
                self.sheet.write_string(row, WORDS, self.tracker.stamp.facts[line.key], self.format(**small))

    def write_ready(self) -> None:
        """One sentence: ready to send, or the first obstacle; green when ready, with a link to the list."""
        ground: dict[str, object] = {"bg_color": TINTS["note"][0], "font_size": 13, "bold": True}
        for index in range(NUMBER, WORDS + 1):
            self.sheet.write_blank(READY, index, None, self.format(**ground))
        edge = self.format(**ground, left=5, left_color="#D99A00", indent=1)
        self.sheet.formula(READY, NUMBER, self.ready_formula(), edge, self.ready_text())
        link = f'HYPERLINK("#\'{layout.CHECKS}\'!A{layout.FIRST_ROW}","See the list ›")'
        right = self.format(**{**ground, "font_size": 11, "font_color": BRAND}, align="right", indent=1)
        self.sheet.formula(READY, WORDS, link, right, "See the list ›")
        self.name("qip_ready", READY, NUMBER)
        style = self.writer.book.add_format({"bg_color": "#DDF1E6"})
        options = {"type": "formula", "criteria": f'=LEFT($B${READY + 1},5)="Ready"', "format": style}
        self.sheet.conditional_format(READY, NUMBER, READY, WORDS, options)
        if self.tracker.buttons:
            self.sheet.write_blank(READY + 1, NUMBER, None, self.format(italic=True, font_size=10, font_color=GREY))
            self.name("qip_checked", READY + 1, NUMBER)

    def ready_formula(self) -> str:
        must_fix, look = (count_name(severity) for severity in SEVERITIES[:2])
        name, nil = self.cover_cell("submitted_by"), self.cover_cell("nil")
        to_look = f'IF({look}>0,", "&{look}&" to look at","")'
        to_fix = f'"Not ready to send: "&{must_fix}&IF({must_fix}=1," thing"," things")&" to fix"&{to_look}&"."'
        ready = f'"Ready to send"&IF({look}>0,", with "&{look}&IF({look}=1," thing"," things")&" to look at","")&"."'
        signed = f'IF({formula.clean_name(formula.compared(name))}="",{quoted(UNSIGNED)},{ready})'
        state = f'IF(AND({self.entered()[0]}=0,{nil}<>"Yes"),{quoted(EMPTY)},IF({must_fix}>0,{to_fix},{signed}))'
        later = f"&{self.later[0]}" if self.tracker.workings.postpones else ""
        return f"{state}{later}&{UNRATED}"

    @cached_property
    def later(self) -> tuple[str, str]:
        """What is asked in later months: a formula and its value."""
        return later_line(self.tracker, self.book)

    def ready_text(self) -> str:
        return self.state_text() + self.later[1]

    def state_text(self) -> str:
        must_fix, look, *_ = problem_counts(self.tracker.workings, self.book)
        cover = self.tracker.cover
        if not self.entered()[1] and cover.get("nil") != "Yes":
            return EMPTY
        if must_fix:
            to_look = f", {look} to look at" if look else ""
            return f"Not ready to send: {must_fix} {things(must_fix)} to fix{to_look}."
        if is_placeholder(clean_text(as_text(cover.get("submitted_by")))):
            return UNSIGNED
        return f"Ready to send{f', with {look} {things(look)} to look at' if look else ''}."

    def entered(self) -> tuple[str, int]:
        """The number of rows in use of the first table that is rated."""
        rules, workings = self.tracker.template.rules, self.tracker.workings
        key = next((key for key in rules.ratings if rules.main_rating(key) is not None), next(iter(workings.layouts)))
        return f"COUNTIF({workings.column_span(key, used(key))},TRUE)", int(
            self.book.tables[key].values(used(key)).sum()
        )

    def colour_chips(self) -> None:
        """Colour each letter on the right as the template colours its rating."""
        states: dict[str, State] = {}
        for key in LETTERED:
            rating = self.tracker.template.rules.main_rating(key) if key in self.tracker.layouts else None
            states |= {state.letter: state for state in rating.states} if rating is not None else {}
        for letter, state in states.items():
            border = {"border": 1, "border_color": "#B7BFC7"} if state.fill.upper() == "FFFFFF" else {}
            style = self.writer.book.add_format({"bg_color": f"#{state.fill}", "font_color": f"#{state.ink}", **border})
            options = {"type": "cell", "criteria": "==", "value": quoted(letter), "format": style}
            self.sheet.conditional_format(FIRST, CHIP, self.last, CHIP, options)

    def name(self, name: str, row: int, column: int) -> None:
        """Give a cell a defined name."""
        address = f"${layout.column_letters(column)}${row + 1}"
        self.writer.book.define_name(name, f"='{layout.START}'!{address}")


def things(count: int) -> str:
    return "thing" if count == 1 else "things"


def said_lines(tracker: Tracker) -> Iterator[SaidLine]:
    """Each question of head office, with the answer given before, then what head office says."""
    for query in tracker.queries:
        yield SaidLine(query)
        yield SaidLine(tracker.answers.get(query, ""), is_answer=True)
    for news in tracker.news:
        yield SaidLine(news.text, news.ref, sheet=news.sheet)
    if not tracker.queries and not tracker.news:
        yield SaidLine("Nothing this month.")
