"""A month at head office from the command line: make the folder, issue, see who is late, consolidate, keep, delete."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from factories import run, send

from qipxl.archive.store import open_archive


@pytest.mark.long
def test_the_month_step_by_step(three_returns: Path, provider: Path) -> None:
    issued = run("issue", provider, "--period", "2026-03")
    assert "Trackers written for March 2026: 4" in issued.output
    assert len(list((provider / "issued" / "2026-03").glob("*.xlsx"))) == 4
    before = run("status", provider, "--period", "2026-03")
    assert "4 services: 4 late." in before.output
    assert "returns are due by 07/04/2026" in before.output
    send(three_returns, provider)
    after = run("status", provider, "--period", "2026-03").output
    assert "4 services: 1 late, 3 in." in after
    assert after.index("Yew") < after.index("Rosewood")
    assert "Scan of tracker.xlsx: refused. This is a PDF" in " ".join(after.split())
    assert "As at 31/03/2026." in run("check", provider, "--period", "2026-03").output
    done = run("consolidate", provider, "--period", "2026-03").output
    assert "Archive   3 returns added." in done
    assert "Missing: Yew" in done
    assert (provider / "summaries" / "2026-03 summary.xlsx").is_file()
    assert "version 1" in run("status", provider, "--period", "2026-03").output


@pytest.mark.long
def test_the_same_month_again_gives_the_same_bytes(three_returns: Path, provider: Path) -> None:
    send(three_returns, provider)
    summary = provider / "summaries" / "2026-03 summary.xlsx"
    run("consolidate", provider, "--period", "2026-03")
    first = summary.read_bytes()
    (provider / "archive" / "read" / "last-2026-03.json").unlink()  # or it would be left as it is
    again = run("consolidate", provider, "--period", "2026-03")
    assert "Archive" not in again.output, "nothing was added"
    assert summary.read_bytes() == first


@pytest.mark.long
def test_deleting_one_service_keeps_the_others(three_returns: Path, provider: Path) -> None:
    send(three_returns, provider)
    run("consolidate", provider, "--period", "2026-03")
    whole = open_archive(provider / "archive").table("actions")
    refused = run("archive", "purge", provider, "--service", "S002", typed="n\n")
    assert refused.exit_code == 2
    assert len(open_archive(provider / "archive").latest) == 3
    gone = run("archive", "purge", provider, "--service", "S002", typed="y\n")
    assert "Deleted: 1 return of service S002, 2026-03." in gone.output
    left = open_archive(provider / "archive").table("actions")
    pd.testing.assert_frame_equal(left, whole[whole["service"] != "S002"].reset_index(drop=True))
    for path in (provider / "archive").rglob("*.parquet"):
        assert "S002" not in set(pd.read_parquet(path)["service"]), path
    assert "nothing was deleted" in run("archive", "purge", provider, "--before", "2020-01-01", "--yes").output


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("consolidate", "{}"), ", the last that ended. For another: --period"),
        (("consolidate", "{}", "--period", "2026-03"), "No return of March 2026 has come in. Put them into the folder"),
        (("check", "{}"), ", the last that ended. For another: --period"),
        (("status", "{}/returns", "--period", "2026-03"), "is not a provider's folder"),
        (("init", "{}", "--name", "Our Care"), "exists already"),
        (("archive", "purge", "{}"), "Say what to delete"),
        (("archive", "purge", "{}", "--service", "ASH"), "holds no return of a service ASH"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(provider: Path, command: tuple[str, ...], words: str) -> None:
    result = run(*(each.format(provider) for each in command))
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())
    assert "Traceback" not in result.output


@pytest.mark.long
def test_next_months_trackers_wait_for_the_month_before(three_returns: Path, provider: Path) -> None:
    send(three_returns, provider)
    early = run("issue", provider, "--period", "2026-04")
    assert early.exit_code == 2
    assert "The returns of March 2026 are not in the archive yet" in " ".join(early.output.split())
    assert not (provider / "issued" / "2026-04").exists()
    run("consolidate", provider, "--period", "2026-03")
    assert run("issue", provider, "--period", "2026-04").exit_code == 0


@pytest.mark.long
def test_another_day_leaves_the_record_alone(three_returns: Path, provider: Path) -> None:
    send(three_returns, provider)
    run("consolidate", provider, "--period", "2026-03")
    record = (provider / "summaries" / "2026-03 summary.xlsx").read_bytes()
    what_if = run("consolidate", provider, "--period", "2026-03", "--as-at", "2026-03-10").output
    assert "Judged on another day than 31/03/2026: the archive was not changed." in what_if
    assert (provider / "summaries" / "2026-03 summary as at 2026-03-10.xlsx").is_file()
    assert (provider / "summaries" / "2026-03 summary.xlsx").read_bytes() == record
    assert set(open_archive(provider / "archive").versions["version"]) == {1}


def test_a_month_without_usable_returns_is_judged_at_its_end(three_returns: Path, provider: Path) -> None:
    (provider / "returns" / "2026-03").mkdir(parents=True)
    shutil.copyfile(three_returns / "Scan of tracker.xlsx", provider / "returns" / "2026-03" / "scan.xlsx")
    assert "as at 31 March 2026" in run("consolidate", provider, "--period", "2026-03").output


@pytest.mark.parametrize(("out", "words"), [(".", "is a folder"), ("x.txt", "Give it a name that ends in .xlsx.")])
def test_a_summary_is_a_workbook_with_a_name(three_returns: Path, provider: Path, out: str, words: str) -> None:
    send(three_returns, provider)
    refused = run("consolidate", provider, "--period", "2026-03", "--out", out)
    assert refused.exit_code == 2
    assert words in " ".join(refused.output.split())
