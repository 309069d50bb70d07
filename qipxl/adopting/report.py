"""The report about one old workbook: what was found, where it was carried to, and every cell not carried, with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from qipxl.adopting.adopt import Adopted
from qipxl.periods import Period
from qipxl.privacy import without
from qipxl.reading.file.limits import Limits
from qipxl.reading.file.package import Package
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.workbook_parts import tabs_of
from qipxl.template import Template
from qipxl.text import names_text
from qipxl.tracker.list_sheet import FIRST, write_list_sheet
from qipxl.workbook.writer import WorkbookWriter, new_workbook, row_height

FRONT = "Report"
Cell = str | int
LISTS: dict[str, dict[str, int]] = {
    "Tables": {"Where": 30, "Carried into": 20, "Rows": 9, "Carried": 9},
    "Rows set aside": {"Tab": 22, "Row": 8, "Why": 40, "What it says": 80},
    "Cells not carried": {"Tab": 22, "Cell": 9, "Why": 40, "What it says": 80},
}
"""The lists of a report, with the widths of their columns."""
RISKS = "Risks"
RISK_COLUMNS = {"Ref": 12, "Service": 12, "Risk": 80, "Actions that name it": 40}
WHERE_RISKS = "in risks.xlsx, to be copied into the sheet Risks of your register"
NO_ACTION = "none on the sheet Actions"
"""The list of risks, in a report about a risk register only."""


def is_report(path: Path) -> bool:
    """True for a report that qipxl wrote."""
    try:
        titles = {tab.title for tab in tabs_of(Package(path.read_bytes(), Limits()))}
    except (RefusedError, OSError):
        return False
    return {FRONT, *LISTS} <= titles


def write_report(adopted: Adopted, template: Template, period: Period, path: Path) -> Path:
    """Write the report, with probable personal data withheld, and return its path. Raises OutputError if it cannot be written."""
    title = f"Adopted: {adopted.workbook.name}"
    with new_workbook(path, title, period.first) as writer:
        write_summary_sheet(writer, title, list(summary_lines(adopted, template)))
        for name, lines in zip(LISTS, list_lines(adopted, template), strict=True):
            style = {"text_wrap": True, "align": "left"}
            write_list_sheet(writer, name, f"{len(lines)} in all.", LISTS[name], lines, style)
        if risks := list(risk_rows(adopted)):
            write_list_sheet(writer, RISKS, f"{len(risks)} in all: {WHERE_RISKS}.", RISK_COLUMNS, risks, style)
    return path


def summary_lines(adopted: Adopted, template: Template) -> Iterator[tuple[str, Cell]]:
    """The figures of the report, which add up."""
    yield "Cells that hold something", adopted.filled
    has_risks = any(plan.risks for plan in adopted.plans.values())
    yield f"carried into a tracker{' or into risks.xlsx' * has_risks}", adopted.carried
    yield "not carried: listed on the sheet Cells not carried", len(adopted.not_carried)
    yield "The two add up", "Yes" if adopted.reconciles else "No: please report this"
    yield "Tables found", len(adopted.tables)
    yield "Rows set aside", len(adopted.rows_set_aside)
    tabs = adopted.workbook.tabs
    yield "Hidden rows, read like all others", sum(len(tab.hidden_rows & tab.rows.keys()) for tab in tabs)
    yield "Hidden tabs, read like all others", sum(tab.hidden for tab in tabs)
    if adopted.workbook.not_read:
        yield "Not read", adopted.workbook.not_read
    for code, plan in adopted.plans.items():
        held = ", ".join(f"{template.tables[key].sheet} {len(rows)}" for key, rows in plan.rows.items() if rows)
        yield f"Tracker of {code}", f"{held}; lines on Carried over {len(plan.carried_over)}".removeprefix("; ")
        if plan.risks:
            yield f"Risks of {code}", f"{len(plan.risks)}: {WHERE_RISKS}"


def risk_rows(adopted: Adopted) -> Iterator[tuple[Cell, ...]]:
    """A line for each risk, with the actions that name it."""
    for code, plan in adopted.plans.items():
        for risk in plan.risks:
            yield risk.ref, code, without(risk.risk), names_text(risk.actions) or NO_ACTION


def list_lines(adopted: Adopted, template: Template) -> list[list[tuple[Cell, ...]]]:
    """The lines of each list."""
    sheets = {key: line.sheet for key, line in template.tables.items()}
    return [
        [(where, sheets.get(into, "not carried"), rows, carried) for where, into, rows, carried in adopted.tables],
        [(tab, row, reason, without(text)) for tab, row, reason, text in adopted.rows_set_aside],
        [(cell.tab, cell.address, cell.reason, without(cell.text)) for cell in adopted.not_carried],
    ]


def write_summary_sheet(writer: WorkbookWriter, title: str, lines: Sequence[tuple[str, Cell]]) -> None:
    """Write the sheet Report: each figure with its label."""
    about = "The outcome of every filled cell: carried into a tracker, or listed here with a reason."
    sheet = writer.sheet(FRONT, title, about)
    sheet.set_column(0, 0, 54)
    sheet.set_column(1, 1, 70, writer.format(text_wrap=True))
    for row, (label, value) in enumerate(lines, FIRST):
        sheet.put(row, 0, label, writer.format(bold=True))
        sheet.put(row, 1, value, writer.format(text_wrap=True, align="left"))
        sheet.set_row(row, row_height([(value, 70)]))
