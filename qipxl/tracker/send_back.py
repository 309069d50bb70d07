"""Answers to a service: a page of queries in plain words for each return, and a new tracker with what was accepted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from qipxl.errors import OutputError
from qipxl.files import distinct_names, write_text
from qipxl.periods import Period
from qipxl.privacy import WITHHELD
from qipxl.returns.cell_values import cell_value
from qipxl.returns.codes import ANSWER, REMARK
from qipxl.returns.rate import Rated
from qipxl.returns.returns import Returns
from qipxl.services import Service, file_title, plan_of, service_of_plan
from qipxl.template import SEVERITIES, Template
from qipxl.tracker import CellNote, Rows
from qipxl.tracker.layout import tracker_layout
from qipxl.tracker.mail_text import NO_NAME, count_words
from qipxl.tracker.write import Draft, new_draft, write_drafts
from qipxl.workbook import layout
from qipxl.workbook.stamp import Stamp

LINES = 40
"""The most queries on a page; the others are counted."""
MOST_CELLS = 8
"""The most further cells that one query names."""
TITLES = {"must fix": "Please put right", "should look": "Please look at", "for information": "For your information"}
NOT_CARRIED = (
    "column-extra", "sheet-not-read", "comments-not-read", "drawing-not-read", "stray-value", "row-not-read", "row-continues",
    "second-table", "tab-extra", "pasted-unknown", "pasted-without-row", REMARK,
)  # fmt: skip
"""Problems that name what a new tracker does not take over."""


@dataclass(frozen=True)
class Query:
    """Something to put right or to look at in a return: how much it matters, the row's reference, and the sentence."""

    severity: str
    ref: str
    text: str

    @property
    def sentence(self) -> str:
        """The sentence with the reference first, such as “A-001: Due date says …”."""
        return f"{self.ref}: {self.text}" if self.ref else self.text


References = Callable[[pd.DataFrame], pd.Series]
"""Finds the reference of the row that each problem is about; empty without one."""


def no_references(problems: pd.DataFrame) -> pd.Series:
    """References for problems whose rows are not at hand: none."""
    return pd.Series("", problems.index, dtype=object)


def queries_of(returns: Returns, number: int, references: References = no_references) -> list[Query]:
    """What a service is asked about a return, the worst first; the same problem in one column is one query.

    number: the return's number in the receipts.
    """
    own = returns.problems[returns.problems["return"] == number]
    found: dict[tuple[str, str, str, str], list[Occurrence]] = {}
    for line, ref in zip(own.itertuples(), references(own), strict=True):
        kind = (str(line.severity), str(line.code), str(line.sheet), str(line.heading))
        found.setdefault(kind, []).append(Occurrence(str(line.sheet), str(line.cell), str(ref), str(line.message)))
    order = sorted(found.items(), key=lambda item: SEVERITIES.index(item[0][0]))
    return [Query(kind[0], cells[0].ref, merged_message(cells)) for kind, cells in order]


@dataclass(frozen=True)
class Occurrence:
    """A problem in one cell: its sheet, the cell, the reference of its row, and the message."""

    sheet: str
    cell: str
    ref: str
    message: str

    @property
    def words(self) -> str:
        """The message, with the cell at its end."""
        text = self.message.removeprefix(f"{self.sheet}!{self.cell} ").removeprefix(f"{self.ref}: ")
        where = f" ({self.sheet}, cell {self.cell})" if self.cell else ""
        return f"{text[:1].upper()}{text[1:]}{where}"


def merged_message(cells: Sequence[Occurrence]) -> str:
    """A problem's first message, followed by the other cells that have it."""
    others = [f"{cell.ref} ({cell.cell})" if cell.ref else cell.cell for cell in cells[1:] if cell.cell]
    more = f", and {len(others) - MOST_CELLS} more" if len(others) > MOST_CELLS else ""
    return cells[0].words + (f" Also {', '.join(others[:MOST_CELLS])}{more}." if others else "")


def asked(queries: Iterable[Query]) -> list[Query]:
    """The queries that a service is asked to do something about."""
    return [query for query in queries if query.severity != SEVERITIES[-1]]


def question_lines(queries: Sequence[Query], most: int) -> list[str]:
    """The first queries, a line for each, under a heading for each severity; the others are counted."""
    lines: list[str] = []
    for severity in SEVERITIES:
        texts = [query.sentence for query in queries[:most] if query.severity == severity]
        if texts:
            lines += [*([""] if lines else []), f"{TITLES[severity]}:", *(f"- {text}" for text in texts)]
    if len(queries) > most:
        lines += ["", f"And {len(queries) - most} more: the sheet Start here of the new tracker lists them."]
    return lines


