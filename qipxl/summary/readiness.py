"""Readiness by statement: what an inspector would ask about each quality statement in each service, and what to go and see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from qipxl.returns.freed_memory import return_freed_now
from qipxl.rules.rulebook import State
from qipxl.summary.evidence_items import FRESH, OLD, PACK, SERVICES_AT_ONCE, SOON, Evidence, evidence_in_parts
from qipxl.summary.sheet_spec import (
    LETTER,
    LETTER_WORDS,
    MOST_ROWS,
    RETURN_OF,
    ColumnSpec,
    SheetSpec,
    TableColumns,
    chip,
    columns_of,
)
from qipxl.summary.statements import STATEMENT_SOURCES
from qipxl.summary.summary import ProviderSummary
from qipxl.summary.themes import NONE_GIVEN, STATEMENT, crosswalk_words, subjects_of
from qipxl.text import names_text, plural
from qipxl.workbook.styles import HEAD, INK

READINESS, GO_AND_SEE = "Readiness by statement", "What to go and see"
ALL_SERVICES = "All services"
SUSTAINED, WITHDRAWN = "B", "X"
"""The letters of actions that are embedded and hold, and of those that are not counted here."""
NO_PLACE, NO_KIND = "Place not given", "No category"
MOST_PLACES, MOST_NAMED = 4, 5
"""The most places in one cell, and the most Refs in one sentence."""
COLUMNS_READ: TableColumns = {
    "actions": (*STATEMENT_SOURCES, "headline", "unseen", "last_looked"),
}
ITEMS = columns_of(
    ("Where it is kept", "kept_at", 31), ("Service", "name", 18), ("What it is", "what", 36), ("CQC evidence category", "kind", 20),
    ("Date", "day", 12), ("Days old", "age", 8), ("Does it count?", "state", 16), ("Counts until", "until", 12), ("Actions", "actions", 14),
    ("Statements", "statements", 34), ("Ref", "ref", 9), ("Judgement", "judged", 12), (RETURN_OF, "period", 10), ("File", "file", 26),
    ("Cell", "cell", 14),
)  # fmt: skip
OF_ROWS = ("kept_at", "name", "what", "kind", "day", "age", "state", "until", "period", "file", "cell")
"""The columns of ITEMS that are those of the item's first row."""
FILTER = f" Filter Service by {ALL_SERVICES} for an overview."
LEFT_OUT_OF_PAGE = ("places", "open", "unseen", "soon", "until", "judged")
"""What the web page leaves out of the sheets: a sentence, and columns."""
PLACE_OF_STATE = {state: place for place, state in enumerate((SOON, FRESH, OLD))}
"""The order of the list of evidence; what does not count for another reason comes last."""
PAIR = ["statement", "service"]


def readiness(
    summary: ProviderSummary, most_rows: int = MOST_ROWS, services: int = SERVICES_AT_ONCE
) -> Iterator[SheetSpec]:
    """The two sheets; none if no template in use says until when evidence is fresh.

    The items of evidence are omitted if they are more than `most_rows`. The evidence of `services` is in memory at a time.
    """
    pairs, used, items = action_pairs(summary), list[pd.DataFrame](), Items(most_rows)
    for part, evidence in evidence_in_parts(summary, services):
        own = pairs[pairs["action"].isin(part.actions.index)]
        of_pairs = evidence_of_pairs(evidence, own[own["letter"] != WITHDRAWN])
        used.append(of_pairs.assign(item=of_pairs["item"] + items.number))
        items.add(items_to_see(part, evidence, own))
        rows = len(evidence.rows)
        del part, evidence, own, of_pairs
        return_freed_now(rows)
    if used:
        accepted = pd.concat(used, ignore_index=True)
        used.clear()
        accepted = newest_first(accepted)
        return_freed_now(len(accepted))
        spec = by_statement(summary, accepted, pairs)
        del accepted, pairs
        return_freed_now(items.number)
        yield spec
        yield go_and_see(items)


