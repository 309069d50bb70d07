"""Where a rating is another than the tracker shows, because head office knows more: said at the action, for information."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from qipxl.returns import problems
from qipxl.returns.problems import Found
from qipxl.returns.rate import Rated
from qipxl.returns.returns import problem_frame

COMPARED = ("headline", "escalation")
"""The ratings that are held against one another."""
CODE = "rating-refreshed"


def compared(by_itself: Rated) -> pd.DataFrame:
    """Of returns rated by their own facts alone, what `say_changed` needs: the ratings COMPARED of each action."""
    return by_itself.ratings["actions"][list(COMPARED)].copy()


def say_changed(rated: Rated, then: pd.DataFrame) -> Rated:
    """Rated returns with a problem for each rating that differs from what the tracker's own facts gave (see `compared`)."""
    returns = rated.returns
    now, actions = rated.ratings["actions"], returns.tables["actions"]
    lines = []
    for key in COMPARED:
        columns = zip(*standing_at(now), actions["ref"], then[key], now[key], strict=True)
        for number, row, ref, was, word in columns:
            if was == word:
                continue
            placement = returns.placements[number, "actions"]
            template = returns.templates[str(returns.receipts.at[number, "template"])]
            heading = next(each.heading for each in template.tables["actions"].rating if each.key == key)
            cell = placement.cell(row, "ref")
            found = Found(CODE, "actions", placement.sheet, row, "ref", cell, heading, str(ref), f"{was} to {word}")
            lines.append(problems.line(number, str(returns.receipts.at[number, "file"]), found))
    if not lines:
        return rated
    every = pd.concat([returns.problems, problem_frame(lines)], ignore_index=True)
    order = every.sort_values("return", kind="stable").reset_index(drop=True)
    return replace(rated, returns=replace(returns, problems=order))


def standing_at(frame: pd.DataFrame) -> tuple[list[int], list[int]]:
    """The returns and the sheet rows of a frame's lines."""
    return frame["return"].tolist(), frame["row"].tolist()
