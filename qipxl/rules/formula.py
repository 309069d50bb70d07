"""What a formula needs to know of the sheet it will stand on, and how raw cells are cleaned there.

The layout itself belongs to whoever writes the workbook; a rule asks it for the address of a cell or a span.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from qipxl.rules.expression import Expression, filled_formula
from qipxl.rules.schema import Column, Kind, Table

if TYPE_CHECKING:
    from qipxl.rules.rulebook import FirstMatch

LONGEST = 8_000
"""Excel takes 8,192 characters; some room is kept."""
FIRST_DAY, LAST_DAY = 36_526, 73_050
"""A date is believed from 1 January 2000 to 31 December 2099; outside, it cannot be read."""
LARGEST = 1e9
"""A number is believed below a thousand million, either way."""


class ChildCells(Protocol):
    """The rows of a child table, seen from a parent's row."""

    def span(self, column: Column) -> str: ...
    def unreadable_span(self, column: Column) -> str: ...
    def numbers(self, column: Column) -> str: ...
    def array(self, expression: Expression) -> str: ...


class Cells(ChildCells, Protocol):
    """One row of a table's workings."""

    def cell(self, column: Column) -> str: ...
    def blank(self, column: Column) -> str: ...
    def unreadable(self, column: Column) -> str: ...
    def scalar(self, expression: Expression) -> str: ...
    def identity_span(self, column: Column) -> str: ...
    def identity_numbers(self, reference: Column) -> str: ...
    def parent_span(self, reference: Column, of: Column) -> str: ...
    def child(self, table: Table) -> ChildCells: ...
    def side_by_side(self, decides: FirstMatch) -> tuple[str, str]: ...
    def reasons_beside(self, decides: FirstMatch) -> tuple[str, str]: ...


def trimmed(raw: str) -> str:
    """A cell's text as it is compared: no-break spaces, tabs and line ends as spaces, runs of spaces as one."""
    text = f'SUBSTITUTE({raw},"\xa0"," ")'
    for mark in (10, 13, 9):
        text = f'SUBSTITUTE({text},CHAR({mark})," ")'
    return f"TRIM({text})"


def clean_text(raw: str) -> str:
    """The text as it is compared; nothing for TRUE, FALSE and error values."""
    return f'IF(ISLOGICAL({raw}),"",IFERROR({trimmed(raw)},""))'


def clean_choice(raw: str, options: str) -> str:
    """The listed word that the cell says, whatever its case; nothing where it says none of them."""
    return f'IFERROR(LOOKUP(2,1/({options}={trimmed(raw)}),{options}),"")'


def clean_date(raw: str) -> str:
    """The whole day, where a number stands that is a day from FIRST_DAY to LAST_DAY (N makes anything else 0 or 1)."""
    middle, reach = (FIRST_DAY + LAST_DAY + 1) / 2, (LAST_DAY + 1 - FIRST_DAY) / 2
    return f"IFERROR(IF(ABS(N({raw})-{middle - 1e-6:.6f})<{reach:g},INT({raw}),0),0)"


def clean_number(raw: str) -> str:
    """The number, where one stands that is below LARGEST either way."""
    return f'IF(ISNUMBER({raw}),IF(ISLOGICAL({raw}),"",IF(ABS({raw})<{LARGEST:.0f},{raw},"")),"")'


def blank(raw: str) -> str:
    """TRUE where nothing but spaces stands in the raw cell; an error value is not blank."""
    return f'IFERROR({trimmed(raw)}="",FALSE)'


def unreadable(kind: Kind, clean: str, raw: str) -> str:
    """TRUE where something stands in the raw cell but nothing could be read."""
    return f'IF({filled_formula(kind, clean)},FALSE,IFERROR({trimmed(raw)}<>"",TRUE))'


def unreadable_text(raw: str) -> str:
    """The same for free text, where only an error value, TRUE and FALSE cannot be read."""
    return f"OR(ISERROR({raw}),ISLOGICAL({raw}))"


def lint_array_parts(formula: str) -> Sequence[str]:
    """The functions inside SUMPRODUCT that Excel 2016 would not spread over all rows; empty when all is well."""
    found: list[str] = []
    start = formula.find("SUMPRODUCT(")
    while start != -1:
        depth, end = 1, start + len("SUMPRODUCT(")
        while depth and end < len(formula):
            depth += {"(": 1, ")": -1}.get(formula[end], 0)
            end += 1
        inner = formula[start:end]
        found += [word for word in ("IF(", "AND(", "OR(", "NOT(", "IFERROR(", "CHOOSE(") if word in inner]
        start = formula.find("SUMPRODUCT(", end)
    return found
