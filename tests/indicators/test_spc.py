"""Charts over time. spc_records.jsonl holds results of the R package NHSRplotthedots 0.2.2: a series a line, and what it says."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qipxl import Period, QipxlError
from qipxl.errors import RequestError
from qipxl.indicators import Chart, lower_limit_words, months_met, p_chart, sufficiency_of, xmr, xmr_many
from qipxl.indicators.chart import POINT_TYPES

RECORDS = [json.loads(line) for line in Path(__file__).with_name("spc_records.jsonl").read_text("utf-8").splitlines()]
DESCRIBED = {"has_missing_value", "lpl_below_zero"}
"""Marks of a record that describe it; any other mark names something the R package does that qipxl does not."""
LIKE = [record for record in RECORDS if set(record["quirks"]) <= DESCRIBED]
FLAT = [52, 48] * 6
"""Mean 50, limits 39.36 and 60.64, near lines 42.91 and 57.09 while moving ranges stay 4."""
FIXED = {"direction": "increase", "fix_after": 12}


def said(values: list[Any], **ways: Any) -> list[str]:
    """The names of the dots after the twelve that fix the limits."""
    return list(xmr([*FLAT, *values], **(FIXED | ways)).special_cause_type[12:])


def months(count: int, *left_out: int) -> list[Period]:
    return [Period(2024, 1).plus(number) for number in range(count) if number not in left_out]


def of_record(record: dict[str, Any]) -> Chart:
    given = record["input"]
    return xmr(
        given["values"],
        dates=given["dates"],
        direction=given["improvement_direction"],
        target=given["target"],
        rebase=given["rebase"] or (),
        fix_after=given["fix_after_n_points"],
        screen=given["screen_outliers"],
        rules="plot-the-dots",
    )


@pytest.mark.parametrize("record", LIKE, ids=lambda record: record["id"])
def test_plot_the_dots_says_what_the_r_package_says(record: dict[str, Any]) -> None:
    chart, result = of_record(record), record["result"]
    for name in ("mean", "lpl", "upl", "y"):
        wanted = np.array(result[name], dtype=float)
        np.testing.assert_allclose(getattr(chart, name), wanted, rtol=1e-9, atol=0, err_msg=name)
    for name in ("special_cause_type", "special_cause_flag", "point_type", "rebase_group", "short_group_warning"):
        assert list(getattr(chart, name)) == result[name], name
    for name in ("outside_limits", "close_to_limits"):
        assert list(getattr(chart, name)) == [bool(each) for each in result[name]], name
    sides = [None if np.isnan(each) else each for each in chart.relative_to_mean]
    assert sides == result["relative_to_mean"]
    assert [str(day) for day in chart.x] == result["x"]
    assert chart.variation_type == record["variation_type"]
    assert chart.assurance_type == record["assurance_type"]


def test_every_record_is_held_to() -> None:
    assert len(LIKE) > 200
    assert {"ties", "missing_na", "rebase_two", "one_event", "unsorted"} <= {record["family"] for record in LIKE}


def test_records_judged_together_match_those_judged_singly() -> None:
    same = [
        record
        for record in LIKE
        if len(record["input"]["values"]) == 24 and not record["input"]["rebase"] and record["input"]["screen_outliers"]
    ]
    same = [record for record in same if not record["input"]["fix_after_n_points"] and record["family"] != "unsorted"]
    charts = xmr_many(
        [record["input"]["values"] for record in same],
        direction=[record["input"]["improvement_direction"] for record in same],
        target=[np.nan if record["input"]["target"] is None else record["input"]["target"] for record in same],
        rules="plot-the-dots",
    )
    assert len(same) > 10
    assert charts.special_cause_type.tolist() == [record["result"]["special_cause_type"] for record in same]
    assert list(charts.variation_type) == [record["variation_type"] for record in same]
    assert list(charts.assurance_type) == [record["assurance_type"] for record in same]


# Where the two sets of rules differ.


def test_a_trend_is_six_points_or_seven() -> None:
    rising = [47, 48, 49.5, 50.5, 51.5, 52.5]
    assert said([53, *rising, 52.5]) == ["Common Cause", *["6 Point Trend (Increasing)"] * 6, "Common Cause"]
    assert set(said([53, *rising, 52.5], rules="plot-the-dots")) == {"Common Cause"}
    seven = said([53, *rising, 53, 53], rules="plot-the-dots")
    assert seven == ["Common Cause", *["7 Point Trend (Increasing)"] * 7, "Common Cause"]


def test_a_point_outside_counts_among_two_in_three_or_not() -> None:
    assert said([58, 51, 62]) == ["2 in 3 Above CL", "Common Cause", "Above UCL"]
    assert said([58, 51, 62], rules="plot-the-dots") == ["Common Cause", "Common Cause", "Above UCL"]


@pytest.mark.parametrize("rules", ["making-data-count", "plot-the-dots"])
def test_the_third_of_three_must_be_on_the_same_side(rules: str) -> None:
    assert said([58, 49, 58], rules=rules) == ["Common Cause"] * 3
    assert said([58, 51, 58], rules=rules) == ["2 in 3 Above CL", "Common Cause", "2 in 3 Above CL"]
    assert said([42, 51, 58, 58], rules=rules)[-2:] == ["2 in 3 Above CL", "2 in 3 Above CL"]


def test_screening_is_on_or_off_unless_the_caller_says() -> None:
    values = [*FLAT, 300, *FLAT]
    open_, screened = (
        xmr(values, direction="increase", rules=rules) for rules in ("making-data-count", "plot-the-dots")
    )
    assert screened.upl[0] < 100 < open_.upl[0]
    assert xmr(values, direction="increase", screen=True).upl[0] == screened.upl[0]
    assert xmr(values, direction="increase", screen=False, rules="plot-the-dots").upl[0] == open_.upl[0]


def test_a_month_without_a_row_breaks_a_run_or_not() -> None:
    values, gap = [*FLAT, *[51] * 7], months(20, 15)
    assert "7 Points Above CL" not in set(xmr(values, dates=gap, **FIXED).special_cause_type)
    assert (
        list(xmr(values, dates=gap, rules="plot-the-dots", **FIXED).special_cause_type).count("7 Points Above CL") == 7
    )
    assert list(xmr(values, dates=months(19), **FIXED).special_cause_type).count("7 Points Above CL") == 7


def test_a_month_without_a_row_gives_no_moving_range() -> None:
    dates = months(13, 6)
    step = [10, 11, 10, 11, 10, 11, 50, 51, 50, 51, 50, 51]
    chart = xmr(step, dates=dates, direction="neutral")
    assert chart.upl[0] - chart.mean[0] == pytest.approx(2.66)


def test_quarters_and_weeks_have_gaps_of_their_own() -> None:
    values = [*FLAT, *[51] * 7]
    quarters = [Period(2020, 1).plus(3 * number) for number in range(20)]
    weeks = [date(2025, 1, 6) + timedelta(7 * number) for number in range(20)]
    daily = [date(2025, 1, 6) + timedelta(number + 2 * (number // 5)) for number in range(20)]
    for dates in (quarters, weeks):
        assert list(xmr(values, dates=dates[:19], **FIXED).special_cause_type).count("7 Points Above CL") == 7
        assert "7 Points Above CL" not in set(xmr(values, dates=dates[:15] + dates[16:], **FIXED).special_cause_type)
    assert list(xmr(values, dates=daily[:19], **FIXED).special_cause_type).count("7 Points Above CL") == 7


# Quirks of the R package that qipxl does not share.


def test_the_last_point_of_a_trend_keeps_its_own_direction() -> None:
    """One trend ends where the next begins a step lower: R gives the last rising point the step down to the next."""
    rising = [44, 45, 46, 47, 48, 49, 50]
    labels = said([52, *rising, *rising], rules="plot-the-dots")
    assert labels[1:] == ["7 Point Trend (Increasing)"] * 14


def test_a_turning_point_counts_for_the_trend_it_begins() -> None:
    up, down = [44, 45, 46, 47, 48, 49, 50], [49, 48, 47, 46, 45, 44]
    labels = said([52, *up, *down], rules="plot-the-dots")
    assert labels[1:] == [*["7 Point Trend (Increasing)"] * 6, *["7 Point Trend (Decreasing)"] * 7]


@pytest.mark.parametrize("rules", ["making-data-count", "plot-the-dots"])
def test_a_missing_value_in_a_trend_breaks_it(rules: str) -> None:
    """R stops with an error here."""
    assert said([40, 41, 42, None, 44, 45, 46, 47], rules=rules)[4:] == ["Common Cause"] * 4


def test_without_limits_only_what_needs_none_is_named() -> None:
    """Screening leaves no range of a constant baseline: there are no limits, but there is a mean to be above."""
    chart = xmr([5] * 12 + [6] * 3 + [5] + [6] * 7, rules="plot-the-dots", **FIXED)
    assert np.isnan(chart.upl).all()
    assert list(chart.special_cause_type[12:16]) == ["Common Cause"] * 4
    assert list(chart.special_cause_type[16:]) == ["7 Points Above CL"] * 7


@pytest.mark.parametrize("values", [[5], [None], [None] * 3, [5, None, 5], [7, 7, 7]])
def test_too_little_for_limits_names_nothing(values: list[Any]) -> None:
    chart = xmr(values, direction="increase", target=3, rules="plot-the-dots")
    assert not chart.special_cause_flag.any()
    assert chart.assurance_type == "inconsistent"
    assert chart.variation_type == "common_cause"


# Ties.


@pytest.mark.parametrize("value", [99.9, 0.1, 1e9 + 0.1, 1e-9, 0.0])
def test_a_constant_series_is_never_a_shift(value: float) -> None:
    chart = xmr([value] * 24, direction="increase")
    assert not chart.special_cause_flag.any()
    assert (chart.relative_to_mean == 0).all()


def test_a_point_or_target_on_a_limit_is_inside() -> None:
    chart = xmr([*FLAT, 60.64], target=60.64, **FIXED)
    assert chart.upl[-1] == pytest.approx(60.64)
    assert not chart.special_cause_flag[-1]
    assert chart.assurance_type == "inconsistent"
    assert xmr([*FLAT, 50], target=60.65, **FIXED).assurance_type == "consistent_fail"
    assert xmr([*FLAT, 50], target=39.35, **FIXED).assurance_type == "consistent_pass"
    assert xmr([*FLAT, 50], target=39.35, direction="decrease", fix_after=12).assurance_type == "consistent_fail"
    assert xmr([*FLAT, 50], target=39.35, direction="neutral", fix_after=12).assurance_type is None


# What must hold for any series.

TENTHS = st.lists(st.one_of(st.none(), st.integers(-200, 200)), min_size=1, max_size=60)
RULES = st.sampled_from(["making-data-count", "plot-the-dots"])
MIRROR = {"Above": "Below", "Below": "Above", "UCL": "LCL", "LCL": "UCL", "(Increasing)": "(Decreasing)"}
MIRROR["(Decreasing)"] = "(Increasing)"


def floats(tenths: list[int | None], scale: float = 0.1, more: float = 0.0) -> list[float]:
    return [float("nan") if each is None else each * scale + more for each in tenths]


@settings(max_examples=200, deadline=None)
@given(TENTHS, RULES, st.sampled_from([0.01, 0.3, 7.0, 1e4]), st.integers(-1000, 1000))
def test_neither_unit_nor_origin_changes_a_dot(tenths: list[int | None], rules: str, scale: float, more: int) -> None:
    first = xmr(floats(tenths), direction="increase", rules=rules, target=1.05)
    scaled = xmr(floats(tenths, 0.1 * scale), direction="increase", rules=rules, target=1.05 * scale)
    moved = xmr(floats(tenths, 0.1, more), direction="increase", rules=rules, target=1.05 + more)
    for other in (scaled, moved):
        assert list(other.special_cause_type) == list(first.special_cause_type)
        assert other.assurance_type == first.assurance_type
        assert other.variation_type == first.variation_type


@settings(max_examples=200, deadline=None)
@given(TENTHS, RULES)
def test_a_mirror_image_has_mirrored_dots_of_the_same_type(tenths: list[int | None], rules: str) -> None:
    first = xmr(floats(tenths), direction="increase", rules=rules)
    mirrored = xmr(floats(tenths, -0.1), direction="decrease", rules=rules)
    names = [" ".join(MIRROR.get(word, word) for word in name.split(" ")) for name in first.special_cause_type]
    assert list(mirrored.special_cause_type) == names
    assert list(mirrored.point_type) == list(first.point_type)


@settings(max_examples=200, deadline=None)
@given(TENTHS, RULES, st.integers(0, 59))
def test_a_gap_is_never_a_zero(tenths: list[int | None], rules: str, place: int) -> None:
    values = floats(tenths, 0.1, 1000)
    values[place % len(values)] = float("nan")
    chart = xmr(values, direction="increase", rules=rules)
    there = ~np.isnan(values)
    assert np.array_equal(np.isnan(chart.y), ~there)
    assert not chart.special_cause_flag[~there].any()
    assert np.isnan(chart.relative_to_mean[~there]).all()
    if there.any():
        np.testing.assert_allclose(chart.mean, np.mean(np.array(values)[there]))
        assert (np.isnan(chart.lpl) | (chart.lpl > 0)).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(0, 6), min_size=20, max_size=20), min_size=1, max_size=5), RULES)
def test_many_at_once_say_what_each_says_alone(rows: list[list[int]], rules: str) -> None:
    many = xmr_many(rows, direction="decrease", target=3, rules=rules)
    for number, row in enumerate(rows):
        alone = xmr(row, direction="decrease", target=3, rules=rules)
        assert list(many.special_cause_type[number]) == list(alone.special_cause_type)
        assert many.assurance_type[number] == alone.assurance_type
        np.testing.assert_array_equal(many.upl[number], alone.upl)


# Read a second time: the rules dot by dot, in fractions, as slowly as they are told.


def by_hand(values: list[int | None], trend: int, screens: bool, outside_is_near: bool) -> list[str]:
    there = [Fraction(each) for each in values if each is not None]
    if not there:
        return ["Common Cause"] * len(values)
    mean = sum(there) / len(there)
    ranges = [abs(Fraction(b - a)) for a, b in pairwise(values) if a is not None and b is not None]
    average = sum(ranges) / len(ranges) if ranges else None
    if screens and average is not None:
        ranges = [each for each in ranges if each < Fraction("3.267") * average]
        average = sum(ranges) / len(ranges) if ranges else None
    far = [None if each is None else each - mean for each in values]
    reach = None if average is None else Fraction("2.66") * average
    side = [0 if each is None else (each > 0) - (each < 0) for each in far]
    outside = [each is not None and reach is not None and abs(each) > reach for each in far]
    near = [each is not None and reach is not None and abs(each) > reach * 2 / 3 for each in far]
    near = [one and (outside_is_near or not other) for one, other in zip(near, outside, strict=True)]

    def window_of(test: Callable[[range], bool], length: int) -> set[int]:
        windows = (range(start, start + length) for start in range(len(values) - length + 1))
        return {place for window in windows if test(window) for place in window}

    def runs(window: range, sign: int) -> bool:
        points = [values[place] for place in window]
        return all(a is not None and b is not None and (b - a) * sign > 0 for a, b in pairwise(points))

    rising, falling = (window_of(lambda window, sign=sign: runs(window, sign), trend) for sign in (1, -1))
    shift = window_of(lambda window: abs(sum(side[place] for place in window)) == 7, 7)
    labels = []
    for place, sided in enumerate(side):
        three = [range(start, start + 3) for start in range(place - 2, place + 1) if 0 <= start <= len(values) - 3]
        two = any(
            abs(sum(side[each] for each in window)) == 3 and sum(near[each] for each in window) >= 2 for window in three
        )
        up = place in rising and (place not in falling or values[place + 1] > values[place])
        labels.append(
            ("Above UCL" if sided > 0 else "Below LCL")
            if outside[place]
            else f"{trend} Point Trend ({'Increasing' if up else 'Decreasing'})"
            if place in rising | falling
            else f"2 in 3 {'Above' if sided > 0 else 'Below'} CL"
            if near[place] and two
            else f"7 Points {'Above' if sided > 0 else 'Below'} CL"
            if place in shift
            else "Common Cause"
        )
    return labels


STEPPED = st.lists(st.tuples(st.integers(-12, 12), st.integers(1, 9), st.integers(-1, 1)), min_size=1, max_size=8)
"""Stretches of a level, a length and a slope, so that shifts and trends come up."""


@settings(max_examples=300, deadline=None)
@given(STEPPED, st.lists(st.integers(0, 40), max_size=3), st.randoms(use_true_random=False))
def test_the_whole_array_says_what_the_rules_say_dot_by_dot(
    stretches: list[tuple[int, int, int]], missing: list[int], random: Random
) -> None:
    values: list[int | None] = [
        10 * level + 7 * slope * step + random.randint(-3, 3)
        for level, length, slope in stretches
        for step in range(length)
    ]
    values = [None if place in missing else each for place, each in enumerate(values)]
    ours = xmr(values, direction="increase").special_cause_type
    assert list(ours) == by_hand(values, trend=6, screens=False, outside_is_near=True)
    theirs = xmr(values, direction="increase", rules="plot-the-dots").special_cause_type
    assert list(theirs) == by_hand(values, trend=7, screens=True, outside_is_near=False)


# Phases.


def test_a_rebase_begins_a_phase_with_its_own_mean() -> None:
    chart = xmr([*FLAT, *[150, 154] * 6], dates=months(24), direction="increase", rebase=["2025-01"])
    assert list(chart.rebase_group) == [0] * 12 + [1] * 12
    assert chart.mean[0] == 50
    assert chart.mean[-1] == 152
    assert chart.short_group_warning.all()


def test_no_run_crosses_a_rebase() -> None:
    values = [*FLAT, *[51] * 4, *[51] * 3, 40]
    assert list(xmr(values, **FIXED).special_cause_type).count("7 Points Above CL") == 7
    split = xmr(values, dates=months(20), rebase=["2025-05"], **FIXED)
    assert "7 Points Above CL" not in set(split.special_cause_type)


def test_a_rebase_at_no_point_changes_nothing_and_is_named() -> None:
    chart = xmr(FLAT, dates=months(12), direction="increase", rebase=["2031-01", "2024-03"])
    assert chart.rebase_unused == ("2031-01-01",)
    assert list(chart.rebase_group)[:3] == [0, 0, 1]


@pytest.mark.parametrize(
    ("ways", "words"),
    [
        ({"direction": "up"}, "not a direction"),
        ({"direction": "higher"}, "not a direction"),
        ({"rules": "nelson"}, "not a set of rules"),
        ({"fix_after": 11}, "12 points or more"),
        ({"dates": ["2024-01", "2024-02", "2024-01"]}, "2024-01-01 occurs twice"),
        ({"dates": ["2024-01", "2024-02"]}, "one date per value"),
        ({"dates": ["2024-01", "2024-02", None]}, "needs its date"),
        ({"dates": ["2024-01", "2024-02", "soon"]}, "not a date"),
        ({"values": [1, "two", 3]}, "must be numbers"),
        ({"values": [1, float("inf"), 3]}, "infinite"),
        ({"values": []}, "at least one"),
    ],
)
def test_what_cannot_be_judged_is_refused_in_words(ways: dict[str, Any], words: str) -> None:
    asked = {"values": [1, 2, 3], "direction": "increase"} | ways
    with pytest.raises(RequestError, match=words) as refused:
        xmr(asked.pop("values"), **asked)
    assert isinstance(refused.value, QipxlError)


# Proportions.


def test_a_p_chart_has_limits_as_wide_as_each_denominator() -> None:
    met, cases = [8, 40, 9, 45, 8] * 3, [10, 50, 10, 50, 10] * 3
    chart = p_chart(met, cases, direction="increase", target=0.5)
    pooled = sum(met) / sum(cases)
    np.testing.assert_allclose(chart.mean, pooled)
    sigma = np.sqrt(pooled * (1 - pooled) / np.array(cases))
    np.testing.assert_allclose(chart.upl - chart.mean, 3 * sigma)
    assert not chart.special_cause_flag.any()


def test_the_same_share_is_outside_for_many_and_inside_for_few() -> None:
    many = p_chart([90] * 12 + [60], [100] * 13, direction="increase", fix_after=12)
    few = p_chart([90] * 12 + [3], [100] * 12 + [5], direction="increase", fix_after=12)
    assert (many.point_type[-1], few.point_type[-1]) == ("special_cause_concern", "common_cause")


def test_a_month_with_nobody_is_a_gap() -> None:
    chart = p_chart([9, 0, 9], [10, 0, 10], direction="increase")
    assert np.isnan(chart.y[1])
    assert chart.mean[0] == pytest.approx(0.9)
    with pytest.raises(RequestError, match="between 0 and its denominator"):
        p_chart([11], [10], direction="increase")


# The amount of data.


@pytest.mark.parametrize(
    ("n", "ways", "wanted"),
    [
        (0, {"kind": "measure"}, ("dots", False, False, False)),
        (6, {"kind": "count", "mean": 0.1}, ("dots", False, False, False)),
        (7, {"kind": "measure"}, ("early", False, False, False)),
        (11, {"kind": "percentage"}, ("early", False, False, False)),
        (12, {"kind": "measure"}, ("xmr", True, False, False)),
        (13, {"kind": "measure"}, ("xmr", True, True, True)),
        (24, {"kind": "count", "mean": 0.99}, ("rare", False, False, False)),
        (24, {"kind": "rate", "mean": 3, "zeros": 0.51}, ("rare", False, False, False)),
        (24, {"kind": "count", "mean": 1.0, "zeros": 0.5}, ("xmr", True, True, True)),
        (24, {"kind": "measure", "mean": 0.2}, ("xmr", True, True, True)),
        (24, {"kind": "percentage", "denominator": 19}, ("p", True, True, True)),
        (24, {"kind": "percentage", "denominator": 20}, ("xmr", True, True, True)),
        (24, {"kind": "percentage", "target": 100}, ("xmr", True, True, False)),
        (24, {"kind": "count", "mean": 5, "target": 0}, ("xmr", True, True, False)),
        (24, {"kind": "count", "mean": 5, "target": 100}, ("xmr", True, True, True)),
    ],
)
def test_the_amount_of_data_decides_what_is_shown(n: int, ways: dict[str, Any], wanted: tuple[Any, ...]) -> None:
    amount = sufficiency_of(n, **ways)
    assert (amount.chart, amount.limits, amount.icon, amount.assurance) == wanted


def test_the_amount_of_data_is_said() -> None:
    assert sufficiency_of(3, kind="measure").words == "3 of 7 points: too few to apply any rule."
    assert "Trial limits (19 of 20 points)." in sufficiency_of(19, kind="measure").words
    assert "Trial" not in sufficiency_of(20, kind="measure").words
    assert "rough" in sufficiency_of(20, kind="count", mean=1.5).words
    assert "months met" in sufficiency_of(20, kind="count", mean=5, target=0).words
    assert lower_limit_words(-0.1) == "No lower limit: improvement can only show as a run."
    assert lower_limit_words(0.0) == ""
    with pytest.raises(RequestError, match="not a kind"):
        sufficiency_of(20, kind="feeling")


def test_months_met_count_the_months_with_a_value() -> None:
    assert months_met([0, 1, None, 0], 0, "decrease") == (2, 3)
    assert months_met([0.3, 0.1 + 0.2, 0.29], 0.3, "increase") == (2, 3)
    with pytest.raises(RequestError):
        months_met([1], 1, "neutral")


def test_point_types_are_those_of_the_records() -> None:
    assert {each for record in RECORDS for each in record["result"]["point_type"]} == set(POINT_TYPES)
