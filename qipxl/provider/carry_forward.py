"""Next month's tracker for a service: the content of its last return, what head office knows, and its questions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from qipxl.archive.store import ISSUED, PROBLEMS
from qipxl.indicators.outliers import CHALLENGE
from qipxl.provider.closed_services import take_action, taken_actions
from qipxl.provider.earlier_progress import EARLIER, PROGRESS
from qipxl.provider.head_office_facts import QuestionRef, action_of, taken_ref
from qipxl.provider.judgements import TABLE, judged_rows, judgements
from qipxl.provider.last_returns import LastReturns, of_service
from qipxl.provider.late_returns import return_named
from qipxl.provider.left_plan import TABLE as FINISHED
from qipxl.provider.meetings.carry import add_matters
from qipxl.provider.provider_actions import Parts
from qipxl.provider.register_schema import ClosedActionLine
from qipxl.provider.start_here_lines import (
    decisions,
    escalations,
    left_behind,
    open_challenges,
    open_questions,
    put_back_words,
    questions,
    slipping,
    still_to_fix,
    verdict_words,
)
from qipxl.provider.table_room import Row, is_open_matter, make_room
from qipxl.returns.cell_values import cell_value
from qipxl.services import Service
from qipxl.template import Template
from qipxl.text import figure_text, folded
from qipxl.tracker.first_rows import initial_rows, sorted_rows
from qipxl.tracker.issue import Order
from qipxl.tracker.news import NewsLine
from qipxl.tracker.send_back import LINES, given_answers, limit_queries


def order_for(last: LastReturns, template: Template, service: Service) -> Order:
    """A service's next tracker: its rows, and what Start here asks and says."""
    asked, due = limit_queries(questions(last, service)), last.register.due(last.period)
    versions = of_service(last.versions, service.code)
    taken = taken_actions(last.register, service.code, last.period)
    parts = Parts(last.register, last.parts, last.period, template, service.code)
    if not len(versions) and not taken and not parts.new():
        return Order(template, service, None, asked, due=due)
    rows = {key: carried(last, template, key, service) for key in template.tables if key not in (TABLE, FINISHED)}
    news = [*escalations(last, template, service), *decisions(last, service)]
    sentences = open_challenges(last, service)
    sentences += [*still_to_fix(last, service), *left_behind(last, service), *put_back_words(last, service)]
    if len(versions):
        sentences += log_revised_milestones(versions.iloc[0], template, rows)
    news += move_finished(last, template, service, rows)
    news += parts.put_into(rows)
    sentences += take_actions(last, template, service, rows, taken)
    sentences += slipping(last, template, service)
    before = str(versions["template"].iloc[0]) if len(versions) else template.key
    if before != template.key:
        missing = f"what {template.key} has no place for is not here."
        sentences.append(f"Your last plan was made from the template {before}: {missing}")
    sentences += ask_about_outliers(last, service, rows)
    news += add_matters(last.register, service.code, last.period, rows)
    figures = verdict_words(last, template, service, rows["actions"])
    add_months(last, template, rows)
    rows[TABLE] = head_office_rows(last, template, service, rows)
    sentences = [*make_room(template, rows, last.period.plus(-1).last), *sentences]
    answers = given_answers(last.rows(PROBLEMS, service.code))
    carried_from = return_named(versions["period"].iloc[-1], versions["digest"].iloc[-1]) if len(versions) else ""
    said = limit_news([*news, *map(NewsLine, sentences), *figures])
    taken_over = str(versions["taken_over"].iloc[-1]) if len(versions) else ""
    return Order(template, service, sorted_rows(template, rows), asked, answers, carried_from, said, due, taken_over)


def limit_news(news: Sequence[NewsLine]) -> Sequence[NewsLine]:
    """At most LINES lines for Start here; if there are more, the last one gives their number."""
    if len(news) <= LINES:
        return news
    return [
        *news[: LINES - 1],
        NewsLine(f"And {len(news) - LINES + 1} more: please ask head office for the whole list."),
    ]


