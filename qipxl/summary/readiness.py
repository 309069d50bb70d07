"""Readiness by statement: what an inspector would ask about each quality statement in each service, and what to go and see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from qipxl.rules.rulebook import State
from qipxl.summary.evidence_items import COUNTING, FRESH, OLD, PACK, SOON, Evidence, evidence_of
from qipxl.summary.sheet_spec import (
    LETTER,
    LETTER_WORDS,
    RETURN_OF,
    ColumnSpec,
    SheetSpec,
    TableColumns,
    chip,
    columns_of,
    plural,
)
from qipxl.summary.statements import STATEMENT_SOURCES
from qipxl.summary.summary import ProviderSummary
from qipxl.summary.themes import NONE_GIVEN, STATEMENT, crosswalk_words, subjects_of
from qipxl.text import names_text
from qipxl.workbook.styles import HEAD, INK, RED

READINESS, GO_AND_SEE = "Readiness by statement", "What to go and see"
ALL_SERVICES = "All services"
SUSTAINED, WITHDRAWN = "B", "X"
"""The letters of actions that are embedded and hold, and of those that are not counted here."""
NO_PLACE = "Place not given"
MOST_PLACES, MOST_NAMED = 6, 5
"""The most places in one cell, and the most Refs in one sentence."""
COLUMNS_READ: TableColumns = {
    "actions": (*STATEMENT_SOURCES, "headline", "unseen", "last_looked"),
}
ITEMS = columns_of(
    ("Where it is kept", "kept_at", 34), ("Service", "name", 18), ("What it is", "what", 40), ("CQC evidence category", "kind", 20),
    ("Date", "day", 12), ("Days old", "age", 8), ("Does it count?", "state", 16), ("Counts until", "until", 12), ("Actions", "actions", 14),
    ("Statements", "statements", 34), ("Ref", "ref", 9), ("Judgement", "judged", 12), (RETURN_OF, "period", 10), ("File", "file", 26),
    ("Cell", "cell", 14),
)  # fmt: skip
PLACE_OF_STATE = {state: place for place, state in enumerate((SOON, FRESH, OLD))}
"""The order of the list of evidence; what does not count for another reason comes last."""
PAIR = ["statement", "service"]


def readiness(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """The two sheets; none if no template in use says until when evidence is fresh."""
    evidence = evidence_of(summary)
    if evidence is not None:
        pairs = action_pairs(summary)
        yield by_statement(summary, evidence, pairs)
        yield go_and_see(summary, evidence, pairs)


def action_pairs(summary: ProviderSummary) -> pd.DataFrame:
    """A line for each action and statement: `statement`, `action` (its label), `service`, `name`, `ref`, `letter`, `headline`."""
    subjects = subjects_of(summary, summary.actions, STATEMENT)
    known = summary.actions.loc[subjects.index]
    letters = {state.word: state.letter for state in summary.headline.states}
    lines = {name: known[name].to_numpy() for name in ("service", "name", "ref", "headline")}
    pairs = pd.DataFrame({"statement": subjects.to_numpy(object), "action": subjects.index, **lines})
    pairs = pairs.assign(letter=pairs["headline"].map(letters), looked=pd.NaT, unseen=False)
    if {"unseen", "last_looked"} <= set(known.columns):
        in_plan = (known["return"] >= 0) & known["unseen"].fillna(False).astype(bool)
        pairs = pairs.assign(unseen=in_plan.to_numpy(), looked=pd.to_datetime(known["last_looked"]).to_numpy())
    return pairs


def by_statement(summary: ProviderSummary, evidence: Evidence, pairs: pd.DataFrame) -> SheetSpec:
    """A line for all services of each statement that actions name, then one for each service; last the statements without an action."""
    framework, limits = summary.framework.framework, Limits(summary)
    counted = pairs[pairs["letter"] != WITHDRAWN]
    used = evidence_of_pairs(evidence, counted)
    kinds = kinds_shown(summary, used)
    of_services = lines_by(PAIR, counted, used, kinds, summary.letters)
    places = places_of_pairs(used)
    of_services = of_services.assign(
        finding=service_findings(of_services, counted, used, limits),
        places=[places.get(pair, "") for pair in of_services[PAIR].itertuples(index=False, name=None)],
    )
    of_statements = lines_by(PAIR[:1], counted, used, kinds, summary.letters).assign(name=ALL_SERVICES)
    fresh = of_services.groupby("statement")["fresh"].agg(["size", "sum"])
    found = [
        statement_finding(line, int(fresh.at[line["statement"], "size"]), int(fresh.at[line["statement"], "sum"]), limits)
        for line in of_statements.to_dict("records")
    ]
    of_statements = of_statements.assign(finding=[*map(" ".join, found)])
    named = set(of_statements["statement"])
    missing = pd.DataFrame({"statement": [name for name in framework.names if name not in named]})
    missing = missing.assign(name=ALL_SERVICES, finding="No action names it.", by_rating="", places="", open=0, sustained=0)
    order = {name: place for place, name in enumerate(framework.names)}
    frame = pd.concat([of_statements, of_services], ignore_index=True)
    frame = frame.assign(place=frame["statement"].map(partial(place_of, order)), heading=frame["name"] == ALL_SERVICES)
    frame = frame.sort_values(["place", "statement", "heading", "name"], ascending=[True, True, False, True], kind="stable")
    frame = pd.concat([frame, missing.assign(heading=True)], ignore_index=True)
    frame = frame.fillna({LETTER: "", "headline": ""})
    without = fresh[fresh["sum"] < fresh["size"]]
    first_words = {line: words[0] for line, words in zip(of_statements["statement"], found, strict=True)}
    about = about_readiness(summary, limits, len(missing))
    line = f"{plural(len(named), 'statement')} with actions."
    columns = readiness_columns(summary, kinds, framework.heading)
    title = finding_of_sheet(without, first_words, order, limits)
    return SheetSpec(READINESS, about, line, columns, frame, title=title, folded=len(missing))


def place_of(order: Mapping[str, int], statement: str) -> int:
    """The place of a statement in its list; texts of no list come after it, then actions without a statement."""
    return order.get(statement, len(order) + (statement == NONE_GIVEN))


def readiness_columns(summary: ProviderSummary, kinds: Sequence[str], heading: str) -> list[ColumnSpec]:
    """The columns of the sheet by statement; the age of each kind of evidence is red if it no longer counts."""
    ages = {word: coloured("#FFFFFF", ink) for word, ink in ((OLD, RED), (FRESH, INK))}
    total = coloured(HEAD, INK)
    return [
        ColumnSpec(heading, "statement", 26), ColumnSpec("Service", "name", 16, by="name", states={ALL_SERVICES: total}), chip(summary.headline),
        ColumnSpec("What an inspector would ask about", "finding", 38), ColumnSpec("Open actions", "open", 9),
        ColumnSpec("By rating", "by_rating", 15), ColumnSpec("Sustained", "sustained", 11),
        *(ColumnSpec(f"{kind}: days", f"age {kind}", 11, by=f"state {kind}", states=ages) for kind in kinds),
        ColumnSpec("Go and see", "places", 44), ColumnSpec("Not looked at", "unseen", 9), ColumnSpec("Too old next month", "soon", 9),
    ]  # fmt: skip


def coloured(fill: str, ink: str) -> State:
    """A state that only colours a cell."""
    return State("", "", "", fill.removeprefix("#"), ink.removeprefix("#"), "")


class Limits:
    """The limits of the templates in words, as in “newer than 90 days” and “for 6 months”."""

    def __init__(self, summary: ProviderSummary) -> None:
        self.newer = self.words(summary, "fresh_evidence", "newer than {}", "that still counts")
        self.older = self.words(summary, "fresh_evidence", "older than {}", "too old to count")
        self.unseen = self.words(summary, "unseen_months", "for {}", "for months")

    @staticmethod
    def words(summary: ProviderSummary, key: str, one: str, several: str) -> str:
        """A setting in words; `several` if the templates have different numbers."""
        settings = [template.rules.schema.settings.get(key) for template in summary.in_use]
        numbers = {(setting.value, setting.unit) for setting in settings if setting is not None}
        if len(numbers) != 1:
            return several
        (number, unit), *_ = numbers
        return one.format(plural(int(number), unit.removesuffix("s")))


def kinds_shown(summary: ProviderSummary, used: pd.DataFrame) -> list[str]:
    """The categories of evidence in the order of the template's list, then others that were used."""
    lists = [template.lists["evidence_category"].values for template in summary.in_use if "evidence_category" in template.lists]
    known = [kind for each in lists for kind in each]
    others = [kind for kind in sorted(set(used["kind"]) - {""}) if kind != PACK]
    return list(dict.fromkeys([*known, *others, *([PACK] if PACK in set(used["kind"]) else [])]))


