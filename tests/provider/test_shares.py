"""A month judged a share at a time: the same summary, problems and archive as all rows in memory give, whoever does the shares."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from factories import ACTION, ODD_ROWS, SIGNED, first_only, lines_in

import qipxl
from qipxl import Service, find_template, write_summary, write_tracker
from qipxl.app.demo import Demo
from qipxl.archive import lazy_tables
from qipxl.archive.keep import keep_returns
from qipxl.archive.purge import purge_archive
from qipxl.archive.store import open_archive
from qipxl.errors import OutputError, QipxlError, SourceError
from qipxl.files import TEMPORARY_PREFIX
from qipxl.indicators.impact import impact_of
from qipxl.periods import Period
from qipxl.provider import ProviderFolder, ProviderMonth
from qipxl.provider.monthly_run import consolidate_month
from qipxl.provider.rate_batches import RatingJob
from qipxl.provider.register_links import COLUMNS_READ
from qipxl.reading import Decisions, ReadOptions
from qipxl.reading.file.batch import ProgressCallback
from qipxl.reading.file.find import find_files
from qipxl.reading.on_disk import CachedReturns, read_to_cache
from qipxl.reading.pool import Readers
from qipxl.reading.read import no_progress, reading
from qipxl.returns.provenance import IDENTITY, traced
from qipxl.returns.rate import Rated
from qipxl.returns.returns import TEXTS
from qipxl.summary.columns import columns_needed
from qipxl.summary.consolidate import summary_of
from qipxl.summary.full_tables import columns_read, tables_shown
from qipxl.summary.summary import ProviderSummary
from qipxl.template import shipped_templates

pytestmark = pytest.mark.processes

ODD = Service(code="ODD", name="Odd House", region="North")


@pytest.fixture(scope="module")
def month(made_demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> ProviderMonth:
    """The last month of the demo, and with it: an odd return, one of another template, copies, two that differ, one of another month."""
    home = Path(shutil.copytree(made_demo.folder.home, tmp_path_factory.mktemp("shares") / "our"))
    folder = ProviderFolder(home)
    month = ProviderMonth(folder, folder.read(), made_demo.periods[-1])
    core, back, period = find_template("core"), month.returns, month.period
    write_tracker(core, ODD, period, back / "zz odd.xlsx", rows={"actions": ODD_ROWS}, cover=SIGNED)
    small = Service(code="SML", name="Small House", region="North")
    write_tracker(find_template("safeguarding"), small, period, back / "aa small.xlsx", rows={}, cover=SIGNED)
    for number in (1, 2):
        twice = Service(code="TWO", name="Two Houses", region="South")
        rows = {"actions": [{**ACTION, "issue": f"Said {number} times"}]}
        cover = {**SIGNED, "submission": number}
        write_tracker(core, twice, period, back / f"{'ab'[number - 1]} two.xlsx", rows=rows, cover=cover)
    shutil.copy(back / "b two.xlsx", back / "zzz two again.xlsx")
    write_tracker(core, ODD, Period(2025, 1), back / "old.xlsx", rows={"actions": [ACTION]}, cover=SIGNED)
    return month


def in_memory(month: ProviderMonth) -> tuple[Rated, ProviderSummary]:
    """The month with all rows in memory at once."""
    decisions = month.decided(Decisions())
    rated = month.rated(qipxl.read_returns(month.returns, month.templates, decisions=decisions), month.period.last)
    return rated, month.with_history(qipxl.summarise(rated, month.expected))


@pytest.fixture(scope="module")
def whole(month: ProviderMonth, tmp_path_factory: pytest.TempPathFactory) -> tuple[Rated, bytes, Path]:
    """The month in memory, its summary's bytes, and the archive that keeping it makes."""
    rated, summary = in_memory(month)
    written = write_summary(summary, month.folder.home / "summary.xlsx").read_bytes()
    archive = Path(shutil.copytree(month.archive, tmp_path_factory.mktemp("kept") / "archive"))
    keep_returns(rated, archive)
    return rated, written, archive


