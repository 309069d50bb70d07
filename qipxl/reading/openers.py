"""The processes that open files: so many at a time, each with a time-out, each replaced when it dies.

A file that hangs, panics or aborts its reader costs itself and nothing else. They are started as programs of their own,
not by `multiprocessing`, so that a script that calls qipxl needs no guard of its own and no state is shared.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Event, Lock, Thread
from time import monotonic

import qipxl
from qipxl.errors import QipxlError
from qipxl.opening.file import OpenedFile, Question
from qipxl.opening.package import NO_TRUST
from qipxl.opening.process import receive, send
from qipxl.opening.workbook import Asked
from qipxl.reading.files import SourceFile

MOST = 8
COMMAND = (sys.executable, "-P", "-m", "qipxl.opening.process")
STARTS_WITHIN = 60
LOOKS_EVERY = 0.2
"""Seconds."""
NEVER = float("inf")
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "100000000", "MALLOC_TRIM_THRESHOLD_": "200000000"}
"""Has glibc keep a file's memory for the next one, a twentieth of the time; other systems do not look at it."""


class Opener:
    """A process that opens files for us; a new one takes its place when it has died."""

    def __init__(self) -> None:
        self.asked = Asked({})
        self.process: subprocess.Popen[bytes] | None = new_process()
        self.deadline = NEVER
        self.late = False
        self.lock = Lock()

    def begin(self, asked: Asked) -> None:
        """Tell the process how files are to be opened."""
        self.asked = asked
        ready, _ = self.ask(asked, STARTS_WITHIN)
        if ready != "ready" or self.process is None:
            raise QipxlError("A process to open files in could not be started. Is the installation of qipxl whole?")

    def open(self, source: SourceFile) -> OpenedFile:
        """Have one file opened; a process that dies or takes too long over it becomes the file's receipt."""
        answer, late = self.ask(Question(source.path, source.name), self.asked.limits.seconds)
        if isinstance(answer, OpenedFile):
            return answer
        if late:
            seconds = self.asked.limits.seconds
            return OpenedFile(
                "refused", f"Reading the file took longer than {seconds} seconds and was given up. Ask for it again."
            )
        return OpenedFile("refused", f"Reading the file broke off: it is damaged or was made to do harm. {NO_TRUST}")

    def ask(self, question: object, seconds: float) -> tuple[object, bool]:
        """An answer, or None and whether it was the time that ran out."""
        if self.process is None:
            self.process = new_process()
            self.begin(self.asked)
        process = self.process
        if process is None or process.stdin is None or process.stdout is None:
            raise RuntimeError("The process was started without pipes.")
        self.expect_within(seconds)
        try:
            send(process.stdin, question)
            return receive(process.stdout), False
        except (OSError, EOFError):
            self.close()
            return None, self.late
        finally:
            self.expect_within(NEVER)

    def expect_within(self, seconds: float) -> None:
        """Set the time by which an answer must be there."""
        with self.lock:
            self.deadline, self.late = monotonic() + seconds, self.late and seconds == NEVER

    def end_if_late(self) -> None:
        """End the process where its answer is overdue."""
        with self.lock:
            if self.process is not None and monotonic() > self.deadline:
                self.late = True
                self.process.kill()

    def close(self) -> None:
        """End the process."""
        process, self.process = self.process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()


def new_process() -> subprocess.Popen[bytes]:
    """A process that opens files, once it is told how."""
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


class Openers:
    """As many processes as this machine and so many files are worth; they start at once, and end with the `with`."""

    def __init__(self, files: int) -> None:
        self.openers = [Opener() for _ in range(max(1, min(os.cpu_count() or 1, files, MOST)))]
        self.done = Event()

    def watch(self) -> None:
        """End every process that takes too long, until all is done: one watch for all costs less than a timer a file."""
        while not self.done.wait(LOOKS_EVERY):
            for opener in self.openers:
                opener.end_if_late()

    def __enter__(self) -> Openers:
        Thread(target=self.watch, daemon=True).start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.done.set()
        for opener in self.openers:
            opener.close()

    def open_all(self, sources: Sequence[SourceFile], asked: Asked) -> Iterator[OpenedFile]:
        """Every file opened, in the order given."""
        free: SimpleQueue[Opener] = SimpleQueue()
        for opener in self.openers:
            opener.begin(asked)
            free.put(opener)

        def opened(source: SourceFile) -> OpenedFile:
            if source.refusal:
                return OpenedFile("refused", source.refusal)
            opener = free.get()
            try:
                return opener.open(source)
            finally:
                free.put(opener)

        pool = ThreadPoolExecutor(len(self.openers))
        try:
            yield from pool.map(opened, sources)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
