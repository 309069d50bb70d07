"""The events of each action: its issue, then its dates, milestones, evidence, challenge and reviews by date, then its figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pandas as pd

from qipxl.summary.summary import ProviderSummary
from qipxl.text import figure_text, folded

EVENT = ("return", "key", "day", "what", "words", "judged")
"""A line: the return and the folded Ref of the action, the day, the kind of event, its text, and its judgement."""
ISSUE, FIGURES = "Issue or risk", "Figures of the linked indicator"
"""The first and the last kind of line of an action; neither has a day."""
EventKind = tuple[str, str, tuple[str, ...], str]
OF_ACTIONS: Sequence[EventKind] = (
    ("start", "Start", ("intended_change",), ""),
    ("original_due", "Original due date", (), ""),
    ("due", "Due date now", (), ""),
    ("completed_on", "Reported complete", (), ""),
    ("verified_on", "Verified, according to the service", ("verified_by",), ""),
    ("last_reopened", "Reopened", (), ""),
    ("embedding_review", "Embedding review planned", (), ""),
)
OF_TABLES: Mapping[str, Sequence[EventKind]] = {
    "milestones": (
        ("agreed_date", "Milestone due", ("ref", "milestone"), "progress_label"),
        ("done_on", "Milestone done", ("ref", "milestone", "evidence_ref", "agreed_date"), "progress_label"),
    ),
    "extensions": (("asked_on", "More time asked for", ("reason_code", "reason"), ""),),
    "evidence": (("submitted_on", "Evidence", ("ref", "category", "description"), "judgement"),),
    "challenge": (
        ("raised_on", "Challenge", ("meeting", "challenge", "follow_up"), "state"),
        ("closed_on", "Challenge closed", ("ref",), ""),
    ),
    "reviews": (("held_on", "Review", ("method", "finding", "learning"), "effective"),),
}
"""For each kind of event: the field of its day, its name, the fields of its text, the field of its judgement."""


def events(summary: ProviderSummary, figures: pd.DataFrame) -> pd.DataFrame:
    """A line EVENT with the issue of each action that has events, and below it a line per event, sorted by service, action and day.

    They have `name`, `ref`, `period`, `file` and `cell` of the action too; `heading` is true for the lines with an issue.
    `figures` are those of `monthly_figures`.
    """
    actions = summary.actions
    parts = [*dated_events(summary), *figure_events(summary, figures)]
    lines = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(EVENT))
    lines = with_left_actions(summary, lines)
    known = actions[["return", "name", "ref", "period", "cell", "file", "issue", "headline_label"]]
    known = known.assign(key=actions["ref"].map(folded)).drop_duplicates(["return", "key"])
    told = known.merge(lines[["return", "key"]].drop_duplicates(), on=["return", "key"])
    days = pd.Series(pd.NaT, told.index)
    issues = told.assign(what=ISSUE, words=told["issue"], judged=told["headline_label"], day=days)
    joined = pd.concat([issues, lines.merge(known, on=["return", "key"])], ignore_index=True)
    place = joined["what"].map({ISSUE: 0, FIGURES: 2}).fillna(1)
    order = ["name", "return", "ref", "place", "day"]
    return joined.assign(place=place, heading=place == 0).sort_values(order, kind="stable", ignore_index=True)


def with_left_actions(summary: ProviderSummary, lines: pd.DataFrame) -> pd.DataFrame:
    """The same lines; one of this month's return about an action that has left the plan gets the return that the action was last in."""
    actions = summary.actions
    refs = actions["ref"].map(folded)
    in_plan = set(zip(actions["return"], refs, strict=True))
    keys = zip(actions["service"].map(folded), refs, strict=True)
    left = {key: number for key, number in zip(keys, actions["return"], strict=True) if number < 0}
    services = summary.returns.receipts["service"].map(folded).to_dict()
    pairs = zip(lines["return"], lines["key"], strict=True)
    numbers = [
        number if (number, key) in in_plan else left.get((services.get(number, ""), key), number)
        for number, key in pairs
    ]
    return lines.assign(**{"return": numbers})


def dated_events(summary: ProviderSummary) -> Iterator[pd.DataFrame]:
    actions = summary.actions
    for day, what, words, judged in OF_ACTIONS:
        yield from events_of(actions, "ref", day, what, words, judged)
    for key, kinds in OF_TABLES.items():
        for day, what, words, judged in kinds:
            yield from events_of(summary.records.get(key, pd.DataFrame()), "action", day, what, words, judged)


def events_of(
    frame: pd.DataFrame, ref: str, day: str, what: str, words: Sequence[str], judged: str
) -> Iterator[pd.DataFrame]:
    """One kind of event; none if the templates have no such field."""
    if day not in frame.columns:
        return
    given = frame[frame[day].notna() & ~superseded(frame, day)]
    texts = [part_of_text(given[name]) for name in words if name in given.columns]
    text = [sentences(part for part in parts if part) for parts in zip(*texts, strict=True)] if texts else ""
    lines = {"return": given["return"], "key": given[ref].map(folded), "day": given[day]}
    verdict = given[judged].fillna("") if judged in given.columns else ""
    yield pd.DataFrame(lines).assign(what=what, words=text, judged=verdict)


def sentences(parts: Iterable[str]) -> str:
    """Parts of a text, each as a sentence; the last keeps its end.

    >>> sentences(["M-001", "Who samples?", "The lead."])
    'M-001. Who samples? The lead'
    """
    *before, last = [part.removesuffix(".") for part in parts] or [""]
    return " ".join([*(part if part.endswith(("?", "!")) else f"{part}." for part in before), last])


def superseded(frame: pd.DataFrame, day: str) -> pd.Series:
    """Which days need no line: an original due date that still is the due date, and the due date of a milestone that is done."""
    if day == "original_due" and "due" in frame.columns:
        return frame["due"] == frame[day]
    if day == "agreed_date" and "done_on" in frame.columns:
        return frame["done_on"].notna()
    return pd.Series(False, frame.index)


def part_of_text(values: pd.Series) -> pd.Series:
    """A column as part of an event's text; a day is the one on which the milestone was due."""
    if pd.api.types.is_datetime64_any_dtype(values):
        days: pd.Series = "Due " + values.dt.strftime("%d %b %Y")
        return days.fillna("")
    return values.fillna("").astype(str)


def figure_events(summary: ProviderSummary, figures: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The figures of each indicator that an action links, all its months in one line."""
    actions, links = summary.actions, summary.impact.links_with_names
    if not len(figures) or not len(links):
        return
    keys = {"return": actions["return"], "code": actions["service"].map(folded), "action": actions["ref"].map(folded)}
    linked = pd.DataFrame(keys).merge(
        links[["code", "action", "service", "ref"]].drop_duplicates(), on=["code", "action"]
    )
    own = figures[~figures["total"]]
    own = own.assign(words=own["month"].dt.strftime("%b %Y ") + own["value"])
    what = ["service", "ref", "indicator", "unit", "per"]
    texts = own.groupby(what, sort=False, dropna=False)["words"].agg("; ".join).reset_index()
    linked = linked.merge(texts, on=["service", "ref"])
    words = [
        indicator
        + (f", per {figure_text(per)}" if pd.notna(per) else "")
        + (f" ({unit})" if unit else "")
        + f": {text}."
        for indicator, per, unit, text in linked[["indicator", "per", "unit", "words"]].itertuples(index=False)
    ]
    lines = {"return": linked["return"], "key": linked["action"], "day": pd.NaT, "words": words}
    yield pd.DataFrame(lines).assign(what=FIGURES, judged="")
