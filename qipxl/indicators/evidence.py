"""The conditions that a verdict depends on, for many series and their actions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from qipxl.indicators.action_dates import ActionDates
from qipxl.indicators.arrays import Bools, Codes, Floats, Ints, divided
from qipxl.indicators.baseline import Baseline
from qipxl.indicators.calendar import Reporting, month_numbers
from qipxl.indicators.phases import Phases
from qipxl.indicators.special_causes import SpecialCauses, run_lengths
from qipxl.indicators.verdict import RUN

REACH = 5
"""A run with this many points in or before the month in which the action began was there before the action. A stable baseline ends
with five or more better points once in 32 times, but with one or more every second time, so fewer points show nothing."""
SPAN_MONTHS, SPAN_DAYS = 6, 182
LATELY = 3
"""The number of the latest points whose average says whether an improvement is lost. One point on the worse side is no sign: in 12
months an improvement of 1.5 standard deviations that holds has such a point more often than not."""
OLDEST = 2
"""The largest age of the latest value, in reporting periods."""


@dataclass(frozen=True)
class Evidence:
    """Many series compared with their frozen baselines; each condition is one value per series unless it says otherwise."""

    values: Floats
    calendar: Reporting
    phases: Phases
    action: ActionDates
    baseline: Baseline
    causes: SpecialCauses
    sign: Ints
    as_at: np.datetime64

    @cached_property
    def way(self) -> Codes:
        """Which side is better, as a column."""
        return self.sign[:, None].astype(np.int8)

    @cached_property
    def there(self) -> Bools:
        """Whether there is a value, per point."""
        return ~np.isnan(self.values)

    @cached_property
    def past(self) -> Bools:
        """Whether a month is after completion, per point."""
        return self.action.after(month_numbers(self.calendar.days))

    @cached_property
    def post(self) -> Bools:
        """Whether a point has a value and is after completion, per point."""
        return self.there & self.past

    @cached_property
    def better(self) -> Bools:
        """Whether a point is on the better side of the baseline's mean, per point."""
        return np.asarray(self.there & (self.causes.side == self.way))

    @cached_property
    def latest(self) -> Ints:
        """The column of the latest value."""
        return np.asarray(self.values.shape[1] - 1 - self.there[:, ::-1].argmax(axis=1))

    @cached_property
    def last(self) -> Bools:
        """Whether a point is one of the latest seven and after completion, per point."""
        return self.post & (np.cumsum(self.there[:, ::-1], axis=1)[:, ::-1] <= RUN)

    @cached_property
    def run(self) -> Ints:
        """The length of the run of better points up to the latest; 0 if the latest is not better."""
        lengths = run_lengths(self.better.astype(np.int8), self.phases.follows)
        return np.where(self.better, lengths, 0)[np.arange(len(self.values)), self.latest]

    @cached_property
    def in_run(self) -> Bools:
        """Whether a point is in that run, per point."""
        return np.asarray(self.better & (np.arange(self.values.shape[1]) > (self.latest - self.run)[:, None]))

    @cached_property
    def reached_back(self) -> Ints:
        """The number of points of that run in or before the month in which the action began (without a start: was completed)."""
        begun = self.action.begun(month_numbers(self.calendar.days))
        return np.asarray((self.in_run & ~begun).sum(axis=1))

    @cached_property
    def until_done(self) -> Ints:
        """The number of points of that run in or before the month of completion."""
        return np.asarray((self.in_run & ~self.past).sum(axis=1))

    @cached_property
    def current(self) -> Bools:
        """Whether the latest value is recent enough."""
        age = self.calendar.periods_from(self.calendar.days[self.latest], self.as_at)
        return np.asarray(self.there.any(axis=1) & (age <= OLDEST))

    @cached_property
    def warning(self) -> Bools:
        """Whether a point has a special cause in the wrong direction, per point."""
        return self.causes.towards(-self.way)

    @cached_property
    def warned(self) -> Bools:
        """Whether one of the latest seven points has such a warning."""
        return np.asarray((self.warning & self.last).any(axis=1))

    @cached_property
    def warned_since(self) -> Bools:
        """Whether a point of the run has such a warning."""
        return np.asarray((self.warning & self.in_run).any(axis=1))

    @cached_property
    def only_a_gap(self) -> Bools:
        """Whether the latest seven points are better, but a period is missing among them."""
        return np.asarray(((self.better & self.last).sum(axis=1) == RUN) & (self.run < RUN))

    @cached_property
    def held_once(self) -> Bools:
        """Whether seven points in a row were better at any time after completion."""
        after = self.better & self.post
        return np.asarray((after & (run_lengths(after.astype(np.int8), self.phases.follows) >= RUN)).any(axis=1))

    @cached_property
    def no_better_lately(self) -> Bools:
        """Whether the latest three points after completion are on average no better than the baseline's mean."""
        latest = self.post & (np.cumsum(self.there[:, ::-1], axis=1)[:, ::-1] <= LATELY)
        average = divided(np.where(latest, self.values, 0.0).sum(axis=1), latest.sum(axis=1))
        return np.asarray(self.sign * (average - self.baseline.lines.mean[:, 0]) <= 0)

    @cached_property
    def early(self) -> Bools:
        """Whether one of the latest seven points has a special cause in the right direction other than a shift."""
        short_of_shift = (self.causes.outside | self.causes.two_in_three) & self.better
        trend = np.where(self.way > 0, self.causes.rising, self.causes.falling)
        return np.asarray(((short_of_shift | trend) & self.last).any(axis=1))

    @cached_property
    def first_after(self) -> Ints:
        """The column of the run's first point after completion; the latest column if there is no run."""
        return np.asarray(np.minimum(self.latest - self.run + 1 + self.until_done, self.latest))

    @cached_property
    def spans(self) -> Bools:
        """Whether it is six months or more from that point to the latest."""
        first, latest = (self.calendar.days[column] for column in (self.first_after, self.latest))
        if self.calendar.monthly:
            return np.asarray(month_numbers(latest) - month_numbers(first) >= SPAN_MONTHS)
        return np.asarray((latest - first).astype(np.int64) >= SPAN_DAYS)

    @cached_property
    def at_best(self) -> Bools:
        """Whether every point of the baseline is at the best value: 0 if less is better, 100% if more is better."""
        share = np.where(self.there, self.values, 0.0).max(axis=1) <= 1
        return self.baseline.is_constant_at(self.values, np.where(self.sign < 0, 0.0, np.where(share, 1.0, 100.0)))
