"""What head office knows about each action from the register and from earlier returns.

Nothing is rated here. The template's rules decided whether an action was clean, closed or under way in a return.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from qipxl.archive.actions import HISTORY
from qipxl.archive.store import Archive, folded_pairs
from qipxl.errors import RequestError
from qipxl.indicators.action_verdicts import OUTCOME, LinkedFigure
from qipxl.indicators.impact import Impact
from qipxl.indicators.verdict import VerdictState
from qipxl.periods import Period
from qipxl.provider.judgements import TABLE, Judged, judged_rows, judged_tables, judgements
from qipxl.provider.late_returns import returns_of_services, unseen_now
from qipxl.provider.register import Register
from qipxl.provider.register_schema import ActionLine, ClosedActionLine, DecisionLine, ExtensionLine, VerificationLine
from qipxl.returns.rate import Rated
from qipxl.returns.returns import Returns
from qipxl.services import ref_prefix
from qipxl.template import FieldLine, Template
from qipxl.text import clean_text, folded
from qipxl.workbook.layout import LAST_SHEET_ROW

Action = tuple[str, str]
"""A service's code and an action's Ref, both in small letters."""
Facts = dict[str, object]


def action_of(service: object, ref: object) -> Action:
    return folded(service), folded(ref)


def decided(register: Register, as_at: date) -> dict[Action, Facts]:
    """What was decided about each action up to a date: the last decision, extension and verification of each."""
    lines: list[tuple[date, ActionLine, Facts]]
    lines = [(line.decided_on, line, {"escalation_level": float(line.level)}) for line in register.of(DecisionLine)]
    lines += [(line.approved_on, line, {"extension_approved": line.approved_by}) for line in register.of(ExtensionLine)]
    lines += [(line.verified_on, line, line.model_dump(include=VERIFIED)) for line in register.of(VerificationLine)]
    facts: dict[Action, Facts] = {}
    taken = {
        action_of(line.service, line.action): action_of(line.taken_by, taken_ref(line))
        for line in register.of(ClosedActionLine)
        if line.taken_by
    }
    for day, line, fact in sorted(lines, key=lambda line: line[0]):
        action = action_of(line.service, line.action)
        for known in {action, taken.get(action, action)} if day <= as_at else ():
            facts.setdefault(known, {}).update(fact)
    return facts


def taken_ref(line: ClosedActionLine) -> str:
    """The Ref of a closed service's action in the plan of the service that takes it: with the closed service's code, so that it is free."""
    return f"{ref_prefix(line.service)}-{line.action}"


VERIFIED = {"verified_by", "verified_on"}
LINE = ("action", "period", "unseen")
"""The other columns of a history."""


def history_of(earlier: Archive, ratings: pd.DataFrame) -> pd.DataFrame:
    """A line per action of each earlier return: the columns LINE and HISTORY, and whether it was `embedded`: finished, and not withdrawn.

    `ratings` are the archive's `ratings_by_month`. `unseen` are the months that a line's tracker did not know (see
    `ServiceReturns`). A return without the action's row is not clean.
    """
    if not len(ratings) or not set(HISTORY) <= set(ratings.columns):
        return pd.DataFrame(columns=[*LINE, *HISTORY, "embedded"])
    finished = ratings.get("finished", pd.Series(False, ratings.index)).fillna(False).astype(bool)
    returns = returns_of_services(earlier)
    unseen = [
        returns[code].unseen.get(month, frozenset())
        for code, month in folded_pairs(ratings["service"], ratings["period"])
    ]
    lines = ratings.assign(
        action=folded_pairs(ratings["service"], ratings["ref"]),
        clean=ratings["clean"].fillna(False).astype(bool) & (ratings["row"] <= LAST_SHEET_ROW),
        embedded=finished & ratings["closed"].astype(bool),
        unseen=pd.Series(unseen, index=ratings.index, dtype=object),
    )
    return lines[[*LINE, *HISTORY, "embedded"]]


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

    An action that is withdrawn, or whose status cannot be read, is neither: it was not reopened. Nor was one that a tracker
    shows as open because it was issued before the return that closes it came in.
    """
    facts: dict[Action, Facts] = {}
    closed_before: dict[Action, str] = {}
    either = history[history["closed"].astype(bool) | history["under_way"].astype(bool)]
    lines = either.sort_values("period", kind="stable")[[*LINE, "closed", "under_way"]]
    for action, month, unseen, closed, under_way in lines.astype(object).itertuples(index=False, name=None):
        if under_way and action in closed_before and closed_before[action] in unseen:
            continue
        if under_way and action in closed_before:
            times = float(str(facts.get(action, {}).get("times_reopened", 0))) + 1
            facts[action] = {"times_reopened": times, "reopened_on": Period.read(str(month)).last}
            del closed_before[action]
        elif closed:
            closed_before[action] = str(month)
    return facts


