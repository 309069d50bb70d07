"""The steps of a month on Start here: what each asks, how much of it is done, and a link to the first cell that is missing.

The template's calculated values say which rows a step is about, so that the formulas and their stored values agree. A step
whose table or value a template does not have is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qipxl.rules.evaluate import Book
from qipxl.rules.expression import EPOCH, quoted
from qipxl.rules.schema import used
from qipxl.text import as_text, clean_text, is_placeholder
from qipxl.tracker.content import CellNote, Tracker
from qipxl.tracker.workings import Workings
from qipxl.workbook.layout import HEADING_ROW
from qipxl.workbook.writer import WorkbookWriter

GO_THERE = "Go there ›"
IN_SIGHT = 10
"""The rows of a table that a laptop shows without scrolling."""


@dataclass(frozen=True)
class Step:
    """A step: its text, then formulas with their values: the count, whether it is done, and the link.

    `cell` is the cell that the link goes to when the tracker is issued.
    """

    text: str
    count: tuple[str, str]
    done: tuple[str, bool]
    link: str
    cell: CellNote | None = None


def month_steps(tracker: Tracker, book: Book, name_cell: str, signed: str) -> list[Step]:
    """The steps of a tracker's month, in order; `name_cell` is the sender's cell, `signed` a formula that says if it is filled."""
    steps = [*TableSteps(tracker, book).steps()]
    is_signed = not is_placeholder(clean_text(as_text(tracker.cover.get("submitted_by"))))
    count = (f'IF({signed},"signed","not yet")', "signed" if is_signed else "not yet")
    link = f'HYPERLINK("#{name_cell}","{GO_THERE}")'
    return [*steps, Step("Sign below, save, and send the file back", count, (signed, is_signed), link)]


def select_first_cells(writer: WorkbookWriter, tracker: Tracker, book: Book) -> None:
    """Open each sheet at the cell that its first step asks for, if that is in sight without scrolling."""
    for step in reversed(list(TableSteps(tracker, book).steps())):
        if step.cell is not None and step.cell.row < HEADING_ROW + IN_SIGHT:
            row, column = step.cell.row - 1, step.cell.column
            writer.book.get_worksheet_by_name(step.cell.sheet).set_selection(row, column, row, column)


class TableSteps:
    """The steps that the rows of the tracker's tables decide."""

    def __init__(self, tracker: Tracker, book: Book) -> None:
        self.tracker = tracker
        self.workings: Workings = tracker.workings
        self.book = book
        self.month = f"{tracker.period.first:%B}"

    def steps(self) -> Iterator[Step]:
        last = f"{self.tracker.period.last.day} {self.month}"
        if self.has("measurements", "asked_this_month", "figure_missing"):
            asked, missing = ("measurements", "asked_this_month"), ("measurements", "figure_missing")
            count = self.part_done(asked, missing, "entered", "no figures to enter")
            goes_to = self.link("measurements", "numerator", self.first_true(*missing))
            yield Step(f"Enter the figures for {self.month}", count, self.is_none(missing), *goes_to)
        if self.has("actions", "open_now", "update_due", "last_update"):
            asked, missing = ("actions", "open_now"), ("actions", "update_due")
            count = self.part_done(asked, missing, f"updated in {self.month}", "no open actions")
            goes_to = self.link("actions", "last_update", self.first_true(*missing))
            (none, is_none), (entered, has_any) = self.is_none(missing), self.is_entered("actions")
            yield Step(
                "Bring your actions up to date", count, (f"AND({none},{entered})", is_none and has_any), *goes_to
            )
        if self.has("actions", "late_now", "late_unexplained", "slippage_reason"):
            late, missing = ("actions", "late_now"), ("actions", "late_unexplained")
            otherwise = self.chosen(late, "explained", "none overdue")
            goes_to = self.link("actions", "slippage_reason", self.first_true(*missing))
            count = self.named(missing, otherwise, "agreed_due")
            yield Step("Overdue: say why, and what was done about it", count, self.is_none(missing), *goes_to)
        if self.has("milestones", "due_this_month", "done_on"):
            due = ("milestones", "due_this_month")
            goes_to = self.link("milestones", "done_on", self.first_true(*due))
            count = self.named(due, ('"none open"', "none open"))
            yield Step(f"Milestones due by {last}", count, self.is_none(due), *goes_to)
        if self.has("actions", "review_this_month") and "reviews" in self.tracker.layouts:
            due = ("actions", "review_this_month")
            count = self.named(due, ('"none due"', "none due"))
            goes_to = self.link("reviews", self.first_field("reviews"), self.first_free("reviews"))
            yield Step(f"Reviews due by {last}: did the change hold?", count, self.is_none(due), *goes_to)
        if self.has("evidence", "new_this_month"):
            number, value = self.count("evidence", "new_this_month")
            items = f'{number}&IF({number}=1," item"," items")&" in {self.month}"'
            text = f"{value} {'item' if value == 1 else 'items'} in {self.month}"
            goes_to = self.link("evidence", self.first_field("evidence"), self.first_free("evidence"))
            yield Step("Log new evidence", (items, text), (f"{number}>0", value > 0), *goes_to)

    def has(self, key: str, *names: str) -> bool:
        """True if the template has a table with these columns."""
        table = self.workings.rules.schema.tables.get(key)
        return table is not None and table.columns.keys() >= set(names)

    def span(self, key: str, name: str) -> str:
        return self.workings.column_span(key, self.workings.rules.schema.tables[key].columns[name])

    def values(self, key: str, name: str) -> list[object]:
        return list(self.book.tables[key].values(self.workings.rules.schema.tables[key].columns[name]))

    def count(self, key: str, name: str) -> tuple[str, int]:
        """The number of rows for which a value is true, as a formula and in Python."""
        return f"COUNTIF({self.span(key, name)},TRUE)", sum(map(bool, self.values(key, name)))

    def is_entered(self, key: str) -> tuple[str, bool]:
        """Whether a table has a row in use: a plan without actions is not up to date."""
        filled = self.book.tables[key].values(used(key))
        return f"COUNTIF({self.workings.column_span(key, used(key))},TRUE)>0", bool(filled.any())

    def is_none(self, rows: tuple[str, str]) -> tuple[str, bool]:
        number, value = self.count(*rows)
        return f"{number}=0", value == 0

    def chosen(self, rows: tuple[str, str], some: str, none: str) -> tuple[str, str]:
        """One text if there are such rows, else another."""
        number, value = self.count(*rows)
        return f'IF({number}>0,"{some}","{none}")', some if value else none

    def part_done(self, asked: tuple[str, str], missing: tuple[str, str], verb: str, none: str) -> tuple[str, str]:
        """How many of the rows that a step asks for are done, such as “0 of 3 entered”."""
        (all_rows, total), (open_rows, left) = self.count(*asked), self.count(*missing)
        formula = f'IF({all_rows}=0,"{none}",{all_rows}-{open_rows}&" of "&{all_rows}&" {verb}")'
        return formula, f"{total - left} of {total} {verb}" if total else none

    def named(self, rows: tuple[str, str], otherwise: tuple[str, str], since: str = "") -> tuple[str, str]:
        """The ref of the first such row and how many more there are; `since` is a date to add to the ref."""
        key, _ = rows
        number, value = self.count(*rows)
        identity = self.tracker.layouts[key].line.identity
        first, row = self.first_true(*rows)
        ref = f"INDEX({self.span(key, identity)},{first})"
        text = str(self.values(key, identity)[row - 1])
        if since:
            ref += f'&", since "&TEXT(INDEX({self.span(key, since)},{first}),"d mmmm")'
            day = EPOCH + (int(str(self.values(key, since)[row - 1])) * (EPOCH.resolution))
            text += f", since {day.day} {day:%B}"
        more = f'IF({number}>1," and "&{number}-1&" more","")'
        if value > 1:
            text += f" and {value - 1} more"
        return f"IF({number}=0,{otherwise[0]},{ref}&{more})", text if value else otherwise[1]

    def first_field(self, key: str) -> str:
        return self.tracker.layouts[key].line.field[0].key

    def first_true(self, key: str, name: str) -> tuple[str, int]:
        """The number of the first row for which a value is true; the first row if there is none."""
        number = next((number for number, value in enumerate(self.values(key, name), 1) if value), 1)
        return f"IFERROR(MATCH(TRUE,{self.span(key, name)},0),1)", number

    def first_free(self, key: str) -> tuple[str, int]:
        """The number of the first row that is not in use; the first row if there is none."""
        is_used = self.book.tables[key].values(used(key))
        number = next((number for number, value in enumerate(is_used, 1) if not value), 1)
        return f"IFERROR(MATCH(FALSE,{self.workings.column_span(key, used(key))},0),1)", number

    def link(self, key: str, field: str, number: tuple[str, int]) -> tuple[str, CellNote]:
        """A link to a row's cell, found by its table and heading, and where that cell is now."""
        layout = self.tracker.layouts[key]
        heading = f"{layout.name}[[#Headers],[{layout.line.field_named(field).heading}]]"
        target = quoted(f"#'{layout.line.sheet}'!")
        formula = f'HYPERLINK({target}&ADDRESS(ROW({heading})+{number[0]},COLUMN({heading}),4),"{GO_THERE}")'
        return formula, CellNote(layout.line.sheet, HEADING_ROW + number[1], layout.index(field))
