"""The risks of the register and those that only actions name, each with its actions, its scores and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, starmap
from typing import NamedTuple

import numpy as np
import pandas as pd

from qipxl.archive.store import folded_texts
from qipxl.periods import Period
from qipxl.summary.action_lists import row_of
from qipxl.summary.logs import rows_of
from qipxl.summary.risk_scores import disagreement, scored, trend
from qipxl.summary.sheet_spec import MOST_ROWS, ColumnSpec, SheetSpec, TableColumns, chip, columns_of, letters_of
from qipxl.summary.summary import LINK, ProviderSummary
from qipxl.text import folded, plural, spelled

RISKS = "Risks"
NO_ACTION, DIFFERENT, ABOVE, UNCHANGED = (
    "High risk, no open action", "Risk scored differently", "Above target", "Embedded, risk unchanged",
)  # fmt: skip
"""What may be wrong with a risk; the first two are kinds of LINK."""
RISK_LINE, ACTION_LINE, OTHER_LINE = "Risk", "Action", "Other"
"""What a line of the sheet is about."""
READ = (
    "risk_ref",
    "risk_start",
    "risk_now",
    "risk_target",
    "risk_above_target",
    "risk_unchanged",
    "finished",
    "owner",
    "issue",
    "headline",
)
COLUMNS_READ: TableColumns = {"actions": READ, "reviews": ("action", "recurs", "audit_finding")}
ABOUT = (
    "Each risk of the register, then those that only actions name, with the actions about it below. The score now of a risk is the highest "
    "of its open actions; its target is their lowest. A risk is above its target if its score in the register, or that of an open action, is. "
    "Last come audits without an action, findings that recur and what else does not agree with the register."
)


def risks(summary: ProviderSummary, most_rows: int = MOST_ROWS) -> SheetSpec:
    """The sheet *Risks*: a line per risk with its actions below, the risks with something wrong first, then the faults of LINK.

    The lines are omitted if they are more than `most_rows`.
    """
    found, others = risks_of(summary), list(other_faults(summary))
    rows = sum(1 + len(risk.actions) for risk in found) + len(others)
    too_many = rows if rows > most_rows else 0
    lines = iter(()) if too_many else chain(lines_of(summary, found), others)
    frame = pd.DataFrame.from_records(lines, columns=[*SOURCES]).astype(KINDS)
    frame = frame.assign(heading=frame["line"] == RISK_LINE, letter=letters_of(summary.headline, frame["headline"]))
    nothing = "No risk is in the register, no action names one, and no audit is without an action."
    line = f"{plural(len(found), 'risk')}; {plural(len(others), 'other line')}."
    unknown = sum(not risk.registered for risk in found)
    about = f"{ABOUT} {unknown} of {len(found)} are not in the register." if unknown and len(summary.risks) else ABOUT
    return SheetSpec(RISKS, about, line, columns(summary), frame, nothing, title=title(found), rows_omitted=too_many)


def columns(summary: ProviderSummary) -> tuple[ColumnSpec, ...]:
    """The columns of the sheet."""
    return (
        ColumnSpec("Risk", "reference", 9, bold=True), *columns_of(("Service", "name", 18), ("Line", "line", 9)),
        chip(summary.headline), ColumnSpec("Actions", "action", 12, link_to="address"),
        *columns_of(
            ("Risk, issue or finding", "text", 36), ("What is wrong", "wrong", 36), ("Score at start", "start", 8),
            ("Score now", "now", 8), ("Register's score", "register", 9), ("Target", "target", 8), ("Trend", "trend", 30),
            ("Owner", "owner", 15), ("Risk reviewed on", "reviewed_on", 12),
        ),
    )  # fmt: skip


KINDS = dict.fromkeys(("start", "now", "register", "target"), "float64") | {"reviewed_on": "datetime64[s]"}
SOURCES = (
    "reference", "name", "service", "line", "headline", "action", "address", "text", "wrong", "start", "now", "register", "target",
    "trend", "owner", "reviewed_on",
)  # fmt: skip
Line = tuple[object, ...]
"""A line of the sheet, in the order of SOURCES."""


class RiskAction(NamedTuple):
    """An action that names a risk. It is open if it is in this month's plan and neither embedded nor withdrawn.

    `place` is its row in the list of all actions; the keys are folded, `service_key` is of its plan.
    """

    service: str
    name: str
    ref: str
    in_plan: bool
    risk_ref: str
    risk_start: float
    risk_now: float
    risk_target: float
    risk_above_target: bool
    risk_unchanged: bool
    finished: bool
    owner: str
    issue: str
    headline: str
    is_open: bool
    place: int
    risk_key: str
    service_key: str
    whole_service: str


class RiskLine(NamedTuple):
    """A risk of the register, or one that only actions name."""

    reference: str
    service: str
    name: str
    risk: str = "Not in the register."
    score: float = float("nan")
    high: bool = False
    above: bool = False
    reviewed_on: date | None = None


@dataclass(frozen=True, slots=True)
class RiskEntry:
    """A risk with its actions, the open ones among them, what is wrong with it in words, the kinds of its faults, and its highest score."""

    risk: RiskLine
    registered: bool
    actions: Sequence[RiskAction]
    open_ones: Sequence[RiskAction]
    wrong: str
    faults: frozenset[str]
    score: float


def title(found: list[RiskEntry]) -> str:
    """What the sheet found, such as “Risks: 3 of 9 are above their target; two are scored differently”."""
    if not found:
        return f"{RISKS}: none"
    counts = {kind: sum(kind in risk.faults for risk in found) for kind in (ABOVE, DIFFERENT, NO_ACTION, UNCHANGED)}
    above, number = counts.pop(ABOVE), len(found)
    whose = "its target" if above < 2 else "their target"
    parts = [f"{above or 'none'} of {number} {'are' if above > 1 else 'is'} above {whose}"]
    words = {
        DIFFERENT: "scored differently", NO_ACTION: "high without an open action", UNCHANGED: "unchanged although its action is embedded",
    }  # fmt: skip
    parts += [
        f"{spelled(count)} {'is' if count == 1 else 'are'} {words[kind]}" for kind, count in counts.items() if count
    ]
    return f"{RISKS}: {'; '.join(parts)}"


def risks_of(summary: ProviderSummary) -> list[RiskEntry]:
    """Every risk: those of the register first, in each part those with a fault, then the highest score."""
    register, groups, wider = summary.risks, Groups(), Groups()
    for action in actions_with_risk(summary):
        groups.setdefault((action.risk_key, action.service_key), []).append(action)
        for code in dict.fromkeys(["", action.whole_service, action.service_key]) if len(register) else ():
            wider.setdefault((action.risk_key, code), []).append(action)
    keys = list(zip(folded_texts(register["reference"]), folded_texts(register["service"]), strict=True))
    gathered = [wider.get(key, []) for key in keys]
    targets = [lowest_target([action for action in own if action.is_open]) for own in gathered]
    frame = scored(register.assign(target=np.array(targets, dtype=float)), summary.in_use, summary.as_at)
    lines = starmap(RiskLine, frame[[*RiskLine.__annotations__]].itertuples(index=False, name=None))
    entries = [entry(line, own, registered=True) for line, own in zip(lines, gathered, strict=True)]
    taken = {action.place for own in gathered for action in own}
    for _, every in sorted(groups.items()):
        own = [action for action in every if action.place not in taken]
        if own:
            entries.append(entry(RiskLine(own[0].risk_ref, own[0].service, own[0].name), own, registered=False))
    return sorted(entries, key=lambda each: (not each.registered, not each.faults, -each.score))


class Groups(dict[tuple[str, str], list[RiskAction]]):
    """The actions that name each risk, by its folded reference and the folded service code (empty for all services)."""


def highest(scores: Iterable[float]) -> float:
    """The highest of some scores; NaN without any."""
    given = [score for score in scores if score == score]
    return max(given) if given else float("nan")


def lowest_target(actions: Iterable[RiskAction]) -> float:
    """The lowest target of some actions; NaN without any."""
    return min((each.risk_target for each in actions if each.risk_target == each.risk_target), default=float("nan"))


def actions_with_risk(summary: ProviderSummary) -> Iterator[RiskAction]:
    """The actions that name a risk, in the order of the list of all actions."""
    rows = np.empty(len(summary.actions), np.int64)
    rows[summary.sort_order] = np.arange(len(rows))
    read = ["service", "name", "ref", "return", *READ]
    frame = summary.actions_with(read).reindex(columns=read).assign(place=rows)
    keys = folded_texts(frame["risk_ref"])
    frame, keys = frame.loc[keys != ""], keys[keys != ""]
    flags = {
        name: frame[name].fillna(False).astype(bool) for name in ("finished", "risk_unchanged", "risk_above_target")
    }
    numbers = {name: frame[name].astype(float) for name in ("risk_start", "risk_now", "risk_target")}
    in_plan = frame["return"] >= 0
    known = frame.assign(
        **flags, **numbers, in_plan=in_plan, is_open=in_plan & ~flags["finished"], risk_key=keys, service_key=folded_texts(frame["service"]),
        whole_service=folded_texts(summary.service_codes(frame["service"])),
    )  # fmt: skip
    known = known.sort_values("place", kind="stable")
    return map(RiskAction, *(known[name].tolist() for name in RiskAction.__annotations__))


Past = Mapping[tuple[str, str, str], Mapping[str, float]]
"""The score in each month by folded risk, service and action."""


def past_scores(summary: ProviderSummary) -> Past:
    """What each action scored its risk in earlier months."""
    past: dict[tuple[str, str, str], dict[str, float]] = {}
    columns = (summary.past_risks[name].tolist() for name in ("risk_ref", "service", "ref", "period", "risk_now"))
    for risk, service, ref, month, score in zip(*columns, strict=True):
        past.setdefault((risk, service, ref), {})[month] = score
    return past


def entry(risk: RiskLine, actions: Sequence[RiskAction], *, registered: bool) -> RiskEntry:
    """A risk with its actions, and what is wrong with it."""
    active = [action for action in actions if action.is_open]
    scores = [action.risk_now for action in active]
    differs = disagreement(risk.score, scores)
    several = len({score for score in scores if score == score}) > 1
    above = risk.above or any(action.risk_above_target for action in active)
    unchanged = any(action.risk_unchanged for action in actions)
    wrong = {
        NO_ACTION: "High, and no open action names it." if risk.high and not active else "",
        ABOVE: "Above its target." if above else "",
        DIFFERENT: f"{differs} Agree one score." if differs else "",
        UNCHANGED: "An action is embedded, and its score has not fallen." if unchanged else "",
        "": "Its actions score it differently." if several and not differs and not registered else "",
    }  # fmt: skip
    top = highest([risk.score, *scores])
    faults = frozenset(kind for kind, text in wrong.items() if text and kind)
    words = " ".join(text for text in wrong.values() if text)
    return RiskEntry(risk, registered, actions, active, words, faults, top if top == top else 0.0)


def lines_of(summary: ProviderSummary, found: Iterable[RiskEntry]) -> Iterator[Line]:
    """The line of each risk, and below it those of its actions with their scores by month."""
    month, past = str(Period(summary.as_at.year, summary.as_at.month)), past_scores(summary)
    for each in found:
        risk, active, whole, below = each.risk, each.open_ones, dict[str, float](), []
        for action in each.actions:
            now = {month: action.risk_now} if action.in_plan else {}
            months = {**past.get((action.risk_key, action.service_key, folded(action.ref)), {}), **now}
            below.append(action_line(risk, action, months))
            for at, score in months.items():
                if score == score and (at != month or action.is_open):
                    whole[at] = max(score, whole.get(at, score))
        yield (
            risk.reference, risk.name, risk.service, RISK_LINE, "", counted(len(each.actions), len(active)), "", risk.risk, each.wrong,
            highest(action.risk_start for action in active), highest(action.risk_now for action in active), risk.score,
            lowest_target(active), trend(whole), "", risk.reviewed_on,
        )  # fmt: skip
        yield from below


def counted(number: int, active: int) -> str:
    """How many actions a risk has, and how many of them are open."""
    if not number:
        return "none"
    return plural(number, "action") + ("" if active == number else f", {active} open")


def action_line(risk: RiskLine, action: RiskAction, months: Mapping[str, float]) -> Line:
    """An action below its risk, with its scores by month."""
    above = "Above its target." if action.risk_above_target and not action.finished else ""
    unchanged = (
        f"Embedded; its score was {action.risk_start:g} and is {action.risk_now:g}." if action.risk_unchanged else ""
    )
    return (
        risk.reference, action.name, action.service, ACTION_LINE, action.headline, action.ref, row_of(action.place), action.issue,
        " ".join(filter(None, (above, unchanged))), action.risk_start, action.risk_now, np.nan, action.risk_target, trend(months),
        action.owner, None,
    )  # fmt: skip


def other_faults(summary: ProviderSummary) -> Iterator[Line]:
    """The faults of LINK that no line of a risk has, embedded actions without a reference whose score has not fallen, findings that recur."""
    parts = [summary.links[~summary.links["kind"].isin([NO_ACTION, DIFFERENT])]]
    if "risk_unchanged" in summary.action_columns:
        every = summary.actions_with(["service", "name", "ref", *READ])
        lines = every[every["risk_unchanged"].fillna(False).astype(bool) & (folded_texts(every["risk_ref"]) == "")]
        scores = zip(lines["risk_start"], lines["risk_now"], strict=True)
        what = [f"The risk score was {start:g} and is {now:g}; it names no risk." for start, now in scores]
        parts.append(link_lines(UNCHANGED, lines, "risk_ref", what, "ref"))
    named = ["return", "row", "service", "name", "ref", "audit_finding", "action"]
    recurring = rows_of(summary, "reviews", "recurs", named)
    if recurring is not None:
        recurring = recurring.sort_values(["return", "row"], kind="stable")
        parts.append(link_lines("Finding recurs", recurring, "ref", recurring["audit_finding"], "action"))
    for part in parts:
        yield from other_lines(part)


NO_SCORES = (np.nan,) * 4
"""The scores of a line that is about no risk."""


def other_lines(links: pd.DataFrame) -> Iterator[Line]:
    """Lines LINK as lines of the sheet."""
    for kind, reference, service, name, what, actions in links[[*LINK]].itertuples(index=False, name=None):
        yield reference, name, service, OTHER_LINE, "", actions, "", what, kind, *NO_SCORES, "", "", None


def link_lines(kind: str, lines: pd.DataFrame, reference: str, what: Iterable[str], actions: str) -> pd.DataFrame:
    """Lines LINK of one kind, from actions or reviews."""
    made = pd.DataFrame({"service": lines["service"], "name": lines["name"], "reference": lines[reference]})
    return made.assign(kind=kind, what=list(what), actions=lines[actions])[list(LINK)]
