"""Values as text, and text as it is compared and written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache

BLANKS = " \xa0\n\r\t"
"""The characters that count as blank in a cell."""
SPACES = str.maketrans(dict.fromkeys("\xa0\n\r\t", " "))
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Percent(float):
    """A number in a cell that shows it as a percentage: 0.95 that shows 95%."""

    @property
    def shown(self) -> float:
        """The figure before the sign: 95 for 95%."""
        return float(f"{self * 100:.12g}")


def clean_text(text: str) -> str:
    """Text as it is compared: like Excel's TRIM, with no-break spaces, tabs and line ends as spaces."""
    return " ".join(part for part in text.translate(SPACES).split(" ") if part)


@lru_cache(maxsize=1 << 15, typed=True)
def folded(ref: object) -> str:
    """A reference as it is compared: cleaned and in lower case; empty for None and NaN."""
    return clean_text(str(ref)).lower() if ref is not None and ref == ref else ""


def printable(text: str) -> str:
    """Text with a space for each character that a workbook's XML cannot hold."""
    return UNPRINTABLE.sub(" ", text)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The sentence “ Did you mean x?” for the most similar word of `known`; empty if none is similar.

    >>> did_you_mean("ownr", ["due", "owner"])
    ' Did you mean owner?'
    """
    similar = get_close_matches(word, list(known), 1)
    return f" Did you mean {similar[0]}?" if similar else ""


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