def action_pairs(summary: ProviderSummary) -> pd.DataFrame:
    """A line for each action and statement: `statement`, `action` (its label), `service`, `name`, `ref`, `letter`, `headline`."""
    subjects = subjects_of(summary, summary.actions, STATEMENT)
    read = ["service", "name", "ref", "return", "headline", "unseen", "last_looked"]
    known = summary.actions[[name for name in read if name in summary.actions.columns]].loc[subjects.index]
    letters = {state.word: state.letter for state in summary.headline.states}
    services = summary.service_codes(known["service"])
    names = services.map(summary.names).fillna(known["name"])
    lines = {"service": services, "name": names, "ref": summary.refs_with_plans(known), "headline": known["headline"]}
    columns = {name: column.to_numpy(object) for name, column in lines.items()}
    pairs = pd.DataFrame({"statement": subjects.to_numpy(object), "action": subjects.index, **columns})
    pairs = pairs.astype(dict.fromkeys(PAIR, "category"))  # every join and group is by these
    pairs = pairs.assign(letter=pairs["headline"].map(letters), unseen=False)
    if {"unseen", "last_looked"} <= set(known.columns):
        in_plan = (known["return"] >= 0) & known["unseen"].fillna(False).astype(bool)
        pairs = pairs.assign(unseen=in_plan.to_numpy(), looked=pd.to_datetime(known["last_looked"]).to_numpy())
    return pairs if "looked" in pairs.columns else pairs.assign(looked=pd.Series(pd.NaT, pairs.index))


def by_statement(summary: ProviderSummary, used: pd.DataFrame, pairs: pd.DataFrame) -> SheetSpec:
    """A line for all services of each statement that actions name, then one for each service; last the statements without an action.

    `used` has the accepted evidence of each statement and service, the newest first.
    """
    framework, limits = summary.framework.framework, Limits(summary)
    order = {name: place for place, name in enumerate(framework.names)}
    counted = pairs[pairs["letter"] != WITHDRAWN]
    kinds = kinds_shown(summary, used)
    of_services = lines_by(PAIR, counted, used, kinds, summary.letters)
    places = places_of_pairs(used)
    of_services = of_services.assign(
        finding=service_findings(of_services, counted, used, limits),
        places=[places.get(pair, "") for pair in of_services[PAIR].itertuples(index=False, name=None)],
    )
    lacking = services_lacking(of_services)
    of_statements = lines_by(PAIR[:1], counted, used, kinds, summary.letters)
    of_statements = of_statements.assign(name=ALL_SERVICES, finding=statement_findings(of_statements, lacking, limits))
    missing = unnamed(framework.names, of_statements["statement"])
    frame = pd.concat([of_statements, of_services], ignore_index=True)
    frame = frame.assign(
        place=frame["statement"].map(partial(place_of, order)).astype(int), heading=frame["name"] == ALL_SERVICES
    )
    first = [True, True, False, True]
    frame = frame.sort_values(["place", "statement", "heading", "name"], ascending=first, kind="stable")
    frame = pd.concat([frame, missing.assign(heading=True)], ignore_index=True).fillna({LETTER: "", "headline": ""})
    title = finding_of_sheet(lacking[lacking.index.isin(order)].reindex([*order]).dropna(), limits)
    line = f"{plural(len(of_statements), 'statement')} with actions."
    columns = readiness_columns(summary, framework.heading)
    about = about_readiness(summary, limits, len(missing))
    return SheetSpec(READINESS, about, line, columns, frame, title=title, folded=len(missing))


def services_lacking(of_services: pd.DataFrame) -> pd.DataFrame:
    """For each statement the number of `services` with actions, and of those `without` accepted evidence that counts."""
    lines = of_services.assign(without=~of_services["fresh"])
    return lines.groupby("statement", sort=False).agg(services=("service", "size"), without=("without", "sum"))


def unnamed(names: Sequence[str], named: pd.Series) -> pd.DataFrame:
    """A line for each statement of the list that no action names."""
    lines = pd.DataFrame({"statement": [name for name in names if name not in set(named)]}, dtype=object)
    words = {"name": ALL_SERVICES, "finding": "No action names it.", "by_rating": "", "ages": "", "places": ""}
    return lines.assign(**words, open=0, sustained=0)


def place_of(order: Mapping[str, int], statement: str) -> int:
    """The place of a statement in its list; texts of no list come after it, then actions without a statement."""
    return order.get(statement, len(order) + (statement == NONE_GIVEN))


def readiness_columns(summary: ProviderSummary, heading: str) -> list[ColumnSpec]:
    """The columns of the sheet by statement; `heading` is that of the list in force."""
    total = State("", "", "", HEAD.removeprefix("#"), INK.removeprefix("#"), "")
    return [
        ColumnSpec(heading, "statement", 26), ColumnSpec("Service", "name", 16, by="name", states={ALL_SERVICES: total}), chip(summary.headline),
        ColumnSpec("What an inspector would ask about", "finding", 38), ColumnSpec("Open actions by rating", "by_rating", 17),
        ColumnSpec("Sustained", "sustained", 11),
        ColumnSpec("Newest accepted evidence by CQC category", "ages", 31), ColumnSpec("Go and see", "places", 50),
        ColumnSpec("Open actions", "open", 9), ColumnSpec("Not looked at", "unseen", 9), ColumnSpec("Too old next month", "soon", 9),
    ]  # fmt: skip


