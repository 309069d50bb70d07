"""What changed between a service's last archived return and this one: promises, states and words, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from qipxl.archive.actions import rows_with_ratings
from qipxl.archive.row_matching import Array, Side, changed, comparable, matched
from qipxl.archive.store import AS_TYPED, Archive, folded_texts
from qipxl.periods import Period
from qipxl.reading.issued_changes import FIXED, FixedDates, issued_dates, restore_fixed
from qipxl.returns import problems
from qipxl.returns.problems import Problem, shown
from qipxl.returns.rate import Rated
from qipxl.returns.returns import TEXT, Returns, problem_frame
from qipxl.template import FieldLine, TableLine
from qipxl.text import as_text, clean_text, folded, is_placeholder
from qipxl.workbook.layout import LAST_SHEET_ROW, LATE_ROWS, ROWS_OF_A_MONTH
from qipxl.workbook.stamp import Stamp

PROMISE, STATE, WORDS = "promise", "state", "words"
KINDS = (PROMISE, STATE, WORDS)
"""The kinds of a change, in the order of the lists that show them."""
CHANGE = (
    "return", "file", "service", "name", "region", "table", "sheet", "row", "ref", "field", "heading", "kind", "was", "now", "cell",
    "explained",
)  # fmt: skip
"""The columns of a frame of changes. `field` is empty for a row that is new or gone; `explained` is true of a promise whose
change the plan itself explains."""
CODE = "promise-changed"
NEW, GONE = "new row", "row is gone"


def no_changes() -> pd.DataFrame:
    """A frame of changes without lines."""
    return change_frame([])


def change_frame(lines: list[dict[str, object]]) -> pd.DataFrame:
    kinds = {"return": "int64", "row": "int64", "explained": "bool"}
    columns = {name: pd.Series([line[name] for line in lines], dtype=kinds.get(name, TEXT)) for name in CHANGE}
    return pd.DataFrame(columns, columns=pd.Index(CHANGE, dtype=TEXT))


def last_returns_before(archive: Archive, period: Period) -> Archive:
    """The archive restricted to the last return of each service before a month."""
    latest = archive.before(period).latest
    return Archive(archive.folder, latest[~latest["service"].map(folded).duplicated(keep="last")])


def restore_archived_dates(returns: Returns, earlier: Archive) -> Returns:
    """Returns with the archived dates in the fields that never change, where their trackers were not issued with one.

    `earlier` has the last return of each service. A date that was changed becomes a problem.
    """
    return restore_fixed(returns, lambda table: archived_dates(returns, earlier, table))


def archived_dates(returns: Returns, earlier: Archive, table: str) -> FixedDates:
    """The date that never changes of each row of a table in the last return of its service; none for a repeated reference."""
    lines = [each.tables[table] for each in returns.templates.values() if table in each.tables]
    names = [(line.identity, line.fixed_field) for line in lines if line.fixed_field]
    rows = earlier.table(table, list(names[0])) if names else pd.DataFrame()
    if not names or not set(names[0]) <= set(rows.columns):
        return {}
    identity, name = names[0]
    numbers = {folded(code): number for number, code in returns.accepted["service"].items()}
    keys = pd.DataFrame({"return": rows["service"].map(folded).map(numbers), "ref": folded_texts(rows[identity])})
    known = keys.notna().all(axis=1) & (keys["ref"] != "") & rows[name].notna() & ~keys.duplicated(keep=False)
    chosen, days = keys[known], rows.loc[known, name].to_numpy("datetime64[s]")
    dates = dict(zip(zip(chosen["return"].astype(int), chosen["ref"], strict=True), days, strict=True))
    issued = issued_dates(returns.stamps, table)
    return {key: day for key, day in dates.items() if key not in issued}


def changes_since(rated: Rated, earlier: Archive) -> pd.DataFrame:
    """Every change since the last return of each service, as a frame with the columns CHANGE.

    Args:
        rated: The month's returns with their ratings.
        earlier: The last return of each service (see `last_returns_before`).

    A service without an earlier return has no lines.

    >>> from pathlib import Path
    >>> from qipxl.archive.store import open_archive
    >>> from qipxl.returns.rate import Rated
    >>> from qipxl.returns.returns import RECEIPT_COLUMNS, Returns, problem_frame
    >>> from datetime import date
    >>> nothing = Returns({}, pd.DataFrame(columns=RECEIPT_COLUMNS), {}, {}, {}, problem_frame())
    >>> len(changes_since(Rated(nothing, date(2026, 3, 31), {}), open_archive(Path("no such folder"))))
    0
    """
    returns, lines = rated.returns, list[dict[str, object]]()
    archived = {folded(code) for code in earlier.versions["service"]}
    if archived:
        typed = typed_before(earlier)
        issued = IssuedRefs(returns.stamps)
        full = {key: returns.rule_inputs.with_originals(key, frame) for key, frame in returns.tables.items()}
        for template in returns.in_use:
            services = returns.receipts.loc[returns.of_template(template), "service"].map(folded)
            codes = {int(number): code for number, code in services[services.isin(archived)].items()}
            for key, table in template.tables.items():
                if table.filled_by == "service" and codes:
                    lines += Comparison(rated, key, table, codes, earlier, typed, issued).lines(full[key])
    lines += restored_lines(returns)
    order = {kind: place for place, kind in enumerate(KINDS)}
    frame = change_frame(lines)
    return frame.sort_values(
        ["kind", "return"], key=lambda column: column.replace(order), kind="stable", ignore_index=True
    )


def typed_before(earlier: Archive) -> dict[tuple[str, str], dict[tuple[str, int], str]]:
    """The content of cells that could not be read in the last returns: by table and field, then by service (folded) and row."""
    texts: dict[tuple[str, str], dict[tuple[str, int], str]] = {}
    frame = earlier.table(AS_TYPED)
    for line in frame.to_dict("records"):
        texts.setdefault((line["table"], line["field"]), {})[folded(line["service"]), int(line["row"])] = str(
            line["said"]
        )
    return texts


@dataclass(frozen=True)
class IssuedRefs:
    """The rows that trackers were issued with; those of a return are read when they are asked for."""

    stamps: Mapping[int, Stamp]
    cache: dict[int, set[tuple[str, str]]] = field(default_factory=dict)

    def of(self, number: int) -> set[tuple[str, str]]:
        """The table and the reference of each row that a return was issued with."""
        if number not in self.cache:
            rows = self.stamps[number].issued if number in self.stamps else ()
            self.cache[number] = {(row.table, folded(row.ref)) for row in rows}
        return self.cache[number]


@dataclass(frozen=True)
class Comparison:
    """One table of one template, compared with the last returns of its services."""

    rated: Rated
    key: str
    table: TableLine
    codes: Mapping[int, str]
    """The service of each return, folded."""
    earlier: Archive
    typed: Mapping[tuple[str, str], Mapping[tuple[str, int], str]]
    issued: IssuedRefs

    def lines(self, frame: pd.DataFrame) -> Iterator[dict[str, object]]:
        """A line for each change in the rows of the returns; `frame` has the table with all texts in full."""
        codes, chosen = self.codes, np.flatnonzero(frame["return"].isin(list(self.codes)))
        rows = frame.iloc[chosen]
        owner = rows["return"].map(codes).to_numpy(object)
        number_of = {code: number for number, code in codes.items()}
        then = self.rows_before(set(codes.values()))
        now, was = self.side(rows, owner), self.side(then, then["service"].map(folded).to_numpy(object))
        now, was = self.unreadable_now(now, rows), self.unreadable_before(was)
        there, here = matched(was, now)
        before, after = was.take(there), now.take(here)
        for line in self.table.field:
            for index in changed(line, before.values[line.key], after.values[line.key]):
                one = np.array([index])
                old, new = before.texts(line, one)[0], after.texts(line, one)[0]
                kind = PROMISE if is_promise(line, before.values[line.key][index]) else kind_of(line)
                explained = kind == PROMISE and self.is_explained(
                    line, after.values[line.key][index], chosen[here[index]]
                )
                yield self.line(
                    number_of[after.owner[index]], after, index, line.key, line.heading, kind, old, new, explained
                )
        yield from self.ratings(then, there, chosen[here], after, number_of)
        yield from self.new_and_gone(was, now, there, here, number_of)

    @cached_property
    def origins(self) -> dict[int, dict[str, object]]:
        """The origin of the lines of each return."""
        return {int(number): origin(self.rated.returns, int(number)) for number in self.codes}

    @cached_property
    def named(self) -> str:
        """The field that names the rows: the identity, else the first reference; empty if the table has neither."""
        references = (line.key for line in self.table.field if line.type == "reference")
        return self.table.identity or next(references, "")

    def rows_before(self, codes: set[str]) -> pd.DataFrame:
        """The rows in the last returns of some services, with their ratings if the table has any."""
        fields, ratings = [line.key for line in self.table.field], [rating.key for rating in self.table.rating]
        archive = self.earlier.of_services(codes)
        if ratings:
            return rows_with_ratings(archive, self.key, fields, ratings)
        return archive.table(self.key, ["row", *fields])

    def side(self, rows: pd.DataFrame, owner: Array) -> Side:
        """Rows of a table in comparable columns; a column that is missing is empty."""
        values = {line.key: comparable(line, rows.get(line.key), len(rows)) for line in self.table.field}
        key = folded_texts(pd.Series(values[self.named])) if self.named else np.full(len(rows), "", object)
        row = rows["row"].to_numpy(np.int64) if "row" in rows else np.zeros(len(rows), np.int64)
        return Side(owner, row, key, values)

    def unreadable_now(self, side: Side, rows: pd.DataFrame) -> Side:
        """The side with the content of its unreadable cells."""
        typed: dict[str, dict[tuple[int, int], str]] = {}
        for (key, name, number, row), content in self.rated.returns.as_typed.items():
            if key == self.key:
                typed.setdefault(name, {})[number, row] = as_text(content)
        cells = [*zip(rows["return"].tolist(), rows["row"].tolist(), strict=True)] if typed else []
        return self.with_typed(side, {field: places(cells, texts) for field, texts in typed.items()})

    def unreadable_before(self, side: Side) -> Side:
        cells = [*zip(side.owner.tolist(), side.row.tolist(), strict=True)]
        typed = {line.key: self.typed.get((self.key, line.key), {}) for line in self.table.field}
        return self.with_typed(side, {field: places(cells, texts) for field, texts in typed.items() if texts})

    def with_typed(self, side: Side, typed: Mapping[str, Mapping[int, str]]) -> Side:
        for name, texts in typed.items():
            if texts:
                side = side.with_typed(name, texts)
        return side

    def is_explained(self, line: FieldLine, value: object, index: int) -> bool:
        """True if a changed promise has the date that the row's calculated value `explained_by` allows."""
        if not line.explained_by:
            return False
        allowed = self.rated.ratings[self.key][line.explained_by].iloc[index]
        return bool(
            pd.notna(allowed) and isinstance(value, np.datetime64) and pd.Timestamp(value) == pd.Timestamp(allowed)
        )

    def ratings(
        self, then: pd.DataFrame, there: Array, here: Array, after: Side, number_of: Mapping[str, int]
    ) -> Iterator[dict[str, object]]:
        """A line for each rating that differs from that of the last return."""
        for rating in self.table.rating if len(there) else ():
            if rating.key not in then:
                continue
            was = then[rating.key].to_numpy(object)[there]
            now = self.rated.ratings[self.key][rating.key].to_numpy(object)[here]
            for index in np.flatnonzero(was != now).tolist():
                number = number_of[after.owner[index]]
                yield self.line(
                    number, after, index, rating.key, rating.heading, STATE, str(was[index]), str(now[index])
                )

    def new_and_gone(
        self, was: Side, now: Side, there: Array, here: Array, number_of: Mapping[str, int]
    ) -> Iterator[dict[str, object]]:
        """A line for each row that a service added or removed; what head office added or moved has none."""
        for index in np.setdiff1d(np.arange(len(now.row)), here).tolist():
            number = number_of[now.owner[index]]
            if not self.table.identity or (self.key, now.key[index]) not in self.issued.of(number):
                text = f"{NEW}: {self.content(now, index)}".rstrip(": ")
                yield self.line(number, now, index, "", self.table.sheet, STATE, "", text)
        row = now.row[here]
        deleted = (row > LAST_SHEET_ROW) & (row % ROWS_OF_A_MONTH < LATE_ROWS)  # put back, and counted as it last stood
        put_back = there[deleted & (was.row[there] <= LAST_SHEET_ROW)]
        for index in np.union1d(np.setdiff1d(np.arange(len(was.row)), there), put_back).tolist():
            number = number_of[was.owner[index]]
            issued = self.issued.of(number)
            if not issued or (self.key, was.key[index]) in issued:
                text = self.content(was, index)
                yield self.line(number, was, index, "", self.table.sheet, STATE, text, GONE) | {"row": 0, "cell": ""}

    def content(self, side: Side, index: int) -> str:
        """The first text of a row, apart from its reference; empty if it has none."""
        lines = [line for line in self.table.field if line.type == "text" and line.key != self.table.identity]
        texts = (side.texts(line, np.array([index]))[0] for line in sorted(lines, key=lambda line: not line.required))
        return next(filter(None, texts), "")

    def line(
        self,
        number: int,
        side: Side,
        index: int,
        field: str,
        heading: str,
        kind: str,
        was: str,
        now: str,
        explained: bool = False,
    ) -> dict[str, object]:
        """A line of a frame of changes, about a row of a side."""
        returns, row = self.rated.returns, int(side.row[index])
        placement = returns.placements[number, self.key]
        named = field if field in placement.columns else self.table.field[0].key
        ref = as_text(side.values[self.named][index]) if self.named else ""
        return {
            **self.origins[number], "table": self.key, "sheet": placement.sheet, "row": row, "ref": ref, "field": field,
            "heading": heading, "kind": kind, "was": was, "now": now, "explained": explained,
            "cell": f"{placement.sheet}!{placement.cell(row, named)}",
        }  # fmt: skip


