"""A Dask cluster that reads: the same as one process gives, whoever dies on the way, and nothing sent in the clear."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dask
import pandas as pd
import pytest
import trustme
from click.testing import CliRunner
from distributed import LocalCluster
from distributed.security import Security
from factories import ACTION, LONG, MARCH, SIGNED, assert_same_returns, lines_in

from qipxl import Service, find_template, read_returns, write_summary
from qipxl.app.cli.main import main
from qipxl.archive.store import open_archive
from qipxl.errors import RequestError
from qipxl.provider import ProviderFolder, ProviderMonth
from qipxl.provider.monthly_run import MonthResult, combined, consolidate_month
from qipxl.provider.rate_batches import BatchResult, RatingJob
from qipxl.reading import Decisions, ReadOptions
from qipxl.reading.dask_cluster import KILLS, ClusterReaders, cluster_at
from qipxl.reading.file.find import find_files
from qipxl.reading.jobs import ReadJob, file_batches
from qipxl.reading.on_disk import read_to_cache
from qipxl.reading.read import reading, settled
from qipxl.tracker.copies import MarkedTracker
from qipxl.tracker.write import write_tracker

MANY, CROWD = (200, 2000) if LONG else (80, 80)
pytestmark = [pytest.mark.processes, pytest.mark.filterwarnings("ignore")]
"""Dask and what it stands on warn of their own affairs (sockets left to the collector, ports in use)."""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many returns, each of a service of its own, with a few rows in doubt; and a file that is no workbook."""
    return made(tmp_path_factory.mktemp("many"), MANY)


