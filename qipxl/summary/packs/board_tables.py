"""The board page as plain tables, one for each of its blocks, from the same findings as the page itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from qipxl.summary.finding_records import Decisions, Findings, Matrix, MonthsChart, ServicesMap
from qipxl.summary.sheet_spec import Column, SheetSpec, columns_of
from qipxl.text import plural

NO_RETURN = "no return"


def board_tables(findings: Findings) -> Iterator[SheetSpec]:
    """The blocks of the board page in their order, each as a table with its finding as the title."""
    tiles = [(tile.label, tile.figure, tile.context) for tile in findings.tiles]
    columns = (("What", 40), ("Figure", 16), ("Compare", 60))
    yield table("Key figures", "", f"{findings.headline} {findings.second}", columns, tiles)
    yield months_table(findings.months)
    yield decisions_table(findings.decisions)
    yield services_table(findings.services)
    yield matrix_table(findings.matrix)
    questions = [(question.title, question.details) for question in findings.questions]
    about = "The furthest outliers, the high risks and the audits without an action."
    yield table("Questions to ask", "", about, (("Question", 60), ("Details", 90)), questions)


def months_table(months: MonthsChart) -> SheetSpec:
    """The actions by letter and month."""
    lines = [(month, *counts) for month, counts in zip(months.months, months.counts, strict=True)]
    columns = (("Month", 16), *((word, 14) for word in months.words))
    return table("Actions by month", months.title, months.note, columns, lines)


def decisions_table(decisions: Decisions) -> SheetSpec:
    """The actions that need a decision, the highest level first."""
    lines = [
        (level.who, each.service, each.ref, each.why, each.since, each.issue)
        for level in decisions.levels
        for each in level.decisions
    ]
    columns = (
        ("Who decides", 36), ("Service", 22), ("Action", 10), ("Why", 36), ("Escalation", 24), ("Issue or risk", 50),
    )  # fmt: skip
    more = f"{plural(decisions.more, 'more action')} on the sheet Escalations." if decisions.more else ""
    return table("Decisions", decisions.title, more, columns, lines)


def services_table(services: ServicesMap) -> SheetSpec:
    """The services with their red actions month by month and their counts of delivery and impact."""
    lines = [
        (
            line.name,
            *(NO_RETURN if count is None else count for count in line.red[-len(services.months) :]),
            *([NO_RETURN] * (len(services.delivery) + len(services.impact)) if line.note else (*line.delivery, *line.impact)),
            line.note,
        )
        for line in services.lines
    ]  # fmt: skip
    headings = [
        *(f"Red in {month}" for month in services.months),
        *(f"Delivery: {word}" for word in services.delivery),
        *(f"Impact: {word}" for word in services.impact),
    ]
    columns = (("Service", 24), *((heading, 11) for heading in headings), ("Note", 40))
    return table("Services", services.title, f"{services.more}." if services.more else "", columns, lines)


def matrix_table(matrix: Matrix) -> SheetSpec:
    """The pairs of delivery and impact."""
    lines = [
        (row, *counts, remark) for row, counts, remark in zip(matrix.rows, matrix.counts, matrix.remarks, strict=True)
    ]
    columns = (("Delivery", 40), *((f"Impact: {word}", 14) for word in matrix.columns), ("Remark", 36))
    return table("Delivery and impact", matrix.title, "Is it being done, and did it work?", columns, lines)


def table(
    name: str, title: str, about: str, columns: Sequence[tuple[str, float]], lines: Sequence[Sequence[object]]
) -> SheetSpec:
    """A table of some lines; `title` is its finding, empty if it has none."""
    sources = [f"c{index}" for index in range(len(columns))]
    shown: list[Column] = [(heading, source, width) for source, (heading, width) in zip(sources, columns, strict=True)]
    return SheetSpec(
        name, about, "", columns_of(*shown), pd.DataFrame(lines, columns=sources, dtype=object), title=title
    )
