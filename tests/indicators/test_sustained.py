"""Sustained improvement: every condition and every state by hand, and how often the word is wrong, by simulation."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from factories import LONG, first_only
from hypothesis import given, settings
from hypothesis import strategies as st

from qipxl import Period
from qipxl.errors import RequestError
from qipxl.indicators import NOT_SHOWN, Verdict, VerdictState, sustained, sustained_many

FIRST = Period(2024, 1)
BASE: list[float | None] = [10, 12, 11, 9, 10, 12, 8, 11, 10, 9, 11, 11]
"""Twelve months of 2024: mean 10.33, where less is better. The action is completed in January 2025, at 11."""
DONE = "2025-01-20"
GOOD: list[float | None] = [6, 7, 5, 6, 7, 6, 5]
"""February to August 2025."""


def months(count: int) -> list[Period]:
    return [FIRST.plus(number) for number in range(count)]


def judge(after: list[float | None], before: list[float | None] = BASE, **ways: Any) -> Verdict:
    """A verdict on the day after the last value; 11 in the month of completion."""
    values = [*before, 11, *after]
    asked = {"months": months(len(values)), "completed_on": DONE, "direction": "decrease"} | ways
    return sustained(values, **({"as_at": asked["months"][-1].last} | asked))


def test_seven_better_months_after_completion_are_sustained() -> None:
    verdict = judge(GOOD)
    assert verdict.state == "Sustained"
    assert (verdict.n_b, verdict.n_p, verdict.run, verdict.run_began) == (12, 7, 7, Period(2025, 2))
    assert verdict.baseline_mean == pytest.approx(124 / 12)
    assert verdict.run_mean == 6
    assert verdict.change == pytest.approx(6 - 124 / 12)
    assert verdict.change_percent == pytest.approx(100 * (6 / (124 / 12) - 1))
    assert verdict.words == "The latest 7 months are all better than the baseline: mean 10.3 to 6, 42% lower."
    assert verdict.needs == ""
    assert verdict.p is None
    assert not verdict.provisional
    assert NOT_SHOWN.startswith("This does not show practice")


def test_where_more_is_better_the_mirror_image_is_sustained_too() -> None:
    values = [-each for each in (*BASE, 11, *GOOD) if each is not None]
    verdict = sustained(values, months=months(20), completed_on=DONE, direction="increase", as_at="2025-08-31")
    assert verdict.state is VerdictState.SUSTAINED
    assert verdict.change == pytest.approx(124 / 12 - 6)


# A: enough, recent, none missing.


def test_the_baseline_needs_twelve_points_and_eight_for_anything() -> None:
    for points, state in (
        (12, VerdictState.SUSTAINED),
        (11, VerdictState.EARLY_SIGN),
        (8, VerdictState.EARLY_SIGN),
        (7, VerdictState.NO_BASELINE),
    ):
        verdict = judge(GOOD, [None] * (12 - points) + BASE[12 - points :])
        assert verdict.state is state
        assert verdict.n_b == points
        assert verdict.provisional == (8 <= points < 12)
        assert ("provisional" in verdict.words) == verdict.provisional


def test_the_baseline_is_the_last_24_points_before_the_action() -> None:
    long = [100.0] * 10 + BASE * 2
    values = [*long, 11, *GOOD]
    verdict = sustained(
        values, months=months(42), completed_on=months(42)[34].first, direction="decrease", as_at=months(42)[-1].last
    )
    assert verdict.n_b == 24
    assert verdict.baseline_mean == pytest.approx(124 / 12)


def test_the_baseline_ends_before_the_start_where_one_is_given() -> None:
    verdict = judge(GOOD, started_on="2024-09-30")
    assert verdict.n_b == 8
    assert verdict.baseline_mean == pytest.approx(sum(BASE[:8]) / 8)


@pytest.mark.parametrize(
    ("after", "better", "earliest"),
    [
        ([], 0, Period(2025, 8)),
        ([6], 1, Period(2025, 8)),
        ([6, 12, 6], 2, Period(2025, 8)),
        (GOOD[:6], 6, Period(2025, 8)),
    ],
)
def test_fewer_than_seven_points_are_too_early(after: list[float | None], better: int, earliest: Period) -> None:
    verdict = judge(after)
    assert verdict.state is VerdictState.TOO_EARLY
    assert verdict.earliest_verdict == earliest
    assert verdict.words.startswith(f"{len(after)} of 7 months since completion, {better} better.")
    assert verdict.words.endswith("Earliest verdict: August 2025.")


def test_a_missing_month_puts_the_earliest_verdict_off() -> None:
    verdict = judge([6, None, 6])
    assert (verdict.n_p, verdict.earliest_verdict) == (2, Period(2025, 9))


def test_a_value_may_be_two_months_old_and_no_older() -> None:
    assert judge(GOOD, as_at="2025-10-31").state is VerdictState.SUSTAINED
    assert judge(GOOD, as_at="2025-11-01").state is VerdictState.NOT_CURRENT
    assert judge([*GOOD, None, None]).state is VerdictState.SUSTAINED
    assert judge([*GOOD, None, None, None]).state is VerdictState.NOT_CURRENT
    assert judge([], [None] * 12).state is not VerdictState.SUSTAINED


def test_dates_after_the_as_at_date_are_not_known_yet() -> None:
    assert judge([*GOOD, 50, 50], as_at="2025-08-31").state is VerdictState.SUSTAINED
    assert judge(GOOD, as_at="2025-07-31").state is VerdictState.TOO_EARLY
    assert judge(GOOD, as_at="2025-01-19").state is VerdictState.NO_VERDICT


def test_a_missing_month_in_the_last_seven_restarts_the_count() -> None:
    blank = judge([6, 7, 5, None, 6, 7, 6, 5])
    assert blank.state is VerdictState.TOO_EARLY
    assert blank.missing == (Period(2025, 5),)
    assert blank.earliest_verdict == Period(2025, 12)
    assert "No value for May 2025" in blank.words
    values = [*BASE, 11, 6, 7, 5, 6, 7, 6, 5]
    dates = [month for month in months(21) if month != Period(2025, 5)]
    left_out = sustained(values, months=dates, completed_on=DONE, direction="decrease", as_at="2025-09-30")
    assert (left_out.state, left_out.words) == (blank.state, blank.words)
    assert judge([6, 7, 5, None, *GOOD]).state is VerdictState.SUSTAINED


# B: the latest seven are better.


def test_a_point_on_the_mean_is_not_better() -> None:
    flat: list[float | None] = [9.9, 10.1] * 6
    assert judge([9.9] * 7, flat).state is VerdictState.SUSTAINED
    assert judge([9.9] * 6 + [10.0], flat).state is not VerdictState.SUSTAINED


def test_seven_better_ones_that_are_over_have_not_held() -> None:
    verdict = judge([*GOOD, 12, 6, 11])
    assert verdict.state is VerdictState.NOT_HELD
    assert verdict.run_mean is None
    assert "has not held" in verdict.words


def test_the_baseline_stays_frozen_whatever_comes_after() -> None:
    means = {judge(GOOD * times).baseline_mean for times in (1, 2, 3)}
    assert len(means) == 1


# C: nothing warns since.


def test_a_trend_the_wrong_way_is_not_sustained() -> None:
    early = judge([3, 4, 5, 6, 7, 8, 5, 6, 5, 6, 5, 6, 5])
    assert early.state is VerdictState.NOT_HELD
    assert "without a warning signal since" in early.needs
    late = judge([6, 3, 4, 5, 6, 7, 8])
    assert late.state is VerdictState.WORSE


def test_a_month_far_on_the_wrong_side_is_worse() -> None:
    verdict = judge([16, 17, 25, 6, 7, 6, 15])
    assert verdict.state is VerdictState.WORSE
    assert "warning signal" in verdict.words


def test_a_warning_before_the_latest_seven_is_over() -> None:
    assert judge([25, *GOOD]).state is VerdictState.SUSTAINED


# D: after the start, or after completion if there is no start.

RUN_BEFORE_DONE: dict[str, Any] = {"months": months(24), "direction": "decrease", "as_at": "2025-12-31"}
"""The run begins in January 2025, four months before the action is completed in May."""
EARLY_RUN = [*BASE, 6, 5, 6, 5, 6, *GOOD]


def test_a_run_before_completion_without_a_start_improved_before() -> None:
    verdict = sustained(EARLY_RUN, completed_on="2025-05-10", **RUN_BEFORE_DONE)
    assert verdict.state is VerdictState.IMPROVED_BEFORE
    assert (verdict.reached_back, verdict.under_way, verdict.run_began) == (5, 0, Period(2025, 1))
    assert "5 of them are in or before the month of completion" in verdict.words


def test_a_run_that_began_while_the_action_was_open_is_sustained() -> None:
    verdict = sustained(EARLY_RUN, completed_on="2025-05-10", started_on="2025-01-01", **RUN_BEFORE_DONE)
    assert verdict.state is VerdictState.SUSTAINED
    assert (verdict.n_b, verdict.n_p, verdict.run, verdict.reached_back, verdict.under_way) == (12, 7, 12, 1, 4)
    assert verdict.run_mean == 6, "the mean of the months after completion"
    assert (
        "It worked before it was finished: 4 of them are from after the start and not after the month of completion. "
        "1 of them is in or before the month in which the action began, which is often due to chance."
    ) in verdict.words


def test_a_run_that_began_before_the_start_improved_before() -> None:
    values = [*BASE, 6, 5, 6, 5, 6, *GOOD]
    verdict = sustained(values, completed_on="2025-05-10", started_on="2025-05-01", **RUN_BEFORE_DONE)
    assert verdict.state is VerdictState.IMPROVED_BEFORE
    late = sustained(
        [*BASE, *BASE, 6, 5, 6, 5, 6, 6, *GOOD],
        months=months(37),
        completed_on="2026-06-10",
        started_on="2026-05-01",
        direction="decrease",
        as_at="2027-01-31",
    )
    assert (late.state, late.reached_back, late.under_way) == (VerdictState.IMPROVED_BEFORE, 5, 1)
    assert "5 of them are in or before the month in which the action began" in late.words


def test_an_early_gain_still_needs_seven_months_after_completion() -> None:
    six: dict[str, Any] = RUN_BEFORE_DONE | {"months": months(23), "as_at": "2025-11-30"}
    verdict = sustained(EARLY_RUN[:-1], completed_on="2025-05-10", started_on="2025-01-01", **six)
    assert (verdict.state, verdict.n_p, verdict.earliest_verdict) == (VerdictState.TOO_EARLY, 6, Period(2025, 12))


def test_a_few_earlier_better_points_are_taken_for_chance() -> None:
    verdict = judge(GOOD, [*BASE[:10], 9, 9])
    assert verdict.reached_back == 0
    verdict = sustained(
        [*BASE, 9, *GOOD], months=months(20), completed_on=DONE, direction="decrease", as_at="2025-08-31"
    )
    assert verdict.state is VerdictState.SUSTAINED
    assert (verdict.reached_back, verdict.run, verdict.run_began) == (1, 8, Period(2025, 1))
    assert verdict.run_mean == 6
    assert "1 of them is in or before the month of completion" in verdict.words


# E: counts.


def test_few_events_may_be_chance_and_need_more_months() -> None:
    rare: list[float | None] = [1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0]
    values = [*rare, 1, *[0] * 8]
    asked = {"months": months(21), "completed_on": DONE, "direction": "decrease", "as_at": "2025-09-30"}
    assert sustained(values, **asked).state is VerdictState.SUSTAINED
    verdict = sustained(values, numerator=values, **asked)
    assert verdict.state is VerdictState.TOO_FEW_EVENTS
    assert verdict.p == pytest.approx(0.6**3)
    assert verdict.event_free_needed == 21 - 8, "12 months x (0.05 ** (-1 / 3) - 1), less the 8 since then"
    assert "about 13 more months without an event" in verdict.words
    longer = [*values, *[0] * 13]
    enough = sustained(longer, numerator=longer, **(asked | {"months": months(34), "as_at": "2026-10-31"}))
    assert enough.state is VerdictState.SUSTAINED
    assert enough.p is not None
    assert enough.p <= 0.05


def test_bed_days_count_as_the_exposure_of_a_rate() -> None:
    events, days = [3, 2, 4, 3, 2, 4, 3, 3, 2, 4, 3, 3, 3, *[1] * 7], [1000] * 13 + [400] * 7
    rates = [1000 * event / day for event, day in zip(events, days, strict=True)]
    asked = {"months": months(20), "completed_on": DONE, "direction": "decrease", "as_at": "2025-08-31"}
    held = sustained([1] * 12 + [3] + [0.5] * 7, numerator=events, exposure=days, **asked)
    plain = sustained([1] * 12 + [3] + [0.5] * 7, numerator=events, **asked)
    assert held.p is not None
    assert plain.p is not None
    assert held.p > 0.3 > 0.05 > plain.p
    assert sustained(rates, numerator=events, exposure=days, **asked).state is not VerdictState.SUSTAINED


def test_a_count_without_any_exposure_is_never_sustained() -> None:
    verdict = judge(GOOD, numerator=[*BASE, 11, *GOOD], exposure=[None] * 20)
    assert (verdict.state, verdict.p) == (VerdictState.TOO_FEW_EVENTS, 1.0)


def test_more_is_better_is_tested_the_other_way() -> None:
    up = [1, 2, 1, 0, 2, 1, 1, 2, 1, 0, 1, 1]
    verdict = judge([6] * 7, up, numerator=[*up, 11, *[6] * 7], direction="increase")
    assert verdict.p is not None
    assert verdict.p < 0.001
    little = judge([2] * 7, up, numerator=[*up, 11, *[2] * 7], direction="increase")
    assert little.p is not None
    assert little.p > 0.05
    assert little.event_free_needed is None


# F: six months.


def test_seven_weekly_audits_are_not_six_months() -> None:
    weeks = [date(2025, 1, 6) + timedelta(7 * number) for number in range(60)]
    values = [50, 48, 52, 50] * 5 + [48, 52] * 5 + [45] * 30
    asked = {"completed_on": weeks[29], "direction": "decrease"}
    early = sustained(values[:40], months=weeks[:40], as_at=weeks[39], **asked)
    assert early.run >= 7
    assert early.state is VerdictState.TOO_EARLY
    assert early.earliest_verdict == Period(2026, 2)
    assert sustained(values, months=weeks, as_at=weeks[-1], **asked).state is VerdictState.SUSTAINED


def test_seven_quarters_are_judged_as_quarters() -> None:
    quarters = [Period(2020, 1).plus(3 * number) for number in range(20)]
    asked = {"months": quarters, "completed_on": quarters[12].first, "direction": "decrease"}
    assert sustained([*BASE, 11, *GOOD], as_at=quarters[-1].plus(6).last, **asked).state is VerdictState.SUSTAINED
    assert sustained([*BASE, 11, *GOOD], as_at=quarters[-1].plus(7).last, **asked).state is VerdictState.NOT_CURRENT


# The other states.


def test_an_open_or_misdated_action_has_no_verdict() -> None:
    assert judge(GOOD, completed_on=None).state is VerdictState.NO_VERDICT
    assert judge(GOOD, started_on="2025-02-01").state is VerdictState.NO_VERDICT
    assert "completion date" in judge(GOOD, completed_on=None).needs


def test_a_baseline_at_its_best_cannot_improve() -> None:
    assert judge([0] * 9, [0] * 12).state is VerdictState.AT_BEST
    assert judge([100] * 9, [100] * 12, direction="increase").state is VerdictState.AT_BEST
    assert judge([1] * 9, [1] * 12, direction="increase", as_at="2025-10-31").state is not VerdictState.SUSTAINED
    assert judge([12, 9] * 5).state is VerdictState.NO_EVIDENCE


def test_one_event_after_a_year_of_none_is_not_called_worse() -> None:
    assert judge([0, 0, 1, 0, 0, 0, 0, 0], [0] * 12).state is VerdictState.AT_BEST


def test_something_short_of_a_shift_is_an_early_sign() -> None:
    verdict = judge([11, 12, 9, 11, 12, 11, 1])
    assert verdict.state is VerdictState.EARLY_SIGN
    assert "first sign" in verdict.words


def test_the_baseline_leaves_out_what_started_the_action() -> None:
    verdict = judge(GOOD, [*BASE[:11], 60])
    assert verdict.left_out == (Period(2024, 12),)
    assert verdict.baseline_mean == pytest.approx(sum(BASE[:11]) / 11)
    assert verdict.n_b == 12
    assert "Left out of the baseline as extreme values: December 2024." in verdict.words
    assert judge(GOOD, [*BASE[:11], -40]).left_out == ()


@pytest.mark.parametrize(
    ("ways", "words"),
    [
        ({"direction": "neutral"}, "better side"),
        ({"direction": "down"}, "not a direction"),
        ({"months": months(3)}, "one month per value"),
        ({"numerator": [1.5] * 20}, "whole numbers"),
        ({"numerator": [1] * 19}, "as many numerators as values"),
        ({"numerator": [1] * 20, "exposure": [-1] * 20}, "exposure of 0 or more"),
        ({"as_at": "soon"}, "not a date"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_words(ways: dict[str, Any], words: str) -> None:
    with pytest.raises(RequestError, match=words):
        judge(GOOD, **({"as_at": "2025-08-31"} | ways))


def test_every_state_has_its_words_and_no_state_says_failed() -> None:
    assert [str(state) for state in VerdictState] == [
        "Sustained",
        "Not current",
        "No verdict",
        "No baseline",
        "Too early",
        "Worse",
        "Improved before",
        "Too few events",
        "Improved, not held",
        "Early sign",
        "Already at best",
        "No evidence of change",
    ]


# What must hold for any series.

SERIES = st.lists(st.one_of(st.none(), st.integers(0, 100)), min_size=14, max_size=45)


@settings(max_examples=150, deadline=None)
@given(SERIES, st.integers(8, 30), st.sampled_from([0.5, 8.0]), st.integers(-64, 64))
def test_neither_unit_nor_origin_nor_mirror_changes_a_verdict(
    series: list[int | None], done: int, scale: float, more: int
) -> None:
    """Apart from a baseline at its best, which has an end of the scale."""
    values = np.array([np.nan if each is None else each + 200.0 for each in series])
    dates = months(len(values))
    asked: dict[str, Any] = {"months": dates, "completed_on": FIRST.plus(done).first, "as_at": dates[-1].last}
    first = sustained(values, direction="decrease", **asked)
    for other, direction in ((values * scale, "decrease"), (values + more, "decrease"), (-values, "increase")):
        again = sustained(other, direction=direction, **asked)
        assert (again.state, again.run, again.n_b, again.n_p) == (first.state, first.run, first.n_b, first.n_p)


@settings(max_examples=150, deadline=None)
@given(SERIES, st.integers(8, 30))
def test_sustained_needs_seven_latest_months_that_are_better(series: list[int | None], done: int) -> None:
    """Half of the series improve after completion, so that the word comes up."""
    values = [None if each is None else each - 120 * (place > done) for place, each in enumerate(series)]
    dates = months(len(values))
    verdict = sustained(
        values,
        months=dates,
        completed_on=dates[min(done, len(dates) - 1)].first,
        direction="decrease",
        as_at=dates[-1].last,
    )
    if verdict.state is VerdictState.SUSTAINED:
        there = [place for place, each in enumerate(values) if each is not None]
        latest = values[there[-1] - 6 : there[-1] + 1]
        assert len(latest) == 7
        assert all(each is not None and each < (verdict.baseline_mean or 0) for each in latest)
        assert there[-1] - 6 > done


def test_many_at_once_say_what_each_says_alone() -> None:
    random = np.random.default_rng(3)
    table = random.poisson(5, (40, 30)).astype(float)
    table[::2, 14:] = random.poisson(1, (20, 16))
    table[random.random(table.shape) < 0.05] = np.nan
    done = [None if number % 9 == 0 else FIRST.plus(10 + number % 18).first for number in range(40)]
    directions = ["decrease", "increase", "decrease", "decrease"] * 10
    asked: dict[str, Any] = {"months": months(30), "as_at": months(30)[-1].last}
    many = sustained_many(table, completed_on=done, direction=directions, numerator=table, **asked)
    for number, row in enumerate(table):
        alone = sustained(row, completed_on=done[number], direction=directions[number], numerator=row, **asked)
        assert many.verdict(number) == alone
        assert many.states[number] == alone.state
    assert len(set(many.states)) >= 6


# How often the word is right: 12 months, the month of completion as before, then 7, 12 or 24 months.

LENGTHS = (7, 12, 24)
SERIES_EACH = 6000


def share_sustained(draw: Any, later: Any, counted: bool) -> list[float]:
    """The percentage called sustained, for each length of time after completion."""
    shares = []
    for length in LENGTHS:
        values = np.concatenate([draw((SERIES_EACH, 13)), later((SERIES_EACH, length))], axis=1)
        found = sustained_many(
            values,
            months=months(13 + length),
            completed_on=[DONE] * SERIES_EACH,
            direction="decrease",
            as_at=months(13 + length)[-1].last,
            numerator=values if counted else None,
        )
        shares.append(100 * float(np.mean(found.states == VerdictState.SUSTAINED)))
    return shares


def normal(shift: float = 0.0) -> Any:
    random = np.random.default_rng(11 + int(10 * shift))
    return lambda shape: random.normal(20 - shift, 1, shape)


def poisson(mean: float) -> Any:
    random = np.random.default_rng(int(1000 * mean))
    return lambda shape: random.poisson(mean, shape).astype(float)


def test_a_stable_measure_is_seldom_called_sustained() -> None:
    assert max(share_sustained(normal(), normal(), counted=False)) <= 2.5


@pytest.mark.parametrize("mean", [0.3, 0.5, 1.0, 2.0, 4.0, 8.0])
def test_a_stable_count_is_seldom_called_sustained(mean: float) -> None:
    draw = poisson(mean)
    assert max(share_sustained(draw, draw, counted=True)) <= 2.5


def test_the_exact_test_keeps_stable_counts_from_sustained() -> None:
    """What condition E is for: without it, counts of 0.3 a month are called sustained far too often."""
    draw = poisson(0.3)
    assert min(share_sustained(draw, draw, counted=False)) > 5


@pytest.mark.parametrize(("shift", "least", "most"), [(1.0, 29, 33), (1.5, 58, 63), (2.0, 79, 83)])
def test_a_real_improvement_of_a_measure_is_found(shift: float, least: float, most: float) -> None:
    found = share_sustained(normal(), normal(shift), counted=False)
    assert least - 5 <= min(found) <= max(found) <= most + 5


@pytest.mark.parametrize(
    ("mean", "factor", "least", "most"), [(8, 0.5, 74, 76), (4, 0.25, 92, 92), (2, 0.25, 66, 68), (0.5, 0.25, 20, 29)]
)
def test_a_real_fall_of_a_count_is_found(mean: float, factor: float, least: float, most: float) -> None:
    """After 12 and 24 months. After 7, half an event a month before can hardly be told from none by any exact test."""
    found = share_sustained(poisson(mean), poisson(mean * factor), counted=True)[1:]
    assert least - 5 <= min(found) <= max(found) <= most + 5, found


# Long actions: 12 or 24 months before, 6 to 18 months of work, then 7, 12 or 24 months.

LONG_ACTIONS = first_only([(12, 12), (12, 6), (12, 18), (24, 6), (24, 12), (24, 18)])
SERIES_OF_LONG = SERIES_EACH if LONG else 2000


def long_actions(draw: Any, gain: Any, before: int, open_for: int, counted: bool) -> list[dict[str, float]]:
    """The percentage of each verdict, for each length of time after completion. `gain` begins two months after the start."""
    found = []
    for length in LENGTHS:
        work = [draw((SERIES_OF_LONG, before + 2)), gain((SERIES_OF_LONG, open_for - 2 + length))]
        values, dates = np.concatenate(work, axis=1), months(before + open_for + length)
        states = sustained_many(
            values,
            months=dates,
            started_on=[dates[before].first] * SERIES_OF_LONG,
            completed_on=[dates[before + open_for - 1].last] * SERIES_OF_LONG,
            direction="decrease",
            as_at=dates[-1].last,
            numerator=values if counted else None,
        ).states
        found.append({str(state): 100 * float(np.mean(states == state)) for state in VerdictState})
    return found


@pytest.mark.parametrize(("before", "open_for"), LONG_ACTIONS)
def test_a_long_action_without_effect_is_seldom_sustained(before: int, open_for: int) -> None:
    draws = [(normal(), False), *((poisson(mean), True) for mean in ((0.3, 1.0, 3.0, 8.0) if LONG else (1.0,)))]
    for draw, counted in draws:
        assert max(each["Sustained"] for each in long_actions(draw, draw, before, open_for, counted)) <= 2.5


@pytest.mark.parametrize(("before", "open_for"), LONG_ACTIONS)
def test_a_long_action_that_works_while_open_is_sustained(before: int, open_for: int) -> None:
    """By two standard deviations, or half of 8 events a month: as often as an action that works on the day it is finished."""
    for found, least in (
        (long_actions(normal(), normal(2.0), before, open_for, counted=False), 74),
        (long_actions(poisson(8), poisson(4), before, open_for, counted=True), 66),
    ):
        assert min(each["Sustained"] for each in found) >= least
        assert max(each["Improved before"] for each in found) <= 3


@pytest.mark.parametrize(("lost", "most"), [(1, 40), (2, 25), (3, 16), (6, 7)])
def test_a_gain_that_is_lost_is_soon_no_longer_called_sustained(lost: int, most: float) -> None:
    """A gain of 1.5 standard deviations for as long as it lasts, then some months as before."""
    before, gain = normal(), normal(1.5)
    found = share_sustained(
        before,
        lambda shape: np.concatenate([gain((shape[0], shape[1] - lost)), before((shape[0], lost))], axis=1),
        False,
    )
    assert max(found[1:]) <= most


def test_a_signal_the_wrong_way_warns_before_a_verdict() -> None:
    early = judge([6, 30])
    assert (early.state, early.warning) == (VerdictState.TOO_EARLY, True)
    assert not judge([6, 12]).warning
    assert not judge([16, 17, 25, 6, 7, 6, 15]).warning, "Worse by then"
    assert not judge([6, 30], [None] * 5 + BASE[5:]).warning, "too few months before"
