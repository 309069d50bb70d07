"""The other sheets: milestones month by month, challenges, learning, risks and audits, problems, sources, the rule book."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qipxl.periods import Period
from qipxl.returns.returns import NIL_RETURN
from qipxl.rules.rulebook import Rating
from qipxl.summary.action_index import Places
from qipxl.summary.sheet_spec import (
    OVERVIEW,
    PROBLEMS,
    SOURCES,
    ColumnSpec,
    SheetSpec,
    TableColumns,
    by_letter,
    letter_words,
    states_of,
)
from qipxl.summary.summary import LINK, LOCAL_SETTINGS, ProviderSummary
from qipxl.text import folded

BEFORE, AFTER = 5, 6
"""Months of the timeline before and after the month of judgement."""
TIMELINE = "Milestone timeline"
CHALLENGES = (
    ColumnSpec("Service", "name", 22), ColumnSpec("Action", "action", 9), ColumnSpec("State", "state", 10, bold=True),
    ColumnSpec("Meeting", "meeting", 20),
    ColumnSpec("Date", "raised_on", 12), ColumnSpec("Challenge", "challenge", 40), ColumnSpec("Follow up", "follow_up", 36),
    ColumnSpec("Follow up owner", "follow_up_owner", 18), ColumnSpec("Due date", "due", 12), ColumnSpec("Closed on", "closed_on", 12),
    ColumnSpec("File", "file", 24), ColumnSpec("Cell", "cell", 13),
)  # fmt: skip
LEARNING = (
    ColumnSpec("Service", "name", 22), ColumnSpec("Action", "action", 9), ColumnSpec("Date", "held_on", 12),
    ColumnSpec("Effective?", "effective", 16),
    ColumnSpec("Finding", "finding", 44), ColumnSpec("Learning", "learning", 44), ColumnSpec("Success measure", "measure_result", 14),
    ColumnSpec("Reviewed by", "reviewed_by", 18), ColumnSpec("Method", "method", 16), ColumnSpec("File", "file", 24),
    ColumnSpec("Cell", "cell", 13),
)  # fmt: skip
COLUMNS_READ: TableColumns = {
    "actions": ("issue", "headline", "headline_label", "risk_unchanged", "risk_ref", "risk_start", "risk_now"),
    "milestones": ("action", "agreed_date", "done_on", "progress", "progress_label"),
    "evidence": ("action", "submitted_on", "counts"),
    "challenge": tuple(column.source for column in CHALLENGES),
    "reviews": ("teaches", "recurs", "audit_finding", *(column.source for column in LEARNING)),
}


def timeline(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """Each action's milestones by month: done where they were done, open where they are due; accepted evidence beside them."""
    rating = summary.rating_of("milestones", "progress")
    if rating is None or "milestones" not in summary.records:
        return
    period = Period(summary.as_at.year, summary.as_at.month)
    months = [str(period.plus(step)) for step in range(-BEFORE, AFTER + 1)]
    actions = summary.current
    rows, keys = pd.factorize(action_keys(actions, "ref"))
    said, worst = by_month(summary, rating, pd.Index(keys), months)
    drawn = (said[:, rows] != "").any(axis=0)
    rows = rows[drawn]
    frame = actions.loc[drawn, ["service", "name", "ref", "issue", "headline", "headline_label", "file", "cell"]]
    words = np.array([*states_of(rating), ""], object)
    for place, month in enumerate(months):
        frame[month] = pd.Series(said[place, rows], frame.index, dtype="str")
        frame[f"{month} word"] = words[worst[place, rows]]
    columns = [
        ColumnSpec("Service", "name", 20), ColumnSpec("Ref", "ref", 8),
        ColumnSpec("Headline", "headline_label", 20, by="headline", states=states_of(summary.headline)),
        *(ColumnSpec(Period.read(month).words, month, 12, by=f"{month} word", states=states_of(rating)) for month in months),
        ColumnSpec("Issue or risk", "issue", 34), ColumnSpec("File", "file", 24), ColumnSpec("Cell", "cell", 13),
    ]  # fmt: skip
    about = "Milestones in the month in which they were done or are due, with their rating; “evidence” is what was accepted that month."
    span = f"from {Period.read(months[0]).words} to {Period.read(months[-1]).words}"
    line = f"{len(frame)} actions with a milestone or evidence {span}."
    yield SheetSpec(TIMELINE, about, line, columns, frame, link_cell=True)


