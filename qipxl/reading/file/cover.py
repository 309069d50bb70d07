"""Reads Start here and Settings of a return and compares them with the issued values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from qipxl.periods import Period
from qipxl.reading.file.issued_changes import as_issued, gone_refs
from qipxl.reading.file.opened import Findings, ReadTable
from qipxl.reading.file.plan import TablePlan
from qipxl.reading.file.raw_workbook import AnyBook
from qipxl.returns.problems import Problem, shown
from qipxl.returns.text_dates import month_in, read_text_date
from qipxl.text import as_text, clean_text, is_placeholder, number_text
from qipxl.workbook import layout
from qipxl.workbook.cells import NO_DAY, CellError, is_blank
from qipxl.workbook.headings import fold
from qipxl.workbook.layout import cell_address
from qipxl.workbook.stamp import Stamp, setting_digest

SEARCHED_ROWS = 200
"""The number of rows of Start here that are searched for labels: the longest one has 150."""
ALWAYS_FILLED = ("service", "code", "period", "period_end", "submission")
"""Lines that a tracker is never issued without: they show how far the values are from the labels in the same column."""
READ_HERE = ("code", "period", "submitted_by", "submission", "nil")
"""Lines that are read; head office knows the others from the stamp."""
ENOUGH_LABELS = 6
"""The labels on a tab by which a renamed Start here is recognised."""
SERIAL_DAYS = range(36_526, 73_051)
"""The numbers that a spreadsheet stores for the days from 2000 to 2099."""
WHOLE_NUMBER = re.compile(r"[^\d.,]*[.]?[^\d.,]*(\d{1,4})(?:[.,]0+)?(?!\d)[^\d]*")
LABELS = {fold(label).rstrip("?: "): line for line in layout.COVER for label in (line.label, line.old) if label}


@dataclass(frozen=True)
class Cover:
    """The values of Start here by their keys, the row and column (from 0) of each, and the column of the first label."""

    sheet: str = layout.START
    values: dict[str, object] = field(default_factory=dict)
    cells: dict[str, tuple[int, int]] = field(default_factory=dict)
    label_column: int = 0

    def problem(self, code: str, key: str, value: str = "", more: str = "") -> Problem:
        """A problem at the cell of a value."""
        line = next(line for line in layout.COVER if line.key == key)
        row, column = self.cells[key]
        return Problem(code, "", self.sheet, row + 1, "", cell_address(column, row + 1), line.label, value, more)


def read_cover(book: AnyBook, stamp: Stamp, tables: Collection[str], findings: Findings) -> Cover:
    """Start here, found by its labels; a service or month other than the stamp's is a problem.

    `tables` are the sheets that hold a table, which are not searched if Start here was renamed.
    """
    cover = find_cover(book, tables)
    if cover is None:
        return Cover()
    if cover.sheet != layout.START:
        findings.problems.append(Problem("tab-renamed", "", cover.sheet, heading=layout.START))
    missing = [line.label for line in layout.COVER if line.key in READ_HERE and line.key not in cover.values]
    if missing:
        findings.problems.append(Problem("cover-line-missing", "", cover.sheet, value=", ".join(missing)))
    compare_with_stamp(cover, stamp, findings)
    submission = cover.values.get("submission", "")
    number = submission_number(submission)
    if number is None:
        findings.problems.append(cover.problem("submission-not-read", "submission", shown(as_text(submission))))
    cover.values["submission"] = number or 0
    return cover


def find_cover(book: AnyBook, tables: Collection[str]) -> Cover | None:
    """The tab Start here with its values; if there is none of this name, a tab with most of its labels."""
    if layout.START in book.names:
        return cover_on(book, layout.START)
    others = [cover_on(book, name) for name in book.names if name not in tables]
    return next((cover for cover in others if len(cover.values) >= ENOUGH_LABELS), None)


def cover_on(book: AnyBook, sheet: str) -> Cover:
    """The values next to the labels on a tab, in whatever column the labels and the values are."""
    rows = book.rows(sheet)[:SEARCHED_ROWS]
    labels: dict[str, tuple[int, int]] = {}
    for index, row in enumerate(rows):
        for column, cell in enumerate(row):
            line = LABELS.get(fold(cell).rstrip("?: ")) if isinstance(cell, str) and cell else None
            if line is not None:
                labels.setdefault(line.key, (index, column))
    values, cells = dict[str, object](), dict[str, tuple[int, int]]()
    for key, (index, column) in labels.items():
        value = column + steps_to_value(rows, labels, column)
        values[key] = rows[index][value] if value < len(rows[index]) else ""
        cells[key] = index, value
    return Cover(sheet, values, cells, min((column for _, column in labels.values()), default=0))


def steps_to_value(rows: Sequence[Sequence[object]], labels: Mapping[str, tuple[int, int]], left: int) -> int:
    """How many columns the values are to the right of the labels in column `left`: usually 1."""
    steps = Counter[int]()
    for key in ALWAYS_FILLED:
        index, column = labels.get(key, (0, -1))
        if column == left:
            filled = (step for step, cell in enumerate(rows[index][column + 1 :], 1) if not is_blank(cell))
            steps.update([next(filled, 1)])
    return steps.most_common(1)[0][0] if steps else 1


def compare_with_stamp(cover: Cover, stamp: Stamp, findings: Findings) -> None:
    """Add a problem for a service or a month that differs from the stamp's, and set the return aside if one is given."""
    for key, is_same, difference in (
        ("code", is_same_code, "another service"),
        ("period", is_same_month, "another month"),
    ):
        issued = stamp.facts.get(key, "")
        cell = cover.values.get(key)
        if cell is None or not issued or is_same(cell, issued):
            continue
        value = shown(as_text(cell))
        findings.problems.append(cover.problem("cover-differs", key, value, issued))
        if not is_blank(cell):
            findings.aside.append(
                f"Start here names {difference} ({value}) than the tracker was issued for ({issued})."
            )


