"""Many returns to one summary: counts that add up, what stands out, and a workbook that says where everything came from."""

from dataclasses import replace
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from factories import first_only
from openpyxl.utils import column_index_from_string
from validator import validate

from qipxl import (
    ProviderSummary,
    Service,
    check,
    rate,
    read_returns,
    summarise,
    write_summary,
)
from qipxl.app.demo import Demo
from qipxl.app.demo.scenarios import SCENARIOS
from qipxl.returns import rule_inputs
from qipxl.text import spelled

AS_AT = date(2026, 3, 31)


@pytest.fixture(scope="module")
def summary(demo: Demo) -> ProviderSummary:
    expected = [*demo.services, Service(code="S099", name="Never Sent", region="South")]
    return summarise(rate(check(read_returns(demo.returns), AS_AT), AS_AT), expected)


@pytest.fixture(scope="module")
def book(summary: ProviderSummary, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return openpyxl.load_workbook(write_summary(summary, tmp_path_factory.mktemp("s") / "summary.xlsx"))


def of(summary: ProviderSummary, service: str) -> pd.DataFrame:
    return summary.actions[summary.actions["service"] == service]


def test_every_demo_service_shows_its_scenario(summary: ProviderSummary) -> None:
    assert set(of(summary, "S001")["headline"]) == {"On track", "Embedded"}
    assert "Not effective" in set(of(summary, "S002")["headline"])
    assert "Closed without evidence" in set(of(summary, "S003")["headline"])
    late = {
        number: of(summary, f"S00{number}")[["tier", "days_overdue", "delivery"]].values.tolist()
        for number in (4, 5, 6)
    }
    assert ["T1", 1, "Off track"] in late[4]
    assert ["T2", 10, "At risk"] in late[5]
    assert ["T2", 20, "Off track"] in late[5]
    assert ["T3", 20, "At risk"] in late[6]
    assert ["T3", 40, "Off track"] in late[6]
    found = summary.problems.assign(service=summary.problems["return"].map(summary.sources["service"]))
    assert found[found["service"] == "S007"]["code"].iloc[0] == "tab-renamed"
    assert len(of(summary, "S008")) == len(SCENARIOS[7])
    assert set(found[found["service"] == "S009"]["code"]) == {"not-a-date", "text-date"}
    states = summary.sources.set_index("file")["status"]
    assert states["S010 Priory Gardens 2026-03 (1).xlsx"] == "duplicate"
    assert states["Scan of tracker.xlsx"] == "refused"


def test_a_moved_column_is_read_at_its_new_address(summary: ProviderSummary) -> None:
    number = summary.sources.index[summary.sources["service"] == "S008"][0]
    assert summary.returns.place("actions", 5, "owner", of=number) == "Actions!B5"
    assert (of(summary, "S008")["owner"] != "").all()


def test_nobody_is_green_or_blue_without_effect(summary: ProviderSummary) -> None:
    letters = {state.word: state.letter for state in summary.headline.states}
    bright = summary.actions[summary.actions["headline"].map(letters).isin(["G", "B"])]
    assert len(bright) > 5
    assert (bright["impact"] == "Effective").all()


def test_rows_reconcile_in_every_file(summary: ProviderSummary) -> None:
    assert summary.reconciles
    assert summary.sources["rows_found"].sum() == 109 + sum(map(len, summary.returns.tables.values()))


def test_counts_agree_with_the_actions(summary: ProviderSummary) -> None:
    letters = {state.word: state.letter for state in summary.headline.states}
    counted = summary.actions["headline"].map(letters).value_counts()
    whole = summary.totals.iloc[-1]
    assert {letter: int(whole[letter]) for letter in summary.letters if whole[letter]} == counted.to_dict()
    assert whole["actions"] == len(summary.actions) == summary.overview["actions"].sum()
    assert (summary.totals.iloc[:-1].drop(columns="region").sum() == whole.drop("region")).all()


def test_services_without_a_return_come_first(summary: ProviderSummary) -> None:
    first = summary.overview.iloc[0]
    assert (first["service"], first["state"]) == ("S099", "no return")
    assert first[["actions", *summary.letters, "must_fix"]].isna().all()


def test_what_stands_out(summary: ProviderSummary) -> None:
    assert set(summary.ineffective["service"]) == {"S002", "S012"}
    assert (summary.ineffective["delivery"] == "Delivered, not yet assured").all()
    order = [state.word for state in summary.headline.states]
    places = [order.index(word) for word in summary.watch["headline"]]
    assert places == sorted(places)
    assert {"Off track", "Closed without evidence", "Not effective", "Not rated"} <= set(summary.watch["headline"])


def test_escalations_are_listed_highest_level_first(summary: ProviderSummary, book: Any) -> None:
    words = list(summary.escalated["escalation"])
    order = ["Board", "Executive lead", "Director"]
    assert words == sorted(words, key=order.index)
    assert len(words) == summary.actions["escalation"].isin(order).sum() > 3
    first = lines(book, "Escalations")[0]
    assert first["Escalation"].startswith("4 Board")
    assert (first["RAG"], first["Rating"]) == ("R", "Off track,\ntoo early to tell")
    assert first["Why"] == "CQC requirement notice: 1 day overdue"
    number = spelled(len(words))
    assert book["Escalations"]["A1"].value == f"Escalations: {number} actions need a decision above the service"


def test_the_workbook_has_its_sheets_and_is_valid(book: Any, summary: ProviderSummary, tmp_path: Path) -> None:
    assert book.sheetnames == [
        "Board page", "Overview", "Escalations", "All actions", "Indicators",
        "Needs attention", "Slippage", "Evidence gaps", "Reviews due", "Milestone timeline", "Challenge log", "Before and after",
        "Before and after charts", "Indicator charts",
        "Outliers", "Risks", "Readiness by statement", "What to go and see", "Themes", "Statements and regulations",
        "Learning", "Answers to head office", "Problems", "One service",
        "Sources", "How to read this", "Indicator figures", "All extensions", "All milestones", "All evidence", "All challenge",
        "All reviews", "All indicators", "All figures", "Actions by rating", "Actions by region", "Actions by theme", "Chart data",
    ]  # fmt: skip
    colours = [sheet.sheet_properties.tabColor.rgb for sheet in book]
    assert [len(list(same)) for _, same in groupby(colours)] == [5, 19, 14]
    assert colours[0] == "FF12436D"
    assert [sheet.title for sheet in book if sheet.sheet_state != "visible"] == ["Chart data"]
    assert validate(write_summary(summary, tmp_path / "again.xlsx")) == []


def lines(book: Any, name: str) -> list[dict[str, Any]]:
    rows = list(book[name].iter_rows(min_row=5, values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def test_needs_attention_says_what_is_wrong_first(summary: ProviderSummary, book: Any) -> None:
    shown = lines(book, "Needs attention")
    parts = [part for part, _ in groupby(line["What is wrong"] for line in shown)]
    assert parts == ["Finished, did not work", "Closed without evidence", "Off track", "Not effective", "Not rated"]
    hollow = [(line["Service"], line["Ref"]) for line in shown if line["What is wrong"] == parts[0]]
    assert sorted(hollow) == sorted(zip(summary.ineffective["name"], summary.ineffective["ref"], strict=True))
    assert len(shown) == len(set(summary.watch.index) | set(summary.ineffective.index))


def test_within_a_letter_the_highest_escalation_comes_first(book: Any) -> None:
    shown = [(line["RAG"], -int(line["Escalation"][0]), -line["Days overdue"]) for line in lines(book, "All actions")]
    assert [key for key, _ in groupby(shown, key=lambda line: line[0])] == list(
        dict.fromkeys(letter for letter, *_ in shown)
    )
    for _, same in groupby(shown, key=lambda line: line[0]):
        keys = [line[1:] for line in same]
        assert keys == sorted(keys)


def test_service_and_ref_stay_in_sight_and_lists_print_readably(book: Any) -> None:
    assert [book[name].freeze_panes for name in ("Escalations", "All actions", "Needs attention")] == ["C6", "C6", "D6"]
    for sheet in (book["Escalations"], book["All actions"], book["Problems"]):
        assert sheet.print_title_rows == "$5:$5"
        last = sheet.print_area.rpartition("$")[0].rpartition("$")[2]
        widths = [sheet.column_dimensions[column.column_letter].width for column in sheet[5]]
        assert sum(widths[: column_index_from_string(last)]) < 215


def test_services_within_the_limits_are_folded(book: Any, summary: ProviderSummary) -> None:
    sheet = book["Outliers"]
    hidden = [sheet.row_dimensions[row].hidden for row in range(6, sheet.max_row + 1)]
    flags = summary.impact.outliers["flag"]
    assert (hidden.count(False), hidden.count(True)) == ((flags != "").sum(), (flags == "").sum())
    assert hidden == sorted(hidden)


def test_the_overview_begins_with_totals_then_what_is_missing(book: Any) -> None:
    shown = [(line["Service"], line["Return"]) for line in lines(book, "Overview")]
    assert shown[0] == ("Whole provider", "total")
    assert shown[4] == ("Never Sent", "no return")


def test_ratings_are_shown_in_letter_word_and_colour(book: Any) -> None:
    sheet = book["All actions"]
    headings = [cell.value for cell in sheet[5]]
    column = headings.index("RAG") + 1
    fills = {
        sheet.cell(row, column).value[0]: sheet.cell(row, column).fill.fgColor.rgb
        for row in range(6, sheet.max_row + 1)
    }
    assert fills["R"] == "FFB3261E"
    assert fills["G"] == "FF257A55"
    assert fills["B"] == "FF12436D"
    assert fills["D"] == "FF9FB6CC"


def test_each_action_names_its_file_and_cell(book: Any) -> None:
    line = next(line for line in lines(book, "All actions") if line["Service"] == "Elm House")
    assert (line["File"], line["Cell"]) == ("S001 Elm House 2026-03.xlsx", "Actions!A5")
    assert line["Why, rule by rule"].startswith("Delivery: in time, with no concern. Impact: an independent review")


def test_sources_reconcile_on_the_sheet(book: Any) -> None:
    for line in lines(book, "Sources"):
        assert line["Rows found"] == line["Rows used"] + line["Rows set aside"] + line["Rows copied or replaced"]
        assert len(line["SHA-256"]) == 64
    assert "+ copied or replaced " in book["Sources"]["A3"].value


def test_an_empty_list_says_so(tmp_path: Path, demo: Demo) -> None:
    one = demo.returns / "S001 Elm House 2026-03.xlsx"
    found = summarise(rate(check(read_returns(one))))
    book = openpyxl.load_workbook(write_summary(found, tmp_path / "s.xlsx"))
    assert book["Needs attention"]["A6"].value == "None."
    assert book["Needs attention"]["A1"].value == "Needs attention: none"


def test_no_return_at_all_still_gives_a_summary(tmp_path: Path) -> None:
    (tmp_path / "junk.xlsx").write_bytes(b"junk")
    found = summarise(rate(check(read_returns(tmp_path), AS_AT), AS_AT), [Service(code="A", name="Ash")])
    book = openpyxl.load_workbook(write_summary(found, tmp_path / "out" / "s.xlsx"))
    assert [line["Return"] for line in lines(book, "Overview")][:3] == ["total", "total", "no return"]


@pytest.mark.long
def test_where_a_sheet_has_no_room_each_region_has_a_workbook(demo: Demo, tmp_path: Path) -> None:
    """A sheet of Excel ends at row 1,048,576; here it is said to end earlier."""
    made = summarise(rate(check(read_returns(demo.returns))))
    most = len(made.actions) - 1
    whole = openpyxl.load_workbook(write_summary(made, tmp_path / "summary.xlsx", most_rows=most))
    names = sorted(path.name for path in tmp_path.glob("*.xlsx"))
    assert names == ["summary, Midlands.xlsx", "summary, North.xlsx", "summary, South.xlsx", "summary.xlsx"]
    assert whole["All actions"]["A6"].value.startswith("Too many lines for one sheet.")
    assert whole["All actions"]["A1"].value == f"All actions: {len(made.actions)}"
    table = whole["Overview"].tables["tblOverview"].ref
    assert table.endswith(str(5 + len(made.overview) + len(made.totals))), "the leaders' sheets are whole"
    links = [cell.hyperlink.location or "" for row in whole["Board page"] for cell in row if cell.hyperlink]
    assert [link for link in links if "All actions" in link] == ["'All actions'!A1"], "only the contents lead there"
    found = []
    for name in names[:-1]:
        part = openpyxl.load_workbook(tmp_path / name)
        assert validate(tmp_path / name) == []
        found += [row[:2] for row in part["All actions"].iter_rows(min_row=6, values_only=True)]
    assert len(found) == len(made.actions)
    assert len({service for service, _ in found}) == made.overview["actions"].gt(0).sum()
    assert openpyxl.load_workbook(tmp_path / names[0])["Board page"]["B1"].value.startswith("Midlands")


@pytest.mark.long
def test_a_full_list_of_one_region_says_where_its_lines_are(demo: Demo, tmp_path: Path) -> None:
    made = summarise(rate(check(read_returns(demo.returns)))).of_region("North")
    book = openpyxl.load_workbook(write_summary(made, tmp_path / "s.xlsx", most_rows=len(made.actions) - 1))
    assert "if there is an archive, the lines are there" in book["All actions"]["A6"].value
    assert [path.name for path in tmp_path.iterdir()] == ["s.xlsx"]


@pytest.mark.long
def test_regions_with_unsafe_names_each_have_a_workbook(demo: Demo, tmp_path: Path) -> None:
    """Regions whose names come to the same file name, and a service of which nothing could be used."""
    made = summarise(rate(check(read_returns(demo.returns))))
    unsafe = {"North": "A/B", "South": "a-b"}
    plans, overview = (lines.assign(region=lines["region"].replace(unsafe)) for lines in (made.plans, made.overview))
    made = replace(made, plans=plans, overview=overview)
    write_summary(made, tmp_path / "s.xlsx", most_rows=len(made.actions) - 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "s, A-B.xlsx",
        "s, Midlands.xlsx",
        "s, a-b 2.xlsx",
        "s.xlsx",
    ]
    apart = made.sources.assign(service="S777", name="Set aside", region="Islands", status="set aside").iloc[:1]
    assert "Islands" in replace(made, sources=pd.concat([made.sources, apart])).regions


@pytest.mark.parametrize("together", first_only([4, 1]))
def test_judged_in_groups_is_judged_the_same(demo: Demo, monkeypatch: pytest.MonkeyPatch, together: int) -> None:
    """No rule looks at two returns at once, so it makes no difference how many are judged at a time."""
    read = read_returns(demo.returns)
    whole = rate(check(read))
    monkeypatch.setattr(rule_inputs, "BOOK_SIZE", together)
    parts = rate(check(replace(read, books=rule_inputs.RuleBooks())))
    pd.testing.assert_frame_equal(parts.returns.problems, whole.returns.problems)
    assert parts.ratings.keys() == whole.ratings.keys()
    for key in whole.ratings:
        pd.testing.assert_frame_equal(parts.ratings[key], whole.ratings[key])
