"""A provider's folder on OneDrive, SharePoint or a network drive: what docs/it.md says of it."""

import os
import shutil
from pathlib import Path

import pytest
from factories import run

from qipxl import read_returns

PERIOD = ("--period", "2026-03")


@pytest.fixture
def home(three_returns: Path, provider: Path) -> Path:
    """A provider with the returns of three services in its folder."""
    shutil.copytree(three_returns, provider / "returns" / "2026-03", dirs_exist_ok=True)
    return provider


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("copy", "names"),
    [
        ("register-LAPTOP7.xlsx", "register-LAPTOP7.xlsx and register.xlsx"),
        ("register (1).xlsx", "register (1).xlsx and register.xlsx"),
    ],
)
def test_two_registers_stop_every_command(provider: Path, copy: str, names: str) -> None:
    shutil.copyfile(provider / "register.xlsx", provider / copy)
    for command in ("issue", "status", "consolidate", "month"):
        done = run(command, provider, *PERIOD)
        assert done.exit_code == 2
        assert f"holds {names}. OneDrive keeps two if two people save at the same time." in words(done.output)


def test_two_consoles_stop_every_command(provider: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert run("console", provider).exit_code == 0
    shutil.copyfile(provider / "qipxl-console.xlsm", provider / "qipxl-console-LAPTOP7.xlsm")
    assert "holds qipxl-console-LAPTOP7.xlsm and qipxl-console.xlsm" in words(run("status", provider, *PERIOD).output)


@pytest.mark.long
def test_files_that_excel_keeps_open_are_no_registers_and_no_returns(home: Path) -> None:
    (home / "~$register.xlsx").write_bytes(b"\x05owner")
    folder = home / "returns" / "2026-03"
    (folder / "~$S001 Elm House 2026-03.xlsx").write_bytes(b"\x05owner")
    (folder / "S004 Yew 2026-03.xlsx").write_bytes(bytes(20_000))  # not downloaded: it has a size and no content
    assert "3 of 4 in. Missing: Yew" in run("consolidate", home, *PERIOD).output
    receipts = read_returns(folder).receipts.set_index("file")
    assert receipts.at["~$S001 Elm House 2026-03.xlsx", "status"] == "ignored"
    assert receipts.at["S004 Yew 2026-03.xlsx", "reason"].startswith(
        "The file holds nothing but zeros: it was not fully copied"
    )


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of files that cannot be replaced, as on Windows while Excel has them open."""
    names: set[str] = set()
    replace = os.replace

    def refused(source: str | Path, target: str | Path) -> None:
        if Path(target).name in names:
            raise PermissionError(13, "Permission denied", str(target))
        replace(source, target)

    monkeypatch.setattr(os, "replace", refused)
    return names


@pytest.mark.long
def test_a_summary_that_is_open_stays_whole_and_is_named(home: Path, locked: set[str]) -> None:
    assert run("consolidate", home, *PERIOD).exit_code == 0
    summary = home / "summaries" / "2026-03 summary.xlsx"
    before = summary.read_bytes()
    next((home / "returns" / "2026-03").glob("S002*")).unlink()
    locked.add(summary.name)
    done = run("consolidate", home, *PERIOD)
    assert done.exit_code == 2
    assert "cannot be replaced. Close it if it is open elsewhere" in words(done.output)
    assert summary.read_bytes() == before
    assert not list(summary.parent.glob(".qipxl-*"))


@pytest.mark.long
def test_a_folder_restored_elsewhere_gives_the_same_summary(home: Path, tmp_path: Path) -> None:
    assert run("consolidate", home, *PERIOD).exit_code == 0
    restored = tmp_path / "restored" / "our"
    shutil.copytree(home, restored, ignore=shutil.ignore_patterns("read"))
    before = (restored / "summaries" / "2026-03 summary.xlsx").read_bytes()
    (restored / "summaries" / "2026-03 summary.xlsx").unlink()
    assert run("consolidate", restored, *PERIOD).exit_code == 0
    assert (restored / "summaries" / "2026-03 summary.xlsx").read_bytes() == before


@pytest.mark.long
def test_an_archive_that_was_lost_is_made_again_from_the_returns(home: Path) -> None:
    assert run("consolidate", home, *PERIOD).exit_code == 0
    summary = home / "summaries" / "2026-03 summary.xlsx"
    before = summary.read_bytes()
    shutil.rmtree(home / "archive")
    assert run("consolidate", home, *PERIOD).exit_code == 0
    assert summary.read_bytes() == before
