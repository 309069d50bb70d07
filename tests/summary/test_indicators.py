"""The sheets of indicators: figures as they were entered, what deserves a chart, native charts drawn from what stands beside them."""

from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from validator import validate

from qipxl import Period, ProviderSummary, read_returns, summarise, write_summary
from qipxl.app.demo import Demo
from qipxl.provider import ProviderMonth
from qipxl.provider.register_workbook import write_register
from qipxl.summary.indicator_lists import (
    axis_words,
    chart_data,
    chart_finding,
    chart_title,
    charted_rows,
    indicators,
    linked_actions,
    outliers,
    rounded_outliers,
)
from qipxl.summary.indicator_sheets import axis_of


@pytest.fixture(scope="module")
def summary(demo: Demo) -> ProviderSummary:
    month = ProviderMonth(demo.folder, demo.folder.read(), Period(2026, 3))
    return month.with_history(summarise(month.rated(read_returns(demo.returns), demo.as_at), month.expected))


@pytest.fixture(scope="module")
def book(demo: Demo, summary: ProviderSummary) -> Any:
    return openpyxl.load_workbook(write_summary(summary, demo.summary))


@pytest.mark.long
def test_the_workbook_needs_no_repair(demo: Demo, book: Any) -> None:
    assert validate(demo.summary) == []
    assert {"Indicators", "Indicator charts", "Indicator figures", "Outliers"} <= set(book.sheetnames)


def test_figures_stand_as_they_were_entered_and_gaps_are_blank(book: Any, summary: ProviderSummary) -> None:
    head, *rows = book["Indicator figures"].iter_rows(min_row=5, values_only=True)
    series = summary.impact.judged.series
    assert len(rows) == len(series) == 39
    assert (head[2], head[-1]) == ("Apr 2023", "Mar 2026")
    for row, own in zip(rows, series.values, strict=True):
        shown = np.array([np.nan if each is None else each for each in row[2:]], dtype=float)
        np.testing.assert_allclose(shown, own)


def test_what_has_a_signal_comes_first_and_chance_is_named(summary: ProviderSummary) -> None:
    view = indicators(summary)
    causes = (view.frame["cause"] != "").tolist()
    assert causes == sorted(causes, reverse=True)
    found = sum(causes)
    assert f"{found} of 39 charts has a signal this month." in view.line
    assert (
        "(rules making-data-count). If nothing had changed, fewer than one of 39 would have a signal by chance."
        in view.about
    )
    assert view.about.endswith("This does not show practice, what staff know or what people experience.")


def test_a_limit_that_cannot_be_reached_is_left_blank(summary: ProviderSummary) -> None:
    frame = indicators(summary).frame
    assert not (frame["low"] < 0).any()
    assert not ((frame["per"] == 100) & (frame["high"] > 100)).any()
    assert frame["low"].isna().any()


def test_outliers_are_asked_about_and_never_ranked(summary: ProviderSummary) -> None:
    view = outliers(summary)
    assert "1 outside 99.8% (a challenge in the next tracker)" in view.line
    assert not [column.heading for column in view.columns if "rank" in column.heading.lower()]
    assert all(not column.states for column in view.columns), "no colour"


def charts_of(book: Any) -> list[Any]:
    return list(book["Indicator charts"]._charts)


def test_each_chart_is_drawn_from_the_figures_beside_it(book: Any, summary: ProviderSummary) -> None:
    rows, more = charted_rows(summary)
    charts = charts_of(book)
    assert len(charts) == len(rows)
    assert more == 0
    sheet, linked = book["Indicator charts"], linked_actions(summary)
    for chart, row in zip(charts, rows, strict=True):
        frame = chart_data(summary.impact.judged, row, linked.get(row, ()))
        names = [sheet[each.tx.strRef.f.split("!")[1].replace("$", "")].value for each in chart.series]
        assert names == list(frame.columns)
        cells = sheet[chart.series[0].val.numRef.f.split("!")[1].replace("$", "")]
        np.testing.assert_allclose(
            [np.nan if cell.value is None else cell.value for (cell,) in cells], frame["Figure"].to_numpy(float)
        )
        title = "".join(run.t for part in chart.title.tx.rich.p for run in part.r)
        assert title == chart_finding(summary.impact.judged.lines.iloc[row])
        assert cells[0][0].row > chart.anchor.to.row, "the table is below the chart"


def test_outlying_dots_have_making_data_count_colours(summary: ProviderSummary) -> None:
    judged = summary.impact.judged
    rows = charted_rows(summary)[0]
    shown = [chart_data(judged, row) for row in rows]
    assert any("Improvement" in frame.columns for frame in shown)
    assert any("Concern" in frame.columns for frame in shown)
    for frame, row in zip(shown, rows, strict=True):
        marks = int((judged.points[row] == 1).sum())
        assert ("Improvement" in frame.columns) == bool(marks)
        if marks:
            assert frame["Improvement"].notna().sum() == marks


