"""What an agenda says about a matter, in words."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date

from qipxl.provider.meetings.matters import Matter, MatterLine
from qipxl.summary.plain_words import sentence
from qipxl.text import as_text, ended, figure_text

Row = Mapping[Hashable, object]


def with_subject(finding: str, subject: str) -> str:
    """A finding with the indicator or the issue that it is about."""
    return f"{finding}: {subject}" if subject else finding


def so_far(matter: Matter) -> str:
    """What meetings asked, decided and agreed so far, a line for each meeting that said something."""
    return "\n".join(line_words(line) for line in matter.lines if line.was_discussed or line.differs)


def line_words(line: MatterLine) -> str:
    """What one meeting said about a matter, in a line.

    >>> day = date(2026, 4, 14)
    >>> line_words(MatterLine(ref="Q", kind="q", meeting="QIP review", month="2026-03", held_on=day, asked="Why?", who="Jo"))
    'QIP review, 14 April 2026: asked: Why? By Jo.'
    """
    if line.differs:
        return f"{line.named}: {line.differs}"
    parts = [("asked", line.asked), ("decided", line.decision), ("support", line.support)]
    words = [ended(f"{name}: {text}") for name, text in parts if text]
    by = [f"by {line.who}" if line.who else "", f"until {shown(line.by_when)}" if line.by_when else ""]
    words += [ended(sentence(" ".join(filter(None, by))))] if any(by) else []
    words += [f"New due date {shown(line.new_date)}."] if line.new_date else []
    words += [ended(f"{line.item}: {line.judgement}")] if line.judgement else []
    words += [ended(f"Verified by {line.verified_by}")] if line.verified_by else []
    words += [f"Closed: {line.closed}."] if line.closed else []
    return f"{line.named}: {' '.join(words)}"


def support_words(support: str) -> str:
    """The follow-up that a tracker has from a meeting: the support that it agreed, if it agreed any."""
    return f"Support agreed: {support}" if support else ""


def filled_in(pattern: str, row: Row) -> str:
    """A pattern such as “{ref}, due {due}” with the values of a row; `{month:month}` is the month of a date."""
    if not pattern:
        return ""
    values = {str(name): Shown(value) for name, value in row.items()}
    words = pattern.format_map(Blank(values))
    return " ".join(words.split())


class Shown:
    """A value inside a pattern."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __format__(self, form: str) -> str:
        return (
            f"{self.value:%B %Y}"
            if form == "month" and isinstance(self.value, date) and self.value == self.value
            else shown(self.value)
        )


class Blank(dict[str, Shown]):
    """Values by name; a name that a template does not have is empty."""

    def __missing__(self, name: str) -> Shown:
        return Shown("")


def shown(value: object) -> str:
    """A value inside a sentence."""
    if value is None or value != value:
        return ""
    if isinstance(value, date):
        return f"{value.day} {value:%b %Y}"
    return figure_text(value) if isinstance(value, float) else as_text(value)


def says(headings: Mapping[str, str], row: Row) -> list[str]:
    """What a row says under each of these headings, if it says anything."""
    return [f"{heading}: {text}" for heading, name in headings.items() if (text := shown(row.get(name)))]
