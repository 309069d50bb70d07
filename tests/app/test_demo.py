"""The demo: always the same for the same numbers, and a load of any size."""

import re
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from factories import LONG, first_services

from qipxl import read_returns
from qipxl.app.cli.main import main
from qipxl.app.demo import Demo, make_demo
from qipxl.errors import RequestError

Sheets = dict[str, pd.DataFrame]


SERVICES, MADE = (4, ("2025-12", "2026-01", "2026-02", "2026-03")) if LONG else (2, ("2026-01", "2026-02", "2026-03"))


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The folder of a small demo, and what the command that made it printed."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    arguments = ["demo", str(folder), "--services", str(SERVICES), "--months", str(len(MADE)), "--seed", "7"]
    return folder, CliRunner().invoke(main, arguments, env={"COLUMNS": "80", "NO_COLOR": "1"})


@pytest.mark.long
def test_the_command_names_what_to_open_and_to_try(command: tuple[Path, Result]) -> None:
    folder, result = command
    assert result.exit_code == 0, result.output
    opened = [
        Path(name) for name in re.findall(r"^  (?:The|As|A|Head) [a-z' ]+?  +(\S.*)$", result.output, re.MULTILINE)
    ]
    assert all(path.is_file() for path in opened)
    assert [path.relative_to(folder).as_posix().split("/")[0] for path in opened] == ["summaries"] * 3 + [
        "meetings",
        "issued",
        "register.xlsx",
    ]
    tracker = opened[4]
    assert (tracker.parent.name, tracker.with_suffix(".xlsm").is_file()) == ("2026-04", True)
    assert read_returns(tracker).receipts["rows_found"].iloc[0] > 20, "it holds what came back in March"
    assert f"qipxl month {folder} --period 2026-03" in result.output
    assert len(result.output.splitlines()) <= 22
    assert sorted(path.name for path in (folder / "archive").glob("2*")) == list(MADE)
    assert not list(folder.rglob(".qipxl-*.xlsx"))


@pytest.mark.long
def test_an_earlier_month_run_again_gives_the_same_bytes(command: tuple[Path, Result], tmp_path: Path) -> None:
    then, now = (shutil.copytree(command[0], tmp_path / name) for name in ("then", "now"))
    for later in MADE[1:]:
        shutil.rmtree(then / "archive" / later)
    for home in (then, now):
        done = CliRunner().invoke(main, ["consolidate", str(home), "--period", MADE[0], "--pack", "board"])
        assert done.exit_code in (0, 1), done.output
    for name in (f"{MADE[0]} summary.xlsx", f"{MADE[0]} pack for the board.xlsx"):
        assert (now / "summaries" / name).read_bytes() == (then / "summaries" / name).read_bytes()
    assert not list((now / "archive" / MADE[0]).glob("0002")), "nothing is kept twice"


@pytest.mark.long
def test_the_same_seed_gives_the_same_returns(made_demo: Demo, tmp_path: Path) -> None:
    """And those of the first services of a larger demo."""
    count = 3 if LONG else 1
    one, two = first_services(made_demo, tmp_path / "a", count), make_demo(tmp_path / "b", count)
    other = make_demo(tmp_path / "c", count, seed=6)
    every = sorted(path.relative_to(one.folder.home) for path in one.folder.home.rglob("*") if path.is_file())
    assert every == sorted(path.relative_to(two.folder.home) for path in two.folder.home.rglob("*") if path.is_file())
    assert all((one.folder.home / name).read_bytes() == (two.folder.home / name).read_bytes() for name in every)
    names = [path.name for path in one.returns.iterdir()]
    assert any((one.returns / name).read_bytes() != (other.returns / name).read_bytes() for name in names)


@pytest.mark.long
def test_without_the_libraries_of_the_page_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    for name in [name for name in sys.modules if name.startswith("qipxl.summary.page")]:
        monkeypatch.delitem(sys.modules, name)
    arguments = ["demo", str(tmp_path / "demo"), "--services", "1", "--months", "1"]
    result = CliRunner().invoke(main, arguments, env={"COLUMNS": "200", "NO_COLOR": "1"})
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert (
        'No page and no PDF: jinja2 is not installed. Install qipxl with it: pip install ".[page]" where README is.'
        in said
    )
    assert not list(tmp_path.rglob("*.html"))


