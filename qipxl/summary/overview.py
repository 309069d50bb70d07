"""Counts by service, region and colour: now, and as they have moved since earlier months."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from qipxl.summary.action_index import ActionSpans
from qipxl.summary.counts import is_in, is_partly_in, name_of_plan
from qipxl.summary.history import WHOLE
from qipxl.summary.sheet_spec import (
    CHIP,
    LETTER,
    LETTER_WORDS,
    OVERVIEW,
    ColumnSpec,
    SheetSpec,
    by_letter,
    columns_of,
    letter_words,
)
from qipxl.summary.summary import ProviderSummary
from qipxl.text import plural, spelled

MOVEMENT, PLANS = "Movement", "Plans"
TOTAL = "total"
"""What the column of returns says of regions and the whole provider."""


def overview(summary: ProviderSummary) -> SheetSpec:
    """The whole provider and its regions, then each service: those without a return first."""
    counts = summary.sources["status"].value_counts()
    missing, partly = int(summary.overview["actions"].isna().sum()), int(is_partly_in(summary.overview).sum())
    files = ", ".join(f"{number} {word}" for word, number in counts.items())
    columns = [
        ColumnSpec("Service", "name", 30, link_to="worst"), *columns_of(("Code", "service", 10), ("Region", "region", 16)),
        ColumnSpec("Return", "state", 14), ColumnSpec("Actions", "actions", 9),
        *(ColumnSpec(letter_words(letter), letter, 11, link_to=f"rows {letter}") for letter in summary.letters),
        ColumnSpec("Problems: must fix", "must_fix", 11), ColumnSpec("Problems: should look", "should_look", 11),
    ]  # fmt: skip
    names = ["All of " + region if region != "Whole provider" else region for region in summary.totals["region"]]
    totals = summary.totals.assign(
        name=names, named=summary.totals["region"], region="", state=TOTAL, service="", worst=""
    )
    spans = ActionSpans(summary)
    worst = [spans.worst.get(code, "") for code in summary.overview["service"]]
    services = with_links(spans, summary.letters, summary.overview.assign(worst=worst), ["region", "service"])
    totals = with_links(spans, summary.letters, totals, ["named"])
    frame = pd.concat([totals.tail(1), totals.iloc[:-1], services], ignore_index=True)
    if summary.history is not None:
        columns.insert(5, ColumnSpec("Red by month", "trend", 16))
        frame = frame.assign(trend="")
    about = "Each service's actions by the colour of their headline rating. Click a figure for its actions, a service for its worst action."
    some = f"{plural(partly, 'service')} without those of all plans; " if partly else ""
    line = f"{plural(missing, 'service')} without a usable return; {some}files: {files}."
    line += f" {summary.provider_actions.one_line}" if summary.provider_actions is not None else ""
    return SheetSpec(OVERVIEW, about, line, columns, frame, "No return was found.")


def plans_sheet(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """Plans: a line for each plan of each service that has several; no sheet if no service has."""
    if not summary.has_plans:
        return
    owners = summary.plans["service"].map(summary.services)
    several = owners.isin(owners[owners.duplicated()]) | (owners != summary.plans["service"])
    lines = summary.plans[several].assign(own=owners)
    lines = lines.assign(
        home=lines["own"].map(summary.names),
        plan=[name_of_plan(code, own) for code, own in zip(lines["service"], lines["own"], strict=True)],
    ).sort_values(["home", "own", "service"], kind="stable")
    columns = [
        *columns_of(("Service", "home", 30), ("Code", "own", 10), ("Plan", "plan", 24), ("Return", "state", 14), ("Actions", "actions", 9)),
        *(ColumnSpec(letter_words(letter), letter, 11) for letter in summary.letters),
        *columns_of(("Problems: must fix", "must_fix", 11), ("Problems: should look", "should_look", 11)),
    ]  # fmt: skip
    waiting = int((~is_in(lines)).sum())
    about = "Each plan of the services that have several. Overview and Board page add them up: a service is in if all its plans are."
    number = lines["own"].nunique()
    title = f"{PLANS}: {spelled(len(lines))} plans of {spelled(number)} service{'s' * (number > 1)}, " + (
        f"{spelled(waiting)} not in" if waiting else "all in"
    )
    yield SheetSpec(PLANS, about, "", columns, lines.reset_index(drop=True), title=title)


def with_links(spans: ActionSpans, letters: Sequence[str], lines: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """Lines of counts with, in `rows <letter>`, a link to the actions counted; `key` names the columns of region and service."""
    links = {}
    for letter in letters:
        named = zip(lines[letter], *(lines[name] for name in key), strict=True)
        links[f"rows {letter}"] = [spans.link(count, region, letter, *rest) for count, region, *rest in named]
    return lines.assign(**links)


def movement_sheet(summary: ProviderSummary) -> Iterator[SheetSpec]:
    """Movement: counts now, one month before and three months before. No sheet without an archive."""
    if summary.movement is None:
        return
    words = summary.movement["letter"].map(letter_words)
    columns = [
        ColumnSpec("Region", "region", 24), ColumnSpec("RAG", LETTER, CHIP, by=LETTER, states=by_letter(summary.headline)),
        ColumnSpec("Headline", "words", 26),
        ColumnSpec("This month", "now", 12, link_to="rows"), ColumnSpec("A month before", "month_before", 12),
        ColumnSpec("Three months before", "three_before", 12), ColumnSpec("Change in a month", "change", 26),
        ColumnSpec("Not in the change", "left_out", 60),
    ]  # fmt: skip
    about = (
        "How many actions had each colour at the end of each month, as rated then. "
        "The change compares only services with a return in both months; the others are named."
    )
    spans = ActionSpans(summary)
    lines = summary.movement[["now", "region", "letter"]].itertuples(index=False, name=None)
    rows = [spans.link(*line) for line in lines]
    frame = summary.movement.assign(words=words.mask(words == "", "Services with a return"), rows=rows)
    about += " A blank cell: no return for that month."
    yield SheetSpec(MOVEMENT, about, "", columns, frame, title=f"{MOVEMENT}: {changes_in_words(frame)}")


def changes_in_words(movement: pd.DataFrame) -> str:
    """How the whole provider's red and green actions changed in a month, such as “red ▲ 6 more, green = the same”."""
    whole = movement[movement["region"] == WHOLE].set_index("letter")["change"]
    words = [f"{LETTER_WORDS[letter].lower()} {whole[letter]}" for letter in "RG" if letter in whole.index]
    return ", ".join(words)
