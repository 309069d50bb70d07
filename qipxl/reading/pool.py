"""The processes that read batches: so many at a time, each file with a time-out, each process replaced when it dies.

A file that hangs, panics or aborts its reader costs itself and nothing else. They are started as programs of their own,
not by `multiprocessing`, so that a script that calls qipxl needs no guard of its own and no state is shared.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Lock, Thread
from time import monotonic

import qipxl
from qipxl.errors import QipxlError, RequestError
from qipxl.files import display_name
from qipxl.reading.file.batch import FileBatch, ProgressCallback
from qipxl.reading.file.package import NO_TRUST
from qipxl.reading.jobs import ReadJob
from qipxl.reading.partitions import Partition
from qipxl.reading.worker import Work, receive, send

MOST = 8
COMMAND = (sys.executable, "-P", "-m", "qipxl.reading.worker")
STARTS_WITHIN = 60
LOOKS_EVERY = 0.2
"""Seconds."""
NEVER = float("inf")
AHEAD = 2
"""Batches for each process that may be read before their turn: so many pieces at most are kept in memory."""
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "100000000", "MALLOC_TRIM_THRESHOLD_": "200000000"}
"""Has glibc keep a file's memory for the next one, a twentieth of the time; other systems do not look at it."""
FOR_READING = {**KEEP_MEMORY, "ARROW_DEFAULT_MEMORY_POOL": "system"}
"""Arrow's own pool sets aside 1 GiB of addresses for its first bytes: all that a process with a memory limit may have."""
TRIES = 2
"""How many processes may die over one file, over one task, or before they are ready."""
NOT_STARTED = "A process to open files in could not be started. Is the installation of qipxl whole?"
SMALL_BATCH = 24
"""Of fewer files processes only open them, and we type: pandas would take them longer to start than it saves."""


class Telling:
    """Tells what became of each file of a batch, once, however often the file is opened."""

    def __init__(self, told: ProgressCallback) -> None:
        self.told = told
        self.said: set[int] = set()
        self.begin(FileBatch((), ()))

    def begin(self, batch: FileBatch) -> None:
        """Files are opened from the first one on."""
        self.numbers, self.opened = batch.numbers, 0

    def note(self, status: str) -> None:
        """One file more is open."""
        number = self.numbers[self.opened]
        self.opened += 1
        if number not in self.said:
            self.said.add(number)
            self.told(status)


