"""The processes that read batches: so many at a time, each file with a time-out, each process replaced when it dies.

A file that hangs, panics or aborts its reader costs itself and nothing else. They are started as programs of their own,
not by `multiprocessing`, so that a script that calls qipxl needs no guard of its own and no state is shared.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
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
from qipxl.opening.batch import Batch, Opening, Told
from qipxl.opening.package import NO_TRUST
from qipxl.opening.worker import Work, receive, send
from qipxl.places import said_of
from qipxl.reading.batches import Manner
from qipxl.reading.pieces import Piece

MOST = 8
COMMAND = (sys.executable, "-P", "-m", "qipxl.opening.worker")
STARTS_WITHIN = 60
LOOKS_EVERY = 0.2
"""Seconds."""
NEVER = float("inf")
AHEAD = 2
"""Batches for each process that may be read before their turn: so many pieces at most are kept in memory."""
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "100000000", "MALLOC_TRIM_THRESHOLD_": "200000000"}
"""Has glibc keep a file's memory for the next one, a twentieth of the time; other systems do not look at it."""
FEW = 24
"""Of fewer files processes only open them, and we type: pandas would take them longer to start than it saves."""


class Reader:
    """A process that reads batches for us; a new one takes its place when it has died."""

    def __init__(self) -> None:
        self.manner: Manner | None = None
        self.few = False
        self.process: subprocess.Popen[bytes] | None = new_process()
        self.deadline = NEVER
        self.late = False
        self.ended = False
        self.lock = Lock()

    def begin(self, manner: Manner, *, few: bool = False) -> None:
        """Tell the process how files are to be read; of a few it only opens them."""
        self.manner, self.few = manner, few
        work = Opening(manner.asked) if few else manner
        if self.ask(work, STARTS_WITHIN, lambda status: None) != "ready" or self.process is None:
            raise QipxlError("A process to open files in could not be started. Is the installation of qipxl whole?")

    def read(self, batch: Batch, told: Told) -> Iterator[Piece]:
        """Have a batch read: one piece, or where a process died over it several, in the order of the files.

        A file over which a process dies or takes too long is refused, and its batch read again without it.
        """
        if self.manner is None:
            raise RuntimeError("The reader was not told how to read.")
        seconds = self.manner.asked.limits.seconds
        opened: list[str] = []
        said = 0

        def note(status: str) -> None:
            nonlocal said
            opened.append(status)
            if len(opened) > said:  # of a batch that is read again nothing is said twice
                said += 1
                told(status)

        while True:
            opened.clear()
            answer = self.ask(batch, seconds, note)
            if isinstance(answer, list):
                yield self.manner.typed(batch, answer)
            elif isinstance(answer, Piece):
                yield answer
            if answer is not None or self.ended:
                return
            if len(opened) == len(batch) > 1:  # it died over what the files hold, when all of them were open
                for half in batch.halves():
                    yield from self.read(half, lambda status: None)
                return
            late = f"Reading the file took longer than {seconds} seconds and was given up. Ask for it again."
            broken = f"Reading the file broke off: it is damaged or was made to do harm. {NO_TRUST}"
            batch = batch.without(min(len(opened), len(batch) - 1), late if self.late else broken)

    def ask(self, question: object, seconds: float, told: Told) -> object:
        """An answer, or None where the process ended or was ended; what it says of each file on the way goes to `told`."""
        if self.process is None and not self.ended:
            self.process = new_process()
            if self.manner is not None:
                self.begin(self.manner, few=self.few)
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


def new_process() -> subprocess.Popen[bytes]:
    """A process that reads batches, once it is told how."""
    home = str(Path(qipxl.__file__).parent.parent)
    around = dict(os.environ)
    if sys.flags.ignore_environment:  # what was kept from this Python is kept from those it starts
        around = {name: value for name, value in around.items() if not name.upper().startswith("PYTHON")}
    paths = os.pathsep.join(filter(None, (home, around.get("PYTHONPATH"))))
    return subprocess.Popen(
        COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**around, **KEEP_MEMORY, "PYTHONPATH": paths},
    )


class Worker:
    """A process that does tasks of ours, one after another; what goes wrong in one is ours, not a file's."""

    def __init__(self, work: Work) -> None:
        self.process = new_process()
        self.work = work
        self.begun = False

    def do(self, task: object) -> object:
        """What a task comes to; an error that is said in a sentence comes back as one."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            if not self.begun:
                send(self.process.stdin, Sentences(self.work))
                receive(self.process.stdout)
                self.begun = True
            send(self.process.stdin, task)
            answer = receive(self.process.stdout)
        except (OSError, EOFError):
            raise QipxlError(
                "A process that works for this one ended before its work was done: was there too little memory? "
                "Run the command again, with fewer processes (--processes 1)."
            ) from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def end(self) -> None:
        """End the process."""
        end_process(self.process)


@dataclass(frozen=True)
class Sentences:
    """Work of which an error comes back as what the task came to."""

    work: Work

    @property
    def memory_mb(self) -> int | None:
        return self.work.memory_mb

    def done(self, task: object, told: Told) -> object:
        try:
            return self.work.done(task, told)
        except Exception as error:
            said = said_of(error)
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

    def read_all(self, batches: Sequence[Batch], manner: Manner, told: Told) -> Iterator[Piece]:
        """Every batch read, in the order given, by the processes that were started."""
        free: SimpleQueue[Reader] = SimpleQueue()
        few = sum(map(len, batches)) < FEW
        for reader in self.readers:
            reader.begin(manner, few=few)
            free.put(reader)

        def read(batch: Batch) -> list[Piece]:
            reader = free.get()
            try:
                return list(reader.read(batch, told))
            finally:
                free.put(reader)

        pool = ThreadPoolExecutor(max(1, len(self.readers)))
        waiting = iter(batches)
        try:
            begun: list[Future[list[Piece]]] = [
                pool.submit(read, batch) for batch in islice(waiting, (1 + AHEAD) * len(self.readers))
            ]
            while begun:
                yield from begun.pop(0).result()
                begun += [pool.submit(read, batch) for batch in islice(waiting, 1)]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
