"""The demo: always the same for the same numbers, and a load of any size."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from qipxl import read_returns
from qipxl.app.cli.main import main
from qipxl.app.demo import make_demo
from qipxl.errors import RequestError

Sheets = dict[str, pd.DataFrame]


def test_the_command_prints_the_table_and_names_the_summary(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    arguments = ["demo", str(folder), "--services", "4", "--months", "3", "--seed", "7"]
    result = CliRunner().invoke(main, arguments, env={"COLUMNS": "80", "NO_COLOR": "1"})
    assert result.exit_code == 0, result.output
    assert "2026-03 summary.xlsx" in result.output
    assert "Whole provider" in result.output
    names = sorted(path.suffix for path in (folder / "issued" / "2026-03").iterdir())
    assert names == [".xlsm", *[".xlsx"] * 4]
    assert (folder / "summaries" / "2026-03 summary.xlsx").exists()
    assert sorted(path.name for path in (folder / "archive").glob("2*")) == ["2026-01", "2026-02", "2026-03"]
    assert not list(folder.rglob(".qipxl-*.xlsx"))


def test_the_same_seed_gives_the_same_returns(tmp_path: Path) -> None:
    one, two = (make_demo(tmp_path / name, 3, 2, 5) for name in "ab")
    other = make_demo(tmp_path / "c", 3, 2, 6)
    names = sorted(path.name for path in one.returns.iterdir())
    assert names == sorted(path.name for path in two.returns.iterdir())
    assert all((one.returns / name).read_bytes() == (two.returns / name).read_bytes() for name in names)
    assert any((one.returns / name).read_bytes() != (other.returns / name).read_bytes() for name in names)


def test_a_demo_may_be_made_anew_in_its_own_folder(tmp_path: Path) -> None:
    make_demo(tmp_path / "a", 3, 1)
    demo = make_demo(tmp_path / "a", 2, 1)
    assert sorted(read_returns(demo.returns).receipts["status"]) == ["accepted", "accepted", "refused"]


def test_another_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RequestError, match="not a demo's folder"):
        make_demo(tmp_path, 1, 1)
    assert (tmp_path / "mine.txt").read_text() == "mine"


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
    return named | {"Board page": sheets["Board page"]}


def lines_of(sheets: Sheets, sheet: str, **cells: str) -> pd.DataFrame:
    """The lines of a sheet in which these columns say this."""
    frame = sheets[sheet]
    for column, said in cells.items():
        frame = frame[frame[column].astype(str) == said]
    return frame


def test_half_a_year_shows_what_moved(half_year: Sheets) -> None:
    board = half_year["Board page"]
    assert board[0].eq("11 of 12 services sent a usable return; 1 missing, 0 refused.").any()
    blue = board[board[0] == "B Blue (embedded)"].iloc[0]
    assert blue.iloc[1] > 0
    assert (blue.iloc[2], blue.iloc[3]) == (0, 0), "nothing was blue in an earlier month"
    stopped = lines_of(half_year, "Red by month", Service="The Willows").iloc[0]
    assert [stopped[month] for month in ("Jan 2026", "Feb 2026", "Mar 2026")] == [stopped["Jan 2026"], "", ""]
    assert stopped["Jan 2026"] != ""
    (missing,) = board.loc[board[0] == "Missing", 2]
    assert missing == "The Willows (S006), last return January 2026"


def test_an_earlier_month_run_again_gives_the_same_bytes_as_it_gave_then(folder: Path, tmp_path: Path) -> None:
    then, now = (shutil.copytree(folder, tmp_path / name) for name in ("then", "now"))
    for later in ("2026-01", "2026-02", "2026-03"):
        shutil.rmtree(then / "archive" / later)
    for home in (then, now):
        done = CliRunner().invoke(main, ["consolidate", str(home), "--period", "2025-12", "--pack", "board"])
        assert done.exit_code in (0, 1), done.output
    for name in ("2025-12 summary.xlsx", "2025-12 pack for the board.xlsx"):
        assert (now / "summaries" / name).read_bytes() == (then / "summaries" / name).read_bytes()
    assert not list((now / "archive" / "2025-12").glob("0002")), "nothing is kept twice"


def test_half_a_year_shows_the_stories_it_was_made_for(half_year: Sheets) -> None:
    (elm,) = lines_of(half_year, "All actions", Service="Elm House", Ref="A-004")["Headline"]
    assert elm == "B Embedded / Effective"
    (refused,) = lines_of(half_year, "Evidence gaps", Service="Orchard Close", Ref="A-005")["What it still needs"]
    assert refused == "evidence of practice: experience, feedback or observation"
    (reopened,) = lines_of(half_year, "Escalations", Service="Orchard Close", Ref="A-006")["Why escalated"]
    assert reopened in ("Its impact is Not effective.", "It was reopened.")
    (extended,) = lines_of(half_year, "Slippage", Service="Priory Gardens", Ref="A-002")["Extensions"]
    assert extended == 2
    (held,) = lines_of(half_year, "Escalations", Service="Rosewood Lodge", Ref="A-001")["Decided last time"]
    assert "Quality committee, minute 7: A practice lead two days a week" in held
    assert set(half_year["Risk and audit links"]["Reference"]) == {"R1", "AU-3"}


def test_half_a_year_shows_what_the_figures_say(half_year: Sheets) -> None:
    lines = half_year["Indicators"].set_index(["Service", "Indicator"])
    kept = lines.loc[("Station Road", "Medicines records without a gap")]
    assert (kept["Variation"], kept["Verdict for actions"].split(".")[0]) == ("Improving (higher)", "A-004: Sustained")
    assert kept["Months"] == 29, "five of them from the archive"
    (worse,) = lines_of(half_year, "Delivered but not effective", Service="Rosewood Lodge", Ref="A-005")[
        "Verdict on figures"
    ]
    assert worse == "Worse"
    assert lines.loc[("Kingfisher House", "Falls")]["What may be said"] == "5 of 7 points: too few to apply any rule."
    assert lines.loc[("All services together", "Falls")]["Of"] > 10_000
    flagged = half_year["Outliers"][half_year["Outliers"]["Flag"] == "Challenge"]
    assert list(flagged["Service"]) == ["Larch Grove"]
