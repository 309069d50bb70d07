"""Series: each month's latest figure, gaps as gaps, rates added up by their parts, and what is counted held against what was."""

from pathlib import Path

import numpy as np
import pandas as pd
from factories import MARCH
from figures import rated, records

from qipxl import Period
from qipxl.archive.keep import keep_returns
from qipxl.archive.store import open_archive
from qipxl.indicators.series import Series, combined, series_of


def known(row: np.ndarray) -> list[float | None]:
    """The end of a row of figures from the first on, None for a gap."""
    values = [None if value != value else float(value) for value in row]
    first = next((place for place, value in enumerate(values) if value is not None), len(values))
    return values[first:]


def test_a_gap_is_no_zero_and_a_zero_is_no_gap() -> None:
    series = series_of(records(rated([4, None, 0, 2])), None, MARCH)
    assert known(series.values[0]) == [4, None, 0, 2]
    assert series.months[-1] == MARCH
    assert series.months[0] == Period(2023, 4)


def test_no_denominator_no_rate() -> None:
    series = series_of(records(rated([(4, 400), (3, 0), (2, 500)], per="1000")), None, MARCH)
    assert known(series.values[0]) == [10, None, 4]


def test_the_archive_adds_old_months_and_the_latest_return_wins(tmp_path: Path) -> None:
    keep_returns(rated([9, 8, 7], "2025-12"), tmp_path)
    keep_returns(rated([7, 6, 5], "2026-01"), tmp_path)
    series = series_of(records(rated([55, None, 3])), open_archive(tmp_path), MARCH)
    assert known(series.values[0]) == [9, 7, 6, 55, None, 3]


def test_a_service_without_a_return_keeps_its_figures(tmp_path: Path) -> None:
    keep_returns(rated([9, 8], "2026-01", code="OAK", service="Oak"), tmp_path)
    series = series_of(records(rated([1])), open_archive(tmp_path), MARCH)
    assert list(series.lines["service"]) == ["ELM", "OAK"]
    assert known(series.values[1]) == [9, 8, None, None]


def test_a_later_month_is_never_read(tmp_path: Path) -> None:
    keep_returns(rated([1, 2, 99], "2026-04"), tmp_path)
    series = series_of(records(rated([1, 2])), open_archive(tmp_path), MARCH)
    assert known(series.values[0]) == [1, 2]


def test_services_are_added_up_by_numerators_and_denominators() -> None:
    one, two = (
        rated([(1, 100), (3, 100)], per="100"),
        rated([(30, 300), (17, 300)], per="100", code="OAK", service="Oak"),
    )
    whole = combined(series_of(records(one, two), None, MARCH))
    assert known(whole.numerators[0]) == [31, 20]
    assert known(whole.denominators[0]) == [400, 400]
    assert known(whole.values[0]) == [7.75, 5]
    assert (list(whole.lines["services"]), list(whole.lines["left_out"])) == ([2], [""])


def test_another_unit_or_direction_is_another_indicator() -> None:
    one, two = rated([1, 2]), rated([3, 4], code="OAK", service="Oak", unit="fall with harm")
    assert len(combined(series_of(records(one, two), None, MARCH))) == 0


def changed(tmp_path: Path, **more: str) -> Series:
    keep_returns(rated([1, 2], "2026-01"), tmp_path)
    keep_returns(rated([2, 3], "2026-02", unit="fall with harm", **more), tmp_path)
    return series_of(records(rated([3, 4], unit="fall with harm", **more)), open_archive(tmp_path), MARCH)


def test_since_when_something_else_is_counted(tmp_path: Path) -> None:
    assert list(changed(tmp_path).lines["changed_in"]) == ["2026-02"]
    assert list(series_of(records(rated([1])), None, MARCH).lines["changed_in"]) == [""]


def test_a_reason_counts_once(tmp_path: Path) -> None:
    explained = changed(tmp_path / "a", more="| | | Harm is counted now").lines["explained"]
    assert list(explained) == [True]
    old = "| | | Moved house"
    keep_returns(rated([1, 2], "2026-01", more=old), tmp_path / "b")
    series = series_of(records(rated([3, 4], unit="fall with harm", more=old)), open_archive(tmp_path / "b"), MARCH)
    assert list(series.lines["explained"]) == [False], "the reason stood there before"


def test_a_figure_that_was_taken_back_is_gone(tmp_path: Path) -> None:
    keep_returns(rated([5, 999], "2026-02"), tmp_path)
    now = records(rated([5, 1, 4]))
    lines = now["measurements"]
    lines.loc[lines["month"] == pd.Timestamp(2026, 2, 1), ["numerator", "value"]] = np.nan
    assert known(series_of(now, open_archive(tmp_path), MARCH).values[0]) == [5, None, 4]


def test_a_missing_return_does_not_look_like_fewer_events() -> None:
    one, two = rated([20, 21, 22]), rated([19, 20, None], code="OAK", service="Oak")
    whole = combined(series_of(records(one, two), None, MARCH))
    assert known(whole.values[0]) == [20, 21, 22]
    assert (list(whole.lines["services"]), list(whole.lines["left_out"])) == ([1], ["Oak"])


def test_a_first_return_does_not_look_like_more_events() -> None:
    one, new = rated([20, 21, 22]), rated([None, None, 31], code="OAK", service="Oak")
    whole = combined(series_of(records(one, new), None, MARCH))
    assert known(whole.values[0]) == [20, 21, 22]
    assert list(whole.lines["left_out"]) == ["Oak"]


def test_a_rate_does_not_rise_because_a_good_service_is_missing() -> None:
    good, bad = rated([(1, 100), None], per="100"), rated([(30, 100), (30, 100)], per="100", code="OAK", service="Oak")
    whole = combined(series_of(records(good, bad), None, MARCH))
    assert known(whole.values[0]) == [30, 30]
    assert list(whole.lines["left_out"]) == ["Elm House"]


def test_a_target_is_shared_or_none() -> None:
    same = records(rated([1], more="5 | | |"), rated([1], code="OAK", service="Oak", more="5 | | |"))
    other = records(rated([1], more="5 | | |"), rated([1], code="OAK", service="Oak", more="50 | | |"))
    assert list(combined(series_of(same, None, MARCH)).lines["target"]) == [5]
    assert combined(series_of(other, None, MARCH)).lines["target"].isna().all()


def test_nothing_at_all_is_an_empty_series() -> None:
    assert len(series_of({}, None, MARCH)) == 0
