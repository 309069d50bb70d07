"""What meetings recorded, in a service's next tracker: rows of its sheet Challenge, and sentences on Start here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from qipxl.periods import Period
from qipxl.provider.meetings.agenda_words import support_words
from qipxl.provider.meetings.matters import Matter, MatterLine, matters_of
from qipxl.provider.register import Register
from qipxl.provider.table_room import Row
from qipxl.text import ended, folded, printable
from qipxl.tracker.news import NewsLine

CHALLENGE = "challenge"
PLANS = ("actions", "finished")
"""The tables in which a challenge may name an action."""


def matters_about(register: Register, code: str, until: date) -> dict[str, Matter]:
    """The discussed matters about a service of the meetings held up to a day, by their folded Refs."""
    found = matters_of(register.of(MatterLine), until=until)
    return {
        folded(ref): matter
        for ref, matter in found.items()
        if folded(matter.first.service) == folded(code) and matter.was_discussed
    }


def is_settled(register: Register, code: str, until: date, ref: object) -> bool:
    """True if a challenge is a matter that a meeting has closed."""
    matter = matters_about(register, code, until).get(folded(ref))
    return matter is not None and matter.closed_on is not None


def add_matters(register: Register, code: str, period: Period, rows: Mapping[str, list[Row]]) -> list[NewsLine]:
    """Add a challenge for each open matter about an action, close those that a meeting has closed, and say what meetings said.

    A row that the service has kept stays as it is, but for what a later meeting asked; one that it has deleted comes back. `rows` is
    changed in place.
    """
    matters, news = matters_about(register, code, period.last), list[NewsLine]()
    since = period.plus(-1).first
    challenges = rows.get(CHALLENGE)
    present = {} if challenges is None else {folded(row.get("ref")): row for row in challenges}
    plans = {folded(row.get("ref")): row["ref"] for key in PLANS for row in rows.get(key, ()) if row.get("ref")}
    for key, matter in matters.items():
        row = present.get(key)
        if row is not None and matter.closed_on is not None and not row.get("closed_on"):
            row["closed_on"] = matter.closed_on
        if row is not None and matter.is_open:
            row |= asked_since(matter, since)
        action = plans.get(folded(matter.first.action))
        if challenges is not None and row is None and matter.is_open and action is not None and challenge_words(matter):
            challenges.append(challenge_row(matter, str(action)))
        news += [
            NewsLine(words, str(action or ""))
            for line in matter.lines
            if line.held_on >= since and (words := news_words(line))
        ]
        if matter.closed_on is not None and matter.closed_on >= since:
            news.append(NewsLine(f"{matter.ref} is closed ({matter.lines[-1].named}).", str(action or "")))
    return news


def challenge_words(matter: Matter) -> str:
    """What the service is asked, or what was decided or agreed; if several meetings said something, a line for each with its date."""
    said = [(line.held_on, words) for line in matter.lines if (words := line.asked or line.decision or line.support)]
    return "\n".join(words if len(said) == 1 else f"{day:%d/%m/%Y}: {words}" for day, words in said)


def asked_since(matter: Matter, since: date) -> Row:
    """The cells of a matter's row that a meeting has changed since a day: what is asked, and who does what was agreed by when."""
    later = Matter([line for line in matter.lines[1:] if line.held_on >= since and line.was_discussed])
    if not later.lines:
        return {}
    cells = {
        "meeting": later.lines[-1].named,
        "challenge": printable(challenge_words(matter)),
        "follow_up_owner": later.last("who"),
        "due": later.last("by_when"),
    }
    return {name: value for name, value in cells.items() if value}


def challenge_row(matter: Matter, action: str) -> Row:
    """The row of a matter on the sheet Challenge, with the support that was agreed as its follow-up."""
    row: Row = {
        "ref": matter.ref, "action": action, "meeting": matter.discussed.named, "raised_on": matter.first.held_on,
        "challenge": printable(challenge_words(matter)), "follow_up": support_words(matter.text("support")) or None,
        "follow_up_owner": matter.last("who"), "due": matter.last("by_when"),
    }  # fmt: skip
    return {name: value for name, value in row.items() if value is not None}


def news_words(line: MatterLine) -> str:
    """What a meeting said about a matter, for Start here; empty if it said nothing.

    A decision about who holds the action, and a question about the whole service, are said there as well and are left out here.
    """
    is_decision, is_question = line.level is not None and line.action != "", line.action == ""
    parts = [
        f"it asked: {line.asked}" if line.asked and not is_question else "",
        f"it decided: {line.decision}" if line.decision and not is_decision else "",
        f"support agreed: {line.support}" if line.support else "",
        f"new due date {line.new_date:%d/%m/%Y}" if line.new_date else "",
        f"{line.item}: {line.judgement.lower()}" if line.judgement else "",
        f"verified by {line.verified_by}" if line.verified_by else "",
    ]
    said = [" ".join(part.split()) for part in parts if part]
    if not said:
        return ""
    by = " ".join(filter(None, [line.who, f"by {line.by_when:%d/%m/%Y}" if line.by_when else ""]))
    return ended(f"{line.named} ({line.ref}): {'; '.join(said)}{f' ({by})' if by else ''}")
