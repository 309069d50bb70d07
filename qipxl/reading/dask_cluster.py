"""Batches of returns read by a Dask cluster, on this machine or on many: with the same result as processes here.

Each worker of the cluster reads in a separate process, as a single machine does: a file that hangs, panics or aborts its
reader is refused. If a worker is lost, others read its batches. A batch that loses workers again
and again is divided, until the file that does it is alone and is refused.
"""

from __future__ import annotations

import atexit
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from qipxl.errors import RequestError
from qipxl.files import Location
from qipxl.reading.cache import options_digest
from qipxl.reading.file.batch import FileBatch, ProgressCallback
from qipxl.reading.file.package import NO_TRUST
from qipxl.reading.jobs import ReadJob
from qipxl.reading.partitions import Partition
from qipxl.reading.pool import Readers
from qipxl.reading.process import silent
from qipxl.reading.worker import Work

try:
    import dask
    from distributed import Client, LocalCluster, as_completed
    from distributed.client import FutureCancelledError
    from distributed.scheduler import KilledWorker
    from distributed.security import Security
except ImportError:
    raise RequestError('A cluster needs more libraries. Install them: pip install "qipxl[cluster]"') from None

AHEAD = 3
"""Batches for each worker that are under way at a time, so that none waits for the client and none piles up."""
ANSWERS_WITHIN = 10
"""Seconds."""
TRIES = 2
"""How often a batch may lose its worker, in a cluster that we start; elsewhere the scheduler's own setting says it."""
HERE = ("127.0.0.1", "::1", "localhost")
ASKED = "Name a cluster as tls://HOST:PORT, as tcp://127.0.0.1:PORT, or local:N for N processes on this machine."


class ClusterReaders:
    """The workers of a cluster, used like the processes of one machine (see `Readers`)."""

    def __init__(self, client: Client) -> None:
        self.client = client

    @property
    def most(self) -> int:
        """How many workers there are now, at least one."""
        return max(1, len(self.client.scheduler_info(n_workers=-1)["workers"]))

    def start(self, files: int) -> None:
        """Do nothing: the cluster's workers run already."""

    def read_all(self, batches: Iterable[FileBatch], job: ReadJob, on_status: ProgressCallback) -> Iterator[Partition]:
        """Every batch read; the partitions come in the order in which they are done."""
        # A task, not scattered data: if all workers that hold it are lost it is made again.
        shared = self.client.submit(given, job, pure=False)

        def begin(batch: FileBatch) -> Any:
            return self.client.submit(read_on_worker, batch, shared, pure=False)

        waiting = iter(batches)
        begun = {begin(batch): batch for batch in islice(waiting, AHEAD * self.most)}
        done = as_completed(begun)
        suspects = []
        for future in done:
            batch = begun.pop(future)
            partitions = answer(future)
            halves = batch.halves() if partitions is None and len(batch) > 1 else []
            if partitions is None and not halves:
                suspects.append(batch)
            for following in halves or islice(waiting, 1):
                next_future = begin(following)
                begun[next_future] = following
                done.add(next_future)
            yield from reported(partitions or [], on_status)
        # When a worker dies, every batch queued on it is a suspect; each is retried alone.
        for batch in suspects:
            alone = answer(begin(batch))
            yield from reported([job.done(batch.without(0, KILLS), silent)] if alone is None else alone, on_status)

    def work_all(self, work: Work, tasks: Sequence[object]) -> Iterator[object]:
        """The result of each task, in the order given; if its worker is lost, another does it."""
        shared = self.client.submit(given, work, pure=False)
        waiting = (self.client.submit(done_on_worker, task, shared, pure=False) for task in tasks)
        try:
            begun = deque(islice(waiting, AHEAD * self.most))
            while begun:
                yield begun.popleft().result()
                begun.extend(islice(waiting, 1))
        except KilledWorker:
            stopped = f"{TRIES} cluster workers stopped while reading the same returns."
            raise RequestError(f"{stopped} Give the workers more memory.") from None
        except (FutureCancelledError, OSError):
            raise RequestError(f"{LOST} Run the command again.") from None


def answer(future: Any) -> list[Partition] | None:
    """The partitions of a batch; None if workers were lost over it. Raises RequestError if the cluster itself is lost."""
    try:
        partitions: list[Partition] = future.result()
    except KilledWorker:
        return None
    except (FutureCancelledError, OSError):
        raise RequestError(f"{LOST} In a provider's folder what was read is kept: run the command again.") from None
    return partitions


def reported(partitions: Iterable[Partition], on_status: ProgressCallback) -> Iterator[Partition]:
    """The partitions, after the status of each of their files went to `on_status`."""
    for partition in partitions:
        for line in partition.receipts:
            on_status(str(line["status"]))
        yield partition


LOST = "The cluster's scheduler no longer answers. Check that it runs and can be reached."
KILLS = f"Reading the file ended the program that read it, each time that it was tried. {NO_TRUST}"


