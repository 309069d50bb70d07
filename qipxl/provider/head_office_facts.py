"""What head office knows about each action that its tracker cannot: from the register and from earlier returns.

Nothing is rated here. Whether an action was clean, closed or under way in a return is what the template's rules said then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from qipxl.archive.actions import rows_with_ratings
from qipxl.archive.store import Archive
from qipxl.errors import RequestError
from qipxl.indicators import Verdict
from qipxl.indicators.impact import Impact
from qipxl.indicators.verdict import VerdictState
from qipxl.periods import Period
from qipxl.provider.register import Register
from qipxl.provider.register_schema import DecisionLine, ExtensionLine, VerificationLine
from qipxl.returns.rate import Rated
from qipxl.returns.returns import Returns
from qipxl.returns.rule_inputs import RuleBooks
from qipxl.template import FieldLine, Template
from qipxl.text import folded

TABLE = "head_office"
Action = tuple[str, str]
"""A service's code and an action's Ref, both in small letters."""
Facts = dict[str, object]


def action_of(service: object, ref: object) -> Action:
    return folded(service), folded(ref)


def decided(register: Register, as_at: date) -> dict[Action, Facts]:
    """What was decided about each action up to a date: the last decision, extension and verification of each."""
    facts: dict[Action, Facts] = {}
    for decision in sorted(register.of(DecisionLine), key=lambda line: line.decided_on):
        if decision.decided_on <= as_at:
            of = facts.setdefault(action_of(decision.service, decision.action), {})
            of["escalation_level"] = float(decision.level)
    for extension in sorted(register.of(ExtensionLine), key=lambda line: line.approved_on):
        if extension.approved_on <= as_at:
            of = facts.setdefault(action_of(extension.service, extension.action), {})
            of["extension_approved"] = extension.approved_by
    for verification in sorted(register.of(VerificationLine), key=lambda line: line.verified_on):
        if verification.verified_on <= as_at:
            of = facts.setdefault(action_of(verification.service, verification.action), {})
            of |= {"verified_by": verification.verified_by, "verified_on": verification.verified_on}
    return facts


SAID = ("clean", "closed", "under_way")
"""What the rules of a template say about an action in each return, and history is made of."""


def history_of(archive: Archive) -> pd.DataFrame:
    """A line per action of each earlier return: `action`, `period`, and what was SAID of it then."""
    lines = rows_with_ratings(archive, "actions", ["ref"], SAID)
    if not len(lines) or not set(SAID) <= set(lines.columns):
        return pd.DataFrame(columns=["action", "period", *SAID])
    codes, refs = (lines[name].astype(object).map(folded) for name in ("service", "ref"))
    named = list(zip(codes, refs, strict=True))
    return lines.assign(action=pd.Series(named, index=lines.index, dtype=object))[["action", "period", *SAID]]


def clean_in_a_row(history: pd.DataFrame, period: Period) -> Counter[Action]:
    """In how many returns in a row, up to the month before, each action was clean; a month without a return ends the row."""
    months: dict[str, set[Action]] = {}
    for action, month in history.loc[history["clean"].astype(bool), ["action", "period"]].itertuples(index=False):
        months.setdefault(str(month), set()).add(action)
    counts: Counter[Action] = Counter()
    month = period.plus(-1)
    still = months.get(str(month), set())
    while still:
        counts.update(still)
        month = month.plus(-1)
        still = still & months.get(str(month), set())
    return counts


def reopened(history: pd.DataFrame) -> dict[Action, Facts]:
    """How often each action was closed in a return and under way in a later one, and the end of the last such month.

    One that is withdrawn, or whose status cannot be read, is neither: it was not reopened.
    """
    facts: dict[Action, Facts] = {}
    closed_before: set[Action] = set()
    said = history[history["closed"].astype(bool) | history["under_way"].astype(bool)]
    lines = said.sort_values("period", kind="stable")[["action", "period", "closed", "under_way"]]
    for action, month, closed, under_way in lines.astype(object).itertuples(index=False, name=None):
        if under_way and action in closed_before:
            times = float(str(facts.get(action, {}).get("times_reopened", 0))) + 1
            facts[action] = {"times_reopened": times, "reopened_on": Period.read(str(month)).last}
            closed_before.discard(action)
        elif closed:
            closed_before.add(action)
    return facts


def known_to_head_office(
    register: Register, history: pd.DataFrame, verdicts: Mapping[Action, Verdict], period: Period, as_at: date
) -> dict[Action, Facts]:
    """All facts about each action, by the keys of the table From head office."""
    facts = decided(register, as_at)
    for action, verdict in verdicts.items():
        facts.setdefault(action, {})["verdict"] = str(verdict.state)
    for action, count in clean_in_a_row(history, period).items():
        facts.setdefault(action, {})["clean_returns"] = float(count)
    for action, more in reopened(history).items():
        facts.setdefault(action, {}).update(more)
    return facts


def refresh(by_itself: Rated, register: Register, archive: Archive, impact: Impact, period: Period) -> Returns:
    """The same returns, with the table From head office as head office knows it now, for the rules to read.

    `by_itself` are the returns rated by what stands in them, `impact` what their figures say. What came back in the table
    stays in `tables`; of it only the questions are used, and the verdict Worse where none can be worked out any more.
    """
    returns, as_at = by_itself.returns, by_itself.as_at
    if TABLE not in returns.tables or not len(returns.accepted):
        return returns
    history = pd.concat([history_of(archive.before(period)), said_now(by_itself, period)], ignore_index=True)
    facts = known_to_head_office(register, history, impact.verdicts, period, as_at)
    issued = returns.tables[TABLE]
    codes = returns.receipts["service"].reindex(issued["return"]).to_numpy()
    facts = with_issued(facts, impact, issued.assign(service=codes))
    for action, waiting in unanswered(by_itself, impact, period).items():
        facts.setdefault(action, {})["outlier_returns"] = float(waiting)
    parts = [head_office_rows(returns, template, facts) for template in returns.templates.values()]
    return replace(returns, refreshed={TABLE: pd.concat(parts, ignore_index=True)}, books=RuleBooks())


def with_issued(facts: dict[Action, Facts], impact: Impact, lines: pd.DataFrame) -> dict[Action, Facts]:
    """Facts with the verdict Worse of actions whose figures cannot be judged any more, from lines of the table with `service`.

    It stands as the tracker was issued with it, so that a change of what is counted, or of which way is better, without a
    reason does not clear it. A good verdict does not: what came back could have been typed.
    """
    if "verdict" not in lines.columns:
        return facts
    worse = lines[lines["verdict"] == VerdictState.WORSE]
    for code, ref in zip(worse["service"], worse["action"], strict=True):
        action = action_of(code, ref)
        if action not in impact.verdicts:
            facts.setdefault(action, {})["verdict"] = str(VerdictState.WORSE)
    return facts


def said_now(by_itself: Rated, period: Period) -> pd.DataFrame:
    """The history's lines for the returns themselves: closed or under way as the rules say; clean is not known yet."""
    returns, lines = by_itself.returns, []
    for template in returns.templates.values():
        numbers = returns.of_template(template)
        columns = template.rules.schema.tables["actions"].columns
        if not len(numbers) or not set(SAID) <= columns.keys():
            continue
        frame = returns.tables["actions"]
        frame = frame[frame["return"].isin(numbers)]
        judged = by_itself.ratings["actions"].loc[frame.index]
        codes = returns.receipts.loc[frame["return"], "service"]
        said = (judged["closed"], judged["under_way"])
        lines += [
            (action_of(code, ref), str(period), False, bool(closed), bool(under_way))
            for code, ref, closed, under_way in zip(codes, frame["ref"], *said, strict=True)
        ]
    return pd.DataFrame(lines, columns=["action", "period", *SAID])


