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
    Shown,
    View,
    by_letter,
    letter_words,
    states_of,
)
from qipxl.summary.summary import LINK, OWN, ProviderSummary
from qipxl.text import folded

BEFORE, AFTER = 5, 6
"""Months of the timeline before and after the month of judgement."""
TIMELINE = "Milestone timeline"


def timeline(summary: ProviderSummary) -> Iterator[View]:
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
        Shown("Service", "name", 20), Shown("Ref", "ref", 8),
        Shown("Headline", "headline_label", 20, by="headline", states=states_of(summary.headline)),
        *(Shown(Period.read(month).words, month, 12, by=f"{month} word", states=states_of(rating)) for month in months),
        Shown("Issue or risk", "issue", 34), Shown("File", "file", 24), Shown("Cell", "cell", 13),
    ]  # fmt: skip
    about = "Milestones in the month in which they were done or are due, with their rating; “evidence” is what was accepted that month."
    span = f"from {Period.read(months[0]).words} to {Period.read(months[-1]).words}"
    line = f"{len(frame)} actions with a milestone or evidence {span}."
    yield View(TIMELINE, about, line, columns, frame, link_cell=True)


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


def challenges(summary: ProviderSummary) -> Iterator[View]:
    """The challenge log: what is open first, by the date it is due, so that what is overdue stands on top."""
    lines = summary.records.get("challenge")
    if lines is None or "state" not in lines.columns:
        return
    order = lines.assign(closed=lines["closed_on"].notna())
    counts = lines["state"].value_counts()
    columns = [
        Shown("Service", "name", 22), Shown("Action", "action", 9), Shown("State", "state", 10, bold=True), Shown("Meeting", "meeting", 20),
        Shown("Date", "raised_on", 12), Shown("Challenge", "challenge", 40), Shown("Follow up", "follow_up", 36),
        Shown("Follow up owner", "follow_up_owner", 18), Shown("Due date", "due", 12), Shown("Closed on", "closed_on", 12),
        Shown("File", "file", 24), Shown("Cell", "cell", 13),
    ]  # fmt: skip
    line = ", ".join(f"{number} {str(word).lower()}" for word, number in counts.items()) or "no challenge"
    about = "What governance meetings questioned, and what became of it; overdue follow-ups first."
    frame = order.sort_values(["closed", "due"], kind="stable")
    yield View("Challenge log", about, f"{line}.", columns, frame, link_cell=True)


def learning(summary: ProviderSummary) -> Iterator[View]:
    """What did not work, and what was learned; the latest review first."""
    columns = [
        Shown("Service", "name", 22), Shown("Action", "action", 9), Shown("Date", "held_on", 12), Shown("Effective?", "effective", 16),
        Shown("Finding", "finding", 44), Shown("Learning", "learning", 44), Shown("Success measure", "measure_result", 14),
        Shown("Reviewed by", "reviewed_by", 18), Shown("Method", "method", 16), Shown("File", "file", 24), Shown("Cell", "cell", 13),
    ]  # fmt: skip
    chosen = rows_of(summary, "reviews", "teaches", [*(column.source for column in columns), "return", "row"])
    if chosen is None:
        return
    chosen = chosen.sort_values(["held_on", "return", "row"], ascending=[False, True, True], kind="stable")
    about = "What reviews found and what was learned from it, above all where a change did not work."
    yield View("Learning", about, f"{len(chosen)} reviews.", columns, chosen, link_cell=True)


def rows_of(summary: ProviderSummary, key: str, truth: str, columns: Sequence[str]) -> pd.DataFrame | None:
    """The rows of a table of which something is true, with some columns, in no order; None where no template in use says whether it is."""
    chosen = [
        lines.loc[lines[truth].astype(bool), list(columns)]
        for lines in summary.records.parts(key)
        if truth in lines.columns
    ]
    return pd.concat(chosen) if chosen else None


def links(summary: ProviderSummary) -> View:
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
        Shown("What is the matter", "kind", 30), Shown("Reference", "reference", 14), Shown("Service", "name", 24),
        Shown("In words", "what", 60), Shown("Actions", "actions", 24),
    ]  # fmt: skip
    about = "Where actions and the risk register or the audits do not agree: head office rescores, opens or reopens."
    return View("Risk and audit links", about, f"{len(frame)} lines.", columns, frame)


def link_lines(kind: str, lines: pd.DataFrame, reference: str, what: Iterable[str], actions: str) -> pd.DataFrame:
    """Lines LINK of one kind, from lines of actions or of their reviews."""
    made = pd.DataFrame({"service": lines["service"], "name": lines["name"], "reference": lines[reference]})
    return made.assign(kind=kind, what=list(what), actions=lines[actions])[list(LINK)]


