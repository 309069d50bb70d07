"""Actions of the provider: which services have a part, under which Ref, and how the part gets into a tracker.

A part is an action of the service like any other. It is added to the first tracker from the month of the register on, and to a
later one as long as no return of the service had it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, count

import pandas as pd

from qipxl.archive.store import ISSUED, Archive
from qipxl.errors import RequestError
from qipxl.periods import Period
from qipxl.provider.head_office_facts import Action, action_of
from qipxl.provider.plans import Plans
from qipxl.provider.put_back import removed_refs
from qipxl.provider.register import Register
from qipxl.provider.register_schema import ProviderActionLine, ProviderMilestoneLine, ServiceLine
from qipxl.provider.table_room import Row
from qipxl.services import ref_prefix
from qipxl.template import Template
from qipxl.text import as_text, folded, names_text
from qipxl.tracker.news import NewsLine
from qipxl.workbook.stamp import row_digest

ACTIONS, MILESTONES, EXTENSIONS = "actions", "milestones", "extensions"
WORDS = ("issue", "intended_change", "success_measure", "must_should", "source")
"""The fields of a part whose texts come from the register."""
MOVED = "The provider moved the date."
PART_OF = re.compile(r"Provider action ([^,]+),")
"""The beginning of a part's source reference, with the Ref of the provider action."""


@dataclass(frozen=True)
class PartRefs:
    """What earlier returns say about the Refs of parts, by service and Ref.

    own: actions that the service entered itself, so that a part needs another Ref. seen: actions and milestones that a return had.
    issued: the digest of each action's row as it was issued first.
    """

    own: Collection[Action] = frozenset()
    seen: Mapping[str, Collection[Action]] = field(default_factory=dict)
    issued: Mapping[Action, str] = field(default_factory=dict)

    def of(self, line: ProviderActionLine, code: str) -> str:
        """The Ref of a service's part: that of the provider action, or with the service's code in front if the service uses it."""
        own = f"{ref_prefix(code)}-{line.ref}"
        refs = chain((line.ref, own), (f"{own}-{number}" for number in count(2)))
        return next(ref for ref in refs if action_of(code, ref) not in self.own)


def lines_in(register: Register, period: Period) -> list[ProviderActionLine]:
    """The provider actions of a month: those whose first month has come."""
    return [line for line in register.of(ProviderActionLine) if line.since <= str(period)]


def milestones_of(register: Register, line: ProviderActionLine) -> list[ProviderMilestoneLine]:
    """The milestones of a provider action, in the order of the register."""
    return [step for step in register.of(ProviderMilestoneLine) if folded(step.provider_action) == folded(line.ref)]


def services_of(register: Register, line: ProviderActionLine) -> list[ServiceLine]:
    """The plans of services that a provider action is for, open or not, in the order of the register.

    Of a service with several plans it is the one that the line names, else the one without a name, else the first.
    """
    former, services = register.former_codes, register.of(ServiceLine)
    if line.codes:
        named = [register.plans.named(former.get(folded(code), code)) for code in line.codes]
    else:
        chosen = [each for each in services if folded(line.template) in ("", folded(register.template_of(each)))]
        named = [*Plans(chosen).of_service.values()]
    given = {next((plan for plan in plans if not plan.plan), plans[0]).plan_code for plans in named if plans}
    return [service for service in services if service.plan_code in given]


def part_refs(archive: Archive, register: Register, period: Period) -> PartRefs:
    """What the returns of the months before `period` say about the Refs of parts; nothing is read if there is no provider action."""
    lines = lines_in(register, period)
    if not lines:
        return PartRefs()
    earlier = archive.before(period)
    issued = earlier.table(ISSUED, ["table", "ref", "digest"])
    issued = with_actions(issued[issued["table"] == ACTIONS])
    seen = {key: with_actions(earlier.table(key, ["ref"])) for key in (ACTIONS, MILESTONES)}
    first_issue = issued.sort_values("period", kind="stable").drop_duplicates("about").set_index("about")
    since = {folded(line.ref): line.since for line in lines}
    own: set[Action] = set()
    first_seen = seen[ACTIONS].sort_values("period", kind="stable").drop_duplicates("about")
    for action, month in zip(first_seen["about"], first_seen["period"], strict=True):
        code, ref = action
        begins = min((since[name] for name in since if is_ref_of(ref, code, name)), default="")
        given = first_issue["period"].get(action) if action in first_issue.index else None
        if begins and (given is None or str(given) > str(month) or str(given) < begins):
            own.add(action)
    digests = dict(zip(first_issue.index, first_issue["digest"].astype(str), strict=True))
    return PartRefs(own, {key: set(frame["about"]) for key, frame in seen.items()}, digests)


def gone_action(register: Register, source_reference: object) -> str:
    """The Ref of the provider action that a part comes from, if the register does not have it any more."""
    found = PART_OF.match(as_text(source_reference or ""))
    known = {folded(line.ref) for line in register.of(ProviderActionLine)}
    return found[1] if found is not None and folded(found[1]) not in known else ""