@contextmanager
def cluster_at(address: str, folders: Iterable[Location] = ()) -> Iterator[ClusterReaders]:
    """The cluster at an address, for as long as it is used; `folders` are those its workers must see.

    Raises RequestError if there is none, if it is not safe to use, or if its workers cannot do the work.
    """
    settings = {"distributed.scheduler.allowed-failures": TRIES - 1, "distributed.admin.low-level-log-length": 0}
    with quiet(), dask.config.set(settings), connected(address) as client:
        look_at_workers(client, [folder.resolve() if isinstance(folder, Path) else folder for folder in folders])
        yield ClusterReaders(client)


@contextmanager
def quiet() -> Iterator[None]:
    """Silence Dask's own messages and tracebacks: errors that people must know become sentences."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]
    before = {name: logging.getLogger(name).level for name in names}
    try:
        for name in names:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """A client of the cluster at an address."""
    kind, _, rest = address.partition(":")
    if kind == "local":
        shape: dict[str, Any] = {"n_workers": number_of(rest), "threads_per_worker": 1, "memory_limit": 0}
        with LocalCluster(**shape, dashboard_address=None, host=HERE[0]) as cluster, Client(cluster) as client:
            yield client
        return
    host = rest.removeprefix("//").rpartition(":")[0].strip("[]")
    if kind not in ("tcp", "tls") or not host:
        raise RequestError(f"“{address}” is not a cluster. {ASKED}")
    if kind == "tcp" and host not in HERE:
        raise RequestError(
            f"{address}: returns are never sent unencrypted to another machine. Start the cluster with certificates and name it as tls://."
        )
    try:
        client = Client(address, security=security() if kind == "tls" else None, timeout=ANSWERS_WITHIN)
    except (OSError, ValueError) as error:
        raise RequestError(f"The cluster at {address} does not answer ({error}). Is its scheduler running?") from None
    with client:
        yield client


def number_of(text: str) -> int:
    """The number of local workers."""
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise RequestError(f"“local:{text}” is not a valid cluster address. Use local:N with N from 1 to 256.")
    return int(text)


def security() -> Security:
    """The certificates by which client and cluster know each other, from Dask's own settings."""
    found = Security(require_encryption=True)
    missing = [name for name in ("tls_ca_file", "tls_client_cert", "tls_client_key") if getattr(found, name) is None]
    if missing:
        names = ", ".join(f"DASK_DISTRIBUTED__COMM__TLS__{name}" for name in ("CA_FILE", "CLIENT__CERT", "CLIENT__KEY"))
        raise RequestError(f"A cluster over tls:// needs certificates. Name their files to Dask, such as by {names}.")
    return found


def look_at_workers(client: Client, folders: list[Location]) -> None:
    """Raise RequestError if there is no worker, or one has another qipxl or does not see a folder."""
    try:
        client.wait_for_workers(1, timeout=30)
    except TimeoutError:
        raise RequestError("The cluster has no worker yet. Start some: dask worker SCHEDULER") from None
    own = version("qipxl")
    for worker, answer in client.run(seen, folders, on_error="return").items():
        if isinstance(answer, BaseException):
            raise RequestError(f"The worker {worker} has no qipxl. Install qipxl[cluster] {own} there.")
        theirs, missing = answer
        if theirs != own:
            raise RequestError(f"The worker {worker} has qipxl {theirs}, this is {own}. Install the same on both.")
        if missing:
            raise RequestError(f"The worker {worker} does not see {missing[0]}. Mount it there under the same name.")


def seen(folders: list[Location]) -> tuple[str, list[str]]:
    """On a worker: its version of qipxl, and the folders that it does not see; a remote folder exists once it has a file."""
    return version("qipxl"), [str(folder) for folder in folders if isinstance(folder, Path) and not folder.exists()]


READING: dict[str, Readers] = {}
"""On a worker: the process that reads, by the digest of its job."""
ONE = Lock()


T = TypeVar("T")


def given(work: T) -> T:
    """On a worker: the work itself, such as a read job."""
    return work


def done_on_worker(task: object, work: Work) -> object:
    """On a worker: the result of a task."""
    return work.done(task, silent)


def read_on_worker(batch: FileBatch, job: ReadJob) -> list[Partition]:
    """On a worker: read a batch in a separate process, which is kept for the next batch; usually one partition."""
    key = f"{options_digest(job)} {job.cache or ''}"
    with ONE:
        if key not in READING:
            end_reading()
            readers = READING[key] = Readers(1)
            readers.__enter__()
            readers.start(1)
            readers.readers[0].begin(job)
            atexit.register(end_reading)
        return [partition for _, partition in READING[key].readers[0].read(batch, silent)]


def end_reading() -> None:
    """On a worker: end the process that reads."""
    for key in list(READING):
        READING.pop(key).__exit__()
