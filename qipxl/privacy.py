"""Personal data that should not stand in a plan: recognised by kind, never repeated.

The kinds and what they look like are qipxl's default, light rules without a language model: they name a cell to look at,
and they can be switched off one by one where they cry wolf. NHS numbers are held against their check digit (modulus 11,
NHS Data Dictionary).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of personal data; `staff` tells that it is no matter in a column that names staff."""

    key: str
    words: str
    find: Callable[[str], Iterator[str]]
    staff: bool = False


DAY = r"\d{1,2}(?:[./-]\d{1,2}[./-]\d{2,4}|(?:st|nd|rd|th)?\s+[A-Za-z]{3,9}\s+\d{2,4})"
NHS = re.compile(r"(?<![\d.])(\d{3})([ \xa0-]?)(\d{3})\2(\d{4})(?![\d.])")
NHS_NEAR = re.compile(r"\bNHS\b", re.IGNORECASE)


def patterns(*texts: str, flags: re.RegexFlag = re.IGNORECASE) -> Callable[[str], Iterator[str]]:
    """Finds whatever one of these patterns means."""
    compiled = [re.compile(text, flags) for text in texts]
    return lambda text: (found[0] for each in compiled for found in each.finditer(text))


def nhs_numbers(text: str) -> Iterator[str]:
    """NHS numbers with a right check digit, in the ranges in use, grouped 3-3-4 or with “NHS” near by."""
    for found in NHS.finditer(text):
        figures = found[1] + found[3] + found[4]
        near = found[2] or NHS_NEAR.search(text[max(0, found.start() - 25) : found.end() + 25])
        if near and figures[0] in "34679" and right_check_digit(figures):
            yield found[0]


def right_check_digit(figures: str) -> bool:
    """True where the tenth figure is 11 less the weighted sum of the nine before it, modulo 11 (11 stands for 0)."""
    check = 11 - sum(int(figure) * weight for figure, weight in zip(figures, range(10, 1, -1), strict=False)) % 11
    return check % 11 == int(figures[9]) if check != 10 else False


KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind("nhs", "an NHS number", nhs_numbers),
        Kind(
            "ni",
            "a National Insurance number",
            patterns(r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b"),
        ),
        Kind(
            "birth",
            "a date of birth",
            patterns(rf"\b(?:DOB|D\.O\.B\.?|date of birth|born(?: on)?)\b[\s:(-]{{0,4}}{DAY}"),
        ),
        Kind(
            "phone",
            "a phone number",
            patterns(r"(?<![\w.])(?:\+44[\s(]*(?:0\)?)?|\(?0)(?:[123578]\d)(?:[\s()-]{0,2}\d){7,8}(?![\w.])"),
        ),
        Kind("email", "an e-mail address", patterns(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), staff=True),
        Kind("room", "a room", patterns(r"\b(?:room|bed|flat)\s+(?:no\.?\s*)?\d+[A-Za-z]?\b")),
        Kind(
            "title",
            "a person's name",
            patterns(r"\b(?:Mrs|Mr|Miss|Ms|Mx)\.?\s+[A-Z][\w'’-]+", flags=re.RegexFlag(0)),
            staff=True,
        ),
    )
}
"""Every kind that is looked for."""
HINT = re.compile(
    r"\d(?:(?:[\s().-]{0,3}\d){8}|\d ?\d\d ?\d\d ?[A-Da-d])|@|"
    r"[BDFMRbdfmr](?<!\w.)(?i:(?<=m)(?:[rsx]|iss)|(?<=r)oom|(?<=b)(?:ed|orn)|(?<=f)lat|(?<=d)(?:\.?o\.?b|ate of birth))",
    re.DOTALL,
)
"""What some kind always has: nine figures or six before a letter, an @, or the start of a word such as Mr, room or DOB. Most texts have nothing
of it. Every branch begins with a plain character, which lets the search skip all others: twice as fast."""
WITHHELD = "withheld: see the return, "
PERSONAL_DATA = "personal-data"
"""The code of the problem that each text has which seems to hold some."""


def may_hold_personal_data(text: str) -> bool:
    """False for a text, or texts one after another, in which no kind can be."""
    return HINT.search(text) is not None


def kinds_in(text: str, but: Collection[str] = (), *, staff: bool = False) -> list[Kind]:
    """The kinds of personal data that a text seems to hold; `staff` where the text stands in a column that names staff."""
    if not may_hold_personal_data(text):
        return []
    wanted = (kind for kind in KINDS.values() if kind.key not in but and not (staff and kind.staff))
    return [kind for kind in wanted if next(kind.find(text), None) is not None]


def words_of(kinds: Collection[Kind]) -> str:
    """The kinds as a message names them."""
    return ", ".join(kind.words for kind in kinds)


def without(text: str, *, staff: bool = False) -> str:
    """A text that may be repeated in a message: the same, or a word that says that it is withheld."""
    return "(withheld)" if kinds_in(text, staff=staff) else text