def evidence_of_pairs(evidence: Evidence, counted: pd.DataFrame) -> pd.DataFrame:
    """The accepted evidence of each statement and service, each item once."""
    rows = evidence.rows[evidence.rows["state"].isin(PLACE_OF_STATE)].drop(columns=["service", "name", "action"])
    used = evidence.uses.merge(counted[["statement", "service", "name", "action"]], on="action")
    used = used.merge(rows, left_on="row", right_index=True)
    used = used.assign(rank=used["state"].map(PLACE_OF_STATE).astype(float))
    return used.sort_values(["age", "rank"], kind="stable").drop_duplicates([*PAIR, "item"])


def lines_by(
    keys: list[str], counted: pd.DataFrame, used: pd.DataFrame, kinds: Sequence[str], letters: Sequence[str]
) -> pd.DataFrame:
    """A line for each statement, or statement and service: its actions by letter, and its evidence."""
    rank = {letter: place for place, letter in enumerate(letters)}
    ordered = counted.assign(rank=counted["letter"].map(rank)).sort_values("rank", kind="stable")
    ordered = ordered.assign(is_open=ordered["letter"] != SUSTAINED)
    groups = ordered.groupby(keys, sort=False)
    worst = groups[["name", "headline", "letter"]].first()
    numbers = groups.agg(open=("is_open", "sum"), unseen=("unseen", "sum"), actions=("action", "size"))
    lines = worst.join(numbers).assign(sustained=numbers["actions"] - numbers["open"])
    items = used.drop_duplicates([*keys, "item"])
    soon, fresh = items["state"] == SOON, items["state"].isin(COUNTING)
    lines = lines.assign(
        soon=items[soon].groupby(keys).size(), fresh=items[fresh].groupby(keys).size(), newest=items.groupby(keys)["age"].min(),
        by_rating=rating_counts(ordered[ordered["is_open"]], keys), places="",
    )  # fmt: skip
    ages = {f"age {kind}": items[items["kind"] == kind].groupby(keys)["age"].min() for kind in kinds}
    states = {}
    for kind in kinds:
        of_kind = items[fresh & (items["kind"] == kind)].groupby(keys).size()
        states[f"state {kind}"] = np.where(of_kind.reindex(lines.index).fillna(0) > 0, FRESH, OLD)
    lines = lines.assign(**ages, **states).reset_index()
    lines = lines.fillna({"soon": 0, "fresh": 0, "by_rating": ""}).astype({"soon": int})
    return lines.assign(fresh=lines["fresh"] > 0)