def by_month(
    summary: ProviderSummary, rating: Rating, keys: pd.Index, months: Sequence[str]
) -> tuple[NDArray[np.object_], NDArray[np.int8]]:
    """What is said of each action in each month, and the place of its milestones' worst state: a row a month, a column a key.

    A state that comes first is the worst; the number of states stands where there is no milestone.
    """
    said = np.full((len(months), len(keys)), "", object)
    worst = np.full(said.shape, len(rating.states), np.int8)
    known: dict[str, str] = {}
    for marks in milestone_marks(summary, rating):
        places, rows = keys.get_indexer(pd.Index(marks["key"])), pd.Index(months).get_indexer(pd.Index(marks["month"]))
        marks = marks.assign(place=places, row=rows)
        own = marks.loc[(marks["place"] >= 0) & (marks["row"] >= 0), ["row", "place", "said", "state"]]
        for row, place, words, state in own.itertuples(index=False, name=None):
            before = said[row, place]
            whole = f"{before}; {words}" if before else words
            said[row, place] = known.setdefault(whole, whole)
            worst[row, place] = min(worst[row, place], state)
    return said, worst


def milestone_marks(summary: ProviderSummary, rating: Rating) -> Iterator[pd.DataFrame]:
    """A line per milestone, then one per month of accepted evidence: `key` of the action, `month`, what is `said`, the place of its `state`."""
    places = {state.word: place for place, state in enumerate(rating.states)}
    none = len(places)
    for rows in summary.records.parts("milestones"):
        when = rows["done_on"].where(rows["done_on"].notna(), rows["agreed_date"])
        said = rows["ref"].astype(str) + " " + rows["progress_label"].astype(str)
        state = rows["progress"].map(places).fillna(none).astype(int)
        yield pd.DataFrame({"key": action_keys(rows, "action"), "month": months_of(when), "said": said, "state": state})
    for items in summary.records.parts("evidence"):
        if "counts" not in items.columns:
            return
        items = items[items["counts"].fillna(False).astype(bool)]
        counted = pd.DataFrame({"key": action_keys(items, "action"), "month": months_of(items["submitted_on"])})
        counted = counted.value_counts(["key", "month"], sort=False).rename("items").reset_index()
        yield counted.assign(said=counted["items"].astype(str) + " evidence", state=none).drop(columns="items")


def action_keys(frame: pd.DataFrame, ref: str) -> pd.Series:
    """What joins a row to its action: the return, and the action's Ref whatever the case of its letters."""
    return frame["return"].astype(str) + "/" + frame[ref].map(folded)


def months_of(days: pd.Series) -> pd.Series:
    """Each day's month, as in 2026-03; nothing for no day."""
    return pd.to_datetime(days).dt.strftime("%Y-%m")


