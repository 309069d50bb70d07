"""Text as cells hold it and as it is compared."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache

BLANKS = " \xa0\n\r\t"
"""What counts as a blank in a cell."""
SPACES = str.maketrans(dict.fromkeys("\xa0\n\r\t", " "))
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def clean_text(text: str) -> str:
    """Text as it is compared: as Excel's TRIM, with no-break spaces, tabs and line ends as spaces."""
    return " ".join(part for part in text.translate(SPACES).split(" ") if part)


@lru_cache(maxsize=1 << 15, typed=True)
def folded(ref: object) -> str:
    """A reference as it is compared: cleaned, whatever the case of its letters; empty for none."""
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
    """A number as a spreadsheet turns it into text: at most 15 figures, small ones never with an exponent."""
    text = f"{number:.15g}".upper()
    return f"{Decimal(text):f}" if "E-" in text else text


def figure_text(value: float) -> str:
    """A figure as it is printed: to one place, without a nought behind the point, never with an exponent."""
    return number_text(round(value, 1))