WAYS = {
    "two processes": (ReadOptions(processes=2), 5),
    "one share": (ReadOptions(processes=1), 250),
    "one by one": (ReadOptions(processes=1), 4),
    "a cluster": (ReadOptions(cluster="local:2"), 5),
}


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")  # Dask warns of its own affairs
@pytest.mark.parametrize("way", first_only(WAYS))
def test_shares_give_what_all_rows_at_once_give(
    month: ProviderMonth, whole: tuple[Rated, bytes, Path], tmp_path: Path, way: str
) -> None:
    rated, written, archive = whole
    home = Path(shutil.copytree(month.folder.home, tmp_path / "our"))
    shutil.rmtree(home / "archive" / "read", ignore_errors=True)
    own = replace(month, folder=ProviderFolder(home))
    options, size = WAYS[way]
    told: list[str] = []
    with consolidate_month(
        own, options=options, keep=True, progress=lambda status, files: told.append(status), batch_size=size
    ) as judged:
        path = write_summary(judged.summary(), home / "summary.xlsx")
        packed = judged.summary(whole=True)
    assert path.read_bytes() == written
    receipts = judged.returns.receipts.drop(columns="path")
    pd.testing.assert_frame_equal(receipts, rated.returns.receipts.drop(columns="path"), check_dtype=False)
    pd.testing.assert_frame_equal(judged.returns.problems, rated.returns.problems, check_dtype=False)
    assert len(told) == len(receipts)
    assert (len(judged.impacts) > 1) == (size < 250)
    expected, found = dict(lines_in(archive)), dict(lines_in(home / "archive"))
    assert expected.keys() == found.keys()
    for name, frame in expected.items():
        pd.testing.assert_frame_equal(found[name], frame, check_dtype=False)
    in_full = qipxl.summarise(rated, own.expected)
    for key, frame in in_full.records.items():
        pd.testing.assert_frame_equal(packed.records[key], frame, check_dtype=False, check_index_type=False)
        parts = pd.concat(packed.records.parts(key)).sort_values(["return", "row"], ignore_index=True)
        pd.testing.assert_frame_equal(parts, frame, check_dtype=False, check_index_type=False)
    for region in in_full.regions:
        there, wanted = packed.of_region(region).records, in_full.of_region(region).records
        for key, frame in wanted.items():
            own_rows = frame.reset_index(drop=True)
            pd.testing.assert_frame_equal(there[key].reset_index(drop=True), own_rows, check_dtype=False)


MADE = {
    "why", "why_escalated", "to_whom", "extension_reasons", "late_milestones", "moved_milestones", "figures", "since", "decided",
    "closed_on", "taken", "letter", "rating", "reason", "section",
}  # fmt: skip
"""Columns of lists of actions that the summary makes itself."""


def test_a_summary_needs_only_the_columns_it_declares(month: ProviderMonth, whole: tuple[Rated, bytes, Path]) -> None:
    rated, written, _ = whole
    needed = columns_needed(COLUMNS_READ, columns_read(rated.returns.in_use))

    def cut(key: str) -> pd.DataFrame:
        frame = traced(rated, key)
        return frame[[name for name in frame if name in (*IDENTITY, "return", "row", *needed[key])]]

    with pd.option_context(*TEXTS):
        records = lazy_tables.in_memory(
            {key: cut(key) for key in tables_shown(rated.returns.in_use) if key in rated.returns.tables}
        )
        actions, day = cut("actions"), rated.as_at
        assert len(actions.columns) < len(traced(rated, "actions").columns)
        impact = impact_of(records, actions, None, month.period, day)
        summary = month.with_history(summary_of(rated.returns, day, actions, records, impact, month.expected))
    assert write_summary(summary, month.folder.home / "cut.xlsx").read_bytes() == written


def test_every_declared_column_is_in_a_template() -> None:
    templates = [find_template(name) for name in shipped_templates()]
    for key, columns in columns_needed(COLUMNS_READ).items():
        tables = [template.tables[key] for template in templates if key in template.tables]
        known = {each.key for table in tables for each in (*table.field, *table.calculated, *table.rating)}
        names = {column.removesuffix("_label").removesuffix("_rule") for column in columns}
        assert names <= known | MADE | {*IDENTITY, "return", "row"}, key


