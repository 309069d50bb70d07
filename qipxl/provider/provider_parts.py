"""The parts of provider actions in a month's summary: the service's action, and how it is known; the template's rules rate them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from qipxl.archive.actions import full_rows
from qipxl.archive.store import KEY, Archive
from qipxl.periods import Period
from qipxl.provider.closed_services import is_closed
from qipxl.provider.head_office_facts import Action, action_of, taken_ref
from qipxl.provider.provider_actions import (
    ACTIONS,
    MILESTONES,
    PartRefs,
    lines_in,
    milestones_of,
    part_refs,
    services_of,
)
from qipxl.provider.put_back import MISSING, removed_refs
from qipxl.provider.register import Register
from qipxl.provider.register_schema import ClosedActionLine, ProviderActionLine, ServiceLine
from qipxl.summary.plain_words import Reasons, sentence
from qipxl.summary.provider_actions import (
    CLOSED,
    DELETED,
    NO_RETURN,
    NOT_GIVEN,
    REMOVED,
    RETURN,
    SHOWN,
    rated_provider_actions,
)
from qipxl.summary.summary import ProviderSummary
from qipxl.template import Template
from qipxl.text import folded, plural

COLUMNS = ("action", "service", "name", "ref", "known", *SHOWN, "reason", "note", "file", "cell")
"""The columns of a part before it is rated."""
STEPS = ("action", "ref", "milestone", "due", "evidence_required", "found")


def with_provider_actions(
    summary: ProviderSummary,
    register: Register,
    archive: Archive,
    lines: pd.DataFrame,
    period: Period,
    template: Template,
) -> ProviderSummary:
    """The summary with the provider actions of a month, rated by `template`; the same if there are none.

    `lines` has the rated actions of the months before (`qipxl.archive.actions.rated_actions`).
    """
    given = lines_in(register, period)
    if not given or not template.provider:
        return summary
    month = PartsOfMonth(summary, register, archive.before(period), lines, period, part_refs(archive, register, period))
    parts = [part for line in given for part in month.parts(line)]
    frame = pd.DataFrame(parts, columns=list(COLUMNS))
    dates = {name: pd.to_datetime(frame[name]).astype("datetime64[s]") for name in ("due",)}
    numbers = {"days_overdue": frame["days_overdue"].astype("float64")}
    texts = {name: frame[name].astype(object) for name in COLUMNS if name not in (*dates, *numbers)}
    texts = {name: column.where(column.notna(), "").astype(str) for name, column in texts.items()}
    frame = frame.assign(**texts, **dates, **numbers)
    wholes = pd.DataFrame([(line.ref, line.title, line.due, about(line)) for line in given])
    wholes = wholes.set_axis(["ref", "title", "due", "about"], axis=1)
    wholes = wholes.assign(due=pd.to_datetime(wholes["due"]).astype("datetime64[s]"))
    return replace(
        summary,
        provider_actions=rated_provider_actions(template, summary.as_at, wholes, frame, month.milestones(given, frame)),
    )


def about(line: ProviderActionLine) -> str:
    """What the register says about a provider action."""
    texts = {
        "Issue or risk": line.issue, "Intended change": line.intended_change, "Success measure": line.success_measure,
        "Owner at the provider": line.owner, "Must or should": line.must_should, "Source": line.source, "Decided by": line.decided_by,
    }  # fmt: skip
    return " ".join(f"{heading}: {text.rstrip('.')}." for heading, text in texts.items())


@dataclass(frozen=True)
class PartsOfMonth:
    """What is known about the parts in a month. `archive` and `lines` are of the months before; `refs` are the Refs of the parts."""

    summary: ProviderSummary
    register: Register
    archive: Archive
    lines: pd.DataFrame
    period: Period
    refs: PartRefs

    @cached_property
    def rows(self) -> Mapping[Action, Mapping[str, object]]:
        """The actions of the summary by service and Ref; of several rows with one Ref the first."""
        frame = self.summary.actions
        wanted = {folded(ref) for line in lines_in(self.register, self.period) for ref in self.part_names(line)}
        rows = frame.index[[folded(ref) in wanted for ref in frame["ref"]]]
        chosen = self.summary.actions_with(self.summary.action_columns, rows)
        names = [name for name in (*SHOWN, "file", "cell", "period") if name in chosen.columns]
        words = Reasons(self.summary).words(chosen, "delivery") if len(chosen) else []
        shown = chosen[names].assign(reason=[sentence(text) for text in words])
        keys = map(action_of, chosen["service"], chosen["ref"])
        found: dict[Action, Mapping[str, object]] = {}
        for key, row in zip(keys, shown.to_dict("records"), strict=True):
            found.setdefault(key, {str(name): value for name, value in row.items()})
        return found

    def part_names(self, line: ProviderActionLine) -> Iterator[str]:
        """The Refs of all parts of a provider action."""
        yield from (ref for _, ref, _ in self.places(line))

    def places(self, line: ProviderActionLine) -> Iterator[tuple[ServiceLine, str, str]]:
        """Each service with a part, the part's Ref, and a note: those of the register, then those that took the part of a closed service."""
        services = {folded(each.plan_code): each for each in self.register.of(ServiceLine)}
        taken = {
            action_of(each.service, each.action): each
            for each in self.register.of(ClosedActionLine)
            if each.decided_on <= self.period.last
        }
        for service in services_of(self.register, line):
            ref = self.refs.of(line, service.plan_code)
            if not line.codes and not self.was_open(service, line):
                continue
            decided = taken.get(action_of(service.plan_code, ref))
            if decided is None:
                yield service, ref, ""
            elif not decided.taken_by:
                yield service, ref, f"Closed by head office: {decided.reason}"
            else:
                taker = services[folded(decided.taken_by)]
                yield service, ref, f"{taker.plan_name} took it as {taken_ref(decided)}."
                yield taker, taken_ref(decided), f"Taken from {service.plan_name}."

    def was_open(self, service: ServiceLine, line: ProviderActionLine) -> bool:
        """True if a service was open on a day between the first month of a provider action and the end of the month."""
        opened = service.opened is None or service.opened <= self.period.last
        return opened and (service.closed is None or service.closed >= Period.read(line.since).first)

    def parts(self, line: ProviderActionLine) -> Iterator[Mapping[str, object]]:
        """The part of each service."""
        for service, ref, note in self.places(line):
            known = self.known(service, ref)
            row = (
                self.rows.get(action_of(service.plan_code, ref))
                if known == RETURN
                else self.last_row(service.plan_code, ref)
            )
            said = [note, *self.notes(service, line, ref, known, row)]
            cells = {name: row.get(name) for name in (*SHOWN, "reason", "file", "cell")} if row else {}
            yield {
                **cells, "action": line.ref, "service": service.plan_code, "name": service.plan_name, "ref": ref, "known": known,
                "note": " ".join(filter(None, said)),
            }  # fmt: skip

    @cached_property
    def sent(self) -> set[str]:
        """The folded codes of the services with a return."""
        return set(self.summary.returns.accepted["service"].map(folded))

    def known(self, service: ServiceLine, ref: str) -> str:
        """How the part of a service is known in the month."""
        code, action = folded(service.plan_code), action_of(service.plan_code, ref)
        if code in self.sent and action in self.rows:
            return RETURN
        if action in removed_refs(self.register, self.period.last):
            return REMOVED
        if is_closed(service, self.period) and code not in self.sent:
            return CLOSED
        if service.opened is not None and service.opened > self.period.last:
            return NOT_GIVEN
        if code not in self.sent:
            return NO_RETURN
        return DELETED if action in self.deleted else NOT_GIVEN

    @cached_property
    def deleted(self) -> set[Action]:
        """The issued actions that are missing from the returns."""
        found = self.summary.returns.problems
        lost = found[(found["code"] == MISSING) & (found["table"] == ACTIONS)]
        codes = self.summary.returns.receipts["service"].reindex(lost["return"])
        return {action_of(code, ref) for code, ref in zip(codes, lost["value"], strict=True)}

    def last_row(self, code: str, ref: str) -> Mapping[str, object] | None:
        """The action in the last return that had it; None if none had."""
        own = self.lines[(self.lines["service"].map(folded) == folded(code)) & (self.lines["action"] == folded(ref))]
        if not len(own):
            return None
        last = own.sort_values("period", kind="stable").tail(1)[[*KEY, "row"]]
        rows = full_rows(self.archive, last, self.summary.action_shape).to_dict("records")
        return {str(name): value for name, value in rows[0].items()} if rows else None

    def notes(
        self, service: ServiceLine, line: ProviderActionLine, ref: str, known: str, row: Mapping[str, object] | None
    ) -> Iterator[str]:
        """What else is to be known about a part."""
        if folded(ref) != folded(line.ref):
            yield f"In its plan as {ref}."
        if known == CLOSED and service.closed is not None:
            yield f"Closed on {service.closed:%d/%m/%Y}."
        if known == NO_RETURN:
            why = self.register.excepted(self.period).get(service.plan_code.lower())
            yield f"No return is expected: {why}" if why else "No return for this month."
        if service.opened is not None and service.opened > self.period.last:
            yield f"Opens on {service.opened:%d/%m/%Y}."
        if known == DELETED:
            yield "Its row was deleted; the next tracker has it again."
        if row and known != RETURN:
            yield f"As in the return of {Period.read(str(row['period'])).words}."
        elif row and str(row["period"]) != str(self.period):
            yield f"Left the plan after the return of {Period.read(str(row['period'])).words}."

    def milestones(self, given: Sequence[ProviderActionLine], parts: pd.DataFrame) -> pd.DataFrame:
        """The milestones of the provider actions, each with how many parts have it in which state, in words."""
        returned = parts[parts["known"] == RETURN]
        counts: dict[tuple[str, str], Counter[str]] = {}
        whose = {
            action_of(code, ref): folded(action)
            for code, ref, action in zip(returned["service"], returned["ref"], returned["action"], strict=True)
        }
        for frame in self.summary.records.only(("progress",)).parts(MILESTONES):
            if not {"action", "ref", "progress"} <= set(frame.columns):
                continue
            for code, action, ref, word in frame[["service", "action", "ref", "progress"]].itertuples(index=False):
                whole, own = whose.get(action_of(code, action)), f"{folded(action)}-"
                if whole is not None and folded(ref).startswith(own):
                    counts.setdefault((whole, folded(ref).removeprefix(own)), Counter())[str(word)] += 1
        numbers = Counter(map(folded, returned["action"]))
        rating = self.summary.rating_of(MILESTONES, "progress")
        words = [] if rating is None else [state.word for state in reversed(rating.states)]
        rows = [
            (line.ref, step.ref, step.milestone, step.due, step.evidence_required,
             found_words(counts.get((folded(line.ref), folded(step.ref)), Counter()), words, numbers[folded(line.ref)]))
            for line in given
            for step in milestones_of(self.register, line)
        ]  # fmt: skip
        frame = pd.DataFrame(rows, columns=list(STEPS))
        return frame.assign(due=pd.to_datetime(frame["due"]).astype("datetime64[s]"))


def found_words(counts: Mapping[str, int], words: Sequence[str], parts: int) -> str:
    """How many parts with a return have a milestone in each of the states `words`, and how many lack it.

    >>> found_words({"Late": 1, "Reached": 2}, ["Reached", "Late"], 4)
    '2 reached, 1 late, 1 without it, of 4 services with a return'
    """
    found = [f"{counts[word]} {word.lower()}" for word in words if word in counts]
    without = parts - sum(counts.values())
    found += [f"{without} without it"] if without > 0 else []
    return f"{', '.join(found)}, of {plural(parts, 'service')} with a return" if found else "no service with a return"
