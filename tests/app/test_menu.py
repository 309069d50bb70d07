"""The month by number keys, as Start.bat opens it."""

from pathlib import Path

import pytest
from factories import run

from qipxl.app.excel.user_settings import known_folder, remember_folder


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "me")


@pytest.fixture
def services(tmp_path: Path) -> Path:
    path = tmp_path / "our services.csv"
    path.write_text("code,name,email\nELM,Elm House,elm@our-care.example\n")
    return path


def test_a_first_month_by_number_keys(tmp_path: Path, services: Path) -> None:
    home = tmp_path / "our care"
    keys = ["2", f'"{home}"', "Our Care", f'"{services}"', "3", "March 2026", "1", "2", "0"]
    done = run("menu", typed="\n".join(keys) + "\n")
    assert done.exit_code == 0, done.output
    assert f"{home}, March 2026" in done.output
    assert "✓ 1 Issue       1 tracker in issued/2026-03" in done.output.replace("\\", "/")
    assert (home / "mails" / "2026-03" / "trackers" / "ELM Elm House.eml").is_file()
    assert known_folder() == home
    again = run("menu", typed="0\n")
    assert f"{home}, " in again.output, "the folder is remembered"


def test_a_mistake_is_a_sentence_and_the_menu_goes_on(tmp_path: Path) -> None:
    keys = ["1", str(tmp_path), "9", "0"]
    done = run("menu", typed="\n".join(keys) + "\n")
    assert done.exit_code == 0, done.output
    assert f"{tmp_path} is not a provider's folder: it has no register.xlsx." in " ".join(done.output.split())
    assert "9 is not in the range 0<=x<=3" in done.output


def test_a_wrong_month_is_a_sentence(tmp_path: Path, services: Path) -> None:
    assert run("init", tmp_path / "our", "--name", "Our Care", "--services", services).exit_code == 0
    remember_folder(tmp_path / "our")
    done = run("menu", typed="3\nsoon\n0\n")
    assert done.exit_code == 0, done.output
    assert "“soon” is not a month" in done.output


def test_a_folder_that_is_gone_is_asked_for_again(tmp_path: Path) -> None:
    remember_folder(tmp_path / "gone")
    assert "Where is the provider's folder?" in run("menu", typed="0\n").output