def embedded_before(history: pd.DataFrame) -> dict[Action, date]:
    """The end of the last month in which each action was found embedded, without those that were under way in a later return."""
    days: dict[Action, date] = {}
    either = history[history["embedded"].astype(bool) | history["under_way"].astype(bool)]
    lines = either.sort_values("period", kind="stable")[["action", "period", "embedded"]]
    for action, month, embedded in lines.astype(object).itertuples(index=False, name=None):
        if embedded:
            days[action] = Period.read(str(month)).last
        else:
            days.pop(action, None)
    return days


def figure_facts(figure: LinkedFigure) -> Facts:
    """What the figures of one linked indicator say about an action."""
    facts: Facts = {"part": figure.part, "indicator": figure.ref}
    if figure.verdict is not None:
        facts |= {"verdict": str(figure.verdict.state), **({"warning": "Yes"} if figure.verdict.warning else {})}
    return facts


def figures_known(impact: Impact, issued: pd.DataFrame) -> dict[Action, list[Facts]]:
    """The facts about each indicator that an action links; `issued` are the rows of `known_to_head_office`."""
    known = {action: [figure_facts(figure) for figure in figures] for action, figures in impact.verdicts.items()}
    columns = ["service", "action", "part", "indicator", "verdict"]
    rows = issued.reindex(columns=columns).astype(object).fillna("")
    worse = rows[rows["verdict"] == VerdictState.WORSE]
    for service, ref, part, indicator, verdict in worse.itertuples(index=False):
        facts = known.setdefault(action_of(service, ref), [])
        same = [fact for fact in facts if fact["part"] == (part or OUTCOME)]
        own = next((fact for fact in same if folded(fact["indicator"]) == folded(indicator)), None)
        if own is not None:
            own.setdefault("verdict", verdict)
        elif not any("verdict" in fact for fact in same):
            facts.append({"part": part or OUTCOME, "indicator": indicator or None, "verdict": verdict})
    return known


def known_to_head_office(
    register: Register,
    history: pd.DataFrame,
    impact: Impact,
    issued: pd.DataFrame,
    period: Period,
    as_at: date,
    waiting: Mapping[Action, int] = MappingProxyType({}),
) -> dict[Action, list[Facts]]:
    """All rows about each action, by the keys of the table From head office: one for each indicator, the first with all other facts.

    `issued` are the rows of that table as they were issued in the trackers, with `service`. From them comes the verdict Worse
    of an indicator whose figures cannot be judged any more: a change of what is counted, or of which way is better, without a
    reason does not clear it. A good verdict does not come from them, because it could have been typed. `waiting` has the
    outliers that are unexplained.
    """
    facts = decided(register, as_at)
    for action, count in clean_in_a_row(history, period).items():
        facts.setdefault(action, {})["clean_returns"] = float(count)
    for action, more in reopened(history).items():
        facts.setdefault(action, {}).update(more)
    for action, day in embedded_before(history).items():
        facts.setdefault(action, {})["embedded_on"] = day
    for action, months in waiting.items():
        facts.setdefault(action, {})["outlier_returns"] = float(months)
    figures = figures_known(impact, issued)
    rows: dict[Action, list[Facts]] = {}
    for action in dict.fromkeys([*facts, *figures]):
        first, *others = figures.get(action) or [{}]
        rows[action] = [facts.get(action, {}) | first, *others]
    return rows


