"""Services beside one another. funnel_records.jsonl holds funnels worked out apart, by exact arithmetic; a funnel a line."""

import json
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import LONG
from hypothesis import given, settings
from hypothesis import strategies as st

import qipxl
from qipxl.errors import RequestError
from qipxl.indicators import Funnel, before_after, days_since_last, funnel, sustained
from qipxl.indicators.exact_tests import binomial

RECORDS = [
    json.loads(line) for line in Path(__file__).with_name("funnel_records.jsonl").read_text("utf-8").splitlines()
]
EVENTS = [4, 6, 5, 3, 7, 5, 20, 4, 6, 5]
"""Ten services alike, but for the seventh."""
DAYS = [900] * 10


def of_record(record: dict[str, Any], given_expected: bool) -> Funnel:
    given = record["input"]
    if record["data_type"] == "PR":
        return funnel(given["numerator"], given["denominator"], kind="proportion")
    return funnel(
        given["numerator"], given["bed_days"], kind="rate", expected=given["denominator"] if given_expected else None
    )


def tail_flags(result: dict[str, Any], tail: float) -> list[str]:
    """The flags that a record's exact chances give. Its own columns of flags came from interpolated limits, so they are not used."""
    pairs = zip(result["p_low"], result["p_high"], strict=True)
    return ["low" if low <= tail else "high" if high <= tail else "" for low, high in pairs]


@pytest.mark.parametrize("given_expected", [False, True])
@pytest.mark.parametrize("record", RECORDS, ids=lambda record: f"{record['set']}-{record['family']}")
def test_chances_and_flags_are_those_of_the_records(record: dict[str, Any], given_expected: bool) -> None:
    made, result = of_record(record, given_expected), record["result"]
    for name in ("ratio", "p_low", "p_high", "mid_p"):
        np.testing.assert_allclose(getattr(made, name), result[name], rtol=1e-6, atol=1e-9, err_msg=name)
    assert list(made.outlier95) == tail_flags(result, 0.025)
    assert list(made.outlier998) == tail_flags(result, 0.001)
    if record["data_type"] == "SR":
        np.testing.assert_allclose(made.expected, record["input"]["denominator"], rtol=1e-9)


def test_the_records_hold_outliers_of_both_sides() -> None:
    flags = {flag for record in RECORDS for flag in tail_flags(record["result"], 0.025)}
    assert flags == {"", "low", "high"}


def test_all_of_twenty_is_no_outlier_in_a_group_with_91_percent() -> None:
    made = funnel([20, 160, 230, 148, 185, 255], [20, 180, 250, 165, 205, 279], kind="proportion")
    assert made.group == pytest.approx(0.908, abs=0.001)
    assert made.p_high[0] == pytest.approx(0.145, abs=0.002)
    assert (made.outlier95[0], made.outlier998[0]) == ("", "")
    assert made.limits.upper998[0] == 1


def test_a_chance_equal_to_the_tail_is_flagged() -> None:
    made = funnel([3, 8, 9, 9, 10, 11], [3, 97, 100, 100, 100, 100], kind="proportion")
    assert made.group == pytest.approx(0.1)
    assert made.p_high[0] == pytest.approx(0.001)
    assert made.outlier998[0] == "high"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), min_size=5, max_size=15))
def test_a_figure_is_beyond_a_limit_exactly_if_it_is_flagged(pairs: list[tuple[int, int]]) -> None:
    met, cases = [min(pair) for pair in pairs], [pair[1] for pair in pairs]
    for made in (funnel([pair[0] for pair in pairs], cases), funnel(met, cases, kind="proportion")):
        for tail, flags, lower, upper in (
            (0.025, made.outlier95, made.limits.lower95, made.limits.upper95),
            (0.001, made.outlier998, made.limits.lower998, made.limits.upper998),
        ):
            assert ((flags == "low") == (made.ratio < lower)).all()
            assert ((flags == "high") == (made.ratio > upper)).all()
            assert list(flags) == tail_flags({"p_low": made.p_low, "p_high": made.p_high}, tail * (1 + 1e-9))