def origin(returns: Returns, number: int) -> dict[str, object]:
    """The return, file, service, name and region of a return."""
    receipt = returns.receipts.loc[number]
    return {"return": number, **{name: str(receipt[name]) for name in ("file", "service", "name", "region")}}


def places(cells: list[tuple[Any, int]], texts: Mapping[Any, str]) -> dict[int, str]:
    """The texts by the index of their cells."""
    return {index: texts[cell] for index, cell in enumerate(cells) if cell in texts}


def is_promise(line: FieldLine, was: object) -> bool:
    """True if a field that is a promise had a value: entering one in an empty cell moves nothing."""
    if isinstance(was, str) and line.needs_words and is_placeholder(clean_text(was)):
        return False
    return line.promise and was == was and folded(was) != ""


def kind_of(line: FieldLine) -> str:
    return WORDS if line.type == "text" else STATE


def restored_lines(returns: Returns) -> Iterator[dict[str, object]]:
    """A line for each date that was changed although it never changes."""
    for found in returns.problems[returns.problems["code"] == FIXED].to_dict("records"):
        number, key, field = int(found["return"]), str(found["table"]), str(found["field"])
        frame, table = returns.tables[key], returns.templates[str(returns.receipts.at[number, "template"])].tables[key]
        rows = frame[(frame["return"] == number) & (frame["row"] == found["row"])]
        for ref, was in rows[[table.identity, field]].itertuples(index=False, name=None):
            yield {
                **origin(returns, number), "table": key, "sheet": found["sheet"], "row": found["row"], "ref": as_text(ref),
                "field": field, "heading": found["heading"], "kind": PROMISE, "was": as_text(was),
                "now": str(found["value"]).removesuffix("nothing"), "cell": f"{found['sheet']}!{found['cell']}", "explained": False,
            }  # fmt: skip


def promise_problems(changes: pd.DataFrame, returns: Returns) -> pd.DataFrame:
    """A problem for each promise that was changed and that the plan does not explain, unless its date was put back."""
    cells = ["return", "table", "row", "field"]
    put_back = pd.MultiIndex.from_frame(returns.problems.loc[returns.problems["code"] == FIXED, cells])
    named = pd.MultiIndex.from_frame(changes[cells]).isin(put_back)
    broken = changes[(changes["kind"] == PROMISE) & ~changes["explained"] & ~named]
    lines = []
    for line in broken.to_dict("records"):
        was, now = (shown(line[name]) or "nothing" for name in ("was", "now"))
        cell = str(line["cell"]).rpartition("!")[2]
        found = Problem(
            CODE, line["table"], line["sheet"], int(line["row"]), line["field"], cell, line["heading"], now, was
        )
        lines.append(problems.line(int(line["return"]), line["file"], found))
    return problem_frame(lines)
