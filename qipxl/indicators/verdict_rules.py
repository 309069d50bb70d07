"""The verdict on each series: the first state that applies, with the numbers behind it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from qipxl.indicators.arrays import Bools, Floats, divided, known
from qipxl.indicators.calendar import Days, month_numbers
from qipxl.indicators.event_counts import ALPHA
from qipxl.indicators.evidence import REACH, SPAN_DAYS, Evidence
from qipxl.indicators.rule_sets import DIRECTIONS
from qipxl.indicators.verdict import RUN, Verdict, VerdictState
from qipxl.periods import Period

ENOUGH, PROVISIONAL = 12, 8
"""The number of points before the action that a verdict needs, and that a provisional one needs."""


@dataclass(frozen=True)
class Verdicts:
    """The verdicts on many series, with the numbers behind them; `verdict` gives one with its sentence."""

    evidence: Evidence
    p: Floats
    """The exact chance of a count this good if nothing has changed; NaN for values that are not counts."""
    event_free: Floats
    """The number of further months without an event that are needed, for counts."""

    @cached_property
    def clean(self) -> Bools:
        """Whether the latest seven or more points are better and have no warning."""
        return np.asarray((self.evidence.run >= RUN) & ~self.evidence.warned_since)

    @cached_property
    def n_b(self) -> NDArray[np.int64]:
        """The number of points before the action."""
        return self.evidence.baseline.size

    @cached_property
    def n_p(self) -> NDArray[np.int64]:
        """The number of points after the month of completion."""
        return np.asarray(self.evidence.post.sum(axis=1))

    @cached_property
    def sustained(self) -> Bools:
        """Whether the conditions A to F all hold. (A run of seven has no gap, so B includes that part of A.)"""
        seen, by_chance = self.evidence, self.p > ALPHA
        enough = (self.n_b >= ENOUGH) & (self.n_p >= RUN) & seen.current & ~seen.action.undated
        return np.asarray(enough & self.clean & (seen.reached_back < REACH) & ~by_chance & seen.spans)

    @cached_property
    def states(self) -> NDArray[np.object_]:
        """The state of each series: the first case that applies."""
        seen, held = self.evidence, self.evidence.run >= RUN
        cases = (
            (VerdictState.SUSTAINED, self.sustained),
            (VerdictState.NOT_CURRENT, ~seen.current),
            (VerdictState.NO_VERDICT, seen.action.undated),
            (VerdictState.NO_BASELINE, self.n_b < PROVISIONAL),
            (VerdictState.TOO_EARLY, self.n_p < RUN),
            (VerdictState.WORSE, seen.warned),
            (VerdictState.IMPROVED_BEFORE, held & (seen.reached_back >= REACH)),
            (VerdictState.TOO_EARLY, seen.only_a_gap | (self.clean & ~seen.spans)),
            (VerdictState.TOO_FEW_EVENTS, self.clean & (self.p > ALPHA)),
            (VerdictState.NOT_HELD, (held & seen.warned_since) | (seen.held_once & ~held)),
            (VerdictState.EARLY_SIGN, held | seen.early),
            (VerdictState.AT_BEST, seen.at_best),
            (VerdictState.NO_EVIDENCE, np.ones_like(held)),
        )
        states = np.array([state for state, _ in cases], dtype=object)
        return np.asarray(states[np.argmax([test for _, test in cases], axis=0)])

    @cached_property
    def warnings(self) -> Bools:
        """Whether the figures warn before they are judged worse: see `Verdict.warning`."""
        seen, states = self.evidence, self.states
        early = seen.warned & (states == VerdictState.TOO_EARLY)
        return np.asarray(early | (seen.no_better_lately & (states == VerdictState.NOT_HELD)))

    @cached_property
    def baseline_mean(self) -> Floats:
        """The frozen mean; NaN without a baseline."""
        return self.evidence.baseline.lines.mean[:, 0]

    @cached_property
    def run_mean(self) -> Floats:
        """The mean of the run after completion; NaN if the run is shorter than seven."""
        points = self.evidence.in_run & self.evidence.post & (self.evidence.run >= RUN)[:, None]
        return divided(np.where(points, self.evidence.values, 0.0).sum(axis=1), points.sum(axis=1))

    @cached_property
    def earliest(self) -> Days:
        """The month of the earliest verdict, as its first day, if it is too early now and all values come in time."""
        seen = self.evidence
        ends = (seen.action.completed + 1).astype("datetime64[M]").astype("datetime64[D]") - 1
        latest = seen.calendar.days[seen.latest]
        soon = np.where(self.n_p < RUN, RUN - self.n_p, np.where(seen.only_a_gap, RUN - seen.run, 0))
        month = seen.calendar.later(np.where(self.n_p < RUN, np.maximum(latest, ends), latest), soon)
        if not seen.calendar.monthly:
            begins = np.where(seen.run > 0, seen.calendar.days[seen.first_after], ends)
            month = np.maximum(month, (begins + SPAN_DAYS).astype("datetime64[M]").astype("datetime64[D]"))
        return np.where(self.states == VerdictState.TOO_EARLY, month, np.datetime64("NaT", "D"))

    def verdict(self, row: int) -> Verdict:
        """The verdict on one series."""
        seen, state = self.evidence, VerdictState(self.states[row])
        mean, now = float(self.baseline_mean[row]), float(self.run_mean[row])
        change = now - mean
        run, days = int(seen.run[row]), seen.calendar.days
        return Verdict(
            state=state,
            direction=next(name for name, sign in DIRECTIONS.items() if sign == seen.sign[row]),
            n_b=int(self.n_b[row]),
            n_p=int(self.n_p[row]),
            better=int((seen.better[row] & seen.post[row]).sum()),
            baseline_mean=known(mean),
            run_mean=known(now),
            change=known(change),
            change_percent=known(100 * change / mean) if mean > 0 else None,
            run=run,
            run_began=period_of(days[seen.latest[row] - run + 1]) if run else None,
            reached_back=int(seen.reached_back[row]),
            under_way=int(seen.until_done[row] - seen.reached_back[row]),
            warning=bool(self.warnings[row]),
            begun_earlier=bool(seen.action.begun_earlier[row]),
            p=known(self.p[row]),
            event_free_needed=self.months_needed(row) if state is VerdictState.TOO_FEW_EVENTS else None,
            earliest_verdict=period_of(self.earliest[row]),
            provisional=bool(PROVISIONAL <= self.n_b[row] < ENOUGH),
            left_out=tuple(period for day in days[seen.baseline.left_out[row]] if (period := period_of(day))),
            missing=self.missing(row),
            unit="months" if seen.calendar.monthly and seen.calendar.every == 1 else "points",
        )

    def months_needed(self, row: int) -> int | None:
        """The number of further months without an event; None if more events are better or there were none before."""
        number = self.event_free[row]
        return max(1, int(number)) if self.evidence.sign[row] < 0 and np.isfinite(number) else None

    def missing(self, row: int) -> tuple[Period, ...]:
        """The months without a value among the latest seven that are after completion."""
        seen = self.evidence
        if not seen.calendar.monthly or not seen.current[row]:
            return ()
        months = month_numbers(seen.calendar.days)
        seven = months[seen.latest[row]] - seen.calendar.every * np.arange(RUN - 1, -1, -1)
        absent = seven[(seven > seen.action.completed[row]) & ~np.isin(seven, months[seen.there[row]])]
        return tuple(period for day in absent.astype("datetime64[M]") if (period := period_of(day)))


def period_of(day: np.datetime64) -> Period | None:
    """The month of a day; None for no day."""
    return None if np.isnat(day) else Period.read(str(day.astype("datetime64[M]")))
