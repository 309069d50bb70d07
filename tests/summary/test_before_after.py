"""Before and after each action that links a figure: the list, its charts, the page and the packs."""

import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from figures import IMPROVED, STEADY
from grids import grid
from validator import validate

from qipxl import Period, check, rate, summarise, write_summary
from qipxl.summary.before_after import before_and_after, changes_of_actions, shows_all
from qipxl.summary.findings import findings_of
from qipxl.summary.indicator_lists import MARKS, MILESTONES
from qipxl.summary.packs.disclosure import has_small_figures
from qipxl.summary.packs.packs import pack_for, write_pack
from qipxl.summary.packs.pictures import before_and_after_pictures, spans_of
from qipxl.summary.page.page import page_of
from qipxl.summary.page.pdf import write_board_pdf
from qipxl.summary.summary import ProviderSummary
from qipxl.summary.trends import change_trends
from qipxl.template import find_template

MARCH = Period(2026, 3)
FELL = "Restraints per 1,000 bed days fell from 42.6 to 23.6 after completion in June 2025, held for 9 months"


def figure_lines(ref: str, figures: list[float], below: str) -> list[str]:
    """The rows of Figures of one indicator, the last in March 2026."""
    months = [MARCH.plus(-back).first for back in reversed(range(len(figures)))]
    return [
        f"| {ref} {at:%Y-%m} | {ref} | {at:%d/%m/%Y} | {each:g} | {below} |"
        for at, each in zip(months, figures, strict=True)
    ]


PLAN = "\n".join(
    [
        "Actions",
        "| Ref | Issue or risk | Owner | Status | Start date | Completed on | Outcome indicator | Balancing indicator | Due date |",
        "| A-001 | Restraint | Ann Lee | Complete | 10/01/2025 | 20/06/2025 | I-01 | I-02 | 30/06/2025 |",
        "| A-002 | Injuries | Ann Lee | In progress | 10/01/2026 | | I-02 | | 30/06/2026 |",
        "Milestones",
        "| Ref | Action | Milestone | Due date | Done on |",
        "| M-1 | A-001 | All staff trained | 28/02/2025 | 20/02/2025 |",
        "| M-2 | A-001 | New plans in use | 30/04/2025 | 28/04/2025 |",
        "Indicators",
        "| Ref | Indicator | Unit counted | Rate per | Denominator | Which way is better |",
        "| I-01 | Restraints | restraint | 1000 | bed days | Lower is better |",
        "| I-02 | Injuries | injury | | | Lower is better |",
        "Figures",
        "| Ref | Indicator | Month | Numerator | Denominator |",
        *figure_lines("I-01", IMPROVED, "500"),
        *figure_lines("I-02", [*map(float, STEADY), *map(float, STEADY[:8])], ""),
    ]
)
"""Restraints: 277 in 13 months before January 2025, 106 in the nine after June 2025, over 500 bed days a month: 42.6 and 23.6 per 1,000."""


@pytest.fixture(scope="module")
def summary() -> ProviderSummary:
    returns = grid(PLAN, find_template("core"), period=str(MARCH))
    return summarise(rate(check(returns, MARCH.last), MARCH.last))