def challenges(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """The challenge log: what is open first, by the date it is due, so that what is overdue stands on top."""
    lines = summary.records.get("challenge")
    if lines is None or "state" not in lines.columns:
        return
    order = lines.assign(closed=lines["closed_on"].notna())
    counts = lines["state"].value_counts()
    line = ", ".join(f"{number} {str(word).lower()}" for word, number in counts.items()) or "no challenge"
    about = "What governance meetings questioned, and what became of it; overdue follow-ups first."
    frame = order.sort_values(["closed", "due"], kind="stable")
    yield SheetSpec("Challenge log", about, f"{line}.", CHALLENGES, frame, link_cell=True)


def learning(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """What did not work, and what was learned; the latest review first."""
    chosen = rows_of(summary, "reviews", "teaches", [*(column.source for column in LEARNING), "return", "row"])
    if chosen is None:
        return
    chosen = chosen.sort_values(["held_on", "return", "row"], ascending=[False, True, True], kind="stable")
    about = "What reviews found and what was learned from it, above all where a change did not work."
    yield SheetSpec("Learning", about, f"{len(chosen)} reviews.", LEARNING, chosen, link_cell=True)


def rows_of(summary: ProviderSummary, key: str, truth: str, columns: Sequence[str]) -> pd.DataFrame | None:
    """The rows of a table of which something is true, with some columns, in no order; None where no template in use says whether it is."""
    chosen = [
        lines.loc[lines[truth].astype(bool), list(columns)]
        for lines in summary.records.parts(key)
        if truth in lines.columns
    ]
    return pd.concat(chosen) if chosen else None


def links(summary: ProviderSummary) -> SheetSpec:
    """Risks and audits beside the actions: embedded without a lower risk, findings that recur, and what the register adds."""
    found = [summary.links]
    if "risk_unchanged" in summary.actions.columns:
        lines = summary.actions[summary.actions["risk_unchanged"].fillna(False).astype(bool)]
        what = [
            f"The risk score was {start:g} and is {now:g}."
            for start, now in zip(lines["risk_start"], lines["risk_now"], strict=True)
        ]
        found.append(link_lines("Embedded, risk unchanged", lines, "risk_ref", what, "ref"))
    named = ["return", "row", "service", "name", "ref", "audit_finding", "action"]
    again = rows_of(summary, "reviews", "recurs", named)
    if again is not None:
        again = again.sort_values(["return", "row"], kind="stable")
        found.append(link_lines("Finding recurs", again, "ref", again["audit_finding"], "action"))
    frame = pd.concat([each for each in found if len(each)] or [summary.links], ignore_index=True)
    columns = [
        ColumnSpec("What is the matter", "kind", 30), ColumnSpec("Reference", "reference", 14), ColumnSpec("Service", "name", 24),
        ColumnSpec("In words", "what", 60), ColumnSpec("Actions", "actions", 24),
    ]  # fmt: skip
    about = "Where actions and the risk register or the audits do not agree: head office rescores, opens or reopens."
    return SheetSpec("Risk and audit links", about, f"{len(frame)} lines.", columns, frame)


def link_lines(kind: str, lines: pd.DataFrame, reference: str, what: Iterable[str], actions: str) -> pd.DataFrame:
    """Lines LINK of one kind, from lines of actions or of their reviews."""
    made = pd.DataFrame({"service": lines["service"], "name": lines["name"], "reference": lines[reference]})
    return made.assign(kind=kind, what=list(what), actions=lines[actions])[list(LINK)]


def moved(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """Movement: counts now, a month before and three months before; only where there is an archive."""
    if summary.movement is None:
        return
    words = summary.movement["letter"].map(letter_words)
    columns = [
        ColumnSpec("Region", "region", 24), ColumnSpec("Headline", "words", 26, by="letter", states=by_letter(summary.headline)),
        ColumnSpec("This month", "now", 12, leads="rows"), ColumnSpec("A month before", "month_before", 12),
        ColumnSpec("Three months before", "three_before", 12), ColumnSpec("Change in a month", "change", 22),
    ]  # fmt: skip
    about = "How many actions had each colour at the end of each month, as they were judged then, and the change in a month."
    places = Places(summary)
    lines = summary.movement[["now", "region", "letter"]].itertuples(index=False, name=None)
    frame = summary.movement.assign(
        words=words.mask(words == "", "Services with a return"), rows=[places.of(*line) for line in lines]
    )
    yield SheetSpec("Movement", about, "A blank cell: the archive holds no return of that month.", columns, frame)


def overview(summary: ProviderSummary) -> SheetSpec:
    """Returns that are missing or could not be used first, then each service, regions and the whole."""
    counts = summary.sources["status"].value_counts()
    missing = int((~summary.overview["state"].isin(["accepted", NIL_RETURN])).sum())
    files = ", ".join(f"{number} {word}" for word, number in counts.items())
    first = by_letter(summary.headline)
    columns = [
        ColumnSpec("Service", "name", 30), ColumnSpec("Code", "service", 10), ColumnSpec("Region", "region", 16),
        ColumnSpec("Return", "state", 14, bold=True),
        ColumnSpec("Actions", "actions", 9),
        *(ColumnSpec(letter_words(letter), letter, 11, state=first[letter], leads=f"rows {letter}") for letter in summary.letters),
        ColumnSpec("Problems: must fix", "must_fix", 11), ColumnSpec("Problems: should look", "should_look", 11),
    ]  # fmt: skip
    refused = summary.sources[summary.sources["status"].isin(["refused", "set aside"])]
    files_lines = pd.DataFrame(
        {"name": "File " + refused["file"], "state": refused["status"], "region": refused["region"]}
    )
    names = ["All of " + region if region != "Whole provider" else region for region in summary.totals["region"]]
    totals = summary.totals.assign(name=names, named=summary.totals["region"], region="", state="total", service="")
    places = Places(summary)
    services = with_places(places, summary.letters, summary.overview, ["region", "service"])
    totals = with_places(places, summary.letters, totals, ["named"])
    frame = pd.concat([files_lines, services, totals], ignore_index=True)
    about = "Each service's actions by the colour of their headline rating; each figure leads to its rows."
    return SheetSpec(
        OVERVIEW,
        about,
        f"{missing} services without a usable return; files: {files}.",
        columns,
        frame,
        "No return was found.",
    )


def with_places(places: Places, letters: Sequence[str], lines: pd.DataFrame, where: Sequence[str]) -> pd.DataFrame:
    """Lines of counts with, for each letter, where the actions that it counts stand; `where` are region and service."""
    found = {}
    for letter in letters:
        named = zip(lines[letter], *(lines[name] for name in where), strict=True)
        found[f"rows {letter}"] = [places.of(count, region, letter, *rest) for count, region, *rest in named]
    return lines.assign(**found)


def problems(summary: ProviderSummary) -> SheetSpec:
    """Everything found wrong in the returns, where it stands and what to do."""
    columns = [
        ColumnSpec("Service", "service", 24), ColumnSpec("Severity", "severity", 14), ColumnSpec("Sheet", "sheet", 16),
        ColumnSpec("Cell", "cell", 9), ColumnSpec("Heading", "heading", 20), ColumnSpec("Found", "value", 24),
        ColumnSpec("What is wrong, and what to do", "message", 80), ColumnSpec("Code", "code", 24), ColumnSpec("File", "file", 28),
    ]  # fmt: skip
    about = "What is wrong in the returns, in order of file and place; each line names its cell and what to do."
    services = summary.problems["return"].map(summary.sources["name"])
    return SheetSpec(
        PROBLEMS, about, f"{len(summary.problems)} problems.", columns, summary.problems.assign(service=services)
    )


def sources(summary: ProviderSummary) -> SheetSpec:
    """Every file, what became of it, its rows, and its digest."""
    found, used = int(summary.sources["rows_found"].sum()), int(summary.sources["rows_accepted"].sum())
    aside, twice = int(summary.sources["rows_set_aside"].sum()), int(summary.sources["rows_superseded"].sum())
    line = f"Rows found {found} = accepted {used} + set aside {aside} + superseded {twice}."
    columns = [
        ColumnSpec("File", "file", 34), ColumnSpec("What became of it", "status", 14), ColumnSpec("Why", "reason", 50),
        ColumnSpec("Service", "name", 26),
        ColumnSpec("Period", "period", 10), ColumnSpec("Submission", "submission", 11), ColumnSpec("Submitted by", "submitted_by", 18),
        ColumnSpec("Rows found", "rows_found", 9), ColumnSpec("Rows accepted", "rows_accepted", 10),
        ColumnSpec("Rows set aside", "rows_set_aside", 10),
        ColumnSpec("Rows superseded", "rows_superseded", 11),
        ColumnSpec("Template", "template", 12), ColumnSpec("Version", "version", 9), ColumnSpec("SHA-256", "digest", 68, wrap=False),
    ]  # fmt: skip
    return SheetSpec(
        SOURCES,
        "Every file that was found, and what became of it.",
        line,
        columns,
        summary.sources,
        "No file was found.",
    )


def rule_book(summary: ProviderSummary) -> SheetSpec:
    """How to read this: every rating's words and what decides them, and every setting in force, template by template."""
    lines: list[tuple[str, str, str, str]] = []
    for template in summary.in_use:
        for rating in template.rules.ratings["actions"]:
            lines += [
                (template.key, rating.column.heading, f"{state.letter} {state.word}", state.say)
                for state in rating.states
            ]
            bands = [(band.word, band.say) for band in rating.decides.bands]
            bands.append((rating.decides.otherwise, rating.decides.otherwise_say))
            decides = [
                (template.key, f"{rating.column.heading}, decided by the first that holds", *band) for band in bands
            ]
            lines += [line for line in decides if line[3]]
        for setting in template.setting.values():
            values = (
                ", ".join(f"{tier} {value:g}" for tier, value in setting.values.items())
                if setting.by
                else f"{setting.value:g}"
            )
            lines.append((template.key, f"Setting: {setting.heading}", f"{values} {setting.unit}", setting.say))
    frame = pd.concat([summary.own, pd.DataFrame(lines, columns=list(LOCAL_SETTINGS))], ignore_index=True)
    columns = [
        ColumnSpec("Template", "template", 14), ColumnSpec("Rating or setting", "what", 40), ColumnSpec("Word or value", "word", 30),
        ColumnSpec("What it means", "means", 80),
    ]  # fmt: skip
    about = (
        "The rules in force. Each colour has its letter and its word. A task that is done is never green: green and blue need a "
        "review that shows the change works. Day limits are qipxl's default or your own, not a regulator's."
    )
    return SheetSpec("How to read this", about, f"{len(frame)} lines.", columns, frame)
