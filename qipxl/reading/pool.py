"""The processes that read batches of files: a fixed number at a time, a time-out for each file, a new process for each that dies.

A file that hangs, panics or aborts its process is refused; the other files are read.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any, TypeVar

from qipxl.errors import QipxlError, RequestError
from qipxl.files import display_name
from qipxl.reading.file.batch import FileBatch, Opening, ProgressCallback, whole
from qipxl.reading.file.package import NO_TRUST
from qipxl.reading.jobs import ReadJob
from qipxl.reading.partitions import Partition
from qipxl.reading.process import KEEP_MEMORY, NOT_STARTED, TRIES, WorkerProcess, silent, usual_processes
from qipxl.reading.worker import Work

CHECK_EVERY = 0.2
"""Seconds."""
AHEAD = 2
"""Batches for each process that may be read before their turn; this limits how many partitions are kept in memory."""
SMALL_BATCH = 24
"""Below this many files, processes only open them and the parent types all of them at once, because importing pandas in every
process would cost more than it saves."""

P = TypeVar("P", bound=WorkerProcess)
T = TypeVar("T")
R = TypeVar("R")


@dataclass
class FileProgress:
    """Reports the status of each file of a batch, once, however often the file is opened."""

    numbers: Sequence[int]
    reported: set[int]
    on_status: ProgressCallback
    opened: int = 0

    def note(self, status: str) -> None:
        """Count one more opened file."""
        number = self.numbers[self.opened]
        self.opened += 1
        if number not in self.reported:
            self.reported.add(number)
            self.on_status(status)


class Reader(WorkerProcess):
    """A process that reads batches, or only opens their files."""

    def __init__(self) -> None:
        super().__init__()
        self.work: ReadJob | Opening | None = None

    def begin(self, work: ReadJob | Opening) -> None:
        """Tell the process how files are to be read.

        Raises QipxlError if the process ends before it is ready, and the one after it too.
        """
        self.work = work
        if not any(self.is_ready(work) or self.ended for _ in range(TRIES)):
            raise QipxlError(NOT_STARTED)

    def read(self, batch: FileBatch, on_status: ProgressCallback) -> Iterator[tuple[FileBatch, Any]]:
        """What the work makes of a batch, with its files; if a process died over it several results, in the order of the files.

        A file over which a process takes too long is refused, and so is a file over which two processes died, whatever they
        were doing. The other files of its batch are read without it.
        """
        if self.work is None:
            raise RuntimeError("The reader was not told how to read.")
        work, reported = self.work, set[int]()
        seconds = work.options.limits.seconds
        deaths: Counter[int] = Counter()
        waiting = [batch]
        while waiting and not self.ended:
            current = waiting.pop()
            progress = FileProgress(current.numbers, reported, on_status)
            if all(source.refusal for source in current.sources):  # no process is asked, so none can die
                yield current, work.done(current, progress.note)
                continue
            answer = self.ask(current, seconds, progress.note)
            if answer is not None:
                yield current, answer
            else:
                waiting += reversed(self.parts_after_death(current, progress.opened, deaths, seconds))

    def parts_after_death(self, batch: FileBatch, opened: int, deaths: Counter[int], seconds: int) -> list[FileBatch]:
        """The rest of a batch over which the process died after `opened` files.

        `deaths` counts, by the number of a file, the processes that died over it. Each part is smaller than the batch, or its
        file has one more death, so that this ends.
        """
        index = opened if len(batch) > 1 else 0
        if index == len(batch) or batch.sources[index].refusal:  # unknown which file it was
            return batch.halves()
        before, alone, after = batch.parted(index)
        deaths[batch.numbers[index]] += 1
        if self.late:
            alone = alone.without(
                0, f"Reading the file took longer than {seconds} seconds and was given up. Ask for it again."
            )
        elif deaths[batch.numbers[index]] == TRIES:
            alone = alone.without(0, f"Reading the file broke off: it is damaged or was made to do harm. {NO_TRUST}")
        return [part for part in (before, alone, after) if len(part)]

    def ask(self, question: object, seconds: float, on_status: ProgressCallback) -> object:
        """As `exchange`, by a new process if the last one has died."""
        if self.process is None and self.work is not None:
            self.begin(self.work)
        return self.exchange(question, seconds, on_status)


class Worker(WorkerProcess):
    """A process that does tasks, one after another; an error in one is an error of the program, not of a file."""

    def __init__(self, work: Work) -> None:
        super().__init__(KEEP_MEMORY)
        self.work = WorkOrError(work)
        self.begun = False

    def do(self, task: object) -> object:
        """The result of a task; raises its error. If the process dies, another one tries again."""
        for _ in range(TRIES):
            if self.process is None or not self.begun:
                self.begun = self.is_ready(self.work)
            answer = self.exchange(task)
            if isinstance(answer, Exception):
                raise answer
            if isinstance(answer, list):
                return answer[0]
        raise QipxlError(
            "A worker process stopped unexpectedly; it may have run out of memory. "
            "Run the command again, with fewer processes (--processes 1)."
        )


@dataclass(frozen=True)
class WorkOrError:
    """Work whose result comes back in a list, and whose error comes back instead of a result."""

    work: Work

    @property
    def memory_mb(self) -> int | None:
        return self.work.memory_mb

    def done(self, task: object, on_status: ProgressCallback) -> object:
        try:
            return [self.work.done(task, on_status)]
        except Exception as error:
            text = display_name(error)
            return RequestError(text) if text else error


def spread(processes: Sequence[P], do: Callable[[P, T], R], tasks: Iterable[T], most: int) -> Iterator[R]:
    """The results of tasks, in order, each done by the next free process; `most` tasks are begun before their turn."""
    free: SimpleQueue[P] = SimpleQueue()
    for process in processes:
        free.put(process)

    def run(task: T) -> R:
        process = free.get()
        try:
            return do(process, task)
        finally:
            free.put(process)

    pool = ThreadPoolExecutor(max(1, len(processes)))
    waiting = iter(tasks)
    try:
        begun = deque(pool.submit(run, task) for task in islice(waiting, most))
        while begun:
            yield begun.popleft().result()
            begun.extend(pool.submit(run, task) for task in islice(waiting, 1))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def work_each(work: Work, tasks: Iterable[object], processes: int) -> Iterator[object]:
    """The result of each task, in the order given, by this number of processes, or by this one if there is no other.

    A task is asked for only when a process will soon be free for it. Raises QipxlError if a process ends before its task does.
    """
    if processes < 2:
        yield from (work.done(task, silent) for task in tasks)
        return
    waiting = iter(tasks)
    if not (first := list(islice(waiting, 1))):
        return
    workers = [Worker(work) for _ in range(processes)]
    try:
        yield from spread(workers, Worker.do, chain(first, waiting), (1 + AHEAD) * processes)
    finally:
        for worker in workers:
            worker.end()


class Readers:
    """At most `most` processes that read (default: `usual_processes`); they end with the `with` block."""

    def __init__(self, most: int | None = None) -> None:
        self.most = most or usual_processes()
        self.readers: list[Reader] = []
        self.done = Event()

    def start(self, files: int) -> None:
        """Start as many processes as this number of files justifies, less those that run already."""
        self.readers += [Reader() for _ in range(min(self.most, files) - len(self.readers))]

    def watch(self) -> None:
        """End every process that takes too long, until all is done: one watch for all costs less than a timer for each file."""
        while not self.done.wait(CHECK_EVERY):
            for reader in self.readers:
                reader.end_if_late()

    def __enter__(self) -> Readers:
        Thread(target=self.watch, daemon=True).start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.done.set()
        for reader in self.readers:
            reader.end()

    def work_all(self, work: Work, tasks: Sequence[object]) -> Iterator[object]:
        """The result of each task, in the order given, by separate processes if there is more than one. The readers end.

        Raises QipxlError if a process ends before its task does.
        """
        for reader in self.readers:
            reader.end()
        self.readers = []
        yield from work_each(work, tasks, min(self.most, len(tasks)))

    def read_all(self, batches: Sequence[FileBatch], job: ReadJob, on_status: ProgressCallback) -> Iterator[Partition]:
        """Every batch read, in the order given, by the processes that were started."""
        few = sum(map(len, batches)) < SMALL_BATCH
        for reader in self.readers:
            reader.begin(job.opening if few else job)

        def read(reader: Reader, batch: FileBatch) -> list[tuple[FileBatch, Any]]:
            return list(reader.read(batch, on_status))

        results = chain.from_iterable(spread(self.readers, read, batches, (1 + AHEAD) * len(self.readers)))
        if not few:
            yield from (partition for _, partition in results)
        elif opened := list(results):
            yield job.typed(whole([batch for batch, _ in opened]), [file for _, files in opened for file in files])