def rating_counts(open_actions: pd.DataFrame, keys: list[str]) -> pd.Series:
    """The number of open actions of each letter in words, such as “2 red, 1 amber”; the actions come worst first."""
    counts = open_actions.groupby([*keys, "letter"], sort=False).size()
    texts: dict[Any, list[str]] = {}
    for key, number in counts.items():
        *group, letter = key
        words = LETTER_WORDS.get(letter, letter).partition(" (")[0].lower()
        texts.setdefault(tuple(group) if len(keys) > 1 else group[0], []).append(f"{number} {words}")
    return pd.Series({key: ", ".join(parts) for key, parts in texts.items()}, dtype=object)


def places_of_pairs(used: pd.DataFrame) -> dict[tuple[str, str], str]:
    """For each statement and service a line for each place with the evidence kept there; places with evidence that counts come first."""
    ordered = used.assign(old=used["state"] == OLD).sort_values(["old", "age"], kind="stable")
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    columns = [*PAIR, "kept_at", "ref", "kind", "age"]
    for statement, service, place, ref, kind, age in ordered[columns].itertuples(index=False, name=None):
        name = " ".join(place.split()) or NO_PLACE
        item = f"{ref or 'no Ref'} {kind}, {plural(int(age), 'day')} old"
        found.setdefault((statement, service), {}).setdefault(name, []).append(item)
    return {pair: places_text(places) for pair, places in found.items()}