class Reader:
    """A process that reads batches for us; a new one takes its place when it has died."""

    def __init__(self) -> None:
        self.job: ReadJob | None = None
        self.few = False
        self.process: subprocess.Popen[bytes] | None = new_process(FOR_READING)
        self.deadline = NEVER
        self.late = False
        self.ended = False
        self.lock = Lock()

    def begin(self, job: ReadJob, *, few: bool = False) -> None:
        """Tell the process how files are to be read; of a few it only opens them.

        Raises QipxlError if the process ends before it is ready, and the one after it too.
        """
        self.job, self.few = job, few
        work = job.opening if few else job
        for _ in range(TRIES):
            with self.lock:
                if self.process is None and not self.ended:
                    self.process = new_process(FOR_READING)
            if self.exchange(work, STARTS_WITHIN, lambda status: None) == "ready" or self.ended:
                return
        raise QipxlError(NOT_STARTED)

    def read(self, batch: FileBatch, told: ProgressCallback) -> Iterator[Partition]:
        """Have a batch read: one piece, or if a process died over it several, in the order of the files.

        A file over which a process takes too long is refused, and so is a file over which two processes died, whatever they
        were doing. The other files of its batch are read without it.
        """
        if self.job is None:
            raise RuntimeError("The reader was not told how to read.")
        job, telling = self.job, Telling(told)
        seconds = job.options.limits.seconds
        deaths: Counter[int] = Counter()
        waiting = [batch]
        while waiting and not self.ended:
            current = waiting.pop()
            telling.begin(current)
            if all(source.refusal for source in current.sources):  # no process is asked, so none can die
                yield job.done(current, telling.note)
                continue
            answer = self.ask(current, seconds, telling.note)
            if isinstance(answer, list):
                yield job.typed(current, answer)
            elif isinstance(answer, Partition):
                yield answer
            else:
                waiting += reversed(self.parts_after_death(current, telling.opened, deaths, seconds))

    def parts_after_death(self, batch: FileBatch, opened: int, deaths: Counter[int], seconds: int) -> list[FileBatch]:
        """What is still to be read of a batch over which the process died when so many files were open.

        `deaths` counts, by the number of a file, the processes that died over it. Each part is smaller than the batch, or its
        file has one death more, so that there is an end to it.
        """
        place = opened if len(batch) > 1 else 0
        if place == len(batch) or batch.sources[place].refusal:  # no telling which file it was
            return batch.halves()
        before, alone, behind = batch.parted(place)
        deaths[batch.numbers[place]] += 1
        if self.late:
            alone = alone.without(
                0, f"Reading the file took longer than {seconds} seconds and was given up. Ask for it again."
            )
        elif deaths[batch.numbers[place]] == TRIES:
            alone = alone.without(0, f"Reading the file broke off: it is damaged or was made to do harm. {NO_TRUST}")
        return [part for part in (before, alone, behind) if len(part)]

    def ask(self, question: object, seconds: float, told: ProgressCallback) -> object:
        """An answer, or None if the process ended or was ended; what it says of each file on the way goes to `told`."""
        if self.process is None and self.job is not None:
            self.begin(self.job, few=self.few)
        return self.exchange(question, seconds, told)

    def exchange(self, question: object, seconds: float, told: ProgressCallback) -> object:
        """The answer of the process that runs, if one does."""
        process = self.process
        if process is None or process.stdin is None or process.stdout is None:
            return None
        try:
            self.expect_within(seconds)
            send(process.stdin, question)
            while True:
                answer = receive(process.stdout)
                if not isinstance(answer, str) or answer == "ready":
                    return answer
                told(answer)
                self.expect_within(seconds)
        except (OSError, EOFError):
            self.close()
            return None
        finally:
            self.expect_within(NEVER)

    def expect_within(self, seconds: float) -> None:
        """Set the time by which the next word must be there."""
        with self.lock:
            self.deadline, self.late = monotonic() + seconds, self.late and seconds == NEVER

    def end_if_late(self) -> None:
        """End the process where its next word is overdue."""
        with self.lock:
            if self.process is not None and monotonic() > self.deadline:
                self.late = True
                self.process.kill()

    def end(self) -> None:
        """End the process for good."""
        with self.lock:
            self.ended = True
        self.close()

    def close(self) -> None:
        """End the process."""
        process, self.process = self.process, None
        if process is not None:
            end_process(process)


def end_process(process: subprocess.Popen[bytes]) -> None:
    """End a process, and close what led to it."""
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    process.wait()


def new_process(around_it: Mapping[str, str] = KEEP_MEMORY) -> subprocess.Popen[bytes]:
    """A process that reads batches, once it is told how; `around_it` is what its environment has besides ours.

    Raises QipxlError if the system starts none.
    """
    home = str(Path(qipxl.__file__).parent.parent)
    around = dict(os.environ)
    if sys.flags.ignore_environment:  # what was kept from this Python is kept from those it starts
        around = {name: value for name, value in around.items() if not name.upper().startswith("PYTHON")}
    paths = os.pathsep.join(filter(None, (home, around.get("PYTHONPATH"))))
    try:
        return subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**around, **around_it, "PYTHONPATH": paths},
        )
    except OSError:
        raise QipxlError(NOT_STARTED) from None


