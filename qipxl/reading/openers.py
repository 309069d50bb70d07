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
from threading import Event, Timer

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


class Opener:
    """A process that opens files for us; a new one takes its place when it has died."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.process: subprocess.Popen[bytes] | None = None

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
        process = self.process or self.started()
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("The process was started without pipes.")
        late = Event()

        def give_up() -> None:
            late.set()
            process.kill()

        timer = Timer(seconds, give_up)
        timer.daemon = True
        timer.start()
        try:
            send(process.stdin, question)
            return receive(process.stdout), False
        except (OSError, EOFError):
            self.close()
            return None, late.is_set()
        finally:
            timer.cancel()

    def started(self) -> subprocess.Popen[bytes]:
        """A new process, told how to open."""
        home = str(Path(qipxl.__file__).parent.parent)
        paths = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
        self.process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": paths},
        )
        ready, _ = self.ask(self.asked, STARTS_WITHIN)
        if ready != "ready" or self.process is None:
            raise QipxlError("A process to open files in could not be started. Is the installation of qipxl whole?")
        return self.process

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


def open_all(sources: Sequence[SourceFile], asked: Asked) -> Iterator[OpenedFile]:
    """Every file opened, in the order given."""
    number = max(1, min(os.cpu_count() or 1, len(sources), MOST))
    openers = [Opener(asked) for _ in range(number)]
    free: SimpleQueue[Opener] = SimpleQueue()
    for opener in openers:
        free.put(opener)

    def opened(source: SourceFile) -> OpenedFile:
        if source.refusal:
            return OpenedFile("refused", source.refusal)
        opener = free.get()
        try:
            return opener.open(source)
        finally:
            free.put(opener)

    pool = ThreadPoolExecutor(number)
    try:
        yield from pool.map(opened, sources)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for opener in openers:
            opener.close()
