"""The agenda of a meeting: the matters that the month's ratings put on it, and those that earlier meetings left open."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count

import pandas as pd

from qipxl.indicators.series import WHOLE
from qipxl.periods import Period
from qipxl.provider.head_office_facts import Action, QuestionRef, action_of
from qipxl.provider.judgements import judged_tables, words_for
from qipxl.provider.meetings.agenda_words import Row, filled_in, says, shown, so_far, support_words, with_subject
from qipxl.provider.meetings.kinds import Also, Kind, Kinds, Reason, Rows
from qipxl.provider.meetings.matters import Matter, MatterLine, matters_of
from qipxl.provider.register_schema import JUDGEMENTS, STRENGTHS
from qipxl.summary.finding_records import Trend
from qipxl.summary.indicator_lists import chart_finding, linked_actions
from qipxl.summary.plain_words import rating_words, reason_words, sentence, why_words
from qipxl.summary.summary import ProviderSummary
from qipxl.summary.trends import trend_of
from qipxl.text import folded

OUTLIERS, INDICATORS = "outliers", "indicators"
"""The tables that are not in returns: services compared with each other, and each indicator over time."""
ACTION_SAYS = {"Progress": "progress", "Control until then": "interim_control"}
"""What the service wrote about an action, read out with each of its matters."""
EARLIER = "earlier"
"""The reason of a matter that an earlier meeting left open."""
Key = tuple[str, str, str, str]
"""What a matter is about: the reason, and the service, the action and the indicator, all folded."""


@dataclass(frozen=True)
class AgendaMatter:
    """A matter on an agenda, with what the month says about it and what was asked before; `trend` is drawn as a chart."""

    ref: str
    reason: str
    service: str
    name: str
    action: str
    indicator: str
    item: str
    finding: str
    why: str
    said: str
    before: str
    trend: Trend | None = None


@dataclass(frozen=True)
class Agenda:
    """The agenda of one meeting, in the order of its reasons; `levels` are the words of the levels of escalation, `judgements` those
    in which evidence may be judged."""

    kind: Kind
    period: Period
    provider: str
    matters: Sequence[AgendaMatter]
    levels: Sequence[str] = ()
    judgements: Sequence[str] = JUDGEMENTS
    services: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Found:
    """The rows that make one matter, before they become words."""

    reason: Reason
    code: str
    action: str
    indicator: str
    called: str = ""
    """The name of the indicator, if it is about one."""
    items: list[str] = field(default_factory=list)
    judged: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    """What other reasons say about the same figure."""

    @property
    def key(self) -> Key:
        return self.reason.key, folded(self.code), folded(self.action), folded(self.indicator)


@dataclass(frozen=True)
class AgendaMaker:
    """Finds the matters of one meeting in a month's summary."""

    summary: ProviderSummary
    kinds: Kinds
    kind: Kind
    period: Period
    earlier: Mapping[str, Matter]
    own_refs: Mapping[Key, str] = field(default_factory=dict)
    """The Refs that this meeting's book gave already, if it was read before."""

    @cached_property
    def actions(self) -> dict[Action, int]:
        """The place of each action in the summary's frame, this month's before those that left their plans."""
        keys = zip(self.frame["service"], self.frame["ref"], strict=True)
        places: dict[Action, int] = {}
        for place, (code, ref) in enumerate(keys):
            places.setdefault(action_of(code, ref), place)
        return places

    @cached_property
    def frame(self) -> pd.DataFrame:
        """All actions with the template of their service."""
        actions = self.summary.actions
        order = actions["return"] < 0
        whole = actions.loc[order.sort_values(kind="stable").index].reset_index(drop=True)
        templates = whole["service"].map(folded).map(self.templates).fillna("").rename("template")
        return pd.concat([whole, templates], axis=1)

    @cached_property
    def decided(self) -> pd.DataFrame:
        """Who decided last about each escalated action, and when, by its place in the frame."""
        escalated = self.summary.escalated
        if "decided_by" not in escalated.columns:
            return pd.DataFrame(columns=["decided_by"])
        keys = zip(escalated["service"], escalated["ref"], strict=True)
        by = {self.actions[action_of(*key)]: who for key, who in zip(keys, escalated["decided_by"], strict=True)}
        return pd.DataFrame({"decided_by": by})

    @cached_property
    def templates(self) -> dict[str, str]:
        """The template of each service's return, by the service's code, folded."""
        accepted = self.summary.returns.accepted
        return dict(zip(accepted["service"].map(folded), accepted["template"].astype(str), strict=True))

    @cached_property
    def names(self) -> dict[str, str]:
        """The services' names by their codes, folded."""
        return {folded(code): name for code, name in self.summary.every_name.items()}

    def agenda(self) -> Agenda:
        """The whole agenda."""
        known = {line_key(matter.first): matter for matter in self.earlier.values() if matter.is_open}
        wanted = {key for key, matter in known.items() if self.is_wanted(matter)}
        found = once_each([each for reason in self.kinds.reasons_of(self.kind) for each in self.found(reason)], wanted)
        figures = {key[1::2]: matter for key, matter in known.items() if key[3]}
        matters, used, given = list[AgendaMatter](), set[str](), set(self.own_refs.values())
        free = (ref for number in count(1) if (ref := f"{self.kind.prefix}-{self.period}-{number:02d}") not in given)
        for each in found:
            before = known.get(each.key) or figures.get(each.key[1::2])
            ref = self.own_refs.get(each.key) or next(free) if before is None else before.ref
            used.add(ref)
            matters.append(self.matter(each, ref, before))
        left = [matter for key, matter in known.items() if matter.ref not in used and key in wanted]
        matters += [self.still_open(matter) for matter in sorted(left, key=lambda matter: matter.first.held_on)]
        escalation = next(rating for rating in self.summary.ratings if rating.column.key == "escalation")
        levels = [f"{state.letter} {state.word}" for state in reversed(escalation.states)]
        words = [
            word
            for template in self.summary.in_use
            for table in judged_tables(template)
            for word in words_for(template, table)
        ]
        judgements = [*JUDGEMENTS, *(word for word in STRENGTHS if word in words)]
        return Agenda(self.kind, self.period, self.summary.provider, matters, levels, judgements, self.summary.names)

    def is_wanted(self, matter: Matter) -> bool:
        """True if an open matter of an earlier meeting belongs on this agenda."""
        return self.kind.every_open_matter or any(line.kind == self.kind.key for line in matter.lines)

    def found(self, reason: Reason) -> list[Found]:
        """The matters of a reason, by service and action."""
        found: dict[Key, Found] = {}
        for rows in reason.rows:
            for row in self.rows(rows):
                each = self.about(reason, rows, row)
                if not self.is_allowed(each):
                    continue
                each = found.setdefault(each.key, each)
                if item := filled_in(rows.item, row):
                    each.items.append(item)
                each.said += says(rows.says, row)
                if reason.judged and row.get("ref"):
                    each.judged.append(str(row["ref"]))
        return sorted(found.values(), key=lambda each: (self.names.get(folded(each.code), each.code), each.key))

    def rows(self, rows: Rows) -> Iterator[Row]:
        """The rows of a table that its columns put on the agenda."""
        frame = self.table(rows.table)
        if frame is None or not len(frame) or not {rows.column, rows.blank or rows.column} <= set(frame.columns):
            return
        values = frame[rows.column]
        if rows.values:
            words = {folded(value) for value in rows.values}
            chosen = values.map(lambda value: folded(str(value).partition(" (")[0]) in words or folded(value) in words)
        else:
            chosen = values.fillna(False).astype(bool)
        if rows.blank:
            chosen &= frame[rows.blank].isna() | (frame[rows.blank].astype(str) == "")
        if rows.table == "actions" and not rows.left_plan:
            chosen &= frame["return"] >= 0
        for row in frame[chosen.astype(bool)].to_dict("records"):
            action = self.action(row["service"], row.get("action"))
            is_right = not rows.of_action or (action is not None and bool(action.get(rows.of_action)))
            template = self.templates.get(folded(row["service"]), "")
            if is_right and (not rows.templates or template in rows.templates):
                yield row

    def table(self, key: str) -> pd.DataFrame | None:
        """A table of the month."""
        if key == "actions":
            return self.frame
        if key == OUTLIERS:
            return self.summary.impact.outliers
        if key == INDICATORS:
            lines = self.summary.impact.judged.lines
            own = lines[lines["name"] != WHOLE]
            return own.assign(finding=[chart_finding(line) for _, line in own.iterrows()])
        return self.summary.records.get(key)

    def about(self, reason: Reason, rows: Rows, row: Row) -> Found:
        """The matter that a row belongs to: one of its action, or of its indicator with the first action that links it."""
        code = str(row["service"])
        if rows.table in (OUTLIERS, INDICATORS):
            indicator = str(row["ref"])
            linking = self.summary.impact.actions_of(code, indicator)
            place = next(
                (self.actions[folded(code), ref] for ref in linking if (folded(code), ref) in self.actions), None
            )
            linked = "" if place is None else str(self.frame["ref"].iloc[place])
            return Found(reason, code, linked, indicator, str(row["indicator"] or indicator))
        ref = row["ref"] if rows.table == "actions" else row.get("action")
        action = self.action(code, ref)
        return Found(reason, code, str(ref or "") if action is None else str(action["ref"]), "")

    def action(self, code: object, ref: object) -> Row | None:
        """An action's row; None if no plan has it."""
        place = self.actions.get(action_of(code, ref))
        return None if place is None else self.frame.iloc[place].to_dict()

    def is_allowed(self, found: Found) -> bool:
        """True if the kind of meeting is about the action."""
        if not self.kind.only:
            return True
        action = self.action(found.code, found.action) or {"template": self.templates.get(folded(found.code), "")}
        return any(condition.holds(action.get(condition.column)) for condition in self.kind.only)

    def matter(self, found: Found, ref: str, before: Matter | None) -> AgendaMatter:
        """A matter in words."""
        said = [*found.said, *(text for also in found.reason.also for text in self.also(also, found))]
        action = self.action(found.code, found.action)
        said += says(ACTION_SAYS, action or {})
        why = [*found.items, *found.others]
        if action is not None:
            why.append(self.position(found.code, found.action, found.reason.because))
        answer = self.answer(before.ref if before is not None else "", found.code, found.indicator)
        return AgendaMatter(
            ref,
            found.reason.key,
            found.code,
            self.names.get(folded(found.code), found.code),
            found.action,
            found.indicator,
            "; ".join(dict.fromkeys(found.judged)),
            with_subject(found.reason.words(len(found.items)), found.called or str((action or {}).get("issue") or "")),
            "\n".join(why),
            "\n".join(dict.fromkeys(filter(None, [*said, answer]))),
            "" if before is None else so_far(before),
            self.trend(found.code, found.indicator) if found.indicator else None,
        )

    def position(self, code: object, ref: object, because: str) -> str:
        """How an action is rated now and why, who owns it and when it is due; or the month in which it left its plan."""
        line = self.frame.iloc[[self.actions[action_of(code, ref)]]]
        line = line.join(self.decided)
        reasons = reason_words(self.summary, line) if because == "escalation" else why_words(self.summary, line)
        row = line.to_dict("records")[0]
        days = [f"due {shown(row['due'])}"] if shown(row.get("due")) else []
        owner = [f"owner {row['owner']}"] if row.get("owner") else []
        words = (
            f"{rating_words(self.summary, line)[0]}: {reasons[0]}."
            if reasons[0]
            else f"{rating_words(self.summary, line)[0]}."
        )
        left = (
            f" It left the plan after {Period.read(str(row['period'])).words}." if float(str(row["return"])) < 0 else ""
        )
        known = sentence(", ".join([*owner, *days]))
        return f"{words}{left}{f' {known}.' if known else ''}"

    def also(self, also: Also, found: Found) -> list[str]:
        """What the latest row of another table about the same action or indicator says."""
        frame = self.summary.records.get(also.table)
        if frame is None or also.by not in frame.columns or not set(also.says.values()) <= set(frame.columns):
            return []
        column, wanted = ("indicator", found.indicator) if found.indicator else ("action", found.action)
        own = frame[
            (frame["service"].map(folded) == folded(found.code)) & (frame[column].map(folded) == folded(wanted))
        ]
        own = own[(own[list(also.says.values())].fillna("") != "").any(axis=1) & own[also.by].notna()]
        latest = own.sort_values(also.by, kind="stable").tail(1).to_dict("records")
        return says(also.says, latest[0]) if latest else []

    def answer(self, ref: str, code: str, indicator: str) -> str:
        """What the service answered to this matter, or to head office's question about the indicator, on its sheet Challenge."""
        frame = self.summary.records.get("challenge")
        if frame is None:
            return ""
        for row in frame[frame["service"].map(folded) == folded(code)].to_dict("records"):
            question = QuestionRef.read(str(row["ref"]))
            asked = question.month is not None and indicator != "" and folded(question.indicator) == folded(indicator)
            own = self.earlier.get(str(row["ref"]))
            agreed = () if own is None else {folded(support_words(line.support)) for line in own.lines}
            if folded(row.get("follow_up") or "") in agreed:  # the meeting wrote it, not the service
                continue
            if ((ref and folded(row["ref"]) == folded(ref)) or asked) and row.get("follow_up"):
                closed = f" (closed {shown(row['closed_on'])})" if shown(row.get("closed_on")) else ""
                return f"Follow up: {row['follow_up']}{closed}"
        return ""

    def trend(self, code: str, indicator: str) -> Trend | None:
        """The chart of a service's indicator; None if it has no figures."""
        judged = self.summary.impact.judged
        pairs = zip(judged.lines["service"].map(folded), judged.lines["ref"].map(folded), strict=True)
        row = next((row for row, pair in enumerate(pairs) if pair == (folded(code), folded(indicator))), None)
        if row is None or not pd.notna(judged.series.values[row]).any():
            return None
        return trend_of(judged, row, linked_actions(self.summary).get(row, ()))

    def figure_now(self, found: Found) -> Iterator[str]:
        """What the month says about a figure that its reason does not put on the agenda any more."""
        for rows in found.reason.rows:
            frame = self.table(rows.table)
            if rows.table in (OUTLIERS, INDICATORS) and frame is not None:
                pairs = zip(frame["service"].map(folded), frame["ref"].map(folded), strict=True)
                own = [pair == (folded(found.code), folded(found.indicator)) for pair in pairs]
                yield from (filled_in(rows.item, row) for row in frame[own].to_dict("records"))

    def still_open(self, matter: Matter) -> AgendaMatter:
        """A matter that an earlier meeting left open, and that the month's ratings do not put on the agenda."""
        first = matter.first
        action = self.action(first.service, first.action)
        why, narrative = [f"Open since {first.named}."], list[str]()
        if first.indicator:
            reasons = [each for each in self.kinds.reason if each.key == first.reason]
            about = [Found(reason, first.service, first.action, first.indicator) for reason in reasons]
            why += [item for each in about for item in self.figure_now(each)]
            narrative = [text for each in about for also in each.reason.also for text in self.also(also, each)]
        if action is not None:
            why.append(self.position(first.service, first.action, "headline"))
        elif first.service and folded(first.service) not in self.templates:
            is_expected = folded(first.service) in map(folded, self.summary.names)
            missing = f"There is no usable return of {self.period.words}."
            why.append(missing if is_expected else "The service sends no returns any more.")
        elif first.action:
            why.append("No plan has this action.")
        said = [*narrative, *says(ACTION_SAYS, action or {}), self.answer(matter.ref, first.service, "")]
        name = self.names.get(folded(first.service), first.service)
        trend = self.trend(first.service, first.indicator) if first.indicator else None
        return AgendaMatter(
            matter.ref, first.reason or EARLIER, first.service, name, first.action, first.indicator, "", matter.text("finding"),
            "\n".join(why), "\n".join(filter(None, said)), so_far(matter), trend,
        )  # fmt: skip


