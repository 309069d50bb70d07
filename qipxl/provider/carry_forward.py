"""Next month's tracker for a service: everything of its last return, what head office knows by then, and its questions."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from qipxl.archive.actions import full_rows, rated_actions, repeat_finished
from qipxl.archive.store import KEY, Archive
from qipxl.indicators import NOT_SHOWN
from qipxl.indicators.impact import Impact, impact_of
from qipxl.indicators.outliers import CHALLENGE
from qipxl.periods import Period
from qipxl.provider.head_office_facts import (
    ASKED,
    KEPT,
    TABLE,
    Facts,
    action_of,
    history_of,
    known_to_head_office,
    with_issued,
)
from qipxl.provider.register import Register
from qipxl.provider.register_schema import QuestionLine
from qipxl.services import Service
from qipxl.template import Template
from qipxl.text import figure_text, folded
from qipxl.tracker.first_rows import initial_rows
from qipxl.tracker.issue import Order
from qipxl.tracker.send_back import NOT_CARRIED, cell_value, limit_queries

Row = dict[str, object]
FINISHED = "finished"
SAID_OF_OUTCOME = ("outcome", "since")
MOVED = (*SAID_OF_OUTCOME, "issue", "intended_change", "owner", "completed_on", "verified_by")
"""What the table of finished actions says about each, beside its Ref."""


@dataclass(frozen=True)
class LastReturns:
    """The last return of each service before a month, and what is known about every action by then."""

    period: Period
    register: Register
    versions: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    facts: Mapping[tuple[str, str], Facts]
    finished: pd.DataFrame
    """The actions that were found embedded or withdrawn, in the shape of a summary's, with `found`, the month."""
    impact: Impact
    """What the figures said at the end of the month before."""

    def rows(self, name: str, code: str) -> pd.DataFrame:
        """The lines of one file of the archive in a service's last return."""
        frame = self.tables[name]
        return frame[frame["service"].str.lower() == code.lower()] if len(frame) else frame


def last_returns(archive: Archive, register: Register, period: Period, templates: Sequence[Template]) -> LastReturns:
    """What the archive and the register hold for the trackers of a month."""
    earlier, before = archive.before(period), period.plus(-1)
    latest = earlier.latest
    last = latest[~latest["service"].map(folded).duplicated(keep="last")]
    only = Archive(archive.folder, last)
    impact = impact_of({}, only.table("actions"), earlier, before, before.last)
    names = {key for template in templates for key in template.tables} | {"as-typed", "problems", "actions-ratings"}
    return LastReturns(
        period,
        register,
        last,
        {name: only.table(name) for name in names},
        with_issued(
            known_to_head_office(register, history_of(earlier), impact.verdicts, period, period.last),
            impact,
            only.table(TABLE),
        ),
        finished_by(earlier, period),
        impact,
    )


def finished_by(archive: Archive, period: Period) -> pd.DataFrame:
    """Every action that was embedded or withdrawn in the last return it stood in."""
    lines = rated_actions(archive)
    services = archive.latest[["service"]].drop_duplicates().assign(period=str(period))
    over = repeat_finished(lines, services)
    shape = [*KEY, "ref", "headline_label", *(name for name in MOVED if name not in SAID_OF_OUTCOME)]
    if not len(over):
        return pd.DataFrame(columns=shape)
    return full_rows(
        archive, over.assign(period=over["found"])[[*KEY, "row"]], pd.DataFrame(columns=shape), in_full=True
    )


def order_for(last: LastReturns, template: Template, service: Service) -> Order:
    """A service's next tracker: the rows that stand in it and the sentences on Start here."""
    known = (
        last.versions["service"].str.lower() == service.code.lower() if len(last.versions) else pd.Series(dtype=bool)
    )
    if not known.any():
        return Order(template, service, None, limit_queries(questions(last, service)))
    rows = {key: carried(last, template, key, service) for key in template.tables if key not in (TABLE, FINISHED)}
    said = [*questions(last, service), *escalations(last, template, service), *open_challenges(last, service)]
    said += [*still_to_fix(last, service), *left_behind(last, service)]
    said += move_finished(last, template, service, rows)
    before = str(last.versions.loc[known, "template"].iloc[0])
    if before != template.key:
        said.append(
            f"Your last plan was made from the template {before}: what {template.key} has no place for is not here."
        )
    said += ask_about_outliers(last, template, service, rows)
    said += verdict_words(last, service, rows["actions"])
    said += add_months(last, template, rows)
    rows[TABLE] = head_office_rows(last, service, [str(row.get("ref") or "") for row in rows["actions"]])
    return Order(template, service, rows, limit_queries(said))


def carried(last: LastReturns, template: Template, key: str, service: Service) -> list[Row]:
    """A table's rows as they came back, in their order; what could not be read stands as it was typed."""
    frame = last.rows(key, service.code)
    fields = [field.key for field in template.tables[key].field if field.key in frame.columns]
    typed = last.rows("as-typed", service.code)
    own = typed[typed["table"] == key] if len(typed) else typed
    doubtful = {(line.row, line.field): line.said for line in own.itertuples()}
    rows = []
    for number, *values in frame[["row", *fields]].itertuples(index=False, name=None) if len(frame) else ():
        row = dict(zip(fields, map(cell_value, values), strict=True))
        rows.append(row | {field: doubtful[number, field] for field in fields if (number, field) in doubtful})
    return rows


