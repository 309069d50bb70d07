"""The demo: always the same for the same numbers, and a load of any size."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from qipxl import read_returns
from qipxl.cli import main
from qipxl.demo import make_demo
from qipxl.errors import RequestError


def test_the_command_prints_the_table_and_names_the_summary(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    arguments = ["demo", str(folder), "--services", "4", "--months", "3", "--seed", "7"]
    result = CliRunner().invoke(main, arguments, env={"COLUMNS": "80", "NO_COLOR": "1"})
    assert result.exit_code == 0, result.output
    assert str(folder / "summary.xlsx") in result.output
    assert "Whole provider" in result.output
    assert len(list((folder / "issued").iterdir())) == 4
    assert (folder / "summary.xlsx").exists()
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
