"""Every table that services fill in, as a plain list: each row in full, with its service, its region and a link to its cell.

The columns come from the templates in use, so that a field or a table that is added to a template has its place here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

import pandas as pd

from qipxl.returns.provenance import IDENTITY
from qipxl.summary.plain_words import names_read
from qipxl.summary.sheet_spec import MOST_ROWS, Column, SheetSpec, TableColumns, columns_of, distinct, listing
from qipxl.summary.summary import ProviderSummary
from qipxl.template import FieldLine, TableLine, Template
from qipxl.workbook.writer import heading_text

ACTIONS, FINISHED = "actions", "finished"
LISTED = ("extensions", "milestones", "evidence", "challenge", "reviews", "indicators", "measurements")
"""The tables of the core template, whose lists are at the end of the summary; other tables have a sheet of their own."""
LEAST_WIDTH, MOST_WIDTH = 9, 44
"""The widths of a column in characters."""


def service_tables(templates: Iterable[Template]) -> dict[str, list[TableLine]]:
    """The tables other than actions that services fill in, by key, as each template declares them."""
    found: dict[str, list[TableLine]] = {key: [] for key in LISTED}
    for template in templates:
        for key, table in template.tables.items():
            if table.filled_by == "service" and key != ACTIONS:
                found.setdefault(key, []).append(table)
    return {key: tables for key, tables in found.items() if tables}


def tables_shown(templates: Iterable[Template]) -> list[str]:
    """The tables other than actions whose rows a summary shows: those that services fill in, and the actions that left their plans."""
    return [*service_tables(templates), FINISHED]


def fields_of(tables: Iterable[TableLine]) -> list[FieldLine]:
    """The fields of a table in all templates, each once, in the order of the first template that has it."""
    return list({field.key: field for table in tables for field in table.field}.values())


def action_fields(templates: Iterable[Template]) -> list[FieldLine]:
    """The fields of the table of actions in all templates."""
    return fields_of(template.tables[ACTIONS] for template in templates if ACTIONS in template.tables)


def columns_read(templates: Sequence[Template]) -> TableColumns:
    """The columns that the lists read of every table: all fields, the values and ratings that the tracker shows, and what plain words name."""
    read = {
        key: tuple(source for _, source, _ in columns_in(tables)) for key, tables in service_tables(templates).items()
    }
    return {**read, ACTIONS: (*(field.key for field in action_fields(templates)), *names_read(templates))}


def columns_in(tables: Sequence[TableLine]) -> list[Column]:
    """A table's columns: all fields, then ratings and calculated values that have a column in the tracker."""
    columns: dict[str, Column] = {field.key: as_column(field) for field in fields_of(tables)}
    for table in tables:
        for rating in table.rating:
            columns.setdefault(f"{rating.key}_label", (rating.heading, f"{rating.key}_label", rating.width))
        for value in table.calculated:
            if value.show:
                columns.setdefault(value.key, (value.heading, value.key, max(LEAST_WIDTH, value.width)))
    return list(columns.values())


def as_column(field: FieldLine) -> Column:
    """A field as a column of a list."""
    return field.heading, field.key, min(max(field.width, LEAST_WIDTH), MOST_WIDTH)


def own_sheets(summary: ProviderSummary, most_rows: int = MOST_ROWS) -> Iterator[SheetSpec]:
    """A sheet for each table that only some templates have, such as Panel and Evidence packs, under its name in the tracker."""
    for key, tables in service_tables(summary.in_use).items():
        if key not in LISTED:
            yield from full_list(summary, key, tables, most_rows=most_rows)


def table_lists(summary: ProviderSummary, most_rows: int = MOST_ROWS) -> Iterator[SheetSpec]:
    """A list of every row of each table of the core template other than actions."""
    for key, tables in service_tables(summary.in_use).items():
        if key in LISTED:
            yield from full_list(summary, key, tables, most_rows=most_rows)


def full_list(
    summary: ProviderSummary,
    key: str,
    tables: Sequence[TableLine],
    left_out: Collection[str] = (),
    *,
    most_rows: int = MOST_ROWS,
) -> Iterator[SheetSpec]:
    """Every row of a table, in the order of the returns, without the columns in `left_out`; nothing if there is no such table.

    If there are more than `most_rows`, they are omitted, and not read.
    """
    if key not in summary.records:
        return
    origin: list[Column] = [("Service", "name", 22), ("Region", "region", 14)]
    own = [column for column in columns_in(tables) if column[1] not in left_out]
    shown = [*origin, *own, ("File", "file", 26), ("Cell", "cell", 14)]
    records = summary.records.only([source for _, source, _ in shown], coded=True)
    too_many = rows_above(summary, key, most_rows)
    lines = records.empty(key) if too_many else records[key]
    columns = with_distinct_headings([column for column in shown if column[1] in lines.columns])
    sheet = tables[0].sheet
    name = title_of(key, sheet)
    about = f"Every row of the sheet {sheet} of every return that was used, as the service wrote it."
    spec = listing(
        name, about, columns_of(*columns), rounded(lines, tables), "row", link_cell=True, rows_omitted=too_many
    )
    yield replace(spec, for_reference=key in LISTED)


def rows_above(summary: ProviderSummary, key: str, most_rows: int) -> int:
    """The number of a table's rows if they are more than `most_rows`, else 0; they are counted only if the returns have that many."""
    if int(summary.sources["rows_accepted"].sum()) <= most_rows:
        return 0
    rows = sum(map(len, summary.records.only(()).parts(key)))
    return rows if rows > most_rows else 0


def title_of(key: str, sheet: str) -> str:
    """The name of a table's list: of core's tables “All …”, of others the name of their sheet in the tracker."""
    return f"All {sheet[:1].lower()}{sheet[1:]}"[:31] if key in LISTED or sheet in TAKEN else sheet


TAKEN = (
    "Overview", "Movement", "Escalations", "Slippage", "Indicators", "Outliers", "Learning", "Problems", "Sources", "Charts",
)  # fmt: skip
"""Names of the summary's sheets that a table of a template of one's own may have too."""


def with_distinct_headings(columns: Sequence[Column]) -> list[Column]:
    """Columns with a number after each heading that an earlier column has too."""
    headings = distinct([heading_text(heading) for heading, _, _ in columns])
    return [(heading, source, width) for heading, (_, source, width) in zip(headings, columns, strict=True)]


def rounded(lines: pd.DataFrame, tables: Iterable[TableLine]) -> pd.DataFrame:
    """Rows with calculated figures rounded as the tracker shows them."""
    shown = {value.key: value.decimals for table in tables for value in table.calculated if value.show}
    figures = {
        key: lines[key].round(decimals)
        for key, decimals in shown.items()
        if key in lines.columns and pd.api.types.is_float_dtype(lines[key])
    }
    return lines.assign(**figures) if figures else lines


def remaining_fields(summary: ProviderSummary, columns: Sequence[Column]) -> list[Column]:
    """The fields of actions that none of these columns shows, in the order of the tracker."""
    shown = {*IDENTITY, *(source for _, source, _ in columns)}
    fields = action_fields(summary.in_use)
    there = set(summary.action_columns) - shown
    return [as_column(field) for field in fields if field.key in there]
