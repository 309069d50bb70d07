"""The sheet of themes: each action once under each heading, and every figure the number of the rows it leads to."""

from dataclasses import replace
from typing import Any

import openpyxl
import pandas as pd
import pytest
from factories import followed

from qipxl import ProviderSummary, check, rate, read_returns, summarise, write_summary
from qipxl.app.demo import Demo
from qipxl.summary.statements import action_statements
from qipxl.summary.themes import NONE_GIVEN, by_theme, grouped_by, themes


@pytest.fixture(scope="module")
def summary(demo: Demo) -> ProviderSummary:
    return summarise(rate(check(read_returns(demo.returns), demo.as_at), demo.as_at), demo.services)


@pytest.fixture(scope="module")
def book(demo: Demo, summary: ProviderSummary, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return openpyxl.load_workbook(write_summary(summary, tmp_path_factory.mktemp("themes") / "summary.xlsx"))


def test_each_action_stands_once_under_each_heading(summary: ProviderSummary) -> None:
    frame = pd.concat([spec.frame for spec in themes(summary)])
    assert list(frame["kind"].unique()) == ["Theme", "CQC quality statement", "Regulation"]
    for kind, source in grouped_by(summary):
        own = frame[frame["kind"] == kind].set_index("what")
        recounted = summary.actions[source].fillna("").astype(str).replace("", NONE_GIVEN).value_counts()
        assert own["actions"].to_dict() == recounted.to_dict()
        assert (own[summary.letters].sum(axis=1) == own["actions"]).all()


def test_lines_without_room_are_counted_but_not_made(summary: ProviderSummary) -> None:
    every = by_theme(summary, 1_000_000)
    none = by_theme(summary, len(every.frame) - 1)
    statements = action_statements(summary)
    without = len(summary.actions) - len(statements.drop_duplicates(["service", "ref"]))
    lines = 2 * len(summary.actions) + len(statements) + without
    assert (len(every.frame), every.rows_omitted) == (lines, 0)
    assert (len(none.frame), none.rows_omitted, none.line) == (0, len(every.frame), every.line)
    assert list(none.frame.columns) == list(every.frame.columns)


def test_the_most_red_stand_first(summary: ProviderSummary) -> None:
    for _, own in pd.concat([spec.frame for spec in themes(summary)]).groupby("kind"):
        pairs = list(zip(-own["R"], -own["actions"], strict=True))
        assert pairs == sorted(pairs)


def test_every_figure_leads_to_the_rows_it_counts(book: Any) -> None:
    led = 0
    counted = [row for name in ("Themes", "Statements and regulations") for row in book[name].iter_rows(min_row=6)]
    for row in counted:
        headings = [cell.value for cell in row[0].parent[5]]
        line = {heading: cell.value for heading, cell in zip(headings, row, strict=True)}
        kind, what, services = line.get("Counted by", "Theme"), line["Subject"], line["Services"]
        for heading, cell in list(zip(headings, row, strict=True))[headings.index("Actions") :]:
            if not cell.value:
                assert cell.hyperlink is None
                continue
            rows = followed(book, cell)
            assert len(rows) == cell.value, cell.coordinate
            assert {(each["Counted by"], each["Subject"]) for each in rows} == {(kind, what)}
            if heading == "Actions":
                assert len({each["Service"] for each in rows}) == services
            else:
                assert {each["Headline"][0] for each in rows} == {heading[0]}
            led += 1
    assert led > 40


def test_a_ref_of_the_sheet_by_theme_leads_to_the_whole_row(book: Any) -> None:
    sheet, every = book["Actions by theme"], book["All actions"]
    headings = [cell.value for cell in every[5]]
    for row in sheet.iter_rows(min_row=6):
        _, place = row[5].hyperlink.location.rsplit("!", 1)
        found = dict(zip(headings, [cell.value for cell in every[int(place[1:])]], strict=True))
        assert (found["Service"], found["Ref"], found["Issue or risk"]) == tuple(row[at].value for at in (4, 5, 6))


def test_a_provider_without_an_action_has_an_empty_sheet(summary: ProviderSummary) -> None:
    of_themes, of_statements = themes(replace(summary, actions=summary.actions.head(0)))
    assert (len(of_themes.frame), len(of_statements.frame)) == (0, 0)
    assert (of_themes.title, of_statements.line) == ("Themes: 0", "0 lines.")