def test_head_office_may_ask_for_charts_and_for_the_other_rules(demo: Demo, tmp_path: Path) -> None:
    register = demo.folder.read()
    path = write_register(tmp_path / "register.xlsx", "Made-up Care", demo.as_at, register.lines)
    book = openpyxl.load_workbook(path)
    for row in book["Provider"].iter_rows(min_row=1, max_row=12):
        if str(row[0].value).startswith("Rules of the charts"):
            row[1].value = "plot-the-dots"
        if str(row[0].value).startswith("Indicators always charted"):
            row[1].value = "Staff who feel confident (4 or 5 of 5); Falls"
    book.save(demo.folder.home / "register.xlsx")
    month = ProviderMonth(demo.folder, demo.folder.read(), Period(2026, 3))
    summary = month.with_history(summarise(month.rated(read_returns(demo.returns), demo.as_at), month.expected))
    assert summary.impact.judged.rules == "plot-the-dots"
    rows, more = charted_rows(summary, 24)
    named = set(summary.impact.judged.lines["indicator"].iloc[rows[:20]])
    assert named == {"Staff who feel confident (4 or 5 of 5)", "Falls"}
    assert more > 0
    assert "rules plot-the-dots" in chart_title(summary.impact.judged, rows[0])


@pytest.mark.parametrize(("figure", "shown"), [(94.41, (94.4, 94.4)), (94.43, (94.43, 94.41))])
def test_a_figure_beyond_a_limit_is_shown_beyond_it(figure: float, shown: tuple[float, float]) -> None:
    limits = {"low95": 80.0, "high95": 94.41, "low998": 75.0, "high998": 99.0}
    rounded = rounded_outliers(pd.DataFrame([{"figure": figure, "group": 90.0, **limits}]))
    assert tuple(rounded.loc[0, ["figure", "high95"]]) == shown


FALLS = {
    "indicator": "Falls",
    "unit_counted": "fall",
    "per": 1000.0,
    "denominator_is": "bed days",
    "direction": "Lower is better",
}
RECORDS = {
    "indicator": "Records without a gap", "unit_counted": "record audited", "per": 100.0, "denominator_is": "records audited",
    "direction": "Higher is better", "target": 95.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ({**RECORDS, "latest": 94.9, "variation": "Improving (higher)"},
         "Records without a gap: 94.9%, better than chance, just short of the 95% target"),
        ({**RECORDS, "latest": 94.96, "variation": ""}, "Records without a gap: 94.96%, just short of the 95% target"),
        ({**RECORDS, "latest": 95.0, "variation": "Common cause"}, "Records without a gap: 95%, within its usual range, meets the 95% target"),
        ({**RECORDS, "latest": 80.0, "variation": "Concerning (lower)", "name": "Elm House"},
         "Records without a gap, Elm House: 80%, worse than chance, short of the 95% target"),
        ({**FALLS, "latest": 8.25, "variation": "Too few points", "target": 5.0},
         "Falls: 8.2 per 1,000 bed days, too few months to judge, above the 5 target"),
        ({**FALLS, "latest": 8.0, "variation": "No figure this month"}, "Falls: 8 per 1,000 bed days in January 2026, no figure since"),
        ({**FALLS, "per": np.nan, "latest": 3.0, "variation": "Changing (higher)", "direction": "Neither"}, "Falls: 3, higher than chance"),
        ({**FALLS, "latest": np.nan}, "Falls: no figure"),
    ],
)  # fmt: skip
def test_a_chart_title_says_the_finding(line: dict[str, Any], finding: str) -> None:
    month = pd.Timestamp(2026, 1, 1)
    whole = {"name": "All services together", "target": np.nan, "variation": "", "latest_month": month}
    assert chart_finding(pd.Series({**whole, **line}, dtype=object)) == finding


def test_an_axis_has_the_words_of_its_unit() -> None:
    counts = {**FALLS, "per": np.nan, "denominator_is": ""}
    lines = [RECORDS, FALLS, counts, {**RECORDS, "denominator_is": "", "unit_counted": "answer"}]
    words = [axis_words(pd.Series(line)) for line in lines]
    assert words == ["% of records audited", "falls per 1,000 bed days", "falls", "% of answers"]


def test_a_complete_action_has_limits_before_and_after(summary: ProviderSummary) -> None:
    judged = summary.impact.judged
    row, (action,) = next((row, each) for row, each in linked_actions(summary).items() if each[0].completed)
    frame = chart_data(judged, row, [action])
    start, done = frame["Action started"].notna().argmax(), frame["Action completed"].notna().argmax()
    before, between, after = (
        frame["Mean"].iloc[:start],
        frame["Mean"].iloc[start : done + 1],
        frame["Mean"].iloc[done + 1 :],
    )
    assert between.isna().all()
    np.testing.assert_allclose(before, frame["Figure"].iloc[:start].mean())
    np.testing.assert_allclose(after, frame["Figure"].iloc[done + 1 :].mean())
    assert chart_data(judged, row)["Mean"].nunique() == 1


def test_a_percentage_axis_ends_at_a_hundred() -> None:
    frame = pd.DataFrame({"Figure": [81.0, 100.0]})
    assert axis_of(frame, 100.0) == (70.0, 100.0)
    assert axis_of(frame, np.inf) == (70.0, 110.0)