def places_text(places: Mapping[str, Sequence[str]]) -> str:
    """A line for each of the first MOST_PLACES places."""
    lines = [f"{place}: {'; '.join(parts)}" for place, parts in places.items()]
    left = len(lines) - MOST_PLACES
    more = [f"and {plural(left, 'more place')} in the list {GO_AND_SEE}"] if left > 0 else []
    return "\n".join([*lines[:MOST_PLACES], *more])


def statement_finding(line: Mapping[str, Any], services: int, fresh: int, limits: Limits) -> list[str]:
    """The sentences about a statement in all its services; the first is about the age of the evidence."""
    without = services - fresh
    what = f"accepted evidence {limits.newer}"
    if not without:
        first = f"All {services} services have {what}." if services > 1 else f"The one service with actions has {what}."
    elif services == 1:
        first = f"The one service with actions has no {what}."
    else:
        first = f"{without} of {services} services {'has' if without == 1 else 'have'} no {what}."
    return [first, *shared_findings(int(line["unseen"]), int(line["soon"]), limits)]


def shared_findings(unseen: int, soon: int, limits: Limits) -> Iterator[str]:
    """The sentences about open actions that nobody has looked at, and about evidence that will soon be too old."""
    if unseen:
        yield f"Nobody has looked at {plural(unseen, 'open action')} {limits.unseen}."
    if soon:
        yield f"{plural(soon, 'item')} of evidence will be too old next month."


def service_findings(lines: pd.DataFrame, counted: pd.DataFrame, used: pd.DataFrame, limits: Limits) -> list[str]:
    """What to ask about a statement in a service, with the Refs of actions and evidence."""
    unseen = counted[counted["unseen"]].sort_values("ref", kind="stable")
    unseen = unseen.assign(words=[unseen_words(ref, day) for ref, day in zip(unseen["ref"], unseen["looked"], strict=True)])
    held = counted[counted["letter"] == SUSTAINED].sort_values("ref", kind="stable")
    soon = used[used["state"] == SOON].sort_values("ref", kind="stable")
    named = [names_by_pair(frame, name) for frame, name in ((unseen, "words"), (soon, "ref"), (held, "ref"))]
    sentences = []
    for statement, service, fresh, newest in lines[[*PAIR, "fresh", "newest"]].itertuples(index=False, name=None):
        not_seen, ageing, sustained = (names.get((statement, service), []) for names in named)
        age = f"Newest accepted evidence: {plural(int(newest), 'day')} old." if fresh else ""
        parts = [age or f"No accepted evidence {limits.newer}."]
        if not_seen:
            parts.append(f"Nobody has looked at {names_text(not_seen, MOST_NAMED)}.")
        if ageing:
            parts.append(f"Too old next month: {names_text(ageing, MOST_NAMED)}.")
        if sustained:
            parts.append(f"Sustained: {names_text(sustained, MOST_NAMED)}.")
        sentences.append(" ".join(parts))
    return sentences


def unseen_words(ref: str, day: pd.Timestamp) -> str:
    """An action with the day since which nobody has looked at it, such as “A-003 since 4 September 2025”."""
    return f"{ref} since {day.day} {day:%B %Y}" if pd.notna(day) else f"{ref} at all"