def take_actions(
    last: LastReturns,
    template: Template,
    service: Service,
    rows: dict[str, list[Row]],
    taken: Sequence[ClosedActionLine],
) -> list[str]:
    """Add the actions that a service took from closed services, unless a tracker of the service had them already; a sentence for each."""
    known = {folded(row.get("ref")) for key in ("actions", FINISHED) for row in rows.get(key, ())}
    issued = last.rows(ISSUED, service.code)
    known |= set(issued.loc[issued["table"] == "actions", "ref"].map(folded)) if len(issued) else set()
    sentences = []
    for line in [line for line in taken if folded(taken_ref(line)) not in known]:
        closed = Service.model_construct(code=line.service, name=line.service)  # also the long code of a plan
        plan = {key: carried(last, template, key, closed) for key in rows if key != FINISHED}
        sentences.append(take_action(last.register, line, template, plan, rows))
    return sentences


def carried(last: LastReturns, template: Template, key: str, service: Service) -> list[Row]:
    """A table's rows as they came back, in their order; values that could not be read are kept as they were typed.

    The progress of an action moves on (`month_later`).
    """
    frame = last.rows(key, service.code)
    fields = [field.key for field in template.tables[key].field if field.key in frame.columns]
    typed = last.rows("as-typed", service.code)
    doubtful = {
        (row, field): said
        for table, row, field, said in tuples(typed, ["table", "row", "field", "said"])
        if table == key
    }
    rows = []
    for number, *values in tuples(frame, ["row", *fields]):
        row = dict(zip(fields, map(cell_value, values), strict=True))
        row |= {field: doubtful[number, field] for field in fields if (number, field) in doubtful}
        rows.append(month_later(last, service, row) if key == "actions" else row)
    return rows


