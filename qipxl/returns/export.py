"""The results of `check` and `consolidate` for other programs: JSON (docs/json.md) and CSV."""

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
    """A record per action: where it stands, its ratings in words, and the band that decided each."""
    returns = rated.returns
    frame, ratings = returns.tables["actions"], rated.ratings["actions"]
    receipts = returns.receipts.loc[frame["return"]]
    records = []
    for place, number in enumerate(frame["return"]):
        row = ratings.iloc[place]
        record: dict[str, object] = {
            "file": receipts["file"].iloc[place],
            "service": receipts["service"].iloc[place],
            "ref": frame["ref"].iloc[place],
            "cell": returns.place("actions", int(frame["row"].iloc[place]), "ref", of=int(number)),
        }
        for key in ("delivery", "evidence", "impact"):
            record |= {key: row[key], f"{key}_rule": row[f"{key}_rule"]}
        letter, _, words = row["headline_label"].partition(" ")
        records.append(record | {"headline": words, "headline_letter": letter, "headline_rule": row["headline_rule"]})
    return records


def row_records(returns: Returns, key: str) -> list[dict[str, object]]:
    """A record per row of a table: where it stands and what it says, each field as it was read."""
    frame = returns.tables[key]
    files = returns.receipts.loc[frame["return"], "file"]
    fields = [column for column in frame.columns if column not in ("return", "row")]
    records = []
    for file, number, row, *values in zip(files, *(frame[each] for each in ("return", "row", *fields)), strict=True):
        sheet = returns.placements[int(number), key].sheet
        said = {
            field: as_said(value)
            for field, value in zip(fields, values, strict=True)
            if as_said(value) not in ("", None)
        }
        records.append({"file": file, "sheet": sheet, "row": int(row), **said})
    return records


def as_said(value: object) -> object:
    """A typed value as JSON has it: dates as 2026-03-31, nothing for what is empty."""
    if value is None or value != value:
        return None
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else value


def problems_csv(rated: Rated) -> str:
    """The problems as CSV, a line each."""
    return to_csv(rated.returns.problems[[column for column in COLUMNS if column != "return"]])


def actions_csv(rated: Rated) -> str:
    """The actions with their ratings as CSV, a line each."""
    return to_csv(pd.DataFrame(action_records(rated)))


def to_csv(frame: pd.DataFrame) -> str:
    """CSV in which no cell can be taken for a formula: such texts begin with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows(map(harmless, frame.itertuples(index=False, name=None)))
    return out.getvalue()


def harmless(cells: Iterable[object]) -> list[object]:
    return [f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell for cell in cells]
