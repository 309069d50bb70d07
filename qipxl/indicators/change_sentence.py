"""What changed after an action, in one sentence: from the mean before to the mean after, in words that the verdict supports.

The figure before is the mean of the baseline (months before the action started), that after is the mean of all months after the
month of completion: the centre lines that the chart draws. A fall or a rise is claimed only if the verdict is *Sustained* and
the means moved to the better side. Every other verdict has words of its own in WORDS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from qipxl.indicators.action_verdicts import comparable
from qipxl.indicators.arrays import Floats, known
from qipxl.indicators.judge_series import JudgedSeries, limits_around_many
from qipxl.indicators.verdict import RUN, Verdict, VerdictState
from qipxl.indicators.verdict_rules import PROVISIONAL
from qipxl.text import number_text

WORDS: Mapping[VerdictState, str] = {
    VerdictState.SUSTAINED: "improved, held for {held}",
    VerdictState.NOT_CURRENT: "no recent figure to judge by",
    VerdictState.NO_VERDICT: "its dates contradict each other",
    VerdictState.NO_BASELINE: "too few {unit} before the action: {n_b} of {least}",
    VerdictState.TOO_EARLY: "too early: {n_p} of {run} {unit} since completion in {month}",
    VerdictState.WORSE: "worse, with a warning signal in the latest seven {unit}",
    VerdictState.IMPROVED_BEFORE: "better, but already before the action began",
    VerdictState.TOO_FEW_EVENTS: "better, but too few events to exclude chance",
    VerdictState.NOT_HELD: "improved for seven {unit}, but that has not held",
    VerdictState.EARLY_SIGN: "a first sign of improvement, not more yet",
    VerdictState.AT_BEST: "already at its best before the action",
    VerdictState.NO_EVIDENCE: "no change beyond chance",
}
"""What each verdict lets a sentence say."""
STILL_SHORT = "too early: {unit} are missing or too close together for a verdict"
"""What a sentence says if it is too early although there are seven points since completion."""
NOT_DONE = "the action is not completed yet"
NOT_JUDGED = "not judged, because no better side is chosen or what is counted changed without a reason"
WITHOUT_FIGURES = (
    VerdictState.NOT_CURRENT, VerdictState.NO_VERDICT, VerdictState.NO_BASELINE, VerdictState.TOO_EARLY,
)  # fmt: skip
"""The verdicts with which no figures before and after are compared."""
MOST_DECIMALS = 6


@dataclass(frozen=True)
class Levels:
    """The mean and the limits before an action and after its completion; None if they are not known."""

    before: float | None = None
    after: float | None = None
    limits_before: tuple[float, float] | None = None
    limits_after: tuple[float, float] | None = None


Dates = tuple[date | None, date | None]
"""When an action was started and completed."""


def levels_of(
    judged: JudgedSeries, row: int, start: date | None, completed: date | None, verdict: Verdict | None
) -> Levels:
    """The levels of one series around an action (see `levels_of_many`)."""
    return levels_of_many(judged, [row], [(start, completed)], [verdict])[0]


def levels_of_many(
    judged: JudgedSeries, rows: Sequence[int], dates: Sequence[Dates], verdicts: Sequence[Verdict | None]
) -> list[Levels]:
    """The levels around each action: those that a chart draws, or means alone if it draws no limits for each side.

    There are none if the action is not completed or the verdict compares no figures.
    """
    levels = [Levels()] * len(rows)
    known_ones = [
        (number, row, start, done, verdict)
        for number, (row, (start, done), verdict) in enumerate(zip(rows, dates, verdicts, strict=True))
        if done is not None and verdict is not None and verdict.state not in WITHOUT_FIGURES
    ]
    if not known_ones:
        return levels
    numbers, chosen, starts, completed, judgements = zip(*known_ones, strict=True)
    around = limits_around_many(judged, chosen, starts, completed, [verdict.left_out for verdict in judgements])
    values, months = comparable(judged.series), judged.series.first_days
    for place, (number, row, done, verdict) in enumerate(zip(numbers, chosen, completed, judgements, strict=True)):
        after = months > np.datetime64(done, "M")
        sides = [tuple(latest(table[place], side) for table in around) for side in (~after, after)]
        if np.isnan(sides[0][0]):
            there = values[row, after & ~np.isnan(values[row])]
            levels[number] = Levels(verdict.baseline_mean, float(there.sum() / there.size) if there.size else None)
            continue
        limits = [None if np.isnan(lower) else (lower, upper) for _, lower, upper in sides]
        levels[number] = Levels(known(sides[0][0]), known(sides[1][0]), *limits)
    return levels


def latest(line: Floats, side: np.ndarray) -> float:
    """The last known value of a line on one side of the action; NaN if there is none."""
    there = np.flatnonzero(side & ~np.isnan(line))
    return float(line[there[-1]]) if there.size else float("nan")


def change_sentence(
    what: str, verdict: Verdict | None, completed: date | None, levels: Levels = Levels(), sign: str = ""
) -> str:
    """What changed after an action, without a full stop; `what` is measured, `sign` follows each figure, such as “%”.

    Without `levels` no figure is named. See the tests for a sentence of each verdict.
    """
    if verdict is None:
        return f"{what}: {NOT_JUDGED}"
    if completed is None:
        return f"{what}: {NOT_DONE}"
    month = f"{completed:%B %Y}"
    words = words_of(verdict, month)
    if verdict.state in WITHOUT_FIGURES:
        return f"{what}: {words}"
    if levels.before is None or levels.after is None:
        return f"{what}: {words}, after completion in {month}"
    before, after = (f"{figure}{sign}" for figure in told_apart(levels.before, levels.after))
    if verdict.state is VerdictState.SUSTAINED and moved_for_the_better(verdict, levels):
        verb = "fell" if levels.after < levels.before else "rose"
        when = "by" if verdict.under_way or verdict.reached_back else "after"
        return f"{what} {verb} from {before} to {after} {when} completion in {month}, held for {held(verdict)}"
    return f"{what}: {before} before and {after} since completion in {month}: {words}"


def words_of(verdict: Verdict, month: str) -> str:
    """What a verdict lets a sentence say, with its numbers."""
    short = verdict.state is VerdictState.TOO_EARLY and verdict.n_p >= RUN
    words = (STILL_SHORT if short else WORDS[verdict.state]).format(
        held=held(verdict), unit=verdict.unit, n_b=verdict.n_b, n_p=verdict.n_p, run=RUN, least=PROVISIONAL, month=month,
    )  # fmt: skip
    warned = ", with a warning signal" if verdict.state is VerdictState.TOO_EARLY and verdict.warning else ""
    few = f" (provisional: {verdict.n_b} {verdict.unit} before)" if verdict.provisional else ""
    return f"{words}{warned}{few}"


def held(verdict: Verdict) -> str:
    """How long the latest run of better points has lasted since completion, such as “nine months”."""
    points = verdict.run - verdict.reached_back - verdict.under_way
    return f"{points} {verdict.unit}"


def moved_for_the_better(verdict: Verdict, levels: Levels) -> bool:
    """Whether the mean after is on the better side of the mean before."""
    assert levels.before is not None
    assert levels.after is not None
    return (levels.after < levels.before) if verdict.direction == "decrease" else (levels.after > levels.before)


def told_apart(before: float, after: float) -> tuple[str, str]:
    """Two figures with one decimal, or with as many as tell them apart."""
    for decimals in range(1, MOST_DECIMALS + 1):
        shown = number_text(round(before, decimals)), number_text(round(after, decimals))
        if shown[0] != shown[1] or before == after:
            break
    return shown
