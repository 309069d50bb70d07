"""The board page: what a board must see on one page, every figure with the rows it counts.

It is a list of blocks of cells. A sheet, a web page and a PDF are written from it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from qipxl.periods import Period
from qipxl.returns.returns import NIL_RETURN
from qipxl.rules.rulebook import State
from qipxl.summary.action_lists import ESCALATIONS, reasons, sorted_actions, with_explanations
from qipxl.summary.counts import NO_RETURN
from qipxl.summary.history import MONTHS, WHOLE
from qipxl.summary.sheet_spec import (
    EVIDENCE_GAPS,
    OVERVIEW,
    PROBLEMS,
    SOURCES,
    TableColumns,
    by_letter,
    letter_words,
    plural,
    states_of,
)
from qipxl.summary.summary import EMBEDDED, SLIPPING, ProviderSummary

BOARD_PAGE = "Board page"
NAMED, LOOKED_AT = 6, 10
"""The most services without a return that are named, and the most actions listed."""

COLUMNS_READ: TableColumns = {
    "actions": (
        "headline", "headline_label", "delivery", "delivery_rule", "escalation",
        "escalation_label", "escalation_rule", "days_overdue", "issue", "evidence_gap",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """A cell's value and the state that colours it. A figure links to `rows`, the first and last row of the sorted actions that
    it counts, or to a `sheet`."""

    value: str | int
    state: State | None = None
    rows: tuple[int, int] | None = None
    sheet: str = ""


@dataclass(frozen=True)
class Block:
    """A titled table of the board page; `wide` if its last column holds long texts."""

    title: str
    about: str
    headings: Sequence[str]
    lines: Sequence[Sequence[Cell]]
    wide: bool = False


@dataclass(frozen=True)
class Reconciliation:
    """Services expected = returned + missing + refused; `missing` and `refused` are names, each with its last return or its fault.

    `expected` is None if no list of services was given; `others` sent a return that was not expected.
    """

    expected: int | None
    returned: int
    missing: Sequence[str]
    refused: Sequence[str]
    others: Sequence[str]

    @property
    def words(self) -> str:
        """The counts in a sentence."""
        refused = f"{len(self.refused)} refused."
        if self.expected is None:
            return f"{plural(self.returned, 'service')} sent a usable return, {refused} No list of services names those expected."
        sent = f"{self.returned} of {plural(self.expected, 'service')} sent a usable return"
        return f"{sent}; {len(self.missing)} missing, {refused}"


def reconciliation(summary: ProviderSummary) -> Reconciliation:
    """Which services returned, which are missing or refused, and who else sent a return."""
    named = bool(summary.overview["expected"].any())
    lines = summary.overview[summary.overview["expected"]] if named else summary.overview
    returned, absent = lines["state"].isin(["accepted", NIL_RETURN]), lines["state"] == NO_RETURN
    names = lines["name"] + " (" + lines["service"] + ")"
    last = last_return(summary)
    absent_services = zip(names[absent], lines["service"][absent], strict=True)
    missing = [f"{name}{last.get(code, '')}" for name, code in absent_services]
    refused = names[~returned & ~absent] + ": " + lines["state"][~returned & ~absent]
    rest = summary.overview[~summary.overview["expected"]] if named else summary.overview.head(0)
    others = list(rest["name"] + " (" + rest["service"] + ")")
    return Reconciliation(len(lines) if named else None, int(returned.sum()), missing, list(refused), others)


def last_return(summary: ProviderSummary) -> dict[str, str]:
    """Each service's last month with a return, in words that follow its name; empty without an archive."""
    if summary.history is None:
        return {}
    sent = summary.history[summary.history["letter"] == ""].groupby("service")["period"].max()
    returned = {str(code): f", last return {Period.read(str(month)).words}" for code, month in sent.items()}
    never = dict.fromkeys(summary.overview["service"], f", none in the {MONTHS} months before")
    return {**never, **returned}


def board_page(summary: ProviderSummary) -> list[Block]:
    """The blocks of the board page, in their order."""
    letters = months(summary, sorted_actions(summary, ("headline",)))
    return [missing_returns(summary), letters, *embedded(summary), to_look_at(summary), how_sure(summary)]


def missing_returns(summary: ProviderSummary) -> Block:
    """Services without a return, and files that could not be used."""
    counts = reconciliation(summary)
    files = summary.sources[summary.sources["status"] == "refused"]
    lines = (
        ("Missing", counts.missing, OVERVIEW), ("Refused", counts.refused, OVERVIEW),
        ("Not expected, but sent", counts.others, OVERVIEW), ("Files refused", list(files["file"]), SOURCES),
    )  # fmt: skip
    cells = [counted(what, len(names), sheet, listed(names)) for what, names, sheet in lines]
    return Block("Returns", counts.words, ("What", "How many", "Which"), cells, wide=True)


def counted(what: str, number: int, sheet: str, details: str) -> list[Cell]:
    """A line with a count that links to a sheet."""
    return [Cell(what), Cell(number, sheet=sheet), Cell(details)]


def listed(names: Sequence[str], sheet: str = OVERVIEW) -> str:
    """The first names, and how many more there are on a sheet."""
    more = f" and {len(names) - NAMED} more (see {sheet})" if len(names) > NAMED else ""
    return "; ".join(names[:NAMED]) + more if names else "none"


