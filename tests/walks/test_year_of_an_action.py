"""A year in the life of one action: its tracker and the summary give the same rating every month, and docs show this year."""

from pathlib import Path

import pytest
from action_year import INDICATOR, REF, Played, play_year
from office import Office

from qipxl.workbook.layout import HEADING_ROW

pytestmark = [pytest.mark.formulas, pytest.mark.long]
DOCS = Path(__file__).parents[2] / "docs"
LETTERS = {
    "January": "N",  # issued: no review is due yet
    "February": "R",  # slipped: 18 days late, and its tier allows 14
    "March": "A",  # extended: a new date is agreed
    "April": "D",  # delivered: done is not green
    "May": "G",  # reviewed: another person finds that it works
    "June": "G",
    "July": "B",  # embedded: three months, three returns with no concern
    "August": "B",  # it has left the plan, and is tested again
    "September": "S",  # slipping: the figure is beyond its limit, and the planned review was not held
    "October": "R",  # reopened: the review finds it not effective
    "November": "R",  # delivered again: the last review still counts
    "December": "G",  # reviewed again: it works
}


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> list[Played]:
    """The months, played once."""
    return play_year(tmp_path_factory.mktemp("year") / "our")


def test_every_month_has_its_letter_in_the_summary(year: list[Played]) -> None:
    found = {f"{played.period.first:%B}": str(played.action["headline_label"])[0] for played in year}
    assert found == LETTERS


@pytest.mark.parametrize("month", LETTERS)
def test_tracker_and_summary_say_the_same(office: Office, year: list[Played], month: str) -> None:
    played = year[list(LETTERS).index(month)]
    label = rating_in_tracker(office, played.returned)
    action = played.action
    in_plan = action["return"] >= 0
    assert label == (action["headline_label"] if in_plan else f"{LETTERS[month]} {action['delivery']}")
    assert label[0] == LETTERS[month]


def rating_in_tracker(office: Office, path: Path) -> str:
    """What LibreOffice works out for the action in a tracker that was sent back: in the plan, or after it has left the plan."""
    shown = {"Actions": "Headline", "Embedded and withdrawn": "Tested again"}
    grids = office.values(path, dict.fromkeys(shown, f"A{HEADING_ROW}:CZ{HEADING_ROW + 4}"))
    ratings = []
    for sheet, heading in shown.items():
        headings, *rows = grids[sheet]
        ratings += [row[headings.index(heading)] for row in rows if row[headings.index("Ref")] == REF]
    return str(ratings[0])  # a reopened action is on Actions, and is listed on the other sheet until the next tracker


def test_every_return_of_the_year_is_used(year: list[Played]) -> None:
    assert [played.month.receipts["status"].tolist() for played in year] == [["accepted"]] * len(LETTERS)


def test_the_last_summary_knows_every_month(year: list[Played]) -> None:
    lines = year[-1].month.summary.history
    assert lines is not None
    counted = lines[lines["letter"] != ""]
    assert dict(zip(counted["period"], counted["letter"], strict=True)) == {
        f"2025-{number:02}": letter for number, letter in enumerate(LETTERS.values(), 1)
    }


def test_the_figure_takes_blue_away_in_its_own_month(year: list[Played]) -> None:
    (august, september) = (year[number].month.summary for number in (7, 8))
    assert [list(each.slipping["ref"]) for each in (august, september)] == [[], [REF]]
    assert september.impact is not None
    (figure,) = september.impact.verdicts["elm", REF.lower()]
    assert figure.verdict is not None
    assert figure.verdict.warning, f"{INDICATOR} is 30 in September, and the upper limit of the year before is 26"
    assert list(september.escalated["ref"]) == [REF]


def test_page_and_picture_show_this_year(year: list[Played], monkeypatch: pytest.MonkeyPatch) -> None:
    if not (DOCS / "year_of_an_action.py").exists():
        pytest.skip("The docs are not beside this copy.")
    monkeypatch.syspath_prepend(str(DOCS))
    from year_of_an_action import files  # only a working copy has docs/

    for name, content in files(year).items():
        assert (DOCS / name).read_text("utf-8") == content, f"docs/{name} is not current: run `make docs`."
