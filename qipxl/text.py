"""Values as text, and text as it is compared and written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache

SPACES = "\xa0\n\r\t\u2002\u2003\u2007\u2009\u202f\u3000"
"""Characters that count as a space."""
INVISIBLE = "\xad\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060\u2068\u2069\ufeff"
"""Characters that are not seen and do not count: soft hyphens, joiners, and marks of the direction of writing."""
DASHES, APOSTROPHES, QUOTES = "\u2010\u2011\u2012\u2013\u2014\u2212", "\u2018\u2019", "\u201c\u201d"
SAME_CHARACTER = {
    **dict.fromkeys(SPACES, " "), **dict.fromkeys(INVISIBLE, ""), **dict.fromkeys(DASHES, "-"),
    **dict.fromkeys(APOSTROPHES, "'"), **dict.fromkeys(QUOTES, '"'),
}  # fmt: skip
"""Each character that is compared as another one, as in a tracker's formulas (`rules.formula.compared`)."""
COMPARED = str.maketrans(SAME_CHARACTER)
BLANKS = " \xa0\n\r\t"
"""A cell that holds only these characters counts as empty."""
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Percent(float):
    """A number in a cell that shows it as a percentage: 0.95 that shows 95%."""

    @property
    def shown(self) -> float:
        """The figure before the sign: 95 for 95%."""
        return float(f"{self * 100:.12g}")


def clean_text(text: str) -> str:
    """Text as it is compared: single spaces, plain dashes and quotes, no invisible characters.

    >>> clean_text(" A\u2011001\u200b "), clean_text("O\u2019Neil")
    ('A-001', "O'Neil")
    """
    return " ".join(part for part in text.translate(COMPARED).split(" ") if part)


PLACEHOLDER_MARKS = " -./?,:_*"
PLACEHOLDERS = frozenset({
    "", "na", "none", "nil", "no", "tbc", "tba", "tbd", "tobeconfirmed", "tobeagreed", "tobedecided",
    "notknown", "unknown", "notapplicable", "noone", "nobody", "vacant", "pending",
})  # fmt: skip
"""What people type instead of a name or a reason, without PLACEHOLDER_MARKS and in lower case."""
WITHOUT_MARKS = str.maketrans(dict.fromkeys(PLACEHOLDER_MARKS, ""))


def is_placeholder(text: str) -> bool:
    """True if a cleaned text is typed instead of a name or a reason.

    >>> [is_placeholder(text) for text in ("-", "N/A", "T.B.C.", "Jo Shah")]
    [True, True, True, False]
    """
    return text.translate(WITHOUT_MARKS).lower() in PLACEHOLDERS


@lru_cache(maxsize=1 << 15, typed=True)
def folded(ref: object) -> str:
    """A reference as it is compared: cleaned and in lower case; empty for None and NaN."""
    return clean_text(str(ref)).lower() if ref is not None and ref == ref else ""


def printable(text: str) -> str:
    """Text with a space for each character that a workbook's XML cannot hold."""
    return text if text.isprintable() else UNPRINTABLE.sub(" ", text)


def escaped(name: str) -> str:
    r"""A file's name as text can hold and people can see it: hidden, control and undecodable characters as their codes.

    >>> print(escaped("S004 caf\udce9 \x1b[31m.xlsx"))
    S004 caf\xe9 \x1b[31m.xlsx
    """
    if name.isprintable():
        return name
    return "".join(
        sign if sign.isprintable() or unicodedata.category(sign) == "Zs" else escape_of(sign) for sign in name
    )


def escape_of(sign: str) -> str:
    """The code of a character; of a byte that is no text, which Python keeps as U+DC80 to U+DCFF, the byte."""
    code = ord(sign)
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The sentence “ Did you mean x?” for the most similar word of `known`; empty if none is similar.

    >>> did_you_mean("ownr", ["due", "owner"])
    ' Did you mean owner?'
    """
    similar = get_close_matches(word, list(known), 1)
    return f" Did you mean {similar[0]}?" if similar else ""


def ended(text: str) -> str:
    """A text with a full stop, if it ends without a mark."""
    return text if text.endswith((".", "?", "!")) else f"{text}."


def in_sentence(name: str, *, first: bool = False) -> str:
    """A name as part of a sentence: with a capital letter if it is the `first` word, else without, unless its second letter is one.

    >>> in_sentence("Falls with harm"), in_sentence("PRN given"), in_sentence("falls", first=True)
    ('falls with harm', 'PRN given', 'Falls')
    """
    if first:
        return f"{name[:1].upper()}{name[1:]}"
    return name if name[1:2].isupper() or not name[1:2].isalpha() else f"{name[:1].lower()}{name[1:]}"


def names_text(names: Sequence[str], most: int = 20) -> str:
    """Names in a sentence, and how many more there are after the first `most`.

    >>> names_text(["Elm House", "Oak Lodge", "The Beeches"], 2), names_text(["Elm House", "Oak Lodge"])
    ('Elm House, Oak Lodge and 1 more', 'Elm House and Oak Lodge')
    """
    shown = [*names[:most], *([f"{len(names) - most} more"] if len(names) > most else ())]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def number_text(number: float) -> str:
    """A number as a spreadsheet writes it: at most 15 digits, small numbers without an exponent."""
    text = f"{number:.15g}".upper()
    return f"{Decimal(text):f}" if "E-" in text else text


def as_text(value: object) -> str:
    """A cell's value as messages and reports show it; empty for None, NaN and NaT.

    >>> as_text(date(2026, 3, 31)), as_text(5.0), as_text(True), as_text(None)
    ('31/03/2026', '5', 'TRUE', '')
    """
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, Percent):
        return f"{number_text(value.shown)}%"
    return number_text(value) if isinstance(value, float) else str(value)


def figure_text(value: float) -> str:
    """A number as reports print it: one decimal place at most, no trailing ".0", no exponent."""
    return number_text(round(value, 1))


NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def spelled(number: int, *, first: bool = False) -> str:
    """A number in words up to ten, with a capital letter if it is the `first` word of a sentence.

    >>> spelled(3), spelled(3, first=True), spelled(13)
    ('three', 'Three', '13')
    """
    word = NUMBERS[number] if 0 <= number < len(NUMBERS) else str(number)
    return word.capitalize() if first else word


def plural(count: int, noun: str, plural_noun: str = "") -> str:
    """A count with its noun, as in “1 line” and “2 lines”."""
    return f"{count} {noun if count == 1 else plural_noun or noun + 's'}"