def refresh(
    by_itself: Rated, register: Register, earlier: Archive, ratings: pd.DataFrame, impact: Impact, period: Period
) -> Returns:
    """The same returns, with the table From head office as head office knows it now, for the rules to read.

    `by_itself` are the returns rated by their own content, `impact` the results of their figures; `earlier` has the months
    before, and `ratings` their `ratings_by_month`. What came back in the
    table stays in `tables`; only its questions are used, and the verdict Worse if the figures cannot be judged any more.
    """
    returns, as_at = by_itself.returns, by_itself.as_at
    if TABLE not in returns.tables or not len(returns.accepted):
        return returns
    history = pd.concat([history_of(earlier, ratings), current_history(by_itself, earlier, period)], ignore_index=True)
    issued = returns.tables[TABLE]
    issued = issued.assign(service=returns.receipts["service"].reindex(issued["return"]).to_numpy())
    waiting = unanswered(by_itself, impact, period)
    facts = known_to_head_office(register, history, impact, issued, period, as_at, waiting)
    judged = judgements(register, as_at)
    made_from = [template for template in returns.templates.values() if len(returns.of_template(template))]
    parts = [head_office_rows(returns, template, facts, judged) for template in made_from]
    return replace(returns, refreshed={TABLE: pd.concat(parts, ignore_index=True)}, books=returns.books.refreshed())


def facts_by_return(frame: pd.DataFrame) -> dict[int, list[str]]:
    """For each return its rows as texts, without blank cells and blank rows; sorted, so that their order does not count."""
    fields = [name for name in frame.columns if name not in ("return", "row")]
    rows: dict[int, list[str]] = {}
    for number, *values in frame[["return", *fields]].itertuples(index=False, name=None):
        cells = [(name, value) for name, value in zip(fields, values, strict=True) if value != "" and pd.notna(value)]
        if cells:
            text = "\n".join(f"{name}={clean_text(str(value))}" for name, value in cells)
            rows.setdefault(int(number), []).append(text)
    return {number: sorted(lines) for number, lines in rows.items()}


def current_history(by_itself: Rated, archive: Archive, period: Period) -> pd.DataFrame:
    """The history's lines for the returns themselves: closed or under way by the rules; clean is not known yet."""
    returns, lines = by_itself.returns, []
    unseen = unseen_now(returns, archive, period)
    for template in returns.templates.values():
        numbers = returns.of_template(template)
        if not len(numbers) or not set(HISTORY) <= template.rules.schema.tables["actions"].columns.keys():
            continue
        frame = returns.tables["actions"]
        frame = frame[frame["return"].isin(numbers)]
        ratings = by_itself.ratings["actions"].loc[frame.index]
        codes = returns.receipts.loc[frame["return"], "service"]
        lines += [
            (
                action_of(code, ref),
                str(period),
                unseen.get(number, frozenset()),
                False,
                bool(closed),
                bool(under_way),
                False,
            )
            for code, number, ref, closed, under_way in zip(
                codes, frame["return"], frame["ref"], ratings["closed"], ratings["under_way"], strict=True
            )
        ]
    return pd.DataFrame(lines, columns=[*LINE, *HISTORY, "embedded"])


@dataclass(frozen=True)
class QuestionRef:
    """The Ref of a challenge that head office raised because a service was an outlier in a month.

    >>> str(QuestionRef("IND-1", Period(2026, 3))), QuestionRef.read("O-IND-1-2026-03").indicator
    ('O-IND-1-2026-03', 'IND-1')
    """

    indicator: str
    month: Period | None
    """None if the Ref does not end with a month."""

    PREFIX: ClassVar[str] = "O-"
    MEETING: ClassVar[str] = "Head office, services compared"
    """What the column Meeting says in its row; the rules of the template know the row by it."""

    def __str__(self) -> str:
        return f"{self.PREFIX}{self.indicator}-{self.month}"

    @classmethod
    def read(cls, ref: str) -> QuestionRef:
        """The parts of a Ref that begins with PREFIX; without PREFIX it has no month."""
        text, month = ref.removeprefix(cls.PREFIX), None
        with suppress(RequestError):
            month = Period.read(text[-len("2026-03") :]) if ref.startswith(cls.PREFIX) else None
        return cls(text[: -len("-2026-03")], month)

    def age(self, period: Period) -> int:
        """The number of months from its month to another; 1 if it has none."""
        return 1 if self.month is None else (period.year - self.month.year) * 12 + period.month - self.month.month