def made(folder: Path, count: int) -> Path:
    """The returns in a folder."""
    rows = {"actions": [ACTION, {**ACTION, "ref": "A-002", "due": "31/06/2026"}]}
    marked = Service(code="\u2020code\u2020", name="\u2020name\u2020", region="North")
    write_tracker(find_template("core"), marked, MARCH, folder / "blank.xlsx", rows=rows, cover=SIGNED)
    blank = MarkedTracker((folder / "blank.xlsx").read_bytes(), {"code": marked.code, "name": marked.name})
    (folder / "blank.xlsx").unlink()
    for number in range(count):
        (folder / f"S{number:04d}.xlsx").write_bytes(
            blank.filled({"code": f"S{number:04d}", "name": f"House {number}"})
        )
    (folder / "a picture.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


@pytest.fixture(scope="module")
def job() -> ReadJob:
    core = find_template("core")
    return ReadJob({core.key: core})


@pytest.mark.long
def test_a_cluster_reads_what_one_process_reads(many: Path) -> None:
    told: list[str] = []
    core = [find_template("core")]
    read = read_returns(
        many, core, options=ReadOptions(cluster="local:2"), progress=lambda status, files: told.append(status)
    )
    assert_same_returns(read, read_returns(many, core, options=ReadOptions(processes=1)))
    assert told.count("accepted") == MANY
    assert told.count("refused") == 1


@pytest.mark.long
def test_a_worker_that_dies_in_the_middle_costs_nothing(many: Path, job: ReadJob, tmp_path: Path) -> None:
    crowd = many if CROWD == MANY else made(tmp_path, CROWD)
    sources = find_files([crowd])
    partitions = []
    with cluster_at("local:2", [crowd]) as readers:
        for partition in readers.read_all(
            file_batches(dict(enumerate(sources)), readers.most), job, lambda status: None
        ):
            partitions.append(partition)
            if len(partitions) == 2:
                victim = next(iter(readers.client.run(os.getpid).values()))
                os.kill(victim, signal.SIGKILL)
    assert_same_returns(settled(partitions, job.templates), read_returns(crowd, [*job.templates.values()]))


def provider(home: Path, returns: Path) -> ProviderMonth:
    """A provider's folder for the month of the returns in a folder, which come from every service of its register."""
    codes = sorted(path.stem for path in returns.glob("S*.xlsx"))
    listed = home.with_suffix(".csv")
    listed.write_text("code,name,region\n" + "".join(f"{code},House {int(code[1:])},North\n" for code in codes))
    assert CliRunner().invoke(main, ["init", str(home), "--name", "Our Care", "--services", str(listed)]).exit_code == 0
    shutil.copytree(returns, home / "returns" / str(MARCH), copy_function=os.link, dirs_exist_ok=True)
    folder = ProviderFolder(home)
    return ProviderMonth(folder, folder.read(), MARCH)


@pytest.mark.long
def test_a_lost_cluster_worker_does_not_change_the_month(many: Path, tmp_path: Path) -> None:
    """Summary, problems and archive, beside those of one process; a worker dies while the shares are judged."""
    crowd = many
    if CROWD > MANY:
        (tmp_path / "crowd").mkdir()
        crowd = made(tmp_path / "crowd", CROWD)
    alone, month = provider(tmp_path / "alone", crowd), provider(tmp_path / "our", crowd)
    with consolidate_month(alone, options=ReadOptions(processes=1), keep=True) as judged:
        summary = write_summary(judged.summary(), alone.summary)
    sources, templates, done = find_files([month.returns]), month.templates, []
    decisions, options = month.decided(Decisions()), ReadOptions(cluster="local:2")
    with reading(sources, templates, options, month.read_cache, [month.archive]) as (job, workers):
        assert isinstance(workers, ClusterReaders)
        read = read_to_cache(sources, job, workers, month.read_cache, decisions, lambda status, files: None)
        rating = RatingJob(month, MARCH.last, job.templates, decisions, month.archive)
        for each in workers.work_all(rating, rating.inputs(read.batches(20), open_archive(month.archive))):
            assert isinstance(each, BatchResult)
            done.append(each)
            if len(done) == 2:
                os.kill(next(iter(workers.client.run(os.getpid).values())), signal.SIGKILL)
    returns = combined(read, done)
    pd.testing.assert_frame_equal(returns.problems, judged.returns.problems, check_dtype=False)
    receipts = [each.receipts.drop(columns="path") for each in (returns, judged.returns)]
    pd.testing.assert_frame_equal(*receipts)
    expected = dict(lines_in(alone.archive))
    for name, frame in lines_in(month.archive):
        pd.testing.assert_frame_equal(frame, expected.pop(name))
    assert not expected
    archive, impacts = open_archive(month.archive), [each.impact for each in done]
    whole = MonthResult(month, MARCH.last, returns, archive, archive, impacts, None, pd.Series())
    assert write_summary(whole.summary(), month.summary).read_bytes() == summary.read_bytes()


@pytest.mark.long
def test_a_file_that_kills_workers_is_refused_alone(many: Path, job: ReadJob, tmp_path: Path) -> None:
    folder = tmp_path / "returns"
    folder.mkdir()
    for number in range(8):
        shutil.copy(many / f"S{number:04d}.xlsx", folder / ("kills.xlsx" if number == 3 else f"S{number}.xlsx"))
    patch = tmp_path / "patch.py"
    patch.write_text(
        "import os\n"
        "from qipxl.reading.pool import Reader\n"
        "Reader.true = true = getattr(Reader, 'true', Reader.read)  # Dask loads this twice\n"
        "def read(reader, batch, told):\n"
        "    if any(source.name == 'kills.xlsx' for source in batch.sources):\n"
        "        os._exit(1)\n"
        "    return true(reader, batch, told)\n"
        "Reader.read = read\n"
    )
    sources = dict(enumerate(find_files([folder])))
    with dask.config.set({"distributed.worker.preload": [str(patch)]}), cluster_at("local:2", [folder]) as readers:
        partitions = list(readers.read_all(file_batches(sources, 1), job, lambda status: None))
    receipts = settled(partitions, job.templates).receipts.set_index("file")
    assert receipts.at["kills.xlsx", "reason"] == KILLS
    assert list(receipts.drop("kills.xlsx")["status"]) == ["accepted"] * 7


@contextmanager
def encrypted(folder: Path) -> Iterator[str]:
    """A cluster of one worker that only speaks with those who have its certificates; its address."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    own = authority.issue_cert("127.0.0.1", "localhost")
    own.private_key_and_cert_chain_pem.write_to_path(folder / "own.pem")
    names = {
        name: str(folder / "own.pem")
        for part in ("scheduler", "worker", "client")
        for name in (f"tls_{part}_cert", f"tls_{part}_key")
    }
    with LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None, host="tls://127.0.0.1", protocol="tls", memory_limit=0,
        security=Security(tls_ca_file=str(folder / "ca.pem"), require_encryption=True, **names),
    ) as cluster:  # fmt: skip
        yield str(cluster.scheduler_address)


@pytest.mark.long
def test_a_cluster_over_tls_with_certificates(many: Path, tmp_path: Path) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for number in range(3):
        shutil.copy(many / f"S{number:04d}.xlsx", few)
    with encrypted(tmp_path) as address:
        assert address.startswith("tls://")
        without = CliRunner().invoke(main, ["check", str(few), "--cluster", address])
        assert without.exit_code == 2
        assert "needs certificates" in without.output
        files = {
            "ca-file": str(tmp_path / "ca.pem"),
            "client": {"cert": str(tmp_path / "own.pem"), "key": str(tmp_path / "own.pem")},
        }
        with dask.config.set({f"distributed.comm.tls.{name}": path for name, path in files.items()}):
            done = CliRunner().invoke(main, ["check", str(few), "--cluster", address])
    assert done.exit_code == 1, done.output
    assert "not-a-date" in done.output or "31/06/2026" in done.output


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://10.1.2.3:8786", "never sent unencrypted"),
        pytest.param("tcp://127.0.0.1:1", "does not answer", marks=pytest.mark.long),
        ("http://127.0.0.1:8786", "is not a cluster"),
        ("nonsense", "is not a cluster"),
        ("local:none", "is not a valid cluster address"),
        ("local:0", "is not a valid cluster address"),
    ],
)
def test_an_address_that_will_not_do_is_one_sentence(address: str, said: str) -> None:
    with pytest.raises(RequestError, match=said), cluster_at(address):
        pass


def test_a_folder_that_workers_do_not_see_is_named(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="does not see"), cluster_at("local:1", [tmp_path / "not mounted"]):
        pass


@pytest.mark.long
def test_a_cluster_that_is_lost_is_one_sentence(
    many: Path, job: ReadJob, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The scheduler, in a process of its own, is killed in the middle."""
    command = [sys.executable, "-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    place = tmp_path / "scheduler.json"
    scheduler = subprocess.Popen([*command, "--scheduler-file", str(place)], stderr=subprocess.DEVNULL)
    worker = None
    try:
        deadline = time.monotonic() + 60
        while not place.exists() and time.monotonic() < deadline:
            time.sleep(0.2)
        address = json.loads(place.read_text())["address"]
        worker = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "dask",
                "worker",
                address,
                "--nthreads",
                "1",
                "--no-dashboard",
                "--death-timeout",
                "5",
            ],
            stderr=subprocess.DEVNULL,
        )
        sources = dict(enumerate(find_files([many])))

        def read_until_it_is_killed() -> None:
            with cluster_at(address, [many]) as readers:
                for _ in readers.read_all(file_batches(sources, 1, 4), job, lambda status: None):
                    scheduler.kill()

        with pytest.raises(RequestError, match="no longer answers"):
            read_until_it_is_killed()
    finally:
        for process in filter(None, (worker, scheduler)):
            process.kill()
            process.wait()
    assert "Traceback" not in capfd.readouterr().err
