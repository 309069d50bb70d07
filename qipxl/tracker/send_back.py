"""Going back to the service: a page of queries in plain words for each return, and a fresh tracker to go on with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from qipxl.errors import OutputError, RequestError
from qipxl.periods import Period
from qipxl.returns.rate import Rated
from qipxl.returns.returns import Returns
from qipxl.services import Service
from qipxl.template import SEVERITIES, Template
from qipxl.tracker import CellNote, Rows, write_tracker
from qipxl.tracker.issue import distinct_names
from qipxl.workbook import layout
from qipxl.workbook.stamp import Stamp

LINES = 40
"""So many queries stand on a page; the rest is counted."""
TITLES = {"must fix": "Please put right", "should look": "Please look at", "for information": "For your information"}
NOT_CARRIED = (
    "column-extra", "sheet-not-read", "comments-not-read", "drawing-not-read", "stray-value", "row-not-read", "row-continues",
    "second-table", "tab-extra",
)  # fmt: skip
"""Problems that tell what a fresh tracker leaves behind."""


def query_page(returns: Returns, as_at: date, number: int) -> str:
    """The queries of one return as plain text, what to fix first on top, to be pasted into an e-mail."""
    line = returns.receipts.loc[number]
    lines = query_lines(returns, number)
    month = Period.read(str(line["period"])).words if line["period"] else "month not known"
    name = f"{line['name']} ({line['service']})" if line["service"] else str(line["file"])
    page = [f"{name}, {month}", f"File: {line['file']}. What became of it: {line['status']}."]
    if line["reason"]:
        page.append(str(line["reason"]))
    if lines:
        page.append(f"{len(lines)} queries, as at {as_at:%d/%m/%Y}.")
    elif line["status"] == "accepted":
        page.append("There are no queries. Thank you.")
    shown = lines[:LINES]
    for severity in SEVERITIES:
        told = [text for each, text in shown if each == severity]
        if told:
            page += ["", TITLES[severity], *(f"- {text}" for text in told)]
    if len(lines) > LINES:
        page += ["", f"And {len(lines) - LINES} more: `qipxl check` on the file lists them all."]
    return "\n".join(page) + "\n"


def query_lines(returns: Returns, number: int) -> list[tuple[str, str]]:
    """A return's problems as sentences with their severity: worst first, the same problem in one column said once."""
    own = returns.problems[returns.problems["return"] == number]
    found: dict[tuple[str, str, str, str], list[tuple[str, str]]] = {}
    for line in own.itertuples():
        kind = (str(line.severity), str(line.code), str(line.sheet), str(line.heading))
        found.setdefault(kind, []).append((str(line.cell), str(line.message)))
    order = sorted(found.items(), key=lambda each: SEVERITIES.index(each[0][0]))
    return [(severity, said_once(cells)) for (severity, *_), cells in order]


def said_once(cells: Sequence[tuple[str, str]]) -> str:
    """A problem's first message, and the other cells in which it stands."""
    others = [cell for cell, _ in cells[1:] if cell]
    more = f", and {len(others) - 8} more" if len(others) > 8 else ""
    return cells[0][1] + (f" Also {', '.join(others[:8])}{more}." if others else "")


def write_answers(
    rated: Sequence[Rated], returns: Returns, as_at: date, folder: Path, *, fresh: bool = False
) -> list[Path]:
    """Write a page of queries for every return that could be opened, and a fresh tracker for each that is used.

    rated: the returns with their rows, in one or more batches.
    returns: receipts and problems of all files.
    as_at: the date of judgement.

    A file of the same name is written over. Raises OutputError if the folder cannot be written.
    """
    rows = {number: batch for batch in rated for number in batch.returns.accepted.index}
    opened = returns.receipts[~returns.receipts["status"].isin(["ignored", "duplicate"])]
    titles = [answer_title(line) for line in opened.to_dict("records")]
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, name in zip(map(int, opened.index), distinct_names(titles), strict=True):
            page = query_page(returns, as_at, number)
            if fresh and number in rows:
                try:
                    written.append(write_fresh(rows[number], number, folder / f"{name}.xlsx"))
                except RequestError as error:
                    page += f"\nA fresh tracker could not be written: {error}\n"
            temporary = folder / f".{name} queries.txt.part"
            temporary.write_text(page, "utf-8")
            written.append(temporary.replace(folder / f"{name} queries.txt"))
    except OSError as error:
        raise OutputError(f"The folder {folder} cannot be written to ({error.strerror}). Choose another.") from None
    return written


