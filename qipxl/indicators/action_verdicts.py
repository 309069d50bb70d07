"""The verdicts on each action from the figures of its linked indicators: has an improvement been sustained?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from qipxl.archive.store import folded_texts
from qipxl.indicators import Verdict, before_after, sustained_many
from qipxl.indicators.arrays import Floats
from qipxl.indicators.definitions import changes_of, directions_of, explained, kinds_of, shown_values
from qipxl.indicators.series import Series
from qipxl.text import in_sentence, names_text

ActionKey = tuple[str, str]
"""A service's code and an action's Ref, both folded."""
OUTCOME, PROCESS, BALANCING = "Outcome", "Process", "Balancing"
"""The parts of an action's indicators: what should change for people, whether the work is done as planned, what must not get worse."""


@dataclass(frozen=True)
class LinkedFigure:
    """An indicator that an action links: its part, its Ref, its name, and the verdict on its figures, if they can be judged."""

    part: str
    ref: str
    name: str
    verdict: Verdict | None


Figures = Sequence[LinkedFigure]


def verdicts_of(links: pd.DataFrame, series: Series, as_at: date) -> dict[ActionKey, Figures]:
    """The indicators that each action links, with the verdicts on their figures; in the order of `links`.

    `links` has `code` and `action`, both folded, the `part`, the `row` of the series, `start` and `completed_on`.
    Only figures by the present definition are compared, and none if it changed without a reason. The beginning of a baseline
    is used only if there is a reason. Indicators without a better side have no verdict.
    """
    directions = directions_of(series)
    unexplained = (changes_of(series) == changes_of(series)) & ~explained(series)
    rows = links["row"].to_numpy(int)
    judgeable = np.array([directions[row] != "neutral" and not unexplained[row] for row in rows], dtype=bool)
    verdicts = iter(judged(links[judgeable], series, as_at))
    figures: dict[ActionKey, list[LinkedFigure]] = {}
    names = zip(series.lines["ref"].to_numpy()[rows], series.lines["indicator"].to_numpy()[rows], strict=True)
    for line, (ref, name), can_be in zip(links.itertuples(), names, judgeable, strict=True):
        figure = LinkedFigure(str(line.part), str(ref), str(name), next(verdicts) if can_be else None)
        figures.setdefault((str(line.code), str(line.action)), []).append(figure)
    return dict(figures)


def judged(links: pd.DataFrame, series: Series, as_at: date) -> list[Verdict]:
    """The verdict on each of these links, whose figures can be judged."""
    rows, chosen = links["row"].to_numpy(int), list(links.itertuples())
    if not chosen:
        return []
    directions, kinds = directions_of(series), kinds_of(series)
    values = comparable(series)[rows]
    events = series.numerators[rows]
    whole = np.all((events % 1 == 0) | np.isnan(events), axis=1)
    counted = np.array([kinds[row] in ("count", "rate") for row in rows]) & whole
    verdicts = sustained_many(
        values,
        months=list(series.months),
        completed_on=[day_or_none(line.completed_on) for line in chosen],
        direction=[directions[row] for row in rows],
        as_at=as_at,
        started_on=[day_or_none(line.start) for line in chosen],
        numerator=np.where(counted[:, None], events, np.nan),
        exposure=np.where(np.isnan(series.denominators[rows]), 1.0, series.denominators[rows]),
    )
    return [verdicts.verdict(index) for index in range(len(chosen))]


def verdict_sentence(figures: Figures, words: Mapping[str, Mapping[str, str]]) -> str:
    """What the figures of an action show, in one sentence without a full stop; empty if none can be judged.

    Such as “Restraints improved and held; injuries and falls not worse”. `words` are those of a template for each part and
    verdict (`plain` of its list of verdicts).
    """
    usual = next(iter(words.values()), {})
    shown: dict[str, list[str]] = {}
    for figure in figures:
        if figure.verdict is not None:
            state = str(figure.verdict.state)
            names = shown.setdefault(words.get(figure.part, usual).get(state, state), [])
            names.append(in_sentence(figure.name or figure.ref, first=len(shown) == 1 and not names))
    return "; ".join(f"{names_text(names)} {words_of}" for words_of, names in shown.items())


def comparable(series: Series) -> Floats:
    """The figures that may be compared: by the present definition, and after the beginning of a baseline with a reason."""
    reason = (series.lines["change_reason"].fillna("") != "").to_numpy()[:, None]
    values = np.where(reason, shown_values(series), series.values)
    return np.where(series.first_days[None, :] < changes_of(series)[:, None], np.nan, values)


def before_and_after(series: Series, row: int, start: date | None, completed: date | None) -> str:
    """The exact comparison of events before and after an action, in words; empty if either has no month."""
    if completed is None:
        return ""
    months = series.first_days.astype("datetime64[M]")
    there = ~np.isnan(series.values[row])
    before = there & (months < np.datetime64(start or completed, "M"))
    after = there & (months > np.datetime64(completed, "M"))
    if not before.any() or not after.any():
        return ""
    exposure = np.where(np.isnan(series.denominators[row]), 1.0, series.denominators[row])
    counts = [int(series.numerators[row, part].sum()) for part in (before, after)]
    exposures = [float(exposure[part].sum()) for part in (before, after)]
    return before_after(*counts, *exposures, direction=directions_of(series)[row]).words


def rows_by_name(series: Series, names: Sequence[str] = ("ref", "indicator")) -> Mapping[tuple[str, str], int]:
    """The row of each indicator by its folded service code and its folded Ref or name; a Ref takes precedence."""
    rows: dict[tuple[str, str], int] = {}
    for name in names:
        pairs = zip(folded_texts(series.lines["service"]), folded_texts(series.lines[name]), strict=True)
        for row, pair in enumerate(pairs):
            rows.setdefault(pair, row)
    return rows


def day_or_none(day: object) -> date | None:
    """A value of a frame's date column as a date; None for a missing one."""
    return pd.Timestamp(str(day)).date() if day == day and day is not None else None
