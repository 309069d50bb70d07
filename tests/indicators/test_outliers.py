"""Outliers: exact limits, both tails, no comparison of too few, and never a rank."""

import pandas as pd
import pytest
from factories import MARCH
from figures import Figure, rated, records

from qipxl.indicators.outliers import CHALLENGE, LOOK, OUTLIER, outliers_of
from qipxl.indicators.series import Series, combined, one_per_service, series_of

Last = tuple[float, float]


def services(*figures: Last, months: int = 1, per: str = "1000", **more: str) -> Series:
    """Services with the same figure in each of so many months."""
    every = [
        rated([figure] * months, per=per, code=f"S{number}", service=f"House {number}", **more)
        for number, figure in enumerate(figures)
    ]
    return series_of(records(*every), None, MARCH)


def flags(series: Series) -> dict[str, str]:
    frame = outliers_of(series)
    assert tuple(frame.columns) == OUTLIER
    return {line["service"]: f"{line['flag']} {line['side']}".strip() for line in frame.to_dict("records")}


ALIKE: list[Last] = [(9, 900), (11, 1000), (8, 850), (10, 950), (12, 1000)]


def test_far_above_and_far_below_are_both_asked_about() -> None:
    found = flags(services(*ALIKE, *ALIKE, (45, 1000), (0, 1500), per="1000"))
    assert found["S10"] == f"{CHALLENGE} high"
    assert found["S11"] in (f"{CHALLENGE} low", f"{LOOK} low")
    assert sum(each == "" for each in found.values()) == 10
    assert not {"rank", "colour"} & set(OUTLIER)


def test_the_flagged_come_first_with_what_it_means() -> None:
    frame = outliers_of(services(*ALIKE, (40, 1000)))
    first = frame.iloc[0]
    assert (first["service"], first["flag"], first["figure"]) == ("S5", CHALLENGE, 40)
    assert first["words"].startswith("Higher than chance explains (99.8%)")
    assert first["group"] == pytest.approx(1000 * 90 / 5700)
    assert first["high998"] > first["high95"] > first["group"] > first["low95"] > first["low998"]


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ([*ALIKE[:3], (60.0, 1000.0)], "4 services have figures: a funnel needs 5"),
        ([(1, 900), (0, 1000), (0, 850), (0, 950), (4, 1000)], "5 events in all services together: a funnel needs 10"),
    ],
)
def test_too_few_services_or_events_are_shown_and_not_judged(figures: list[Last], words: str) -> None:
    frame = outliers_of(services(*figures))
    assert set(frame["flag"]) == {""}
    assert frame["words"].str.startswith(words).all()


def test_few_events_a_month_are_pooled_over_three() -> None:
    frame = outliers_of(services((2, 900), (3, 1000), (2, 850), (1, 950), (3, 1000), months=3))
    assert set(frame["months"]) == {3}
    assert list(frame.sort_values("service")["numerator"]) == [6, 9, 6, 3, 9]
    assert set(outliers_of(services(*ALIKE, months=3))["months"]) == {1}


def test_percentages_are_held_against_binomial_limits() -> None:
    frame = outliers_of(services((38, 40), (36, 40), (37, 40), (39, 40), (38, 40), (20, 40), per="100", unit="record"))
    assert frame.iloc[0][["service", "figure", "flag", "side"]].tolist() == ["S5", 50, CHALLENGE, "low"]


def test_a_small_service_with_all_on_time_is_within_chance() -> None:
    others: list[Last] = [(160, 180), (230, 250), (148, 165), (185, 205), (255, 279)]
    frame = outliers_of(services((20, 20), *others, per="100", unit="review"))
    line = frame[frame["service"] == "S0"].iloc[0]
    assert (line["flag"], line["words"]) == ("", "Within the limits of chance.")
    assert line["figure"] == line["high95"] == line["high998"] == 100


def test_limits_allow_for_differences_from_ten_services_on() -> None:
    spread: list[Last] = [(float(each), 1000.0) for each in (2, 30, 5, 28, 3, 26, 4, 33, 2, 29, 15, 16)]
    assert set(outliers_of(services(*spread))["adjusted"]) == {"Yes"}
    assert set(outliers_of(services(*ALIKE))["adjusted"]) == {"No"}


def test_counts_without_size_and_missing_months_are_left_out() -> None:
    assert len(outliers_of(services((9, 1), (8, 1), per=""))) == 0
    gone: list[Figure] = [(9.0, 900.0), None]
    every = [
        rated([figure, figure], per="1000", code=f"S{place}", service=f"H{place}") for place, figure in enumerate(ALIKE)
    ]
    series = series_of(records(*every, rated(gone, per="1000", code="OLD", service="Old")), None, MARCH)
    assert "OLD" not in set(outliers_of(series)["service"])


def test_impossible_figures_stop_nothing() -> None:
    assert "S5" not in flags(services(*[(38.0, 40.0)] * 5, (50, 40), per="100", unit="record"))
    assert "S5" not in flags(services(*ALIKE, (2.5, 1000)))


def test_an_indicator_in_two_plans_counts_once() -> None:
    """Services S0 to S5; S5 has another plan with the same indicator, whose figures of two months the first plan does not have."""
    figures: list[list[Figure]] = [[each] * 3 for each in [*ALIKE, (20, 1000)]]
    every = [
        rated(each, per="1000", code=f"S{number}", service=f"House {number}") for number, each in enumerate(figures)
    ]
    falls = rated([(7, 500), *[(20, 1000)] * 3], per="1000", code="S5 / Falls", service="House 5 (Falls)")
    alone, both = series_of(records(*every), None, MARCH), series_of(records(*every, falls), None, MARCH)
    assert (len(alone), len(both), len(one_per_service(both))) == (6, 7, 6)
    for shown in (6, 5):  # the plan whose action links it is shown; without one the first plan
        once = one_per_service(both, {shown} if shown == 6 else ())
        pd.testing.assert_frame_equal(
            outliers_of(once).drop(columns=["service", "name"]), outliers_of(alone).drop(columns=["service", "name"])
        )
        assert list(once.lines["service"])[5] == both.lines["service"][shown]
        assert once.values[5, -4:].tolist() == [14.0, 20.0, 20.0, 20.0]
    (whole,) = combined(both).numerators
    assert whole[-3:].tolist() == [70.0] * 3
    assert combined(both).lines["services"].tolist() == [6]
