"""The formulas that clean raw cells, and the limits of what a cell may hold."""

from __future__ import annotations

from collections.abc import Iterable

from qipxl.rules.expression import filled_formula, quoted
from qipxl.rules.schema import Kind
from qipxl.text import BLANKS, PLACEHOLDER_MARKS, PLACEHOLDERS, SAME_CHARACTER

LONGEST = 8_000
"""Most characters of one formula: Excel takes 8,192."""
FIRST_DAY, LAST_DAY = 36_526, 73_050
"""Day numbers of 1 January 2000 and 31 December 2099; a date outside them is unreadable."""
LARGEST = 1e9
"""A number is unreadable from a thousand million up, or from minus a thousand million down."""


def character(mark: str) -> str:
    """One character as a formula writes it; a line end or tab by its number, because XML would change it."""
    return f"CHAR({ord(mark)})" if mark in "\t\n\r" else quoted(mark)


def substituted(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    """A text in which the first of each pair is replaced by the second, pair by pair."""
    for old, new in pairs:
        text = f"SUBSTITUTE({text},{character(old)},{quoted(new)})"
    return text


def trimmed(raw: str) -> str:
    """A cell's text with no-break spaces, tabs and line ends as spaces, and runs of spaces as one."""
    return f"TRIM({substituted(raw, ((mark, ' ') for mark in BLANKS.strip(' ')))})"


def compared(raw: str) -> str:
    """A cell's text as rules compare it (`qipxl.text.clean_text`)."""
    return f"TRIM({substituted(raw, SAME_CHARACTER.items())})"


def clean_text(raw: str) -> str:
    """The text as it is compared; nothing for TRUE, FALSE and error values."""
    return f'IF(ISLOGICAL({raw}),"",IFERROR({compared(raw)},""))'


def clean_name(typed: str) -> str:
    """A cleaned name or reason; nothing if it is a placeholder (`qipxl.text.is_placeholder`)."""
    bare = substituted(typed, ((mark, "") for mark in PLACEHOLDER_MARKS))
    words = ";".join(map(quoted, sorted(PLACEHOLDERS)))
    return f'IF(SUMPRODUCT(--({{{words}}}={bare}))>0,"",{typed})'


def clean_choice(raw: str, options: str) -> str:
    """The word of the list that equals the cell in any case; nothing if there is none."""
    return f'IFERROR(LOOKUP(2,1/({options}={compared(raw)}),{options}),"")'


def clean_date(raw: str) -> str:
    """The whole day, if the cell holds a number from FIRST_DAY to LAST_DAY (N makes anything else 0 or 1)."""
    middle, reach = (FIRST_DAY + LAST_DAY + 1) / 2, (LAST_DAY + 1 - FIRST_DAY) / 2
    return f"IFERROR(IF(ABS(N({raw})-{middle - 1e-6:.6f})<{reach:g},INT({raw}),0),0)"


def clean_number(raw: str) -> str:
    """The number, if the cell holds one between minus LARGEST and LARGEST."""
    return f'IF(ISNUMBER({raw}),IF(ISLOGICAL({raw}),"",IF(ABS({raw})<{LARGEST:.0f},{raw},"")),"")'


def blank(raw: str) -> str:
    """TRUE if the raw cell of a date, number or choice holds nothing but spaces; an error value is not blank."""
    return f'IFERROR({trimmed(raw)}="",FALSE)'


def blank_raw_text(raw: str) -> str:
    """TRUE if a raw cell of free text holds nothing but what `compared` removes; an error value, TRUE or FALSE is not blank."""
    return f'IFERROR({compared(raw)}="",FALSE)'


def blank_text(clean: str, raw: str) -> str:
    """TRUE if nothing is left of the text of a raw cell; an error value, TRUE or FALSE is not blank."""
    return f'IF({clean}="",NOT({unreadable_text(raw)}),FALSE)'


def unreadable(kind: Kind, clean: str, raw: str) -> str:
    """TRUE if the raw cell holds something and no value of its kind."""
    return f'IF({filled_formula(kind, clean)},FALSE,IFERROR({trimmed(raw)}<>"",TRUE))'


def unreadable_text(raw: str) -> str:
    """TRUE if a raw cell of free text holds an error value, TRUE or FALSE."""
    return f"OR(ISERROR({raw}),ISLOGICAL({raw}))"
