"""Exports the results of `check` and `consolidate` as JSON (docs/json.md) and CSV."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date

import pandas as pd

from qipxl.returns.problems import COLUMNS
from qipxl.returns.returns import Returns
from qipxl.workbook.layout import LAST_SHEET_ROW

RECEIPT = (
    "file", "service", "name", "region", "period", "status", "reason", "template", "version", "submission",
    "submitted_by", "digest", "rows_found", "rows_accepted", "rows_set_aside", "rows_superseded", "rows", "nil", "saved",
    "differs_from",
)  # fmt: skip
PROBLEM = (
    "code", "severity", "file", "service", "sheet", "cell", "heading", "value", "message", "table", "row", "field",
)  # fmt: skip
NARRATIVE = ("progress", "interim_control", "root_cause")
"""The fields of an action that its line of CSV has too; in JSON `tables` has every field."""
SIGNS = "=+-@|"
"""The signs with which a text begins that a spreadsheet may take for a formula, or for a command to another program."""
LOOKALIKES = {"\u2212": "-"}
UNSEEN = {
    *map(chr, range(0xFE00, 0xFE10)), *"\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0",
}  # fmt: skip
"""Characters that show nothing although Unicode counts them as letters, signs or marks."""


def as_json(returns: Returns, as_at: date, table: Callable[[str], pd.DataFrame]) -> str:
    """One object: `as_at`, `receipts`, `problems`, `actions` and `tables`; see docs/json.md.

    `table` returns the rows of a table by its key, in the form of `qipxl.returns.provenance.traced`.
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
    """A record per row of a table: its file, sheet and row, and the fields that are filled in."""
    tables = [template.tables[key] for template in returns.templates.values() if key in template.tables]
    names = dict.fromkeys(field.key for table in tables for field in table.field)
    there = [name for name in names if name in rows.columns]
    records = []
    for file, cell, row, *values in zip(*(rows[name] for name in ("file", "cell", "row", *there)), strict=True):
        cells = {name: json_value(value) for name, value in zip(there, values, strict=True)}
        filled = {name: value for name, value in cells.items() if value not in ("", None)}
        records.append(
            {"file": file, "sheet": cell.rpartition("!")[0], "row": int(row) if row <= LAST_SHEET_ROW else 0, **filled}
        )
    return records


def json_value(value: object) -> object:
    """A typed value for JSON: dates as 2026-03-31, None if empty."""
    if value is None or value != value:
        return None
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else value


def problems_csv(returns: Returns) -> str:
    """The problems as CSV, one per line."""
    return to_csv(returns.problems[[column for column in COLUMNS if column != "return"]])


def actions_csv(actions: pd.DataFrame) -> str:
    """The actions with their ratings and what is written about them (NARRATIVE) as CSV, one per line."""
    written = actions.reindex(columns=list(NARRATIVE)).fillna("").reset_index(drop=True)
    return to_csv(pd.DataFrame(action_records(actions)).join(written))


def to_csv(frame: pd.DataFrame) -> str:
    """CSV that no spreadsheet reads as formulas: texts that look like one get a leading apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows(map(harmless, frame.itertuples(index=False, name=None)))
    return out.getvalue()


def harmless(cells: Iterable[object]) -> list[object]:
    """Cells with an apostrophe before each text that a spreadsheet may take for a formula, hidden characters passed over."""
    return [f"'{cell}" if isinstance(cell, str) and is_dangerous(cell) else cell for cell in cells]


def is_dangerous(text: str) -> bool:
    """True for a text that a spreadsheet may take for a formula, written in full-width signs or after hidden characters too.

    >>> [is_dangerous(text) for text in ("=1+1", "\uff1d1+1", "\u200b=1+1", "1+1")]
    [True, True, True, False]
    """
    if text.startswith(("\t", "\r", "\n")):
        return True
    first = next((sign for sign in text if sign.isprintable() and not sign.isspace() and sign not in UNSEEN), "")
    sign = unicodedata.normalize("NFKC", LOOKALIKES.get(first, first))
    return sign != "" and sign[0] in SIGNS