class Worker:
    """A process that does tasks of ours, one after another; what goes wrong in one is ours, not a file's."""

    def __init__(self, work: Work) -> None:
        self.process = new_process()
        self.work = work
        self.begun = False
        self.ended = False
        self.lock = Lock()

    def do(self, task: object) -> object:
        """What a task comes to; an error that has a sentence comes back as one. If the process dies, another tries once more."""
        for _ in range(TRIES):
            try:
                answer = self.answer(task)
            except (OSError, EOFError):
                self.replace()
                continue
            if isinstance(answer, Exception):
                raise answer
            return answer
        raise QipxlError(
            "A process that works for this one ended before its work was done: was there too little memory? "
            "Run the command again, with fewer processes (--processes 1)."
        )

    def answer(self, task: object) -> object:
        """What the process answers; raises OSError or EOFError if it has died."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        if not self.begun:
            send(self.process.stdin, Sentences(self.work))
            receive(self.process.stdout)
            self.begun = True
        send(self.process.stdin, task)
        return receive(self.process.stdout)

    def replace(self) -> None:
        """Start another process, unless no more is to be done."""
        with self.lock:
            if not self.ended:
                end_process(self.process)
                self.process, self.begun = new_process(), False

    def end(self) -> None:
        """End the process for good."""
        with self.lock:
            self.ended = True
            end_process(self.process)


@dataclass(frozen=True)
class Sentences:
    """Work of which an error comes back as what the task came to."""

    work: Work

    @property
    def memory_mb(self) -> int | None:
        return self.work.memory_mb

    def done(self, task: object, told: ProgressCallback) -> object:
        try:
            return self.work.done(task, told)
        except Exception as error:
            said = display_name(error)
            return RequestError(said) if said else error


class Readers:
    """Processes that read, at most so many (one a core, but no more than MOST, where that is left out); they end with the `with`."""

    def __init__(self, most: int | None = None) -> None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self.most = most or min(cores, MOST)
        self.readers: list[Reader] = []
        self.done = Event()

    def start(self, files: int) -> None:
        """Start as many processes as so many files are worth, beside those that run already."""
        self.readers += [Reader() for _ in range(min(self.most, files) - len(self.readers))]

    def watch(self) -> None:
        """End every process that takes too long, until all is done: one watch for all costs less than a timer a file."""
        while not self.done.wait(LOOKS_EVERY):
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
        """What each task comes to, in the order given; by processes of their own where there is more than one. Nobody reads any more.

        Raises QipxlError where a process ends before its task does.
        """
        for reader in self.readers:
            reader.end()
        self.readers = []
        if min(self.most, len(tasks)) < 2:
            yield from (work.done(task, lambda status: None) for task in tasks)
            return
        free: SimpleQueue[Worker] = SimpleQueue()
        workers = [Worker(work) for _ in range(min(self.most, len(tasks)))]
        for worker in workers:
            free.put(worker)

        def do(task: object) -> object:
            worker = free.get()
            try:
                return worker.do(task)
            finally:
                free.put(worker)

        pool = ThreadPoolExecutor(len(workers))
        try:
            yield from pool.map(do, tasks)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in workers:
                worker.end()

    def read_all(self, batches: Sequence[FileBatch], job: ReadJob, told: ProgressCallback) -> Iterator[Partition]:
        """Every batch read, in the order given, by the processes that were started."""
        free: SimpleQueue[Reader] = SimpleQueue()
        few = sum(map(len, batches)) < SMALL_BATCH
        for reader in self.readers:
            reader.begin(job, few=few)
            free.put(reader)

        def read(batch: FileBatch) -> list[Partition]:
            reader = free.get()
            try:
                return list(reader.read(batch, told))
            finally:
                free.put(reader)

        pool = ThreadPoolExecutor(max(1, len(self.readers)))
        waiting = iter(batches)
        try:
            begun: list[Future[list[Partition]]] = [
                pool.submit(read, batch) for batch in islice(waiting, (1 + AHEAD) * len(self.readers))
            ]
            while begun:
                yield from begun.pop(0).result()
                begun += [pool.submit(read, batch) for batch in islice(waiting, 1)]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
