"""Lines of the register and matters of meetings about an action that no plan has, and parts of provider actions that the register lacks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from qipxl.provider.head_office_facts import Action, action_of
from qipxl.provider.meetings.matters import MatterLine
from qipxl.provider.provider_actions import gone_action
from qipxl.provider.register import Register
from qipxl.provider.register_schema import (
    ActionLine,
    DecisionLine,
    ExtensionLine,
    ProviderActionLine,
    QuestionLine,
    VerificationLine,
)
from qipxl.summary.summary import ProviderSummary
from qipxl.text import folded, names_text

UNKNOWN_ACTION = "Action that no plan has"
PARTS_LEFT = "Parts of a provider action that is gone"
Dated = tuple[ActionLine | QuestionLine | MatterLine, date]


def without_action(register: Register, summary: ProviderSummary) -> Iterator[tuple[str, str, str, str, str, str]]:
    """A line LINK for each line and matter of the summary's month about an action that the return of its service does not have."""
    accepted = summary.returns.accepted
    names = dict(zip(map(folded, accepted["service"]), accepted["name"], strict=True))
    known: set[Action] = set(map(action_of, summary.actions["service"], summary.actions["ref"]))
    for line, day in dated_lines(register):
        now = (day.year, day.month) == (summary.as_at.year, summary.as_at.month)
        code = folded(line.service)
        if now and line.action and code in names and action_of(code, line.action) not in known:
            where = line.named if isinstance(line, MatterLine) else f"{line.sheet}, row {line.row}"
            what = f"{where}: no action of {names[code]} has the Ref {line.action}, so this changes no rating and reaches no action."
            yield (
                UNKNOWN_ACTION,
                line.ref if isinstance(line, MatterLine) else "",
                line.service,
                names[code],
                what,
                line.action,
            )


def dated_lines(register: Register) -> Iterator[Dated]:
    """The lines of the register that a person typed, and the discussed matters of meetings, each with its date."""
    typed: list[Dated] = [(line, line.decided_on) for line in register.of(DecisionLine)]
    typed += [(line, line.approved_on) for line in register.of(ExtensionLine)]
    typed += [(line, line.verified_on) for line in register.of(VerificationLine)]
    typed += [(line, line.asked_on) for line in register.of(QuestionLine)]
    yield from ((line, day) for line, day in typed if line.row)
    yield from ((line, line.held_on) for line in register.of(MatterLine) if line.was_discussed)


def parts_left(register: Register, summary: ProviderSummary) -> Iterator[tuple[str, str, str, str, str, str]]:
    """A line LINK for each provider action that the register does not have any more, while plans have open parts of it."""
    actions = summary.current
    if not {"finished", "source_reference"} <= set(actions.columns):
        return
    left = actions[~actions["finished"].fillna(False).astype(bool)]
    named = left["source_reference"].unique().tolist()
    gone = left["source_reference"].map({text: gone_action(register, text) for text in named})
    for ref, parts in left.groupby(gone[gone != ""], sort=True):
        verb = "has" if len(parts) == 1 else "have"
        what = (
            f"{ref} is not on {ProviderActionLine.sheet} any more; {names_text([*parts['name'].astype(str)])} still {verb} a part of it. If its "
            "Ref was changed, change it back; else the parts can be withdrawn."
        )
        yield (
            PARTS_LEFT,
            str(ref),
            "",
            "Whole provider",
            what,
            names_text([*parts["ref"].astype(str).drop_duplicates()]),
        )
