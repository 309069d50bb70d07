"""The risks of the register and those that only actions name, each with its actions, its scores and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from qipxl.archive.store import folded_texts
from qipxl.periods import Period
from qipxl.summary.action_lists import row_of
from qipxl.summary.logs import rows_of
from qipxl.summary.risk_scores import disagreement, scored, trend
from qipxl.summary.sheet_spec import ColumnSpec, SheetSpec, TableColumns, chip, columns_of, letters_of
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


def risks(summary: ProviderSummary) -> SheetSpec:
    """The sheet *Risks*: a line per risk with its actions below, the risks with something wrong first, then the faults of LINK."""
    found = risks_of(summary)
    lines = [line for risk in found for line in risk.lines]
    others = other_faults(summary)
    frame = pd.DataFrame([*lines, *others], columns=[*SOURCES]).astype(KINDS)
    frame = frame.assign(heading=frame["line"] == RISK_LINE, letter=letters_of(summary.headline, frame["headline"]))
    nothing = "No risk is in the register, no action names one, and no audit is without an action."
    line = f"{plural(len(found), 'risk')}; {plural(len(others), 'other line')}."
    unknown = sum(not risk.registered for risk in found)
    about = f"{ABOUT} {unknown} of {len(found)} are not in the register." if unknown and len(summary.risks) else ABOUT
    return SheetSpec(RISKS, about, line, columns(summary), frame, nothing, title=title(found))


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
    register, groups, found = summary.risks, Groups(), actions_with_risk(summary)
    wider = Groups()
    for number, action in enumerate(found.to_dict("records")):
        action |= {"number": number}
        groups.setdefault((action["risk_key"], action["service_key"]), []).append(action)
        for code in dict.fromkeys(["", action["whole_service"], action["service_key"]]):
            wider.setdefault((action["risk_key"], code), []).append(action)
    keys = list(zip(folded_texts(register["reference"]), folded_texts(register["service"]), strict=True))
    gathered = [wider.get(key, []) for key in keys]
    targets = [highest(own, "risk_target", min) for own in map(open_ones, gathered)]
    frame = scored(register.assign(target=np.array(targets, dtype=float)), summary.in_use, summary.as_at)
    past = past_scores(summary)
    entries = [entry(summary, line, own, past) for line, own in zip(frame.to_dict("records"), gathered, strict=True)]
    taken = {action["number"] for own in gathered for action in own}
    for _, every in sorted(groups.items()):
        own = [action for action in every if action["number"] not in taken]
        if own:
            line = {
                "reference": own[0]["risk_ref"],
                "service": own[0]["service"],
                "name": own[0]["name"],
                **UNREGISTERED,
            }
            entries.append(entry(summary, line, own, past))
    return sorted(entries, key=lambda each: (not each.registered, not each.faults, -each.score))


class Groups(dict[tuple[str, str], list[dict[Any, Any]]]):
    """The actions that name each risk, by its folded reference and the folded service code (empty for all services)."""


UNREGISTERED: Line = {
    "risk": "Not in the register.", "score": np.nan, "high": False, "above": False, "registered": False, "reviewed_on": None,
}  # fmt: skip
"""What is known of a risk that only actions name."""


def highest(actions: Sequence[Line], column: str, choose: Callable[[list[float]], float] = max) -> float:
    """The highest number in a column of some actions, or another that `choose` takes; NaN without any."""
    known = [float(action[column]) for action in actions if action[column] == action[column]]
    return choose(known) if known else float("nan")


def actions_with_risk(summary: ProviderSummary) -> pd.DataFrame:
    """The actions that name a risk: READ, the folded `risk_key`, `service_key` (of the plan), `whole_service`, and the row's `address`."""
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
        whole_service=folded_texts(summary.service_codes(frame["service"])),
        address=[*map(row_of, frame["place"])],
    )  # fmt: skip
    return known.sort_values("place", kind="stable")