@pytest.fixture(scope="module")
def book(summary: ProviderSummary, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = write_summary(summary, tmp_path_factory.mktemp("summary") / "summary.xlsx")
    assert validate(path) == []
    return openpyxl.load_workbook(path)


def test_each_figure_of_each_action_has_its_sentence(summary: ProviderSummary) -> None:
    assert (round(277 / 13 / 500 * 1000, 1), round(106 / 9 / 500 * 1000, 1)) == (42.6, 23.6)
    found = [(each.action.called, each.sentence) for each in changes_of_actions(summary)]
    assert found[0] == ("A-001", FELL)
    assert found[1][0] == "A-001 (balancing)"
    assert found[1][1].endswith("since completion in June 2025: no change beyond chance")
    assert found[2] == ("A-002", "Injuries: the action is not completed yet")


def test_the_list_has_means_limits_dates_and_links(book: Any) -> None:
    rows = list(book["Before and after"].iter_rows(min_row=5))
    first = {head.value: cell for head, cell in zip(rows[0], rows[1], strict=True)}
    assert (first["Before and after"].value, first["Verdict"].value) == (f"{FELL}.", "Sustained")
    assert (first["Mean before"].value, first["Mean after"].value, first["Milestones done"].value) == (42.6, 23.6, 2)
    title = book["Before and after"]["A1"].value
    assert title == "Before and after: one improved and held; one without a change beyond chance"
    place = first["Action"].hyperlink.location
    assert place.startswith("'All actions'!A")
    assert book["All actions"].cell(int(place.rpartition("!A")[2]), 2).value == "A-001"
    charts = book["Before and after charts"]._charts
    assert len(charts) == 3
    for row, chart in zip(rows[1:], charts, strict=True):
        link = row[-1].hyperlink.location
        assert link == f"'Before and after charts'!A{chart.anchor._from.row + 1}"


def test_a_chart_marks_start_milestones_and_completion_and_draws_both_means(summary: ProviderSummary) -> None:
    trend = change_trends(summary, 8)[0]
    frame = trend.frame
    assert trend.title == f"Elm House A-001: {FELL}"
    marked = {name: list(frame.index[frame[name].notna()]) for name in (*MARKS, MILESTONES)}
    assert marked == {
        "Action started": ["Jan 2025"], "Action completed": ["Jun 2025"], "Milestone done": ["Feb 2025", "Apr 2025"],
    }  # fmt: skip
    drawn = frame["Mean"]
    assert drawn["Jan 2025":"Jun 2025"].isna().all()
    np.testing.assert_allclose(sorted(set(drawn.dropna())), [106 / 9 * 2, 277 / 13 * 2])
    assert frame["Upper limit"].dropna().nunique() == 2
    assert not {"Improvement", "Concern"} & set(frame.columns), "dots that are judged on all months"


def test_page_and_board_say_the_same(summary: ProviderSummary, tmp_path: Path) -> None:
    page = page_of(summary)
    assert page.count(FELL) >= 2, "in the list and above the picture"
    assert re.search(r'<section id="changes".*?<svg', page, re.DOTALL)
    trend = findings_of(summary).trend
    assert trend is not None
    assert write_board_pdf(summary, tmp_path / "page.pdf").stat().st_size > 1000


@pytest.mark.parametrize("audience", ["board", "commissioner", "inspector"])
def test_every_pack_has_the_sentence(summary: ProviderSummary, audience: str, tmp_path: Path) -> None:
    pack = pack_for(audience, summary)
    (spec,) = (sheet for sheet in pack.sheets if sheet.name == "Before and after")
    assert spec.frame["sentence"].iloc[0] == f"{FELL}."
    assert "chart" not in [column.source for column in spec.columns]
    write_pack(pack, summary, tmp_path / "pack.xlsx")


@pytest.mark.parametrize("audience", ["board", "commissioner", "inspector"])
def test_every_pack_has_the_charts_with_a_description(summary: ProviderSummary, audience: str, tmp_path: Path) -> None:
    path = write_pack(pack_for(audience, summary), summary, tmp_path / "pack.xlsx")
    assert validate(path) == []
    with zipfile.ZipFile(path) as parts:
        said = re.findall(r'descr="([^"]+)"', parts.read("xl/drawings/drawing1.xml").decode())
    assert len(said) == 3
    assert said[0].startswith(f"Chart: Elm House A-001: {FELL}. Latest figure 24.0.")
    sheet = next(each for each in openpyxl.load_workbook(path) if "Before and after charts" in each.title)
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    assert rows[0] == ["Service and action", "Month", "Figure", "Mean", "Lower limit", "Upper limit", "What happened"]
    assert rows[14] == ["Elm House A-001", datetime(2025, 1, 1), 44, "[x]", "[x]", "[x]", "Action started"]


def test_each_part_of_a_packs_chart_is_drawn_where_it_has_a_number() -> None:
    """A text such as [x] in a cell would be drawn as nought."""
    nan = np.nan
    frame = pd.DataFrame({
        "Figure": [4.0, 5.0, nan, 6.0], "Mean": [4.5, 4.5, nan, nan], "Milestone done": [nan, nan, 5.0, nan],
        "Action started": [4.0, nan, nan, nan],
    })  # fmt: skip
    assert spans_of(frame, "Figure") == [((0, 1), (0, 1)), ((3, 3), (3, 3))]
    assert spans_of(frame, "Mean") == [((0, 1), (0, 1))]
    assert spans_of(frame, "Milestone done") == [((2, 2), (1, 1))]
    assert spans_of(frame, "Action started") == [((0, 0), (0, 0))]


def test_a_reader_outside_sees_no_mean_of_withheld_figures() -> None:
    """One month of three restraints is withheld outside; the mean with the other months would give it away."""
    few = [*IMPROVED[:-1], 3.0]
    text = PLAN.replace(
        f"| I-01 2026-03 | I-01 | 01/03/2026 | {IMPROVED[-1]:g} |", "| I-01 2026-03 | I-01 | 01/03/2026 | 3 |"
    )
    assert text != PLAN
    assert few[-1] == 3
    returns = grid(text, find_template("core"), period=str(MARCH))
    summary = summarise(rate(check(returns, MARCH.last), MARCH.last))
    said = {
        audience: next(
            sheet for sheet in pack_for(audience, summary).sheets if sheet.name == "Before and after"
        ).frame.iloc[0]
        for audience in ("board", "commissioner")
    }
    assert "fell from 42.6 to" in said["board"]["sentence"]
    outside = said["commissioner"]
    assert (
        outside["sentence"]
        == "Restraints per 1,000 bed days: improved, held for 9 months, after completion in June 2025."
    )
    assert (outside["before"], outside["after"], outside["limits_before"]) == ("[c]", "[c]", "")
    charts = {who: [each.trend.whose for spec in before_and_after_pictures(summary, hides) for each in spec.pictures]
              for who, hides in {"board": shows_all, "commissioner": has_small_figures}.items()}  # fmt: skip
    assert charts == {
        "board": ["Elm House A-001", "Elm House A-001 (balancing)", "Elm House A-002"],
        "commissioner": ["Elm House A-001 (balancing)", "Elm House A-002"],
    }


def test_without_a_link_there_is_no_sheet(summary: ProviderSummary) -> None:
    text = PLAN.replace("| I-01 | I-02 | 30/06/2025 |", "| | | 30/06/2025 |").replace(
        "| | I-02 | | 30/06/2026 |", "| | | | 30/06/2026 |"
    )
    returns = grid(text, find_template("core"), period=str(MARCH))
    assert list(before_and_after(summarise(rate(check(returns, MARCH.last), MARCH.last)))) == []
