"""Lists of actions: those that need attention, with the reason, and all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from qipxl.archive.store import folded_texts
from qipxl.indicators.action_verdicts import verdict_sentence
from qipxl.rules.rulebook import Rating
from qipxl.summary.extension_reasons import READ_OF_EXTENSIONS
from qipxl.summary.full_tables import remaining_fields, with_distinct_headings
from qipxl.summary.plain_words import names_read, rating_words, reason_words, who_decides, why_words
from qipxl.summary.sheet_spec import (
    CHIP,
    EARLIER,
    EVIDENCE_GAPS,
    HEADING_ROW,
    LETTER,
    RETURN_OF,
    Column,
    ColumnSpec,
    SheetSpec,
    TableColumns,
    chip,
    letters_of,
    listing,
)
from qipxl.summary.slipped_milestones import READ_OF_MILESTONES
from qipxl.summary.summary import ProviderSummary
from qipxl.text import spelled
from qipxl.workbook.writer import MOST_LINKS

WHERE: Sequence[Column] = (("File", "file", 26), ("Cell", "cell", 16))
WHO: Sequence[Column] = (("Service", "name", 18), ("Ref", "ref", 8))
RATED: Sequence[Column] = (("RAG", LETTER, CHIP), ("Rating", "rating", 20))
LATE: Sequence[Column] = (("Owner", "owner", 15), ("Due date", "due", 12), ("Days overdue", "days_overdue", 10))
PROGRESS: Column = ("Progress", "progress", 40)
CONTROL: Column = ("Control until then", "interim_control", 36)
FEW: Sequence[Column] = (
    ("What is wrong", "section", 21), *WHO, *RATED, ("Why", "reason", 28), ("Issue or risk", "issue", 38), *LATE,
    PROGRESS, CONTROL, ("Escalation", "escalation", 17), ("Verdict on figures", "figures", 28), ("Intended change", "intended_change", 48),
    ("Success measure", "success_measure", 44), ("Accountable lead", "accountable_lead", 18), ("Tier", "tier", 7),
    ("Risk score now", "risk_now", 10), *WHERE,
)  # fmt: skip
ESCALATED: Sequence[Column] = (
    *WHO, *RATED, ("Why", "why_escalated", 29), ("Issue or risk", "issue", 37), ("Who decides, and by when", "to_whom", 29),
    ("Since", "since", 14), *LATE, PROGRESS, CONTROL, ("Escalation", "escalation", 17), ("Decided last time", "decided", 56),
    ("Late milestones", "late_milestones", 56), ("Slippage reason", "slippage_reason", 16), ("Response to slippage", "slippage_response", 16),
    ("Success measure", "success_measure", 44), ("Accountable lead", "accountable_lead", 18), ("Tier", "tier", 7), *WHERE,
)  # fmt: skip
SLIPPED: Sequence[Column] = (
    *WHO, *RATED, ("Days late against original", "days_late_original", 12), ("Original due date", "original_due", 12),
    ("Due date", "due", 12), ("Issue or risk", "issue", 36), ("Milestones late or moved", "moved_milestones", 44),
    ("Reason", "slippage_reason", 16),
    ("Response", "slippage_response", 16), ("Reasons of extensions", "extension_reasons", 44), ("Days the date has moved", "days_slipped", 10),
    ("Extensions", "extensions_logged", 10), ("Days overdue", "days_overdue", 10), ("Promised for", "promised_for", 12),
    ("Owner", "owner", 15), *WHERE,
)  # fmt: skip
GAPS: Sequence[Column] = (
    *WHO, *RATED, ("Evidence", "evidence", 13), ("What it still needs", "evidence_needs", 30), ("Accepted items", "accepted", 9),
    ("Categories that count", "evidence_kinds", 11), ("Newest accepted", "newest_evidence", 12), ("Days overdue", "days_overdue", 10),
    ("Status", "status", 13), ("Issue or risk", "issue", 36), ("Owner", "owner", 15), ("Due date", "due", 12), *WHERE,
)  # fmt: skip
REVIEWS: Sequence[Column] = (
    *WHO, *RATED, ("Days late", "review_days_late", 10), ("Review wanted on", "review_next", 12), ("Latest review", "reviewed_on", 12),
    ("Impact", "impact", 18), ("Intended change", "intended_change", 48), ("Success measure", "success_measure", 44),
    ("Owner", "owner", 15), ("Status", "status", 13), (RETURN_OF, "period", 10), *WHERE,
)  # fmt: skip
CLOSED: Sequence[Column] = (
    *WHO, ("RAG", LETTER, CHIP), ("Headline", "headline", 26), ("Closed on", "closed_on", 12), (RETURN_OF, "period", 10),
    ("Issue or risk", "issue", 36), ("Intended change", "intended_change", 48), ("Owner", "owner", 15), ("Due date", "due", 12),
    ("Taken", "taken", 48), *WHERE,
)  # fmt: skip
MANY: Sequence[Column] = (
    *WHO, *RATED, ("Why", "reason", 28), ("Issue or risk", "issue", 36), *LATE, ("Escalation", "escalation", 17), ("Status", "status", 13),
    ("Last update", "last_update", 12), PROGRESS, CONTROL, ("Intended change", "intended_change", 48),
    ("Root cause", "root_cause", 40), ("Theme", "theme", 16), ("Region", "region", 14),
    ("Period", "period", 10), ("Source", "source", 22), ("Must or should", "must_should", 14), ("Tier", "tier", 7),
    ("Risk score now", "risk_now", 10), ("Start date", "start", 12), ("Original due date", "original_due", 12),
    ("Completed on", "completed_on", 12), ("Headline", "headline", 26), ("Delivery", "delivery", 18), ("Evidence", "evidence", 14),
    ("Impact", "impact", 18), ("Why, rule by rule", "why", 76), ("Verdict on figures", "figures", 28), *WHERE,
)  # fmt: skip
BARS = ("days_overdue", "days_late_original", "review_days_late")
"""The columns of days whose length a bar shows."""
WORDS = (
    "return", "service", "name", "region", "ref", "headline", "headline_label", "delivery", "delivery_rule", "impact", "impact_rule",
    "escalation", "escalation_rule", "days_overdue",
)  # fmt: skip
"""Columns needed to explain an action and to find its service."""
ALL_ACTIONS, ESCALATIONS, ATTENTION = "All actions", "Escalations", "Needs attention"
HOLLOW, BARE, HIGH_RISK = "Finished, did not work", "Closed without evidence", "High risk"
"""What is wrong with an action that needs attention; between the second and the third come the words of the red headlines."""
URGENT = "RS?"
"""The letters of the headlines that need attention whatever their risk."""


def list_columns(columns: Sequence[Column]) -> list[str]:
    """The columns of actions from which a list with these `columns` is made. A template need not have all of them."""
    return list(dict.fromkeys(chain(WORDS, *((source, f"{source}_label") for _, source, _ in columns))))


def escalations(summary: ProviderSummary) -> SheetSpec:
    about = "The highest level first, then the longest overdue."
    lines = escalated_lines(summary)
    title = finding(ESCALATIONS, len(lines), "action needs", "actions need", "a decision above the service")
    return action_sheet(summary, ESCALATIONS, about, lines, ESCALATED, title)


def escalated_lines(summary: ProviderSummary, most: int | None = None) -> pd.DataFrame:
    """The escalated actions, or the first of them, with the columns that their list is made from."""
    lines = rows_for_list(summary, summary.escalated.index[:most], ESCALATED)
    return lines if summary.decisions is None else lines.join(summary.decisions)


def finding(name: str, number: int, one: str, many: str, rest: str) -> str:
    """The title of a list: its name and what it found, such as “Escalations: eight actions need a decision above the service”."""
    return f"{name}: {f'{spelled(number)} {one if number == 1 else many} {rest}' if number else 'none'}"


def needs_attention(summary: ProviderSummary) -> SheetSpec:
    """Every action that is red, not rated, of high risk, or finished without proof that it worked, by what is wrong with it."""
    current = summary.current
    red = [state.word for state in summary.headline.states if state.letter in URGENT]
    hollow, bare, watched = (flagged(current, name) for name in ("hollow", "closed_bare", "watched"))
    wrong = current["headline"].where(current["headline"].isin(red), HIGH_RISK).mask(bare, BARE).mask(hollow, HOLLOW)
    sections = wrong[watched | hollow | bare]
    order = {section: place for place, section in enumerate(dict.fromkeys((HOLLOW, BARE, *red, HIGH_RISK)))}
    chosen = current.loc[sections.index]
    ranked = pd.DataFrame(
        {"part": sections.map(order), "level": summary.levels_of(chosen), "late": -chosen["days_overdue"]}
    )
    rows = ranked.sort_values(["part", "level", "late"], kind="stable").index
    counts = sections.value_counts()
    found = "; ".join(f"{counts[section]} {section.lower()}" for section in order if section in counts)
    about = "The first column says what is wrong; filter by it. In each part the highest escalation comes first, then the longest overdue."
    frame = rows_for_list(summary, rows, FEW).assign(section=sections.reindex(rows))
    return action_sheet(summary, ATTENTION, about, frame, FEW, f"{ATTENTION}: {found or 'none'}")


def flagged(actions: pd.DataFrame, name: str) -> pd.Series:
    """Which actions have a true value in a column that a template need not have."""
    if name not in actions.columns:
        return pd.Series(False, actions.index)
    return actions[name].fillna(False).astype(bool)


SLIPPAGE, REVIEWS_DUE = "Slippage", "Reviews due"
CHOSEN: Sequence[tuple[str, tuple[str, str, str], str, str, str, bool, Sequence[Column]]] = (
    (SLIPPAGE, ("action has", "actions have", "a date that moved or passed"),
     "Dates of milestones count too. The furthest from the first date comes first.",
     "slipped", "days_late_original", False, SLIPPED),
    (EVIDENCE_GAPS, ("open action lacks", "open actions lack", "strong evidence"), "The weakest evidence comes first.",
     "evidence_gap", "evidence_kinds", True, GAPS),
    (REVIEWS_DUE, ("review is", "reviews are", "late or due soon"), f"Reviews of embedded actions too; the latest first. {EARLIER}",
     "review_wanted", "review_next", True, REVIEWS),
)  # fmt: skip
"""Lists selected by a true/false column of the template: name, finding, sentence, that column, the column to sort by, ascending or not,
columns."""


CHOSEN_BY = (
    *chain.from_iterable((flag, order) for _, _, _, flag, order, _, _ in CHOSEN),
    "closed_bare",
    "hollow",
    "review_kept",
    "review_listed",
)
"""The columns by which actions are chosen for lists, and sorted."""
COLUMNS_READ: TableColumns = {
    "actions": (*list_columns([*FEW, *ESCALATED, *SLIPPED, *GAPS, *REVIEWS, *CLOSED, *MANY]), *CHOSEN_BY),
    "extensions": READ_OF_EXTENSIONS,
    "milestones": READ_OF_MILESTONES,
}


def chosen_lists(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """The lists of CHOSEN whose column the templates have."""
    current = summary.current
    later = later_reviews(summary)
    for name, words, about, flag, order, ascending, columns in CHOSEN:
        if flag in current.columns:
            chosen = current[flag].fillna(False).astype(bool)
            if name == SLIPPAGE:
                chosen |= np.array(has_open_milestone(summary, current), dtype=bool)
            keys = current.loc[chosen, order]
            keys = pd.concat([keys, later]) if name == REVIEWS_DUE else keys
            rows = keys.sort_values(ascending=ascending, kind="stable").index
            lines = rows_for_list(summary, rows, columns)
            if len(later) and name == REVIEWS_DUE:
                late = (pd.Timestamp(summary.as_at) - later).dt.days.clip(lower=0)
                lines = lines.assign(review_days_late=late.reindex(rows).fillna(lines["review_days_late"]))
            more = reason_counts(lines) if name == SLIPPAGE else ""
            yield action_sheet(summary, name, about + more, lines, columns, finding(name, len(lines), *words))


def reason_counts(slipped: pd.DataFrame) -> str:
    """The reasons for slippage with the number of actions that each has, the most common first."""
    if "slippage_reason" not in slipped.columns or not len(slipped):
        return ""
    counts = slipped["slippage_reason"].fillna("").replace("", "none given").value_counts()
    return f" Reasons: {', '.join(f'{reason} {count}' for reason, count in counts.items())}."


def later_reviews(summary: ProviderSummary) -> pd.Series:
    """The date of the next review of each embedded action, if it is late or due soon, by the action's index."""
    actions = summary.actions
    if not {"review_kept", "review_listed", "review_next"} <= set(actions.columns):
        return pd.Series(dtype="datetime64[s]")
    listed = pd.to_datetime(actions["review_listed"]) <= pd.Timestamp(summary.as_at)
    return actions.loc[actions["review_kept"].fillna(False).astype(bool) & listed, "review_next"]


