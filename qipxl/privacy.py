"""Finds possible personal data, which should not be in a plan, and never repeats it.

The kinds and their patterns are qipxl's defaults, simple rules without a language model: they name a cell to look at, and
each can be switched off if it finds too much. NHS numbers must have a valid check digit (modulus 11, NHS Data Dictionary).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of personal data. If `staff` is true, the kind is allowed in columns that name staff."""

    key: str
    words: str
    find: Callable[[str], Iterator[str]]
    staff: bool = False


DAY = r"\d{1,2}(?:[./-]\d{1,2}[./-]\d{2,4}|(?:st|nd|rd|th)?\s+[A-Za-z]{3,9}\s+\d{2,4})"
TITLED = (
    r"\b(?i:mrs|mr|mx)\b\.?\s*[A-Za-z]",
    r"\b(?:Miss|Ms)\b\.?\s*[A-Z]",
    r"[A-Z][\w'’-]+(?:,\s*|\s*\()(?:Mrs|Mr|Miss|Ms|Mx)\b",
)
"""A title before a surname or an initial, in any case; Miss and Ms as titles are written, since “miss” is a word; a surname before a title."""
NHS = re.compile(r"(?<![\d.])(\d{3})([ \xa0-]?)(\d{3})\2(\d{4})(?![\d.])")
NHS_NEAR = re.compile(r"\bNHS\b", re.IGNORECASE)


def patterns(*texts: str, flags: re.RegexFlag = re.IGNORECASE) -> Callable[[str], Iterator[str]]:
    """A function that finds all matches of some patterns in a text."""
    compiled = [re.compile(text, flags) for text in texts]
    return lambda text: (match[0] for pattern in compiled for match in pattern.finditer(text))


def nhs_numbers(text: str) -> Iterator[str]:
    """NHS numbers with a valid check digit, in the ranges in use, grouped 3-3-4 or near the word “NHS”."""
    for match in NHS.finditer(text):
        digits = match[1] + match[3] + match[4]
        near = match[2] or NHS_NEAR.search(text[max(0, match.start() - 25) : match.end() + 25])
        if near and digits[0] in "34679" and valid_check_digit(digits):
            yield match[0]


def valid_check_digit(digits: str) -> bool:
    """True if the tenth digit is 11 minus the weighted sum of the first nine modulo 11 (11 counts as 0; 10 is invalid)."""
    check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return check % 11 == int(digits[9]) if check != 10 else False


KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind("nhs", "an NHS number", nhs_numbers),
        Kind("ni", "a National Insurance number", patterns(r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b")),
        Kind("birth", "a date of birth", patterns(rf"\b(?:DOB|D\.O\.B\.?|date of birth|born(?: on)?)\b[\s:(-]{{0,4}}{DAY}")),
        Kind("phone", "a phone number", patterns(r"(?<![\w.])(?:\+44[\s(]*(?:0\)?)?|\(?0)(?:[123578]\d)(?:[\s()-]{0,2}\d){7,8}(?![\w.])")),
        Kind("email", "an e-mail address", patterns(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), staff=True),
        Kind("room", "a room", patterns(r"\b(?:room|bed|flat)\s+(?:no\.?\s*)?\d+[A-Za-z]?\b")),
        Kind("title", "a person's name", patterns(*TITLED, flags=re.RegexFlag(0)), staff=True),
    )
}  # fmt: skip
"""Every kind, by its key."""
HINT = re.compile(
    r"\d(?:(?:[\s().-]{0,3}\d){8}|\d ?\d\d ?\d\d ?[A-Da-d])|@|"
    r"[BDFMRbdfmr](?<!\w.)(?i:(?<=m)(?:[rsx]|iss)|(?<=r)oom|(?<=b)(?:ed|orn)|(?<=f)lat|(?<=d)(?:\.?o\.?b|ate of birth))",
    re.DOTALL,
)
"""A part of every kind: nine digits or six before a letter, an @, or the start of a word such as Mr, room or DOB. Most texts
have none. Every branch begins with a plain character, so that the search can skip all others, which is twice as fast."""
WITHHELD = "withheld: see the return, "
PERSONAL_DATA = "personal-data"
"""The code of the problem of a text with possible personal data."""


def may_hold_personal_data(text: str) -> bool:
    """False if a text, or several joined texts, cannot hold personal data."""
    return HINT.search(text) is not None


def kinds_in(text: str, but: Collection[str] = (), *, staff: bool = False) -> list[Kind]:
    """The kinds of personal data that a text seems to hold, except those in `but`; `staff` for a column that names staff."""
    if not may_hold_personal_data(text):
        return []
    kinds = (kind for kind in KINDS.values() if kind.key not in but and not (staff and kind.staff))
    return [kind for kind in kinds if next(kind.find(text), None) is not None]


def words_of(kinds: Collection[Kind]) -> str:
    """The kinds as a message names them."""
    return ", ".join(kind.words for kind in kinds)


def without(text: str, *, staff: bool = False) -> str:
    """A text for a message: the same, or "(withheld)" if it seems to hold personal data."""
    return "(withheld)" if kinds_in(text, staff=staff) else text
