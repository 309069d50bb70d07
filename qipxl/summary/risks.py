"""The risks of the register and those that only actions name, each with its actions, its scores and what is wrong with it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from qipxl.archive.store import folded_texts
from qipxl.periods import Period
from qipxl.summary.action_lists import row_of
from qipxl.summary.logs import rows_of
from qipxl.summary.risk_scores import disagreement, scored, trend
from qipxl.summary.sheet_spec import (
    ColumnSpec,
    SheetSpec,
    TableColumns,
    chip,
    columns_of,
    letters_of,
    plural,
)
from qipxl.summary.summary import LINK, ProviderSummary
from qipxl.text import folded, spelled

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


def risks(summary: ProviderSummary) -> SheetSpec:
    """The sheet *Risks*: a line per risk with its actions below, the risks with something wrong first, then the faults of LINK."""
    found = risks_of(summary)
    lines = [line for risk in found for line in risk.lines]
    others = other_faults(summary)
    frame = pd.DataFrame([*lines, *others], columns=[*SOURCES]).astype(KINDS)
    frame = frame.assign(heading=frame["line"] == RISK_LINE, letter=letters_of(summary.headline, frame["headline"]))
    nothing = "No risk is in the register, no action names one, and no audit is without an action."
    line = f"{plural(len(found), 'risk')}; {plural(len(others), 'other line')}."
    return SheetSpec(RISKS, ABOUT, line, columns(summary), frame, nothing, title=title(found))


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
Line = Mapping[Any, Any]


@dataclass(frozen=True)
class RiskEntry:
    """A risk: its lines (its own and those of its actions), the kinds of fault that it has, and its highest score."""

    lines: tuple[Line, ...]
    faults: frozenset[str]
    score: float
    registered: bool


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
    actions, register = actions_with_risk(summary), summary.risks
    refs, services = folded_texts(register["reference"]), folded_texts(register["service"])
    groups: dict[Any, pd.DataFrame] = dict(iter(actions.groupby(["risk_key", "service_key"], sort=True)))
    by_ref: dict[Any, pd.DataFrame] = dict(iter(actions.groupby("risk_key", sort=True)))
    taken: set[Any] = set()
    gathered: list[pd.DataFrame] = []
    for ref, service in zip(refs, services, strict=True):
        own = groups.get((ref, service)) if service else by_ref.get(ref)
        own = actions.head(0) if own is None else own
        taken |= set(own.index)
        gathered.append(own)
    targets = [open_ones(own)["risk_target"].min() for own in gathered]
    frame = register.assign(target=np.array(targets, dtype=float))
    frame = scored(frame, summary.in_use, summary.as_at)
    past = past_scores(summary)
    entries = [entry(summary, line, own, past) for line, own in zip(frame.to_dict("records"), gathered, strict=True)]
    for _, own in actions[~actions.index.isin(taken)].groupby(["risk_key", "service_key"], sort=True):
        first = own.iloc[0]
        line = dict.fromkeys(frame.columns) | {
            "reference": first["risk_ref"],
            "service": first["service"],
            "name": first["name"],
        }
        line |= {"risk": "Not in the register.", "score": np.nan, "high": False, "above": False, "registered": False}
        entries.append(entry(summary, line, own, past))
    return sorted(entries, key=lambda each: (not each.registered, not each.faults, -each.score))


def actions_with_risk(summary: ProviderSummary) -> pd.DataFrame:
    """The actions that name a risk, with READ, the folded `risk_key` and `service_key`, and the `address` of their row."""
    rows = np.empty(len(summary.actions), np.int64)
    rows[summary.sort_order] = np.arange(len(rows))
    frame = summary.actions.reindex(columns=["service", "name", "ref", "return", *READ]).assign(place=rows)
    frame = frame.loc[folded_texts(frame["risk_ref"]) != ""]
    flags = {
        name: frame[name].fillna(False).astype(bool) for name in ("finished", "risk_unchanged", "risk_above_target")
    }
    numbers = {name: frame[name].astype(float) for name in ("risk_start", "risk_now", "risk_target")}
    known: pd.DataFrame = frame.assign(
        **flags, **numbers, risk_key=folded_texts(frame["risk_ref"]), service_key=folded_texts(frame["service"]),
        address=[*map(row_of, frame["place"])],
    )  # fmt: skip
    return known.sort_values("place", kind="stable")


def open_ones(actions: pd.DataFrame) -> pd.DataFrame:
    """Those of a risk's actions that are in this month's plans and neither embedded nor withdrawn."""
    return actions.loc[~actions["finished"] & (actions["return"] >= 0)]


Past = Mapping[tuple[str, str, str], Mapping[str, float]]
"""The score in each month by folded risk, service and action."""


def past_scores(summary: ProviderSummary) -> Past:
    """What each action scored its risk in earlier months."""
    past: dict[tuple[str, str, str], dict[str, float]] = {}
    for line in summary.past_risks.itertuples():
        key = str(line.risk_ref), str(line.service), str(line.ref)
        past.setdefault(key, {})[str(line.period)] = float(str(line.risk_now))
    return past


def entry(summary: ProviderSummary, risk: Line, actions: pd.DataFrame, past: Past) -> RiskEntry:
    """A risk of the register, or one that only actions name, with its actions."""
    month, active = str(Period(summary.as_at.year, summary.as_at.month)), open_ones(actions)
    differs = disagreement(float(risk["score"]), active["risk_now"].tolist())
    several = bool(active["risk_now"].nunique() > 1)
    wrong = {
        NO_ACTION: "High, and no open action names it." if risk["high"] and not len(active) else "",
        ABOVE: "Above its target." if risk["above"] or active["risk_above_target"].any() else "",
        DIFFERENT: f"{differs} Agree one score." if differs else "",
        UNCHANGED: "An action is embedded, and its score has not fallen." if actions["risk_unchanged"].any() else "",
        "": "Its actions score it differently." if several and not differs and not risk.get("registered", True) else "",
    }  # fmt: skip
    months: dict[str, dict[str, float]] = {}
    for action in actions.itertuples():
        key = str(action.risk_key), str(action.service_key), folded(action.ref)
        now = {month: float(str(action.risk_now))} if action.Index in active.index else {}
        months[str(action.Index)] = {**past.get(key, {}), **now}
    whole: dict[str, float] = {}
    for scores in months.values():
        for at, score in scores.items():
            whole[at] = max(score, whole.get(at, score)) if score == score else whole.get(at, score)
    own = {
        "reference": risk["reference"], "service": risk["service"], "name": risk["name"], "line": RISK_LINE, "headline": "",
        "action": counted(len(actions), len(active)), "address": "", "text": risk["risk"],
        "wrong": " ".join(text for text in wrong.values() if text), "start": active["risk_start"].max(), "now": active["risk_now"].max(),
        "register": risk["score"], "target": active["risk_target"].min(), "trend": trend(whole), "owner": "", "reviewed_on": risk["reviewed_on"],
    }  # fmt: skip
    below = [action_line(risk, line, months) for line in actions.to_dict("index").items()]
    faults = frozenset(kind for kind, text in wrong.items() if text and kind)
    highest = np.nanmax([0.0, own["now"], own["register"]])
    return RiskEntry((own, *below), faults, float(highest), bool(risk.get("registered", True)))


def counted(number: int, active: int) -> str:
    """How many actions a risk has, and how many of them are open."""
    if not number:
        return "none"
    return plural(number, "action") + ("" if active == number else f", {active} open")


def action_line(risk: Line, action: tuple[Hashable, Line], months: Mapping[str, Mapping[str, float]]) -> Line:
    """An action below its risk."""
    index, line = action
    above = "Above its target." if line["risk_above_target"] and not line["finished"] else ""
    unchanged = (
        f"Embedded; its score was {line['risk_start']:g} and is {line['risk_now']:g}." if line["risk_unchanged"] else ""
    )
    return {
        "reference": risk["reference"], "service": line["service"], "name": line["name"], "line": ACTION_LINE, "headline": line["headline"],
        "action": line["ref"], "address": line["address"], "text": line["issue"], "wrong": " ".join(filter(None, (above, unchanged))),
        "start": line["risk_start"], "now": line["risk_now"], "register": np.nan, "target": line["risk_target"],
        "trend": trend(months[str(index)]), "owner": line["owner"], "reviewed_on": None,
    }  # fmt: skip


def other_faults(summary: ProviderSummary) -> list[Line]:
    """The faults of LINK that no line of a risk has, embedded actions without a reference whose score has not fallen, findings that recur."""
    parts = [summary.links[~summary.links["kind"].isin([NO_ACTION, DIFFERENT])]]
    if "risk_unchanged" in summary.actions.columns:
        unchanged = summary.actions["risk_unchanged"].fillna(False).astype(bool)
        lines = summary.actions[unchanged & (folded_texts(summary.actions["risk_ref"]) == "")]
        scores = zip(lines["risk_start"], lines["risk_now"], strict=True)
        what = [f"The risk score was {start:g} and is {now:g}; it names no risk." for start, now in scores]
        parts.append(link_lines(UNCHANGED, lines, "risk_ref", what, "ref"))
    named = ["return", "row", "service", "name", "ref", "audit_finding", "action"]
    recurring = rows_of(summary, "reviews", "recurs", named)
    if recurring is not None:
        recurring = recurring.sort_values(["return", "row"], kind="stable")
        parts.append(link_lines("Finding recurs", recurring, "ref", recurring["audit_finding"], "action"))
    return [line for part in parts for line in other_lines(part)]


def other_lines(links: pd.DataFrame) -> Iterator[Line]:
    """Lines LINK as lines of the sheet."""
    blank = dict.fromkeys(SOURCES, "") | dict.fromkeys(KINDS)
    for link in links.to_dict("records"):
        own = {"line": OTHER_LINE, "text": link["what"], "wrong": link["kind"], "action": link["actions"]}
        yield blank | {name: link[name] for name in ("reference", "service", "name")} | own


def link_lines(kind: str, lines: pd.DataFrame, reference: str, what: Iterable[str], actions: str) -> pd.DataFrame:
    """Lines LINK of one kind, from actions or reviews."""
    made = pd.DataFrame({"service": lines["service"], "name": lines["name"], "reference": lines[reference]})
    return made.assign(kind=kind, what=list(what), actions=lines[actions])[list(LINK)]