def answer_title(line: Mapping[object, object]) -> str:
    """What a return's answers are called: its service and month, or the name of its file."""
    parts = (
        [str(line[key]) for key in ("service", "name", "period")] if line["service"] else [Path(str(line["file"])).stem]
    )
    return " ".join(parts)


def write_fresh(rated: Rated, number: int, path: Path) -> Path:
    """A new tracker with what was accepted of a return; what was doubtful stands as it was typed, with an outline.

    Nothing but values is taken from the return: no format, formula, comment, picture or tab of it is passed on. What is
    left behind is listed with the queries on Start here.
    """
    returns = rated.returns
    line = returns.receipts.loc[number]
    template = returns.templates[str(line["template"])]
    code, name, region, manager = (str(line[key]) for key in ("service", "name", "region", "manager"))
    service = Service(code=code, name=name, region=region, manager=manager)
    rows, marks = carried_rows(returns, number)
    left = returns.problems[(returns.problems["return"] == number) & returns.problems["code"].isin(NOT_CARRIED)]
    queries = [text for _, text in query_lines(returns, number)]
    queries += [f"Not carried over: {message}" for message in left["message"]]
    period = Period.read(str(line["period"]))
    cover = {
        "submitted_by": line["submitted_by"],
        "submission": int(str(line["submission"])) + 1,
        "nil": "Yes" if line["nil"] else None,
    }
    stamp = carried_stamp(returns.stamps[number], template)
    return write_tracker(
        template, service, period, path, rows=rows, issued={}, cover=cover, as_at=rated.as_at, stamp=stamp, marks=marks,
        queries=at_most(queries),
    )  # fmt: skip


def at_most(queries: Sequence[str]) -> Sequence[str]:
    """So many sentences as Start here has room for; the last one says how many more there are."""
    if len(queries) <= LINES:
        return queries
    return [*queries[: LINES - 1], f"And {len(queries) - LINES + 1} more: please ask head office for the whole list."]


def carried_stamp(stamp: Stamp, template: Template) -> Stamp:
    """What the tracker was issued as, in the template's present version; digests of other columns are left out."""
    if stamp.version == template.version:
        return stamp
    issued = tuple(replace(row, fields="") for row in stamp.issued)
    return Stamp({**stamp.facts, "version": template.version}, issued)


def carried_rows(returns: Returns, number: int) -> tuple[Rows, list[CellNote]]:
    """What stands in each table of a fresh tracker, and the cells in it to outline."""
    template = returns.templates[str(returns.receipts.at[number, "template"])]
    wrong = returns.problems[(returns.problems["return"] == number) & (returns.problems["severity"] == "must fix")]
    doubtful = {place for place in zip(wrong["table"], wrong["row"], wrong["field"], strict=True) if place[2]}
    rows: dict[str, list[dict[str, object]]] = {}
    marks: list[CellNote] = []
    for key, declared in template.tables.items():
        frame = returns.tables[key]
        fields = [field.key for field in declared.field]
        rows[key] = []
        for row, *values in frame.loc[frame["return"] == number, ["row", *fields]].itertuples(index=False, name=None):
            said = dict(zip(fields, map(as_written, values), strict=True))
            for field in fields:
                typed = returns.as_typed.get((key, field, number, row))
                said[field] = typed if typed is not None else said[field]
                if (key, row, field) in doubtful:
                    marks.append(CellNote(declared.sheet, layout.FIRST_ROW + len(rows[key]), fields.index(field)))
            rows[key].append(said)
    return rows, marks


def as_written(value: object) -> object:
    """A typed value as the writer takes it; nothing for what is empty."""
    if value is None or value != value or value == "":
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value
