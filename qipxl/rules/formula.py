"""The formulas that clean raw cells, and the limits of what a cell may hold."""

from __future__ import annotations

from qipxl.rules.expression import filled_formula
from qipxl.rules.schema import Kind

LONGEST = 8_000
"""Most characters of one formula: Excel takes 8,192."""
FIRST_DAY, LAST_DAY = 36_526, 73_050
"""Day numbers of 1 January 2000 and 31 December 2099; a date outside them is unreadable."""
LARGEST = 1e9
"""A number is unreadable from a thousand million up, or from minus a thousand million down."""


def trimmed(raw: str) -> str:
    """A cell's text as rules compare it: no-break spaces, tabs and line ends as spaces, runs of spaces as one."""
    text = f'SUBSTITUTE({raw},"\xa0"," ")'
    for mark in (10, 13, 9):
        text = f'SUBSTITUTE({text},CHAR({mark})," ")'
    return f"TRIM({text})"


def clean_text(raw: str) -> str:
    """The trimmed text; nothing for TRUE, FALSE and error values."""
    return f'IF(ISLOGICAL({raw}),"",IFERROR({trimmed(raw)},""))'


def clean_choice(raw: str, options: str) -> str:
    """The word of the list that equals the cell in any case; nothing if there is none."""
    return f'IFERROR(LOOKUP(2,1/({options}={trimmed(raw)}),{options}),"")'


def clean_date(raw: str) -> str:
    """The whole day, if the cell holds a number from FIRST_DAY to LAST_DAY (N makes anything else 0 or 1)."""
    middle, reach = (FIRST_DAY + LAST_DAY + 1) / 2, (LAST_DAY + 1 - FIRST_DAY) / 2
    return f"IFERROR(IF(ABS(N({raw})-{middle - 1e-6:.6f})<{reach:g},INT({raw}),0),0)"


def clean_number(raw: str) -> str:
    """The number, if the cell holds one between minus LARGEST and LARGEST."""
    return f'IF(ISNUMBER({raw}),IF(ISLOGICAL({raw}),"",IF(ABS({raw})<{LARGEST:.0f},{raw},"")),"")'


def blank(raw: str) -> str:
    """TRUE if the raw cell holds nothing but spaces; an error value is not blank."""
    return f'IFERROR({trimmed(raw)}="",FALSE)'


def unreadable(kind: Kind, clean: str, raw: str) -> str:
    """TRUE if the raw cell holds something and no value of its kind."""
    return f'IF({filled_formula(kind, clean)},FALSE,IFERROR({trimmed(raw)}<>"",TRUE))'


def unreadable_text(raw: str) -> str:
    """TRUE if a raw cell of free text holds an error value, TRUE or FALSE."""
    return f"OR(ISERROR({raw}),ISLOGICAL({raw}))"
