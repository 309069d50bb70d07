"""Next month's tracker for a service: everything of its last return, what head office knows by then, and its questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from qipxl.answering import NOT_CARRIED, as_written, at_most
from qipxl.archive import KEY, Archive
from qipxl.headoffice.known import KEPT, TABLE, Facts, action_of, history_of, known_to_head_office
from qipxl.headoffice.lines import QuestionLine
from qipxl.headoffice.register import Register
from qipxl.issuing import Order
from qipxl.periods import Period
from qipxl.services import Service
from qipxl.template import Template
from qipxl.tracker.laid import laid_rows

Row = dict[str, object]


@dataclass(frozen=True)
class LastReturns:
    """The last return of each service before a month, and what is known about every action by then."""

    period: Period
    register: Register
    versions: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    facts: Mapping[tuple[str, str], Facts]

    def rows(self, name: str, code: str) -> pd.DataFrame:
        """The lines of one file of the archive in a service's last return."""
        frame = self.tables[name]
        return frame[frame["service"].str.lower() == code.lower()] if len(frame) else frame


def last_returns(archive: Archive, register: Register, period: Period, templates: Sequence[Template]) -> LastReturns:
    """What the archive and the register hold for the trackers of a month."""
    earlier = archive.before(period)
    last = earlier.latest.drop_duplicates("service", keep="last")
    only = Archive(archive.folder, last)
    names = {key for template in templates for key in template.tables} | {"as-typed", "problems", "actions-ratings"}
    return LastReturns(
        period,
        register,
        last,
        {name: only.table(name) for name in names},
        known_to_head_office(register, history_of(earlier), period, period.last),
    )


def order_for(last: LastReturns, template: Template, service: Service) -> Order:
    """A service's next tracker: the rows that stand in it and the sentences on Start here."""
    known = (
        last.versions["service"].str.lower() == service.code.lower() if len(last.versions) else pd.Series(dtype=bool)
    )
    if not known.any():
        return Order(template, service, None, at_most(questions(last, service)))
    rows = {key: carried(last, template, key, service) for key in template.tables if key != TABLE}
    said = [*questions(last, service), *escalations(last, template, service), *left_behind(last, service)]
    before = str(last.versions.loc[known, "template"].iloc[0])
    if before != template.key:
        said.append(
            f"Your last plan was made from the template {before}: what {template.key} has no place for is not here."
        )
    said += add_months(last, template, rows)
    rows[TABLE] = head_office_rows(last, service, [str(row.get("ref") or "") for row in rows["actions"]])
    return Order(template, service, rows, at_most(said))


def carried(last: LastReturns, template: Template, key: str, service: Service) -> list[Row]:
    """A table's rows as they came back, in their order; what could not be read stands as it was typed."""
    frame = last.rows(key, service.code)
    fields = [field.key for field in template.tables[key].field if field.key in frame.columns]
    typed = last.rows("as-typed", service.code)
    own = typed[typed["table"] == key] if len(typed) else typed
    doubtful = {(line.row, line.field): line.said for line in own.itertuples()}
    rows = []
    for number, *values in frame[["row", *fields]].itertuples(index=False, name=None) if len(frame) else ():
        row = dict(zip(fields, map(as_written, values), strict=True))
        rows.append(row | {field: doubtful[number, field] for field in fields if (number, field) in doubtful})
    return rows


def add_months(last: LastReturns, template: Template, rows: dict[str, list[Row]]) -> list[str]:
    """Add the indicators and months that are new; where a table is full the oldest months go, and that is said."""
    said = []
    for key, laid in laid_rows(template, last.period).items():
        there = {str(row.get("ref")).lower() for row in rows[key]}
        rows[key] += [dict(row) for row in laid if str(row["ref"]).lower() not in there]
        surplus = len(rows[key]) - template.tables[key].rows
        if surplus > 0:
            del rows[key][:surplus]
            said.append(
                f"{template.tables[key].sheet}: the oldest {surplus} rows are not here; head office keeps them."
            )
    return said


def head_office_rows(last: LastReturns, service: Service, refs: Sequence[str]) -> list[Row]:
    """The table From head office: what is known about each action, signals as they were, and open questions."""
    rows: list[Row] = []
    for ref in filter(None, refs):
        facts = last.facts.get(action_of(service.code, ref))
        if facts:
            rows.append({"action": ref, **facts})
    before = last.rows(TABLE, service.code)
    kept = [name for name in KEPT if name in before.columns and name != "question"]
    for line in before[["action", *kept]].to_dict("records") if len(before) else ():
        row = {str(name): as_written(value) for name, value in line.items()}
        if any(row[name] is not None for name in kept):
            rows.append(row)
    return rows + [{"action": line.action or None, "question": line.question} for line in open_questions(last, service)]


def open_questions(last: LastReturns, service: Service) -> list[QuestionLine]:
    return [
        line
        for line in last.register.of(QuestionLine)
        if line.service.lower() == service.code.lower()
        and line.asked_on <= last.period.last
        and line.answered_on is None
    ]


def questions(last: LastReturns, service: Service) -> list[str]:
    """Head office's open questions, as sentences."""
    return [
        f"Head office asks{f' about {line.action}' if line.action else ''}: {line.question}"
        for line in open_questions(last, service)
    ]


def escalations(last: LastReturns, template: Template, service: Service) -> list[str]:
    """A sentence for each action that was escalated beyond the service, with the reason as the rules gave it."""
    ratings, actions = last.rows("actions-ratings", service.code), last.rows("actions", service.code)
    if not len(ratings) or "escalated" not in ratings.columns:
        return []
    lines = actions[[*KEY, "row", "ref"]].merge(ratings, on=[*KEY, "row"])
    decides = next(rating for rating in template.rules.ratings["actions"] if rating.column.key == "escalation").decides
    said = {band.code: band.say for band in decides.bands}
    return [
        f"{line.ref} is escalated to {line.escalation}: {said.get(str(line.escalation_rule), 'see Escalation')}."
        for line in lines[lines["escalated"].astype(bool)].itertuples()
    ]


def left_behind(last: LastReturns, service: Service) -> list[str]:
    """What staff added of their own, which no tracker carries over."""
    problems = last.rows("problems", service.code)
    own = problems[problems["code"].isin(NOT_CARRIED)] if len(problems) else problems
    return [f"Not carried over: {line.message}" for line in own.itertuples()]