def closed_services(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """The open actions of closed services, if there are any."""
    if summary.closed_actions is not None and len(summary.closed_actions):
        about = "Open actions of services that have closed, with their last rating, until another service takes them or head office closes them."
        yield action_sheet(summary, "Actions of closed services", about, summary.closed_actions, CLOSED)


def all_actions(summary: ProviderSummary, columns: Sequence[Column] = (), *, most_rows: int | None = None) -> SheetSpec:
    """Every action, sorted so that each figure of the board page links to one block of rows.

    `columns` default to MANY and every other field of the templates. The actions are omitted if they are more than `most_rows`.
    """
    too_many = len(summary.actions) if most_rows is not None and len(summary.actions) > most_rows else 0
    summary = replace(summary, actions=summary.actions.head(0)) if too_many else summary
    columns = columns or with_distinct_headings([*MANY[: -len(WHERE)], *remaining_fields(summary, MANY), *WHERE])
    about = (
        "By letter, the worst first, then by escalation, then by days overdue. "
        "An action with an earlier period was embedded or withdrawn then; an embedded one is tested again every month."
    )
    actions = sorted_actions(summary, [*list_columns(columns), *names_read(summary.in_use)])
    return action_sheet(summary, ALL_ACTIONS, about, actions, columns, rows_omitted=too_many)


def sorted_actions(summary: ProviderSummary, columns: Sequence[str]) -> pd.DataFrame:
    """All actions in `ProviderSummary.sort_order`: those of `columns` that exist, and `pair`, the headline as its cell shows it."""
    actions = summary.actions_with([*columns, "headline_label"], summary.actions.index[summary.sort_order])
    taken = {str(name): column for name, column in actions.reset_index(drop=True).items()}
    return pd.DataFrame({**taken, "pair": taken["headline_label"]}, copy=False)


def row_addresses(rows: pd.Series) -> list[str]:
    """Link targets for rows of the sheet of all actions, counted from 0; empty beyond the number of links that a sheet may have."""
    return [row_of(row) for row in rows[:MOST_LINKS]] + [""] * (len(rows) - MOST_LINKS)


def row_of(row: int) -> str:
    """The link target of a row of the sheet of all actions, counted from 0."""
    return f"'{ALL_ACTIONS}'!A{HEADING_ROW + 2 + row}"


def rows_for_list(summary: ProviderSummary, rows: pd.Index, columns: Sequence[Column]) -> pd.DataFrame:
    """Some rows of actions with the columns that a list with these `columns` is made from."""
    read = [*list_columns(columns), *names_read(summary.in_use)]
    return summary.actions_with(read, rows)


def action_sheet(
    summary: ProviderSummary,
    name: str,
    about: str,
    frame: pd.DataFrame,
    chosen: Sequence[Column],
    title: str = "",
    *,
    rows_omitted: int = 0,
) -> SheetSpec:
    """A list of actions with their ratings in words, the letter of the headline in its colour, and the reasons."""
    rated = {rating.column.key for rating in summary.ratings}
    columns = [
        chip(summary.headline)
        if source == LETTER
        else ColumnSpec(
            heading, f"{source}_label" if source in rated else source, width, bold=source == "name", bar=source in BARS
        )
        for heading, source, width in chosen
    ]
    lines = with_explanations(summary, frame, {source for _, source, _ in chosen})
    spec = listing(name, about, columns, lines, "action", link_cell=True, rows_omitted=rows_omitted)
    return replace(spec, title=title) if title else spec


def with_explanations(summary: ProviderSummary, frame: pd.DataFrame, columns: Collection[str]) -> pd.DataFrame:
    """Actions with those of these columns that are in `columns`: `letter`, `rating` and `reason` in plain words, `why`,
    `why_escalated`, `to_whom`, `extension_reasons`, `late_milestones`, `moved_milestones` and `figures`, what the figures of
    the indicators show that an action links.

    `since` and `decided` are empty if they are not known.
    """
    makers: Mapping[str, Callable[[], Any]] = {
        LETTER: lambda: letters_of(summary.headline, frame["headline"]),
        "rating": lambda: on_two_lines(rating_words(summary, frame)),
        "reason": lambda: why_words(summary, frame),
        "why": lambda: reasons_in_words(frame, reasons(summary)),
        "why_escalated": lambda: reason_words(summary, frame),
        "to_whom": lambda: frame["escalation"].map(levels_in_words(summary)),
        "extension_reasons": lambda: texts_of_actions(summary.extension_reasons, frame),
        "late_milestones": lambda: texts_of_actions(summary.slipped_milestones.late, frame),
        "moved_milestones": lambda: texts_of_actions(summary.slipped_milestones.moved, frame),
        "figures": lambda: verdict_sentences(summary, frame),
    }
    words = {name: make() for name, make in makers.items() if name in columns}
    missing = {name: "" for name in ("since", "decided") if name not in frame.columns}
    known = {name: frame[name] for name in frame.columns}
    return pd.DataFrame({**known, **words, **missing}, frame.index, copy=False)  # one block per column: copies nothing


def on_two_lines(ratings: Sequence[str]) -> list[str]:
    """Ratings in words, each part on a line of its own; equal ratings share one string."""
    broken = {rating: rating.replace(", ", ",\n") for rating in set(ratings)}
    return [broken[rating] for rating in ratings]


def reasons_in_words(frame: pd.DataFrame, texts: Mapping[str, str]) -> pd.Series:
    """Why each action has its delivery and impact ratings; actions with the same reasons share one string."""
    pairs = pd.Series([*zip(frame["delivery_rule"], frame["impact_rule"], strict=True)], frame.index, dtype=object)
    return pairs.map({pair: f"Delivery: {texts[pair[0]]}. Impact: {texts[pair[1]]}." for pair in pairs.unique()})


def levels_in_words(summary: ProviderSummary) -> dict[str, str]:
    """To whom an action of each escalation level goes, and by when."""
    levels = [rating for rating in every_rating(summary) if rating.column.key == "escalation"]
    return {state.word: who_decides(state) for rating in levels for state in rating.states}


def verdict_sentences(summary: ProviderSummary, frame: pd.DataFrame) -> list[str]:
    """What each action's figures show, in the words of its template; empty if it links no indicator whose figures can be judged."""
    words = {
        template.key: template.lists["verdict"].plain for template in summary.in_use if "verdict" in template.lists
    }
    usual, verdicts = next(iter(words.values()), {}), summary.impact.verdicts
    templates = frame["return"].map(summary.returns.receipts["template"])
    actions = zip(folded_texts(frame["service"]), folded_texts(frame["ref"]), templates, strict=True)
    return [verdict_sentence(verdicts.get((code, ref), ()), words.get(key, usual)) for code, ref, key in actions]


def texts_of_actions(texts: Mapping[tuple[int, str], str], frame: pd.DataFrame) -> list[str]:
    """The text about each action, by its return and folded Ref; empty if there is none."""
    keys = zip(frame["return"].tolist(), folded_texts(frame["ref"]), strict=True)
    return [texts.get(key, "") for key in keys]


def has_open_milestone(summary: ProviderSummary, actions: pd.DataFrame) -> list[bool]:
    """Which actions have an open milestone that is late or was moved."""
    keys = zip(actions["return"].tolist(), folded_texts(actions["ref"]), strict=True)
    return [key in summary.slipped_milestones.open for key in keys]


def every_rating(summary: ProviderSummary) -> list[Rating]:
    """The ratings of actions, in plans and after they have left them, of every template in use."""
    tables = ("actions", "finished")
    return [rating for template in summary.in_use for key in tables for rating in template.rules.ratings.get(key, ())]


def reasons(summary: ProviderSummary) -> dict[str, str]:
    """The sentence of each band of each rating, by the band's code."""
    texts: dict[str, str] = {}
    for rating in every_rating(summary):
        texts |= {band.code: band.say for band in rating.decides.bands}
        texts[rating.decides.otherwise_code] = rating.decides.otherwise_say
    return texts