def names_by_pair(frame: pd.DataFrame, name: str) -> dict[tuple[str, str], list[str]]:
    """The texts of a column by statement and service, each once."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for statement, service, text in frame[[*PAIR, name]].itertuples(index=False, name=None):
        found.setdefault((statement, service), {})[text or "one without a Ref"] = None
    return {pair: list(texts) for pair, texts in found.items()}


def finding_of_sheet(
    without: pd.DataFrame, first_words: Mapping[str, str], order: Mapping[str, int], limits: Limits
) -> str:
    """The statement with the most services without fresh evidence, and how many more statements have such services."""
    listed = [statement for statement in without.index if statement in order]
    if not listed:
        return f"{READINESS}: each service has accepted evidence {limits.newer} under every statement that it names"
    lacking = without["size"] - without["sum"]
    worst = min(listed, key=lambda name: (-lacking[name], order[name]))
    more = len(listed) - 1
    others = f"; {plural(more, 'more statement has', 'more statements have')} such services" if more else ""
    return f"{worst} – {first_words[worst].removesuffix('.')}{others}"


def about_readiness(summary: ProviderSummary, limits: Limits, missing: int) -> str:
    """What the sheet shows, and by which limits."""
    framework = summary.framework.framework
    none = f" {plural(missing, 'statement')} of the list, named at the end, {'has' if missing == 1 else 'have'} no action."
    return (
        f"{framework.full_title}.{crosswalk_words(summary)} An action counts under every statement that it names; withdrawn ones are left "
        f"out. Choose {ALL_SERVICES} in the filter of Service for one line a statement. Each category shows how many days old its newest "
        f"accepted evidence is, red if it is {limits.older}. Nobody has looked: no review, challenge, update, check or evidence "
        f"{limits.unseen}.{none if missing else ''}"
    )


def go_and_see(summary: ProviderSummary, evidence: Evidence, pairs: pd.DataFrame) -> SheetSpec:
    """Every item of evidence once, with all actions and statements that it is used for; what will soon be too old comes first."""
    rows = evidence.rows.assign(rank=evidence.rows["state"].map(PLACE_OF_STATE).fillna(len(PLACE_OF_STATE)))
    rows = rows.sort_values("rank", kind="stable")
    uses = evidence.uses.merge(rows[["item"]], left_on="row", right_index=True)
    refs = uses.assign(ref=summary.actions["ref"].reindex(uses["action"]).to_numpy())
    statements = uses.merge(pairs[["action", "statement"]], on="action")
    frame = rows.drop_duplicates("item").set_index("item")
    frame = frame.assign(
        ref=texts_of_items(rows, "ref"), judged=texts_of_items(rows, "judged"),
        actions=texts_of_items(refs, "ref").reindex(frame.index).fillna(frame["action"]),
        statements=texts_of_items(statements, "statement", "; ").reindex(frame.index).fillna(NONE_GIVEN),
    )  # fmt: skip
    frame = frame.assign(bare=frame["kept_at"] == "").sort_values(["rank", "name", "bare", "kept_at", "age"], kind="stable")
    soon, shared = int((frame["state"] == SOON).sum()), int(frame["actions"].str.contains(", ").sum())
    title = f"{GO_AND_SEE}: {plural(len(frame), 'item')} of evidence"
    if soon:
        title += f"; {soon} will be too old next month"
    about = (
        "Each item of evidence once, with all actions that use it; what will be too old next month comes first, then what counts. "
        f"{plural(shared, 'item is', 'items are')} used for several actions. Items of one service with the same date, category, text and place "
        "are one; an action also uses what its milestones name."
    )
    return SheetSpec(GO_AND_SEE, about, f"{plural(len(frame), 'item')}.", ITEMS, frame, link_cell=True, title=title)


def texts_of_items(lines: pd.DataFrame, name: str, between: str = ", ") -> pd.Series:
    """The different texts of a column of each `item`, in their order."""
    texts = lines.loc[lines[name] != "", ["item", name]].drop_duplicates()
    return texts.groupby("item", sort=False)[name].agg(between.join)


def statement_lists(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """Both sheets as the web page shows them, with their findings: a line for each statement that actions name, and the evidence."""
    for spec in readiness(summary):
        frame, columns = spec.frame, spec.columns
        if spec.name == READINESS:
            frame = frame[frame["heading"]].head(int(frame["heading"].sum()) - spec.folded)
            columns = [column for column in columns if column.source not in ("name", "places", "unseen", "soon")]
        yield replace(spec, frame=frame, columns=columns, about=f"{spec.title}. {spec.about}", folded=0)
