"""The returns a summary is made from: every file with its rows, and every problem found in them."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from qipxl.summary.sheet_spec import PROBLEMS, SOURCES, ColumnSpec, SheetSpec, columns_of, listing
from qipxl.summary.summary import ROWS_OF_FILES, ProviderSummary

COLUMN_LETTERS = re.compile(r"![A-Z]+(?=\d*$)")
USED = {
    "accepted": "yes", "duplicate": "no, a copy", "superseded": "no, replaced by a newer file", "set aside": "no, set aside",
    "refused": "no, refused", "ignored": "no, not a return",
}  # fmt: skip
"""Whether a file is used, by its status."""


def problems(summary: ProviderSummary) -> SheetSpec:
    """Every problem in the returns, with its cell and what to do."""
    columns = columns_of(
        ("Service", "service", 18), ("Action", "action", 9), ("What to do", "message", 92), ("Severity", "severity", 15),
        ("Sheet", "sheet", 16), ("Cell", "cell", 8), ("Heading", "heading", 20), ("Found", "value", 24), ("File", "file", 28),
        ("Code", "code", 24),
    )  # fmt: skip
    about = "What is wrong in the returns, with the cell, and what to do about it."
    lines = summary.problems.assign(
        service=summary.problems["return"].map(summary.sources["name"]), action=refs_of(summary), message=instructions(summary.problems)
    )  # fmt: skip
    severity = lines["severity"].value_counts()
    title = f"{PROBLEMS}: {severity.get('must fix', 0)} to fix, {severity.get('should look', 0)} to look at"
    told = int(severity.get("for information", 0))
    title += f", {told} for information" if told else ""
    return replace(listing(PROBLEMS, about, columns, lines, "problem"), title=title)


def refs_of(summary: ProviderSummary) -> pd.Series:
    """The Ref of the action in whose row each problem is; empty for problems in other rows."""
    actions, problems = summary.actions_with(("file", "cell", "ref"), summary.current.index), summary.problems
    rows = dict(zip(actions["file"] + "/" + row_of(actions["cell"]), actions["ref"], strict=True))
    places = problems["file"] + "/" + row_of(problems["sheet"] + "!" + problems["cell"])
    return pd.Series([rows.get(place, "") for place in places], problems.index, dtype=object)


def row_of(cells: pd.Series) -> pd.Series:
    """The sheet and row of each cell, such as Actions!5 of Actions!L5."""
    return cells.map({cell: COLUMN_LETTERS.sub("!", str(cell)) for cell in cells.unique()})


def instructions(problems: pd.DataFrame) -> list[str]:
    """The sentences of problems without the cell at their beginning, which has a column of its own."""
    places = zip(problems["sheet"] + "!" + problems["cell"] + " ", problems["message"], strict=True)
    return [str(message).removeprefix(place) for place, message in places]


def sources(summary: ProviderSummary) -> SheetSpec:
    """Every file: whether it is used, the number of its rows, and its digest."""
    found, used, aside, twice = summary.sources[["rows_found", *ROWS_OF_FILES]].sum().astype(int)
    line = f"Rows found {found} = used {used} + set aside {aside} + copied or replaced {twice}."
    columns = columns_of(
        ("File", "file", 34), ("Used?", "used", 16), ("Why", "reason", 50), ("Service", "name", 26), ("Period", "period", 10),
        ("Submission", "submission", 11), ("Submitted by", "submitted_by", 18), ("Rows found", "rows_found", 9),
        ("Rows used", "rows_accepted", 10), ("Rows set aside", "rows_set_aside", 10), ("Rows copied or replaced", "rows_superseded", 11),
        ("Template", "template", 12), ("Version", "version", 9),
    )  # fmt: skip
    columns += (ColumnSpec("SHA-256", "digest", 68, wrap=False),)
    about = "Every file found, whether it was used, and if not, why."
    return SheetSpec(
        SOURCES,
        about,
        line,
        columns,
        summary.sources.assign(used=summary.sources["status"].map(USED)),
        "No file was found.",
    )
