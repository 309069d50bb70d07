"""What version 0.1 wrote is read for ever: a provider's folder with six months, its console, a tracker of each template."""

import shutil
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from playing import Typist

from qipxl import Period, ProviderFolder, consolidate_month, open_archive, read_returns
from qipxl.app.cli.main import main
from qipxl.returns.export import actions_csv
from qipxl.summary.evidence_items import evidence_of
from qipxl.summary.readiness import GO_AND_SEE, readiness
from qipxl.template import shipped_templates

WRITTEN = Path(__file__).parents[1] / "fixtures" / "version-0.1"
REWORDED = ("blue_needs", "blue_checks")
"""Columns that are sentences of the template."""
MONTHS = ["2025-10", "2025-11", "2025-12", "2026-01", "2026-02", "2026-03"]


@pytest.fixture
def our(tmp_path: Path) -> Path:
    return Path(shutil.copytree(WRITTEN / "our", tmp_path / "our"))


@pytest.mark.long
def test_ratings_of_an_earlier_version_are_the_same(our: Path) -> None:
    with consolidate_month(ProviderFolder(our).month("2026-03"), keep=True) as result:
        assert result.returns.receipts["status"].tolist().count("accepted") == 2
        was, now = pd.read_csv(WRITTEN / "actions.csv"), pd.read_csv(StringIO(actions_csv(result.table("actions"))))
        pd.testing.assert_frame_equal(now[was.columns], was)
        assert result.changes is not None
        assert result.changes.new == ()
        history = result.summary().history
    assert history is not None
    assert sorted(set(history["period"])) == MONTHS


def test_what_is_archived_again_differs_in_words_only(our: Path) -> None:
    with consolidate_month(ProviderFolder(our).month("2026-03"), keep=True):
        folder = our / "archive" / "2026-03"
        for name in ("actions", "actions-ratings", "milestones", "reviews", "measurements-ratings"):
            was, now = (pd.read_parquet(folder / commit / f"{name}.parquet") for commit in ("0001", "0002"))
            same = [column for column in was.columns if column not in ("version", *REWORDED)]
            pd.testing.assert_frame_equal(now[same], was[same], check_dtype=False, obj=name)


def test_an_earlier_archive_is_carried_into_trackers(our: Path, tmp_path: Path) -> None:
    assert sorted(set(open_archive(our / "archive").versions["period"])) == MONTHS
    done = CliRunner().invoke(main, ["issue", str(our), "--period", "2026-04", "--out", str(tmp_path / "issued")])
    assert done.exit_code == 0, done.output
    returns = read_returns(tmp_path / "issued")
    assert returns.tables["actions"].groupby("return").size().tolist() == [3, 5]


@pytest.mark.long
def test_evidence_of_an_earlier_archive_is_listed_and_its_freshness_is_not_known(our: Path) -> None:
    """A-004 was embedded in March; version 0.1 archived its evidence without the day until which it is fresh."""
    folder, april = ProviderFolder(our), Period(2026, 4)
    done = CliRunner().invoke(main, ["issue", str(our), "--period", "2026-04", "--only", "S001"])
    assert done.exit_code == 0, done.output
    (path,) = folder.issued(april).glob("*.xlsx")
    typed = Typist(path)
    assert "A-004" not in typed.refs("Actions")
    typed.cover("Your name", "Jo Shah")
    typed.book.save(our / "returns" / "2026-04" / "S001.xlsx")
    with consolidate_month(folder.month(april)) as result:
        summary = result.summary()
        known = evidence_of(summary)
        sheets = {spec.name: spec.frame for spec in readiness(summary)}
    assert known is not None
    archived = known.rows[known.rows["period"] == "2026-03"]
    assert len(archived) > 0
    assert archived["until"].isna().all(), "no rule of that version says it, and no code does instead"
    assert set(archived["state"]) == {"Not known"}
    listed = sheets[GO_AND_SEE].loc[sheets[GO_AND_SEE]["period"] == "2026-03", "state"]
    assert set(listed) == {"Not known"}


def test_an_earlier_console_holds_the_register(our: Path) -> None:
    named = ProviderFolder(our).read()
    (our / "register.xlsx").unlink()
    shutil.copy(WRITTEN / "console" / "qipxl-console.xlsm", our)
    console = ProviderFolder(our).read()
    assert (console.answers, console.lines) == (named.answers, named.lines)


def test_a_linked_indicator_is_read_as_the_outcome() -> None:
    returns = read_returns(WRITTEN / "our" / "returns" / "2026-03")
    actions = returns.tables["actions"].set_index("ref")
    assert actions.loc["A-005", ["indicator", "process_indicator", "balancing_indicator"]].tolist() == ["I-02", "", ""]
    older = returns.problems[returns.problems["code"] == "older-version"]["message"]
    assert not older.str.contains("Outcome indicator").any()


@pytest.mark.parametrize("name", shipped_templates())
def test_an_earlier_tracker_is_read(name: str) -> None:
    returns = read_returns(WRITTEN / "trackers" / f"{name}.xlsx")
    assert returns.receipts[["template", "status", "reason"]].to_numpy().tolist() == [[name, "accepted", ""]]
    assert len(returns.tables["actions"]) == 1
