"""Reads Start here and Settings of a return and compares them with the issued values."""

from __future__ import annotations

from collections.abc import Mapping

from qipxl.reading.file.opened import Findings, ReadTable
from qipxl.reading.file.plan import TablePlan
from qipxl.reading.file.raw_workbook import AnyBook
from qipxl.returns.problems import Problem, shown
from qipxl.text import as_text, clean_text, is_placeholder
from qipxl.workbook import layout
from qipxl.workbook.cells import is_blank
from qipxl.workbook.stamp import Stamp

SEARCHED_ROWS = 40
"""The number of rows of Start here that are searched for labels."""


def read_cover(book: AnyBook, stamp: Stamp, findings: Findings) -> dict[str, object]:
    """The values of Start here by the labels in column A; a service or month other than the stamp's is a problem."""
    if layout.START not in book.names:
        return {}
    labels = {line.label.lower(): line for line in layout.COVER}
    cover: dict[str, object] = {}
    for number, row in enumerate(book.rows(layout.START)[:SEARCHED_ROWS], 1):
        line = labels.get(str(row[0]).strip().lower()) if row else None
        if line is None or len(row) < 2:
            continue
        cover.setdefault(line.key, row[1])
        issued = stamp.facts.get(line.key, "")
        if line.key in ("code", "period") and issued and not is_same(row[1], issued):
            value = shown(as_text(row[1]))
            findings.problems.append(
                Problem("cover-differs", "", layout.START, number, "", f"B{number}", line.label, value, issued)
            )
            if is_blank(row[1]):
                continue
            difference = "another service" if line.key == "code" else "another month"
            findings.aside.append(
                f"Start here names {difference} ({value}) than the tracker was issued for ({issued})."
            )
    return cover


def is_same(cell: object, issued: str) -> bool:
    return as_text(cell).strip().lower() == issued.lower()


def check_settings(book: AnyBook, settings: Mapping[str, float], problems: list[Problem]) -> None:
    """Add a problem for each setting that differs from the template's."""
    if layout.SETTINGS not in book.names:
        return
    for number, row in enumerate(book.rows(layout.SETTINGS), 1):
        name = str(row[0]) if row else ""
        if name in settings and len(row) > 2 and row[2] != settings[name]:
            heading, value = shown(row[1]), shown(as_text(row[2]))
            more = f"{settings[name]:g}"
            problems.append(
                Problem("settings-edited", "", layout.SETTINGS, number, "", f"C{number}", heading, value, more)
            )


def unfinished(
    plans: Mapping[str, TablePlan], tables: Mapping[str, ReadTable], cover: Mapping[str, object], findings: Findings
) -> bool:
    """Add problems for a tracker returned empty or unsigned; true if it says that there is nothing to report."""
    nil = as_text(cover.get("nil", "")).strip().lower() == "yes"
    rated = [key for key, plan in plans.items() if plan.rated]
    empty = [key for key in rated if not tables[key].rows]
    if not nil:
        findings.problems += [Problem("nothing-entered", key, tables[key].placement.sheet) for key in empty]
        if rated and len(empty) == len(rated) and not any(tables[key].found for key in rated):
            findings.aside.append(
                "Nothing is entered, and Start here does not say that there is nothing to report: a blank tracker."
            )
    elif len(empty) < len(rated):
        findings.problems.append(cover_problem("nil-with-rows", "nil"))
    if "submitted_by" in cover and is_placeholder(clean_text(as_text(cover["submitted_by"]))):
        findings.problems.append(cover_problem("not-signed", "submitted_by"))
    return nil


def cover_problem(code: str, key: str) -> Problem:
    """A problem at a cell of Start here."""
    row, label = next((row, line.label) for row, line in enumerate(layout.COVER, layout.COVER_ROW) if line.key == key)
    return Problem(code, "", layout.START, row, cell=f"B{row}", heading=label)
