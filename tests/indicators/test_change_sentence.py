"""Before and after in one sentence: figures calculated by hand, and no word that the verdict does not support."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from figures import IMPROVED, STEADY, rated, records

from qipxl import Period
from qipxl.indicators import Verdict, VerdictState
from qipxl.indicators.action_verdicts import verdicts_of
from qipxl.indicators.change_sentence import WORDS, Levels, change_sentence, levels_of
from qipxl.indicators.impact import links_of
from qipxl.indicators.judge_series import JudgedSeries, judge_series, limits_around
from qipxl.indicators.series import series_of

MARCH = Period(2026, 3)
START, DONE = date(2025, 1, 10), date(2025, 6, 20)
KNOWN = Levels(40.1, 16.8)


def judged_with_verdict(
    figures: list[float], start: date = START, done: date | None = DONE, direction: str = "Lower is better"
) -> tuple[JudgedSeries, Verdict]:
    """A series of one service, judged, and the verdict on an action that links it."""
    series = series_of(records(rated([*map(float, figures)], name="Restraints", direction=direction)), None, MARCH)
    action = {"service": "ELM", "ref": "A-001", "indicator": "I-01", "start": start, "completed_on": done}
    links = links_of(pd.DataFrame([action]), series)
    ((figure,),) = verdicts_of(links[links["row"] >= 0], series, MARCH.last).values()
    assert figure.verdict is not None
    return judge_series(series), figure.verdict


def sentence(figures: list[float], start: date = START, done: date | None = DONE) -> str:
    judged, verdict = judged_with_verdict(figures, start, done)
    return change_sentence("Restraints", verdict, done, levels_of(judged, 0, start, done, verdict))


def test_a_sustained_fall_names_both_means_and_how_long_it_has_held() -> None:
    """Before January 2025: 277 restraints in 13 months, 21.3 a month. From July 2025 on: 106 in nine months, 11.8 a month."""
    assert sum(IMPROVED[:13]) == 277
    assert sum(IMPROVED[19:]) == 106
    assert sentence(IMPROVED) == "Restraints fell from 21.3 to 11.8 after completion in June 2025, held for 9 months"


def test_the_sentence_has_the_centre_lines_that_the_chart_draws() -> None:
    judged, verdict = judged_with_verdict(IMPROVED)
    levels = levels_of(judged, 0, START, DONE, verdict)
    assert verdict.baseline_mean == pytest.approx(277 / 13)
    assert (levels.before, levels.after) == (pytest.approx(277 / 13), pytest.approx(106 / 9))
    around = limits_around(judged, 0, START, DONE, verdict.left_out)
    assert around is not None
    mean, lower, upper = around
    assert set(mean[~np.isnan(mean)]) == {levels.before, levels.after}
    moves = np.abs(np.diff(IMPROVED[19:])).mean()
    assert levels.limits_after == (pytest.approx(106 / 9 - 2.66 * moves), pytest.approx(106 / 9 + 2.66 * moves))
    assert levels.limits_before == (pytest.approx(lower[-28]), pytest.approx(upper[-28]))


def test_the_mean_before_leaves_out_an_extreme_month_and_months_that_are_too_old() -> None:
    """Of 26 months before, the first two, at 50, are older than 24 months, and the last, at 90, may be the reason for the action.

    The other 23 have 494 restraints, 21.5 a month; the seven after completion have 81, 11.6 a month.
    """
    before, after = [*STEADY, *STEADY[:3]], [12, 11, 13, 12, 10, 12, 11]
    assert (sum(before), sum(after)) == (494, 81)
    figures = [50, 50, *before, 90, 20, *after]
    start, done = date(2025, 8, 5), date(2025, 8, 20)
    judged, verdict = judged_with_verdict([*map(float, figures)], start, done)
    assert [str(month) for month in verdict.left_out] == ["2025-07"]
    levels = levels_of(judged, 0, start, done, verdict)
    assert (levels.before, levels.after) == (pytest.approx(494 / 23), pytest.approx(81 / 7))
    assert levels.before == pytest.approx(verdict.baseline_mean)


@pytest.mark.parametrize(
    ("done", "words"),
    [
        (date(2025, 12, 5), "Restraints: too early: 3 of 7 months since completion in December 2025"),
        (None, "Restraints: the action is not completed yet"),
    ],
)
def test_before_seven_months_nothing_is_claimed(done: date | None, words: str) -> None:
    assert sentence(IMPROVED, done=done) == words


def test_no_change_is_no_fall_although_the_means_differ() -> None:
    """13 months of 277 in all (21.3 a month), nine months of 192 (21.3 and lower by chance)."""
    figures = [*STEADY[:13], 23, 21, 22, 20, 23, 21, *[20, 22, 19, 24, 21, 20, 23, 22, 19]]
    assert sum(figures[19:]) == 190
    assert sentence([*map(float, figures)]) == (
        "Restraints: 21.3 before and 21.1 since completion in June 2025: no change beyond chance"
    )


def test_an_improvement_that_is_lost_is_not_called_a_fall() -> None:
    figures = [*STEADY[:13], *[23] * 2, *[12, 11, 13, 12, 10, 12, 11], *[22, 21, 23]]
    months = len(figures)
    done = MARCH.plus(-(months - 15)).last
    said = sentence([*map(float, figures)], MARCH.plus(-(months - 14)).first, done)
    assert said.endswith(": improved for seven months, but that has not held")
    assert "fell" not in said


def verdict_of(state: VerdictState, **more: object) -> Verdict:
    """A verdict with these numbers, made up from one that is sustained."""
    return replace(judged_with_verdict(IMPROVED)[1], state=state, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("state", [state for state in VerdictState if state is not VerdictState.SUSTAINED])
def test_only_sustained_claims_a_fall_or_a_rise(state: VerdictState) -> None:
    said = change_sentence("Restraints", verdict_of(state), DONE, KNOWN)
    assert not {"fell", "rose", "held for"} & set(said.split())
    assert "fell" not in said
    assert said.startswith("Restraints: ")


def test_every_verdict_has_words() -> None:
    assert set(WORDS) == set(VerdictState)


@pytest.mark.parametrize(
    ("verdict", "levels", "said"),
    [
        ({}, KNOWN, "Restraints fell from 40.1 to 16.8 after completion in June 2025, held for 9 months"),
        ({"under_way": 2, "run": 11}, KNOWN, "Restraints fell from 40.1 to 16.8 by completion in June 2025, held for 9 months"),
        ({"direction": "increase"}, Levels(16.8, 40.1), "Restraints rose from 16.8 to 40.1 after completion in June 2025, held for 9 months"),
        ({}, Levels(16.8, 16.9), "Restraints: 16.8 before and 16.9 since completion in June 2025: improved, held for 9 months"),
        ({}, Levels(0.04, 0.01), "Restraints fell from 0.04 to 0.01 after completion in June 2025, held for 9 months"),
        ({}, Levels(), "Restraints: improved, held for 9 months, after completion in June 2025"),
        ({"state": VerdictState.WORSE}, Levels(16.8, 40.1),
         "Restraints: 16.8 before and 40.1 since completion in June 2025: worse, with a warning signal in the latest seven months"),
        ({"state": VerdictState.TOO_EARLY, "n_p": 3, "warning": True}, KNOWN,
         "Restraints: too early: 3 of 7 months since completion in June 2025, with a warning signal"),
        ({"state": VerdictState.TOO_EARLY, "n_p": 8}, KNOWN,
         "Restraints: too early: months are missing or too close together for a verdict"),
        ({"state": VerdictState.NO_BASELINE, "n_b": 5}, KNOWN, "Restraints: too few months before the action: 5 of 8"),
        ({"state": VerdictState.EARLY_SIGN, "provisional": True, "n_b": 9}, KNOWN,
         "Restraints: 40.1 before and 16.8 since completion in June 2025: a first sign of improvement, not more yet "
         "(provisional: 9 months before)"),
    ],
)  # fmt: skip
def test_the_words_follow_the_verdict(verdict: dict[str, object], levels: Levels, said: str) -> None:
    state = verdict.pop("state", VerdictState.SUSTAINED)
    assert isinstance(state, VerdictState)
    assert change_sentence("Restraints", verdict_of(state, **verdict), DONE, levels) == said


def test_a_percentage_has_its_sign_and_no_better_side_has_no_verdict() -> None:
    rose = verdict_of(VerdictState.SUSTAINED, direction="increase")
    said = change_sentence("Records without a gap", rose, DONE, Levels(81.0, 94.9), "%")
    assert said == "Records without a gap rose from 81% to 94.9% after completion in June 2025, held for 9 months"
    assert change_sentence("Visits", None, DONE) == (
        "Visits: not judged, because no better side is chosen or what is counted changed without a reason"
    )
