"""The columns of the returns' tables that the summary workbook reads, so that no others have to be fetched for it."""

from __future__ import annotations

from itertools import chain

from qipxl.summary import (
    action_index,
    action_lists,
    charts,
    consolidate,
    evidence_items,
    findings,
    history,
    indicator_lists,
    logs,
    provider_actions,
    rating_rows,
    readiness,
    risks,
    themes,
    timeline,
)
from qipxl.summary.sheet_spec import TableColumns

DECLARING = (
    consolidate, findings, action_lists, action_index, rating_rows, themes, charts, indicator_lists, logs, risks, timeline,
    history, provider_actions, evidence_items, readiness,
)  # fmt: skip
COUNTED = frozenset(
    chain(
        action_lists.CHOSEN_BY, *(module.COLUMNS_READ["actions"] for module in (charts, consolidate, readiness, themes))
    )
)
"""The columns of actions by which they are counted and chosen; lists read the others when they are written."""
DECLARED: tuple[TableColumns, ...] = tuple(module.COLUMNS_READ for module in DECLARING)


def columns_needed(*more: TableColumns) -> dict[str, tuple[str, ...]]:
    """For each table, the columns that a sheet or one of `more` reads, each once; some are only in the frames of certain templates.

    The columns of `qipxl.returns.provenance.IDENTITY`, `return` and `row` are always read and need not be declared.

    >>> columns_needed()["extensions"]
    ('action', 'milestone', 'reason_code')
    >>> columns_needed({"extensions": ["asked_on"]})["extensions"]
    ('action', 'milestone', 'reason_code', 'asked_on')
    """
    names: dict[str, dict[str, None]] = {}
    for declared in (*DECLARED, *more):
        for table, columns in declared.items():
            names.setdefault(table, {}).update(dict.fromkeys(columns))
    return {table: tuple(columns) for table, columns in names.items()}