class Limits:
    """The limits of the templates in words, as in “newer than 90 days” and “for 6 months”."""

    def __init__(self, summary: ProviderSummary) -> None:
        self.newer = self.words(summary, "fresh_evidence", "newer than {}", "that still counts")
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
    lists = [template.lists.get("evidence_category") for template in summary.in_use]
    known = [kind for each in lists if each is not None for kind in each.values]
    others = [kind for kind in sorted(set(used["kind"]) - {""}) if kind != PACK]
    return list(dict.fromkeys([*known, *others, *([PACK] if PACK in set(used["kind"]) else [])]))


def evidence_of_pairs(evidence: Evidence, counted: pd.DataFrame) -> pd.DataFrame:
    """The accepted evidence of each statement and service, each item once."""
    rows = evidence.rows[["item", "age", "kind", "kept_at", "ref"]].assign(
        rank=evidence.rows["state"].map(PLACE_OF_STATE)
    )
    rows = rows.dropna(subset="rank")
    used = evidence.uses.merge(counted[[*PAIR, "action"]], on="action")
    used = used.merge(rows, left_on="row", right_index=True).drop(columns=["row", "action"])
    return newest_first(used).drop_duplicates([*PAIR, "item"])


def newest_first(used: pd.DataFrame) -> pd.DataFrame:
    """Evidence by age; of the same age, what counts comes first."""
    return used.sort_values(["age", "rank"], kind="stable", ignore_index=True)


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
    items = items.assign(soon=items["rank"] == PLACE_OF_STATE[SOON], fresh=items["rank"] < PLACE_OF_STATE[OLD])
    aged = items.groupby(keys, sort=False).agg(soon=("soon", "sum"), fresh=("fresh", "sum"), newest=("age", "min"))
    lines = lines.join(aged).reset_index().fillna({"soon": 0, "fresh": 0}).astype({"soon": int})
    rated, ages = rating_counts(ordered[ordered["is_open"]], keys), ages_of(items, keys)
    groups_shown = [*lines[keys].itertuples(index=False, name=None)]
    return lines.assign(
        fresh=lines["fresh"] > 0, places="", by_rating=[", ".join(rated.get(key, [])) for key in groups_shown],
        ages=[ages_text(ages.get(key, {}), kinds) for key in groups_shown],
    )  # fmt: skip


