"""The evidence that services logged, each item once with all actions that use it, and whether it still counts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from qipxl.archive.store import folded_texts
from qipxl.rules.listed import words_apart
from qipxl.summary.sheet_spec import TableColumns
from qipxl.summary.summary import ProviderSummary
from qipxl.text import folded

SERVICES_AT_ONCE = 250
"""The number of services whose evidence is in memory at a time."""
PACK = "Evidence pack"
"""The kind of an item of the sheet of evidence packs, which have no CQC category."""


@dataclass(frozen=True)
class ItemFields:
    """The fields of a table of evidence: its day, its kind (empty for PACK), what it is or shows, and the judgement that counts."""

    day: str
    kind: str
    what: str
    judged: str

    @property
    def read(self) -> tuple[str, ...]:
        """The columns that are read of the table."""
        names = (self.day, self.kind, self.what, self.judged, "action", "kept_at", *RULED)
        return tuple(filter(None, names))


RULED = ("counts", "fresh_until", "listed_ahead")
"""The values that a template works out for an item: whether it was accepted, the last day on which it is fresh, and the day from which
it is listed as soon too old."""
ITEM_TABLES: Mapping[str, ItemFields] = {
    "evidence": ItemFields("submitted_on", "category", "description", "judged"),
    "packs": ItemFields("month", "", "shows", "judged"),
}
COLUMNS_READ: TableColumns = {
    **{key: fields.read for key, fields in ITEM_TABLES.items()},
    "milestones": ("action", "evidence_ref"),
}
SOON, FRESH, OLD = "Yes, too old next month", "Yes", "No: too old"
UNDATED, AHEAD, UNJUDGED = "No: it has no date", "No: dated after this day", "No: not judged yet"
UNKNOWN = "Not known"
"""What is shown for an item: does it count? Not known: it was archived before templates said until when evidence is fresh."""
ROW_COLUMNS = (
    "return", "service", "name", "region", "period", "ref", "file", "cell", "day", "kind", "what", "kept_at", "judged", "until", "state",
    "table", "action",
)  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """All evidence of a summary.

    `rows` has a line for each row of the services' sheets, with `item`, the number of the item that it is about: rows of a service
    with the same day, kind, text and place are one item. Its `service` is the service itself, and its `ref` has the plan. `uses` has
    a line for each `row` and `action` (labels of `rows` and of `summary.actions`) that it is logged for, or whose milestone names it.
    """

    rows: pd.DataFrame
    uses: pd.DataFrame


def evidence_in_parts(summary: ProviderSummary, most: int) -> Iterator[tuple[ProviderSummary, Evidence]]:
    """The evidence of all services, `most` at a time, each part with the part of the summary that has their actions and rows.

    All plans of a service are in one part. Nothing if no template in use says until when evidence is fresh.
    """
    codes = pd.concat([summary.returns.accepted["service"], summary.actions["service"]]).drop_duplicates()
    plans: dict[str, list[str]] = {}
    for code, own in zip(map(folded, codes), summary.service_codes(codes), strict=True):
        plans.setdefault(own, []).append(code)
    services = list(plans.values())
    for start in range(0, max(1, len(services)), most):
        chosen = {code for each in services[start : start + most] for code in each}
        part = summary if len(services) <= most else with_rows_of(summary, chosen)
        evidence = evidence_of(part)
        if evidence is not None:
            yield part, evidence


def with_rows_of(summary: ProviderSummary, codes: Collection[str]) -> ProviderSummary:
    """A summary with the actions and rows of some services only, by the folded codes of their plans; all else is of all services."""

    def of_chosen(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[pd.Index(folded_texts(frame["service"]), dtype=object).isin([*codes])]

    return replace(summary, actions=of_chosen(summary.actions), records=summary.records.of_services(codes, of_chosen))


def evidence_of(summary: ProviderSummary) -> Evidence | None:
    """The evidence of a summary; None if no template in use says until when evidence is fresh."""
    parts = list(item_rows(summary))
    if not parts:
        return None
    rows = pd.concat(parts, ignore_index=True)
    del parts
    uses, owners = uses_of(summary, rows), summary.service_codes(rows["service"])
    rows = rows.assign(
        ref=summary.refs_with_plans(rows), service=owners, name=owners.map(summary.names).fillna(rows["name"])
    )
    return Evidence(rows.assign(item=item_numbers(rows), age=(pd.Timestamp(summary.as_at) - rows["day"]).dt.days), uses)


def item_rows(summary: ProviderSummary) -> Iterator[pd.DataFrame]:
    """The rows of each table of evidence, with ROW_COLUMNS; `action` is as the service wrote it."""
    today = pd.Timestamp(summary.as_at)
    for key, fields in ITEM_TABLES.items():
        lines = summary.records.only([*fields.read, *ROW_COLUMNS]).get(key)
        if lines is None or not {"fresh_until", "action"} <= set(lines.columns):
            continue
        day, until = pd.to_datetime(lines[fields.day]), pd.to_datetime(lines["fresh_until"])
        judged = text_of(lines, fields.judged)
        accepted = lines["counts"].fillna(False).astype(bool)
        state = pd.Series(FRESH, lines.index, dtype=object).mask(until.isna(), UNKNOWN)
        state = state.mask(pd.to_datetime(lines["listed_ahead"]) <= today, SOON).mask(until < today, OLD)
        state = state.mask(~accepted, "No: judged " + judged.str.lower()).mask(~accepted & (judged == ""), UNJUDGED)
        state = state.mask(day > today, AHEAD).mask(day.isna(), UNDATED)
        yield lines.assign(
            day=day, until=until.where(accepted), judged=judged, table=key,
            kind=text_of(lines, fields.kind) if fields.kind else PACK,
            what=text_of(lines, fields.what), kept_at=text_of(lines, "kept_at"), action=text_of(lines, "action"),
            state=state,
        )[[*ROW_COLUMNS]]  # fmt: skip


def text_of(lines: pd.DataFrame, name: str) -> pd.Series:
    """A column as text; empty where it has no value or the table lacks it."""
    if name not in lines.columns:
        return pd.Series("", lines.index, dtype=object)
    codes, distinct = pd.factorize(lines[name].to_numpy(object))
    texts = np.array([*map(str, distinct), ""], object)
    return pd.Series(texts[codes], lines.index, dtype=object)


def item_numbers(rows: pd.DataFrame) -> pd.Series:
    """The number of the item of each row, from 0; a row without a text and a place is an item of its own."""
    same = {name: folded_texts(rows[name]) for name in ("service", "kind", "what", "kept_at")}
    bare = (same["what"] == "") & (same["kept_at"] == "")
    keys = pd.DataFrame({**same, "day": rows["day"], "own": pd.Series(rows.index, rows.index).where(bare, -1)})
    return keys.groupby([*keys.columns], sort=False, dropna=False).ngroup()


def uses_of(summary: ProviderSummary, rows: pd.DataFrame) -> pd.DataFrame:
    """Which rows are about which actions, each pair once."""
    own = rows[["return", "service"]].assign(row=rows.index, key=folded_texts(rows["action"]))
    named = own.assign(key=folded_texts(rows["ref"]))[rows["table"] == "evidence"]
    pairs = pd.concat([own, milestone_uses(summary, named)], ignore_index=True)
    del own, named
    actions = summary.actions
    known = actions[["return", "service"]].assign(action=actions.index, key=folded_texts(actions["ref"]))
    known = known[known["key"] != ""]
    refs = pd.Index(known["key"].unique(), dtype=object)  # compared as numbers from here on
    pairs, known = (
        frame.assign(key=refs.get_indexer(pd.Index(frame["key"], dtype=object))) for frame in (pairs, known)
    )
    pairs = pairs[pairs["key"] >= 0]
    by_return = pairs.merge(known.drop(columns="service"), on=["return", "key"], how="left")
    elsewhere = by_return[by_return["action"].isna()].drop(columns="action")
    by_service = elsewhere.merge(known.drop(columns="return"), on=["service", "key"])
    found = pd.concat([by_return.dropna(subset="action"), by_service])[["row", "action"]]
    return found.astype({"action": actions.index.dtype}).drop_duplicates(ignore_index=True)


def milestone_uses(summary: ProviderSummary, named: pd.DataFrame) -> pd.DataFrame:
    """The rows of `named` (`key` is their folded Ref) that milestones name as their evidence; `key` of the result is the milestone's action."""
    lines = summary.records.only(("evidence_ref",)).get("milestones")
    if lines is None or "evidence_ref" not in lines.columns:
        return named.head(0)
    lines = lines[text_of(lines, "evidence_ref") != ""]
    texts = folded_texts(lines["evidence_ref"])
    refs = {text: list(dict.fromkeys([text, *words_apart(text).split()])) for text in set(texts)}
    keys = pd.Series([refs[text] for text in texts], lines.index, dtype=object)
    naming = lines[["return"]].assign(action=folded_texts(lines["action"]), key=keys).explode("key")
    found = named.merge(naming, on=["return", "key"])[["row", "return", "service", "action"]]
    return found.rename(columns={"action": "key"})
