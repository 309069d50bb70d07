"""Files remembered by their digest: what comes out of the memory is what reading them again would give."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from factories import ACTION, LONG, MARCH, ODD_ROWS, SIGNED, assert_same_returns, first_only

from qipxl import Service, find_template, read_returns, write_tracker
from qipxl.app.demo import Demo
from qipxl.reading import ReadOptions, pool, process
from qipxl.reading.file.batch import FileBatch, ProgressCallback
from qipxl.reading.file.find import SourceFile, find_files
from qipxl.reading.file.limits import Limits
from qipxl.reading.jobs import ReadJob, file_batches
from qipxl.reading.partitions import Partition, joined
from qipxl.reading.read import settled

pytestmark = pytest.mark.processes

LEFT_OUT = ("S002*", "S003*", "S004*", "S005*", "S006*", "S011*", "S012*")
"""Returns like S001's, which the short form does without."""


@pytest.fixture(scope="module")
def back(made_demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some of the demo's returns (one of them no workbook, one twice, one with dates as text), and an odd one."""
    folder = tmp_path_factory.mktemp("back") / "back"
    shutil.copytree(made_demo.returns, folder, ignore=None if LONG else shutil.ignore_patterns(*LEFT_OUT))
    odd = Service(code="ODD", name="Odd House", region="North")
    write_tracker(find_template("core"), odd, MARCH, folder / "zz odd.xlsx", rows={"actions": ODD_ROWS}, cover=SIGNED)
    small = Service(code="SML", name="Small House", region="North")
    write_tracker(find_template("safeguarding"), small, MARCH, folder / "aa small.xlsx", rows={}, cover=SIGNED)
    return folder


def quiet(status: str) -> None:
    """Nobody is told."""


def nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on a process that reads cannot be started."""
    monkeypatch.setattr(process, "COMMAND", ("a program that is not there",))


@pytest.mark.long
def test_a_second_reading_opens_no_file_and_gives_the_same(
    back: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = read_returns(back)
    assert once.as_typed, "something could not be read"
    assert once.originals, "something holds personal data"
    assert_same_returns(read_returns(back, cache=tmp_path / "read"), once)
    (back / "Scan of tracker.xlsx").rename(tmp_path / "scan")  # what is no workbook is not remembered
    try:
        without = read_returns(back)
        nobody_reads(monkeypatch)
        assert_same_returns(read_returns(back, cache=tmp_path / "read"), without)
    finally:
        (tmp_path / "scan").rename(back / "Scan of tracker.xlsx")


@pytest.mark.long
def test_only_the_file_that_changed_is_read_again(back: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(shutil.copytree(back, tmp_path / "back"))
    read_returns(folder, cache=tmp_path / "read")
    odd = Service(code="ODD", name="Odd House", region="North")
    rows = {"actions": [ACTION]}
    write_tracker(find_template("core"), odd, MARCH, folder / "zz odd.xlsx", rows=rows, cover=SIGNED)
    read: list[str] = []
    whole = pool.Reader.read

    def noted(reader: pool.Reader, batch: FileBatch, told: ProgressCallback) -> object:
        read.extend(source.name for source in batch.sources)
        return whole(reader, batch, told)

    monkeypatch.setattr(pool.Reader, "read", noted)
    again = read_returns(folder, cache=tmp_path / "read")
    assert sorted(read) == ["Scan of tracker.xlsx", "zz odd.xlsx"]
    assert_same_returns(again, read_returns(folder))


def test_a_file_is_known_by_digest_and_shown_by_its_new_name(back: Path, tmp_path: Path) -> None:
    folder = tmp_path / "back"
    folder.mkdir()
    shutil.copy(back / "zz odd.xlsx", folder / "one.xlsx")
    read_returns(folder, cache=tmp_path / "read")
    (folder / "one.xlsx").rename(folder / "another.xlsx")
    again = read_returns(folder, cache=tmp_path / "read")
    assert list(again.receipts["file"]) == ["another.xlsx"]
    assert set(again.problems["file"]) == {"another.xlsx"}
    assert_same_returns(again, read_returns(folder))


@pytest.mark.long
def test_another_limit_or_template_replaces_the_cache(back: Path, tmp_path: Path) -> None:
    memory = tmp_path / "read"
    read_returns(back, cache=memory)
    (first,) = memory.iterdir()
    read_returns(back, cache=memory, options=ReadOptions(Limits(seconds=50)))
    (second,) = memory.iterdir()
    assert second != first
    core = find_template("core")
    newer = core.model_copy(update={"template": core.template.model_copy(update={"title": "Another"})})
    read_returns(back, [newer, find_template("safeguarding")], cache=memory, options=ReadOptions(Limits(seconds=50)))
    (third,) = memory.iterdir()
    assert third != second


@pytest.mark.parametrize("broken", first_only(["files.json", "table-actions.feather", "problems.feather"]))
def test_a_damaged_memory_is_read_again(back: Path, tmp_path: Path, broken: str) -> None:
    memory = tmp_path / "read"
    once = read_returns(back, cache=memory)
    for path in memory.rglob(broken):
        path.write_bytes(path.read_bytes()[:40])
    assert_same_returns(read_returns(back, cache=memory), once)
    whole = [path.stat().st_size for path in memory.rglob(broken)]
    assert whole
    assert min(whole) > 40, "the damaged ones were replaced"
    assert_same_returns(read_returns(back, cache=memory), once)


def test_a_table_that_is_gone_from_the_memory_is_read_again(back: Path, tmp_path: Path) -> None:
    """As where a drive has not brought every file yet: no row may be missing without a word."""
    memory = tmp_path / "read"
    once = read_returns(back, cache=memory)
    for path in memory.rglob("table-evidence.feather"):
        path.unlink()
    assert_same_returns(read_returns(back, cache=memory), once)


def test_a_memory_that_cannot_be_written_is_done_without(back: Path, tmp_path: Path) -> None:
    (tmp_path / "read").write_text("a file where the folder should be")
    assert_same_returns(read_returns(back, cache=tmp_path / "read"), read_returns(back))


@pytest.mark.long
def test_a_run_that_is_stopped_goes_on_from_what_was_read(back: Path, tmp_path: Path) -> None:
    memory, told = tmp_path / "read", []

    def stop(status: str, files: int) -> None:
        told.append((status, files))

    partitions = 0
    keep = pool.Readers.read_all

    def stopped(*asked: object) -> object:
        nonlocal partitions
        for partition in keep(*asked):  # type: ignore[arg-type]
            if partitions == 3:
                raise KeyboardInterrupt
            partitions += 1
            yield partition

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool.Readers, "read_all", stopped)
        patch.setattr(pool, "SMALL_BATCH", 0)
        with pytest.raises(KeyboardInterrupt):
            read_returns(back, cache=memory, progress=stop)
    kept = len(list(memory.rglob("files.json")))
    assert 1 <= kept <= 3
    assert_same_returns(read_returns(back, cache=memory), read_returns(back))
    files = len(find_files([back]))
    assert {files} == {number for _, number in told}
    assert "accepted" in {status for status, _ in told}


@pytest.mark.parametrize("most", [1, 2, 5, 100])
def test_batches_of_any_size_give_the_same(back: Path, most: int) -> None:
    templates = {name: find_template(name) for name in ("core", "safeguarding")}
    job = ReadJob(templates)
    sources = dict(enumerate(find_files([back])))
    partitions = [job.done(batch, quiet) for batch in file_batches(sources, 1, most)]
    whole = settled([job.done(FileBatch([*sources.values()], [*sources]), quiet)], templates)
    assert_same_returns(settled(partitions, templates), whole)
    assert_same_returns(settled(partitions[::-1], templates), whole)


def test_some_files_of_a_piece_in_another_order(back: Path) -> None:
    templates = {name: find_template(name) for name in ("core", "safeguarding")}
    job = ReadJob(templates)
    sources = find_files([back])
    partition = job.done(FileBatch(sources, range(len(sources))), quiet)
    places = [5, 2, 5, 0]
    chosen = partition.of_files(places, [sources[place] for place in places], range(4))
    alone = [job.done(FileBatch([sources[place]], [number]), quiet) for number, place in enumerate(places)]
    assert_same_returns(joined([chosen], templates)[0], joined(alone, templates)[0])
    assert isinstance(chosen, Partition)


def test_a_batch_never_loses_a_number() -> None:
    sources: Mapping[int, SourceFile] = {
        number: SourceFile(Path(f"{number}"), f"{number}") for number in range(3, 200, 2)
    }
    for workers in (1, 2, 7, 500):
        made = list(file_batches(sources, workers))
        assert [number for batch in made for number in batch.numbers] == list(sources)
        assert [source for batch in made for source in batch.sources] == list(sources.values())
        assert max(map(len, made)) <= 16
    refused = made[0].without(0, "no")
    assert refused.sources[0] == replace(made[0].sources[0], refusal="no")