def ages_of(items: pd.DataFrame, keys: list[str]) -> dict[tuple[str, ...], dict[str, str]]:
    """For each group the age of the newest evidence of each category in words, the newest first; `items` are sorted by age."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    firsts = items.drop_duplicates([*keys, "kind"])
    for *key, kind, age, rank in firsts[[*keys, "kind", "age", "rank"]].itertuples(index=False, name=None):
        words = plural(int(age), "day") + (", too old" if rank == PLACE_OF_STATE[OLD] else "")
        found.setdefault(tuple(key), {}).setdefault(kind or NO_KIND, words)
    return found


def ages_text(ages: Mapping[str, str], kinds: Sequence[str]) -> str:
    """A line for each category with the age of its newest evidence, then how many categories have none."""
    lines = [f"{kind}: {age}" for kind, age in ages.items()]
    without = len([kind for kind in kinds if kind not in ages])
    none = "None" if not ages else f"Other {without} categories: none" if without > 1 else "The other category: none"
    return "\n".join([*lines, none] if without else lines)


def rating_counts(open_actions: pd.DataFrame, keys: list[str]) -> dict[tuple[str, ...], list[str]]:
    """For each group the number of open actions of each letter in words, such as “2 red”; the actions come worst first."""
    counts = open_actions.groupby([*keys, "letter"], sort=False).size().rename("number").reset_index()
    found: dict[tuple[str, ...], list[str]] = {}
    for *key, letter, number in counts.itertuples(index=False, name=None):
        words = LETTER_WORDS.get(letter, letter).partition(" (")[0].lower()
        found.setdefault(tuple(key), []).append(f"{number} {words}")
    return found


def places_of_pairs(used: pd.DataFrame) -> dict[tuple[str, str], str]:
    """For each statement and service a line for each place with the evidence kept there; places with evidence that counts come first."""
    old = used["rank"] == PLACE_OF_STATE[OLD]
    ordered = pd.concat([used[~old], used[old]])
    days = ordered["age"].map({age: plural(int(age), "day") for age in ordered["age"].unique()})
    places = ordered["kept_at"].map(
        {place: " ".join(place.split()) or NO_PLACE for place in ordered["kept_at"].unique()}
    )
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    columns = (*(ordered[name] for name in (*PAIR, "ref", "kind")), places, days)
    for statement, service, ref, kind, place, age in zip(*(column.tolist() for column in columns), strict=True):
        found.setdefault((statement, service), {}).setdefault(place, []).append(f"{ref or 'no Ref'} {kind}, {age}")
    return {pair: places_text(places) for pair, places in found.items()}


def places_text(places: Mapping[str, Sequence[str]]) -> str:
    """A line for each of the first MOST_PLACES places."""
    lines = [f"{place}: {'; '.join(parts)}" for place, parts in places.items()]
    left = len(lines) - MOST_PLACES
    more = [f"and {plural(left, 'more place')} in the list {GO_AND_SEE}"] if left > 0 else []
    return "\n".join([*lines[:MOST_PLACES], *more])


def statement_findings(lines: pd.DataFrame, lacking: pd.DataFrame, limits: Limits) -> list[str]:
    """The sentences about each statement in all its services; the first is about the age of the evidence."""
    found = []
    for statement, unseen, soon in lines[["statement", "unseen", "soon"]].itertuples(index=False, name=None):
        services, without = lacking.loc[statement]
        found.append(" ".join([f"{age_finding(services, without, limits)}.", *shared_findings(unseen, soon, limits)]))
    return found


def age_finding(services: int, without: int, limits: Limits) -> str:
    """How many services have evidence that counts, such as “2 of 5 services have no accepted evidence newer than 90 days”."""
    what = f"accepted evidence {limits.newer}"
    if services == 1:
        return f"The one service with actions has {'no ' if without else ''}{what}"
    if not without:
        return f"{'Both' if services == 2 else f'All {services}'} services have {what}"
    return f"{without} of {services} services {'has' if without == 1 else 'have'} no {what}"


def shared_findings(unseen: int, soon: int, limits: Limits) -> Iterator[str]:
    """The sentences about open actions that nobody has looked at, and about evidence that will soon be too old."""
    if unseen:
        yield f"Nobody has looked at {plural(unseen, 'open action')} {limits.unseen}."
    if soon:
        yield f"{plural(soon, 'item')} of evidence will be too old next month."


def service_findings(lines: pd.DataFrame, counted: pd.DataFrame, used: pd.DataFrame, limits: Limits) -> list[str]:
    """What to ask about a statement in a service, with the Refs of actions and evidence."""
    unseen = counted[counted["unseen"]].sort_values("ref", kind="stable")
    words = [unseen_words(ref, day) for ref, day in zip(unseen["ref"], unseen["looked"], strict=True)]
    unseen = unseen.assign(words=words)
    held = counted[counted["letter"] == SUSTAINED].sort_values("ref", kind="stable")
    soon = used[used["rank"] == PLACE_OF_STATE[SOON]].sort_values("ref", kind="stable")
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


def finding_of_sheet(lacking: pd.DataFrame, limits: Limits) -> str:
    """The statement with the most services without evidence that counts, and how many more statements have such services.

    `lacking` are those of `services_lacking` in the order of the list.
    """
    lacking = lacking[lacking["without"] > 0].astype(int)
    if not len(lacking):
        return f"{READINESS}: each service has accepted evidence {limits.newer} under every statement that it names"
    worst, more = int(lacking["without"].argmax()), len(lacking) - 1
    services, without = lacking[["services", "without"]].to_numpy()[worst]
    others = f"; {plural(more, 'more statement has', 'more statements have')} such services" if more else ""
    return f"{lacking.index[worst]} – {age_finding(int(services), int(without), limits)}{others}"


def about_readiness(summary: ProviderSummary, limits: Limits, missing: int) -> str:
    """What the sheet shows, and by which limits."""
    framework = summary.framework.framework
    none = f" {plural(missing, 'statement has', 'statements have')} no action." if missing else ""
    return (
        f"{framework.full_title}.{crosswalk_words(summary)}{none} An action counts under each statement that it names, unless it is "
        f"withdrawn.{FILTER} Nobody has looked: no review, challenge, update, check or evidence "
        f"{limits.unseen}."
    )


class Items:
    """The items of evidence to go and see, service after service; their lines are kept only if they are at most `most`."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.number = self.soon = self.shared = 0
        self.frames: list[pd.DataFrame] = []

    def add(self, frame: pd.DataFrame) -> None:
        """Add items, which `items_to_see` gives."""
        self.number += len(frame)
        self.soon += int((frame["state"] == SOON).sum())
        self.shared += int(frame["actions"].str.contains(", ").sum())
        self.frames = [*self.frames, frame] if self.number <= self.most else [frame.head(0)]


