"""What is said of an indicator: no more than the months allow, in words that say what was found and what is still needed."""

import random
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from factories import MARCH
from figures import IMPROVED, STEADY, Figure, rated, records

from qipxl.indicators import Verdict, VerdictState
from qipxl.indicators.action_verdicts import before_and_after, verdicts_of
from qipxl.indicators.chart_words import since_last
from qipxl.indicators.impact import links_of
from qipxl.indicators.judge_series import JudgedSeries, judge_series
from qipxl.indicators.series import Series, series_of


def said(figures: list[Figure], **more: Any) -> tuple[dict[str, Any], JudgedSeries]:
    """The line of one indicator."""
    found = judge_series(series_of(records(rated(figures, **more)), None, MARCH))
    return found.lines.to_dict("records")[0], found


@pytest.mark.parametrize(
    ("months", "chart", "variation", "words"),
    [
        (3, "dots", "Too few points", "3 of 7 points: too few to apply any rule."),
        (6, "dots", "Too few points", "6 of 7 points: too few to apply any rule."),
        (7, "early", "Too few points", "Early data (7 of 12 points)"),
        (11, "early", "Too few points", "Early data (11 of 12 points)"),
        (12, "xmr", "", "Trial limits (12 of 20 points)."),
        (13, "xmr", "Common cause", "Trial limits (13 of 20 points)."),
        (20, "xmr", "Common cause", "Limits from 20 points."),
    ],
)
def test_no_more_is_said_than_the_months_allow(months: int, chart: str, variation: str, words: str) -> None:
    line, found = said([float(each) for each in STEADY[-months:]])
    assert (line["chart"], line["variation"], line["points"]) == (chart, variation, months)
    assert words in line["words"]
    assert np.isnan(line["mean"]) == (months < 12)
    assert np.isnan(found.mean[0]).all() == (months < 12)
    assert not found.points.any()


def test_a_shift_is_named_by_its_direction() -> None:
    better = [float(each) for each in STEADY] + [14.0, 13, 15, 12, 14, 13, 12]
    assert said(better)[0]["variation"] == "Improving (lower)"
    assert said(better, direction="Higher is better")[0]["variation"] == "Concerning (lower)"
    line, found = said(better, direction="Neutral")
    assert line["variation"] == "Changing (lower)"
    assert found.points[0, -1] > 2


def test_without_a_figure_this_month_there_is_no_icon() -> None:
    line, _ = said([*map(float, STEADY), None])
    assert (line["variation"], line["latest"], line["latest_month"]) == ("No figure this month", 22.0, date(2026, 2, 1))


def test_rare_events_say_how_long_ago_the_last_was() -> None:
    rare = [0.0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0]
    line, found = said(rare)
    assert (line["chart"], line["variation"], line["cause"]) == ("rare", "", "")
    assert "The last event was in December 2025, 3 months ago." in line["words"]
    assert np.isnan(found.mean).all()
    assert since_last(series_of(records(rated([0.0] * 9)), None, MARCH), 0) == "No event in 9 months."


def test_before_and_after_are_compared_exactly() -> None:
    series = series_of(records(rated([1.0, 2, 1, 0, 2, 1, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0])), None, MARCH)
    words = before_and_after(series, 0, date(2025, 8, 1), date(2025, 8, 20))
    assert words.startswith("10 events before and 0 after: more than chance explains")
    assert before_and_after(series, 0, None, None) == ""


def test_a_target_counts_months_met_and_its_reliability() -> None:
    line, _ = said([float(each) for each in STEADY], more="40 | | |")
    assert line["target_met"] == "Meets the target consistently: 12 of the last 12 months met"
    line, _ = said([float(each) for each in STEADY], more="21 | | |")
    assert line["target_met"].startswith("Hit and miss: ")
    line, _ = said([float(each) for each in STEADY[:13]], more="0 | | |")
    assert line["target_met"] == "0 of the last 12 months met"
    assert "months met are given instead" in line["words"]


def test_small_percentages_have_limits_of_their_own() -> None:
    chance = random.Random(3)
    asked: list[Figure] = [
        (float(sum(chance.random() < 0.6 for _ in range(n))), float(n))
        for n in (8, 12, 9, 15, 11, 10, 14, 9, 12, 8, 13, 10, 15, 9)
    ]
    line, found = said(asked, per="100", direction="Higher is better", unit="answer")
    assert line["chart"] == "p"
    assert len(set(np.round(found.upper[0][~np.isnan(found.upper[0])], 3))) > 3, (
        "as wide as each month's answers make them"
    )
    assert "limits follow each month's cases" in line["words"]
    assert line["latest_of"] == 9


def test_new_limits_begin_at_a_date_with_a_reason() -> None:
    level = [*map(float, STEADY[:14]), *(each + 30.0 for each in STEADY[:14])]
    without, _ = said(level, more="| | 01/02/2025 |")
    assert without["points"] == 28, "without a reason nothing is rebased"
    line, found = said(level, more="| | 01/02/2025 | The second unit opened")
    assert line["points"] == 14
    assert line["mean"] == pytest.approx(np.mean(level[14:]))
    assert found.mean[0][-28] == pytest.approx(np.mean(level[:14]))


