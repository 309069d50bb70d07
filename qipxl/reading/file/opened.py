"""What opening one returned workbook gives: its tables as raw cells, and everything odd about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from qipxl.returns.problems import Problem
from qipxl.workbook.layout import Placement
from qipxl.workbook.stamp import Stamp


@dataclass
class ReadTable:
    """The used rows of one table as raw cells: sheet rows, and a column of cells for each field.

    Of `found` rows those in `rows` are accepted, `superseded` ones are on another sheet too, the others are set aside.
    `personal` names the kinds of personal data by field and position in `rows`. `heading_row` is 0 if there is no such table.
    """

    placement: Placement
    rows: list[int] = field(default_factory=list)
    cells: dict[str, Sequence[object]] = field(default_factory=dict)
    found: int = 0
    superseded: int = 0
    personal: dict[tuple[str, int], str] = field(default_factory=dict)
    heading_row: int = 0


@dataclass
class Findings:
    """Problems found while reading a workbook, and the reasons why head office must look before the return is used.

    `note` is a sentence for the receipt of a return that is used.
    """

    problems: list[Problem] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    note: str = ""


@dataclass
class OpenedWorkbook:
    """The content of one workbook. `aside` are the reasons why head office must look before it is used, `note` is for its receipt.

    `saved` is the time at which it was saved, in UTC as 2026-04-03T14:02:00; empty if the workbook does not say.
    """

    template: str
    stamp: Stamp
    cover: dict[str, object]
    tables: dict[str, ReadTable]
    problems: list[Problem]
    aside: list[str]
    nil: bool = False
    note: str = ""
    saved: str = ""