def is_same_code(cell: object, issued: str) -> bool:
    return fold(as_text(cell)) == fold(issued)


def is_same_month(cell: object, issued: str) -> bool:
    return month_of(cell) == Period.read(issued)


def month_of(cell: object) -> Period | None:
    """The month that a cell names, as a date, as its number or as text in any spelling; None if it names none."""
    if isinstance(cell, float) and int(cell) in SERIAL_DAYS:
        cell = NO_DAY + timedelta(days=int(cell))
    if isinstance(cell, date):
        return Period(cell.year, cell.month)
    text = number_text(cell) if isinstance(cell, float) else as_text(cell)
    day = read_text_date(text).day
    return Period(day.year, day.month) if day is not None else month_in(text)


def submission_number(cell: object) -> int | None:
    """The submission number that a cell holds, such as 2 for "v2"; 0 for a blank cell, None if it holds something else."""
    if is_blank(cell):
        return 0
    if isinstance(cell, float):
        return int(cell) if cell == cell // 1 and cell >= 0 else None
    match = WHOLE_NUMBER.fullmatch(fold(cell)) if isinstance(cell, str) and not isinstance(cell, CellError) else None
    return int(match[1]) if match else None


def check_settings(
    book: AnyBook, settings: Mapping[str, float], issued: Collection[str], problems: list[Problem]
) -> None:
    """Add a problem for each setting that is neither the provider's nor, by the digests in `issued`, that of the issued tracker."""
    if layout.SETTINGS not in book.names:
        return
    for number, row in enumerate(book.rows(layout.SETTINGS), 1):
        name = str(row[0]) if row else ""
        if (
            name in settings
            and len(row) > 2
            and row[2] != settings[name]
            and setting_digest(name, row[2]) not in issued
        ):
            heading, value = shown(row[1]), shown(as_text(row[2]))
            more = f"{settings[name]:g}"
            problems.append(
                Problem("settings-edited", "", layout.SETTINGS, number, "", f"C{number}", heading, value, more)
            )


SIGNATURE = ("submitted_by", "submitted_on", "submission")
"""The lines of Start here that say who sent the return: a tracker with nothing else is blank."""


def unfinished(
    plans: Mapping[str, TablePlan], tables: Mapping[str, ReadTable], stamp: Stamp, cover: Cover, findings: Findings
) -> bool:
    """Add problems for a tracker returned blank or unsigned; true if it says that there is nothing to report.

    A tracker is blank if no sheet that a service fills in differs from the issued one. If issued rows of a rated table are
    gone, it is not a nil return, whatever Start here says; the note on the receipt gives the reason.
    """
    nil = as_text(cover.values.get("nil", "")).strip().lower() == "yes"
    rated = [key for key, plan in plans.items() if plan.rated]
    empty = [key for key in rated if not tables[key].rows]
    if not nil:
        answers = [line.key for line in layout.COVER if line.filled_by == "service" and line.key not in SIGNATURE]
        is_entered = any(not is_blank(cover.values.get(key, "")) for key in answers) or any(
            not as_issued(key, plan, tables[key], stamp) for key, plan in plans.items() if plan.by_service
        )
        to_fill = [key for key in empty if not is_entered or any(row.table == key for row in stamp.issued)]
        findings.problems += [Problem("nothing-entered", key, tables[key].placement.sheet) for key in to_fill]
        if rated and len(empty) == len(rated) and not is_entered:
            findings.aside.append(
                "Nothing is entered, and Start here does not say that there is nothing to report: a blank tracker."
            )
    elif gone := {key: count for key in rated if (count := len(gone_refs(key, plans[key], tables[key], stamp)))}:
        nil = False
        texts = [
            f"{count} issued {'row' if count == 1 else 'rows'} of {plans[key].sheet}" for key, count in gone.items()
        ]
        missing = f"{' and '.join(texts)} {'is' if sum(gone.values()) == 1 else 'are'} missing"
        findings.note = f"Start here says that there is nothing to report, but {missing}: not a nil return."
        findings.problems.append(cover.problem("nil-without-plan", "nil", more=missing))
    elif len(empty) < len(rated):
        findings.problems.append(cover.problem("nil-with-rows", "nil"))
    if "submitted_by" in cover.values and is_placeholder(clean_text(as_text(cover.values["submitted_by"]))):
        findings.problems.append(cover.problem("not-signed", "submitted_by"))
    return nil
