"""Files appear only when they are complete; what stopped runs left behind goes, and a run that goes on keeps its own."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from qipxl.errors import OutputError
from qipxl.files import new_file, new_files, write_bytes

LEFT = ".qipxl-k3_x9ab1.xlsx"
KILLED = """
import os, signal, sys
from pathlib import Path
from qipxl.files import new_file
with new_file(Path(sys.argv[1])) as temporary:
    temporary.write_bytes(b"half")
    if sys.argv[2] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    print("writing", flush=True)
    input()
"""


KILLED_TOGETHER = """
import os, signal, sys
from pathlib import Path
from qipxl.files import new_files
with new_files(Path(sys.argv[1]), ["a.xlsx", "b.xlsx"]) as built:
    (built / "a.xlsx").write_bytes(b"whole")
    if sys.argv[2] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    print("writing", flush=True)
    (built / "b.xlsx").write_bytes(input().encode())
"""


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "a.xlsx"), "killed"], check=False)
    (left,) = names(tmp_path)
    assert (left.startswith(".qipxl-"), left.endswith(".xlsx")) == (True, True)
    write_bytes(tmp_path / "b.csv", b"whole")
    assert names(tmp_path) == ["b.csv"]


def test_a_run_that_goes_on_keeps_its_temporary_file(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", KILLED, str(tmp_path / "a.xlsx"), "alive"]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "writing\n"
        write_bytes(tmp_path / "b.xlsx", b"whole")
        assert len(names(tmp_path)) == 2
        running.communicate("\n")
    assert names(tmp_path) == ["a.xlsx", "b.xlsx"]
    assert (tmp_path / "a.xlsx").read_bytes() == b"half"


def test_two_files_written_at_once_by_one_run(tmp_path: Path) -> None:
    with new_file(tmp_path / "a.xlsx") as one, new_file(tmp_path / "b.xlsx") as other:
        one.write_bytes(b"1")
        other.write_bytes(b"2")
    assert names(tmp_path) == ["a.xlsx", "b.xlsx"]


def test_only_files_of_that_form_are_removed(tmp_path: Path) -> None:
    (tmp_path / LEFT).write_bytes(b"half")
    (tmp_path / ".qipxl-demo").write_bytes(b"")
    (tmp_path / ".qipxl-folder.xlsx").mkdir()
    (tmp_path / "qipxl-left.xlsx").write_bytes(b"mine")
    os.symlink(tmp_path / "qipxl-left.xlsx", tmp_path / ".qipxl-link.xlsx")
    write_bytes(tmp_path / "b.xlsx", b"whole")
    assert names(tmp_path) == [".qipxl-demo", ".qipxl-folder.xlsx", ".qipxl-link.xlsx", "b.xlsx", "qipxl-left.xlsx"]


def write_half(path: Path) -> None:
    with new_file(path) as temporary:
        temporary.write_bytes(b"half")
        raise OSError(28, "full")


def test_a_block_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = write_bytes(tmp_path / "a.xlsx", b"old")
    with pytest.raises(OutputError, match=r"a\.xlsx cannot be written: full"):
        write_half(path)
    assert (names(tmp_path), path.read_bytes()) == (["a.xlsx"], b"old")


def test_files_written_at_once_in_one_folder_do_not_go(tmp_path: Path) -> None:
    """Each looks for leftovers while others have just made their own."""
    paths = [tmp_path / f"{number}.txt" for number in range(400)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda path: write_bytes(path, path.name.encode()), paths))
    assert [path.read_bytes() for path in paths] == [path.name.encode() for path in paths]
    assert len(list(tmp_path.iterdir())) == len(paths)


def test_files_that_appear_together(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a.xlsx", b"old")
    with new_files(tmp_path, ["a.xlsx", "b.xlsx"]) as built:
        write_bytes(built / "a.xlsx", b"new")
        assert (tmp_path / "a.xlsx").read_bytes() == b"old"
        write_bytes(built / "b.xlsx", b"new")
    assert {name: (tmp_path / name).read_bytes() for name in names(tmp_path)} == {"a.xlsx": b"new", "b.xlsx": b"new"}


def write_one_of_two(folder: Path) -> None:
    with new_files(folder, ["a.xlsx", "b.xlsx"]) as built:
        write_bytes(built / "a.xlsx", b"new")
        write_half(built / "b.xlsx")


def test_none_of_them_appears_if_one_fails(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a.xlsx", b"old")
    with pytest.raises(OutputError, match=f"^{tmp_path}/b.xlsx cannot be written: full"):
        write_one_of_two(tmp_path)
    assert (names(tmp_path), (tmp_path / "a.xlsx").read_bytes()) == (["a.xlsx"], b"old")


def test_a_killed_run_leaves_none_of_them_and_its_folder_goes_with_the_next_file(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED_TOGETHER, str(tmp_path), "killed"], check=False)
    assert [name.rpartition(".")[2] for name in names(tmp_path)] in (["held", "together"], ["together", "held"])
    write_bytes(tmp_path / "b.csv", b"whole")
    assert names(tmp_path) == ["b.csv"]


def test_a_run_that_goes_on_keeps_its_folder(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", KILLED_TOGETHER, str(tmp_path), "alive"]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "writing\n"
        write_bytes(tmp_path / "c.xlsx", b"whole")
        running.communicate("whole\n")
    assert names(tmp_path) == ["a.xlsx", "b.xlsx", "c.xlsx"]