def items_to_see(summary: ProviderSummary, evidence: Evidence, pairs: pd.DataFrame) -> pd.DataFrame:
    """Every item of evidence once, with all actions and statements that it is used for."""
    rows = evidence.rows[["item", "ref", "judged"]]
    rows = rows.assign(rank=evidence.rows["state"].map(PLACE_OF_STATE).fillna(len(PLACE_OF_STATE)))
    rows = rows.sort_values("rank", kind="stable")
    uses = evidence.uses.merge(rows[["item"]], left_on="row", right_index=True).drop(columns="row")
    own = summary.refs_with_plans(summary.actions)
    refs = uses.assign(ref=own.reindex(uses["action"]).to_numpy()).sort_values("ref", kind="stable")
    order = {name: place for place, name in enumerate(summary.framework.framework.names)}
    statements = uses.merge(pairs[["action", "statement"]], on="action")
    places = statements["statement"].map(partial(place_of, order)).astype(int)
    statements = statements.assign(place=places).sort_values("place", kind="stable")
    first = rows.drop_duplicates("item")[["item", "rank"]]
    frame = first.join(evidence.rows[["action", *OF_ROWS]]).set_index("item")
    actions, named = (
        texts_of_items(refs, "ref", frame.index),
        texts_of_items(statements, "statement", frame.index, "; "),
    )
    return frame.assign(
        ref=texts_of_items(rows, "ref", frame.index), judged=texts_of_items(rows, "judged", frame.index),
        actions=actions.where(actions != "", frame["action"]), statements=named.where(named != "", NONE_GIVEN),
        bare=frame["kept_at"] == "",
    )  # fmt: skip


def go_and_see(items: Items) -> SheetSpec:
    """The list of items of evidence; what will soon be too old comes first."""
    frame = pd.concat(items.frames, ignore_index=True)
    items.frames.clear()  # the list has its own copy
    frame = frame.sort_values(["rank", "name", "bare", "kept_at", "age"], kind="stable")
    title = f"{GO_AND_SEE}: {plural(items.number, 'item')} of evidence"
    if items.soon:
        title += f"; {items.soon} will be too old next month"
    about = (
        "Each item of evidence once, with all actions that use it; what will be too old next month comes first, then what counts. "
        f"{plural(items.shared, 'item is', 'items are')} used for several actions. Items of one service with the same date, category, text and "
        "place are one; an action also uses what its milestones name."
    )
    line, omitted = f"{plural(items.number, 'item')}.", items.number - len(frame)
    return SheetSpec(GO_AND_SEE, about, line, ITEMS, frame, link_cell=True, title=title, rows_omitted=omitted)


def texts_of_items(lines: pd.DataFrame, name: str, items: pd.Index, between: str = ", ") -> pd.Series:
    """The different texts of a column of each of the `items`, in their order; empty without one."""
    pairs = lines.loc[lines[name] != "", ["item", name]].drop_duplicates()
    more, places = pairs["item"].duplicated().to_numpy(), items.get_indexer(pd.Index(pairs["item"]))
    texts, values = np.full(len(items), "", object), pairs[name].to_numpy(object)
    texts[places[~more]] = values[~more]
    for place, text in zip(places[more].tolist(), values[more].tolist(), strict=True):
        texts[place] = f"{texts[place]}{between}{text}"
    return pd.Series(texts, items, dtype=object)


def statement_lists(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """Both sheets as the web page shows them, with their findings: a line for each statement that actions name, and the evidence."""
    for spec in readiness(summary):
        frame = spec.frame
        if spec.name == READINESS:
            frame = frame[frame["heading"]].head(int(frame["heading"].sum()) - spec.folded)
            frame = frame.assign(ages=frame["ages"].str.replace("\n", "; "))
        left_out = {*LEFT_OUT_OF_PAGE, *(["name"] if spec.name == READINESS else [])}
        columns = [column for column in spec.columns if column.source not in left_out]
        about = f"{spec.title}. {spec.about.replace(FILTER, '')}"
        yield replace(spec, frame=frame, columns=columns, about=about, folded=0)