def months(summary: ProviderSummary, ordered: pd.DataFrame) -> Block:
    """Actions by colour now, one month and three months before; without an archive, now only."""
    letters = ordered["headline"].map({state.word: state.letter for state in summary.headline.states})
    first = by_letter(summary.headline)
    lines = [[Cell(letter_words(letter), first[letter]), figure(letters == letter)] for letter in summary.letters]
    back: tuple[str, ...] = ()
    left_out = ""
    if summary.movement is not None:
        back = ("A month before", "Three months before", "Change in a month")
        provider = {line["letter"]: line for line in summary.movement.to_dict("records") if line["region"] == WHOLE}
        lines = [line + earlier(provider[letter]) for letter, line in zip(summary.letters, lines, strict=True)]
        left_out = str(provider[""]["left_out"])
    about = "A headline is the worse of two ratings: is the action being done, and did it work?"
    if left_out:
        about += f" The change compares services with a return in both months, without {left_out}."
    return Block("Actions by headline", about, ("Headline", "Now", *back), lines)


def earlier(line: Mapping[Hashable, Any]) -> list[Cell]:
    counts = line["month_before"], line["three_before"]
    return [*(Cell("no return" if pd.isna(count) else int(count)) for count in counts), Cell(str(line["change"]))]


def embedded(summary: ProviderSummary) -> Iterator[Block]:
    """The embedded actions, tested again this month; no block if there are none."""
    slipping, holding = summary.slipping, summary.actions["delivery"] == EMBEDDED
    if not len(slipping) and not holding.any():
        return
    texts = reasons(summary)
    rules = zip(slipping["name"], slipping["ref"], slipping["delivery_rule"], strict=True)
    names = [f"{name}, {ref}: {texts.get(rule, '')}" for name, ref, rule in rules]
    state = states_of(summary.headline).get(SLIPPING)
    count = Cell(len(names), state if names else None, sheet=ESCALATIONS)
    held = "nothing shows that they no longer hold"
    lines = [
        [Cell(SLIPPING), count, Cell(listed(names, ESCALATIONS))],
        [Cell("Still embedded"), Cell(int(holding.sum())), Cell(held)],
    ]
    about = "Each embedded action is tested again every month by its figures, its reviews and what came since."
    yield Block("Embedded actions, tested again", about, ("What", "How many", "Which"), lines, wide=True)


def figure(chosen: pd.Series, state: State | None = None) -> Cell:
    """A count of consecutive rows, with the first and last of them."""
    rows = chosen.to_numpy().nonzero()[0]
    if not len(rows):
        return Cell(0)
    first, last = int(rows[0]), int(rows[-1])
    assert last - first + 1 == len(rows), "rows that are counted together are consecutive"
    return Cell(len(rows), state, (first, last))


def to_look_at(summary: ProviderSummary) -> Block:
    """The actions that the board must decide on: the highest escalation first, then the latest."""
    escalated = summary.escalated
    chosen = with_explanations(summary, escalated.head(LOOKED_AT), ["why_escalated"])
    escalation, headline = summary.rating_of("actions", "escalation"), states_of(summary.headline)
    assert escalation is not None
    levels = states_of(escalation)
    lines = [
        [
            Cell(str(line["headline_label"]), headline.get(line["headline"])),
            Cell(int(line["days_overdue"])),
            Cell(", ".join(filter(None, (str(line["name"]), str(line["ref"]))))),
            Cell(str(line["escalation_label"]), levels.get(line["escalation"])),
            Cell(shortened(f"{line['why_escalated']}. {line['issue']}".strip())),
        ]
        for line in chosen.to_dict("records")
    ]
    about = f"{plural(len(escalated), 'action needs', 'actions need')} a decision above the service. The most urgent are listed."
    headings = ("Delivery / impact", "Days overdue", "Service and action", "Escalated to", "Why, and the issue")
    return Block("Decisions needed", about, headings, lines, wide=True)


def shortened(text: str, most: int = 105) -> str:
    return text if len(text) <= most else f"{text[:most].rsplit(' ', 1)[0]} …"


def how_sure(summary: ProviderSummary) -> Block:
    """How reliable the figures are."""
    found, used = int(summary.sources["rows_found"].sum()), int(summary.sources["rows_accepted"].sum())
    severity = summary.problems["severity"].value_counts()
    current = summary.current
    must_fix, should_look = int(severity.get("must fix", 0)), int(severity.get("should look", 0))
    read = f"of {found} rows found; the rest were set aside or replaced by a newer file, see Sources"
    wrong = "cells that are empty, wrong or unreadable, see Problems"
    lines = [
        counted("Rows read", used, SOURCES, read),
        counted("Problems to fix", must_fix, PROBLEMS, wrong),
        counted("Problems to look at", should_look, PROBLEMS, "cells that may be wrong, see Problems"),
    ]
    if "evidence_gap" in current.columns:
        gaps = int(current["evidence_gap"].fillna(False).astype(bool).sum())
        of_all = f"of {len(current)} actions of this month's returns, see Evidence gaps"
        lines.append(counted("Evidence not strong", gaps, EVIDENCE_GAPS, of_all))
    about = "Ratings judge what services wrote. They do not replace a visit: check records behind green ratings too."
    if summary.rules_since is not None:
        versions = ", ".join(dict.fromkeys(template.version for template in summary.in_use))
        about += f" From {summary.rules_since.words} the rules of version {versions} rate; earlier months keep the ratings that they had."
    return Block("How reliable the figures are", about, ("What", "How many", "Details"), lines, wide=True)
