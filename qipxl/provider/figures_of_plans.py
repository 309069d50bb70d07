"""The figures of an indicator that several plans of one service have: they count once, so they have to agree."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from qipxl.indicators.series import Series, in_several_plans
from qipxl.periods import Period
from qipxl.returns import problems
from qipxl.returns.problems import Problem
from qipxl.returns.returns import problem_frame
from qipxl.text import figure_text, folded
from qipxl.workbook.layout import cell_address

CODE, TABLE = "plans-differ", "measurements"
PARTS = ("numerator", "denominator")
NEEDED = ("indicator", "month", *PARTS)
"""The columns of TABLE that are read here."""
Row = Mapping[Any, Any]


@dataclass(frozen=True)
class Difference:
    """A figure that two plans of a service give differently, in its latest month: the rows of the indicator in the series, the part that
    differs, and in how many earlier months they differ too."""

    counted: int
    other: int
    part: str
    month: Period
    earlier: int


def differences(series: Series) -> Iterator[Difference]:
    """Each indicator of a plan with figures that differ from those of the first plan of its service that has it."""
    tables = dict(zip(PARTS, series.arrays, strict=False))
    for first, *others in in_several_plans(series):
        for other in others:
            both = ~np.isnan(series.values[[first, other]]).any(axis=0)
            parts = {name: both & differing(table[first], table[other]) for name, table in tables.items()}
            months = np.flatnonzero(np.any([*parts.values()], axis=0))
            if len(months):
                part = next(name for name, places in parts.items() if places[months[-1]])
                yield Difference(first, other, part, series.months[months[-1]], len(months) - 1)


def differing(one: Any, other: Any) -> Any:
    """In which months two rows of numbers differ; two blank ones do not."""
    return (one != other) & ~(np.isnan(one) & np.isnan(other))


def problems_of_plans(series: Series, rows: pd.DataFrame, versions: pd.DataFrame) -> pd.DataFrame:
    """A problem for each of the `differences`, at the cell whose figure does not count.

    `rows` has the figures of the month's returns, `versions` these returns as the archive has them. A difference from what only
    the archive has was a problem of its month.
    """
    entered = {
        (folded(row["service"]), folded(row["indicator"]), f"{row['month']:%Y-%m}"): row
        for row in rows[rows["month"].notna()].to_dict("records")
    }
    placed = {
        folded(code): json.loads(columns)[TABLE]
        for code, columns in versions[["service", "columns"]].itertuples(index=False, name=None)
    }
    keys = list(zip(series.lines["service"].map(folded), series.lines["ref"].map(folded), strict=True))
    found = []
    for each in differences(series):
        counted, other = (entered.get((*keys[row], str(each.month))) for row in (each.counted, each.other))
        if counted is None or other is None:
            continue
        sheet, cell = cell_of(placed, other, each.part)
        months = {0: "", 1: "; one earlier month differs too"}.get(
            each.earlier, f"; {each.earlier} earlier months differ too"
        )
        where = "!".join(cell_of(placed, counted, each.part))
        more = f"{counted['name']} says {figure(counted, each.part)} ({each.month.words}, {where} of {counted['file']}{months})"
        problem = Problem(
            CODE, TABLE, sheet, other["row"], each.part, cell, each.part.capitalize(), figure(other, each.part), more
        )
        found.append(problems.line(other["return"], other["file"], problem))
    return problem_frame(found)


def figure(row: Row, part: str) -> str:
    """A number of a row as it is shown."""
    return figure_text(row[part]) if pd.notna(row[part]) else "nothing"


def cell_of(placed: Mapping[str, Any], row: Row, part: str) -> tuple[str, str]:
    """The sheet and the cell of a number."""
    place = placed[folded(row["service"])]
    return place["sheet"], cell_address(place["columns"].get(part, 0), row["row"])