def is_ref_of(ref: str, code: str, name: str) -> bool:
    """True if a folded Ref is that of a provider action, or a Ref that a service's part has if the first one is in use.

    >>> [is_ref_of(ref, "elm", "p-01") for ref in ("p-01", "elm-p-01", "elm-p-01-2", "p-010")]
    [True, True, True, False]
    """
    own = f"{ref_prefix(code)}-{name}"
    return ref in (name, own) or ref.startswith(f"{own}-")


def with_actions(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the archive that have a Ref, with the service and Ref of each in `about`."""
    about = [action_of(code, ref) for code, ref in zip(rows["service"], rows["ref"], strict=True)]
    frame = rows.assign(about=pd.Series(about, index=rows.index, dtype=object))
    return frame.loc[[ref != "" for _, ref in about]]


def refuse_unknown_words(register: Register, period: Period, templates: Collection[Template]) -> None:
    """Raise RequestError with each word of a provider action that is in no list of the templates, so that no tracker could hold it."""
    mistakes = []
    for line in lines_in(register, period):
        for name in ("must_should", "source"):
            for template in templates:
                column = next((each for each in template.tables[ACTIONS].field if each.key == name), None)
                options = template.options(column) if column is not None else ()
                said = str(getattr(line, name))
                if options and folded(said) not in map(folded, options):
                    title = line.columns()[name].title
                    mistakes.append(
                        f'{line.sheet}, row {line.row}: {title} says "{said}". Choose one of: {", ".join(options)}.'
                    )
    if mistakes:
        listed = "\n".join(f"- {mistake}" for mistake in dict.fromkeys(mistakes))
        raise RequestError(f"{register.path.name} has words that the trackers do not know:\n{listed}")


@dataclass(frozen=True)
class Parts:
    """The parts that a service has in a month: what is needed to add them to a tracker and to keep them up to date."""

    register: Register
    refs: PartRefs
    period: Period
    template: Template
    code: str

    def lines(self) -> Iterator[tuple[ProviderActionLine, str]]:
        """Each provider action in which the service has a part, with the part's Ref; none that head office removed."""
        removed = removed_refs(self.register, self.period.last)
        for line in lines_in(self.register, self.period):
            if folded(self.code) in [folded(service.plan_code) for service in services_of(self.register, line)]:
                ref = self.refs.of(line, self.code)
                if action_of(self.code, ref) not in removed:
                    yield line, ref

    def new(self) -> list[tuple[ProviderActionLine, str]]:
        """The parts that no return of the service had."""
        seen = self.refs.seen.get(ACTIONS, ())
        return [(line, ref) for line, ref in self.lines() if action_of(self.code, ref) not in seen]

    def put_into(self, rows: dict[str, list[Row]]) -> list[NewsLine]:
        """Add new parts and their milestones to the rows of a tracker, and bring later dates into the others; what Start here says."""
        new = {folded(ref) for _, ref in self.new()}
        news: list[NewsLine] = []
        for line, ref in self.lines():
            present = next((row for row in rows[ACTIONS] if folded(row.get("ref")) == folded(ref)), None)
            if folded(ref) in new and present is None:
                rows[ACTIONS] = [*rows[ACTIONS], self.row(line, ref)]
                news += self.given(line, ref)
            elif present is not None and not isinstance(present.get("completed_on"), date):
                news += [*self.move_date(line, ref, present, rows), *self.other_words(line, ref, present)]
            if present is not None or folded(ref) in new:
                news += self.put_milestones(line, ref, rows, is_new=folded(ref) in new)
        return news + [
            NewsLine(
                f"is no longer on the provider's list of its actions ({gone}). It stays in your plan until you withdraw it.",
                str(row["ref"]),
            )
            for row in rows[ACTIONS]
            if (gone := gone_action(self.register, row.get("source_reference"))) and row.get("ref")
        ]

    def row(self, line: ProviderActionLine, ref: str) -> Row:
        """The row of a new part."""
        row: Row = {name: getattr(line, name) for name in WORDS}
        row |= {
            "ref": ref,
            "source_reference": f"Provider action {line.ref}, {line.title}, decided by {line.decided_by}",
        }
        row |= {"accountable_lead": line.owner, "due": line.due, "original_due": line.due}
        statuses = [field for field in self.template.tables[ACTIONS].field if field.key == "status"]
        row |= {field.key: self.template.options(field)[0] for field in statuses}
        return self.known_fields(ACTIONS, row)

    def known_fields(self, key: str, row: Row) -> Row:
        """Those cells of a row that the template has a column for."""
        fields = {each.key for each in self.template.tables[key].field}
        return {name: value for name, value in row.items() if name in fields}

    def given(self, line: ProviderActionLine, ref: str) -> Iterator[NewsLine]:
        """What Start here says about a new part, and about one that was issued and that no return had."""
        again = action_of(self.code, ref) in self.refs.issued
        what = "was missing from your return and is in the plan again" if again else "is new"
        yield NewsLine(
            f"{what}: the provider's action {line.title} ({line.owner}), for your service too. Name its owner.", ref
        )
        if ref != line.ref:
            words = f"{line.ref} is an action of your own. The provider's action {line.ref} is {ref} in your plan."
            yield NewsLine(words)

    def put_milestones(
        self, line: ProviderActionLine, ref: str, rows: dict[str, list[Row]], *, is_new: bool
    ) -> list[NewsLine]:
        """Add the milestones that no return of the service had; move the dates of the others."""
        if MILESTONES not in self.template.tables:
            return []
        present = {folded(row.get("ref")): row for row in rows[MILESTONES]}
        added: list[Row] = []
        news: list[NewsLine] = []
        for step in milestones_of(self.register, line):
            own = f"{ref}-{step.ref}"
            row = present.get(folded(own))
            if row is not None:
                news += self.move_milestone(line, ref, step, row, rows)
            elif action_of(self.code, own) not in self.refs.seen.get(MILESTONES, ()):
                cells = {"ref": own, "action": ref, "milestone": step.milestone, "due": step.due}
                added.append(self.known_fields(MILESTONES, cells | {"evidence_required": step.evidence_required}))
        rows[MILESTONES] = [*rows[MILESTONES], *added]
        if added and not is_new:
            names = names_text([str(row["ref"]) for row in added])
            news.append(NewsLine(f"has new milestones from the provider: {names}.", ref))
        return news

    def move_date(self, line: ProviderActionLine, ref: str, row: Row, rows: dict[str, list[Row]]) -> Iterator[NewsLine]:
        """Log a later due date of the register as an extension of a part, once; say so if the register's date is earlier than the plan's."""
        allowed = latest_date(row.get("original_due"), self.extensions(rows, ref, ""))
        due = row.get("due")
        if allowed is not None and line.due > allowed:
            self.extend(rows, line, {"action": ref, "from_date": allowed, "to_date": line.due})
            row["due"] = max(line.due, due) if isinstance(due, date) else line.due
            yield NewsLine(
                f"has a later due date from the provider: {line.due:%d/%m/%Y}. The extension is logged.", ref
            )
        elif allowed == row.get("original_due") and isinstance(due, date) and line.due < due:
            yield NewsLine(f"is due on {line.due:%d/%m/%Y} for the provider, and on {due:%d/%m/%Y} in your plan.", ref)

    def move_milestone(
        self, line: ProviderActionLine, ref: str, step: ProviderMilestoneLine, row: Row, rows: dict[str, list[Row]]
    ) -> Iterator[NewsLine]:
        """Log a later date of the register as an extension of a milestone, once, unless it is done."""
        own = str(row.get("ref"))
        allowed = latest_date(row.get("due"), self.extensions(rows, ref, own))
        if allowed is None or step.due <= allowed or isinstance(row.get("done_on"), date):
            return
        self.extend(rows, line, {"action": ref, "milestone": own, "from_date": allowed, "to_date": step.due})
        row["revised_due"] = step.due
        yield NewsLine(f"{own} has a later date from the provider: {step.due:%d/%m/%Y}. The extension is logged.", ref)

    def extensions(self, rows: Mapping[str, Sequence[Row]], ref: str, milestone: str) -> list[Row]:
        """The extensions of a part, or of one of its milestones."""
        return [
            row
            for row in rows.get(EXTENSIONS, ())
            if folded(row.get("action")) == folded(ref) and folded(row.get("milestone")) == folded(milestone)
        ]

    def extend(self, rows: dict[str, list[Row]], line: ProviderActionLine, cells: Row) -> None:
        """Add an extension that the provider decided."""
        if EXTENSIONS in self.template.tables:
            row = cells | {"reason": MOVED, "approved_by": line.decided_by}
            rows[EXTENSIONS] = [*rows[EXTENSIONS], self.known_fields(EXTENSIONS, row)]

    def other_words(self, line: ProviderActionLine, ref: str, row: Row) -> Iterator[NewsLine]:
        """The texts of the register that changed since the part was given, as long as the plan has others; the plan's stay."""
        now = self.row(line, ref) | {name: row.get("original_due") for name in ("due", "original_due")}
        as_now = row_digest(now.get(each.key) for each in self.template.tables[ACTIONS].field)
        if self.refs.issued.get(action_of(self.code, ref)) in (None, as_now):
            return
        headings = {each.key: each.heading for each in self.template.tables[ACTIONS].field}
        for name in WORDS:
            said = str(getattr(line, name))
            if name in headings and folded(row.get(name)) != folded(said):
                yield NewsLine(
                    f"{headings[name]} is now, for the provider: {said} Yours stays until you change it.", ref
                )


def latest_date(first: object, extensions: Sequence[Row]) -> date | None:
    """The latest of a first date and the dates of extensions; None if there is none."""
    days = [first, *(row.get("to_date") for row in extensions)]
    return max((day for day in days if isinstance(day, date)), default=None)
