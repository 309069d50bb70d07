"""What the points of many series say about their actions, condition by condition, before a word is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from qipxl.indicators.action_dates import Action
from qipxl.indicators.arrays import Bools, Codes, Floats, Ints
from qipxl.indicators.baseline import Baseline
from qipxl.indicators.calendar import Reporting, month_numbers
from qipxl.indicators.phases import Phases
from qipxl.indicators.special_causes import Signals, run_lengths
from qipxl.indicators.verdict import RUN

REACH = 5
"""With so many points of a run in or before the month of completion, it began before. A stable baseline ends with five or
more better points once in 32 times, with one or more every second time, so fewer say nothing."""
SPAN_MONTHS, SPAN_DAYS = 6, 182
OLDEST = 2
"""The latest value may be so many reporting periods old."""


@dataclass(frozen=True)
class Evidence:
    """Many series held against their frozen baselines: a row each, and one answer a row unless it says otherwise."""

    values: Floats
    calendar: Reporting
    phases: Phases
    action: Action
    baseline: Baseline
    found: Signals
    sign: Ints
    as_at: np.datetime64

    @cached_property
    def rows(self) -> Ints:
        """The number of each row."""
        return np.arange(len(self.values))

    @cached_property
    def way(self) -> Codes:
        """Which side is better, as a column."""
        return self.sign[:, None].astype(np.int8)

    @cached_property
    def there(self) -> Bools:
        """Where there is a value, point by point."""
        return ~np.isnan(self.values)

    @cached_property
    def past(self) -> Bools:
        """The months after completion, column by column."""
        return self.action.after(month_numbers(self.calendar.days))

    @cached_property
    def post(self) -> Bools:
        """The points after completion."""
        return self.there & self.past

    @cached_property
    def better(self) -> Bools:
        """The points on the better side of the baseline's mean."""
        return np.asarray(self.there & (self.found.side == self.way))

    @cached_property
    def latest(self) -> Ints:
        """The column of the latest value."""
        return np.asarray(self.values.shape[1] - 1 - self.there[:, ::-1].argmax(axis=1))

    @cached_property
    def last(self) -> Bools:
        """The latest seven points, as far as they lie after completion."""
        return self.post & (np.cumsum(self.there[:, ::-1], axis=1)[:, ::-1] <= RUN)

    @cached_property
    def run(self) -> Ints:
        """How many points in a row up to the latest are better."""
        lengths = run_lengths(self.better.astype(np.int8), self.phases.follows)
        return np.where(self.better, lengths, 0)[self.rows, self.latest]

    @cached_property
    def in_run(self) -> Bools:
        """The points of that run."""
        return np.asarray(self.better & (np.arange(self.values.shape[1]) > (self.latest - self.run)[:, None]))

    @cached_property
    def reached_back(self) -> Ints:
        """How many points of that run lie in or before the month of completion."""
        return np.asarray((self.in_run & ~self.past).sum(axis=1))

    @cached_property
    def current(self) -> Bools:
        """The latest value is recent enough."""
        age = self.calendar.periods_from(self.calendar.days[self.latest], self.as_at)
        return np.asarray(self.there.any(axis=1) & (age <= OLDEST))

    @cached_property
    def warning(self) -> Bools:
        """The points with a signal of the wrong direction."""
        return self.found.towards(-self.way)

    @cached_property
    def warned(self) -> Bools:
        """There is one among the latest seven points."""
        return np.asarray((self.warning & self.last).any(axis=1))

    @cached_property
    def warned_since(self) -> Bools:
        """There is one in the run."""
        return np.asarray((self.warning & self.in_run).any(axis=1))

    @cached_property
    def only_a_gap(self) -> Bools:
        """The latest seven points are better, but a period is missing among them."""
        return np.asarray(((self.better & self.last).sum(axis=1) == RUN) & (self.run < RUN))

    @cached_property
    def held_once(self) -> Bools:
        """Seven in a row after completion were better at some time."""
        after = self.better & self.post
        return np.asarray((after & (run_lengths(after.astype(np.int8), self.phases.follows) >= RUN)).any(axis=1))

    @cached_property
    def early(self) -> Bools:
        """Something short of a shift points the right way among the latest seven points."""
        aside = (self.found.outside | self.found.two_in_three) & self.better
        trend = np.where(self.way > 0, self.found.rising, self.found.falling)
        return np.asarray(((aside | trend) & self.last).any(axis=1))

    @cached_property
    def first_after(self) -> Ints:
        """The column of the run's first point after completion; the latest column where there is no run."""
        return np.asarray(np.minimum(self.latest - self.run + 1 + self.reached_back, self.latest))

    @cached_property
    def spans(self) -> Bools:
        """From that point to the latest it is six months or more."""
        first, latest = (self.calendar.days[column] for column in (self.first_after, self.latest))
        if self.calendar.monthly:
            return np.asarray(month_numbers(latest) - month_numbers(first) >= SPAN_MONTHS)
        return np.asarray((latest - first).astype(np.int64) >= SPAN_DAYS)

    @cached_property
    def at_best(self) -> Bools:
        """The baseline is 0 throughout where less is better, 100% throughout where more is."""
        share = np.where(self.there, self.values, 0.0).max(axis=1) <= 1
        return self.baseline.stands_at(self.values, np.where(self.sign < 0, 0.0, np.where(share, 1.0, 100.0)))