KEPT = ("question",)
"""What is used as it was issued."""
ASKED = "O-"
"""What the references begin with of challenges that head office raised because a service is an outlier; a month ends them."""


def unanswered(by_itself: Rated, impact: Impact, period: Period) -> dict[Action, int]:
    """For each action, for how many months an outlier has stayed unexplained: since the tracker that asked about it.

    Whether it is explained is what the rules say of the challenge (`answered`). A row that was issued and is gone counts as
    unexplained. It belongs to the actions that link the indicator; where none does, to the action of its row, else to the
    plan's first.
    """
    returns = by_itself.returns
    said, lines = by_itself.ratings.get("challenge"), returns.tables.get("challenge")
    if said is None or lines is None or "answered" not in said.columns:
        return {}
    rows = zip(lines["return"], lines["ref"], lines["action"], said["answered"].astype(bool), strict=True)
    known = {(int(number), folded(ref)): (folded(action), answered) for number, ref, action, answered in rows}
    waiting: dict[Action, int] = {}
    for number in returns.accepted.index.intersection(list(returns.stamps)):
        stamp = returns.stamps[number]
        for ref in [row.ref for row in stamp.issued if row.table == "challenge" and row.ref.startswith(ASKED)]:
            action, answered = known.get((number, folded(ref)), ("", False))
            if answered:
                continue
            code = folded(returns.receipts.at[number, "service"])
            own = returns.tables["actions"].query("`return` == @number")["ref"].map(folded)
            indicator = ref.removeprefix(ASKED)[: -len("-2026-03")]
            for each in impact.actions_of(code, indicator) or [action or next(iter(own), "")]:
                waiting[code, each] = max(waiting.get((code, each), 0), months_since(ref, period))
    return waiting


def months_since(ref: str, period: Period) -> int:
    """How many months lie between the month that a challenge about an outlier names and this one."""
    try:
        month = Period.read(ref[-len("2026-03") :])
    except RequestError:
        return 1
    return (period.year - month.year) * 12 + period.month - month.month


def head_office_rows(returns: Returns, template: Template, facts: Mapping[Action, Facts]) -> pd.DataFrame:
    """The table From head office of every return of a template, a row for each action about which something is known."""
    numbers = returns.of_template(template)
    fields = template.tables[TABLE].field
    actions = returns.tables["actions"]
    rows: list[Facts] = []
    for number, ref in (
        actions.loc[actions["return"].isin(numbers), ["return", "ref"]].drop_duplicates().itertuples(index=False)
    ):
        known = facts.get(action_of(returns.receipts.at[number, "service"], ref))
        if known:
            rows.append({"return": number, "row": 0, "action": ref, **known})
    issued = returns.tables[TABLE]
    kept = [name for name in KEPT if name in issued.columns]
    for line in issued[issued["return"].isin(numbers)][["return", "row", "action", *kept]].to_dict("records"):
        rows.append({str(name): value for name, value in line.items()})
    frame = pd.DataFrame(rows, columns=["return", "row", *(field.key for field in fields)])
    typed = {field.key: typed_column(field, frame[field.key]) for field in fields}
    return frame.astype({"return": "int64", "row": "int64"}).assign(**typed)


def typed_column(field: FieldLine, column: pd.Series) -> pd.Series:
    """A column as reading gives it: numbers, dates, or texts that are empty where nothing is known."""
    if field.type == "number":
        return column.astype("float64")
    if field.type == "date":
        days = [np.datetime64(day) if isinstance(day, date) and day == day else np.datetime64("NaT") for day in column]
        return pd.Series(np.array(days, "datetime64[s]"), index=column.index)
    return column.astype(object).where(column.notna(), "").astype("str")
