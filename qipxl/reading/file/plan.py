"""The part of a template that reading needs: its tables' sheets and headings, without its rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class TablePlan:
    """A table: its sheet, each field's heading in the template's order, the worked-out headings, the number of prepared rows.

    `earlier_sheets` are the names that the sheet had in earlier trackers; `earlier_headings` maps headings in these to the present ones.
    `orders` are the orders in which the headings of fields may be on the sheet: the template's, and the present sheet's.
    `needed` are fields without which a return cannot be used; `choices` and `dates` are the fields of that type (without months), `texts`
    those with free text, `staff` those that name staff. `pasted` are the fields whose blank cells the sheet Paste figures fills.
    `rated` is true if its rows have a headline rating, `by_service` if a service fills it in.
    """

    sheet: str
    earlier_sheets: tuple[str, ...]
    headings: Mapping[str, str]
    earlier_headings: Mapping[str, str]
    orders: tuple[tuple[str, ...], ...]
    worked_out: tuple[str, ...]
    rows: int
    identity: str
    needed: tuple[str, ...]
    choices: frozenset[str]
    dates: frozenset[str]
    texts: frozenset[str]
    staff: frozenset[str]
    pasted: tuple[str, ...]
    rated: bool
    by_service: bool = True


@dataclass(frozen=True)
class ReadingPlan:
    """A template as reading needs it.

    `settings` are the values of the Settings sheet by name.
    """

    template: str
    version: str
    tables: Mapping[str, TablePlan]
    settings: Mapping[str, float]
