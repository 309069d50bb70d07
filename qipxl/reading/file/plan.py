"""What reading must know of a template: its tables' sheets and headings, and nothing of its rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class TablePlan:
    """A table: its sheet, each field's heading in order, the headings it works out, and how many rows are prepared.

    `needed` are fields without which a return cannot be used, `choices` and `dates` those of that
    type, `texts` those in which people write and `staff` those that name staff; `rated` tells that its rows have a headline rating.
    """

    sheet: str
    headings: Mapping[str, str]
    worked_out: tuple[str, ...]
    rows: int
    identity: str
    needed: tuple[str, ...]
    choices: frozenset[str]
    dates: frozenset[str]
    texts: frozenset[str]
    staff: frozenset[str]
    rated: bool


@dataclass(frozen=True)
class ReadingPlan:
    """A template as reading needs it. `settings` are the figures of the Settings sheet by their names.

    `earlier` holds, for each earlier version that is known, the headings that have another name now.
    """

    template: str
    version: str
    tables: Mapping[str, TablePlan]
    settings: Mapping[str, float]
    earlier: Mapping[str, Mapping[str, str]]
