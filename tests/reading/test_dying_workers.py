"""Reading processes that die, in each step of their work: the run ends, the file has a receipt, the other files are read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from factories import ELM, MARCH, ROWS, SIGNED, first_only

from qipxl.errors import QipxlError
from qipxl.reading import pool, process
from qipxl.reading.file.batch import FileBatch
from qipxl.reading.file.find import find_files
from qipxl.reading.jobs import ReadJob
from qipxl.reading.partitions import Partition
from qipxl.reading.pool import Readers
from qipxl.reading.worker import Work
from qipxl.template import Template
from qipxl.tracker.write import write_tracker

pytestmark = pytest.mark.processes

BEGIN = """
import os, sys
from pathlib import Path
import qipxl.reading.worker as worker
def kills(*names):
    return any("kills" in str(name) for name in names)
"""
END = "worker.main()\n"
OPENING = """
import qipxl.reading.file.open as opening
true = opening.read_bytes
def read_bytes(path, *rest):
    return os._exit(1) if kills(path.name) else true(path, *rest)
opening.read_bytes = read_bytes
"""
TYPING = """
import qipxl.reading.jobs as jobs
true = jobs.partition_of
def partition_of(sources, *rest):
    return os._exit(1) if kills(*(source.name for source in sources)) else true(sources, *rest)
jobs.partition_of = partition_of
"""
WRITING = """
import qipxl.reading.partition_files as shelf
true = shelf.write_partition_files
def write_partition_files(piece, folder):
    true(piece, folder)
    if kills(*(line["file"] for line in piece.receipts)):
        os._exit(1)
shelf.write_partition_files = write_partition_files
"""
SENDING = """
import pickle
true = worker.send
def send(stream, message):
    if kills(pickle.dumps(message)) and not isinstance(message, str):
        stream.write((1000).to_bytes(8, "little") + b"half")
        stream.flush()
        os._exit(1)
    true(stream, message)
worker.send = send
"""
STARTING = "os._exit(1)\n"
STARTING_ONCE = """
here = Path(sys.argv[1])
if not here.exists():
    here.touch()
    os._exit(1)
"""
AFTER_READY = """
true = worker.receive
def receive(stream):
    message = true(stream)
    return os._exit(1) if kills(*(source.name for source in getattr(message, "sources", ()))) else message
