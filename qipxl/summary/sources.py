"""The returns a summary is made from: every file with its rows, and every problem found in them."""

from __future__ import annotations

from qipxl.summary.sheet_spec import PROBLEMS, SOURCES, ColumnSpec, SheetSpec, plural
from qipxl.summary.summary import ProviderSummary


def problems(summary: ProviderSummary) -> SheetSpec:
    """Every problem in the returns, with its cell and what to do."""
    columns = [
        ColumnSpec("Service", "service", 24), ColumnSpec("Severity", "severity", 14), ColumnSpec("Sheet", "sheet", 16),
        ColumnSpec("Cell", "cell", 9), ColumnSpec("Heading", "heading", 20), ColumnSpec("Found", "value", 24),
        ColumnSpec("What is wrong, and what to do", "message", 80), ColumnSpec("Code", "code", 24), ColumnSpec("File", "file", 28),
    ]  # fmt: skip
    about = "What is wrong in the returns, by file and cell, and what to do about each."
    services = summary.problems["return"].map(summary.sources["name"])
    return SheetSpec(
        PROBLEMS,
        about,
        f"{plural(len(summary.problems), 'problem')}.",
        columns,
        summary.problems.assign(service=services),
    )


def sources(summary: ProviderSummary) -> SheetSpec:
    """Every file with its status, the number of its rows, and its digest."""
    found, used = int(summary.sources["rows_found"].sum()), int(summary.sources["rows_accepted"].sum())
    aside, twice = int(summary.sources["rows_set_aside"].sum()), int(summary.sources["rows_superseded"].sum())
    line = f"Rows found {found} = accepted {used} + set aside {aside} + superseded {twice}."
    columns = [
        ColumnSpec("File", "file", 34), ColumnSpec("Status", "status", 14), ColumnSpec("Why", "reason", 50),
        ColumnSpec("Service", "name", 26),
        ColumnSpec("Period", "period", 10), ColumnSpec("Submission", "submission", 11), ColumnSpec("Submitted by", "submitted_by", 18),
        ColumnSpec("Rows found", "rows_found", 9), ColumnSpec("Rows accepted", "rows_accepted", 10),
        ColumnSpec("Rows set aside", "rows_set_aside", 10),
        ColumnSpec("Rows superseded", "rows_superseded", 11),
        ColumnSpec("Template", "template", 12), ColumnSpec("Version", "version", 9), ColumnSpec("SHA-256", "digest", 68, wrap=False),
    ]  # fmt: skip
    return SheetSpec(
        SOURCES,
        "Every file found, whether it was used, and if not, why.",
        line,
        columns,
        summary.sources,
        "No file was found.",
    )