def move_finished(last: LastReturns, template: Template, service: Service, rows: dict[str, list[Row]]) -> list[str]:
    """Move what is embedded or withdrawn to the sheet of its own, without its milestones, evidence and reviews."""
    if FINISHED not in template.tables:
        return []
    frame = last.finished[last.finished["service"].str.lower() == service.code.lower()]
    refs = {folded(ref) for ref in frame["ref"]}
    moved = [row for row in rows["actions"] if folded(row.get("ref")) in refs]
    for key, lines in rows.items():
        name = "ref" if key == "actions" else "action"
        rows[key] = [row for row in lines if folded(row.get(name)) not in refs]
    room = template.tables[FINISHED].rows
    rows[FINISHED] = [finished_row(line) for line in frame.tail(room).to_dict("records")]
    sheet = template.tables[FINISHED].sheet
    said = []
    if moved:
        named = ", ".join(str(row["ref"]) for row in moved)
        said.append(f"Moved to {sheet}: {named}. Head office keeps the milestones, evidence and reviews.")
    if len(frame) > room:
        said.append(f"{sheet}: the oldest {len(frame) - room} are not here; head office keeps them.")
    return said


def finished_row(line: Mapping[Hashable, object]) -> Row:
    """What the tracker says about an action that has left the plan."""
    named = {name: cell_value(line[name]) for name in MOVED if name not in SAID_OF_OUTCOME}
    since = Period.read(str(line["period"])).first
    return {"ref": line["ref"], "outcome": line["headline_label"], "since": since, **named}


def add_months(last: LastReturns, template: Template, rows: dict[str, list[Row]]) -> list[str]:
    """Add the template's indicators that are new, and this month of every indicator of the plan; where a table is full the
    oldest months go, and that is said."""
    said = []
    for key, laid in initial_rows(template, last.period).items():
        there = {folded(row.get("ref")) for row in rows[key]}
        rows[key] += [dict(row) for row in laid if folded(row["ref"]) not in there]
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
    for key in [name for name in ("indicators", "measurements") if name in rows]:
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
        row = {str(name): cell_value(value) for name, value in line.items()}
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


def ask_about_outliers(
    last: LastReturns, template: Template, service: Service, rows: dict[str, list[Row]]
) -> list[str]:
    """Put a challenge into the tracker for each indicator that stands far outside the other services' limits, and say so.

    It belongs to the first action that links the indicator; with none, the service chooses one.
    """
    frame = last.impact.outliers
    own = frame[(frame["service"].map(folded) == folded(service.code)) & (frame["flag"] == CHALLENGE)]
    said = []
    for line in own.to_dict("records"):
        ref = f"{ASKED}{line['ref']}-{last.period.plus(-1)}"
        if "challenge" not in rows or ref in [row.get("ref") for row in rows["challenge"]]:
            continue
        action = next(iter(last.impact.actions_of(service.code, str(line["ref"]))), "")
        named = next((row["ref"] for row in rows["actions"] if action and folded(row.get("ref")) == action), None)
        words = (
            f"{line['indicator']}: {figure_text(line['figure'])} where the services together have {figure_text(line['group'])}, "
            f"{line['words'][0].lower()}{line['words'][1:]}"
        )
        if len(rows["challenge"]) >= template.tables["challenge"].rows:
            said.append(f"{template.tables['challenge'].sheet} is full, so this challenge has no row there: {words}")
            continue
        rows["challenge"].append(
            {
                "ref": ref, "action": named, "meeting": "Head office, services compared", "raised_on": last.period.first,
                "challenge": words, "due": last.period.last,
            }
        )  # fmt: skip
        said.append(f"Challenge {ref}, to be answered this month on the Challenge sheet: {words}")
    return said


def verdict_words(last: LastReturns, service: Service, actions: Sequence[Row]) -> list[str]:
    """What the figures say of each action that links an indicator, and what is still needed."""
    found = [
        (row["ref"], last.impact.verdicts.get(action_of(service.code, row["ref"]))) for row in actions if row.get("ref")
    ]
    said = [f"Figures of {ref}: {verdict.state}. {verdict.words}" for ref, verdict in found if verdict is not None]
    return [*said, NOT_SHOWN] if said else []


def open_challenges(last: LastReturns, service: Service) -> list[str]:
    """A sentence for each challenge that nobody has closed, with what was to follow and by when."""
    lines = last.rows("challenge", service.code) if "challenge" in last.tables else pd.DataFrame()
    if not {"ref", "action", "challenge", "follow_up", "due", "closed_on"} <= set(lines.columns):
        return []
    said = []
    for line in lines[lines["closed_on"].isna()].to_dict("records"):
        by = f", by {line['due']:%d/%m/%Y}" if line["due"] == line["due"] and line["due"] is not None else ""
        follow = f" To follow{by}: {line['follow_up']}" if line["follow_up"] else by
        said.append(f"Challenge {line['ref']} about {line['action']} is open: {line['challenge']}{follow}")
    return said


def still_to_fix(last: LastReturns, service: Service) -> list[str]:
    """How many cells of the last return had to be put right, sheet by sheet; what still is stands on Checks."""
    problems = last.rows("problems", service.code)
    if not len(problems):
        return []
    wrong = problems[(problems["severity"] == "must fix") & ~problems["code"].isin(NOT_CARRIED)]
    counts = [f"{count} on {sheet}" for sheet, count in wrong["sheet"].value_counts(sort=False).items() if sheet]
    return [f"Your last return had to be put right in places: {', '.join(counts)}. See Checks."] if counts else []


def left_behind(last: LastReturns, service: Service) -> list[str]:
    """What staff added of their own, which no tracker carries over."""
    problems = last.rows("problems", service.code)
    own = problems[problems["code"].isin(NOT_CARRIED)] if len(problems) else problems
    return [f"Not carried over: {line.message}" for line in own.itertuples()]