def agenda_of(
    summary: ProviderSummary, kinds: Kinds, kind: Kind, period: Period, recorded: Sequence[MatterLine]
) -> Agenda:
    """The agenda of a meeting about a month.

    summary: the month's summary, with every column of its rows.
    recorded: what meetings have recorded; those of later months, and of this meeting itself, are left out.
    """
    own = [line for line in recorded if (line.month, line.kind) == (str(period), kind.key)]
    others = [line for line in recorded if (line.month, line.kind) != (str(period), kind.key)]
    begins = f"{kind.prefix}-{period}-"
    refs = {line_key(line): line.ref for line in own if line.reason and line.ref.startswith(begins)}
    return AgendaMaker(summary, kinds, kind, period, matters_of(others, up_to=period), refs).agenda()


def once_each(found: Sequence[Found], earlier: Collection[Key]) -> list[Found]:
    """A figure that several reasons put on the agenda is one matter, of the first reason; see also `Reason.if_no_other`.

    earlier: what the open matters of earlier meetings are about.
    """
    kept, figures = list[Found](), dict[tuple[str, ...], Found]()
    others = {each.key for each in found if not each.reason.if_no_other} | set(earlier)
    for each in found:
        if each.reason.if_no_other and any(key[1:] == each.key[1:] for key in others if key[0] != each.reason.key):
            continue
        first = figures.setdefault(each.key[1::2], each) if each.indicator else each
        if first is each:
            kept.append(each)
        else:
            first.others += each.items
    return kept


def line_key(line: MatterLine) -> Key:
    """What a recorded matter is about."""
    return line.reason, folded(line.service), folded(line.action), folded(line.indicator)