def open_ones(actions: Sequence[Line]) -> list[Line]:
    """Those of a risk's actions that are in this month's plans and neither embedded nor withdrawn."""
    return [action for action in actions if not action["finished"] and action["return"] >= 0]


Past = Mapping[tuple[str, str, str], Mapping[str, float]]
"""The score in each month by folded risk, service and action."""


def past_scores(summary: ProviderSummary) -> Past:
    """What each action scored its risk in earlier months."""
    past: dict[tuple[str, str, str], dict[str, float]] = {}
    for line in summary.past_risks.itertuples():
        key = str(line.risk_ref), str(line.service), str(line.ref)
        past.setdefault(key, {})[str(line.period)] = float(str(line.risk_now))
    return past


def entry(summary: ProviderSummary, risk: Line, actions: Sequence[Line], past: Past) -> RiskEntry:
    """A risk of the register, or one that only actions name, with its actions."""
    month, active = str(Period(summary.as_at.year, summary.as_at.month)), open_ones(actions)
    scores = [float(action["risk_now"]) for action in active]
    differs, registered = disagreement(float(risk["score"]), scores), bool(risk.get("registered", True))
    several = len({score for score in scores if score == score}) > 1
    above = bool(risk["above"]) or any(action["risk_above_target"] for action in active)
    unchanged = any(action["risk_unchanged"] for action in actions)
    wrong = {
        NO_ACTION: "High, and no open action names it." if risk["high"] and not active else "",
        ABOVE: "Above its target." if above else "",
        DIFFERENT: f"{differs} Agree one score." if differs else "",
        UNCHANGED: "An action is embedded, and its score has not fallen." if unchanged else "",
        "": "Its actions score it differently." if several and not differs and not registered else "",
    }  # fmt: skip
    months, whole, opened = [], dict[str, float](), {action["number"] for action in active}
    for action in actions:
        key = str(action["risk_key"]), str(action["service_key"]), folded(action["ref"])
        now = {month: float(action["risk_now"])} if action["return"] >= 0 else {}
        months.append({**past.get(key, {}), **now})
        for at, score in months[-1].items():
            if score == score and (at != month or action["number"] in opened):
                whole[at] = max(score, whole.get(at, score))
    own = {
        "reference": risk["reference"], "service": risk["service"], "name": risk["name"], "line": RISK_LINE, "headline": "",
        "action": counted(len(actions), len(active)), "address": "", "text": risk["risk"],
        "wrong": " ".join(text for text in wrong.values() if text), "start": highest(active, "risk_start"),
        "now": highest(active, "risk_now"), "register": risk["score"], "target": highest(active, "risk_target", min),
        "trend": trend(whole), "owner": "", "reviewed_on": risk["reviewed_on"],
    }  # fmt: skip
    below = [action_line(risk, action, scored_in) for action, scored_in in zip(actions, months, strict=True)]
    faults = frozenset(kind for kind, text in wrong.items() if text and kind)
    top = max([score for score in (own["now"], own["register"]) if score == score], default=0.0)
    return RiskEntry((own, *below), faults, float(top), registered)


def counted(number: int, active: int) -> str:
    """How many actions a risk has, and how many of them are open."""
    if not number:
        return "none"
    return plural(number, "action") + ("" if active == number else f", {active} open")


def action_line(risk: Line, line: Line, months: Mapping[str, float]) -> Line:
    """An action below its risk, with its scores by month."""
    above = "Above its target." if line["risk_above_target"] and not line["finished"] else ""
    unchanged = (
        f"Embedded; its score was {line['risk_start']:g} and is {line['risk_now']:g}." if line["risk_unchanged"] else ""
    )
    return {
        "reference": risk["reference"], "service": line["service"], "name": line["name"], "line": ACTION_LINE, "headline": line["headline"],
        "action": line["ref"], "address": line["address"], "text": line["issue"], "wrong": " ".join(filter(None, (above, unchanged))),
        "start": line["risk_start"], "now": line["risk_now"], "register": np.nan, "target": line["risk_target"],
        "trend": trend(months), "owner": line["owner"], "reviewed_on": None,
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
