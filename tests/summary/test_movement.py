"""Movement: counts of this month beside earlier ones, each of which can be counted again from the archive's rows."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from grids import grid

from qipxl import Period, ProviderSummary, Rated, check, rate, summarise, write_summary
from qipxl.archive.actions import rated_actions
from qipxl.archive.keep import keep_returns
from qipxl.archive.store import open_archive
from qipxl.summary.charts import by_month
from qipxl.summary.history import WHOLE, change_words, history, movement
from qipxl.summary.page.page import page_of

MARCH = Period(2026, 3)
PLAN = """
    Actions
    | Ref   | Owner   | Status      | Due date   | Completed on | Embedding review | Last update |
    | A-001 | Ann Lee | {one}       | 31/10/2026 |              | 15/11/2026       | 28/01/2026  |
    | A-002 | Bo Ek   | In progress | {due}      |              | 15/11/2026       | 28/01/2026  |
"""


def month(
    period: Period, service: str = "ELM", region: str = "North", one: str = "In progress", due: str = "31/10/2026"
) -> Rated:
    returns = grid(PLAN.format(one=one, due=due), code=service, region=region, period=str(period))
    returns.receipts["digest"] = f"{service} {period} {one} {due}"
    return rate(check(returns, period.last), period.last)


def of(frame: pd.DataFrame, region: str, letter: str) -> list[Any]:
    (line,) = frame[(frame["region"] == region) & (frame["letter"] == letter)].to_dict("records")
    return [line[key] for key in ("now", "month_before", "three_before", "change")]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the archive that `summary` fills."""
    return tmp_path_factory.mktemp("movement") / "archive"


@pytest.fixture(scope="module")
def summary(kept: Path) -> ProviderSummary:
    """March, with February and December in the archive: two services then, one now."""
    for rated in (
        month(MARCH.plus(-3), due="01/01/2025"),
        month(MARCH.plus(-1), one="Complete"),
        month(MARCH.plus(-1), "OAK", "South", due="01/02/2025"),
    ):
        keep_returns(rated, kept)
    made = summarise(month(MARCH, one="Withdrawn"))
    archive = open_archive(kept)
    lines = history(made, archive, rated_actions(archive.before(MARCH)), MARCH)
    return replace(made, history=lines, movement=movement(lines, MARCH, made.letters))


def test_counts_stand_beside_those_of_earlier_months(summary: ProviderSummary, kept: Path) -> None:
    frame = summary.movement
    assert frame is not None
    assert of(frame, WHOLE, "") == [1, 2, 1, "▼ 1 fewer"]
    headlines = open_archive(kept).table("actions-ratings")
    letters = {state.word: state.letter for state in summary.headline.states}
    for name, back in (("month_before", 1), ("three_before", 3)):
        own = headlines[headlines["period"] == str(MARCH.plus(-back))]["headline"].map(letters).value_counts()
        whole = frame[(frame["region"] == WHOLE) & (frame["letter"] != "")].set_index("letter")[name]
        assert {letter: count for letter, count in whole.items() if count} == own.to_dict()
    now = frame[(frame["region"] == WHOLE) & (frame["letter"] != "")].set_index("letter")["now"]
    assert {letter: count for letter, count in now.items() if count} == (
        summary.actions["headline"].map(letters).value_counts().to_dict()
    )


def test_a_region_that_sent_nothing_this_month_is_not_left_out(summary: ProviderSummary) -> None:
    assert summary.movement is not None
    assert of(summary.movement, "South", "") == [0, 1, 0, "▼ 1 fewer"]


def test_a_change_compares_services_with_both_returns(summary: ProviderSummary) -> None:
    frame = summary.movement
    assert frame is not None
    assert of(frame, WHOLE, "R") == [0, 2, 1, "▼ 1 fewer in 1 service"]
    assert of(frame, "North", "R") == [0, 1, 1, "▼ 1 fewer"]
    lines = frame.drop_duplicates("region").set_index("region")
    assert dict(lines["left_out"]) == {
        WHOLE: "OAK (no return this month)",
        "North": "",
        "South": "OAK (no return this month)",
    }
    now, before, three, change = of(frame, "South", "R")
    assert (np.isnan(now), before, np.isnan(three), change) == (True, 1, True, "no service to compare")


def test_the_trend_by_month_counts_the_same_services(summary: ProviderSummary) -> None:
    months, left_out = by_month(summary)
    assert left_out == ["OAK"]
    assert list(months.index) == ["Dec 2025", "Feb 2026", "Mar 2026"]
    assert list(months.sum(axis=1)) == [2, 2, 2]
    assert "Without OAK, to compare the same services." in page_of(summary)


def test_without_earlier_months_nothing_is_made_up(tmp_path: Path) -> None:
    made = summarise(month(MARCH))
    none = open_archive(tmp_path / "none")
    frame = movement(history(made, none, rated_actions(none), MARCH), MARCH, made.letters)
    now, before, three, change = of(frame, WHOLE, "")
    assert now == 1
    assert np.isnan(before)
    assert np.isnan(three)
    assert change == "no earlier month"


def test_the_sheet_says_the_same(summary: ProviderSummary, tmp_path: Path) -> None:
    path = write_summary(summary, tmp_path / "s.xlsx")
    sheet = pd.read_excel(path, sheet_name="Movement", header=None, skiprows=5, engine="calamine", na_filter=False)
    rows = [row for row in sheet.itertuples(index=False, name=None) if row[0] == WHOLE]
    assert rows[0] == (WHOLE, "", "Services with a return", 1, 2, 1, "▼ 1 fewer", "OAK (no return this month)")
    assert [row[1] for row in rows[1:]] == summary.letters


@pytest.mark.parametrize(
    ("difference", "words"), [(2, "▲ 2 more"), (-1, "▼ 1 fewer"), (0, "= the same"), (float("nan"), "no earlier month")]
)
def test_a_change_is_said_in_words(difference: float, words: str) -> None:
    assert change_words(difference) == words
