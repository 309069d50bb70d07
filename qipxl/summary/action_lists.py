"""Lists of actions: those that need attention, with the reason, and all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from qipxl.rules.rulebook import Rating
from qipxl.summary.extension_reasons import READ_OF_EXTENSIONS, extension_reasons
from qipxl.summary.full_tables import remaining_fields, with_distinct_headings
from qipxl.summary.sheet_spec import (
    EARLIER,
    EVIDENCE_GAPS,
    HEADING_ROW,
    RETURN_OF,
    Column,
    ColumnSpec,
    SheetSpec,
    TableColumns,
    listing,
    states_of,
)
from qipxl.summary.slipped_milestones import READ_OF_MILESTONES, late_milestones, moved_milestones
from qipxl.summary.summary import ProviderSummary
from qipxl.text import folded
from qipxl.workbook.writer import MOST_LINKS

WHERE: Sequence[Column] = (("File", "file", 26), ("Cell", "cell", 14))
WHO: Sequence[Column] = (("Service", "name", 22), ("Ref", "ref", 9))
LATE: Sequence[Column] = (("Owner", "owner", 18), ("Due date", "due", 12), ("Days overdue", "days_overdue", 10))
FEW: Sequence[Column] = (
    *WHO, ("Headline", "headline", 26), ("Why", "why", 34), ("Verdict on figures", "figures", 18),
    ("Issue or risk", "issue", 36), *LATE, ("Tier", "tier", 7),
    ("Risk score now", "risk_now", 10), ("Intended change", "intended_change", 34), ("Success measure", "success_measure", 30),
    ("Accountable lead", "accountable_lead", 18), *WHERE,
)  # fmt: skip
ESCALATED: Sequence[Column] = (
    *WHO, ("Escalation", "escalation", 18), ("Why escalated", "why_escalated", 28), ("To whom, and by when", "to_whom", 28),
    ("Since", "since", 10), ("Headline", "headline", 26), ("Issue or risk", "issue", 34), *LATE,
    ("Slippage reason", "slippage_reason", 16), ("Response to slippage", "slippage_response", 16),
    ("Late milestones", "late_milestones", 40), ("Success measure", "success_measure", 30), ("Accountable lead", "accountable_lead", 18),
    ("Decided last time", "decided", 34), ("Tier", "tier", 7), *WHERE,
)  # fmt: skip
SLIPPED: Sequence[Column] = (
    *WHO, ("Delivery", "delivery", 18), ("Issue or risk", "issue", 36), ("Original due date", "original_due", 12),
    ("Due date", "due", 12), ("Days the date has moved", "days_slipped", 10), ("Extensions", "extensions_logged", 10),
    ("Days overdue", "days_overdue", 10), ("Days late against original", "days_late_original", 11), ("Promised for", "promised_for", 12),
    ("Reason", "slippage_reason", 18), ("Response", "slippage_response", 18), ("Reasons of extensions", "extension_reasons", 30),
    ("Milestones late or moved", "moved_milestones", 50), ("Owner", "owner", 18), *WHERE,
)  # fmt: skip
GAPS: Sequence[Column] = (
    *WHO, ("Evidence", "evidence", 14), ("What it still needs", "evidence_needs", 30), ("Accepted items", "accepted", 9),
    ("Categories that count", "evidence_kinds", 10), ("Newest accepted", "newest_evidence", 12), ("Status", "status", 13),
    ("Issue or risk", "issue", 36), ("Owner", "owner", 18), ("Due date", "due", 12), *WHERE,
)  # fmt: skip
REVIEWS: Sequence[Column] = (
    *WHO, ("Review wanted on", "review_next", 12), ("Days late", "review_days_late", 9), ("Impact", "impact", 18),
    ("Status", "status", 13), ("Intended change", "intended_change", 36), ("Success measure", "success_measure", 30),
    ("Owner", "owner", 18), ("Latest review", "reviewed_on", 12), (RETURN_OF, "period", 10), *WHERE,
)  # fmt: skip
CLOSED: Sequence[Column] = (
    ("Service", "name", 22), ("Closed on", "closed_on", 12), ("Ref", "ref", 9), ("Headline", "headline", 26), (RETURN_OF, "period", 10),
    ("Issue or risk", "issue", 36), ("Intended change", "intended_change", 34), ("Owner", "owner", 18), ("Due date", "due", 12),
    ("Taken", "taken", 36), *WHERE,
)  # fmt: skip
MANY: Sequence[Column] = (
    ("Service", "name", 22), ("Region", "region", 14), ("Period", "period", 10), ("Ref", "ref", 9), ("Theme", "theme", 16),
    ("Issue or risk", "issue", 36), ("Intended change", "intended_change", 36), ("Owner", "owner", 18), ("Source", "source", 22),
    ("Must or should", "must_should", 14), ("Tier", "tier", 7), ("Risk score now", "risk_now", 10), ("Start date", "start", 12),
    ("Original due date", "original_due", 12), ("Due date", "due", 12), ("Days overdue", "days_overdue", 10), ("Status", "status", 13),
    ("Completed on", "completed_on", 12), ("Delivery", "delivery", 18), ("Evidence", "evidence", 14), ("Impact", "impact", 18),
    ("Headline", "headline", 26), ("Why", "why", 34), ("Verdict on figures", "figures", 18), ("Escalation", "escalation", 18),
    ("Last update", "last_update", 12), *WHERE,
)  # fmt: skip
WORDS = ("return", "service", "name", "region", "ref", "delivery_rule", "impact_rule", "escalation", "escalation_rule")
"""Columns needed to explain an action and to find its service."""
ALL_ACTIONS, ESCALATIONS = "All actions", "Escalations"
HOLLOW = "Finished, but did not work: the review or the figures show no improvement, or the action has had no review for too long."


def list_columns(columns: Sequence[Column]) -> list[str]:
    """The columns of actions from which a list with these `columns` is made. A template need not have all of them."""
    return list(dict.fromkeys(chain(WORDS, *((source, f"{source}_label") for _, source, _ in columns))))


def escalations(summary: ProviderSummary) -> SheetSpec:
    about = "Actions that need a decision above the service; the highest level first, then the latest."
    return action_sheet(summary, ESCALATIONS, about, summary.escalated, ESCALATED)


def high_risk(summary: ProviderSummary) -> SheetSpec:
    about = "Actions that are red, not rated, or of high risk and still open; the worst first."
    return action_sheet(summary, "High-risk and off-track", about, rows_for_list(summary, summary.watched, FEW), FEW)


def ineffective(summary: ProviderSummary) -> SheetSpec:
    return action_sheet(summary, "Delivered but not effective", HOLLOW, summary.ineffective, FEW)


SLIPPAGE, REVIEWS_DUE = "Slippage", "Reviews due"
CHOSEN: Sequence[tuple[str, str, str, str, bool, Sequence[Column]]] = (
    ("Closed without evidence", "Marked Complete with no accepted evidence; the latest first.", "closed_bare", "completed_on", False, FEW),
    (SLIPPAGE, "Actions whose date, or a milestone's, has moved or passed; the furthest first.",
     "slipped", "days_late_original", False, SLIPPED),
    (EVIDENCE_GAPS, "Open actions whose evidence is not strong yet; the weakest first.", "evidence_gap", "evidence_kinds", True, GAPS),
    (
        REVIEWS_DUE, f"Reviews that are late or due soon, of embedded actions too; the latest first. {EARLIER}",
        "review_wanted", "review_next", True, REVIEWS,
    ),
)  # fmt: skip
"""Lists selected by a true/false column of the template: name, sentence, that column, the column to sort by, ascending or not, columns."""


COLUMNS_READ: TableColumns = {
    "actions": (
        *list_columns([*FEW, *ESCALATED, *SLIPPED, *GAPS, *REVIEWS, *CLOSED, *MANY]),
        *chain.from_iterable((flag, order) for _, _, flag, order, _, _ in CHOSEN),
        "review_kept",
        "review_listed",
    ),
    "extensions": READ_OF_EXTENSIONS,
    "milestones": READ_OF_MILESTONES,
}


def chosen_lists(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """The lists of CHOSEN whose column the templates have."""
    current = summary.current
    later = later_reviews(summary)
    for name, about, flag, order, ascending, columns in CHOSEN:
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
            yield action_sheet(summary, name, about, lines, columns)


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


def all_actions(summary: ProviderSummary, columns: Sequence[Column] = ()) -> SheetSpec:
    """Every action, sorted so that each figure of the board page links to one block of rows.

    `columns` default to MANY and every other field of the templates.
    """
    columns = columns or with_distinct_headings([*MANY[: -len(WHERE)], *remaining_fields(summary, MANY), *WHERE])
    about = (
        "Every action of every return that was used, worst first. Figures of the Board page link to their rows here. "
        "An action with an earlier period was embedded or withdrawn then; an embedded one is tested again every month."
    )
    return action_sheet(summary, ALL_ACTIONS, about, sorted_actions(summary, list_columns(columns)), columns)


def sorted_actions(summary: ProviderSummary, columns: Sequence[str]) -> pd.DataFrame:
    """All actions in `ProviderSummary.sort_order`: those of `columns` that exist, and `pair`, the headline as its cell shows it."""
    every, order = summary.actions, summary.sort_order
    sources = {name: name for name in columns if name in every.columns} | {"pair": "headline_label"}
    taken = {name: every[source].take(order).reset_index(drop=True) for name, source in sources.items()}
    return pd.DataFrame(taken, copy=False)  # one block per column, so that each is copied once


def row_addresses(rows: pd.Series) -> list[str]:
    """Link targets for rows of the sheet of all actions, counted from 0; empty beyond the number of links that a sheet may have."""
    return [f"'{ALL_ACTIONS}'!A{HEADING_ROW + 2 + row}" for row in rows[:MOST_LINKS]] + [""] * (len(rows) - MOST_LINKS)


def rows_for_list(summary: ProviderSummary, rows: pd.Index, columns: Sequence[Column]) -> pd.DataFrame:
    """Some rows of actions with the columns that a list with these `columns` is made from."""
    return summary.actions.loc[rows, summary.actions.columns.intersection(list_columns(columns))]


def action_sheet(
    summary: ProviderSummary, name: str, about: str, frame: pd.DataFrame, chosen: Sequence[Column]
) -> SheetSpec:
    """A list of actions with their ratings as coloured letters and words, and the reasons."""
    ratings = {rating.column.key: rating for rating in summary.ratings}
    columns = [
        ColumnSpec(heading, f"{source}_label", width, by=source, states=states_of(ratings[source]))
        if source in ratings
        else ColumnSpec(heading, source, width)
        for heading, source, width in chosen
    ]
    lines = with_explanations(summary, frame, {source for _, source, _ in chosen})
    return listing(name, about, columns, lines, "action", link_cell=True)


def with_explanations(summary: ProviderSummary, frame: pd.DataFrame, columns: Collection[str]) -> pd.DataFrame:
    """Actions with those of these columns that are in `columns`: `why`, `why_escalated`, `to_whom`, `extension_reasons`,
    `late_milestones`, `moved_milestones` and `figures`, the verdict on the indicator that an action links.

    `since` and `decided` are empty if they are not known.
    """
    texts = reasons(summary)
    makers: Mapping[str, Callable[[], Any]] = {
        "why": lambda: reasons_in_words(frame, texts),
        "why_escalated": lambda: frame["escalation_rule"].map({code: sentence(words) for code, words in texts.items()}),
        "to_whom": lambda: frame["escalation"].map(levels_in_words(summary)),
        "extension_reasons": lambda: texts_of_actions(extension_reasons(summary, "action"), frame),
        "late_milestones": lambda: texts_of_actions(late_milestones(summary), frame),
        "moved_milestones": lambda: texts_of_actions(moved_milestones(summary), frame),
        "figures": lambda: verdict_states(summary, frame),
    }
    words = {name: make() for name, make in makers.items() if name in columns}
    missing = {name: "" for name in ("since", "decided") if name not in frame.columns}
    return frame.assign(**words, **missing)


def reasons_in_words(frame: pd.DataFrame, texts: Mapping[str, str]) -> pd.Series:
    """Why each action has its delivery and impact ratings; actions with the same reasons share one string."""
    pairs = pd.Series([*zip(frame["delivery_rule"], frame["impact_rule"], strict=True)], frame.index, dtype=object)
    return pairs.map({pair: f"Delivery: {texts[pair[0]]}. Impact: {texts[pair[1]]}." for pair in pairs.unique()})


def levels_in_words(summary: ProviderSummary) -> dict[str, str]:
    """To whom an action of each escalation level goes, and by when."""
    levels = [rating for rating in every_rating(summary) if rating.column.key == "escalation"]
    return {state.word: sentence(state.say) for rating in levels for state in rating.states}


def verdict_states(summary: ProviderSummary, frame: pd.DataFrame) -> list[str]:
    """The verdict on each action's figures, in one word; empty if the action links no indicator."""
    verdicts = summary.impact.verdicts
    actions = zip(frame["service"], frame["ref"], strict=True)
    linked = (verdicts.get((folded(code), folded(ref))) for code, ref in actions)
    return ["" if verdict is None else str(verdict.state) for verdict in linked]


def texts_of_actions(texts: Mapping[tuple[int, str], str], frame: pd.DataFrame) -> list[str]:
    """The text about each action, by its return and folded Ref; empty if there is none."""
    keys = zip(frame["return"], frame["ref"], strict=True)
    return [texts.get((number, folded(ref)), "") for number, ref in keys]


def has_open_milestone(summary: ProviderSummary, actions: pd.DataFrame) -> list[bool]:
    """Which actions have an open milestone that is late or was moved."""
    return [text != "" for text in texts_of_actions(moved_milestones(summary, open_only=True), actions)]


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


def sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
