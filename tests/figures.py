"""Returns with one indicator's figures, written as a row of numbers that ends with the month of the return."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from grids import grid

from qipxl import Period, check, rate
from qipxl.returns.provenance import traced
from qipxl.returns.rate import Rated
from qipxl.returns.returns import Returns
from qipxl.template import find_template

Figure = float | tuple[float, float] | None
"""A count, a numerator with its denominator, or no figure."""


def returned(
    figures: Sequence[Figure],
    *,
    month: str = "2026-03",
    actions: str = "",
    per: str = "",
    direction: str = "Lower is better",
    unit: str = "fall",
    more: str = "",
    name: str = "Falls",
    linked: str = "Outcome indicator",
    **facts: str,
) -> Returns:
    """A return; `actions` are lines of Actions with a column `linked`, `more` the columns Target, Baseline until, New limits from, reason."""
    last = Period.read(month)
    lines = []
    for back, figure in enumerate(reversed(figures)):
        if figure is not None:
            above, below = figure if isinstance(figure, tuple) else (figure, "")
            at = last.plus(-back)
            lines.append(
                f"| I-01 {at} | I-01 | {at.first:%d/%m/%Y} | {above:g} | {below if below == '' else f'{below:g}'} |"
            )
    acted = f"| Ref | Issue or risk | Owner | Status | Start date | Completed on | {linked} | Due date |"
    declared = "| Ref | Indicator | Unit counted | Rate per | Which way is better | Target | Baseline until | New limits from |"
    said = f"| I-01 | {name} | {unit} | {per} | {direction} | {more or '| | |'} |"
    entered = "| Ref | Indicator | Month | Numerator | Denominator |"
    text = "\n".join(
        [
            "Actions",
            acted,
            actions,
            "Indicators",
            f"{declared} Why the definition changed |",
            said,
            "Figures",
            entered,
            *lines,
        ]
    )
    returns = grid(text, find_template("core"), period=month, **facts)
    returns.receipts["digest"] = f"{sorted(facts.items())} {month} {figures}"
    return returns


def rated(figures: list[Figure], month: str = "2026-03", **more: str) -> Rated:
    day = Period.read(month).last
    return rate(check(returned(figures, month=month, **more), day), day)


def records(*every: Rated) -> dict[str, pd.DataFrame]:
    """The records of several returns, each a return of its own."""
    found: dict[str, list[pd.DataFrame]] = {"indicators": [], "measurements": []}
    for number, each in enumerate(every):
        for key, frames in found.items():
            frames.append(traced(each, key).assign(**{"return": number}))
    return {key: pd.concat(frames, ignore_index=True) for key, frames in found.items()}


STEADY = [20, 24, 22, 19, 23, 21, 20, 24, 18, 22, 21, 23, 20, 22, 19, 24, 21, 20, 23, 22]
"""Twenty months in which nothing happens."""
IMPROVED = [*map(float, STEADY[:14]), *[23.0] * 5, 12.0, 11, 13, 12, 10, 12, 11, 13, 12]
"""Twelve months and more before January 2025, then better from July 2025 on."""