def test_a_baseline_fixes_the_limits() -> None:
    level = [*map(float, STEADY[:14]), *(each + 30.0 for each in STEADY[:14])]
    line, _ = said(level, more="| 31/01/2025 | |")
    assert line["mean"] == pytest.approx(np.mean(level[:14]))
    assert line["variation"] == "Concerning (higher)"


def test_what_changed_without_a_reason_is_not_judged() -> None:
    series = series_of(records(rated([float(each) for each in STEADY])), None, MARCH)
    line = judge_series(replace(series, lines=series.lines.assign(changed_in="2025-10"))).lines.iloc[0]
    assert line["chart"] == "dots"
    assert line["words"].startswith("What is counted changed in October 2025 without a reason")
    assert verdicts(replace(series, lines=series.lines.assign(changed_in="2025-10"))) == {}


def test_only_what_is_counted_now_is_compared() -> None:
    series = series_of(records(rated(IMPROVED)), None, MARCH)
    changed = replace(series, lines=series.lines.assign(changed_in="2025-03", explained=True))
    assert verdicts(series)["elm", "a-001"].state is VerdictState.SUSTAINED
    assert verdicts(changed)["elm", "a-001"].state is VerdictState.NO_BASELINE


def test_a_later_baseline_needs_a_reason_to_end_a_verdict() -> None:
    series = series_of(records(rated(IMPROVED)), None, MARCH)
    later = series.lines.assign(baseline_from=pd.Timestamp(2024, 12, 1))
    assert verdicts(replace(series, lines=later))["elm", "a-001"].state is VerdictState.SUSTAINED
    reasoned = replace(series, lines=later.assign(change_reason="New unit"))
    assert verdicts(reasoned)["elm", "a-001"].state is VerdictState.NO_BASELINE


def test_limits_come_from_the_months_that_are_shown() -> None:
    series = series_of(records(rated([float(each) for each in STEADY])), None, MARCH)
    few = judge_series(replace(series, lines=series.lines.assign(baseline_from=pd.Timestamp(2026, 1, 1)))).lines.iloc[0]
    assert (few["points"], few["words"]) == (3, "3 of 7 points: too few to apply any rule.")
    none = judge_series(replace(series, lines=series.lines.assign(baseline_from=pd.Timestamp(2026, 4, 1)))).lines.iloc[
        0
    ]
    assert (none["points"], none["chart"]) == (0, "dots")


@pytest.mark.parametrize("figures", [[(2.5, 100.0), *[(2.0, 100.0)] * 20], [*[-2.0] * 5, *[3.0] * 20]])
def test_what_cannot_be_counted_stops_nothing(figures: list[Figure]) -> None:
    per = "1000" if isinstance(figures[0], tuple) else ""
    series = series_of(records(rated(figures, per=per)), None, MARCH)
    assert not (series.values < 0).any()
    assert verdicts(series)["elm", "a-001"].state is not VerdictState.SUSTAINED


def test_a_numerator_above_its_denominator_stops_nothing() -> None:
    wrong: list[Figure] = [(6.0, 5.0), *[(4.0, 8.0)] * 14]
    assert said(wrong, per="100", unit="answer")[0]["chart"] == "p"


def verdicts(
    series: Series, name: str = "I-01", start: date | None = date(2025, 1, 10), done: date | None = date(2025, 6, 20)
) -> dict[tuple[str, str], Verdict]:
    """The verdicts on one action that says it links an indicator."""
    action = {"service": "ELM", "ref": "A-001", "indicator": name, "start": start, "completed_on": done}
    links = links_of(pd.DataFrame([action]), series)
    every = verdicts_of(links[links["row"] >= 0], series, MARCH.last)
    return {key: line.verdict for key, lines in every.items() for line in lines if line.verdict is not None}


@pytest.mark.parametrize("name", ["i-01 ", "falls"])
def test_an_action_names_its_indicator_by_ref_or_name(name: str) -> None:
    series = series_of(records(rated(IMPROVED)), None, MARCH)
    verdict = verdicts(series, name)["elm", "a-001"]
    assert verdict.state is VerdictState.SUSTAINED
    assert (verdict.n_b, verdict.n_p, verdict.run, verdict.reached_back) == (13, 9, 9, 0)


def test_missing_facts_give_no_verdict_on_figures() -> None:
    series = series_of(records(rated(IMPROVED)), None, MARCH)
    assert verdicts(series, "another") == {}
    assert verdicts(series, done=None)["elm", "a-001"].state is VerdictState.NO_VERDICT
    neutral = series_of(records(rated(IMPROVED, direction="Neutral")), None, MARCH)
    assert verdicts(neutral) == {}


def test_a_verdict_says_when_it_can_come_and_what_it_needs() -> None:
    series = series_of(records(rated(IMPROVED)), None, MARCH)
    early = verdicts(series, done=date(2025, 12, 5))["elm", "a-001"]
    assert early.state is VerdictState.TOO_EARLY
    assert early.words.startswith("3 of 7 months since completion, 3 better.")
    assert early.words.endswith("Earliest verdict: July 2026.")
