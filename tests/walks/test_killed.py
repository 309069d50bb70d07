"""Commands killed for good, by the system's own signal, at one write after another: nothing is half there, and the next run ends well.

A child process counts what Python is about to write below the provider's folder (files opened for writing, folders made,
renames, deletions) and kills itself before one of them. A folder counts once: how often threads try to make the same one is chance.
"""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from factories import first_only, first_services

from qipxl.app.demo import Demo
from qipxl.archive.store import open_archive

CHILD = """
import os, signal, sys
home, last, *arguments = sys.argv[1:]
count = 0
made = set()

def writes(event, said):
    if event == "open":
        path, mode, flags = said
        return isinstance(path, (str, os.PathLike)) and (flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)) and path
    if event in ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "shutil.rmtree"):
        return said[0] if isinstance(said[0], (str, os.PathLike)) else None

def watch(event, said):
    global count
    if event not in ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "shutil.rmtree"):
        return
    path = writes(event, said)
    if path and os.path.abspath(path).startswith(home):
        if event == "os.mkdir" and os.path.abspath(path) in made:
            return
        if event == "os.mkdir":
            made.add(os.path.abspath(path))
        count += 1
        if count == int(last):
            os.kill(os.getpid(), signal.SIGKILL)

from qipxl.app.cli.main import main
sys.addaudithook(watch)
try:
    main(arguments, standalone_mode=False)
except SystemExit as ended:
    assert ended.code in (0, 1, None), ended.code
print("writes", count)
"""
MONTH = ("--period", "2026-03")
CONSOLIDATE = ("consolidate", *MONTH, "--pack", "board")
PAGE = ("page", *MONTH, "--pdf")
ISSUE = ("issue", *MONTH)
NEVER = 0
POINTS = 16
"""The number of places at which a consolidation is killed, the first and the last write among them; the short form tries one in the middle."""


def run(home: Path, at: int, command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """The command about a provider's folder, killed before its write number `at`."""
    arguments = [command[0], str(home), *command[1:]]
    return subprocess.run(
        [sys.executable, "-c", CHILD, str(home), str(at), *arguments], capture_output=True, text=True, check=False
    )


def writes_of(home: Path, command: tuple[str, ...]) -> int:
    done = run(home, NEVER, command)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.rpartition("writes ")[2])


@pytest.fixture(scope="module")
def provider(made_demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A provider's folder with two services' returns and nothing worked out yet."""
    return first_services(made_demo, tmp_path_factory.mktemp("killed") / "our", 2).folder.home


@pytest.fixture(scope="module")
def undisturbed(provider: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The same folder after a run that nothing disturbed, and how many writes that took."""
    home = copied(provider, tmp_path_factory.mktemp("whole"))
    return home, writes_of(home, CONSOLIDATE)


def copied(provider: Path, folder: Path) -> Path:
    return Path(shutil.copytree(provider, folder / "our"))


def seen(home: Path) -> dict[str, bytes]:
    """Every file of the archive and the summaries that is not hidden; those in hidden folders are nobody's.

    Without the note of the last run, which names the folder that it stands in.
    """
    found = {}
    for name in ("archive", "summaries"):
        for path in sorted((home / name).rglob("*")):
            parts = path.relative_to(home).parts
            if path.is_file() and not path.name.startswith("last-") and not any(part.startswith(".") for part in parts):
                found["/".join(parts)] = path.read_bytes()
    return found


@pytest.mark.long
@pytest.mark.parametrize("share", first_only([0.5, *(point / (POINTS - 1) for point in range(POINTS))]))
def test_a_killed_consolidation_leaves_whole_files_only(
    provider: Path, undisturbed: tuple[Path, int], tmp_path: Path, share: float
) -> None:
    whole, writes = undisturbed
    assert writes >= 16
    home = copied(provider, tmp_path)
    killed = run(home, 1 + round(share * (writes - 1)), CONSOLIDATE)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    finished, left = seen(whole), seen(home)
    assert all(content == finished[name] for name, content in left.items()), "what is there is whole"
    actions = open_archive(home / "archive").table("actions")
    assert len(actions) in (0, len(open_archive(whole / "archive").table("actions")))
    again = run(home, NEVER, CONSOLIDATE)
    assert again.returncode == 0, again.stderr
    assert seen(home) == finished, "the next run ends as if nothing had happened"


@pytest.mark.long
@pytest.mark.parametrize("share", [0, 0.5, 1])
@pytest.mark.parametrize("command", [PAGE, ISSUE], ids=lambda command: command[0])
def test_a_killed_page_or_issue_leaves_whole_files_only(
    undisturbed: tuple[Path, int], tmp_path: Path, command: tuple[str, ...], share: float
) -> None:
    first, second = copied(undisturbed[0], tmp_path / "one"), copied(undisturbed[0], tmp_path / "two")
    for home in (first, second):
        shutil.rmtree(home / "issued")
    writes = writes_of(first, command)
    killed = run(second, 1 + round(share * (writes - 1)), command)
    assert killed.returncode == -signal.SIGKILL
    trackers = [*(second / "issued").glob("*/[!.]*.xlsx")]
    assert not trackers or share == 1, "trackers appear together, when the last is written"
    for path in [*trackers, *(second / "summaries").glob("[!.]*")]:
        assert path.read_bytes() == (first / path.relative_to(second)).read_bytes()
        if path.suffix == ".xlsx":
            openpyxl.load_workbook(path, read_only=True).close()
    again = run(second, NEVER, (*command, *(("--replace",) if trackers else ())))
    assert again.returncode == 0, again.stderr
    assert seen(second) == seen(first)
    assert sorted((second / "issued").glob("*/*")) == [
        second / path.relative_to(first) for path in sorted((first / "issued").glob("*/*"))
    ]


def test_the_count_sees_the_archive_and_the_summary(undisturbed: tuple[Path, int]) -> None:
    """Were something written past the count, a kill before the last write would find the run ended."""
    assert {name.split("/")[0] for name in seen(undisturbed[0])} == {"archive", "summaries"}
    assert undisturbed[1] > len(seen(undisturbed[0]))
    assert os.name == "posix"
