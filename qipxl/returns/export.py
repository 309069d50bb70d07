"""Exports the results of `check` and `consolidate` as JSON (docs/json.md) and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable

import pandas as pd

from qipxl.returns.problems import COLUMNS
from qipxl.returns.rate import Rated
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


def as_json(rated: Rated) -> str:
    """One object: `as_at`, `receipts`, `problems`, `actions` and `tables`; see docs/json.md."""
    returns = rated.returns
    services = returns.problems["return"].map(returns.receipts["service"])
    document = {
        "as_at": f"{rated.as_at:%Y-%m-%d}",
        "receipts": returns.receipts[list(RECEIPT)].to_dict("records"),
        "problems": returns.problems.assign(service=services)[list(PROBLEM)].to_dict("records"),
        "actions": action_records(rated),
        "tables": {key: row_records(returns, key) for key in returns.tables},
    }
    return json.dumps(document, ensure_ascii=False, indent=1, default=int)


def action_records(rated: Rated) -> list[dict[str, object]]:
    """A record per action: its file and cell, its ratings in words, and the band that decided each."""
    returns = rated.returns
    frame, ratings = returns.tables["actions"], rated.ratings["actions"]
    receipts = returns.receipts.loc[frame["return"]]
    records = []
    for index, number in enumerate(frame["return"]):
        row = ratings.iloc[index]
        record: dict[str, object] = {
            "file": receipts["file"].iloc[index],
            "service": receipts["service"].iloc[index],
            "ref": frame["ref"].iloc[index],
            "cell": returns.place("actions", int(frame["row"].iloc[index]), "ref", of=int(number)),
        }
        for key in ("delivery", "evidence", "impact"):
            record |= {key: row[key], f"{key}_rule": row[f"{key}_rule"]}
        letter, _, words = row["headline_label"].partition(" ")
        records.append(record | {"headline": words, "headline_letter": letter, "headline_rule": row["headline_rule"]})
    return records


def row_records(returns: Returns, key: str) -> list[dict[str, object]]:
    """A record per row of a table: its file, sheet and row, and the fields that are filled in."""
    frame = returns.tables[key]
    files = returns.receipts.loc[frame["return"], "file"]
    fields = [column for column in frame.columns if column not in ("return", "row")]
    records = []
    for file, number, row, *values in zip(
        files, *(frame[column] for column in ("return", "row", *fields)), strict=True
    ):
        sheet = returns.placements[int(number), key].sheet
        cells = {field: json_value(value) for field, value in zip(fields, values, strict=True)}
        filled = {field: value for field, value in cells.items() if value not in ("", None)}
        records.append({"file": file, "sheet": sheet, "row": int(row), **filled})
    return records


def json_value(value: object) -> object:
    """A typed value for JSON: dates as 2026-03-31, None if empty."""
    if value is None or value != value:
        return None
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else value


def problems_csv(rated: Rated) -> str:
    """The problems as CSV, one per line."""
    return to_csv(rated.returns.problems[[column for column in COLUMNS if column != "return"]])


def actions_csv(rated: Rated) -> str:
    """The actions with their ratings as CSV, one per line."""
    return to_csv(pd.DataFrame(action_records(rated)))


def to_csv(frame: pd.DataFrame) -> str:
    """CSV that no spreadsheet reads as formulas: texts that look like one get a leading apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows(map(harmless, frame.itertuples(index=False, name=None)))
    return out.getvalue()


def harmless(cells: Iterable[object]) -> list[object]:
    return [f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell for cell in cells]