def tuples(frame: pd.DataFrame, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The values of some columns, row by row; Arrow's texts become objects at once, because one by one they take long."""
    return frame[list(columns)].astype(object).itertuples(index=False, name=None) if len(frame) else iter(())


def month_later(last: LastReturns, service: Service, row: Row) -> Row:
    """An action's row for the next month: its progress is among that of earlier months, and the cell of this month is empty.

    A statement in the column of draft questions, which earlier trackers had, goes to the column of statements.
    """
    moved = {PROGRESS: None, EARLIER: last.progress.get(action_of(service.code, row.get("ref")))}
    if row.get(DRAFT_QUESTIONS) and STATEMENTS in row:
        moved |= {STATEMENTS: with_more_statements(str(row[STATEMENTS] or ""), str(row[DRAFT_QUESTIONS]))}
        moved |= {DRAFT_QUESTIONS: None}
    return {**row, **moved}


STATEMENTS, DRAFT_QUESTIONS = "cqc_statement", "cqc_kloe"


def with_more_statements(named: str, more: str) -> str:
    """A cell of statements with those of another cell, each once.

    >>> with_more_statements("Safe: Learning culture", "Safe: Safety culture; safe: learning culture")
    'Safe: Learning culture; Safe: Safety culture'
    """
    found: dict[str, str] = {}
    for part in f"{named};{more}".split(";"):
        found.setdefault(folded(part), " ".join(part.split()))
    return "; ".join(filter(None, found.values()))


def log_revised_milestones(receipt: pd.Series, template: Template, rows: dict[str, list[Row]]) -> list[str]:
    """Add an extension for each open milestone that was revised in a tracker whose Extensions sheet had no column for it.

    In such a tracker, of an earlier version of the template, a revised date counted by itself; this row lets it count on.
    `receipt` is that of the last return.
    """
    columns = json.loads(receipt["columns"]).get("extensions", {}).get("columns", {})
    line = template.tables.get("extensions")
    if line is None or receipt["template_version"] == template.version or "milestone" in columns:
        return []
    revised = [row for row in rows["milestones"] if is_revised(row)]
    for row in revised:
        rows["extensions"].append(
            {
                "action": row.get("action"), "milestone": row["ref"], "from_date": row["due"], "to_date": row["revised_due"],
                "reason_code": row.get("slippage_reason"), "reason": REVISED_BEFORE, "approved_by": TAKEN_OVER,
            }
        )  # fmt: skip
    named = ", ".join(str(row["ref"]) for row in revised)
    return [f"{line.sheet} has a row for the revised date of {named}."] if named else []


REVISED_BEFORE = "The date was revised before milestones had a place on this sheet."
TAKEN_OVER = "Taken over from the last tracker"
"""The reason in such a row, and what it says in place of an approver: the date counted before and needs no new approval."""


def is_revised(row: Row) -> bool:
    """True for an open milestone with a Ref whose revised date is later than its due date."""
    due, revised = row.get("due"), row.get("revised_due")
    if not row.get("ref") or isinstance(row.get("done_on"), date):
        return False
    return isinstance(due, date) and isinstance(revised, date) and revised > due


def move_finished(
    last: LastReturns, template: Template, service: Service, rows: dict[str, list[Row]]
) -> list[NewsLine]:
    """Move embedded and withdrawn actions to their own sheet, without their milestones, evidence and reviews.

    What a meeting asked about them stays until it is done.
    """
    if FINISHED not in template.tables:
        return []
    frame = of_service(last.finished, service.code)
    refs = {folded(ref) for ref in frame["ref"]}
    moved = [row for row in rows["actions"] if folded(row.get("ref")) in refs]
    for key, lines in rows.items():
        name = "ref" if key == "actions" else "action"
        rows[key] = [row for row in lines if folded(row.get(name)) not in refs or is_open_matter(key, row)]
    room, sheet = template.tables[FINISHED].rows, template.tables[FINISHED].sheet
    fields = {field.key for field in template.tables[FINISHED].field}
    known = list(last.left.get(folded(service.code), ()))[-room:]
    rows[FINISHED] = [{name: value for name, value in row.items() if name in fields} for row in known]
    left_as = {folded(row.get("ref")): str(row.get("left_as") or "").lower() for row in known}
    kept = "Head office keeps its milestones, evidence and reviews."
    news = [
        NewsLine(f"has left the plan: {left_as.get(folded(row['ref'])) or f'see {sheet}'}. {kept}", str(row["ref"]))
        for row in moved
    ]
    if len(frame) > room:
        news.append(NewsLine(f"{sheet}: the oldest {len(frame) - room} are not here; head office keeps them."))
    return news


def add_months(last: LastReturns, template: Template, rows: dict[str, list[Row]]) -> None:
    """Add the template's new indicators with their months, and this month of every indicator of the plan.

    If the sheet of months is full, months that were left empty are removed.
    """
    known = {folded(row.get("ref")) for row in rows.get("indicators", ())}
    for key, initial in initial_rows(template, last.period).items():
        new = [row for row in initial if folded(row.get("indicator" if key == "measurements" else "ref")) not in known]
        present = {folded(row.get("ref")) for row in rows[key]}
        rows[key] += [dict(row) for row in new if folded(row["ref"]) not in present]
    if {"indicators", "measurements"} <= rows.keys():
        month = last.period.first
        entered = {
            (folded(row.get("indicator")), f"{row['month']:%Y-%m}")
            for row in rows["measurements"]
            if isinstance(row.get("month"), date)
        }
        for ref in filter(None, [row.get("ref") for row in rows["indicators"]]):
            if (folded(ref), f"{month:%Y-%m}") not in entered:
                rows["measurements"].append({"ref": f"{ref} {last.period}", "indicator": ref, "month": month})
        remove_oldest(
            rows["measurements"], template.tables["measurements"].rows, lambda row: is_empty_month(row, month)
        )


def is_empty_month(row: Row, month: date) -> bool:
    """True for a row of an earlier month than `month` in which nothing is entered."""
    entered = [
        name for name, value in row.items() if name not in ("ref", "indicator", "month") and value not in (None, "")
    ]
    day = row.get("month")
    return isinstance(day, date) and f"{day:%Y-%m}" < f"{month:%Y-%m}" and not entered


def remove_oldest(rows: list[Row], room: int, removable: Callable[[Row], bool]) -> None:
    """Remove removable rows for which there is no room, those of the earliest months first."""
    chosen = [number for number, row in enumerate(rows) if removable(row)]
    chosen.sort(key=lambda number: f"{day:%Y-%m}" if isinstance(day := rows[number].get("month"), date) else "")
    for number in sorted(chosen[: max(len(rows) - room, 0)], reverse=True):
        del rows[number]


def head_office_rows(
    last: LastReturns, template: Template, service: Service, rows: Mapping[str, Sequence[Row]]
) -> list[Row]:
    """The table From head office: what is known about each action and each judged item, and open questions."""
    refs = [str(row["ref"]) for row in rows["actions"] if row.get("ref")]
    known: list[Row] = [
        {"action": ref, **row} for ref in refs for row in last.facts.get(action_of(service.code, ref), ())
    ]
    asked: list[Row] = [
        {"action": line.action or None, "question": line.question} for line in open_questions(last, service)
    ]
    items = {key: [(row.get("ref"), row.get("action")) for row in lines] for key, lines in rows.items()}
    judged = judgements(last.register, last.period.last)
    return [*known, *judged_rows(judged, template, service.code, items), *asked]


def ask_about_outliers(last: LastReturns, service: Service, rows: dict[str, list[Row]]) -> list[str]:
    """Add a challenge to the tracker, and a sentence, for each indicator that is far outside the other services' limits.

    An indicator whose challenge is still open gets no other one; a challenge whose row was deleted comes back under its Ref.
    It belongs to the first action of the plan that links the indicator; if there is none, the service chooses one.
    """
    frame = last.impact.outliers
    outliers = frame[(frame["service"].map(folded) == folded(service.code)) & (frame["flag"] == CHALLENGE)]
    sentences = []
    for line in outliers.to_dict("records") if "challenge" in rows else ():
        linking = last.impact.actions_of(service.code, str(line["ref"]))
        plan = {folded(row.get("ref")): row["ref"] for row in rows["actions"]}
        named = next((plan[action] for action in linking if action in plan), None)
        asked = [row for row in rows["challenge"] if is_open_question(row, str(line["ref"]))]
        for row in asked:
            row["action"] = row.get("action") or named
        ref = deleted_question(last, service, str(line["ref"])) or str(
            QuestionRef(str(line["ref"]), last.period.plus(-1))
        )
        if asked or folded(ref) in [folded(row.get("ref")) for row in rows["challenge"]]:
            continue
        words = (
            f"{line['indicator'] or line['ref']}: {figure_text(line['figure'])} where the services together have "
            f"{figure_text(line['group'])}, {line['words'][0].lower()}{line['words'][1:]}"
        )
        rows["challenge"].append(
            {
                "ref": ref, "action": named, "meeting": QuestionRef.MEETING, "raised_on": last.period.first,
                "challenge": words, "due": last.period.last,
            }
        )  # fmt: skip
        sentences.append(f"Challenge {ref}, to be answered this month on the Challenge sheet: {words}")
    return sentences


def is_open_question(row: Row, indicator: str = "") -> bool:
    """True for a row of Challenge that head office wrote about an outlier (of an indicator, if it is given) and that is open."""
    question = QuestionRef.read(str(row.get("ref") or ""))
    about = question.month is not None and folded(indicator or question.indicator) == folded(question.indicator)
    return about and not isinstance(row.get("closed_on"), date)


def deleted_question(last: LastReturns, service: Service, indicator: str) -> str:
    """The Ref of the first challenge about an indicator that the last tracker had and the return no longer has; empty if none."""
    issued, kept = last.rows(ISSUED, service.code), last.rows("challenge", service.code)
    if not len(issued):
        return ""
    there = set(kept["ref"].map(folded)) if len(kept) else set()
    refs = [ref for ref in issued.loc[issued["table"] == "challenge", "ref"] if folded(ref) not in there]
    return min((ref for ref in refs if is_open_question({"ref": ref}, indicator)), default="")