@pytest.mark.parametrize("spread", [False, True])
def test_few_services_are_far_outliers_by_chance(spread: bool) -> None:
    """Services that differ by chance only, or (with `spread`) by chance and by a true level with the deviation that was found."""
    random, flagged, judged = np.random.default_rng(21), 0, 0
    for _ in range(4000 if LONG else 200):
        services = int(random.integers(10 if spread else 6, 31))
        cases, share = random.integers(10, 201, services), random.uniform(0.5, 0.99)
        levels = np.arcsin(np.sqrt(share)) + (0.1 if spread else 0) * random.normal(size=services)
        made = funnel(random.binomial(cases, np.sin(np.clip(levels, 0, np.pi / 2)) ** 2), cases, kind="proportion")
        flags = made.outlier998 if made.spread.outlier998 is None else made.spread.outlier998
        flagged, judged = flagged + int((flags != "").sum()), judged + services
    assert flagged / judged <= (0.01 if spread else 0.004)


def test_limits_that_allow_for_the_spread_average_exact_chances() -> None:
    random = np.random.default_rng(5)
    cases = random.integers(20, 200, 12)
    met = random.binomial(cases, np.clip(random.normal(0.8, 0.12, 12), 0, 1))
    made = funnel(met, cases, kind="proportion")
    assert made.spread.limits is not None
    levels = np.arcsin(np.sqrt(made.group)) + made.spread.tau * random.normal(size=(200_000, 1))
    drawn = random.binomial(cases, np.sin(np.clip(levels, 0, np.pi / 2)) ** 2) / cases
    for tail, lower, upper in (
        (0.025, made.spread.limits.lower95, made.spread.limits.upper95),
        (0.001, made.spread.limits.lower998, made.spread.limits.upper998),
    ):
        assert ((drawn < lower).mean(axis=0) <= tail * 1.3).all()
        assert ((drawn > upper).mean(axis=0) <= tail * 1.3).all()
        assert ((drawn <= lower).mean(axis=0) >= tail / 1.3)[lower > 0].all()


def test_qipxl_gives_functions_not_modules_of_the_same_name() -> None:
    for module in ("qipxl.indicators.funnel", "qipxl.indicators.sustained"):
        import_module(module)
    assert qipxl.funnel is funnel
    assert qipxl.sustained is sustained
    assert callable(qipxl.xmr)


def test_a_service_with_few_bed_days_and_no_event_is_no_outlier() -> None:
    made = funnel([0, 30, 28, 33, 31, 29], [40, 900, 900, 900, 900, 900])
    assert made.ratio[0] == 0
    assert made.outlier95[0] == ""
    assert made.limits.lower95[0] == 0


def test_one_service_far_above_the_others_is_named() -> None:
    made = funnel(EVENTS, DAYS)
    assert list(np.flatnonzero(made.outlier998 == "high")) == [6]
    assert made.expected[0] == sum(EVENTS) / 10


def test_services_without_figures_stay_in_place_uncounted() -> None:
    made = funnel([*EVENTS, None, 3], [*DAYS, 900, 0])
    assert np.isnan(made.ratio[10:]).all()
    assert list(made.outlier95[10:]) == ["", ""]
    assert made.group == funnel(EVENTS, DAYS).group


@pytest.mark.parametrize(
    ("events", "cases", "kind", "why"),
    [
        ([5, 5, 5, 5], [100] * 4, "rate", "4 services have figures"),
        ([5, 5, 5, 5, None], [100] * 5, "rate", "4 services have figures"),
        ([1, 2, 3, 0, 3], [100] * 5, "rate", "9 events in all services together"),
        ([0] * 6, [100] * 6, "rate", "0 events in all services together"),
        ([99, 98, 97, 99, 98], [100] * 5, "proportion", "9 events in all services together"),
        ([1, 2, 3, 0, 4], [100] * 5, "rate", ""),
        ([50] * 5, [100] * 5, "proportion", ""),
    ],
)
def test_with_too_little_there_is_a_table_and_no_funnel(
    events: list[int | None], cases: list[int], kind: str, why: str
) -> None:
    made = funnel(events, cases, kind=kind)
    assert made.shown == (not why)
    assert made.why.startswith(why)
    assert bool(made.why) == bool(why)


def test_overdispersion_is_named_apart_from_the_flags() -> None:
    events = [12, 30, 55, 8, 41, 25, 60, 15, 33, 21]
    made = funnel(events, [1000] * 10)
    assert made.spread.phi > 1
    assert made.spread.limits is not None
    assert (made.outlier998 != "").sum() > 0
    assert made.spread.outlier998 is not None
    assert (made.spread.outlier998 == "").all()
    assert list(made.outlier95) == list(funnel(events, [1000] * 10).limits.outlier95(made.ratio))


