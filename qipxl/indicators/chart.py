"""Charts: the judged points of one series or of many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qipxl.indicators.arrays import Bools, Codes, Floats, Ints
from qipxl.indicators.centre_lines import CentreLines
from qipxl.indicators.phases import Phases
from qipxl.indicators.rule_sets import Directions, RuleSet, sign_of
from qipxl.indicators.special_causes import special_causes

Texts = NDArray[np.object_]
SHORT = 13
"""A phase with fewer points gets a warning."""
POINT_TYPES = (
    "common_cause", "special_cause_improvement", "special_cause_concern",
    "special_cause_neutral_high", "special_cause_neutral_low",
)  # fmt: skip
ASSURANCES = (None, "inconsistent", "consistent_pass", "consistent_fail")


@dataclass(frozen=True)
class Chart:
    """One judged series: arrays in date order with an entry per point, and the result of the latest point.

    `outside_limits` and `close_to_limits` are False if there is no value or no limit. `relative_to_mean` is 1, 0 or -1, and
    NaN if there is no value. `rebase_unused` lists the dates of `rebase` that no point has.
    """

    rules: str
    x: NDArray[np.generic]
    y: Floats
    rebase_group: Ints
    short_group_warning: Bools
    mean: Floats
    lpl: Floats
    upl: Floats
    outside_limits: Bools
    relative_to_mean: Floats
    close_to_limits: Bools
    special_cause_type: Texts
    special_cause_flag: Bools
    point_type: Texts
    variation_type: str
    assurance_type: str | None
    rebase_unused: tuple[str, ...] = ()


@dataclass(frozen=True)
class Charts:
    """Many judged series: arrays of shape (series, months); labels are made from codes on demand."""

    rules: RuleSet
    y: Floats
    rebase_group: Ints
    short_group_warning: Bools
    mean: Floats
    lpl: Floats
    upl: Floats
    outside_limits: Bools
    side: Codes
    close_to_limits: Bools
    special_cause: Codes
    """The code of each point's special cause (see `rule_sets.SpecialCause`)."""
    point: Codes
    """The index of each point's type in POINT_TYPES."""
    assurance: Codes
    """The index of each series' assurance in ASSURANCES."""

    @property
    def special_cause_flag(self) -> Bools:
        """Whether each point has a special cause."""
        return np.asarray(self.special_cause != 0)

    @property
    def special_cause_type(self) -> Texts:
        """The label of each point's special cause."""
        labels = self.rules.labels
        return np.array([labels[code] for code in range(-4, 5)], dtype=object)[self.special_cause + 4]

    @property
    def point_type(self) -> Texts:
        """The type of each point: improvement, concern, neutral change or common cause."""
        return np.array(POINT_TYPES, dtype=object)[self.point]

    @property
    def variation_type(self) -> Texts:
        """The type of each series' latest point."""
        return np.array(POINT_TYPES, dtype=object)[self.point[:, -1]]

    @property
    def assurance_type(self) -> Texts:
        """Whether each series consistently meets its target; None without a target or a direction."""
        return np.array(ASSURANCES, dtype=object)[self.assurance]

    @property
    def relative_to_mean(self) -> Floats:
        """1 above the mean, 0 on it, -1 below, NaN if there is no value."""
        return np.where(np.isnan(self.y), np.nan, self.side)

    def chart(self, row: int, x: NDArray[np.generic], rebase_unused: tuple[str, ...] = ()) -> Chart:
        """The chart of one series."""
        names = [name for name in Chart.__dataclass_fields__ if name not in ("rules", "x", "rebase_unused")]
        of_row = {name: getattr(self, name)[row] for name in names}
        return Chart(self.rules.name, x, **of_row, rebase_unused=rebase_unused)


def judge(
    values: Floats, lines: CentreLines, phases: Phases, rules: RuleSet, direction: Directions, target: ArrayLike | None
) -> Charts:
    """Judge values by their centre lines and limits."""
    names = [direction] if isinstance(direction, str) else direction
    signs = np.broadcast_to(np.array([sign_of(name) for name in names], dtype=np.int8), len(values))
    slack = phases.slack(values)
    causes = special_causes(values, lines, phases.follows, slack, rules)
    lower, upper = lines.at(-3), lines.at(3)
    of_lines = (phases.group, phases.length() < SHORT, lines.mean, lower, upper)
    of_points = (causes.outside, causes.side, causes.near, causes.code, point_types(causes.code, signs[:, None]))
    assured = assurances(target, lower[:, -1] - slack[:, -1], upper[:, -1] + slack[:, -1], signs)
    return Charts(rules, values, *of_lines, *of_points, assured)


def point_types(code: Codes, sign: Codes) -> Codes:
    """The index in POINT_TYPES of each point, from the signs of its code and of the direction."""
    way = np.sign(code) * np.where(sign == 0, 1, sign)
    kind = np.where(way > 0, 1, 2) + np.where(sign == 0, 2, 0)
    return np.where(way == 0, 0, kind).astype(np.int8)


def assurances(target: ArrayLike | None, lower: Floats, upper: Floats, sign: Codes) -> Codes:
    """The index in ASSURANCES of each series: a target beyond the latest limits is always met, or never."""
    targets = np.broadcast_to(np.nan if target is None else np.asarray(target, dtype=float), lower.shape)
    reach = np.where(targets > upper, -sign, np.where(targets < lower, sign, 0))
    kind = np.where(reach > 0, 2, np.where(reach < 0, 3, 1))
    return np.where(np.isnan(targets) | (sign == 0), 0, kind).astype(np.int8)