def unanswered(by_itself: Rated, impact: Impact, period: Period) -> dict[Action, int]:
    """For each action, how many months ago head office first asked about an outlier that is still unexplained.

    The rules decide whether a challenge explains it (`answered`). A row that was issued and then deleted counts as
    unexplained. The outlier belongs to the actions that link the indicator; if none does, to the action of its row, else to
    the plan's first.
    """
    returns = by_itself.returns
    ratings, lines = by_itself.ratings.get("challenge"), returns.tables.get("challenge")
    if ratings is None or lines is None or "answered" not in ratings.columns:
        return {}
    rows = zip(lines["return"], lines["ref"], lines["action"], ratings["answered"].astype(bool), strict=True)
    known = {(int(number), folded(ref)): (folded(action), answered) for number, ref, action, answered in rows}
    waiting: dict[Action, int] = {}
    for number in returns.accepted.index.intersection(list(returns.stamps)):
        code = folded(returns.receipts.at[number, "service"])
        for row in returns.stamps[number].issued:
            action, answered = known.get((number, folded(row.ref)), ("", False))
            if row.table != "challenge" or not row.ref.startswith(QuestionRef.PREFIX) or answered:
                continue
            question = QuestionRef.read(row.ref)
            first = next(iter(returns.tables["actions"].query("`return` == @number")["ref"].map(folded)), "")
            for linked in impact.actions_of(code, question.indicator) or [action or first]:
                waiting[code, linked] = max(waiting.get((code, linked), 0), question.age(period))
    return waiting


def head_office_rows(
    returns: Returns, template: Template, facts: Mapping[Action, Sequence[Facts]], judged: Judged
) -> pd.DataFrame:
    """The table From head office of every return of a template: the rows about each action and each judged item, and the questions as issued."""
    numbers, fields = returns.of_template(template), template.tables[TABLE].field
    actions, issued = returns.tables["actions"], returns.tables[TABLE]
    refs = actions.loc[actions["return"].isin(numbers), ["return", "ref"]].drop_duplicates()
    rows: list[Mapping[Any, object]] = []
    services = returns.receipts["service"].to_dict()
    for number, ref in refs.itertuples(index=False):
        known = facts.get(action_of(services[number], ref), ())
        rows += [{"return": number, "row": 0, "action": ref, **row} for row in known]
    for number in numbers if judged else ():
        own = {key: items_of(returns.tables[key], number) for key in judged_tables(template)}
        code = str(returns.receipts.at[number, "service"])
        rows += [{"return": number, "row": 0, **row} for row in judged_rows(judged, template, code, own)]
    kept = [name for name in ("return", "row", "action", "question") if name in issued.columns]
    rows += issued.loc[issued["return"].isin(numbers), kept].to_dict("records")
    frame = pd.DataFrame(rows, columns=["return", "row", *(field.key for field in fields)])
    typed = {field.key: typed_column(field, frame[field.key]) for field in fields}
    return frame.astype({"return": "int64", "row": "int64"}).assign(**typed)


def items_of(frame: pd.DataFrame, number: int) -> list[tuple[object, object]]:
    """The Ref and the action of each row of a return."""
    return list(frame.loc[frame["return"] == number, ["ref", "action"]].itertuples(index=False, name=None))


def typed_column(field: FieldLine, column: pd.Series) -> pd.Series:
    """A column with the type that reading gives it: numbers, dates, or texts (empty if there is no value)."""
    if field.type == "number":
        return column.astype("float64")
    if field.type == "date":
        days = [np.datetime64(day) if isinstance(day, date) and day == day else np.datetime64("NaT") for day in column]
        return pd.Series(np.array(days, "datetime64[s]"), index=column.index)
    return column.astype(object).where(column.notna(), "").astype("str")