def test_the_spread_between_services_is_found_again() -> None:
    random = np.random.default_rng(7)
    days = random.uniform(500, 3000, 4000)
    level = np.clip(1 + 2 * 0.1 * random.normal(size=4000), 0.05, None)
    made = funnel(random.poisson(0.05 * days * level), days)
    assert made.spread.tau == pytest.approx(0.1, abs=0.025)
    fair = funnel(random.poisson(0.05 * days), days)
    assert fair.spread.tau < 0.02


def test_few_or_very_similar_services_are_not_adjusted() -> None:
    assert funnel([12, 30, 55, 8, 41, 25, 60, 15, 33], [1000] * 9).spread.limits is None
    alike = funnel([20, 22, 18] * 4, [1000] * 12)
    assert 0 < alike.spread.phi < 1
    assert alike.spread.limits is None


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 60)), min_size=10, max_size=30))
def test_adjusting_never_makes_an_outlier_and_limits_nest(pairs: list[tuple[int, int]]) -> None:
    met, cases = [min(pair) for pair in pairs], [pair[1] for pair in pairs]
    for made in (funnel([pair[0] for pair in pairs], cases), funnel(met, cases, kind="proportion")):
        there = ~np.isnan(made.ratio)
        exact = made.limits
        assert (exact.lower998 <= exact.lower95 + 1e-9)[there].all()
        assert (exact.upper998 >= exact.upper95 - 1e-9)[there].all()
        if made.spread.outlier998 is not None:
            assert set(np.flatnonzero(made.spread.outlier998)) <= set(np.flatnonzero(made.outlier998))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), min_size=5, max_size=15))
def test_a_proportion_and_what_is_left_of_it_mirror_each_other(pairs: list[tuple[int, int]]) -> None:
    met, cases = np.array([min(pair) for pair in pairs]), np.array([pair[1] for pair in pairs])
    one, other = funnel(met, cases, kind="proportion"), funnel(cases - met, cases, kind="proportion")
    np.testing.assert_allclose(one.p_low, other.p_high, atol=1e-9)
    np.testing.assert_allclose(one.ratio, 1 - other.ratio, atol=1e-12)


@pytest.mark.parametrize(
    ("ways", "words"),
    [
        ({"kind": "share"}, "not a kind of funnel"),
        ({"denominator": [10]}, "as many denominators"),
        ({"numerator": [1.5, 2]}, "whole numbers"),
        ({"numerator": [-1, 2]}, "whole numbers"),
        ({"denominator": [-10, 10]}, "must not be negative"),
        ({"numerator": [11, 2], "kind": "proportion"}, "numerator above it"),
        ({"kind": "proportion", "expected": [1, 1]}, "go with a rate"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(ways: dict[str, Any], words: str) -> None:
    asked = {"numerator": [1, 2], "denominator": [10, 10]} | ways
    with pytest.raises(RequestError, match=words):
        funnel(asked.pop("numerator"), asked.pop("denominator"), **asked)


# Rare events.


def test_days_since_the_last_event_end_at_the_as_at_date() -> None:
    assert days_since_last(["2026-01-03", "2026-03-01", "2026-05-01"], "2026-03-31") == 30
    assert days_since_last(["2026-05-01"], "2026-03") is None
    assert days_since_last([], "2026-03-31") is None


def test_before_and_after_are_compared_exactly() -> None:
    found = before_after(8, 1, 12, 12)
    assert found.p == pytest.approx((1 + 9) / 2**9)
    assert found.changed
    assert found.words == "8 events before and 1 after: more than chance explains (exact test, p 0.020)."
    assert not before_after(4, 1, 12, 12).changed
    assert before_after(1, 8, 12, 12, direction="increase").p == pytest.approx((1 + 9) / 2**9)
    assert before_after(0, 0, 12, 12).p == 1
    with pytest.raises(RequestError):
        before_after(8, 1, 0, 12)


def test_chances_rise_to_one() -> None:
    chances = [float(binomial(np.array([5.0]), 0.3)(np.array([float(events)]))[0][0]) for events in range(-1, 6)]
    assert chances[0] == 0
    assert chances[-1] == pytest.approx(1)
    assert all(less < more for less, more in pairwise(chances))
