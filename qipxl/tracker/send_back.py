"""Answers to a service: a page of queries in plain words for each return, and a new tracker with what was accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from qipxl.errors import OutputError
from qipxl.periods import Period
from qipxl.privacy import WITHHELD
from qipxl.returns.codes import ANSWER, REMARK
from qipxl.returns.rate import Rated
from qipxl.returns.returns import Returns
from qipxl.services import Service
from qipxl.template import SEVERITIES, Template
from qipxl.tracker import CellNote, Rows, write_tracker
from qipxl.tracker.issue import distinct_names
from qipxl.tracker.layout import tracker_layout
from qipxl.workbook import layout
from qipxl.workbook.stamp import Stamp

LINES = 40
"""The most queries on a page; the others are counted."""
TITLES = {"must fix": "Please put right", "should look": "Please look at", "for information": "For your information"}
NOT_CARRIED = (
    "column-extra", "sheet-not-read", "comments-not-read", "drawing-not-read", "stray-value", "row-not-read", "row-continues",
    "second-table", "tab-extra", "pasted-unknown", "pasted-without-row", REMARK,
)  # fmt: skip
"""Problems that name what a new tracker does not take over."""


def query_page(returns: Returns, as_at: date, number: int) -> str:
    """The queries of one return as plain text to paste into an e-mail, most important first."""
    line = returns.receipts.loc[number]
    lines = query_lines(returns, number)
    month = Period.read(str(line["period"])).words if line["period"] else "month not known"
    name = f"{line['name']} ({line['service']})" if line["service"] else str(line["file"])
    page = [f"{name}, {month}", f"File: {line['file']}. Status: {line['status']}."]
    if line["reason"]:
        page.append(str(line["reason"]))
    if lines:
        page.append(f"{len(lines)} {'query' if len(lines) == 1 else 'queries'}, as at {as_at:%d/%m/%Y}.")
    elif line["status"] == "accepted":
        page.append("There are no queries. Thank you.")
    shown = lines[:LINES]
    for severity in SEVERITIES:
        texts = [text for found, text in shown if found == severity]
        if texts:
            page += ["", TITLES[severity], *(f"- {text}" for text in texts)]
    if len(lines) > LINES:
        page += ["", f"And {len(lines) - LINES} more: `qipxl check` on the file lists them all."]
    return "\n".join(page) + "\n"


def query_lines(returns: Returns, number: int) -> list[tuple[str, str]]:
    """A return's problems as severity and sentence, worst first; the same problem in one column is one sentence."""
    own = returns.problems[returns.problems["return"] == number]
    found: dict[tuple[str, str, str, str], list[tuple[str, str]]] = {}
    for line in own.itertuples():
        kind = (str(line.severity), str(line.code), str(line.sheet), str(line.heading))
        found.setdefault(kind, []).append((str(line.cell), str(line.message)))
    order = sorted(found.items(), key=lambda item: SEVERITIES.index(item[0][0]))
    return [(severity, merged_message(cells)) for (severity, *_), cells in order]


def merged_message(cells: Sequence[tuple[str, str]]) -> str:
    """A problem's first message, followed by the other cells that have it."""
    others = [cell for cell, _ in cells[1:] if cell]
    more = f", and {len(others) - 8} more" if len(others) > 8 else ""
    return cells[0][1] + (f" Also {', '.join(others[:8])}{more}." if others else "")


def write_answers(
    rated: Sequence[Rated], returns: Returns, as_at: date, folder: Path, *, fresh: bool = False
) -> list[Path]:
    """Write a page of queries for each return that could be opened; with `fresh` also a new tracker for each accepted one.

    rated: the returns with their rows, in one or more batches.
    returns: receipts and problems of all files.
    as_at: the date of judgement.

    Files of the same name are overwritten. Returns the paths. Raises OutputError if the folder cannot be written to.
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
                written.append(write_fresh(rows[number], number, folder / f"{name}.xlsx"))
            temporary = folder / f".{name} queries.txt.part"
            temporary.write_text(page, "utf-8")
            written.append(temporary.replace(folder / f"{name} queries.txt"))
    except OSError as error:
        raise OutputError(f"Cannot write to the folder {folder} ({error.strerror}). Choose another.") from None
    return written


def answer_title(line: Mapping[object, object]) -> str:
    """The title of a return's answers: its service and month, or the name of its file."""
    if not line["service"]:
        return Path(str(line["file"])).stem
    return " ".join(str(line[key]) for key in ("service", "name", "period"))