def query_page(returns: Returns, number: int, queries: Sequence[Query]) -> str:
    """The queries of one return as plain text to paste into an e-mail, most important first."""
    line = returns.receipts.loc[number]
    month = Period.read(str(line["period"])).words if line["period"] else "month not known"
    name = f"{line['name']} ({line['service']})" if line["service"] else str(line["file"])
    if line["status"] != "accepted":
        return f"{name}, {month}\nThe file {line['file']} could not be used.\n{line['reason']}\n"
    greeting = f"Dear {line['manager'] or NO_NAME},"
    opening = f"{count_words(len(asked(queries)))} in the {month} tracker of {name}:"
    lines = [greeting, "", opening, "", *question_lines(queries, LINES), "", f"This is about the file {line['file']}."]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Answer:
    """What goes back to a service about one return: its number, what to put right, and the files written."""

    number: int
    queries: Sequence[Query]
    page: Path
    tracker: Path | None


def write_answers(
    rated: Sequence[Rated],
    returns: Returns,
    references: References,
    folder: Path,
    *,
    fresh: bool = False,
    processes: int | None = None,
) -> list[Answer]:
    """Write a page of queries for each return with something to put right; with `fresh` also a new tracker for each accepted one.

    rated: the returns with their rows, in one or more batches.
    returns: receipts and problems of all files.
    references: finds the reference of the row that a problem is about.
    processes: how many processes may write the new trackers (default: one per core).

    A return without queries gets no file. Files of the same name are overwritten. Raises OutputError if the folder cannot be
    written to.
    """
    rows = {number: batch for batch in rated for number in batch.returns.accepted.index}
    opened = returns.receipts[~returns.receipts["status"].isin(["ignored", "duplicate", "superseded"])]
    opened = opened.loc[(opened["status"] != "accepted").sort_values(kind="stable").index]  # they get the plain names
    titles = [answer_title(line) for line in opened.to_dict("records")]
    answers = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot write to the folder {folder} ({error.strerror}). Choose another.") from None
    refs = references(returns.problems)
    for number, name in zip(map(int, opened.index), distinct_names(titles), strict=True):
        queries = queries_of(returns, number, lambda own: refs.loc[own.index])
        if number in rows and not asked(queries):
            continue
        page = write_text(folder / f"{name} queries.txt", query_page(returns, number, queries))
        tracker = folder / f"{name}.xlsx" if fresh and number in rows else None
        answers.append(Answer(number, queries, page, tracker))
    drafts = (
        fresh_tracker(rows[each.number], each.number, each.tracker, each.queries) for each in answers if each.tracker
    )
    for _ in write_drafts(drafts, sum(each.tracker is not None for each in answers), processes):
        pass
    return answers


def answer_title(line: Mapping[object, object]) -> str:
    """The title of a return's answers: its service and month, or the name of its file."""
    if not line["service"]:
        return Path(str(line["file"])).stem
    return f"{file_title(str(line['service']), str(line['name']))} {line['period']}"


def fresh_tracker(rated: Rated, number: int, path: Path, queries: Sequence[Query]) -> Draft:
    """A new tracker with what was accepted of a return; doubtful values are kept as typed, with an outline.

    Only values are taken from the return: no format, formula, comment, picture or tab. What is not taken over is listed
    with the queries on Start here.
    """
    returns = rated.returns
    line = returns.receipts.loc[number]
    template = returns.templates[str(line["template"])]
    code, name = str(line["service"]), str(line["name"])
    own_code, own_name = service_of_plan(code, name)
    service = Service(code=own_code, name=own_name, region=str(line["region"]), manager=str(line["manager"]))
    service = service.of_plan(plan_of(code, name))
    rows, marks = carried_rows(returns, number)
    left = returns.problems[(returns.problems["return"] == number) & returns.problems["code"].isin(NOT_CARRIED)]
    sentences = [query.sentence for query in queries]
    sentences += [f"Not carried over: {message}" for message in left["message"]]
    period = Period.read(str(line["period"]))
    submission = int(str(line["submission"])) + 1
    cover = {"submitted_by": line["submitted_by"], "submission": submission, "nil": "Yes" if line["nil"] else None}
    stamp = carried_stamp(returns.stamps[number], template)
    return new_draft(
        template, service, period, path, rows=rows, issued={}, cover=cover, as_at=rated.as_at, stamp=stamp, marks=marks,
        queries=limit_queries(sentences), answers=given_answers(returns.problems[returns.problems["return"] == number]),
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
        own = frame.loc[frame["return"] == number, ["row", *fields]].astype(object)
        for row, *values in own.itertuples(index=False, name=None):
            filled = dict(zip(fields, map(cell_value, values), strict=True))
            for field in fields:
                typed = returns.as_typed.get((key, field, number, row))
                filled[field] = typed if typed is not None else filled[field]
                if (key, row, field) in doubtful:
                    marks.append(CellNote(declared.sheet, layout.FIRST_ROW + len(rows[key]), layouts[key].index(field)))
            rows[key].append(filled)
    return rows, marks