worker.receive = receive
"""

Spoil = Callable[[str], None]


@pytest.fixture
def spoil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Spoil:
    """Has every process run a program that is spoilt so, and pandas come into it however few the files are."""

    def spoilt(patch: str) -> None:
        program = tmp_path / "program.py"
        program.write_text(BEGIN + patch + END, "utf-8")
        monkeypatch.setattr(process, "COMMAND", (sys.executable, str(program), str(tmp_path / "once")))

    monkeypatch.setattr(pool, "SMALL_BATCH", 0)
    return spoilt


@pytest.fixture(scope="module")
def back(tmp_path_factory: pytest.TempPathFactory, core: Template) -> Path:
    """Three returns; a test says by its patch what the middle one does."""
    folder = tmp_path_factory.mktemp("back")
    for code, name in (("E01", "a"), ("E02", "b kills"), ("E03", "c")):
        write_tracker(
            core,
            ELM.model_copy(update={"code": code, "name": name}),
            MARCH,
            folder / f"{name}.xlsx",
            rows=ROWS,
            issued={},
            cover=SIGNED,
        )
    return folder


@pytest.fixture
def job(core: Template, tmp_path: Path) -> ReadJob:
    return ReadJob({core.key: core}, cache=tmp_path / "kept")


def read(folder: Path, job: ReadJob, most: int) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """Status and reason of each file, read by one process in batches of at most `most` files, and the statuses reported on the way."""
    sources = dict(enumerate(find_files([folder])))
    told: list[str] = []
    numbers = list(sources)
    parts = [numbers[start : start + most] for start in range(0, len(numbers), most)]
    with Readers(1) as processes:
        processes.start(1)
        pieces: list[Partition] = list(
            processes.read_all(
                [FileBatch([sources[number] for number in part], part) for part in parts], job, told.append
            )
        )
    assert sorted(number for partition in pieces for number in partition.numbers) == numbers, (
        "each file has one receipt"
    )
    lines = [line for partition in pieces for line in partition.receipts]
    return {str(line["file"]): (str(line["status"]), str(line["reason"])) for line in lines}, told


@pytest.mark.long
@pytest.mark.parametrize("most", first_only([1, 3]))
@pytest.mark.parametrize(
    "step",
    first_only([AFTER_READY, OPENING, TYPING, WRITING, SENDING], 2),
    ids=["after ready", "opening", "typing", "writing", "sending"],
)
def test_a_file_over_which_processes_die_is_refused(
    step: str, most: int, back: Path, job: ReadJob, spoil: Spoil
) -> None:
    spoil(step)
    found, told = read(back, job, most)
    status, reason = found.pop("b kills.xlsx")
    assert status == "refused"
    assert "broke off" in reason
    assert found == {"a.xlsx": ("accepted", ""), "c.xlsx": ("accepted", "")}
    assert len(told) == 3, "each file is told of once"


@pytest.mark.parametrize("step", [OPENING, SENDING], ids=["opening", "sending"])
def test_a_process_that_only_opens_files_may_die_too(
    step: str, back: Path, job: ReadJob, spoil: Spoil, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(step)
    monkeypatch.setattr(pool, "SMALL_BATCH", 24)
    found, _ = read(back, job, 3)
    assert {name: status for name, (status, _) in found.items()} == {
        "a.xlsx": "accepted",
        "b kills.xlsx": "refused",
        "c.xlsx": "accepted",
    }


def test_a_file_over_which_one_process_dies_is_read(back: Path, job: ReadJob, spoil: Spoil) -> None:
    """As when the system ends a process for want of memory."""
    spoil(OPENING.replace("kills(path.name)", "kills(path.name) and not Path(sys.argv[1]).exists()").replace(
        "os._exit(1)", "(Path(sys.argv[1]).touch(), os._exit(1))"
    ))  # fmt: skip
    found, _ = read(back, job, 3)
    assert [status for status, _ in found.values()] == ["accepted"] * 3


def test_a_process_that_never_starts_is_one_sentence(back: Path, job: ReadJob, spoil: Spoil) -> None:
    spoil(STARTING)
    with pytest.raises(QipxlError, match="could not be started"):
        read(back, job, 3)


def test_a_process_that_starts_at_the_second_try_reads(back: Path, job: ReadJob, spoil: Spoil) -> None:
    spoil(STARTING_ONCE)
    found, _ = read(back, job, 3)
    assert [status for status, _ in found.values()] == ["accepted"] * 3


def test_a_first_batch_of_refused_files_ends(tmp_path: Path, back: Path, job: ReadJob, spoil: Spoil) -> None:
    """With the memory limit that every run has: Arrow once asked for all of it."""
    for number in range(3):
        (tmp_path / f"scan{number}.pdf").write_bytes(b"%PDF-1.4\n")
    spoil("")
    for most in (1, 3):
        found, _ = read(tmp_path, job, most)
        assert {name: reason for name, (_, reason) in found.items() if name.startswith("scan")} == {
            f"scan{number}.pdf": "This is a PDF. Ask for the Excel file." for number in range(3)
        }


def test_rows_are_written_within_the_memory_limit(back: Path, job: ReadJob) -> None:
    """By a process that has read nothing before: its first piece is one small file."""
    source = find_files([back])[0]
    with Readers(1) as processes:
        processes.start(1)
        processes.readers[0].begin(job)
        answer = processes.readers[0].ask(FileBatch([source], [0]), 60, lambda status: None)
    assert isinstance(answer, Partition)
    assert answer.part, "the rows are kept, not sent"


class Doubles:
    """Work that a process may die over: task 1 every time, or until a file is there."""

    memory_mb = None

    def __init__(self, once: Path | None) -> None:
        self.once = once

    def done(self, task: int, told: object) -> int:
        if task == 1 and (self.once is None or not self.once.exists()):
            if self.once is not None:
                self.once.touch()
            raise SystemExit(1)
        return 2 * task


def doubled(work: Work) -> list[object]:
    """What three tasks come to, done by two processes."""
    with Readers(2) as processes:
        return list(processes.work_all(work, [0, 1, 2]))


@pytest.mark.long
def test_a_task_whose_process_dies_is_done_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, Path(__file__).parents[:2])))
    assert doubled(Doubles(tmp_path / "once")) == [0, 2, 4]


@pytest.mark.long
def test_a_task_over_which_two_processes_die_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, Path(__file__).parents[:2])))
    with pytest.raises(QipxlError, match="stopped unexpectedly"):
        doubled(Doubles(None))


@pytest.mark.long
@pytest.mark.parametrize(
    "step", [STARTING, SENDING.replace("not isinstance(message, str)", "True").replace("kills(", "bool(")]
)
def test_a_second_pool_whose_processes_die_ends(step: str, spoil: Spoil, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, Path(__file__).parents[:2])))
    spoil(step)
    with pytest.raises(QipxlError, match="stopped unexpectedly"):
        doubled(Doubles(None))