def write_fresh(rated: Rated, number: int, path: Path) -> Path:
    """Write a new tracker with what was accepted of a return; doubtful values are kept as typed, with an outline.

    Only values are taken from the return: no format, formula, comment, picture or tab. What is not taken over is listed
    with the queries on Start here.
    """
    returns = rated.returns
    line = returns.receipts.loc[number]
    template = returns.templates[str(line["template"])]
    service = Service(code=str(line["service"]), **{key: str(line[key]) for key in ("name", "region", "manager")})
    rows, marks = carried_rows(returns, number)
    left = returns.problems[(returns.problems["return"] == number) & returns.problems["code"].isin(NOT_CARRIED)]
    queries = [text for _, text in query_lines(returns, number)]
    queries += [f"Not carried over: {message}" for message in left["message"]]
    period = Period.read(str(line["period"]))
    submission = int(str(line["submission"])) + 1
    cover = {"submitted_by": line["submitted_by"], "submission": submission, "nil": "Yes" if line["nil"] else None}
    stamp = carried_stamp(returns.stamps[number], template)
    return write_tracker(
        template, service, period, path, rows=rows, issued={}, cover=cover, as_at=rated.as_at, stamp=stamp, marks=marks,
        queries=limit_queries(queries), answers=given_answers(returns.problems[returns.problems["return"] == number]),
    )  # fmt: skip


def given_answers(problems: pd.DataFrame) -> dict[str, str]:
    """The answers that a return gave, by their questions; without those that were withheld. A frame without rows has no columns."""
    if not len(problems):
        return {}
    lines = problems[problems["code"] == ANSWER]
    pairs = lines[["heading", "value"]].itertuples(index=False, name=None)
    return {str(question): str(answer) for question, answer in pairs if not str(answer).startswith(WITHHELD)}


def limit_queries(queries: Sequence[str]) -> Sequence[str]:
    """At most LINES sentences for Start here; if there are more, the last one gives their number."""
    if len(queries) <= LINES:
        return queries
    return [*queries[: LINES - 1], f"And {len(queries) - LINES + 1} more: please ask head office for the whole list."]


def carried_stamp(stamp: Stamp, template: Template) -> Stamp:
    """The return's stamp, in the template's present version; digests of another version's columns are removed."""
    if stamp.version == template.version:
        return stamp
    issued = tuple(replace(row, fields="") for row in stamp.issued)
    return Stamp({**stamp.facts, "version": template.version}, issued)


def carried_rows(returns: Returns, number: int) -> tuple[Rows, list[CellNote]]:
    """The rows of each table of a new tracker, and the cells in it to outline."""
    template = returns.templates[str(returns.receipts.at[number, "template"])]
    wrong = returns.problems[(returns.problems["return"] == number) & (returns.problems["severity"] == "must fix")]
    doubtful = {cell for cell in zip(wrong["table"], wrong["row"], wrong["field"], strict=True) if cell[2]}
    rows: dict[str, list[dict[str, object]]] = {}
    marks: list[CellNote] = []
    layouts = tracker_layout(template)
    for key, declared in template.tables.items():
        frame = returns.tables[key]
        fields = [field.key for field in declared.field]
        rows[key] = []
        for row, *values in frame.loc[frame["return"] == number, ["row", *fields]].itertuples(index=False, name=None):
            filled = dict(zip(fields, map(cell_value, values), strict=True))
            for field in fields:
                typed = returns.as_typed.get((key, field, number, row))
                filled[field] = typed if typed is not None else filled[field]
                if (key, row, field) in doubtful:
                    marks.append(CellNote(declared.sheet, layout.FIRST_ROW + len(rows[key]), layouts[key].index(field)))
            rows[key].append(filled)
    return rows, marks


def cell_value(value: object) -> object:
    """A value of a data frame as the writer expects it; None for an empty one."""
    if value is None or value != value or value == "":
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value