def moved(summary: ProviderSummary) -> Iterator[View]:
    """Movement: counts now, a month before and three months before; only where there is an archive."""
    if summary.movement is None:
        return
    words = summary.movement["letter"].map(letter_words)
    columns = [
        Shown("Region", "region", 24), Shown("Headline", "words", 26, by="letter", states=by_letter(summary.headline)),
        Shown("This month", "now", 12, leads="rows"), Shown("A month before", "month_before", 12),
        Shown("Three months before", "three_before", 12), Shown("Change in a month", "change", 22),
    ]  # fmt: skip
    about = "How many actions had each colour at the end of each month, as they were judged then, and the change in a month."
    places = Places(summary)
    lines = summary.movement[["now", "region", "letter"]].itertuples(index=False, name=None)
    frame = summary.movement.assign(
        words=words.mask(words == "", "Services with a return"), rows=[places.of(*line) for line in lines]
    )
    yield View("Movement", about, "A blank cell: the archive holds no return of that month.", columns, frame)


def overview(summary: ProviderSummary) -> View:
    """Returns that are missing or could not be used first, then each service, regions and the whole."""
    counts = summary.sources["status"].value_counts()
    missing = int((~summary.overview["state"].isin(["accepted", NIL_RETURN])).sum())
    files = ", ".join(f"{number} {word}" for word, number in counts.items())
    first = by_letter(summary.headline)
    columns = [
        Shown("Service", "name", 30), Shown("Code", "service", 10), Shown("Region", "region", 16), Shown("Return", "state", 14, bold=True),
        Shown("Actions", "actions", 9),
        *(Shown(letter_words(letter), letter, 11, state=first[letter], leads=f"rows {letter}") for letter in summary.letters),
        Shown("Problems: must fix", "must_fix", 11), Shown("Problems: should look", "should_look", 11),
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
    return View(
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


def problems(summary: ProviderSummary) -> View:
    """Everything found wrong in the returns, where it stands and what to do."""
    columns = [
        Shown("Service", "service", 24), Shown("Severity", "severity", 14), Shown("Sheet", "sheet", 16),
        Shown("Cell", "cell", 9), Shown("Heading", "heading", 20), Shown("Found", "value", 24),
        Shown("What is wrong, and what to do", "message", 80), Shown("Code", "code", 24), Shown("File", "file", 28),
    ]  # fmt: skip
    about = "What is wrong in the returns, in order of file and place; each line names its cell and what to do."
    services = summary.problems["return"].map(summary.sources["name"])
    return View(
        PROBLEMS, about, f"{len(summary.problems)} problems.", columns, summary.problems.assign(service=services)
    )


def sources(summary: ProviderSummary) -> View:
    """Every file, what became of it, its rows, and its digest."""
    found, used = int(summary.sources["rows_found"].sum()), int(summary.sources["rows_accepted"].sum())
    aside, twice = int(summary.sources["rows_set_aside"].sum()), int(summary.sources["rows_superseded"].sum())
    line = f"Rows found {found} = accepted {used} + set aside {aside} + superseded {twice}."
    columns = [
        Shown("File", "file", 34), Shown("What became of it", "status", 14), Shown("Why", "reason", 50), Shown("Service", "name", 26),
        Shown("Period", "period", 10), Shown("Submission", "submission", 11), Shown("Submitted by", "submitted_by", 18),
        Shown("Rows found", "rows_found", 9), Shown("Rows accepted", "rows_accepted", 10), Shown("Rows set aside", "rows_set_aside", 10),
        Shown("Rows superseded", "rows_superseded", 11),
        Shown("Template", "template", 12), Shown("Version", "version", 9), Shown("SHA-256", "digest", 68, wrap=False),
    ]  # fmt: skip
    return View(
        SOURCES,
        "Every file that was found, and what became of it.",
        line,
        columns,
        summary.sources,
        "No file was found.",
    )


def rule_book(summary: ProviderSummary) -> View:
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
    frame = pd.concat([summary.own, pd.DataFrame(lines, columns=list(OWN))], ignore_index=True)
    columns = [
        Shown("Template", "template", 14), Shown("Rating or setting", "what", 40), Shown("Word or value", "word", 30),
        Shown("What it means", "means", 80),
    ]  # fmt: skip
    about = (
        "The rules in force. Each colour has its letter and its word. A task that is done is never green: green and blue need a "
        "review that shows the change works. Day limits are qipxl's default or your own, not a regulator's."
    )
    return View("How to read this", about, f"{len(frame)} lines.", columns, frame)
