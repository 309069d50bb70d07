"""One worker process: how it is started, asked and ended, and how another takes its place if it dies.

Processes are started as separate programs, not by `multiprocessing`, so that a script that calls qipxl needs no guard and no
state is shared.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, Timer
from time import monotonic
from typing import TYPE_CHECKING

import qipxl
from qipxl.errors import QipxlError
from qipxl.reading.worker import Work, receive, send

if TYPE_CHECKING:
    from qipxl.reading.file.batch import ProgressCallback  # it loads all that opens files

COMMAND = (sys.executable, "-P", "-m", "qipxl.reading.worker")
STARTS_WITHIN = 60
"""Seconds."""
NEVER = float("inf")
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "100000000", "MALLOC_TRIM_THRESHOLD_": "200000000"}
"""Makes glibc keep a file's memory for the next file, which saves a twentieth of the time; other systems ignore it."""
FOR_READING = {**KEEP_MEMORY, "ARROW_DEFAULT_MEMORY_POOL": "system"}
"""Arrow's own pool reserves 1 GiB of addresses for its first bytes: all that a process with a memory limit may have."""
MOST = 8
"""The most processes that this module suggests."""
TRIES = 2
"""How many processes may die over one file, over one task, or before they are ready."""
NOT_STARTED = "A process to open files in could not be started. Is the installation of qipxl complete?"


def silent(status: str) -> None:
    """A progress callback that does nothing."""


def usual_processes() -> int:
    """One process per core that this program may use, at most MOST."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST)


class WorkerProcess:
    """A process that is given a job and then answers one task after another."""

    def __init__(self, environment: Mapping[str, str] = FOR_READING) -> None:
        self.environment = environment
        self.process: subprocess.Popen[bytes] | None = spare_process(environment) or new_process(environment)
        self.deadline = NEVER
        self.late = self.ended = False
        self.lock = Lock()

    def is_ready(self, work: Work) -> bool:
        """Send the job to the process, or to a new one if it has died; false if that ends before it is ready."""
        with self.lock:
            if self.process is None and not self.ended:
                self.process = new_process(self.environment)
        return self.exchange(work, STARTS_WITHIN) == "ready"

    def exchange(self, question: object, seconds: float = NEVER, on_status: ProgressCallback = silent) -> object:
        """The answer of the process; None if it died, or was ended because a message took longer than `seconds`.

        Messages on the progress of a task go to `on_status`.
        """
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
                on_status(answer)
                self.expect_within(seconds)
        except (OSError, EOFError):
            self.close()
            return None
        finally:
            self.expect_within(NEVER)

    def expect_within(self, seconds: float) -> None:
        """Set the time by which the next message must arrive."""
        with self.lock:
            self.deadline, self.late = monotonic() + seconds, self.late and seconds == NEVER

    def end_if_late(self) -> None:
        """End the process if its next message is overdue."""
        with self.lock:
            if self.process is not None and monotonic() > self.deadline:
                self.late = True
                self.process.kill()

    def end(self) -> None:
        """End the process; no other takes its place."""
        with self.lock:
            self.ended = True
        self.close()

    def close(self) -> None:
        """End the process and close its pipes."""
        process, self.process = self.process, None
        if process is not None:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and close its pipes."""
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    process.wait()


def ask_once(work: Work, task: object, seconds: float) -> object:
    """The answer of a new process to one task; None if it died or took longer than `seconds`.

    Raises QipxlError if the process does not start.
    """
    return next(ask_each(work, [task], seconds))


def ask_each(work: Work, tasks: Iterable[object], seconds: float) -> Iterator[object]:
    """The answer of one new process to each task; None if it died or took longer than `seconds`, and another takes its place.

    Raises QipxlError if a process does not start.
    """
    process, ready = WorkerProcess(), False
    try:
        for task in tasks:
            if not ready and not process.is_ready(work):
                raise QipxlError(NOT_STARTED)
            watch = Timer(seconds + 1, process.end_if_late)
            watch.daemon = True
            watch.start()
            try:
                answer = process.exchange(task, seconds)
            finally:
                watch.cancel()
            ready = answer is not None
            yield answer
    finally:
        process.end()


SPARE: list[tuple[Mapping[str, str], subprocess.Popen[bytes]]] = []
"""The processes that were started early and have no job yet, each with its environment."""


@contextmanager
def started_early(processes: int, environment: Mapping[str, str] = FOR_READING) -> Iterator[None]:
    """Start processes before there is a job for them, so that they load while this one does.

    Those that are not used end with the `with` block.
    """
    try:
        SPARE.extend((environment, new_process(environment)) for _ in range(processes))
        yield
    finally:
        while SPARE:
            end(SPARE.pop()[1])


def spare_process(environment: Mapping[str, str]) -> subprocess.Popen[bytes] | None:
    """A process that was started early with this environment, if there is one left."""
    for spare in [each for each in SPARE if each[0] == environment]:
        with suppress(ValueError):  # another thread took it
            SPARE.remove(spare)
            return spare[1]
    return None


def new_process(environment: Mapping[str, str] = FOR_READING) -> subprocess.Popen[bytes]:
    """A process that waits for its job, with `environment` in addition to ours; raises QipxlError if the system starts none."""
    home = str(Path(qipxl.__file__).parent.parent)
    ours = dict(os.environ)
    if sys.flags.ignore_environment:  # variables that this Python ignores are kept from those it starts
        ours = {name: value for name, value in ours.items() if not name.upper().startswith("PYTHON")}
    paths = os.pathsep.join(filter(None, (home, ours.get("PYTHONPATH"))))
    pipe, environment = subprocess.PIPE, {**ours, **environment, "PYTHONPATH": paths}
    try:
        return subprocess.Popen(COMMAND, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment)
    except OSError:
        raise QipxlError(NOT_STARTED) from None