@pytest.mark.long
def test_another_day_is_judged_beside_the_archive(month: ProviderMonth, tmp_path: Path) -> None:
    own = replace(month, folder=ProviderFolder(Path(shutil.copytree(month.folder.home, tmp_path / "our"))))
    before = list(lines_in(own.archive))
    day = own.period.plus(1).last
    with consolidate_month(own, as_at=day, options=ReadOptions(processes=1), keep=True) as found:
        assert found.changes is None
        assert [path.name[: len(TEMPORARY_PREFIX)] for path in own.archive.glob(".*")] == [TEMPORARY_PREFIX]
        assert len(found.summary().actions) > 30
    assert list(own.archive.glob(".*")) == []
    for (name, frame), (_, was) in zip(lines_in(own.archive), before, strict=True):
        pd.testing.assert_frame_equal(frame, was, obj=name)


def cached(month: ProviderMonth, memory: Path) -> CachedReturns:
    sources = find_files([month.returns])
    with reading(sources, month.templates, ReadOptions(processes=1), memory) as (job, workers):
        return read_to_cache(sources, job, workers, memory, Decisions(month.period), no_progress)


def test_a_share_has_every_return_of_its_services(month: ProviderMonth, tmp_path: Path) -> None:
    read = cached(month, tmp_path / "read")
    batches = read.batches(3)
    services = [set(batch.receipts["service"]) for batch in batches]
    assert sum(map(len, services)) == len(set.union(*services))
    assert sorted(number for batch in batches for number in batch.where) == sorted(read.where)
    assert max(len(batch.receipts) for batch in batches) <= 3 + 2, "three, and the last one's copies"


def test_rows_that_are_gone_are_missed(month: ProviderMonth, tmp_path: Path) -> None:
    read = cached(month, tmp_path / "read")
    for part in read.folder.iterdir():
        next(part.glob("*.feather")).unlink()
    with pytest.raises(SourceError, match="can no longer be read"):
        read.batches()[0].returns(read.templates, Decisions())


def test_what_cannot_be_remembered_is_said(month: ProviderMonth, tmp_path: Path) -> None:
    (tmp_path / "read").write_text("a file where the folder should be")
    with pytest.raises(OutputError, match="Cannot write the read cache to"):
        cached(month, tmp_path / "read")


class Ends:
    """Work over which its process ends."""

    memory_mb = None

    def done(self, task: object, progress: ProgressCallback) -> object:
        raise SystemExit(f"{task}")


class Refuses:
    """Work that says in a sentence why it cannot be done."""

    memory_mb = None

    def done(self, task: object, progress: ProgressCallback) -> object:
        raise OutputError(f"No room for {task}.")


@pytest.mark.long
@pytest.mark.parametrize(("work", "words"), [(Ends(), "stopped unexpectedly"), (Refuses(), "No room for 1.")])
def test_a_process_that_fails_ends_the_run_in_a_sentence(
    work: Ends | Refuses, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, Path(__file__).parents[:2])))
    with Readers(2) as readers, pytest.raises(QipxlError, match=words):
        list(readers.work_all(work, [1, 2]))


@pytest.mark.long
def test_a_share_that_is_judged_again_is_kept_once(month: ProviderMonth, tmp_path: Path) -> None:
    """As where a worker is lost between keeping a share and saying so."""
    read = cached(month, tmp_path / "read")
    decisions = Decisions(month.period)
    rating = RatingJob(month, month.period.last, read.templates, decisions, tmp_path / "archive")
    (task,) = rating.inputs(read.batches(250), open_archive(month.archive))
    first, again = rating.done(task, nobody_heard), rating.done(task, nobody_heard)
    assert len(first.changes.new) > 10
    assert (again.changes.new, again.changes.unchanged) == ((), first.changes.new)
    assert [path.name for path in (tmp_path / "archive").glob("*/*")] == ["0001"]


def nobody_heard(status: str) -> None:
    """For work that says nothing on its way."""


def test_a_purge_removes_what_a_stopped_run_left(month: ProviderMonth, tmp_path: Path) -> None:
    archive = Path(shutil.copytree(month.archive, tmp_path / "archive"))
    keep_returns(in_memory(month)[0], archive)
    (archive / f"{TEMPORARY_PREFIX}left" / "2026-03").mkdir(parents=True)
    purge_archive(archive, services=["S001"])
    assert not list(archive.glob(f"{TEMPORARY_PREFIX}*"))
