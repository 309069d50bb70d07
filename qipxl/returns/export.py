"""The results of `check` and `consolidate` for other programs: JSON (docs/json.md) and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from datetime import date

import pandas as pd

from qipxl.returns.problems import COLUMNS
from qipxl.returns.returns import Returns

RECEIPT = (
    "file", "service", "name", "region", "period", "status", "reason", "template", "version", "submission",
    "submitted_by", "digest", "rows_found", "rows_accepted", "rows_set_aside", "rows_superseded", "rows", "nil",
)  # fmt: skip
PROBLEM = (
    "code",
    "severity",
    "file",
    "service",
    "sheet",
    "cell",
    "heading",
    "value",
    "message",
    "table",
    "row",
    "field",
)
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def as_json(returns: Returns, as_at: date, table: Callable[[str], pd.DataFrame]) -> str:
    """One object: `as_at`, `receipts`, `problems`, `actions` and `tables`; see docs/json.md.

    `table` gives the rows of a table by its key, as `qipxl.returns.provenance.traced` has them.
    """
    services = returns.problems["return"].map(returns.receipts["service"])
    keys = list(dict.fromkeys(key for template in returns.templates.values() for key in template.tables))
    document = {
        "as_at": f"{as_at:%Y-%m-%d}",
        "receipts": returns.receipts[list(RECEIPT)].to_dict("records"),
        "problems": returns.problems.assign(service=services)[list(PROBLEM)].to_dict("records"),
        "actions": action_records(table("actions")),
        "tables": {key: row_records(returns, key, table(key)) for key in keys},
    }
    return json.dumps(document, ensure_ascii=False, indent=1, default=int)


def action_records(actions: pd.DataFrame) -> list[dict[str, object]]:
    """A record per action: its file and cell, its ratings in words, and the band that decided each."""
    records = []
    for row in actions.to_dict("records"):
        record: dict[str, object] = {str(key): row[key] for key in ("file", "service", "ref", "cell")}
        for key in ("delivery", "evidence", "impact"):
            record |= {key: row[key], f"{key}_rule": row[f"{key}_rule"]}
        letter, _, words = str(row["headline_label"]).partition(" ")
        records.append(record | {"headline": words, "headline_letter": letter, "headline_rule": row["headline_rule"]})
    return records


def row_records(returns: Returns, key: str, rows: pd.DataFrame) -> list[dict[str, object]]:
    """A record per row of a table: its file, sheet and row, and each field as it was read."""
    fields = list(
        dict.fromkeys(
            line.key
            for template in returns.templates.values()
            if key in template.tables
            for line in template.tables[key].field
        )
    )
    there = [name for name in fields if name in rows.columns]
    records = []
    for file, cell, row, *values in zip(*(rows[name] for name in ("file", "cell", "row", *there)), strict=True):
        cells = {name: as_said(value) for name, value in zip(there, values, strict=True)}
        filled = {name: value for name, value in cells.items() if value not in ("", None)}
        records.append({"file": file, "sheet": cell.rpartition("!")[0], "row": int(row), **filled})
    return records


def as_said(value: object) -> object:
    """A typed value as JSON has it: dates as 2026-03-31, nothing for what is empty."""
    if value is None or value != value:
        return None
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else value


def problems_csv(returns: Returns) -> str:
    """The problems as CSV, a line each."""
    return to_csv(returns.problems[[column for column in COLUMNS if column != "return"]])


def actions_csv(actions: pd.DataFrame) -> str:
    """The actions with their ratings as CSV, a line each."""
    return to_csv(pd.DataFrame(action_records(actions)))


def to_csv(frame: pd.DataFrame) -> str:
    """CSV in which no cell can be taken for a formula: such texts begin with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows(map(harmless, frame.itertuples(index=False, name=None)))
    return out.getvalue()


def harmless(cells: Iterable[object]) -> list[object]:
    return [f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell for cell in cells]