def test_a_demo_may_be_made_again_in_its_own_folder(made_demo: Demo, tmp_path: Path) -> None:
    first_services(made_demo, tmp_path / "a", 3)
    demo = make_demo(tmp_path / "a", 1, 1)
    assert sorted(read_returns(demo.returns).receipts["status"]) == ["accepted", "refused"]


def test_another_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RequestError, match="not a demo's folder"):
        make_demo(tmp_path, 1, 1)
    assert (tmp_path / "mine.txt").read_text() == "mine"


whole_half_year = pytest.mark.skipif(
    not LONG, reason="Six months of twelve services are 85 trackers; QIPXL_LONG=1 makes them."
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's folder after its six months."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    assert CliRunner().invoke(main, ["demo", str(folder)]).exit_code == 0
    return folder


@pytest.fixture(scope="module")
def half_year(folder: Path) -> Sheets:
    """The summary of the sixth month, sheet by sheet, with its headings as columns."""
    sheets = pd.read_excel(
        folder / "summaries" / "2026-03 summary.xlsx", sheet_name=None, header=None, engine="calamine", na_filter=False
    )
    named = {
        name: sheet.iloc[5:].set_axis([str(each) for each in sheet.iloc[4]], axis=1) for name, sheet in sheets.items()
    }
    return named | {name: sheets[name] for name in ("Board page", "Chart data")}


def lines_of(sheets: Sheets, sheet: str, **cells: str) -> pd.DataFrame:
    """The lines of a sheet in which these columns say this."""
    frame = sheets[sheet]
    for column, said in cells.items():
        frame = frame[frame[column].astype(str) == said]
    return frame


@whole_half_year
def test_half_a_year_shows_what_moved(half_year: Sheets) -> None:
    said = {str(cell) for cell in half_year["Board page"].to_numpy().ravel()}
    assert {"11 of 12", "The Willows: none since January"} <= said
    months = half_year["Chart data"].head(7)
    blue = months.loc[1:, list(months.iloc[0]).index("B blue: embedded")].tolist()
    assert blue[-1] > 0
    assert sum(blue[:-1]) == 0, "nothing was blue in an earlier month"
    stopped = lines_of(half_year, "Red by month", Service="The Willows").iloc[0]
    assert [stopped[month] for month in ("Jan 2026", "Feb 2026", "Mar 2026")] == [stopped["Jan 2026"], "", ""]
    assert stopped["Jan 2026"] != ""


@whole_half_year
def test_half_a_year_shows_the_stories_it_was_made_for(half_year: Sheets) -> None:
    (elm,) = lines_of(half_year, "All actions", Service="Elm House", Ref="A-004")["Headline"]
    assert elm == "B Embedded / Effective"
    (refused,) = lines_of(half_year, "Evidence gaps", Service="Orchard Close", Ref="A-005")["What it still needs"]
    assert refused == "evidence of practice: experience, feedback or observation"
    (reopened,) = lines_of(half_year, "Escalations", Service="Orchard Close", Ref="A-006").to_dict("records")
    assert "did not work" in reopened["Rating"]
    assert "keeps this at their level (24 March 2026, Board or its quality committee" in reopened["Why"], (
        "decided by the board's book"
    )
    (extended,) = lines_of(half_year, "Slippage", Service="Priory Gardens", Ref="A-002")["Extensions"]
    assert extended == 2
    (held,) = lines_of(half_year, "Escalations", Service="Rosewood Lodge", Ref="A-001")["Decided last time"]
    assert "Quality committee, minute 7: A practice lead two days a week" in held
    risks = half_year["Risks"]
    assert list(risks.loc[risks["What is wrong"].fillna("").str.startswith("High"), "Risk"]) == ["R1"]
    assert list(risks.loc[risks["Line"] == "Other", "Risk"]) == ["AU-3"]
    (embedded,) = lines_of(half_year, "Risks", Service="Elm House", Actions="A-004").to_dict("records")
    assert (embedded["Score now"], embedded["Target"], embedded["Trend"]) == (
        3,
        6,
        "Down: 6 in Oct 2025, 3 in Mar 2026",
    )


@whole_half_year
def test_half_a_year_has_a_second_plan_and_actions_of_the_provider(half_year: Sheets) -> None:
    plans = half_year["Plans"]
    assert list(plans["Service"] + " " + plans["Plan"]) == ["Elm House General", "Elm House Safeguarding"]
    assert set(plans["Return"]) == {"accepted"}
    strengths = half_year["Evidence packs"].groupby("Action")["Strength"].agg(list)
    assert list(strengths) == [["Weak", "Adequate", "Strong"]] * 2
    parts = half_year["All actions"][half_year["All actions"]["Ref"].astype(str).str.startswith("P-")]
    assert list(parts.groupby("Ref").size()) == [5, 4]
    (late,) = lines_of(half_year, "All actions", Service="Priory Gardens", Ref="P-02")["Headline"]
    assert late.startswith("R Off track")


@whole_half_year
def test_half_a_year_has_meetings_with_open_and_closed_matters(half_year: Sheets, folder: Path) -> None:
    books = sorted(path.name for path in (folder / "meetings").rglob("*.xlsx"))
    assert books == [
        "board 2026-02.xlsx", "panel 2026-01.xlsx", "qip-review 2025-12.xlsx", "qip-review 2026-02.xlsx", "qip-review 2026-03.xlsx",
        "safeguarding 2026-01.xlsx", "safeguarding 2026-02.xlsx",
    ]  # fmt: skip
    states = half_year["Meetings"]["State"].str.partition(" ")[0].value_counts().to_dict()
    assert states == {"Open": 9, "Closed": 4, "Not": 3}, "three of them were not discussed"
    (panel,) = lines_of(half_year, "Meetings", Service="Beech Court", Action="A-005").to_dict("records")
    assert panel["Matter"] == "A figure of restrictive practice is worse than chance: Physical restrictions"
    assert panel["Support agreed"].startswith("The psychologist is in the home")
    (judged,) = lines_of(half_year, "Meetings", Service="Harbour View", Action="A-001")["Judged or verified"]
    assert judged.splitlines() == ["E-004; E-005; E-006: Accepted", "E-002; E-003: Accepted"]
    (pack,) = lines_of(half_year, "Meetings", Service="Elm House (Safeguarding)", Action="A-001")["State"]
    assert pack == "Closed 10/03/2026"


@whole_half_year
def test_half_a_year_shows_what_the_figures_say(half_year: Sheets) -> None:
    lines = half_year["Indicators"].set_index(["Service", "Indicator"])
    kept = lines.loc[("Station Road", "Medicines records without a gap")]
    assert (kept["Variation"], kept["Verdict for actions"].split(".")[0]) == ("Improving (higher)", "A-004: Sustained")
    assert kept["Months"] == 29, "five of them from the archive"
    (worse,) = lines_of(half_year, "Needs attention", Service="Rosewood Lodge", Ref="A-005")["Verdict on figures"]
    assert worse == "Falls got worse"
    assert lines.loc[("Kingfisher House", "Falls")]["What may be said"] == "5 of 7 points: too few to apply any rule."
    reviewed = half_year["Before and after"].set_index(["Service", "Action"])["Before and after"]
    assert reviewed["Beech Court", "A-006"] == (
        "Reviews of restrictions on time rose from 62% to 96.6% by completion in June 2025, held for 9 months."
    )
    assert lines.loc[("All services together", "Falls")]["Of"] > 9_000, (
        "days of the services with a figure in each month"
    )
    flagged = half_year["Outliers"][half_year["Outliers"]["Flag"] == "Challenge"]
    assert list(flagged["Service"]) == ["Larch Grove"]
