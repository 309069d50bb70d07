"""The returns a summary is made from: every file with its rows, and every problem found in them."""

from __future__ import annotations

from qipxl.summary.sheet_spec import PROBLEMS, SOURCES, ColumnSpec, SheetSpec, columns_of, listing
from qipxl.summary.summary import ROWS_OF_FILES, ProviderSummary


def problems(summary: ProviderSummary) -> SheetSpec:
    """Every problem in the returns, with its cell and what to do."""
    columns = columns_of(
        ("Service", "service", 24), ("Severity", "severity", 14), ("Sheet", "sheet", 16), ("Cell", "cell", 9), ("Heading", "heading", 20),
        ("Found", "value", 24), ("What is wrong, and what to do", "message", 80), ("Code", "code", 24), ("File", "file", 28),
    )  # fmt: skip
    about = "What is wrong in the returns, by file and cell, and what to do about each."
    lines = summary.problems.assign(service=summary.problems["return"].map(summary.sources["name"]))
    return listing(PROBLEMS, about, columns, lines, "problem")


def sources(summary: ProviderSummary) -> SheetSpec:
    """Every file with its status, the number of its rows, and its digest."""
    found, used, aside, twice = summary.sources[["rows_found", *ROWS_OF_FILES]].sum().astype(int)
    line = f"Rows found {found} = accepted {used} + set aside {aside} + superseded {twice}."
    columns = columns_of(
        ("File", "file", 34), ("Status", "status", 14), ("Why", "reason", 50), ("Service", "name", 26), ("Period", "period", 10),
        ("Submission", "submission", 11), ("Submitted by", "submitted_by", 18), ("Rows found", "rows_found", 9),
        ("Rows accepted", "rows_accepted", 10), ("Rows set aside", "rows_set_aside", 10), ("Rows superseded", "rows_superseded", 11),
        ("Template", "template", 12), ("Version", "version", 9),
    )  # fmt: skip
    columns += (ColumnSpec("SHA-256", "digest", 68, wrap=False),)
    about = "Every file found, whether it was used, and if not, why."
    return SheetSpec(SOURCES, about, line, columns, summary.sources, "No file was found.")
