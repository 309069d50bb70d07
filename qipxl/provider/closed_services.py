"""Open actions of closed services: they stay on one list until another service takes them or head office closes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from qipxl.archive.actions import full_rows
from qipxl.archive.store import KEY, Archive
from qipxl.periods import Period
from qipxl.provider.head_office_facts import action_of, taken_ref
from qipxl.provider.register import Register
from qipxl.provider.register_schema import ClosedActionLine, ServiceLine
from qipxl.provider.table_room import Row
from qipxl.services import ref_prefix
from qipxl.summary.summary import ProviderSummary
from qipxl.template import Template
from qipxl.text import folded

NAMED = re.compile(r"(?<![^\s,;&+])(?!and(?![^\s,;&+]))[^\s,;&+]+", re.IGNORECASE)
"""A Ref in a cell that may name several."""


def open_actions_of_closed(
    summary: ProviderSummary, register: Register, archive: Archive, lines: pd.DataFrame, period: Period
) -> pd.DataFrame:
    """The open actions of services that were closed before a month, as `summary.actions` has them, with `closed_on` and `taken`.

    `lines` has the rated actions of the months before `period` (`qipxl.archive.actions.rated_actions`). An action that was
    closed by head office, or that is in the plan of the service that took it, is not in the list.
    """
    services = {folded(line.plan_code): line for line in register.of(ServiceLine)}
    sent = set(summary.returns.accepted["service"].map(folded))
    gone = [
        code
        for code in lines["service"].unique()
        if is_closed(services.get(folded(code)), period) and folded(code) not in sent
    ]
    last = archive.before(period).latest.drop_duplicates("service", keep="last")[["service", "period"]]
    chosen = lines[lines["service"].isin(gone) & ~lines["finished"].astype(bool)].merge(last, on=["service", "period"])
    if not len(chosen):
        return summary.actions.head(0).assign(closed_on="", taken="")
    rows = full_rows(archive, chosen[[*KEY, "row"]], summary.action_shape)
    decided = {
        action_of(line.service, line.action): line
        for line in register.of(ClosedActionLine)
        if line.decided_on <= summary.as_at
    }
    plans = [
        zip(lines["service"], lines["action"], strict=True),
        zip(summary.actions["service"], summary.actions["ref"], strict=True),
    ]
    present = {action_of(code, ref) for plan in plans for code, ref in plan}
    found = [decided.get(action_of(code, ref)) for code, ref in zip(rows["service"], rows["ref"], strict=True)]
    listed = [
        line is None or (line.taken_by != "" and action_of(line.taken_by, taken_ref(line)) not in present)
        for line in found
    ]
    closed = [services.get(folded(code)) for code in rows["service"]]
    days = [f"{line.closed:%d/%m/%Y}" if line is not None and line.closed else "not in the register" for line in closed]
    return rows.assign(closed_on=days, taken=[taken_words(line, services) for line in found])[listed]


def is_closed(line: ServiceLine | None, period: Period) -> bool:
    """True for a service that closed before a month, and for one that the register does not list."""
    return line is None or (line.closed is not None and line.closed < period.first)


def taken_words(line: ClosedActionLine | None, services: Mapping[str, ServiceLine]) -> str:
    """Which service takes an action, in words."""
    if line is None or not line.taken_by:
        return f"Not taken yet. Enter on the register's sheet {ClosedActionLine.sheet} which service takes it, or why it is closed."
    return f"{services[folded(line.taken_by)].plan_name} takes it, in its next tracker as {taken_ref(line)}."


def taken_actions(register: Register, code: str, period: Period) -> list[ClosedActionLine]:
    """The lines of the register by which a service has taken actions up to the end of a month."""
    lines = [line for line in register.of(ClosedActionLine) if folded(line.taken_by) == folded(code)]
    return [line for line in lines if line.decided_on <= period.last]


def take_action(
    register: Register,
    line: ClosedActionLine,
    template: Template,
    plan: Mapping[str, Sequence[Row]],
    rows: dict[str, list[Row]],
) -> str:
    """Add an action of a closed service, with its rows in other tables, to the rows of a tracker; returns a sentence about it.

    `plan` are the rows of the closed service's last return. Each Ref gets the closed service's code in front, so that it is free.
    """
    names = {folded(each.plan_code): each.plan_name for each in register.of(ServiceLine)}
    whose = f"action {line.action} of {names.get(folded(line.service), line.service)}, which has closed"
    ref = taken_ref(line)
    found = [row for row in plan.get("actions", ()) if folded(row.get("ref")) == folded(line.action)]
    if not found:
        return f"Head office gave you {whose}, but its last return does not have it. Please ask head office for it."
    indicators = {folded(row.get("ref")) for row in rows.get("indicators", ())}
    for key, table in template.tables.items():
        if key == "actions":
            rows[key] = [*rows[key], found[0] | {"ref": ref}]
        elif key in plan and key in rows and any(field.key == "action" for field in table.field):
            about = [row for row in plan[key] if folded(row.get("action")) == folded(line.action)]
            rows[key] = [
                *rows[key],
                *(renamed(row, ref_prefix(line.service), ref, template, key, indicators) for row in about),
            ]
    return f"Head office gave you {whose}. It is on {template.tables['actions'].sheet} as {ref}, with what was recorded about it."


def renamed(row: Row, code: str, ref: str, template: Template, key: str, indicators: set[str]) -> Row:
    """A row about a taken action, with a service's code in front of its Ref and of the Refs that it names."""
    table, made = template.tables[key], dict(row)
    for field in table.field:
        value = row.get(field.key)
        if field.key == "action":
            made[field.key] = ref
        elif field.type == "reference" and field.to == "indicators":
            made[field.key] = value if folded(value) in indicators else None
        elif value and field.key == "evidence_ref":
            made[field.key] = NAMED.sub(lambda found: f"{code}-{found[0]}", str(value))
        elif value and (field.key == table.identity or field.type == "reference"):
            made[field.key] = f"{code}-{value}"
    return made
